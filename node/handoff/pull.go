package handoff

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

const pullBatch = 256 // events whose effects share a transaction

// ErrDiverged means that the ledger of this node does not contain what effects
// were written from before: its disk was exchanged, or its history was. No
// handoff and no edit is possible until people have found out which is true.
var ErrDiverged = errors.New("handoff: the ledger here is not the one that was followed")

// ErrBehind means that the ledger of this node has not yet come as far as it was
// followed before, because it is being rebuilt. Nothing is lost: wait.
var ErrBehind = errors.New("handoff: the ledger here is behind what was followed")

func loadCursor(tx casework.Tx) (c cursor, err error) {
	if _, err := tx.Get(casework.Settings, casework.NodeOwner, cursorRow, &c); err != nil {
		return c, fmt.Errorf("read the cursor: %w", err)
	}
	return c, nil
}

// Pull writes the effects of all events since the cursor. Effects and cursor go
// into one transaction, so a crash loses nothing and doubles nothing. Run calls
// it; only one call may run at a time. The error is ErrDiverged, ErrBehind, or
// one of the store or the ledger.
func (d *Desk) Pull(ctx context.Context) error {
	for {
		var at cursor
		err := d.cfg.Store.View(func(tx casework.Tx) (err error) {
			at, err = loadCursor(tx)
			return err
		})
		if err != nil {
			return err
		}
		if err := d.sameHistory(at); err != nil {
			return err
		}
		events, err := d.cfg.Ledger.Since(at.N, pullBatch)
		if err != nil {
			return fmt.Errorf("read events after %d: %w", at.N, err)
		}
		if len(events) == 0 {
			return d.finishRestore(ctx, at)
		}
		d.cfg.Point("pull.before")
		if err := d.pullBatch(ctx, at, events); err != nil {
			return err
		}
		d.cfg.Point("pull.after")
	}
}

// sameHistory compares the ledger with the cursor.
func (d *Desk) sameHistory(at cursor) error {
	var hash ledger.Hash
	var known bool
	var head uint64
	err := d.cfg.Ledger.View(func(v ledger.View) error {
		var last ledger.Time
		head, _, last = v.Head()
		d.heard.Store(int64(last))
		hash, known = v.HashAt(at.N)
		return nil
	})
	switch {
	case err != nil:
		return fmt.Errorf("read the ledger: %w", err)
	case at.N == 0:
		return nil
	case !known || head < at.N:
		return fmt.Errorf("%w: event %d of %d", ErrBehind, head, at.N)
	case hash != at.Hash:
		d.diverged.Store(true)
		return fmt.Errorf("%w: event %d", ErrDiverged, at.N)
	}
	d.diverged.Store(false)
	return nil
}

// seen is one event with all that its effect needs, read and opened before the
// transaction.
type seen struct {
	ledger.Event
	cmd     ledger.Command // zero for events of the clock
	h       ledger.Handoff // as the ledger has it now, perhaps later than the event
	step    ledger.StepBody
	payload []byte
	summary *casework.Summary
	word    *word
	digest  ledger.Hash // of the text of word
	closed  bool        // the payload did not open
}

func (d *Desk) pullBatch(ctx context.Context, at cursor, events []ledger.Event) error {
	ours, err := d.gather(events)
	if err != nil {
		return err
	}
	keys := d.keys()
	for i := range ours {
		d.openPayload(keys, &ours[i])
	}
	last := events[len(events)-1]
	var ends []func(error)
	for _, s := range ours {
		if s.Subject.Kind == ledger.OfHandoff {
			ends = append(ends, d.cfg.Step(casework.HandoffID(s.Subject.ID().String()), "follow "+s.Act.String()))
		}
	}
	err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		now, err := loadCursor(tx)
		if err != nil {
			return err
		}
		if now != at {
			return fmt.Errorf("the cursor moved from %d to %d meanwhile", at.N, now.N)
		}
		for _, s := range ours {
			if err := d.effect(tx, s); err != nil {
				return fmt.Errorf("event %d, %s: %w", s.N, s.Act, err)
			}
		}
		return tx.Put(casework.Settings, casework.NodeOwner, cursorRow, cursor{N: last.N, Hash: last.Hash})
	})
	for _, end := range ends {
		end(err)
	}
	return err
}

// gather picks the events that concern this balai and copies what they need out
// of the ledger in one short view.
func (d *Desk) gather(events []ledger.Event) (ours []seen, err error) {
	self := ledger.NodeID(d.cfg.Self)
	err = d.cfg.Ledger.View(func(v ledger.View) error {
		for _, e := range events {
			s := seen{Event: e}
			if !e.Derived() {
				if s.cmd, err = e.Command(); err != nil {
					return fmt.Errorf("event %d: %w", e.N, err)
				}
				if b, ok := s.cmd.Body.(*ledger.StepBody); ok {
					s.step = *b
				}
			}
			switch e.Subject.Kind {
			case ledger.OfHandoff:
				s.h, _ = v.Handoff(e.Subject.ID())
				if s.h.Side(self) == 0 {
					continue
				}
				if e.Actor != self && !s.cmd.Payload.IsZero() {
					s.payload = v.Payload(s.h.ID, e.N)
				}
			case ledger.OfCase:
			default:
				if e.Actor != self {
					continue
				}
			}
			ours = append(ours, s)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	return ours, nil
}

// openPayload opens what the other side sealed. HPKE proves no sender: that is
// why the ledger has checked the signature first, and the digest is checked
// here. What does not open, because its key died with an old disk, leaves a gap
// that people see.
func (d *Desk) openPayload(keys keyring, s *seen) {
	if len(s.payload) == 0 {
		return
	}
	if sha256.Sum256(s.payload) != s.cmd.Payload {
		s.closed = true
		return
	}
	at := place{Federation: d.cfg.Federation, Handoff: s.h.ID, From: s.Actor, To: ledger.NodeID(d.cfg.Self), Part: s.Act.String()}
	var err error
	if s.Act == ledger.Offer {
		at.Part, s.summary = partSummary, new(casework.Summary)
		_, err = openText(s.payload, keys, at, s.summary)
	} else {
		var text []byte
		s.word = new(word)
		text, err = openText(s.payload, keys, at, s.word)
		s.digest = sha256.Sum256(text)
	}
	if err != nil {
		d.cfg.Log.Warn("what came with an event does not open", "event", s.N, "handoff", s.h.ID, "err", err)
		s.summary, s.word, s.closed = nil, nil, true
	}
}
