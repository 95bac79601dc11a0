package web

import (
	"context"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// Doubles are the use cases on people who may be registered twice.
// caseload.Cases is one.
type Doubles interface {
	Suspects(ctx context.Context, by casework.Actor, claims []casework.Claim) ([]casework.Double, error)
	Doubles(ctx context.Context, by casework.Actor, id casework.CaseID) ([]casework.Double, error)
	Judge(ctx context.Context, by casework.Actor, id, other casework.CaseID, j casework.Judgement) (casework.PairDecision, error)
}

func (s *Site) doubleRoutes() {
	s.page("GET /kasus/{id}/ganda", (*visit).doublesPage)
	s.page("POST /kasus/{id}/ganda", (*visit).judgeDouble)
}

func (v *visit) doublesPage() error { return v.showDoubles(v.plain()) }

func (v *visit) showDoubles(f *ui.Form) error {
	list, err := v.cfg.Doubles.Doubles(v.ctx, v.by, v.caseID())
	if err != nil {
		return err
	}
	return v.show(ui.PageProps{Title: v.t("double.title"), Form: f}, doublesBody(v, f, v.caseID(), list))
}

func (v *visit) judgeDouble() error {
	f := v.plain()
	j := casework.Judgement{Verdict: casework.Verdict(f.Value("verdict")), Why: f.Trim("why_" + f.Value("other"))}
	_, err := v.cfg.Doubles.Judge(v.ctx, v.by, v.caseID(), casework.CaseID(f.Value("other")), j)
	if v.mend(f, err) {
		return v.showDoubles(f)
	}
	if err != nil {
		return err
	}
	return v.done(f, "/kasus/"+string(v.caseID())+"/ganda", v.t("double.done."+string(j.Verdict)))
}

// reasons says what speaks for two being one person.
func (v *visit) reasons(d casework.Double) string {
	var all []string
	for _, r := range d.Reasons {
		all = append(all, v.t("double.by."+r))
	}
	return strings.Join(all, ", ")
}

// verdictKind is how a verdict is shown.
func verdictKind(d casework.Double) string {
	switch {
	case d.Verdict == casework.SameOne:
		return ui.Good
	case d.Verdict == casework.Different:
		return ui.Plain
	case d.Strong:
		return ui.Bad
	}
	return ui.Wait
}

// verdictWords names a verdict, or how likely it is while nobody has decided.
func (v *visit) verdictWords(d casework.Double) string {
	switch {
	case d.Verdict != casework.Undecided:
		return v.t("double.is." + string(d.Verdict))
	case d.Strong:
		return v.t("double.likely")
	}
	return v.t("double.maybe")
}
