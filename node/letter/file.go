package letter

import (
	"context"
	"errors"
	"fmt"

	"serasi/node/casework"
)

// Words of the audit trail for what is read or written here. They are stored:
// add, never rename.
const (
	ofLetter   = "letter"
	ofLetters  = "letters"
	ofRegister = "letter register"
	ofSettings = "letter settings"
)

// A deed is who does what, as the gate judges it and the trail records it.
type deed struct {
	by      casework.Actor
	act     casework.Action
	what    string
	why     string
	id      casework.CaseID
	handoff casework.HandoffID
}

// file is one letter inside one transaction, with the case it is about if that
// is here.
type file struct {
	tx    casework.Tx
	owner string
	l     casework.Letter
	c     *casework.Case
}

func (d *Desk) open(tx casework.Tx, id casework.LetterID) (*file, error) {
	var k casework.ShelvedCard
	found, err := tx.Get(casework.LetterCards, casework.NodeOwner, string(id), &k)
	if err != nil {
		return nil, fmt.Errorf("read the card of letter %s: %w", id, err)
	}
	f := &file{tx: tx, owner: k.Owner}
	if found {
		found, err = tx.Get(casework.Letters, k.Owner, string(id), &f.l)
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("read letter %s: %w", id, err)
	case !found:
		return nil, casework.NotFound.Because("there is no such letter")
	}
	f.c, err = caseOf(tx, f.l)
	return f, err
}

// caseOf is the case a letter is about: its own, or the one that its handoff has
// brought since.
func caseOf(tx casework.Tx, l casework.Letter) (*casework.Case, error) {
	id := l.Case
	if id == "" && l.Handoff != "" {
		var h casework.Handoff
		if _, err := tx.Get(casework.Handoffs, casework.NodeOwner, string(l.Handoff), &h); err != nil {
			return nil, fmt.Errorf("read handoff %s: %w", l.Handoff, err)
		}
		id = h.Case
	}
	if id == "" {
		return nil, nil
	}
	c, err := casework.CaseOf(tx, id)
	return &c, err
}

func loadPerson(tx casework.Tx, c casework.Case) (p casework.Person, err error) {
	home := c.Home
	if home == "" {
		home = c.ID
	}
	if _, err = tx.Get(casework.Persons, string(home), string(c.Person), &p); err != nil {
		return p, fmt.Errorf("read the person of case %s: %w", c.ID, err)
	}
	return p, nil
}

// save writes the letter and its card.
func (f *file) save() error {
	f.l.Version++
	if err := f.tx.Put(casework.Letters, f.owner, string(f.l.ID), f.l); err != nil {
		return fmt.Errorf("write letter %s: %w", f.l.ID, err)
	}
	if err := f.tx.Put(casework.LetterCards, casework.NodeOwner, string(f.l.ID), casework.ShelvedCard{LetterCard: f.l.Card(), Owner: f.owner}); err != nil {
		return fmt.Errorf("write the card of letter %s: %w", f.l.ID, err)
	}
	return nil
}

// prepares is the permission to write letters: that of preparing an offer, or
// an answer where there is no case yet.
func (d *Desk) prepares(tx casework.Tx, by casework.Actor, c *casework.Case) error {
	if c == nil {
		return d.cfg.Gate.Check(tx, by, casework.PrepareAnswer, nil)
	}
	if err := d.cfg.Gate.Check(tx, by, casework.ReadCase, c); err != nil {
		return err
	}
	return d.cfg.Gate.Check(tx, by, casework.PrepareOffer, c)
}

func (d *Desk) reads(tx casework.Tx, by casework.Actor, c *casework.Case) error {
	if c == nil {
		return d.cfg.Gate.Check(tx, by, casework.PrepareAnswer, nil)
	}
	return d.cfg.Gate.Check(tx, by, casework.ReadCase, c)
}

func (d *Desk) line(x deed, outcome string) casework.Line {
	line := casework.Line{
		At: d.cfg.Clock(), User: x.by.User, Name: x.by.Name, Via: x.by.Via, Act: string(x.act), What: x.what, Case: x.id,
		Handoff: x.handoff, Outcome: outcome, Why: x.why,
	}
	if len(x.by.Roles) > 0 {
		line.Role = x.by.Roles[0]
	}
	return line
}

func (d *Desk) record(tx casework.Tx, x deed, outcome string) error {
	if err := d.cfg.Trail.Record(tx, d.line(x, outcome)); err != nil {
		return fmt.Errorf("write the audit line: %w", err)
	}
	return nil
}

// denied records a refusal of the gate, which undid the transaction it happened
// in, even if the caller has gone away.
func (d *Desk) denied(ctx context.Context, x deed, err error) error {
	if !errors.Is(err, casework.Forbidden) {
		return err
	}
	x.why = ""
	auditErr := d.cfg.Store.Update(context.WithoutCancel(ctx), func(tx casework.Tx) error { return d.record(tx, x, "denied") })
	if auditErr != nil {
		return fmt.Errorf("record a denial: %w", auditErr)
	}
	return err
}

// about notes in x what f is about.
func (x *deed) about(f *file) {
	x.handoff = f.l.Handoff
	if f.c != nil {
		x.id = f.c.ID
	}
}
