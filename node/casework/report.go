package casework

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Month is a month of a balai, as 2026-11. It begins at midnight of the zone
// of the balai.
type Month string

// MonthOf returns the month of t, in t's own zone.
func MonthOf(t time.Time) Month { return Month(t.Format("2006-01")) }

// Check returns what is wrong with m.
func (m Month) Check() []Fault {
	if _, err := m.first(time.UTC); err != nil {
		return []Fault{{Field: "month", Words: "is not a month such as 2026-11"}}
	}
	return nil
}

func (m Month) first(zone *time.Location) (time.Time, error) {
	t, err := time.ParseInLocation("2006-01", string(m), zone)
	if err == nil && (t.Year() < 2000 || t.Year() > 2200) {
		err = fmt.Errorf("year %d is out of range", t.Year())
	}
	return t, err
}

// Bounds returns the first instant of m and the first one after it. Of a month
// that is none both are zero.
func (m Month) Bounds(zone *time.Location) (from, until time.Time) {
	from, err := m.first(zone)
	if err != nil {
		return time.Time{}, time.Time{}
	}
	return from, from.AddDate(0, 1, 0)
}

// Add returns the month n months after m.
func (m Month) Add(n int) Month {
	from, _ := m.Bounds(time.UTC)
	return MonthOf(from.AddDate(0, n, 0))
}

// An Indicator is one figure of the monthly report (form F12).
type Indicator struct {
	No     int    // 1 to 31, the number on the form
	Code   string // stored with signed reports: add, never rename
	Unit   string // "%", "jam", "teks", or what is counted
	Source string // what it is counted from; ByHand: nothing in this program
	ID, EN string // what it is called
}

// ByHand is the source of an indicator that nothing in a node can count.
const ByHand = "hand"

// Text reports whether i is text and no number.
func (i Indicator) Text() bool { return i.Unit == "teks" }

// Name returns what i is called.
func (i Indicator) Name(l Language) string {
	if l == English {
		return i.EN
	}
	return i.ID
}

// Indicators returns the figures of form F12 in its order. Numbers 6 to 9 are
// tables: see Breakdown.
func Indicators() []Indicator { return append([]Indicator(nil), indicators()...) }

// IndicatorOf returns the indicator with a code.
func IndicatorOf(code string) (Indicator, bool) {
	return pick(indicators(), func(i Indicator) bool { return i.Code == code })
}

var indicators = listOf("report_f12", func(r record) Indicator {
	return Indicator{No: r.number("no", 0), Code: r["code"], Unit: r["unit"], Source: r["source"], ID: r["id"], EN: r["en"]}
})

// A Figure is an indicator in one month. One that is not Known could not be
// counted and nobody has entered it: it is no zero.
type Figure struct {
	Code   string  `json:"code"`
	Known  bool    `json:"known"`
	Value  float64 `json:"value"` // of hours and percent: one decimal
	Text   string  `json:"text,omitempty"`
	ByHand bool    `json:"byHand,omitempty"` // entered, or to be entered
	List   bool    `json:"list,omitempty"`   // there is a list of cases behind it
}

// Same reports whether f says what g says.
func (f Figure) Same(g Figure) bool {
	return f.Known == g.Known && f.Value == g.Value && f.Text == g.Text
}

// String writes the value of f as a program may read it, "" if it is not known.
func (f Figure) String() string {
	switch {
	case !f.Known:
		return ""
	case f.Text != "":
		return f.Text
	}
	return strconv.FormatFloat(f.Value, 'f', -1, 64)
}

// A Flow is one row of a breakdown. Opening + In - Out is Closing, in every
// row. Who changes the group within the month (a child comes of age) is Out of
// one and In of the other, and Moved counts him in both.
type Flow struct {
	Group    string `json:"group"` // "": not known
	Opening  int    `json:"opening"`
	In       int    `json:"in"`
	Out      int    `json:"out"`
	Closing  int    `json:"closing"`
	MovedIn  int    `json:"movedIn,omitempty"`  // of In
	MovedOut int    `json:"movedOut,omitempty"` // of Out
	Hidden   bool   `json:"hidden,omitempty"`   // fewer than five, and the reader is an outsider
}

// Balanced reports whether f adds up.
func (f Flow) Balanced() bool { return f.Opening+f.In-f.Out == f.Closing }

// How beneficiaries are broken down: numbers 1 to 4 of the form by sex and age,
// and 6 to 9.
const (
	BySex     = "sex"
	ByAge     = "age"     // anak, dewasa, lansia
	ByCluster = "cluster" // 6: the list of the period
	ByPPKS    = "ppks"    // 7: by the main category
	ByRagam   = "ragam"   // 8: "ganda" for two or more
	ByRegion  = "region"  // 9: kab/kota of origin
	BySource  = "source"  // who came in, by where from
)

// Breakdowns are all of them, in the order of the form.
var Breakdowns = []string{BySex, ByAge, ByCluster, ByPPKS, ByRagam, ByRegion, BySource}

// A Breakdown is a table of the report.
type Breakdown struct {
	By   string `json:"by"`
	Rows []Flow `json:"rows"`
}

