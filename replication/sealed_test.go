package replication

// A crash between two writes of raft-wal is no point of ours, so that this test
// puts the folder together as such a crash leaves it.

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
	"github.com/hashicorp/raft-wal/metadb"
	"github.com/hashicorp/raft-wal/types"
)

// dying is a list of segments that is never told of the second.
type dying struct {
	*metadb.BoltMetaDB
	full chan struct{} // closed when it should be
}

var errDead = errors.New("dead")

func (m dying) CommitState(list types.PersistentState) error {
	if len(list.Segments) < 2 {
		return m.BoltMetaDB.CommitState(list)
	}
	close(m.full)
	return errDead
}

func openedWAL(t *testing.T, dir string, meta types.MetaStore) *wal.WAL {
	t.Helper()
	log, err := wal.Open(dir, wal.WithMetaStore(meta), wal.WithSegmentSize(4<<10), wal.WithLogger(newHclog(slog.New(slog.DiscardHandler))))
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// A log whose last file was sealed when the power went takes entries again, and
// has all that it had.
func TestALogGoesOnAfterASealedFile(t *testing.T) {
	dir := t.TempDir()
	m := dying{&metadb.BoltMetaDB{}, make(chan struct{})}
	log := openedWAL(t, dir, m)
	entry := func(i uint64) *raft.Log { return &raft.Log{Index: i, Term: 1, Data: fmt.Appendf(nil, "%0500d", i)} }
	last := uint64(0)
	for last < 100 {
		if err := log.StoreLog(entry(last + 1)); err != nil {
			break // the file is sealed, and there is no next
		}
		last++
	}
	<-m.full
	if err := errors.Join(log.Close(), m.Close()); err != nil || last < 5 || last == 100 {
		t.Fatal(last, err)
	}

	bare := &metadb.BoltMetaDB{}
	log = openedWAL(t, dir, bare)
	if err := log.StoreLog(entry(last + 1)); !errors.Is(err, wal.ErrSealed) {
		t.Errorf("control: raft-wal by itself says %v; is the step of ours still needed?", err)
	}
	if err := errors.Join(log.Close(), bare.Close()); err != nil {
		t.Fatal(err)
	}

	for range 2 { // twice is once
		mended := rotated{&metadb.BoltMetaDB{}}
		log = openedWAL(t, dir, mended)
		for range 20 {
			last++
			if err := log.StoreLog(entry(last)); err != nil {
				t.Fatalf("entry %d: %v", last, err)
			}
		}
		var got raft.Log
		for i := uint64(1); i <= last; i++ {
			if err := log.GetLog(i, &got); err != nil || string(got.Data) != string(entry(i).Data) {
				t.Fatalf("entry %d reads %.20q: %v", i, got.Data, err)
			}
		}
		if err := errors.Join(log.Close(), mended.Close()); err != nil {
			t.Fatal(err)
		}
	}
}
