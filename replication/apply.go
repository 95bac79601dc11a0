package replication

import (
	"fmt"

	"github.com/hashicorp/raft"
	"go.etcd.io/bbolt"

	"serasi/replication/ledger"
)

// answer is what applying an entry hands to the Propose that waits for it.
type answer struct {
	ledger.Result
	err error
}

// apply runs committed entries on the state, in memory. After a fault it does
// nothing more: the state stays a true prefix of the ledger instead of becoming
// a fork of it.
func (b *book) apply(logs []*raft.Log) (answers []any, err error) {
	if b.full() {
		b.flush()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	s, end := b.stack()
	defer end()
	answers = make([]any, len(logs))
	for i, e := range logs {
		if e.Index <= b.applied.Load() {
			answers[i] = answer{err: ErrUnknown} // handed over again after a restart; nobody waits
			continue
		}
		if err == nil && e.Type == raft.LogCommand {
			answers[i], err = b.command(s, e)
		}
		if err != nil {
			answers[i] = answer{err: err}
			continue
		}
		if s.dirty {
			b.publish(s)
		}
		b.note(e.Index, e.Term)
		b.applied.Store(e.Index)
	}
	b.stir()
	return answers, err
}

// command applies one entry. A row that does not decode is a broken disk, which
// the ledger reports by a panic.
func (b *book) command(s *stack, e *raft.Log) (a answer, err error) {
	if b.broken {
		return a, ErrStopped
	}
	defer func() {
		if p := recover(); p != nil {
			b.broken = true
			err = fmt.Errorf("%w: applying entry %d: %v", ErrDisk, e.Index, p)
		}
	}()
	r, err := ledger.New(s, b.check).Apply(e.Data)
	return answer{Result: r}, err
}

// stack returns the state as a ledger.KV, and what ends its use. b.mu must be
// held between the two.
func (b *book) stack() (*stack, func()) {
	var tx *bbolt.Tx
	s := &stack{layers: []*layer{b.active}, hot: b.hot}
	if b.flushing != nil {
		s.layers = append(s.layers, b.flushing)
	}
	s.base = func() *bbolt.Bucket {
		if tx == nil {
			var err error
			if tx, err = b.begin(); err != nil {
				panic(err)
			}
		}
		return tx.Bucket(rowsBucket)
	}
	return s, func() {
		if tx != nil {
			_ = tx.Rollback() // it only reads
		}
	}
}

// publish lets the guards see who is a member now.
func (b *book) publish(s *stack) {
	n, _, _ := ledger.On(s).Head()
	b.roster.Store(newRoster(b.hot, n))
	s.dirty = false
}

func (b *book) full() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.active.count > maxPendingRows || b.active.bytes > maxPendingBytes
}

// raise says that everything up to index is applied, though the state machine
// never saw the last of it: entries like barriers pass it by.
func (b *book) raise(index, term uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if index > b.applied.Load() {
		b.note(index, term)
		b.applied.Store(index)
		b.stir()
	}
}
