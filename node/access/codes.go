package access

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"serasi/node/casework"
)

// recoveryCodes is how many codes for a lost telephone are given out.
const recoveryCodes = 10

const period = 30 // seconds a one-time code is for (RFC 6238, 5.2)

// StartSecondFactor makes a new secret for by's own account and returns the
// otpauth:// address that an authenticator app reads, and the secret itself. Nothing is asked for at
// sign-in until ConfirmSecondFactor. The error is Forbidden without step-up.
func (a *Accounts) StartSecondFactor(ctx context.Context, by casework.Actor) (out casework.SecondFactor, err error) {
	if err := provenNow(by); err != nil {
		return out, a.denied(ctx, by, "set second factor", err)
	}
	err = a.store.Update(ctx, func(tx casework.Tx) error {
		row, err := getAccount(tx, by.User)
		if err != nil {
			return err
		}
		key, err := totp.Generate(totp.GenerateOpts{Issuer: a.issuer, AccountName: row.Login})
		if err != nil {
			return fmt.Errorf("second factor: %w", err)
		}
		row.Pending, out = key.Secret(), casework.SecondFactor{Address: key.URL(), Secret: key.Secret()}
		return putAccount(tx, row)
	})
	return out, err
}

// ConfirmSecondFactor takes the first code of the secret made last; from then on
// sign-in asks for one. It returns recovery codes, each good for one sign-in;
// they are shown once and stored hashed. The error is Invalid with the field
// "first", or Forbidden without step-up.
func (a *Accounts) ConfirmSecondFactor(ctx context.Context, by casework.Actor, code string) (recovery []string, err error) {
	if err := provenNow(by); err != nil {
		return nil, a.denied(ctx, by, "set second factor", err)
	}
	err = a.store.Update(ctx, func(tx casework.Tx) error {
		row, err := getAccount(tx, by.User)
		if err != nil {
			return err
		}
		step, ok := codeStep(row.Pending, code, a.clock())
		if row.Pending == "" || !ok {
			return casework.Faulty(casework.Fault{Field: "first", Words: "is not the present code of the app"})
		}
		row.Secret, row.Pending, row.Step, row.SecondFactor, row.Recovery = row.Pending, "", step, true, nil
		for range recoveryCodes {
			c := newCode()
			recovery = append(recovery, c)
			row.Recovery = append(row.Recovery, hashOf(foldCode(c)))
		}
		if err := putAccount(tx, row); err != nil {
			return err
		}
		return a.trail.Record(tx, lineOf(by, "set second factor", Done, ""))
	})
	if err != nil {
		return nil, err
	}
	return recovery, nil
}

// DropSecondFactor takes the second factor off an account whose owner lost it.
// Only admin IT may, and for another's account only. It revokes the tokens of
// the account. The error is NotFound or Forbidden.
func (a *Accounts) DropSecondFactor(ctx context.Context, by casework.Actor, id casework.UserID) error {
	return a.manage(ctx, by, "drop second factor", func(tx casework.Tx) (casework.UserID, error) {
		if id == by.User {
			return id, casework.Forbidden.Because("another admin IT has to do this")
		}
		row, err := getAccount(tx, id)
		if err != nil {
			return id, err
		}
		row.Secret, row.Pending, row.Recovery, row.SecondFactor = "", "", nil, false
		if err := putAccount(tx, row); err != nil {
			return id, err
		}
		return id, revokeAll(tx, id)
	})
}

// provenNow refuses what a stolen token or an open screen must not do.
func provenNow(by casework.Actor) error {
	switch {
	case by.User == "":
		return casework.Unknown.Because("sign in first")
	case by.Token != "":
		return casework.Forbidden.Because("a token cannot do this; sign in with your password")
	case !by.StepUp:
		return stepUpError{casework.Forbidden.Because("sign in again to confirm this")}
	}
	return nil
}

// takeCode uses up a code: a one-time code newer than the last one taken, or a
// recovery code. An account without a second factor takes anything.
func (row *account) takeCode(code string, now time.Time) bool {
	if row.Secret == "" {
		return true
	}
	if step, ok := codeStep(row.Secret, code, now); ok && step > row.Step {
		row.Step = step
		return true
	}
	i := slices.Index(row.Recovery, hashOf(foldCode(code)))
	if i >= 0 {
		row.Recovery = slices.Delete(row.Recovery, i, i+1)
	}
	return i >= 0
}

// codeStep returns the time step a one-time code is for: this one, or one beside
// it for clocks that are a little off.
func codeStep(secret, code string, now time.Time) (step int64, ok bool) {
	code = strings.ReplaceAll(strings.TrimSpace(code), " ", "")
	for s := now.Unix()/period - 1; s <= now.Unix()/period+1; s++ {
		want, err := totp.GenerateCode(secret, time.Unix(s*period, 0))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, ok = s, true
		}
	}
	return step, ok
}

// newCode returns 80 random bits as a person can copy them: ABCD-EFGH-IJKL-MNOP.
func newCode() string {
	s := base32.StdEncoding.EncodeToString(random(10))
	return s[0:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:16]
}

// foldCode makes a typed code comparable: case, dashes and blanks do not count.
func foldCode(code string) string {
	return strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
}
