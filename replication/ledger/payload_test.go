package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"serasi/replication/ledger"
)

// payloads returns the sealed words of handoff 1 that the ledger still holds.
func (w *world) payloads() (texts []string) {
	head, _, _ := w.state.Head()
	for n := range head + 1 {
		if p := w.state.Payload(ledger.ID{1}, n); len(p) > 0 {
			texts = append(texts, string(bytes.TrimPrefix(p, []byte("sealed "))))
		}
	}
	return texts
}

func (w *world) holds(when string, want ...string) {
	w.t.Helper()
	if got := w.payloads(); fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("%s the ledger holds %q, want %q", when, got, want)
	}
}

func TestPayloadsLiveWithTheHandoff(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	w.must(w.offer(1, "MGL", "SRK", 7))
	w.must(w.said(1, "SRK", ledger.Ask, ledger.StepBody{}, "question"))
	w.must(w.said(1, "MGL", ledger.Answer, ledger.StepBody{}, "answer"))
	w.holds("while open", "summary", "question", "answer")
	w.consistent()
	w.must(w.said(1, "SRK", ledger.Decline, ledger.StepBody{Reason: 4}, "advice"))
	w.holds("once declined", "advice")
	w.consistent()
	w.must(w.step(1, "MGL", ledger.Read, ledger.StepBody{}), nil)
	w.holds("once that is read")
	w.refused(w.step(1, "MGL", ledger.Read, ledger.StepBody{}), nil, ledger.NotNow)
	w.consistent()
}

func TestLastWordFades(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	w.must(w.offer(1, "MGL", "SRK", 7))
	w.must(w.step(1, "SRK", ledger.Read, ledger.StepBody{}), nil)
	w.must(w.said(1, "MGL", ledger.Withdraw, ledger.StepBody{}, "sorry"))
	w.must(w.step(1, "MGL", ledger.Read, ledger.StepBody{}), nil) // its own word
	w.pass(ledger.FadeAfter - time.Hour)
	w.holds("before it fades", "sorry")
	w.pass(time.Hour)
	w.holds("after it fades")
	if h := w.handoff(1); h.Stage != ledger.Withdrawn || h.Deadline != 0 {
		t.Errorf("fading left %+v", h)
	}
	w.consistent()
}

// Nothing waits for a reader where nothing was said, so nothing fades.
func TestSilentEndLeavesNoEvent(t *testing.T) {
	for _, stage := range []ledger.Stage{ledger.Withdrawn, ledger.Declined, ledger.Expired, ledger.Received} {
		w := reach(t, ledger.Transfer, stage)
		w.holds(stage.String())
		n, _, _ := w.state.Head()
		w.pass(2 * ledger.FadeAfter)
		if after, _, _ := w.state.Head(); after != n+1 {
			t.Errorf("after %v the clock made %d events, want none", stage, after-n-1)
		}
	}
}

func TestReceipts(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	w.must(w.offer(1, "MGL", "SRK", 7))
	head := w.handoff(1).Head
	read := w.step(1, "SRK", ledger.Read, ledger.StepBody{})
	w.must(w.step(1, "SRK", ledger.Deliver, ledger.StepBody{}), nil)
	w.must(read, nil)
	h := w.handoff(1)
	if h.Delivered == 0 || h.Read <= h.Delivered || h.Head != head || h.Stage != ledger.Offered || h.Answered != 0 {
		t.Errorf("after two receipts: %+v", h)
	}
	w.refused(w.step(1, "SRK", ledger.Deliver, ledger.StepBody{}), nil, ledger.NotNow)
	w.refused(w.step(1, "SRK", ledger.Read, ledger.StepBody{}), nil, ledger.NotNow)
	w.refused(w.step(1, "MGL", ledger.Deliver, ledger.StepBody{}), nil, ledger.NotYours)
	w.refused(w.step(1, "GWA", ledger.Read, ledger.StepBody{}), nil, ledger.NotYours)
	w.refused(w.step(1, "SRK", ledger.Read, ledger.StepBody{Reason: 1}), nil, ledger.BadTerms)
	w.refused(w.step(2, "SRK", ledger.Deliver, ledger.StepBody{}), nil, ledger.NoSuch)
	s, p := w.said(1, "SRK", ledger.Read, ledger.StepBody{}, "word")
	w.refused(s, p, ledger.WrongPayload)
	w.must(w.step(1, "SRK", ledger.Accept, ledger.StepBody{}), nil)
	w.must(w.step(1, "MGL", ledger.Read, ledger.StepBody{}), nil)
	if h := w.handoff(1); h.SourceRead == 0 || h.Answered == 0 {
		t.Errorf("after the answer was read: %+v", h)
	}
	w.must(w.step(1, "MGL", ledger.Cancel, ledger.StepBody{}), nil)
	w.must(w.step(1, "SRK", ledger.ConfirmCancel, ledger.StepBody{}), nil)
	if h := w.handoff(1); h.SourceRead != 0 {
		t.Error("a new word of the destination counts as read")
	}
	w.consistent()
}

