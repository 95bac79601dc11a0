package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"

	"serasi/node/casework"
)

// How long a login session lives, and how much it may keep.
const (
	sessionIdle   = 30 * time.Minute // without a request
	sessionAtMost = 12 * time.Hour
	stepUpFor     = 5 * time.Minute // after a proof of who one is
	maxSessions   = 20              // of one account; the oldest goes
	maxKept       = 50              // values kept in one session
	maxKeptSize   = 4 << 10         // bytes of one
)

// Sessions are the people signed in with a browser. A cookie is 256 random bits
// and is stored hashed; roles are read from the store at each request. It may
// be used by many at once.
type Sessions struct {
	a   *Accounts
	jar *scs.SessionManager
}

// Sessions returns the login sessions of these accounts.
func (a *Accounts) Sessions() *Sessions { return &Sessions{a: a, jar: newJar()} }

// over is the one answer to a cookie that never was, has ended, or whose
// account has changed since.
func over() error { return casework.Unknown.Because("your session has ended; sign in again") }

// SignIn proves who somebody is and begins a session. The cookie is given out
// this once. The errors are those of Accounts.SignIn.
func (s *Sessions) SignIn(ctx context.Context, in casework.SignIn) (cookie string, out casework.Session, err error) {
	by, row, err := s.a.prove(ctx, credentialsOf(in), "sign in")
	if err != nil {
		return "", out, err
	}
	now := s.a.clock().UTC()
	one := session{User: by.User, Era: row.Era, Began: now, Seen: now, StepUp: now.Add(stepUpFor)}
	err = s.a.store.Update(ctx, func(tx casework.Tx) error {
		if err := s.makeRoom(tx, by.User, now); err != nil {
			return err
		}
		ctx, err := s.jar.Load(withTx(ctx, tx), "")
		if err != nil {
			return err
		}
		s.jar.Put(ctx, theSession, one)
		cookie, _, err = s.jar.Commit(ctx)
		return err
	})
	if err != nil {
		return "", out, fmt.Errorf("begin a session: %w", err)
	}
	return cookie, one.shown(row, now), nil
}

func credentialsOf(in casework.SignIn) Credentials {
	return Credentials{Login: in.Login, Password: in.Password, Code: in.Code, Source: in.Source, Via: "web"}
}

// Session returns who a cookie belongs to, with the roles of now, and counts as
// a use of the session. A locked session has an actor who may do nothing, one
// that must set up a second factor first an actor without a role. The error is Unknown if the session is over.
func (s *Sessions) Session(ctx context.Context, cookie string) (by casework.Actor, out casework.Session, err error) {
	now := s.a.clock().UTC()
	var one session
	err = s.a.store.View(func(tx casework.Tx) error {
		found, row, err := s.find(withTx(ctx, tx), tx, cookie, now)
		if err != nil {
			return err
		}
		one, out = found, found.shown(row, now)
		if !one.Locked {
			if by, err = s.a.actorAt(tx, row, "web"); err != nil {
				return err
			}
			if out.Enrol, err = s.a.mustEnrol(tx, row); out.Enrol {
				by.Roles, by.Grants = nil, nil
			}
			by.Session, by.StepUp = hashOf(cookie)[:idLen], now.Before(one.StepUp)
		}
		return err
	})
	if err != nil {
		return casework.Actor{}, casework.Session{}, err
	}
	if now.Sub(one.Seen) >= time.Minute {
		err = s.change(ctx, cookie, func(_ casework.Tx, one *session) error { return nil })
	}
	return by, out, err
}

// shown is the session as the pages see it.
func (one session) shown(row account, now time.Time) casework.Session {
	ends := now.Add(sessionIdle)
	if last := one.Began.Add(sessionAtMost); last.Before(ends) {
		ends = last
	}
	out := casework.Session{User: row.ID, Name: row.Name, Roles: row.Roles, Expires: ends, Locked: one.Locked, Display: shownTo(row)}
	if now.Before(one.StepUp) {
		out.StepUp = one.StepUp
	}
	return out
}

