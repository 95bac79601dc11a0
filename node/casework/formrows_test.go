package casework_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"serasi/node/casework"
)

// belongings is the list of form F1 with what a person brought.
func belongings(t *testing.T) (casework.Form, casework.Section, casework.Field) {
	t.Helper()
	f := form(t, casework.FormIntake)
	s, _ := f.Section("ditemukan")
	field, ok := s.Field("bawaan")
	if !ok || field.Kind != casework.FieldRows {
		t.Fatal("form F1 has no list of belongings")
	}
	return f, s, field
}

func TestRowsAreCleaned(t *testing.T) {
	_, s, _ := belongings(t)
	v := s.Clean(casework.Values{
		"bawaan.7.barang": {" tas "}, "bawaan.2.barang": {"cincin"}, "bawaan.2.jumlah": {"1"}, "bawaan.4.barang": {" "}, "bawaan.10.ciri": {"robek"},
	})
	want := casework.Values{"bawaan.0.barang": {"cincin"}, "bawaan.0.jumlah": {"1"}, "bawaan.1.barang": {"tas"}, "bawaan.2.ciri": {"robek"}}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("%v, want %v", v, want)
	}
	if s.Completion(v) != casework.Partly || s.Completion(casework.Values{"bawaan.0.barang": {"tas"}}) != casework.Filled {
		t.Error("a row without its item is whole, or one with it is not")
	}
	missing := s.Missing(v)
	if len(missing) != 1 || missing[0].Key != "bawaan.2.barang" || missing[0].Label.EN != "Belongings, row 3: Item" {
		t.Errorf("missing %+v", missing)
	}
}

func TestWhatRowsMayHold(t *testing.T) {
	f, s, _ := belongings(t)
	many := casework.Values{}
	for i := range casework.MaxFormRows + 1 {
		many[casework.CellKey("bawaan", i, "barang")] = []string{"tas"}
	}
	tests := map[string]struct {
		v    casework.Values
		want []string
	}{
		"a whole row":             {casework.Values{"bawaan.0.barang": {"tas"}, "bawaan.0.jumlah": {"2"}, "bawaan.0.simpan": {"balai"}}, nil},
		"the row and the column":  {casework.Values{"bawaan.0.barang": {"tas"}, "bawaan.3.jumlah": {"dua"}, "bawaan.3.simpan": {"bank"}}, []string{"bawaan.3.jumlah", "bawaan.3.simpan"}},
		"a column that is none":   {casework.Values{"bawaan.0.warna": {"biru"}}, []string{"bawaan.0.warna"}},
		"a row that is no number": {casework.Values{"bawaan.x.barang": {"tas"}, "bawaan.-1.barang": {"tas"}, "bawaan.01.barang": {"tas"}}, []string{"bawaan.-1.barang", "bawaan.01.barang", "bawaan.x.barang"}},
		"no rows":                 {casework.Values{"bawaan": {"tas"}}, []string{"bawaan"}},
		"not known yet":           {casework.Values{"bawaan": {casework.NotYet}}, nil},
		"a field without rows":    {casework.Values{"tempat.0.barang": {"tas"}}, []string{"tempat.0.barang"}},
		"too many":                {many, []string{"bawaan"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, x := range f.CheckAnswer(s, tt.v, nil, formDay) {
				got = append(got, x.Field)
			}
			slices.Sort(got)
			if !slices.Equal(got, tt.want) {
				t.Errorf("faults at %v, want %v", got, tt.want)
			}
		})
	}
	was := casework.Values{"bawaan.1.simpan": {"bank"}}
	if bad := f.CheckAnswer(s, casework.Values{"bawaan.0.simpan": {"bank"}}, was, formDay); len(bad) > 0 {
		t.Errorf("a code that was given before may not stay when its row moves up: %v", bad)
	}
}

func TestRowsAreRead(t *testing.T) {
	f, _, field := belongings(t)
	v := casework.Values{"bawaan.0.barang": {"cincin"}, "bawaan.0.simpan": {"balai"}, "bawaan.1.barang": {"tas"}, "bawaan.1.jumlah": {"2"}}
	if got, want := f.Read(field, v, casework.Indonesian), "1. Barang: cincin; Disimpan oleh: Balai\n2. Barang: tas; Jumlah: 2"; got != want {
		t.Errorf("read as %q, want %q", got, want)
	}
	if got := f.Read(field, casework.Values{"bawaan": {casework.NotYet}}, casework.Indonesian); got != "belum diketahui" {
		t.Errorf("not known yet is read as %q", got)
	}
}

// A definition with rows comes from people who edit JSON.
func TestDefinitionsOfRows(t *testing.T) {
	column := `{"key":"a","kind":"text","label":{"id":"a","en":"a"}}`
	tests := map[string]struct{ field, fault string }{
		"well formed":       {`"kind":"rows","fields":[` + column + `]`, ""},
		"without questions": {`"kind":"rows"`, "sections.0.fields.0.fields"},
		"rows in rows":      {`"kind":"rows","fields":[{"key":"a","kind":"rows","label":{"id":"a","en":"a"},"fields":[` + column + `]}]`, "sections.0.fields.0.fields.0.kind"},
		"a key twice":       {`"kind":"rows","fields":[` + column + `,` + column + `]`, "sections.0.fields.0.fields.1.key"},
		"questions of text": {`"kind":"text","fields":[` + column + `]`, "sections.0.fields.0.fields"},
		"too many":          {`"kind":"rows","fields":[` + strings.Repeat(column+",", 16) + column + `]`, "sections.0.fields.0.fields"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := casework.ReadForm(fmt.Appendf(nil,
				`{"code":"F8","version":1,"from":"2026-01-01","title":{"id":"a","en":"a"},"sections":[{"key":"s","title":{"id":"a","en":"a"},"fields":[{"key":"r","label":{"id":"a","en":"a"},%s}]}]}`, tt.field))
			faults := casework.Faults(err)
			if tt.fault == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if len(faults) == 0 || faults[0].Field != tt.fault {
				t.Errorf("%v, want a fault at %s", err, tt.fault)
			}
		})
	}
}
