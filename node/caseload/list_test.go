package caseload_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"serasi/node/caseload"
	"serasi/node/casework"
)

func TestListShowsNamesOnlyToReaders(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	own := opened(t, d, named("Paimin Wongso"))
	other := opened(t, d, named("Sri Rejeki"))
	hidden := opened(t, d, named("Rahasia"))
	d.allow(func(_ casework.Actor, act casework.Action, c *casework.Case) bool {
		switch {
		case c == nil:
			return act == casework.Find
		case act == casework.Find:
			return c.ID != hidden.ID
		default:
			return c.ID == own.ID
		}
	})
	page, err := d.List(ctx, worker, casework.Query{})
	ok(t, err)
	if len(page.Items) != 2 || page.Items[0].ID != other.ID || page.Items[1].ID != own.ID {
		t.Fatalf("cards %+v", page.Items)
	}
	if c := page.Items[0]; c.Name != "S. R." || !c.Initials {
		t.Errorf("a card of a case that may not be read: %+v", c)
	}
	if c := page.Items[1]; c.Name != "Paimin Wongso" || c.Initials {
		t.Errorf("a card of a case that may be read: %+v", c)
	}
}

func TestListFiltersAndPages(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	var all []casework.Case
	for i := range 5 {
		all = append(all, opened(t, d, named(fmt.Sprintf("Orang %d", i))))
	}
	_, err := d.Close(ctx, worker, all[0].ID, all[0].Version, "lainnya")
	ok(t, err)
	var got []casework.CaseID
	q := casework.Query{State: casework.Open, Limit: 3}
	for {
		page, err := d.List(ctx, worker, q)
		ok(t, err)
		for _, c := range page.Items {
			got = append(got, c.ID)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	if len(got) != 4 || got[0] != all[4].ID || got[3] != all[1].ID {
		t.Fatalf("open cases %v", got)
	}
	page, err := d.List(ctx, worker, casework.Query{Text: "orang", Stage: casework.Termination})
	ok(t, err)
	if len(page.Items) != 1 || page.Items[0].ID != all[0].ID {
		t.Fatalf("found %+v", page.Items)
	}
	for name, q := range map[string]casework.Query{
		"limit":         {Limit: 101},
		"negative":      {Limit: -1},
		"long text":     {Text: strings.Repeat("a", casework.MaxValue+1)},
		"search cursor": {Text: "orang", Cursor: "x"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := d.List(ctx, worker, q)
			kind(t, err, casework.Invalid)
		})
	}
}

func TestSearchTermsAreNotKept(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	for _, text := range []string{"3372041708500001", "Paimin", "3372041708500001"} {
		_, err := d.List(ctx, worker, casework.Query{Text: text})
		ok(t, err)
	}
	lines := d.trail.lines()
	if len(lines) != 3 || lines[0].What != lines[2].What || lines[0].What == lines[1].What {
		t.Fatalf("lines %+v: the same search must be seen as the same, and another as another", lines)
	}
	for k, row := range d.store.Rows() {
		if bytes.Contains(row, []byte("3372041708500001")) || bytes.Contains(row, []byte("Paimin")) {
			t.Errorf("row %v holds the search term", k)
		}
	}
	other := newDesk(t, "GWA", wita)
	_, err := other.List(ctx, worker, casework.Query{Text: "Paimin"})
	ok(t, err)
	if other.trail.lines()[0].What == lines[1].What {
		t.Fatal("two nodes digest alike: whoever has one key can read the other's searches")
	}
}

func TestRebuildMissesNothingThatChangesMeanwhile(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d, named("Paimin"))
	var late casework.Case
	d.index.loading = func() {
		// Rebuild has read the old rows by now and not yet put them.
		_, _, err := d.AddClaims(ctx, worker, c.ID, []casework.Claim{{Kind: casework.ClaimName, Value: "Paiman", Standing: casework.Verified}})
		ok(t, err)
		late = opened(t, d, named("Tarno"))
	}
	var heard int
	ok(t, d.Rebuild(ctx, func(done int) { heard = done }))
	if got := d.index.get(c.ID).Names[0]; got != "Paiman" {
		t.Errorf("the index knows %q", got)
	}
	if got := d.index.get(late.ID).Names; len(got) != 1 || got[0] != "Tarno" {
		t.Errorf("the index knows %v", got)
	}
	if heard != 1 {
		t.Errorf("progress said %d", heard)
	}
}

func TestListIsPartialUntilRebuilt(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	opened(t, d, named("Paimin"))
	fresh := &index{entries: map[casework.CaseID]casework.Entry{}}
	conf := d.conf
	conf.Index = fresh
	cold, err := caseload.New(conf)
	ok(t, err)
	page, err := cold.List(ctx, worker, casework.Query{})
	ok(t, err)
	if !page.Partial || len(page.Items) != 0 {
		t.Fatalf("page %+v of an index that was not built", page)
	}
	_, _, warnings, err := cold.Open(ctx, worker, casework.Intake{Urgency: casework.NotUrgent, Basis: casework.ByPublicTask, Claims: []casework.Claim{named("Paimin")}})
	ok(t, err)
	if len(warnings) != 1 || warnings[0].Code != "double" {
		t.Fatalf("warnings %v: nobody said that doubles were not looked for", warnings)
	}
	ok(t, cold.Rebuild(ctx, nil))
	page, err = cold.List(ctx, worker, casework.Query{})
	ok(t, err)
	if page.Partial || len(page.Items) != 2 {
		t.Fatalf("page %+v of an index that was built", page)
	}
}

func TestConfigNamesEveryFault(t *testing.T) {
	_, err := caseload.New(caseload.Config{Balai: "srk"})
	for _, part := range []string{"Store", "Gate", "Trail", "Index", "Blobs", "Clock", "NewID", "Zone", "Balai"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s is not in %v", part, err)
		}
	}
}
