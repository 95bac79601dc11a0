package replication

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"

	"go.etcd.io/bbolt"

	"serasi/replication/ledger"
)

// rebuild replays a snapshot into a fresh ledger.db beside the present one and
// verifies all of it. accept judges the outcome before the file counts. What is
// left is a synced file under path, or nothing.
func (b *book) rebuild(path string, in io.Reader, witness mark, accept func(ledger.SnapshotHeader, *roster) error) (h ledger.SnapshotHeader, err error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return h, err
	}
	opts := bookOptions()
	opts.NoSync = true // one Sync at the end; until then a crash leaves a file nobody uses
	db, err := bbolt.Open(path, 0o600, opts)
	if err != nil {
		return h, err
	}
	h, err = b.replay(db, in, witness, accept)
	if err == nil {
		done := b.dog.watch("syncing a rebuilt ledger.db")
		err = db.Sync()
		done()
	}
	if err = errors.Join(err, db.Close()); err != nil {
		err = errors.Join(err, os.Remove(path))
	}
	return h, err
}

func (b *book) replay(db *bbolt.DB, in io.Reader, witness mark, accept func(ledger.SnapshotHeader, *roster) error) (ledger.SnapshotHeader, error) {
	if err := db.Update(func(tx *bbolt.Tx) error { return layOut(tx, b.owner) }); err != nil {
		return ledger.SnapshotHeader{}, err
	}
	r := ledger.Replay{Federation: ledger.Hash(b.owner[:32]), Verify: b.check, Each: onAllCores, Witness: witness.event, WitnessHash: witness.head}
	r.Update = func(f func(ledger.KV) error) error {
		return db.Update(func(tx *bbolt.Tx) error {
			kv := &bucketKV{reader: reader{tx.Bucket(rowsBucket)}}
			return errors.Join(f(kv), kv.err)
		})
	}
	h, err := r.Read(in)
	if err != nil {
		return h, err
	}
	var members *roster
	err = db.View(func(tx *bbolt.Tx) error {
		members = newRoster(readHot(reader{tx.Bucket(rowsBucket)}), h.Events)
		return nil
	})
	if err = errors.Join(err, accept(h, members)); err != nil {
		return h, err
	}
	return h, db.Update(func(tx *bbolt.Tx) error {
		return errors.Join(
			tx.Bucket(metaBucket).Put(appliedKey, be(h.Index, h.Term)),
			tx.Bucket(runsBucket).Put(be(h.Index), be(h.Index, h.Term)),
		)
	})
}

// witness is the last event here that a history with so many events must
// contain.
func (b *book) witness(events uint64) (at mark) {
	if here := b.flushed.Load(); here.event <= events {
		return *here
	}
	return mark{}
}

// restore makes the snapshot in rc the state. A file that was built and verified
// while the snapshot came in is used if it is of the same snapshot.
func (b *book) restore(rc io.Reader) error {
	var head bytes.Buffer
	h, err := ledger.ReadSnapshotHeader(io.TeeReader(rc, &head))
	if err != nil {
		return err
	}
	b.turn <- struct{}{}
	defer func() { <-b.turn }()
	if ready := b.ready.Swap(nil); ready == nil || *ready != h {
		accept := func(ledger.SnapshotHeader, *roster) error { return nil } // our own disk; judged when it came
		if _, err := b.rebuild(b.path+".new", io.MultiReader(&head, rc), b.witness(h.Events), accept); err != nil {
			return err
		}
	}
	if err := b.point("snapshot.before-rename"); err != nil {
		return err
	}
	if err := moveInto(b.path+".new", b.path); err != nil {
		return fmt.Errorf("exchange ledger.db: %w", err)
	}
	old := b.db.Load()
	b.mu.Lock()
	b.claimed = len(b.seen) > 0 // the new file does not hold them yet
	b.mu.Unlock()
	if err := b.open(); err != nil {
		return err
	}
	b.rang()
	return old.Close() // waits for its last reader
}

// onAllCores runs f for 0 to n-1 on all cores, and returns when all have
// returned.
func onAllCores(n int, f func(i int)) {
	var work sync.WaitGroup
	for lane, lanes := 0, runtime.GOMAXPROCS(0); lane < lanes; lane++ {
		work.Go(func() {
			for i := lane; i < n; i += lanes {
				f(i)
			}
		})
	}
	work.Wait()
}
