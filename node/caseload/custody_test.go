package caseload_test

import (
	"encoding/json"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"

	"serasi/node/casework"
)

// event is something a handoff does to a case inside its own transaction.
type event func(tx casework.Tx) (casework.Case, error)

func (d *desk) apply(t failer, e event) casework.Case {
	t.Helper()
	c, err := d.try(e)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return c
}

func (d *desk) try(e event) (c casework.Case, err error) {
	err = d.store.Update(ctx, func(tx casework.Tx) error {
		c, err = e(tx)
		return err
	})
	return c, err
}

func (d *desk) export(t failer, id casework.CaseID) casework.Bundle {
	t.Helper()
	var b casework.Bundle
	ok(t, d.store.View(func(tx casework.Tx) (err error) {
		b, err = d.Export(tx, id)
		return err
	}))
	return b
}

func (d *desk) freeze(id casework.CaseID, mark casework.Mark, h casework.HandoffID, to casework.BalaiCode) event {
	return func(tx casework.Tx) (casework.Case, error) { return d.Freeze(tx, worker.User, id, mark, h, to) }
}

func (d *desk) thaw(id casework.CaseID, h casework.HandoffID) event {
	return func(tx casework.Tx) (casework.Case, error) { return d.Thaw(tx, id, h) }
}

func (d *desk) handOver(id casework.CaseID, h casework.HandoffID, to casework.BalaiCode, epoch uint64) event {
	return func(tx casework.Tx) (casework.Case, error) {
		return d.HandOver(tx, casework.Stub{Case: id, Handoff: h, To: to, Epoch: epoch, At: start, Contact: "0271-000000"})
	}
}

func (d *desk) adopt(b casework.Bundle, a casework.Arrival) event {
	return func(tx casework.Tx) (casework.Case, error) { return d.Adopt(tx, b, a) }
}

func (d *desk) takeOver(id casework.CaseID, h casework.HandoffID, epoch uint64) event {
	return func(tx casework.Tx) (casework.Case, error) { return d.TakeOver(tx, id, h, epoch) }
}

func (d *desk) release(id casework.CaseID, h casework.HandoffID) event {
	return func(tx casework.Tx) (casework.Case, error) { return d.Release(tx, id, h) }
}

// arrival carries the blobs of b from one desk to another, as a packet does.
func (d *desk) arrival(t failer, from *desk, b casework.Bundle, h casework.HandoffID) casework.Arrival {
	t.Helper()
	a := casework.Arrival{Case: casework.CaseID(d.conf.NewID()), Handoff: h, From: b.Balai, Epoch: b.Case.Epoch + 1, Blobs: map[casework.DocumentID]string{}}
	ok(t, d.store.View(func(tx casework.Tx) error {
		id, known, err := d.Place(tx, b.Case.Handle)
		if known {
			a.Case = id
		}
		return err
	}))
	for _, doc := range b.Documents {
		r, err := from.conf.Blobs.OpenBlob(string(b.Case.ID), doc.Blob)
		ok(t, err)
		name, _, _, err := d.conf.Blobs.PutBlob(ctx, string(a.Case), r)
		ok(t, err)
		a.Blobs[doc.ID] = name
	}
	return a
}

// offered freezes a case and returns what was packed.
func offered(t failer, d *desk, id casework.CaseID, h casework.HandoffID, to casework.BalaiCode) casework.Bundle {
	t.Helper()
	b := d.export(t, id)
	d.apply(t, d.freeze(id, b.Mark(), h, to))
	raw, err := json.Marshal(b) // as a packet travels
	ok(t, err)
	var there casework.Bundle
	ok(t, json.Unmarshal(raw, &there))
	return there
}

const (
	h1 casework.HandoffID = "c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1"
	h2 casework.HandoffID = "c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2c2"
)

