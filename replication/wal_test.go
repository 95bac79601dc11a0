package replication_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
	"github.com/hashicorp/raft-wal/metadb"
)

// A follower drops the end of its log when a new leader's differs. The next
// start must find what is left: raft-wal v0.4.0 marked the segment as complete
// without writing its index, and the node could not start again.
func TestLogWhoseEndWasDroppedOpensAgain(t *testing.T) {
	for name, keep := range map[string]uint64{"one is left": 1, "half is left": 20, "all but one are left": 39} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			log, meta := openWAL(t, dir)
			storeLogs(t, log, 1, 40, "first")
			if err := log.DeleteRange(keep+1, 40); err != nil {
				t.Fatal(err)
			}
			closeWAL(t, log, meta)

			log, meta = openWAL(t, dir)
			for i := uint64(1); i <= keep; i++ {
				wantLog(t, log, i, "first")
			}
			storeLogs(t, log, keep+1, keep+10, "second")
			closeWAL(t, log, meta)

			log, meta = openWAL(t, dir)
			defer closeWAL(t, log, meta)
			wantLog(t, log, keep, "first")
			wantLog(t, log, keep+10, "second")
			if last, err := log.LastIndex(); err != nil || last != keep+10 {
				t.Errorf("the log ends at %d, %v; want %d", last, err, keep+10)
			}
		})
	}
}

func openWAL(t *testing.T, dir string) (*wal.WAL, *metadb.BoltMetaDB) {
	t.Helper()
	meta := &metadb.BoltMetaDB{}
	log, err := wal.Open(dir, wal.WithMetaStore(meta), wal.WithSegmentSize(64<<10))
	if err != nil {
		t.Fatalf("open the log: %v", err)
	}
	return log, meta
}

func closeWAL(t *testing.T, log *wal.WAL, meta *metadb.BoltMetaDB) {
	t.Helper()
	if err := log.Close(); err != nil {
		t.Error(err)
	}
	if err := meta.Close(); err != nil {
		t.Error(err)
	}
}

func storeLogs(t *testing.T, log *wal.WAL, from, to uint64, text string) {
	t.Helper()
	for i := from; i <= to; i++ {
		if err := log.StoreLog(&raft.Log{Index: i, Term: 1, Data: fmt.Appendf(nil, "%s %d", text, i)}); err != nil {
			t.Fatalf("store %d: %v", i, err)
		}
	}
}

func wantLog(t *testing.T, log *wal.WAL, index uint64, text string) {
	t.Helper()
	var e raft.Log
	if err := log.GetLog(index, &e); err != nil || string(e.Data) != fmt.Sprintf("%s %d", text, index) {
		t.Errorf("entry %d: %q, %v; want %q", index, e.Data, err, fmt.Sprintf("%s %d", text, index))
	}
}
