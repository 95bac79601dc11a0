package api

import (
	"context"
	"net/http"
	"strconv"

	"serasi/node/casework"
)

// Care are the use cases on what is planned and done for a person, where they
// live, and how it ends. caseload.Care is one. Every method decides about
// permissions itself and writes its audit line. The kinds of its errors are
// those of Cases.
type Care interface {
	// Kept returns the kinds of record that are written one by one.
	Kept() casework.Sheets
	// File returns one part of the care of a case: one of the Part constants.
	File(ctx context.Context, by casework.Actor, id casework.CaseID, part string) (casework.CareFile, error)
	CarePlans
	CareTasks
	CareStays
	// Discharge ends a case with its record. The error is Invalid with all that
	// is missing.
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

const (
	tagPlan  = "plan and services"
	tagTasks = "tasks"
	tagStays = "places"
)

func (a *API) careRoutes() {
	sheetRoutes(a, sheetOps{"conferences", "Conference", "Conferences", "a case conference (pembahasan kasus)"}, func(s casework.Sheets) casework.Sheet[casework.Conference] { return s.Conferences })
	sheetRoutes(a, sheetOps{"services", "Service", "Services", "a service that was given; before a plan is approved only K1"}, func(s casework.Sheets) casework.Sheet[casework.Service] { return s.Services })
	sheetRoutes(a, sheetOps{"provisions", "Provision", "Provisions", "an assistive device or a training on its way"}, func(s casework.Sheets) casework.Sheet[casework.Provision] { return s.Provisions })
	sheetRoutes(a, sheetOps{"incidents", "CaseIncident", "CaseIncidents", "something out of the ordinary (kejadian khusus)"}, func(s casework.Sheets) casework.Sheet[casework.Incident] { return s.Incidents })
	sheetRoutes(a, sheetOps{"civil-papers", "CivilPaper", "CivilPapers", "a paper of the civil registry (adminduk)"}, func(s casework.Sheets) casework.Sheet[casework.CivilPaper] { return s.Civil })
	sheetRoutes(a, sheetOps{"programmes", "Programme", "Programmes", "what is known of the part in a social programme"}, func(s casework.Sheets) casework.Sheet[casework.Programme] { return s.Programmes })
	sheetRoutes(a, sheetOps{"visits", "Visit", "Visits", "a visit or call after the end of the service (form F11)"}, func(s casework.Sheets) casework.Sheet[casework.Visit] { return s.Visits })
	a.planRoutes()
	a.taskRoutes()
	a.stayRoutes()
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/discharge", name: "dischargeCase", tag: tagCases,
		summary: "End a case with its record of termination (form F10)"}, a.discharge)
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/ending", name: "getEnding", tag: tagCases,
		summary: "How a case ended, and the visits since"}, a.carePart(casework.PartEnding))
	handle(a, op{method: "GET", path: prefix + "/calendar", name: "getCalendar", tag: tagTasks, summary: "Holidays and deadlines of this balai"}, a.calendar)
	handle(a, op{method: "PUT", path: prefix + "/calendar", name: "setCalendar", tag: tagTasks, summary: "Replace holidays and deadlines"}, a.setCalendar)
}

// A sheetOps names the calls of one kind of record.
type sheetOps struct{ path, one, many, is string }