func TestACaseTravelsAndComesBack(t *testing.T) {
	mgl, srk := newDesk(t, "MGL", wib), newDesk(t, "SRK", wib)
	opened(t, srk) // so that the numbers of the two differ
	c := furnished(t, mgl, false)
	_, _, err := mgl.AddClaims(ctx, worker, c.ID, []casework.Claim{named("R."), {Kind: casework.ClaimBorn, Value: "2014..2016"}})
	ok(t, err)
	_, err = mgl.AddNote(ctx, worker, c.ID, casework.Note{Kind: "progress", Text: "kurus"})
	ok(t, err)

	b := offered(t, mgl, c.ID, h1, "SRK")
	there := srk.apply(t, srk.adopt(b, srk.arrival(t, mgl, b, h1)))
	if there.State != casework.Arriving || there.Number != "SRK-2026-00002" || there.NumberThere != c.Number || there.Handle != c.Handle || there.ID == c.ID || there.Lead != "" {
		t.Fatalf("arriving %+v", there)
	}
	if there.Register != "" {
		t.Fatalf("a person who has not arrived is in the register as %s", there.Register)
	}
	onlyAddenda(t, mgl, c.ID)
	onlyAddenda(t, srk, there.ID)

	there = srk.apply(t, srk.takeOver(there.ID, h1, 2))
	left := mgl.apply(t, mgl.handOver(c.ID, h1, "SRK", 2))
	if there.State != casework.Open || there.Epoch != 2 || there.Register != "2026/00002" || there.From != "MGL" {
		t.Fatalf("received %+v", there)
	}
	if left.State != casework.HandedOver || left.To != "SRK" || left.Reason != casework.EndedReferred || left.Stage != casework.Termination {
		t.Fatalf("left %+v", left)
	}
	o, err := mgl.Get(ctx, worker, c.ID)
	ok(t, err)
	if o.Stub == nil || o.Stub.To != "SRK" || o.Stub.Contact == "" {
		t.Fatalf("stub %+v", o.Stub)
	}
	_, err = mgl.AddNote(ctx, worker, c.ID, casework.Note{Kind: "progress", Text: "x", Addendum: true})
	kind(t, err, casework.Conflict)
	sameFile(t, mgl, c.ID, srk, there.ID)

	// Two months later at Surakarta, then home.
	_, _, err = srk.AddClaims(ctx, worker, there.ID, []casework.Claim{{Kind: casework.ClaimNIK, Value: "3307041708150001", Standing: casework.Verified}})
	ok(t, err)
	_, err = srk.AddDocument(ctx, worker, there.ID, casework.Document{Kind: "akta", Title: "Akta"}, strings.NewReader("akta kelahiran"))
	ok(t, err)
	back := offered(t, srk, there.ID, h2, "MGL")
	home := mgl.apply(t, mgl.adopt(back, mgl.arrival(t, srk, back, h2)))
	if home.ID != c.ID || home.Number != c.Number || home.Register != c.Register || home.State != casework.Arriving {
		t.Fatalf("came back as %+v", home)
	}
	home = mgl.apply(t, mgl.takeOver(home.ID, h2, 3))
	srk.apply(t, srk.handOver(there.ID, h2, "MGL", 3))
	if home.State != casework.Open || home.Epoch != 3 || !home.Ended.IsZero() || home.Reason != "" || home.Register != c.Register {
		t.Fatalf("home again %+v", home)
	}
	o, err = mgl.Get(ctx, worker, c.ID)
	ok(t, err)
	if o.Stub != nil || o.Person.Value(casework.ClaimNIK) != "3307041708150001" || o.Documents != 2 || o.Person.Name() != "R." {
		t.Fatalf("overview %+v", o)
	}
	sameFile(t, mgl, c.ID, srk, there.ID)
	_, err = mgl.AddNote(ctx, worker, c.ID, casework.Note{Kind: "visit", Text: "sekolah"})
	ok(t, err)
}

// onlyAddenda asserts that a case takes addenda and nothing else.
func onlyAddenda(t *testing.T, d *desk, id casework.CaseID) {
	t.Helper()
	o, err := d.Get(ctx, worker, id)
	ok(t, err)
	c := o.Case
	need := "x"
	_, err = d.Edit(ctx, worker, id, c.Version, casework.Patch{Need: &need})
	kind(t, err, casework.Frozen)
	_, err = d.MoveStage(ctx, worker, id, c.Version, casework.Termination, "")
	kind(t, err, casework.Frozen)
	_, err = d.Close(ctx, worker, id, c.Version, "lainnya")
	kind(t, err, casework.Frozen)
	_, err = d.Reopen(ctx, worker, id, c.Version)
	kind(t, err, casework.Frozen)
	_, _, err = d.AddClaims(ctx, worker, id, []casework.Claim{named("X")})
	kind(t, err, casework.Frozen)
	_, err = d.AddNote(ctx, worker, id, casework.Note{Kind: "progress", Text: "x"})
	kind(t, err, casework.Frozen)
	_, err = d.AddDocument(ctx, worker, id, casework.Document{Kind: "letter", Title: "x"}, strings.NewReader("x"))
	kind(t, err, casework.Frozen)

	before := d.addenda(t, id, c.Handoff)
	n, err := d.AddNote(ctx, worker, id, casework.Note{Kind: "progress", Text: "susulan", Addendum: true})
	ok(t, err)
	if !n.Addendum || n.Handoff != c.Handoff || n.Epoch != c.Epoch {
		t.Fatalf("addendum %+v of case %+v", n, c)
	}
	after := d.addenda(t, id, c.Handoff)
	if len(after.Notes) != len(before.Notes)+1 {
		t.Fatalf("addenda %+v", after)
	}
	lead := worker.User
	unit := "difabel"
	_, err = d.Edit(ctx, worker, id, c.Version, casework.Patch{Lead: &lead, Unit: &unit})
	ok(t, err) // somebody must look after it
}

