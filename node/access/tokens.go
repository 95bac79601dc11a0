package access

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"serasi/node/casework"
)

// How long a token is good if nothing is said, and at most.
const (
	tokenDays    = 90
	maxTokenDays = 365
	maxTokens    = 50 // of one account
)

func newTokenFaults(n casework.NewToken) []casework.Fault {
	faults := textFaults("label", n.Label, maxLabel)
	add := func(field, words string) { faults = append(faults, casework.Fault{Field: field, Words: words}) }
	if strings.TrimSpace(n.Label) == "" {
		add("label", "is empty; say what the token is for")
	}
	if len(n.Scopes) == 0 {
		add("scopes", "needs at least one of read, write, handoff, node, stepup")
	}
	for i, s := range n.Scopes {
		if !s.Known() || slices.Contains(n.Scopes[:i], s) {
			add("scopes", "holds a scope that does not exist, or one twice")
		}
	}
	if n.Days < 0 || n.Days > maxTokenDays {
		add("days", "is 1 to 365")
	}
	return faults
}

// badToken does not say which of the three it is.
const badToken = "this token is not known, has expired or was revoked"

const prefix = "srs_"

// CreateToken makes a token for by's own account and returns it, the only time
// it can be seen. Nobody makes a token for somebody else, not even an admin IT,
// who could read cases by it; and no token makes another one.
//
// Whose role must have a second factor sets it up first: a token would be a way
// around it.
//
// The scope stepup makes every use count as a fresh sign-in: it is for programs
// that act for a kepala balai. It and all others need by to have proved just
// now who they are. The error is Invalid with the faulty fields, or Forbidden.
func (a *Accounts) CreateToken(ctx context.Context, by casework.Actor, in casework.NewToken) (bearer string, t casework.Token, err error) {
	if err := casework.Faulty(newTokenFaults(in)...); err != nil {
		return "", casework.Token{}, err
	}
	if err := provenNow(by); err != nil {
		return "", casework.Token{}, a.denied(ctx, by, "create token", err)
	}
	if in.Days == 0 {
		in.Days = tokenDays
	}
	now := a.clock().UTC()
	bearer = prefix + base64.RawURLEncoding.EncodeToString(random(32))
	hash := hashOf(bearer)
	t = casework.Token{
		ID: hash[:idLen], User: by.User, Label: in.Label, Scopes: in.Scopes,
		Created: now, Expires: now.AddDate(0, 0, in.Days),
	}
	err = a.store.Update(ctx, func(tx casework.Tx) error {
		row, err := getAccount(tx, by.User)
		if err != nil {
			return err
		}
		if row.Disabled {
			return casework.Unknown.Because("this account is disabled")
		}
		if err := a.bound(tx, row); err != nil {
			return err
		}
		if err := roomForToken(tx, by.User, now); err != nil {
			return err
		}
		if err := tx.Put(casework.Tokens, casework.NodeOwner, hash, t); err != nil {
			return fmt.Errorf("token: %w", err)
		}
		return a.trail.Record(tx, lineOf(by, "create token", Done, "token "+t.ID))
	})
	if err != nil {
		return "", casework.Token{}, a.denied(ctx, by, "create token", err)
	}
	return bearer, t, nil
}

// Tokens returns the tokens of by, or, for an admin IT who names one, of another
// account.
func (a *Accounts) Tokens(by casework.Actor, of casework.UserID) ([]casework.Token, error) {
	var list []casework.Token
	err := a.store.View(func(tx casework.Tx) error {
		if err := a.overTokens(tx, by, of); err != nil {
			return err
		}
		return eachToken(tx, func(_ string, t casework.Token) (bool, error) {
			if t.User == of {
				list = append(list, t)
			}
			return true, nil
		})
	})
	return list, err
}

// RevokeToken ends a token for good, from the next request on. Its owner and an
// admin IT may. To revoke it twice is to revoke it once. The error is NotFound or
// Forbidden.
func (a *Accounts) RevokeToken(ctx context.Context, by casework.Actor, id string) error {
	err := a.store.Update(ctx, func(tx casework.Tx) error {
		t, hash, err := tokenByID(tx, id)
		switch {
		case errors.Is(err, casework.Unknown):
			return casework.NotFound.Because("there is no such token")
		case err != nil:
			return err
		}
		if err := a.overTokens(tx, by, t.User); err != nil {
			return err
		}
		t.Revoked = true
		if err := tx.Put(casework.Tokens, casework.NodeOwner, hash, t); err != nil {
			return fmt.Errorf("token: %w", err)
		}
		return a.trail.Record(tx, lineOf(by, "revoke token", Done, "token "+t.ID))
	})
	return a.denied(ctx, by, "revoke token", err)
}

// overTokens refuses whoever is neither the owner nor an admin IT.
func (a *Accounts) overTokens(tx casework.Tx, by casework.Actor, owner casework.UserID) error {
	if by.User != "" && by.User == owner {
		return nil
	}
	return a.gate.Check(tx, by, casework.ManageUsers, nil)
}
