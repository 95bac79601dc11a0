package web

import (
	"context"
	"errors"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

// collectivePage offers several people at once: one letter, an answer for each.
func (v *visit) collectivePage() error {
	f := v.form("kolektif", "")
	f.Set("kind", string(casework.Transfer))
	f.Set("answerIn", "7")
	return v.showCollective(f)
}

func (v *visit) showCollective(f *ui.Form) error {
	page, err := v.cfg.Cases.List(v.ctx, v.by, casework.Query{State: casework.Open, Limit: casework.MaxGroup})
	if err != nil {
		return err
	}
	options := make([]ui.Option, 0, len(page.Items))
	for _, c := range page.Items {
		options = append(options, ui.Option{Value: string(c.ID), Label: c.Name, Hint: c.Number})
	}
	return v.show(ui.PageProps{Title: v.t("collective.title"), Form: f}, collectiveBody(v, f, options, grounds(f, options)))
}

// Names of the fields that say what the sending of one person rests on.
const (
	groundField = "dasar."
	whyField    = "alasan."
)

// grounds are the people of whom the page asks that: those who were ticked and
// have no consent, and those of whom it was said before.
func grounds(f *ui.Form, people []ui.Option) (out []ui.Option) {
	for _, p := range people {
		if f.Has("cases", p.Value) && (f.Fault(groundField+p.Value) != "" || f.Fault(whyField+p.Value) != "" || f.Value(groundField+p.Value) != "") {
			out = append(out, p)
		}
	}
	return out
}

// groundOptions are the bases that need words instead of a consent.
func groundOptions(ctx context.Context) []ui.Option {
	return []ui.Option{
		{Value: string(casework.ByLegalDuty), Label: words.T(ctx, "refer.ground.legal-duty")},
		{Value: string(casework.ByVitalInterest), Label: words.T(ctx, "refer.ground.vital-interest")},
		{Value: string(casework.ByPublicTask), Label: words.T(ctx, "refer.ground.public-task")},
	}
}

// setGrounds reads what was said of one person or another.
func setGrounds(f *ui.Form, o *casework.NewOffer) {
	for _, id := range o.Cases {
		basis := casework.Basis(f.Value(groundField + string(id)))
		if basis == "" {
			continue
		}
		if o.Grounds == nil {
			o.Grounds = map[casework.CaseID]casework.Ground{}
		}
		o.Grounds[id] = casework.Ground{Basis: basis, Why: f.Trim(whyField + string(id))}
	}
}

// groundless turns faults of one person into faults of their field.
func (v *visit) groundless(f *ui.Form, err error) bool {
	if !v.mend(f, err) {
		return false
	}
	for i, x := range f.Faults {
		rest, of := strings.CutPrefix(x.Field, "grounds.")
		id, part, _ := strings.Cut(rest, ".")
		switch {
		case of && part == "why":
			f.Faults[i].Field = whyField + id
		case of:
			f.Faults[i].Field = groundField + id
		}
	}
	return true
}

// collective sends the letter for all who were ticked, or asks the head to.
func (v *visit) collective() error {
	f := v.form("kolektif", "")
	o := v.offerOf(f)
	o.Cases = chosen[casework.CaseID](f, "cases")
	setGrounds(f, &o)
	if faults := o.WithDefaults().Check(v.cfg.Balai); v.groundless(f, casework.Faulty(faults...)) {
		return v.showCollective(f)
	}
	if v.may(casework.Offer) {
		made, err := v.cfg.Handoffs.Offer(v.ctx, v.by, o)
		if v.groundless(f, err) {
			return v.showCollective(f)
		}
		if err != nil {
			return err
		}
		path := "/rujukan/" + string(made[0].ID)
		if made[0].Group != "" {
			path = "/rujukan/kelompok/" + made[0].Group
		}
		return v.done(f, path, v.t("refer.sent"))
	}
	p, err := v.cfg.Handoffs.Prepare(v.ctx, v.by, casework.NewPrepared{Offer: &o, Ask: true})
	if v.groundless(f, err) {
		return v.showCollective(f)
	}
	if errors.Is(err, casework.Conflict) {
		v.tell(v.say(err))
		return v.to("/rujukan/kolektif")
	}
	if err != nil {
		return err
	}
	return v.done(f, "/rujukan/disiapkan/"+p.ID, v.t("prepared.asked"))
}