func (d *desk) addenda(t failer, id casework.CaseID, h casework.HandoffID) casework.Addenda {
	t.Helper()
	var a casework.Addenda
	ok(t, d.store.View(func(tx casework.Tx) (err error) {
		a, err = d.Addenda(tx, id, h)
		return err
	}))
	return a
}

// sameFile exchanges the addenda of all transfers and asserts that both balai
// then hold the same notes, documents, consents and claims.
func sameFile(t *testing.T, a *desk, aID casework.CaseID, b *desk, bID casework.CaseID) {
	t.Helper()
	for _, h := range []casework.HandoffID{h1, h2} {
		a.follow(t, aID, h, b, bID)
		b.follow(t, bID, h, a, aID)
	}
	x, y := a.export(t, aID), b.export(t, bID)
	ids := func(f casework.Bundle) []string {
		var out []string
		for _, n := range f.Notes {
			out = append(out, "note "+string(n.ID)+n.Text+string(n.Balai))
		}
		for _, d := range f.Documents {
			out = append(out, "document "+string(d.ID)+d.Digest+string(d.Balai))
		}
		for _, c := range f.Consents {
			out = append(out, "consent "+string(c.ID)+c.Withdrawn.String())
		}
		for _, c := range f.Person.Claims {
			out = append(out, "claim "+c.Value+string(c.Balai))
		}
		slices.Sort(out)
		return out
	}
	if !reflect.DeepEqual(ids(x), ids(y)) {
		t.Fatalf("the files differ:\n%v\n%v", ids(x), ids(y))
	}
}

// follow sends the addenda of one desk after the packet.
func (d *desk) follow(t failer, id casework.CaseID, h casework.HandoffID, to *desk, toID casework.CaseID) {
	t.Helper()
	a := d.addenda(t, id, h)
	names := map[casework.DocumentID]string{}
	for _, doc := range a.Documents {
		r, err := d.conf.Blobs.OpenBlob(string(id), doc.Blob)
		ok(t, err)
		name, _, _, err := to.conf.Blobs.PutBlob(ctx, string(toID), r)
		ok(t, err)
		names[doc.ID] = name
	}
	ok(t, to.store.Update(ctx, func(tx casework.Tx) error { return to.Attach(tx, toID, d.conf.Balai, a, names) }))
}

func TestEveryEventTwiceIsOnce(t *testing.T) {
	mgl, srk := newDesk(t, "MGL", wib), newDesk(t, "SRK", wib)
	c := furnished(t, mgl, false)
	var past []func() // every event so far, to be pulled again at every later point
	replay := func(when string) {
		t.Helper()
		m, s := mgl.store.Rows(), srk.store.Rows()
		for _, again := range past {
			again()
		}
		if !reflect.DeepEqual(m, mgl.store.Rows()) || !reflect.DeepEqual(s, srk.store.Rows()) {
			t.Fatalf("%s: pulling old events again changed something", when)
		}
	}
	do := func(when string, d *desk, e event) casework.Case {
		t.Helper()
		got := d.apply(t, e)
		past = append(past, func() { d.apply(t, e) })
		replay(when)
		return got
	}
	b := mgl.export(t, c.ID)
	do("offered", mgl, mgl.freeze(c.ID, b.Mark(), h1, "SRK"))
	do("declined", mgl, mgl.thaw(c.ID, h1))
	b = mgl.export(t, c.ID)
	do("offered again", mgl, mgl.freeze(c.ID, b.Mark(), h2, "SRK"))
	there := do("adopted", srk, srk.adopt(b, srk.arrival(t, mgl, b, h2)))
	do("received", srk, srk.takeOver(there.ID, h2, 2))
	do("handed over", mgl, mgl.handOver(c.ID, h2, "SRK", 2))
	back := srk.export(t, there.ID)
	h3, h4 := casework.HandoffID(strings.Repeat("c3", 16)), casework.HandoffID(strings.Repeat("c4", 16))
	do("offered back", srk, srk.freeze(there.ID, back.Mark(), h3, "MGL"))
	a := mgl.arrival(t, srk, back, h3)
	do("adopted back", mgl, mgl.adopt(back, a))
	do("did not arrive", mgl, mgl.release(c.ID, h3))
	do("lapsed", srk, srk.thaw(there.ID, h3))
	back = srk.export(t, there.ID)
	do("offered back again", srk, srk.freeze(there.ID, back.Mark(), h4, "MGL"))
	do("adopted back again", mgl, mgl.adopt(back, mgl.arrival(t, srk, back, h4)))
	do("received back", mgl, mgl.takeOver(c.ID, h4, 3))
	do("gone again", srk, srk.handOver(there.ID, h4, "MGL", 3))
}

