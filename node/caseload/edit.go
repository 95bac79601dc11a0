package caseload

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"serasi/node/casework"
)

// Edit changes the fields of a case that p names. version is the one the
// caller saw.
//
// The error is Frozen while the case is on offer or arriving, that of
// Config.Lets if it has one, Conflict if the case is closed or elsewhere, Stale (see casework.BothVersions) if somebody else was
// quicker, Invalid with the fields at fault, Forbidden or NotFound. To say who
// has the case (lead, unit) needs the right to assign and is possible while the
// case is on its way; all else needs the right to write.
func (cs *Cases) Edit(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, p casework.Patch) (casework.Case, error) {
	d, open := deed{by, casework.WriteCase, ofCase}, cs.editable
	if p.Assigns() && !p.Writes() {
		d.act, open = casework.Assign, assignable
	}
	return cs.change(ctx, d, id, version, open, func(f *file) error {
		if p.Assigns() && p.Writes() {
			if err := f.cfg.Gate.Check(f.tx, by, casework.Assign, &f.was); err != nil {
				return err
			}
		}
		if f.c = p.Apply(f.c); reflect.DeepEqual(f.c, f.was) {
			return nil
		}
		if err := casework.Faulty(f.c.Check(f.listed())...); err != nil {
			return err
		}
		return f.step(casework.Step{What: casework.WasEdited})
	})
}

// editable returns nil if c may be edited here, by its state and by the ledger.
func (cs *Cases) editable(c casework.Case) error {
	if err := c.Editable(); err != nil {
		return err
	}
	return cs.lets(c)
}

func (cs *Cases) lets(c casework.Case) error {
	if cs.cfg.Lets == nil {
		return nil
	}
	return cs.cfg.Lets(c)
}

// assignable returns nil if c is here or on its way: somebody must look after
// it while it may not be edited.
func assignable(c casework.Case) error {
	if err := c.Editable(); !errors.Is(err, casework.Frozen) {
		return err
	}
	return nil
}

// listed is the lists of today, and the codes the case has from older ones.
func (f *file) listed() casework.Known {
	today := casework.Listed(f.now.In(f.cfg.Zone))
	return func(list, code string) bool {
		return today(list, code) || list == casework.ListCluster && code == f.was.Cluster || list == casework.ListPPKS && slices.Contains(f.was.PPKS, code)
	}
}

// change runs f on a case that is open for it and that nobody has changed since
// version. What f makes of the case is stored; nothing is, if nothing changed.
func (cs *Cases) change(ctx context.Context, d deed, id casework.CaseID, version uint64, open func(casework.Case) error, f func(*file) error) (casework.Case, error) {
	var c casework.Case
	err := cs.write(ctx, d, id, func(fl *file) error {
		if err := open(fl.c); err != nil {
			return err
		}
		err := fl.at(version, f)
		c = fl.c
		return err
	})
	if err != nil {
		return casework.Case{}, err
	}
	return c, nil
}

// at runs do and stores the case if it stands at version. Otherwise the caller
// is shown both: what is stored and what it would have made of what it saw.
func (f *file) at(version uint64, do func(*file) error) error {
	stale := f.c.Version != version
	if err := do(f); err != nil {
		return err
	}
	if stale {
		return casework.Stale(f.was, f.c)
	}
	return f.save(false)
}

// AddClaims adds what somebody said or showed about the person of a case.
// Nothing is overwritten; the screen shows the firmest and newest. It returns
// the person, and what is doubtful now.
//
// The errors are those of Edit, but never Stale: claims do not conflict.
func (cs *Cases) AddClaims(ctx context.Context, by casework.Actor, id casework.CaseID, claims []casework.Claim) (casework.Person, []casework.Warning, error) {
	var (
		p casework.Person
		c casework.Case
	)
	claims = cs.stamp(claims, by.User, cs.now())
	faults := casework.CheckClaims("claims", claims)
	if len(claims) == 0 {
		faults = append(faults, casework.Fault{Field: "claims", Words: "is missing"})
	}
	if err := casework.Faulty(faults...); err != nil {
		return p, nil, err
	}
	err := cs.write(ctx, deed{by, casework.WriteCase, ofClaims}, id, func(f *file) (err error) {
		if err := cs.editable(f.c); err != nil {
			return err
		}
		if p, err = person(f.tx, f.c); err != nil {
			return err
		}
		p.Claims = append(p.Claims, claims...)
		c = f.c
		return f.changePerson(p)
	})
	if err != nil {
		return casework.Person{}, nil, err
	}
	return p, casework.Doubts(c, p, cs.now().In(cs.cfg.Zone)), nil
}

// changePerson stores p and tells the index about all cases of p.
func (f *file) changePerson(p casework.Person) error {
	p.Version++
	if err := f.putPerson(p); err != nil {
		return err
	}
	for _, id := range p.Cases {
		if id == f.c.ID {
			continue // save does it
		}
		c, err := casework.CaseOf(f.tx, id)
		if err != nil {
			return fmt.Errorf("read another case of the person: %w", err)
		}
		f.indexed(casework.EntryOf(c, p))
	}
	return f.save(true)
}

