package caseload_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
)

func TestNotesPage(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	for _, text := range []string{"satu", "dua", "tiga"} {
		_, err := d.AddNote(ctx, worker, c.ID, casework.Note{Kind: "progress", Text: text})
		ok(t, err)
	}
	// Written later, about the day before: it sorts by when it happened.
	_, err := d.AddNote(ctx, worker, c.ID, casework.Note{Kind: "progress", Text: "kemarin", At: start.AddDate(0, 0, -1)})
	ok(t, err)
	var got []string
	cursor := ""
	for {
		page, err := d.Notes(ctx, worker, c.ID, cursor, 3)
		ok(t, err)
		for _, n := range page.Items {
			got = append(got, n.Text)
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	if want := "tiga dua satu kemarin"; strings.Join(got, " ") != want {
		t.Fatalf("notes %v, want %s", got, want)
	}
	_, err = d.Notes(ctx, worker, c.ID, "", 101)
	kind(t, err, casework.Invalid)
	_, err = d.AddNote(ctx, worker, c.ID, casework.Note{Kind: "progress", Text: "besok", At: start.AddDate(0, 0, 3)})
	kind(t, err, casework.Invalid)
}

func TestAddendumOnAnOpenCaseIsANote(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	n, err := d.AddNote(ctx, worker, c.ID, casework.Note{Kind: "progress", Text: "x", Addendum: true, Handoff: id[casework.HandoffID]("d"), Epoch: 9})
	ok(t, err)
	if n.Addendum || n.Handoff != "" || n.Epoch != 0 {
		t.Fatalf("note %+v", n)
	}
}

func TestDocuments(t *testing.T) {
	png := "\x89PNG\r\n\x1a\n" + strings.Repeat("\x00", 100)
	tests := map[string]struct {
		media, content string
		want           string // media type, or the field at fault with a star before it
	}{
		"letter":         {"", "Yth. Kepala Balai", "text/plain"},
		"photo":          {"image/png", png, "image/png"},
		"pdf":            {"application/pdf", "%PDF-1.7 ...", "application/pdf"},
		"text, charset":  {"text/plain; charset=utf-8", "Yth.", "text/plain"},
		"empty":          {"", "", "*content"},
		"page":           {"text/html", "<html><script>alert(1)</script>", "*content"},
		"page as letter": {"text/plain", "<!DOCTYPE html><p>", "*content"},
		"zip":            {"", "PK\x03\x04....", "*content"},
		"photo as pdf":   {"application/pdf", png, "*media"},
		"bad media":      {"nonsense", png, "*media"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "SRK", wib)
			c := opened(t, d)
			doc, err := d.AddDocument(ctx, worker, c.ID, casework.Document{Kind: "letter", Title: "Surat", Media: tt.media}, strings.NewReader(tt.content))
			if field, bad := strings.CutPrefix(tt.want, "*"); bad {
				kind(t, err, casework.Invalid)
				if f := casework.Faults(err); len(f) != 1 || f[0].Field != field {
					t.Fatalf("faults %v, want %s", f, field)
				}
				if d.blobs.count() != 0 {
					t.Fatal("the content stayed behind")
				}
				return
			}
			ok(t, err)
			if doc.Media != tt.want || doc.Size != int64(len(tt.content)) || len(doc.Digest) != 64 {
				t.Fatalf("document %+v", doc)
			}
			_, r, err := d.OpenDocument(ctx, worker, c.ID, doc.ID)
			ok(t, err)
			defer func() { ok(t, r.Close()) }()
			if got, err := io.ReadAll(r); err != nil || string(got) != tt.content {
				t.Fatalf("read %d bytes, %v", len(got), err)
			}
		})
	}
}

func TestDocumentLimit(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	add := func(size int) error {
		_, err := d.AddDocument(ctx, worker, c.ID, casework.Document{Kind: "letter", Title: "Surat"}, bytes.NewReader(bytes.Repeat([]byte("a"), size)))
		return err
	}
	ok(t, add(casework.MaxDocument))
	kind(t, add(casework.MaxDocument+1), casework.Invalid)
	if d.blobs.count() != 1 {
		t.Fatalf("%d blobs", d.blobs.count())
	}
}

func TestDocumentOfABrokenUpload(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	cut := errors.New("connection reset")
	for name, r := range map[string]io.Reader{
		"at once": iotestErr(cut), "midway": io.MultiReader(strings.NewReader(strings.Repeat("a", 5000)), iotestErr(cut)),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.AddDocument(ctx, worker, c.ID, casework.Document{Kind: "letter", Title: "Surat"}, r)
			if !errors.Is(err, cut) {
				t.Fatalf("error %v", err)
			}
			page, err := d.Documents(ctx, worker, c.ID, "", 0)
			ok(t, err)
			if len(page.Items) != 0 || d.blobs.count() != 0 {
				t.Fatalf("%d documents, %d blobs", len(page.Items), d.blobs.count())
			}
		})
	}
}

type iotestReader struct{ err error }

func (r iotestReader) Read([]byte) (int, error) { return 0, r.err }

func iotestErr(err error) io.Reader { return iotestReader{err} }

