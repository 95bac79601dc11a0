package access

import (
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"serasi/node/casework"
)

const firstCodeID = "first code"

// firstCodeFor is how long a first code is good.
const firstCodeFor = 24 * time.Hour

// firstCode is the row of the code that makes the first account.
type firstCode struct {
	Hash string    `json:"hash"`
	Made time.Time `json:"made"`
}

// FirstCode returns the code that makes the first account, to be shown on the
// console of the machine and nowhere else; "" if there is an account already.
// Each call makes a new code and spoils the one before; a code is good for 24
// hours and for one account.
func (a *Accounts) FirstCode(ctx context.Context) (string, error) {
	code := newCode()
	err := a.store.Update(ctx, func(tx casework.Tx) error {
		taken, err := anyAccount(tx)
		if err != nil || taken {
			code = ""
			return err
		}
		row := firstCode{Hash: hashOf(foldCode(code)), Made: a.clock().UTC()}
		return tx.Put(casework.Settings, casework.NodeOwner, firstCodeID, row)
	})
	if err != nil {
		return "", fmt.Errorf("first code: %w", err)
	}
	return code, nil
}

// ClaimFirst makes the first account, an admin IT, for whoever has the code from
// the console. The error is Invalid with the faulty fields, Forbidden if the
// code is wrong, old or spent, or TooMany after wrong tries.
func (a *Accounts) ClaimFirst(ctx context.Context, code, login, password string) (casework.User, error) {
	login = foldLogin(login)
	in := casework.NewUser{Login: login, Name: login, Roles: []casework.Role{casework.AdminIT}, Password: password}
	faults := newUserFaults(in)
	if password == "" {
		faults = append(faults, passwordFaults("password", password, login)...)
	}
	if err := casework.Faulty(faults...); err != nil {
		return casework.User{}, err
	}
	if wait := a.throttle.begin(a.clock(), firstCodeID, "", tries{}); wait > 0 {
		return casework.User{}, casework.TooMany.Because("too many wrong tries; try again in %s", wait.Round(time.Second))
	}
	if err := a.store.View(func(tx casework.Tx) error { return a.firstFits(tx, code) }); err != nil {
		return casework.User{}, a.denied(ctx, casework.Actor{}, "claim first account", err)
	}
	row, err := a.draft(ctx, in)
	if err != nil {
		return casework.User{}, err
	}
	err = a.store.Update(ctx, func(tx casework.Tx) error {
		if err := a.firstFits(tx, code); err != nil { // someone may have been faster
			return err
		}
		if err := tx.Delete(casework.Settings, casework.NodeOwner, firstCodeID); err != nil {
			return err
		}
		if err := putAccount(tx, row); err != nil {
			return err
		}
		return a.trail.Record(tx, lineOf(row.actor(""), "claim first account", Done, ""))
	})
	if err != nil {
		return casework.User{}, a.denied(ctx, casework.Actor{}, "claim first account", err)
	}
	a.throttle.good(firstCodeID, "")
	return row.User, nil
}

// firstFits returns nil if code may make the first account now.
func (a *Accounts) firstFits(tx casework.Tx, code string) error {
	var row firstCode
	found, err := tx.Get(casework.Settings, casework.NodeOwner, firstCodeID, &row)
	if err != nil {
		return fmt.Errorf("first code: %w", err)
	}
	taken, err := anyAccount(tx)
	if err != nil {
		return err
	}
	same := subtle.ConstantTimeCompare([]byte(row.Hash), []byte(hashOf(foldCode(code)))) == 1
	if taken || !found || !same || a.clock().Sub(row.Made) > firstCodeFor {
		return casework.Forbidden.Because("this code is wrong, too old, or was used; start the node again to see a new one")
	}
	return nil
}

func anyAccount(tx casework.Tx) (bool, error) {
	last, err := tx.Last(casework.Users, casework.NodeOwner)
	return last != "", err
}