func TestFreezeRefusesWhatChangedSincePacking(t *testing.T) {
	for name, change := range map[string]func(d *desk, c casework.Case) error{
		"a note":     func(d *desk, c casework.Case) error { _, err := useCases()["AddNote"].call(d, c); return err },
		"an edit":    func(d *desk, c casework.Case) error { _, err := useCases()["Edit"].call(d, c); return err },
		"a document": func(d *desk, c casework.Case) error { _, err := useCases()["AddDocument"].call(d, c); return err },
		"a consent":  func(d *desk, c casework.Case) error { _, err := useCases()["AddConsent"].call(d, c); return err },
		"a claim by way of another case of the person": func(d *desk, c casework.Case) error {
			_, _, _, err := d.Open(ctx, worker, casework.Intake{Again: c.ID, Claims: []casework.Claim{named("X")}, Urgency: casework.NotUrgent, Basis: casework.ByPublicTask})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "SRK", wib)
			c := opened(t, d)
			packed := d.export(t, c.ID).Mark()
			ok(t, change(d, c))
			_, err := d.try(d.freeze(c.ID, packed, h1, "GWA"))
			kind(t, err, casework.Conflict)
			d.apply(t, d.freeze(c.ID, d.export(t, c.ID).Mark(), h1, "GWA")) // the control
			_, err = d.try(d.freeze(c.ID, d.export(t, c.ID).Mark(), h2, "BKS"))
			kind(t, err, casework.Frozen)
		})
	}
}

func TestCustodyThatDoesNotFitIsNotTaken(t *testing.T) {
	mgl, srk := newDesk(t, "MGL", wib), newDesk(t, "SRK", wib)
	c := opened(t, mgl)
	_, err := mgl.try(mgl.handOver(c.ID, h1, "SRK", 2))
	kind(t, err, casework.Conflict) // never offered
	_, err = mgl.try(mgl.takeOver(c.ID, h1, 2))
	kind(t, err, casework.Conflict) // never arrived
	b := offered(t, mgl, c.ID, h1, "SRK")
	_, err = mgl.try(mgl.adopt(b, casework.Arrival{Case: id[casework.CaseID]("7"), Handoff: h2, From: "SRK"}))
	kind(t, err, casework.Conflict) // responsible already
	taken := opened(t, srk)
	_, err = srk.try(srk.adopt(b, casework.Arrival{Case: taken.ID, Handoff: h1, From: "MGL"}))
	kind(t, err, casework.Conflict) // that id is somebody else's
	_, err = srk.try(srk.adopt(b, casework.Arrival{Handoff: h1, From: "MGL"}))
	kind(t, err, casework.Invalid)
}

