package replication

import (
	"context"

	"serasi/replication/ledger"
)

// Log is the replicated ledger of this node.
type Log struct{}

// Found prepares the files of a founder. genesis is the first command of the
// federation, the same bytes at every founder; whoever leads first proposes it.
func Found(c Config, genesis ledger.Signed) error { return ErrStopped }

// Open starts taking part.
func Open(c Config) (*Log, error) { return nil, ErrStopped }

// Propose offers p to the group and waits for the ledger's answer.
func (l *Log) Propose(ctx context.Context, p ledger.Proposal) (ledger.Result, error) {
	return ledger.Result{}, ErrUnknown
}

// Receive answers a proposal that another node forwarded.
func (l *Log) Receive(ctx context.Context, from string, proposal []byte) ([]byte, error) {
	return nil, NotLeader{}
}

// Since returns at most limit events after number n that are on disk here.
func (l *Log) Since(n uint64, limit int) ([]ledger.Event, error) { return nil, ErrStopped }

// Subscribe returns a bell that rings after the ledger moved on; cancel it.
func (l *Log) Subscribe() (wake <-chan struct{}, cancel func()) { return nil, nil }

// View calls f with the ledger as it is on disk here.
func (l *Log) View(f func(ledger.View) error) error { return ErrStopped }

// ReadIndex says what a node must have applied to answer like the leader.
func (l *Log) ReadIndex(ctx context.Context) (ReadPoint, error) { return ReadPoint{}, NotLeader{} }

// Fresh waits until View shows all that was decided before the call.
func (l *Log) Fresh(ctx context.Context) (asOf uint64, err error) { return 0, ErrUnknown }

// Events answers a peer that lacks the members of the present.
func (l *Log) Events(from uint64) ([]byte, error) { return nil, ErrStopped }

// Compare tells what another node says its history is.
func (l *Log) Compare(code string, n uint64, hash [8]byte) {}

// Status says how the log stands.
func (l *Log) Status() Status { return Status{} }

// Close stops taking part.
func (l *Log) Close() error { return nil }
