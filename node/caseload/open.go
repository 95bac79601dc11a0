package caseload

import (
	"context"
	"errors"
	"slices"
	"time"

	"serasi/node/casework"
)

// maxDoubles is how many possible doubles one intake is told of.
const maxDoubles = 5

// clockSlack is how far ahead the clock of the PC at the desk may be.
const clockSlack = 5 * time.Minute

// Open opens a case for a new person, or a new episode of a known one. It works
// without a NIK, a name, a network or another balai. Warnings tell what is
// doubtful; they never block.
//
// The error is Invalid with the fields at fault, Forbidden, or NotFound if
// in.Again or in.Mother name no case here that by may find.
func (cs *Cases) Open(ctx context.Context, by casework.Actor, in casework.Intake) (casework.Case, casework.Person, []casework.Warning, error) {
	now := cs.now()
	if in.At.IsZero() {
		in.At = now
	}
	in.Claims = cs.stamp(in.Claims, by.User, now)
	faults := in.Check(casework.Listed(in.At))
	if in.At.After(now.Add(clockSlack)) {
		faults = append(faults, casework.Fault{Field: "at", Words: "is in the future"})
	}
	if err := casework.Faulty(faults...); err != nil {
		return casework.Case{}, casework.Person{}, nil, err
	}
	doubles := cs.doubles(by, in)
	var (
		f *file
		p casework.Person
	)
	d := deed{by, casework.Register, ofCase}
	err := cs.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if err := cs.cfg.Gate.Check(tx, by, casework.Register, nil); err != nil {
			return err
		}
		f = &file{Cases: cs, tx: tx, by: by.User, c: cs.drafted(by, in), now: now}
		var err error
		if p, err = f.enrol(by, in); err != nil {
			return err
		}
		if err := f.begin(); err != nil {
			return err
		}
		return cs.record(tx, d, f.c.ID, p.ID, "done")
	})
	if err != nil {
		return casework.Case{}, casework.Person{}, nil, cs.denied(ctx, d, "", err)
	}
	return f.c, p, append(casework.Doubts(f.c, p, now.In(cs.cfg.Zone)), doubles...), nil
}

// stamp says who wrote the claims down, when and where. What is typed at the
// desk was stated by somebody, unless the desk says that it is firmer or weaker.
func (cs *Cases) stamp(claims []casework.Claim, by casework.UserID, now time.Time) []casework.Claim {
	claims = slices.Clone(claims)
	for i := range claims {
		c := &claims[i]
		c.By, c.At, c.Balai = by, now, cs.cfg.Balai
		if c.Standing == "" {
			c.Standing = casework.Stated
		}
	}
	return claims
}

// drafted makes the case of an intake: whoever opens it leads it, if that is a
// social worker and nobody else was named.
func (cs *Cases) drafted(by casework.Actor, in casework.Intake) casework.Case {
	c := in.Case()
	c.ID, c.Handle, c.By = casework.CaseID(cs.cfg.NewID()), cs.cfg.NewID(), by.User
	if c.Lead == "" && slices.Contains(by.Roles, casework.Worker) {
		c.Lead = by.User
	}
	if c.Unit == "" {
		c.Unit = by.Unit
	}
	return c
}

// enrol makes the person of a new case, or adds the case to a person who is
// registered here already.
func (f *file) enrol(by casework.Actor, in casework.Intake) (casework.Person, error) {
	if in.Again != "" {
		return f.enrolAgain(by, in)
	}
	p := casework.Person{
		ID: casework.PersonID(f.cfg.NewID()), Claims: in.Claims, Unborn: in.Unborn, Cases: []casework.CaseID{f.c.ID}, Version: 1, Created: f.now,
	}
	if in.Mother != "" {
		mother, err := f.found(by, in.Mother, "mother")
		if err != nil {
			return p, err
		}
		p.Mother = mother.Person
	}
	f.c.Person = p.ID
	return p, f.putPerson(p)
}

func (f *file) enrolAgain(by casework.Actor, in casework.Intake) (casework.Person, error) {
	former, err := f.found(by, in.Again, "again")
	if err != nil {
		return casework.Person{}, err
	}
	p, err := person(f.tx, former)
	if err != nil {
		return p, err
	}
	f.c.Person, f.c.Home = p.ID, home(former)
	p.Cases = append(p.Cases, f.c.ID)
	p.Claims = append(p.Claims, in.Claims...)
	p.Version++
	if err := f.putPerson(p); err != nil {
		return p, err
	}
	if err := f.cfg.Gate.Check(f.tx, by, casework.ReadCase, &f.c); errors.Is(err, casework.Forbidden) {
		// Who may open a case but not read it is shown what was typed, and
		// not what others have learnt about the person.
		p.Claims = in.Claims
	} else if err != nil {
		return p, err
	}
	return p, nil
}

// found returns a case that by may find.
func (f *file) found(by casework.Actor, id casework.CaseID, field string) (casework.Case, error) {
	c, err := casework.CaseOf(f.tx, id)
	if errors.Is(err, casework.NotFound) {
		return c, casework.NotFound.Because("there is no such case in %q", field)
	}
	if err != nil {
		return c, err
	}
	return c, f.cfg.Gate.Check(f.tx, by, casework.Find, &c)
}

// begin gives a new case its numbers and writes it.
func (f *file) begin() error {
	if err := f.number(); err != nil {
		return err
	}
	if err := f.register(); err != nil {
		return err
	}
	return f.save(true)
}

// doubles asks the index who the person of an intake may be already, and tells
// of those only whom by may find.
func (cs *Cases) doubles(by casework.Actor, in casework.Intake) []casework.Warning {
	if in.Again != "" {
		return nil
	}
	if !cs.isReady() {
		return []casework.Warning{{Code: "double", Words: "the search index is still being built; look for an earlier registration later"}}
	}
	// More than are told of, because by may not find some of them.
	matches := cs.cfg.Index.Doubles(casework.Person{Claims: in.Claims}, 4*maxDoubles)
	var may []casework.CaseID
	err := cs.cfg.Store.View(func(tx casework.Tx) error {
		doubles, err := cs.known(tx, by, matches)
		for _, d := range doubles[:min(len(doubles), maxDoubles)] {
			may = append(may, d.Card.ID)
		}
		return err
	})
	if err != nil {
		cs.cfg.Log.Warn("possible doubles could not be read", "err", err)
	}
	if len(may) == 0 {
		return nil
	}
	return []casework.Warning{{Code: "double", Words: "this person may be registered here already", Cases: may}}
}
