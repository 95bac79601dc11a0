package node_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"serasi/node"
	"serasi/node/casework"
	"serasi/node/nodetest"
)

// given has a case handed over from one balai to another without a journey.
func given(c *nodetest.Cluster, from, to *nodetest.Balai, id casework.CaseID) (casework.HandoffID, casework.CaseID) {
	c.T.Helper()
	h := from.Offer(id, to.Code, nil)
	to.WaitStage(h.ID, "offered")
	to.Act(h.ID, "accept", nil)
	c.WaitFor("the packet at "+to.Code, func() bool { return to.Handoff(h.ID).Packet == "here" })
	to.Act(h.ID, "receive", nil)
	from.WaitStage(h.ID, "received")
	to.WaitStage(h.ID, "received")
	return h.ID, to.Handoff(h.ID).Case
}

// decline has an offer made and declined, so that the ledger knows the case.
func decline(c *nodetest.Cluster, from, to *nodetest.Balai, id casework.CaseID) {
	c.T.Helper()
	h := from.Offer(id, to.Code, nil)
	to.WaitStage(h.ID, "offered")
	to.Act(h.ID, "decline", map[string]any{"reason": "penuh"})
	from.WaitStage(h.ID, "declined")
}

// A balai's disk dies. It comes back from an old backup as a new incarnation,
// and learns from the ledger what became of its cases since.
func TestRestoredFromAnOldBackup(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA")
	mgl, srk := c.Of("MGL"), c.Of("SRK")
	kept, gone, waiting := mgl.Open("Suparmi", nil), mgl.Open("Wagino", nil), mgl.Open("Tukijo", nil)
	mgl.Note(kept.ID, "progress", "Sebelum cadangan.")
	decline(c, mgl, srk, kept.ID)
	c.Cut("MGL")
	committed := mgl.Offer(waiting.ID, "GWA", nil)
	saved := mgl.Backup()
	raft := status(t, mgl).Raft.ID
	c.Heal("MGL")

	c.Of("GWA").WaitStage(committed.ID, "offered")
	left, _ := given(c, mgl, srk, gone.ID)
	came := srk.Open("Ponirah", nil)
	srk.Note(came.ID, "progress", "Dititipkan ke Magelang.")
	_, arrived := given(c, srk, mgl, came.ID)
	lost := mgl.Open("Dibuka sesudah cadangan", nil)
	mgl.Stop()
	mgl.Restore(saved)
	mgl.Start()
	mgl.WaitLevel()

	if now := status(t, mgl).Raft.ID; now == raft {
		t.Error("the node came back under its old raft id")
	}
	mgl.WaitStage(left, "received")
	if over, err := mgl.Case(gone.ID); err != nil || over.Case.State != casework.HandedOver || over.Stub == nil {
		t.Errorf("the case that was handed over after the backup is %s: %v", over.Case.State, err)
	}
	over, err := mgl.Case(kept.ID)
	if err != nil {
		t.Fatal(err)
	}
	need := "sesudah pemulihan"
	mgl.Edit(over.Case, casework.Patch{Need: &need})
	if rows := mgl.Outbox("undecided"); len(rows) != 0 {
		t.Errorf("the ledger has what waited in the backup, and people are asked about it: %+v", rows)
	}
	next := mgl.Open("Sesudah pemulihan", nil)
	if next.Number <= lost.Number || next.Register <= lost.Register {
		t.Errorf("the numbers after the restore are %s and %s; %s and %s were out", next.Number, next.Register, lost.Number, lost.Register)
	}
	c.WaitFor("the case that came after the backup", func() bool {
		for _, card := range mgl.Cases() {
			if over, err := mgl.Case(card.ID); err == nil && over.Case.Handle == came.Handle && over.Case.State == casework.Open {
				arrived = card.ID
				return true
			}
		}
		return false
	})
	if notes := mgl.Notes(arrived); len(notes) != 1 || notes[0].Text != "Dititipkan ke Magelang." {
		t.Errorf("it came again with the notes %+v", notes)
	}
	given(c, mgl, c.Of("GWA"), next.ID)
	c.Check()
}

