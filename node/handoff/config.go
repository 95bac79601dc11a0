package handoff

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// Ledger is the replicated log. replication.Log is one.
type Ledger interface {
	// Propose returns the ledger's answer: an event or a refusal. An error is
	// no answer: nobody knows, and the same bytes must be sent again.
	Propose(ctx context.Context, p ledger.Proposal) (ledger.Result, error)
	// Since returns at most limit durable events after number n, oldest first.
	Since(n uint64, limit int) ([]ledger.Event, error)
	// Subscribe returns a bell that rings after new events. A ring carries no
	// data, and a lost one costs only time.
	Subscribe() (bell <-chan struct{}, cancel func())
	// View runs f on the durable state. f must be quick.
	View(f func(ledger.View) error) error
	// Fresh waits until this node has applied all that was committed when it
	// was called, and returns the number of the last event then.
	Fresh(ctx context.Context) (asOf uint64, err error)
}

// Packing takes cases apart and puts them together, inside our transactions.
type Packing interface {
	// Export returns the file of a case as it would travel now.
	Export(tx casework.Tx, id casework.CaseID) (casework.Bundle, error)
	// Place returns the case here that has a handle, if it ever travelled.
	Place(tx casework.Tx, handle string) (casework.CaseID, bool, error)
	// Adopt stores a bundle as an arriving case; again, it adds nothing.
	Adopt(tx casework.Tx, b casework.Bundle, a casework.Arrival) (casework.Case, error)
	// Addenda returns what was written here while a transfer was under way.
	Addenda(tx casework.Tx, id casework.CaseID, h casework.HandoffID) (casework.Addenda, error)
	// Attach adds what the other end wrote meanwhile; again, it adds nothing.
	Attach(tx casework.Tx, id casework.CaseID, from casework.BalaiCode, a casework.Addenda, blobs map[casework.DocumentID]string) error
}

// Moves does to a case what the ledger says, inside our transactions. All of
// it is idempotent by handoff.
type Moves interface {
	// Freeze puts a case on offer. It is Conflict if the case changed since mark.
	Freeze(tx casework.Tx, by casework.UserID, id casework.CaseID, mark casework.Mark, h casework.HandoffID, to casework.BalaiCode) (casework.Case, error)
	// Thaw makes it editable again after an offer that moved nothing.
	Thaw(tx casework.Tx, id casework.CaseID, h casework.HandoffID) (casework.Case, error)
	// HandOver leaves a stub of a case that another balai has received.
	HandOver(tx casework.Tx, s casework.Stub) (casework.Case, error)
	// TakeOver makes an arriving case editable here.
	TakeOver(tx casework.Tx, id casework.CaseID, h casework.HandoffID, epoch uint64) (casework.Case, error)
	// TakeBack makes a case that went elsewhere editable here again: officers
	// said so.
	TakeBack(tx casework.Tx, id casework.CaseID, h casework.HandoffID, epoch uint64) (casework.Case, error)
	// Release ends the arrival of a case that was not received.
	Release(tx casework.Tx, id casework.CaseID, h casework.HandoffID) (casework.Case, error)
	// SawEpoch notes the custody epoch; it never goes back.
	SawEpoch(tx casework.Tx, id casework.CaseID, epoch uint64) error
}

// Cases are the use cases on local cases. caseload.Cases is one.
type Cases interface {
	Packing
	Moves
	// Link notes a referral of a case for its timeline.
	Link(tx casework.Tx, id casework.CaseID, h casework.HandoffID) error
	// ConsentFor returns the consent to send the file of a case to a balai.
	ConsentFor(tx casework.Tx, id casework.CaseID, to casework.BalaiCode, at time.Time) (casework.Consent, bool, error)
}

// Gate decides who may do what. access.Gate is one.
type Gate interface {
	// Check returns nil if by may do act on c; a nil c is no case in
	// particular. The error is Forbidden or Unknown.
	Check(tx casework.Tx, by casework.Actor, act casework.Action, c *casework.Case) error
}

// Trail is the audit trail. access.Trail is one.
type Trail interface {
	// Record appends a line in the same transaction as what it tells of.
	Record(tx casework.Tx, line casework.Line) error
	// Head returns how many lines there are and the hash of the last, in hex.
	Head(tx casework.Tx) (count uint64, hash string, err error)
}

// Files keeps large content outside the rows.
type Files interface {
	// PutBlob stores all of r durably, encrypted with the key of owner, under a
	// new random name. An error of r is returned as it is, and nothing stays.
	PutBlob(ctx context.Context, owner string, r io.Reader) (name string, size int64, sha256hex string, err error)
	// OpenBlob returns the content of a blob; NotFound if there is none.
	OpenBlob(owner, name string) (io.ReadCloser, error)
	// DropBlob removes a blob that no row names; that there is none is no error.
	DropBlob(name string) error
	// PutPacket keeps what r holds under a name, in place of what was there,
	// and returns its size and SHA-256 in hex once it is durable. Packets are
	// sealed already and are stored as they are.
	PutPacket(ctx context.Context, name string, r io.Reader) (size int64, digest string, err error)
	// Packet opens a packet that is whole; NotFound if there is none.
	Packet(name string) (io.ReadSeekCloser, error)
	// DropPacket removes a packet and what was fetched of it; that there is
	// none is no error.
	DropPacket(name string) error
	// Partial opens what is here of a packet being fetched, perhaps nothing.
	// The error is Conflict while another holds it.
	Partial(name string) (Partial, error)
}

