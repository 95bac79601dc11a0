package casework

import (
	"slices"
	"strings"
	"time"
)

// SheetID names one form as it was filled in for one case.
type SheetID string

// A FormSheet is one form filled in for one case. Its answers lie beside it, one
// row for each time a section was saved: what an auditor is shown two years
// later is what was written.
type FormSheet struct {
	ID         SheetID         `json:"id"`
	Case       CaseID          `json:"case"`
	Form       FormRef         `json:"form"`
	At         time.Time       `json:"at"` // when it was begun
	By         UserID          `json:"by,omitempty"`
	Balai      BalaiCode       `json:"balai"`
	After      SheetID         `json:"after,omitempty"` // the sheet whose answers it began with
	Signatures []FormSignature `json:"signatures,omitempty"`
	Handoff    HandoffID       `json:"handoff,omitempty"` // the transfer under way when it was begun, if any: then it is an addendum
}

// A FormSignature is somebody who stands for a sheet: the social worker who ends
// it, and members of the team of other professions.
type FormSignature struct {
	By         UserID    `json:"by"`             // who entered it
	Name       string    `json:"name,omitempty"` // of the member of the team, if it is not who entered it
	Profession string    `json:"profession"`
	At         time.Time `json:"at"`
	Balai      BalaiCode `json:"balai"`
}

// SocialWorker is the one of Signers whose signature ends a sheet.
const SocialWorker = "pekerja sosial"

// Signers are the professions that may sign a sheet.
var Signers = []string{SocialWorker, "psikolog", "perawat", "dokter", "terapis", "konselor adiksi", "instruktur", "pendamping"}

// Ended returns when the social worker signed s; zero: it is still open.
func (s FormSheet) Ended() time.Time {
	for _, g := range s.Signatures {
		if g.Profession == SocialWorker {
			return g.At
		}
	}
	return time.Time{}
}

// A FormAnswer is one section of a sheet as it was saved once. Rows are only ever
// added; the highest version is the one that counts.
type FormAnswer struct {
	Sheet   SheetID   `json:"sheet"`
	Case    CaseID    `json:"case"`
	Section string    `json:"section"`
	Version uint64    `json:"version"` // 1, 2, ... for each section
	Values  Values    `json:"values"`
	Secrecy Secrecy   `json:"secrecy,omitempty"` // the group whose grant it needs, whatever becomes of the form
	At      time.Time `json:"at"`
	By      UserID    `json:"by,omitempty"`
	Balai   BalaiCode `json:"balai"`
}

// RowID is the id of a's row: versions of one section follow one another.
func (a FormAnswer) RowID() string { return AnswerRow(a.Sheet, a.Section, a.Version) }

// AnswerRow is the id of the row of one version of one section of a sheet.
func AnswerRow(s SheetID, section string, version uint64) string {
	digits := "00000000"
	n := []byte(digits)
	for i := len(n) - 1; i >= 0 && version > 0; i-- {
		n[i] = byte('0' + version%10)
		version /= 10
	}
	return string(s) + "." + section + "." + string(n)
}

// SheetView is a sheet as somebody may read it.
type SheetView struct {
	Sheet    FormSheet     `json:"sheet"`
	Form     Form          `json:"form"` // with the sections that are asked of the case
	Sections []SectionView `json:"sections"`
	Open     bool          `json:"open"`            // may still be filled in
	Team     int           `json:"team,omitempty"`  // signatures of other professions
	Domains  int           `json:"domains"`         // domains of an assessment that are filled in
	Ready    bool          `json:"ready,omitempty"` // nothing that must be answered is missing
}

// SectionView is one section of a sheet.
type SectionView struct {
	Key     string      `json:"key"`
	State   Completion  `json:"state"`
	Hidden  bool        `json:"hidden,omitempty"` // needs a grant that the reader does not have
	Answer  *FormAnswer `json:"answer,omitempty"` // nil: nothing yet, or hidden
	Missing []string    `json:"missing,omitempty"`
	Scores  []Result    `json:"scores,omitempty"`
}

// SheetCard is a sheet in a list.
type SheetCard struct {
	Sheet FormSheet `json:"sheet"`
	Title Label     `json:"title"`
	Ended time.Time `json:"ended,omitzero"`
}

// Check returns what is wrong with s, which another balai made.
func (s FormSheet) Check() []Fault {
	var f faults
	if !IsID(string(s.ID)) {
		f.add("id", "is not an id")
	}
	if _, _, _, ok := s.Form.Split(); !ok {
		f.add("form", "is not a form such as F3/1")
	}
	f.id("after", string(s.After))
	f.id("by", string(s.By))
	if !IsBalai(s.Balai) {
		f.add("balai", "is not the code of a balai")
	}
	if s.At.IsZero() {
		f.add("at", "is missing")
	}
	if len(s.Signatures) > MaxCodes {
		f.add("signatures", "must be 1 to %d", MaxCodes)
	}
	for i, g := range s.Signatures {
		f.within(nested("signatures", i), g.Check())
	}
	return f
}

