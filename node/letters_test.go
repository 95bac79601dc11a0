package node_test

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

// stepped takes a letter a step on, as one of the people of the balai.
func stepped(b *nodetest.Balai, role string, v *casework.LetterView, act casework.LetterAct, words string) error {
	var now casework.LetterView // a fresh one: what an answer leaves out must not stay
	err := b.Do(role, http.MethodPost, "/letters/"+string(v.Letter.ID)+"/acts/"+string(act), nodetest.At{
		Version: v.Letter.Version, Body: map[string]string{"words": words},
	}, &now)
	if err == nil {
		*v = now
	}
	return err
}

// toSign takes a draft of the worker to the table of the head.
func toSign(t *testing.T, b *nodetest.Balai, v *casework.LetterView) {
	t.Helper()
	for _, step := range []struct {
		role string
		act  casework.LetterAct
	}{{"worker", casework.LetterSubmit}, {"supervisor", casework.LetterCheck}, {"supervisor", casework.LetterInitial}} {
		if err := stepped(b, step.role, v, step.act, ""); err != nil {
			t.Fatalf("%s: %v", step.act, err)
		}
	}
}

// report begins a social report of a new person, with an addressee.
func report(t *testing.T, b *nodetest.Balai, name string) *casework.LetterView {
	t.Helper()
	c := b.Open(name, nil)
	v := &casework.LetterView{}
	b.Must("worker", http.MethodPost, "/letters", map[string]string{"kind": "report", "case": string(c.ID)}, v)
	b.Must("worker", http.MethodPatch, "/letters/"+string(v.Letter.ID), nodetest.At{Version: v.Letter.Version, Body: map[string]any{
		"to": map[string]string{"name": "Dinas Dukcapil Contoh"},
	}}, v)
	return v
}

func verdict(t *testing.T, b *nodetest.Balai, proof map[string]string) casework.LetterVerdict {
	t.Helper()
	var v casework.LetterVerdict
	b.Must("", http.MethodPost, "/verify", proof, &v)
	return v
}

func letterOf(t *testing.T, b *nodetest.Balai, h casework.HandoffID) *casework.LetterView {
	t.Helper()
	var page casework.Page[casework.LetterCard]
	b.Must("head", http.MethodGet, "/letters?handoff="+string(h), nil, &page)
	if len(page.Items) != 1 {
		t.Fatalf("%s has %d letters of the handoff", b.Code, len(page.Items))
	}
	v := &casework.LetterView{}
	b.Must("head", http.MethodGet, "/letters/"+string(page.Items[0].ID), nil, v)
	return v
}

// A letter that goes with a handoff is drafted by itself, signed at one balai
// and found genuine at another, by its QR code and by its file; what was changed
// is found, and what was revoked its own balai knows.
func TestALetterIsGenuineAtEveryBalai(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL")
	mgl, srk := c.Of("MGL"), c.Of("SRK")
	child := mgl.Open("Rahmat Contoh", nil)
	h := mgl.Offer(child.ID, "SRK", map[string]any{"wanted": "fisioterapi tiga bulan"})
	v := letterOf(t, mgl, h.ID)
	if v.Letter.Kind != casework.ReferralLetter || !strings.Contains(string(v.Letter.Canonical()), "fisioterapi tiga bulan") {
		t.Errorf("the draft says:\n%s", v.Letter.Canonical())
	}
	toSign(t, mgl, v)
	if err := stepped(mgl, "head", v, casework.LetterSign, ""); err != nil {
		t.Fatal(err)
	}
	if !v.Intact || v.Letter.Number == "" {
		t.Fatalf("signed: %+v", v)
	}
	proofs := map[string]map[string]string{"QR": {"qr": v.QR}, "file": {"file": string(v.Letter.File())}}
	for name, proof := range proofs {
		for _, b := range []*nodetest.Balai{mgl, srk} {
			if got := verdict(t, b, proof); got.Result != casework.LetterGenuine || got.Number != v.Letter.Number || strings.Contains(fmt.Sprint(got), "Rahmat") {
				t.Errorf("%s at %s: %+v", name, b.Code, got)
			}
		}
	}
	changed := map[string]string{"file": strings.Replace(string(v.Letter.File()), "tiga bulan", "enam bulan", 1)}
	if got := verdict(t, srk, changed); got.Result != casework.LetterForged {
		t.Errorf("a changed letter: %+v", got)
	}
	if err := stepped(mgl, "head", v, casework.LetterRevoke, "salah alamat"); err != nil {
		t.Fatal(err)
	}
	mgl.Stop()
	mgl.Start()
	if got := verdict(t, mgl, proofs["QR"]); got.Result != casework.LetterRevoked {
		t.Errorf("revoked: %+v", got)
	}
	srk.WaitStage(h.ID, "offered")
	srk.Act(h.ID, "decline", map[string]any{"reason": "penuh", "text": "coba bulan depan"})
	if answer := letterOf(t, srk, h.ID); answer.Letter.Kind != casework.AnswerLetter || !strings.Contains(string(answer.Letter.Canonical()), "coba bulan depan") {
		t.Errorf("the answer says:\n%s", answer.Letter.Canonical())
	}
}

