package replication_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
	"github.com/hashicorp/raft-wal/metadb"

	"serasi/replication"
	"serasi/replication/ledger"
)

// fuse breaks one named moment of one node's storage.
type fuse struct {
	point string
	blow  atomic.Bool
	how   func() error
}

func (f *fuse) on(code ledger.NodeID) func(*replication.Config) {
	return func(c *replication.Config) {
		c.Timing.StallAfter = time.Second
		if c.Self != code {
			return
		}
		c.Point = func(name string) error {
			if name == f.point && f.blow.Load() {
				return f.how()
			}
			return nil
		}
	}
}

func TestDiskFaultStopsTheNodeOnly(t *testing.T) {
	t.Parallel()
	broken := func() error { return errors.New("input/output error") }
	rows := map[string]struct {
		point string
		how   func(release chan struct{}) error
		want  error
	}{
		"log cannot be written":    {"wal.append", func(chan struct{}) error { return broken() }, replication.ErrDisk},
		"ledger cannot be written": {"fsm.before-flush", func(chan struct{}) error { return broken() }, replication.ErrDisk},
		"ledger cannot be synced":  {"fsm.after-flush", func(chan struct{}) error { return broken() }, replication.ErrDisk},
		"log hangs":                {"wal.append", func(r chan struct{}) error { <-r; return broken() }, replication.ErrStalled},
		"ledger hangs":             {"fsm.before-flush", func(r chan struct{}) error { <-r; return broken() }, replication.ErrStalled},
		"term cannot be stored":    {"wal.stable", func(chan struct{}) error { return broken() }, replication.ErrDisk},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			release := make(chan struct{})
			f := &fuse{point: row.point, how: func() error { return row.how(release) }}
			g := start(t, f.on("AAA"), five[:3]...)
			sick := g.nodes["AAA"]
			f.blow.Store(true)
			if row.point == "wal.stable" { // only an election stores a term
				for _, code := range []ledger.NodeID{"BBB", "CCC"} {
					g.close(code)
				}
				waitFor(t, "the leader to be lost", func() bool { return sick.Status().Leader == "" })
				g.open("BBB")
				g.open("CCC")
			}
			done := make(chan struct{})
			log, proposal := sick.Log, g.anchor(g.nodes["BBB"], 1)
			go func() { // it may or may not be answered
				defer close(done)
				_, _ = log.Propose(t.Context(), proposal)
			}()
			select {
			case err := <-sick.fatal:
				if !errors.Is(err, row.want) {
					t.Errorf("fatal: %v, want %v", err, row.want)
				}
			case <-time.After(60 * time.Second):
				t.Error("nobody noticed")
			}
			if s := sick.Status(); s.Halted == "" || s.Role == replication.Leader {
				t.Errorf("it is %s, halted %q", s.Role, s.Halted)
			}
			close(release)
			g.close("AAA")
			<-done
			other := g.leader()
			r := g.must(other, g.anchor(other, 2))
			f.blow.Store(false)
			g.open("AAA")
			g.settled(r.Event)
		})
	}
}

// far makes a group that has left one member far behind: nobody has the log
// that it lacks any more.
func far(t *testing.T) (g *group, late ledger.NodeID) {
	t.Helper()
	g = start(t, func(c *replication.Config) {
		c.SnapshotThreshold, c.TrailingLogs, c.WALSegment = 20, 1, 8<<10
	}, five[:3]...)
	late = g.follower().conf.Self
	n := g.leader()
	g.close(late)
	for i := range uint64(60) {
		g.must(n, g.anchor(n, i+1))
	}
	p := g.fed.offer(t, n.conf.Self, late, 500)
	g.must(n, p)
	waitFor(t, "a snapshot", func() bool { return n.Status().SnapshotIndex > 40 })
	return g, late
}

func TestFarBehindFollowerTakesASnapshot(t *testing.T) {
	t.Parallel()
	g, late := far(t)
	n := g.open(late)
	g.settled(62)
	if s := n.Status(); s.SnapshotIndex == 0 {
		t.Error("it caught up without a snapshot; this test shows nothing")
	}
	var payloads int
	err := n.View(func(v ledger.View) error {
		v.Handoffs(ledger.ID{}, func(h ledger.Handoff) bool {
			payloads += len(v.Payload(h.ID, h.Last))
			return true
		})
		return nil
	})
	if err != nil || payloads != 500 {
		t.Errorf("%d bytes of live payload after the snapshot, %v; want 500", payloads, err)
	}
	g.must(n, g.anchor(n, 1))
	g.settled(63)
	g.close(late) // and what it installed is a good start
	g.open(late)
	g.must(g.leader(), g.anchor(g.nodes[late], 2))
	g.settled(64)
}

