package search_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/search"
)

// pages turns all pages of a list and returns the numbers of the cases.
func pages(t *testing.T, x *search.Index, f search.Filter, limit int) []int {
	t.Helper()
	var out []int
	for cursor := ""; ; {
		refs, next, err := x.List(f, cursor, limit)
		if err != nil {
			t.Fatal(err)
		}
		if len(refs) > limit {
			t.Fatalf("%d on a page of %d", len(refs), limit)
		}
		for _, r := range refs {
			var n int
			fmt.Sscanf(string(r.ID), "%x", &n)
			out = append(out, n)
		}
		if next == "" {
			return out
		}
		cursor = next
	}
}

// manyCases is more than a filtered list sorts at once, so that both ways of
// making a page are used.
const manyCases = 30_000

func fill(t *testing.T) (*search.Index, []search.Entry) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	entries := make([]search.Entry, manyCases)
	for i := range entries {
		entries[i] = search.Entry{
			ID: caseID(i + 1), Stage: casework.Stage(1 + i%7), State: casework.Open, Lead: casework.UserID(fmt.Sprint("lead", i%900)),
			Unit: fmt.Sprint("unit", i%3), Changed: noon.Add(time.Duration(r.IntN(5000)) * time.Second), // many at the same time
		}
		if i%10 == 0 {
			entries[i].State = casework.Closed
		}
		if i%4 == 0 {
			entries[i].Secrecy = []casework.Secrecy{casework.SecretABH}
		}
	}
	x := search.New()
	if err := x.Load(slices.Values(entries)); err != nil {
		t.Fatal(err)
	}
	return x, entries
}

func TestListPagesHoldEachCaseOnce(t *testing.T) {
	x, entries := fill(t)
	tests := map[string]struct {
		filter search.Filter
		fits   func(e search.Entry, i int) bool
	}{
		"all":  {search.Filter{}, func(search.Entry, int) bool { return true }},
		"most": {search.Filter{State: casework.Open}, func(e search.Entry, _ int) bool { return e.State == casework.Open }},
		"few":  {search.Filter{Lead: "lead7"}, func(e search.Entry, _ int) bool { return e.Lead == "lead7" }},
		"unit, stage, state": {search.Filter{Unit: "unit1", Stage: 3, State: casework.Closed}, func(e search.Entry, _ int) bool {
			return e.Unit == "unit1" && e.Stage == 3 && e.State == casework.Closed
		}},
		"hidden": {search.Filter{Hide: []casework.Secrecy{casework.SecretABH}}, func(_ search.Entry, i int) bool { return i%4 != 0 }},
		"nobody": {search.Filter{Lead: "lead900"}, func(search.Entry, int) bool { return false }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := pages(t, x, tt.filter, 97)
			for i := 1; i < len(got); i++ {
				if entries[got[i]-1].Changed.After(entries[got[i-1]-1].Changed) {
					t.Fatalf("case %d is newer than case %d before it", got[i], got[i-1])
				}
			}
			var want []int
			for i, e := range entries {
				if tt.fits(e, i) {
					want = append(want, i+1)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%d cases, want %d", len(got), len(want))
			}
		})
	}
}

func TestListWhileCasesChange(t *testing.T) {
	x, entries := fill(t)
	first, cursor, err := x.List(search.Filter{}, "", 10)
	if err != nil {
		t.Fatal(err)
	}
	e := entries[20_000]
	e.Changed = noon.Add(24 * time.Hour)
	add(t, x, e)
	x.Remove(first[0].ID)
	again, _, err := x.List(search.Filter{}, "", 10)
	if err != nil || again[0].ID != e.ID {
		t.Errorf("the newest change is not at the top: %v, %v", again[0].ID, err)
	}
	second, _, err := x.List(search.Filter{}, cursor, 10)
	if err != nil || len(second) != 10 {
		t.Fatalf("the page after a change: %d, %v", len(second), err)
	}
	for _, r := range second {
		if slices.Contains(first, r) {
			t.Errorf("case %s is on both pages", r.ID)
		}
	}
	// The same cursor holds in an index built anew, as after a restart.
	entries[20_000] = e
	anew := search.New()
	if err := anew.Load(slices.Values(entries)); err != nil {
		t.Fatal(err)
	}
	if other, _, err := anew.List(search.Filter{}, cursor, 10); err != nil || !slices.Equal(other, second) {
		t.Errorf("after a restart the page is another one: %v", err)
	}
}

func TestListAfterManyChanges(t *testing.T) {
	x := search.New()
	for i := range 20_000 {
		at := noon.Add(time.Duration(i%7) * time.Hour) // back and forth, so old moments become true again
		add(t, x, search.Entry{ID: caseID(1 + i%50), State: casework.Open, Changed: at})
	}
	got := pages(t, x, search.Filter{}, 7)
	slices.Sort(got)
	if len(got) != 50 || len(slices.Compact(got)) != 50 {
		t.Errorf("%d cases in the list, want 50", len(got))
	}
}

func TestListRefusesForeignCursors(t *testing.T) {
	x, _ := fill(t)
	for _, cursor := range []string{"x", "AAAA", "!!!!", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		_, _, err := x.List(search.Filter{}, cursor, 10)
		if kind, _ := casework.Explain(err); kind != casework.Invalid {
			t.Errorf("cursor %q: %v, want Invalid", cursor, err)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	x := search.New()
	if err := x.Load(search.Invented(1, 2000)); err != nil {
		t.Fatal(err)
	}
	before := x.Len()
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for e := range search.Invented(uint64(10+w), 300) {
				if err := x.Add(e); err != nil {
					t.Error(err)
				}
				x.Find(search.Query{Text: e.Names[0]})
				if _, _, err := x.List(search.Filter{State: e.State}, "", 20); err != nil {
					t.Error(err)
				}
				x.Doubles(search.Candidate{Names: e.Names, Born: e.Born}, nil, 3)
				x.Remove(e.ID)
			}
		})
	}
	all.Wait()
	if x.Len() != before {
		t.Errorf("%d entries, want %d", x.Len(), before)
	}
}
