package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"serasi/node/casework"
)

// glassOpen reports whether an account has opened a case in an emergency that
// still lasts.
func glassOpen(tx casework.Tx, user casework.UserID, id casework.CaseID, at time.Time) (open bool, err error) {
	if id == "" || user == "" {
		return false, nil
	}
	err = eachGlass(tx, id, func(g casework.Glass) bool {
		open = g.User == user && at.Before(g.Until) && !at.Before(g.At)
		return !open
	})
	return open, err
}

func eachGlass(tx casework.Tx, id casework.CaseID, f func(casework.Glass) bool) error {
	return tx.Each(casework.GlassRows, string(id), "", func(_ string, decode func(any) error) (bool, error) {
		var g casework.Glass
		if err := decode(&g); err != nil {
			return false, fmt.Errorf("break glass: %w", err)
		}
		return f(g), nil
	})
}

// BreakGlass lets by see one case for half an hour, and tells those who watch
// over it at once. It needs a fresh proof of who one is, and a grant if the case
// is in a secrecy group. The error is Invalid with the faulty fields, Conflict
// if by may read the case anyway, NotFound or Forbidden.
func (a *Accounts) BreakGlass(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewGlass) (casework.Glass, error) {
	if err := casework.Faulty(in.Check()...); err != nil {
		return casework.Glass{}, err
	}
	now := a.clock().UTC()
	g := casework.Glass{
		ID: sortableID(now), Case: id, User: by.User, Name: by.Name, Reason: in.Reason, Why: in.Why,
		At: now, Until: now.Add(casework.GlassFor), Due: now.Add(casework.ReviewFor),
	}
	err := a.onCase(ctx, by, casework.BreakGlass, in.Reason, id, func(tx casework.Tx, c casework.Case) error {
		if a.gate.Check(tx, by, casework.ReadCase, &c) == nil {
			return casework.Conflict.Because("you may read this case already")
		}
		g.Number = c.Number
		if err := tx.Put(casework.GlassRows, string(id), g.ID, g); err != nil {
			return fmt.Errorf("break glass: %w", err)
		}
		to, err := watchers(tx, c)
		if err != nil {
			return err
		}
		return a.tell(tx, casework.Notice{Kind: casework.NoticeGlass, Case: id, Number: c.Number, About: g.ID, By: by.Name}, to...)
	})
	if err != nil {
		return casework.Glass{}, err
	}
	return g, nil
}

// Emergencies returns the cases that were opened in an emergency: those not
// judged yet first, by when they are due, then the others, newest first. Those
// who oversee the balai may.
func (a *Accounts) Emergencies(ctx context.Context, by casework.Actor) ([]casework.Glass, error) {
	var list []casework.Glass
	err := a.oversee(ctx, by, casework.Oversee, "emergencies", func(tx casework.Tx) error {
		return tx.All(casework.GlassRows, func(_, _ string, decode func(any) error) (bool, error) {
			var g casework.Glass
			err := decode(&g)
			list = append(list, g)
			return true, err
		})
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(x, y casework.Glass) int {
		if (x.Verdict == "") != (y.Verdict == "") {
			return cmp.Compare(len(x.Verdict), len(y.Verdict))
		}
		if x.Verdict == "" {
			return x.Due.Compare(y.Due)
		}
		return y.At.Compare(x.At)
	})
	return list, nil
}

// oversee runs f in a transaction if by may do act to no case in particular, and
// records it; a refusal is recorded too.
func (a *Accounts) oversee(ctx context.Context, by casework.Actor, act casework.Action, what string, f func(casework.Tx) error) error {
	line := lineOf(by, string(act), Done, "")
	line.What = what
	err := a.store.Update(ctx, func(tx casework.Tx) error {
		if err := a.gate.Check(tx, by, act, nil); err != nil {
			return err
		}
		if err := f(tx); err != nil {
			return err
		}
		return a.trail.Record(tx, line)
	})
	return a.deniedLine(ctx, line, err)
}

// JudgeEmergency says whether an emergency was one. Nobody judges their own. A second
// verdict is a Conflict; the other errors are Invalid, NotFound and Forbidden.
func (a *Accounts) JudgeEmergency(ctx context.Context, by casework.Actor, id casework.CaseID, glass string, v casework.GlassReview) (g casework.Glass, err error) {
	if err := casework.Faulty(v.Check()...); err != nil {
		return g, err
	}
	err = a.onCase(ctx, by, casework.Review, "emergency", id, func(tx casework.Tx, c casework.Case) error {
		found, err := tx.Get(casework.GlassRows, string(id), glass, &g)
		switch {
		case err != nil:
			return fmt.Errorf("break glass: %w", err)
		case !found:
			return casework.NotFound.Because("there is no such emergency")
		case g.User == by.User:
			return casework.Forbidden.Because("somebody else has to judge what you did")
		case g.Verdict != "":
			return casework.Conflict.Because("this has been judged already")
		}
		g.Verdict, g.Words, g.Reviewer, g.Reviewed = v.Verdict, v.Words, by.User, a.clock().UTC()
		if err := tx.Put(casework.GlassRows, string(id), g.ID, g); err != nil {
			return fmt.Errorf("break glass: %w", err)
		}
		if v.Verdict != casework.Misused {
			return nil
		}
		to, err := watchers(tx, c)
		if err != nil {
			return err
		}
		return a.tell(tx, casework.Notice{Kind: casework.NoticeMisused, Case: id, Number: c.Number, About: g.ID, By: g.Name}, to...)
	})
	if err != nil {
		return casework.Glass{}, err
	}
	return g, nil
}
