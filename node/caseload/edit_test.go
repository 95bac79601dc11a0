package caseload_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"serasi/node/casework"
)

func TestStaleEditShowsBothTexts(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	theirs, mine := "alat bantu dengar", "kursi roda"
	if _, err := d.Edit(ctx, worker, c.ID, c.Version, casework.Patch{Need: &theirs}); err != nil {
		t.Fatal(err)
	}
	_, err := d.Edit(ctx, worker, c.ID, c.Version, casework.Patch{Need: &mine})
	kind(t, err, casework.Conflict)
	v, both := casework.BothVersions(err)
	if !both || v.Current.(casework.Case).Need != theirs || v.Yours.(casework.Case).Need != mine {
		t.Fatalf("versions %+v", v)
	}
	o, err := d.Get(ctx, worker, c.ID)
	ok(t, err)
	if o.Case.Need != theirs || o.Case.Version != c.Version+1 {
		t.Fatalf("stored need %q at version %d", o.Case.Need, o.Case.Version)
	}
}

func TestNotesDoNotMakeAnEditStale(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	_, err := d.AddNote(ctx, worker, c.ID, casework.Note{Kind: "visit", Text: "di rumah"})
	ok(t, err)
	need := "kursi roda"
	got, err := d.Edit(ctx, worker, c.ID, c.Version, casework.Patch{Need: &need})
	ok(t, err)
	if got.Revision != c.Revision+2 {
		t.Fatalf("revision %d after a note and an edit of %d: a packet made before would not be noticed", got.Revision, c.Revision)
	}
}

func TestEditThatChangesNothing(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	got, err := d.Edit(ctx, worker, c.ID, c.Version, casework.Patch{Need: &c.Need})
	ok(t, err)
	if got.Version != c.Version || got.Revision != c.Revision {
		t.Fatalf("version %d, revision %d", got.Version, got.Revision)
	}
}

func TestEditChecksTheFields(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	bad, codes := casework.Mode("XXX"), []string{"77"}
	_, err := d.Edit(ctx, worker, c.ID, c.Version, casework.Patch{Mode: &bad, PPKS: &codes})
	kind(t, err, casework.Invalid)
	if f := casework.Faults(err); len(f) != 2 || f[0].Field != "mode" || f[1].Field != "ppks.0" {
		t.Fatalf("faults %v", f)
	}
}

func TestEditOfBothNeedsBothRights(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	need, unit := "kursi roda", "lansia"
	patch := casework.Patch{Need: &need, Unit: &unit}
	for _, missing := range []casework.Action{casework.WriteCase, casework.Assign} {
		d.allow(func(_ casework.Actor, act casework.Action, _ *casework.Case) bool { return act != missing })
		_, err := d.Edit(ctx, worker, c.ID, c.Version, patch)
		kind(t, err, casework.Forbidden)
	}
	d.allow(func(casework.Actor, casework.Action, *casework.Case) bool { return true })
	got, err := d.Edit(ctx, worker, c.ID, c.Version, patch)
	ok(t, err)
	if got.Need != need || got.Unit != unit {
		t.Fatalf("edited to %+v", got)
	}
}

