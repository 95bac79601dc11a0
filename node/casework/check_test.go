package casework_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
)

// names returns the fields that are at fault.
func names(faults []casework.Fault) string {
	var out []string
	for _, f := range faults {
		out = append(out, f.Field)
	}
	return strings.Join(out, " ")
}

func TestClaimCheck(t *testing.T) {
	claim := func(kind casework.ClaimKind, value string) casework.Claim {
		return casework.Claim{Kind: kind, Value: value, Standing: casework.Stated}
	}
	tests := map[string]struct {
		claim casework.Claim
		want  string // fields at fault
	}{
		"name of one word":     {claim(casework.ClaimName, "Paimin"), ""},
		"name not known":       {claim(casework.ClaimName, casework.NotYet), ""},
		"nothing known":        {casework.Claim{Kind: casework.ClaimName, Standing: casework.NotKnown}, ""},
		"empty":                {claim(casework.ClaimName, " "), "value"},
		"500 runes":            {claim(casework.ClaimMarks, strings.Repeat("é", casework.MaxValue)), ""},
		"501 runes":            {claim(casework.ClaimMarks, strings.Repeat("é", casework.MaxValue+1)), "value"},
		"line break":           {claim(casework.ClaimName, "Pai\nmin"), "value"},
		"turned direction":     {claim(casework.ClaimName, "nim\u202eiaP"), "value"},
		"not UTF-8":            {claim(casework.ClaimName, "\xff"), "value"},
		"no such kind":         {claim("shoe size", "42"), "kind"},
		"no such standing":     {casework.Claim{Kind: casework.ClaimName, Value: "x", Standing: "sure"}, "standing"},
		"long source":          {casework.Claim{Kind: casework.ClaimName, Value: "x", Standing: casework.Stated, Source: strings.Repeat("a", 501)}, "source"},
		"NIK":                  {claim(casework.ClaimNIK, "3372041708500001"), ""},
		"NIK with spaces":      {claim(casework.ClaimNIK, "337204 170850 0001"), ""},
		"NIK, incomplete":      {claim(casework.ClaimNIK, "33720417"), ""},
		"NIK of 17 digits":     {claim(casework.ClaimNIK, "33720417085000011"), "value"},
		"NIK with letters":     {claim(casework.ClaimNIK, "33720417O8500001"), "value"},
		"NIK, other digits":    {claim(casework.ClaimNIK, "٣٣٧٢"), "value"},
		"BPJS of 14 digits":    {claim(casework.ClaimBPJS, "00012345678901"), "value"},
		"sex":                  {claim(casework.ClaimSex, "P"), ""},
		"sex not known":        {claim(casework.ClaimSex, "unknown"), ""},
		"sex in English":       {claim(casework.ClaimSex, "F"), "value"},
		"region":               {claim(casework.ClaimRegion, "33.72"), ""},
		"region without dot":   {claim(casework.ClaimRegion, "3372"), "value"},
		"phone":                {claim(casework.ClaimPhone, "+62 812-3456-7890"), ""},
		"phone in words":       {claim(casework.ClaimPhone, "milik tetangga"), "value"},
		"born, day":            {claim(casework.ClaimBorn, "2015-08-17"), ""},
		"born, words":          {claim(casework.ClaimBorn, "sekitar 2015"), "value"},
		"written by who knows": {casework.Claim{Kind: casework.ClaimName, Value: "x", Standing: casework.Stated, By: "me", Balai: "srk"}, "by balai"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := names(tt.claim.Check()); got != tt.want {
				t.Fatalf("at fault: %q, want %q", got, tt.want)
			}
		})
	}
	many := make([]casework.Claim, casework.MaxClaims+1)
	if got := names(casework.CheckClaims("claims", many)); got != "claims" {
		t.Errorf("too many claims: %q", got)
	}
	if got := names(casework.CheckClaims("claims", []casework.Claim{claim(casework.ClaimName, "x"), claim(casework.ClaimSex, "M")})); got != "claims.1.value" {
		t.Errorf("the second claim: %q", got)
	}
}

func TestWordsOfAFaultRepeatNothing(t *testing.T) {
	secret := "3372041708500001X"
	for _, f := range (casework.Claim{Kind: casework.ClaimNIK, Value: secret, Standing: casework.Stated}).Check() {
		if strings.Contains(f.Words, secret) {
			t.Fatalf("%q repeats what was typed", f.Words)
		}
	}
}

