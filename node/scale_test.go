package node_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"serasi/node"
	"serasi/node/nodetest"
	"serasi/replication"
)

// portBytes is what all nodes have sent to each other since they started.
func portBytes(b *testing.B, c *nodetest.Cluster) (sum float64) {
	b.Helper()
	for _, n := range c.Balai {
		page := string(n.Page("/metrics"))
		for _, m := range regexp.MustCompile(`(?m)^serasi_port_bytes_total\{direction="out",.*\} (\S+)$`).FindAllStringSubmatch(page, -1) {
			v, err := strconv.ParseFloat(m[1], 64)
			if err != nil {
				b.Fatal(err)
			}
			sum += v
		}
	}
	return sum
}

// BenchmarkHandoffBytes measures what a handoff costs on the wire beyond its
// packet, for each member: the offer with its sealed summary, its answers and
// receipt, to all five. What idle nodes send in the same time is taken off.
func BenchmarkHandoffBytes(b *testing.B) {
	const handoffs = 20
	c := nodetest.Start(b, func(cfg *node.Config) {
		// Few heartbeats, so that they do not drown what is measured.
		cfg.Tuning.Raft = replication.Timing{
			Heartbeat: 3 * time.Second, Election: 3 * time.Second, Lease: 3 * time.Second, Commit: time.Second, Housekeeping: 100 * time.Millisecond, RPC: 5 * time.Second,
		}
		cfg.Tuning.GossipInterval = 2 * time.Second
	}, "SRK", "MGL", "GWA", "BTR", "BKS")
	mgl, srk := c.Of("MGL"), c.Of("SRK")
	for b.Loop() {
		start := time.Now()
		before := portBytes(b, c)
		packets := 0.0
		for i := range handoffs {
			child := mgl.Open("Anak "+strconv.Itoa(i), nil)
			mgl.Document(child.ID, "medical", "Asesmen", strings.Repeat("x", 100))
			h := mgl.Offer(child.ID, "SRK", nil)
			srk.WaitStage(h.ID, "offered")
			offered := srk.Handoff(h.ID)
			srk.Act(h.ID, "accept", nil)
			c.WaitFor("the packet", func() bool { return srk.Handoff(h.ID).Packet == "here" })
			srk.Act(h.ID, "receive", nil)
			mgl.WaitStage(h.ID, "received")
			packets += float64(offered.Summary.Bytes)
		}
		took := time.Since(start)
		busy := portBytes(b, c) - before
		before = portBytes(b, c)
		quiet := time.NewTimer(took)
		<-quiet.C
		idle := portBytes(b, c) - before
		b.ReportMetric((busy-idle-packets)/handoffs/float64(len(c.Balai)), "B/handoff/member")
		b.ReportMetric(packets/handoffs, "B/packet")
	}
}
