package web

import (
	"net/http"
	"strconv"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

var goalInputs = []careInput{
	{name: "problem", kind: inText},
	{name: "aim", kind: inText},
	{name: "indicator", kind: inText, optional: true},
	{name: "component", kind: inPick, list: "component", codes: casework.Components},
	{name: "activity", kind: inLine},
	{name: "base", kind: inPick, list: "base", codes: casework.Bases},
	{name: "lead", kind: inUser, optional: true},
	{name: "partner", kind: inLine, optional: true},
	{name: "from", kind: inDay},
	{name: "until", kind: inDay},
	{name: "cost", kind: inNumber, optional: true},
	{name: "funds", kind: inLine, optional: true},
}

var resultInputs = []careInput{
	{name: "outcome", kind: inPick, list: "outcome", codes: casework.Outcomes},
	{name: "result", kind: inText, optional: true},
}

func (s *Site) planRoutes() {
	at := "/kasus/{id}/rencana"
	s.page("GET "+at, (*visit).planPage)
	s.page("POST "+at, (*visit).savePlan)
	s.page("POST "+at+"/setujui", (*visit).approvePlan)
	s.page("GET "+at+"/tujuan", func(v *visit) error { return v.goalPage(nil, nil) })
	s.page("POST "+at+"/tujuan", (*visit).saveGoal)
	s.page("GET "+at+"/tujuan/{row}", func(v *visit) error { return v.goalPage(nil, nil) })
	s.page("POST "+at+"/tujuan/{row}", (*visit).saveGoal)
	s.page("POST "+at+"/tujuan/{row}/hapus", (*visit).dropGoal)
	s.page("GET "+at+"/tujuan/{row}/hasil", func(v *visit) error { return v.resultPage(nil, nil) })
	s.page("POST "+at+"/tujuan/{row}/hasil", (*visit).saveResult)
}

// planBase is the version of the plan that the next change starts from.
func planBase(p casework.PlanView) *casework.Record[casework.Plan] {
	if p.Draft != nil {
		return p.Draft
	}
	return p.Current
}

func baseVersion(p casework.PlanView) uint64 {
	if r := planBase(p); r != nil {
		return r.Version
	}
	return 0
}

func (v *visit) planPage() error { return v.planAgain(v.plain()) }

func (v *visit) planAgain(f *ui.Form) error {
	file, err := v.carePart(casework.PartPlan)
	if err != nil {
		return err
	}
	if r := planBase(file.Plan); r != nil && !f.Bad() {
		fillCare(f, []careInput{{name: "withPerson", kind: inCheck}, {name: "withFamily", kind: inCheck}, {name: "conference", kind: inLine}}, r.Data)
	}
	return v.show(ui.PageProps{Title: v.t("care.plan"), Form: f}, planBody(v, file, f))
}

// conferenceOptions are the conferences a plan may rest on.
func (v *visit) conferenceOptions(file casework.CareFile) []ui.Option {
	out := []ui.Option{{Label: v.t("care.none")}}
	for _, r := range file.Care.Conferences {
		out = append(out, ui.Option{Value: string(r.ID), Label: v.day(r.Data.Day) + " · " + r.Data.Topic})
	}
	return out
}

func (v *visit) savePlan() error {
	f := v.plain()
	_, err := v.cfg.Care.EditPlan(v.ctx, v.by, v.caseID(), v.version(), casework.PlanHead{
		WithPerson: f.Trim("withPerson") != "", WithFamily: f.Trim("withFamily") != "", Conference: casework.CareID(f.Trim("conference")),
	})
	if v.mend(f, err) {
		return v.planAgain(f)
	}
	if err != nil {
		return err
	}
	return v.done(nil, casePath(v.caseID(), "rencana"), v.t("care.saved"))
}

func (v *visit) approvePlan() error {
	f := v.plain()
	_, err := v.cfg.Care.ApprovePlan(v.ctx, v.by, v.caseID(), v.version())
	if v.mend(f, err) {
		return v.planAgain(f)
	}
	if err != nil {
		return err
	}
	return v.done(nil, casePath(v.caseID(), "rencana"), v.t("care.plan.approved.told"))
}

func (v *visit) goalPage(f *ui.Form, both []pair) error {
	file, err := v.carePart(casework.PartPlan)
	if err != nil {
		return err
	}
	row := casework.CareID(v.part("row"))
	fresh := f == nil
	if fresh {
		f = v.form("care goal "+string(row), v.caseID())
	}
	p := careFormProps{title: v.t("care.goal.new"), file: file, f: f, inputs: goalInputs, version: baseVersion(file.Plan), both: both,
		back: "rencana", backTo: "care.plan", catalogue: true}
	if file.Plan.Draft == nil && file.Plan.Current != nil {
		p.head = "care.goal.next"
	}
	if row != "" {
		p.title = v.t("care.goal.edit")
		var g casework.Goal
		ok := false
		if r := planBase(file.Plan); r != nil {
			g, ok = r.Data.Goal(row)
		}
		if !ok {
			return casework.NotFound.Because("there is no such goal in the plan")
		}
		if fresh {
			fillCare(f, goalInputs, g)
		}
	} else if fresh {
		v.today(f, goalInputs)
	}
	if !fresh && both == nil {
		p.version = v.version()
	}
	return v.careForm(p)
}

func (v *visit) saveGoal() error {
	row := casework.CareID(v.part("row"))
	f := v.form("care goal "+string(row), v.caseID())
	g, err := readCare[casework.Goal](f, goalInputs)
	if err == nil {
		g.ID = row
		_, err = v.cfg.Care.PutGoal(v.ctx, v.by, v.caseID(), v.version(), g)
	}
	if v.mend(f, err) {
		return v.goalPage(f, nil)
	}
	if _, stale := v.clash(err); stale {
		return v.goalPage(f, v.goalPairs(err, g))
	}
	if err != nil {
		return err
	}
	return v.done(f, casePath(v.caseID(), "rencana"), v.t("care.saved"))
}

// goalPairs is what differs between a goal as it was typed and as it stands in
// the plan of whoever was quicker. Another goal of theirs is no difference.
func (v *visit) goalPairs(err error, typed casework.Goal) []pair {
	both, _ := casework.BothVersions(err)
	theirs, ok := both.Current.(casework.Plan)
	if !ok {
		return bothTexts(err)
	}
	g, found := theirs.Goal(typed.ID)
	if !found {
		return []pair{}
	}
	typed.Outcome, typed.Result = g.Outcome, g.Result
	return append([]pair{}, differ(g, typed)...)
}

func (v *visit) dropGoal() error {
	_, err := v.cfg.Care.DropGoal(v.ctx, v.by, v.caseID(), v.version(), casework.CareID(v.part("row")))
	if err != nil {
		return err
	}
	return v.done(nil, casePath(v.caseID(), "rencana"), v.t("care.goal.dropped"))
}

func (v *visit) resultPage(f *ui.Form, both []pair) error {
	file, err := v.carePart(casework.PartPlan)
	if err != nil {
		return err
	}
	row := casework.CareID(v.part("row"))
	if file.Plan.Current == nil {
		return casework.Conflict.Because("there is no approved plan yet")
	}
	g, ok := file.Plan.Current.Data.Goal(row)
	if !ok {
		return casework.NotFound.Because("there is no such goal in the plan")
	}
	if f == nil {
		f = v.form("care result "+string(row), v.caseID())
	}
	if v.r.Method == http.MethodGet {
		fillCare(f, resultInputs, g)
	}
	return v.careForm(careFormProps{title: v.t("care.goal.result"), file: file, f: f, inputs: resultInputs, version: file.Plan.Current.Version,
		both: both, back: "rencana", backTo: "care.plan"})
}

func (v *visit) saveResult() error {
	row := casework.CareID(v.part("row"))
	f := v.form("care result "+string(row), v.caseID())
	said, err := readCare[casework.GoalResult](f, resultInputs)
	if err == nil {
		_, err = v.cfg.Care.EndGoal(v.ctx, v.by, v.caseID(), v.version(), row, said)
	}
	if v.mend(f, err) {
		return v.resultPage(f, nil)
	}
	if both, stale := v.clash(err); stale {
		return v.resultPage(f, append([]pair{}, both...))
	}
	if err != nil {
		return err
	}
	return v.done(f, casePath(v.caseID(), "rencana"), v.t("care.saved"))
}

// span writes from when until when.
func (v *visit) span(from, until casework.Day) string {
	return v.t("care.span", "from", v.day(from), "until", v.day(until))
}

// money writes whole rupiah, or nothing for none.
func (v *visit) money(n int64) string {
	if n == 0 {
		return ""
	}
	return words.Of(v.ctx).Rupiah(n)
}

// planFacts say what a plan is beside its goals.
func (v *visit) planFacts(r *casework.Record[casework.Plan], file casework.CareFile) []ui.Fact {
	p := r.Data
	agreed := v.t("care.plan.with.nobody")
	switch {
	case p.WithPerson && p.WithFamily:
		agreed = v.t("care.plan.with.both")
	case p.WithPerson:
		agreed = v.t("care.plan.with.person")
	case p.WithFamily:
		agreed = v.t("care.plan.with.family")
	}
	facts := []ui.Fact{{Label: v.t("care.plan.with"), Value: agreed}}
	for _, c := range file.Care.Conferences {
		if c.ID == p.Conference {
			facts = append(facts, ui.Fact{Label: v.t("care.plan.conference"), Value: v.day(c.Data.Day) + " · " + c.Data.Topic})
		}
	}
	if !p.Approved.IsZero() {
		by := v.nameOf(p.ApprovedBy)
		if r.Balai != file.Here {
			by = string(r.Balai)
		}
		facts = append(facts, ui.Fact{Label: v.t("care.plan.approved"), Value: words.Date(v.ctx, p.Approved.In(v.cfg.Zone)) + " · " + by})
	}
	return facts
}

func numeral(n int) string { return strconv.Itoa(n) }

// outcomeKind is how the outcome of a goal is shown.
func outcomeKind(outcome string) string {
	switch outcome {
	case "tercapai":
		return ui.Good
	case "sebagian":
		return ui.Wait
	}
	return ui.Bad
}
