package casework

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func itoa(n int) string { return strconv.Itoa(n) }

// A Reader reads the rows of a table as offices write them.
type Reader struct {
	Targets  []Target
	Headings []string
	Defaults ImportDefaults
	Rounded  bool      // the NIK of this table have lost their last digit
	Today    time.Time // in the zone of the balai
}

// Read makes a case of a row. Faults say why it cannot be one; doubts are for a
// person to look at.
func (r Reader) Read(cells []string) (l Legacy, bad, doubts []CellFault) {
	row := &rowReader{Reader: r}
	row.in = Intake{
		Urgency: r.Defaults.Urgency, Basis: r.Defaults.Basis, Cluster: r.Defaults.Cluster, Source: r.Defaults.Source,
		Unit: r.Defaults.Unit, Lead: r.Defaults.Lead,
	}
	for i, t := range r.Targets {
		if i < len(cells) && t != Ignored {
			row.column = i
			row.cell(t, clean(cells[i]))
		}
	}
	return row.end()
}

// clean returns what a cell says: nothing for the ways in which people write
// that there is nothing.
func clean(s string) string {
	s = strings.TrimPrefix(strings.TrimSpace(strings.ReplaceAll(s, "\u00a0", " ")), "'")
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "-", "--", "---", "–", "—", "n/a", "na", "null", "nihil", "tidak ada", "tdk ada", "belum ada", "#n/a", "#ref!", "#value!", ".", "?":
		return ""
	}
	return strings.TrimSpace(s)
}

type rowReader struct {
	Reader
	column int
	in     Intake
	legacy Legacy
	age    string
	notes  []string
	bad    []CellFault
	doubts []CellFault
}

func (r *rowReader) fault(format string, args ...any) {
	r.bad = append(r.bad, CellFault{r.column, fmt.Sprintf(format, args...)})
}

func (r *rowReader) doubt(format string, args ...any) {
	r.doubts = append(r.doubts, CellFault{r.column, fmt.Sprintf(format, args...)})
}

func (r *rowReader) claim(kind ClaimKind, value string, standing Standing) {
	c := Claim{Kind: kind, Value: value, Standing: standing, Source: "impor"}
	for _, f := range c.Check() {
		r.fault("%s", f.Words)
		return
	}
	r.in.Claims = append(r.in.Claims, c)
}

// simple are the targets that are a claim as they stand.
var simple = map[Target]ClaimKind{
	"name": ClaimName, "alias": ClaimAlias, "birthplace": ClaimBirthplace, "mother": ClaimMother, "address": ClaimAddress, "domicile": ClaimDomicile,
	"language": ClaimLanguage, "marks": ClaimMarks, "found": ClaimFound,
}

func (r *rowReader) cell(t Target, s string) {
	if s == "" {
		return
	}
	if kind, ok := simple[t]; ok {
		r.claim(kind, strings.Join(strings.Fields(s), " "), Stated)
		return
	}
	switch t {
	case "nik", "kk", "bpjs", "phone", "region":
		r.number(t, s)
	case "born":
		r.birth(s)
	case "age":
		r.age = s
	case "sex":
		r.sex(s)
	case "cluster", "ppks", "ragam", "urgency", "stage", "reason":
		r.code(t, s)
	case "opened", "ended":
		r.day(t, s)
	case "source":
		r.in.Source = s
	case "need":
		r.in.Need = s
	case "unit":
		r.in.Unit = s
	case "number":
		r.notes = append(r.notes, "Nomor lama: "+s)
	case "legacy":
		r.notes = append(r.notes, "PROGRES 5.0, "+r.heading()+": "+s)
	case "note":
		r.notes = append(r.notes, r.heading()+": "+s)
	}
}

func (r *rowReader) heading() string {
	if r.column < len(r.Headings) && r.Headings[r.column] != "" {
		return r.Headings[r.column]
	}
	return "Catatan"
}

// number reads numbers that a spreadsheet may have taken for quantities.
func (r *rowReader) number(t Target, s string) {
	if destroyed(s) {
		r.doubt("was turned into a rounded number by a spreadsheet and is lost; take it from the card again")
		r.notes = append(r.notes, r.heading()+" rusak oleh lembar kerja: "+s)
		return
	}
	digits := strings.TrimSuffix(s, ".0")
	switch t {
	case "nik":
		r.nik(digits)
	case "kk":
		r.claim(ClaimKK, digits, Stated)
	case "bpjs":
		if isDigits(digits) && len(digits) < 13 && len(digits) >= 9 {
			digits = strings.Repeat("0", 13-len(digits)) + digits
			r.doubt("had lost the zeros at its beginning; they were put back")
		}
		r.claim(ClaimBPJS, digits, Stated)
	case "phone":
		if isDigits(digits) && digits[0] == '8' {
			digits = "0" + digits
		}
		r.claim(ClaimPhone, digits, Stated)
	case "region":
		r.claim(ClaimRegion, dotted(digits), Stated)
	}
}