// find reads the session of a cookie and its account, if it holds at now. ctx
// carries tx.
func (s *Sessions) find(ctx context.Context, tx casework.Tx, cookie string, now time.Time) (one session, row account, err error) {
	if len(cookie) < 20 || len(cookie) > 100 {
		return one, row, over()
	}
	if ctx, err = s.jar.Load(ctx, cookie); err != nil {
		return one, row, err
	}
	one, ok := s.jar.Get(ctx, theSession).(session)
	if !ok || one.ended(now) {
		return one, row, over()
	}
	row, err = getAccount(tx, one.User)
	if errors.Is(err, casework.NotFound) || err == nil && (row.Disabled || row.Era != one.Era) {
		return one, row, over()
	}
	return one, row, err
}

func (one session) ended(now time.Time) bool {
	return now.Sub(one.Seen) >= sessionIdle || now.Sub(one.Began) >= sessionAtMost
}

// change edits a session that holds, and counts as a use of it.
func (s *Sessions) change(ctx context.Context, cookie string, f func(casework.Tx, *session) error) error {
	return s.a.store.Update(ctx, func(tx casework.Tx) error {
		now := s.a.clock().UTC()
		ctx, err := s.jar.Load(withTx(ctx, tx), cookie)
		if err != nil {
			return err
		}
		one, _, err := s.find(ctx, tx, cookie, now)
		if err != nil {
			return err
		}
		one.Seen = now
		if err := f(tx, &one); err != nil {
			return err
		}
		s.jar.Put(ctx, theSession, one)
		_, _, err = s.jar.Commit(ctx)
		return err
	})
}

// StepUp takes the password, and the code if the account has one, once more: it
// opens a locked session, and for five minutes it counts as a fresh proof. The
// login of in is not looked at. The error is Unknown, in the same words whatever
// was wrong, or TooMany.
func (s *Sessions) StepUp(ctx context.Context, cookie string, in casework.SignIn) error {
	var row account
	err := s.a.store.View(func(tx casework.Tx) (err error) {
		_, row, err = s.find(withTx(ctx, tx), tx, cookie, s.a.clock().UTC())
		return err
	})
	if err != nil {
		return err
	}
	in.Login = row.Login
	if _, _, err := s.a.prove(ctx, credentialsOf(in), "step up"); err != nil {
		return err
	}
	return s.change(ctx, cookie, func(_ casework.Tx, one *session) error {
		one.StepUp, one.Locked = s.a.clock().UTC().Add(stepUpFor), false
		return nil
	})
}

// Lock makes a session ask for the password before it shows anything again, as
// after a quick exit.
func (s *Sessions) Lock(ctx context.Context, cookie string) error {
	return s.change(ctx, cookie, func(_ casework.Tx, one *session) error {
		one.Locked, one.StepUp = true, time.Time{}
		return nil
	})
}

// SignOut ends a session; that there is none is no error.
func (s *Sessions) SignOut(ctx context.Context, cookie string) error {
	return s.a.store.Update(ctx, func(tx casework.Tx) error {
		ctx, err := s.jar.Load(withTx(ctx, tx), cookie)
		if err != nil {
			return err
		}
		one, ok := s.jar.Get(ctx, theSession).(session)
		if !ok {
			return nil
		}
		row, err := getAccount(tx, one.User)
		if err != nil {
			return err
		}
		if err := s.jar.Destroy(ctx); err != nil {
			return err
		}
		return s.a.trail.Record(tx, lineOf(row.actor("web"), "sign out", Done, ""))
	})
}

// ClaimFirst makes the first account. See Accounts.ClaimFirst.
func (s *Sessions) ClaimFirst(ctx context.Context, code, login, password string) error {
	_, err := s.a.ClaimFirst(ctx, code, login, password)
	return err
}

