package caseload

import (
	"fmt"
	"slices"

	"serasi/node/casework"
)

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
	if said == m.cfg.Balai {
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

// letters adds the letters that came with a case, to be read here and changed by
// nobody: their seal says whose they are. One that claims to be ours and that
// our register does not have is not ours.
func (m *merge) letters(list []casework.Letter) error {
	for _, l := range list {
		var have struct{}
		found, err := m.tx.Get(casework.LetterCards, casework.NodeOwner, string(l.ID), &have)
		if err != nil {
			return err
		}
		if found || l.Balai == m.cfg.Balai {
			continue
		}
		l.Case = m.c.ID
		if err := m.missing(casework.Letters, string(l.ID), l); err != nil {
			return err
		}
		shelved := casework.ShelvedCard{LetterCard: l.Card(), Owner: string(m.c.ID)}
		if err := m.tx.Put(casework.LetterCards, casework.NodeOwner, string(l.ID), shelved); err != nil {
			return fmt.Errorf("write the card of letter %s: %w", l.ID, err)
		}
	}
	return nil
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
		func() error { return m.filled(b.Filled) },
		func() error { return m.care(b.Care) },
		func() error { return m.letters(b.Letters) },
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
	if err := m.putPerson(p); err != nil {
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
