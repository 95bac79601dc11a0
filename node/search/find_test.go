package search_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/search"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// caseID makes the id of case n.
func caseID(n int) casework.CaseID { return casework.CaseID(fmt.Sprintf("%032x", n)) }

// indexOf enters one case a line: its names, with ids from 1 and a minute apart.
func indexOf(t *testing.T, lines ...[]string) *search.Index {
	t.Helper()
	x := search.New()
	for i, names := range lines {
		add(t, x, search.Entry{ID: caseID(i + 1), Names: names, State: casework.Open, Changed: noon.Add(time.Duration(i) * time.Minute)})
	}
	return x
}

func add(t *testing.T, x *search.Index, e search.Entry) {
	t.Helper()
	if err := x.Add(e); err != nil {
		t.Fatal(err)
	}
}

// found returns the numbers of the cases that a query finds, best first.
func found(x *search.Index, q search.Query) []int {
	var out []int
	for _, h := range x.Find(q) {
		var n int
		fmt.Sscanf(string(h.ID), "%x", &n)
		out = append(out, n)
	}
	return out
}

func TestFindByName(t *testing.T) {
	x := indexOf(t,
		[]string{"Soetedjo"}, []string{"Siti Nuraida"}, []string{"Nur Aida Lestari"}, []string{"Parto Wiyono"}, []string{"Parti Wiyono"},
		[]string{"Moh. Toha bin Kasim"}, []string{"Dg. Sangnging", "Saenab"}, []string{"Mr. X 1"}, []string{"Abdurrahman Wahid Hasan"}, []string{"Yohanes Kristian Rumbiak"},
	)
	tests := map[string]struct {
		text  string
		first int // the likest, 0 for nobody
		also  []int
	}{
		"as written":                {"Soetedjo", 1, nil},
		"in the new spelling":       {"Sutejo", 1, nil},
		"one letter swapped":        {"Sutjeo", 1, nil},
		"one letter missing":        {"Suteo", 1, nil},
		"one letter too many":       {"Suttedjoe", 1, nil},
		"two errors in a long word": {"Kritsiam Rumbiak", 10, nil},
		"two words of the other":    {"Siti Nur Aida", 2, []int{3}},
		"one word of two":           {"Nuraida Lestari", 3, []int{2}},
		"another order":             {"Wiyono Parto", 4, []int{5}},
		"a man, not a woman":        {"Parto Wiyono", 4, []int{5}},
		"a woman, not a man":        {"Parti Wiyono", 5, []int{4}},
		"while it is being typed":   {"Yohanes Krist", 10, nil},
		"only the last is a begin":  {"Yoh Rumbiak", 10, nil},
		"by the father":             {"Toha Kasim", 6, nil},
		"Muhammad in full":          {"Muhammad Toha", 6, nil},
		"by an alias":               {"Saenab", 7, nil},
		"by the title that is Dg.":  {"Daeng Sangnging", 7, nil},
		"Abdul apart":               {"Abdul Rachman Wahid", 9, nil},
		"placeholders find nobody":  {"Mr. X", 0, nil},
		"nothing like it":           {"Qwertzuiop", 0, nil},
		"nothing":                   {"", 0, nil},
		"blanks":                    {"   ", 0, nil},
		"marks":                     {"?!*", 0, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := found(x, search.Query{Text: tt.text})
			if tt.first == 0 {
				if len(got) > 0 {
					t.Fatalf("found %v, want nobody", got)
				}
				return
			}
			if len(got) == 0 || got[0] != tt.first {
				t.Fatalf("found %v, want %d first", got, tt.first)
			}
			for _, n := range tt.also {
				if !slices.Contains(got, n) {
					t.Errorf("found %v, want %d too", got, n)
				}
			}
		})
	}
}

func TestFindPrefersTheYear(t *testing.T) {
	x := search.New()
	for i, year := range []string{"1951", "1974-08-17", "1970..1976", ""} {
		born, _ := casework.ParseBorn(year)
		add(t, x, search.Entry{ID: caseID(i + 1), Names: []string{"Siti Aminah"}, Born: born, State: casework.Open, Changed: noon})
	}
	got := found(x, search.Query{Text: "Siti Aminah 1974"})
	if len(got) != 4 || !slices.Contains(got[:2], 2) || !slices.Contains(got[:2], 3) {
		t.Errorf("found %v, want 2 and 3 before the others", got)
	}
}