func TestAHostileBundleChangesNothingOfOurs(t *testing.T) {
	mgl, srk := newDesk(t, "MGL", wib), newDesk(t, "SRK", wib)
	c := furnished(t, mgl, false)
	_, _, err := mgl.AddClaims(ctx, worker, c.ID, []casework.Claim{named("R.")})
	ok(t, err)
	note, err := mgl.AddNote(ctx, worker, c.ID, casework.Note{Kind: "progress", Text: "yang asli"})
	ok(t, err)
	b := offered(t, mgl, c.ID, h1, "SRK")
	there := srk.apply(t, srk.adopt(b, srk.arrival(t, mgl, b, h1)))
	srk.apply(t, srk.takeOver(there.ID, h1, 2))
	mgl.apply(t, mgl.handOver(c.ID, h1, "SRK", 2))

	back := offered(t, srk, there.ID, h2, "MGL")
	for i := range back.Notes {
		back.Notes[i].Text = "yang palsu"
	}
	forged := note
	forged.ID = id[casework.NoteID]("9")
	back.Notes = append(back.Notes, forged) // says that it was written here
	back.Person.Claims = append(back.Person.Claims, casework.Claim{Kind: casework.ClaimName, Value: "Bukan R.", Standing: casework.Stated, Balai: "MGL", At: start})
	back.Case.Number, back.Case.Lead, back.Case.Register = "MGL-2026-00099", id[casework.UserID]("9"), "2026/00099"
	back.Consents[0].Purpose = "apa saja"
	home := mgl.apply(t, mgl.adopt(back, mgl.arrival(t, srk, back, h2)))
	if home.Number != c.Number || home.Lead != c.Lead || home.Register != c.Register {
		t.Fatalf("the case is %+v", home)
	}
	got := mgl.export(t, c.ID)
	for _, n := range got.Notes {
		if n.ID == note.ID && n.Text != "yang asli" {
			t.Error("a note of ours was overwritten")
		}
		if n.ID == forged.ID && n.Balai != "SRK" {
			t.Errorf("a forged note passes as written at %s", n.Balai)
		}
	}
	if got.Consents[0].Purpose == "apa saja" {
		t.Error("a consent was overwritten")
	}
	for _, cl := range got.Person.Claims {
		if cl.Value == "Bukan R." && cl.Balai != "SRK" {
			t.Errorf("a forged claim passes as written at %s", cl.Balai)
		}
	}
}

func TestABundleThatIsNotWellFormedIsRefused(t *testing.T) {
	mgl, srk := newDesk(t, "MGL", wib), newDesk(t, "SRK", wib)
	c := furnished(t, mgl, false)
	good := offered(t, mgl, c.ID, h1, "SRK")
	before := srk.store.Rows()
	for name, spoil := range map[string]func(*casework.Bundle, *casework.Arrival){
		"format":     func(b *casework.Bundle, _ *casework.Arrival) { b.Format = 2 },
		"handle":     func(b *casework.Bundle, _ *casework.Arrival) { b.Case.Handle = "../x" },
		"person":     func(b *casework.Bundle, _ *casework.Arrival) { b.Person.ID = id[casework.PersonID]("e") },
		"stage":      func(b *casework.Bundle, _ *casework.Arrival) { b.Case.Stage = 0 },
		"note":       func(b *casework.Bundle, _ *casework.Arrival) { b.Notes = []casework.Note{{ID: "x"}} },
		"digest":     func(b *casework.Bundle, _ *casework.Arrival) { b.Documents[0].Digest = "" },
		"no content": func(_ *casework.Bundle, a *casework.Arrival) { a.Blobs = nil },
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := json.Marshal(good)
			ok(t, err)
			var b casework.Bundle
			ok(t, json.Unmarshal(raw, &b))
			a := casework.Arrival{Case: id[casework.CaseID]("7"), Handoff: h1, From: "MGL", Blobs: map[casework.DocumentID]string{b.Documents[0].ID: "blob"}}
			spoil(&b, &a)
			_, err = srk.try(srk.adopt(b, a))
			kind(t, err, casework.Invalid)
			if !reflect.DeepEqual(before, srk.store.Rows()) {
				t.Error("something was kept")
			}
		})
	}
	srk.apply(t, srk.adopt(good, srk.arrival(t, mgl, good, h1))) // the control
}

func TestDocumentsOfAnAdoptedCaseOpen(t *testing.T) {
	mgl, srk := newDesk(t, "MGL", wib), newDesk(t, "SRK", wib)
	c := furnished(t, mgl, false)
	b := offered(t, mgl, c.ID, h1, "SRK")
	there := srk.apply(t, srk.adopt(b, srk.arrival(t, mgl, b, h1)))
	_, r, err := srk.OpenDocument(ctx, worker, there.ID, b.Documents[0].ID)
	ok(t, err)
	got, err := io.ReadAll(r)
	ok(t, err)
	if string(got) != "Yth. Kepala Balai" {
		t.Fatalf("content %q", got)
	}
}

