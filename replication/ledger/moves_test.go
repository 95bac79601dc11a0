package ledger_test

import (
	"fmt"
	"testing"
	"time"

	"serasi/replication/ledger"
)

// handoffActs are the acts on handoffs that a balai may sign and that the table
// of moves rules.
var handoffActs = []ledger.Act{
	ledger.Offer, ledger.Accept, ledger.Wait, ledger.Ask, ledger.Answer, ledger.Decline, ledger.Redirect, ledger.Withdraw,
	ledger.Depart, ledger.Cancel, ledger.ConfirmCancel, ledger.Receive, ledger.Start, ledger.Hold, ledger.Report, ledger.Close,
}

var allStages = []ledger.Stage{
	ledger.NoStage, ledger.Offered, ledger.Asked, ledger.Waitlisted, ledger.Accepted, ledger.Departed, ledger.Cancelling,
	ledger.InService, ledger.OnHold, ledger.Reported, ledger.Declined, ledger.Redirected, ledger.Withdrawn, ledger.Expired,
	ledger.Cancelled, ledger.Lapsed, ledger.Received, ledger.Closed,
}

// act signs an act on handoff 1, with a body that is in order for it.
func (w *world) act(actor ledger.NodeID, kind ledger.HandoffKind, a ledger.Act) (ledger.Signed, []byte) {
	w.t.Helper()
	switch a {
	case ledger.Offer:
		to := ledger.NodeID("SRK")
		if actor == to {
			to = "MGL"
		}
		if kind == ledger.Referral {
			return w.offerOf(1, actor, w.referralTerms(to))
		}
		return w.offer(1, actor, to, 7)
	case ledger.Wait:
		return w.step(1, actor, a, ledger.StepBody{Expected: w.now.Add(24 * time.Hour)}), nil
	case ledger.Redirect:
		return w.step(1, actor, a, ledger.StepBody{Redirect: "GWA", Reason: 3}), nil
	case ledger.Receive:
		return w.step(1, actor, a, receipt(7)), nil
	default:
		return w.step(1, actor, a, ledger.StepBody{}), nil
	}
}

// route is a way through the table to a stage, or nil.
func route(kind ledger.HandoffKind, to ledger.Stage) []ledger.Move {
	ways := map[ledger.Stage][]ledger.Move{ledger.NoStage: {}}
	for grown := true; grown; {
		grown = false
		for _, m := range ledger.Moves() {
			way, known := ways[m.From]
			if _, there := ways[m.To]; m.Kind == kind && known && !there {
				ways[m.To] = append(way[:len(way):len(way)], m)
				grown = true
			}
		}
	}
	return ways[to]
}

// reach brings handoff 1 from MGL to SRK to a stage.
func reach(t *testing.T, kind ledger.HandoffKind, to ledger.Stage) *world {
	t.Helper()
	w := found(t, "MGL", "SRK", "GWA")
	for _, m := range route(kind, to) {
		switch m.By {
		case ledger.Clock:
			w.now = w.handoff(1).Deadline
			w.tick()
		default:
			w.must(w.act(sideOf(m.By), kind, m.Act))
		}
	}
	if h := w.handoff(1); h.Stage != to {
		t.Fatalf("reached %q, want %q", h.Stage, to)
	}
	return w
}

func sideOf(s ledger.Side) ledger.NodeID {
	if s == ledger.Source {
		return "MGL"
	}
	return "SRK"
}

func TestEveryMove(t *testing.T) {
	for _, m := range ledger.Moves() {
		t.Run(fmt.Sprintf("%v/%v from %v", m.Kind, m.Act, m.From), func(t *testing.T) {
			w := reach(t, m.Kind, m.From)
			if m.By == ledger.Clock {
				w.now = w.handoff(1).Deadline
				w.tick()
			} else {
				if m.From != ledger.NoStage {
					strangers := map[ledger.NodeID]bool{"MGL": m.By != ledger.Source, "SRK": m.By != ledger.Destination, "GWA": true}
					for who, stranger := range strangers {
						if stranger {
							s, p := w.act(who, m.Kind, m.Act)
							w.refused(s, p, ledger.NotYours)
						}
					}
				}
				w.must(w.act(sideOf(m.By), m.Kind, m.Act))
			}
			if h := w.handoff(1); h.Stage != m.To {
				t.Errorf("it stands at %q, want %q", h.Stage, m.To)
			}
			owner := ledger.NodeID("MGL")
			if m.To == ledger.Received {
				owner = "SRK"
			}
			if c := w.custody(7); m.Kind == ledger.Transfer && m.From != ledger.NoStage && c.Owner != owner {
				t.Errorf("custodian %s, want %s", c.Owner, owner)
			}
			w.consistent()
		})
	}
}

