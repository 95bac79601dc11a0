package caseload

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"serasi/node/casework"
)

// tasksOpen returns nil if something may be left to do for c here.
func tasksOpen(c casework.Case) error {
	if c.State == casework.HandedOver {
		return c.Editable()
	}
	return nil
}

// AddTask writes down something to be done. The errors are those of
// Cases.Edit, but tasks can be written in every state but handed over.
func (k *Care) AddTask(ctx context.Context, by casework.Actor, id casework.CaseID, t casework.Task) (casework.Record[casework.Task], error) {
	t = casework.Task{What: t.What, Due: t.Due, For: t.For}
	var r casework.Record[casework.Task]
	if err := casework.Faulty(t.Check()...); err != nil {
		return r, err
	}
	err := k.cs.write(ctx, deed{by, casework.AddToCase, ofTask}, id, func(f *file) error {
		if err := tasksOpen(f.c); err != nil {
			return err
		}
		r = newRecord(f, t)
		return keep(f, casework.Tasks, r)
	})
	if err != nil {
		return casework.Record[casework.Task]{}, err
	}
	return r, nil
}

// FinishTask says that something is done, whether somebody wrote it down or it
// came by itself. Twice is once. The error is NotFound if nothing of the kind
// is due in the case, else those of AddTask.
func (k *Care) FinishTask(ctx context.Context, by casework.Actor, id casework.CaseID, task casework.CareID, result string) (casework.Record[casework.Task], error) {
	var r casework.Record[casework.Task]
	if err := checkWords("result", result); err != nil {
		return r, err
	}
	err := k.cs.write(ctx, deed{by, casework.AddToCase, ofTask}, id, func(f *file) error {
		if err := tasksOpen(f.c); err != nil {
			return err
		}
		found, err := f.tx.Get(casework.Tasks, string(id), string(task), &r)
		switch {
		case err != nil:
			return fmt.Errorf("read a task of case %s: %w", id, err)
		case !found:
			if r, err = k.autoTask(f, task); err != nil {
				return err
			}
		case !r.Data.Done.IsZero():
			return nil
		}
		r.Data.Done, r.Data.DoneBy, r.Data.Result = f.now, by.User, result
		r.By, r.Version = by.User, r.Version+1
		return keep(f, casework.Tasks, r)
	})
	if err != nil {
		return casework.Record[casework.Task]{}, err
	}
	return r, nil
}

// autoTask makes the record of something that came by itself and is due now.
func (k *Care) autoTask(f *file, id casework.CareID) (casework.Record[casework.Task], error) {
	list, err := k.duesOf(f.tx, f.c)
	if err != nil {
		return casework.Record[casework.Task]{}, err
	}
	i := slices.IndexFunc(list, func(d casework.Due) bool { return d.ID == id })
	if i < 0 {
		return casework.Record[casework.Task]{}, casework.NotFound.Because("nothing of the kind is due in this case")
	}
	d := list[i]
	r := newRecord(f, casework.Task{Kind: d.Kind, What: d.What, Due: d.Due, For: d.For})
	r.ID, r.Version = id, 0
	return r, nil
}

// duesOf returns what is due in one case, the soonest first.
func (k *Care) duesOf(tx casework.Tx, c casework.Case) ([]casework.Due, error) {
	cal, err := CalendarOf(tx)
	if err != nil {
		return nil, err
	}
	list, err := k.cs.dues(tx, c, cal)
	today := k.cs.today()
	for i := range list {
		list[i].Late = max(0, list[i].Due.Until(today))
	}
	casework.SortDues(list)
	return list, err
}

func (cs *Cases) dues(tx casework.Tx, c casework.Case, cal casework.Calendar) ([]casework.Due, error) {
	if c.State == casework.HandedOver {
		return nil, nil
	}
	d := casework.Dossier{Case: c, Balai: cs.cfg.Balai, Zone: cs.cfg.Zone}
	var err error
	if d.Steps, err = casework.RowsOf[casework.Step](tx, casework.Steps, c.ID); err != nil {
		return nil, err
	}
	if d.Consents, err = casework.RowsOf[casework.Consent](tx, casework.Consents, c.ID); err != nil {
		return nil, err
	}
	for _, read := range []func(casework.Tx, casework.CaseID, *casework.Care) error{readTasks, readPlans, readConferences, readDischarges, readVisits} {
		if err := read(tx, c.ID, &d.Care); err != nil {
			return nil, err
		}
	}
	return d.Dues(cal), nil
}

// agenda is what is due in all cases, in memory. It is read from the store when
// somebody asks, and then only the cases that have changed since.
type agenda struct {
	reading sync.Mutex // held by the one who reads the store

	mu    sync.Mutex // guards those below
	known bool       // all cases have been read
	dirty map[casework.CaseID]struct{}
	cases map[casework.CaseID][]casework.Due
}

// changed says that a case must be read again.
func (a *agenda) changed(id casework.CaseID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.dirty == nil {
		a.dirty = map[casework.CaseID]struct{}{}
	}
	a.dirty[id] = struct{}{}
}

// stale says that all must be read again.
func (a *agenda) stale() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known = false
}

// take returns which cases must be read; all says every one.
func (a *agenda) take() (all bool, ids map[casework.CaseID]struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	all, ids = !a.known, a.dirty
	a.dirty = nil
	return all, ids
}

// put takes in what was read. Of a failed reading everything is stale.
func (a *agenda) put(all bool, read map[casework.CaseID][]casework.Due, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case err != nil:
		a.known = false
		return
	case all:
		a.cases, a.known = map[casework.CaseID][]casework.Due{}, true
	}
	for id, list := range read {
		if delete(a.cases, id); len(list) > 0 {
			a.cases[id] = list
		}
	}
}

