package ledger_test

import (
	"bytes"
	"testing"
	"time"

	"serasi/replication/ledger"
)

func TestDeadlines(t *testing.T) {
	tests := map[string]struct {
		kind  ledger.HandoffKind
		stage ledger.Stage
		after time.Duration // from the last act
		want  ledger.Stage
	}{
		"unanswered":               {ledger.Transfer, ledger.Offered, time.Hour, ledger.Expired},
		"unanswered but in time":   {ledger.Transfer, ledger.Offered, time.Hour - time.Millisecond, ledger.Offered},
		"a question unanswered":    {ledger.Transfer, ledger.Asked, time.Hour, ledger.Expired},
		"the waiting list":         {ledger.Transfer, ledger.Waitlisted, 25 * time.Hour, ledger.Expired},
		"on the waiting list":      {ledger.Transfer, ledger.Waitlisted, 24 * time.Hour, ledger.Waitlisted},
		"accepted, never came":     {ledger.Transfer, ledger.Accepted, 2 * time.Hour, ledger.Lapsed},
		"accepted, in time":        {ledger.Transfer, ledger.Accepted, 2*time.Hour - time.Millisecond, ledger.Accepted},
		"departed, never came":     {ledger.Transfer, ledger.Departed, 2 * time.Hour, ledger.Lapsed},
		"a cancel unconfirmed":     {ledger.Transfer, ledger.Cancelling, 2 * time.Hour, ledger.Lapsed},
		"a referral unanswered":    {ledger.Referral, ledger.Offered, time.Hour, ledger.Expired},
		"a referral that is taken": {ledger.Referral, ledger.Accepted, 8760 * time.Hour, ledger.Accepted},
		"a referral reported":      {ledger.Referral, ledger.Reported, 8760 * time.Hour, ledger.Reported},
		"one that ended long ago":  {ledger.Transfer, ledger.Received, 8760 * time.Hour, ledger.Received},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := reach(t, tt.kind, tt.stage)
			w.now = w.now.Add(tt.after) - 1
			w.tick()
			h := w.handoff(1)
			if h.Stage != tt.want {
				t.Errorf("it stands at %q, want %q", h.Stage, tt.want)
			}
			if c := w.custody(7); tt.kind == ledger.Transfer && (tt.want == ledger.Expired || tt.want == ledger.Lapsed) &&
				(c.Owner != "MGL" || c.Epoch != 1 || !c.Open.IsZero()) {
				t.Errorf("the clock left custody at %+v", c)
			}
			w.consistent()
		})
	}
}

// At the deadline the answer is too late, a millisecond before it is in time.
func TestAnswerAtTheDeadline(t *testing.T) {
	for name, tt := range map[string]struct {
		early ledger.Time
		want  ledger.Reason
		stage ledger.Stage
	}{
		"at the deadline": {0, ledger.MovedOn, ledger.Expired},
		"just before":     {1, ledger.NotRefused, ledger.Accepted},
	} {
		t.Run(name, func(t *testing.T) {
			w := reach(t, ledger.Transfer, ledger.Offered)
			s := w.step(1, "SRK", ledger.Accept, ledger.StepBody{})
			r := w.applyAt(w.handoff(1).Deadline-tt.early, s, nil)
			if h := w.handoff(1); r.Refused != tt.want || h.Stage != tt.stage {
				t.Errorf("answer %q at %q, want %q at %q", r.Refused, h.Stage, tt.want, tt.stage)
			}
			w.consistent()
		})
	}
}

