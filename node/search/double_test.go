package search_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"

	"serasi/node/casework"
	"serasi/node/search"
)

func born(t *testing.T, value string) casework.Born {
	t.Helper()
	b, err := casework.ParseBorn(value)
	if err != nil && value != "" {
		t.Fatal(err)
	}
	return b
}

func TestScore(t *testing.T) {
	type who = search.Candidate
	on := func(v string) casework.Born { return born(t, v) }
	tests := map[string]struct {
		a, b who
		want search.Band
	}{
		"old spelling, same birth":          {who{Names: []string{"Soetedjo"}, Born: on("1951-03-02"), Sex: "L"}, who{Names: []string{"Sutejo"}, Born: on("1951-03-02"), Sex: "L"}, search.Strong},
		"two rare words, same birth":        {who{Names: []string{"Noercholis Widhodho"}, Born: on("1980-01-31")}, who{Names: []string{"Nurkholis Widodo"}, Born: on("1980-01-31")}, search.Strong},
		"joined and split":                  {who{Names: []string{"Nur Aida"}, Born: on("1980-01-31"), Mother: "Sukinah"}, who{Names: []string{"Nuraida"}, Born: on("1980-01-31"), Mother: "Soekinah"}, search.Strong},
		"one name, same year: look again":   {who{Names: []string{"Paimin"}, Born: on("1951"), Sex: "L"}, who{Names: []string{"Paimin"}, Born: on("1951"), Sex: "L"}, search.Weak},
		"one name and nothing else":         {who{Names: []string{"Paimin"}}, who{Names: []string{"Paimin"}}, search.Weak},
		"an estimated age that fits":        {who{Names: []string{"Sangnging Daeng Ngai"}, Born: on("1950..1954")}, who{Names: []string{"Sangnging Dg. Ngai"}, Born: on("1952")}, search.Weak},
		"mother and year":                   {who{Names: []string{"Rizky Ananda"}, Born: on("2015"), Mother: "Sukinah"}, who{Names: []string{"Riski Ananda"}, Born: on("2015"), Mother: "Sukinah"}, search.Strong},
		"by an alias":                       {who{Names: []string{"Sukarman alias Gendon"}, Born: on("1970-05-05")}, who{Names: []string{"Gendon"}, Born: on("1970-05-05")}, search.Strong},
		"typing error in a long word":       {who{Names: []string{"Kristian Rumbiak"}, Born: on("1970-05-05")}, who{Names: []string{"Krsitian Rumbiak"}, Born: on("1970-05-05")}, search.Strong},
		"same NIK, other name":              {who{Names: []string{"Paimin"}, NIK: "3372041708749901"}, who{Names: []string{"Suroso"}, NIK: "3372 0417 0874 9901"}, search.Strong},
		"same father":                       {who{Names: []string{"Hasan bin Ali"}, Born: on("1990-01-02")}, who{Names: []string{"Hasan bin Aly"}, Born: on("1990-01-02")}, search.Strong},
		"one father not known":              {who{Names: []string{"Hasanudin Basri bin Ali"}, Born: on("1990-01-02")}, who{Names: []string{"Hasanudin Basri"}, Born: on("1990-01-02")}, search.Strong},
		"other sex, all else the same":      {who{Names: []string{"Sutejo Wiyono"}, Born: on("1951-03-02"), Sex: "L"}, who{Names: []string{"Sutejo Wiyono"}, Born: on("1951-03-02"), Sex: "P"}, search.Weak},
		"man and woman":                     {who{Names: []string{"Parto"}, Born: on("1951-03-02")}, who{Names: []string{"Parti"}, Born: on("1951-03-02")}, search.No},
		"-wan and -wati":                    {who{Names: []string{"Setiawan"}, Born: on("1951-03-02")}, who{Names: []string{"Setiawati"}, Born: on("1951-03-02")}, search.No},
		"short words one letter apart":      {who{Names: []string{"Rini"}, Born: on("1951-03-02")}, who{Names: []string{"Rina"}, Born: on("1951-03-02")}, search.No},
		"brother and brother":               {who{Names: []string{"I Made Sudarma"}, Born: on("1970-05-05")}, who{Names: []string{"I Nyoman Sudarma"}, Born: on("1970-05-05")}, search.No},
		"the same place among brothers":     {who{Names: []string{"I Made Sudarma"}, Born: on("1970-05-05")}, who{Names: []string{"Kadek Sudarma"}, Born: on("1970-05-05")}, search.Strong},
		"two fathers":                       {who{Names: []string{"Hasan bin Ali"}, Born: on("1990-01-02")}, who{Names: []string{"Hasan bin Umar"}, Born: on("1990-01-02")}, search.No},
		"baby and mother":                   {who{Names: []string{"By. Ny. Sumarni"}}, who{Names: []string{"Sumarni"}}, search.No},
		"only a common word":                {who{Names: []string{"Siti Rahmah"}, Born: on("1990-01-02")}, who{Names: []string{"Siti Marpuah"}, Born: on("1990-01-02")}, search.Weak},
		"only a common word, other years":   {who{Names: []string{"Siti Rahmah"}, Born: on("1990")}, who{Names: []string{"Siti Marpuah"}, Born: on("1985")}, search.No},
		"the same name, ten years apart":    {who{Names: []string{"Sukirman"}, Born: on("1950")}, who{Names: []string{"Sukirman"}, Born: on("1965")}, search.No},
		"placeholders":                      {who{Names: []string{"Mr. X"}, Born: on("1980"), Sex: "L", Region: "32.75"}, who{Names: []string{"Mr. X"}, Born: on("1980"), Sex: "L", Region: "32.75"}, search.No},
		"no name, all else the same":        {who{Born: on("1980-01-01"), Sex: "L", Region: "32.75", Mother: "Sukinah"}, who{Born: on("1980-01-01"), Sex: "L", Region: "32.75", Mother: "Sukinah"}, search.No},
		"a NIK that says there is none":     {who{Names: []string{"Paimin"}, NIK: "0000000000000000"}, who{Names: []string{"Suroso"}, NIK: "0000000000000000"}, search.No},
		"different mothers weaken the rest": {who{Names: []string{"Paimin"}, Born: on("1951"), Mother: "Sukinah"}, who{Names: []string{"Paimin"}, Born: on("1951"), Mother: "Tumirah"}, search.No},
	}
	x := search.New()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, reasons := x.Score(tt.a, tt.b)
			if got != tt.want {
				t.Errorf("%v for %q, want %v", got, reasons, tt.want)
			}
			if back, _ := x.Score(tt.b, tt.a); back != got {
				t.Errorf("%v one way, %v the other", got, back)
			}
		})
	}
}

