package access

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"serasi/node/casework"
)

// AskErasure is the first of the two people it takes to erase the person of a
// case with all their cases here. All must be closed or handed over: nobody is
// erased while somebody works with them. The error is Invalid with the faulty
// fields, Conflict, NotFound or Forbidden.
func (p *Privacy) AskErasure(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewErasure) (casework.Erasure, error) {
	if err := casework.Faulty(in.Check()...); err != nil {
		return casework.Erasure{}, err
	}
	now := p.clock().UTC()
	e := casework.Erasure{ID: sortableID(now), Reason: in.Reason, Letter: in.Letter, Asked: now, AskedBy: by.User}
	err := p.onCase(ctx, by, casework.Erase, "asked", id, func(tx casework.Tx, c casework.Case) error {
		all, err := p.casesWith(tx, by, c)
		if err != nil {
			return err
		}
		for _, one := range all {
			e.Cases, e.Numbers = append(e.Cases, one.ID), append(e.Numbers, one.Number)
		}
		open, err := erasures(tx)
		if err != nil {
			return err
		}
		for _, other := range open {
			if other.Open() && slices.Contains(other.Cases, id) {
				return casework.Conflict.Because("somebody asked for this already; it waits for the second person")
			}
		}
		if err := putErasure(tx, e); err != nil {
			return err
		}
		to, err := those(tx, func(row account) bool {
			return row.ID != by.User && (slices.Contains(row.Roles, casework.Head) || slices.Contains(row.Roles, casework.DPO))
		})
		if err != nil {
			return err
		}
		return p.tell(tx, casework.Notice{Kind: casework.NoticeErasure, Number: c.Number, About: e.ID, By: by.Name}, to...)
	})
	if err != nil {
		return casework.Erasure{}, err
	}
	return e, nil
}

// casesWith returns all cases of the person of c, if by may erase them all and
// nobody works with one.
func (p *Privacy) casesWith(tx casework.Tx, by casework.Actor, c casework.Case) ([]casework.Case, error) {
	home := c.Home
	if home == "" {
		home = c.ID
	}
	var person casework.Person
	if _, err := tx.Get(casework.Persons, string(home), string(c.Person), &person); err != nil {
		return nil, fmt.Errorf("person of the case: %w", err)
	}
	ids := person.Cases
	if !slices.Contains(ids, c.ID) {
		ids = append(slices.Clone(ids), c.ID)
	}
	var all []casework.Case
	for _, id := range ids {
		one, err := casework.CaseOf(tx, id)
		if errors.Is(err, casework.NotFound) {
			continue // erased before
		}
		if err != nil {
			return nil, err
		}
		if err := p.gate.Check(tx, by, casework.Erase, &one); err != nil {
			return nil, err
		}
		if one.State != casework.Closed && one.State != casework.HandedOver {
			return nil, casework.Conflict.Because("case %s is %s; only what is closed or handed over can be erased", one.Number, one.State)
		}
		all = append(all, one)
	}
	return all, nil
}

func erasures(tx casework.Tx) (list []casework.Erasure, err error) {
	err = tx.Each(casework.Erasures, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
		var e casework.Erasure
		if err := decode(&e); err != nil {
			return false, fmt.Errorf("erasure: %w", err)
		}
		list = append(list, e)
		return true, nil
	})
	return list, err
}

func getErasure(tx casework.Tx, id string) (e casework.Erasure, err error) {
	found, err := tx.Get(casework.Erasures, casework.NodeOwner, id, &e)
	switch {
	case err != nil:
		return e, fmt.Errorf("erasure: %w", err)
	case !found:
		return e, casework.NotFound.Because("nobody asked for this erasure")
	}
	return e, nil
}

func putErasure(tx casework.Tx, e casework.Erasure) error {
	if err := tx.Put(casework.Erasures, casework.NodeOwner, e.ID, e); err != nil {
		return fmt.Errorf("erasure: %w", err)
	}
	return nil
}