// destroyed reports whether a number was written as 3.372E+15.
func destroyed(s string) bool {
	mantissa, exponent, ok := strings.Cut(strings.ToUpper(s), "E+")
	_, err := strconv.Atoi(exponent)
	return ok && err == nil && strings.Trim(mantissa, "0123456789.,") == ""
}

func (r *rowReader) nik(s string) {
	n, err := ParseNIK(s)
	switch {
	case err == nil && n == "":
		return // what software writes for "has none"
	case r.Rounded && len(n) == 16:
		r.doubt("ends in 0 like all of its column: a spreadsheet has rounded it; the first fifteen digits are kept")
		r.claim(ClaimNIK, string(n[:15]), Stated)
		return
	case err != nil:
		_, words := Explain(err)
		r.doubt("%s", words)
	}
	for _, w := range n.Doubts(Facts{Today: r.Today}) {
		r.doubt("%s", w.Words)
	}
	r.claim(ClaimNIK, s, Stated)
}

// dotted writes 337204 as 33.72.04.
func dotted(s string) string {
	if !isDigits(s) || len(s) < 4 {
		return s
	}
	out := s[:2] + "." + s[2:4]
	if len(s) >= 6 {
		out += "." + s[4:6]
	}
	if len(s) == 10 {
		out += "." + s[6:]
	}
	return out
}

func (r *rowReader) sex(s string) {
	switch strings.ToLower(strings.Trim(s, ". ")) {
	case "l", "lk", "laki", "laki-laki", "laki laki", "pria", "m", "male", "cowok":
		r.claim(ClaimSex, "L", Stated)
	case "p", "pr", "perempuan", "wanita", "w", "f", "female", "cewek":
		r.claim(ClaimSex, "P", Stated)
	default:
		r.fault("is not L or P")
	}
}

func (r *rowReader) birth(s string) {
	// "Surakarta, 17-08-1990": place and day in one cell (TTL).
	if place, day, ok := strings.Cut(s, ","); ok && !strings.ContainsAny(place, "0123456789") {
		r.claim(ClaimBirthplace, strings.TrimSpace(place), Stated)
		s = strings.TrimSpace(day)
	}
	value, two, ok := ParseDay(s, r.Today)
	if !ok {
		r.fault("is not a date such as 17-08-1990")
		return
	}
	if two {
		r.doubt("has a year of two digits; the century was guessed")
	}
	r.claim(ClaimBorn, value, Stated)
}

func (r *rowReader) day(t Target, s string) {
	value, _, ok := ParseDay(s, r.Today)
	at, err := time.ParseInLocation(time.DateOnly, value, r.Today.Location())
	switch {
	case !ok || err != nil:
		r.fault("is not a date such as 17-08-1990")
	case at.After(r.Today):
		r.fault("is in the future")
	case t == "opened":
		r.in.At = at
	default:
		r.legacy.Ended = at
	}
}

// end checks the row as a whole.
func (r *rowReader) end() (Legacy, []CellFault, []CellFault) {
	r.column = -1
	if len(r.in.Claims) == 0 {
		r.fault("says nothing about anybody")
	}
	r.ageAsBirth()
	r.legacy.Intake, r.legacy.Note = r.in, strings.Join(r.notes, "\n")
	switch l := &r.legacy; {
	case l.Reason != "" && l.Ended.IsZero():
		r.doubt("says why the person left, and not when; the case stays open")
		r.notes = append(r.notes, "Alasan keluar: "+l.Reason)
		l.Reason, l.Note = "", strings.Join(r.notes, "\n")
	case !l.Ended.IsZero() && l.Reason == "":
		l.Reason = "lainnya"
	}
	if !r.legacy.Ended.IsZero() && r.legacy.Ended.Before(r.in.At) {
		r.fault("the person left before coming in")
	}
	if len(r.bad) == 0 {
		for _, f := range r.in.Check(Listed(r.Today)) {
			field, _, _ := strings.Cut(f.Field, ".")
			r.column = slices.Index(r.Targets, Target(field)) // -1: the row as a whole
			r.fault("%s", f.Words)
		}
		if len([]rune(r.legacy.Note)) > MaxText {
			r.fault("has more notes than one case can hold")
		}
	}
	return r.legacy, r.bad, r.doubts
}

// ageAsBirth turns an age into the years it allows, if no birth date is known.
func (r *rowReader) ageAsBirth() {
	if r.age == "" || slices.ContainsFunc(r.in.Claims, func(c Claim) bool { return c.Kind == ClaimBorn }) {
		return
	}
	digits := strings.TrimSpace(strings.TrimSuffix(strings.ToLower(strings.TrimSuffix(r.age, ".0")), "tahun"))
	digits = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(digits, "thn"), "th"))
	n, err := strconv.Atoi(digits)
	if err != nil || n < 0 || n > 120 {
		r.column = slices.Index(r.Targets, "age")
		r.fault("is not an age in years")
		r.column = -1
		return
	}
	at := r.in.At
	if at.IsZero() {
		at = r.Today
	}
	r.claim(ClaimBorn, fmt.Sprintf("%d..%d", at.Year()-n-1, at.Year()-n), Estimated)
}
