package exchange_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"serasi/node/casework"
	"serasi/node/exchange"
)

var sample = []casework.Worksheet{{
	Title: "Daftar", Columns: []string{"NIK", "Nama", "Nilai"},
	Rows: [][]casework.Cell{
		{casework.TextCell("3372045708900001"), casework.TextCell("=HYPERLINK(\"http://x\")"), casework.NumberCell(83.5)},
		{casework.TextCell("007"), casework.TextCell("Bu \"Sri\"; ibu"), casework.NumberCell(-2)},
		{casework.TextCell("@SUM(A1)"), casework.TextCell("\tX"), casework.NumberCell(1136)},
	},
}}

func TestCSVIsSafe(t *testing.T) {
	var b bytes.Buffer
	if err := exchange.Spread(&b, "csv", sample); err != nil {
		t.Fatal(err)
	}
	want := "\ufeffNIK;Nama;Nilai\r\n'3372045708900001;\"'=HYPERLINK(\"\"http://x\"\")\";83,5\r\n'007;\"Bu \"\"Sri\"\"; ibu\";-2\r\n'@SUM(A1);'\tX;1136\r\n"
	if got := b.String(); got != want {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}

func TestXLSXKeepsText(t *testing.T) {
	var b bytes.Buffer
	if err := exchange.Spread(&b, "xlsx", append(sample, casework.Worksheet{Title: "Daftar [2]", Columns: []string{"A"}})); err != nil {
		t.Fatal(err)
	}
	f, err := excelize.OpenReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got := f.GetSheetList(); len(got) != 2 {
		t.Errorf("sheets: %q", got)
	}
	for cell, want := range map[string]string{"A2": "3372045708900001", "B2": "=HYPERLINK(\"http://x\")", "C2": "83.5", "A3": "007"} {
		got, err := f.GetCellValue("Daftar", cell)
		if err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", cell, got, want, err)
		}
		if formula, err := f.GetCellFormula("Daftar", cell); err != nil || formula != "" {
			t.Errorf("%s is a formula: %q, %v", cell, formula, err)
		}
	}
	kind, err := f.GetCellType("Daftar", "A2")
	if err != nil || kind == excelize.CellTypeNumber || kind == excelize.CellTypeUnset {
		t.Errorf("the NIK is stored as %v (%v)", kind, err)
	}
}

func TestSpreadRefusesOtherFormats(t *testing.T) {
	if err := exchange.Spread(&bytes.Buffer{}, "exe", nil); err == nil || !strings.Contains(err.Error(), "exe") {
		t.Errorf("got %v", err)
	}
}
