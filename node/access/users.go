package access

import (
	"context"
	"slices"

	"serasi/node/casework"
)

func newUserFaults(n casework.NewUser) []casework.Fault {
	var faults []casework.Fault
	if !loginForm.MatchString(n.Login) {
		faults = append(faults, casework.Fault{Field: "login", Words: "is 3 to 32 of a-z, 0-9, dot, dash and underscore"})
	}
	if n.Name == "" {
		faults = append(faults, casework.Fault{Field: "name", Words: "is empty"})
	}
	faults = append(faults, textFaults("name", n.Name, maxName)...)
	faults = append(faults, textFaults("unit", n.Unit, maxUnit)...)
	faults = append(faults, roleFaults(n.Roles)...)
	if n.Password != "" {
		faults = append(faults, passwordFaults("password", n.Password, n.Login)...)
	}
	return faults
}

// Create makes an account. Only admin IT may. The error is Invalid with the
// faulty fields, Conflict if the login is taken, or Forbidden.
func (a *Accounts) Create(ctx context.Context, by casework.Actor, in casework.NewUser) (casework.User, error) {
	in.Login = foldLogin(in.Login)
	if err := casework.Faulty(newUserFaults(in)...); err != nil {
		return casework.User{}, err
	}
	if err := a.may(by); err != nil { // before the hash, which costs much
		return casework.User{}, a.denied(ctx, by, "create account", err)
	}
	row, err := a.draft(ctx, in)
	if err != nil {
		return casework.User{}, err
	}
	err = a.manage(ctx, by, "create account", func(tx casework.Tx) (casework.UserID, error) { return row.ID, add(tx, row) })
	if err != nil {
		return casework.User{}, err
	}
	return row.User, nil
}

// may asks the gate without doing anything.
func (a *Accounts) may(by casework.Actor) error {
	return a.store.View(func(tx casework.Tx) error { return a.gate.Check(tx, by, casework.ManageUsers, nil) })
}

// draft makes the row of an account that is not stored yet.
func (a *Accounts) draft(ctx context.Context, in casework.NewUser) (account, error) {
	row := account{User: casework.User{
		ID: casework.UserID(newID()), Login: in.Login, Name: in.Name, Roles: in.Roles, Unit: in.Unit,
		Created: a.clock().UTC(), Version: 1,
	}}
	if in.Password == "" {
		return row, nil
	}
	var err error
	row.Password, err = a.passwords.hash(ctx, in.Password)
	return row, err
}

// add stores a new account unless its login is taken.
func add(tx casework.Tx, row account) error {
	_, taken, err := byLogin(tx, row.Login)
	if err != nil {
		return err
	}
	if taken {
		return casework.Conflict.Because("this login is taken")
	}
	return putAccount(tx, row)
}

func changed(u casework.User, c casework.UserPatch) casework.User {
	if c.Name != nil {
		u.Name = *c.Name
	}
	if c.Roles != nil {
		u.Roles = slices.Clone(*c.Roles)
	}
	if c.Unit != nil {
		u.Unit = *c.Unit
	}
	if c.Disabled != nil {
		u.Disabled = *c.Disabled
	}
	u.Version++
	return u
}

// Change edits an account that the caller read at version. Only admin IT may. A
// change of roles, and disabling, revoke the tokens of the account: they were
// given to somebody who was something else. Its login sessions end as well.
//
// The error is Invalid with the faulty fields, Conflict with both versions if
// somebody else was faster, Conflict if nobody would be left to manage accounts,
// NotFound, or Forbidden.
func (a *Accounts) Change(ctx context.Context, by casework.Actor, id casework.UserID, version uint64, c casework.UserPatch) (casework.User, error) {
	var out casework.User
	err := a.manage(ctx, by, "change account", func(tx casework.Tx) (casework.UserID, error) {
		row, err := getAccount(tx, id)
		if err != nil {
			return id, err
		}
		next := changed(row.User, c)
		if row.Version != version {
			return id, casework.Stale(row.User, next)
		}
		if err := casework.Faulty(newUserFaults(asNew(next))...); err != nil {
			return id, err
		}
		if next.Disabled && !row.Disabled || !slices.Equal(next.Roles, row.Roles) {
			if err := revokeAll(tx, id); err != nil {
				return id, err
			}
			row.Era++
		}
		row.User, out = next, next
		if err := putAccount(tx, row); err != nil {
			return id, err
		}
		return id, adminLeft(tx)
	})
	if err != nil {
		return casework.User{}, err
	}
	return out, nil
}

func asNew(u casework.User) casework.NewUser {
	return casework.NewUser{Login: u.Login, Name: u.Name, Roles: u.Roles, Unit: u.Unit}
}

// adminLeft refuses a change after which nobody could undo it.
func adminLeft(tx casework.Tx) error {
	left := false
	err := eachAccount(tx, func(row account) bool {
		left = !row.Disabled && row.Password != "" && slices.Contains(row.Roles, casework.AdminIT)
		return !left
	})
	if err == nil && !left {
		return casework.Conflict.Because("nobody would be left who can manage accounts")
	}
	return err
}

// SetPassword gives an account a new password. For one's own account old is the
// present password, and the login session that asks goes on; for another's, only
// admin IT may, old is not looked at, and the account's tokens are revoked. All
// other login sessions of the account end. The error is Invalid with the field
// "password" or "old", TooMany after wrong tries, NotFound, or Forbidden.
func (a *Accounts) SetPassword(ctx context.Context, by casework.Actor, id casework.UserID, old, password string) error {
	own := by.User == id
	if !own {
		if err := a.may(by); err != nil {
			return a.denied(ctx, by, "set password", err)
		}
	}
	row, err := a.account(id)
	if err != nil {
		return err
	}
	if err := casework.Faulty(passwordFaults("password", password, row.Login)...); err != nil {
		return err
	}
	if own {
		if err := a.reprove(ctx, by, row, old); err != nil {
			return err
		}
	}
	hash, err := a.passwords.hash(ctx, password)
	if err != nil {
		return err
	}
	set := func(tx casework.Tx) (casework.UserID, error) {
		now, err := getAccount(tx, id)
		if err != nil {
			return id, err
		}
		if own && now.Password != row.Password {
			return id, casework.Conflict.Because("the password was changed meanwhile")
		}
		now.Password, now.Failed, now.Era = hash, 0, now.Era+1
		if err := putAccount(tx, now); err != nil {
			return id, err
		}
		if own {
			return id, a.spare(tx, by, now)
		}
		return id, revokeAll(tx, id)
	}
	if !own {
		return a.manage(ctx, by, "set password", set)
	}
	return a.store.Update(ctx, func(tx casework.Tx) error {
		if _, err := set(tx); err != nil {
			return err
		}
		return a.trail.Record(tx, lineOf(by, "set password", Done, ""))
	})
}

func (a *Accounts) account(id casework.UserID) (row account, err error) {
	err = a.store.View(func(tx casework.Tx) error {
		row, err = getAccount(tx, id)
		return err
	})
	return row, err
}
