package casework

import (
	"fmt"
	"slices"
	"time"
)

// rule is what a category of Permensos 8/2012 makes one expect. Ages are
// practice and differ between districts, so they only warn. A nil field
// expects nothing.
type rule struct {
	min, max int // years; max 0: no limit
	sex      string
	ragam    bool      // the kind of disability belongs to it
	secret   []Secrecy // groups the category implies
}

var rules = map[string]rule{
	"01": {max: 5},
	"02": {min: 6, max: 18},
	"03": {min: 6, max: 18, secret: []Secrecy{SecretABH}},
	"04": {max: 17},
	"05": {max: 17, ragam: true},
	"06": {max: 17},
	"07": {max: 17},
	"08": {min: 60},
	"09": {ragam: true},
	"16": {secret: []Secrecy{SecretHIV}},
	"17": {secret: []Secrecy{SecretNAPZA}},
	"18": {secret: []Secrecy{SecretTPPO}},
	"23": {sex: "P"},
}

// Doubts returns what does not seem to fit in c and p on the day of at. All of
// it is for a person to judge.
func Doubts(c Case, p Person, at time.Time) []Warning {
	var out []Warning
	warn := func(field, code, format string, args ...any) {
		out = append(out, Warning{Field: field, Code: code, Words: fmt.Sprintf(format, args...)})
	}
	for _, code := range c.PPKS {
		r := rules[code]
		if b, ok := p.Born(); ok {
			young, old := b.Age(at)
			if old < r.min || r.max > 0 && young > r.max {
				warn("ppks", "age", "the age does not fit category %s", code)
			}
		}
		if sex := p.Value(ClaimSex); r.sex != "" && sex != "" && sex != r.sex {
			warn("ppks", "sex", "the sex does not fit category %s", code)
		}
		if r.ragam && len(c.Ragam) == 0 {
			warn("ragam", "ragam", "category %s needs the kind of disability", code)
		}
		for _, group := range r.secret {
			if !slices.Contains(c.Secrecy, group) {
				warn("secrecy", "secrecy", "category %s is usually kept in secrecy group %s", code, group)
			}
		}
	}
	if p.Unborn && p.Value(ClaimBorn) != "" {
		warn("unborn", "age", "an unborn child has a birth date")
	}
	return out
}
