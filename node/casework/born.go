package casework

import (
	"strconv"
	"strings"
	"time"
)

// Born is a birth date as far as it is known: the first and the last day it can
// be. Both are civil dates at midnight UTC; no zone is meant.
type Born struct {
	First, Last time.Time
}

// ParseBorn reads 2015-08-17, 2015-08, 2015 or 2013..2017. The error is
// Invalid and says which forms there are.
func ParseBorn(s string) (Born, error) {
	if from, to, ok := strings.Cut(s, ".."); ok {
		a, b := year(from), year(to)
		if a == 0 || b == 0 || a > b {
			return Born{}, badBorn
		}
		return Born{day(a, 1, 1), day(b, 12, 31)}, nil
	}
	for form, last := range map[string]func(time.Time) time.Time{
		time.DateOnly: func(t time.Time) time.Time { return t },
		"2006-01":     func(t time.Time) time.Time { return t.AddDate(0, 1, -1) },
		"2006":        func(t time.Time) time.Time { return t.AddDate(1, 0, -1) },
	} {
		if t, err := time.Parse(form, s); err == nil && year(s[:4]) != 0 {
			return Born{t, last(t)}, nil
		}
	}
	return Born{}, badBorn
}

var badBorn = Invalid.Because("write a birth date as 2015-08-17, 2015-08, 2015 or 2013..2017")

// year returns a plausible year, else 0. People of 120 years exist.
func year(s string) int {
	if y, err := strconv.Atoi(s); err == nil && len(s) == 4 && y >= 1880 && y <= 2200 {
		return y
	}
	return 0
}

func day(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }

// Age returns the youngest and the oldest age in years that b allows on the day
// of at, as the calendar of at's zone has it. A date to come gives 0.
func (b Born) Age(at time.Time) (youngest, oldest int) {
	return years(b.Last, at), years(b.First, at)
}

func years(born, at time.Time) int {
	n := at.Year() - born.Year()
	if at.Month() < born.Month() || at.Month() == born.Month() && at.Day() < born.Day() {
		n--
	}
	return max(n, 0)
}

// Born returns the birth date p is shown with.
func (p Person) Born() (Born, bool) {
	b, err := ParseBorn(p.Value(ClaimBorn))
	return b, err == nil
}

// AgeBand returns the band of age that may be told before a name may: 0-5,
// 6-17, 18-59, 60+, or "" if the birth date is not known or spans two bands.
func (p Person) AgeBand(at time.Time) string {
	b, ok := p.Born()
	if !ok {
		return ""
	}
	young, old := b.Age(at)
	if band(young) != band(old) {
		return ""
	}
	return band(young)
}

func band(age int) string {
	switch {
	case age < 6:
		return "0-5"
	case age < 18:
		return "6-17"
	case age < 60:
		return "18-59"
	default:
		return "60+"
	}
}
