package casework

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Span is from when to when something holds, as days 2006-01-02. An empty end
// is open.
type Span struct {
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"` // the last day
}

// Holds reports whether day lies in s.
func (s Span) Holds(day string) bool {
	return (s.From == "" || s.From <= day) && (s.Until == "" || day <= s.Until)
}

func (s Span) check(f *faults, at string) {
	for _, d := range []struct{ field, day string }{{".from", s.From}, {".until", s.Until}} {
		if d.day != "" && !IsDay(d.day) {
			f.add(at+d.field, "must be a day such as 2026-11-22")
		}
	}
	if s.From != "" && s.Until != "" && s.Until < s.From {
		f.add(at+".until", "lies before from")
	}
}

// A Letterhead ("kop surat") is what stands above the letters of its days.
type Letterhead struct {
	Span
	Lines   []string `json:"lines"` // ministry, directorate, name of the balai; the last is the largest
	Address string   `json:"address,omitempty"`
	Contact string   `json:"contact,omitempty"` // telephone, mail, site of the office
	Place   string   `json:"place"`             // stands before the date: "Magelang"
}

// An Official is who heads the balai, with the days of office.
type Official struct {
	Span
	User   UserID `json:"user,omitempty"` // their account
	Name   string `json:"name"`
	NIP    string `json:"nip,omitempty"`
	Office string `json:"office"` // "Kepala Sentra Antasena"
}

// The forms in which somebody signs who is not the official.
const (
	ActingHead = "Plt." // pelaksana tugas: the office is vacant
	DailyHead  = "Plh." // pelaksana harian: the official is away
	OnBehalf   = "a.n." // atas nama
	ByOrder    = "u.b." // untuk beliau
)

// A Delegation lets an account sign letters on the days of its span.
type Delegation struct {
	Span
	User   UserID       `json:"user"`
	Form   string       `json:"form"`             // Plt., Plh., a.n. or u.b.
	Office string       `json:"office"`           // the office that is acted for: "Kepala Sentra Antasena"
	Under  string       `json:"under,omitempty"`  // with a.n. and u.b.: the own office
	Name   string       `json:"name"`             //
	NIP    string       `json:"nip,omitempty"`    //
	Ground string       `json:"ground,omitempty"` // number of the order it rests on
	Kinds  []LetterKind `json:"kinds,omitempty"`  // empty: all
}

// Lets reports whether d lets user sign a letter of a kind on a day.
func (d Delegation) Lets(user UserID, kind LetterKind, day string) bool {
	return d.User == user && d.Holds(day) && (len(d.Kinds) == 0 || slices.Contains(d.Kinds, kind))
}

// A Numbering says how letters of some kinds are numbered from a day on.
type Numbering struct {
	Span
	Register string       `json:"register"` // letters of one register share one sequence a year
	Kinds    []LetterKind `json:"kinds"`
	Pattern  string       `json:"pattern"` // {urut}/{unit}/{klasifikasi}/{bulan}/{tahun}
	Unit     string       `json:"unit,omitempty"`
	Class    string       `json:"class,omitempty"` // usual classification of these kinds
}

// A ClassCode is one row of the classification of archives.
type ClassCode struct {
	Span
	Code  string `json:"code"`
	Title string `json:"title"`
}

// A CopyList is who usually gets a copy of letters of a kind.
type CopyList struct {
	Span
	Kind  LetterKind `json:"kind"`
	Lines []string   `json:"lines"`
}

// LetterSettings are the office's own words and people, with the days on which
// they hold: a letter of last year shows the head and letterhead of last year.
type LetterSettings struct {
	Heads       []Letterhead `json:"heads"`
	Officials   []Official   `json:"officials,omitempty"`
	Delegations []Delegation `json:"delegations,omitempty"`
	Numberings  []Numbering  `json:"numberings"`
	Classes     []ClassCode  `json:"classes,omitempty"`
	Copies      []CopyList   `json:"copies,omitempty"`
	Site        string       `json:"site,omitempty"` // address at which strangers reach this node to verify a letter
	Version     uint64       `json:"version"`
}