// OfRow names a record in the path.
type OfRow struct {
	Row string `path:"row" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

// sheetRoutes are the three calls of each kind of record.
func sheetRoutes[T casework.Checked](a *API, o sheetOps, pick func(casework.Sheets) casework.Sheet[T]) {
	at := prefix + "/cases/{id}/" + o.path
	sheet := func() casework.Sheet[T] { return pick(a.cfg.Care.Kept()) }
	handle(a, op{method: "POST", path: at, name: "add" + o.one, tag: tagPlan, status: http.StatusCreated, summary: "Add " + o.is},
		func(ctx context.Context, by casework.Actor, in *recordIn[T]) (*recordOut[T], error) {
			r, err := sheet().Add(ctx, by, in.id(), in.Body)
			return recorded(r, err)
		})
	handle(a, op{method: "GET", path: at, name: "list" + o.many, tag: tagPlan, summary: "List: " + o.is + "; newest first"},
		func(ctx context.Context, by casework.Actor, in *OfCase) (*pageOut[casework.Record[T]], error) {
			list, err := sheet().List(ctx, by, in.id())
			return paged(ctx, casework.Page[casework.Record[T]]{Items: list}, err)
		})
	handle(a, op{method: "PUT", path: at + "/{row}", name: "edit" + o.one, tag: tagPlan, summary: "Correct " + o.is},
		func(ctx context.Context, by casework.Actor, in *recordEdit[T]) (*recordOut[T], error) {
			version, err := in.version()
			if err != nil {
				return nil, err
			}
			r, err := sheet().Edit(ctx, by, in.id(), casework.CareID(in.Row), version, in.Body)
			return recorded(r, err)
		})
}

type recordIn[T any] struct {
	OfCase
	Body T
}

type recordEdit[T any] struct {
	OfCase
	OfRow
	IfMatch
	Body T
}

type recordOut[T any] struct {
	ETag string `header:"ETag"`
	Body casework.Record[T]
}

func recorded[T any](r casework.Record[T], err error) (*recordOut[T], error) {
	if err != nil {
		return nil, err
	}
	return &recordOut[T]{ETag: etag(r.Version), Body: r}, nil
}

// carePart answers with one part of the care of a case. The ETag is that of
// what the part is edited as.
func (a *API) carePart(part string) func(context.Context, casework.Actor, *OfCase) (*carePartOut, error) {
	return func(ctx context.Context, by casework.Actor, in *OfCase) (*carePartOut, error) {
		f, err := a.cfg.Care.File(ctx, by, in.id(), part)
		if err != nil {
			return nil, err
		}
		return &carePartOut{ETag: etag(versionOf(part, f)), Body: f}, nil
	}
}

type carePartOut struct {
	ETag string `header:"ETag"`
	Body casework.CareFile
}

// versionOf is what an edit of a part must name.
func versionOf(part string, f casework.CareFile) uint64 {
	switch part {
	case casework.PartPlan:
		switch {
		case f.Plan.Draft != nil:
			return f.Plan.Draft.Version
		case f.Plan.Current != nil:
			return f.Plan.Current.Version
		}
		return 0
	case casework.PartStay:
		s, _ := casework.CurrentStay(f.Care.Stays, f.Here)
		return s.Version
	}
	return f.Case.Version
}

type dischargeIn struct {
	OfCase
	IfMatch
	Body casework.Discharge
}

func (a *API) discharge(ctx context.Context, by casework.Actor, in *dischargeIn) (*caseOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return caseAnswer(a.cfg.Care.Discharge(ctx, by, in.id(), version, in.Body))
}

type calendarOut struct {
	ETag string `header:"ETag"`
	Body casework.Calendar
}

func (a *API) calendar(ctx context.Context, by casework.Actor, _ *struct{}) (*calendarOut, error) {
	c, err := a.cfg.Care.Calendar(ctx, by)
	if err != nil {
		return nil, err
	}
	return &calendarOut{ETag: etag(c.Version), Body: c}, nil
}

type calendarIn struct {
	IfMatch
	Body struct {
		Holidays  []casework.Holiday `json:"holidays"`
		Deadlines casework.Deadlines `json:"deadlines"`
	}
}

func (a *API) setCalendar(ctx context.Context, by casework.Actor, in *calendarIn) (*calendarOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	c, err := a.cfg.Care.SetCalendar(ctx, by, version, casework.Calendar{Holidays: in.Body.Holidays, Deadlines: in.Body.Deadlines})
	if err != nil {
		return nil, err
	}
	return &calendarOut{ETag: etag(c.Version), Body: c}, nil
}

// A task is said with a word or two; so much is enough for a result too.
type taskIn struct {
	OfCase
	Body struct {
		What string `json:"what"`
		Due  string `json:"due" doc:"2006-01-02"`
		For  string `json:"for,omitempty" doc:"Id of the account that does it; without it: the lead of the case"`
	}
}

type taskDoneIn struct {
	OfCase
	Task string `path:"task" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
	Body struct {
		Result string `json:"result,omitempty"`
	}
}

type tasksIn struct {
	Whose  string `query:"whose" enum:"mine,unit,balai" doc:"Without it: mine"`
	Late   string `query:"late" enum:"true" doc:"Only what is overdue"`
	Within string `query:"within" pattern:"^[1-9][0-9]{0,2}$" patternDescription:"a number of days" doc:"Only what is due within so many days"`
	Kind   string `query:"kind" enum:"task,stage,consent,review,goal,feedback,aftercare"`
	Paging
}

func (a *API) taskRoutes() {
	handle(a, op{method: "GET", path: prefix + "/tasks", name: "listTasks", tag: tagTasks,
		summary: "What is due in the cases you may read, late first"}, a.tasks)
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/tasks", name: "getTasks", tag: tagTasks,
		summary: "What is due in a case, and its tasks"}, a.carePart(casework.PartTasks))
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/tasks", name: "addTask", tag: tagTasks, status: http.StatusCreated,
		summary: "Write down something to be done"}, a.addTask)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/tasks/{task}/done", name: "finishTask", tag: tagTasks,
		summary: "Say that something is done, also what came by itself"}, a.finishTask)
}

func (a *API) tasks(ctx context.Context, by casework.Actor, in *tasksIn) (*pageOut[casework.Due], error) {
	q := casework.TaskQuery{Whose: in.Whose, Late: in.Late != "", Kind: in.Kind, Cursor: in.Cursor, Limit: in.Limit}
	if in.Within != "" {
		n, err := strconv.Atoi(in.Within)
		if err != nil {
			return nil, fault("query.within", "is not a number of days")
		}
		q.Within = n
	}
	p, err := a.cfg.Care.Tasks(ctx, by, q)
	return paged(ctx, p, err)
}

func (a *API) addTask(ctx context.Context, by casework.Actor, in *taskIn) (*recordOut[casework.Task], error) {
	b := in.Body
	return recorded(a.cfg.Care.AddTask(ctx, by, in.id(), casework.Task{What: b.What, Due: casework.Day(b.Due), For: casework.UserID(b.For)}))
}

func (a *API) finishTask(ctx context.Context, by casework.Actor, in *taskDoneIn) (*recordOut[casework.Task], error) {
	return recorded(a.cfg.Care.FinishTask(ctx, by, in.id(), casework.CareID(in.Task), in.Body.Result))
}
