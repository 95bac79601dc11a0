package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A name is one name as matching sees it: plain words, in the order written.
type name struct {
	own    []string
	father []string // after bin, binti, anak dari
	baby   bool     // By., Bayi, Janin
}

const (
	babyWord     = "bayi"
	muhammadWord = "muhamad"
	maxWords     = 24  // of one name; what comes after is not a name
	maxName      = 500 // bytes
)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

// The words below have no say in who somebody is. Sources: Permendagri 73/2022
// (titles are no part of a name) and the practice of intake desks.
var (
	titles = set(`h hj kh ust ustad ustadz drs dra dr drg ir prof alm almh almarhum almarhumah tn tuan ny nyonya nona
		nn bpk bapak pak ibu bu sdr sdri saudara saudari mbah mbok nenek kakek opa oma r rr rngt krt rm ra raden kiai kyai haji hajah
		hajjah i ni br boru el al mr mrs ms`)
	degrees = set(`spd spdi sh se sag ssos skom sip skm st mpd mm mh msi msc ma mag mkes amd amdkeb skep ns ners sst spsi
		stp sp ssi mba phd lc ssosi sthi shi mhum mpsi spsik`)
	babies       = set(`by bayi janin`)
	patronymics  = set(`bin binti binte bte bt`)
	aliases      = set(`als alias dipanggil panggilan`)
	placeholders = set(`x xx xxx nn anonim anonymous tanpa nama tidak tak belum dikenal diketahui unknown noname identitas orang
		tanpaidentitas`)
	muhammads = set(`m md moh mohd moch mochd much muh muhd mhd`)
	// muhammadKeys are the sounds of the full spellings.
	muhammadKeys = set(`muhamad mahamad muhamat mahamat muhamed mahamed muhamet mahamet`)
)

// parse reads the names in text: one, or several if it holds an alias. It never
// fails; text without a name gives none.
func parse(text string) []name {
	var out []name
	for _, part := range strings.Split(plain(text), "@") {
		out = append(out, parsePart(strings.Fields(part))...)
	}
	return out
}

// plain lowers text, takes accents and apostrophes off, writes the many ways of
// "child of" as bin, and leaves letters, dots, commas, spaces and @ (alias).
func plain(text string) string {
	text = cut(text, maxName)
	if strings.IndexFunc(text, func(r rune) bool { return r > unicode.MaxASCII }) >= 0 {
		text = norm.NFD.String(strings.ToValidUTF8(text, " "))
	}
	var b strings.Builder
	for _, r := range text {
		r = unicode.ToLower(r)
		switch {
		case r >= 'a' && r <= 'z' || r == '.' || r == '@' || r == '/':
			b.WriteRune(r)
		case r == '\'' || r == '`' || r == '’' || r == '‘' || r == 'ʼ' || unicode.Is(unicode.Mn, r):
		case r == ',':
			b.WriteString(" , ")
		default:
			b.WriteByte(' ')
		}
	}
	s := " " + b.String() + " "
	if strings.Contains(s, "/") {
		s = childOf.Replace(s)
	}
	if strings.Contains(s, " anak") {
		s = strings.ReplaceAll(s, " anak dari ", " bin ")
	}
	return s
}

var childOf = strings.NewReplacer(" a/l ", " bin ", " a/p ", " bin ", " s/o ", " bin ", " d/o ", " bin ", "/", " ")

// parsePart reads the words of one or more names.
func parsePart(fields []string) []name {
	var out []name
	r := reading{}
	for i, f := range fields {
		switch {
		case f == ",":
			r.comma = true
		case aliases[strings.Trim(f, ".")] || f == "al." && i > 0:
			out = r.close(out)
			r = reading{}
		default:
			r.word(f, i+1 < len(fields))
		}
	}
	return r.close(out)
}

// A reading is a name while it is read.
type reading struct {
	name
	dropped []string // titles, to be the name if nothing else is left
	comma   bool     // degrees may follow
	inBin   bool
}

// word takes one written word, dots included.
func (r *reading) word(f string, more bool) {
	bare := strings.ReplaceAll(f, ".", "")
	inner := strings.Contains(strings.Trim(f, "."), ".")
	switch {
	case bare == "":
	case degrees[bare] && (inner || r.comma), inner && titles[bare]:
		r.dropped = append(r.dropped, bare)
	case inner:
		for _, p := range strings.SplitAfter(f, ".") {
			if p != "" {
				r.word(p, true)
			}
		}
	default:
		r.plainWord(bare, strings.HasSuffix(f, "."), more)
	}
}

// plainWord takes one word without dots inside.
func (r *reading) plainWord(w string, dot, more bool) {
	first := len(r.own) == 0
	switch {
	case babies[w] && first && !r.inBin:
		r.baby = true
	case patronymics[w] || w == "b" && dot && !first:
		r.inBin = !first || r.inBin
	case w == "an" && dot && first, titles[w]:
		r.dropped = append(r.dropped, w)
	case muhammads[w] && (len(w) > 1 || first && more):
		r.keep(muhammadWord)
	case w == "abd":
		r.keep("abdul")
	case w == "st" && dot:
		r.keep("siti")
	case w == "dg":
		r.keep("daeng")
	case w == "a" && dot && first && more:
		r.keep("andi")
	case len(w) == 1 && (more || !first) && w != "x":
		r.dropped = append(r.dropped, w) // an initial proves nothing
	default:
		r.keepSplit(w)
	}
}

func (r *reading) keep(w string) {
	if len(r.own)+len(r.father) >= maxWords {
		return
	}
	if r.inBin {
		r.father = append(r.father, w)
		return
	}
	r.own = append(r.own, w)
}

// keepSplit keeps w, with Abdul apart from what it was joined to: Abdurrahman
// is Abdul Rahman. Abdullah is one word.
func (r *reading) keepSplit(w string) {
	if w[0] == 'm' && len(w) >= 6 && muhammadKeys[keyOf(w)] {
		r.keep(muhammadWord)
		return
	}
	if w[0] != 'a' {
		r.keep(w)
		return
	}
	for _, head := range []string{"abdu", "abdoe"} {
		rest, ok := strings.CutPrefix(w, head)
		if !ok || len(rest) < 5 || isVowel(rest[0]) {
			continue
		}
		if rest[0] == 'l' || rest[0] == rest[1] {
			rest = rest[1:]
		}
		r.keep("abdul")
		r.keep(rest)
		return
	}
	r.keep(w)
}

// close ends a name and adds it to out, if it is one.
func (r *reading) close(out []name) []name {
	if len(r.own) == 0 && len(r.father) == 0 && !r.baby && !r.nobody(r.dropped) {
		r.own = r.dropped
	}
	if r.nobody(r.own) && len(r.own) > 0 {
		r.own = nil
	}
	if len(r.own) == 0 && len(r.father) == 0 && !r.baby {
		return out
	}
	return append(out, r.name)
}

// nobody reports whether all words are placeholders.
func (r *reading) nobody(words []string) bool {
	for _, w := range words {
		if !placeholders[w] {
			return false
		}
	}
	return true
}