const maxSettingRows = 200

var registerShape = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// Check returns what is wrong with s.
func (s LetterSettings) Check() []Fault {
	var f faults
	if n := max(len(s.Heads), len(s.Officials), len(s.Delegations), len(s.Numberings), len(s.Classes), len(s.Copies)); n > maxSettingRows {
		f.add("heads", "and the other lists have %d rows; at most %d are possible", n, maxSettingRows)
		return f
	}
	if len(s.Heads) == 0 {
		f.add("heads", "is missing")
	}
	for i, h := range s.Heads {
		h.check(&f, nested("heads", i))
	}
	for i, o := range s.Officials {
		at := nested("officials", i)
		o.Span.check(&f, at)
		f.id(at+".user", string(o.User))
		f.need(at+".name", o.Name, MaxValue)
		f.need(at+".office", o.Office, MaxValue)
		f.text(at+".nip", o.NIP, MaxValue)
	}
	for i, d := range s.Delegations {
		d.check(&f, nested("delegations", i))
	}
	for i, n := range s.Numberings {
		n.check(&f, nested("numberings", i))
	}
	for i, c := range s.Classes {
		at := nested("classes", i)
		c.Span.check(&f, at)
		f.need(at+".code", c.Code, MaxValue)
		f.text(at+".title", c.Title, MaxValue)
	}
	for i, c := range s.Copies {
		at := nested("copies", i)
		c.Span.check(&f, at)
		f.oneOf(at+".kind", string(c.Kind), stringsOf(LetterKinds()...)...)
		f.lines(at+".lines", c.Lines)
	}
	if u, err := url.Parse(s.Site); s.Site != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(s.Site) > 100) {
		f.add("site", "must be an address such as https://serasi.example.go.id")
	}
	return f
}

func (h Letterhead) check(f *faults, at string) {
	h.Span.check(f, at)
	if len(h.Lines) == 0 {
		f.add(at+".lines", "is missing")
	}
	f.lines(at+".lines", h.Lines)
	f.text(at+".address", h.Address, MaxValue)
	f.text(at+".contact", h.Contact, MaxValue)
	f.need(at+".place", h.Place, MaxValue)
}

func (d Delegation) check(f *faults, at string) {
	d.Span.check(f, at)
	if d.From == "" {
		f.add(at+".from", "is missing")
	}
	if !IsID(string(d.User)) {
		f.add(at+".user", "is not an id")
	}
	f.oneOf(at+".form", d.Form, ActingHead, DailyHead, OnBehalf, ByOrder)
	f.need(at+".name", d.Name, MaxValue)
	f.need(at+".office", d.Office, MaxValue)
	if d.Form == OnBehalf || d.Form == ByOrder {
		f.need(at+".under", d.Under, MaxValue)
	}
	f.text(at+".nip", d.NIP, MaxValue)
	f.text(at+".ground", d.Ground, MaxValue)
	for i, k := range d.Kinds {
		f.oneOf(nested(at+".kinds", i), string(k), stringsOf(LetterKinds()...)...)
	}
}

func (n Numbering) check(f *faults, at string) {
	n.Span.check(f, at)
	if !registerShape.MatchString(n.Register) {
		f.add(at+".register", "must be 1 to 40 of a-z, 0-9 and dash")
	}
	if len(n.Kinds) == 0 {
		f.add(at+".kinds", "is missing")
	}
	for i, k := range n.Kinds {
		f.oneOf(nested(at+".kinds", i), string(k), stringsOf(LetterKinds()...)...)
	}
	f.text(at+".unit", n.Unit, MaxValue)
	f.text(at+".class", n.Class, MaxValue)
	f.pattern(at+".pattern", n.Pattern)
}

// slot is one place of a pattern, such as {urut} or {urut:3}.
var slot = regexp.MustCompile(`\{([a-z]+)(?::([1-6]))?\}`)

var slots = []string{"urut", "unit", "klasifikasi", "bulan", "romawi", "tahun", "balai", "register"}

