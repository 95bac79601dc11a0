package casework

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits on what one field may hold. They are generous for a person and small
// for a program that means harm.
const (
	MaxText     = 20_000   // runes of a note or of what is needed
	MaxValue    = 500      // runes of any other field
	MaxClaims   = 200      // claims in one call
	MaxCodes    = 30       // codes in one field
	MaxDocument = 25 << 20 // bytes of one document
)

var shape = map[string]*regexp.Regexp{
	ListPPKS:    regexp.MustCompile(`^[0-9]{2}[a-z]?$`),
	ListCluster: regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 /_-]{0,39}$`),
	"id":        regexp.MustCompile(`^[0-9a-f]{32}$`),
	"balai":     regexp.MustCompile(`^[A-Z0-9]{2,8}$`),
	"digest":    regexp.MustCompile(`^[0-9a-f]{64}$`),
	"begins":    regexp.MustCompile(`^[0-9a-f]{16,64}$`), // a digest, or its beginning as pages show it
	"media":     regexp.MustCompile(`^[a-z]+/[a-z0-9.+-]{1,80}$`),
	"region":    regexp.MustCompile(`^[0-9]{2}(\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)?$`),
	"form":      regexp.MustCompile(`^[A-Z][A-Z0-9-]{0,19}$`),
	"key":       regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`),
	"phone":     regexp.MustCompile(`^\+?[0-9][0-9 ()-]{2,30}$`),
}

// IsID reports whether s has the shape of an ID: 32 lower-case hex digits.
func IsID(s string) bool { return shape["id"].MatchString(s) }

// IsBalai reports whether c has the shape of a balai's code: two to eight
// capital letters or digits.
func IsBalai(c BalaiCode) bool { return shape["balai"].MatchString(string(c)) }

// faults gathers what is wrong with one input.
type faults []Fault

func (f *faults) add(field, format string, args ...any) {
	*f = append(*f, Fault{Field: field, Words: fmt.Sprintf(format, args...)})
}

// within adds the faults of a nested field.
func (f *faults) within(field string, inner []Fault) {
	for _, in := range inner {
		in.Field = field + "." + in.Field
		*f = append(*f, in)
	}
}

// text checks length and characters of s. Lines and tabs are for long text.
func (f *faults) text(field, s string, limit int) {
	if !utf8.ValidString(s) {
		f.add(field, "is not valid UTF-8")
		return
	}
	if n := utf8.RuneCountInString(s); n > limit {
		f.add(field, "has %d characters; at most %d are possible", n, limit)
	}
	bad := func(r rune) bool {
		return unicode.IsControl(r) && (limit != MaxText || r != '\n' && r != '\t' && r != '\r') || isTurn(r)
	}
	if strings.IndexFunc(s, bad) >= 0 {
		f.add(field, "has a control character")
	}
}

// isTurn reports the marks that turn the reading direction: they make a text
// look like another one on the screen.
func isTurn(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

func (f *faults) need(field, s string, limit int) {
	if strings.TrimSpace(s) == "" {
		f.add(field, "is missing")
		return
	}
	f.text(field, s, limit)
}

func (f *faults) oneOf(field, s string, list ...string) {
	if !slices.Contains(list, s) {
		f.add(field, "must be one of: %s", strings.Join(list, ", "))
	}
}

func (f *faults) id(field, s string) {
	if s != "" && !IsID(s) {
		f.add(field, "is not an id")
	}
}

func (f *faults) codes(field string, codes []string, ok func(string) bool) {
	if len(codes) > MaxCodes {
		f.add(field, "has %d codes; at most %d are possible", len(codes), MaxCodes)
		return
	}
	for i, c := range codes {
		at := field + "." + strconv.Itoa(i)
		switch {
		case !ok(c):
			f.add(at, "is not in the list")
		case slices.Contains(codes[:i], c):
			f.add(at, "is there twice")
		}
	}
}

func stringsOf[S ~string](list ...S) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
