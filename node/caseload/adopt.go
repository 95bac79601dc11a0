package caseload

import (
	"slices"
	"strings"

	"serasi/node/casework"
)

// Attach adds what the balai at the other end wrote while the case was on its
// way. blobs holds the contents of the documents that are new here.
//
// The error is Invalid if a is not well formed, NotFound if there is no case.
func (cs *Cases) Attach(tx casework.Tx, id casework.CaseID, from casework.BalaiCode, a casework.Addenda, blobs map[casework.DocumentID]string) error {
	if err := casework.Faulty(a.Check()...); err != nil {
		return err
	}
	f, err := cs.file(tx, id, "")
	if err != nil {
		return err
	}
	m := &merge{file: f, from: from, blobs: blobs}
	for _, part := range []func() error{
		func() error { return m.notes(a.Notes) },
		func() error { return m.documents(a.Documents) },
		func() error { return m.consents(a.Consents) },
		func() error { return m.filled(a.Filled) },
		func() error { return m.care(a.Care) },
		func() error { return m.letters(a.Letters) },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	if !m.added {
		return nil
	}
	return f.save(true)
}

// Adopt puts a case that another balai sends into the store, as arriving, with
// a number of this balai. A case that comes back keeps its id and its rows, and
// gets what is new. The same bundle again adds nothing.
//
// The error is Invalid if the bundle is not well formed or a document has no
// content, Conflict if this balai is responsible for the case already.
func (cs *Cases) Adopt(tx casework.Tx, b casework.Bundle, a casework.Arrival) (casework.Case, error) {
	if err := casework.Faulty(b.Check()...); err != nil {
		return casework.Case{}, err
	}
	f, fresh, err := cs.receiving(tx, b, a)
	if err != nil {
		return casework.Case{}, err
	}
	l, err := f.linkOf(a.Handoff)
	if err != nil {
		return f.c, err
	}
	if l.Stage != linkNone && l.Stage != linkArriving {
		return f.c, nil // it was here and has moved on
	}
	m := &merge{file: f, from: a.From, blobs: a.Blobs}
	if err := m.everything(b, fresh); err != nil {
		return f.c, err
	}
	t := turn{
		handoff: a.Handoff, from: linkNone, to: linkArriving, state: casework.Arriving, step: casework.Step{What: casework.Came, Other: a.From},
		set: func(c *casework.Case) { *c = arriving(*c, b, a) },
	}
	done, err := f.take(t)
	if err != nil {
		return f.c, err
	}
	if done {
		return f.c, cs.recordCustody(tx, f.c, t)
	}
	if m.added {
		err = f.save(true)
	}
	return f.c, err
}

// receiving returns the case here that b is about: the one that left, or a new
// one.
func (cs *Cases) receiving(tx casework.Tx, b casework.Bundle, a casework.Arrival) (*file, bool, error) {
	id, known, err := cs.Place(tx, b.Case.Handle)
	if err != nil {
		return nil, false, err
	}
	if known {
		f, err := cs.file(tx, id, "")
		return f, false, err
	}
	if !casework.IsID(string(a.Case)) {
		return nil, false, casework.Invalid.Because("a new case needs an id")
	}
	if _, err := casework.CaseOf(tx, a.Case); err == nil {
		return nil, false, casework.Conflict.Because("the id of a new case is taken")
	}
	f := &file{Cases: cs, tx: tx, now: cs.now()}
	f.c = casework.Case{ID: a.Case, Handle: b.Case.Handle, State: casework.Arriving, Opened: f.now, Source: casework.FromBalai}
	if err := f.number(); err != nil {
		return nil, false, err
	}
	return f, true, nil
}

// arriving is c with what b says of it. What only this balai knows stays: id,
// number, register, who has it. Secrecy groups add up and never fall away.
func arriving(c casework.Case, b casework.Bundle, a casework.Arrival) casework.Case {
	t := b.Case
	c.Handoff, c.From, c.To, c.Epoch = a.Handoff, a.From, "", max(c.Epoch, a.Epoch)
	c.Stage, c.Mode, c.Cluster, c.PPKS, c.Ragam = t.Stage, t.Mode, t.Cluster, t.PPKS, t.Ragam
	c.Urgency, c.Basis, c.Need, c.NumberThere = t.Urgency, t.Basis, t.Need, t.Number
	for _, s := range t.Secrecy {
		if !slices.Contains(c.Secrecy, s) {
			c.Secrecy = append(slices.Clone(c.Secrecy), s)
		}
	}
	slices.SortFunc(c.Secrecy, func(a, b casework.Secrecy) int { return strings.Compare(string(a), string(b)) })
	return c
}
