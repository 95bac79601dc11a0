package access

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
)

// idLen is how much of a token's hash names it: 128 bits, too many to collide.
const idLen = 32

// Authenticate returns the actor of an API token, with the roles its account has
// now. It is for every request, so it computes one fast hash and no password
// hash: a token has 256 random bits. The error is Unknown, in the same words for
// a token that never was, has expired, was revoked, or whose account is
// disabled; Forbidden if its role must have a second factor and the account has
// none.
//
// bearer is the token itself, without the word Bearer.
func (a *Accounts) Authenticate(ctx context.Context, bearer string) (casework.Actor, error) {
	refused := casework.Unknown.Because("%s", badToken)
	if !wellFormed(bearer) {
		return casework.Actor{}, refused
	}
	// The row is found by the hash of what was sent, so how long the look-up
	// takes says nothing about the tokens that are stored.
	hash, now := hashOf(bearer), a.clock()
	var t casework.Token
	var by casework.Actor
	err := a.store.View(func(tx casework.Tx) error {
		found, err := tx.Get(casework.Tokens, casework.NodeOwner, hash, &t)
		if err != nil {
			return err
		}
		if !found || t.Revoked || !now.Before(t.Expires) {
			return refused
		}
		row, err := getAccount(tx, t.User)
		if err != nil || row.Disabled {
			return refused
		}
		if err := a.bound(tx, row); err != nil {
			return err
		}
		by, err = a.actorAt(tx, row, "api")
		return err
	})
	if err != nil {
		return casework.Actor{}, err
	}
	by.Token, by.StepUp = t.ID, hasScope(t, casework.ScopeStepUp)
	a.touch(ctx, hash, t.Used, now)
	return by, nil
}

// touch notes the minute a token was used, once a minute. It only informs: if it
// cannot be written, the request goes on.
func (a *Accounts) touch(ctx context.Context, hash string, used, now time.Time) {
	minute := now.UTC().Truncate(time.Minute)
	if !minute.After(used) {
		return
	}
	err := a.store.Update(ctx, func(tx casework.Tx) error {
		var t casework.Token
		found, err := tx.Get(casework.Tokens, casework.NodeOwner, hash, &t)
		if err != nil || !found || !minute.After(t.Used) {
			return err
		}
		t.Used = minute
		return tx.Put(casework.Tokens, casework.NodeOwner, hash, t)
	})
	if err != nil {
		a.log.Warn("last use of a token not noted", "token", hash[:idLen], "err", err)
	}
}

// wellFormed reports whether s could be a token at all.
func wellFormed(s string) bool {
	b64, ok := strings.CutPrefix(s, prefix)
	if !ok || len(b64) != base64.RawURLEncoding.EncodedLen(32) {
		return false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(b64)
	return err == nil && len(raw) == 32 // the decoder skips line breaks
}

func hasScope(t casework.Token, s casework.Scope) bool {
	return slices.Contains(t.Scopes, s)
}

// eachToken calls f with the row id and token of each token, until f says no.
func eachToken(tx casework.Tx, f func(hash string, t casework.Token) (bool, error)) error {
	return tx.Each(casework.Tokens, casework.NodeOwner, "", func(id string, decode func(any) error) (bool, error) {
		var t casework.Token
		if err := decode(&t); err != nil {
			return false, fmt.Errorf("token: %w", err)
		}
		return f(id, t)
	})
}

// tokenByID finds a token by the first half of its hash. The error is Unknown if
// there is none.
func tokenByID(tx casework.Tx, id string) (t casework.Token, hash string, err error) {
	if len(id) != idLen {
		return t, "", casework.Unknown.Because("%s", badToken)
	}
	err = tx.Each(casework.Tokens, casework.NodeOwner, id, func(row string, decode func(any) error) (bool, error) {
		if !strings.HasPrefix(row, id) {
			return false, nil
		}
		hash = row
		return false, decode(&t)
	})
	switch {
	case err != nil:
		return t, "", fmt.Errorf("token: %w", err)
	case hash == "":
		return t, "", casework.Unknown.Because("%s", badToken)
	}
	return t, hash, nil
}

// revokeAll ends all tokens of an account. The rows are read before any is
// written: a walk must not meet its own changes.
func revokeAll(tx casework.Tx, of casework.UserID) error {
	live := map[string]casework.Token{}
	err := eachToken(tx, func(hash string, t casework.Token) (bool, error) {
		if t.User == of && !t.Revoked {
			live[hash] = t
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for hash, t := range live {
		t.Revoked = true
		if err := tx.Put(casework.Tokens, casework.NodeOwner, hash, t); err != nil {
			return fmt.Errorf("token: %w", err)
		}
	}
	return nil
}

// roomForToken bounds how many live tokens one account has.
func roomForToken(tx casework.Tx, of casework.UserID, now time.Time) error {
	n := 0
	err := eachToken(tx, func(_ string, t casework.Token) (bool, error) {
		if t.User == of && !t.Revoked && now.Before(t.Expires) {
			n++
		}
		return true, nil
	})
	if err == nil && n >= maxTokens {
		return casework.Conflict.Because("this account has %d tokens; revoke one first", maxTokens)
	}
	return err
}
