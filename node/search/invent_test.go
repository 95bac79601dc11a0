package search_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/search"
)

func TestInventedPeople(t *testing.T) {
	people := slices.Collect(search.Invented(5, 5000))
	if len(people) != 5000 {
		t.Fatalf("%d people", len(people))
	}
	words, distinct := 0, map[string]bool{}
	for _, e := range people {
		for _, w := range strings.Fields(e.Names[0]) {
			words++
			distinct[w] = true
		}
		for _, n := range e.Numbers[1:min(2, len(e.Numbers))] {
			nik, err := casework.ParseNIK(n)
			if err != nil || nik == "" {
				t.Fatalf("number %s: %v", n, err)
			}
			facts := casework.Facts{Today: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), Born: e.Born.First.Format(time.DateOnly), Sex: e.Sex}
			if doubts := nik.Doubts(facts); len(doubts) > 0 {
				t.Fatalf("NIK of an invented person: %v", doubts)
			}
		}
	}
	if mean := float64(words) / 5000; mean < 2.4 || mean > 2.8 {
		t.Errorf("%.2f words a name, want 2.6", mean)
	}
	if len(distinct) < 2000 {
		t.Errorf("only %d distinct words", len(distinct))
	}
	again := slices.Collect(search.Invented(5, 10))
	other := slices.Collect(search.Invented(6, 10))
	for i := range again {
		if again[i].ID != people[i].ID || again[i].Names[0] != people[i].Names[0] {
			t.Fatal("the same seed gives other people")
		}
		if other[i].ID == people[i].ID {
			t.Fatal("another seed gives the same people")
		}
	}
}

func TestMisspell(t *testing.T) {
	kinds := map[string]bool{}
	for seed := range uint64(200) {
		got := search.Misspell("Siti Nuraida", seed)
		if got != search.Misspell("Siti Nuraida", seed) {
			t.Fatal("the same seed gives another spelling")
		}
		if got == "Siti Nuraida" {
			t.Errorf("seed %d changed nothing", seed)
		}
		kinds[got] = true
	}
	for _, want := range []string{"Nuraida Siti", "Sitinuraida", "Siti Noeraida"} {
		if !kinds[want] {
			t.Errorf("%q never came", want)
		}
	}
	for _, odd := range []string{"", "A", "R.", "  "} {
		search.Misspell(odd, 1) // must return
	}
}

// TestFindMisspelt holds the goal for a small balai: of misspelt names at
// least 95 in 100 are among the first twenty.
func TestFindMisspelt(t *testing.T) {
	people := slices.Collect(search.Invented(1, 5000))
	x := search.New()
	if err := x.Load(slices.Values(people)); err != nil {
		t.Fatal(err)
	}
	if m := measure(x, people, 400); m.recall < 0.95 {
		t.Errorf("%.1f %% of misspelt names found, want 95: %q", 100*m.recall, m.missed)
	}
	// The control: without the index of sounds and errors few are found.
	r, exact := 0, map[string]bool{}
	for _, e := range people {
		exact[e.Names[0]] = true
	}
	for i, e := range people[:400] {
		if exact[search.Misspell(e.Names[0], uint64(i))] {
			r++
		}
	}
	if r > 100 {
		t.Errorf("%d of 400 misspelt names are names of others: the test is too easy", r)
	}
}