// Check returns what is wrong with g, but for what the node sets.
func (g FormSignature) Check() []Fault {
	var f faults
	f.oneOf("profession", g.Profession, Signers...)
	f.text("name", g.Name, MaxValue)
	if g.Name == "" && g.Profession != SocialWorker && g.By == "" {
		f.add("name", "is missing")
	}
	return f
}

// Check returns what is wrong with a, which another balai made. Its codes are
// not checked: the form it was given to travels beside it, and a code is text.
func (a FormAnswer) Check() []Fault {
	var f faults
	if !IsID(string(a.Sheet)) {
		f.add("sheet", "is not an id")
	}
	f.key("section", a.Section)
	if a.Version < 1 || a.Version > 99_999_999 {
		f.add("version", "must be 1 to 99999999")
	}
	if a.Secrecy != "" {
		f.oneOf("secrecy", string(a.Secrecy), stringsOf(SecretABH, SecretNAPZA, SecretHIV, SecretTPPO)...)
	}
	f.id("by", string(a.By))
	if !IsBalai(a.Balai) {
		f.add("balai", "is not the code of a balai")
	}
	if len(a.Values) > maxCells {
		f.add("values", "has %d answers; at most %d are possible", len(a.Values), maxCells)
		return f
	}
	for key, list := range a.Values {
		_, row, _, inRow := cellOf(key)
		if !inRow && !shape["key"].MatchString(key) || row >= MaxFormRows || len(list) > MaxCodes {
			f.add("values", "has a field that no form could have")
			continue
		}
		for _, v := range list {
			f.text("values."+key, v, MaxText)
		}
	}
	return f
}

// Latest returns the newest answer of each section of a sheet among rows.
func Latest(rows []FormAnswer, sheet SheetID) map[string]FormAnswer {
	out := map[string]FormAnswer{}
	for _, a := range rows {
		if a.Sheet == sheet && a.Version > out[a.Section].Version {
			out[a.Section] = a
		}
	}
	return out
}

// CompareSheets orders sheets by when they were begun, the newest first.
func CompareSheets(a, b FormSheet) int {
	if c := b.At.Compare(a.At); c != 0 {
		return c
	}
	return strings.Compare(string(b.ID), string(a.ID))
}

// DomainsOf counts the domains of f that are filled in.
func (f Form) DomainsOf(latest map[string]FormAnswer) int {
	var seen []string
	for _, s := range f.Sections {
		if s.Domain != "" && s.Completion(latest[s.Key].Values) == Filled && !slices.Contains(seen, s.Domain) {
			seen = append(seen, s.Domain)
		}
	}
	return len(seen)
}

// FilledForms are the forms of a case as they travel with it: what was
// answered, and the definitions it was answered to, so that the balai that
// receives it reads the questions too.
type FilledForms struct {
	Forms   []Form       `json:"forms,omitempty"` // of balai, and later versions of the program's, which an older program lacks
	Sheets  []FormSheet  `json:"sheets,omitempty"`
	Answers []FormAnswer `json:"answers,omitempty"`
}

// Under returns the sheets that balai began while the transfer h was under way,
// with their answers and the forms they need.
func (f FilledForms) Under(h HandoffID, balai BalaiCode) (out FilledForms) {
	sheets, forms := map[SheetID]bool{}, map[FormRef]bool{}
	for _, s := range f.Sheets {
		if s.Handoff == h && s.Balai == balai {
			sheets[s.ID], forms[s.Form] = true, true
			out.Sheets = append(out.Sheets, s)
		}
	}
	for _, a := range f.Answers {
		if sheets[a.Sheet] {
			out.Answers = append(out.Answers, a)
		}
	}
	for _, form := range f.Forms {
		if forms[form.Ref()] {
			out.Forms = append(out.Forms, form)
		}
	}
	return out
}

// IsZero reports whether f holds nothing.
func (f FilledForms) IsZero() bool { return len(f.Forms)+len(f.Sheets)+len(f.Answers) == 0 }

// Check returns what is wrong with f, which another balai made.
func (f FilledForms) Check() []Fault {
	var out faults
	if n := len(f.Sheets) + len(f.Answers); n > maxRows || len(f.Forms) > maxRows {
		out.add("filled", "has %d records; at most %d are possible", n+len(f.Forms), maxRows)
		return out
	}
	for i, form := range f.Forms {
		out.within(nested("filled.forms", i), form.Check())
	}
	known := map[SheetID]bool{}
	for i, s := range f.Sheets {
		out.within(nested("filled.sheets", i), s.Check())
		known[s.ID] = true
	}
	for i, a := range f.Answers {
		at := nested("filled.answers", i)
		out.within(at, a.Check())
		if !known[a.Sheet] {
			out.add(at+".sheet", "is not a sheet of this case")
		}
	}
	return out
}

// CaseForms are the forms of one case.
type CaseForms struct {
	Case    Case        `json:"case"`
	Sheets  []SheetCard `json:"sheets"`  // newest first
	Offered []FormCard  `json:"offered"` // what may be begun today
}

// A FormCard is a form in a list, without its questions.
type FormCard struct {
	Form  FormRef `json:"form"`
	Code  string  `json:"code"`
	Title Label   `json:"title"`
	Hint  Label   `json:"hint,omitzero"`
	Stage Stage   `json:"stage,omitempty"`
}
