package replication

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"serasi/replication/ledger"
)

// Between two flushes lies at least a multiple of what the last one took, so
// that a busy group spends its disk on the log and an idle one writes at once.
// Who cannot wait, as Fresh, flushes by itself.
const (
	flushShare = 16
	flushLimit = 250 * time.Millisecond
)

// runFlusher flushes whenever there is something, until ctx ends.
func (b *book) runFlusher(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.kick:
		}
		start := time.Now()
		b.flush()
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(flushShare*time.Since(start), flushLimit)):
		}
	}
}

// stir lets the flusher know; it never waits.
func (b *book) stir() {
	select {
	case b.kick <- struct{}{}:
	default:
	}
}

// harvest is what one flush writes.
type harvest struct {
	rows        *layer
	index, term uint64
	runs        []run
	seen        map[ledger.RaftID]position
}

// flush writes all that was applied before the call. A fault ends the log: the
// page cache may now say what the disk does not.
func (b *book) flush() {
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	h, any := b.take()
	if !any {
		return
	}
	at, err := b.write(h)
	b.mu.Lock()
	if err == nil {
		b.flushing = nil
	} else {
		b.broken = true
	}
	b.mu.Unlock()
	if err != nil {
		b.fail(fmt.Errorf("%w: ledger.db: %w", ErrDisk, err))
		return
	}
	b.flushed.Store(&at)
	b.rang()
}

func (b *book) take() (harvest, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.dirty || b.broken {
		return harvest{}, false
	}
	b.flushing, b.active, b.dirty = b.active, &layer{}, false
	h := harvest{rows: b.flushing, index: b.applied.Load(), term: b.term}
	if b.claimed {
		h.seen, b.claimed = maps.Clone(b.seen), false
	}
	before := b.flushed.Load().index
	for i := len(b.runs); i > 0 && b.runs[i-1].last > before; i-- {
		h.runs = append(h.runs, b.runs[i-1])
	}
	return h, true
}

func (b *book) write(h harvest) (at mark, err error) {
	defer b.dog.watch("writing ledger.db")()
	if err := b.point("fsm.before-flush"); err != nil {
		return at, err
	}
	err = b.db.Load().Update(func(tx *bbolt.Tx) error {
		kv := &bucketKV{reader: reader{tx.Bucket(rowsBucket)}}
		h.rows.writeTo(kv)
		if kv.err != nil {
			return kv.err
		}
		for _, r := range h.runs {
			if err := tx.Bucket(runsBucket).Put(be(r.first), be(r.last, r.term)); err != nil {
				return err
			}
		}
		for id, p := range h.seen {
			if err := tx.Bucket(seenBucket).Put(id[:], be(p.term, p.floor)); err != nil {
				return err
			}
		}
		if err := tx.Bucket(metaBucket).Put(appliedKey, be(h.index, h.term)); err != nil {
			return err
		}
		at = readMark(tx)
		return nil
	})
	if err != nil {
		return at, err
	}
	return at, b.point("fsm.after-flush")
}

// writeTo writes the rows in order, which is what a tree likes best.
func (y *layer) writeTo(kv ledger.KV) {
	for _, t := range y.tables {
		if t == nil {
			continue
		}
		keys := make([]string, 0, len(t.rows)) // t.keys may be put in order meanwhile, by a scan
		for k := range t.rows {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		for _, k := range keys {
			if v := t.rows[k]; v != nil {
				kv.Put([]byte(k), v)
			} else {
				kv.Delete([]byte(k))
			}
		}
	}
}
