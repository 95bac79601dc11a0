package letter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/letter"
)

func text(l casework.Letter) string { return string(l.Canonical()) }

// A letter goes through the office, each step by who may, and carries what the
// case already knows.
func TestTheWayOfALetter(t *testing.T) {
	w := newWorld(t)
	c := w.newCase("Rahmawati Contoh")
	h := w.offered(c, casework.Out, "offered")
	v, wanted, err := w.ForHandoff(t.Context(), worker, h.ID, "offer", casework.Said{})
	w.ok(err)
	if !wanted || !v.Edit || v.Letter.State != casework.LetterDraft {
		t.Fatalf("no draft: %+v", v)
	}
	for _, known := range []string{"Rahmawati Contoh", "perlu kursi roda", "fisioterapi", "11 tahun", "Kepala Sentra SRK", "29 November 2026"} {
		if !strings.Contains(text(v.Letter), known) {
			t.Errorf("the draft lacks %q:\n%s", known, text(v.Letter))
		}
	}
	again, _, err := w.ForHandoff(t.Context(), worker, h.ID, "offer", casework.Said{})
	w.ok(err)
	if again.Letter.ID != v.Letter.ID {
		t.Error("the same act began two letters")
	}
	subject := "Rujukan untuk kursi roda"
	v, err = w.Edit(t.Context(), worker, v.Letter.ID, v.Letter.Version, casework.LetterPatch{Subject: &subject})
	w.ok(err)
	v = w.act(worker, v, casework.LetterSubmit, "")
	if slices.Contains(v.Actions, casework.LetterCheck) {
		t.Error("whoever wrote it may check it")
	}
	_, err = w.Act(t.Context(), coworker, v.Letter.ID, v.Letter.Version, casework.LetterCheck, "")
	w.kind(err, casework.Forbidden) // not assigned
	v = w.act(supervisor, v, casework.LetterBack, "batas waktu keliru")
	v = w.signed(v)
	if v.Letter.Number != "1/4.13/RH.01/11/2026" || v.Letter.Date != "2026-11-22" || !v.Intact || v.QR == "" {
		t.Errorf("signed: number %q, date %q, intact %v, QR %q", v.Letter.Number, v.Letter.Date, v.Intact, v.QR)
	}
	if v.Letter.Signer.Title() != "Kepala" || v.Letter.Signer.Name != "Kepala Uji" {
		t.Errorf("signer: %+v", v.Letter.Signer)
	}
	before := text(v.Letter)
	_, err = w.Edit(t.Context(), worker, v.Letter.ID, v.Letter.Version, casework.LetterPatch{Subject: &subject})
	w.kind(err, casework.Conflict)
	v = w.act(worker, v, casework.LetterArchive, "")
	v = w.act(worker, v, casework.LetterDeliver, "kurir, diterima loket SRK")
	if text(v.Letter) != before || !v.Intact {
		t.Error("filing a letter changed its words")
	}
	if len(v.Actions) != 0 {
		t.Errorf("the worker may still %v", v.Actions)
	}
}

func TestWhoMayWhatToALetter(t *testing.T) {
	w := newWorld(t)
	v := w.toSign(w.begin(casework.NewLetter{Kind: casework.ReportLetter, Case: w.newCase("Rahmawati Contoh").ID}))
	tired := head
	tired.StepUp = false
	tests := map[string]struct {
		by   casework.Actor
		act  casework.LetterAct
		want casework.Kind
	}{
		"worker signs":               {worker, casework.LetterSign, casework.Forbidden},
		"supervisor signs":           {supervisor, casework.LetterSign, casework.Forbidden},
		"admin signs":                {admin, casework.LetterSign, casework.Forbidden},
		"head without a second look": {tired, casework.LetterSign, casework.Forbidden},
		"desk sends it back":         {desk, casework.LetterBack, casework.Forbidden},
		"admin sends it back":        {admin, casework.LetterBack, casework.Forbidden},
		"archive before signing":     {worker, casework.LetterArchive, casework.Conflict},
		"no such act":                {worker, "burn", casework.Invalid},
		"back without words":         {supervisor, casework.LetterBack, casework.Invalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := w.Act(t.Context(), tt.by, v.Letter.ID, v.Letter.Version, tt.act, "")
			if !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			var s interface{ StepUp() bool }
			if name == "head without a second look" && !errors.As(err, &s) {
				t.Error("the refusal does not say that signing in again would lift it")
			}
		})
	}
	for _, by := range []casework.Actor{admin, desk, coworker} {
		_, err := w.Get(t.Context(), by, v.Letter.ID)
		w.kind(err, casework.Forbidden)
	}
	_, err := w.Act(t.Context(), head, v.Letter.ID, v.Letter.Version-1, casework.LetterSign, "")
	w.kind(err, casework.Conflict)
	_, err = w.Get(t.Context(), head, "00000000000000000000000000000000")
	w.kind(err, casework.NotFound)
}

