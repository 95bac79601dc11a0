package casework_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
)

var update = flag.Bool("update", false, "write the golden files")

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

func person(claims ...casework.Claim) casework.Person {
	for i := range claims {
		if claims[i].Standing == "" {
			claims[i].Standing = casework.Stated
		}
		claims[i].At = noon.Add(time.Duration(i) * time.Minute)
	}
	return casework.Person{ID: casework.PersonID(strings.Repeat("b", 32)), Claims: claims, Version: 1, Created: noon}
}

func TestCurrentClaim(t *testing.T) {
	name := func(v string, s casework.Standing) casework.Claim {
		return casework.Claim{Kind: casework.ClaimName, Value: v, Standing: s}
	}
	tests := map[string]struct {
		claims []casework.Claim
		want   string
	}{
		"none":                  {nil, "Tidak dikenal"},
		"the newest":            {[]casework.Claim{name("pagi", casework.Stated), name("sore", casework.Stated)}, "sore"},
		"the firmest":           {[]casework.Claim{name("KTP", casework.Verified), name("sore", casework.Stated)}, "KTP"},
		"unknown comes last":    {[]casework.Claim{name("kira-kira", casework.Estimated), name(casework.NotYet, casework.Verified)}, "kira-kira"},
		"only unknown":          {[]casework.Claim{name(casework.NotYet, casework.NotKnown)}, "Tidak dikenal"},
		"alias without a name":  {[]casework.Claim{{Kind: casework.ClaimAlias, Value: "Min"}}, "Min"},
		"name before the alias": {[]casework.Claim{name("Paimin", casework.Stated), {Kind: casework.ClaimAlias, Value: "Min"}}, "Paimin"},
	}
	for what, tt := range tests {
		t.Run(what, func(t *testing.T) {
			if got := person(tt.claims...).Name(); got != tt.want {
				t.Fatalf("shown as %q, want %q", got, tt.want)
			}
		})
	}
}

func TestInitials(t *testing.T) {
	for name, want := range map[string]string{
		"Paimin": "P.", "siti nur aida": "S. N. A.", "Dg. Sangkala": "D. S.", "": "X.", "123": "X.", "a b c d e f": "A. B. C. D.", "'Aisyah": "A.",
	} {
		if got := person(casework.Claim{Kind: casework.ClaimName, Value: name}).Initials(); got != want {
			t.Errorf("%q gives %q, want %q", name, got, want)
		}
	}
}

func TestAgeBand(t *testing.T) {
	for born, want := range map[string]string{
		"2024": "0-5", "2015": "6-17", "2008-03-02": "18-59", "2008-03-03": "6-17", "1950": "60+", "1964..1970": "", "unknown": "",
	} {
		if got := person(casework.Claim{Kind: casework.ClaimBorn, Value: born}).AgeBand(noon); got != want {
			t.Errorf("%s is in band %q, want %q", born, got, want)
		}
	}
}

func TestDoubts(t *testing.T) {
	tests := map[string]struct {
		c    casework.Case
		p    casework.Person
		want string // codes
	}{
		"nothing known":    {casework.Case{}, person(), ""},
		"child":            {casework.Case{PPKS: []string{"02"}}, person(casework.Claim{Kind: casework.ClaimBorn, Value: "2015"}), ""},
		"old child":        {casework.Case{PPKS: []string{"02"}}, person(casework.Claim{Kind: casework.ClaimBorn, Value: "1950"}), "age"},
		"young elder":      {casework.Case{PPKS: []string{"08"}}, person(casework.Claim{Kind: casework.ClaimBorn, Value: "1990"}), "age"},
		"may just be 18":   {casework.Case{PPKS: []string{"04"}}, person(casework.Claim{Kind: casework.ClaimBorn, Value: "2005..2010"}), ""},
		"man among women":  {casework.Case{PPKS: []string{"23"}}, person(casework.Claim{Kind: casework.ClaimSex, Value: "L"}), "sex"},
		"no disability":    {casework.Case{PPKS: []string{"09"}}, person(), "ragam"},
		"open secret":      {casework.Case{PPKS: []string{"16"}}, person(), "secrecy"},
		"kept secret":      {casework.Case{PPKS: []string{"16"}, Secrecy: []casework.Secrecy{casework.SecretHIV}}, person(), ""},
		"born unborn":      {casework.Case{}, with(person(casework.Claim{Kind: casework.ClaimBorn, Value: "2026"}), func(p *casework.Person) { p.Unborn = true }), "age"},
		"incomplete NIK":   {casework.Case{}, person(casework.Claim{Kind: casework.ClaimNIK, Value: "3372"}), "nik"},
		"NIK and sex":      {casework.Case{}, person(casework.Claim{Kind: casework.ClaimNIK, Value: "3372041708500001"}, casework.Claim{Kind: casework.ClaimSex, Value: "P"}), "nik sex"},
		"unknown category": {casework.Case{PPKS: []string{"99"}}, person(), ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, w := range casework.Doubts(tt.c, tt.p, noon) {
				got = append(got, w.Code)
			}
			if strings.Join(got, " ") != tt.want {
				t.Fatalf("doubts %q, want %q", got, tt.want)
			}
		})
	}
}

