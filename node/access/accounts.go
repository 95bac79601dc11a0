package access

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"serasi/node/casework"
)

// Config is what Accounts needs.
type Config struct {
	Store  casework.Store
	Clock  func() time.Time // nil: time.Now
	Cost   Cost             // of a password hash; zero: DefaultCost
	AtOnce int              // password hashes computed at once; zero: 2
	// SecondFactor are the roles that must have a second factor to use the
	// pages, until the balai says otherwise. nil: none.
	SecondFactor []casework.Role
	Issuer       string       // shown beside the code in an authenticator app; zero: SERASI
	Log          *slog.Logger // nil: nothing is logged
}

// Check returns all that is wrong with c.
func (c Config) Check() error {
	var errs []error
	if c.Store == nil {
		errs = append(errs, errors.New("access: no store"))
	}
	if c.Cost != (Cost{}) {
		errs = append(errs, c.Cost.check())
	}
	if c.AtOnce < 0 {
		errs = append(errs, errors.New("access: hashes at once is negative"))
	}
	return errors.Join(errs...)
}

// Accounts knows the people of a balai: it makes and changes their accounts,
// signs them in, and keeps their API tokens. It starts nothing that runs on, so
// there is nothing to close. It may be used by many at once.
type Accounts struct {
	store     casework.Store
	clock     func() time.Time
	issuer    string
	demand    []casework.Role // see Config.SecondFactor
	log       *slog.Logger
	trail     Trail
	gate      Gate
	passwords *passwords
	throttle  throttle
}

// New returns the accounts kept in c.Store, or what Check says.
func New(c Config) (*Accounts, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Cost == (Cost{}) {
		c.Cost = DefaultCost
	}
	if c.AtOnce == 0 {
		c.AtOnce = 2
	}
	if c.Issuer == "" {
		c.Issuer = "SERASI"
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Accounts{
		store: c.Store, clock: c.Clock, issuer: c.Issuer, demand: c.SecondFactor, log: c.Log,
		trail: Trail{Clock: c.Clock}, gate: Gate{Clock: c.Clock},
		passwords: newPasswords(c.Cost, c.AtOnce),
		throttle:  throttle{tries: map[string]tries{}},
	}, nil
}

// account is the row of a user. Its secrets never leave this package.
type account struct {
	casework.User
	Era      uint64    `json:"era,omitempty"`      // grows when all login sessions shall end
	Look     string    `json:"look,omitempty"`     // casework.Display in one word; empty: they never said
	Password string    `json:"password,omitempty"` // as hashed.String; "": cannot sign in
	Secret   string    `json:"secret,omitempty"`   // of the one-time codes
	Pending  string    `json:"pending,omitempty"`  // the same, not confirmed by a first code yet
	Step     int64     `json:"step,omitempty"`     // time step of the last code taken
	Recovery []string  `json:"recovery,omitempty"` // hashes of codes not used yet
	Failed   int       `json:"failed,omitempty"`   // wrong tries since the last good one
	FailedAt time.Time `json:"failedAt,omitzero"`
}

// actor is what a use case may know of a, but for its grants.
func (a account) actor(via string) casework.Actor {
	return casework.Actor{User: a.ID, Name: a.Name, Roles: a.Roles, Unit: a.Unit, Via: via}
}

// Actor returns the actor of an account as stored now, without step-up, for the
// doors that know by other means who is there (a login session). The error is
// Unknown if there is no such account or it is disabled.
func (a *Accounts) Actor(id casework.UserID, via string) (casework.Actor, error) {
	var row account
	var by casework.Actor
	err := a.store.View(func(tx casework.Tx) error {
		var err error
		if row, err = getAccount(tx, id); err != nil {
			return err
		}
		by, err = a.actorAt(tx, row, via)
		return err
	})
	if err != nil && !errors.Is(err, casework.NotFound) {
		return casework.Actor{}, err
	}
	if err != nil || row.Disabled {
		return casework.Actor{}, casework.Unknown.Because("this account does not exist or is disabled")
	}
	return by, nil
}

// List returns all accounts in order of id. Only admin IT may.
func (a *Accounts) List(by casework.Actor) ([]casework.User, error) {
	var users []casework.User
	err := a.store.View(func(tx casework.Tx) error {
		if err := a.gate.Check(tx, by, casework.ManageUsers, nil); err != nil {
			return err
		}
		return eachAccount(tx, func(row account) bool {
			users = append(users, row.User)
			return true
		})
	})
	return users, err
}

// manage runs f in a transaction if by may manage accounts, and records it; a
// refusal is recorded too.
func (a *Accounts) manage(ctx context.Context, by casework.Actor, act string, f func(casework.Tx) (casework.UserID, error)) error {
	err := a.store.Update(ctx, func(tx casework.Tx) error {
		if err := a.gate.Check(tx, by, casework.ManageUsers, nil); err != nil {
			return err
		}
		id, err := f(tx)
		if err != nil {
			return err
		}
		return a.trail.Record(tx, lineOf(by, act, Done, "account "+string(id)))
	})
	return a.denied(ctx, by, act, err)
}

// denied records err if it is a denial, and returns it; if it cannot be recorded
// that is the answer.
func (a *Accounts) denied(ctx context.Context, by casework.Actor, act string, err error) error {
	return a.deniedLine(ctx, lineOf(by, act, Denied, ""), err)
}

// deniedLine is denied for a line that says more.
func (a *Accounts) deniedLine(ctx context.Context, line casework.Line, err error) error {
	if !errors.Is(err, casework.Forbidden) {
		return err
	}
	_, line.Why = casework.Explain(err)
	if e := a.trail.Deny(ctx, a.store, line); e != nil {
		return e
	}
	return err
}

func getAccount(tx casework.Tx, id casework.UserID) (account, error) {
	var row account
	found, err := tx.Get(casework.Users, casework.NodeOwner, string(id), &row)
	switch {
	case err != nil:
		return row, fmt.Errorf("account: %w", err)
	case !found:
		return row, casework.NotFound.Because("there is no such account")
	}
	return row, nil
}

func putAccount(tx casework.Tx, row account) error {
	if err := tx.Put(casework.Users, casework.NodeOwner, string(row.ID), row); err != nil {
		return fmt.Errorf("account: %w", err)
	}
	return nil
}

// eachAccount calls f for each account until it returns false.
func eachAccount(tx casework.Tx, f func(account) bool) error {
	return tx.Each(casework.Users, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
		var row account
		if err := decode(&row); err != nil {
			return false, fmt.Errorf("account: %w", err)
		}
		return f(row), nil
	})
}

// byLogin finds an account by its folded login. A balai has some dozens of
// accounts, so there is no index to keep right.
func byLogin(tx casework.Tx, login string) (row account, found bool, err error) {
	err = eachAccount(tx, func(one account) bool {
		if one.Login == login {
			row, found = one, true
		}
		return !found
	})
	return row, found, err
}

// sortableID returns an id that sorts by its time, to the millisecond, and then
// by chance.
func sortableID(at time.Time) string {
	return fmt.Sprintf("%012x%s", at.UnixMilli(), hex.EncodeToString(random(10)))
}

// newID returns 128 random bits in hex.
func newID() string { return hex.EncodeToString(random(16)) }