// Who acts for the head signs on the days of the delegation, and the letter says
// in which form; only the head names them.
func TestDelegation(t *testing.T) {
	w := newWorld(t)
	s := defaults()
	s.Officials = []casework.Official{{User: head.User, Name: "Kepala Contoh, M.Si.", NIP: "197001011990011001", Office: "Kepala Sentra Uji"}}
	s.Delegations = []casework.Delegation{{
		Span: casework.Span{From: "2026-11-20", Until: "2026-11-22"}, User: supervisor.User, Form: casework.DailyHead, Office: "Kepala Sentra Uji",
		Name: "Koordinator Contoh", Ground: "SP-12/2026",
	}}
	_, err := w.SetUp(t.Context(), supervisor, 0, s)
	w.kind(err, casework.Forbidden)
	_, err = w.SetUp(t.Context(), head, 0, s)
	w.ok(err)
	sure := supervisor
	sure.StepUp = true
	v := w.toSign(w.begin(casework.NewLetter{Kind: casework.ReportLetter, Case: w.newCase("Rahmawati Contoh").ID}))
	_, err = w.Act(t.Context(), supervisor, v.Letter.ID, v.Letter.Version, casework.LetterSign, "")
	w.kind(err, casework.Forbidden) // has to confirm
	v = w.act(sure, v, casework.LetterSign, "")
	if got := v.Letter.Signer; got.Title() != "Plh. Kepala Sentra Uji" || got.Name != "Koordinator Contoh" {
		t.Errorf("signer: %+v", got)
	}
	w.now = w.now.AddDate(0, 0, 1)
	late := w.toSign(w.begin(casework.NewLetter{Kind: casework.ReportLetter, Case: w.newCase("Sulastri Contoh").ID}))
	_, err = w.Act(t.Context(), sure, late.Letter.ID, late.Letter.Version, casework.LetterSign, "")
	w.kind(err, casework.Forbidden)
	late = w.act(head, late, casework.LetterSign, "")
	if got := late.Letter.Signer; got.Name != "Kepala Contoh, M.Si." || got.NIP == "" {
		t.Errorf("signer: %+v", got)
	}
}

// The cover of a secret letter tells initials and case number; the person and
// the reason stand on the annex, and the list tells neither.
func TestSecretLetter(t *testing.T) {
	w := newWorld(t)
	c := w.newCase("Rahmawati Contoh", casework.SecretHIV)
	h := w.offered(c, casework.Out, "offered")
	v := w.begin(casework.NewLetter{Kind: casework.ReferralLetter, Handoff: h.ID})
	if !v.Letter.Secret() {
		t.Fatal("the letter of a secret case is not secret")
	}
	cover := v.Letter
	cover.Parts = cover.Cover()
	if s := text(cover); strings.Contains(s, "Rahmawati") || strings.Contains(s, "kursi roda") || !strings.Contains(s, c.Number) || !strings.Contains(s, "R") {
		t.Errorf("the cover says:\n%s", s)
	}
	if s := text(v.Letter); !strings.Contains(s, "Rahmawati") {
		t.Errorf("the annex lacks the person:\n%s", s)
	}
	ordinary := casework.OrdinaryLetter
	_, err := w.Edit(t.Context(), worker, v.Letter.ID, v.Letter.Version, casework.LetterPatch{Nature: &ordinary})
	w.kind(err, casework.Invalid)
	for field, subject := range map[string]string{"a name": "Rujukan Sdri. Rahmawati", "a reason": "Rujukan layanan HIV"} {
		got, err := w.Edit(t.Context(), worker, v.Letter.ID, v.Letter.Version, casework.LetterPatch{Subject: &subject})
		w.ok(err)
		v = got
		_, err = w.Act(t.Context(), worker, v.Letter.ID, v.Letter.Version, casework.LetterSubmit, "")
		if !errors.Is(err, casework.Invalid) || casework.Faults(err)[0].Field != "subject" {
			t.Errorf("%s on the cover: %v", field, err)
		}
	}
	page, err := w.List(t.Context(), coworker, casework.LetterQuery{})
	w.ok(err)
	if len(page.Items) != 0 {
		t.Error("the list tells of a case that the reader may not find")
	}
	page, err = w.List(t.Context(), worker, casework.LetterQuery{})
	w.ok(err)
	if len(page.Items) != 1 || strings.Contains(fmt.Sprintf("%+v", page.Items), "Rahmawati") {
		t.Errorf("the list: %+v", page.Items)
	}
}

