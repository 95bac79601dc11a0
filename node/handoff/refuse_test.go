package handoff_test

import (
	"testing"

	"serasi/node/casework"
	"serasi/node/handoff"
	"serasi/replication/ledger"
)

// Every reason the ledger knows has words of its own, in both languages.
func TestEveryRefusalHasWords(t *testing.T) {
	newer := handoff.WordsFor(ledger.Reason(255))
	seen := 0
	for why := ledger.Reason(1); why < 255; why++ {
		if why.String() == "" {
			continue
		}
		seen++
		words := handoff.WordsFor(why)
		if words == newer {
			t.Errorf("%s has no words", why)
		}
		if casework.Indonesian.Words(words) == words {
			t.Errorf("%q is not said in Indonesian", words)
		}
	}
	if seen < 27 {
		t.Errorf("%d reasons only: the test does not look where they are", seen)
	}
}

// An answer of the ledger is here a moment before its effects. Who acts in
// between waits for them, and is not told that somebody else was quicker.
func TestActWaitsForThePull(t *testing.T) {
	w := found(t, 41, "MGL", "SRK")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	id := mgl.open("SRK")
	h := mgl.offer(letter("SRK", id))
	srk.sees(h, "offered")
	for _, text := range []string{"which size?", "and since when?"} {
		srk.act(h, "ask", casework.Said{Text: text})
		waitFor(t, "the question in the ledger", func() bool {
			var stage ledger.Stage
			w.view(func(v ledger.View) {
				hid, _ := ledger.ParseID(string(h))
				got, _ := v.Handoff(hid)
				stage = got.Stage
			})
			return stage == ledger.Asked
		})
		mgl.sees(h, "asked")
		mgl.act(h, "answer", casework.Said{Text: "as in the letter"})
		srk.sees(h, "offered")
	}
	srk.act(h, "accept", casework.Said{})
	srk.sees(h, "accepted")
	if rows := srk.outbox(handoff.Rejected); len(rows) != 0 {
		t.Errorf("%d acts were refused: %+v", len(rows), rows)
	}
}
