package partner_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
	"serasi/node/partner"
)

var start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// gate knows three kinds of people: heads do all, workers what is of their
// cases, and nobody nothing.
type gate struct{}

func (gate) Check(_ casework.Tx, by casework.Actor, act casework.Action, c *casework.Case) error {
	switch {
	case len(by.Roles) == 0, by.Roles[0] == casework.Worker && (act == casework.Offer || act == casework.SetUp || c != nil && c.Lead != by.User):
		return casework.Forbidden.Because("your role may not do this")
	}
	return nil
}

type trail struct{ lines *[]casework.Line }

func (t trail) Record(_ casework.Tx, l casework.Line) error {
	*t.lines = append(*t.lines, l)
	return nil
}

type cases struct{}

func (cases) Export(tx casework.Tx, id casework.CaseID) (b casework.Bundle, err error) {
	if _, err = tx.Get(casework.Cases, string(id), string(id), &b.Case); err != nil {
		return b, err
	}
	_, err = tx.Get(casework.Consents, string(id), "all", &b.Consents)
	return b, err
}

var (
	head   = casework.Actor{User: "h", Roles: []casework.Role{casework.Head}}
	worker = casework.Actor{User: "w", Roles: []casework.Role{casework.Worker}}
	nobody = casework.Actor{User: "n"}
)

type world struct {
	*partner.Register
	t     *testing.T
	store *caseworktest.Store
	lines []casework.Line
	now   time.Time
	ids   int
}

