package access

import (
	"cmp"
	"context"
	"slices"

	"serasi/node/casework"
)

// Colleagues returns the accounts in use, by name: whom to ask, and whom to
// choose for a case. Everybody who works here may know.
func (a *Accounts) Colleagues(_ context.Context, by casework.Actor) (list []casework.Colleague, err error) {
	err = a.store.View(func(tx casework.Tx) error {
		if err := a.gate.Check(tx, by, casework.ReadStatus, nil); err != nil {
			return err
		}
		return eachAccount(tx, func(row account) bool {
			if !row.Disabled {
				list = append(list, casework.Colleague{ID: row.ID, Name: row.Name, Roles: row.Roles, Unit: row.Unit})
			}
			return true
		})
	})
	slices.SortFunc(list, func(x, y casework.Colleague) int {
		return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID))
	})
	return list, err
}
