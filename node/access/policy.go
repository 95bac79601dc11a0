package access

import (
	"context"
	"fmt"
	"slices"

	"serasi/node/casework"
)

const policyID = "second factor"

// policyAt returns the roles that must have a second factor to use the node:
// what the balai has set, else what the node was started with.
func (a *Accounts) policyAt(tx casework.Tx) ([]casework.Role, error) {
	var p casework.FactorPolicy
	found, err := tx.Get(casework.Settings, casework.NodeOwner, policyID, &p)
	if err != nil {
		return nil, fmt.Errorf("second factor: %w", err)
	}
	if !found {
		return a.demand, nil
	}
	return p.Roles, nil
}

// mustEnrol reports whether an account lacks the second factor that its role
// must have.
func (a *Accounts) mustEnrol(tx casework.Tx, row account) (bool, error) {
	if row.SecondFactor {
		return false, nil
	}
	roles, err := a.policyAt(tx)
	return slices.ContainsFunc(row.Roles, func(r casework.Role) bool { return slices.Contains(roles, r) }), err
}

// bound refuses an account that lacks the second factor that its role must have.
func (a *Accounts) bound(tx casework.Tx, row account) error {
	must, err := a.mustEnrol(tx, row)
	if err == nil && must {
		err = casework.Forbidden.Because("your role must have a second factor; set it up first")
	}
	return err
}

// FactorPolicy returns who must have a second factor. Only admin IT may.
func (a *Accounts) FactorPolicy(_ context.Context, by casework.Actor) (p casework.FactorPolicy, err error) {
	err = a.store.View(func(tx casework.Tx) error {
		if err := a.gate.Check(tx, by, casework.ManageUsers, nil); err != nil {
			return err
		}
		p.Roles, err = a.policyAt(tx)
		return err
	})
	return p, err
}

// SetFactorPolicy says who must have a second factor to use the pages and tokens.
// Those who lack it set it up at their next page, and do nothing else before;
// their tokens are good for nothing until then. Only admin
// IT may, after a fresh proof. The error is Invalid with the field "roles", or
// Forbidden.
func (a *Accounts) SetFactorPolicy(ctx context.Context, by casework.Actor, p casework.FactorPolicy) error {
	const act = "set second factor policy"
	for i, r := range p.Roles {
		if !knownRole(r) || slices.Contains(p.Roles[:i], r) {
			return casework.Faulty(casework.Fault{Field: "roles", Words: "holds a role that does not exist, or one twice"})
		}
	}
	err := a.store.Update(ctx, func(tx casework.Tx) error {
		if err := a.gate.Check(tx, by, casework.ManageUsers, nil); err != nil {
			return err
		}
		if !by.StepUp {
			return stepUpError{casework.Forbidden.Because("sign in again to confirm this")}
		}
		if err := tx.Put(casework.Settings, casework.NodeOwner, policyID, p); err != nil {
			return fmt.Errorf("second factor: %w", err)
		}
		return a.trail.Record(tx, lineOf(by, act, Done, ""))
	})
	return a.denied(ctx, by, act, err)
}
