package replication_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"serasi/replication"
	"serasi/replication/ledger"
)

// BenchmarkPropose measures signed offers with 1 KiB of sealed summary on five
// nodes in this process, over TCP, with real fsync. Commands are signed before
// the clock starts; every node verifies each of them once.
func BenchmarkPropose(b *testing.B) {
	for _, proposers := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprintf("%d", proposers), func(b *testing.B) {
			g := start(b, func(c *replication.Config) {
				c.Timing = replication.Timing{}
				c.Budget = replication.Budget{PerSecond: 1e9, Burst: 1e9}
			}, five...)
			leader := g.leader()
			to := five[0]
			if leader.conf.Self == to {
				to = five[1]
			}
			offers := make([]ledger.Proposal, b.N)
			for i := range offers {
				offers[i] = g.fed.offer(b, leader.conf.Self, to, 1024)
			}
			took := make([]time.Duration, b.N)
			b.ResetTimer()
			var next, again atomic.Int64
			var wg sync.WaitGroup
			for range proposers {
				wg.Go(func() {
					for {
						i := next.Add(1) - 1
						if i >= int64(b.N) {
							return
						}
						start := time.Now()
						r, err := leader.Propose(b.Context(), offers[i])
						for ; errors.Is(err, replication.ErrUnknown); r, err = leader.Propose(b.Context(), offers[i]) {
							again.Add(1) // as an outbox does
						}
						if err != nil || r.Refused != 0 {
							b.Errorf("propose: %v, %v", r.Refused, err)
							return
						}
						took[i] = time.Since(start)
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			slices.Sort(took)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(again.Load()), "unknown")
			for _, n := range g.running() {
				g.close(n.conf.Self)
			}
		})
	}
}
