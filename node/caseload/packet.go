package caseload

import (
	"fmt"
	"slices"
	"strings"

	"serasi/node/casework"
)

// Export returns the file of a case as it would travel now: everything but the
// contents of the documents. The caller has asked the gate. The rows are in a
// fixed order, so the same case gives the same bundle.
func (cs *Cases) Export(tx casework.Tx, id casework.CaseID) (casework.Bundle, error) {
	b := casework.Bundle{Format: casework.BundleFormat, Balai: cs.Balai}
	var err error
	if b.Case, err = load(tx, id); err != nil {
		return b, err
	}
	if b.Person, err = person(tx, b.Case); err != nil {
		return b, err
	}
	if b.Steps, err = rows[casework.Step](tx, casework.Steps, id); err != nil {
		return b, err
	}
	if b.Notes, err = rows[casework.Note](tx, casework.Notes, id); err != nil {
		return b, err
	}
	if b.Documents, err = rows[casework.Document](tx, casework.Documents, id); err != nil {
		return b, err
	}
	b.Consents, err = rows[casework.Consent](tx, casework.Consents, id)
	return b, err
}

// Addenda returns what was written here while a transfer of the case was under
// way, for the balai at the other end. It is the same however often one asks,
// until somebody adds to it.
func (cs *Cases) Addenda(tx casework.Tx, id casework.CaseID, h casework.HandoffID) (casework.Addenda, error) {
	a := casework.Addenda{Handoff: h}
	b, err := cs.Export(tx, id)
	if err != nil {
		return a, err
	}
	a.Notes = slices.DeleteFunc(b.Notes, func(n casework.Note) bool { return n.Handoff != h || n.Balai != cs.Balai })
	a.Documents = slices.DeleteFunc(b.Documents, func(d casework.Document) bool { return d.Handoff != h || d.Balai != cs.Balai })
	a.Consents = slices.DeleteFunc(b.Consents, func(c casework.Consent) bool { return c.Handoff != h })
	return a, nil
}

// Place returns the case here that has a handle, if it ever travelled. Whoever
// receives a packet asks before writing its blobs, which belong to that case.
func (cs *Cases) Place(tx casework.Tx, handle string) (casework.CaseID, bool, error) {
	var id casework.CaseID
	found, err := tx.Get(casework.Handles, casework.NodeOwner, handle, &id)
	if err != nil {
		return "", false, fmt.Errorf("look for a case by its handle: %w", err)
	}
	return id, found, nil
}

// merge adds what came from another balai into the rows of a case. It only adds
// and never overwrites: who knows an id of ours cannot change a row with it.
type merge struct {
	*file
	from  casework.BalaiCode
	blobs map[casework.DocumentID]string
	added bool
}

// origin is the balai a row was written at. A row that claims to be ours and
// is not here was written by whoever sent it, as far as we know.
func (m *merge) origin(said casework.BalaiCode) casework.BalaiCode {
	if said == m.Balai {
		return m.from
	}
	return said
}

// missing adds a row unless its id is taken.
func (m *merge) missing(t casework.Table, id string, v any) error {
	var have struct{}
	if found, err := m.tx.Get(t, string(m.c.ID), id, &have); err != nil || found {
		return err
	}
	m.added = true
	return put(m.tx, t, m.c.ID, id, v)
}

func (m *merge) notes(list []casework.Note) error {
	for _, n := range list {
		n.Case, n.Balai = m.c.ID, m.origin(n.Balai)
		if err := m.missing(casework.Notes, string(n.ID), n); err != nil {
			return err
		}
	}
	return nil
}

func (m *merge) documents(list []casework.Document) error {
	for _, d := range list {
		var have struct{}
		found, err := m.tx.Get(casework.Documents, string(m.c.ID), string(d.ID), &have)
		if err != nil {
			return err
		}
		if found {
			continue
		}
		blob, ok := m.blobs[d.ID]
		if !ok {
			return casework.Invalid.Because("the packet lacks the content of one of its documents")
		}
		d.Case, d.Balai, d.Blob = m.c.ID, m.origin(d.Balai), blob
		if err := m.missing(casework.Documents, string(d.ID), d); err != nil {
			return err
		}
	}
	return nil
}

