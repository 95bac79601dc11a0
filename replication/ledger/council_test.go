package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"serasi/replication/ledger"
)

func (w *world) standing(code ledger.NodeID, want ledger.Standing) {
	w.t.Helper()
	if m := w.member(code); m.Standing != want {
		w.t.Errorf("%s is %v, want %v", code, m.Standing, want)
	}
}

func TestSuspendAndResume(t *testing.T) {
	w := reach(t, ledger.Transfer, ledger.Offered)
	accept := w.step(1, "SRK", ledger.Accept, ledger.StepBody{})
	w.refused(w.verdict("GWA", ledger.Suspend, "SRK", w.officers[0]), nil, ledger.TooFewOfficers)
	w.refused(w.verdict("GWA", ledger.Suspend, "XYZ", w.officers[:2]...), nil, ledger.NoSuch)
	w.must(w.verdict("GWA", ledger.Suspend, "SRK", w.officers[:2]...), nil)
	w.standing("SRK", ledger.Suspended)
	w.refused(accept, nil, ledger.ActorSuspended)
	s, p := w.offer(2, "MGL", "SRK", 8)
	w.refused(s, p, ledger.PeerNotActive)
	w.consistent()
	until := w.member("SRK").Until
	w.now = until - 3
	w.tick()
	w.standing("SRK", ledger.Suspended)
	w.tick()
	w.tick()
	w.standing("SRK", ledger.Active)
	w.must(s, p) // the same bytes: the refusal was none for good
	w.consistent()
}

// A second suspension counts from its own time, and a member that was taken in
// again is not touched by the end of an old one.
func TestOldSuspensionsDoNotRevive(t *testing.T) {
	two := officers(3)[:2]
	tests := map[string]struct {
		then []func(*world)
		want ledger.Standing
	}{
		"suspended again": {[]func(*world){
			func(w *world) { w.pass(71 * time.Hour) },
			func(w *world) { w.must(w.verdict("GWA", ledger.Suspend, "SRK", two...), nil) },
		}, ledger.Suspended},
		"revoked": {[]func(*world){
			func(w *world) { w.pass(2 * time.Hour) },
			func(w *world) { w.must(w.verdict("GWA", ledger.Revoke, "SRK", two...), nil) },
		}, ledger.Revoked},
		"taken in and revoked": {[]func(*world){
			func(w *world) { w.pass(2 * time.Hour) },
			func(w *world) { w.must(w.activate("GWA", founding("SRK", 2), two...), nil) },
			func(w *world) { w.must(w.verdict("GWA", ledger.Revoke, "SRK", two...), nil) },
		}, ledger.Revoked},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := found(t, "MGL", "SRK", "GWA")
			w.must(w.verdict("GWA", ledger.Suspend, "SRK", two...), nil)
			for _, then := range tt.then {
				then(w)
			}
			for range 70 { // the end of the first suspension is in here
				w.pass(time.Hour + time.Minute)
				w.standing("SRK", tt.want)
			}
			w.consistent()
		})
	}
}

func TestRevoke(t *testing.T) {
	w := reach(t, ledger.Transfer, ledger.Offered)
	accept := w.step(1, "SRK", ledger.Accept, ledger.StepBody{})
	w.refused(w.verdict("GWA", ledger.Revoke, "SRK", w.officers[0]), nil, ledger.TooFewOfficers)
	w.must(w.verdict("GWA", ledger.Revoke, "SRK", w.officers[:2]...), nil)
	if m := w.member("SRK"); m.Voter || m.SignKey() != nil || m.Standing != ledger.Revoked {
		t.Errorf("revoked: %+v", m)
	}
	w.refused(accept, nil, ledger.KeyRetired)
	w.refused(w.verdict("GWA", ledger.Revoke, "SRK", w.officers[:2]...), nil, ledger.NoSuch)
	w.refused(w.verdict("GWA", ledger.Suspend, "SRK", w.officers[:2]...), nil, ledger.NoSuch)
	s, p := w.offer(2, "MGL", "SRK", 8)
	w.refused(s, p, ledger.PeerNotActive)
	w.must(w.step(1, "MGL", ledger.Withdraw, ledger.StepBody{}), nil)
	w.consistent()
}

