package caseload_test

import (
	"context"
	"reflect"
	"slices"
	"testing"

	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
)

var supervisor = casework.Actor{User: "22222222222222222222222222222222", Roles: []casework.Role{casework.Supervisor}, Unit: "anak", Via: "api"}

func aGoal() casework.Goal {
	return casework.Goal{Problem: "belum bisa berjalan", Aim: "berjalan 10 meter", Component: "K4a", Activity: "fisioterapi", Base: "residensial", From: "2026-03-02", Until: "2026-06-02"}
}

// planned is a case with an approved plan of one goal.
func planned(t failer, d *desk) (casework.Case, casework.Record[casework.Plan]) {
	t.Helper()
	c := opened(t, d)
	k := d.Care()
	p, err := k.PutGoal(ctx, worker, c.ID, 0, aGoal())
	ok(t, err)
	p, err = k.EditPlan(ctx, worker, c.ID, p.Version, casework.PlanHead{WithPerson: true})
	ok(t, err)
	p, err = k.ApprovePlan(ctx, supervisor, c.ID, p.Version)
	ok(t, err)
	c, err = reload(d, c.ID)
	ok(t, err)
	return c, p
}

func reload(d *desk, id casework.CaseID) (casework.Case, error) {
	o, err := d.Get(ctx, worker, id)
	return o.Case, err
}

func TestAPlanIsApprovedAndChangedInVersions(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	k := d.Care()
	c, first := planned(t, d)
	if first.Data.Approved.IsZero() || first.Data.ApprovedBy != supervisor.User || first.Data.Number != 1 {
		t.Fatalf("approved as %+v", first)
	}
	goal := first.Data.Goals[0]

	_, err := k.ApprovePlan(ctx, supervisor, c.ID, first.Version)
	kind(t, err, casework.Conflict) // nothing waits

	ended, err := k.EndGoal(ctx, worker, c.ID, first.Version, goal.ID, casework.GoalResult{Outcome: "sebagian", Result: "5 meter"})
	ok(t, err)
	if ended.ID != first.ID || ended.Data.Goals[0].Outcome != "sebagian" || ended.Data.Approved.IsZero() {
		t.Fatalf("a result needs no new plan: %+v", ended)
	}

	goal.Until = "2026-09-02"
	draft, err := k.PutGoal(ctx, worker, c.ID, ended.Version, goal)
	ok(t, err)
	if draft.ID == first.ID || draft.Data.Number != 2 || !draft.Data.Approved.IsZero() || draft.Data.Goals[0].Outcome != "sebagian" {
		t.Fatalf("a change after approval is no new version: %+v", draft)
	}
	f, err := k.File(ctx, worker, c.ID, casework.PartPlan)
	ok(t, err)
	if f.Plan.Current.ID != first.ID || f.Plan.Draft.ID != draft.ID {
		t.Fatalf("the plan is shown as %+v", f.Plan)
	}
	_, err = k.PutGoal(ctx, worker, c.ID, draft.Version-1+7, aGoal())
	kind(t, err, casework.Conflict)
	if v, both := casework.BothVersions(err); !both || reflect.DeepEqual(v.Current, v.Yours) {
		t.Errorf("a stale change does not show both plans: %+v", v)
	}
	second, err := k.ApprovePlan(ctx, supervisor, c.ID, draft.Version)
	ok(t, err)
	f, err = k.File(ctx, worker, c.ID, casework.PartPlan)
	ok(t, err)
	if f.Plan.Current.ID != second.ID || f.Plan.Draft != nil || len(f.Plan.Old) != 1 {
		t.Fatalf("after approval the plan is shown as %+v", f.Plan)
	}
	gone, err := k.DropGoal(ctx, worker, c.ID, second.Version, goal.ID)
	ok(t, err)
	_, err = k.ApprovePlan(ctx, supervisor, c.ID, gone.Version)
	kind(t, err, casework.Invalid) // a plan without goals
}