// An answer is written before there is a case here.
func TestAnswerWithoutACase(t *testing.T) {
	w := newWorld(t)
	h := w.offered(casework.Case{}, casework.In, "declined")
	h.Stage = "offered" // the ledger has not heard of the answer yet
	w.handoffs[h.ID] = h
	said := casework.Said{Reason: "penuh", Text: "coba lagi bulan depan"}
	v, wanted, err := w.ForHandoff(t.Context(), supervisor, h.ID, "decline", said)
	w.ok(err)
	if s := text(v.Letter); !wanted || !strings.Contains(s, "coba lagi bulan depan") || !strings.Contains(s, "Ditolak") || !strings.Contains(s, "penuh") || !strings.Contains(s, "Kepala Sentra SRK") {
		t.Errorf("the answer says:\n%s", s)
	}
	v = w.act(supervisor, v, casework.LetterSubmit, "")
	v = w.act(worker, v, casework.LetterCheck, "")
	v = w.act(supervisor, v, casework.LetterInitial, "")
	v = w.act(head, v, casework.LetterSign, "")
	if v.Letter.Number == "" {
		t.Error("no number")
	}
	_, err = w.Begin(t.Context(), worker, casework.NewLetter{Kind: casework.ReferralLetter, Handoff: h.ID})
	w.kind(err, casework.Conflict)
}

func TestCorrectAndRevoke(t *testing.T) {
	w := newWorld(t)
	v := w.signed(w.begin(casework.NewLetter{Kind: casework.ReportLetter, Case: w.newCase("Rahmawati Contoh").ID}))
	fresh, err := w.Correct(t.Context(), worker, v.Letter.ID)
	w.ok(err)
	twice, err := w.Correct(t.Context(), worker, v.Letter.ID)
	w.ok(err)
	if twice.Letter.ID != fresh.Letter.ID {
		t.Error("two corrections were begun")
	}
	fresh = w.signed(fresh)
	if fresh.Letter.ReplacesNumber != v.Letter.Number || !strings.Contains(text(fresh.Letter), v.Letter.Number) {
		t.Error("the new letter does not name the old one")
	}
	old, err := w.Get(t.Context(), worker, v.Letter.ID)
	w.ok(err)
	if old.Letter.ReplacedBy != fresh.Letter.ID || !old.Intact || text(old.Letter) != text(v.Letter) {
		t.Errorf("the old letter: replaced by %q, intact %v", old.Letter.ReplacedBy, old.Intact)
	}
	_, err = w.Act(t.Context(), worker, fresh.Letter.ID, fresh.Letter.Version, casework.LetterRevoke, "salah orang")
	w.kind(err, casework.Forbidden)
	gone := w.act(head, fresh, casework.LetterRevoke, "salah orang")
	if gone.Letter.Revoked.IsZero() || gone.Letter.Number == "" || !gone.Intact {
		t.Errorf("revoked: %+v", gone)
	}
	list, err := w.Register(t.Context(), desk, "2026")
	w.ok(err)
	if len(list) != 2 || list[0].Replaced != fresh.Letter.Number || list[1].Cancelled != "salah orang" {
		t.Errorf("register: %+v", list)
	}
}