func TestCaseCheck(t *testing.T) {
	good := casework.Case{Urgency: casework.Within3d, Basis: casework.ByConsent, Mode: casework.SEP, Cluster: "anak", PPKS: []string{"02", "05"},
		Ragam: []string{"fisik"}, Secrecy: []casework.Secrecy{casework.SecretABH}, Need: "satu\n\tdua"}
	tests := map[string]struct {
		spoil func(*casework.Case)
		want  string
	}{
		"good":          {func(*casework.Case) {}, ""},
		"mode":          {func(c *casework.Case) { c.Mode = "ABC" }, "mode"},
		"cluster":       {func(c *casework.Case) { c.Cluster = "hewan" }, "cluster"},
		"category":      {func(c *casework.Case) { c.PPKS = []string{"27"} }, "ppks.0"},
		"twice":         {func(c *casework.Case) { c.PPKS = []string{"02", "02"} }, "ppks.1"},
		"too many":      {func(c *casework.Case) { c.PPKS = make([]string, casework.MaxCodes+1) }, "ppks"},
		"ganda derived": {func(c *casework.Case) { c.Ragam = []string{"ganda"} }, "ragam.0"},
		"secrecy":       {func(c *casework.Case) { c.Secrecy = []casework.Secrecy{"TOP"} }, "secrecy.0"},
		"urgency":       {func(c *casework.Case) { c.Urgency = "" }, "urgency"},
		"basis":         {func(c *casework.Case) { c.Basis = "because" }, "basis"},
		"need":          {func(c *casework.Case) { c.Need = "a\x00b" }, "need"},
		"lead":          {func(c *casework.Case) { c.Lead = "ani" }, "lead"},
		"source, lines": {func(c *casework.Case) { c.Source = "a\nb" }, "source"},
		"unit":          {func(c *casework.Case) { c.Unit = strings.Repeat("a", casework.MaxValue+1) }, "unit"},
	}
	known := casework.Listed(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC))
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := good
			tt.spoil(&c)
			if got := names(c.Check(known)); got != tt.want {
				t.Fatalf("at fault: %q, want %q", got, tt.want)
			}
		})
	}
	newer := good
	newer.PPKS = []string{"27"}
	if got := names(newer.Check(nil)); got != "" {
		t.Errorf("without a list a code of the right shape is at fault: %q", got)
	}
	newer.PPKS = []string{"<b>"}
	if got := names(newer.Check(nil)); got != "ppks.0" {
		t.Errorf("without a list anything passes as a code: %q", got)
	}
}

func TestNoteDocumentConsentCheck(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	note := casework.Note{Kind: "visit", Text: "a", At: at}
	doc := casework.Document{Kind: "ktp", Title: "KTP", Media: "image/png"}
	consent := casework.Consent{Scope: casework.ForProcessing, Purpose: "layanan", How: "spoken", GivenBy: "person", At: at}
	sharing := consent
	sharing.Scope, sharing.Recipient = casework.ForSharing, "SRK"
	tests := map[string]struct {
		faults []casework.Fault
		want   string
	}{
		"note":              {note.Check(), ""},
		"note, 20,000":      {with(note, func(n *casework.Note) { n.Text = strings.Repeat("é", casework.MaxText) }).Check(), ""},
		"note, 20,001":      {with(note, func(n *casework.Note) { n.Text = strings.Repeat("é", casework.MaxText+1) }).Check(), "text"},
		"note, all wrong":   {casework.Note{Kind: "poem"}.Check(), "kind text at"},
		"document":          {doc.Check(), ""},
		"document, wrong":   {casework.Document{Kind: "map", Media: "PNG", Size: -1, Digest: "x"}.Check(), "kind title media size digest"},
		"document, too big": {with(doc, func(d *casework.Document) { d.Size = casework.MaxDocument + 1 }).Check(), "size"},
		"consent":           {consent.Check(), ""},
		"sharing":           {sharing.Check(), ""},
		"sharing with all":  {with(sharing, func(c *casework.Consent) { c.Recipient = "" }).Check(), "recipient"},
		"recipient of none": {with(consent, func(c *casework.Consent) { c.Recipient = "SRK" }).Check(), "recipient"},
		"consent, wrong":    {casework.Consent{}.Check(), "scope purpose how givenBy at"},
		"withdrawn before":  {with(consent, func(c *casework.Consent) { c.Withdrawn = at.Add(-time.Hour) }).Check(), "withdrawn"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := names(tt.faults); got != tt.want {
				t.Fatalf("at fault: %q, want %q", got, tt.want)
			}
		})
	}
}

func with[T any](v T, f func(*T)) T {
	f(&v)
	return v
}

func TestParseBorn(t *testing.T) {
	at := time.Date(2026, 8, 17, 0, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		young, old int // -1: not a birth date
	}{
		"2015-08-17":  {11, 11},
		"2015-08-18":  {10, 10},
		"2015-08":     {10, 11},
		"2015":        {10, 11},
		"2013..2017":  {8, 13},
		"2016-02-29":  {10, 10},
		"2015-02-29":  {-1, 0},
		"2015-13":     {-1, 0},
		"2017..2013":  {-1, 0},
		"15":          {-1, 0},
		"0015":        {-1, 0},
		"2015..":      {-1, 0},
		"17-08-2015":  {-1, 0},
		"":            {-1, 0},
		"2015-08-17 ": {-1, 0},
		"2027-01-01":  {0, 0},
	}
	for text, tt := range tests {
		t.Run(text, func(t *testing.T) {
			b, err := casework.ParseBorn(text)
			if tt.young < 0 {
				if !errors.Is(err, casework.Invalid) {
					t.Fatalf("read as %v, %v", b, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if young, old := b.Age(at); young != tt.young || old != tt.old {
				t.Fatalf("age %d to %d, want %d to %d", young, old, tt.young, tt.old)
			}
		})
	}
}

func FuzzParseBorn(f *testing.F) {
	for _, s := range []string{"2015-08-17", "2015-08", "2015", "2013..2017", "unknown", "2015..2013"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := casework.ParseBorn(s)
		if err != nil {
			if !errors.Is(err, casework.Invalid) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if b.Last.Before(b.First) || b.First.Year() < 1880 || b.Last.Year() > 2200 {
			t.Fatalf("%q was read as %v to %v", s, b.First, b.Last)
		}
	})
}
