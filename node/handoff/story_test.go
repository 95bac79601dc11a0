package handoff_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/handoff"
	"serasi/replication/ledger"
)

// bast is a handover record with all that is needed.
func bast() map[string]string {
	form := map[string]string{}
	for _, k := range casework.RecordFields[:casework.RecordNeeded] {
		form[k] = "filled in"
	}
	form["receivedBy"] = "office of SRK, 0271-000"
	return form
}

func TestTransferFromClickToReceipt(t *testing.T) {
	w := found(t, 1, "MGL", "SRK", "GWA")
	mgl, srk, gwa := w.balai["MGL"], w.balai["SRK"], w.balai["GWA"]
	id := mgl.open("SRK")
	o := letter("SRK", id)
	o.Residential = true
	h := mgl.offer(o)
	if c := mgl.theCase(id); c.State != casework.OnOffer {
		t.Fatalf("the case is %s after the offer, want on offer", c.State)
	}
	in := srk.sees(h, "offered")
	if in.Summary == nil || !strings.Contains(in.Summary.Reason, canary) || in.Summary.Initials != "K. R." {
		t.Fatalf("summary at the destination: %+v", in.Summary)
	}
	waitFor(t, "the delivery tick", func() bool { return !mgl.get(h).Ticks.Delivered.IsZero() })
	if _, err := srk.desk.Read(t.Context(), head, h); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the tick of a reader", func() bool { return !mgl.get(h).Ticks.Read.IsZero() })

	srk.act(h, "accept", casework.Said{Conditional: true, Text: "the X-ray must follow"})
	out := mgl.sees(h, "accepted")
	if !out.Conditional || len(out.Talk) != 1 || out.Talk[0].Text != "the X-ray must follow" {
		t.Errorf("acceptance as the source sees it: conditional %v, talk %+v", out.Conditional, out.Talk)
	}
	waitFor(t, "the packet", func() bool { return srk.get(h).Packet == "here" })
	there := srk.get(h).Case
	if c := srk.theCase(there); c.State != casework.Arriving {
		t.Fatalf("the case is %s before receipt, want arriving", c.State)
	}
	mgl.act(h, "depart", casework.Said{})
	srk.sees(h, "departed")
	mgl.addendum(id, "told on the way")
	if _, err := srk.desk.Act(t.Context(), head, h, "receive", casework.Said{}); len(casework.Faults(err)) != casework.RecordNeeded {
		t.Errorf("receipt without a record: %v", err)
	}
	srk.act(h, "receive", casework.Said{Form: bast()})
	srk.sees(h, "received")
	mgl.sees(h, "received")
	w.settled()

	if c := srk.theCase(there); c.State != casework.Open || c.Epoch != 2 {
		t.Errorf("at the destination the case is %s in epoch %d, want open in 2", c.State, c.Epoch)
	}
	o2, err := mgl.cases.Get(t.Context(), head, id)
	if err != nil || o2.Case.State != casework.HandedOver || o2.Stub == nil || o2.Stub.To != "SRK" || !strings.Contains(o2.Stub.Contact, "0271") {
		t.Errorf("at the source: %s, stub %+v, %v", o2.Case.State, o2.Stub, err)
	}
	notes, err := srk.cases.Notes(t.Context(), head, there, "", 50)
	if err != nil || len(notes.Items) != 2 {
		t.Errorf("%d notes at the destination, want the first one and the addendum: %v", len(notes.Items), err)
	}
	docs, err := srk.cases.Documents(t.Context(), head, there, "", 50)
	if err != nil || len(docs.Items) != 1 {
		t.Fatalf("%d documents at the destination: %v", len(docs.Items), err)
	}
	if _, r, err := srk.cases.OpenDocument(t.Context(), head, there, docs.Items[0].ID); err != nil {
		t.Errorf("the document does not open: %v", err)
	} else if err := r.Close(); err != nil {
		t.Error(err)
	}
	if talk := mgl.get(h).Talk; talk[len(talk)-1].Form["condition"] != "filled in" {
		t.Errorf("the handover record did not come back: %+v", talk)
	}
	if holds(gwa.disk, gwa.drawer, canary) || !holds(srk.disk, srk.drawer, canary) {
		t.Error("what was handed over must be at the destination and nowhere else")
	}
	for _, b := range w.balai {
		for _, row := range b.rows {
			if strings.Contains(string(row), canary) {
				t.Fatalf("the ledger at %s holds plain text", b.code)
			}
		}
	}
}

