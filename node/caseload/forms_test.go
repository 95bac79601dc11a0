package caseload_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"serasi/node/casework"
)

// filledIn answers all that must be answered in a section.
func filledIn(s casework.Section, f casework.Form) casework.Values {
	v := casework.Values{}
	for _, field := range s.Fields {
		if !field.Required || !v.Shown(field) {
			continue
		}
		v[field.Key] = []string{casework.NotYet}
		if options := f.Choices(field, start); len(options) > 0 {
			v[field.Key] = []string{options[0].Code}
		}
	}
	return v
}

// complete fills in a sheet and has the social worker sign it.
func complete(t *testing.T, d *desk, id casework.CaseID, code string) casework.FormSheet {
	t.Helper()
	forms := d.Forms()
	s, err := forms.Begin(ctx, worker, id, code)
	ok(t, err)
	view, err := forms.Sheet(ctx, worker, id, s.ID)
	ok(t, err)
	for _, part := range view.Form.Sections {
		v := filledIn(part, view.Form)
		if len(v) == 0 {
			continue
		}
		_, err := forms.Save(ctx, worker, id, s.ID, part.Key, 0, v)
		ok(t, err)
	}
	s, err = forms.Sign(ctx, worker, id, s.ID, casework.FormSignature{Profession: casework.SocialWorker})
	ok(t, err)
	return s
}

func assessed(t *testing.T, d *desk, id casework.CaseID) {
	t.Helper()
	complete(t, d, id, casework.FormAssessment)
}

func TestAFormFromBeginningToSignature(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	forms := d.Forms()
	_, err := forms.Begin(ctx, worker, c.ID, "F77")
	kind(t, err, casework.Invalid)
	s, err := forms.Begin(ctx, worker, c.ID, casework.FormRapid)
	ok(t, err)
	again, err := forms.Begin(ctx, worker, c.ID, casework.FormRapid)
	ok(t, err)
	if again.ID != s.ID || s.Form != "F2/1" {
		t.Fatalf("two sheets are open: %s and %s of %s", s.ID, again.ID, s.Form)
	}

	_, err = forms.Sign(ctx, worker, c.ID, s.ID, casework.FormSignature{Profession: casework.SocialWorker})
	kind(t, err, casework.Invalid)
	if f := casework.Faults(err); len(f) == 0 || f[0].Field != "keselamatan.ancaman" {
		t.Fatalf("what is missing: %v", f)
	}
	_, err = forms.Save(ctx, worker, c.ID, s.ID, "keselamatan", 0, casework.Values{"ancaman": {"perhaps"}})
	kind(t, err, casework.Invalid)
	_, err = forms.Save(ctx, worker, c.ID, s.ID, "nowhere", 0, nil)
	kind(t, err, casework.NotFound)

	s = complete(t, d, c.ID, casework.FormRapid)
	_, err = forms.Save(ctx, worker, c.ID, s.ID, "keselamatan", 1, casework.Values{"ancaman": {"yes"}})
	kind(t, err, casework.Conflict)
	_, err = forms.Sign(ctx, worker, c.ID, s.ID, casework.FormSignature{Profession: "perawat", Name: "Ns. Wulan"})
	ok(t, err)
	signed, err := forms.Sign(ctx, worker, c.ID, s.ID, casework.FormSignature{Profession: "perawat", Name: "Ns. Wulan"})
	ok(t, err)
	if len(signed.Signatures) != 2 || signed.Ended().IsZero() {
		t.Fatalf("signatures %+v", signed.Signatures)
	}

	list, err := forms.Sheets(ctx, worker, c.ID)
	ok(t, err)
	if len(list.Sheets) != 1 || list.Sheets[0].Ended.IsZero() || len(list.Offered) < 5 {
		t.Fatalf("listed %+v", list)
	}
	next, err := forms.Begin(ctx, worker, c.ID, casework.FormRapid)
	ok(t, err)
	view, err := forms.Sheet(ctx, worker, c.ID, next.ID)
	ok(t, err)
	if next.ID == s.ID || next.After != s.ID || !view.Ready || !view.Open {
		t.Fatalf("the next one does not begin where the last one ended: %+v", view)
	}
}

