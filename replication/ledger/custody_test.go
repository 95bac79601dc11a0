package ledger_test

import (
	"crypto/ed25519"
	"testing"
	"time"

	"serasi/replication/ledger"
)

func TestTwoOffersOfOneCase(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	first, p1 := w.offer(1, "MGL", "SRK", 7)
	second, p2 := w.offer(2, "MGL", "GWA", 7) // rests on the same past
	w.must(first, p1)
	w.refused(second, p2, ledger.CaseMoved)
	third, p3 := w.offer(3, "MGL", "GWA", 7) // knows of the first
	w.refused(third, p3, ledger.CaseMoved)
	w.must(w.step(1, "MGL", ledger.Withdraw, ledger.StepBody{}), nil)
	w.refused(second, p2, ledger.CaseMoved)
	w.refused(third, p3, ledger.CaseMoved)
	w.must(w.offer(4, "MGL", "GWA", 7))
	w.consistent()
}

func TestOnlyTheCustodianOffers(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	w.must(w.offer(1, "MGL", "SRK", 7))
	s, p := w.offer(2, "GWA", "SRK", 7)
	w.refused(s, p, ledger.NotCustodian)
	w.must(w.step(1, "SRK", ledger.Accept, ledger.StepBody{}), nil)
	w.must(w.step(1, "SRK", ledger.Receive, receipt(7)), nil)
	s, p = w.offer(3, "MGL", "GWA", 7)
	w.refused(s, p, ledger.NotCustodian)
	w.must(w.offer(4, "SRK", "GWA", 7))
	w.consistent()
}

// An offer may not take the place of a handoff that is there, even if it names
// its head: the case of the first would stay on offer for ever.
func TestOfferDoesNotOverwriteAHandoff(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	w.must(w.offer(1, "MGL", "SRK", 7))
	for _, who := range []ledger.NodeID{"MGL", "SRK", "GWA"} {
		to := ledger.NodeID("GWA")
		if who == to {
			to = "SRK"
		}
		s, p := w.offer(1, who, to, 8)
		w.refused(s, p, ledger.NotNow)
		s, p = w.offerOf(1, who, w.referralTerms(to))
		w.refused(s, p, ledger.NotNow)
	}
	w.consistent()
}

func TestForestalledOffer(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	late, p := w.offer(1, "MGL", "SRK", 7)
	withdraw := w.step(1, "MGL", ledger.Withdraw, ledger.StepBody{Reason: 2})
	w.must(withdraw, nil)
	w.refused(late, p, ledger.MovedOn)
	if h := w.handoff(1); h.Stage != ledger.Withdrawn || h.From != "MGL" {
		t.Errorf("it stands at %+v", h)
	}
	if r := w.apply(withdraw, nil); r.Refused != 0 {
		t.Errorf("the withdrawal again: %v", r.Refused)
	}
	for _, a := range handoffActs {
		if a != ledger.Offer {
			w.neverNow("SRK", ledger.Transfer, a)
		}
	}
	if _, ok := w.state.Custody(ledger.ID{7}); ok {
		t.Error("a forestalled offer opened custody")
	}
	w.must(w.offer(2, "MGL", "SRK", 7))
	w.consistent()
}

// A withdrawal signed while the fate of the offer was unknown still ends the
// offer if that went first, and not if it was answered by then.
func TestWithdrawalThatCrossedTheOffer(t *testing.T) {
	for name, tt := range map[string]struct {
		answered bool
		want     ledger.Reason
	}{"unanswered": {false, ledger.NotRefused}, "answered": {true, ledger.MovedOn}} {
		t.Run(name, func(t *testing.T) {
			w := found(t, "MGL", "SRK", "GWA")
			offer, p := w.offer(1, "MGL", "SRK", 7)
			withdraw := w.sign("MGL", ledger.Command{
				Act: ledger.Withdraw, Subject: ledger.HandoffOf(ledger.ID{1}), Prev: offer.Hash(), Body: &ledger.StepBody{},
			})
			w.must(offer, p)
			if tt.answered {
				w.must(w.step(1, "SRK", ledger.Accept, ledger.StepBody{}), nil)
			}
			if r := w.apply(withdraw, nil); r.Refused != tt.want {
				t.Errorf("answer %q, want %q", r.Refused, tt.want)
			}
			w.consistent()
		})
	}
}

func TestNonResidentialNeedsNoRecord(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	b := w.terms("SRK", 7)
	b.Residential = false
	w.must(w.offerOf(1, "MGL", b))
	w.must(w.step(1, "SRK", ledger.Accept, ledger.StepBody{}), nil)
	w.must(w.step(1, "SRK", ledger.Receive, ledger.StepBody{Content: ledger.Hash{7}}), nil)
	if c := w.custody(7); c.Owner != "SRK" {
		t.Errorf("custodian %s, want SRK", c.Owner)
	}
}