// Each of these ends gives the case back to its source.
func TestEndsThatMoveNothing(t *testing.T) {
	tests := map[string]struct {
		stage string
		do    func(w *world, h casework.HandoffID)
	}{
		"declined": {"declined", func(w *world, h casework.HandoffID) {
			w.balai["SRK"].act(h, "decline", casework.Said{Reason: "penuh", Text: "try in May"})
		}},
		"redirected": {"redirected", func(w *world, h casework.HandoffID) {
			w.balai["SRK"].act(h, "redirect", casework.Said{Reason: "penuh", Redirect: "GWA"})
		}},
		"withdrawn": {"withdrawn", func(w *world, h casework.HandoffID) {
			w.balai["MGL"].act(h, "withdraw", casework.Said{Reason: "salah kirim"})
		}},
		"expired": {"expired", func(w *world, h casework.HandoffID) { w.pass(8 * 24 * time.Hour) }},
		"asked, answered, waiting, expired": {"expired", func(w *world, h casework.HandoffID) {
			mgl, srk := w.balai["MGL"], w.balai["SRK"]
			srk.act(h, "ask", casework.Said{Text: "which wheelchair?"})
			mgl.sees(h, "asked")
			mgl.act(h, "answer", casework.Said{Text: "a narrow one"})
			srk.sees(h, "offered")
			srk.act(h, "wait", casework.Said{Expected: w.now().Add(10 * 24 * time.Hour)})
			mgl.sees(h, "waitlisted")
			w.pass(30 * 24 * time.Hour)
		}},
		"lapsed": {"lapsed", func(w *world, h casework.HandoffID) {
			w.balai["SRK"].act(h, "accept", casework.Said{})
			waitFor(w.t, "the packet", func() bool { return w.balai["SRK"].get(h).Packet == "here" })
			w.balai["SRK"].addendum(w.balai["SRK"].get(h).Case, "she is at the door")
			w.pass(15 * 24 * time.Hour)
		}},
		"cancelled": {"cancelled", func(w *world, h casework.HandoffID) {
			mgl, srk := w.balai["MGL"], w.balai["SRK"]
			srk.act(h, "accept", casework.Said{})
			mgl.sees(h, "accepted")
			waitFor(w.t, "the packet", func() bool { return srk.get(h).Packet == "here" })
			srk.addendum(srk.get(h).Case, "she is at the door")
			mgl.act(h, "cancel", casework.Said{Reason: "gagal berangkat"})
			srk.sees(h, "cancelling")
			srk.act(h, "confirm-cancel", casework.Said{})
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := found(t, 2, "MGL", "SRK", "GWA")
			mgl, srk := w.balai["MGL"], w.balai["SRK"]
			id := mgl.open("SRK")
			h := mgl.offer(letter("SRK", id))
			srk.sees(h, "offered")
			tt.do(w, h)
			mgl.sees(h, tt.stage)
			srk.sees(h, tt.stage)
			w.settled()
			if c := mgl.theCase(id); c.State != casework.Open {
				t.Errorf("the case is %s at its source, want open", c.State)
			}
			mgl.note(id, "life goes on")
			notes, err := mgl.cases.Notes(t.Context(), head, id, "", 50)
			if err != nil {
				t.Fatal(err)
			}
			want := 2
			if srk.get(h).Case != "" {
				want = 3 // what was written at the door came back
			}
			if len(notes.Items) != want {
				t.Errorf("%d notes at the source, want %d", len(notes.Items), want)
			}
		})
	}
}

