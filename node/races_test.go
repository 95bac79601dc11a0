package node_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

// atOnce runs both at the same time and returns when both are done.
func atOnce(first, second func()) {
	var ready, done sync.WaitGroup
	start := make(chan struct{})
	for _, f := range []func(){first, second} {
		ready.Add(1)
		done.Go(func() {
			ready.Done()
			<-start
			f()
		})
	}
	ready.Wait()
	close(start)
	done.Wait()
}

// The destination accepts while the source withdraws. One of them is first, and
// both sides say which.
func TestAcceptAgainstWithdraw(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA")
	mgl, gwa := c.Of("MGL"), c.Of("GWA")
	won := map[string]int{}
	for i := range 8 {
		opened := mgl.Open(fmt.Sprintf("Klien %d", i+1), nil)
		h := mgl.Offer(opened.ID, "GWA", nil)
		gwa.WaitStage(h.ID, "offered")
		mgl.WaitStage(h.ID, "offered")
		var accept, withdraw error
		atOnce(
			func() { accept = gwa.TryAct(h.ID, "accept", nil) },
			func() { withdraw = mgl.TryAct(h.ID, "withdraw", map[string]any{"reason": "salah kirim"}) },
		)
		if accept != nil && withdraw != nil {
			t.Fatalf("neither was taken: %v; %v", accept, withdraw)
		}
		c.WaitFor("both sides to say the same", func() bool {
			there, here := gwa.Handoff(h.ID), mgl.Handoff(h.ID)
			return there.Stage == here.Stage && here.Stage != "offered" && there.Pending == "" && here.Pending == ""
		})
		stage := mgl.Handoff(h.ID).Stage
		won[stage]++
		switch stage {
		case "accepted":
			c.WaitFor("the packet", func() bool { return gwa.Handoff(h.ID).Packet == "here" })
			gwa.Act(h.ID, "receive", nil)
			moved(t, mgl, opened.ID, gwa, h.ID)
		case "withdrawn":
			if over, err := mgl.Case(opened.ID); err != nil || over.Case.State != casework.Open {
				t.Errorf("the offer was withdrawn and the case is %s: %v", over.Case.State, err)
			}
			refused(t, gwa.TryAct(h.ID, "accept", nil), http.StatusConflict, "")
		default:
			t.Errorf("the handoff ended as %s", stage)
		}
	}
	t.Logf("who was first: %v", won)
	c.Check()
}

// A case is offered to two balai at once; it goes to one of them.
func TestTwoOffersOfOneCase(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA")
	mgl := c.Of("MGL")
	for i := range 4 {
		opened := mgl.Open(fmt.Sprintf("Klien %d", i+1), nil)
		var toSRK, toGWA casework.Handoff
		var errSRK, errGWA error
		atOnce(
			func() { toSRK, errSRK = mgl.TryOffer(opened.ID, "SRK", nil) },
			func() { toGWA, errGWA = mgl.TryOffer(opened.ID, "GWA", nil) },
		)
		if (errSRK == nil) == (errGWA == nil) {
			t.Fatalf("one of two offers must be taken: %v; %v", errSRK, errGWA)
		}
		taken, to, lost := toSRK, c.Of("SRK"), errGWA
		if errSRK != nil {
			taken, to, lost = toGWA, c.Of("GWA"), errSRK
		}
		p := (*nodetest.Problem)(nil)
		ok := errors.As(lost, &p)
		if !ok || p.Status != http.StatusConflict && p.Status != http.StatusLocked {
			t.Errorf("the other offer: %v, want a word that the case is on offer", lost)
		}
		to.WaitStage(taken.ID, "offered")
		to.Act(taken.ID, "accept", nil)
		c.WaitFor("the packet", func() bool { return to.Handoff(taken.ID).Packet == "here" })
		to.Act(taken.ID, "receive", nil)
		moved(t, mgl, opened.ID, to, taken.ID)
	}
	c.Check()
}

// An offer is accepted when its time is just running out. Either it was in time,
// or the case is back and can be edited; nothing is ever accepted by the clock.
func TestAcceptAtTheDeadline(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA")
	mgl, gwa := c.Of("MGL"), c.Of("GWA")
	tests := []struct {
		name   string
		before time.Duration // the deadline; 0: never answered
		want   string        // "": either
	}{
		{"in good time", 700 * time.Millisecond, "accepted"},
		{"just in time", 120 * time.Millisecond, ""},
		{"at the deadline", 5 * time.Millisecond, ""},
		{"just too late", -60 * time.Millisecond, ""},
		{"never", 0, "expired"},
	}
	for _, tt := range tests {
		seconds := 2
		if tt.want == "accepted" {
			seconds = 20
		}
		opened := mgl.Open(tt.name, nil)
		h := mgl.Offer(opened.ID, "GWA", map[string]any{"answerIn": seconds})
		c.WaitFor("the offer", func() bool { s := gwa.Handoff(h.ID).Stage; return s == "offered" || s == "expired" })
		if deadline := gwa.Handoff(h.ID).Deadline; tt.want == "" && !deadline.IsZero() {
			c.WaitFor("the deadline to come near", func() bool { return time.Now().After(deadline.Add(-tt.before)) })
		}
		if tt.before != 0 {
			if err := gwa.TryAct(h.ID, "accept", nil); err != nil {
				refused(t, err, http.StatusConflict, "")
			}
		}
		c.WaitFor("both sides to say the same", func() bool {
			there, here := gwa.Handoff(h.ID), mgl.Handoff(h.ID)
			return there.Stage == here.Stage && here.Stage != "offered" && here.Stage != "queued" && there.Pending == ""
		})
		stage := mgl.Handoff(h.ID).Stage
		if stage != "accepted" && stage != "expired" || tt.want != "" && stage != tt.want {
			t.Errorf("%s: the offer is %s, want %q", tt.name, stage, tt.want)
		}
		over, err := mgl.Case(opened.ID)
		if err != nil {
			t.Fatal(err)
		}
		if stage == "accepted" {
			c.WaitFor("the packet", func() bool { return gwa.Handoff(h.ID).Packet == "here" })
			gwa.Act(h.ID, "receive", nil)
			moved(t, mgl, opened.ID, gwa, h.ID)
			continue
		}
		need := "kembali di sini"
		mgl.Edit(over.Case, casework.Patch{Need: &need})
		refused(t, gwa.TryAct(h.ID, "accept", nil), http.StatusConflict, "")
	}
	c.Check()
}
