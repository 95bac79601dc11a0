package ledger_test

import (
	"testing"

	"serasi/replication/ledger"
)

func TestTransferMovesCustodyOnce(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	s, p := w.offer(1, "MGL", "SRK", 7)
	first := w.must(s, p)
	if again := w.apply(s, p); again != first {
		t.Errorf("the offer again: %+v, want the first result %+v", again, first)
	}
	w.must(w.step(1, "SRK", ledger.Deliver, ledger.StepBody{}), nil)
	w.refused(w.step(1, "GWA", ledger.Accept, ledger.StepBody{}), nil, ledger.NotYours)
	w.refused(w.step(1, "MGL", ledger.Accept, ledger.StepBody{}), nil, ledger.NotYours)
	w.must(w.step(1, "SRK", ledger.Accept, ledger.StepBody{Conditional: true}), nil)
	w.refused(w.step(1, "MGL", ledger.Withdraw, ledger.StepBody{}), nil, ledger.NotNow)
	w.must(w.step(1, "MGL", ledger.Depart, ledger.StepBody{}), nil)
	if c := w.custody(7); c.Owner != "MGL" || c.Epoch != 1 {
		t.Errorf("on the way the custodian is %s in epoch %d, want MGL in 1", c.Owner, c.Epoch)
	}
	received := w.step(1, "SRK", ledger.Receive, receipt(7))
	w.must(received, nil)
	if c := w.custody(7); c.Owner != "SRK" || c.Epoch != 2 || !c.Open.IsZero() {
		t.Errorf("custody after receipt: %+v", c)
	}
	if r := w.apply(received, nil); r.Refused != 0 || w.custody(7).Epoch != 2 {
		t.Errorf("the receipt again: %v, epoch %d; want the first result and no effect", r.Refused, w.custody(7).Epoch)
	}
	w.consistent()
}

// A receipt that comes back after custody has gone on must not bring it back.
func TestOldReceiptDoesNotReturnCustody(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	move := func(id byte, from, to ledger.NodeID) ledger.Signed {
		w.must(w.offer(id, from, to, 7))
		w.must(w.step(id, to, ledger.Accept, ledger.StepBody{}), nil)
		s := w.step(id, to, ledger.Receive, receipt(7))
		w.must(s, nil)
		return s
	}
	old := move(1, "MGL", "SRK")
	move(2, "SRK", "GWA")
	if r := w.apply(old, nil); r.Outcome.Owner != "SRK" || r.Outcome.Epoch != 2 {
		t.Errorf("the old receipt answers %+v, want what it answered first", r.Outcome)
	}
	if c := w.custody(7); c.Owner != "GWA" || c.Epoch != 3 {
		t.Errorf("custody went back: %+v", c)
	}
	w.consistent()
}
