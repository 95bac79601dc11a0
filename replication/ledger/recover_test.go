package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"testing"

	"serasi/replication/ledger"
)

// recover is a decision of the given officers that a survivor goes on alone.
func (w *world) recover(survivor ledger.NodeID, by ...ed25519.PrivateKey) ledger.Signed {
	w.t.Helper()
	n, h, _ := w.state.Head()
	b := &ledger.RecoverBody{Survivor: survivor, Base: n, BaseHash: h}
	b.Approvals = w.approvals(ledger.Recover, ledger.Federation(), b, by...)
	return w.sign(survivor, ledger.Command{Act: ledger.Recover, Subject: ledger.Federation(), Body: b})
}

func (w *world) renew(who ledger.NodeID, incarnation byte) ledger.Signed {
	w.t.Helper()
	f := founding(who, incarnation)
	return w.sign(who, ledger.Command{Act: ledger.Renew, Subject: ledger.MemberOf(who), Body: &ledger.RenewBody{
		Raft: f.Raft, TLS: f.TLS, Seal: f.Seal, Addr: f.Addr,
	}})
}

// recovered is a ledger whose voters were lost but for one.
func recovered(t tb) *world {
	w := found(t, "BTR", "MGL", "SRK")
	w.must(w.offer(1, "MGL", "SRK", 1))
	w.must(w.recover("SRK", w.officers[:2]...), nil)
	w.must(w.renew("MGL", 2), nil)
	return w
}

func recoveries(w *world) []byte {
	var b bytes.Buffer
	for _, e := range w.state.Since(0, 1000) {
		if e.Act == ledger.Recover {
			fmt.Fprintf(&b, "%d %v %x\n", e.Act, e.Act, e.Signed.Bytes)
		}
	}
	return b.Bytes()
}

func TestRecover(t *testing.T) {
	w := found(t, "BTR", "MGL", "SRK")
	two := w.officers[:2]
	w.must(w.offer(1, "MGL", "SRK", 1))
	if _, any := w.state.Cluster(); any {
		t.Error("the founders' group counts as recovered")
	}
	w.refused(w.recover("SRK", two[0]), nil, ledger.TooFewOfficers)
	w.refused(w.recover("SRK", two[0], two[0]), nil, ledger.TooFewOfficers)

	// What officers signed for one survivor is of no use to another.
	n, h, _ := w.state.Head()
	b := &ledger.RecoverBody{Survivor: "SRK", Base: n, BaseHash: h}
	b.Approvals = w.approvals(ledger.Recover, ledger.Federation(), b, two...)
	w.refused(w.sign("MGL", ledger.Command{Act: ledger.Recover, Subject: ledger.Federation(), Body: b}), nil, ledger.BadTerms)
	b.Survivor = "MGL"
	w.refused(w.sign("MGL", ledger.Command{Act: ledger.Recover, Subject: ledger.Federation(), Body: b}), nil, ledger.TooFewOfficers)

	old := w.member("MGL").Raft
	r := w.must(w.recover("SRK", two...), nil)
	if c, any := w.state.Cluster(); !any || c.Event != r.Event || c.ID != r.Outcome.Head {
		t.Errorf("the group is %+v, %v after event %d", c, any, r.Event)
	}
	if m := w.member("SRK"); !m.Voter || m.Raft == (ledger.RaftID{}) {
		t.Errorf("the survivor: %+v", m)
	}
	for _, code := range []ledger.NodeID{"BTR", "MGL"} {
		if m := w.member(code); m.Voter || m.Raft != (ledger.RaftID{}) || m.Standing != ledger.Active {
			t.Errorf("%s still has a part: %+v", code, m)
		}
	}
	if o := w.handoff(1); o.Stage != ledger.Offered {
		t.Errorf("the open handoff is %v", o.Stage)
	}

	// The same signatures serve once; a return is a new incarnation.
	w.refused(w.sign("SRK", ledger.Command{Act: ledger.Recover, Subject: ledger.Federation(), Body: &ledger.RecoverBody{
		Survivor: "SRK", Base: n, BaseHash: h, Approvals: b.Approvals,
	}}), nil, ledger.TooFewOfficers)
	f := founding("MGL", 2)
	w.refused(w.sign("MGL", ledger.Command{Act: ledger.Renew, Subject: ledger.MemberOf("MGL"), Body: &ledger.RenewBody{
		Raft: old, TLS: f.TLS, Seal: f.Seal, Addr: f.Addr,
	}}), nil, ledger.BadTerms)
	w.must(w.renew("MGL", 2), nil)
	w.must(w.renew("BTR", 2), nil)
	w.must(w.seat("SRK", []ledger.NodeID{"BTR", "MGL", "SRK"}), nil)
	w.must(w.step(1, "SRK", ledger.Accept, ledger.StepBody{}), nil)
	w.consistent()
}
