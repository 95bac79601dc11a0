package casework

import (
	"fmt"
	"slices"
	"time"
)

// Doubts returns what does not seem to fit in c and p on the day of at: age and
// sex against the categories, the secrecy a category implies, the NIK against
// the rest. All of it is for a person to judge.
func Doubts(c Case, p Person, at time.Time) []Warning {
	var out []Warning
	for _, code := range c.PPKS {
		if cat, ok := CategoryOf(code); ok {
			out = append(out, cat.doubts(c, p, at)...)
		}
	}
	if p.Unborn && p.Value(ClaimBorn) != "" {
		out = append(out, Warning{Field: "unborn", Code: "age", Words: "an unborn child has a birth date"})
	}
	return append(out, p.doubtsOfNIK(at)...)
}

func (cat Category) doubts(c Case, p Person, at time.Time) []Warning {
	var out []Warning
	warn := func(field, code, format string, args ...any) {
		out = append(out, Warning{Field: field, Code: code, Words: fmt.Sprintf(format, args...)})
	}
	if b, ok := p.Born(); ok {
		young, old := b.Age(at)
		if old < cat.AgeMin || cat.AgeMax >= 0 && young > cat.AgeMax {
			warn("ppks", "age", "the age does not fit category %s", cat.Code)
		}
	}
	if sex := p.Value(ClaimSex); cat.Sex != "" && sex != "" && sex != cat.Sex {
		warn("ppks", "sex", "the sex does not fit category %s", cat.Code)
	}
	if cat.Disability && len(c.Ragam) == 0 {
		warn("ragam", "ragam", "category %s needs the kind of disability", cat.Code)
	}
	if cat.Secrecy != "" && !slices.Contains(c.Secrecy, cat.Secrecy) {
		warn("secrecy", "secrecy", "category %s is usually kept in secrecy group %s", cat.Code, cat.Secrecy)
	}
	return out
}

func (p Person) doubtsOfNIK(at time.Time) []Warning {
	text := p.Value(ClaimNIK)
	if text == "" {
		return nil
	}
	n, err := ParseNIK(text)
	if err != nil {
		_, words := Explain(err)
		return []Warning{{Field: "nik", Code: "nik", Words: words}}
	}
	return n.Doubts(Facts{Today: at, Born: p.Value(ClaimBorn), Sex: p.Value(ClaimSex)})
}