func TestAStaleSectionShowsBothTexts(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	forms := d.Forms()
	s, err := forms.Begin(ctx, worker, c.ID, casework.FormAssessment)
	ok(t, err)
	theirs, mine := casework.Values{"ibadah": {"rajin"}}, casework.Values{"ibadah": {"jarang"}}
	a, err := forms.Save(ctx, worker, c.ID, s.ID, "spiritual", 0, theirs)
	ok(t, err)
	_, err = forms.Save(ctx, worker, c.ID, s.ID, "spiritual", 0, mine)
	kind(t, err, casework.Conflict)
	v, both := casework.BothVersions(err)
	if !both || v.Current.(casework.FormAnswer).Values.One("ibadah") != "rajin" || v.Yours.(casework.FormAnswer).Values.One("ibadah") != "jarang" {
		t.Fatalf("versions %+v", v)
	}
	same, err := forms.Save(ctx, worker, c.ID, s.ID, "spiritual", 0, theirs)
	ok(t, err) // the same words are no conflict
	if same.Version != a.Version {
		t.Errorf("saving the same made version %d", same.Version)
	}
	_, err = forms.Save(ctx, worker, c.ID, s.ID, "sosial", 0, casework.Values{"genogram": {"ibu, dua anak"}})
	ok(t, err) // another section has nothing to do with it
	_, err = forms.Save(ctx, worker, c.ID, s.ID, "spiritual", a.Version, mine)
	ok(t, err)
	kept := 0
	for k := range d.store.Rows() {
		if k.Table == casework.FormAnswers && strings.Contains(k.ID, ".spiritual.") {
			kept++
		}
	}
	if kept != 2 {
		t.Errorf("%d versions are kept, want what was written before too", kept)
	}
}

func TestASecretSectionNeedsItsGrant(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c, _, _, err := d.Open(ctx, worker, casework.Intake{Urgency: casework.NotUrgent, Basis: casework.ByConsent, PPKS: []string{"16"}})
	ok(t, err)
	forms := d.Forms()
	s, err := forms.Begin(ctx, worker, c.ID, casework.FormAssessment)
	ok(t, err)
	_, err = forms.Save(ctx, worker, c.ID, s.ID, "hiv", 0, casework.Values{"izin": {"yes"}, "layanan": {"RS A"}})
	ok(t, err)
	look := func() casework.SectionView {
		t.Helper()
		v, err := forms.Sheet(ctx, worker, c.ID, s.ID)
		ok(t, err)
		i := slices.IndexFunc(v.Sections, func(s casework.SectionView) bool { return s.Key == "hiv" })
		return v.Sections[i]
	}
	if v := look(); v.Hidden || v.Answer == nil {
		t.Fatalf("who may see it does not: %+v", v)
	}
	d.allow(func(_ casework.Actor, act casework.Action, _ *casework.Case) bool { return act != "see HIV" })
	if v := look(); !v.Hidden || v.Answer != nil || v.Scores != nil || v.Missing != nil {
		t.Errorf("who has no grant sees %+v", v)
	}
	_, err = forms.Save(ctx, worker, c.ID, s.ID, "hiv", 1, casework.Values{"izin": {"no"}})
	kind(t, err, casework.Forbidden)
}

func TestAFormOfTheBalai(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	forms := d.Forms()
	before, err := forms.Begin(ctx, worker, c.ID, casework.FormRapid)
	ok(t, err)
	own, _ := casework.FormOf("F2/1")
	own.Title = casework.Label{ID: "Asesmen cepat Soeharso", EN: "Soeharso's rapid assessment"}
	own.From = "2026-01-01"
	_, err = forms.PutForm(ctx, worker, casework.Form{Code: "F2"})
	kind(t, err, casework.Invalid)
	own.Version = 2
	_, err = forms.PutForm(ctx, worker, own)
	kind(t, err, casework.Conflict)
	own.Version = 1
	got, err := forms.PutForm(ctx, worker, own)
	ok(t, err)
	if got.Ref() != "F2/1@SRK" {
		t.Fatalf("put as %s", got.Ref())
	}
	old, err := forms.Sheet(ctx, worker, c.ID, before.ID)
	ok(t, err)
	if old.Form.Ref() != "F2/1" {
		t.Errorf("an answer does not keep the version it was given under: %s", old.Form.Ref())
	}
	c2 := opened(t, d)
	s, err := forms.Begin(ctx, worker, c2.ID, casework.FormRapid)
	ok(t, err)
	if s.Form != "F2/1@SRK" {
		t.Errorf("a new sheet is of %s", s.Form)
	}
	d.allow(func(_ casework.Actor, act casework.Action, _ *casework.Case) bool { return act != casework.SetUp })
	own.Version = 2
	_, err = forms.PutForm(ctx, worker, own)
	kind(t, err, casework.Forbidden)
}