// What waited in the outbox of a backup, and never reached the ledger, is shown
// to people. They send it or drop it; a case that left meanwhile is archived.
func TestRestoredWithCommandsNobodyKnowsOf(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA")
	mgl, srk, gwa := c.Of("MGL"), c.Of("SRK"), c.Of("GWA")
	sent, dropped, gone := mgl.Open("Kirim", nil), mgl.Open("Batal", nil), mgl.Open("Pergi", nil)
	h := mgl.Offer(gone.ID, "SRK", nil)
	srk.WaitStage(h.ID, "offered")
	srk.Act(h.ID, "accept", nil)
	c.WaitFor("the packet", func() bool { return srk.Handoff(h.ID).Packet == "here" })
	mgl.WaitStage(h.ID, "accepted")

	c.Cut("MGL")
	first, second := mgl.Offer(sent.ID, "GWA", nil), mgl.Offer(dropped.ID, "GWA", nil)
	saved := mgl.Backup()
	mgl.Stop()
	srk.Act(h.ID, "receive", nil)
	srk.WaitStage(h.ID, "received")
	c.Heal("MGL")
	mgl.Restore(saved)
	mgl.Start()
	mgl.WaitLevel()

	mgl.WaitStage(h.ID, "received")
	rows := map[casework.HandoffID]string{}
	for _, row := range mgl.Outbox("undecided") {
		rows[row.Handoff] = row.ID
	}
	if len(rows) != 2 || rows[first.ID] == "" || rows[second.ID] == "" {
		t.Fatalf("people are asked about %v, want the two offers", rows)
	}
	if len(gwa.Handoffs(casework.In, "")) != 0 {
		t.Error("an offer went out again by itself")
	}
	for id, send := range map[casework.HandoffID]bool{first.ID: true, second.ID: false} {
		mgl.Must("head", http.MethodPost, "/outbox/"+rows[id]+"/decide", map[string]any{"send": send}, nil)
	}
	gwa.WaitStage(first.ID, "offered")
	if over, err := mgl.Case(dropped.ID); err != nil || over.Case.State != casework.Open {
		t.Errorf("the offer was dropped and its case is %s: %v", over.Case.State, err)
	}
	c.Check()
}

// The raft files are lost and the cases are not. The node says what to do, and
// comes back under a new raft id with all it had.
func TestTheRaftFolderIsLost(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA")
	mgl, srk := c.Of("MGL"), c.Of("SRK")
	kept := mgl.Open("Sukinem", nil)
	mgl.Note(kept.ID, "progress", "Tetap ada.")
	decline(c, mgl, srk, kept.ID)
	h := mgl.Offer(mgl.Open("Legiman", nil).ID, "SRK", nil)
	srk.WaitStage(h.ID, "offered")
	raft := status(t, mgl).Raft.ID
	mgl.Stop()
	if err := os.RemoveAll(filepath.Join(mgl.Dir, "raft")); err != nil {
		t.Fatal(err)
	}
	if err := mgl.TryStart(); !errors.Is(err, node.ErrRejoin) {
		t.Fatalf("without its raft files the node says: %v, want ErrRejoin", err)
	}
	srk.Act(h.ID, "accept", nil)
	srk.WaitStage(h.ID, "accepted")

	mgl.Rejoin()
	mgl.Start()
	mgl.WaitLevel()
	if now := status(t, mgl).Raft.ID; now == raft {
		t.Error("the node came back under its old raft id")
	}
	over, err := mgl.Case(kept.ID)
	if err != nil {
		t.Fatal(err)
	}
	need := "kembali bekerja"
	mgl.Edit(over.Case, casework.Patch{Need: &need})
	mgl.WaitStage(h.ID, "accepted")
	c.WaitFor("the packet", func() bool { return srk.Handoff(h.ID).Packet == "here" })
	srk.Act(h.ID, "receive", nil)
	moved(t, mgl, h.Case, srk, h.ID)
	c.WaitFor("the node to vote again", func() bool { r := status(t, mgl).Raft.Role; return r == "follower" || r == "leader" })
	c.Check()
}
