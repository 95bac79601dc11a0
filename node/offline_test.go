package node_test

import (
	"fmt"
	"testing"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

// A balai that is cut off works on: fifty edits and twenty offers. Its power
// fails, it starts again, still cut off, is stopped and started once more, and
// when the line is back each offer is in the ledger once.
func TestABalaiWorksAlone(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA")
	mgl, srk := c.Of("MGL"), c.Of("SRK")
	c.Cut("MGL")

	edited := mgl.Open("Sumiyati", nil)
	var last string
	for i := range 50 {
		last = fmt.Sprintf("suntingan %d", i+1)
		edited = mgl.Edit(edited, casework.Patch{Need: &last})
	}
	var offers []casework.Handoff
	for i := range 20 {
		opened := mgl.Open(fmt.Sprintf("Klien %d", i+1), nil)
		mgl.Note(opened.ID, "progress", fmt.Sprintf("Dicatat tanpa jaringan, %d.", i+1))
		if i == 10 {
			killAlone(c, mgl)
		}
		offers = append(offers, mgl.Offer(opened.ID, []string{"SRK", "GWA"}[i%2], nil))
	}
	killAlone(c, mgl)
	mgl.Stop()
	mgl.Start()
	if now, err := mgl.Case(edited.ID); err != nil || now.Case.Need != last || now.Case.Version != edited.Version {
		t.Errorf("after the power cut the need is %q in version %d, want %q in %d: %v", now.Case.Need, now.Case.Version, last, edited.Version, err)
	}
	waiting := 0
	for _, row := range mgl.Outbox("pending") {
		if row.Act == "offer" {
			waiting++
		}
	}
	if waiting != 20 {
		t.Errorf("%d offers wait after the power cut, want 20", waiting)
	}
	for _, e := range srk.Events() {
		if e.Act == "offer" {
			t.Errorf("an offer went through a cut line: %s", e.Subject)
		}
	}

	c.Heal("MGL")
	for i, h := range offers {
		c.Of([]string{"SRK", "GWA"}[i%2]).WaitStage(h.ID, "offered")
	}
	c.WaitFor("the ticks of all offers", func() bool {
		for _, h := range offers {
			if got := mgl.Handoff(h.ID); got.Ticks.Committed.IsZero() || got.Ticks.Delivered.IsZero() {
				return false
			}
		}
		return true
	})
	c.Check()
}

// killAlone cuts the power of a balai whose line is cut, and starts it again
// with the line still cut.
func killAlone(c *nodetest.Cluster, b *nodetest.Balai) {
	c.Kill(b.Code)
	c.Cut(b.Code)
	b.Start()
}

// The two sides of a cut line act on the same handoff. The one that reaches the
// ledger first is right; the other hears why its act was refused.
func TestBothSidesActAcrossACutLine(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA")
	mgl, srk := c.Of("MGL"), c.Of("SRK")
	opened := mgl.Open("Wagiyem", nil)
	h := mgl.Offer(opened.ID, "SRK", nil)
	srk.WaitStage(h.ID, "offered")
	mgl.WaitStage(h.ID, "offered")

	c.Cut("MGL")
	mgl.Act(h.ID, "withdraw", map[string]any{"reason": "rencana berubah"})
	srk.Act(h.ID, "accept", nil)
	srk.WaitStage(h.ID, "accepted")
	if got := mgl.Handoff(h.ID); got.Stage != "offered" || got.Pending != "withdraw" {
		t.Errorf("behind the cut line the handoff is %s with %q on its way", got.Stage, got.Pending)
	}
	c.Heal("MGL")
	mgl.WaitStage(h.ID, "accepted")
	c.WaitFor("the refusal of the withdrawal", func() bool { return len(mgl.Outbox("rejected")) == 1 })
	if row := mgl.Outbox("rejected")[0]; row.Act != "withdraw" || row.Reason == "" {
		t.Errorf("the refused command: %+v", row)
	}
	c.WaitFor("the packet", func() bool { return srk.Handoff(h.ID).Packet == "here" })
	srk.Act(h.ID, "receive", nil)
	moved(t, mgl, opened.ID, srk, h.ID)
	c.Check()
}
