package handoff

import (
	"errors"
	"fmt"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// Rows of Settings that are ours. The names are stored.
const (
	cursorRow   = "handoff cursor"
	keysRow     = "sealing keys"
	counterRow  = "outbox counter"
	anchorRow   = "anchored"
	restoredRow = "restored"   // written by a restore; gone once it is reconciled
	doneRow     = "reconciled" // what came of the last one
)

// cursor says up to which event effects were written here. The hash tells
// whether the ledger is still the one they came from.
type cursor struct {
	N    uint64      `json:"n"`
	Hash ledger.Hash `json:"hash"`
}

// Words of Handoff.Packet.
const (
	packetNone     = "none"
	packetSealed   = "sealed"   // at the source, ready to be fetched
	packetFetching = "fetching" // at the destination, on its way
	packetHere     = "here"     // at the destination, whole and checked
	packetGone     = "gone"     // dropped after its time
)

// Stage of a handoff that the ledger does not have yet, and of an offer that it
// refused for good.
const (
	stageQueued   = "queued"
	stageRejected = "rejected"
)

// record is a row of Handoffs: a casework.Handoff, as other rooms read it, and
// what only this room needs. Talk and Summary lie in a parcel.
type record struct {
	casework.Handoff
	Held     string                `json:"held"` // owner of the parcel
	Head     ledger.Hash           `json:"head"` // of the handoff, as pulled
	Last     string                `json:"lastBy,omitempty"`
	Content  ledger.Hash           `json:"content"`
	Packed   *packed               `json:"packed,omitempty"`   // source: the packet as offered
	SealedTo []byte                `json:"sealedTo,omitempty"` // source: public key the offer names
	PeerRaft ledger.RaftID         `json:"peerRaft"`           // source: incarnation of the destination that has it
	SealKey  ledger.KeyID          `json:"sealKey"`            // the key the offer names
	Accepted bool                  `json:"accepted,omitempty"` // was accepted once
	Arrives  casework.CaseID       `json:"arrives,omitempty"`  // destination: id of the case, if its handle is new
	Follow   string                `json:"follow,omitempty"`   // addenda of the other end: wanted, here
	Ready    map[string]sealedFile `json:"ready,omitempty"`    // parts sealed for the other end, by name
	Basis    casework.Basis        `json:"basis,omitempty"`    // source: what the sending rests on
	Salt     string                `json:"salt"`               // of staff pseudonyms
}

// Words of record.Follow.
const (
	followWanted = "wanted"
	followHere   = "here"
)

// sealedFile is a part of a packet as sealed for the other end.
type sealedFile struct {
	Name   string   `json:"name"`
	Size   int64    `json:"size"`
	Digest [32]byte `json:"digest"` // of the sealed bytes
	Key    string   `json:"key"`    // id of the key it is sealed to
}

// parcel is a row of Parcels: what people wrote and may read at this end.
type parcel struct {
	Summary *casework.Summary  `json:"summary,omitempty"`
	Terms   *casework.NewOffer `json:"terms,omitempty"` // source: the offer as it was made
	Talk    []casework.Remark  `json:"talk,omitempty"`
}

func (r record) id() ledger.ID {
	id, _ := ledger.ParseID(string(r.ID)) // ids of rows were checked when they came in
	return id
}

func (r record) other() casework.BalaiCode {
	if r.Box == casework.In {
		return r.From
	}
	return r.To
}

// asLedger is r as the table of moves sees it.
func (r record) asLedger() ledger.Handoff {
	stage, _ := ledger.ParseStage(r.Stage)
	return ledger.Handoff{ID: r.id(), Kind: kindOf(r.Kind), From: ledger.NodeID(r.From), To: ledger.NodeID(r.To), Stage: stage}
}

func (r record) ended() bool {
	stage, ok := ledger.ParseStage(r.Stage)
	return r.Stage == stageRejected || !r.Aside.IsZero() || ok && stage.Ended()
}

func kindOf(k casework.HandoffKind) ledger.HandoffKind {
	if k == casework.Referral {
		return ledger.Referral
	}
	return ledger.Transfer
}

func kindWord(k ledger.HandoffKind) casework.HandoffKind {
	if k == ledger.Referral {
		return casework.Referral
	}
	return casework.Transfer
}

func loadRecord(tx casework.Tx, id casework.HandoffID) (r record, found bool, err error) {
	found, err = tx.Get(casework.Handoffs, casework.NodeOwner, string(id), &r)
	if err != nil {
		return r, false, fmt.Errorf("read handoff %s: %w", id, err)
	}
	return r, found, nil
}

func needRecord(tx casework.Tx, id casework.HandoffID) (record, error) {
	r, found, err := loadRecord(tx, id)
	if err == nil && !found {
		err = casework.NotFound.Because("there is no such handoff")
	}
	return r, err
}

func putRecord(tx casework.Tx, r record) error {
	r.Talk, r.Summary, r.Actions, r.Prepares = nil, nil, nil, nil // these have their own place
	if err := tx.Put(casework.Handoffs, casework.NodeOwner, string(r.ID), r); err != nil {
		return fmt.Errorf("write handoff %s: %w", r.ID, err)
	}
	return nil
}

func loadParcel(tx casework.Tx, r record) (p parcel, err error) {
	if _, err := tx.Get(casework.Parcels, r.Held, string(r.ID), &p); err != nil {
		return p, fmt.Errorf("read parcel of handoff %s: %w", r.ID, err)
	}
	return p, nil
}

func putParcel(tx casework.Tx, r record, p parcel) error {
	if err := tx.Put(casework.Parcels, r.Held, string(r.ID), p); err != nil {
		return fmt.Errorf("write parcel of handoff %s: %w", r.ID, err)
	}
	return nil
}

// eachRecord calls f for all handoffs in order of id from one on.
func eachRecord(tx casework.Tx, from string, f func(record) (bool, error)) error {
	return tx.Each(casework.Handoffs, casework.NodeOwner, from, func(_ string, decode func(any) error) (bool, error) {
		var r record
		if err := decode(&r); err != nil {
			return false, err
		}
		return f(r)
	})
}

// inWords is what people may read of an error.
func inWords(err error) string {
	if _, words := casework.Explain(err); words != "" {
		return words
	}
	return "a fault of this node; see its log"
}

// settled reports whether err is a refusal of a use case and not a fault of the
// store: to try again would change nothing.
func settled(err error) bool {
	for _, kind := range []casework.Kind{casework.Conflict, casework.Frozen, casework.NotFound, casework.Invalid, casework.Unsupported} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}
