package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"serasi/node/casework"
)

// Gate decides who may do what, as in the use cases on cases.
type Gate interface {
	Check(tx casework.Tx, by casework.Actor, act casework.Action, c *casework.Case) error
}

// Trail is the audit trail.
type Trail interface {
	Record(tx casework.Tx, line casework.Line) error
}

// Cases are the use cases on cases that an exchange needs. caseload.Cases is
// one.
type Cases interface {
	// Enter opens a case that was begun elsewhere, inside a transaction.
	Enter(tx casework.Tx, by casework.Actor, l casework.Legacy) (casework.Case, casework.Mark, error)
	// Withdraw takes an entered case back if nobody has touched it; why says
	// why it stays.
	Withdraw(tx casework.Tx, by casework.Actor, id casework.CaseID, mark casework.Mark) (why string, err error)
}

// Files holds the contents of documents.
type Files interface {
	OpenBlob(owner, name string) (io.ReadCloser, error)
}

// Config is what a Desk needs. All but Log is required.
type Config struct {
	Store   casework.Store
	Gate    Gate
	Trail   Trail
	Cases   Cases
	Files   Files
	Doubles func(p casework.Person, limit int) []casework.Match         // who may be registered as p already
	Forget  func(casework.CaseID)                                       // takes a case out of the index
	Shred   func(ctx context.Context, owners ...string) error           // erases owners for good
	Copy    func(casework.Tx, casework.CaseID) (casework.Bundle, error) // all that is kept of a case
	Clock   func() time.Time
	NewID   func() string
	Balai   casework.BalaiCode
	Zone    *time.Location
	Log     *slog.Logger // nil: discard
}

// Check returns all that is wrong with c.
func (c Config) Check() error {
	var errs []error
	for _, part := range []struct {
		name    string
		missing bool
	}{
		{"Store", c.Store == nil}, {"Gate", c.Gate == nil}, {"Trail", c.Trail == nil}, {"Cases", c.Cases == nil}, {"Files", c.Files == nil},
		{"Doubles", c.Doubles == nil}, {"Forget", c.Forget == nil}, {"Shred", c.Shred == nil}, {"Copy", c.Copy == nil}, {"Clock", c.Clock == nil},
		{"NewID", c.NewID == nil}, {"Zone", c.Zone == nil}, {"Balai", !casework.IsBalai(c.Balai)},
	} {
		if part.missing {
			errs = append(errs, errors.New("exchange: "+part.name+" is missing"))
		}
	}
	return errors.Join(errs...)
}

// Desk holds the use cases on imports and archives. Long work is done by Run;
// all methods may be called at once.
type Desk struct {
	cfg  Config
	bell chan struct{} // there is work

	mu   sync.Mutex    // guards step
	step chan struct{} // closed and made new at each step of the work
}

// New returns the use cases. Nothing long moves before Run.
func New(c Config) (*Desk, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Desk{cfg: c, bell: make(chan struct{}, 1), step: make(chan struct{})}, nil
}

func (d *Desk) now() time.Time { return d.cfg.Clock().UTC().Round(0) }

// ring wakes Run.
func (d *Desk) ring() {
	select {
	case d.bell <- struct{}{}:
	default: // a token is waiting; one is enough
	}
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

// look runs f for somebody who may prepare imports, then records it.
func (d *Desk) look(ctx context.Context, by casework.Actor, what string, f func(casework.Tx) error) error {
	err := d.cfg.Store.View(func(tx casework.Tx) error {
		if err := d.cfg.Gate.Check(tx, by, casework.PrepareImport, nil); err != nil {
			return err
		}
		return f(tx)
	})
	if err != nil {
		return d.denied(ctx, by, casework.PrepareImport, what, err)
	}
	return d.cfg.Store.Update(ctx, func(tx casework.Tx) error { return d.record(tx, by, casework.PrepareImport, what, "done") })
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
