package replication

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/raft"
	"go.etcd.io/bbolt"

	"serasi/replication/ledger"
)

// Since returns at most limit events after number n, oldest first. They are on
// disk here: no crash takes them back.
func (l *Log) Since(n uint64, limit int) (events []ledger.Event, err error) {
	err = l.View(func(v ledger.View) error {
		events = v.Since(n, limit)
		return nil
	})
	return events, err
}

// View calls f with the ledger as it is on disk here, in one read transaction.
// f must be quick, and keep nothing but what it copied. It returns f's error.
func (l *Log) View(f func(ledger.View) error) error {
	return l.book.view(func(tx *bbolt.Tx) error { return f(ledger.On(reader{tx.Bucket(rowsBucket)})) })
}

// ReadIndex says how far a node must have applied the log to answer like the
// leader at this moment. The error is a NotLeader elsewhere.
//
// Whatever this leader acknowledged, its state machine has applied; what
// earlier leaders acknowledged lies before the barrier of this term.
func (l *Log) ReadIndex(ctx context.Context) (ReadPoint, error) {
	if !l.leads() {
		return ReadPoint{}, NotLeader{l.leader()}
	}
	if err := l.settle(ctx); err != nil {
		return ReadPoint{}, err
	}
	at := ReadPoint{Index: l.book.applied.Load(), Event: l.book.flushed.Load().event}
	if err := await(ctx, l.raft.VerifyLeader()); err != nil {
		return ReadPoint{}, notLeading(err)
	}
	return at, nil
}

func notLeading(err error) error {
	if errors.Is(err, raft.ErrNotLeader) || errors.Is(err, raft.ErrLeadershipLost) {
		return NotLeader{}
	}
	return err
}

// settle passes one barrier a term, so that all that was committed before this
// leader is applied here.
func (l *Log) settle(ctx context.Context) error {
	term := l.raft.CurrentTerm()
	if l.settled.Load() == term {
		return nil
	}
	if err := await(ctx, l.raft.Barrier(enqueue)); err != nil {
		return notLeading(err)
	}
	if l.raft.CurrentTerm() != term || l.raft.State() != raft.Leader {
		return NotLeader{}
	}
	l.settled.Store(term)
	return nil
}

// Fresh waits until View shows all that anyone was told before the call, and
// returns the event up to which it does. It asks the leader; without one it
// fails with ErrUnknown, and the caller may answer from View with its event
// number.
func (l *Log) Fresh(ctx context.Context) (asOf uint64, err error) {
	at, err := l.readPoint(ctx)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	wake, cancel := l.Subscribe()
	defer cancel()
	for {
		if here := l.book.flushed.Load(); here.index >= at.Index {
			return here.event, nil
		}
		if l.book.applied.Load() >= at.Index {
			l.book.flush()
			if here := l.book.flushed.Load(); here.index >= at.Index {
				return here.event, nil
			}
		}
		select {
		case <-wake:
		case <-ctx.Done():
			return 0, fmt.Errorf("%w: %w", ErrUnknown, ctx.Err())
		case <-l.ctx.Done():
			return 0, ErrStopped
		}
	}
}

func (l *Log) readPoint(ctx context.Context) (ReadPoint, error) {
	if l.leads() {
		return l.ReadIndex(ctx)
	}
	leader := l.leader()
	if leader == "" || l.conf.Forward == nil {
		return ReadPoint{}, NotLeader{}
	}
	return l.conf.Forward.ReadIndex(ctx, leader)
}
