package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"serasi/node/casework"
)

// maxGrantDays is how long one grant may last; who needs a group for longer is
// asked about again.
const maxGrantDays = 366

// actorAt is row as an actor, with the secrecy groups granted to it now.
func (a *Accounts) actorAt(tx casework.Tx, row account, via string) (casework.Actor, error) {
	by := row.actor(via)
	now := a.clock()
	err := eachGrant(tx, row.ID, func(g casework.Grant) {
		if g.Holds(now) && !slices.Contains(by.Grants, g.Group) {
			by.Grants = append(by.Grants, g.Group)
		}
	})
	return by, err
}

// grantRow is the id of a grant's row: those of one account lie together.
func grantRow(g casework.Grant) string { return string(g.User) + " " + g.ID }

// eachGrant calls f for the grants of an account, or of all if of is empty.
func eachGrant(tx casework.Tx, of casework.UserID, f func(casework.Grant)) error {
	return tx.Each(casework.Grants, casework.NodeOwner, string(of), func(id string, decode func(any) error) (bool, error) {
		if !strings.HasPrefix(id, string(of)) {
			return false, nil
		}
		var g casework.Grant
		if err := decode(&g); err != nil {
			return false, fmt.Errorf("grant: %w", err)
		}
		f(g)
		return true, nil
	})
}

// Grant lets an account see the cases of a secrecy group. Only the kepala balai
// may, after a fresh proof, and not for somebody who may never see a case. The
// error is Invalid with the faulty fields, NotFound or Forbidden.
func (a *Accounts) Grant(ctx context.Context, by casework.Actor, in casework.NewGrant) (casework.Grant, error) {
	now := a.clock().UTC()
	g := casework.Grant{ID: newID(), User: in.User, Group: in.Group, From: now, Until: in.Until.UTC(), Why: in.Why, By: by.User}
	err := casework.Faulty(in.Check(now, maxGrantDays)...)
	if err != nil {
		return casework.Grant{}, err
	}
	err = a.store.Update(ctx, func(tx casework.Tx) error {
		if err := a.gate.Check(tx, by, casework.GrantSecrecy, nil); err != nil {
			return err
		}
		row, err := getAccount(tx, in.User)
		if err != nil {
			return err
		}
		if slices.Contains(row.Roles, casework.AdminIT) {
			return casework.Faulty(casework.Fault{Field: "user", Words: "an admin it never sees a case"})
		}
		if err := tx.Put(casework.Grants, casework.NodeOwner, grantRow(g), g); err != nil {
			return fmt.Errorf("grant: %w", err)
		}
		return a.trail.Record(tx, lineOf(by, string(casework.GrantSecrecy), Done, "account "+string(g.User)))
	})
	if err != nil {
		return casework.Grant{}, a.denied(ctx, by, string(casework.GrantSecrecy), err)
	}
	return g, nil
}

// EndGrant takes a grant back; twice is once. Only the kepala balai may, and
// needs no fresh proof to let somebody see less.
func (a *Accounts) EndGrant(ctx context.Context, by casework.Actor, id string) error {
	const act = "end grant"
	err := a.store.Update(ctx, func(tx casework.Tx) error {
		proven := by
		proven.StepUp = true
		if err := a.gate.Check(tx, proven, casework.GrantSecrecy, nil); err != nil {
			return err
		}
		var g casework.Grant
		err := eachGrant(tx, "", func(one casework.Grant) {
			if one.ID == id {
				g = one
			}
		})
		switch {
		case err != nil:
			return err
		case g.ID == "":
			return casework.NotFound.Because("there is no such grant")
		case !g.Ended.IsZero():
			return nil
		}
		g.Ended, g.EndedBy = a.clock().UTC(), by.User
		if err := tx.Put(casework.Grants, casework.NodeOwner, grantRow(g), g); err != nil {
			return fmt.Errorf("grant: %w", err)
		}
		return a.trail.Record(tx, lineOf(by, act, Done, "account "+string(g.User)))
	})
	return a.denied(ctx, by, act, err)
}

// Grants returns who may see which secrecy group, now and in the past, newest
// first. Those who oversee the balai may.
func (a *Accounts) Grants(ctx context.Context, by casework.Actor) ([]casework.Grant, error) {
	const act = "read grants"
	var list []casework.Grant
	err := a.store.Update(ctx, func(tx casework.Tx) error {
		if err := a.gate.Check(tx, by, casework.Oversee, nil); err != nil {
			return err
		}
		if err := eachGrant(tx, "", func(g casework.Grant) { list = append(list, g) }); err != nil {
			return err
		}
		return a.trail.Record(tx, lineOf(by, act, Done, ""))
	})
	if err != nil {
		return nil, a.denied(ctx, by, act, err)
	}
	slices.SortFunc(list, func(x, y casework.Grant) int { return y.From.Compare(x.From) })
	return list, nil
}