func TestReferralMovesNoCustody(t *testing.T) {
	w := found(t, 3, "MGL", "SRK")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	id := mgl.open("SRK")
	o := letter("SRK", id)
	o.Kind = casework.Referral
	h := mgl.offer(o)
	mgl.note(id, "a referral freezes nothing")
	srk.sees(h, "offered")
	for _, step := range []struct{ act, stage string }{{"accept", "accepted"}, {"start", "in-service"}, {"hold", "on-hold"}, {"start", "in-service"}} {
		srk.act(h, step.act, casework.Said{})
		srk.sees(h, step.stage)
	}
	srk.act(h, "report", casework.Said{Reason: "selesai", Text: "walks alone"})
	if got := mgl.sees(h, "reported"); got.Reason != "selesai" || got.Talk[len(got.Talk)-1].Text != "walks alone" {
		t.Errorf("the outcome as the source sees it: %+v", got)
	}
	mgl.act(h, "close", casework.Said{})
	srk.sees(h, "closed")
	w.settled()
}

// Twenty offers with the cable cut, the node killed meanwhile: each is committed
// once and no one is told that it failed.
func TestOffersMadeAlone(t *testing.T) {
	w := found(t, 4, "MGL", "SRK")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	var cases []casework.CaseID
	for range 20 {
		cases = append(cases, mgl.open("SRK"))
	}
	mgl.cable(false)
	group, err := mgl.desk.Offer(t.Context(), head, letter("SRK", cases[:10]...))
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range cases[10:] {
		mgl.offer(letter("SRK", id))
	}
	mgl.restart()
	if rows := mgl.outbox(handoff.Pending); len(rows) != 20 {
		t.Fatalf("%d rows wait, want 20", len(rows))
	}
	w.with(faults{lost: 20, unanswered: 30, twice: 20})
	mgl.cable(true)
	waitFor(t, "20 offers at the destination", func() bool {
		p, err := srk.desk.List(t.Context(), head, casework.HandoffQuery{Box: casework.In, State: "offered", Limit: 100})
		return err == nil && len(p.Items) == 20
	})
	w.settled()
	if group[0].Group == "" || group[0].Group != srk.get(group[9].ID).Group {
		t.Error("the ten of one letter are not one group at the destination")
	}
	offers := 0
	w.view(func(v ledger.View) {
		for _, e := range v.Since(0, 1000) {
			if e.Act == ledger.Offer {
				offers++
			}
		}
	})
	if offers != 20 {
		t.Errorf("%d offers in the ledger, want 20", offers)
	}
}

// One letter for three, of whom one has consented, one is sent for another reason,
// and one has neither: all that is missing is named at once.
func TestAGroupRestsOnAGroundEach(t *testing.T) {
	w := found(t, 4, "MGL", "SRK")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	agreed, urgent, without := mgl.open("SRK"), mgl.open(), mgl.open()
	o := letter("SRK", agreed, urgent, without)
	_, err := mgl.desk.Offer(t.Context(), head, o)
	if got := casework.Faults(err); len(got) != 2 || got[0].Field != "grounds."+string(urgent)+".basis" || got[1].Field != "grounds."+string(without)+".basis" {
		t.Fatalf("faults %+v", got)
	}
	o.Grounds = map[casework.CaseID]casework.Ground{urgent: {Basis: casework.ByVitalInterest}, "x": {Basis: casework.ByPublicTask, Why: "x"}}
	_, err = mgl.desk.Offer(t.Context(), head, o)
	if got := casework.Faults(err); len(got) != 2 {
		t.Fatalf("a basis without words, and one of nobody: %+v", got)
	}
	o.Cases = o.Cases[:2]
	o.Grounds = map[casework.CaseID]casework.Ground{urgent: {Basis: casework.ByVitalInterest, Why: "perlu medis segera"}}
	made, err := mgl.desk.Offer(t.Context(), head, o)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []casework.Basis{casework.ByConsent, casework.ByVitalInterest} {
		srk.sees(made[i].ID, "offered")
		if got := srk.get(made[i].ID).Summary.Basis; got != want {
			t.Errorf("case %d rests on %q, want %q", i, got, want)
		}
	}
}