func TestPatch(t *testing.T) {
	need, lead := "x", casework.UserID("u")
	for name, tt := range map[string]struct {
		patch           casework.Patch
		assigns, writes bool
	}{
		"nothing": {casework.Patch{}, false, false},
		"words":   {casework.Patch{Need: &need}, false, true},
		"lead":    {casework.Patch{Lead: &lead}, true, false},
		"both":    {casework.Patch{Need: &need, Lead: &lead}, true, true},
	} {
		if tt.patch.Assigns() != tt.assigns || tt.patch.Writes() != tt.writes {
			t.Errorf("%s: assigns %v, writes %v", name, tt.patch.Assigns(), tt.patch.Writes())
		}
	}
	c := casework.Patch{Need: &need}.Apply(casework.Case{Need: "y", Unit: "z"})
	if c.Need != "x" || c.Unit != "z" {
		t.Errorf("patched to %+v", c)
	}
}

func TestEntryOf(t *testing.T) {
	p := person(
		casework.Claim{Kind: casework.ClaimName, Value: "Sutejo"}, casework.Claim{Kind: casework.ClaimName, Value: "Soetedjo", Standing: casework.Documented},
		casework.Claim{Kind: casework.ClaimName, Value: casework.NotYet}, casework.Claim{Kind: casework.ClaimAlias, Value: "Tejo"},
		casework.Claim{Kind: casework.ClaimNIK, Value: "3372041708500001"}, casework.Claim{Kind: casework.ClaimPhone, Value: "08123"},
		casework.Claim{Kind: casework.ClaimBorn, Value: "1950"},
	)
	e := casework.EntryOf(casework.Case{Number: "SRK-2026-00001", Register: "2026/00001", NumberThere: "MGL-2026-00007"}, p)
	if want := []string{"Soetedjo", "Sutejo", "Tejo"}; !slices.Equal(e.Names, want) {
		t.Errorf("names %v, want %v", e.Names, want)
	}
	if want := []string{"SRK-2026-00001", "MGL-2026-00007", "2026/00001", "3372041708500001"}; !slices.Equal(e.Numbers, want) {
		t.Errorf("numbers %v, want %v: a phone is often shared and is none", e.Numbers, want)
	}
	if e.Born.First.Year() != 1950 {
		t.Errorf("born %v", e.Born)
	}
}