// GroupName says in words what a group of a breakdown is, "" if it is not known.
func GroupName(by, group string) string {
	switch by {
	case ByCluster:
		if c, ok := ClusterOf(group); ok {
			return c.Name
		}
	case ByPPKS:
		if c, ok := CategoryOf(group); ok {
			return c.Code + " " + c.Name
		}
	}
	return group
}

// The age groups of the report.
const (
	AgeChild = "anak"   // below 18
	AgeAdult = "dewasa" // 18 to 59
	AgeOld   = "lansia" // 60 and older
)

// A ReportSignature freezes the report of a month.
type ReportSignature struct {
	By   UserID    `json:"by"`
	Name string    `json:"name"`
	At   time.Time `json:"at"`
	Hash string    `json:"hash"` // SHA-256 over the frozen figures, hex
}

// A Correction ("ralat") is a figure that has changed since it was signed.
type Correction struct {
	Code  string `json:"code"` // of an indicator, or breakdown/group/column
	Was   string `json:"was"`
	Now   string `json:"now"`
	Added int    `json:"added"` // cases in the list behind it that were not in it
	Gone  int    `json:"gone"`  // cases that were in it and are not now
}

// A Report is the monthly report of the kepala balai (form F12).
type Report struct {
	Month       Month            `json:"month"`
	Balai       BalaiCode        `json:"balai"`
	Figures     []Figure         `json:"figures"`
	Breakdowns  []Breakdown      `json:"breakdowns"`
	Clusters    []string         `json:"clusters"` // codes of the list that holds in the month
	Hash        string           `json:"hash"`     // of the figures shown; what Sign is given
	Entries     uint64           `json:"entries"`  // version of what was entered by hand
	Over        bool             `json:"over"`     // the month has ended
	Computed    time.Time        `json:"computed"`
	Signed      *ReportSignature `json:"signed,omitempty"` // nil: the figures are live
	Corrections []Correction     `json:"corrections,omitempty"`
	Outside     bool             `json:"outside,omitempty"` // for outsiders: fewer than five are hidden
}

// Figure returns the figure with a code.
func (r Report) Figure(code string) Figure {
	f, _ := pick(r.Figures, func(f Figure) bool { return f.Code == code })
	return f
}

// Breakdown returns the rows of a table.
func (r Report) Breakdown(by string) []Flow {
	b, _ := pick(r.Breakdowns, func(b Breakdown) bool { return b.By == by })
	return b.Rows
}

// A MonthLine is one month in the list of reports.
type MonthLine struct {
	Month       Month            `json:"month"`
	Opening     int              `json:"opening"`
	In          int              `json:"in"`
	Out         int              `json:"out"`
	Closing     int              `json:"closing"`
	Signed      *ReportSignature `json:"signed,omitempty"`
	Corrections int              `json:"corrections,omitempty"` // figures that changed since
	Over        bool             `json:"over"`
}

// Entries are the figures of a month that people enter by hand, by code, as
// people write them: 12, 83,5 or text. "" takes one back.
type Entries struct {
	Month   Month             `json:"month"`
	Values  map[string]string `json:"values"`
	Version uint64            `json:"version"`
	By      UserID            `json:"by,omitempty"`
	At      time.Time         `json:"at,omitzero"`
}

// Check returns what is wrong with e. A number must be one, and not negative;
// percent may be more than 100: a budget can be overspent.
func (e Entries) Check() []Fault {
	var f faults
	f = append(f, e.Month.Check()...)
	for code, v := range e.Values {
		ind, known := IndicatorOf(code)
		switch {
		case !known:
			f.add("values", "names a figure that the form does not have")
		case v == "":
		case ind.Text():
			f.text("values."+code, v, MaxText)
		default:
			if _, ok := ParseFigure(v); !ok {
				f.add("values."+code, "is not a number")
			}
		}
	}
	return f
}

// ParseFigure reads a number as people here write it: 1.234,5 or 83,5 or 12.
func ParseFigure(s string) (float64, bool) {
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(s), "%"))
	whole, part, comma := strings.Cut(s, ",")
	for i, group := range strings.Split(whole, ".") {
		if !isDigits(group) || i > 0 && len(group) != 3 || len(whole) > 15 {
			return 0, false
		}
	}
	text := strings.ReplaceAll(whole, ".", "")
	if comma {
		if !isDigits(part) || len(part) > 3 {
			return 0, false
		}
		text += "." + part
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}

// Behind is one page of the cases behind a figure.
type Behind struct {
	Code   string `json:"code"`
	Items  []Card `json:"items"`
	Next   string `json:"next,omitempty"`
	Total  int    `json:"total"`
	Hidden int    `json:"hidden"` // on this page: cases that the reader may not find, or that were erased
}

// A Companion is the monthly report of one pendamping: what one account did in
// a month, counted from the files.
type Companion struct {
	Month    Month     `json:"month"`
	User     UserID    `json:"user"`
	Name     string    `json:"name,omitempty"`
	Figures  []Figure  `json:"figures"`
	Computed time.Time `json:"computed"`
}

// The figures of a Companion, in the order of the form.
var CompanionCodes = []string{"led", "visits", "responses", "verified", "access", "notes", "conferences", "incidents", "obstacles"}
