package exchange

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"serasi/node/casework"
)

// Spread writes worksheets as csv (all of them, one below the other) or xlsx
// (a sheet each).
//
// The CSV is what Indonesian office programs open with a double click: UTF-8
// with its mark, semicolons, decimal commas. In both formats text stays text: no
// cell is run as a formula, and sixteen digits are not rounded.
func Spread(w io.Writer, format string, sheets []casework.Worksheet) error {
	switch format {
	case "csv":
		return writeCSV(w, sheets)
	case "xlsx":
		return writeXLSX(w, sheets)
	}
	return fmt.Errorf("exchange: no such format: %q", format)
}

func writeCSV(w io.Writer, sheets []casework.Worksheet) error {
	b := bufio.NewWriter(w)
	if _, err := b.WriteString("\ufeff"); err != nil {
		return err
	}
	c := csv.NewWriter(b)
	c.Comma, c.UseCRLF = ';', true
	for i, s := range sheets {
		rows := [][]string{s.Columns}
		if len(sheets) > 1 {
			rows = [][]string{{inert(s.Title)}, s.Columns}
		}
		if i > 0 {
			rows = append([][]string{{""}}, rows...)
		}
		for _, row := range s.Rows {
			line := make([]string, len(row))
			for j, cell := range row {
				line[j] = plain(cell)
			}
			rows = append(rows, line)
		}
		if err := c.WriteAll(rows); err != nil {
			return err
		}
	}
	return b.Flush()
}

func plain(c casework.Cell) string {
	if c.IsNum {
		return strings.Replace(strconv.FormatFloat(c.Number, 'f', -1, 64), ".", ",", 1)
	}
	return inert(c.Text)
}

// inert returns s so that a spreadsheet takes it for text: a formula is one no
// more, and a long number or one that begins with 0 keeps its digits. The
// apostrophe is what people type for this by hand, and reading drops it.
func inert(s string) string {
	if s == "" {
		return s
	}
	number := strings.Trim(s, "0123456789") == ""
	if strings.ContainsRune("=+-@\t\r\n", rune(s[0])) || number && (len(s) > 11 || s[0] == '0' && len(s) > 1) {
		return "'" + s
	}
	return s
}

func writeXLSX(w io.Writer, sheets []casework.Worksheet) (err error) {
	f := excelize.NewFile()
	defer func() {
		if closing := f.Close(); err == nil {
			err = closing
		}
	}()
	text, err := f.NewStyle(&excelize.Style{NumFmt: 49}) // 49: "@", text
	if err != nil {
		return fmt.Errorf("style of text: %w", err)
	}
	bold, err := f.NewStyle(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}})
	if err != nil {
		return fmt.Errorf("style of headings: %w", err)
	}
	for i, s := range sheets {
		if err := writeSheet(f, i, s, text, bold); err != nil {
			return fmt.Errorf("sheet %d: %w", i+1, err)
		}
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("write a workbook: %w", err)
	}
	return nil
}

func writeSheet(f *excelize.File, i int, s casework.Worksheet, text, bold int) error {
	name := sheetName(s.Title, i)
	if i == 0 {
		if err := f.SetSheetName("Sheet1", name); err != nil {
			return err
		}
	} else if _, err := f.NewSheet(name); err != nil {
		return err
	}
	out, err := f.NewStreamWriter(name)
	if err != nil {
		return err
	}
	if err := out.SetColWidth(1, max(len(s.Columns), 1), 22); err != nil {
		return err
	}
	head := make([]any, len(s.Columns))
	for j, c := range s.Columns {
		head[j] = excelize.Cell{StyleID: bold, Value: c}
	}
	if err := out.SetRow("A1", head); err != nil {
		return err
	}
	for n, row := range s.Rows {
		cells := make([]any, len(row))
		for j, c := range row {
			if c.IsNum {
				cells[j] = c.Number
			} else {
				cells[j] = excelize.Cell{StyleID: text, Value: c.Text}
			}
		}
		if err := out.SetRow("A"+strconv.Itoa(n+2), cells); err != nil {
			return err
		}
	}
	return out.Flush()
}

// sheetName makes a name that a workbook takes: at most 31 characters, none of
// :\/?*[], and none twice.
func sheetName(title string, i int) string {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]'`, r) {
			return -1
		}
		return r
	}, title)
	if r := []rune(name); len(r) > 28 {
		name = string(r[:28])
	}
	if name == "" || i > 0 {
		name += " " + strconv.Itoa(i+1)
	}
	return strings.TrimSpace(name)
}
