package node_test

import (
	"math/rand/v2"
	"regexp"
	"strconv"
	"testing"
	"time"

	"serasi/node"
	"serasi/node/casework"
	"serasi/node/nodetest"
	"serasi/node/nodetest/cable"
)

// A handoff with a large attachment goes over a poor line that is cut while its
// packet is on the way, and goes on where it was cut.
func TestAPacketOverAPoorLine(t *testing.T) {
	t.Parallel()
	const size, cuts = 200 << 10, 2
	c := nodetest.Start(t, slowPulse, "SRK", "MGL", "GWA")
	mgl, gwa := c.Of("MGL"), c.Of("GWA")
	c.Slow(cable.Quality{Delay: 20 * time.Millisecond, Rate: 128 << 10})
	for _, b := range c.Balai { // from now on all go over slow lines
		c.Cut(b.Code)
		c.Heal(b.Code)
	}
	picture := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(picture)
	copy(picture, "\x89PNG\r\n\x1a\n")
	child := mgl.Open("Berkas Tebal", nil)
	mgl.Document(child.ID, "medical", "Rekam medis", string(picture))
	h := mgl.Offer(child.ID, "GWA", nil)
	gwa.WaitStage(h.ID, "offered")
	before := received(t, gwa)
	gwa.Act(h.ID, "accept", nil)

	got := int64(0)
	for i := range int64(cuts) {
		c.WaitFor("a part of the packet", func() bool { return comes(t, gwa, h.ID, &got) > (i+1)*size/4 })
		c.Cut("MGL")
		c.WaitFor("the line to be dead", func() bool { return c.Lines("MGL") == 0 })
		c.Heal("MGL")
	}
	c.WaitFor("the whole packet", func() bool { comes(t, gwa, h.ID, &got); return gwa.Handoff(h.ID).Packet == "here" })
	// Had it begun anew after each cut, this would be 1.75 packets; and what else
	// there is to say is little.
	if came := received(t, gwa) - before; came < size || came > size*5/4 {
		t.Errorf("%.0f bytes came for a packet of %d", came, size)
	}
	gwa.Act(h.ID, "receive", nil)
	mgl.WaitStage(h.ID, "received")
	c.Check()
}

// comes returns how far a packet has come, which never is less than before.
func comes(t *testing.T, at *nodetest.Balai, id casework.HandoffID, before *int64) int64 {
	t.Helper()
	h := at.Handoff(id)
	if h.Packet != "fetching" {
		return *before
	}
	if h.Got < *before {
		t.Fatalf("%d bytes were here, and now %d are", *before, h.Got)
	}
	*before = h.Got
	return h.Got
}

// received is how many bytes have come to a node from services of others, such
// as the one for packets, since it was started.
func received(t *testing.T, at *nodetest.Balai) float64 {
	t.Helper()
	m := regexp.MustCompile(`(?m)^serasi_port_bytes_total\{direction="in",protocol="h2"\} (\S+)$`).FindSubmatch(at.Page("/metrics"))
	if m == nil {
		t.Fatal("the node does not count what it receives")
	}
	n, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// slowPulse leaves most of a slow line to what is sent over it.
func slowPulse(cfg *node.Config) { cfg.Tuning.Raft.Commit = 500 * time.Millisecond }
