package casework

// A Worksheet is a table as a spreadsheet holds it. Cells are text or numbers;
// text stays text, so that sixteen digits are not rounded and nothing is run as
// a formula.
type Worksheet struct {
	Title   string
	Columns []string
	Rows    [][]Cell
}

// A Cell is one cell of a Worksheet.
type Cell struct {
	Text   string
	Number float64
	IsNum  bool
}

// TextCell returns a cell of text.
func TextCell(s string) Cell { return Cell{Text: s} }

// NumberCell returns a cell of a number.
func NumberCell(v float64) Cell { return Cell{Number: v, IsNum: true} }

// A File is something that is downloaded. Its name says nothing of anybody.
type File struct {
	Name    string
	Media   string
	Content []byte
}