func TestBadPlansChangeNothing(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	k := d.Care()
	c, p := planned(t, d)
	before := contents(d)
	bad := aGoal()
	bad.Component, bad.Until = "K8", "2026-01-01"
	_, err := k.PutGoal(ctx, worker, c.ID, p.Version, bad)
	kind(t, err, casework.Invalid)
	var fields []string
	for _, f := range casework.Faults(err) {
		fields = append(fields, f.Field)
	}
	if !slices.Equal(fields, []string{"component", "until"}) {
		t.Errorf("the faults are at %v", fields)
	}
	strange := aGoal()
	strange.ID = id[casework.CareID]("9")
	_, err = k.PutGoal(ctx, worker, c.ID, p.Version, strange)
	kind(t, err, casework.NotFound)
	_, err = k.EditPlan(ctx, worker, c.ID, p.Version, casework.PlanHead{Conference: id[casework.CareID]("9")})
	kind(t, err, casework.Invalid)
	_, err = k.DropGoal(ctx, worker, c.ID, p.Version, id[casework.CareID]("9"))
	kind(t, err, casework.NotFound)
	if !reflect.DeepEqual(before, contents(d)) {
		t.Error("a refused change left something")
	}
}

func TestServicesRestOnAPlanOrAnEmergency(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	k := d.Care()
	c := opened(t, d)
	s := casework.Service{Day: "2026-03-02", Component: "K1", Activity: "makan", Base: "residensial"}
	_, err := k.Services.Add(ctx, worker, c.ID, s)
	ok(t, err) // an emergency comes before every paper
	s.Component = "K4a"
	_, err = k.Services.Add(ctx, worker, c.ID, s)
	kind(t, err, casework.Invalid)

	c, p := planned(t, d)
	s.Goal = p.Data.Goals[0].ID
	r, err := k.Services.Add(ctx, worker, c.ID, s)
	ok(t, err)
	s.Goal = id[casework.CareID]("9")
	_, err = k.Services.Add(ctx, worker, c.ID, s)
	kind(t, err, casework.Invalid)
	s.Goal, s.Day = "", "2026-03-03"
	_, err = k.Services.Add(ctx, worker, c.ID, s)
	kind(t, err, casework.Invalid) // tomorrow

	s.Day, s.Amount = "2026-03-01", 2
	edited, err := k.Services.Edit(ctx, worker, c.ID, r.ID, r.Version, s)
	ok(t, err)
	_, err = k.Services.Edit(ctx, worker, c.ID, r.ID, r.Version, s)
	kind(t, err, casework.Conflict)
	if _, both := casework.BothVersions(err); !both {
		t.Error("a stale edit shows no second text")
	}
	list, err := k.Services.List(ctx, worker, c.ID)
	ok(t, err)
	if len(list) != 1 || !reflect.DeepEqual(list[0], edited) {
		t.Errorf("services %+v", list)
	}
}

func TestAnAidKeepsTheDayItWasAskedFor(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	k := d.Care()
	c := opened(t, d)
	r, err := k.Provisions.Add(ctx, worker, c.ID, casework.Provision{Kind: casework.ProvisionAid, Item: "kursi roda", State: "diminta", Since: "2026-02-01"})
	ok(t, err)
	r, err = k.Provisions.Edit(ctx, worker, c.ID, r.ID, r.Version, casework.Provision{Kind: casework.ProvisionAid, Item: "kursi roda", State: "diserahkan", Since: "2026-03-01"})
	ok(t, err)
	if r.Data.Asked != "2026-02-01" || r.Data.Since != "2026-03-01" {
		t.Errorf("delivered as %+v", r.Data)
	}
	page, err := d.History(ctx, worker, c.ID, "care", "", 0)
	ok(t, err)
	if len(page.Items) != 1 || page.Items[0].Care.What != casework.CareProvision || page.Items[0].Care.State != "diserahkan" || page.Items[0].Care.Words != "kursi roda" {
		t.Errorf("the timeline says %+v", page.Items)
	}
}