func TestDoubles(t *testing.T) {
	x := search.New()
	entries := []search.Entry{
		{Names: []string{"Soetedjo"}, Born: born(t, "1951-03-02"), Sex: "L", Numbers: []string{"3372040203519901"}},
		{Names: []string{"Sutejo"}, Born: born(t, "1951"), Sex: "L"},
		{Names: []string{"Sutejo"}, Born: born(t, "1999"), Sex: "L"},
		{Names: []string{"Suteji"}, Born: born(t, "1951-03-02"), Sex: "P"},
		{Names: []string{"Sutejo"}, Born: born(t, "1951-03-02"), Sex: "L", Secrecy: []casework.Secrecy{casework.SecretNAPZA}},
		{Names: []string{"By. Ny. Sutini"}, Born: born(t, "1951-03-02")},
		{Names: []string{"Mr. X"}, Born: born(t, "1951-03-02"), Sex: "L"},
		{Names: []string{"Wagimin", "Tarno"}, Mother: "Ibu Ginem", Numbers: []string{"3372040203519902"}},
	}
	for i, e := range entries {
		e.ID, e.State = caseID(i+1), casework.Open
		add(t, x, e)
	}
	hide := []casework.Secrecy{casework.SecretNAPZA}
	got := x.Doubles(search.Candidate{Names: []string{"Sutedjo"}, Born: born(t, "1951-03-02"), Sex: "L"}, hide, 10)
	want := []string{fmt.Sprint(caseID(1), " strong [name born]"), fmt.Sprint(caseID(2), " weak [name year]")}
	var lines []string
	for _, d := range got {
		lines = append(lines, fmt.Sprint(d.ID, " ", d.Band, " ", d.Reasons))
	}
	if !slices.Equal(lines, want) {
		t.Errorf("doubles\n%q, want\n%q", lines, want)
	}
	if all := x.Doubles(search.Candidate{Names: []string{"Sutedjo"}, Born: born(t, "1951-03-02"), Sex: "L"}, nil, 10); len(all) != 3 {
		t.Errorf("%d doubles with nothing hidden, want 3", len(all))
	}
	byNIK := x.Doubles(search.Candidate{Names: []string{"Gendon"}, NIK: "3372.0402.0351.9902"}, nil, 10)
	if len(byNIK) != 1 || byNIK[0].ID != caseID(8) || byNIK[0].Band != search.Strong || byNIK[0].Reasons[0] != "nik" {
		t.Errorf("by NIK: %v", byNIK)
	}
	if none := x.Doubles(search.Candidate{Names: []string{"Mr. X"}, Born: born(t, "1951-03-02"), Sex: "L"}, nil, 10); len(none) != 0 {
		t.Errorf("a placeholder has doubles: %v", none)
	}
}