// Accept against withdraw, and receive against cancel: the order of the ledger
// decides, and the loser is refused for good.
func TestRaces(t *testing.T) {
	tests := map[string]struct {
		stage         ledger.Stage
		one, two      ledger.Act
		oneBy, twoBy  ledger.NodeID
		first, second ledger.Stage // where it stands if one, or two, comes first
	}{
		"accept and withdraw": {ledger.Offered, ledger.Accept, ledger.Withdraw, "SRK", "MGL", ledger.Accepted, ledger.Withdrawn},
		"receive and cancel":  {ledger.Departed, ledger.Receive, ledger.Cancel, "SRK", "MGL", ledger.Received, ledger.Cancelling},
		"decline and answer":  {ledger.Asked, ledger.Decline, ledger.Answer, "SRK", "MGL", ledger.Declined, ledger.Offered},
		"receive and confirm": {ledger.Cancelling, ledger.Receive, ledger.ConfirmCancel, "SRK", "SRK", ledger.Received, ledger.Cancelled},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for _, swap := range []bool{false, true} {
				w := reach(t, ledger.Transfer, tt.stage)
				a, _ := w.act(tt.oneBy, ledger.Transfer, tt.one)
				b, _ := w.act(tt.twoBy, ledger.Transfer, tt.two)
				want := tt.first
				if swap {
					a, b, want = b, a, tt.second
				}
				w.must(a, nil)
				w.refused(b, nil, ledger.MovedOn)
				if h := w.handoff(1); h.Stage != want {
					t.Errorf("it stands at %q, want %q", h.Stage, want)
				}
				w.consistent()
			}
		})
	}
}

func TestReassign(t *testing.T) {
	w := reach(t, ledger.Transfer, ledger.Departed)
	two := w.officers[:2]
	heard := w.state.Heard("MGL")
	w.now = heard.Add(ledger.Lease) - 3
	w.tick() // and the transfer lapses
	w.refuses("GWA", "GWA", ledger.LeaseNotOver, two...)
	w.now = heard.Add(ledger.Lease)
	w.refuses("GWA", "GWA", ledger.TooFewOfficers, two[0])
	w.refuses("GWA", "GWA", ledger.TooFewOfficers)
	w.refuses("GWA", "MGL", ledger.BadTerms, two...)
	w.refuses("GWA", "XYZ", ledger.PeerNotActive, two...)
	w.must(w.reassign("SRK", 7, "GWA", two...), nil)
	if c := w.custody(7); c.Owner != "GWA" || c.Epoch != 2 || !c.Open.IsZero() {
		t.Errorf("custody after reassign: %+v", c)
	}
	w.must(w.offer(2, "GWA", "SRK", 7))
	w.consistent()
}

func (w *world) refuses(actor, to ledger.NodeID, why ledger.Reason, by ...ed25519.PrivateKey) {
	w.t.Helper()
	if r := w.apply(w.reassign(actor, 7, to, by...), nil); r.Refused != why {
		w.t.Errorf("reassign to %s: %q, want %q", to, r.Refused, why)
	}
}

// Officers cannot take a case from a balai that is heard, whatever it says.
func TestReassignNeedsSilence(t *testing.T) {
	w := reach(t, ledger.Transfer, ledger.Offered)
	for range 4 {
		w.pass(ledger.Lease / 2) // the tick is signed by GWA
		w.must(w.sign("MGL", ledger.Command{Act: ledger.Anchor, Subject: ledger.MemberOf("MGL"), Body: &ledger.AnchorBody{}}), nil)
	}
	w.refuses("GWA", "GWA", ledger.LeaseNotOver, w.officers...)
	w.pass(ledger.Lease)
	w.must(w.reassign("GWA", 7, "GWA", w.officers...), nil)
}

// A transfer that is open when its case is given to another ends with it, and
// the destination can no longer receive.
func TestReassignEndsTheOpenTransfer(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	b := w.terms("SRK", 7)
	b.AnswerIn, b.ArriveIn = 80*86400, 80*86400
	w.must(w.offerOf(1, "MGL", b))
	w.must(w.step(1, "SRK", ledger.Accept, ledger.StepBody{}), nil)
	receive := w.step(1, "SRK", ledger.Receive, receipt(7))
	w.pass(ledger.Lease + time.Hour)
	w.must(w.reassign("GWA", 7, "GWA", w.officers[:2]...), nil)
	if h := w.handoff(1); h.Stage != ledger.Lapsed {
		t.Errorf("the transfer stands at %q, want lapsed", h.Stage)
	}
	w.refused(receive, nil, ledger.MovedOn)
	if c := w.custody(7); c.Owner != "GWA" || c.Epoch != 2 {
		t.Errorf("custody: %+v", c)
	}
	w.pass(100 * 24 * time.Hour)
	w.consistent()
}

// The officers' signatures on one reassignment cannot be used for another.
func TestReassignIsDecidedOnce(t *testing.T) {
	w := reach(t, ledger.Transfer, ledger.Expired)
	w.pass(ledger.Lease + time.Hour)
	body := &ledger.ReassignBody{To: "SRK"}
	s := ledger.CaseOf(ledger.ID{7})
	body.Approvals = w.approvals(ledger.Reassign, s, body, w.officers[:2]...)
	reuse := func(to ledger.NodeID) ledger.Signed {
		return w.sign("GWA", ledger.Command{Act: ledger.Reassign, Subject: s, Body: &ledger.ReassignBody{To: to, Approvals: body.Approvals}})
	}
	w.refused(reuse("GWA"), nil, ledger.TooFewOfficers)
	w.must(reuse("SRK"), nil)
	w.pass(ledger.Lease + time.Hour)
	w.must(w.reassign("GWA", 7, "MGL", w.officers[:2]...), nil)
	w.pass(ledger.Lease + time.Hour)
	w.refused(reuse("SRK"), nil, ledger.TooFewOfficers)
	w.consistent()
}
