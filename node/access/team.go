package access

import (
	"context"
	"fmt"
	"slices"
	"time"

	"serasi/node/casework"
)

// inTeam reports whether an account helps with a case now.
func inTeam(tx casework.Tx, user casework.UserID, id casework.CaseID, at time.Time) (bool, error) {
	m, found, err := member(tx, user, id)
	return found && m.Holds(at), err
}

func member(tx casework.Tx, user casework.UserID, id casework.CaseID) (m casework.TeamMember, found bool, err error) {
	if id == "" || user == "" {
		return m, false, nil
	}
	found, err = tx.Get(casework.Teams, string(id), string(user), &m)
	if err != nil {
		return m, false, fmt.Errorf("team: %w", err)
	}
	return m, found, nil
}

// onCase runs f in a transaction on a case that by may do act to, and records
// it; a refusal is recorded too.
func (a *Accounts) onCase(
	ctx context.Context, by casework.Actor, act casework.Action, what string, id casework.CaseID, f func(casework.Tx, casework.Case) error,
) error {
	line := lineOf(by, string(act), Done, "")
	line.What, line.Case = what, id
	err := a.store.Update(ctx, func(tx casework.Tx) error {
		c, err := casework.CaseOf(tx, id)
		if err != nil {
			return err
		}
		line.Person = c.Person
		if err := a.gate.Check(tx, by, act, &c); err != nil {
			return err
		}
		if err := f(tx, c); err != nil {
			return err
		}
		return a.trail.Record(tx, line)
	})
	return a.deniedLine(ctx, line, err)
}

// Team returns who helps with a case, in order of account.
func (a *Accounts) Team(ctx context.Context, by casework.Actor, id casework.CaseID) ([]casework.TeamMember, error) {
	var list []casework.TeamMember
	err := a.onCase(ctx, by, casework.ReadCase, "team", id, func(tx casework.Tx, _ casework.Case) error {
		return tx.Each(casework.Teams, string(id), "", func(_ string, decode func(any) error) (bool, error) {
			var m casework.TeamMember
			err := decode(&m)
			list = append(list, m)
			return true, err
		})
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// AddMember puts somebody into the team of a case, or changes what they do
// there. Those who assign the case may. The error is Invalid with the faulty
// fields, NotFound or Forbidden.
func (a *Accounts) AddMember(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewTeamMember) (casework.TeamMember, error) {
	now := a.clock().UTC()
	if err := casework.Faulty(in.Check(now)...); err != nil {
		return casework.TeamMember{}, err
	}
	m := casework.TeamMember{User: in.User, As: in.As, Since: now, Until: in.Until.UTC(), By: by.User}
	err := a.onCase(ctx, by, casework.Assign, "team", id, func(tx casework.Tx, c casework.Case) error {
		row, err := getAccount(tx, in.User)
		if err != nil {
			return err
		}
		if row.Disabled || slices.Contains(row.Roles, casework.AdminIT) {
			return casework.Faulty(casework.Fault{Field: "user", Words: "cannot help with a case"})
		}
		if err := tx.Put(casework.Teams, string(id), string(m.User), m); err != nil {
			return fmt.Errorf("team: %w", err)
		}
		return a.tell(tx, casework.Notice{Kind: casework.NoticeTeam, Case: id, Number: c.Number, By: by.Name}, m.User)
	})
	if err != nil {
		return casework.TeamMember{}, err
	}
	return m, nil
}

// DropMember takes somebody out of the team of a case; twice is once.
func (a *Accounts) DropMember(ctx context.Context, by casework.Actor, id casework.CaseID, user casework.UserID) error {
	return a.onCase(ctx, by, casework.Assign, "team", id, func(tx casework.Tx, _ casework.Case) error {
		return tx.Delete(casework.Teams, string(id), string(user))
	})
}
