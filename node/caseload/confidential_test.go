package caseload_test

import (
	"testing"

	"serasi/node/casework"
)

func TestAConfidentialNoteIsForFew(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	_, err := d.AddNote(ctx, worker, c.ID, casework.Note{Kind: "progress", Text: "diceritakan kepada psikolog", FollowUp: "konseling", Confidential: true})
	ok(t, err)
	_, err = d.AddNote(ctx, worker, c.ID, casework.Note{Kind: "progress", Text: "makan siang"})
	ok(t, err)
	other := worker
	other.User = id[casework.UserID]("2")
	texts := func(by casework.Actor) (all, timeline []string) {
		t.Helper()
		page, err := d.Notes(ctx, by, c.ID, "", 0)
		ok(t, err)
		for _, n := range page.Items {
			all = append(all, n.Text+n.FollowUp)
		}
		moments, err := d.History(ctx, by, c.ID, "note", "", 0)
		ok(t, err)
		for _, m := range moments.Items {
			timeline = append(timeline, m.Note.Text+m.Note.FollowUp)
		}
		return all, timeline
	}
	d.allow(func(_ casework.Actor, act casework.Action, _ *casework.Case) bool { return act != "see rahasia" })
	for _, list := range [][]string{first(texts(other)), second(texts(other))} {
		if len(list) != 2 || list[0] != "makan siang" || list[1] != "" {
			t.Errorf("another reads %q", list)
		}
	}
	if own, _ := texts(worker); own[1] != "diceritakan kepada psikologkonseling" {
		t.Errorf("its writer reads %q", own)
	}
	d.allow(func(casework.Actor, casework.Action, *casework.Case) bool { return true })
	if all, _ := texts(other); all[1] == "" {
		t.Error("who works with such notes cannot read it")
	}
}

func first(a, _ []string) []string  { return a }
func second(_, b []string) []string { return b }
