package node_test

import (
	"net/http"
	"testing"
	"time"

	"go.uber.org/goleak"

	"serasi/node/nodetest"
)

// TestMain fails if a goroutine stays. The last question that gossip asked ends
// with its time-out, which may be after the last test.
func TestMain(m *testing.M) {
	code := m.Run()
	left := goleak.Find()
	for deadline := time.Now().Add(20 * time.Second); left != nil && time.Now().Before(deadline); {
		left = goleak.Find()
	}
	if left != nil && code == 0 {
		panic(left)
	}
}

// A case opened at one balai is offered, accepted, travels and is received at
// another, and every node agrees who is responsible.
func TestATransferFromKnockToReceipt(t *testing.T) {
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA")
	from, to := c.Of("MGL"), c.Of("SRK")
	opened := from.Open("Paimin", nil)
	from.Must("worker", http.MethodPost, "/cases/"+string(opened.ID)+"/notes", map[string]any{"kind": "progress", "text": "Datang bersama nenek."}, nil)
	h := from.Offer(opened.ID, "SRK", map[string]any{"residential": true})
	to.WaitStage(h.ID, "offered")
	to.Act(h.ID, "accept", nil)
	from.WaitStage(h.ID, "accepted")
	from.Act(h.ID, "depart", nil)
	to.WaitStage(h.ID, "departed")
	c.WaitFor("the packet at the destination", func() bool { return to.Handoff(h.ID).Packet == "here" })
	to.Act(h.ID, "receive", map[string]any{"form": nodetest.Record})
	to.WaitStage(h.ID, "received")
	from.WaitStage(h.ID, "received")
	c.Check()
}