// Whatever a member does, the officers' signatures on its revocation hold.
func TestRevocationCannotBeDodged(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	w.now = w.now.Add(ledger.SeatCooldown)
	verdict := w.verdict("GWA", ledger.Revoke, "SRK", w.officers[:2]...)
	w.must(w.rotateSign("SRK", 2), nil)
	w.must(w.rotate("SRK", ledger.ForTLS, []byte("next")), nil)
	w.must(w.sign("SRK", ledger.Command{Act: ledger.Relocate, Subject: ledger.MemberOf("SRK"), Body: &ledger.RelocateBody{Addr: "a:1"}}), nil)
	w.must(w.invite("SRK", "SRK", "seed"), nil)
	w.must(w.request("SRK", founding("SRK", 4), "seed"), nil)
	w.join("SRK", "BTR", 1)
	w.must(w.seat("SRK", []ledger.NodeID{"BTR", "GWA", "SRK"}), nil)
	f := founding("SRK", 5)
	w.must(w.sign("SRK", ledger.Command{Act: ledger.Renew, Subject: ledger.MemberOf("SRK"), Body: &ledger.RenewBody{Raft: f.Raft, TLS: f.TLS, Seal: f.Seal, Addr: f.Addr}}), nil)
	w.must(verdict, nil)
	w.standing("SRK", ledger.Revoked)

	// Nor does the end of a suspension undo what was signed during it.
	w.must(w.verdict("GWA", ledger.Suspend, "BTR", w.officers[:2]...), nil)
	verdict = w.verdict("GWA", ledger.Revoke, "BTR", w.officers[:2]...)
	w.pass(ledger.SuspendedFor)
	w.standing("BTR", ledger.Active)
	w.must(verdict, nil)
	w.consistent()
}

// Signatures gathered for one thing serve for nothing else.
func TestMotionsServeOnce(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	signed := w.approvals(ledger.Suspend, ledger.MemberOf("SRK"), &ledger.VerdictBody{}, w.officers...)
	with := func(act ledger.Act, about ledger.NodeID) ledger.Signed {
		return w.sign("GWA", ledger.Command{Act: act, Subject: ledger.MemberOf(about), Body: &ledger.VerdictBody{Approvals: signed}})
	}
	w.refused(with(ledger.Revoke, "SRK"), nil, ledger.TooFewOfficers)
	w.refused(with(ledger.Suspend, "MGL"), nil, ledger.TooFewOfficers)
	w.must(with(ledger.Suspend, "SRK"), nil)
	w.pass(ledger.SuspendedFor)
	w.standing("SRK", ledger.Active)
	w.refused(with(ledger.Suspend, "SRK"), nil, ledger.TooFewOfficers)
	w.consistent()
}

func (w *world) council(k, seats uint8, keys []ed25519.PrivateKey, by ...ed25519.PrivateKey) ledger.Signed {
	w.t.Helper()
	b := &ledger.CouncilBody{K: k, Seats: seats, Officers: publics(keys)}
	b.Approvals = w.approvals(ledger.Council, ledger.Federation(), b, by...)
	return w.sign("SRK", ledger.Command{Act: ledger.Council, Subject: ledger.Federation(), Body: b})
}

// After the council has changed, what the old one signed is void, also by those
// who are in both.
func TestCouncil(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	old := w.officers
	next := officers(6)
	before := w.verdict("GWA", ledger.Revoke, "SRK", old...)
	w.refused(w.council(3, 5, next, old[0]), nil, ledger.TooFewOfficers)
	w.refused(w.council(3, 5, next, next[3], next[4]), nil, ledger.TooFewOfficers)
	mixed := append([]ed25519.PrivateKey{w.keys["MGL"]}, old[:2]...)
	slices.SortFunc(mixed, func(a, b ed25519.PrivateKey) int { return bytes.Compare(public(a), public(b)) })
	w.refused(w.council(1, 5, mixed, old...), nil, ledger.BadTerms) // a node's key
	seats := w.seat("GWA", []ledger.NodeID{"GWA", "MGL", "SRK"})
	w.must(w.council(3, 5, next, old[:2]...), nil)
	w.refused(seats, nil, ledger.MovedOn) // else it might turn legal with the number of seats
	w.refused(before, nil, ledger.TooFewOfficers)
	w.refused(w.verdict("GWA", ledger.Revoke, "SRK", next[:2]...), nil, ledger.TooFewOfficers)
	w.must(w.verdict("GWA", ledger.Revoke, "SRK", next[:3]...), nil)
	for _, bad := range [][2]uint8{{0, 5}, {7, 5}, {3, 4}, {3, 9}} {
		b := &ledger.CouncilBody{K: bad[0], Seats: bad[1], Officers: publics(next)}
		if _, err := ledger.Sign(w.keys["GWA"], w.command("GWA", ledger.Command{Act: ledger.Council, Subject: ledger.Federation(), Body: b})); !errors.Is(err, ledger.ErrMalformed) {
			t.Errorf("a council of k %d and %d seats was signed: %v", bad[0], bad[1], err)
		}
	}
	w.consistent()
}

func (w *world) approve(actor ledger.NodeID, m ledger.Motion, by ed25519.PrivateKey) ledger.Signed {
	w.t.Helper()
	return w.sign(actor, ledger.Command{Act: ledger.Approve, Subject: m.Subject, Body: &ledger.ApproveBody{Motion: m, Approval: approval(m, by)}})
}