func TestAServedCaseEndsWithItsRecord(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	k := d.Care()
	c, p := planned(t, d)
	_, err := d.Close(ctx, worker, c.ID, c.Version, "tujuan tercapai")
	kind(t, err, casework.Conflict)
	f10 := casework.Discharge{Reason: "tujuan tercapai", Outcome: "tercapai", Functioning: 4, Destination: "rumah", With: "nenek", After: "Puskesos"}
	_, err = k.Discharge(ctx, worker, c.ID, c.Version, f10)
	kind(t, err, casework.Invalid)
	if f := casework.Faults(err); len(f) != 1 || f[0].Field != "goals" {
		t.Fatalf("missing is %v", f)
	}
	_, err = k.EndGoal(ctx, worker, c.ID, p.Version, p.Data.Goals[0].ID, casework.GoalResult{Outcome: "tercapai"})
	ok(t, err)
	c, err = k.Discharge(ctx, worker, c.ID, c.Version, f10)
	ok(t, err)
	if c.State != casework.Closed || c.Stage != casework.Termination || c.Reason != "tujuan tercapai" {
		t.Fatalf("ended as %+v", c)
	}
	f, err := k.File(ctx, worker, c.ID, casework.PartTasks)
	ok(t, err)
	if len(f.Dues) != 2 || f.Dues[0].Kind != casework.DueAftercare || f.Dues[0].Due != "2026-06-02" {
		t.Fatalf("due afterwards: %+v", f.Dues)
	}
	d.at(start.AddDate(0, 3, 0))
	_, err = k.Visits.Add(ctx, worker, c.ID, casework.Visit{Day: "2026-06-02", Way: "telepon", Month: 3, Condition: "baik"})
	ok(t, err)
	f, err = k.File(ctx, worker, c.ID, casework.PartTasks)
	ok(t, err)
	if len(f.Dues) != 1 || f.Dues[0].Step != 6 {
		t.Errorf("after the first visit: %+v", f.Dues)
	}
	_, err = d.Reopen(ctx, worker, c.ID, c.Version) // the loop
	ok(t, err)
}

