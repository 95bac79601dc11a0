package handoff

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// Custody reads from the ledger of this node who is responsible for a case here.
// Strong first waits until this node has applied all that was committed when it
// was asked; the error is then Unavailable if no leader can be reached.
func (d *Desk) Custody(ctx context.Context, by casework.Actor, id casework.CaseID, strong bool) (c casework.Custody, err error) {
	x := deed{by: by, act: casework.ReadCase, what: "custody", on: id}
	err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if err := d.check(tx, by, casework.ReadCase, id); err != nil {
			return err
		}
		local, err := casework.CaseOf(tx, id)
		if err != nil {
			return err
		}
		c = casework.Custody{Case: id, Handle: local.Handle, Owner: d.cfg.Self, Strong: strong}
		c.Missing = local.State == casework.HandedOver
		return d.record(tx, x, "done")
	})
	if err != nil {
		return casework.Custody{}, d.denied(ctx, x, err)
	}
	if strong {
		if _, err := d.cfg.Ledger.Fresh(ctx); err != nil {
			d.cfg.Log.Info("a strong read found no leader", "err", err)
			return casework.Custody{}, casework.Unavailable.Because("no leader answers now; ask for the local state instead")
		}
	}
	handle, err := ledger.ParseID(c.Handle)
	if err != nil {
		return casework.Custody{}, fmt.Errorf("handle of case %s: %w", id, err)
	}
	err = d.cfg.Ledger.View(func(v ledger.View) error {
		c.AsOf, _, _ = v.Head()
		if have, ok := v.Custody(handle); ok {
			c.Owner, c.Epoch, c.Since = casework.BalaiCode(have.Owner), have.Epoch, have.Since.Time()
			if !have.Open.IsZero() {
				c.Open = casework.HandoffID(have.Open.String())
			}
		}
		return nil
	})
	c.Missing = c.Missing && c.Owner == d.cfg.Self
	return c, err
}

// Status is how the desk stands, for the health page.
type Status struct {
	Cursor    uint64                           `json:"cursor"`          // last event whose effects are written
	Head      uint64                           `json:"head"`            // last event of the ledger here
	Diverged  bool                             `json:"diverged"`        // see ErrDiverged
	Restoring bool                             `json:"restoring"`       // back from a backup, not yet level
	Pending   int                              `json:"pending"`         // commands that wait
	Undecided int                              `json:"undecided"`       // commands that a person must decide about
	Oldest    time.Time                        `json:"oldest,omitzero"` // when the oldest that waits was made
	Fetching  int                              `json:"fetching"`        // packets on their way
	Awaited   []casework.HandoffID             `json:"awaited"`         // handoffs that these belong to
	Waiting   map[casework.BalaiCode]time.Time `json:"waiting"`         // when the oldest command that waits was made, by whom it is for; "" for the federation
	KeyAge    time.Duration                    `json:"keyAge"`          // of the sealing key in force
}

// Status returns how the desk stands now.
func (d *Desk) Status() (s Status, err error) {
	s.Diverged, s.Restoring = d.diverged.Load(), d.restored.Load()
	err = d.cfg.Ledger.View(func(v ledger.View) error {
		s.Head, _, _ = v.Head()
		if m, ok := v.Member(ledger.NodeID(d.cfg.Self)); ok {
			s.KeyAge = d.now().Sub(m.SealSince.Time())
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	d.fetchMu.Lock()
	s.Fetching, s.Awaited = len(d.wanted), slices.Collect(maps.Keys(d.wanted))
	d.fetchMu.Unlock()
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		at, err := loadCursor(tx)
		if err != nil {
			return err
		}
		s.Cursor, s.Waiting = at.N, map[casework.BalaiCode]time.Time{}
		rows, err := pendingOf(tx, func(outRow) bool { return true })
		for _, r := range rows {
			if r.State == Undecided {
				s.Undecided++
				continue
			}
			s.Pending++
			if s.Oldest.IsZero() {
				s.Oldest = r.Created
			}
			if at, seen := s.Waiting[r.To]; !seen || r.Created.Before(at) {
				s.Waiting[r.To] = r.Created
			}
		}
		return err
	})
	return s, err
}
