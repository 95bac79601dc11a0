package node_test

import (
	"fmt"
	"sync"
	"testing"

	"serasi/node/api"
	"serasi/node/casework"
	"serasi/node/nodetest"
)

func status(t *testing.T, b *nodetest.Balai) api.Status {
	t.Helper()
	s, err := b.Status()
	if err != nil {
		t.Fatalf("status of %s: %v", b.Code, err)
	}
	return s
}

// move is a transfer that a test drives to its end, whoever dies on the way.
type move struct {
	id       casework.HandoffID
	from, to *nodetest.Balai
}

// push does at the destination what comes next, if it can be done now. Whether
// an act was taken shows at the next look, so that its error says nothing.
func (m move) push(h casework.Handoff) (received bool) {
	switch {
	case h.Stage == "received":
		return true
	case h.Pending != "":
	case h.Stage == "offered":
		_ = m.to.TryAct(m.id, "accept", nil)
	case h.Stage == "accepted" && h.Packet == "here":
		_ = m.to.TryAct(m.id, "receive", nil)
	}
	return false
}

// look is push with a look before it.
func (m move) look() (received bool) { return m.push(m.to.Handoff(m.id)) }

// pushAll pushes every move once and returns how many are through. It looks at
// all moves to one balai at once, because every look is a line of its audit
// trail.
func pushAll(all []move) (received int) {
	at := map[*nodetest.Balai]map[casework.HandoffID]casework.Handoff{}
	for _, m := range all {
		if at[m.to] == nil {
			at[m.to] = m.to.Inbox()
		}
		if h, known := at[m.to][m.id]; known && m.push(h) {
			received++
		}
	}
	return received
}

// The destination dies while it accepts, while the file comes, and while it
// confirms the receipt; each time the transfer goes on when it is back.
func TestTheDestinationDies(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA")
	mgl, gwa := c.Of("MGL"), c.Of("GWA")
	for _, death := range []struct {
		name, stage, point string
	}{
		{"accepted, not sent", "offered", "act.queued"},
		{"accepted, not answered", "offered", "outbox.after-send"},
		{"the packet is complete, not checked", "offered", "fetch.received"},
		{"the case is there, not told", "offered", "fetch.adopted"},
		{"received, not sent", "accepted", "act.queued"},
		{"received, not answered", "accepted", "outbox.after-send"},
		{"received, not pulled", "accepted", "pull.before"},
	} {
		opened := mgl.Open(death.name, nil)
		mgl.Document(opened.ID, "other", "Berkas", death.name)
		h := mgl.Offer(opened.ID, "GWA", nil)
		m := move{h.ID, mgl, gwa}
		gwa.WaitStage(h.ID, "offered")
		if death.stage == "accepted" {
			gwa.Act(h.ID, "accept", nil)
			c.WaitFor("the packet", func() bool { return gwa.Handoff(h.ID).Packet == "here" })
			c.WaitFor("nothing on its way", func() bool { return status(t, gwa).Outbox.Pending == 0 })
		}
		trap := c.CrashAt(death.point, []int{1}, nil, gwa)
		m.look()
		c.WaitFor(death.name, trap.Sprung)
		if n := c.Revive(); n != 1 {
			t.Fatalf("%s: %d nodes came back, want 1", death.name, n)
		}
		c.WaitFor("the receipt after: "+death.name, m.look)
		moved(t, mgl, opened.ID, gwa, h.ID)
	}
	c.Check()
}

// The leader is cut off and later killed in the middle of thirty transfers.
func TestLeadersDieAmongThirtyTransfers(t *testing.T) {
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA", "BTR", "BKS")
	var all []move
	for i := range 30 {
		from, to := c.Of([]string{"MGL", "BKS"}[i%2]), c.Of([]string{"GWA", "BTR", "SRK"}[i%3])
		opened := from.Open(fmt.Sprintf("Klien %d", i+1), nil)
		from.Note(opened.ID, "progress", fmt.Sprintf("Catatan %d.", i+1))
		all = append(all, move{from.Offer(opened.ID, to.Code, nil).ID, from, to})
	}
	c.WaitFor("the first transfers", func() bool { return pushAll(all) >= 4 })
	paused := c.Leader()
	c.Cut(paused.Code)
	c.WaitFor("another leader", func() bool { pushAll(all); l := c.Leader(); return l != paused })
	c.Heal(paused.Code)
	c.WaitFor("more transfers", func() bool { return pushAll(all) >= 12 })
	killed := c.Leader()
	c.Kill(killed.Code)
	c.WaitFor("a leader after the death of one", func() bool { return c.Leader() != killed })
	killed.Start()
	c.WaitFor("all transfers", func() bool { return pushAll(all) == len(all) })
	c.Check()
}