func TestApprovalsMeetInTheLedger(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	m := w.state.MotionFor(ledger.Revoke, ledger.MemberOf("SRK"), ledger.ContentOf(&ledger.VerdictBody{}))
	w.refused(w.approve("MGL", m, key("no officer")), nil, ledger.TooFewOfficers)
	wrong := &ledger.ApproveBody{Motion: m, Approval: approval(m, w.officers[0])}
	wrong.Approval.Officer = ledger.KeyIDOf(public(w.officers[1]))
	w.refused(w.sign("MGL", ledger.Command{Act: ledger.Approve, Subject: m.Subject, Body: wrong}), nil, ledger.TooFewOfficers)
	old, idle := m, m
	old.Prev[0]++
	idle.Act = ledger.Tick
	w.refused(w.approve("MGL", old, w.officers[0]), nil, ledger.MovedOn)
	w.refused(w.approve("MGL", idle, w.officers[0]), nil, ledger.BadTerms)
	w.must(w.approve("MGL", m, w.officers[0]), nil)
	w.refused(w.approve("MGL", m, w.officers[0]), nil, ledger.NotNow)
	w.must(w.rotateSign("SRK", 2), nil) // in vain
	w.must(w.approve("MGL", m, w.officers[2]), nil)
	gathered := w.state.Motions()[m]
	if len(gathered) != 2 || len(w.state.Motions()) != 1 {
		t.Fatalf("motions: %v", w.state.Motions())
	}
	w.consistent()
	w.must(w.sign("GWA", ledger.Command{Act: ledger.Revoke, Subject: m.Subject, Body: &ledger.VerdictBody{Approvals: gathered}}), nil)
	if left := w.state.Motions(); len(left) != 0 || len(w.state.Approvals(m)) != 0 {
		t.Errorf("motions after the verdict: %v", left)
	}
	w.refused(w.approve("MGL", m, w.officers[1]), nil, ledger.MovedOn)
	w.consistent()
}

// An officer whose key was stolen cannot fill the ledger with motions, nor keep
// the others from theirs; motions that came to nothing make room.
func TestMotionsAreBounded(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	motion := func(n int) ledger.Motion {
		return w.state.MotionFor(ledger.Seat, ledger.Federation(), ledger.Hash{byte(n), 1})
	}
	for n := range 32 {
		w.must(w.approve("MGL", motion(n), w.officers[0]), nil)
	}
	w.refused(w.approve("MGL", motion(32), w.officers[0]), nil, ledger.TooManyOpen)
	w.must(w.approve("MGL", motion(32), w.officers[1]), nil)
	w.must(w.seat("MGL", []ledger.NodeID{"GWA"}, w.officers[:2]...), nil)
	if n := len(w.state.Motions()); n != 0 {
		t.Errorf("%d motions live on a docket that moved", n)
	}
	before := len(w.rows.all)
	w.must(w.approve("MGL", motion(33), w.officers[0]), nil)
	if after := len(w.rows.all); after > before-60 {
		t.Errorf("%d rows before, %d after; the dead motions should be gone", before, after)
	}
	w.consistent()
}

