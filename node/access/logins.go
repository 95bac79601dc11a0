package access

import (
	"context"
	"encoding/base64"
	"encoding/hex"

	"serasi/node/casework"
)

// loginID names a session in lists: the first half of the cookie's hash in hex.
func (k kept) loginID() string {
	sum, err := base64.RawURLEncoding.DecodeString(k.hash)
	if err != nil {
		return ""
	}
	return hex.EncodeToString(sum)[:idLen]
}

// Logins returns the login sessions of an account that hold, oldest first: one's
// own, or for an admin IT anybody's.
func (s *Sessions) Logins(_ context.Context, by casework.Actor, of casework.UserID) (list []casework.LoginSession, err error) {
	now := s.a.clock().UTC()
	err = s.a.store.View(func(tx casework.Tx) error {
		if err := s.a.overTokens(tx, by, of); err != nil {
			return err
		}
		row, err := getAccount(tx, of)
		if err != nil {
			return err
		}
		live, _, err := sessionsOf(tx, of, now)
		for _, k := range live {
			if k.Era == row.Era {
				id := k.loginID()
				list = append(list, casework.LoginSession{ID: id, Began: k.Began, Seen: k.Seen, Here: id == by.Session})
			}
		}
		return err
	})
	return list, err
}

// EndLogin ends one login session of an account; that there is none is no
// error. The owner and an admin IT may.
func (s *Sessions) EndLogin(ctx context.Context, by casework.Actor, of casework.UserID, id string) error {
	return s.end(ctx, by, of, func(k kept) bool { return k.loginID() == id })
}

// EndLogins ends all login sessions of an account but the one that asks.
func (s *Sessions) EndLogins(ctx context.Context, by casework.Actor, of casework.UserID) error {
	return s.end(ctx, by, of, func(k kept) bool { return by.Session == "" || k.loginID() != by.Session })
}

func (s *Sessions) end(ctx context.Context, by casework.Actor, of casework.UserID, which func(kept) bool) error {
	const act = "end session"
	err := s.a.store.Update(ctx, func(tx casework.Tx) error {
		if err := s.a.overTokens(tx, by, of); err != nil {
			return err
		}
		live, _, err := sessionsOf(tx, of, s.a.clock().UTC())
		if err != nil {
			return err
		}
		for _, k := range live {
			if !which(k) {
				continue
			}
			if err := tx.Delete(casework.Sessions, casework.NodeOwner, k.hash); err != nil {
				return err
			}
		}
		return s.a.trail.Record(tx, lineOf(by, act, Done, "account "+string(of)))
	})
	return s.a.denied(ctx, by, act, err)
}

// spare lets the session that asks live on when its account begins a new era.
func (a *Accounts) spare(tx casework.Tx, by casework.Actor, row account) error {
	if by.Session == "" {
		return nil
	}
	live, _, err := sessionsOf(tx, row.ID, a.clock().UTC())
	if err != nil {
		return err
	}
	for _, k := range live {
		if k.loginID() == by.Session {
			k.session.Era = row.Era
			return tx.Put(casework.Sessions, casework.NodeOwner, k.hash, k.session)
		}
	}
	return nil
}
