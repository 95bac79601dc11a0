package casework

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Form is one version of one instrument (F1, F2, F3): sections and fields with
// their conditions, code lists and scores. It is data, because a balai changes
// its instruments more often than the program is released, and because an
// answer is read with the questions it was given to.
type Form struct {
	Code     string              `json:"code"`            // F2, F3
	Version  int                 `json:"version"`         // counts up from 1, for each balai by itself
	Balai    BalaiCode           `json:"balai,omitempty"` // whose version it is; empty: the one that comes with the program
	From     string              `json:"from"`            // first day it is filled in, 2006-01-02
	Until    string              `json:"until,omitempty"` // last day, or ""
	Title    Label               `json:"title"`
	Hint     Label               `json:"hint,omitzero"`
	Stage    Stage               `json:"stage,omitempty"` // the stage it belongs to; 0: any
	Signed   bool                `json:"signed,omitempty"`
	Lists    map[string][]Option `json:"lists,omitempty"` // code lists that several fields share
	Sections []Section           `json:"sections"`
	Scores   []Score             `json:"scores,omitempty"`
}

// A FormRef names one version of one form for ever: "F3/1", or "F3/2@MGL" for
// the second version of Magelang's own.
type FormRef string

// A Label is one text in both languages.
type Label struct {
	ID string `json:"id"`
	EN string `json:"en"`
}

// In returns the text in l.
func (l Label) In(lang Language) string {
	if lang == English {
		return l.EN
	}
	return l.ID
}

// Class says how a piece of data is protected (UU 27/2022 art. 4).
type Class string

// The classes. Specific data are about health, children, money and offences;
// secret ones belong to a secrecy group and need its grant.
const (
	Common   Class = "umum"
	Specific Class = "spesifik"
	Secret   Class = "rahasia"
)

// A Section is one topic, one page of a form.
type Section struct {
	Key     string  `json:"key"`
	Title   Label   `json:"title"`
	Hint    Label   `json:"hint,omitzero"`
	For     Whom    `json:"for,omitzero"` // whom it is asked; zero: everybody
	Domain  string  `json:"domain,omitempty"`
	Class   Class   `json:"class,omitempty"`   // empty: Common
	Secrecy Secrecy `json:"secrecy,omitempty"` // the group whose grant it needs; goes with Secret
	Fields  []Field `json:"fields"`
}

// The domains of a comprehensive assessment. Four of them must be assessed.
const (
	Biological    = "bio"
	Psychological = "psiko"
	Social        = "sosial"
	Spiritual     = "spiritual"
)

// Whom says for which cases a section is. A list that is empty asks nothing;
// of several lists one is enough, because a case belongs in several ways.
type Whom struct {
	Clusters []string  `json:"clusters,omitempty"`
	PPKS     []string  `json:"ppks,omitempty"`
	Ragam    bool      `json:"ragam,omitempty"` // anybody with a kind of disability
	Under    int       `json:"under,omitempty"` // who may be younger than this, in years
	Over     int       `json:"over,omitempty"`  // who may be this old or older
	Secrecy  []Secrecy `json:"secrecy,omitempty"`
}

// FieldKind says what a field takes.
type FieldKind string

// The kinds of field.
const (
	FieldText   FieldKind = "text"
	FieldLong   FieldKind = "longtext"
	FieldNumber FieldKind = "number"
	FieldDate   FieldKind = "date" // 2006-01-02
	FieldChoice FieldKind = "choice"
	FieldMulti  FieldKind = "multi"
	FieldYesNo  FieldKind = "yesno"
	FieldScore  FieldKind = "score" // a choice whose options have points
	FieldScale  FieldKind = "scale" // a whole number from Min to Max
	FieldRows   FieldKind = "rows"  // any number of records of the same few questions
)

// A Field is one question.
type Field struct {
	Key      string    `json:"key"`
	Label    Label     `json:"label"`
	Hint     Label     `json:"hint,omitzero"`
	Kind     FieldKind `json:"kind"`
	Options  []Option  `json:"options,omitempty"`
	List     string    `json:"list,omitempty"` // of Form.Lists, instead of Options
	Required bool      `json:"required,omitempty"`
	Min      *float64  `json:"min,omitempty"`
	Max      *float64  `json:"max,omitempty"`
	Unit     string    `json:"unit,omitempty"`   // kg, cm, Rp: the same in both languages
	When     *When     `json:"when,omitempty"`   // nil: always; in a row it asks of the same row
	Fields   []Field   `json:"fields,omitempty"` // of FieldRows: the questions of each row; none of them has rows
}