func TestSeats(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	for _, code := range []ledger.NodeID{"BTR", "BKS", "KRT"} {
		w.join("MGL", code, 1)
	}
	voters := func(want ...ledger.NodeID) {
		t.Helper()
		var got []ledger.NodeID
		for _, m := range w.state.Members() {
			if m.Voter {
				got = append(got, m.Code)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("voters %v, want %v", got, want)
		}
	}
	type nodes = []ledger.NodeID
	w.refused(w.seat("MGL", nodes{"BTR", "GWA", "MGL", "SRK"}), nil, ledger.BadTerms)
	w.refused(w.seat("MGL", nodes{}), nil, ledger.BadTerms)
	w.refused(w.seat("BTR", nodes{"BKS", "BTR", "GWA", "MGL", "SRK"}), nil, ledger.NotYours)
	w.refused(w.seat("MGL", nodes{"BKS", "GWA", "MGL", "SRK", "XYZ"}), nil, ledger.PeerNotActive)
	w.refused(w.seat("MGL", nodes{"MGL"}), nil, ledger.BadTerms)
	w.refused(w.seat("MGL", nodes{"BKS", "BTR", "MGL"}), nil, ledger.BadTerms)
	w.refused(w.seat("MGL", nodes{"BTR", "GWA", "MGL"}), nil, ledger.TooSoon)
	w.must(w.seat("MGL", nodes{"BKS", "BTR", "GWA", "MGL", "SRK"}), nil)
	voters("BKS", "BTR", "GWA", "MGL", "SRK")
	w.now = w.now.Add(ledger.SeatCooldown)
	w.must(w.seat("BTR", nodes{"BKS", "BTR", "GWA", "KRT", "SRK"}), nil)
	voters("BKS", "BTR", "GWA", "KRT", "SRK")
	w.refused(w.seat("BTR", nodes{"BKS", "BTR", "GWA", "MGL", "SRK"}), nil, ledger.TooSoon)
	w.refused(w.seat("MGL", nodes{"GWA"}, w.officers[0]), nil, ledger.TooFewOfficers)
	w.must(w.verdict("GWA", ledger.Revoke, "KRT", w.officers[:2]...), nil)
	voters("BKS", "BTR", "GWA", "SRK")
	w.must(w.seat("BTR", nodes{"BKS", "BTR", "GWA", "MGL", "SRK"}), nil)
	w.must(w.seat("MGL", nodes{"GWA", "MGL", "SRK"}, w.officers[:2]...), nil)
	voters("GWA", "MGL", "SRK")
	w.refused(w.sign("BTR", ledger.Command{Act: ledger.Tick, Subject: ledger.Federation(), Body: &ledger.TickBody{}}), nil, ledger.NotYours)
	w.consistent()
}

// A voter that exchanges voters as often as it may does not outrun officers.
func TestSeatsCannotOutrunOfficers(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	w.join("MGL", "BTR", 1)
	b := &ledger.SeatBody{Voters: []ledger.NodeID{"GWA", "SRK", "MGL"}}
	slices.Sort(b.Voters)
	b.Approvals = w.approvals(ledger.Seat, ledger.Federation(), b, w.officers[:2]...)
	decision := func() ledger.Signed {
		return w.sign("GWA", ledger.Command{Act: ledger.Seat, Subject: ledger.Federation(), Body: b})
	}
	w.now = w.now.Add(ledger.SeatCooldown)
	w.must(w.seat("MGL", []ledger.NodeID{"BTR", "GWA", "MGL"}), nil)
	w.must(decision(), nil)
	w.refused(decision(), nil, ledger.TooFewOfficers) // and they decided once
	w.consistent()
}

func TestSucceed(t *testing.T) {
	w := reach(t, ledger.Transfer, ledger.Accepted)
	succeed := func(heir ledger.NodeID, by ...ed25519.PrivateKey) ledger.Signed {
		return w.succession("SRK", heir, by...)
	}
	two := w.officers[:2]
	w.refused(succeed("GWA", two[0]), nil, ledger.TooFewOfficers)
	w.refused(succeed("SRK", two...), nil, ledger.BadTerms)
	w.refused(succeed("", two...), nil, ledger.BadTerms)
	w.refused(succeed("XYZ", two...), nil, ledger.PeerNotActive)
	w.must(succeed("GWA", two...), nil)
	w.standing("SRK", ledger.Merged)
	w.refused(succeed("GWA", two...), nil, ledger.NoSuch)
	s, p := w.offer(2, "MGL", "SRK", 8)
	w.refused(s, p, ledger.PeerNotActive)
	w.must(w.step(1, "SRK", ledger.Receive, receipt(7)), nil) // what was under way
	w.must(w.offer(3, "SRK", "GWA", 7))                       // goes to the successor
	w.must(w.verdict("GWA", ledger.Suspend, "SRK", two...), nil)
	w.pass(ledger.SuspendedFor)
	w.standing("SRK", ledger.Merged)
	w.consistent()
}

// A switch to a version that this binary lacks stops it, without a fork: it
// refuses nothing and changes nothing.
func TestSwitchStopsOldBinaries(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	to := func(v uint16, by ...ed25519.PrivateKey) ledger.Signed {
		b := &ledger.SwitchBody{Version: v}
		b.Approvals = w.approvals(ledger.Switch, ledger.Federation(), b, by...)
		return w.sign("GWA", ledger.Command{Act: ledger.Switch, Subject: ledger.Federation(), Body: b})
	}
	w.refused(to(2, w.officers[0]), nil, ledger.TooFewOfficers)
	w.refused(to(1, w.officers...), nil, ledger.BadTerms)
	w.must(to(ledger.Version+1, w.officers[:2]...), nil)
	before := w.rows.clone()
	s, p := w.offer(1, "MGL", "SRK", 7)
	for _, e := range [][]byte{ledger.Entry{Stamp: w.now, Proposal: ledger.Proposal{Signed: s, Payload: p}}.Encode(), {1}, nil} {
		if _, err := w.state.Apply(e); !errors.Is(err, ledger.ErrNewer) {
			t.Errorf("after the switch: %v, want ErrNewer", err)
		}
	}
	before.same(t, w.rows)
	if _, err := restore(ledger.Replay{}, w.snapshot()); err != nil {
		t.Errorf("the history up to the switch: %v", err)
	}
}
