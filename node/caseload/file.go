package caseload

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"serasi/node/casework"
)

// Words of the audit trail for what is read or written of a case. They are
// stored: add, never rename.
const (
	ofCase      = "case"
	ofSearch    = "search"
	ofList      = "list"
	ofClaims    = "claims"
	ofStage     = "stage"
	ofClosing   = "closing"
	ofReopening = "reopening"
	ofNotes     = "notes"
	ofDocuments = "documents"
	ofContent   = "document content"
	ofConsents  = "consents"
	ofTimeline  = "timeline"
	ofTrail     = "audit trail"
	ofCustody   = "custody"
)

// A deed is who does what, as the gate judges it and the trail records it.
type deed struct {
	by   casework.Actor
	act  casework.Action
	what string
}

// file is one case inside one transaction.
type file struct {
	*Cases
	tx  casework.Tx
	by  casework.UserID // empty: the node itself
	was casework.Case   // as stored
	c   casework.Case   // as it shall be
	now time.Time
	n   *counters        // as they shall be; nil: not looked at
	p   *casework.Person // as written in this transaction; nil: as stored
}

func (cs *Cases) file(tx casework.Tx, id casework.CaseID, by casework.UserID) (*file, error) {
	c, err := casework.CaseOf(tx, id)
	if err != nil {
		return nil, err
	}
	return &file{Cases: cs, tx: tx, by: by, was: c, c: c, now: cs.now()}, nil
}

// home is the case that the person of c is stored with.
func home(c casework.Case) casework.CaseID {
	if c.Home != "" {
		return c.Home
	}
	return c.ID
}

func person(tx casework.Tx, c casework.Case) (casework.Person, error) {
	var p casework.Person
	found, err := tx.Get(casework.Persons, string(home(c)), string(c.Person), &p)
	if err != nil {
		return p, fmt.Errorf("read the person of case %s: %w", c.ID, err)
	}
	if !found {
		return p, fmt.Errorf("case %s has no person", c.ID)
	}
	return p, nil
}

// putPerson writes the person of the case, and keeps it for the index entry.
func (f *file) putPerson(p casework.Person) error {
	f.p = &p
	return put(f.tx, casework.Persons, home(f.c), string(p.ID), p)
}

func put(tx casework.Tx, t casework.Table, owner casework.CaseID, id string, v any) error {
	if err := tx.Put(t, string(owner), id, v); err != nil {
		return fmt.Errorf("write %s: %w", t, err)
	}
	return nil
}

func count(tx casework.Tx, t casework.Table, owner casework.CaseID) (int, error) {
	n := 0
	err := tx.Each(t, string(owner), "", func(string, func(any) error) (bool, error) {
		n++
		return true, nil
	})
	return n, err
}

// save writes the case if anything about it changed. Version grows with the
// case's own fields; touched says that something beside them has changed.
func (f *file) save(touched bool) error {
	changed := !reflect.DeepEqual(f.was, f.c)
	if !changed && !touched {
		return nil
	}
	if changed {
		f.c.Version++
	}
	f.c.Revision++
	f.c.Changed = f.now
	if err := f.vacate(); err != nil {
		return err
	}
	if err := f.countStates(f.was.State, f.c.State); err != nil {
		return err
	}
	if err := f.writeCounters(); err != nil {
		return err
	}
	if err := put(f.tx, casework.Cases, f.c.ID, string(f.c.ID), f.c); err != nil {
		return err
	}
	f.was = f.c
	if f.p == nil {
		p, err := person(f.tx, f.c)
		if err != nil {
			return err
		}
		f.p = &p
	}
	f.indexed(casework.EntryOf(f.c, *f.p))
	return nil
}

// indexed tells the index, once the transaction is durable.
func (f *file) indexed(e casework.Entry) {
	f.tx.After(func() {
		f.agenda.changed(e.ID)
		f.reindex(e)
	})
}

// step writes what became of the case.
func (f *file) step(s casework.Step) error {
	s.ID, s.Case, s.At, s.By, s.Balai, s.Stage = f.cfg.NewID(), f.c.ID, f.now, f.by, f.cfg.Balai, f.c.Stage
	return put(f.tx, casework.Steps, f.c.ID, s.ID, s)
}

// write runs f on a case as one use case: gate, change, audit line.
func (cs *Cases) write(ctx context.Context, d deed, id casework.CaseID, f func(*file) error) error {
	err := cs.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		fl, err := cs.file(tx, id, d.by.User)
		if err != nil {
			return err
		}
		if err := cs.cfg.Gate.Check(tx, d.by, d.act, &fl.c); err != nil {
			return err
		}
		if err := f(fl); err != nil {
			return err
		}
		return cs.record(tx, d, id, fl.c.Person, "done")
	})
	return cs.denied(ctx, d, id, err)
}

// read runs f on a case, then records that it was read. What f found may be
// given out only if read returns nil: no line, no answer. The two are apart so
// that reading never holds the store's one writer.
func (cs *Cases) read(ctx context.Context, d deed, id casework.CaseID, f func(casework.Tx, casework.Case) error) error {
	return cs.readPart(ctx, d, id, "", f)
}

// readPart is read whose line names a document.
func (cs *Cases) readPart(ctx context.Context, d deed, id casework.CaseID, doc casework.DocumentID, f func(casework.Tx, casework.Case) error) error {
	var who casework.PersonID
	err := cs.cfg.Store.View(func(tx casework.Tx) error {
		c, err := casework.CaseOf(tx, id)
		if err != nil {
			return err
		}
		who = c.Person
		if err := cs.cfg.Gate.Check(tx, d.by, d.act, &c); err != nil {
			return err
		}
		return f(tx, c)
	})
	if err != nil {
		return cs.denied(ctx, d, id, err)
	}
	line := cs.line(d, id, who, "done")
	line.Document = doc
	return cs.cfg.Store.Update(ctx, func(tx casework.Tx) error { return cs.enter(tx, line) })
}

func (cs *Cases) record(tx casework.Tx, d deed, id casework.CaseID, who casework.PersonID, outcome string) error {
	return cs.enter(tx, cs.line(d, id, who, outcome))
}

// line is what the audit trail says of a deed.
func (cs *Cases) line(d deed, id casework.CaseID, who casework.PersonID, outcome string) casework.Line {
	line := casework.Line{
		At: cs.now(), User: d.by.User, Name: d.by.Name, Via: d.by.Via, Token: d.by.Token, Act: string(d.act), What: d.what, Case: id, Person: who, Outcome: outcome,
	}
	if len(d.by.Roles) > 0 {
		line.Role = d.by.Roles[0]
	}
	return line
}

func (cs *Cases) enter(tx casework.Tx, line casework.Line) error {
	if err := cs.cfg.Trail.Record(tx, line); err != nil {
		return fmt.Errorf("write the audit line: %w", err)
	}
	return nil
}

func (cs *Cases) recordAlone(ctx context.Context, d deed, id casework.CaseID, who casework.PersonID, outcome string) error {
	return cs.cfg.Store.Update(ctx, func(tx casework.Tx) error { return cs.record(tx, d, id, who, outcome) })
}

// denied records a refusal of the gate, which undid the transaction it
// happened in, even if the caller has gone away. It returns err, or why the
// denial could not be recorded.
func (cs *Cases) denied(ctx context.Context, d deed, id casework.CaseID, err error) error {
	if !errors.Is(err, casework.Forbidden) {
		return err
	}
	if auditErr := cs.recordAlone(context.WithoutCancel(ctx), d, id, "", "denied"); auditErr != nil {
		return fmt.Errorf("record a denial: %w", auditErr)
	}
	return err
}