func TestFindByNumber(t *testing.T) {
	x := search.New()
	add(t, x, search.Entry{ID: caseID(1), Names: []string{"Paimin"}, Numbers: []string{"SRK-2026-00012", "3372041708749901"}, State: casework.Open, Changed: noon})
	add(t, x, search.Entry{ID: caseID(2), Names: []string{"Parni"}, Numbers: []string{"SRK-2026-00120", "3372045708749902", "0001234567890"}, State: casework.Open, Changed: noon})
	add(t, x, search.Entry{ID: caseID(3), Numbers: []string{"MGL-2026-00012"}, State: casework.Open, Changed: noon})
	tests := map[string]struct {
		text string
		want []int
	}{
		"NIK":                          {"3372041708749901", []int{1}},
		"NIK as printed":               {"3372 0417 0874 9901", []int{1}},
		"NIK with dots":                {"33.72.04.170874.9901", []int{1}},
		"first digits":                 {"337204", []int{1, 2}},
		"four digits":                  {"3372", []int{1, 2}},
		"three digits are too few":     {"337", nil},
		"BPJS with its zeros":          {"0001234567890", []int{2}},
		"not without them":             {"1234567890", nil},
		"case number":                  {"SRK-2026-00012", []int{1}},
		"case number in small letters": {"srk 2026 12", []int{1}},
		"case number of another balai": {"MGL-2026-00012", []int{3}},
		"digits of a case number":      {"2026-00012", []int{1, 3}},
		"no such code":                 {"BKS-2026-00012", nil},
		"no such number":               {"3372041708749909", nil},
		"longer than any number":       {"33720417087499011234", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := found(x, search.Query{Text: tt.text})
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("found %v, want %v", got, tt.want)
			}
		})
	}
	add(t, x, search.Entry{ID: caseID(4), Numbers: []string{"5102045708749903", "5102040101209904"}, State: casework.Open, Changed: noon})
	add(t, x, search.Entry{ID: caseID(5), Numbers: []string{"5102045708749905"}, State: casework.Open, Changed: noon})
	if got := found(x, search.Query{Text: "510204", Limit: 2}); len(got) != 2 {
		t.Errorf("two numbers of one case took both places: %v", got)
	}
	if refs := x.ByNumber("3372.0417.0874.9901", 5); len(refs) != 1 || refs[0].ID != caseID(1) {
		t.Errorf("ByNumber: %v", refs)
	}
	if refs := x.ByNumber("337204", 5); len(refs) != 0 {
		t.Errorf("ByNumber found by the beginning: %v", refs)
	}
}

func TestFindManyNumbers(t *testing.T) {
	x := search.New()
	const n = 5000 // several sorted runs, merged, and some unsorted
	for i := range n {
		add(t, x, search.Entry{ID: caseID(i + 1), Numbers: []string{fmt.Sprintf("SRK-2026-%05d", i), fmt.Sprintf("%016d", 7919*i)}, State: casework.Open, Changed: noon})
	}
	for i := 0; i < n; i += 37 {
		if got := found(x, search.Query{Text: fmt.Sprintf("%016d", 7919*i)}); len(got) != 1 || got[0] != i+1 {
			t.Fatalf("number %d found %v", i, got)
		}
		if got := found(x, search.Query{Text: fmt.Sprintf("SRK-2026-%05d", i)}); len(got) != 1 || got[0] != i+1 {
			t.Fatalf("case number %d found %v", i, got)
		}
	}
}

