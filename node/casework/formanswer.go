package casework

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Values are the answers of one section, by the key of the field. A field that
// takes several codes has several values, every other one has one or none. A
// field of rows is answered under the keys of its cells: see CellKey.
type Values map[string][]string

// One returns the first value of a field, or "".
func (v Values) One(key string) string {
	if len(v[key]) == 0 {
		return ""
	}
	return v[key][0]
}

// Shown reports whether a field is asked, given the answers so far.
func (v Values) Shown(f Field) bool {
	return f.When == nil || meets(f.When.Is, v[f.When.Field])
}

// Clean returns v without what is empty, said twice or not asked.
func (s Section) Clean(v Values) Values {
	out := Values{}
	for _, f := range s.Fields {
		if !out.Shown(f) {
			continue
		}
		if f.Kind == FieldRows {
			f.cleanRows(v, out)
		}
		var kept []string
		for _, one := range v[f.Key] {
			if one = strings.TrimSpace(strings.ReplaceAll(one, "\r\n", "\n")); one != "" && !slices.Contains(kept, one) {
				kept = append(kept, one)
			}
		}
		if kept != nil {
			out[f.Key] = kept
		}
	}
	return out
}

// CheckAnswer returns what is wrong with the answers to a section of f on the
// day of at. What is not answered yet is no fault: see Missing. was holds the
// answers as they stood: a code that was given then may stay, though its list
// has left it behind.
func (f Form) CheckAnswer(s Section, v, was Values, at time.Time) []Fault {
	var out faults
	for key := range v {
		if _, ok := s.At(key); !ok {
			out.add(key, "is not a question of this section")
		}
	}
	for _, field := range s.Fields {
		if field.Kind == FieldRows {
			f.checkRows(&out, field, v, was, at)
		}
		f.checkField(&out, field, v[field.Key], was[field.Key], at)
	}
	return out
}

func (f Form) checkField(out *faults, field Field, values, was []string, at time.Time) {
	limit := MaxCodes
	if field.Kind != FieldMulti {
		limit = 1
	}
	if len(values) > limit {
		out.add(field.Key, "has %d answers; at most %d are possible", len(values), limit)
		return
	}
	for _, v := range values {
		if v != NotYet && !slices.Contains(was, v) {
			f.checkValue(out, field, v, at)
		}
	}
}

func (f Form) checkValue(out *faults, field Field, v string, at time.Time) {
	switch field.Kind {
	case FieldRows:
		out.add(field.Key, "is a list of rows: answer its questions row by row")
	case FieldLong:
		out.text(field.Key, v, MaxText)
	case FieldNumber, FieldScale:
		f.checkNumber(out, field, v)
	case FieldDate:
		if t, err := time.Parse(time.DateOnly, v); err != nil || t.Year() < 1880 || t.Year() > 2200 {
			out.add(field.Key, "is not a date such as 2026-08-17")
		}
	case FieldYesNo:
		out.oneOf(field.Key, v, Yes, No, NotYet)
	case FieldChoice, FieldMulti, FieldScore:
		if !slices.ContainsFunc(f.Choices(field, at), func(o Option) bool { return o.Code == v }) {
			out.add(field.Key, "is not in the list")
		}
	default:
		out.text(field.Key, v, MaxValue)
	}
}

func (f Form) checkNumber(out *faults, field Field, v string) {
	n, err := strconv.ParseFloat(v, 64)
	switch {
	case err != nil || len(v) > 20 || n != n:
		out.add(field.Key, "is not a number such as 12 or 12.5")
	case field.Kind == FieldScale && n != float64(int(n)):
		out.add(field.Key, "is not a whole number")
	case field.Min != nil && n < *field.Min:
		out.add(field.Key, "must be at least %s", plain(*field.Min))
	case field.Max != nil && n > *field.Max:
		out.add(field.Key, "must be at most %s", plain(*field.Max))
	}
}

func plain(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }

// Missing returns the fields that must be answered and are not. "Not known yet"
// is an answer.
func (s Section) Missing(v Values) []Field {
	var out []Field
	for _, f := range s.Fields {
		if !v.Shown(f) {
			continue
		}
		if f.Required && !f.answered(v) {
			out = append(out, f)
		}
		if f.Kind == FieldRows {
			out = append(out, f.missingRows(v)...)
		}
	}
	return out
}

// Completion says how far a section is.
type Completion string

// The steps of a section in a list of tasks.
const (
	Untouched Completion = "empty"
	Partly    Completion = "partly"
	Filled    Completion = "done"
)

// Completion returns how far the answers v to s are.
func (s Section) Completion(v Values) Completion {
	switch {
	case len(v) == 0:
		return Untouched
	case len(s.Missing(v)) > 0:
		return Partly
	default:
		return Filled
	}
}