// bundle holds every field that travels.
func bundle() casework.Bundle {
	id := func(d string) string { return strings.Repeat(d, 32) }
	c := casework.Case{
		ID: casework.CaseID(id("1")), Handle: id("2"), Number: "MGL-2026-00007", Register: "2026/00007", Person: casework.PersonID(id("b")),
		State: casework.Open, Stage: casework.Planning, Mode: casework.OSS, Cluster: "anak", PPKS: []string{"05"}, Ragam: []string{"fisik"},
		Secrecy: []casework.Secrecy{casework.SecretABH}, Urgency: casework.Within3d, Basis: casework.ByConsent, Source: "rujukan dinsos",
		Need: "kursi roda", Lead: casework.UserID(id("3")), Unit: "anak", By: casework.UserID(id("3")), Opened: noon, Epoch: 1, Version: 4, Revision: 9, Changed: noon,
	}
	p := person(casework.Claim{Kind: casework.ClaimName, Value: "R. Contoh"}, casework.Claim{Kind: casework.ClaimBorn, Value: "2014..2016"},
		casework.Claim{Kind: casework.ClaimSex, Value: "L"}, casework.Claim{Kind: casework.ClaimRegion, Value: "33.07.01.2001"},
		casework.Claim{Kind: casework.ClaimNIK, Value: "3307011708150001"})
	p.Cases = []casework.CaseID{c.ID}
	return casework.Bundle{
		Format: casework.BundleFormat, Balai: "MGL", Case: c, Person: p,
		Steps:     []casework.Step{{ID: id("4"), Case: c.ID, At: noon, By: c.By, Balai: "MGL", What: casework.WasMoved, Stage: casework.Planning, Words: "wali hadir"}},
		Notes:     []casework.Note{{ID: casework.NoteID(id("5")), Case: c.ID, At: noon, Written: noon, By: c.By, Balai: "MGL", Kind: "visit", Text: "di rumah", Version: 1}},
		Documents: []casework.Document{{ID: casework.DocumentID(id("6")), Case: c.ID, Kind: "medical", Title: "Rontgen", Media: "image/png", Size: 1234, Digest: id("7") + id("7"), Blob: "x", At: noon, By: c.By, Balai: "MGL"}},
		Consents: []casework.Consent{{ID: casework.ConsentID(id("8")), Case: c.ID, Scope: casework.ForSharing, Recipient: "SRK", Purpose: "terapi", How: "thumbprint",
			GivenBy: "guardian", Witness: "TKSK", Text: "v1", At: noon, By: c.By, Balai: "MGL"}},
	}
}

// The golden file is what lies in stores and packets already: a change of it
// needs a new BundleFormat or a migration.
func TestGoldenBundle(t *testing.T) {
	got, err := json.MarshalIndent(bundle(), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "golden", "bundle-1.json")
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got)+"\n" != string(want) {
		t.Fatalf("a bundle is now written as\n%s", got)
	}
	var back casework.Bundle
	if err := json.Unmarshal(want, &back); err != nil {
		t.Fatal(err)
	}
	if f := back.Check(); len(f) != 0 {
		t.Fatalf("the golden bundle is at fault: %v", f)
	}
	if again, err := json.MarshalIndent(back, "", "\t"); err != nil || string(again) != string(got) {
		t.Fatalf("read back as\n%s\n%v", again, err)
	}
}

func TestSummaryTellsNoIdentity(t *testing.T) {
	b := bundle()
	raw, err := json.Marshal(b.Summary(noon))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range b.Person.Claims {
		if c.Kind != casework.ClaimSex && strings.Contains(string(raw), c.Value) {
			t.Errorf("the summary holds %q: %s", c.Value, raw)
		}
	}
	s := b.Summary(noon)
	if s.Initials != "R. C." || s.AgeBand != "6-17" || s.Region != "33.07" || s.Pages != 1 || s.Bytes != 1234 || s.Number != b.Case.Number {
		t.Errorf("summary %+v", s)
	}
}

func FuzzBundle(f *testing.F) {
	raw, err := json.Marshal(bundle())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte(`{"format":1,"notes":[{}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var b casework.Bundle
		if json.Unmarshal(raw, &b) != nil || len(b.Check()) > 0 {
			return
		}
		if !casework.IsID(b.Case.Handle) || !casework.IsBalai(b.Balai) || !b.Case.Stage.Valid() || b.Person.ID != b.Case.Person {
			t.Fatalf("passed the check: %+v", b)
		}
		for _, n := range b.Notes {
			if !casework.IsID(string(n.ID)) || n.Text == "" {
				t.Fatalf("passed the check: %+v", n)
			}
		}
		b.Summary(noon)
		casework.EntryOf(b.Case, b.Person)
		casework.Doubts(b.Case, b.Person, noon)
	})
}
