package caseload

import (
	"context"
	"fmt"

	"serasi/node/casework"
)

// calendarRow is where the balai's calendar lies in Settings.
const calendarRow = "calendar"

// CalendarOf returns the calendar of this balai, or the one each begins with.
// It says nothing of any case, so rooms may ask freely.
func CalendarOf(tx casework.Tx) (casework.Calendar, error) {
	var c casework.Calendar
	found, err := tx.Get(casework.Settings, casework.NodeOwner, calendarRow, &c)
	if err != nil {
		return c, fmt.Errorf("read the calendar: %w", err)
	}
	if !found {
		return casework.DefaultCalendar().Sorted(), nil
	}
	return c, nil
}

// Calendar returns the calendar of this balai for whoever works here.
func (k *Care) Calendar(_ context.Context, by casework.Actor) (casework.Calendar, error) {
	var c casework.Calendar
	err := k.cs.cfg.Store.View(func(tx casework.Tx) (err error) {
		if err := k.cs.cfg.Gate.Check(tx, by, casework.ReadStatus, nil); err != nil {
			return err
		}
		c, err = CalendarOf(tx)
		return err
	})
	return c, err
}

// SetCalendar replaces the calendar that the caller saw at version. It needs
// the right to set up the balai. The error is Invalid, Stale or Forbidden.
func (k *Care) SetCalendar(ctx context.Context, by casework.Actor, version uint64, c casework.Calendar) (casework.Calendar, error) {
	if err := casework.Faulty(c.Check()...); err != nil {
		return casework.Calendar{}, err
	}
	c = c.Sorted()
	err := k.cs.setUp(ctx, deed{by, casework.SetUp, ofCalendar}, func(tx casework.Tx) error {
		was, err := CalendarOf(tx)
		if err != nil {
			return err
		}
		if was.Version != version {
			return casework.Stale(was, c)
		}
		c.Version = version + 1
		if err := put(tx, casework.Settings, casework.NodeOwner, calendarRow, c); err != nil {
			return err
		}
		tx.After(k.cs.agenda.stale)
		return nil
	})
	if err != nil {
		return casework.Calendar{}, err
	}
	return c, nil
}
