package caseload_test

import (
	"encoding/json"
	"testing"

	"serasi/node/casework"
)

// An intake as it was stored before form F1 had rows: belongings and family were
// text, a line each.
const oldIntake = `{"section":"ditemukan","version":1,"values":{"tempat":["Terminal Bekasi"],"barang":["cincin\nuang Rp47.000"]},"at":"2026-01-05T02:00:00Z","balai":"SRK"}`

// What was answered to a former version stays readable under its questions, and
// a new sheet takes over what the new version still asks.
func TestAnIntakeOfTheFormerVersion(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	forms := d.Forms()
	sheet := casework.FormSheet{ID: id[casework.SheetID]("0"), Case: c.ID, Form: "F1/1", At: start.AddDate(0, 0, -1), Balai: "SRK"}
	var a casework.FormAnswer
	ok(t, json.Unmarshal([]byte(oldIntake), &a))
	a.Sheet, a.Case = sheet.ID, c.ID
	ok(t, d.store.Update(ctx, func(tx casework.Tx) error {
		if err := tx.Put(casework.FormSheets, string(c.ID), string(sheet.ID), sheet); err != nil {
			return err
		}
		return tx.Put(casework.FormAnswers, string(c.ID), a.RowID(), a)
	}))
	old, err := forms.Sheet(ctx, worker, c.ID, sheet.ID)
	ok(t, err)
	found := old.Form.Sections[3]
	asked, there := found.Field("barang")
	if !there || asked.Label.ID != "Barang bawaan dan uang" || old.Sections[3].Answer.Values.One("barang") != "cincin\nuang Rp47.000" || !old.Open {
		t.Fatalf("the old answer reads as %+v", old.Sections[3])
	}
	if _, rows := found.Field("bawaan"); rows {
		t.Error("the old version asks for rows")
	}
	_, err = forms.Save(ctx, worker, c.ID, sheet.ID, "ditemukan", 1, casework.Values{"bawaan.0.barang": {"tas"}})
	kind(t, err, casework.Invalid)
	_, err = forms.Sign(ctx, worker, c.ID, sheet.ID, casework.FormSignature{Profession: casework.SocialWorker})
	ok(t, err)

	s, err := forms.Begin(ctx, worker, c.ID, casework.FormIntake)
	ok(t, err)
	if s.Form != "F1/2" {
		t.Fatalf("a new sheet is of %s", s.Form)
	}
	saved, err := forms.Save(ctx, worker, c.ID, s.ID, "ditemukan", 1, casework.Values{"barang": {"cincin"}, "bawaan.3.barang": {"cincin"}, "uang": {"47000"}})
	ok(t, err)
	if saved.Values.One("bawaan.0.barang") != "cincin" || saved.Version != 2 {
		t.Errorf("saved as %+v", saved)
	}
	ended := complete(t, d, c.ID, casework.FormIntake)
	if ended.ID != s.ID {
		t.Error("the sheet with rows cannot be signed")
	}
	next, err := forms.Begin(ctx, worker, c.ID, casework.FormIntake)
	ok(t, err)
	view, err := forms.Sheet(ctx, worker, c.ID, next.ID)
	ok(t, err)
	if got := view.Sections[3].Answer; got == nil || got.Values.One("bawaan.0.barang") != "cincin" {
		t.Errorf("the rows are not taken over: %+v", got)
	}
}

// An older program lacks a later version of its own forms: the definition
// travels with the answers.
func TestLaterVersionsTravel(t *testing.T) {
	from, to := newDesk(t, "MGL", wib), newDesk(t, "SRK", wib)
	c := opened(t, from, named("Rahmat"))
	s, err := from.Forms().Begin(ctx, worker, c.ID, casework.FormIntake)
	ok(t, err)
	_, err = from.Forms().Save(ctx, worker, c.ID, s.ID, "ditemukan", 0, casework.Values{"bawaan.0.barang": {"tas"}})
	ok(t, err)
	var b casework.Bundle
	ok(t, from.store.View(func(tx casework.Tx) (err error) {
		b, err = from.Export(tx, c.ID)
		return err
	}))
	if faults := b.Check(); len(faults) > 0 || len(b.Filled.Forms) != 1 || b.Filled.Forms[0].Ref() != "F1/2" {
		t.Fatalf("%v; %d forms travel", faults, len(b.Filled.Forms))
	}
	// A version that the program of the other balai does not have.
	b.Filled.Forms[0].Version = 9
	for i := range b.Filled.Sheets {
		b.Filled.Sheets[i].Form = "F1/9"
	}
	var got casework.Case
	ok(t, to.store.Update(ctx, func(tx casework.Tx) (err error) {
		got, err = to.Adopt(tx, b, casework.Arrival{Case: id[casework.CaseID]("e"), Handoff: id[casework.HandoffID]("f"), From: "MGL", Epoch: 1})
		return err
	}))
	view, err := to.Forms().Sheet(ctx, worker, got.ID, s.ID)
	ok(t, err)
	if view.Form.Ref() != "F1/9" || view.Sections[3].Answer.Values.One("bawaan.0.barang") != "tas" {
		t.Errorf("arrived as %+v", view)
	}
}