// MoveStage takes a case to another of the seven stages. What a stage must have
// before it is left is in casework: see Case.Missing. why is kept with the step;
// it stands in for what can be impossible, such as the agreement of somebody
// who cannot be reached.
//
// The errors are those of Edit; Conflict also if the stages do not follow one
// another, or with what is missing (see casework.LacksOf).
func (cs *Cases) MoveStage(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, to casework.Stage, why string) (casework.Case, error) {
	if err := checkWords("reason", why); err != nil {
		return casework.Case{}, err
	}
	return cs.change(ctx, deed{by, casework.WriteCase, ofStage}, id, version, cs.editable, func(f *file) error {
		next, err := f.c.Advance(to)
		if err != nil {
			return err
		}
		reached, err := cs.milestones(f.tx, f.c)
		if err != nil {
			return err
		}
		missing := f.c.Missing(to, func(m casework.Milestone) bool { return reached[m] })
		if err := f.c.Unready(missing, why); err != nil {
			return err
		}
		if next.Stage == f.c.Stage {
			return nil
		}
		f.c = next
		return f.step(casework.Step{What: casework.WasMoved, Words: why})
	})
}

// checkWords checks a reason that may be empty.
func checkWords(field, words string) error {
	if words == "" {
		return nil
	}
	faults := casework.Note{Kind: casework.NoteKinds[0], At: time.Unix(1, 0), Text: words}.Check()
	for i := range faults {
		faults[i].Field = field
	}
	return casework.Faulty(faults...)
}

// agreed reports whether a consent to processing holds.
func agreed(tx casework.Tx, id casework.CaseID, at time.Time) (bool, error) {
	list, err := casework.RowsOf[casework.Consent](tx, casework.Consents, id)
	return slices.ContainsFunc(list, func(c casework.Consent) bool { return c.Scope == casework.ForProcessing && c.Valid(at) }), err
}

// Close ends a case with one of casework.Endings. "dirujuk" is for a case with
// a referral that has ended: a transfer closes the case here by itself.
//
// The errors are those of Edit.
func (cs *Cases) Close(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, reason string) (casework.Case, error) {
	if !slices.Contains(casework.Endings, reason) {
		return casework.Case{}, casework.Faulty(casework.Fault{Field: "reason", Words: "is not in the list of endings"})
	}
	return cs.change(ctx, deed{by, casework.WriteCase, ofClosing}, id, version, cs.editable, func(f *file) error {
		if err := f.mustBeDischarged(); err != nil {
			return err
		}
		return f.end(reason)
	})
}

// end closes the case for a reason.
func (f *file) end(reason string) error {
	if reason == casework.EndedReferred {
		if ok, err := referred(f.tx, f.c.ID); err != nil {
			return err
		} else if !ok {
			return casework.Conflict.Because("case %s has no referral that ended; close it when one has, or with another reason", f.c.Number)
		}
	}
	next, err := f.c.Move(casework.Closed)
	if err != nil {
		return err
	}
	next.Ended, next.Reason, next.Stage = f.now, reason, casework.Termination
	f.c = next
	return f.step(casework.Step{What: casework.WasClosed})
}

// Reopen opens a closed case again. Its stage stays the last one, from where
// every earlier one can follow. The errors are those of Edit; Conflict also if
// the case is not closed.
func (cs *Cases) Reopen(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64) (casework.Case, error) {
	var c casework.Case
	err := cs.write(ctx, deed{by, casework.WriteCase, ofReopening}, id, func(f *file) error {
		if f.c.State != casework.Closed {
			if err := f.c.Editable(); err != nil {
				return err
			}
			return casework.Conflict.Because("case %s is not closed", f.c.Number)
		}
		if err := cs.lets(f.c); err != nil {
			return err
		}
		err := f.at(version, func(f *file) (err error) {
			if f.c, err = f.c.Move(casework.Open); err != nil {
				return err
			}
			f.c.Ended, f.c.Reason = time.Time{}, ""
			return f.step(casework.Step{What: casework.WasReopened})
		})
		c = f.c
		return err
	})
	if err != nil {
		return casework.Case{}, err
	}
	return c, nil
}

// referred reports whether a referral of the case has ended.
func referred(tx casework.Tx, id casework.CaseID) (bool, error) {
	list, err := handoffsOf(tx, id)
	return slices.ContainsFunc(list, func(h casework.Handoff) bool { return h.Kind == casework.Referral && !h.Ended.IsZero() }), err
}

// HandoffsOf returns the handoffs of a case, in no order. It is for rooms that
// have asked the gate.
func (cs *Cases) HandoffsOf(tx casework.Tx, id casework.CaseID) ([]casework.Handoff, error) {
	return handoffsOf(tx, id)
}

// handoffsOf returns the handoffs of a case that the store has a row of.
func handoffsOf(tx casework.Tx, id casework.CaseID) ([]casework.Handoff, error) {
	links, err := casework.RowsOf[link](tx, casework.CaseHandoffs, id)
	if err != nil {
		return nil, err
	}
	var out []casework.Handoff
	for _, l := range links {
		var h casework.Handoff
		found, err := tx.Get(casework.Handoffs, casework.NodeOwner, string(l.Handoff), &h)
		if err != nil {
			return nil, fmt.Errorf("read a handoff of case %s: %w", id, err)
		}
		if found {
			out = append(out, h)
		}
	}
	return out, nil
}