func TestCandidateOf(t *testing.T) {
	p := casework.Person{ID: casework.PersonID(caseID(9)), Claims: []casework.Claim{
		{Kind: casework.ClaimAlias, Value: "Gendon", Standing: casework.Stated},
		{Kind: casework.ClaimName, Value: "Sukarman", Standing: casework.Documented},
		{Kind: casework.ClaimNIK, Value: "3372041708749901", Standing: casework.Documented},
		{Kind: casework.ClaimKK, Value: "3372040101209901", Standing: casework.Documented},
		{Kind: casework.ClaimBorn, Value: "1974-08-17", Standing: casework.Documented},
		{Kind: casework.ClaimPhone, Value: "0800 0000 0102", Standing: casework.Stated},
	}}
	c := search.CandidateOf(p)
	if c.NIK != "3372041708749901" || c.Born != born(t, "1974-08-17") || !slices.Equal(c.Names, []string{"Sukarman", "Gendon"}) {
		t.Errorf("candidate %+v", c)
	}
	// The KK of the balai's staff is in the papers of many residents.
	x := search.New()
	add(t, x, search.Entry{ID: caseID(1), Names: []string{"Wagimin"}, Numbers: []string{"3372040101209901"}, State: casework.Open})
	if got := x.Doubles(c, nil, 5); len(got) != 0 {
		t.Errorf("a shared KK raised %v", got)
	}
}

// TestDoublesOfTheDemo holds the index against the invented people of the demo,
// some of whom are registered twice.
func TestDoublesOfTheDemo(t *testing.T) {
	text, err := os.ReadFile("../../testdata/people/people.json")
	if err != nil {
		t.Fatal(err)
	}
	var people []struct {
		Key    string
		Claims []casework.Claim
	}
	if err := json.Unmarshal(text, &people); err != nil {
		t.Fatal(err)
	}
	x, at := search.New(), map[string]int{}
	for i, p := range people {
		at[p.Key] = i
		e := casework.EntryOf(casework.Case{ID: caseID(i + 1), State: casework.Open}, casework.Person{Claims: p.Claims})
		add(t, x, e)
	}
	want := map[string][]string{
		"srk-wiyono": {"srk-tedjo-lagi"}, "gwa-andi": {"gwa-andi-lagi"}, "bks-karim": {"bks-abdul"},
		"bks-ds":    {"gwa-hilang", "gwa-hj"}, // she said one word that both have
		"srk-marni": nil, "mgl-watini": nil, "bks-x01": nil, "mgl-kembar-1": nil, "srk-dua": nil, "btr-ketut": nil,
	}
	for key, doubles := range want {
		got := x.Doubles(search.CandidateOf(casework.Person{Claims: people[at[key]].Claims}), nil, 10)
		var others []string
		for _, d := range got {
			for other, i := range at {
				if d.ID == caseID(i+1) && other != key {
					others = append(others, other)
				}
			}
		}
		slices.Sort(others)
		if !slices.Equal(others, doubles) {
			t.Errorf("%s may be %q, want %q", key, others, doubles)
		}
	}
}