// A Partial is a packet being fetched. It outlives a restart. One goroutine
// uses it and ends with Commit or Close.
type Partial interface {
	Size() int64 // bytes that are here
	// Append adds data that begins at offset, which must be Size.
	Append(offset int64, data []byte) error
	// Commit makes the packet whole and durable if its SHA-256 is digest, in
	// hex. Else what was fetched is gone and the error is Conflict.
	Commit(digest string) error
	// Close leaves what is here for the next time.
	Close() error
}

// Peers are the other nodes. rpc.Client is one, but for the types.
type Peers interface {
	// FetchPacket asks a node for a sealed packet from offset on and writes it
	// to w. Before the first byte accept is told the size and SHA-256 of the
	// whole packet; its error ends the call. The name is that of the handoff,
	// or PartOf it. NotFound and Forbidden are answers of that node; all else
	// means: try again.
	FetchPacket(ctx context.Context, from casework.BalaiCode, name string, offset int64, w io.Writer, accept func(size int64, digest [32]byte) error) (written int64, err error)
}

// Config is what a Desk needs. What has no usual value in its comment is
// required.
type Config struct {
	Self       casework.BalaiCode
	Federation ledger.Hash
	Store      casework.Store
	Ledger     Ledger
	Cases      Cases
	Gate       Gate
	Trail      Trail
	Files      Files
	Peers      Peers
	// Sign completes a command (version, federation, actor, key) and signs it.
	Sign  func(ledger.Command) (ledger.Signed, error)
	Clock func() time.Time // the node's wall clock
	NewID func() string    // a new random id: 32 hex digits of 128 bits
	// Shred destroys all rows of the owners and their keys for good. It may take
	// long; nil leaves that to the operator's nightly work.
	Shred func(ctx context.Context, owners ...string) error
	Log   *slog.Logger      // nil: discard
	Point func(name string) // named fail points, for tests; nil: none
	// Step is told when a step of a handoff begins, and what it returns when that
	// ends, with its error; nil: nobody is told. Neither may wait. The first step
	// of all is called offer.
	Step func(handoff casework.HandoffID, name string) (end func(error))

	Poll         time.Duration // how often to look without a ring; 0: 1 s
	Backoff      time.Duration // wait after the first failed try; 0: 500 ms
	MaxBackoff   time.Duration // longest wait; 0: 15 min
	AnswerWithin time.Duration // for one Propose; 0: 20 s
	RotateEvery  time.Duration // age of a sealing key; 0: 7 days
	AnchorEvery  time.Duration // head of the audit trail into the ledger; 0: 24 h
	KeepSealed   time.Duration // a packet after it was received; 0: 90 days
	KeepHouse    time.Duration // how often to rotate, anchor and tidy; 0: 10 min
}

// Check returns all that is wrong with c.
func (c Config) Check() error {
	var errs []error
	for _, part := range []struct {
		name    string
		missing bool
	}{
		{"Federation", c.Federation.IsZero()},
		{"Store", c.Store == nil},
		{"Ledger", c.Ledger == nil},
		{"Cases", c.Cases == nil},
		{"Gate", c.Gate == nil},
		{"Trail", c.Trail == nil},
		{"Files", c.Files == nil},
		{"Peers", c.Peers == nil},
		{"Sign", c.Sign == nil},
		{"Clock", c.Clock == nil},
		{"NewID", c.NewID == nil},
	} {
		if part.missing {
			errs = append(errs, errors.New("handoff: "+part.name+" is missing"))
		}
	}
	if !ledger.NodeID(c.Self).Valid() {
		errs = append(errs, errors.New("handoff: Self is not the code of a balai"))
	}
	for name, d := range map[string]time.Duration{
		"Poll": c.Poll, "Backoff": c.Backoff, "MaxBackoff": c.MaxBackoff, "AnswerWithin": c.AnswerWithin,
		"RotateEvery": c.RotateEvery, "AnchorEvery": c.AnchorEvery, "KeepSealed": c.KeepSealed, "KeepHouse": c.KeepHouse,
	} {
		if d < 0 {
			errs = append(errs, errors.New("handoff: "+name+" is negative"))
		}
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		field *time.Duration
		usual time.Duration
	}{
		{&c.Poll, time.Second},
		{&c.Backoff, 500 * time.Millisecond},
		{&c.MaxBackoff, 15 * time.Minute},
		{&c.AnswerWithin, 20 * time.Second},
		{&c.RotateEvery, 7 * 24 * time.Hour},
		{&c.AnchorEvery, 24 * time.Hour},
		{&c.KeepSealed, 90 * 24 * time.Hour},
		{&c.KeepHouse, 10 * time.Minute},
	} {
		if *d.field == 0 {
			*d.field = d.usual
		}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Point == nil {
		c.Point = func(string) {}
	}
	if c.Step == nil {
		c.Step = func(casework.HandoffID, string) func(error) { return func(error) {} }
	}
	return c
}