// What is not in the table is refused, whoever says it, and Actions names what
// is in it.
func TestNothingButTheMoves(t *testing.T) {
	legal := map[string]bool{}
	for _, m := range ledger.Moves() {
		legal[fmt.Sprint(m.Kind, m.From, m.Act, m.By)] = true
	}
	for _, kind := range []ledger.HandoffKind{ledger.Transfer, ledger.Referral} {
		for _, stage := range allStages {
			if stage != ledger.NoStage && route(kind, stage) == nil {
				continue
			}
			t.Run(fmt.Sprintf("%v/%v", kind, stage), func(t *testing.T) {
				w := reach(t, kind, stage)
				for _, by := range []ledger.Side{ledger.Source, ledger.Destination} {
					may := map[ledger.Act]bool{}
					for _, a := range w.handoff(1).Actions(sideOf(by)) {
						may[a] = true
					}
					for _, a := range handoffActs {
						if stage == ledger.NoStage && (a == ledger.Offer || a == ledger.Withdraw) {
							continue
						}
						if want := legal[fmt.Sprint(kind, stage, a, by)]; may[a] != want && stage != ledger.NoStage {
							t.Errorf("actions of the %v name %v: %v, want %v", by, a, may[a], want)
						} else if !want {
							w.neverNow(sideOf(by), kind, a)
						}
					}
				}
			})
		}
	}
}

// neverNow checks that an act is refused for good and changes nothing.
func (w *world) neverNow(actor ledger.NodeID, kind ledger.HandoffKind, a ledger.Act) {
	w.t.Helper()
	n, head, _ := w.state.Head()
	s, p := w.act(actor, kind, a)
	r := w.apply(s, p)
	if !r.Refused.Final() {
		w.t.Errorf("%v by %s answers %q (event %d), want a final refusal", a, actor, r.Refused, r.Event)
	}
	if after, h, _ := w.state.Head(); after != n || h != head {
		w.t.Errorf("%v by %s was refused and changed the ledger", a, actor)
	}
}

// The table and the tests cover each other: every stage is met, and every act.
func TestTheTableIsWhole(t *testing.T) {
	acts, stages := map[ledger.Act]bool{}, map[ledger.Stage]bool{ledger.NoStage: true}
	for _, m := range ledger.Moves() {
		acts[m.Act], stages[m.To] = true, true
		if a, ok := ledger.ParseAct(m.Act.String()); !ok || a != m.Act {
			t.Errorf("act %d has no name of its own", m.Act)
		}
		if s, ok := ledger.ParseStage(m.To.String()); !ok || s != m.To {
			t.Errorf("stage %d has no name of its own", m.To)
		}
	}
	for _, a := range handoffActs {
		if !acts[a] {
			t.Errorf("no move does %v", a)
		}
	}
	for _, s := range allStages {
		if !stages[s] {
			t.Errorf("no move leads to %v", s)
		}
	}
	if len(acts) != len(handoffActs)+2 || len(stages) != len(allStages) {
		t.Errorf("the table has %d acts and %d stages, the tests %d and %d", len(acts), len(stages), len(handoffActs)+2, len(allStages))
	}
}

func TestTermsOfOffers(t *testing.T) {
	tests := map[string]struct {
		spoil func(*ledger.OfferBody)
		want  ledger.Reason
	}{
		"in order":            {func(*ledger.OfferBody) {}, ledger.NotRefused},
		"no kind":             {func(b *ledger.OfferBody) { b.Kind = 3 }, ledger.BadTerms},
		"to nobody":           {func(b *ledger.OfferBody) { b.To = "" }, ledger.BadTerms},
		"to itself":           {func(b *ledger.OfferBody) { b.To = "MGL" }, ledger.BadTerms},
		"to a stranger":       {func(b *ledger.OfferBody) { b.To = "XYZ" }, ledger.PeerNotActive},
		"of no case":          {func(b *ledger.OfferBody) { b.Case = ledger.ID{} }, ledger.BadTerms},
		"of no packet":        {func(b *ledger.OfferBody) { b.Content = ledger.Hash{} }, ledger.BadTerms},
		"answered at once":    {func(b *ledger.OfferBody) { b.AnswerIn = 0 }, ledger.BadTerms},
		"answered in a year":  {func(b *ledger.OfferBody) { b.AnswerIn = 365 * 86400 }, ledger.BadTerms},
		"never arrives":       {func(b *ledger.OfferBody) { b.ArriveIn = 1<<32 - 1 }, ledger.BadTerms},
		"another sealing key": {func(b *ledger.OfferBody) { b.SealKey[0]++ }, ledger.OldSealKey},
		"an unknown past":     {func(b *ledger.OfferBody) { b.CaseHead = ledger.Hash{1} }, ledger.CaseMoved},
		"a referral of a case": {func(b *ledger.OfferBody) {
			b.Kind, b.ArriveIn, b.Residential = ledger.Referral, 0, false
		}, ledger.BadTerms},
		"a referral that travels": {func(b *ledger.OfferBody) { b.Kind, b.Case, b.ArriveIn = ledger.Referral, ledger.ID{}, 0 }, ledger.BadTerms},
		"a referral": {func(b *ledger.OfferBody) {
			*b = ledger.OfferBody{Kind: ledger.Referral, To: "SRK", SealKey: b.SealKey, AnswerIn: 60}
		}, ledger.NotRefused},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := found(t, "MGL", "SRK", "GWA")
			b := w.terms("SRK", 7)
			tt.spoil(b)
			s, p := w.offerOf(1, "MGL", b)
			if tt.want == ledger.NotRefused {
				w.must(s, p)
				w.consistent()
				return
			}
			w.refused(s, p, tt.want)
		})
	}
}