func TestAPersonWhoTravelledIsKnownAgain(t *testing.T) {
	mgl, srk := newDesk(t, "MGL", wib), newDesk(t, "SRK", wib)
	first := opened(t, mgl, named("R."))
	b := offered(t, mgl, first.ID, h1, "SRK")
	one := srk.apply(t, srk.adopt(b, srk.arrival(t, mgl, b, h1)))
	srk.apply(t, srk.takeOver(one.ID, h1, 2))
	mgl.apply(t, mgl.handOver(first.ID, h1, "SRK", 2))
	// Years later the same person comes to Magelang once more, and is sent again.
	second, _, _, err := mgl.Open(ctx, worker, casework.Intake{Again: first.ID, Urgency: casework.NotUrgent, Basis: casework.ByPublicTask})
	ok(t, err)
	b = offered(t, mgl, second.ID, h2, "SRK")
	two := srk.apply(t, srk.adopt(b, srk.arrival(t, mgl, b, h2)))
	if two.ID == one.ID || two.Person != one.Person || two.Home != one.ID {
		t.Fatalf("the second case is %+v", two)
	}
	o, err := srk.Get(ctx, worker, two.ID)
	ok(t, err)
	if !slices.Equal(o.Person.Cases, []casework.CaseID{one.ID, two.ID}) || len(o.Person.Claims) != 1 {
		t.Fatalf("person %+v", o.Person)
	}
}

func TestWithdrawnConsentFollowsThePacket(t *testing.T) {
	mgl, srk := newDesk(t, "MGL", wib), newDesk(t, "SRK", wib)
	c := furnished(t, mgl, false)
	b := offered(t, mgl, c.ID, h1, "SRK")
	there := srk.apply(t, srk.adopt(b, srk.arrival(t, mgl, b, h1)))
	srk.apply(t, srk.takeOver(there.ID, h1, 2))
	mgl.apply(t, mgl.handOver(c.ID, h1, "SRK", 2))
	_, err := mgl.WithdrawConsent(ctx, worker, c.ID, b.Consents[0].ID)
	ok(t, err)
	mgl.follow(t, c.ID, h1, srk, there.ID)
	list, err := srk.Consents(ctx, worker, there.ID)
	ok(t, err)
	if len(list) != 1 || list[0].Withdrawn.IsZero() {
		t.Fatalf("consents %+v", list)
	}
	// A copy that does not know of it cannot take it back.
	stale := casework.Addenda{Handoff: h1, Consents: b.Consents}
	ok(t, srk.store.Update(ctx, func(tx casework.Tx) error { return srk.Attach(tx, there.ID, "MGL", stale, nil) }))
	list, err = srk.Consents(ctx, worker, there.ID)
	ok(t, err)
	if list[0].Withdrawn.IsZero() {
		t.Fatal("a stale copy took a withdrawal back")
	}
}

func TestSawEpochNeverGoesBack(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	for _, epoch := range []uint64{1, 5, 3} {
		ok(t, d.store.Update(ctx, func(tx casework.Tx) error { return d.SawEpoch(tx, c.ID, epoch) }))
	}
	o, err := d.Get(ctx, worker, c.ID)
	ok(t, err)
	if o.Case.Epoch != 5 || o.Case.Version != c.Version || o.Case.Revision != c.Revision {
		t.Fatalf("case %+v", o.Case)
	}
}

// FuzzAdopt gives the room whatever a hostile member may have sealed.
func FuzzAdopt(f *testing.F) {
	mgl := newDesk(f, "MGL", wib)
	c := opened(f, mgl, named("R."))
	_, err := mgl.AddNote(ctx, worker, c.ID, casework.Note{Kind: "visit", Text: "x"})
	ok(f, err)
	raw, err := json.Marshal(offered(f, mgl, c.ID, h1, "SRK"))
	ok(f, err)
	f.Add(raw)
	f.Add([]byte(`{"format":1}`))
	f.Add([]byte(`{"format":1,"balai":"SRK","case":{"state":"closed"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var b casework.Bundle
		if json.Unmarshal(raw, &b) != nil {
			return
		}
		srk := newDesk(t, "SRK", wib)
		c, err := srk.try(srk.adopt(b, casework.Arrival{Case: id[casework.CaseID]("7"), Handoff: h1, From: "MGL"}))
		if err != nil {
			kind(t, err, casework.Invalid)
			if len(srk.store.Rows()) != 0 {
				t.Fatal("a refused bundle left something")
			}
			return
		}
		if c.State != casework.Arriving || c.Number != "SRK-2026-00001" || c.Handle != b.Case.Handle {
			t.Fatalf("adopted as %+v", c)
		}
		if _, err := srk.Get(ctx, worker, c.ID); err != nil {
			t.Fatalf("an adopted case cannot be read: %v", err)
		}
	})
}
