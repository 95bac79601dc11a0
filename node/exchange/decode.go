package exchange

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"serasi/node/casework"
)

// Limits on a table that is uploaded. They are far above what a balai has and
// far below what would hurt its node.
const (
	MaxFile     = 10 << 20 // bytes of the file
	maxUnpacked = 80 << 20 // bytes of an XLSX once unpacked
	maxEntries  = 2000     // files in an XLSX
	MaxRows     = 20_000
	maxColumns  = 100
	maxCell     = 4000 // characters
)

// A table is a file as it was read: the row of headings and those below it.
type table struct {
	headings []string
	first    int // number in the file of the first row below the headings, from 1
	rows     [][]string
}

// decode reads CSV or XLSX, whatever the file is called. The error is Invalid
// with words for a person.
func decode(content []byte) (table, error) {
	var rows [][]string
	var err error
	switch {
	case len(bytes.TrimSpace(content)) == 0:
		return table{}, unfit("is empty")
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		rows, err = readXLSX(content)
	case bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0")):
		return table{}, unfit("is an old Excel file (.xls); save it as .xlsx or CSV")
	default:
		rows, err = readCSV(content)
	}
	if err != nil {
		return table{}, err
	}
	return cut(rows)
}

func unfit(words string) error { return casework.Faulty(casework.Fault{Field: "file", Words: words}) }

// readCSV reads text in UTF-8, UTF-16 or Windows-1252, with semicolons, commas
// or tabs.
func readCSV(content []byte) ([][]string, error) {
	text, err := toText(content)
	if err != nil {
		return nil, unfit("is no text that can be read")
	}
	if strings.ContainsRune(text, 0) {
		return nil, unfit("is neither CSV nor XLSX")
	}
	comma := delimiter(text)
	if line, rest, ok := strings.Cut(text, "\n"); ok {
		if sep, ok := strings.CutPrefix(strings.TrimSpace(strings.ToLower(line)), "sep="); ok && len(sep) == 1 && strings.Contains(",;\t|", sep) {
			comma, text = rune(sep[0]), rest
		}
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.TrimLeadingSpace = comma, true, -1, false
	var rows [][]string
	last := 0
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, unfit("cannot be read as CSV")
		}
		// The library leaves blank lines out; the numbers of rows must not shift.
		line, _ := r.FieldPos(0)
		for ; last+1 < line && last < MaxRows; last++ {
			rows = append(rows, nil)
		}
		rows = append(rows, row)
		if last = max(last+1, line); len(rows) > MaxRows+20 {
			return nil, tooMany()
		}
	}
}

func tooMany() error {
	return unfit(fmt.Sprintf("has more than %d rows; split it", MaxRows))
}

func toText(content []byte) (string, error) {
	switch {
	case bytes.HasPrefix(content, []byte("\xef\xbb\xbf")):
		content = content[3:]
	case bytes.HasPrefix(content, []byte("\xff\xfe")), bytes.HasPrefix(content, []byte("\xfe\xff")):
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(content)
		return string(out), err
	}
	if utf8.Valid(content) {
		return string(content), nil
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(content)
	return string(out), err
}

// delimiter is what stands most often outside of quotes in the first lines.
func delimiter(text string) rune {
	count := map[rune]int{}
	quoted, lines := false, 0
	for _, r := range text[:min(len(text), 8<<10)] {
		switch {
		case r == '"':
			quoted = !quoted
		case r == '\n' && !quoted:
			lines++
		case !quoted && strings.ContainsRune(";,\t|", r):
			count[r]++
		}
		if lines > 10 {
			break
		}
	}
	best := ';'
	for _, r := range []rune{';', ',', '\t', '|'} {
		if count[r] > count[best] {
			best = r
		}
	}
	return best
}

// readXLSX reads the sheet that holds most. Nothing of it is unpacked to the
// disk, where it would lie unencrypted.
func readXLSX(content []byte) (rows [][]string, err error) {
	broken := unfit("cannot be read as XLSX")
	if err := checkZip(content); err != nil {
		return nil, err
	}
	defer func() {
		if recover() != nil { // the library meets files that nobody foresaw
			rows, err = nil, broken
		}
	}()
	f, openErr := excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, RawCellValue: true,
	})
	if openErr != nil {
		return nil, broken
	}
	defer func() { _ = f.Close() }()
	for _, sheet := range f.GetSheetList() {
		found, err := sheetRows(f, sheet)
		if kind, _ := casework.Explain(err); kind == casework.Invalid && err != nil {
			return nil, err
		}
		if err == nil && len(found) > len(rows) {
			rows = found
		}
	}
	if rows == nil {
		return nil, broken
	}
	return rows, nil
}