// Whatever fails and however many sign at once, the numbers of a register run
// from one to the last without a gap and without a double.
func TestNumbersWithoutGaps(t *testing.T) {
	w := newWorld(t)
	const letters, signers = 40, 8
	var waiting []casework.LetterView
	for i := range letters {
		waiting = append(waiting, w.toSign(w.begin(casework.NewLetter{Kind: casework.ReportLetter, Case: w.newCase(fmt.Sprintf("Orang %d Contoh", i)).ID})))
	}
	broken := errors.New("the disk is gone")
	var commits atomic.Int64
	w.store.Fail = func() error {
		if commits.Add(1)%3 == 0 {
			return broken
		}
		return nil
	}
	var all sync.WaitGroup
	for s := range signers {
		all.Go(func() {
			for i := s; i < letters; i += signers {
				v := waiting[i]
				for {
					_, err := w.Act(context.Background(), head, v.Letter.ID, v.Letter.Version, casework.LetterSign, "")
					if err == nil {
						break
					}
					if !errors.Is(err, broken) {
						t.Errorf("sign: %v", err)
						return
					}
				}
			}
		})
	}
	all.Wait()
	w.store.Fail = nil
	w.now = w.now.AddDate(0, 2, 0) // January: the register begins anew
	w.Desk = w.open()              // as after a restart
	first := w.signed(w.begin(casework.NewLetter{Kind: casework.ReportLetter, Case: w.newCase("Orang Januari").ID}))
	if first.Letter.Number != "1/4.13/RH.01/1/2027" {
		t.Errorf("the first letter of the year has the number %s", first.Letter.Number)
	}
	list, err := w.Register(t.Context(), desk, "2026")
	w.ok(err)
	if len(list) != letters {
		t.Fatalf("%d numbers for %d letters", len(list), letters)
	}
	for i, e := range list {
		if want := fmt.Sprintf("surat/2026/%06d", i+1); e.Row != want || e.Letter == "" || !strings.HasPrefix(e.Number, fmt.Sprint(i+1)+"/") {
			t.Errorf("row %d: %+v", i, e)
		}
	}
}

// A restored node leaves numbers out, and the register says why.
func TestSkipNumbers(t *testing.T) {
	w := newWorld(t)
	w.signed(w.begin(casework.NewLetter{Kind: casework.ReportLetter, Case: w.newCase("Rahmawati Contoh").ID}))
	w.ok(w.SkipNumbers(t.Context(), 3, "restored"))
	v := w.signed(w.begin(casework.NewLetter{Kind: casework.ReportLetter, Case: w.newCase("Sulastri Contoh").ID}))
	if !strings.HasPrefix(v.Letter.Number, "5/") {
		t.Errorf("number %s", v.Letter.Number)
	}
	list, err := w.Register(t.Context(), head, "2026")
	w.ok(err)
	void := 0
	for _, e := range list {
		if e.Cancelled == "restored" && e.Letter == "" {
			void++
		}
	}
	if len(list) != 5 || void != 3 {
		t.Errorf("register: %+v", list)
	}
	w.kind(w.SkipNumbers(t.Context(), 0, ""), casework.Invalid)
}

