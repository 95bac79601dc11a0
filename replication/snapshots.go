package replication

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/hashicorp/raft"
	"go.etcd.io/bbolt"

	"serasi/replication/ledger"
)

// snapshots is raft's store of snapshots with one rule more: what comes from
// another node is replayed and verified before it counts. Raft keeps a snapshot
// first and asks later, and a bad one would poison the next start.
type snapshots struct {
	*raft.FileSnapshotStore
	book  *book
	judge func(conf raft.Configuration, r *roster) error
	newer func() // a version in force that this binary lacks
}

// Create implements raft.SnapshotStore.
func (s *snapshots) Create(v raft.SnapshotVersion, index, term uint64, conf raft.Configuration, confIndex uint64, trans raft.Transport) (raft.SnapshotSink, error) {
	inner, err := s.FileSnapshotStore.Create(v, index, term, conf, confIndex, trans)
	if err != nil {
		return nil, err
	}
	return &sink{SnapshotSink: inner, store: s, index: index, term: term, conf: conf}, nil
}

// sink takes one snapshot. It verifies unless own says that it is ours.
type sink struct {
	raft.SnapshotSink
	store       *snapshots
	index, term uint64
	conf        raft.Configuration

	own  bool
	feed *io.PipeWriter // to the verification; nil before the first byte
	done chan error     // its outcome
}

func (k *sink) Write(p []byte) (int, error) {
	if !k.own && k.feed == nil {
		var out *io.PipeReader
		out, k.feed = io.Pipe()
		k.done = make(chan error, 1)
		go func() { k.done <- k.verify(out) }() // ends with the feed; Close and Cancel wait
	}
	if k.feed != nil {
		if _, err := k.feed.Write(p); err != nil {
			return 0, err
		}
	}
	defer k.store.book.dog.watch("writing a snapshot")()
	return k.SnapshotSink.Write(p)
}

// verify replays what comes in. It leaves ledger.db.new ready for Restore.
func (k *sink) verify(in *io.PipeReader) error {
	b := k.store.book
	var head bytes.Buffer
	h, err := ledger.ReadSnapshotHeader(io.TeeReader(in, &head))
	if err == nil && (h.Index < k.index || h.Events < b.flushed.Load().event) {
		err = fmt.Errorf("%w: older than it says, or than what is known here", ledger.ErrSnapshot)
	}
	if err == nil {
		h, err = b.rebuild(b.path+".new", io.MultiReader(&head, in), b.witness(h.Events), func(_ ledger.SnapshotHeader, r *roster) error {
			return k.store.judge(k.conf, r)
		})
	}
	if errors.Is(err, ledger.ErrNewer) {
		k.store.newer()
	}
	if err == nil {
		b.ready.Store(&h)
	}
	_ = in.CloseWithError(err) // lets the writer see why nobody reads on
	return err
}

func (k *sink) settle(why error) error {
	if k.feed == nil {
		return nil
	}
	_ = k.feed.CloseWithError(why) // never fails; nil is the end of the snapshot
	k.feed = nil
	return <-k.done
}

// Close keeps the snapshot, if it is ours or true.
func (k *sink) Close() error {
	if !k.own && k.feed == nil && k.done == nil {
		return errors.Join(fmt.Errorf("%w: empty", ledger.ErrSnapshot), k.SnapshotSink.Cancel())
	}
	if err := k.settle(nil); err != nil {
		return errors.Join(err, k.SnapshotSink.Cancel())
	}
	defer k.store.book.dog.watch("keeping a snapshot")()
	err := k.SnapshotSink.Close()
	if err == nil {
		k.store.book.snapshot.Store(k.index)
	}
	return err
}

// Cancel drops the snapshot. After a Close that failed it does nothing more.
func (k *sink) Cancel() error {
	_ = k.settle(errors.New("cancelled")) // the reason is the caller's
	return k.SnapshotSink.Cancel()
}

// capture is the state at one moment, as raft wants it for a snapshot.
type capture struct {
	book *book
	tx   *bbolt.Tx
}

// Persist writes the capture. The snapshot carries its own index: raft does not
// tell it to whoever restores.
func (c capture) Persist(to raft.SnapshotSink) error {
	k, ok := to.(*sink)
	if !ok {
		return errors.New("snapshot sink is not ours")
	}
	k.own = true
	at := readMark(c.tx)
	if k.index > at.index { // what lies between never reaches the state machine
		at.index, at.term = k.index, k.term
		c.book.raise(k.index, k.term)
	}
	if err := ledger.WriteSnapshot(k, ledger.On(reader{c.tx.Bucket(rowsBucket)}), at.index, at.term); err != nil {
		return err
	}
	return c.book.point("snapshot.written")
}

// Release implements raft.FSMSnapshot.
func (c capture) Release() { _ = c.tx.Rollback() } // it only reads
