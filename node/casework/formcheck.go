package casework

import (
	"slices"
	"time"
)

// Limits on a form that a balai writes for itself.
const (
	maxSections = 60
	maxFields   = 80 // of one section
	maxOptions  = 200
)

// Check returns what is wrong with f as a definition. A form comes from a
// person who edits JSON, and from other balai inside a case file.
func (f Form) Check() []Fault {
	var out faults
	if !shape["form"].MatchString(f.Code) {
		out.add("code", "is not the code of a form such as F3")
	}
	if f.Version < 1 || f.Version > 9999 {
		out.add("version", "must be 1 to 9999")
	}
	if f.Balai != "" && !IsBalai(f.Balai) {
		out.add("balai", "is not the code of a balai")
	}
	out.days("", f.From, f.Until, true)
	out.label("title", f.Title, true)
	out.label("hint", f.Hint, false)
	if f.Stage != 0 && !f.Stage.Valid() {
		out.add("stage", "must be 1 to 7")
	}
	if len(f.Sections) == 0 || len(f.Sections) > maxSections {
		out.add("sections", "must be 1 to %d", maxSections)
	}
	for name, list := range f.Lists {
		out.key("lists", name)
		out.options("lists."+name, list)
	}
	for i, s := range f.Sections {
		out.within(nested("sections", i), s.check(f))
		if slices.ContainsFunc(f.Sections[:i], func(o Section) bool { return o.Key == s.Key }) {
			out.add(nested("sections", i)+".key", "is there twice")
		}
	}
	for i, s := range f.Scores {
		out.within(nested("scores", i), s.check(f))
	}
	return out
}

func (s Section) check(f Form) []Fault {
	var out faults
	out.key("key", s.Key)
	out.label("title", s.Title, true)
	out.label("hint", s.Hint, false)
	if s.Class != "" {
		out.oneOf("class", string(s.Class), string(Common), string(Specific), string(Secret))
	}
	if s.Domain != "" {
		out.oneOf("domain", s.Domain, Biological, Psychological, Social, Spiritual)
	}
	if (s.Class == Secret) != (s.Secrecy != "") {
		out.add("secrecy", "goes with the class %s, and the class with it", string(Secret))
	}
	groups := stringsOf(SecretABH, SecretNAPZA, SecretHIV, SecretTPPO)
	if s.Secrecy != "" {
		out.oneOf("secrecy", string(s.Secrecy), groups...)
	}
	out.codes("for.secrecy", stringsOf(s.For.Secrecy...), func(c string) bool { return slices.Contains(groups, c) })
	out.codes("for.clusters", s.For.Clusters, func(c string) bool { return shape[ListCluster].MatchString(c) })
	out.codes("for.ppks", s.For.PPKS, func(c string) bool { return shape[ListPPKS].MatchString(c) })
	if len(s.Fields) == 0 || len(s.Fields) > maxFields {
		out.add("fields", "must be 1 to %d", maxFields)
		return out
	}
	for i, field := range s.Fields {
		out.within(nested("fields", i), field.check(f, s.Fields[:i]))
	}
	return out
}

func (f Field) check(form Form, before []Field) []Fault {
	var out faults
	out.key("key", f.Key)
	out.label("label", f.Label, true)
	out.label("hint", f.Hint, false)
	out.text("unit", f.Unit, 20)
	kinds := stringsOf(FieldText, FieldLong, FieldNumber, FieldDate, FieldChoice, FieldMulti, FieldYesNo, FieldScore, FieldScale, FieldRows)
	out.oneOf("kind", string(f.Kind), kinds...)
	if slices.ContainsFunc(before, func(o Field) bool { return o.Key == f.Key }) {
		out.add("key", "is there twice")
	}
	if f.When != nil && !slices.ContainsFunc(before, func(o Field) bool { return o.Key == f.When.Field }) {
		out.add("when.field", "is not a field before this one")
	}
	if f.When != nil && len(f.When.Is) == 0 {
		out.add("when.is", "is missing")
	}
	if f.Min != nil && f.Max != nil && *f.Min > *f.Max {
		out.add("max", "is less than min")
	}
	if f.Kind == FieldScale && (f.Min == nil || f.Max == nil || *f.Max-*f.Min > 20) {
		out.add("max", "and min are needed for a scale, at most 20 apart")
	}
	f.checkOptions(&out, form)
	f.checkColumns(&out, form)
	return out
}

