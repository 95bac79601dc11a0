package web

import (
	"serasi/node/casework"
	"serasi/node/web/ui"
)

// preparedPage shows what waits for the head.
func (v *visit) preparedPage() error {
	p, err := v.cfg.Handoffs.Prepared(v.ctx, v.by, v.part("siapan"))
	if err != nil {
		return err
	}
	return v.showPrepared(v.form("siapan-"+p.ID, p.Case), p)
}

func (v *visit) showPrepared(f *ui.Form, p casework.Prepared) error {
	lacks, err := v.lacksConsent(p)
	if err != nil {
		return err
	}
	f.Set("how", "written")
	f.Set("givenBy", "person")
	return v.show(ui.PageProps{Title: v.t("prepared.title"), Form: f}, preparedBody(v, f, p, lacks))
}

// lacksConsent reports whether whoever signs p has first to say what it rests on.
func (v *visit) lacksConsent(p casework.Prepared) (bool, error) {
	o := p.What.Offer
	if o == nil || !p.Open() || len(o.Cases) != 1 || o.Basis != casework.ByConsent || !v.may(casework.Offer) {
		return false, nil
	}
	there, err := v.consented(o.Cases[0], o.To)
	return !there, err
}

// signPrepared sends what was prepared, once what it rests on is recorded: the
// consent that was given just now, or another basis.
func (v *visit) signPrepared(f *ui.Form, id string, version uint64) (casework.Prepared, error) {
	if f.Value("dasar") == "" {
		return v.cfg.Handoffs.SignPrepared(v.ctx, v.by, id, version)
	}
	p, err := v.cfg.Handoffs.Prepared(v.ctx, v.by, id)
	if err != nil || p.What.Offer == nil {
		return p, err
	}
	o := *p.What.Offer
	if f.Value("dasar") == "persetujuan" {
		if err := v.recordConsent(f, o.Cases[0], o.To); err != nil {
			return p, err
		}
		return v.cfg.Handoffs.SignPrepared(v.ctx, v.by, id, version)
	}
	o.Basis, o.BasisWhy = casework.Basis(f.Value("basis")), f.Trim("basisWhy")
	what := p.What
	what.Offer = &o
	if p, err = v.cfg.Handoffs.ChangePrepared(v.ctx, v.by, id, version, what); err != nil {
		return p, err
	}
	return v.cfg.Handoffs.SignPrepared(v.ctx, v.by, id, p.Version)
}

// preparedAct signs, sends back or drops it.
func (v *visit) preparedAct() error {
	id := v.part("siapan")
	f := v.form("siapan-"+id, "")
	version := v.version()
	var p casework.Prepared
	var err error
	switch do := f.Value("buat"); do {
	case "kirim":
		p, err = v.signPrepared(f, id, version)
	case "kembalikan":
		p, err = v.cfg.Handoffs.ReturnPrepared(v.ctx, v.by, id, version, f.Trim("text"))
	case "batal":
		p, err = v.cfg.Handoffs.DropPrepared(v.ctx, v.by, id, version)
	default:
		return casework.Invalid.Because("there is no such step of a handoff")
	}
	if v.mend(f, err) {
		p, err := v.cfg.Handoffs.Prepared(v.ctx, v.by, id)
		if err != nil {
			return err
		}
		return v.showPrepared(f, p)
	}
	if err != nil {
		return err
	}
	if len(p.Sent) > 0 {
		return v.done(f, "/rujukan/"+string(p.Sent[0]), v.t("prepared.done."+p.State))
	}
	return v.done(f, "/rujukan", v.t("prepared.done."+p.State))
}

// preparedKind is how the state of a preparation is shown.
func preparedKind(p casework.Prepared) string {
	switch p.State {
	case casework.PreparedSent:
		return ui.Good
	case casework.PreparedReturned, casework.PreparedDropped:
		return ui.Bad
	}
	return ui.Wait
}

// queuePage shows what is on its way to the ledger, and why it waits.
func (v *visit) queuePage() error {
	state := v.query("keadaan")
	page, err := v.cfg.Handoffs.Outbox(v.ctx, v.by, state, v.query("dari"), perPage)
	if err != nil {
		return err
	}
	f := v.plain()
	f.Set("keadaan", state)
	return v.show(ui.PageProps{Title: v.t("queue.title")}, queueBody(v, f, page))
}

// queueNow tries at once what waits.
func (v *visit) queueNow() error {
	if err := v.cfg.Handoffs.TryNow(v.ctx, v.by); err != nil {
		return err
	}
	return v.done(nil, "/antrean", v.t("queue.tried"))
}

// queueDecide says what becomes of a command that waited in a backup.
func (v *visit) queueDecide() error {
	f := v.plain()
	send := f.Value("buat") == "kirim"
	if err := v.cfg.Handoffs.Decide(v.ctx, v.by, f.Value("baris"), send); err != nil {
		return err
	}
	if send {
		return v.done(nil, "/antrean", v.t("queue.sent"))
	}
	return v.done(nil, "/antrean", v.t("queue.dropped"))
}
