package caseload

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"serasi/node/casework"
)

// Words of the audit trail for the records of care. They are stored: add, never
// rename. The words for what is read are casework's parts.
const (
	ofConference = "conference"
	ofPlan       = "plan"
	ofApproval   = "plan approval"
	ofService    = "service"
	ofProvision  = "provision"
	ofIncident   = "incident"
	ofCivil      = "civil paper"
	ofProgramme  = "programme"
	ofVisit      = "aftercare visit"
	ofTask       = "task"
	ofTasks      = "task list"
	ofStay       = "stay"
	ofBoard      = "places"
	ofHouse      = "house"
	ofCalendar   = "calendar"
)

// Care are the use cases on what is planned and done for a person, where they
// live, and how it ends. It works on the same cases as Cases, by the same rules:
// one use case is one transaction with its line in the trail.
type Care struct {
	cs *Cases
	casework.Sheets
}

// Care returns the use cases of care on the cases of cs.
func (cs *Cases) Care() *Care {
	k := &Care{cs: cs}
	k.Conferences = &sheet[casework.Conference]{cs: cs, table: casework.Conferences, what: ofConference, act: casework.WriteCase, open: cs.staying,
		look: func(f *file, x *casework.Conference) ([]casework.Fault, error) { return f.past("day", x.Day), nil }}
	k.Services = &sheet[casework.Service]{cs: cs, table: casework.Services, what: ofService, act: casework.AddToCase, open: cs.staying, look: lookService}
	k.Provisions = &sheet[casework.Provision]{cs: cs, table: casework.Provisions, what: ofProvision, act: casework.AddToCase, open: cs.staying, look: lookProvision,
		stays: func(was casework.Provision, x *casework.Provision) {
			if x.Asked == "" { // the waiting list goes by it
				x.Asked = was.Asked
			}
		}}
	k.Incidents = &sheet[casework.Incident]{cs: cs, table: casework.CareIncidents, what: ofIncident, act: casework.AddToCase, open: cs.staying,
		look: func(f *file, x *casework.Incident) ([]casework.Fault, error) { return f.past("day", x.Day), nil }}
	k.Civil = &sheet[casework.CivilPaper]{cs: cs, table: casework.CivilPapers, what: ofCivil, act: casework.AddToCase, open: cs.staying,
		look: func(f *file, x *casework.CivilPaper) ([]casework.Fault, error) { return f.past("since", x.Since), nil }}
	k.Programmes = &sheet[casework.Programme]{cs: cs, table: casework.Programmes, what: ofProgramme, act: casework.AddToCase, open: cs.staying,
		look: func(f *file, x *casework.Programme) ([]casework.Fault, error) { return f.past("seen", x.Seen), nil }}
	k.Visits = &sheet[casework.Visit]{cs: cs, table: casework.Visits, what: ofVisit, act: casework.AddToCase, open: cs.afterwards,
		look: func(f *file, x *casework.Visit) ([]casework.Fault, error) { return f.past("day", x.Day), nil }}
	return k
}

// staying returns nil if the person is in the care of this balai, on offer to
// another one or not: life goes on meanwhile, and what is recorded of it follows
// the case.
func (cs *Cases) staying(c casework.Case) error {
	if c.State == casework.OnOffer {
		return cs.lets(c)
	}
	return cs.editable(c)
}

// afterwards returns nil if c is open or ended here.
func (cs *Cases) afterwards(c casework.Case) error {
	if c.State == casework.Closed {
		return cs.lets(c)
	}
	return cs.staying(c)
}

// today is the day it is at this balai.
func (cs *Cases) today() casework.Day { return casework.DayOf(cs.now().In(cs.cfg.Zone)) }

// past returns a fault if d has not come yet: what is recorded has happened.
func (f *file) past(field string, d casework.Day) []casework.Fault {
	if d.Valid() && d > casework.DayOf(f.now.In(f.cfg.Zone)) {
		return []casework.Fault{{Field: field, Words: "is in the future"}}
	}
	return nil
}

// sheet keeps one kind of record: see casework.Sheet.
type sheet[T casework.Checked] struct {
	cs    *Cases
	table casework.Table
	what  string
	act   casework.Action
	open  func(casework.Case) error
	look  func(f *file, x *T) ([]casework.Fault, error) // what Check cannot know; may complete x
	stays func(was T, x *T)                             // what an edit does not take away; nil: nothing
}

// Add writes a new record.
func (s *sheet[T]) Add(ctx context.Context, by casework.Actor, id casework.CaseID, data T) (casework.Record[T], error) {
	var r casework.Record[T]
	err := s.cs.write(ctx, deed{by, s.act, s.what}, id, func(f *file) error {
		if err := s.open(f.c); err != nil {
			return err
		}
		if err := s.check(f, &data); err != nil {
			return err
		}
		r = newRecord(f, data)
		return keep(f, s.table, r)
	})
	if err != nil {
		return casework.Record[T]{}, err
	}
	return r, nil
}