// checkColumns checks the questions of each row. A row in a row would be a form
// of its own, and a score is of a case, not of one of its rows.
func (f Field) checkColumns(out *faults, form Form) {
	switch n := len(f.Fields); {
	case f.Kind != FieldRows && n > 0:
		out.add("fields", "are only for a field of rows")
		return
	case f.Kind == FieldRows && (n == 0 || n > maxColumns):
		out.add("fields", "must be 1 to %d", maxColumns)
		return
	}
	for i, column := range f.Fields {
		if column.Kind == FieldRows || column.Kind == FieldScore {
			out.add(nested("fields", i)+".kind", "is not for a question of a row")
			continue
		}
		out.within(nested("fields", i), column.check(form, f.Fields[:i]))
	}
}

func (f Field) checkOptions(out *faults, form Form) {
	listed := f.Kind == FieldChoice || f.Kind == FieldMulti || f.Kind == FieldScore
	switch {
	case !listed && (f.List != "" || len(f.Options) > 0):
		out.add("options", "are not for this kind of field")
	case listed && (f.List != "") == (len(f.Options) > 0):
		out.add("options", "are needed, or the name of a list")
	case f.List != "" && form.Lists[f.List] == nil:
		out.add("list", "is not one of the lists of this form")
	}
	out.options("options", f.Options)
}

func (s Score) check(f Form) []Fault {
	var out faults
	out.key("key", s.Key)
	out.label("title", s.Title, true)
	out.oneOf("how", string(s.How), string(Sum), string(Mean), string(Percent), string(Worst))
	section, ok := f.Section(s.Section)
	if !ok {
		out.add("section", "is not a section of this form")
		return out
	}
	for i, key := range s.Fields {
		if _, ok := section.Field(key); !ok {
			out.add(nested("fields", i), "is not a field of that section")
		}
	}
	for i, b := range s.Bands {
		out.label(nested("bands", i), Label{b.ID, b.EN}, true)
		if i > 0 && b.From <= s.Bands[i-1].From {
			out.add(nested("bands", i)+".from", "must be more than the band before")
		}
	}
	return out
}

func (f *faults) key(field, s string) {
	if !shape["key"].MatchString(s) {
		f.add(field, "is not a key: small letters, digits and _, a letter first")
	}
}

func (f *faults) label(field string, l Label, needed bool) {
	for _, one := range [][2]string{{".id", l.ID}, {".en", l.EN}} {
		if needed {
			f.need(field+one[0], one[1], MaxValue)
		} else {
			f.text(field+one[0], one[1], 2*MaxValue)
		}
	}
}

func (f *faults) days(field, from, until string, needed bool) {
	for _, one := range [][2]string{{"from", from}, {"until", until}} {
		if one[1] == "" && (one[0] == "until" || !needed) {
			continue
		}
		if _, err := time.Parse(time.DateOnly, one[1]); err != nil {
			f.add(field+one[0], "is not a date such as 2026-08-17")
		}
	}
	if until != "" && until < from {
		f.add(field+"until", "is before the first day")
	}
}

func (f *faults) options(field string, list []Option) {
	if len(list) > maxOptions {
		f.add(field, "has %d codes; at most %d are possible", len(list), maxOptions)
		return
	}
	for i, o := range list {
		at := nested(field, i)
		f.need(at+".code", o.Code, 60)
		f.label(at, o.Label(), true)
		f.days(at+".", o.From, o.Until, false)
		if o.Code == NotYet || slices.ContainsFunc(list[:i], func(b Option) bool { return b.Code == o.Code }) {
			f.add(at+".code", "is there twice")
		}
	}
}