func TestWithdrawBeforeTheLedgerHasIt(t *testing.T) {
	t.Run("never sent", func(t *testing.T) {
		w := found(t, 5, "MGL", "SRK")
		mgl := w.balai["MGL"]
		id := mgl.open("SRK")
		mgl.point = func(name string) bool { return name == "outbox.before-store" } // the bytes are never stored, so never sent
		mgl.restart()
		if err := mgl.desk.KeepHouse(t.Context()); err != nil { // what it queues is not to crash
			t.Fatal(err)
		}
		w.settled()
		mgl.arm()
		h := mgl.offer(letter("SRK", id))
		waitFor(t, "the crash", mgl.dead.Load)
		mgl.cable(false)
		mgl.point = nil
		mgl.restart()
		if got := mgl.get(h).Stage; got != "queued" {
			t.Fatalf("after the crash the offer is %s", got)
		}
		mgl.stop() // nobody sends
		mgl.act(h, "withdraw", casework.Said{Reason: "salah kirim"})
		mgl.restart()
		mgl.cable(true)
		waitFor(t, "the case to thaw", func() bool { return mgl.theCase(id).State == casework.Open })
		w.settled()
	})
	t.Run("perhaps sent", func(t *testing.T) {
		w := found(t, 6, "MGL", "SRK")
		mgl, srk := w.balai["MGL"], w.balai["SRK"]
		id := mgl.open("SRK")
		w.with(faults{lost: 100})
		h := mgl.offer(letter("SRK", id))
		waitFor(t, "a try without an answer", func() bool {
			rows := mgl.outbox(handoff.Pending)
			return len(rows) == 1 && rows[0].Tries > 1 && strings.Contains(rows[0].Waits, "no answer")
		})
		mgl.act(h, "withdraw", casework.Said{Reason: "salah kirim"})
		w.with(faults{})
		mgl.sees(h, "withdrawn")
		w.settled()
		if c := mgl.theCase(id); c.State != casework.Open {
			t.Errorf("the case is %s, want open", c.State)
		}
		if p, err := srk.desk.List(t.Context(), head, casework.HandoffQuery{State: "open"}); err != nil || len(p.Items) != 0 {
			t.Errorf("the destination sees %d open handoffs, %v", len(p.Items), err)
		}
	})
	t.Run("committed and accepted meanwhile", func(t *testing.T) {
		w := found(t, 7, "MGL", "SRK")
		mgl, srk := w.balai["MGL"], w.balai["SRK"]
		h := mgl.offer(letter("SRK", mgl.open("SRK")))
		mgl.sees(h, "offered")
		mgl.cable(false)
		mgl.act(h, "withdraw", casework.Said{Reason: "salah kirim"})
		srk.sees(h, "offered")
		srk.act(h, "accept", casework.Said{})
		srk.sees(h, "accepted")
		mgl.cable(true)
		mgl.sees(h, "accepted")
		w.settled()
		rejected := mgl.outbox(handoff.Rejected)
		if len(rejected) != 1 || !strings.Contains(rejected[0].Reason, "acted first") {
			t.Errorf("the withdrawal that came too late: %+v", rejected)
		}
	})
}

func TestTwoOffersOfOneCase(t *testing.T) {
	w := found(t, 8, "MGL", "SRK", "GWA")
	mgl := w.balai["MGL"]
	id := mgl.open("SRK", "GWA")
	h := mgl.offer(letter("SRK", id))
	if _, err := mgl.desk.Offer(t.Context(), head, letter("GWA", id)); !errors.Is(err, casework.Frozen) {
		t.Errorf("a second offer: %v, want Frozen", err)
	}
	mgl.sees(h, "offered")
	w.settled()
}

