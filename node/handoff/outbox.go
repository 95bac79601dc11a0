package handoff

import (
	"fmt"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// States of an outbox row. They are stored and shown.
const (
	Pending   = "pending"
	Committed = "committed"
	Rejected  = "rejected"
	Undecided = "undecided" // waited when a backup was made: a person decides whether it still holds
)

// outRow is a row of Outbox: one command on its way to the ledger. A row that
// ended moves to the owner sentOwner, so that those that wait are few.
type outRow struct {
	casework.Queued
	Handle   string             `json:"handle,omitempty"` // case, for the words of a rejection
	Prev     ledger.Hash        `json:"prev"`             // head of the subject as the person saw it
	Offer    *ledger.OfferBody  `json:"offer,omitempty"`
	Step     *ledger.StepBody   `json:"step,omitempty"`
	Rotate   *ledger.RotateBody `json:"rotate,omitempty"`
	Anchor   *ledger.AnchorBody `json:"anchor,omitempty"`
	Held     string             `json:"held,omitempty"`    // owner of the words that go sealed with it
	HasWord  bool               `json:"hasWord,omitempty"` // there are some
	Staff    ledger.Staff       `json:"staff"`
	By       casework.UserID    `json:"by,omitempty"`
	Receipt  bool               `json:"receipt,omitempty"` // deliver and read: made by the node
	Command  ledger.ID          `json:"command"`           // id of the command below
	Bytes    []byte             `json:"bytes,omitempty"`   // as signed: the same for ever
	Sig      [64]byte           `json:"sig"`
	Payload  []byte             `json:"payload,omitempty"`
	SealedTo []byte             `json:"sealedTo,omitempty"`
	PeerRaft ledger.RaftID      `json:"peerRaft"`
}

// sentOwner owns the outbox rows that have ended.
const sentOwner = "sent"

func (r outRow) act() ledger.Act {
	a, _ := ledger.ParseAct(r.Act)
	return a
}

// stored reports whether bytes of this row may have been sent.
func (r outRow) stored() bool { return len(r.Bytes) > 0 }

func (r outRow) proposal() ledger.Proposal {
	return ledger.Proposal{Signed: ledger.Signed{Bytes: r.Bytes, Sig: r.Sig}, Payload: r.Payload}
}

// forget drops the bytes, so that the row is sealed and signed anew. It is only
// for a command that can never take effect any more.
func (r *outRow) forget() {
	r.Command, r.Bytes, r.Sig, r.Payload = ledger.ID{}, nil, [64]byte{}, nil
}

// enqueue gives r an id, the next in order, and writes it. The worker is called
// once the transaction is durable.
func (d *Desk) enqueue(tx casework.Tx, r *outRow) error {
	var last uint64
	if _, err := tx.Get(casework.Settings, casework.NodeOwner, counterRow, &last); err != nil {
		return fmt.Errorf("read the outbox counter: %w", err)
	}
	last++
	if err := tx.Put(casework.Settings, casework.NodeOwner, counterRow, last); err != nil {
		return fmt.Errorf("write the outbox counter: %w", err)
	}
	r.ID, r.State, r.Created = fmt.Sprintf("%016x", last), Pending, d.now()
	tx.After(d.outbox.kick)
	return putOut(tx, *r)
}

func putOut(tx casework.Tx, r outRow) error {
	if err := tx.Put(casework.Outbox, casework.NodeOwner, r.ID, r); err != nil {
		return fmt.Errorf("write outbox row %s: %w", r.ID, err)
	}
	return nil
}

// pendingOf returns the rows that have not ended and that want is true of, in
// order.
func pendingOf(tx casework.Tx, want func(outRow) bool) (rows []outRow, err error) {
	err = tx.Each(casework.Outbox, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
		var r outRow
		if err := decode(&r); err != nil {
			return false, err
		}
		if want(r) {
			rows = append(rows, r)
		}
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the outbox: %w", err)
	}
	return rows, nil
}

func loadOut(tx casework.Tx, id string) (r outRow, waits bool, err error) {
	waits, err = tx.Get(casework.Outbox, casework.NodeOwner, id, &r)
	if err != nil {
		return r, false, fmt.Errorf("read outbox row %s: %w", id, err)
	}
	return r, waits, nil
}

// wordRow is the row of Parcels for what a person wrote with an act that waits.
// It lies with the case, so that it is erased with it.
func wordRow(outID string) string { return "word " + outID }

func (d *Desk) putWord(tx casework.Tx, r outRow, w word) error {
	if err := tx.Put(casework.Parcels, r.Held, wordRow(r.ID), w); err != nil {
		return fmt.Errorf("write the words of outbox row %s: %w", r.ID, err)
	}
	return nil
}

func loadWord(tx casework.Tx, r outRow) (w word, err error) {
	if !r.HasWord {
		return w, nil
	}
	if _, err := tx.Get(casework.Parcels, r.Held, wordRow(r.ID), &w); err != nil {
		return w, fmt.Errorf("read the words of outbox row %s: %w", r.ID, err)
	}
	return w, nil
}

// end closes r. What was written on it has gone to the talk of the handoff, or
// is of no use any more, and what was sealed is in the ledger or void.
func (d *Desk) end(tx casework.Tx, r outRow, state, reason string, event uint64) error {
	r.State, r.Reason, r.Event, r.Ended = state, reason, event, d.now()
	if r.HasWord {
		if err := tx.Delete(casework.Parcels, r.Held, wordRow(r.ID)); err != nil {
			return fmt.Errorf("drop the words of outbox row %s: %w", r.ID, err)
		}
	}
	r.HasWord, r.Bytes, r.Payload, r.Sig = false, nil, nil, [64]byte{}
	tx.After(func() { d.outbox.forget(r.ID) })
	if err := tx.Put(casework.Outbox, sentOwner, r.ID, r); err != nil {
		return fmt.Errorf("close outbox row %s: %w", r.ID, err)
	}
	if err := tx.Delete(casework.Outbox, casework.NodeOwner, r.ID); err != nil {
		return fmt.Errorf("close outbox row %s: %w", r.ID, err)
	}
	return nil
}

// reject closes a row that can never take effect, and undoes what was done here
// because of it.
func (d *Desk) reject(tx casework.Tx, r outRow, words string) error {
	if err := d.end(tx, r, Rejected, words, 0); err != nil {
		return err
	}
	if r.Offer == nil {
		return nil
	}
	rec, found, err := loadRecord(tx, r.Handoff)
	if err != nil || !found || rec.Stage != stageQueued {
		return err
	}
	rec.Stage, rec.Ended, rec.Reason = stageRejected, d.now(), words
	if rec.Kind == casework.Transfer {
		if _, err := d.cfg.Cases.Thaw(tx, rec.Case, rec.ID); err != nil && !settled(err) {
			return fmt.Errorf("thaw case %s: %w", rec.Case, err)
		}
	}
	return putRecord(tx, rec)
}

// ofHandoff selects the rows of one handoff.
func ofHandoff(id casework.HandoffID) func(outRow) bool {
	return func(r outRow) bool { return r.Handoff == id }
}

// pendingAct returns what people here have asked of a handoff and the ledger has
// not answered yet; the last of it, if there are two.
func pendingAct(tx casework.Tx, id casework.HandoffID) (r outRow, found bool, err error) {
	rows, err := pendingOf(tx, func(r outRow) bool { return r.Handoff == id && !r.Receipt })
	if err != nil || len(rows) == 0 {
		return outRow{}, false, err
	}
	return rows[len(rows)-1], true, nil
}
