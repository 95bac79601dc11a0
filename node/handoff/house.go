package handoff

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// anchored is the row that says what of the audit trail the ledger was told.
type anchored struct {
	Count uint64    `json:"count"`
	At    time.Time `json:"at"`
}

// anchorIfDue queues the head of the audit trail for the ledger, where this node
// cannot change it any more.
func (d *Desk) anchorIfDue(ctx context.Context) error {
	self, ok, err := d.member(d.cfg.Self)
	if err != nil || !ok || self.Standing != ledger.Active {
		return err
	}
	return d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		var last anchored
		if _, err := tx.Get(casework.Settings, casework.NodeOwner, anchorRow, &last); err != nil {
			return fmt.Errorf("read the last anchor: %w", err)
		}
		if d.now().Sub(last.At) < d.cfg.AnchorEvery {
			return nil
		}
		waiting, err := pendingOf(tx, func(r outRow) bool { return r.Anchor != nil })
		if err != nil || len(waiting) > 0 {
			return err
		}
		count, hash, err := d.cfg.Trail.Head(tx)
		if err != nil || count <= self.Audit.Count {
			return err
		}
		body := &ledger.AnchorBody{Count: count}
		if n, err := hex.Decode(body.Head[:], []byte(hash)); err != nil || n != len(body.Head) {
			return fmt.Errorf("the head of the audit trail is no SHA-256")
		}
		row := outRow{Queued: casework.Queued{Act: ledger.Anchor.String()}, Anchor: body}
		if err := d.enqueue(tx, &row); err != nil {
			return err
		}
		return tx.Put(casework.Settings, casework.NodeOwner, anchorRow, anchored{Count: count, At: d.now()})
	})
}

// tidy drops what handoffs that ended have kept for their time: the packet of
// one that moved nothing at once, that of one that was received after
// KeepSealed, and what was told about people that never came here likewise.
func (d *Desk) tidy(ctx context.Context) error {
	var due []record
	err := d.cfg.Store.View(func(tx casework.Tx) error {
		return eachRecord(tx, "", func(r record) (bool, error) {
			if d.droppable(r) || d.forgettable(r) {
				due = append(due, r)
			}
			return true, nil
		})
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range due {
		if d.droppable(r) {
			errs = append(errs, d.dropPacket(ctx, r))
		}
	}
	return errors.Join(append(errs, d.forgetStrangers(ctx, slices.DeleteFunc(due, func(r record) bool { return !d.forgettable(r) })))...)
}

// forgetStrangers destroys what was told about people who never came here. The
// keys go first, so that a crash between leaves something to do again.
func (d *Desk) forgetStrangers(ctx context.Context, due []record) error {
	if len(due) == 0 {
		return nil
	}
	owners := make([]string, len(due))
	for i, r := range due {
		owners[i] = r.Held
	}
	if d.cfg.Shred != nil {
		if err := d.cfg.Shred(ctx, owners...); err != nil {
			return fmt.Errorf("destroy what was told of people who never came: %w", err)
		}
	}
	var errs []error
	for _, r := range due {
		errs = append(errs, d.forgetParcel(ctx, r.ID))
	}
	return errors.Join(errs...)
}

// droppable reports whether the packet of r has had its time at its source.
func (d *Desk) droppable(r record) bool {
	if r.Box != casework.Out || !r.ended() || r.Packed == nil && len(r.Ready) == 0 {
		return false
	}
	return r.Stage != ledger.Received.String() || d.now().Sub(r.Ended) > d.cfg.KeepSealed
}

func (d *Desk) dropPacket(ctx context.Context, r record) error {
	for _, f := range r.Ready {
		if err := d.cfg.Files.DropPacket(f.Name); err != nil {
			return fmt.Errorf("drop a packet: %w", err)
		}
	}
	if r.Packed != nil {
		if err := d.cfg.Files.DropBlob(r.Packed.Blob); err != nil {
			return fmt.Errorf("drop a packet: %w", err)
		}
	}
	return d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		now, err := needRecord(tx, r.ID)
		if err != nil {
			return err
		}
		now.Packed, now.Ready, now.Packet = nil, nil, packetGone
		return putRecord(tx, now)
	})
}

// forgettable reports whether r is about somebody who never came here, and long
// over.
func (d *Desk) forgettable(r record) bool {
	return r.Box == casework.In && r.Case == "" && r.Held != "" && r.ended() && d.now().Sub(r.Ended) > d.cfg.KeepSealed
}

func (d *Desk) forgetParcel(ctx context.Context, id casework.HandoffID) error {
	return d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		now, err := needRecord(tx, id)
		if err != nil {
			return err
		}
		if err := tx.Delete(casework.Parcels, now.Held, string(id)); err != nil {
			return fmt.Errorf("drop a parcel: %w", err)
		}
		now.Held = ""
		return putRecord(tx, now)
	})
}

// Blobs calls f for the name of each blob that handoffs still need. Whoever
// sweeps blobs that no row names must keep these.
func (d *Desk) Blobs(f func(name string)) error {
	return d.cfg.Store.View(func(tx casework.Tx) error {
		return eachRecord(tx, "", func(r record) (bool, error) {
			if r.Packed != nil {
				f(r.Packed.Blob)
			}
			return true, nil
		})
	})
}
