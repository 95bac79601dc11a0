package caseload_test

import (
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
)

func TestDraftsAreOnesOwn(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	text := map[string][]string{"text": {"Ibu datang"}, "kind": {"visit"}}
	ok(t, d.SaveDraft(ctx, worker, "note", c.ID, text))
	ok(t, d.SaveDraft(ctx, worker, "intake", "", map[string][]string{"name": {"Ani"}}))
	got, err := d.Draft(ctx, worker, "note", c.ID)
	ok(t, err)
	if got.Fields["text"][0] != "Ibu datang" || got.By != worker.User || got.At.IsZero() {
		t.Errorf("kept %+v", got)
	}
	if got, err = d.Draft(ctx, casework.Actor{User: id[casework.UserID]("2")}, "note", c.ID); err == nil && len(got.Fields) > 0 {
		t.Errorf("another reads %+v", got)
	}
	mine, err := d.Drafts(ctx, worker)
	ok(t, err)
	if len(mine) != 2 || mine[0].Fields != nil {
		t.Errorf("the list is %+v", mine)
	}
	ok(t, d.DropDraft(ctx, worker, "note", c.ID))
	ok(t, d.DropDraft(ctx, worker, "note", c.ID))
	if got, err = d.Draft(ctx, worker, "note", c.ID); err != nil || len(got.Fields) > 0 {
		t.Errorf("dropped, and still %+v, %v", got, err)
	}
}

func TestDraftsHaveLimits(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	for name, err := range map[string]error{
		"too large": d.SaveDraft(ctx, worker, "note", c.ID, map[string][]string{"text": {strings.Repeat("x", 300<<10)}}),
		"odd name":  d.SaveDraft(ctx, worker, "note\n<b>", c.ID, nil),
		"no name":   d.SaveDraft(ctx, worker, "", c.ID, nil),
		"nobody":    d.SaveDraft(ctx, casework.Actor{}, "note", c.ID, nil),
		"no case":   d.SaveDraft(ctx, worker, "note", "0000", nil),
	} {
		if err == nil {
			t.Errorf("%s: kept", name)
		}
	}
	d.allow(func(_ casework.Actor, act casework.Action, _ *casework.Case) bool { return act != casework.ReadCase })
	kind(t, d.SaveDraft(ctx, worker, "note", c.ID, nil), casework.Forbidden)
	if lines := d.trail.lines(); lines[len(lines)-1].Outcome != "denied" {
		t.Error("a refusal leaves no line")
	}
}

func TestOldDraftsGo(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	ok(t, d.SaveDraft(ctx, worker, "note", c.ID, map[string][]string{"text": {"lama"}}))
	d.at(start.Add(29 * 24 * time.Hour))
	ok(t, d.SaveDraft(ctx, worker, "plan", c.ID, map[string][]string{"text": {"baru"}}))
	d.at(start.Add(31 * 24 * time.Hour))
	if got, err := d.Draft(ctx, worker, "note", c.ID); err != nil || len(got.Fields) > 0 {
		t.Errorf("after 31 days: %+v, %v", got, err)
	}
	n, err := d.SweepDrafts(ctx)
	ok(t, err)
	if mine, err := d.Drafts(ctx, worker); err != nil || n != 1 || len(mine) != 1 || mine[0].Form != "plan" {
		t.Errorf("swept %d, and %+v stay (%v)", n, mine, err)
	}
}

// A draft is no part of a case: what travels does not hold it.
func TestDraftsDoNotTravel(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	ok(t, d.SaveDraft(ctx, worker, "note", c.ID, map[string][]string{"text": {"rahasia sementara"}}))
	o, err := d.Get(ctx, worker, c.ID)
	ok(t, err)
	if o.Case.Revision != c.Revision {
		t.Errorf("a draft changed the revision from %d to %d", c.Revision, o.Case.Revision)
	}
}
