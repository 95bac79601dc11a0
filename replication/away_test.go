package replication

// What entries do while a peer is away shows through the front door only as
// seconds of raft's patience, so it is asked of the transport itself.

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

// deadLine is a network on which every call fails, and is counted.
type deadLine struct {
	ln      net.Listener
	dialled atomic.Int64
}

func (d *deadLine) Listener() net.Listener { return d.ln }

func (d *deadLine) Dial(context.Context, string) (net.Conn, error) {
	d.dialled.Add(1)
	return nil, errors.New("cut")
}

type quietListener struct{ net.Listener }

func (quietListener) Close() error { return nil }

func TestEntriesWaitForAHeartbeat(t *testing.T) {
	for name, end := range map[string]func(*transport, *atomic.Bool){
		"the peer answers":    func(tr *transport, _ *atomic.Bool) { tr.away.note("BBB", true) },
		"another leads":       func(_ *transport, leads *atomic.Bool) { leads.Store(false) },
		"the node is closing": func(tr *transport, _ *atomic.Bool) { tr.stop() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line := &deadLine{ln: quietListener{}}
			tr := newTransport("AAA", Config{Network: line, Timing: Timing{RPC: time.Second, Heartbeat: 10 * time.Millisecond}}, hclog.NewNullLogger())
			var leads atomic.Bool
			leads.Store(true)
			tr.leads, tr.mute = leads.Load, func() bool { return false }
			beat := func() error {
				return tr.AppendEntries("b", "BBB", &raft.AppendEntriesRequest{Term: 1}, &raft.AppendEntriesResponse{})
			}
			if beat() == nil {
				t.Fatal("a heartbeat went through a cut line")
			}
			done := make(chan error, 2)
			go func() {
				done <- tr.AppendEntries("b", "BBB", &raft.AppendEntriesRequest{Term: 1, PrevLogEntry: 7}, &raft.AppendEntriesResponse{})
			}()
			go func() {
				done <- tr.InstallSnapshot("b", "BBB", &raft.InstallSnapshotRequest{Term: 1}, &raft.InstallSnapshotResponse{}, nil)
			}()
			for range 20 { // heartbeats go on and find nobody
				if beat() == nil {
					t.Fatal("a heartbeat went through a cut line")
				}
			}
			select {
			case err := <-done:
				t.Fatalf("entries or a snapshot did not wait: %v", err)
			default:
			}
			if n := line.dialled.Load(); n != 21 {
				t.Errorf("%d calls for 21 heartbeats", n)
			}
			again := time.NewTicker(10 * time.Millisecond) // the failure of one is news to the other
			defer again.Stop()
			deadline := time.After(60 * time.Second)
			for left := 2; left > 0; {
				select {
				case err := <-done:
					left--
					if err == nil {
						t.Error("something went through a cut line")
					}
				case <-again.C:
					end(tr, &leads)
				case <-deadline:
					t.Fatal("they wait for ever")
				}
			}
			if err := tr.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
