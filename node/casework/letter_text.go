package casework

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// dayForm is how a day is stored.
const dayForm = "2006-01-02"

// IsDay reports whether s is a day of the calendar, written 2006-01-02.
func IsDay(s string) bool {
	_, err := time.Parse(dayForm, s)
	return err == nil
}

var months = [...]string{"", "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"}

// IndonesianDay writes a stored day as letters do: 22 November 2026.
func IndonesianDay(day string) string {
	t, err := time.Parse(dayForm, day)
	if err != nil {
		return day
	}
	return strconv.Itoa(t.Day()) + " " + months[t.Month()] + " " + strconv.Itoa(t.Year())
}

// letterFormat heads the canonical text. A change of the text is a new format:
// letters that were signed under an old one must still be found genuine.
const letterFormat = "SURAT SERASI 1"

// Canonical returns the bytes of a letter that are hashed and signed: all that
// its reader sees, and the salt. They are text, so that the file somebody keeps
// can be read without a program. Each field stands on its own line and the
// lines of a longer text are moved in, so that no text can pose as a field.
func (l Letter) Canonical() []byte {
	var b strings.Builder
	line := func(name, value string) {
		b.WriteString(name + ":")
		lines := strings.Split(plainLines(value), "\n")
		if len(lines) == 1 {
			if value != "" {
				b.WriteString(" " + lines[0])
			}
			b.WriteByte('\n')
			return
		}
		b.WriteByte('\n')
		for _, s := range lines {
			b.WriteString("  " + s + "\n")
		}
	}
	b.WriteString(letterFormat + "\n")
	if h := l.Head; h != nil {
		for _, s := range h.Lines {
			line("Kop", s)
		}
		line("Alamat", h.Address)
		line("Kontak", h.Contact)
		line("Tempat", h.Place)
	}
	line("Nomor", l.Number)
	line("Tanggal", l.Date)
	line("Sifat", string(l.Nature))
	line("Lampiran", l.Enclosures)
	line("Hal", l.Subject)
	line("Jenis", string(l.Kind))
	line("Kepada", l.To.Name)
	line("Di", l.To.Place)
	line("Kasus", l.CaseNumber)
	line("Menggantikan", l.ReplacesNumber)
	for _, p := range l.Parts {
		b.WriteByte('\n')
		if p.Annex {
			line("Bagian lampiran tertutup", p.Title)
		} else {
			line("Bagian", p.Title)
		}
		for _, r := range p.Rows {
			line("- "+oneLine(r.Name), r.Value)
		}
		if p.Text != "" {
			line("Isi", p.Text)
		}
	}
	b.WriteByte('\n')
	if s := l.Signer; s != nil {
		line("Penanda tangan", strings.TrimSpace(s.Form+" "+s.Office))
		line("Jabatan", s.Under)
		line("Nama", s.Name)
		line("NIP", s.NIP)
	}
	for _, c := range l.Copies {
		line("Tembusan", c)
	}
	line("Balai", string(l.Balai))
	line("Kode", l.Code)
	line("Garam", l.Salt)
	return []byte(b.String())
}

// plainLines ends lines alike, whatever system they were typed on.
func plainLines(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// Plain writes the letter as plain text of at most so many columns, for a
// Braille display, a terminal or a reader that speaks. It has everything the
// page shows; words are cut only where they are longer than a line.
func (l Letter) Plain(columns int) string {
	w := &wrapped{width: max(columns, 20)}
	if h := l.Head; h != nil {
		for _, s := range h.Lines {
			w.para(s)
		}
		w.para(h.Address)
		w.para(h.Contact)
		w.gap()
	}
	for _, r := range l.HeadRows() {
		w.para(r.Name + ": " + r.Value)
	}
	w.gap()
	w.para("Yth. " + l.To.Name)
	if l.To.Place != "" {
		w.para("di " + l.To.Place)
	}
	w.parts(l.Cover())
	w.gap()
	if s := l.Signer; s != nil {
		w.para(s.Title())
		w.para(s.Name)
		if s.NIP != "" {
			w.para("NIP " + s.NIP)
		}
	}
	if len(l.Copies) > 0 {
		w.gap()
		w.para("Tembusan:")
		for i, c := range l.Copies {
			w.para(strconv.Itoa(i+1) + ". " + c)
		}
	}
	if l.Code != "" {
		w.gap()
		w.para("Kode verifikasi: " + l.Code)
	}
	if annex := l.Annex(); len(annex) > 0 {
		w.gap()
		w.para("LAMPIRAN TERTUTUP")
		w.parts(annex)
	}
	return w.b.String()
}

// Title is the office line of a signature block.
func (s LetterSigner) Title() string {
	title := strings.TrimSpace(s.Form + " " + s.Office)
	if s.Under != "" {
		title += ", " + s.Under
	}
	return title
}

// HeadRows are the lines between the letterhead and the addressee, as the
// office writes them.
func (l Letter) HeadRows() []LetterRow {
	rows := []LetterRow{{"Nomor", orDots(l.Number)}, {"Sifat", natureWords[l.Nature]}}
	if l.Enclosures != "" {
		rows = append(rows, LetterRow{"Lampiran", l.Enclosures})
	}
	rows = append(rows, LetterRow{"Hal", l.Subject})
	if l.ReplacesNumber != "" {
		rows = append(rows, LetterRow{"Menggantikan surat", l.ReplacesNumber})
	}
	date := "........"
	if l.Date != "" {
		date = IndonesianDay(l.Date)
	}
	if l.Head != nil && l.Head.Place != "" {
		date = l.Head.Place + ", " + date
	}
	return append(rows, LetterRow{"Tanggal", date})
}

var natureWords = map[LetterNature]string{OrdinaryLetter: "Biasa", UrgentLetter: "Segera", SecretLetter: "Rahasia"}

func orDots(s string) string {
	if s == "" {
		return "........"
	}
	return s
}

// wrapped writes paragraphs of a width.
type wrapped struct {
	b     strings.Builder
	width int
}

func (w *wrapped) gap() { w.b.WriteByte('\n') }

func (w *wrapped) parts(parts []LetterPart) {
	for _, p := range parts {
		w.gap()
		w.para(strings.ToUpper(p.Title))
		for _, r := range p.Rows {
			w.para(r.Name + ": " + r.Value)
		}
		w.para(p.Text)
	}
}

func (w *wrapped) para(s string) {
	for part := range strings.SplitSeq(plainLines(s), "\n") {
		w.fill(part)
	}
}

func (w *wrapped) fill(s string) {
	at := 0
	for _, word := range strings.Fields(s) {
		if n := utf8.RuneCountInString(word); at > 0 && at+1+n <= w.width {
			w.b.WriteString(" " + word)
			at += 1 + n
			continue
		}
		if at > 0 {
			w.b.WriteByte('\n')
		}
		at = w.long(word)
	}
	if at > 0 {
		w.b.WriteByte('\n')
	}
}

// long writes a word at the start of a line and returns how far it reaches.
func (w *wrapped) long(word string) int {
	runes := []rune(word)
	for len(runes) > w.width {
		w.b.WriteString(string(runes[:w.width]) + "\n")
		runes = runes[w.width:]
	}
	w.b.WriteString(string(runes))
	return len(runes)
}
