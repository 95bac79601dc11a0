package casework

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits of a field of rows.
const (
	MaxFormRows = 40   // rows of one field
	maxColumns  = 16   // questions of one row
	maxCells    = 2000 // answers of one section, with those in rows
)

// CellKey is the key that the answer to one question of one row is kept under:
// keluarga.0.nama. Rows count from 0.
func CellKey(field string, row int, column string) string {
	return nested(field, row) + "." + column
}

// cellOf is CellKey undone. It reports whether key is one.
func cellOf(key string) (field string, row int, column string, ok bool) {
	parts := strings.Split(key, ".")
	if len(parts) != 3 {
		return "", 0, "", false
	}
	row, err := strconv.Atoi(parts[1])
	ok = err == nil && row >= 0 && strconv.Itoa(row) == parts[1] && shape["key"].MatchString(parts[0]) && shape["key"].MatchString(parts[2])
	return parts[0], row, parts[2], ok
}

// A FormRow is one record of a field of rows: its answers by the key of the column.
type FormRow struct {
	N      int // as the keys count it: gaps are possible until Section.Clean
	Values Values
}

// Rows returns the rows of a field, in order.
func (v Values) Rows(field string) (out []FormRow) {
	for key, values := range v {
		name, n, column, ok := cellOf(key)
		if !ok || name != field {
			continue
		}
		i, found := slices.BinarySearchFunc(out, n, func(r FormRow, n int) int { return r.N - n })
		if !found {
			out = slices.Insert(out, i, FormRow{n, Values{}})
		}
		out[i].Values[column] = values
	}
	return out
}

// put adds a row under number n.
func (v Values) put(field string, n int, row Values) {
	for column, values := range row {
		v[CellKey(field, n, column)] = values
	}
}

// columns are the questions of each row of f, as a section of their own.
func (f Field) columns() Section { return Section{Key: f.Key, Title: f.Label, Fields: f.Fields} }

// At returns the question that an answer is kept under: of a cell that of its
// column, with a label that names the row too.
func (s Section) At(key string) (Field, bool) {
	if f, ok := s.Field(key); ok {
		return f, true
	}
	name, n, column, ok := cellOf(key)
	if !ok {
		return Field{}, false
	}
	f, ok := s.Field(name)
	if !ok {
		return Field{}, false
	}
	c, ok := f.columns().Field(column)
	return f.cell(c, n), ok
}

// cell is a column of one row, as a question of its own.
func (f Field) cell(column Field, n int) Field {
	at := strconv.Itoa(n + 1)
	column.Key = CellKey(f.Key, n, column.Key)
	column.Label = Label{ID: f.Label.ID + ", baris " + at + ": " + column.Label.ID, EN: f.Label.EN + ", row " + at + ": " + column.Label.EN}
	return column
}

// cleanRows puts the rows of f that say anything into out, numbered anew.
func (f Field) cleanRows(v, out Values) {
	n := 0
	for _, r := range v.Rows(f.Key) {
		if row := f.columns().Clean(r.Values); len(row) > 0 {
			out.put(f.Key, n, row)
			n++
		}
	}
}

// checkRows checks each cell as a question of its own. was are the answers as
// they stood: a code that any row had may stay, since rows move up when one
// before them goes.
func (f Form) checkRows(out *faults, field Field, v, was Values, at time.Time) {
	rows := v.Rows(field.Key)
	if len(rows) > MaxFormRows {
		out.add(field.Key, "has %d rows; at most %d are possible", len(rows), MaxFormRows)
		return
	}
	had := Values{}
	for _, r := range was.Rows(field.Key) {
		for column, values := range r.Values {
			had[column] = append(had[column], values...)
		}
	}
	for _, r := range rows {
		for _, column := range field.Fields {
			cell := column
			cell.Key = CellKey(field.Key, r.N, column.Key)
			f.checkField(out, cell, r.Values[column.Key], had[column.Key], at)
		}
	}
}

// missingRows are the questions that must be answered in each row and are not.
func (f Field) missingRows(v Values) (out []Field) {
	for _, r := range v.Rows(f.Key) {
		for _, column := range f.columns().Missing(r.Values) {
			out = append(out, f.cell(column, r.N))
		}
	}
	return out
}

// answered reports whether v says anything to f.
func (f Field) answered(v Values) bool {
	return len(v[f.Key]) > 0 || f.Kind == FieldRows && len(v.Rows(f.Key)) > 0
}

// Read is the answer to a field of f as it is read on paper: the words of the
// form in place of codes, and of rows a line each. It is "" if there is none.
func (f Form) Read(field Field, v Values, l Language) string {
	if field.Kind != FieldRows {
		return f.readOne(field, v[field.Key], l)
	}
	var lines []string
	for i, r := range v.Rows(field.Key) {
		var parts []string
		for _, column := range field.Fields {
			if said := f.readOne(column, r.Values[column.Key], l); said != "" {
				parts = append(parts, column.Label.In(l)+": "+said)
			}
		}
		lines = append(lines, strconv.Itoa(i+1)+". "+strings.Join(parts, "; "))
	}
	if len(lines) == 0 { // "not known yet"
		return f.readOne(field, v[field.Key], l)
	}
	return strings.Join(lines, "\n")
}

func (f Form) readOne(field Field, values []string, l Language) string {
	var out []string
	for _, value := range values {
		if o, ok := f.option(field, value); ok {
			value = o.Label().In(l)
		} else if value == NotYet || field.Kind == FieldYesNo {
			value = l.Words(value)
		}
		out = append(out, value)
	}
	if len(out) > 0 && field.Unit != "" {
		return strings.Join(out, ", ") + " " + field.Unit
	}
	return strings.Join(out, ", ")
}
