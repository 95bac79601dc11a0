package caseload

import (
	"fmt"
	"time"

	"serasi/node/casework"
)

// ofImport is the word of the audit trail for a case that came from a table.
const ofImport = "import"

// begunElsewhere is why a case is at its stage without what the stage asks for.
const begunElsewhere = "diimpor dari pencatatan sebelumnya"

// Enter opens a case that was begun elsewhere, inside the transaction of an
// import. The steps tell when it really began and ended; what the stages ask
// for is not asked of the past. It returns the mark of the case as it was
// opened, which Withdraw is given.
//
// The error is Invalid with the fields at fault, or Forbidden.
func (cs *Cases) Enter(tx casework.Tx, by casework.Actor, l casework.Legacy) (casework.Case, casework.Mark, error) {
	now := cs.now()
	in := l.Intake
	if in.At.IsZero() {
		in.At = now
	}
	in.Claims = cs.stamp(in.Claims, by.User, now)
	if err := casework.Faulty(in.Check(casework.Listed(now))...); err != nil {
		return casework.Case{}, casework.Mark{}, err
	}
	if err := cs.cfg.Gate.Check(tx, by, casework.Register, nil); err != nil {
		return casework.Case{}, casework.Mark{}, err
	}
	f := &file{Cases: cs, tx: tx, by: by.User, c: cs.drafted(by, in), now: now}
	if l.Stage.Valid() {
		f.c.Stage = l.Stage
	}
	if !l.Ended.IsZero() {
		f.c.State, f.c.Stage, f.c.Ended, f.c.Reason = casework.Closed, casework.Termination, l.Ended, l.Reason
	}
	p, err := f.enrol(by, in)
	if err != nil {
		return f.c, casework.Mark{}, err
	}
	if err := f.before(l, in.At); err != nil {
		return f.c, casework.Mark{}, err
	}
	if err := f.begin(); err != nil {
		return f.c, casework.Mark{}, err
	}
	err = cs.record(tx, deed{by, casework.Import, ofImport}, f.c.ID, p.ID, "done")
	return f.c, casework.Mark{Case: f.c.Revision, Person: p.Version}, err
}

// before writes what is known of a case from before it was entered.
func (f *file) before(l casework.Legacy, at time.Time) error {
	stage := l.Stage
	if !stage.Valid() {
		stage = casework.Access
	}
	steps := []casework.Step{{What: casework.WasOpened, At: at, Stage: stage, Words: begunElsewhere}}
	if !l.Ended.IsZero() {
		if steps[0].Stage == casework.Termination || l.Stage == 0 {
			steps[0].Stage = casework.Implementation // it ended, so it was served
		}
		steps = append(steps, casework.Step{What: casework.WasClosed, At: l.Ended, Stage: casework.Termination, Words: l.Reason})
	}
	for _, s := range steps {
		s.ID, s.Case, s.By, s.Balai = f.cfg.NewID(), f.c.ID, f.by, f.cfg.Balai
		if err := put(f.tx, casework.Steps, f.c.ID, s.ID, s); err != nil {
			return err
		}
	}
	if l.Note == "" {
		return nil
	}
	n := casework.Note{
		ID: casework.NoteID(f.cfg.NewID()), Case: f.c.ID, At: at, Written: f.now, By: f.by, Balai: f.cfg.Balai, Kind: "progress", Text: l.Note, Version: 1,
	}
	return put(f.tx, casework.Notes, f.c.ID, string(n.ID), n)
}

// Reasons why an entered case stays when its import is undone.
const (
	keptChanged = "the case was changed since"
	keptMoved   = "the case was offered to another balai, handed over or closed since"
	keptKnown   = "the person has another case by now"
)

// Withdraw takes back a case that Enter opened, inside a transaction, if nobody
// has touched it since; otherwise it changes nothing and says why. Its register
// number stays, as cancelled. The caller shreds what is left of the case, and
// takes it out of the index, once the transaction is durable.
func (cs *Cases) Withdraw(tx casework.Tx, by casework.Actor, id casework.CaseID, mark casework.Mark) (why string, err error) {
	var c casework.Case
	found, err := tx.Get(casework.Cases, string(id), string(id), &c)
	if err != nil || !found {
		return "", err // erased already: there is nothing to take back
	}
	p, err := person(tx, c)
	if err != nil {
		return "", err
	}
	switch {
	case c.State != casework.Open && !(c.State == casework.Closed && mark.Case == c.Revision), c.Epoch > 0, c.Handoff != "":
		return keptMoved, nil
	case len(p.Cases) != 1:
		return keptKnown, nil
	case mark != casework.Mark{Case: c.Revision, Person: p.Version}:
		return keptChanged, nil
	}
	f := &file{Cases: cs, tx: tx, by: by.User, was: c, c: c, now: cs.now()}
	row := registered{Number: c.Register, At: f.now, Cancelled: "impor dibatalkan"}
	if err := put(tx, casework.Numbers, casework.NodeOwner, row.Number, row); err != nil {
		return "", err
	}
	n, err := f.counters()
	if err != nil {
		return "", err
	}
	n.States[c.State.String()]--
	if err := f.writeCounters(); err != nil {
		return "", err
	}
	for t, row := range map[casework.Table]string{casework.Cases: string(id), casework.Persons: string(c.Person)} {
		if err := tx.Delete(t, string(id), row); err != nil {
			return "", fmt.Errorf("take back case %s: %w", id, err)
		}
	}
	tx.After(func() { cs.agenda.changed(id) })
	return "", cs.record(tx, deed{by, casework.Import, ofImport + " undone"}, id, c.Person, "done")
}