func TestSnapshotsCompactTheLogOfALoneNode(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *replication.Config) {
		c.SnapshotThreshold, c.TrailingLogs, c.WALSegment = 10, 1, 8<<10
	}, "AAA")
	n := g.leader()
	for i := range uint64(40) {
		g.must(n, g.anchor(n, i+1))
	}
	waitFor(t, "a snapshot", func() bool { return n.Status().SnapshotIndex > 20 })
	g.close("AAA")
	n = g.open("AAA")
	g.must(n, g.anchor(n, 100))
	g.settled(42)
	g.close("AAA")
	remove(t, filepath.Join(n.conf.Dir, "ledger.db")) // now only the snapshot has the beginning
	g.open("AAA")
	g.settled(42)
}

func TestNewerVersionStopsFollowingNotTheNode(t *testing.T) {
	t.Parallel()
	g := start(t, nil, five[:3]...)
	n := g.leader()
	g.decided(n, ledger.Switch, ledger.Federation(), func(a []ledger.Approval) ledger.Body {
		return &ledger.SwitchBody{Version: ledger.Version + 1, Approvals: a}
	})
	g.settled(2)
	if _, err := n.Propose(t.Context(), g.anchor(n, 1)); !errors.Is(err, replication.ErrUnknown) {
		t.Errorf("a proposal under a newer version: %v, want ErrUnknown", err)
	}
	for _, n := range g.running() {
		waitFor(t, "all to notice", func() bool { return n.Status().Newer })
		if events, err := n.Since(0, 10); err != nil || len(events) != 2 {
			t.Errorf("%s shows %d events, %v; want 2", n.conf.Self, len(events), err)
		}
		select {
		case err := <-n.fatal:
			t.Errorf("%s ended: %v", n.conf.Self, err)
		default:
		}
	}
	waitFor(t, "the leader to say why", func() bool { return n.Status().Halted != "" })
}

// A leader that hears one heartbeat of a later term must step down before it
// stores another entry, else that entry carries a term that is not its own.
// Raft's fast path for heartbeats breaks this; ours has none.
func TestOldLeaderStoresNothingUnderANewTerm(t *testing.T) {
	t.Parallel()
	for range 3 {
		g := start(t, nil, five[:3]...)
		old, other := g.leader(), g.follower()
		term := old.Status().Term + 1000 // one that no election of theirs comes to
		g.close(other.conf.Self)
		r := g.newRogue(other.conf.Self, raftID(other.conf.Self, 1), term, 1000)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		for range 8 { // keep its hands full
			wg.Go(func() {
				for ctx.Err() == nil {
					_, _ = old.Propose(ctx, g.fed.offer(t, old.conf.Self, other.conf.Self, 16))
				}
			})
		}
		waitFor(t, "some offers", func() bool { return old.Status().Event > 20 })
		beat := &raft.AppendEntriesRequest{RPCHeader: r.header(), Term: term}
		err := r.AppendEntries("", raft.ServerAddress(old.conf.Self), beat, &raft.AppendEntriesResponse{})
		if got := old.Status().Term; err != nil || got < term {
			t.Fatalf("the heartbeat was not heard: term %d, %v", got, err)
		}
		g.must(old, g.anchor(old, 1))
		cancel()
		wg.Wait()
		code, dir := old.conf.Self, filepath.Join(old.conf.Dir, "raft", "wal")
		g.close(code)
		for _, e := range entries(t, dir) {
			if e.Type == raft.LogCommand && e.Term == term {
				t.Fatalf("entry %d was stored under the term of another leader", e.Index)
			}
		}
	}
}

// entries reads the raft log of a closed node.
func entries(t *testing.T, dir string) (all []raft.Log) {
	t.Helper()
	meta := &metadb.BoltMetaDB{}
	w, err := wal.Open(dir, wal.WithMetaStore(meta))
	if err != nil {
		t.Fatal(err)
	}
	first, err1 := w.FirstIndex()
	last, err2 := w.LastIndex()
	for i := first; i <= last; i++ {
		var e raft.Log
		if err := w.GetLog(i, &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	if err := errors.Join(err1, err2, w.Close(), meta.Close()); err != nil {
		t.Fatal(err)
	}
	return all
}
