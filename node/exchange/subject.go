package exchange

import (
	"errors"
	"fmt"
	"slices"

	"serasi/node/casework"
)

// mayTake says whether by may take an archive of c out of the balai.
func (d *Desk) mayTake(tx casework.Tx, by casework.Actor, c casework.Case, kind string) error {
	err := d.cfg.Gate.Check(tx, by, casework.Export, &c)
	if !errors.Is(err, casework.Forbidden) || kind != casework.SubjectCopy || !slices.Contains(by.Roles, casework.DPO) {
		return err
	}
	if d.cfg.Gate.Check(tx, by, casework.KeepPrivacy, &c) != nil {
		return err
	}
	asked, readErr := copyAsked(tx, c.ID)
	switch {
	case readErr != nil:
		return readErr
	case !asked:
		return casework.Forbidden.Because("nobody has asked for a copy of this case; write the request down first")
	case slices.ContainsFunc(c.Secrecy, func(s casework.Secrecy) bool { return !slices.Contains(by.Grants, s) }):
		return casework.Forbidden.Because("this case is of a secrecy group; the head makes its copy")
	case !by.StepUp:
		return confirm{casework.Forbidden.Because("sign in again to confirm this")}
	}
	return nil
}

// copyAsked reports whether an open request of the case asks for a copy of the
// data (UU 27/2022 art. 7).
func copyAsked(tx casework.Tx, id casework.CaseID) (asked bool, err error) {
	err = tx.Each(casework.Requests, string(id), "", func(_ string, decode func(any) error) (bool, error) {
		var r casework.SubjectRequest
		if err := decode(&r); err != nil {
			return false, err
		}
		asked = r.Kind == casework.AskCopy && r.Done.IsZero()
		return !asked, nil
	})
	if err != nil {
		return false, fmt.Errorf("read the requests of case %s: %w", id, err)
	}
	return asked, nil
}

// confirm is a refusal that signing in again would lift.
type confirm struct{ error }

func (c confirm) Unwrap() error { return c.error }
func (c confirm) StepUp() bool  { return true }