func (s *sheet[T]) check(f *file, data *T) error {
	list, err := s.look(f, data)
	if err != nil {
		return err
	}
	return casework.Faulty(append((*data).Check(), list...)...)
}

// Edit changes a record of this balai.
func (s *sheet[T]) Edit(ctx context.Context, by casework.Actor, id casework.CaseID, row casework.CareID, version uint64, data T) (casework.Record[T], error) {
	var r casework.Record[T]
	err := s.cs.write(ctx, deed{by, s.act, s.what}, id, func(f *file) error {
		if err := s.open(f.c); err != nil {
			return err
		}
		found, err := f.tx.Get(s.table, string(id), string(row), &r)
		if err != nil {
			return fmt.Errorf("read %s of case %s: %w", s.table, id, err)
		}
		if !found {
			return casework.NotFound.Because("there is no such record")
		}
		if f.c.State == casework.OnOffer && r.Handoff != f.c.Handoff {
			return casework.Frozen.Because("this stays as it was offered; write a new record, which follows the case")
		}
		if s.stays != nil {
			s.stays(r.Data, &data)
		}
		if err := s.check(f, &data); err != nil {
			return err
		}
		return change(f, s.table, &r, version, data)
	})
	if err != nil {
		return casework.Record[T]{}, err
	}
	return r, nil
}

// List returns the records of a case, newest first.
func (s *sheet[T]) List(ctx context.Context, by casework.Actor, id casework.CaseID) ([]casework.Record[T], error) {
	var list []casework.Record[T]
	err := s.cs.read(ctx, deed{by, casework.ReadCase, string(s.table)}, id, func(tx casework.Tx, _ casework.Case) (err error) {
		list, err = records[T](tx, s.table, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Reverse(list)
	return list, nil
}

// newRecord makes a record of data, written now by who runs f.
func newRecord[T any](f *file, data T) casework.Record[T] {
	return casework.Record[T]{
		ID: casework.CareID(f.cfg.NewID()), Case: f.c.ID, By: f.by, Balai: f.cfg.Balai, Written: f.now, Handoff: f.under(), Version: 1,
		Data: data,
	}
}

// under is the transfer that takes the case away, if one is under way: what is
// written then is an addendum, and follows the packet.
func (f *file) under() casework.HandoffID {
	if f.c.State == casework.OnOffer {
		return f.c.Handoff
	}
	return ""
}

// keep writes a record and what the case owes to it.
func keep[T any](f *file, t casework.Table, r casework.Record[T]) error {
	if err := put(f.tx, t, f.c.ID, string(r.ID), r); err != nil {
		return err
	}
	return f.save(true)
}

// change writes data over r, which the caller saw at version.
func change[T any](f *file, t casework.Table, r *casework.Record[T], version uint64, data T) error {
	if r.Balai != f.cfg.Balai {
		return casework.Conflict.Because("this was written at %s; only that balai changes it", r.Balai)
	}
	if r.Version != version {
		return casework.Stale(r.Data, data)
	}
	r.Data, r.By, r.Version = data, f.by, r.Version+1
	if h := f.under(); h != "" {
		r.Handoff = h
	}
	return keep(f, t, *r)
}

// records reads the records of a case in one table, oldest first.
func records[T any](tx casework.Tx, t casework.Table, id casework.CaseID) ([]casework.Record[T], error) {
	list, err := casework.RowsOf[casework.Record[T]](tx, t, id)
	slices.SortStableFunc(list, func(a, b casework.Record[T]) int {
		if c := a.Written.Compare(b.Written); c != 0 {
			return c
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	return list, err
}

// lookService checks what a service event rests on: a line of the approved
// plan, or an emergency.
func lookService(f *file, x *casework.Service) ([]casework.Fault, error) {
	list := f.past("day", x.Day)
	if x.Goal != "" {
		more, err := f.inPlan("goal", x.Goal)
		return append(list, more...), err
	}
	all, err := records[casework.Plan](f.tx, casework.Plans, f.c.ID)
	if err == nil && casework.PlanOf(all).Current == nil && x.Component != casework.Emergency {
		list = append(list, casework.Fault{Field: "component", Words: "must be K1 until a plan is approved: only emergency services come before"})
	}
	return list, err
}

func lookProvision(f *file, x *casework.Provision) ([]casework.Fault, error) {
	list := f.past("since", x.Since)
	if x.Asked == "" || x.Asked > x.Since {
		x.Asked = x.Since
	}
	if x.Goal == "" {
		return list, nil
	}
	more, err := f.inPlan("goal", x.Goal)
	return append(list, more...), err
}

// inPlan says if no version of the plan has this goal.
func (f *file) inPlan(field string, goal casework.CareID) ([]casework.Fault, error) {
	all, err := records[casework.Plan](f.tx, casework.Plans, f.c.ID)
	for _, r := range all {
		if _, ok := r.Data.Goal(goal); ok && !r.Data.Approved.IsZero() {
			return nil, err
		}
	}
	return []casework.Fault{{Field: field, Words: "is not in an approved plan of this case"}}, err
}