func TestFormsTravel(t *testing.T) {
	from, to := newDesk(t, "MGL", wib), newDesk(t, "SRK", wib)
	c := opened(t, from, named("Rahmat"))
	own, _ := casework.FormOf("F2/1")
	own.From = "2026-01-01"
	_, err := from.Forms().PutForm(ctx, worker, own)
	ok(t, err)
	s := complete(t, from, c.ID, casework.FormRapid)
	var b casework.Bundle
	ok(t, from.store.View(func(tx casework.Tx) (err error) {
		b, err = from.Export(tx, c.ID)
		return err
	}))
	if faults := b.Check(); len(faults) > 0 {
		t.Fatalf("what travels is not well formed: %v", faults)
	}
	arrive := func(b casework.Bundle) (got casework.Case, err error) {
		err = to.store.Update(ctx, func(tx casework.Tx) (err error) {
			got, err = to.Adopt(tx, b, casework.Arrival{Case: id[casework.CaseID]("e"), Handoff: id[casework.HandoffID]("f"), From: "MGL", Epoch: 1})
			return err
		})
		return got, err
	}
	lacking := b
	lacking.Filled.Forms = nil
	_, err = arrive(lacking)
	kind(t, err, casework.Invalid)
	got, err := arrive(b)
	ok(t, err)
	view, err := to.Forms().Sheet(ctx, worker, got.ID, s.ID)
	ok(t, err)
	if view.Form.Ref() != "F2/1@MGL" || view.Open || !view.Ready || view.Sections[0].Answer == nil || view.Sections[0].Answer.Balai != "MGL" {
		t.Errorf("arrived as %+v", view)
	}
	_, err = arrive(b)
	ok(t, err) // again adds nothing
}

func TestReadiness(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	ready := func() casework.Readiness {
		t.Helper()
		r, err := d.Forms().Readiness(ctx, worker, c.ID)
		ok(t, err)
		return r
	}
	r := ready()
	if r.Agreed || len(r.Ways) != 2 || r.Ways[0].Stage != casework.Agreement || len(r.Ways[0].Missing) != 1 || len(r.Ways[1].Missing) != 0 {
		t.Fatalf("a new case: %+v", r)
	}
	complete(t, d, c.ID, casework.FormRapid)
	if r = ready(); len(r.Ways[0].Missing) != 0 || !slices.Contains(r.Reached, casework.RapidAssessed) {
		t.Fatalf("after the rapid assessment: %+v", r)
	}
	// The decision is not to serve: a new rapid assessment says so.
	forms := d.Forms()
	s, err := forms.Begin(ctx, worker, c.ID, casework.FormRapid)
	ok(t, err)
	_, err = forms.Save(ctx, worker, c.ID, s.ID, "kesimpulan", 1, casework.Values{"simpulan": {"aman"}, "putusan": {"informasi"}})
	ok(t, err)
	if r = ready(); len(r.Ways[0].Missing) != 1 || r.Ways[0].Missing[0].Of != casework.ToBeServed {
		t.Fatalf("after a decision not to serve: %+v", r)
	}
}

// formCalls are the use cases on forms, with the action each asks for.
func formCalls() map[string]struct {
	act  casework.Action
	call func(*desk, casework.CaseID, casework.SheetID) (any, error)
} {
	type call = func(*desk, casework.CaseID, casework.SheetID) (any, error)
	type row = struct {
		act  casework.Action
		call call
	}
	return map[string]row{
		"Sheets": {casework.ReadCase, func(d *desk, c casework.CaseID, _ casework.SheetID) (any, error) {
			return d.Forms().Sheets(ctx, worker, c)
		}},
		"Sheet": {casework.ReadCase, func(d *desk, c casework.CaseID, s casework.SheetID) (any, error) {
			return d.Forms().Sheet(ctx, worker, c, s)
		}},
		"Readiness": {casework.ReadCase, func(d *desk, c casework.CaseID, _ casework.SheetID) (any, error) {
			return d.Forms().Readiness(ctx, worker, c)
		}},
		"Begin": {casework.AddToCase, func(d *desk, c casework.CaseID, _ casework.SheetID) (any, error) {
			return d.Forms().Begin(ctx, worker, c, casework.FormAssessment)
		}},
		"Save": {casework.AddToCase, func(d *desk, c casework.CaseID, s casework.SheetID) (any, error) {
			return d.Forms().Save(ctx, worker, c, s, "kebutuhan", 0, casework.Values{"kontak": {"nenek"}})
		}},
		"Sign, team": {casework.AddToCase, func(d *desk, c casework.CaseID, s casework.SheetID) (any, error) {
			return d.Forms().Sign(ctx, worker, c, s, casework.FormSignature{Profession: "psikolog"})
		}},
	}
}