func (f *faults) pattern(field, p string) {
	f.need(field, p, 100)
	for _, m := range slot.FindAllStringSubmatch(p, -1) {
		if !slices.Contains(slots, m[1]) {
			f.add(field, "has a place that is not known; these are: %s", "{"+strings.Join(slots, "} {")+"}")
		}
	}
	rest := slot.ReplaceAllString(p, "")
	if strings.ContainsAny(rest, "{}") {
		f.add(field, "has a brace without its other half")
	}
	for _, need := range []string{"urut", "tahun"} {
		if !slices.ContainsFunc(slot.FindAllStringSubmatch(p, -1), func(m []string) bool { return m[1] == need }) {
			f.add(field, "lacks {%s}, without which two letters could get the same number", need)
		}
	}
}

var roman = []string{"", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}

// Write makes the number of a letter: serial in its register and year, class,
// balai, and the day of the letter.
func (n Numbering) Write(serial uint64, class string, balai BalaiCode, day string) string {
	year, month := day[:4], strings.TrimPrefix(day[5:7], "0")
	m, _ := strconv.Atoi(month) // days are checked where they are made
	values := map[string]string{
		"urut": strconv.FormatUint(serial, 10), "unit": n.Unit, "klasifikasi": class, "bulan": month, "romawi": roman[min(m, 12)],
		"tahun": year, "balai": string(balai), "register": n.Register,
	}
	return slot.ReplaceAllStringFunc(n.Pattern, func(s string) string {
		part := slot.FindStringSubmatch(s)
		v := values[part[1]]
		if width, err := strconv.Atoi(part[2]); err == nil {
			v = fmt.Sprintf("%0*s", width, v)
		}
		return v
	})
}

// HeadOn returns the letterhead of a day: of several the one that began last.
func (s LetterSettings) HeadOn(day string) (Letterhead, bool) {
	return latest(s.Heads, day, func(h Letterhead) Span { return h.Span }, nil)
}

// OfficialOn returns the official of a day.
func (s LetterSettings) OfficialOn(day string) (Official, bool) {
	return latest(s.Officials, day, func(o Official) Span { return o.Span }, nil)
}

// NumberingOn returns how a kind is numbered on a day.
func (s LetterSettings) NumberingOn(kind LetterKind, day string) (Numbering, bool) {
	return latest(s.Numberings, day, func(n Numbering) Span { return n.Span }, func(n Numbering) bool { return slices.Contains(n.Kinds, kind) })
}

// CopiesOn returns who usually gets a copy of a kind.
func (s LetterSettings) CopiesOn(kind LetterKind, day string) []string {
	c, _ := latest(s.Copies, day, func(c CopyList) Span { return c.Span }, func(c CopyList) bool { return c.Kind == kind })
	return c.Lines
}

// ClassesOn returns the classification codes of a day.
func (s LetterSettings) ClassesOn(day string) (out []ClassCode) {
	for _, c := range s.Classes {
		if c.Holds(day) {
			out = append(out, c)
		}
	}
	return out
}

// SignerFor returns the signature block of user, who is the head or not, on a
// day. It is false if nothing lets them sign.
func (s LetterSettings) SignerFor(user UserID, name string, head bool, kind LetterKind, day string) (LetterSigner, bool) {
	for _, d := range s.Delegations {
		if d.Lets(user, kind, day) {
			return LetterSigner{User: user, Form: d.Form, Office: d.Office, Under: d.Under, Name: d.Name, NIP: d.NIP}, true
		}
	}
	if !head {
		return LetterSigner{}, false
	}
	o, found := latest(s.Officials, day, func(o Official) Span { return o.Span }, func(o Official) bool { return o.User == user || o.User == "" })
	if !found {
		return LetterSigner{User: user, Office: "Kepala", Name: name}, true
	}
	return LetterSigner{User: user, Office: o.Office, Name: o.Name, NIP: o.NIP}, true
}

func latest[T any](list []T, day string, span func(T) Span, fits func(T) bool) (best T, found bool) {
	for _, v := range list {
		if span(v).Holds(day) && (fits == nil || fits(v)) && (!found || span(v).From >= span(best).From) {
			best, found = v, true
		}
	}
	return best, found
}