func TestFindHides(t *testing.T) {
	x := search.New()
	add(t, x, search.Entry{ID: caseID(1), Names: []string{"Sukinah"}, Numbers: []string{"3372045708749902"}, State: casework.Open, Secrecy: []casework.Secrecy{casework.SecretHIV}})
	add(t, x, search.Entry{ID: caseID(2), Names: []string{"Sukinah"}, State: casework.Closed, Lead: "a", Unit: "u", Stage: casework.Planning})
	add(t, x, search.Entry{ID: caseID(3), Names: []string{"Sukinah"}, State: casework.Open, Secrecy: []casework.Secrecy{"a group of tomorrow"}})
	tests := map[string]struct {
		filter search.Filter
		want   []int
	}{
		"nothing hidden":                  {search.Filter{}, []int{1, 2, 3}},
		"one group":                       {search.Filter{Hide: []casework.Secrecy{casework.SecretHIV}}, []int{2}},
		"another group, and the unknown":  {search.Filter{Hide: []casework.Secrecy{casework.SecretABH}}, []int{1, 2}},
		"state":                           {search.Filter{State: casework.Closed}, []int{2}},
		"stage":                           {search.Filter{Stage: casework.Planning}, []int{2}},
		"lead":                            {search.Filter{Lead: "a"}, []int{2}},
		"unit":                            {search.Filter{Unit: "u"}, []int{2}},
		"a lead nobody has":               {search.Filter{Lead: "b"}, nil},
		"a state nobody has":              {search.Filter{State: casework.OnOffer}, nil},
		"lead and state that do not meet": {search.Filter{Lead: "a", State: casework.Open}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := found(x, search.Query{Text: "Sukinah", Filter: tt.filter})
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("found %v, want %v", got, tt.want)
			}
		})
	}
	hidden := search.Filter{Hide: []casework.Secrecy{casework.SecretHIV}}
	if got := found(x, search.Query{Text: "3372045708749902", Filter: hidden}); len(got) != 0 {
		t.Error("a number found a hidden case")
	}
}

func TestChangeAndRemove(t *testing.T) {
	x := search.New()
	e := search.Entry{ID: caseID(1), Names: []string{"Warsito Hadi"}, Numbers: []string{"3372041708749901"}, State: casework.Open, Changed: noon}
	add(t, x, e)
	add(t, x, search.Entry{ID: caseID(2), Names: []string{"Warsito"}, State: casework.Open, Changed: noon})
	e.Names, e.Numbers, e.State = []string{"Sukirman Hadi"}, []string{"3372041708749902"}, casework.Closed
	add(t, x, e)
	if got := found(x, search.Query{Text: "Warsito"}); !slices.Equal(got, []int{2}) {
		t.Errorf("the old name finds %v", got)
	}
	if got := found(x, search.Query{Text: "3372041708749901"}); len(got) != 0 {
		t.Errorf("the old number finds %v", got)
	}
	if got := found(x, search.Query{Text: "3372041708749902"}); !slices.Equal(got, []int{1}) {
		t.Errorf("the new number finds %v", got)
	}
	if n := x.Counts(); n[casework.Open] != 1 || n[casework.Closed] != 1 {
		t.Errorf("counts %v", n)
	}
	x.Remove(caseID(1))
	x.Remove(caseID(1))
	x.Remove("no such id")
	for _, text := range []string{"Sukirman", "Hadi", "3372041708749902"} {
		if got := found(x, search.Query{Text: text}); len(got) != 0 {
			t.Errorf("a removed case is found: %v", got)
		}
	}
	if x.Len() != 1 {
		t.Errorf("%d entries, want 1", x.Len())
	}
	add(t, x, e)
	if got := found(x, search.Query{Text: "Sukirman"}); !slices.Equal(got, []int{1}) {
		t.Errorf("entered again, it finds %v", got)
	}
}

func TestAddRefusesMalformedIDs(t *testing.T) {
	x := search.New()
	for _, e := range []search.Entry{{ID: "1"}, {ID: "zz" + caseID(1)[2:]}, {ID: caseID(1), Person: "7"}, {}} {
		err := x.Add(e)
		if kind, _ := casework.Explain(err); kind != casework.Invalid {
			t.Errorf("Add: %v, want Invalid", err)
		}
	}
	err := x.Load(slices.Values([]search.Entry{{ID: caseID(1)}, {ID: "1"}, {ID: caseID(2)}}))
	if kind, _ := casework.Explain(err); kind != casework.Invalid || x.Len() != 1 {
		t.Errorf("Load: %v with %d entries, want Invalid and 1", err, x.Len())
	}
}

func FuzzFind(f *testing.F) {
	x := search.New()
	if err := x.Load(search.Invented(3, 500)); err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{"Siti 1974", "3372 0417", "SRK-2026-00012", "Mr. X", "a b c d e f g h i j", "Nur Aida", "\xff", "bin bin bin", "000000000000000000000", "a/l @ x", "Djojo."} {
		f.Add(text, 20)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		hits := x.Find(search.Query{Text: text, Limit: limit})
		if len(hits) > search.MaxPage {
			t.Fatalf("%d hits", len(hits))
		}
		for i, h := range hits {
			if h.Likeness <= 0 || h.Likeness > 1 || i > 0 && h.Likeness > hits[i-1].Likeness {
				t.Fatalf("likeness %v at %d", h.Likeness, i)
			}
		}
	})
}