func TestFormsAskTheGateAndLeaveALine(t *testing.T) {
	for name, u := range formCalls() {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "SRK", wib)
			c := opened(t, d)
			s, err := d.Forms().Begin(ctx, worker, c.ID, casework.FormRapid)
			ok(t, err)
			before, lines := contents(d), len(d.trail.lines())
			d.allow(func(_ casework.Actor, act casework.Action, _ *casework.Case) bool { return act != u.act })
			got, err := u.call(d, c.ID, s.ID)
			kind(t, err, casework.Forbidden)
			if !reflect.ValueOf(got).IsZero() || !reflect.DeepEqual(before, contents(d)) {
				t.Errorf("a denied call did or gave something: %+v", got)
			}
			if all := d.trail.lines(); len(all) != lines+1 || all[lines].Outcome != "denied" {
				t.Fatalf("%d new lines, want the denial", len(all)-lines)
			}
			d.allow(func(_ casework.Actor, act casework.Action, _ *casework.Case) bool { return act == u.act })
			if _, err := u.call(d, c.ID, s.ID); err != nil {
				t.Fatalf("allowed, but: %v", err)
			}
			if all := d.trail.lines(); len(all) != lines+2 || all[lines+1].Act != string(u.act) {
				t.Errorf("%d new lines", len(all)-lines)
			}
			d.trail.fail = errors.New("audit table is full")
			if got, err := u.call(d, c.ID, s.ID); err == nil || !reflect.ValueOf(got).IsZero() {
				t.Errorf("gave out %+v without an audit line", got)
			}
		})
	}
}

// What was offered stays as it was; a form that is begun while the case is on
// offer follows it, with its answers.
func TestFormsOfAFrozenCase(t *testing.T) {
	d, there := newDesk(t, "SRK", wib), newDesk(t, "MGL", wib)
	c := opened(t, d)
	s, err := d.Forms().Begin(ctx, worker, c.ID, casework.FormRapid)
	ok(t, err)
	h := id[casework.HandoffID]("d")
	b := offered(t, d, c.ID, h, "MGL")
	arrived := there.apply(t, there.adopt(b, there.arrival(t, d, b, h)))
	_, err = d.Forms().Save(ctx, worker, c.ID, s.ID, "kebutuhan", 0, casework.Values{"kontak": {"nenek"}})
	kind(t, err, casework.Frozen)
	_, err = d.Forms().Sign(ctx, worker, c.ID, s.ID, casework.FormSignature{Profession: "perawat", Name: "Perawat Contoh"})
	kind(t, err, casework.Frozen)
	later, err := d.Forms().Begin(ctx, worker, c.ID, casework.FormRapid)
	ok(t, err)
	if again, err := d.Forms().Begin(ctx, worker, c.ID, casework.FormRapid); err != nil || later.ID == s.ID || again.ID != later.ID {
		t.Fatalf("began %s, then %s (%v) beside %s", later.ID, again.ID, err, s.ID)
	}
	_, err = d.Forms().Save(ctx, worker, c.ID, later.ID, "kebutuhan", 0, casework.Values{"kontak": {"nenek"}})
	ok(t, err)
	d.follow(t, c.ID, h, there, arrived.ID)
	got := there.export(t, arrived.ID).Filled
	if len(got.Sheets) != 2 || len(got.Answers) != 1 || got.Answers[0].Sheet != later.ID || got.Answers[0].Values.One("kontak") != "nenek" {
		t.Errorf("the receiver has %+v", got)
	}
	view, err := d.Forms().Sheet(ctx, worker, c.ID, s.ID)
	ok(t, err)
	if view.Open {
		t.Error("a form of a frozen case is shown as open")
	}
}