// An offer sealed to a key that was replaced before the ledger saw it is sealed
// again, and still read by the destination; a final refusal never doubles it.
func TestSealedAgainAfterRotation(t *testing.T) {
	w := found(t, 9, "MGL", "SRK")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	id := mgl.open("SRK")
	w.with(faults{lost: 100})
	mgl.cable(false)
	h := mgl.offer(letter("SRK", id))
	waitFor(t, "stored bytes", func() bool { rows := mgl.outbox(handoff.Pending); return len(rows) == 1 && rows[0].Tries > 0 })
	w.with(faults{})
	var before, after ledger.KeyID
	w.view(func(v ledger.View) { m, _ := v.Member("SRK"); before = m.SealKey() })
	w.pass(8 * 24 * time.Hour)
	if err := srk.desk.KeepHouse(t.Context()); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the new key", func() bool {
		w.view(func(v ledger.View) { m, _ := v.Member("SRK"); after = m.SealKey() })
		return before != after
	})
	mgl.cable(true)
	if in := srk.sees(h, "offered"); in.Summary == nil {
		t.Error("the summary that was sealed again does not open")
	}
	w.settled()
	waitFor(t, "the old key to be destroyed", func() bool {
		if err := srk.desk.KeepHouse(t.Context()); err != nil {
			t.Fatal(err)
		}
		srk.shredMu.Lock()
		defer srk.shredMu.Unlock()
		return slices.ContainsFunc(srk.shred, func(o string) bool { return strings.Contains(o, before.String()) })
	})
	srk.act(h, "accept", casework.Said{})
	waitFor(t, "the packet", func() bool { return srk.get(h).Packet == "here" })
}