// Letters travel with the file: the one in the packet, and the one that was
// signed after it was packed. The receiver reads both, finds them genuine, and
// changes neither.
func TestLettersTravelWithTheFile(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL")
	mgl, srk := c.Of("MGL"), c.Of("SRK")
	v := report(t, mgl, "Rahmat Contoh")
	sign := func(v *casework.LetterView) {
		toSign(t, mgl, v)
		if err := stepped(mgl, "head", v, casework.LetterSign, ""); err != nil {
			t.Fatal(err)
		}
	}
	sign(v)
	h := mgl.Offer(v.Letter.Case, "SRK", nil)
	late := letterOf(t, mgl, h.ID)
	sign(late)
	srk.WaitStage(h.ID, "offered")
	srk.Act(h.ID, "accept", nil)
	c.WaitFor("the file is here", func() bool { return srk.Handoff(h.ID).Case != "" })
	srk.Act(h.ID, "receive", map[string]any{"form": nodetest.Record})
	srk.WaitStage(h.ID, "received")
	here := srk.Handoff(h.ID).Case
	var page casework.Page[casework.Moment]
	c.WaitFor("both letters are here", func() bool {
		srk.Must("head", http.MethodGet, "/cases/"+string(here)+"/timeline?kind=letter", nil, &page)
		return len(page.Items) == 2
	})
	for _, want := range []*casework.LetterView{v, late} {
		got := casework.LetterView{}
		srk.Must("head", http.MethodGet, "/letters/"+string(want.Letter.ID), nil, &got)
		if got.Verdict == nil || got.Verdict.Result != casework.LetterGenuine || !got.Verdict.File || string(got.Letter.Canonical()) != string(want.Letter.Canonical()) {
			t.Errorf("%s at the receiver: %+v", want.Letter.Kind, got.Verdict)
		}
		if len(got.Actions) > 0 || got.Edit || got.Attach || got.Correct {
			t.Errorf("the receiver may change it: %+v", got)
		}
		var no *nodetest.Problem
		if err := stepped(srk, "head", &got, casework.LetterRevoke, "bukan milik kami"); !errors.As(err, &no) || no.Status != http.StatusConflict {
			t.Errorf("the receiver revoked it: %v", err)
		}
	}
	var all casework.Page[casework.LetterCard]
	srk.Must("head", http.MethodGet, "/letters", nil, &all)
	for _, k := range all.Items {
		if k.Balai != "SRK" {
			t.Errorf("the list of the office has a letter of %s", k.Balai)
		}
	}
}

// The node dies again and again while letters are signed. In the end every
// letter has one number, and the numbers run without a gap.
func TestLetterNumbersOverDeaths(t *testing.T) {
	c := nodetest.Start(t, nil, "SRK", "MGL")
	mgl := c.Of("MGL")
	var waiting []*casework.LetterView
	for i := range 24 {
		v := report(t, mgl, fmt.Sprintf("Orang %d", i))
		toSign(t, mgl, v)
		waiting = append(waiting, v)
	}
	for round := 0; len(waiting) > 0; round++ {
		if round > 40 {
			t.Fatalf("%d letters cannot be signed", len(waiting))
		}
		var all sync.WaitGroup
		for _, v := range waiting {
			all.Go(func() { _ = stepped(mgl, "head", v, casework.LetterSign, "") }) // whether it was signed shows below
		}
		if round < 3 {
			c.Kill("MGL")
		}
		all.Wait()
		if round < 3 {
			mgl.Start()
		}
		waiting = slices.DeleteFunc(waiting, func(v *casework.LetterView) bool {
			var now casework.LetterView
			mgl.Must("head", http.MethodGet, "/letters/"+string(v.Letter.ID), nil, &now)
			*v = now
			return v.Letter.State == casework.LetterSigned
		})
	}
	var list struct{ Items []casework.RegisterEntry }
	mgl.Must("head", http.MethodGet, "/letters/register", nil, &list)
	if len(list.Items) != 24 {
		t.Errorf("%d numbers for 24 letters", len(list.Items))
	}
	seen := map[casework.LetterID]bool{}
	for i, e := range list.Items {
		if !strings.HasSuffix(e.Row, fmt.Sprintf("/%06d", i+1)) || e.Letter == "" || seen[e.Letter] {
			t.Errorf("row %d: %+v", i+1, e)
		}
		seen[e.Letter] = true
	}
}

// A node restored from an old backup gives no number again that may be out.
func TestLetterNumbersAfterARestore(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL")
	mgl := c.Of("MGL")
	sign := func(name string) casework.Letter {
		v := report(t, mgl, name)
		toSign(t, mgl, v)
		if err := stepped(mgl, "head", v, casework.LetterSign, ""); err != nil {
			t.Fatal(err)
		}
		return v.Letter
	}
	before := sign("Sebelum Cadangan")
	saved := mgl.Backup()
	lost := sign("Sesudah Cadangan")
	mgl.Stop()
	mgl.Restore(saved)
	mgl.Start()
	after := sign("Sesudah Pemulihan")
	if after.Register <= lost.Register || after.Number == lost.Number || after.Number == before.Number {
		t.Errorf("the number after the restore is %s; %s was out", after.Number, lost.Number)
	}
	var list struct{ Items []casework.RegisterEntry }
	mgl.Must("head", http.MethodGet, "/letters/register", nil, &list)
	for i, e := range list.Items {
		if !strings.HasSuffix(e.Row, fmt.Sprintf("/%06d", i+1)) || e.Letter == "" && e.Cancelled == "" {
			t.Errorf("row %d: %+v", i+1, e)
		}
	}
	// The seal of the letter that the backup does not hold is still ours, and
	// nobody is told that it is in the register.
	if got := verdict(t, mgl, map[string]string{"file": string(lost.File())}); got.Result != casework.LetterUnknown || got.Why == "" {
		t.Errorf("a letter lost with the disk: %+v", got)
	}
	var p *nodetest.Problem
	err := mgl.Do("admin", http.MethodGet, "/letters/"+string(before.ID), nil, nil)
	if !errors.As(err, &p) || p.Status != http.StatusForbidden {
		t.Errorf("admin IT reads a letter: %v", err)
	}
}
