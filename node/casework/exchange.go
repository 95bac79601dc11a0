package casework

import (
	"slices"
	"strings"
	"time"
)

// ImportID names one upload of a table. It is an ID like the others.
type ImportID string

// A Target is what a column of an uploaded table is taken for. The words are
// stored with an import: add, never rename.
type Target string

// Ignored is the target of a column that is left out.
const Ignored Target = ""

// A Column is one target with what it is called, and the headings it is
// guessed from.
type Column struct {
	Target   Target
	ID, EN   string
	headings []string
}

// Name returns what c is called.
func (c Column) Name(l Language) string {
	if l == English {
		return c.EN
	}
	return c.ID
}

// Columns returns the targets in the order of the form.
func Columns() []Column { return slices.Clone(columns()) }

var columns = listOf("import_columns", func(r record) Column {
	return Column{Target: Target(r["target"]), ID: r["id"], EN: r["en"], headings: strings.Split(r["headings"], "|")}
})

// IsTarget reports whether a column can be taken for t.
func IsTarget(t Target) bool {
	return t == Ignored || slices.ContainsFunc(columns(), func(c Column) bool { return c.Target == t })
}

// repeats are the targets that several columns may have.
var repeats = []Target{Ignored, "note", "legacy"}

// GuessTargets takes headings for what offices usually mean by them. A target is
// given once, to the first heading that fits best.
func GuessTargets(headings []string) []Target {
	out := make([]Target, len(headings))
	taken := map[Target]bool{}
	for _, whole := range []bool{true, false} {
		for i, h := range headings {
			if out[i] != Ignored {
				continue
			}
			t := guess(foldHeading(h), whole)
			if t != Ignored && (!taken[t] || slices.Contains(repeats, t)) {
				out[i], taken[t] = t, true
			}
		}
	}
	return out
}

func guess(h string, whole bool) Target {
	for _, c := range columns() {
		for _, known := range c.headings {
			if h == foldHeading(known) || !whole && len(known) > 4 && strings.HasPrefix(h, foldHeading(known)+" ") {
				return c.Target
			}
		}
	}
	return Ignored
}

