package web

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"serasi/node/casework"
	"serasi/node/web/ui"
)

// Names of the two buttons of a field of rows. The value is the field, and of
// the row to go its number too.
const (
	addRow  = "_tambah"
	dropRow = "_hapus"
)

// rowsIn is how many rows of a field stand in a form, the empty ones too.
func rowsIn(form *ui.Form, name string) int {
	n, err := strconv.Atoi(form.Value(name + "._baris"))
	if err != nil {
		return 0
	}
	return min(max(n, 0), casework.MaxFormRows)
}

func setRows(form *ui.Form, name string, n int) {
	form.Values.Set(name+"._baris", strconv.Itoa(n))
}

// columnsOf are the questions of each row, as a section of their own.
func columnsOf(f casework.Field) casework.Section {
	return casework.Section{Key: f.Key, Title: f.Label, Fields: f.Fields}
}

// rowPrefix begins the names of one row. They are the keys of its cells.
func rowPrefix(name string, n int) string { return name + "." + strconv.Itoa(n) + "." }

// fillRows puts the rows of an answer into their fields.
func fillRows(form *ui.Form, name string, f casework.Field, values casework.Values) {
	rows := values.Rows(f.Key)
	for i, r := range rows {
		fill(form, rowPrefix(name, i), columnsOf(f), r.Values)
	}
	setRows(form, name, len(rows))
}

// readRows adds the rows of a form to the answers. Those that say nothing are
// left to the use case.
func readRows(form *ui.Form, name string, f casework.Field, out casework.Values) {
	for i := range rowsIn(form, name) {
		for column, values := range answersOf(form, rowPrefix(name, i), columnsOf(f)) {
			out[casework.CellKey(f.Key, i, column)] = values
		}
	}
}

// reshape adds or takes away a row, if one of those buttons sent the form, and
// shows the page again. What was typed is kept as the draft of the form, so that
// a reload neither asks nor doubles anything.
func (v *visit) reshape(form *ui.Form) (reshaped bool, err error) {
	at := ""
	switch {
	case form.Value(addRow) != "":
		at = form.Value(addRow)
		n := rowsIn(form, at)
		setRows(form, at, n+1)
		at = strings.TrimSuffix(rowPrefix(at, min(n, casework.MaxFormRows-1)), ".")
	case form.Value(dropRow) != "":
		name, number, _ := cutLast(form.Value(dropRow))
		if n, err := strconv.Atoi(number); err == nil && n >= 0 && n < rowsIn(form, name) {
			removeRow(form, name, n)
		}
		at = name
	default:
		return false, nil
	}
	form.Values.Del(addRow)
	form.Values.Del(dropRow)
	if err := v.keep(form.Values); err != nil {
		return true, err
	}
	back := form.Action
	if q := v.r.URL.RawQuery; q != "" {
		back += "?" + q
	}
	return true, v.to(back + "#f-" + at)
}

// removeRow takes a row out of a form; those after it move up.
func removeRow(form *ui.Form, name string, n int) {
	last := rowsIn(form, name) - 1
	moved := map[string][]string{}
	for key, values := range form.Values {
		rest, in := strings.CutPrefix(key, name+".")
		number, column, cell := strings.Cut(rest, ".")
		row, err := strconv.Atoi(number)
		switch {
		case !in || !cell || err != nil || row < n:
			moved[key] = values
		case row > n:
			moved[rowPrefix(name, row-1)+column] = values
		}
	}
	form.Values = moved
	setRows(form, name, last)
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// rowFacts are the rows of an answer, to be read.
func (v *visit) rowFacts(form casework.Form, f casework.Field, values casework.Values) (out []ui.Fact) {
	for i, r := range values.Rows(f.Key) {
		var parts []string
		for _, column := range f.Fields {
			if said := v.answerWords(form, column, r.Values[column.Key]); said != "" {
				parts = append(parts, column.Label.In(v.look.Lang)+": "+said)
			}
		}
		out = append(out, ui.Fact{Label: f.Label.In(v.look.Lang) + " " + strconv.Itoa(i+1), Value: strings.Join(parts, " · ")})
	}
	return out
}

// differingRows are the cells of a field that two people filled in differently.
func (v *visit) differingRows(form casework.Form, s casework.Section, f casework.Field, theirs, yours casework.Values) (out []pair) {
	keys := map[string]bool{}
	for _, values := range []casework.Values{theirs, yours} {
		for key := range values {
			if strings.HasPrefix(key, f.Key+".") {
				keys[key] = true
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		cell, _ := s.At(key)
		if a, b := v.answerWords(form, cell, theirs[key]), v.answerWords(form, cell, yours[key]); a != b {
			out = append(out, pair{cell.Label.In(v.look.Lang), a, b})
		}
	}
	return out
}

// inUse reports whether anything stands in the fields of a section, or is wrong
// there: then its part of a long page is open.
func inUse(form *ui.Form, prefix string) bool {
	for key, values := range form.Values {
		if strings.HasPrefix(key, prefix) && slices.ContainsFunc(values, func(s string) bool { return s != "" && s != "0" }) {
			return true
		}
	}
	return slices.ContainsFunc(form.Faults, func(x casework.Fault) bool { return strings.HasPrefix(x.Field, prefix) })
}
