package web

import (
	"errors"

	"serasi/node/casework"
	"serasi/node/web/ui"
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
	return v.show(ui.PageProps{Title: v.t("collective.title"), Form: f}, collectiveBody(v, f, options))
}

// collective sends the letter for all who were ticked, or asks the head to.
func (v *visit) collective() error {
	f := v.form("kolektif", "")
	o := v.offerOf(f)
	o.Cases = chosen[casework.CaseID](f, "cases")
	if faults := o.WithDefaults().Check(v.cfg.Balai); v.mend(f, casework.Faulty(faults...)) {
		return v.showCollective(f)
	}
	if v.may(casework.Offer) {
		made, err := v.cfg.Handoffs.Offer(v.ctx, v.by, o)
		if v.mend(f, err) {
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
	if v.mend(f, err) {
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