// A refused entry leaves nothing but what was due by its time, with the time at
// which it was due: its own stamp leaves no trace.
func TestRefusedEntryOnlyClosesWhatIsDue(t *testing.T) {
	w := reach(t, ledger.Transfer, ledger.Offered)
	due := w.handoff(1).Deadline
	n, _, _ := w.state.Head()
	late := w.step(1, "GWA", ledger.Accept, ledger.StepBody{})
	other := newRows()
	for _, e := range w.entries {
		if _, err := ledger.New(other, nil).Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	for stamp, state := range map[ledger.Time]*ledger.State{due.Add(time.Minute): w.state, due.Add(time.Hour): ledger.New(other, nil)} {
		r, err := state.Apply(ledger.Entry{Stamp: stamp, Proposal: ledger.Proposal{Signed: late}}.Encode())
		if err != nil || !r.Refused.Final() {
			t.Fatalf("answer %+v, %v; want a final refusal", r, err)
		}
		e, ok := state.Event(n + 1)
		if !ok || e.Act != ledger.Expire || e.Time != due || !e.Derived() {
			t.Errorf("event %+v, want an expiry at %d", e, due)
		}
	}
	w.rows.same(t, other)
}

// What is due at once is closed in the order of its time, then of its kind and
// name, so that all nodes number it alike.
func TestClockGoesInOrder(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	for _, id := range []byte{3, 1, 2} {
		s, p := w.offer(id, "MGL", "SRK", id+10)
		if r := w.applyAt(w.now, s, p); r.Refused != 0 {
			t.Fatal(r.Refused)
		}
	}
	short := w.terms("SRK", 20)
	short.AnswerIn = 60
	w.must(w.offerOf(9, "MGL", short))
	from, _, _ := w.state.Head()
	w.pass(2 * time.Hour)
	var order []byte
	var last ledger.Time
	for _, e := range w.state.Since(from, 10) {
		if e.Derived() {
			order = append(order, e.Subject.ID()[0])
		}
		if e.Time < last {
			t.Errorf("time runs backwards at event %d", e.N)
		}
		last = e.Time
	}
	if !bytes.Equal(order, []byte{9, 1, 2, 3}) {
		t.Errorf("closed in the order %v, want 9 1 2 3", order)
	}
	w.consistent()
}

// A leader whose clock is behind does not turn time back, and one that lies
// beyond all reason is not understood.
func TestStamps(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	_, _, before := w.state.Head()
	s, p := w.offer(1, "MGL", "SRK", 7)
	if r := w.applyAt(before.Add(-time.Hour), s, p); r.Time != before {
		t.Errorf("stamped an hour ago: time %d, want %d", r.Time, before)
	}
	accept := w.step(1, "SRK", ledger.Accept, ledger.StepBody{})
	for _, stamp := range []ledger.Time{ledger.MaxStamp + 1, 1<<63 - 1, -1} {
		if r := w.applyAt(stamp, accept, nil); r.Refused != ledger.Malformed {
			t.Errorf("stamped %d: %v, want malformed", stamp, r.Refused)
		}
	}
	if r := w.applyAt(ledger.MaxStamp, accept, nil); r.Refused != ledger.MovedOn {
		t.Errorf("at the end of time the offer has expired, got %v", r.Refused)
	}
	again, p2 := w.offer(2, "MGL", "SRK", 7)
	if r := w.applyAt(ledger.MaxStamp, again, p2); r.Refused != 0 || w.handoff(2).Deadline <= ledger.MaxStamp {
		t.Errorf("an offer at the end of time: %v, deadline %d", r.Refused, w.handoff(2).Deadline)
	}
	w.consistent()
}

func TestDueTellsTheNextDeadline(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	if d := w.state.Due(); d != 0 {
		t.Errorf("due at %d with nothing open", d)
	}
	w.must(w.offer(1, "MGL", "SRK", 7))
	if d := w.state.Due(); d != w.handoff(1).Deadline || d == 0 {
		t.Errorf("due at %d, want the deadline %d", d, w.handoff(1).Deadline)
	}
	w.must(w.step(1, "SRK", ledger.Decline, ledger.StepBody{Reason: 1}), nil)
	if d := w.state.Due(); d != 0 {
		t.Errorf("due at %d after the end", d)
	}
}