// When makes a field depend on another one of its section, which comes before.
type When struct {
	Field string   `json:"field"`
	Is    []string `json:"is"`
}

// An Option is one code of a list, with the days it is valid on.
type Option struct {
	Code   string   `json:"code"`
	ID     string   `json:"id"`
	EN     string   `json:"en"`
	Points *float64 `json:"points,omitempty"`
	From   string   `json:"from,omitempty"`
	Until  string   `json:"until,omitempty"`
}

// Label returns the words of o.
func (o Option) Label() Label { return Label{o.ID, o.EN} }

// Yes, No and NotYet are the answers to a yes-or-no question.
const (
	Yes = "yes"
	No  = "no"
)

// Ref names f.
func (f Form) Ref() FormRef {
	r := f.Code + "/" + strconv.Itoa(f.Version)
	if f.Balai != "" {
		r += "@" + string(f.Balai)
	}
	return FormRef(r)
}

// Split returns the parts of r: its code, version and balai. It reports whether
// r is well formed.
func (r FormRef) Split() (code string, version int, balai BalaiCode, ok bool) {
	rest, at, own := strings.Cut(string(r), "@")
	code, number, _ := strings.Cut(rest, "/")
	version, err := strconv.Atoi(number)
	ok = err == nil && version > 0 && shape["form"].MatchString(code) && own == (at != "") && (!own || IsBalai(BalaiCode(at)))
	return code, version, BalaiCode(at), ok && len(r) <= 40
}

// InForce reports whether f is filled in on the day of at.
func (f Form) InForce(at time.Time) bool { return within(f.From, f.Until, at) }

func within(from, until string, at time.Time) bool {
	day := at.Format(time.DateOnly)
	return from <= day && (until == "" || day <= until)
}

// Section returns the section with a key.
func (f Form) Section(key string) (Section, bool) {
	return pick(f.Sections, func(s Section) bool { return s.Key == key })
}

// Field returns the field with a key.
func (s Section) Field(key string) (Field, bool) {
	return pick(s.Fields, func(f Field) bool { return f.Key == key })
}

// Choices returns the options of a field of f that are valid on the day of at.
// A yes-or-no question and a scale have none: they need no words of the form.
func (f Form) Choices(field Field, at time.Time) []Option {
	list := field.Options
	if field.List != "" {
		list = f.Lists[field.List]
	}
	return slices.DeleteFunc(slices.Clone(list), func(o Option) bool { return !within(o.From, o.Until, at) })
}

// option returns an option of a field whatever the day.
func (f Form) option(field Field, code string) (Option, bool) {
	list := field.Options
	if field.List != "" {
		list = f.Lists[field.List]
	}
	return pick(list, func(o Option) bool { return o.Code == code })
}

// Traits are what the conditions of a form ask of a case.
type Traits struct {
	Clusters, PPKS []string
	Ragam          bool
	Secrecy        []Secrecy
	Youngest       int // in years
	Oldest         int // 0: the age is not known
}

// TraitsOf returns what a form may ask of a case and its person on the day of at.
func TraitsOf(c Case, p Person, at time.Time) Traits {
	f := Traits{PPKS: c.PPKS, Ragam: len(c.Ragam) > 0, Secrecy: c.Secrecy}
	if c.Cluster != "" {
		f.Clusters = []string{c.Cluster}
	}
	if b, ok := p.Born(); ok {
		f.Youngest, f.Oldest = b.Age(at)
		f.Oldest = max(f.Oldest, 1)
	}
	return f
}

// fits reports whether a section is for a case. Whose age nobody knows is asked
// by the other conditions only.
func (w Whom) fits(f Traits) bool {
	if w.isZero() {
		return true
	}
	known := f.Oldest > 0
	return meets(w.Clusters, f.Clusters) || meets(w.PPKS, f.PPKS) || meets(w.Secrecy, f.Secrecy) ||
		w.Ragam && f.Ragam || known && w.Under > 0 && f.Youngest < w.Under || known && w.Over > 0 && f.Oldest >= w.Over
}

func (w Whom) isZero() bool {
	return len(w.Clusters)+len(w.PPKS)+len(w.Secrecy)+w.Under+w.Over == 0 && !w.Ragam
}

func meets[T comparable](a, b []T) bool {
	return slices.ContainsFunc(a, func(v T) bool { return slices.Contains(b, v) })
}

// Asked returns the sections that f asks of a case, in order.
func (f Form) Asked(t Traits) []Section {
	return slices.DeleteFunc(slices.Clone(f.Sections), func(s Section) bool { return !s.For.fits(t) })
}
