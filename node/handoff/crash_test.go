package handoff_test

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/handoff"
	"serasi/replication/ledger"
)

// points are all named fail points of a desk, and the side that passes them in a
// transfer.
var points = map[string]casework.BalaiCode{
	"offer.packed": "MGL", "offer.queued": "MGL",
	"outbox.before-store": "MGL", "outbox.stored": "MGL", "outbox.before-send": "MGL", "outbox.after-send": "MGL",
	"act.queued": "SRK", "pull.before": "SRK", "pull.after": "SRK",
	"fetch.received": "SRK", "fetch.committed": "SRK", "fetch.unpacked": "SRK", "fetch.adopted": "SRK",
}

// people do their work at both ends, again and again, as people do when the
// screen did not answer.
type people struct {
	*world
	cases []casework.CaseID
}

// step lets everybody do what they can do now, and reports whether all cases
// have been received at both ends.
func (p *people) step() bool {
	p.t.Helper()
	mgl, srk := p.balai["MGL"], p.balai["SRK"]
	for _, b := range []*balai{mgl, srk} {
		if b.dead.Load() {
			b.restart()
		}
	}
	done := 0
	for _, id := range p.cases {
		o, err := mgl.cases.Get(p.t.Context(), head, id)
		if err != nil {
			continue
		}
		switch o.Case.State {
		case casework.Open:
			if _, err := mgl.desk.Offer(p.t.Context(), head, letter("SRK", id)); err != nil && !errors.Is(err, errDead) {
				p.t.Fatalf("offer: %v", err)
			}
		case casework.HandedOver:
			done++
		}
	}
	page, err := srk.desk.List(p.t.Context(), head, casework.HandoffQuery{Box: casework.In, State: "open", Limit: 100})
	if err != nil {
		return false
	}
	for _, h := range page.Items {
		for _, act := range []string{"accept", "receive"} {
			if slices.Contains(h.Actions, act) {
				_, err := srk.desk.Act(p.t.Context(), head, h.ID, act, casework.Said{})
				if err != nil && !errors.Is(err, errDead) && !errors.Is(err, casework.Conflict) {
					p.t.Fatalf("%s: %v", act, err)
				}
			}
		}
	}
	return done == len(p.cases) && len(page.Items) == 0
}

func (p *people) work(n int) {
	p.t.Helper()
	mgl := p.balai["MGL"]
	for range n {
		p.cases = append(p.cases, mgl.open("SRK"))
	}
	for _, b := range p.balai {
		b.arm()
	}
	waitFor(p.t, "all cases to be received", p.step)
	for _, b := range p.balai {
		b.disarm()
	}
	p.settled()
}

// received counts how often custody moved.
func (w *world) received() (n int) {
	w.view(func(v ledger.View) {
		for _, e := range v.Since(0, 100_000) {
			if e.Act == ledger.Receive {
				n++
			}
		}
	})
	return n
}

// A crash at any point, the first, the second and the fifth time it is passed,
// loses nothing and doubles nothing.
func TestCrashAtEachPoint(t *testing.T) {
	for name, code := range points {
		t.Run(name, func(t *testing.T) {
			w := found(t, 1, "MGL", "SRK", "GWA")
			var hits, crashes atomic.Int32
			b := w.balai[code]
			b.point = func(at string) bool {
				if at != name {
					return false
				}
				n := hits.Add(1)
				if n != 1 && n != 2 && n != 5 {
					return false
				}
				crashes.Add(1)
				return true
			}
			b.restart()
			p := people{world: w}
			p.work(5)
			for more := 0; crashes.Load() < 3 && more < 5; more++ {
				p.work(3) // what passed the point beside one that died was not counted
			}
			if n := w.received(); n != len(p.cases) {
				t.Errorf("custody moved %d times, want %d", n, len(p.cases))
			}
			if n := crashes.Load(); n != 3 {
				t.Errorf("the node crashed %d times, want 3", n)
			}
		})
	}
}

// Whatever the line does, and however often nodes die: in the end each case has
// one custodian, every row of every outbox has ended, and each transfer was
// received once.
func TestStormsEndWell(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			w := found(t, seed, "MGL", "SRK", "GWA")
			w.with(faults{lost: 25, unanswered: 25, twice: 25})
			for _, code := range []casework.BalaiCode{"MGL", "SRK"} {
				b := w.balai[code]
				var left atomic.Int32
				left.Store(6)
				b.point = func(string) bool { return w.roll(3) && left.Add(-1) >= 0 }
				b.short = func(size int64) int64 { return 1 + size/3 }
				b.restart()
			}
			p := people{world: w}
			for range 2 {
				p.work(3)
			}
			if n := w.received(); n != len(p.cases) {
				t.Errorf("custody moved %d times, want %d", n, len(p.cases))
			}
		})
	}
}