func TestStaleEditShowsBothTexts(t *testing.T) {
	w := newWorld(t)
	v := w.begin(casework.NewLetter{Kind: casework.ReportLetter, Case: w.newCase("Rahmawati Contoh").ID})
	mine, yours := "Punya saya", "Punya Anda"
	_, err := w.Edit(t.Context(), worker, v.Letter.ID, v.Letter.Version, casework.LetterPatch{Subject: &yours})
	w.ok(err)
	_, err = w.Edit(t.Context(), supervisor, v.Letter.ID, v.Letter.Version, casework.LetterPatch{Subject: &mine})
	both, ok := casework.BothVersions(err)
	if !ok || both.Current.(casework.Letter).Subject != yours || both.Yours.(casework.Letter).Subject != mine {
		t.Errorf("got %v", err)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	w := newWorld(t)
	bad := map[string]func(*casework.LetterSettings){
		"numberings.0.pattern":  func(s *casework.LetterSettings) { s.Numberings[0].Pattern = "{urut}/{tahun}/{siapa}" },
		"numberings.0.register": func(s *casework.LetterSettings) { s.Numberings[0].Register = "A/B" },
		"heads":                 func(s *casework.LetterSettings) { s.Heads = nil },
		"site":                  func(s *casework.LetterSettings) { s.Site = "javascript:alert(1)" },
		"officials.0.until": func(s *casework.LetterSettings) {
			s.Officials = []casework.Official{{Span: casework.Span{From: "2026-02-01", Until: "2026-01-01"}, Name: "A", Office: "B"}}
		},
	}
	for field, spoil := range bad {
		s := defaults()
		spoil(&s)
		_, err := w.SetUp(t.Context(), head, 0, s)
		if !errors.Is(err, casework.Invalid) || casework.Faults(err)[0].Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	_, err := w.SetUp(t.Context(), worker, 0, defaults())
	w.kind(err, casework.Forbidden)
	s := defaults()
	s.Numberings[0].Pattern = "{urut:3}/{balai}/{romawi}/{tahun}"
	_, err = w.SetUp(t.Context(), supervisor, 0, s)
	w.ok(err)
	_, err = w.SetUp(t.Context(), supervisor, 0, s)
	w.kind(err, casework.Conflict)
	v := w.signed(w.begin(casework.NewLetter{Kind: casework.ReportLetter, Case: w.newCase("Rahmawati Contoh").ID}))
	if v.Letter.Number != "001/MGL/XI/2026" {
		t.Errorf("number %s", v.Letter.Number)
	}
}

// A pattern that would give a number twice is refused when it would.
func TestNoNumberTwice(t *testing.T) {
	w := newWorld(t)
	s := defaults()
	s.Numberings = []casework.Numbering{
		{Register: "a", Kinds: []casework.LetterKind{casework.ReportLetter}, Pattern: "{urut}/{tahun}"},
		{Register: "b", Kinds: []casework.LetterKind{casework.TerminationLetter}, Pattern: "{urut}/{tahun}"},
	}
	_, err := w.SetUp(t.Context(), head, 0, s)
	w.ok(err)
	c := w.newCase("Rahmawati Contoh")
	w.signed(w.begin(casework.NewLetter{Kind: casework.ReportLetter, Case: c.ID}))
	v := w.toSign(w.begin(casework.NewLetter{Kind: casework.TerminationLetter, Case: c.ID}))
	_, err = w.Act(t.Context(), head, v.Letter.ID, v.Letter.Version, casework.LetterSign, "")
	w.kind(err, casework.Conflict)
}

func TestVerify(t *testing.T) {
	w := newWorld(t)
	v := w.signed(w.begin(casework.NewLetter{Kind: casework.ReferralLetter, Handoff: w.offered(w.newCase("Rahmawati Contoh"), casework.Out, "offered").ID}))
	l := v.Letter
	file := string(l.File())
	tests := map[string]struct {
		proof casework.LetterProof
		want  string
	}{
		"QR":                        {casework.LetterProof{QR: v.QR}, casework.LetterGenuine},
		"QR behind an address":      {casework.LetterProof{QR: "https://serasi.example.go.id/v/" + l.Code + "?t=" + l.Seal.Token}, casework.LetterGenuine},
		"file":                      {casework.LetterProof{File: file}, casework.LetterGenuine},
		"file from a mail program":  {casework.LetterProof{File: strings.ReplaceAll(file, "\n", "\r\n")}, casework.LetterGenuine},
		"number and code":           {casework.LetterProof{Number: l.Number, Code: strings.ToLower(l.Code)}, casework.LetterGenuine},
		"a changed word":            {casework.LetterProof{File: strings.Replace(file, "fisioterapi", "operasi", 1)}, casework.LetterForged},
		"a word more":               {casework.LetterProof{File: strings.Replace(file, "fisioterapi", "fisioterapi segera", 1)}, casework.LetterForged},
		"another number":            {casework.LetterProof{Number: "2/4.13/RH.01/11/2026", Code: l.Code}, casework.LetterForged},
		"a code that was not given": {casework.LetterProof{Code: "MGL-00000000"}, casework.LetterUnknown},
		"a code of elsewhere":       {casework.LetterProof{Code: "SRK-00000000"}, casework.LetterUnknown},
		"no code":                   {casework.LetterProof{Code: "?"}, casework.LetterUnknown},
		"no letter":                 {casework.LetterProof{QR: "https://example.org/"}, casework.LetterUnknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := w.Verify(tt.proof)
			if err != nil || got.Result != tt.want {
				t.Errorf("%+v, %v; want %s", got, err, tt.want)
			}
			if s := fmt.Sprintf("%+v", got); strings.Contains(s, "Rahmawati") || strings.Contains(s, "MGL-2026") {
				t.Errorf("the answer tells of the person: %s", s)
			}
		})
	}
	gone := w.act(head, v, casework.LetterRevoke, "salah")
	if got, err := w.Verify(casework.LetterProof{QR: gone.QR}); err != nil || got.Result != casework.LetterRevoked {
		t.Errorf("revoked: %+v, %v", got, err)
	}
	_, err := w.Verify(casework.LetterProof{})
	w.kind(err, casework.Invalid)
	for range 40 {
		_, err = w.Verify(casework.LetterProof{Code: "MGL-00000000", Source: "198.51.100.7"})
	}
	w.kind(err, casework.TooMany)
	if _, err := w.Verify(casework.LetterProof{Code: "MGL-00000000", Source: "198.51.100.8"}); err != nil {
		t.Errorf("another place is refused too: %v", err)
	}
	w.now = w.now.Add(2 * time.Minute)
	if _, err := w.Verify(casework.LetterProof{Code: "MGL-00000000", Source: "198.51.100.7"}); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}

// A letter that somebody changed in the store is not shown as genuine.
func TestAChangedRowIsNoticed(t *testing.T) {
	w := newWorld(t)
	c := w.newCase("Rahmawati Contoh")
	v := w.signed(w.begin(casework.NewLetter{Kind: casework.ReportLetter, Case: c.ID}))
	l := v.Letter
	l.To.Name = "Orang lain"
	w.ok(w.store.Update(t.Context(), func(tx casework.Tx) error { return tx.Put(casework.Letters, string(c.ID), string(l.ID), l) }))
	got, err := w.Get(t.Context(), worker, l.ID)
	w.ok(err)
	if got.Intact {
		t.Error("a changed letter is shown as what was signed")
	}
}

func TestCSVIsInert(t *testing.T) {
	var b strings.Builder
	err := letter.WriteCSV(&b, []casework.RegisterEntry{{Row: "surat/2026/000001", Number: "1/x/2026", Date: "2026-11-22", To: `=HYPERLINK("http://x";"y")`}})
	if err != nil {
		t.Fatal(err)
	}
	if s := b.String(); !strings.HasPrefix(s, "\ufeff") || strings.Contains(s, ";=") || strings.Contains(s, `;"=`) || !strings.Contains(s, "1/x/2026") {
		t.Errorf("CSV:\n%s", s)
	}
}

// Every look and change is in the trail before the answer.
func TestTrail(t *testing.T) {
	w := newWorld(t)
	c := w.newCase("Rahmawati Contoh")
	v := w.begin(casework.NewLetter{Kind: casework.ReportLetter, Case: c.ID})
	_, err := w.Get(t.Context(), worker, v.Letter.ID)
	w.ok(err)
	_, err = w.Print(t.Context(), worker, v.Letter.ID)
	w.ok(err)
	_, err = w.Get(t.Context(), coworker, v.Letter.ID)
	w.kind(err, casework.Forbidden)
	var got []string
	w.ok(w.store.View(func(tx casework.Tx) error {
		return tx.Each(casework.Audit, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
			var l casework.Line
			err := decode(&l)
			got = append(got, strings.TrimSpace(l.What+" "+l.Why+" "+l.Outcome))
			if l.Case != c.ID {
				t.Errorf("a line names no case: %+v", l)
			}
			return true, err
		})
	}))
	if want := []string{"letter  done", "letter  done", "letter print done", "letter  denied"}; !slices.Equal(got, want) {
		t.Errorf("trail: %q", got)
	}
}
