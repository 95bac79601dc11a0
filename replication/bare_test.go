package replication_test

import (
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
	"github.com/hashicorp/raft-wal/metadb"
)

// BenchmarkBareRaft is what BenchmarkPropose is measured beside: the same
// libraries on the same disk with a state machine that does nothing, no
// signatures and no guards.
func BenchmarkBareRaft(b *testing.B) {
	for _, proposers := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprint(proposers), func(b *testing.B) {
			leader := bareGroup(b, 5)
			data := make([]byte, 1500)
			b.ResetTimer()
			var next atomic.Int64
			var wg sync.WaitGroup
			for range proposers {
				wg.Go(func() {
					for next.Add(1) <= int64(b.N) {
						if err := leader.Apply(data, 10*time.Second).Error(); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}

type noState struct{}

func (noState) Apply(*raft.Log) any                 { return nil }
func (noState) Snapshot() (raft.FSMSnapshot, error) { return nil, io.EOF }
func (noState) Restore(io.ReadCloser) error         { return io.EOF }

func bareGroup(b *testing.B, n int) *raft.Raft {
	b.Helper()
	var conf raft.Configuration
	var nets []*raft.NetworkTransport
	for i := range n {
		net, err := raft.NewTCPTransport("127.0.0.1:0", nil, 3, 5*time.Second, io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		nets = append(nets, net)
		conf.Servers = append(conf.Servers, raft.Server{ID: raft.ServerID(fmt.Sprint(i)), Address: net.LocalAddr()})
	}
	var all []*raft.Raft
	for i, net := range nets {
		meta := &metadb.BoltMetaDB{}
		log, err := wal.Open(b.TempDir(), wal.WithMetaStore(meta))
		if err != nil {
			b.Fatal(err)
		}
		cache, err := raft.NewLogCache(1024, log)
		if err != nil {
			b.Fatal(err)
		}
		c := raft.DefaultConfig()
		c.LocalID, c.LogOutput, c.MaxAppendEntries = conf.Servers[i].ID, io.Discard, 256
		snaps := raft.NewInmemSnapshotStore()
		if err := raft.BootstrapCluster(c, cache, log, snaps, net, conf); err != nil {
			b.Fatal(err)
		}
		r, err := raft.NewRaft(c, noState{}, cache, log, snaps, net)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, r)
		b.Cleanup(func() { _, _, _ = r.Shutdown().Error(), log.Close(), meta.Close() })
	}
	var leader *raft.Raft
	waitFor(b, "a leader", func() bool {
		for _, r := range all {
			if r.State() == raft.Leader {
				leader = r
			}
		}
		return leader != nil
	})
	return leader
}
