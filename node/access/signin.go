package access

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"serasi/node/casework"
)

// Credentials are what somebody types at the door.
type Credentials struct {
	Login    string
	Password string
	Code     string // one-time code, or a recovery code; ignored by accounts without one
	Source   string // address the try comes from; never stored
	Via      string // api, web or cli
}

// wrong is the one answer to every failed sign-in: it does not tell which part
// was wrong, nor whether there is such an account.
const wrong = "the login, the password or the code is wrong"

// SignIn returns the actor of whoever proves to be one, with StepUp set, and
// records the try. The error is Unknown, in the same words and after the same
// work whatever was wrong; or TooMany, which says how long to wait.
func (a *Accounts) SignIn(ctx context.Context, in Credentials) (casework.Actor, error) {
	by, _, err := a.prove(ctx, in, "sign in")
	return by, err
}

// prove is SignIn, with the account as it was then, and the word for the trail.
func (a *Accounts) prove(ctx context.Context, in Credentials, act string) (casework.Actor, account, error) {
	login, source := foldLogin(in.Login), sourceKey(in.Source)
	var row account
	err := a.store.View(func(tx casework.Tx) error {
		var err error
		row, _, err = byLogin(tx, login)
		return err
	})
	if err != nil {
		return casework.Actor{}, account{}, fmt.Errorf("sign in: %w", err)
	}
	if err := a.begin(login, source, row); err != nil {
		return casework.Actor{}, account{}, err
	}
	ok, err := a.passwords.matches(ctx, in.Password, row.Password)
	if err != nil {
		return casework.Actor{}, account{}, fmt.Errorf("sign in: %w", err)
	}
	by, err := a.settle(ctx, in, act, row, ok && !row.Disabled)
	if err != nil {
		return casework.Actor{}, account{}, err
	}
	a.throttle.good(accountKey(login), source)
	a.raiseCost(ctx, row, in.Password)
	by.StepUp = true
	return by, row, nil
}

// raiseCost hashes a password again, now that it is known, if the stored hash
// costs other than today's. It is no reason to fail a sign-in.
func (a *Accounts) raiseCost(ctx context.Context, seen account, password string) {
	if h, err := parseHash(seen.Password); err == nil && h.cost == a.passwords.cost {
		return
	}
	hash, err := a.passwords.hash(ctx, password)
	if err == nil {
		err = a.store.Update(ctx, func(tx casework.Tx) error {
			row, err := getAccount(tx, seen.ID)
			if err != nil || row.Password != seen.Password {
				return err
			}
			row.Password = hash
			return putAccount(tx, row)
		})
	}
	if err != nil {
		a.log.Warn("cost of a password hash not raised", "user", seen.ID, "err", err)
	}
}

// begin counts a try at the account with this login, or says how long to wait.
func (a *Accounts) begin(login, source string, row account) error {
	wait := a.throttle.begin(a.clock(), accountKey(login), source, tries{row.Failed, row.FailedAt})
	if wait > 0 {
		return casework.TooMany.Because("too many wrong tries; try again in %s", wait.Round(time.Second))
	}
	return nil
}

// settle writes down how a try ended, and only then answers. seen is the account
// the password was compared with: if its password changed since, the try fails.
// A caller who hangs up does not undo the record.
func (a *Accounts) settle(ctx context.Context, in Credentials, act string, seen account, good bool) (casework.Actor, error) {
	by := casework.Actor{Via: in.Via}
	err := a.store.Update(context.WithoutCancel(ctx), func(tx casework.Tx) error {
		if seen.ID == "" {
			return a.trail.Record(tx, lineOf(by, act, Denied, ""))
		}
		row, err := getAccount(tx, seen.ID)
		if err != nil {
			return err
		}
		if by, err = a.actorAt(tx, row, in.Via); err != nil {
			return err
		}
		good = good && !row.Disabled && row.Password == seen.Password && row.takeCode(in.Code, a.clock())
		outcome := Done
		if good {
			row.Failed, row.FailedAt = 0, time.Time{}
		} else {
			row.Failed, row.FailedAt, outcome = row.Failed+1, a.clock().UTC(), Denied
		}
		if err := putAccount(tx, row); err != nil {
			return err
		}
		return a.trail.Record(tx, lineOf(by, act, outcome, ""))
	})
	if err != nil {
		return casework.Actor{}, fmt.Errorf("sign in: %w", err)
	}
	if !good {
		return casework.Actor{}, casework.Unknown.Because(wrong)
	}
	return by, nil
}

// reprove asks the owner of row for the present password once more.
func (a *Accounts) reprove(ctx context.Context, by casework.Actor, row account, password string) error {
	if err := a.begin(row.Login, "", row); err != nil {
		return err
	}
	ok, err := a.passwords.matches(ctx, password, row.Password)
	if err != nil {
		return err
	}
	if ok {
		a.throttle.good(accountKey(row.Login), "")
		return nil
	}
	if err := a.trail.Deny(ctx, a.store, lineOf(by, "set password", Denied, "")); err != nil {
		return err
	}
	return casework.Faulty(casework.Fault{Field: "old", Words: "is not the present password"})
}

// The keys of the throttle. A login may be a person's name: what is kept in
// memory is its hash.
func accountKey(login string) string { return "account " + hashOf(login) }

func sourceKey(source string) string {
	if source == "" {
		return ""
	}
	return "source " + source
}

// hashOf is SHA-256 in hex, for secrets with enough random bits of their own.
func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
