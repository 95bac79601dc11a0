package web

import (
	"context"
	"errors"
	"time"

	"serasi/node/casework"
	"serasi/node/web/ui"
	"serasi/node/web/words"
)

// Care are the use cases on what is planned and done for a person, where they
// live, and how it ends. caseload.Care is one. Every method decides about
// permissions itself and writes its audit line.
type Care interface {
	// Kept returns the kinds of record that are written one by one.
	Kept() casework.Sheets
	// File returns one part of the care of a case: one of the Part constants.
	File(ctx context.Context, by casework.Actor, id casework.CaseID, part string) (casework.CareFile, error)
	CarePlans
	CareTasks
	CareStays
	Discharge(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, d casework.Discharge) (casework.Case, error)
	Calendar(ctx context.Context, by casework.Actor) (casework.Calendar, error)
	SetCalendar(ctx context.Context, by casework.Actor, version uint64, c casework.Calendar) (casework.Calendar, error)
}

// CarePlans writes the plan of a case. version is that of the draft, else of
// the plan in force, else 0.
type CarePlans interface {
	EditPlan(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, h casework.PlanHead) (casework.Record[casework.Plan], error)
	PutGoal(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, g casework.Goal) (casework.Record[casework.Plan], error)
	DropGoal(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, goal casework.CareID) (casework.Record[casework.Plan], error)
	ApprovePlan(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64) (casework.Record[casework.Plan], error)
	EndGoal(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, goal casework.CareID, r casework.GoalResult) (casework.Record[casework.Plan], error)
}

// CareTasks keeps what is to be done by a day.
type CareTasks interface {
	AddTask(ctx context.Context, by casework.Actor, id casework.CaseID, t casework.Task) (casework.Record[casework.Task], error)
	FinishTask(ctx context.Context, by casework.Actor, id casework.CaseID, task casework.CareID, result string) (casework.Record[casework.Task], error)
	Tasks(ctx context.Context, by casework.Actor, q casework.TaskQuery) (casework.Page[casework.Due], error)
}

// CareStays keeps who has which bed.
type CareStays interface {
	Admit(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.Admission) (casework.Record[casework.Stay], error)
	MoveBed(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, in casework.Admission) (casework.Record[casework.Stay], error)
	Leave(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, day casework.Day, why string) (casework.Record[casework.Stay], error)
	GoAway(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, a casework.Absence) (casework.Record[casework.Stay], error)
	ComeBack(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, day casework.Day) (casework.Record[casework.Stay], error)
	Board(ctx context.Context, by casework.Actor) ([]casework.HouseView, error)
	PutHouse(ctx context.Context, by casework.Actor, version uint64, h casework.House) (casework.House, error)
}

// Staff returns who works here, for lists of whom to choose.
type Staff func(ctx context.Context, by casework.Actor) ([]casework.Colleague, error)

func (s *Site) careRoutes() {
	for _, sheet := range sheets {
		s.sheetRoutes(sheet)
	}
	s.planRoutes()
	s.taskRoutes()
	s.stayRoutes()
	s.endRoutes()
	s.page("GET /kalender", (*visit).calendarPage)
	s.page("POST /kalender", (*visit).saveCalendar)
}

// carePages are the pages that lead to each other, in the order of the work. The
// page of the case leads to the others.
var carePages = []struct{ path, words string }{
	{"rencana", "care.plan"}, {"layanan", "care.services"}, {"konferensi", "care.conferences"}, {"tugas", "care.tasks"}, {"hunian", "care.stay"},
	{"terminasi", "care.ending"},
}

// casePath is the address of a page under a case.
func casePath(id casework.CaseID, rest string) string {
	if rest == "" {
		return "/kasus/" + string(id)
	}
	return "/kasus/" + string(id) + "/" + rest
}

// part reads the part of the care that a page shows.
func (v *visit) carePart(name string) (casework.CareFile, error) {
	return v.cfg.Care.File(v.ctx, v.by, v.caseID(), name)
}

// staffOptions are the people to choose from. Without them the page works on.
func (v *visit) staffOptions() []ui.Option {
	out := []ui.Option{{Label: v.t("care.lead")}}
	if v.cfg.Staff == nil {
		return out
	}
	list, err := v.cfg.Staff(v.ctx, v.by)
	if err != nil {
		v.cfg.Log.Warn("the people of this balai could not be read", "request", v.id, "err", err)
	}
	for _, p := range list {
		out = append(out, ui.Option{Value: string(p.ID), Label: p.Name})
	}
	return out
}

// nameOf is what a colleague is called, or "".
func (v *visit) nameOf(id casework.UserID) string {
	if id == "" {
		return ""
	}
	if id == v.by.User {
		return v.by.Name
	}
	for _, o := range v.staffOptions() {
		if o.Value == string(id) {
			return o.Label
		}
	}
	return v.t("care.somebody")
}

// day writes a day of the calendar.
func (v *visit) day(d casework.Day) string {
	if !d.Valid() {
		return ""
	}
	return words.Date(v.ctx, d.In(v.cfg.Zone))
}

// clash reports whether somebody was quicker than the visitor. Then the form
// is shown again beside what differs, to be sent once more on top of the
// version it now stands at.
func (v *visit) clash(err error) ([]pair, bool) {
	if _, both := casework.BothVersions(err); !both {
		return nil, false
	}
	return append([]pair{}, bothTexts(err)...), true
}

// readOnly says why a part cannot be changed now, or "".
func (v *visit) readOnly(f casework.CareFile) string {
	if f.Write == nil {
		return ""
	}
	if errors.Is(f.Write, casework.Forbidden) || errors.Is(f.Write, casework.Frozen) || errors.Is(f.Write, casework.Conflict) {
		return v.say(f.Write)
	}
	return v.t("care.readonly")
}

// careTitle says what a record of care in the timeline is.
func (v *visit) careTitle(m casework.CareMoment) string {
	title := words.Code(v.ctx, "care.moment", m.What)
	list := map[string]string{
		casework.CareService: "component", casework.CareProvision: "provision.state", casework.CareLeft: "left", casework.CareIncident: "incident",
		casework.CareCivil: "civil.state", casework.CareVisit: "way", casework.CareEnded: "reason",
	}[m.What]
	if m.State == "" || list == "" {
		return title
	}
	return title + ": " + words.Code(v.ctx, "care."+list, m.State)
}

// dayOf is the day of t at this balai.
func (v *visit) dayOf(t time.Time) casework.Day {
	if t.IsZero() {
		return ""
	}
	return casework.DayOf(t.In(v.cfg.Zone))
}
