package casework

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A NIK is a population number: 16 digits, PPKKCC DDMMYY SSSS (PP 37/2007, PP
// 40/2019). PPKKCC is the place of first registration, DD is 40 higher for a
// woman, and there is no check digit. The empty NIK is "tanpa NIK": many people
// a balai serves have none.
type NIK string

// ParseNIK reads a NIK as people write it, with spaces, dots or dashes.
//
// What software writes for "has none" (nothing, a dash, 0, sixteen equal
// digits) gives the empty NIK and no error. The error is Invalid if the text is
// not 16 digits or holds a date that no century has; such a text may still be
// kept as a claim, as an incomplete NIK.
func ParseNIK(text string) (NIK, error) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" .-\u00a0\t'", r) {
			return -1
		}
		return r
	}, text)
	switch {
	case digits == "" || isDigits(digits) && strings.Trim(digits, digits[:1]) == "":
		return "", nil
	case !isDigits(digits):
		return "", Invalid.Because("a NIK has digits only")
	case len(digits) != 16:
		return "", Invalid.Because("a NIK has 16 digits, this has %d", len(digits))
	}
	n := NIK(digits)
	if len(n.births()) == 0 {
		return "", Invalid.Because("digits 7 to 12 of this NIK are no date of birth")
	}
	return n, nil
}

// Prefix returns the code of the kecamatan of first registration, 33.72.04.
// It says nothing about where the person lives now.
func (n NIK) Prefix() string {
	if len(n) != 16 {
		return ""
	}
	return string(n[0:2] + "." + n[2:4] + "." + n[4:6])
}

// Sex returns L or P as the NIK has it, "" for the empty NIK.
func (n NIK) Sex() string {
	switch {
	case len(n) != 16:
		return ""
	case n.day() > 40:
		return "P"
	default:
		return "L"
	}
}

// Facts are what is known about a person from elsewhere, to be held against a
// NIK. The zero value knows nothing.
type Facts struct {
	Today  time.Time         // the day of asking; only its date counts
	Born   string            // value of a claim of birth
	Sex    string            // value of a claim of sex
	AgeMin int               // age limits of the category in years, 0 for none
	AgeMax int               // 0 for none
	Region func(string) bool // reports whether a prefix like 33.72.04 is in the current or a historic list; nil asks nobody
}

// A Filling is what the button "Isi dari NIK" offers. Nothing of it is taken
// over by itself: NIK and person can both be wrong.
type Filling struct {
	Sex  string // L or P
	Born string // 2006-01-02, derived
	Sure bool   // only one century is possible or fits what was stated
}

// Fill reads sex and birth date from n. Of the two centuries it takes the one
// that fits the stated birth or the limits of the category; else 20YY for
// someone younger than 17, or where 19YY would make a person older than 110;
// else 19YY. The empty NIK gives the empty Filling.
func (n NIK) Fill(f Facts) Filling {
	likely := slices.DeleteFunc(n.births(), func(b time.Time) bool { return !f.Today.IsZero() && b.After(f.Today) })
	if len(likely) == 0 {
		return Filling{Sex: n.Sex()}
	}
	if fits := slices.DeleteFunc(slices.Clone(likely), func(b time.Time) bool { return !f.fit(b) }); len(fits) > 0 {
		likely = fits
	}
	older, younger := likely[0], likely[len(likely)-1]
	best := older
	if !f.Today.IsZero() && (years(younger, f.Today) < 17 || years(older, f.Today) > 110) {
		best = younger
	}
	return Filling{Sex: n.Sex(), Born: best.Format(time.DateOnly), Sure: older.Equal(younger)}
}

// Doubts holds n against f. None of it blocks. That the prefix is not the place
// where someone lives is no doubt: a NIK never changes on moving.
func (n NIK) Doubts(f Facts) []Warning {
	if len(n) != 16 {
		return nil
	}
	var out []Warning
	warn := func(code, words string) {
		out = append(out, Warning{Field: string(ClaimNIK), Code: code, Words: words})
	}
	if n[12:] == "0000" {
		warn("nik serial", "the NIK ends in 0000; a spreadsheet may have rounded it")
	}
	if f.Region != nil && !f.Region(n.Prefix()) {
		warn("nik region", "the region at the start of the NIK is in no list, current or historic")
	}
	if b, err := ParseBorn(f.Born); err == nil && !slices.ContainsFunc(n.births(), b.holds) {
		warn("nik born", "the birth date differs from the one in the NIK")
	}
	if (f.Sex == "L" || f.Sex == "P") && f.Sex != n.Sex() {
		warn("nik sex", "the sex differs from the one in the NIK")
	}
	return out
}

// ColumnRounded reports whether a column of NIKs was probably rounded by a
// spreadsheet: at least five of them, and all end in 0.
func ColumnRounded(column []NIK) bool {
	count := 0
	for _, n := range column {
		switch {
		case n == "":
		case n[len(n)-1] != '0':
			return false
		default:
			count++
		}
	}
	return count >= 5
}

// births returns the possible dates, 19YY before 20YY.
func (n NIK) births() []time.Time {
	if len(n) != 16 || !isDigits(string(n)) {
		return nil
	}
	d := n.day()
	if d > 40 {
		d -= 40
	}
	month, _ := strconv.Atoi(string(n[8:10])) // digits were checked above
	yy, _ := strconv.Atoi(string(n[10:12]))
	var out []time.Time
	for _, century := range []int{1900, 2000} {
		if b := day(century+yy, month, d); b.Day() == d && int(b.Month()) == month {
			out = append(out, b)
		}
	}
	return out
}

func (n NIK) day() int {
	return int(n[6]-'0')*10 + int(n[7]-'0')
}

// fit reports whether the day b agrees with f.
func (f Facts) fit(b time.Time) bool {
	if stated, err := ParseBorn(f.Born); err == nil && !stated.holds(b) {
		return false
	}
	if f.Today.IsZero() {
		return true
	}
	age := years(b, f.Today)
	return age >= f.AgeMin && (f.AgeMax <= 0 || age <= f.AgeMax)
}

// holds reports whether b may be the day t.
func (b Born) holds(t time.Time) bool {
	return !t.Before(b.First) && !t.After(b.Last)
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