func (a *agenda) list(want func(casework.Due) bool) []casework.Due {
	a.mu.Lock()
	defer a.mu.Unlock()
	var out []casework.Due
	for _, list := range a.cases {
		for _, d := range list {
			if want(d) {
				out = append(out, d)
			}
		}
	}
	return out
}

// refresh brings the agenda up to what is stored now.
func (cs *Cases) refresh(ctx context.Context) error {
	a := &cs.agenda
	a.reading.Lock()
	defer a.reading.Unlock()
	all, ids := a.take()
	if !all && len(ids) == 0 {
		return nil
	}
	read := map[casework.CaseID][]casework.Due{}
	err := cs.cfg.Store.View(func(tx casework.Tx) error {
		cal, err := CalendarOf(tx)
		if err != nil {
			return err
		}
		one := func(c casework.Case) (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			read[c.ID], err = cs.dues(tx, c, cal)
			return err
		}
		if all {
			return tx.All(casework.Cases, func(_, _ string, decode func(any) error) (bool, error) {
				var c casework.Case
				if err := decode(&c); err != nil {
					return false, err
				}
				return true, one(c)
			})
		}
		for id := range ids {
			c, err := casework.CaseOf(tx, id)
			if errors.Is(err, casework.NotFound) {
				read[id] = nil
				continue
			}
			if err != nil {
				return err
			}
			if err := one(c); err != nil {
				return err
			}
		}
		return nil
	})
	a.put(all, read, err)
	if err != nil {
		return fmt.Errorf("read what is due: %w", err)
	}
	return nil
}

// Tasks returns a page of what is due in the cases that by may read, what is
// late and what is urgent first. It is one line in the trail.
func (k *Care) Tasks(ctx context.Context, by casework.Actor, q casework.TaskQuery) (casework.Page[casework.Due], error) {
	var page casework.Page[casework.Due]
	limit, err := limitOf(q.Limit)
	if err := errors.Join(err, casework.Faulty(q.Check()...)); err != nil {
		return page, err
	}
	list, err := k.due(ctx, by, q)
	if err != nil {
		return page, k.cs.denied(ctx, deed{by, casework.Find, ofTasks}, "", err)
	}
	page = cut(list, q.Cursor, limit)
	return page, k.cs.recordAlone(ctx, deed{by, casework.Find, ofTasks}, "", "", "done")
}

// Late returns how much is overdue for by, for a figure on the first page. It
// names no case.
func (k *Care) Late(ctx context.Context, by casework.Actor) (int, error) {
	list, err := k.due(ctx, by, casework.TaskQuery{Whose: casework.TasksMine, Late: true})
	if errors.Is(err, casework.Forbidden) {
		return 0, nil
	}
	return len(list), err
}

// due returns what q asks for and by may read, in order.
func (k *Care) due(ctx context.Context, by casework.Actor, q casework.TaskQuery) ([]casework.Due, error) {
	if err := k.cs.refresh(ctx); err != nil {
		return nil, err
	}
	today := k.cs.today()
	list := k.cs.agenda.list(func(d casework.Due) bool {
		return k.wants(by, q, d, today)
	})
	var out []casework.Due
	err := k.cs.cfg.Store.View(func(tx casework.Tx) error {
		if err := k.cs.cfg.Gate.Check(tx, by, casework.Find, nil); err != nil {
			return err
		}
		names := map[casework.CaseID]string{} // "": not to be shown
		for _, d := range list {
			name, seen := names[d.Case]
			if !seen {
				var err error
				if name, err = k.nameFor(tx, by, d.Case); err != nil {
					return err
				}
				names[d.Case] = name
			}
			if name != "" {
				d.Name, d.Late = name, max(0, d.Due.Until(today))
				out = append(out, d)
			}
		}
		return nil
	})
	casework.SortDues(out)
	return out, err
}

func (k *Care) wants(by casework.Actor, q casework.TaskQuery, d casework.Due, today casework.Day) bool {
	switch {
	case q.Late && d.Due >= today,
		q.Within > 0 && d.Due > today.Plus(q.Within),
		q.Kind != "" && q.Kind != d.Kind:
		return false
	}
	switch q.Whose {
	case casework.TasksAll:
		return true
	case casework.TasksUnit:
		return d.Unit != "" && d.Unit == by.Unit
	default:
		return d.For == by.User
	}
}

// nameFor returns who a case is about, or "" if by may not read it.
func (k *Care) nameFor(tx casework.Tx, by casework.Actor, id casework.CaseID) (string, error) {
	c, err := casework.CaseOf(tx, id)
	if errors.Is(err, casework.NotFound) {
		return "", nil
	}
	if err != nil || k.cs.cfg.Gate.Check(tx, by, casework.ReadCase, &c) != nil {
		return "", err
	}
	p, err := person(tx, c)
	return p.Name(), err
}

// cut returns the page after cursor, which is the place of the last one given.
func cut(list []casework.Due, cursor string, limit int) casework.Page[casework.Due] {
	place := func(d casework.Due) string { return string(d.Due) + "_" + string(d.Case) + "_" + string(d.ID) }
	if cursor != "" {
		after := slices.IndexFunc(list, func(d casework.Due) bool { return place(d) == cursor })
		if after < 0 { // it was done meanwhile: go on with the day it was due
			day, _, _ := strings.Cut(cursor, "_")
			after = slices.IndexFunc(list, func(d casework.Due) bool { return string(d.Due) >= day }) - 1
			if after < -1 {
				after = len(list) - 1
			}
		}
		list = list[after+1:]
	}
	page := casework.Page[casework.Due]{Items: list[:min(limit, len(list))]}
	if len(list) > limit {
		page.Next = place(list[limit-1])
	}
	return page
}