func (m *merge) steps(list []casework.Step) error {
	for _, s := range list {
		s.Case, s.Balai = m.c.ID, m.origin(s.Balai)
		if err := m.missing(casework.Steps, s.ID, s); err != nil {
			return err
		}
	}
	return nil
}

// consents adds those that are new, and ends those that were withdrawn there:
// a withdrawal holds wherever it was said, and cannot be taken back by a copy.
func (m *merge) consents(list []casework.Consent) error {
	for _, c := range list {
		var have casework.Consent
		found, err := m.tx.Get(casework.Consents, string(m.c.ID), string(c.ID), &have)
		switch {
		case err != nil:
			return err
		case !found:
			have = c
			have.Case, have.Balai = m.c.ID, m.origin(c.Balai)
		case have.Withdrawn.IsZero() && !c.Withdrawn.IsZero():
			have.Withdrawn = c.Withdrawn
		default:
			continue
		}
		m.added = true
		if err := put(m.tx, casework.Consents, m.c.ID, string(c.ID), have); err != nil {
			return err
		}
	}
	return nil
}

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
	if _, err := load(tx, a.Case); err == nil {
		return nil, false, casework.Conflict.Because("the id of a new case is taken")
	}
	f := &file{Cases: cs, tx: tx, now: cs.now()}
	f.c = casework.Case{ID: a.Case, Handle: b.Case.Handle, State: casework.Arriving, Opened: f.now, Source: casework.FromBalai}
	if err := f.number(); err != nil {
		return nil, false, err
	}
	return f, true, nil
}

// everything merges the rows of a bundle and its person.
func (m *merge) everything(b casework.Bundle, fresh bool) error {
	if err := m.person(b.Person, fresh); err != nil {
		return err
	}
	for _, part := range []func() error{
		func() error { return m.notes(b.Notes) },
		func() error { return m.documents(b.Documents) },
		func() error { return m.consents(b.Consents) },
		func() error { return m.steps(b.Steps) },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// person finds who the bundle is about: the person of the case that comes
// back, one who travelled before, or somebody new.
func (m *merge) person(theirs casework.Person, fresh bool) error {
	p := casework.Person{ID: theirs.ID, Unborn: theirs.Unborn, Created: m.now}
	if !fresh {
		have, err := person(m.tx, m.c)
		if err != nil {
			return err
		}
		p = have
	} else {
		have, known, err := m.traveller(theirs.ID)
		if err != nil {
			return err
		}
		if known {
			p = have
		}
		m.c.Person = p.ID
		p.Cases = append(p.Cases, m.c.ID)
		m.added = true
	}
	before := len(p.Claims)
	for _, c := range theirs.Claims {
		theirs := c
		theirs.Balai = m.origin(c.Balai)
		if !slices.ContainsFunc(p.Claims, func(have casework.Claim) bool { return same(have, c) || same(have, theirs) }) {
			p.Claims = append(p.Claims, theirs)
		}
	}
	if len(p.Claims) == before && !fresh {
		return nil
	}
	m.added = true
	p.Version++
	if err := putPerson(m.tx, m.c, p); err != nil {
		return err
	}
	return m.travels(m.tx, m.c)
}

// traveller returns the person here who left or came under an id before.
func (m *merge) traveller(id casework.PersonID) (casework.Person, bool, error) {
	var (
		at casework.CaseID
		p  casework.Person
	)
	if found, err := m.tx.Get(casework.Travellers, casework.NodeOwner, string(id), &at); err != nil || !found {
		return p, false, err
	}
	found, err := m.tx.Get(casework.Persons, string(at), string(id), &p)
	if found {
		m.c.Home = at
	}
	return p, found, err
}

func same(a, b casework.Claim) bool {
	return a.Kind == b.Kind && a.Value == b.Value && a.Standing == b.Standing && a.Source == b.Source && a.At.Equal(b.At) && a.Balai == b.Balai
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