func TestStages(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	_, err := d.MoveStage(ctx, worker, c.ID, c.Version, casework.Assessment, "")
	kind(t, err, casework.Conflict)
	_, err = d.MoveStage(ctx, worker, c.ID, c.Version, 9, "")
	kind(t, err, casework.Invalid)
	_, err = d.MoveStage(ctx, worker, c.ID, c.Version, casework.Agreement, "")
	kind(t, err, casework.Conflict) // no rapid assessment
	if lacks := casework.LacksOf(err); len(lacks) != 1 || lacks[0].Of != casework.RapidAssessed {
		t.Fatalf("lacks %v", lacks)
	}
	_, err = d.AddNote(ctx, worker, c.ID, casework.Note{Kind: "rapid assessment", Text: "aman"})
	ok(t, err)
	c, err = d.MoveStage(ctx, worker, c.ID, c.Version, casework.Agreement, "")
	ok(t, err)

	_, err = d.MoveStage(ctx, worker, c.ID, c.Version, casework.Assessment, "")
	kind(t, err, casework.Conflict) // no agreement
	consent, err := d.AddConsent(ctx, worker, c.ID, casework.Consent{Scope: casework.ForProcessing, Purpose: "layanan", How: "written", GivenBy: "person"})
	ok(t, err)
	_, err = d.WithdrawConsent(ctx, worker, c.ID, consent.ID)
	ok(t, err)
	_, err = d.MoveStage(ctx, worker, c.ID, c.Version, casework.Assessment, "")
	kind(t, err, casework.Conflict) // withdrawn again
	c, err = d.MoveStage(ctx, worker, c.ID, c.Version, casework.Assessment, "wali tidak dapat dihubungi")
	ok(t, err)
	_, err = d.MoveStage(ctx, worker, c.ID, c.Version, casework.Planning, "tidak sempat")
	kind(t, err, casework.Conflict) // no reason stands in for an assessment
	assessed(t, d, c.ID)
	c, err = d.MoveStage(ctx, worker, c.ID, c.Version, casework.Planning, "tim belum lengkap")
	ok(t, err)
	if c.Stage != casework.Planning {
		t.Fatalf("stage %d", c.Stage)
	}
	page, err := d.Timeline(ctx, worker, c.ID, "", 0)
	ok(t, err)
	if !slices.ContainsFunc(page.Items, func(m casework.Moment) bool {
		return m.Step != nil && m.Step.Words == "wali tidak dapat dihubungi" && m.Step.Stage == casework.Assessment
	}) {
		t.Fatalf("the reason is not in the timeline: %+v", page.Items)
	}
}

func TestCloseAndReopen(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	_, err := d.Close(ctx, worker, c.ID, c.Version, "bosan")
	kind(t, err, casework.Invalid)
	_, err = d.Close(ctx, worker, c.ID, c.Version, casework.EndedReferred)
	kind(t, err, casework.Conflict) // no referral

	h := casework.Handoff{ID: id[casework.HandoffID]("c"), Kind: casework.Referral, Created: start, Ended: start.Add(time.Hour)}
	ok(t, d.store.Update(ctx, func(tx casework.Tx) error {
		return errors.Join(tx.Put(casework.Handoffs, casework.NodeOwner, string(h.ID), h), d.Link(tx, c.ID, h.ID))
	}))
	c, err = d.Close(ctx, worker, c.ID, c.Version, casework.EndedReferred)
	ok(t, err)
	if c.State != casework.Closed || c.Ended.IsZero() || c.Stage != casework.Termination {
		t.Fatalf("closed %+v", c)
	}
	_, err = d.AddNote(ctx, worker, c.ID, casework.Note{Kind: "visit", Text: "x"})
	kind(t, err, casework.Conflict)
	_, err = d.Reopen(ctx, worker, c.ID, c.Version-1)
	kind(t, err, casework.Conflict)
	c, err = d.Reopen(ctx, worker, c.ID, c.Version)
	ok(t, err)
	if c.State != casework.Open || !c.Ended.IsZero() || c.Reason != "" {
		t.Fatalf("reopened %+v", c)
	}
	_, err = d.Reopen(ctx, worker, c.ID, c.Version)
	kind(t, err, casework.Conflict)
	states, err := d.States()
	ok(t, err)
	if states[casework.Open] != 1 || states[casework.Closed] != 0 {
		t.Fatalf("states %v", states)
	}
}

func TestClaimsAreOnlyEverAdded(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d, named("Sutejo"))
	forged := casework.Claim{Kind: casework.ClaimName, Value: "Soetedjo", Standing: casework.Documented, Balai: "XXX", By: id[casework.UserID]("9"), At: start.AddDate(-9, 0, 0)}
	p, _, err := d.AddClaims(ctx, worker, c.ID, []casework.Claim{forged})
	ok(t, err)
	if len(p.Claims) != 2 || p.Name() != "Soetedjo" {
		t.Fatalf("claims %+v", p.Claims)
	}
	if cl := p.Claims[1]; cl.Balai != "SRK" || cl.By != worker.User || cl.At.Before(start) {
		t.Fatalf("the caller said who wrote it, when and where: %+v", cl)
	}
	if names := d.index.get(c.ID).Names; len(names) != 2 || names[0] != "Soetedjo" {
		t.Fatalf("the index knows %v", names)
	}
	_, _, err = d.AddClaims(ctx, worker, c.ID, nil)
	kind(t, err, casework.Invalid)
}