func open(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: &caseworktest.Store{}, now: start}
	r, err := partner.Open(partner.Config{
		Self: "SRK", Store: w.store, Cases: cases{}, Gate: gate{}, Trail: trail{&w.lines}, Clock: func() time.Time { return w.now }, Zone: time.UTC,
		NewID: func() string {
			w.ids++
			return strings.Repeat("0", 30) + string("0123456789abcdef"[w.ids/16]) + string("0123456789abcdef"[w.ids%16])
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Register = r
	return w
}

func (w *world) theCase(state casework.State, shared ...casework.BalaiCode) casework.CaseID {
	w.t.Helper()
	id := casework.CaseID(strings.Repeat("c", 32))
	var consents []casework.Consent
	for _, to := range shared {
		consents = append(consents, casework.Consent{Scope: casework.ForSharing, Recipient: to, At: start.Add(-time.Hour)})
	}
	err := w.store.Update(context.Background(), func(tx casework.Tx) error {
		return errors.Join(
			tx.Put(casework.Cases, string(id), string(id), casework.Case{ID: id, Number: "SRK-2026-00001", State: state, Lead: worker.User}),
			tx.Put(casework.Consents, string(id), "all", consents),
		)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

func (w *world) hospital() casework.Partner {
	w.t.Helper()
	p, err := w.Add(w.t.Context(), head, casework.Partner{
		Name: "RSUD Moewardi", Kind: "rumah sakit", Agreements: []casework.Memo{{Number: "12/2025", From: "2025-01-01", Until: "2027-01-01"}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func letter(to casework.BalaiCode) casework.NewOutside {
	return casework.NewOutside{Partner: to, Reason: "demam tinggi", Wanted: "rawat inap"}
}

// A letter to a hospital is answered by the hospital with its code, and read.
func TestLetterAndReply(t *testing.T) {
	w := open(t)
	p := w.hospital()
	if p.Code != "M00001" {
		t.Errorf("code %s", p.Code)
	}
	id := w.theCase(casework.Open, p.Code)
	o, err := w.Refer(t.Context(), head, id, letter(p.Code))
	if err != nil {
		t.Fatal(err)
	}
	if o.Due != "2026-03-16" || len(o.Warnings) != 0 || strings.Count(o.Code, "-") != 2 {
		t.Errorf("%+v", o)
	}
	note, err := w.Note(t.Context(), "10.0.0.1", strings.ToLower(o.Code))
	if err != nil || note != (casework.OutsideNote{From: "SRK", To: "RSUD Moewardi", At: start, Due: "2026-03-16"}) {
		t.Fatalf("%+v %v", note, err)
	}
	if err := w.ReplyTo(t.Context(), "10.0.0.1", o.Code, casework.Reply{Answer: "maybe"}); len(casework.Faults(err)) != 2 {
		t.Errorf("an answer that is none: %v", err)
	}
	if err := w.ReplyTo(t.Context(), "10.0.0.1", o.Code, casework.Reply{Answer: "diterima", Signed: "IGD", By: "h"}); err != nil {
		t.Fatal(err)
	}
	got, err := w.Outside(t.Context(), worker, o.ID)
	if err != nil || got.State != casework.OutsideAnswered || got.Reply.By != "" || got.Reply.Answer != "diterima" {
		t.Fatalf("%+v %v", got, err)
	}
	if got, err = w.Close(t.Context(), worker, o.ID); err != nil || got.State != casework.OutsideClosed {
		t.Fatalf("%+v %v", got, err)
	}
	if _, err := w.Note(t.Context(), "10.0.0.1", o.Code); !errors.Is(err, casework.Invalid) {
		t.Errorf("the code of a closed letter still opens it: %v", err)
	}
	if _, err := w.Recall(t.Context(), worker, o.ID, "late"); !errors.Is(err, casework.Conflict) {
		t.Errorf("recalled after it was closed: %v", err)
	}
}

func TestLetterNeeds(t *testing.T) {
	w := open(t)
	p := w.hospital()
	without := letter(p.Code)
	other := without
	other.Basis, other.BasisWhy = casework.ByVitalInterest, "pingsan"
	tests := map[string]struct {
		by     casework.Actor
		state  casework.State
		shared []casework.BalaiCode
		in     casework.NewOutside
		want   error
	}{
		"a consent":                  {head, casework.Open, nil, without, casework.Invalid},
		"or another basis":           {head, casework.Open, nil, other, nil},
		"an open case":               {head, casework.Closed, []casework.BalaiCode{p.Code}, without, casework.Conflict},
		"the head":                   {worker, casework.Open, []casework.BalaiCode{p.Code}, without, casework.Forbidden},
		"a partner":                  {head, casework.Open, nil, letter("M00099"), casework.NotFound},
		"words":                      {head, casework.Open, nil, casework.NewOutside{Partner: p.Code}, casework.Invalid},
		"a reason for the basis":     {head, casework.Open, nil, casework.NewOutside{Partner: p.Code, Reason: "a", Wanted: "b", Basis: casework.ByPublicTask}, casework.Invalid},
		"an answer date that is one": {head, casework.Open, nil, casework.NewOutside{Partner: p.Code, Reason: "a", Wanted: "b", AnswerBy: "soon"}, casework.Invalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := w.Refer(t.Context(), tt.by, w.theCase(tt.state, tt.shared...), tt.in)
			if !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
	if last := w.lines[len(w.lines)-1]; last.Act == "" {
		t.Error("no audit line")
	}
}

// Codes cannot be guessed: a source is stopped after ten, all together later,
// and a slip of the pen is told from none.
func TestGuessing(t *testing.T) {
	w := open(t)
	p := w.hospital()
	o, err := w.Refer(t.Context(), head, w.theCase(casework.Open, p.Code), letter(p.Code))
	if err != nil {
		t.Fatal(err)
	}
	swapped := o.Code[1:2] + o.Code[:1] + o.Code[2:]
	if swapped != o.Code {
		if _, err := w.Note(t.Context(), "1", swapped); !errors.Is(err, casework.Invalid) {
			t.Errorf("two letters changed places: %v", err)
		}
	}
	for range 10 {
		_, _ = w.Note(t.Context(), "2", "AAAAAAAAAAAAA")
	}
	if _, err := w.Note(t.Context(), "2", o.Code); !errors.Is(err, casework.TooMany) {
		t.Errorf("after ten wrong codes: %v", err)
	}
	if _, err := w.Note(t.Context(), "3", o.Code); err != nil {
		t.Errorf("another source: %v", err)
	}
	w.now = start.Add(time.Hour)
	if _, err := w.Note(t.Context(), "2", o.Code); err != nil {
		t.Errorf("an hour later: %v", err)
	}
	seen := map[string]bool{}
	for range 50 {
		o, err := w.Refer(t.Context(), head, w.theCase(casework.Open, p.Code), letter(p.Code))
		if err != nil || seen[o.Code] {
			t.Fatalf("code %q again: %v", o.Code, err)
		}
		seen[o.Code] = true
	}
}

func TestOutsidesOverdueFirst(t *testing.T) {
	w := open(t)
	p := w.hospital()
	id := w.theCase(casework.Open, p.Code)
	soon := letter(p.Code)
	soon.AnswerBy = "2026-03-03"
	first, err := w.Refer(t.Context(), head, id, soon)
	if err != nil {
		t.Fatal(err)
	}
	w.now = start.Add(3 * 24 * time.Hour)
	for range 3 {
		if _, err := w.Refer(t.Context(), head, id, letter(p.Code)); err != nil {
			t.Fatal(err)
		}
	}
	page, err := w.Outsides(t.Context(), worker, casework.OutsideQuery{State: "open", Limit: 2})
	if err != nil || len(page.Items) != 2 || page.Items[0].ID != first.ID || !page.Items[0].Overdue || page.Items[0].Code != "" || page.Next == "" {
		t.Fatalf("%+v %v", page, err)
	}
	rest, err := w.Outsides(t.Context(), worker, casework.OutsideQuery{State: "open", Limit: 2, Cursor: page.Next})
	if err != nil || len(rest.Items) != 2 || rest.Next != "" {
		t.Fatalf("%+v %v", rest, err)
	}
	late, err := w.Outsides(t.Context(), worker, casework.OutsideQuery{State: "overdue"})
	if err != nil || len(late.Items) != 1 {
		t.Fatalf("%+v %v", late, err)
	}
	stranger := casework.Actor{User: "x", Roles: []casework.Role{casework.Worker}}
	if none, err := w.Outsides(t.Context(), stranger, casework.OutsideQuery{}); err != nil || len(none.Items) != 0 {
		t.Errorf("of another's case: %+v %v", none, err)
	}
	if _, err := w.Outsides(t.Context(), nobody, casework.OutsideQuery{}); !errors.Is(err, casework.Forbidden) {
		t.Errorf("without a role: %v", err)
	}
}

func TestPartnerWarnings(t *testing.T) {
	memo := func(until casework.Day) []casework.Memo {
		return []casework.Memo{{Number: "1", From: "2025-01-01", Until: until}}
	}
	tests := map[string]struct {
		p    casework.Partner
		want []string
	}{
		"all in order":     {casework.Partner{Kind: "lks", Grade: "A", GradeUntil: "2028-01-01", Agreements: memo("2028-01-01")}, nil},
		"no grade":         {casework.Partner{Kind: "lks", Agreements: memo("2028-01-01")}, []string{"its accreditation is not recorded"}},
		"grade over":       {casework.Partner{Grade: "C", GradeUntil: "2026-03-01", Agreements: memo("2028-01-01")}, []string{"its accreditation is over"}},
		"grade ends":       {casework.Partner{Grade: "C", GradeUntil: "2026-03-20", Agreements: memo("2028-01-01")}, []string{"its accreditation ends soon"}},
		"no agreement":     {casework.Partner{Kind: "polisi"}, []string{"there is no agreement with it in force"}},
		"agreement over":   {casework.Partner{Kind: "polisi", Agreements: memo("2026-03-01")}, []string{"there is no agreement with it in force"}},
		"agreement ending": {casework.Partner{Kind: "polisi", Agreements: memo("2026-03-20")}, []string{"the agreement with it ends soon"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := tt.p.Warnings("2026-03-02")
			if strings.Join(got, ";") != strings.Join(tt.want, ";") {
				t.Errorf("%q, want %q", got, tt.want)
			}
			for _, w := range got {
				if casework.Indonesian.Words(w) == w {
					t.Errorf("%q is not said in Indonesian", w)
				}
			}
		})
	}
}
