package ledger_test

import (
	"crypto/ed25519"
	"errors"
	"testing"

	"serasi/replication/ledger"
)

// switchTo puts a version in force.
func (w *world) switchTo(v uint16) {
	w.t.Helper()
	b := &ledger.SwitchBody{Version: v}
	b.Approvals = w.approvals(ledger.Switch, ledger.Federation(), b, w.officers...)
	w.must(w.sign(w.charter.Founders[0].Code, ledger.Command{Act: ledger.Switch, Subject: ledger.Federation(), Body: b}), nil)
}

func (w *world) leave(code ledger.NodeID) ledger.Signed {
	w.t.Helper()
	return w.sign(code, ledger.Command{Act: ledger.Leave, Subject: ledger.MemberOf(code), Body: &ledger.LeaveBody{}})
}

// release ends a service referral by the officers' word.
func (w *world) release(actor ledger.NodeID, id byte, by ...ed25519.PrivateKey) ledger.Signed {
	w.t.Helper()
	h := ledger.HandoffOf(ledger.ID{id})
	b := &ledger.ReassignBody{To: w.handoff(id).From}
	b.Approvals = w.approvals(ledger.Reassign, h, b, by...)
	return w.sign(actor, ledger.Command{Act: ledger.Reassign, Subject: h, Body: b})
}

// Nobody leaves who answers for something, nor the last voter; who has left says
// nothing any more, and can be invited again.
func TestLeave(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	w.refused(w.leave("GWA"), nil, ledger.NotInForce)
	w.switchTo(2)
	w.refused(w.sign("SRK", ledger.Command{Act: ledger.Leave, Subject: ledger.MemberOf("GWA"), Body: &ledger.LeaveBody{}}), nil, ledger.NotYours)
	w.must(w.offer(1, "MGL", "SRK", 7))
	w.refused(w.leave("MGL"), nil, ledger.StillNeeded)
	w.refused(w.leave("SRK"), nil, ledger.StillNeeded) // the offer waits for its answer
	w.must(w.step(1, "SRK", ledger.Accept, ledger.StepBody{}), nil)
	w.must(w.step(1, "SRK", ledger.Receive, receipt(7)), nil)
	w.refused(w.leave("SRK"), nil, ledger.StillNeeded) // the case is its own now
	w.must(w.leave("MGL"), nil)
	w.standing("MGL", ledger.Left)
	if w.member("MGL").Voter {
		t.Error("it still votes")
	}
	w.refused(w.leave("MGL"), nil, ledger.KeyRetired)
	s, p := w.offer(2, "SRK", "MGL", 7)
	w.refused(s, p, ledger.PeerNotActive)
	w.must(w.seat("SRK", []ledger.NodeID{"GWA"}, w.officers...), nil)
	w.refused(w.leave("GWA"), nil, ledger.StillNeeded) // the only voter
	w.join("GWA", "MGL", 2)
	w.standing("MGL", ledger.Active)
	w.consistent()
}

// A referral whose balai is gone ends by the officers' word once the lease is
// over, and in no other case.
func TestReferralOfABalaiThatIsGone(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	two := w.officers[:2]
	w.must(w.offerOf(1, "MGL", w.referralTerms("SRK")))
	w.must(w.offer(2, "MGL", "SRK", 7))
	w.refused(w.release("MGL", 1, two...), nil, ledger.NotInForce)
	w.switchTo(2)
	w.refused(w.release("MGL", 1, two...), nil, ledger.NotNow) // its sender withdraws it
	w.refused(w.release("MGL", 2, two...), nil, ledger.BadTerms)
	w.must(w.step(1, "SRK", ledger.Accept, ledger.StepBody{}), nil)
	w.refused(w.release("MGL", 1, two...), nil, ledger.LeaseNotOver)
	w.pass(ledger.Lease)
	w.refused(w.release("MGL", 1, two[0]), nil, ledger.TooFewOfficers)
	late := w.step(1, "SRK", ledger.Report, ledger.StepBody{})
	w.must(w.release("GWA", 1, two...), nil)
	if h := w.handoff(1); h.Stage != ledger.Lapsed {
		t.Errorf("it stands at %v", h.Stage)
	}
	w.refused(late, nil, ledger.MovedOn)
	w.consistent()
}

// What lies above the version in force is answered alike by a binary that knows
// it and by one that does not.
func TestNotInForceYet(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	c := w.command("MGL", ledger.Command{Act: ledger.Leave, Subject: ledger.MemberOf("MGL"), Body: &ledger.LeaveBody{}})
	c.Version = 1 // an act that version 1 does not have
	if _, err := ledger.Sign(w.keys["MGL"], c); !errors.Is(err, ledger.ErrMalformed) {
		t.Errorf("signed: %v", err)
	}
	early := w.leave("MGL")
	w.refused(early, nil, ledger.NotInForce)
	w.switchTo(2)
	w.must(early, nil) // the same bytes
}