// foldHeading makes "Tgl. Lahir (dd-mm-yyyy)" and "TGL LAHIR" alike.
func foldHeading(s string) string {
	s, _, _ = strings.Cut(strings.ToLower(s), "(")
	s = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(".:*'\"", r):
			return -1
		case strings.ContainsRune("_-\n\r\t\u00a0", r):
			return ' '
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// How far an import is. The words are stored.
const (
	ImportMapping  = "mapping"  // uploaded; somebody says what the columns are
	ImportChecking = "checking" // the dry run is under way
	ImportChecked  = "checked"  // every row was tried, and nothing was written
	ImportRunning  = "running"
	ImportDone     = "done"
	ImportUndoing  = "undoing"
	ImportUndone   = "undone"
)

// An Upload is one table that was uploaded, and what became of it.
type Upload struct {
	ID       ImportID       `json:"id"`
	Name     string         `json:"name"` // of the file
	By       UserID         `json:"by"`
	ByName   string         `json:"byName,omitempty"`
	At       time.Time      `json:"at"`
	State    string         `json:"state"`
	Headings []string       `json:"headings"`
	Targets  []Target       `json:"targets"` // of each column
	Defaults ImportDefaults `json:"defaults"`
	Rows     int            `json:"rows"`
	Done     int            `json:"done"` // rows the work under way has been through
	Good     int            `json:"good"` // can be opened
	Bad      int            `json:"bad"`
	Doubles  int            `json:"doubles"` // may be registered already
	Opened   int            `json:"opened"`
	Undone   int            `json:"undone"`
	Kept     int            `json:"kept"`             // were touched since, and stay
	Also     bool           `json:"also,omitempty"`   // possible doubles are opened too
	Rounded  bool           `json:"rounded"`          // the NIK column was rounded by a spreadsheet
	Worker   *ImportWorker  `json:"worker,omitempty"` // in whose name it runs
	Version  uint64         `json:"version"`
	Changed  time.Time      `json:"changed"`
}

// An ImportWorker is who started the work, as it was decided then: the work goes
// on in that name after a restart.
type ImportWorker struct {
	User  UserID `json:"user"`
	Name  string `json:"name,omitempty"`
	Roles []Role `json:"roles"`
	Unit  string `json:"unit,omitempty"`
	Via   string `json:"via,omitempty"`
}

// Actor is who the work is done as. What it needed to be started was proved
// then.
func (w *ImportWorker) Actor() Actor {
	if w == nil {
		return Actor{}
	}
	return Actor{User: w.User, Name: w.Name, Roles: w.Roles, Unit: w.Unit, Via: w.Via, StepUp: true}
}

// Working reports whether the node works on u by itself now.
func (u Upload) Working() bool {
	return u.State == ImportChecking || u.State == ImportRunning || u.State == ImportUndoing
}

// ImportDefaults fill in what the table does not say.
type ImportDefaults struct {
	Urgency Urgency `json:"urgency"`
	Basis   Basis   `json:"basis"`
	Cluster string  `json:"cluster,omitempty"`
	Source  string  `json:"source,omitempty"`
	Unit    string  `json:"unit,omitempty"`
	Lead    UserID  `json:"lead,omitempty"`
}

// A Mapping is what somebody says about the columns of an import.
type Mapping struct {
	Targets  []Target       `json:"targets"`
	Defaults ImportDefaults `json:"defaults"`
}

// Check returns what is wrong with m for a table of a number of columns.
func (m Mapping) Check(columns int, known Known) []Fault {
	var f faults
	if len(m.Targets) != columns {
		f.add("targets", "must be one for each of the %d columns", columns)
		return f
	}
	seen := map[Target]bool{}
	for i, t := range m.Targets {
		at := nested("targets", i)
		switch {
		case !IsTarget(t):
			f.add(at, "is not in the list")
		case seen[t] && !slices.Contains(repeats, t):
			f.add(at, "is there twice")
		}
		seen[t] = true
	}
	if !seen["name"] && !seen["alias"] && !seen["nik"] && !seen["found"] {
		f.add("targets", "name no column with a name, a NIK or a place where somebody was found")
	}
	d := m.Defaults
	c := Case{Urgency: d.Urgency, Basis: d.Basis, Cluster: d.Cluster, Source: d.Source, Unit: d.Unit, Lead: d.Lead}
	f.within("defaults", c.Check(known))
	return f
}

// What became of a row. The words are stored.
const (
	RowGood   = "good"
	RowBad    = "bad"
	RowDouble = "double"
	RowOpened = "opened"
	RowUndone = "undone"
	RowKept   = "kept"
)

// An ImportRow is one row of an uploaded table. Once its case is open only the
// case is kept of it.
type ImportRow struct {
	No     int         `json:"no"` // of the row in the file, from 1
	Cells  []string    `json:"cells,omitempty"`
	State  string      `json:"state,omitempty"`
	Faults []CellFault `json:"faults,omitempty"`
	Doubts []CellFault `json:"doubts,omitempty"` // to be looked at; they do not block
	Twins  []CaseID    `json:"twins,omitempty"`  // who it may be
	Same   int         `json:"same,omitempty"`   // an earlier row of the file that may be the same person
	Case   CaseID      `json:"case,omitempty"`
	Number string      `json:"number,omitempty"` // of the case
	Mark   Mark        `json:"mark,omitzero"`    // of the case as it was opened
	Why    string      `json:"why,omitempty"`    // it stays
}

// A CellFault is what is wrong with one cell. Words never repeat what it holds.
type CellFault struct {
	Column int    `json:"column"` // from 0; -1: the row as a whole
	Words  string `json:"words"`
}

// CellName names a cell as a spreadsheet does: B7.
func CellName(column, row int) string {
	name := ""
	for n := column; n >= 0; n = n/26 - 1 {
		name = string(rune('A'+n%26)) + name
	}
	return name + itoa(row)
}

// A Legacy is a case that was begun elsewhere: before this program, on paper or
// in a spreadsheet.
type Legacy struct {
	Intake Intake
	Stage  Stage     // 0: Access
	Ended  time.Time // zero: open
	Reason string    // one of Endings
	Note   string    // what has no field of its own, with its headings
}

// The kinds of an Archive.
const (
	WholeCase   = "whole"   // for another office: all there is
	SubjectCopy = "subject" // "Salinan data PM": without what is confidential about others
)
