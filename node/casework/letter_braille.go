package casework

import (
	"strings"
	"unicode"
)

// Lines and cells of a page in Braille as embossers and displays take it.
const (
	brailleCells = 40
	brailleLines = 25
)

// brailleSigns are the signs beside letters and digits in ASCII Braille (the
// code of BRF files), uncontracted. What has no sign here becomes a blank.
var brailleSigns = map[rune]string{
	'.': "4", ',': "1", ';': "2", ':': "3", '?': "8", '!': "6", '-': "-", '–': "-", '(': `"<`, ')': `">`, '/': "_/", '\'': "'", '"': "8", '&': "@&", '%': ".0", '@': "@A", '+': `"6`, '=': `"7`, '*': `"9`, '_': ".-", '#': "_?",
}

// Braille writes the letter as a BRF file: uncontracted ASCII Braille in lines of
// 40 cells and pages of 25 lines.
func (l Letter) Braille() string {
	w := &wrapped{width: brailleCells}
	for line := range strings.SplitSeq(l.Plain(maxPlain), "\n") {
		if line == "" {
			w.gap()
			continue
		}
		w.fill(braille(line))
	}
	lines := strings.Split(strings.TrimRight(w.b.String(), "\n"), "\n")
	var b strings.Builder
	for i, line := range lines {
		if i > 0 && i%brailleLines == 0 {
			b.WriteByte('\f')
		}
		b.WriteString(line + "\r\n")
	}
	return b.String()
}

// maxPlain is wide enough that Plain breaks lines only where paragraphs end.
const maxPlain = 1 << 20

func braille(s string) string {
	var b strings.Builder
	digits := false
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			if !digits {
				b.WriteByte('#')
			}
			b.WriteByte("JABCDEFGHI"[r-'0'])
			digits = true
			continue
		case unicode.IsLetter(r) && r < unicode.MaxASCII:
			if digits && unicode.ToLower(r) <= 'j' && unicode.IsLower(r) {
				b.WriteByte(';') // else a to j would go on the number
			}
			if unicode.IsUpper(r) {
				b.WriteByte(',')
			}
			b.WriteRune(unicode.ToUpper(r))
		case brailleSigns[r] != "":
			b.WriteString(brailleSigns[r])
		default:
			b.WriteByte(' ')
		}
		digits = digits && (r == '.' || r == ',')
	}
	return b.String()
}
