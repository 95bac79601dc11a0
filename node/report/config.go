package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"serasi/node/casework"
)

// Gate decides who may do what, as in the use cases on cases.
type Gate interface {
	// Check returns nil if by may do act on c; a nil c is no case in
	// particular. The error is Forbidden or Unknown.
	Check(tx casework.Tx, by casework.Actor, act casework.Action, c *casework.Case) error
}

// Trail is the audit trail.
type Trail interface {
	// Record appends line in the same transaction as what it tells of.
	Record(tx casework.Tx, line casework.Line) error
}

// Spread writes worksheets as a file: format is csv or xlsx.
type Spread func(w io.Writer, format string, sheets []casework.Worksheet) error

// Config is what a Desk needs. All of it is required.
type Config struct {
	Store  casework.Store
	Gate   Gate
	Trail  Trail
	Spread Spread
	Clock  func() time.Time
	Balai  casework.BalaiCode
	Zone   *time.Location // of the balai: where its months begin

	// Calendar returns the working days and deadlines of the balai.
	Calendar func(casework.Tx) (casework.Calendar, error)
}

// Check returns all that is wrong with c.
func (c Config) Check() error {
	var errs []error
	for _, part := range []struct {
		name    string
		missing bool
	}{
		{"Store", c.Store == nil}, {"Gate", c.Gate == nil}, {"Trail", c.Trail == nil}, {"Spread", c.Spread == nil},
		{"Clock", c.Clock == nil}, {"Zone", c.Zone == nil}, {"Calendar", c.Calendar == nil}, {"Balai", !casework.IsBalai(c.Balai)},
	} {
		if part.missing {
			errs = append(errs, errors.New("report: "+part.name+" is missing"))
		}
	}
	return errors.Join(errs...)
}

// Desk holds the use cases on reports. All methods may be called at once.
type Desk struct{ cfg Config }

// New returns the use cases.
func New(c Config) (*Desk, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	return &Desk{cfg: c}, nil
}

func (d *Desk) now() time.Time { return d.cfg.Clock().UTC().Round(0) }

// look runs f on a consistent copy for somebody who may do act, then records
// it. What f found may be given out only if look returns nil: no line, no
// answer.
func (d *Desk) look(ctx context.Context, by casework.Actor, act casework.Action, what string, f func(casework.Tx) error) error {
	err := d.cfg.Store.View(func(tx casework.Tx) error {
		if err := d.cfg.Gate.Check(tx, by, act, nil); err != nil {
			return err
		}
		return f(tx)
	})
	if err != nil {
		return d.denied(ctx, by, act, what, err)
	}
	return d.cfg.Store.Update(ctx, func(tx casework.Tx) error { return d.record(tx, by, act, what, "done") })
}

// change runs f in one transaction with the gate and the audit line.
func (d *Desk) change(ctx context.Context, by casework.Actor, act casework.Action, what string, f func(casework.Tx) error) error {
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if err := d.cfg.Gate.Check(tx, by, act, nil); err != nil {
			return err
		}
		if err := f(tx); err != nil {
			return err
		}
		return d.record(tx, by, act, what, "done")
	})
	return d.denied(ctx, by, act, what, err)
}

func (d *Desk) record(tx casework.Tx, by casework.Actor, act casework.Action, what, outcome string) error {
	line := casework.Line{At: d.now(), User: by.User, Name: by.Name, Via: by.Via, Act: string(act), What: what, Outcome: outcome}
	if len(by.Roles) > 0 {
		line.Role = by.Roles[0]
	}
	if err := d.cfg.Trail.Record(tx, line); err != nil {
		return fmt.Errorf("write the audit line: %w", err)
	}
	return nil
}

// denied records a refusal of the gate, which undid the transaction it
// happened in. It returns err, or why the denial could not be recorded.
func (d *Desk) denied(ctx context.Context, by casework.Actor, act casework.Action, what string, err error) error {
	if !errors.Is(err, casework.Forbidden) {
		return err
	}
	auditErr := d.cfg.Store.Update(context.WithoutCancel(ctx), func(tx casework.Tx) error { return d.record(tx, by, act, what, "denied") })
	if auditErr != nil {
		return fmt.Errorf("record a denial: %w", auditErr)
	}
	return err
}
