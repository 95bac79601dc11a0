package handoff_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/handoff"
	"serasi/replication/ledger"
)

func (b *balai) blobCount() int {
	b.drawer.mu.Lock()
	defer b.drawer.mu.Unlock()
	return len(b.drawer.blobs)
}

// The head of the audit trail goes into the ledger, once in its time.
func TestAuditHeadIsAnchored(t *testing.T) {
	w := found(t, 31, "MGL", "SRK", "GWA")
	mgl := w.balai["MGL"]
	anchored := func() (a ledger.AnchorBody) {
		w.view(func(v ledger.View) { m, _ := v.Member("MGL"); a = m.Audit })
		return a
	}
	mgl.open()
	if err := mgl.desk.KeepHouse(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the first anchor", func() bool { return anchored().Count > 0 })
	first := anchored()
	mgl.open()
	w.pass(24 * time.Hour)
	if err := mgl.desk.KeepHouse(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.settled()
	if anchored() != first {
		t.Error("anchored again before its time")
	}
	w.pass(1000 * time.Hour)
	if err := mgl.desk.KeepHouse(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the second anchor", func() bool { return anchored().Count > first.Count })
}

// Packets go when they have had their time, and not before.
func TestPacketsAreDropped(t *testing.T) {
	w := found(t, 32, "MGL", "SRK", "GWA")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	refused := mgl.offer(letter("SRK", mgl.open("SRK")))
	taken := mgl.offer(letter("SRK", mgl.open("SRK")))
	srk.sees(refused, "offered")
	srk.act(refused, "decline", casework.Said{Reason: "penuh"})
	srk.sees(taken, "offered")
	srk.act(taken, "accept", casework.Said{})
	waitFor(t, "the packet", func() bool { return srk.get(taken).Packet == "here" })
	srk.act(taken, "receive", casework.Said{})
	mgl.sees(taken, "received")
	mgl.sees(refused, "declined")
	w.settled()
	if n := mgl.blobCount(); n != 4 {
		t.Fatalf("%d blobs, want two documents and two packets", n)
	}
	for _, step := range []struct {
		wait time.Duration
		left int
	}{{0, 3}, {80 * 24 * time.Hour, 3}, {20 * 24 * time.Hour, 2}} {
		w.pass(step.wait)
		if err := mgl.desk.KeepHouse(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := mgl.blobCount(); n != step.left {
			t.Errorf("after %s more %d blobs are left, want %d", step.wait, n, step.left)
		}
	}
	named := map[string]bool{}
	if err := mgl.desk.Blobs(func(name string) { named[name] = true }); err != nil || len(named) != 0 {
		t.Errorf("%d packets are still named, %v", len(named), err)
	}
	if srk.get(refused).Summary == nil {
		t.Fatal("what was told of the declined one is gone too early")
	}
	if err := srk.desk.KeepHouse(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := srk.get(refused); got.Summary != nil || got.Stage != "declined" {
		t.Errorf("after its time, of somebody who never came, is kept: stage %s, summary %v", got.Stage, got.Summary)
	}
}

func TestListsArePaged(t *testing.T) {
	w := found(t, 33, "MGL", "SRK", "GWA")
	mgl := w.balai["MGL"]
	var want []casework.HandoffID
	for range 5 {
		want = append(want, mgl.offer(letter("SRK", mgl.open("SRK"))))
	}
	w.settled()
	var got []casework.HandoffID
	for cursor := ""; ; {
		p, err := mgl.desk.List(t.Context(), head, casework.HandoffQuery{Limit: 2, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range p.Items {
			got = append(got, h.ID)
			if h.Summary != nil || h.Talk != nil {
				t.Error("a list tells what was said")
			}
		}
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	if len(got) != 5 || got[0] != want[4] || got[4] != want[0] {
		t.Errorf("pages hold %v, want the newest first of %v", got, want)
	}
	rows := 0
	for cursor := ""; ; {
		p, err := mgl.desk.Outbox(t.Context(), head, handoff.Committed, cursor, 2)
		if err != nil {
			t.Fatal(err)
		}
		rows += len(p.Items)
		if cursor = p.Next; cursor == "" {
			break
		}
	}
	if rows < 5 {
		t.Errorf("%d committed rows over all pages, want at least 5", rows)
	}
	for _, f := range []casework.HandoffQuery{{Box: "up"}, {State: "sideways"}, {Cursor: "x"}, {Limit: 101}, {Limit: -1}} {
		if _, err := mgl.desk.List(t.Context(), head, f); !errors.Is(err, casework.Invalid) {
			t.Errorf("%+v: %v, want Invalid", f, err)
		}
	}
	for _, bad := range [][2]string{{"lost", ""}, {"", "zz"}, {"", "12"}} {
		if _, err := mgl.desk.Outbox(t.Context(), head, bad[0], bad[1], 10); !errors.Is(err, casework.Invalid) {
			t.Errorf("outbox %q: %v, want Invalid", bad, err)
		}
	}
	if _, err := mgl.desk.List(t.Context(), nobody, casework.HandoffQuery{}); !errors.Is(err, casework.Forbidden) {
		t.Errorf("a list for nobody in particular: %v", err)
	}
}

func TestCustodyByTheLedger(t *testing.T) {
	w := found(t, 34, "MGL", "SRK", "GWA")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	id := mgl.open("SRK")
	c, err := mgl.desk.Custody(t.Context(), head, id, false)
	if err != nil || c.Owner != "MGL" || c.Epoch != 0 || c.Open != "" {
		t.Errorf("before any offer: %+v, %v", c, err)
	}
	h := mgl.offer(letter("SRK", id))
	mgl.sees(h, "offered")
	c, err = mgl.desk.Custody(t.Context(), head, id, true)
	if err != nil || c.Owner != "MGL" || c.Epoch != 1 || c.Open != h || c.AsOf == 0 {
		t.Errorf("on offer: %+v, %v", c, err)
	}
	srk.sees(h, "offered")
	srk.act(h, "accept", casework.Said{})
	waitFor(t, "the packet", func() bool { return srk.get(h).Packet == "here" })
	srk.act(h, "receive", casework.Said{})
	mgl.sees(h, "received")
	c, err = mgl.desk.Custody(t.Context(), head, id, false)
	if err != nil || c.Owner != "SRK" || c.Epoch != 2 || c.Open != "" {
		t.Errorf("after receipt: %+v, %v", c, err)
	}
	mgl.cable(false)
	if _, err := mgl.desk.Custody(t.Context(), head, id, true); !errors.Is(err, casework.Unavailable) {
		t.Errorf("a strong read without a leader: %v, want Unavailable", err)
	}
	if _, err := mgl.desk.Custody(t.Context(), nobody, id, false); !errors.Is(err, casework.Forbidden) {
		t.Errorf("custody for nobody in particular: %v", err)
	}
}

// A case that comes back keeps its id and what was written here before.
func TestCaseComesBack(t *testing.T) {
	w := found(t, 35, "MGL", "SRK", "GWA")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	id := mgl.open("SRK")
	move := func(from, to *balai, c casework.CaseID) casework.CaseID {
		o := letter(to.code, c)
		o.Basis, o.BasisWhy = casework.ByPublicTask, "the other balai is nearer to the family"
		h := from.offer(o)
		to.sees(h, "offered")
		to.act(h, "accept", casework.Said{})
		waitFor(t, "the packet", func() bool { return to.get(h).Packet == "here" })
		to.act(h, "receive", casework.Said{})
		to.sees(h, "received")
		from.sees(h, "received")
		w.settled()
		return to.get(h).Case
	}
	there := move(mgl, srk, id)
	srk.note(there, "served for three months")
	back := move(srk, mgl, there)
	if back != id {
		t.Errorf("the case came back as %s, left as %s", back, id)
	}
	if c := mgl.theCase(id); c.State != casework.Open || c.Epoch != 3 {
		t.Errorf("the case that came back is %s in epoch %d, want open in 3", c.State, c.Epoch)
	}
	notes, err := mgl.cases.Notes(t.Context(), head, id, "", 50)
	if err != nil || len(notes.Items) != 2 {
		t.Errorf("%d notes, want both: %v", len(notes.Items), err)
	}
}

// Officers give a case to another balai when its own was silent beyond its
// lease. When that one wakes up, it is responsible no more.
func TestReassignedCaseIsArchived(t *testing.T) {
	for _, onOffer := range []bool{false, true} {
		t.Run(fmt.Sprint("on offer ", onOffer), func(t *testing.T) {
			w := found(t, 36, "MGL", "SRK", "GWA")
			mgl, srk := w.balai["MGL"], w.balai["SRK"]
			id := mgl.open("SRK")
			o := letter("SRK", id)
			o.AnswerIn = 60 * 24 * time.Hour
			h := mgl.offer(o)
			srk.sees(h, "offered")
			if !onOffer {
				srk.act(h, "decline", casework.Said{Reason: "penuh"})
				mgl.sees(h, "declined")
			}
			w.settled()
			mgl.cable(false)
			w.pass(20 * 24 * time.Hour)
			w.reassign(mgl.theCase(id).Handle, "GWA")
			mgl.cable(true)
			waitFor(t, "the case to be archived", func() bool { return mgl.theCase(id).State == casework.HandedOver })
			c, err := mgl.desk.Custody(t.Context(), head, id, false)
			if err != nil || c.Owner != "GWA" || c.Epoch != 2 {
				t.Errorf("custody: %+v, %v", c, err)
			}
			if stub := mgl.theCase(id); stub.To != "GWA" {
				t.Errorf("the stub points to %q", stub.To)
			}
			if got := mgl.get(h); onOffer && got.Stage != "lapsed" {
				t.Errorf("the transfer under way is %s, want lapsed", got.Stage)
			}
		})
	}
}

// The balai that received a case is gone for ever. Officers give it back to the
// sender, who goes on from what it had; a signature alone does nothing.
func TestReassignedBackToTheSender(t *testing.T) {
	w := found(t, 37, "MGL", "SRK", "GWA")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	id := mgl.open("SRK")
	h := mgl.offer(letter("SRK", id))
	srk.sees(h, "offered")
	srk.act(h, "accept", casework.Said{})
	waitFor(t, "the file to come", func() bool { return srk.get(h).Packet == "here" })
	srk.act(h, "receive", casework.Said{})
	mgl.sees(h, "received")
	w.settled()
	srk.cable(false)
	w.pass(20 * 24 * time.Hour)
	w.approve(mgl.theCase(id).Handle, "MGL")
	w.settled()
	if c := mgl.theCase(id); c.State != casework.HandedOver || c.To != "SRK" {
		t.Errorf("after one signature the case is %s, to %q", c.State, c.To)
	}
	w.reassign(mgl.theCase(id).Handle, "MGL")
	waitFor(t, "the case to be open again", func() bool { return mgl.theCase(id).State == casework.Open })
	mgl.note(id, "kembali ditangani di sini")
	if c := mgl.theCase(id); c.Epoch != 3 || c.To != "" || !c.Ended.IsZero() {
		t.Errorf("the case came back as %+v", c)
	}
	srk.cable(true)
	waitFor(t, "the case to be archived there", func() bool {
		for _, c := range srk.own() {
			if c.State != casework.HandedOver || c.To != "MGL" {
				return false
			}
		}
		return true
	})
}

func TestConfigSaysAllThatIsMissing(t *testing.T) {
	err := handoff.Config{Poll: -1}.Check()
	for _, want := range []string{"Federation", "Store", "Ledger", "Cases", "Gate", "Trail", "Files", "Peers", "Sign", "Clock", "NewID", "Self", "Poll"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not named in: %v", want, err)
		}
	}
	if _, err := handoff.Open(handoff.Config{}); err == nil {
		t.Error("a desk was opened without anything")
	}
}

// A withdrawn consent stops the file of an accepted transfer, and the offer that
// was not sent yet.
func TestWithdrawnConsentStopsTheFile(t *testing.T) {
	w := found(t, 37, "MGL", "SRK", "GWA")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	withdraw := func(id casework.CaseID) {
		t.Helper()
		list, err := mgl.cases.Consents(t.Context(), head, id)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d consents, %v", len(list), err)
		}
		if _, err := mgl.cases.WithdrawConsent(t.Context(), head, id, list[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	id := mgl.open("SRK")
	h := mgl.offer(letter("SRK", id))
	srk.sees(h, "offered")
	withdraw(id)
	srk.act(h, "accept", casework.Said{})
	srk.sees(h, "accepted")
	if _, _, _, err := mgl.desk.OpenPacket(t.Context(), "SRK", string(h)); !errors.Is(err, casework.Unavailable) {
		t.Errorf("the file after the consent was withdrawn: %v, want Unavailable", err)
	}
	mgl.stop()
	other := mgl.open("SRK")
	mgl.offer(letter("SRK", other))
	withdraw(other)
	mgl.start()
	waitFor(t, "words that say why it waits", func() bool {
		rows := mgl.outbox(handoff.Pending)
		return len(rows) == 1 && strings.Contains(rows[0].Waits, "consent")
	})
	if got := srk.get(h); got.Packet != "fetching" {
		t.Errorf("the packet at the destination is %s", got.Packet)
	}
}