func TestPayloadIsTheSignedOne(t *testing.T) {
	big := bytes.Repeat([]byte{1}, ledger.MaxPayload)
	tests := map[string]struct {
		signed, sent []byte
		want         ledger.Reason
	}{
		"as signed":           {word("a"), word("a"), ledger.NotRefused},
		"as large as may be":  {big, big, ledger.NotRefused},
		"larger than may be":  {append(big, 1), append(big, 1), ledger.Malformed},
		"another":             {word("a"), word("b"), ledger.WrongPayload},
		"none":                {word("a"), nil, ledger.WrongPayload},
		"longer than signed":  {word("a"), word("aa"), ledger.WrongPayload},
		"empty, but signed":   {[]byte{}, nil, ledger.WrongPayload},
		"unsigned on a offer": {nil, nil, ledger.WrongPayload},
		"unsigned and there":  {nil, word("a"), ledger.WrongPayload},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := found(t, "MGL", "SRK", "GWA")
			var digest ledger.Hash
			if tt.signed != nil {
				digest = sha256.Sum256(tt.signed)
			}
			s := w.sign("MGL", ledger.Command{Act: ledger.Offer, Subject: ledger.HandoffOf(ledger.ID{1}), Payload: digest, Body: w.terms("SRK", 7)})
			if tt.want != 0 {
				w.refused(s, tt.sent, tt.want)
				return
			}
			w.must(s, tt.sent)
			w.consistent()
		})
	}
	w := found(t, "MGL", "SRK", "GWA")
	anchor := w.sign("MGL", ledger.Command{
		Act: ledger.Anchor, Subject: ledger.MemberOf("MGL"), Payload: sha256.Sum256(word("a")), Body: &ledger.AnchorBody{Count: 1},
	})
	w.refused(anchor, word("a"), ledger.WrongPayload)
}

// A word to a key that the other side has replaced would never be opened.
func TestWordsAreSealedToTheCurrentKey(t *testing.T) {
	w := reach(t, ledger.Transfer, ledger.Offered)
	before, p := w.said(1, "SRK", ledger.Ask, ledger.StepBody{}, "question")
	w.must(w.rotate("MGL", ledger.ForSealing, sealKey("MGL", 2)), nil)
	w.refused(before, p, ledger.OldSealKey)
	w.must(w.said(1, "SRK", ledger.Ask, ledger.StepBody{}, "question"))
	w.refused(w.rotate("MGL", ledger.ForSealing, sealKey("MGL", 1)), nil, ledger.BadTerms)
	w.refused(w.rotate("MGL", ledger.ForSealing, sealKey("MGL", 2)), nil, ledger.BadTerms)
	w.consistent()
}

// Two balai that talk for ever do not fill the disks of all; without sealed
// words they may go on.
func TestWordsAreBounded(t *testing.T) {
	w := reach(t, ledger.Referral, ledger.InService)
	acts := [2]ledger.Act{ledger.Hold, ledger.Start}
	for i := range ledger.MaxWords - 1 { // the offer brought one
		w.must(w.said(1, "SRK", acts[i%2], ledger.StepBody{}, "word"))
	}
	next := acts[(ledger.MaxWords-1)%2]
	s, p := w.said(1, "SRK", next, ledger.StepBody{}, "word")
	w.refused(s, p, ledger.BadTerms)
	w.must(w.step(1, "SRK", next, ledger.StepBody{}), nil)
	w.consistent()
}
