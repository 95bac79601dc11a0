package handoff

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// Reconciled is what came of a restore: the cases of this balai against the
// ledger, and the commands that waited in the backup.
type Reconciled struct {
	At        time.Time            `json:"at"`
	AsOf      uint64               `json:"asOf"`                // event up to which it was compared
	Cases     int                  `json:"cases"`               // compared
	Archived  []casework.CaseID    `json:"archived,omitempty"`  // were handed over after the backup
	Missing   []string             `json:"missing,omitempty"`   // handles of cases that are ours and not here
	Undecided []casework.HandoffID `json:"undecided,omitempty"` // wait for a person: see Decide
}

// holdRestored looks whether this node comes from a backup. If so, what waited
// in its outbox then does not go out again by itself: perhaps it was committed,
// perhaps people have decided otherwise since.
func (d *Desk) holdRestored() error {
	var since json.RawMessage
	err := d.cfg.Store.View(func(tx casework.Tx) error {
		found, err := tx.Get(casework.Settings, casework.NodeOwner, restoredRow, &since)
		d.restored.Store(found)
		return err
	})
	if err != nil || !d.restored.Load() {
		return err
	}
	return d.cfg.Store.Update(context.Background(), func(tx casework.Tx) error {
		rows, err := pendingOf(tx, func(r outRow) bool { return r.State == Pending })
		for i := 0; err == nil && i < len(rows); i++ {
			r := rows[i]
			if !r.stored() && r.Handoff == "" { // about this node itself: it is made anew
				err = d.end(tx, r, Rejected, "this node was restored from a backup", 0)
				continue
			}
			r.State = Undecided
			err = putOut(tx, r)
		}
		return err
	})
}

// finishRestore ends a restore once the effects of all that was committed are
// written here. The pull has done most of it: handoffs made after the backup
// were followed event by event, and rows that the ledger has were closed by the
// ids of their commands.
func (d *Desk) finishRestore(ctx context.Context, at cursor) error {
	if !d.restored.Load() {
		return nil
	}
	asOf, err := d.cfg.Ledger.Fresh(ctx)
	if err != nil {
		return fmt.Errorf("a restored node waits for a leader: %w", err)
	}
	if asOf > at.N {
		return nil // pull on
	}
	theirs, err := d.ownCustodies()
	if err != nil {
		return err
	}
	var report Reconciled
	err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		report = Reconciled{At: d.now(), AsOf: at.N}
		if err := d.compareCases(tx, theirs, &report); err != nil {
			return err
		}
		rows, err := pendingOf(tx, func(r outRow) bool { return r.State == Undecided })
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.Handoff == "" || r.Receipt { // nobody needs to decide these
				if err := d.end(tx, r, Rejected, "this node was restored from a backup", 0); err != nil {
					return err
				}
				continue
			}
			report.Undecided = append(report.Undecided, r.Handoff)
		}
		if err := tx.Delete(casework.Settings, casework.NodeOwner, restoredRow); err != nil {
			return err
		}
		return tx.Put(casework.Settings, casework.NodeOwner, doneRow, report)
	})
	if err != nil {
		return fmt.Errorf("reconcile after a restore: %w", err)
	}
	d.restored.Store(false)
	d.cfg.Log.Warn("this node was restored and is level with the ledger",
		"cases", report.Cases, "archived", len(report.Archived), "missing", len(report.Missing), "undecided", len(report.Undecided))
	d.outbox.kick()
	return nil
}

// ownCustodies copies the custody of all cases that the ledger knows.
func (d *Desk) ownCustodies() (map[string]ledger.Custody, error) {
	all := map[string]ledger.Custody{}
	err := d.cfg.Ledger.View(func(v ledger.View) error {
		v.Custodies(func(c ledger.Custody) bool {
			all[c.Case.String()] = c
			return true
		})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the custodies: %w", err)
	}
	return all, nil
}

// compareCases looks at each case here by owner and epoch. One that another
// balai has is archived already by the pull, if its handoff was followed; what
// is left is told to people.
func (d *Desk) compareCases(tx casework.Tx, theirs map[string]ledger.Custody, report *Reconciled) error {
	here := map[string]bool{}
	self := ledger.NodeID(d.cfg.Self)
	err := tx.All(casework.Cases, func(_, _ string, decode func(any) error) (bool, error) {
		var c casework.Case
		if err := decode(&c); err != nil {
			return false, err
		}
		report.Cases++
		custody, known := theirs[c.Handle]
		here[c.Handle] = c.State != casework.HandedOver
		if known && custody.Owner != self && c.State == casework.HandedOver {
			report.Archived = append(report.Archived, c.ID)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for handle, c := range theirs {
		if c.Owner == self && !here[handle] {
			report.Missing = append(report.Missing, handle)
		}
	}
	return nil
}

// LastReconciled returns what came of the last restore; false if there was none.
func (d *Desk) LastReconciled() (r Reconciled, ok bool, err error) {
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		ok, err = tx.Get(casework.Settings, casework.NodeOwner, doneRow, &r)
		return err
	})
	return r, ok, err
}

// Decide says what becomes of a command that waited in a backup: it is sent
// after all, or dropped and what was done here because of it undone. The error
// is NotFound if no such row is undecided.
func (d *Desk) Decide(ctx context.Context, by casework.Actor, outID string, send bool) error {
	x := deed{by: by, act: casework.Offer, what: "undecided command"}
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		r, waiting, err := loadOut(tx, outID)
		if err != nil {
			return err
		}
		if !waiting || r.State != Undecided {
			return casework.NotFound.Because("no such command waits for a decision")
		}
		rec, err := needRecord(tx, r.Handoff)
		if err != nil {
			return err
		}
		if gate, ok := gates[r.act()]; ok {
			x.act = gate
		}
		x.handoff, x.on = r.Handoff, rec.Case
		if err := d.check(tx, by, x.act, rec.Case); err != nil {
			return err
		}
		if err := d.record(tx, x, "done"); err != nil {
			return err
		}
		if !send {
			return d.reject(tx, r, "dropped after this node was restored from a backup")
		}
		r.State = Pending
		tx.After(d.outbox.kick)
		return putOut(tx, r)
	})
	return d.denied(ctx, x, err)
}
