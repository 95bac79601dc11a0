package casework_test

import (
	"slices"
	"testing"
	"time"

	"serasi/node/casework"
)

func TestLists(t *testing.T) {
	if n := len(casework.Categories()); n != 26 {
		t.Errorf("%d categories, want 26", n)
	}
	if n := len(casework.Sentras()); n != 31 {
		t.Errorf("%d Sentra, want 31", n)
	}
	if n := len(casework.Units()); n != 40 {
		t.Errorf("%d units of 2020 that can be named, want 40", n)
	}
	for _, term := range casework.Glossary() {
		if term.ID == "" || term.EN == "" {
			t.Errorf("a word without its translation: %+v", term)
		}
	}
	elderly, ok := casework.CategoryOf("08")
	if !ok || elderly.AgeMin != 60 || elderly.AgeMax != -1 {
		t.Errorf("category 08: %+v, %v", elderly, ok)
	}
	if c, ok := casework.CategoryOf("17"); !ok || c.Secrecy != casework.SecretNAPZA {
		t.Errorf("category 17: %+v, %v", c, ok)
	}
	if _, ok := casework.CategoryOf("27"); ok {
		t.Error("there is a category 27")
	}
}

func TestListsStayAsTheyAre(t *testing.T) {
	casework.Categories()[0].Code = "changed"
	if casework.Categories()[0].Code != "01" {
		t.Error("a caller changed the list for everybody")
	}
}

func TestPilotsAreInTheDirectory(t *testing.T) {
	zones := map[casework.BalaiCode]string{"SRK": "WIB", "MGL": "WIB", "GWA": "WITA", "BTR": "WIB", "BKS": "WIB"}
	found := 0
	for _, s := range casework.Sentras() {
		if s.Code == "" {
			continue
		}
		found++
		if zones[s.Code] != s.Zone {
			t.Errorf("%s is in %s, want %s", s.Code, s.Zone, zones[s.Code])
		}
	}
	if found != len(zones) {
		t.Errorf("%d pilots, want %d", found, len(zones))
	}
}

// A letter names the rules of its own day, and each that ended says by what.
func TestLawsOfADay(t *testing.T) {
	tests := map[string]struct{ day, has, hasNot string }{
		"the pilot":              {"2020-11-01", "Permensos 16/2020", "Permensos 7/2021"},
		"after ATENSI was recut": {"2023-05-01", "Permensos 7/2021", "Permensos 16/2020"},
		"before data protection": {"2022-10-16", "Permensos 7/2021", "UU 27/2022"},
		"data protection":        {"2022-10-17", "UU 27/2022", "Permensos 16/2020"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			has := func(code string) bool {
				return slices.ContainsFunc(casework.LawsFor("referral", tt.day), func(l casework.Law) bool { return l.Code == code })
			}
			if !has(tt.has) || has(tt.hasNot) {
				t.Errorf("%s in force: %v; %s: %v", tt.has, has(tt.has), tt.hasNot, has(tt.hasNot))
			}
		})
	}
	all := casework.Laws()
	for _, l := range all {
		next := slices.ContainsFunc(all, func(o casework.Law) bool { return o.Code == l.ReplacedBy && o.From > l.From })
		if (l.Until != "") != (l.ReplacedBy != "") || l.ReplacedBy != "" && !next {
			t.Errorf("%s ended on %q and was replaced by %q", l.Code, l.Until, l.ReplacedBy)
		}
	}
}

func TestClustersOfAPeriod(t *testing.T) {
	tests := map[string]struct {
		day  time.Time
		want []string
	}{
		"2020":                      {time.Date(2020, 10, 1, 0, 0, 0, 0, time.UTC), []string{"anak", "lansia", "disabilitas", "ts-kpo", "napza", "lainnya"}},
		"last day of the old list":  {time.Date(2021, 12, 31, 23, 0, 0, 0, time.UTC), []string{"anak", "lansia", "disabilitas", "ts-kpo", "napza", "lainnya"}},
		"first day of the new list": {time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC), []string{"anak", "lansia", "disabilitas", "rentan", "kbk"}},
		"before there was one":      {time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, c := range casework.Clusters(tt.day) {
				got = append(got, c.Code)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v", got, tt.want)
			}
			known := casework.Listed(tt.day)
			if known(casework.ListCluster, "rentan") != slices.Contains(tt.want, "rentan") {
				t.Error("Listed and Clusters disagree")
			}
		})
	}
	known := casework.Listed(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if !known(casework.ListPPKS, "26") || known(casework.ListPPKS, "27") || known("no such list", "26") {
		t.Error("Listed does not ask the list of categories")
	}
	if c, ok := casework.ClusterOf("napza"); !ok || c.Until != "2021-12-31" {
		t.Errorf("a cluster of the past: %+v, %v", c, ok)
	}
}
