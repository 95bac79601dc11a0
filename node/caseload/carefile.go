package caseload

import (
	"context"
	"errors"
	"fmt"

	"serasi/node/casework"
)

// careParts says what is read with each part.
var careParts = map[string][]func(tx casework.Tx, id casework.CaseID, into *casework.Care) error{
	casework.PartPlan:       {readPlans, readConferences},
	casework.PartServices:   {readPlans, readServices, readProvisions},
	casework.PartConference: {readConferences},
	casework.PartTasks:      {readTasks},
	casework.PartStay:       {readStays},
	casework.PartEnding:     {readPlans, readDischarges, readVisits},
	casework.PartWelfare:    {readIncidents, readCivil, readProgrammes},
}

// part reads the records of one table into where they belong.
func part[T any](t casework.Table, where func(*casework.Care) *[]casework.Record[T]) func(casework.Tx, casework.CaseID, *casework.Care) error {
	return func(tx casework.Tx, id casework.CaseID, into *casework.Care) (err error) {
		*where(into), err = records[T](tx, t, id)
		return err
	}
}

var (
	readConferences = part(casework.Conferences, func(c *casework.Care) *[]casework.Record[casework.Conference] { return &c.Conferences })
	readPlans       = part(casework.Plans, func(c *casework.Care) *[]casework.Record[casework.Plan] { return &c.Plans })
	readServices    = part(casework.Services, func(c *casework.Care) *[]casework.Record[casework.Service] { return &c.Services })
	readProvisions  = part(casework.Provisions, func(c *casework.Care) *[]casework.Record[casework.Provision] { return &c.Provisions })
	readTasks       = part(casework.Tasks, func(c *casework.Care) *[]casework.Record[casework.Task] { return &c.Tasks })
	readStays       = part(casework.Stays, func(c *casework.Care) *[]casework.Record[casework.Stay] { return &c.Stays })
	readDischarges  = part(casework.Discharges, func(c *casework.Care) *[]casework.Record[casework.Discharge] { return &c.Discharges })
	readVisits      = part(casework.Visits, func(c *casework.Care) *[]casework.Record[casework.Visit] { return &c.Visits })
	readIncidents   = part(casework.CareIncidents, func(c *casework.Care) *[]casework.Record[casework.Incident] { return &c.Incidents })
	readCivil       = part(casework.CivilPapers, func(c *casework.Care) *[]casework.Record[casework.CivilPaper] { return &c.Civil })
	readProgrammes  = part(casework.Programmes, func(c *casework.Care) *[]casework.Record[casework.Programme] { return &c.Programmes })
)

// CareOf returns all records of care of a case, oldest first. It is for rooms
// that have asked the gate: packets, letters, the monthly report.
func CareOf(tx casework.Tx, id casework.CaseID) (casework.Care, error) {
	var c casework.Care
	for _, read := range []func(casework.Tx, casework.CaseID, *casework.Care) error{
		readConferences, readPlans, readServices, readProvisions, readTasks, readStays, readDischarges, readVisits, readIncidents, readCivil, readProgrammes,
	} {
		if err := read(tx, id, &c); err != nil {
			return c, fmt.Errorf("read the care of case %s: %w", id, err)
		}
	}
	return c, nil
}

// File returns one part of the care of a case, as its page shows it. The error
// is NotFound or Forbidden, or Invalid if there is no such part.
func (k *Care) File(ctx context.Context, by casework.Actor, id casework.CaseID, name string) (casework.CareFile, error) {
	var out casework.CareFile
	reads, ok := careParts[name]
	if !ok {
		return out, casework.Invalid.Because("there is no such part of a case")
	}
	err := k.cs.read(ctx, deed{by, casework.ReadCase, name}, id, func(tx casework.Tx, c casework.Case) (err error) {
		out.Case, out.Today, out.Here = c, k.cs.today(), k.cs.cfg.Balai
		if out.Person, err = person(tx, c); err != nil {
			return err
		}
		for _, read := range reads {
			if err := read(tx, id, &out.Care); err != nil {
				return err
			}
		}
		out.Plan = casework.PlanOf(out.Care.Plans)
		out.Write = k.writable(tx, by, c, name)
		out.Decide = errors.Join(k.cs.cfg.Gate.Check(tx, by, casework.Assign, &c), k.cs.editable(c))
		if name == casework.PartTasks {
			out.Dues, err = k.duesOf(tx, c)
		}
		return err
	})
	if err != nil {
		return casework.CareFile{}, err
	}
	return out, nil
}

// writable returns why by cannot change a part of c now, or nil.
func (k *Care) writable(tx casework.Tx, by casework.Actor, c casework.Case, name string) error {
	act, open := casework.AddToCase, k.cs.staying
	switch name {
	case casework.PartPlan:
		act, open = casework.WriteCase, k.cs.editable
	case casework.PartConference:
		act = casework.WriteCase
	case casework.PartEnding:
		open = k.cs.afterwards
	case casework.PartTasks:
		open = tasksOpen
	}
	if err := k.cs.cfg.Gate.Check(tx, by, act, &c); err != nil {
		return err
	}
	return open(c)
}