func sheetRows(f *excelize.File, sheet string) (rows [][]string, err error) {
	it, err := f.Rows(sheet)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closing := it.Close(); err == nil {
			err = closing
		}
	}()
	for it.Next() {
		row, err := it.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return nil, err
		}
		if rows = append(rows, row); len(rows) > MaxRows+20 {
			return nil, tooMany()
		}
	}
	return rows, it.Error()
}

// checkZip refuses a file that would grow beyond measure, before it is unpacked.
func checkZip(content []byte) error {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return unfit("cannot be read as XLSX")
	}
	var size uint64
	for _, f := range z.File {
		if size += f.UncompressedSize64; size > maxUnpacked || len(z.File) > maxEntries {
			return unfit("is too large once unpacked")
		}
	}
	return nil
}

// cut finds the row of headings among titles and blank lines, drops empty rows
// at the end and makes all rows equally long.
func cut(rows [][]string) (table, error) {
	at := headingRow(rows)
	if at < 0 {
		return table{}, unfit("has no row of headings")
	}
	t := table{headings: trimmed(rows[at]), first: at + 2, rows: rows[at+1:]}
	for len(t.headings) > 0 && t.headings[len(t.headings)-1] == "" {
		t.headings = t.headings[:len(t.headings)-1]
	}
	for len(t.rows) > 0 && blank(t.rows[len(t.rows)-1]) {
		t.rows = t.rows[:len(t.rows)-1]
	}
	for _, row := range t.rows {
		for len(row) > len(t.headings) && !blank(row[len(t.headings):]) {
			t.headings = append(t.headings, "")
		}
	}
	switch {
	case len(t.rows) == 0:
		return t, unfit("has no rows below its headings")
	case len(t.rows) > MaxRows:
		return t, tooMany()
	case len(t.headings) > maxColumns:
		return t, unfit(fmt.Sprintf("has more than %d columns", maxColumns))
	}
	for i, row := range t.rows {
		if t.rows[i], at = fit(row, len(t.headings)), at+1; t.rows[i] == nil {
			return t, unfit(fmt.Sprintf("has a cell of more than %d characters in row %d", maxCell, t.first+i))
		}
	}
	return t, nil
}

// numbered are the rows that hold anything, with their numbers in the file.
func (t table) numbered() (rows []casework.ImportRow) {
	for i, cells := range t.rows {
		if !blank(cells) {
			rows = append(rows, casework.ImportRow{No: t.first + i, Cells: cells})
		}
	}
	return rows
}

// headingRow is the row, of the first ten that are not blank, that names most
// columns; at least one must be known, else it is the first with two cells.
func headingRow(rows [][]string) int {
	best, most, fallback := -1, 0, -1
	for i, row := range rows[:min(len(rows), 15)] {
		if fallback < 0 && filled(row) > 1 {
			fallback = i
		}
		n := 0
		for _, t := range casework.GuessTargets(trimmed(row)[:min(len(row), maxColumns)]) {
			if t != casework.Ignored {
				n++
			}
		}
		if n > most {
			best, most = i, n
		}
	}
	if best < 0 {
		return fallback
	}
	return best
}

func filled(row []string) (n int) {
	for _, c := range row {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

func blank(row []string) bool { return filled(row) == 0 }

func trimmed(row []string) []string {
	out := make([]string, len(row))
	for i, c := range row {
		out[i] = strings.TrimSpace(strings.ToValidUTF8(c, "\ufffd"))
		if r := []rune(out[i]); len(r) > 200 {
			out[i] = string(r[:200])
		}
	}
	return out
}

// fit makes a row of n cells, or nil if one is too long.
func fit(row []string, n int) []string {
	out := make([]string, n)
	for i := range min(n, len(row)) {
		out[i] = strings.ToValidUTF8(row[i], "\ufffd")
		if utf8.RuneCountInString(out[i]) > maxCell {
			return nil
		}
	}
	return out
}