func TestTasksOfOnesOwnUnitAndBalai(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	k := d.Care()
	mine, _, _, err := d.Open(ctx, worker, casework.Intake{Claims: []casework.Claim{named("Siti Contoh")}, Urgency: casework.Within24h, Basis: casework.ByPublicTask, Lead: worker.User, Unit: "anak"})
	ok(t, err)
	other, _, _, err := d.Open(ctx, worker, casework.Intake{Urgency: casework.NotUrgent, Basis: casework.ByVitalInterest, Lead: supervisor.User, Unit: "lansia"})
	ok(t, err)
	task, err := k.AddTask(ctx, worker, other.ID, casework.Task{What: "telepon keluarga", Due: "2026-02-27", For: worker.User, Done: start})
	ok(t, err)
	if !task.Data.Done.IsZero() {
		t.Fatal("a new task is done")
	}
	ask := func(q casework.TaskQuery) []string {
		t.Helper()
		page, err := k.Tasks(ctx, worker, q)
		ok(t, err)
		var out []string
		for _, x := range page.Items {
			out = append(out, x.Kind+" "+x.Number[len(x.Number)-1:])
		}
		return out
	}
	for _, row := range []struct {
		name string
		q    casework.TaskQuery
		want []string
	}{
		{"mine, late first", casework.TaskQuery{}, []string{"task 2", "stage 1"}},
		{"of the unit", casework.TaskQuery{Whose: casework.TasksUnit}, []string{"stage 1"}},
		{"of the balai", casework.TaskQuery{Whose: casework.TasksAll}, []string{"task 2", "stage 1", "stage 2", "consent 2"}},
		{"late", casework.TaskQuery{Whose: casework.TasksAll, Late: true}, []string{"task 2"}},
		{"of one kind", casework.TaskQuery{Whose: casework.TasksAll, Kind: casework.DueConsent}, []string{"consent 2"}},
	} {
		if got := ask(row.q); !slices.Equal(got, row.want) {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
	if n, err := k.Late(ctx, worker); err != nil || n != 1 {
		t.Errorf("%d late: %v", n, err)
	}

	var all []string // page by page
	for cursor := ""; ; {
		page, err := k.Tasks(ctx, worker, casework.TaskQuery{Whose: casework.TasksAll, Limit: 1, Cursor: cursor})
		ok(t, err)
		for _, x := range page.Items {
			all = append(all, x.Kind)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if !slices.Equal(all, []string{"task", "stage", "stage", "consent"}) {
		t.Errorf("page by page: %q", all)
	}

	done, err := k.FinishTask(ctx, worker, other.ID, task.ID, "tersambung")
	ok(t, err)
	if done.Data.Done.IsZero() || done.Data.DoneBy != worker.User {
		t.Fatalf("done as %+v", done)
	}
	again, err := k.FinishTask(ctx, worker, other.ID, task.ID, "lagi")
	ok(t, err)
	if !reflect.DeepEqual(done, again) {
		t.Error("twice is not once")
	}
	page, err := k.Tasks(ctx, worker, casework.TaskQuery{Whose: casework.TasksAll, Kind: casework.DueConsent})
	ok(t, err)
	if _, err := k.FinishTask(ctx, worker, other.ID, page.Items[0].ID, "wali menandatangani"); err != nil {
		t.Fatalf("what came by itself cannot be done: %v", err)
	}
	_, err = k.FinishTask(ctx, worker, other.ID, id[casework.CareID]("9"), "")
	kind(t, err, casework.NotFound)
	if got := ask(casework.TaskQuery{Whose: casework.TasksAll}); !slices.Equal(got, []string{"stage 1", "stage 2"}) {
		t.Errorf("left to do: %q", got)
	}
	d.allow(func(_ casework.Actor, act casework.Action, c *casework.Case) bool { return c == nil || c.ID == mine.ID })
	if got := ask(casework.TaskQuery{Whose: casework.TasksAll}); !slices.Equal(got, []string{"stage 1"}) {
		t.Errorf("a list shows cases that its reader may not read: %q", got)
	}
	d.allow(func(casework.Actor, casework.Action, *casework.Case) bool { return true })
	_, err = d.Edit(ctx, worker, mine.ID, mine.Version, casework.Patch{Lead: ptr(supervisor.User)})
	ok(t, err)
	if got := ask(casework.TaskQuery{}); len(got) != 0 {
		t.Errorf("still mine after somebody else got the case: %q", got)
	}
}

func ptr[T any](v T) *T { return &v }

func TestTheCalendarMovesDeadlines(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	k := d.Care()
	c := opened(t, d)
	due := func() casework.Day {
		page, err := k.Tasks(ctx, worker, casework.TaskQuery{Whose: casework.TasksAll})
		ok(t, err)
		if len(page.Items) != 1 || page.Items[0].Case != c.ID {
			t.Fatalf("due: %+v", page.Items)
		}
		return page.Items[0].Due
	}
	if got := due(); got != "2026-03-03" {
		t.Fatalf("due on %s", got)
	}
	cal, err := k.Calendar(ctx, worker)
	ok(t, err)
	was := cal.Version
	cal.Holidays = append(cal.Holidays, casework.Holiday{Day: "2026-03-03", Name: "Hari jadi", Kind: "libur balai"})
	cal, err = k.SetCalendar(ctx, supervisor, was, cal)
	ok(t, err)
	if got := due(); got != "2026-03-04" {
		t.Errorf("a new holiday leaves it at %s", got)
	}
	_, err = k.SetCalendar(ctx, supervisor, was, cal)
	kind(t, err, casework.Conflict)
	cal.Deadlines.Access = 0
	_, err = k.SetCalendar(ctx, supervisor, cal.Version, cal)
	kind(t, err, casework.Invalid)
}

// TestCareTravelsAndOnlyItsBalaiChangesIt takes a case there and back.
func TestCareTravelsAndOnlyItsBalaiChangesIt(t *testing.T) {
	here, there := newDesk(t, "MGL", wib), newDesk(t, "SRK", wib)
	c, p := planned(t, here)
	task, err := here.Care().AddTask(ctx, worker, c.ID, casework.Task{What: "rontgen", Due: "2026-03-09", For: worker.User})
	ok(t, err)
	b := here.export(t, c.ID)
	if b.Care.Rows() != 2 {
		t.Fatalf("%d records travel", b.Care.Rows())
	}
	h := id[casework.HandoffID]("5")
	here.apply(t, here.freeze(c.ID, b.Mark(), h, "SRK"))
	arrived := there.apply(t, there.adopt(b, there.arrival(t, here, b, h)))
	there.apply(t, there.takeOver(arrived.ID, h, 2))
	here.apply(t, here.handOver(c.ID, h, "SRK", 2))

	k := there.Care()
	f, err := k.File(ctx, worker, arrived.ID, casework.PartPlan)
	ok(t, err)
	if f.Plan.Current == nil || f.Plan.Current.ID != p.ID || f.Plan.Current.Balai != "MGL" {
		t.Fatalf("the plan came as %+v", f.Plan)
	}
	_, err = k.EndGoal(ctx, worker, arrived.ID, p.Version, p.Data.Goals[0].ID, casework.GoalResult{Outcome: "tercapai"})
	kind(t, err, casework.Conflict)
	own, err := k.PutGoal(ctx, worker, arrived.ID, p.Version, aGoal())
	ok(t, err)
	if own.Balai != "SRK" || own.Data.Number != 2 || len(own.Data.Goals) != 2 {
		t.Fatalf("a version of one's own is %+v", own)
	}
	tasks, err := k.File(ctx, worker, arrived.ID, casework.PartTasks)
	ok(t, err)
	i := slices.IndexFunc(tasks.Dues, func(x casework.Due) bool { return x.ID == task.ID })
	if i < 0 || tasks.Dues[i].For == worker.User {
		t.Fatalf("a task came as %+v: nobody there has an account here", tasks.Dues)
	}

	// A second delivery of the same packet, and one that claims to be of ours.
	again := there.export(t, arrived.ID)
	forged := b
	forged.Care.Plans = slices.Clone(again.Care.Plans)
	for i := range forged.Care.Plans {
		forged.Care.Plans[i].Version = 99
		forged.Care.Plans[i].Data.WithFamily = !forged.Care.Plans[i].Data.WithFamily
	}
	before := there.export(t, arrived.ID).Care
	_, _ = there.try(there.adopt(forged, there.arrival(t, here, b, h)))
	if after := there.export(t, arrived.ID).Care; !reflect.DeepEqual(before, after) {
		t.Errorf("a packet that came late changed %+v into %+v", before, after)
	}
}

func TestFrozenCasesKeepTheirCare(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	k := d.Care()
	c, p := planned(t, d)
	h := id[casework.HandoffID]("5")
	before, err := k.Services.Add(ctx, worker, c.ID, casework.Service{Day: "2026-03-02", Component: "K1", Activity: "sandang", Base: "residensial"})
	ok(t, err)
	there := newDesk(t, "MGL", wib)
	b := offered(t, d, c.ID, h, "MGL")
	arrived := there.apply(t, there.adopt(b, there.arrival(t, d, b, h)))
	_, err = k.PutGoal(ctx, worker, c.ID, p.Version, aGoal())
	kind(t, err, casework.Frozen)
	_, err = k.Services.Edit(ctx, worker, c.ID, before.ID, before.Version, casework.Service{Day: "2026-03-02", Component: "K1", Activity: "lain", Base: "residensial"})
	kind(t, err, casework.Frozen) // it stays as it was offered
	after, err := k.Services.Add(ctx, worker, c.ID, casework.Service{Day: "2026-03-02", Component: "K1", Activity: "makan", Base: "residensial"})
	ok(t, err) // life goes on
	after, err = k.Services.Edit(ctx, worker, c.ID, after.ID, after.Version, casework.Service{Day: "2026-03-02", Component: "K1", Activity: "makan dan mandi", Base: "residensial"})
	ok(t, err)
	_, err = k.Incidents.Add(ctx, worker, c.ID, casework.Incident{Day: "2026-03-02", Kind: "sakit", Account: "demam"})
	ok(t, err)
	f, err := k.File(ctx, worker, c.ID, casework.PartPlan)
	ok(t, err)
	kind(t, f.Write, casework.Frozen)

	// What was written meanwhile follows the packet, once, and nothing else does.
	a := d.addenda(t, c.ID, h)
	if n := a.Care.Rows(); n != 2 || a.Care.Services[0].ID != after.ID {
		t.Fatalf("%d records follow: %+v", n, a.Care)
	}
	d.follow(t, c.ID, h, there, arrived.ID)
	d.follow(t, c.ID, h, there, arrived.ID)
	got := there.export(t, arrived.ID).Care
	if len(got.Services) != 2 || len(got.Incidents) != 1 || got.Services[1].Data.Activity != "makan dan mandi" || got.Services[1].Balai != "SRK" {
		t.Errorf("the receiver has %+v", got)
	}
}

// TestCareAsksTheGate goes through all that reads or writes: who may not is
// refused, nothing is left, and the denial is a line.
func TestCareAsksTheGate(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	k := d.Care()
	women, _ := asylum(t, k)
	c, p := planned(t, d)
	lived := opened(t, d)
	s, err := k.Admit(ctx, worker, lived.ID, casework.Admission{Bed: women.Beds[0].ID, From: "2026-03-02"})
	ok(t, err)
	cal, err := k.Calendar(ctx, worker)
	ok(t, err)
	goal := p.Data.Goals[0].ID
	for name, row := range map[string]struct {
		act casework.Action
		do  func(context.Context) error
	}{
		"File":    {casework.ReadCase, func(x context.Context) error { _, err := k.File(x, worker, c.ID, casework.PartPlan); return err }},
		"List":    {casework.ReadCase, func(x context.Context) error { _, err := k.Services.List(x, worker, c.ID); return err }},
		"Tasks":   {casework.Find, func(x context.Context) error { _, err := k.Tasks(x, worker, casework.TaskQuery{}); return err }},
		"Board":   {casework.Find, func(x context.Context) error { _, err := k.Board(x, worker); return err }},
		"PutGoal": {casework.WriteCase, func(x context.Context) error { _, err := k.PutGoal(x, worker, c.ID, 0, aGoal()); return err }},
		"EditPlan": {casework.WriteCase, func(x context.Context) error {
			_, err := k.EditPlan(x, worker, c.ID, 0, casework.PlanHead{})
			return err
		}},
		"DropGoal":    {casework.WriteCase, func(x context.Context) error { _, err := k.DropGoal(x, worker, c.ID, 0, goal); return err }},
		"ApprovePlan": {casework.Assign, func(x context.Context) error { _, err := k.ApprovePlan(x, worker, c.ID, 0); return err }},
		"EndGoal": {casework.WriteCase, func(x context.Context) error {
			_, err := k.EndGoal(x, worker, c.ID, 0, goal, casework.GoalResult{Outcome: "tidak"})
			return err
		}},
		"Conference": {casework.WriteCase, func(x context.Context) error {
			_, err := k.Conferences.Add(x, worker, c.ID, casework.Conference{})
			return err
		}},
		"Service": {casework.AddToCase, func(x context.Context) error {
			_, err := k.Services.Add(x, worker, c.ID, casework.Service{})
			return err
		}},
		"Provision": {casework.AddToCase, func(x context.Context) error {
			_, err := k.Provisions.Edit(x, worker, c.ID, goal, 1, casework.Provision{})
			return err
		}},
		"Incident": {casework.AddToCase, func(x context.Context) error {
			_, err := k.Incidents.Add(x, worker, c.ID, casework.Incident{})
			return err
		}},
		"Civil": {casework.AddToCase, func(x context.Context) error {
			_, err := k.Civil.Add(x, worker, c.ID, casework.CivilPaper{})
			return err
		}},
		"Programme": {casework.AddToCase, func(x context.Context) error {
			_, err := k.Programmes.Add(x, worker, c.ID, casework.Programme{})
			return err
		}},
		"Visit": {casework.AddToCase, func(x context.Context) error { _, err := k.Visits.Add(x, worker, c.ID, casework.Visit{}); return err }},
		"AddTask": {casework.AddToCase, func(x context.Context) error {
			_, err := k.AddTask(x, worker, c.ID, casework.Task{What: "x", Due: "2026-03-09"})
			return err
		}},
		"FinishTask": {casework.AddToCase, func(x context.Context) error { _, err := k.FinishTask(x, worker, c.ID, goal, ""); return err }},
		"Admit":      {casework.AddToCase, func(x context.Context) error { _, err := k.Admit(x, worker, c.ID, casework.Admission{}); return err }},
		"MoveBed": {casework.AddToCase, func(x context.Context) error {
			_, err := k.MoveBed(x, worker, lived.ID, s.Version, casework.Admission{})
			return err
		}},
		"Leave": {casework.AddToCase, func(x context.Context) error {
			_, err := k.Leave(x, worker, lived.ID, s.Version, "2026-03-02", "selesai")
			return err
		}},
		"GoAway": {casework.AddToCase, func(x context.Context) error {
			_, err := k.GoAway(x, worker, lived.ID, s.Version, casework.Absence{})
			return err
		}},
		"ComeBack": {casework.AddToCase, func(x context.Context) error {
			_, err := k.ComeBack(x, worker, lived.ID, s.Version, "2026-03-02")
			return err
		}},
		"Discharge": {casework.WriteCase, func(x context.Context) error {
			_, err := k.Discharge(x, worker, c.ID, c.Version, casework.Discharge{})
			return err
		}},
		"PutHouse":    {casework.SetUp, func(x context.Context) error { _, err := k.PutHouse(x, worker, women.Version, women); return err }},
		"SetCalendar": {casework.SetUp, func(x context.Context) error { _, err := k.SetCalendar(x, worker, cal.Version, cal); return err }},
		"DischargeGone": {casework.WriteCase, func(x context.Context) error {
			_, err := k.Discharge(x, worker, lived.ID, 1, casework.Discharge{})
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			before, lines := contents(d), len(d.trail.lines())
			d.allow(func(_ casework.Actor, act casework.Action, _ *casework.Case) bool { return act != row.act })
			kind(t, row.do(ctx), casework.Forbidden)
			if !reflect.DeepEqual(before, contents(d)) {
				t.Error("a denied call wrote something")
			}
			if all := d.trail.lines(); len(all) != lines+1 || all[lines].Outcome != "denied" || all[lines].Act != string(row.act) {
				t.Errorf("the denial is not in the trail: %+v", all[lines:])
			}
			d.allow(func(_ casework.Actor, act casework.Action, _ *casework.Case) bool { return act == row.act })
			if k, words := casework.Explain(row.do(ctx)); k == casework.Forbidden {
				t.Errorf("with %s alone: %s", row.act, words)
			}
		})
	}
}

// TestTheAgendaForgetsWhatWasErased: a case that is gone is in no list.
func TestTheAgendaForgetsWhatWasErased(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	k := d.Care()
	c := opened(t, d)
	_, all := asylum(t, k)
	_, err := k.Admit(ctx, worker, c.ID, casework.Admission{Bed: all.Beds[0].ID, From: "2026-03-02"})
	ok(t, err)
	if page, err := k.Tasks(ctx, worker, casework.TaskQuery{Whose: casework.TasksAll}); err != nil || len(page.Items) != 1 {
		t.Fatalf("before: %+v %v", page, err)
	}
	d.store.Drop(func(k caseworktest.Key) bool { return k.Owner == string(c.ID) })
	if page, err := k.Tasks(ctx, worker, casework.TaskQuery{Whose: casework.TasksAll}); err != nil || len(page.Items) != 0 {
		t.Errorf("after: %+v %v", page, err)
	}
	next := opened(t, d)
	_, err = k.Admit(ctx, worker, next.ID, casework.Admission{Bed: all.Beds[0].ID, From: "2026-03-02"})
	ok(t, err)
}