// A key that an open handoff names outlives its rotation.
func TestKeyOfAnOpenHandoffStays(t *testing.T) {
	w := found(t, 10, "MGL", "SRK")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	o := letter("SRK", mgl.open("SRK"))
	o.AnswerIn = 60 * 24 * time.Hour
	h := mgl.offer(o)
	srk.sees(h, "offered")
	w.pass(8 * 24 * time.Hour)
	if err := srk.desk.KeepHouse(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.settled()
	if err := srk.desk.KeepHouse(t.Context()); err != nil {
		t.Fatal(err)
	}
	srk.shredMu.Lock()
	gone := len(srk.shred)
	srk.shredMu.Unlock()
	if gone != 0 {
		t.Fatalf("%d keys were destroyed while a handoff needs one", gone)
	}
	srk.act(h, "accept", casework.Said{})
	waitFor(t, "the packet, sealed to the key of the offer", func() bool { return srk.get(h).Packet == "here" })
}

func TestPacketGoesOnWhereItBroke(t *testing.T) {
	w := found(t, 11, "MGL", "SRK")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	var calls atomic.Int32
	srk.short = func(size int64) int64 { calls.Add(1); return size/5 + 1 }
	h := mgl.offer(letter("SRK", mgl.open("SRK")))
	srk.sees(h, "offered")
	srk.act(h, "accept", casework.Said{})
	waitFor(t, "the packet", func() bool { return srk.get(h).Packet == "here" })
	if n := calls.Load(); n < 5 || n > 6 {
		t.Errorf("%d calls for a packet that comes in fifths", n)
	}
	mgl.sees(h, "accepted")
	w.settled()
}

// Packets go to the destination of an accepted transfer and to nobody else.
func TestWhoGetsAPacket(t *testing.T) {
	w := found(t, 12, "MGL", "SRK", "GWA")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	h := mgl.offer(letter("SRK", mgl.open("SRK")))
	ask := func(caller casework.BalaiCode, name string) error {
		content, _, _, err := mgl.desk.OpenPacket(t.Context(), caller, name)
		if err == nil {
			err = content.Close()
		}
		return err
	}
	mgl.sees(h, "offered")
	if err := ask("SRK", string(h)); !errors.Is(err, casework.NotFound) {
		t.Errorf("before acceptance: %v, want NotFound", err)
	}
	srk.sees(h, "offered")
	srk.act(h, "accept", casework.Said{})
	waitFor(t, "the packet", func() bool { return srk.get(h).Packet == "here" })
	for caller, want := range map[casework.BalaiCode]error{"SRK": nil, "GWA": casework.NotFound, "MGL": casework.NotFound, "XXX": casework.NotFound} {
		if err := ask(caller, string(h)); !errors.Is(err, want) {
			t.Errorf("%s after acceptance: %v, want %v", caller, err, want)
		}
	}
	for _, name := range []string{"", "x", string(h)[:30], string(h) + "03", string(h) + "02", strings.Repeat("0", 32)} {
		if err := ask("SRK", name); !errors.Is(err, casework.NotFound) {
			t.Errorf("packet %q: %v, want NotFound", name, err)
		}
	}
}

func TestBadInputChangesNothing(t *testing.T) {
	w := found(t, 13, "MGL", "SRK")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	id := mgl.open("SRK")
	stranger := mgl.open()
	offers := map[string]struct {
		change func(*casework.NewOffer)
		by     casework.Actor
		want   error
		field  string
	}{
		"no reason":               {func(o *casework.NewOffer) { o.Reason = " " }, head, casework.Invalid, "reason"},
		"to itself":               {func(o *casework.NewOffer) { o.To = "MGL" }, head, casework.Invalid, "to"},
		"to a stranger":           {func(o *casework.NewOffer) { o.To = "ZZZ" }, head, casework.Invalid, "to"},
		"no consent":              {func(o *casework.NewOffer) { o.Cases = []casework.CaseID{stranger} }, head, casework.Invalid, "basis"},
		"another basis, no why":   {func(o *casework.NewOffer) { o.Basis = casework.ByVitalInterest }, head, casework.Invalid, "basisWhy"},
		"twice the same case":     {func(o *casework.NewOffer) { o.Cases = []casework.CaseID{id, id} }, head, casework.Invalid, "cases.1"},
		"no cases":                {func(o *casework.NewOffer) { o.Cases = nil }, head, casework.Invalid, "cases"},
		"a year to answer":        {func(o *casework.NewOffer) { o.AnswerIn = 365 * 24 * time.Hour }, head, casework.Invalid, "answerIn"},
		"a referral that travels": {func(o *casework.NewOffer) { o.Kind, o.Residential = casework.Referral, true }, head, casework.Invalid, "kind"},
		"no such case":            {func(o *casework.NewOffer) { o.Cases = []casework.CaseID{casework.CaseID(newID())} }, head, casework.NotFound, ""},
		"nobody in particular":    {func(*casework.NewOffer) {}, nobody, casework.Forbidden, ""},
		"a control character":     {func(o *casework.NewOffer) { o.Wanted = "x\x00y" }, head, casework.Invalid, "wanted"},
		"too much in all": {func(o *casework.NewOffer) {
			s := strings.Repeat("界<", 2000)
			o.Reason, o.Wanted, o.Given, o.Health, o.Journey, o.Contact = s, s, s, s, s, s
		}, head, casework.Invalid, ""},
	}
	for name, tt := range offers {
		t.Run("offer: "+name, func(t *testing.T) {
			o := letter("SRK", id)
			tt.change(&o)
			_, err := mgl.desk.Offer(t.Context(), tt.by, o)
			if !errors.Is(err, tt.want) {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			named := slices.ContainsFunc(casework.Faults(err), func(f casework.Fault) bool { return f.Field == tt.field })
			if tt.field != "" && !named {
				t.Errorf("field %s is not named: %v", tt.field, err)
			}
			if c := mgl.theCase(id); c.State != casework.Open || len(mgl.outbox("")) != 0 {
				t.Error("a refused offer changed something")
			}
		})
	}
	mgl.drawer.mu.Lock()
	left := len(mgl.drawer.blobs)
	mgl.drawer.mu.Unlock()
	if left != 2 {
		t.Errorf("%d blobs lie here, want the two documents: refused offers leave packets behind", left)
	}
	h := mgl.offer(letter("SRK", id))
	srk.sees(h, "offered")
	w.settled()
	acts := map[string]struct {
		at   *balai
		act  string
		in   casework.Said
		want error
	}{
		"no such act":             {srk, "dance", casework.Said{}, casework.Invalid},
		"a receipt by hand":       {srk, "deliver", casework.Said{}, casework.Invalid},
		"the other side's":        {mgl, "accept", casework.Said{}, casework.Conflict},
		"too early":               {srk, "receive", casework.Said{}, casework.Conflict},
		"a decline without why":   {srk, "decline", casework.Said{}, casework.Invalid},
		"a made-up reason":        {srk, "decline", casework.Said{Reason: "because"}, casework.Invalid},
		"conditions without text": {srk, "accept", casework.Said{Conditional: true}, casework.Invalid},
		"a wait without a date":   {srk, "wait", casework.Said{}, casework.Invalid},
		"redirect to the source":  {srk, "redirect", casework.Said{Reason: "penuh", Redirect: "MGL"}, casework.Invalid},
		"a form with an ask":      {srk, "ask", casework.Said{Text: "?", Form: bast()}, casework.Invalid},
		"a text too long":         {srk, "ask", casework.Said{Text: strings.Repeat("x", 9000)}, casework.Invalid},
	}
	for name, tt := range acts {
		t.Run("act: "+name, func(t *testing.T) {
			if _, err := tt.at.desk.Act(t.Context(), head, h, tt.act, tt.in); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
	if _, err := srk.desk.Act(t.Context(), nobody, h, "accept", casework.Said{}); !errors.Is(err, casework.Forbidden) {
		t.Errorf("accepted by nobody in particular: %v", err)
	}
	if _, err := srk.desk.Act(t.Context(), head, casework.HandoffID(newID()), "accept", casework.Said{}); !errors.Is(err, casework.NotFound) {
		t.Error("a handoff that does not exist was accepted")
	}
	if rows := srk.outbox(handoff.Pending); len(rows) != 0 {
		t.Errorf("refused acts left %d rows", len(rows))
	}
	denied := 0
	err := store{srk.disk, srk.life}.View(func(tx casework.Tx) error {
		return tx.Each(casework.Audit, "", "", func(_ string, decode func(any) error) (bool, error) {
			var l casework.Line
			err := decode(&l)
			if l.Outcome == "denied" {
				denied++
			}
			return true, err
		})
	})
	if err != nil || denied != 1 {
		t.Errorf("%d denials recorded, want 1: %v", denied, err)
	}
}

// A person who pulls the ledger of another history is stopped.
func TestDivergedLedgerStopsEverything(t *testing.T) {
	w := found(t, 14, "MGL", "SRK")
	mgl := w.balai["MGL"]
	id := mgl.open("SRK")
	h := mgl.offer(letter("SRK", id))
	mgl.sees(h, "offered")
	w.settled()
	mgl.stop()
	mgl.logMu.Lock()
	for k, v := range mgl.rows {
		if k[0] == 'e' {
			mgl.rows[k] = append([]byte{v[0] ^ 1}, v[1:]...)
		}
	}
	mgl.logMu.Unlock()
	mgl.start()
	waitFor(t, "the fork to be noticed", func() bool { s, err := mgl.desk.Status(); return err == nil && s.Diverged })
	if err := mgl.desk.Pull(context.Background()); !errors.Is(err, handoff.ErrDiverged) {
		t.Errorf("pull: %v, want ErrDiverged", err)
	}
	if err := mgl.desk.Editable(casework.Case{Epoch: 1}); !errors.Is(err, casework.Unavailable) {
		t.Errorf("editing goes on: %v", err)
	}
	if _, err := mgl.desk.Act(t.Context(), head, h, "withdraw", casework.Said{Reason: "salah kirim"}); !errors.Is(err, casework.Unavailable) {
		t.Errorf("acting goes on: %v", err)
	}
}

func TestLease(t *testing.T) {
	w := found(t, 15, "MGL", "SRK")
	mgl := w.balai["MGL"]
	w.settled()
	for _, tt := range []struct {
		days int
		c    casework.Case
		want error
	}{
		{13, casework.Case{Epoch: 1}, nil}, {15, casework.Case{Epoch: 1}, casework.Frozen}, {15, casework.Case{}, nil},
	} {
		t.Run(fmt.Sprintf("%d days, epoch %d", tt.days, tt.c.Epoch), func(t *testing.T) {
			w.mu.Lock()
			w.clock = start.Add(time.Duration(tt.days) * 24 * time.Hour)
			w.mu.Unlock()
			if err := mgl.desk.Editable(tt.c); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}