// ConfirmErasure is the second of the two people. The cases are erased with
// their keys before it returns; only backups made before still hold them, until
// the day the certificate names. If it fails half-way, it is done by the next
// FinishErasures. The error is Conflict, NotFound or Forbidden.
func (p *Privacy) ConfirmErasure(ctx context.Context, by casework.Actor, id string) (casework.Erasure, error) {
	var e casework.Erasure
	line := lineOf(by, string(casework.Erase), Done, "erasure "+id)
	line.What = "confirmed"
	err := p.store.Update(ctx, func(tx casework.Tx) (err error) {
		if e, err = getErasure(tx, id); err != nil {
			return err
		}
		if !e.Open() {
			return casework.Conflict.Because("this was decided already")
		}
		if e.AskedBy == by.User {
			return casework.Forbidden.Because("a second person has to confirm what you asked for")
		}
		if len(e.Cases) == 0 {
			return casework.Conflict.Because("there is nothing left to erase")
		}
		c, err := casework.CaseOf(tx, e.Cases[0])
		if err != nil {
			return err
		}
		all, err := p.casesWith(tx, by, c)
		if err != nil {
			return err
		}
		// A case that was opened since is not part of what was asked.
		if len(all) != len(e.Cases) {
			return casework.Conflict.Because("the person has other cases than when this was asked; ask again")
		}
		e.Confirmed, e.Second = p.clock().UTC(), by.User
		return errors.Join(putErasure(tx, e), p.trail.Record(tx, line))
	})
	if err != nil {
		return casework.Erasure{}, p.deniedLine(ctx, line, err)
	}
	return p.finish(ctx, e)
}

// finish erases what two people decided. It may be done again.
func (p *Privacy) finish(ctx context.Context, e casework.Erasure) (casework.Erasure, error) {
	ctx = context.WithoutCancel(ctx) // half an erasure is none
	owners := make([]string, len(e.Cases))
	for i, id := range e.Cases {
		owners[i] = string(id)
		p.cfg.Forget(id)
	}
	if err := p.cfg.Shred(ctx, owners...); err != nil {
		return e, fmt.Errorf("erase: %w", err)
	}
	for _, id := range e.Cases {
		p.cfg.Forget(id) // an index being built may have read it before
	}
	err := p.store.Update(ctx, func(tx casework.Tx) error {
		e.Done = p.clock().UTC()
		e.Gone = e.Done.Add(casework.BackupsKept)
		line := casework.Line{Via: "node", Act: string(casework.Erase), What: "done", Outcome: Done, Why: "erasure " + e.ID}
		return errors.Join(putErasure(tx, e), p.trail.Record(tx, line))
	})
	return e, err
}

// FinishErasures does what two people decided and a crash cut short. The node
// calls it when it starts.
func (p *Privacy) FinishErasures(ctx context.Context) error {
	var all []casework.Erasure
	err := p.store.View(func(tx casework.Tx) (err error) {
		all, err = erasures(tx)
		return err
	})
	for _, e := range all {
		if !e.Confirmed.IsZero() && e.Done.IsZero() {
			_, failed := p.finish(ctx, e)
			err = errors.Join(err, failed)
		}
	}
	return err
}

// DropErasure takes back what was asked and not confirmed. Either of those who
// may erase may.
func (p *Privacy) DropErasure(ctx context.Context, by casework.Actor, id string) error {
	line := lineOf(by, string(casework.Erase), Done, "erasure "+id)
	line.What = "dropped"
	err := p.store.Update(ctx, func(tx casework.Tx) error {
		e, err := getErasure(tx, id)
		if err != nil {
			return err
		}
		proven := by
		proven.StepUp = true // nothing is lost by it
		if err := p.gate.Rule(proven, casework.Erase, casework.SameBalai); err != nil {
			return err
		}
		if err := scoped(tx, by, casework.Erase); err != nil {
			return err
		}
		if !e.Open() {
			return casework.Conflict.Because("this was decided already")
		}
		e.Dropped = p.clock().UTC()
		return errors.Join(putErasure(tx, e), p.trail.Record(tx, line))
	})
	return p.deniedLine(ctx, line, err)
}

// Erasures returns all erasures, newest first. Those who oversee the balai may.
func (p *Privacy) Erasures(ctx context.Context, by casework.Actor) (list []casework.Erasure, err error) {
	err = p.oversee(ctx, by, casework.Oversee, "erasures", func(tx casework.Tx) (err error) {
		list, err = erasures(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.Reverse(list)
	return list, nil
}