func TestConsents(t *testing.T) {
	d := newDesk(t, "MGL", wib)
	c := opened(t, d)
	sharing := casework.Consent{Scope: casework.ForSharing, Recipient: "SRK", Purpose: "terapi", How: "thumbprint", GivenBy: "guardian", Witness: "TKSK"}
	given, err := d.AddConsent(ctx, worker, c.ID, sharing)
	ok(t, err)
	holds := func(to casework.BalaiCode, at time.Time) bool {
		t.Helper()
		var found bool
		ok(t, d.store.View(func(tx casework.Tx) (err error) {
			_, found, err = d.ConsentFor(tx, c.ID, to, at)
			return err
		}))
		return found
	}
	if !holds("SRK", d.now()) || holds("GWA", d.now()) || holds("SRK", given.At.Add(-time.Second)) {
		t.Fatal("the consent holds for another balai, or before it was given, or not at all")
	}
	first, err := d.WithdrawConsent(ctx, worker, c.ID, given.ID)
	ok(t, err)
	if holds("SRK", d.now()) {
		t.Fatal("a withdrawn consent still holds")
	}
	again, err := d.WithdrawConsent(ctx, worker, c.ID, given.ID)
	ok(t, err)
	if !again.Withdrawn.Equal(first.Withdrawn) {
		t.Fatal("a second withdrawal changed the time of the first")
	}
	_, err = d.WithdrawConsent(ctx, worker, c.ID, id[casework.ConsentID]("e"))
	kind(t, err, casework.NotFound)
	sharing.Recipient = ""
	_, err = d.AddConsent(ctx, worker, c.ID, sharing)
	kind(t, err, casework.Invalid)
	sharing.Recipient, sharing.Withdrawn = "SRK", start.AddDate(1, 0, 0)
	_, err = d.AddConsent(ctx, worker, c.ID, sharing)
	kind(t, err, casework.Invalid)
}

// Whoever signs an offer records the consent it rests on, and no other: a head
// writes into no case.
func TestTheHeadRecordsWhatAnOfferRestsOn(t *testing.T) {
	d := newDesk(t, "MGL", wib)
	c := opened(t, d)
	d.allow(func(by casework.Actor, act casework.Action, _ *casework.Case) bool {
		return act == casework.ReadCase || act == casework.Offer && by.StepUp
	})
	sure := supervisor
	sure.StepUp = true
	sharing := casework.Consent{Scope: casework.ForSharing, Recipient: "SRK", Purpose: "terapi", How: "written", GivenBy: "person"}
	_, err := d.AddConsent(ctx, sure, c.ID, sharing)
	ok(t, err)
	_, err = d.AddConsent(ctx, supervisor, c.ID, sharing)
	kind(t, err, casework.Forbidden) // has to prove again who it is
	for name, scope := range map[string]string{"processing": casework.ForProcessing, "photo": "photo"} {
		other := sharing
		other.Scope, other.Recipient = scope, ""
		if _, err := d.AddConsent(ctx, sure, c.ID, other); !errors.Is(err, casework.Forbidden) {
			t.Errorf("a consent to %s: %v", name, err)
		}
	}
}

func TestTimelineHoldsEverything(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := furnished(t, d, false)
	_, err := d.AddNote(ctx, worker, c.ID, casework.Note{Kind: "visit", Text: "x"})
	ok(t, err)
	h := casework.Handoff{ID: id[casework.HandoffID]("c"), Kind: casework.Referral, Created: d.now(), Summary: &casework.Summary{Reason: "rahasia"}}
	ok(t, d.store.Update(ctx, func(tx casework.Tx) error {
		return errors.Join(tx.Put(casework.Handoffs, casework.NodeOwner, string(h.ID), h), d.Link(tx, c.ID, h.ID))
	}))
	_, err = d.MoveStage(ctx, worker, c.ID, c.Version, casework.Agreement, "sudah dinilai Dinsos")
	ok(t, err)
	page, err := d.Timeline(ctx, worker, c.ID, "", 2)
	ok(t, err)
	if len(page.Items) != 2 || page.Items[0].Step == nil || page.Items[1].Handoff == nil || page.Items[1].Handoff.Summary != nil {
		t.Fatalf("first page %+v", page.Items)
	}
	page, err = d.Timeline(ctx, worker, c.ID, page.Next, 5)
	ok(t, err)
	if len(page.Items) != 3 || page.Items[0].Note == nil || page.Items[1].Consent == nil || page.Items[2].Document == nil || page.Next != "" {
		t.Fatalf("second page %+v", page)
	}
}

func TestWhoLooked(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c, other := opened(t, d), opened(t, d)
	for _, id := range []casework.CaseID{c.ID, other.ID} {
		_, err := d.Get(ctx, worker, id)
		ok(t, err)
	}
	page, err := d.WhoLooked(ctx, worker, c.ID, "", 10)
	ok(t, err)
	var acts []string
	for _, l := range page.Items {
		if l.Case != c.ID {
			t.Errorf("a line of another case: %+v", l)
		}
		acts = append(acts, l.Act)
	}
	if got := strings.Join(acts, ", "); got != "read audit, read case, register" {
		t.Fatalf("acts %s", got)
	}
}

func TestWhatTheLedgerDoesNotLet(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := furnished(t, d, false)
	closed := furnished(t, d, true)
	lapsed := func(casework.Case) error {
		return casework.Frozen.Because("this node has not heard of the others for long")
	}
	d.mu.Lock()
	d.lets = lapsed
	d.mu.Unlock()
	for name, u := range useCases() {
		on := c
		if name == "Reopen" {
			on = closed
		}
		_, err := u.call(d, on)
		switch name {
		case "Edit", "AddClaims", "MoveStage", "Close", "Reopen", "AddNote", "AddDocument":
			kind(t, err, casework.Frozen)
		default:
			ok(t, err) // reading, assigning, consents and new cases go on
		}
	}
	n, err := d.AddNote(ctx, worker, c.ID, casework.Note{Kind: "progress", Text: "susulan", Addendum: true})
	ok(t, err)
	if !n.Addendum || n.Handoff != "" {
		t.Fatalf("addendum %+v", n)
	}
}
