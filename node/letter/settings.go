package letter

import (
	"context"
	"fmt"
	"reflect"

	"serasi/node/casework"
)

// settingsID is the row of Settings that holds the office's letterheads, people
// and numbering.
const settingsID = "letter settings"

func (d *Desk) settings(tx casework.Tx) (casework.LetterSettings, error) {
	var s casework.LetterSettings
	found, err := tx.Get(casework.Settings, casework.NodeOwner, settingsID, &s)
	if err != nil {
		return s, fmt.Errorf("read the settings of letters: %w", err)
	}
	if !found {
		return d.cfg.Defaults, nil
	}
	return s, nil
}

// Settings returns letterheads, officials, delegations, numbering and the rest.
func (d *Desk) Settings(ctx context.Context, by casework.Actor) (s casework.LetterSettings, err error) {
	x := deed{by: by, act: casework.Find, what: ofSettings}
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		if err := d.cfg.Gate.Check(tx, by, casework.Find, nil); err != nil {
			return err
		}
		s, err = d.settings(tx)
		return err
	})
	if err != nil {
		return casework.LetterSettings{}, d.denied(ctx, x, err)
	}
	return s, nil
}

// SetUp replaces the settings that were read at version. Letters that are signed
// stay as they are. Delegations are changed by the head alone.
//
// The error is Invalid with the fields, Forbidden, or Conflict with both texts
// if somebody else changed them meanwhile.
func (d *Desk) SetUp(ctx context.Context, by casework.Actor, version uint64, s casework.LetterSettings) (casework.LetterSettings, error) {
	if err := casework.Faulty(s.Check()...); err != nil {
		return s, err
	}
	x := deed{by: by, act: casework.SetUp, what: ofSettings}
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if err := d.cfg.Gate.Check(tx, by, casework.SetUp, nil); err != nil {
			return err
		}
		was, err := d.settings(tx)
		if err != nil {
			return err
		}
		if was.Version != version {
			return casework.Stale(was, s)
		}
		// Who may sign for the head only the head can say.
		if !reflect.DeepEqual(was.Delegations, s.Delegations) {
			if err := d.cfg.Gate.Check(tx, by, casework.Offer, nil); err != nil {
				return err
			}
		}
		s.Version = was.Version + 1
		if err := tx.Put(casework.Settings, casework.NodeOwner, settingsID, s); err != nil {
			return putErr("the settings of letters", err)
		}
		return d.record(tx, x, "done")
	})
	if err != nil {
		return casework.LetterSettings{}, d.denied(ctx, x, err)
	}
	return s, nil
}