// All five nodes lose power at one moment, and later all are stopped at once.
// Transfers of every stage are under way; nothing is lost, and all go on.
func TestFiveNodesDieAtOnce(t *testing.T) {
	codes := []string{"SRK", "MGL", "GWA", "BTR", "BKS"}
	c := nodetest.Start(t, nil, codes...)
	ring := func(stage string) (all []move) {
		for i, code := range codes {
			from, to := c.Of(code), c.Of(codes[(i+1)%len(codes)])
			opened := from.Open("Klien "+stage, nil)
			from.Document(opened.ID, "photo", "Foto", "foto dari "+code)
			all = append(all, move{from.Offer(opened.ID, to.Code, nil).ID, from, to})
		}
		for _, m := range all {
			if stage != "queued" {
				m.to.WaitStage(m.id, "offered")
			}
			if stage == "accepted" {
				m.to.Act(m.id, "accept", nil)
				m.to.WaitStage(m.id, "accepted")
			}
		}
		return all
	}
	all := append(ring("accepted"), ring("queued")...)
	pushAll(all)
	c.Kill(codes...)
	for _, code := range codes {
		c.Of(code).Start()
	}
	c.WaitFor("all transfers after the power cut", func() bool { return pushAll(all) == len(all) })
	c.Check()

	again := ring("offered")
	var stopping sync.WaitGroup
	for _, b := range c.Balai {
		stopping.Go(b.Stop)
	}
	stopping.Wait()
	for _, b := range c.Balai {
		b.Start()
	}
	c.WaitFor("all transfers after the stop", func() bool { return pushAll(again) == len(again) })
	c.Check()
}

// A revoked balai is cut off at once: no line to it stays open, nothing it
// proposes is taken, and the others go on. What was offered to it can be taken
// back.
func TestARevokedBalaiIsCutOff(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA", "BTR")
	srk, mgl, btr := c.Of("SRK"), c.Of("MGL"), c.Of("BTR")
	_, theirs := given(c, mgl, btr, mgl.Open("Tinggal di sana", nil).ID)
	offered := mgl.Offer(mgl.Open("Belum dijawab", nil).ID, "BTR", nil)
	btr.WaitStage(offered.ID, "offered")
	own := btr.Open("Ditawarkan sesudahnya", nil)

	if c.Lines("BTR") == 0 {
		t.Fatal("there is no line to cut")
	}
	c.Decide(srk, "revoke", "BTR")
	last := len(srk.Events())
	c.WaitFor("every line of BTR to close", func() bool { return c.Lines("BTR") == 0 })
	h := btr.Offer(own.ID, "SRK", nil)
	btr.Act(offered.ID, "accept", nil)
	c.WaitFor("its commands to be tried", func() bool {
		tried := 0
		for _, row := range btr.Outbox("") {
			if (row.Handoff == h.ID || row.Act == "accept" && row.Handoff == offered.ID) && (row.Tries > 1 || row.State == "rejected") {
				tried++
			}
		}
		return tried == 2
	})
	if over, err := btr.Case(theirs); err != nil || over.Case.State != casework.Open {
		t.Errorf("the revoked balai cannot read its own case: %s %v", over.Case.State, err)
	}
	mgl.Act(offered.ID, "withdraw", map[string]any{"reason": "rencana berubah"})
	mgl.WaitStage(offered.ID, "withdrawn")
	given(c, mgl, c.Of("GWA"), offered.Case)
	for _, e := range srk.Events()[last:] {
		if e.Actor == "BTR" {
			t.Errorf("event %d is of the revoked balai: %s", e.Index, e.Act)
		}
	}
	c.WaitFor("the lines of BTR to be closed still", func() bool { return c.Lines("BTR") == 0 })
	btr.Stop()
	c.Check()
}
