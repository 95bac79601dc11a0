package casework

import (
	"strings"
	"unicode"
)

var claimKinds = []ClaimKind{
	ClaimName, ClaimAlias, ClaimNIK, ClaimKK, ClaimBorn, ClaimBirthplace, ClaimSex, ClaimMother, ClaimAddress, ClaimDomicile,
	ClaimRegion, ClaimPhone, ClaimBPJS, ClaimLanguage, ClaimMarks, ClaimFound,
}

var standings = []Standing{Verified, Documented, Stated, Estimated, Recording, NotKnown}

// Check returns what is wrong with c. What is merely doubtful (a NIK that does
// not fit the birth date, a number that is too short) is no fault: people come
// with what they have.
func (c Claim) Check() []Fault {
	var f faults
	f.oneOf("kind", string(c.Kind), stringsOf(claimKinds...)...)
	f.oneOf("standing", string(c.Standing), stringsOf(standings...)...)
	f.text("source", c.Source, MaxValue)
	f.id("by", string(c.By))
	if c.Balai != "" && !IsBalai(c.Balai) {
		f.add("balai", "is not the code of a balai")
	}
	if c.Value == "" && c.Standing == NotKnown || c.Value == NotYet {
		return f
	}
	f.need("value", c.Value, MaxValue)
	f.value(c)
	return f
}

func (f *faults) value(c Claim) {
	switch c.Kind {
	case ClaimNIK, ClaimKK:
		f.digits(c.Value, 16)
	case ClaimBPJS:
		f.digits(c.Value, 13)
	case ClaimBorn:
		if _, err := ParseBorn(c.Value); err != nil {
			_, words := Explain(err)
			f.add("value", "%s", words)
		}
	case ClaimSex:
		f.oneOf("value", c.Value, "L", "P", NotYet)
	case ClaimRegion:
		if !shape["region"].MatchString(c.Value) {
			f.add("value", "is not a region code such as 33.72")
		}
	case ClaimPhone:
		if !shape["phone"].MatchString(c.Value) {
			f.add("value", "is not a phone number")
		}
	}
}

// digits checks a number that people write with spaces, dots or dashes and may
// know only in part.
func (f *faults) digits(s string, limit int) {
	n := 0
	for _, r := range s {
		switch {
		case unicode.IsDigit(r) && r <= '9':
			n++
		case !strings.ContainsRune(" .-", r):
			f.add("value", "may hold digits only")
			return
		}
	}
	if n == 0 || n > limit {
		f.add("value", "must have 1 to %d digits", limit)
	}
}

// CheckClaims returns what is wrong with a list of claims; the names of the
// fields begin with field.
func CheckClaims(field string, claims []Claim) []Fault {
	var f faults
	if len(claims) > MaxClaims {
		f.add(field, "has %d claims; at most %d are possible", len(claims), MaxClaims)
		return f
	}
	for i, c := range claims {
		f.within(nested(field, i), c.Check())
	}
	return f
}