// shownTo is how the owner of an account wants the pages; zero: they never said.
func shownTo(row account) casework.Display {
	if row.Look == "" {
		return casework.Display{}
	}
	return casework.ReadDisplay(row.Look)
}

// Display returns how by wants the pages; zero if they never said. The error is
// NotFound if there is no such account.
func (s *Sessions) Display(_ context.Context, by casework.Actor) (d casework.Display, err error) {
	err = s.a.store.View(func(tx casework.Tx) error {
		row, err := getAccount(tx, by.User)
		d = shownTo(row)
		return err
	})
	return d, err
}

// KeepDisplay keeps how by wants the pages, with the account: it follows the
// person to another machine. It is no change of the account that anybody else
// sees. The error is Invalid with the parts at fault, NotFound if there is no
// such account.
func (s *Sessions) KeepDisplay(ctx context.Context, by casework.Actor, d casework.Display) error {
	if err := casework.Faulty(d.Check()...); err != nil {
		return err
	}
	return s.a.store.Update(ctx, func(tx casework.Tx) error {
		row, err := getAccount(tx, by.User)
		if err != nil || row.Look == d.String() {
			return err
		}
		row.Look = d.String()
		return putAccount(tx, row)
	})
}

// Put keeps a small thing with a session: at most 4 KiB under one key. The error
// is Unknown if the session is over, Invalid if it is too much.
func (s *Sessions) Put(ctx context.Context, cookie, key, value string) error {
	return s.change(ctx, cookie, func(_ casework.Tx, one *session) error {
		_, had := one.Kept[key]
		if len(value) > maxKeptSize || !had && len(one.Kept) >= maxKept {
			return casework.Invalid.Because("this is more than a session keeps")
		}
		if one.Kept == nil {
			one.Kept = map[string]string{}
		}
		one.Kept[key] = value
		return nil
	})
}

// Pop returns what Put kept under key and forgets it; "" if there is nothing.
func (s *Sessions) Pop(ctx context.Context, cookie, key string) (value string, err error) {
	var there bool
	err = s.a.store.View(func(tx casework.Tx) error {
		one, _, err := s.find(withTx(ctx, tx), tx, cookie, s.a.clock().UTC())
		_, there = one.Kept[key]
		return err
	})
	if err != nil || !there {
		return "", err
	}
	err = s.change(ctx, cookie, func(_ casework.Tx, one *session) error {
		value = one.Kept[key]
		delete(one.Kept, key)
		return nil
	})
	return value, err
}

// kept is one stored session and where it lies.
type kept struct {
	hash string
	session
}

// sessionsOf returns the sessions of an account, oldest first, and those of
// anybody that have ended. A walk must not meet its own changes, so nothing is
// written here.
func sessionsOf(tx casework.Tx, of casework.UserID, now time.Time) (live, ended []kept, err error) {
	err = tx.Each(casework.Sessions, casework.NodeOwner, "", func(hash string, decode func(any) error) (bool, error) {
		one := kept{hash: hash}
		if err := decode(&one.session); err != nil {
			return false, fmt.Errorf("session: %w", err)
		}
		switch {
		case one.ended(now):
			ended = append(ended, one)
		case one.User == of:
			live = append(live, one)
		}
		return true, nil
	})
	slices.SortFunc(live, func(a, b kept) int { return a.Began.Compare(b.Began) })
	return live, ended, err
}

// makeRoom drops what has ended, and the oldest sessions of an account that has
// too many.
func (s *Sessions) makeRoom(tx casework.Tx, of casework.UserID, now time.Time) error {
	live, gone, err := sessionsOf(tx, of, now)
	if err != nil {
		return err
	}
	if n := len(live) - maxSessions + 1; n > 0 {
		gone = append(gone, live[:n]...)
	}
	for _, one := range gone {
		if err := tx.Delete(casework.Sessions, casework.NodeOwner, one.hash); err != nil {
			return err
		}
	}
	return nil
}
