package casework_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
)

func TestParseNIK(t *testing.T) {
	tests := map[string]struct {
		text string
		want casework.NIK
		err  error
	}{
		"plain":                        {"3372041708749901", "3372041708749901", nil},
		"as printed, with blanks":      {" 3372 0417 0874 9901 ", "3372041708749901", nil},
		"dots and dashes":              {"33.72.04-170874-9901", "3372041708749901", nil},
		"quote of a spreadsheet":       {"'3372041708749901", "3372041708749901", nil},
		"woman":                        {"3372045708749901", "3372045708749901", nil},
		"last day of a month, a woman": {"3372047108749901", "3372047108749901", nil},
		"Papua Barat Daya":             {"9601015708749901", "9601015708749901", nil},
		"leap day of 2000, not 1900":   {"3372042902009901", "3372042902009901", nil},
		"no NIK: nothing":              {"", "", nil},
		"no NIK: a dash":               {"-", "", nil},
		"no NIK: 0":                    {"0", "", nil},
		"no NIK: sixteen zeros":        {"0000000000000000", "", nil},
		"no NIK: sixteen nines":        {"9999999999999999", "", nil},
		"15 digits":                    {"337204170874990", "", casework.Invalid},
		"17 digits":                    {"33720417087499011", "", casework.Invalid},
		"a letter O":                   {"33720417O8749901", "", casework.Invalid},
		"digits of another script":     {"٣٣٧٢٠٤١٧٠٨٧٤٩٩٠١", "", casework.Invalid},
		"day 00":                       {"3372040008749901", "", casework.Invalid},
		"day 32":                       {"3372043208749901", "", casework.Invalid},
		"day 40":                       {"3372044008749901", "", casework.Invalid},
		"day 72":                       {"3372047208749901", "", casework.Invalid},
		"month 13":                     {"3372041713749901", "", casework.Invalid},
		"31 February":                  {"3372043102999901", "", casework.Invalid},
		"29 February of no leap year":  {"3372042902999901", "", casework.Invalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := casework.ParseNIK(tt.text)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("ParseNIK: %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestNIKFill(t *testing.T) {
	today := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		nik   casework.NIK
		facts casework.Facts
		want  casework.Filling
	}{
		"a man of 1974":                       {"3372041708749901", casework.Facts{Today: today}, casework.Filling{Sex: "L", Born: "1974-08-17", Sure: true}},
		"a woman's day is 40 higher":          {"3372045708749901", casework.Facts{Today: today}, casework.Filling{Sex: "P", Born: "1974-08-17", Sure: true}},
		"a child":                             {"3308015208159901", casework.Facts{Today: today}, casework.Filling{Sex: "P", Born: "2015-08-12"}},
		"a hundred years old, as stated":      {"3308015208159901", casework.Facts{Today: today, Born: "1915"}, casework.Filling{Sex: "P", Born: "1915-08-12", Sure: true}},
		"stated as a range":                   {"3308011208159901", casework.Facts{Today: today, Born: "2013..2017"}, casework.Filling{Sex: "L", Born: "2015-08-12", Sure: true}},
		"category for older people":           {"3308011208209901", casework.Facts{Today: today, AgeMin: 60}, casework.Filling{Sex: "L", Born: "1920-08-12", Sure: true}},
		"category for children":               {"3308011208209901", casework.Facts{Today: today, AgeMax: 17}, casework.Filling{Sex: "L", Born: "2020-08-12", Sure: true}},
		"a young adult, not the oldest alive": {"3372041708059901", casework.Facts{Today: today}, casework.Filling{Sex: "L", Born: "2005-08-17"}},
		"stated birth that fits neither":      {"3372041708749901", casework.Facts{Today: today, Born: "1951"}, casework.Filling{Sex: "L", Born: "1974-08-17", Sure: true}},
		"leap day":                            {"3372042902009901", casework.Facts{Today: today}, casework.Filling{Sex: "L", Born: "2000-02-29", Sure: true}},
		"born today":                          {"3372042211269901", casework.Facts{Today: today, AgeMax: 5}, casework.Filling{Sex: "L", Born: "2026-11-22", Sure: true}},
		"tomorrow is 1926":                    {"3372042311269901", casework.Facts{Today: today}, casework.Filling{Sex: "L", Born: "1926-11-23", Sure: true}},
		"no NIK":                              {"", casework.Facts{Today: today}, casework.Filling{}},
		"not parsed":                          {"abc", casework.Facts{Today: today}, casework.Filling{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.nik.Fill(tt.facts); got != tt.want {
				t.Errorf("Fill: %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestNIKDoubts(t *testing.T) {
	known := func(prefix string) bool { return prefix == "33.72.04" }
	tests := map[string]struct {
		nik   casework.NIK
		facts casework.Facts
		want  []string
	}{
		"none":                     {"3372045708749901", casework.Facts{Born: "1974-08-17", Sex: "P", Region: known}, nil},
		"nothing is known":         {"9101015708749901", casework.Facts{}, nil},
		"rounded":                  {"3372045708740000", casework.Facts{}, []string{"nik serial"}},
		"no such region":           {"9901015708749901", casework.Facts{Region: known}, []string{"nik region"}},
		"another day":              {"3372045708749901", casework.Facts{Born: "1974-08-18"}, []string{"nik born"}},
		"the year fits":            {"3372045708749901", casework.Facts{Born: "1974"}, nil},
		"the month fits":           {"3372045708749901", casework.Facts{Born: "1974-08"}, nil},
		"the range fits":           {"3372045708749901", casework.Facts{Born: "1970..1980"}, nil},
		"the range does not":       {"3372045708749901", casework.Facts{Born: "1975..1980"}, []string{"nik born"}},
		"birth and sex not known":  {"3372045708749901", casework.Facts{Born: "unknown", Sex: "unknown"}, nil},
		"a man by the NIK":         {"3372041708749901", casework.Facts{Sex: "P"}, []string{"nik sex"}},
		"all at once":              {"9901015708740000", casework.Facts{Born: "1951", Sex: "L", Region: known}, []string{"nik serial", "nik region", "nik born", "nik sex"}},
		"no NIK, so nothing to it": {"", casework.Facts{Born: "1951", Sex: "L", Region: known}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, w := range tt.nik.Doubts(tt.facts) {
				got = append(got, w.Code)
				if strings.Contains(w.Words, string(tt.nik)) {
					t.Errorf("a warning repeats the NIK: %s", w.Words)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("Doubts: %q, want %q", got, tt.want)
			}
		})
	}
}

func TestColumnRounded(t *testing.T) {
	rounded := []casework.NIK{"3372045708749900", "3372045708749910", "", "3372045708749920", "3372041708749900", "3372041708749930"}
	if !casework.ColumnRounded(rounded) {
		t.Error("five NIKs ending in 0 were not noticed")
	}
	if casework.ColumnRounded(append(rounded, "3372041708749931")) {
		t.Error("a column with one whole NIK was called rounded")
	}
	if casework.ColumnRounded(rounded[:4]) {
		t.Error("three NIKs ending in 0 prove nothing")
	}
}

func FuzzParseNIK(f *testing.F) {
	for _, seed := range []string{"3372045708749901", "33.72.04-170874-9901", "0", "-", "", "3372042902009901", "9999999999999999", "٣", "\xff\xff"} {
		f.Add(seed)
	}
	today := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		n, err := casework.ParseNIK(text)
		if err != nil || n == "" {
			if n != "" {
				t.Fatalf("an error and %d digits", len(n))
			}
			return
		}
		again, err := casework.ParseNIK(string(n))
		if err != nil || again != n {
			t.Fatalf("what was read does not read again: %v", err)
		}
		fill := n.Fill(casework.Facts{Today: today})
		if _, err := time.Parse(time.DateOnly, fill.Born); fill.Born != "" && err != nil {
			t.Fatal(err)
		}
		if fill.Sex != "L" && fill.Sex != "P" {
			t.Fatalf("sex %q", fill.Sex)
		}
	})
}