func TestTermsOfSteps(t *testing.T) {
	tests := map[string]struct {
		kind  ledger.HandoffKind
		stage ledger.Stage
		actor ledger.NodeID
		act   ledger.Act
		body  ledger.StepBody
		want  ledger.Reason
	}{
		"a condition on a question":     {ledger.Transfer, ledger.Offered, "SRK", ledger.Ask, ledger.StepBody{Conditional: true}, ledger.BadTerms},
		"a date on an acceptance":       {ledger.Transfer, ledger.Offered, "SRK", ledger.Accept, ledger.StepBody{Expected: begin}, ledger.BadTerms},
		"a reason on an acceptance":     {ledger.Transfer, ledger.Offered, "SRK", ledger.Accept, ledger.StepBody{Reason: 1}, ledger.BadTerms},
		"a packet on a decline":         {ledger.Transfer, ledger.Offered, "SRK", ledger.Decline, ledger.StepBody{Content: ledger.Hash{7}}, ledger.BadTerms},
		"a key without a word":          {ledger.Transfer, ledger.Offered, "SRK", ledger.Accept, ledger.StepBody{SealKey: ledger.KeyID{1}}, ledger.BadTerms},
		"a wait without a date":         {ledger.Transfer, ledger.Offered, "SRK", ledger.Wait, ledger.StepBody{}, ledger.BadTerms},
		"a wait into the past":          {ledger.Transfer, ledger.Offered, "SRK", ledger.Wait, ledger.StepBody{Expected: begin}, ledger.BadTerms},
		"a wait of two years":           {ledger.Transfer, ledger.Offered, "SRK", ledger.Wait, ledger.StepBody{Expected: begin.Add(17520 * time.Hour)}, ledger.TooSoon},
		"a redirection to nowhere":      {ledger.Transfer, ledger.Offered, "SRK", ledger.Redirect, ledger.StepBody{}, ledger.BadTerms},
		"a redirection to itself":       {ledger.Transfer, ledger.Offered, "SRK", ledger.Redirect, ledger.StepBody{Redirect: "SRK"}, ledger.BadTerms},
		"a redirection back":            {ledger.Transfer, ledger.Offered, "SRK", ledger.Redirect, ledger.StepBody{Redirect: "MGL"}, ledger.BadTerms},
		"a redirection to a stranger":   {ledger.Transfer, ledger.Offered, "SRK", ledger.Redirect, ledger.StepBody{Redirect: "XYZ"}, ledger.PeerNotActive},
		"another packet received":       {ledger.Transfer, ledger.Accepted, "SRK", ledger.Receive, ledger.StepBody{Content: ledger.Hash{8}, Record: ledger.Hash{1}}, ledger.WrongContent},
		"received without its record":   {ledger.Transfer, ledger.Accepted, "SRK", ledger.Receive, ledger.StepBody{Content: ledger.Hash{7}}, ledger.BadTerms},
		"received with a reason":        {ledger.Transfer, ledger.Accepted, "SRK", ledger.Receive, ledger.StepBody{Content: ledger.Hash{7}, Record: ledger.Hash{1}, Reason: 1}, ledger.BadTerms},
		"a referral received":           {ledger.Referral, ledger.Accepted, "SRK", ledger.Receive, ledger.StepBody{Content: ledger.Hash{5}, Record: ledger.Hash{1}}, ledger.NotNow},
		"a referral on a waiting list":  {ledger.Referral, ledger.Offered, "SRK", ledger.Wait, ledger.StepBody{Expected: begin.Add(time.Hour)}, ledger.NotNow},
		"a step on what was not said":   {ledger.Transfer, ledger.NoStage, "SRK", ledger.Accept, ledger.StepBody{}, ledger.NoSuch},
		"control: a reason on a report": {ledger.Referral, ledger.InService, "SRK", ledger.Report, ledger.StepBody{Reason: 2}, ledger.NotRefused},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := reach(t, tt.kind, tt.stage)
			s := w.step(1, tt.actor, tt.act, tt.body)
			if tt.want == ledger.NotRefused {
				w.must(s, nil)
				return
			}
			w.refused(s, nil, tt.want)
		})
	}
}