// custodyFaults notices when a node believes what the ledger does
// not say.
func TestTwoCustodiansAreNoticed(t *testing.T) {
	w := found(t, 3, "MGL", "SRK", "GWA")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	id := mgl.open("SRK")
	h := mgl.offer(letter("SRK", id))
	srk.sees(h, "offered")
	srk.act(h, "accept", casework.Said{})
	waitFor(t, "the packet", func() bool { return srk.get(h).Packet == "here" })
	w.settled()
	there := srk.get(h).Case
	err := store{srk.disk, &life{}}.Update(t.Context(), func(tx casework.Tx) error {
		_, err := srk.cases.TakeOver(tx, there, h, 2)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(w.custodyFaults()) == 0 {
		t.Error("a node took a case over before the ledger said so, and nobody noticed")
	}
}

// The destination dies after the receipt was committed and before it is pulled,
// and so does the source: custody follows when they come back.
func TestBothAsleepWhenCustodyMoves(t *testing.T) {
	w := found(t, 4, "MGL", "SRK", "GWA")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	id := mgl.open("SRK")
	h := mgl.offer(letter("SRK", id))
	srk.sees(h, "offered")
	srk.act(h, "accept", casework.Said{})
	mgl.sees(h, "accepted")
	waitFor(t, "the packet", func() bool { return srk.get(h).Packet == "here" })
	w.settled()
	mgl.stop()
	srk.point = func(at string) bool { return at == "outbox.after-send" && w.received() == 1 }
	srk.restart()
	srk.arm()
	srk.act(h, "receive", casework.Said{})
	waitFor(t, "the crash", srk.dead.Load)
	srk.stop()
	if n := w.received(); n != 1 {
		t.Fatalf("custody moved %d times while both were asleep, want 1", n)
	}
	srk.point = nil
	srk.start()
	mgl.start()
	mgl.sees(h, "received")
	srk.sees(h, "received")
	w.settled()
}

// A receive that was asked for before the file is here waits visibly, and goes
// by itself.
func TestReceiveWaitsForTheFile(t *testing.T) {
	w := found(t, 5, "MGL", "SRK", "GWA")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	h := mgl.offer(letter("SRK", mgl.open("SRK")))
	srk.sees(h, "offered")
	srk.short = func(int64) int64 { return 0 }
	srk.act(h, "accept", casework.Said{})
	srk.sees(h, "accepted")
	srk.act(h, "receive", casework.Said{})
	waitFor(t, "words that say why it waits", func() bool {
		rows := srk.outbox(handoff.Pending)
		return len(rows) == 1 && rows[0].Act == "receive" && rows[0].Waits == "the file is still on its way here"
	})
	srk.stop()
	srk.short = nil
	srk.start()
	srk.sees(h, "received")
	mgl.sees(h, "received")
	w.settled()
}

// A file that is not the one offered is never taken in.
func TestForeignFileIsNotTakenIn(t *testing.T) {
	w := found(t, 6, "MGL", "SRK", "GWA")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	h := mgl.offer(letter("SRK", mgl.open("SRK")))
	srk.sees(h, "offered")
	mgl.drawer.mu.Lock()
	for name, b := range mgl.drawer.blobs { // the source changes one byte of what it froze
		changed := slices.Clone(b)
		changed[len(changed)-1] ^= 1
		mgl.drawer.blobs[name] = changed
	}
	mgl.drawer.mu.Unlock()
	srk.act(h, "accept", casework.Said{})
	srk.sees(h, "accepted")
	var tries atomic.Int32
	srk.stop()
	srk.short = func(size int64) int64 { tries.Add(1); return size }
	srk.start()
	waitFor(t, "several tries", func() bool { return tries.Load() > 3 })
	if got := srk.get(h); got.Packet != "fetching" || got.Case != "" {
		t.Errorf("the packet is %s, the case %q: a changed file was taken in", got.Packet, got.Case)
	}
	w.pass(30 * 24 * time.Hour)
	srk.sees(h, "lapsed")
	mgl.sees(h, "lapsed")
	w.settled()
}
