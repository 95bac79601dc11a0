package search

import (
	"cmp"
	"slices"
	"strings"
)

// maxDigits is the longest number that is kept whole: a NIP has 18 digits.
const maxDigits = 18

// minPrefix is how many digits someone must type before numbers that only
// begin so are shown. Fewer would list half the town.
const minPrefix = 4

// A number is a row of the sorted lists: sixteen bytes, no pointer.
type number struct {
	digits uint64 // filled up with zeros on the right to maxDigits, so that numbers sort as text
	at     uint32 // place of the entry
	round  uint16 // of the entry, see row.round: an older one is stale
	length uint8  // digits it really has
	tag    uint8  // which letters stood before it, by numbers.tags
}

func compareNumbers(a, b number) int {
	return cmp.Or(cmp.Compare(a.digits, b.digits), cmp.Compare(a.length, b.length), cmp.Compare(a.at, b.at), cmp.Compare(a.round, b.round))
}

// numbers holds all numbers in sorted runs. A run is merged with its neighbour
// when both are about as long, so that there are few, and adding stays cheap.
type numbers struct {
	runs  [][]number // each sorted, each shorter than the one before
	fresh []number   // not sorted yet
	tags  []string   // letters in front of a number: "" and the codes of case numbers
}

const maxFresh = 1024

func newNumbers() numbers { return numbers{tags: []string{""}} }

// A numeral is what a number looks like: letters, then digits.
type numeral struct {
	letters string
	digits  string
}

// readNumber reads a number as people write it: NIK, KK and BPJS with blanks,
// dots or dashes, a case number as SRK-2026-00012 or srk 2026 12. It reports
// false if text is none, or longer than maxDigits.
func readNumber(text string) (numeral, bool) {
	var n numeral
	var digits strings.Builder
	parts := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" .-/_\t\u00a0'", r) })
	for i, p := range parts {
		switch {
		case i == 0 && len(parts) > 1 && len(p) <= 4 && strings.IndexFunc(p, notLetter) < 0:
			n.letters = strings.ToUpper(p)
		case strings.IndexFunc(p, notDigit) >= 0:
			return numeral{}, false
		case i == 2 && n.letters != "" && len(p) < 5 && len(parts) == 3:
			digits.WriteString("00000"[len(p):] + p)
		default:
			digits.WriteString(p)
		}
	}
	n.digits = digits.String()
	return n, n.digits != "" && len(n.digits) <= maxDigits
}

func notLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }
func notDigit(r rune) bool  { return r < '0' || r > '9' }

// fill makes the sortable form of digits.
func fill(digits string) uint64 {
	var v uint64
	for i := range maxDigits {
		v *= 10
		if i < len(digits) {
			v += uint64(digits[i] - '0')
		}
	}
	return v
}

// tag returns the place of letters in tags. More than 255 kinds share the last.
func (n *numbers) tag(letters string) uint8 {
	i := slices.Index(n.tags, letters)
	if i < 0 && len(n.tags) < 255 {
		n.tags = append(n.tags, letters)
		i = len(n.tags) - 1
	}
	if i < 0 {
		return 255
	}
	return uint8(i)
}

func (n *numbers) add(num numeral, at uint32, round uint16) {
	n.fresh = append(n.fresh, number{
		digits: fill(num.digits), at: at, round: round, length: uint8(len(num.digits)), tag: n.tag(num.letters),
	})
	if len(n.fresh) < maxFresh {
		return
	}
	slices.SortFunc(n.fresh, compareNumbers)
	n.runs = append(n.runs, slices.Clone(n.fresh))
	n.fresh = n.fresh[:0]
	for last := len(n.runs) - 1; last > 0 && 2*len(n.runs[last]) > len(n.runs[last-1]); last-- {
		n.runs[last-1] = merge(n.runs[last-1], n.runs[last])
		n.runs = n.runs[:last]
	}
}

func merge(a, b []number) []number {
	out := make([]number, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if compareNumbers(a[0], b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// find calls f with the entries that have a number like num, first those with
// exactly it, until f returns false. A number that only begins so counts from
// minPrefix digits on, and with prefix set.
func (n *numbers) find(num numeral, prefix bool, f func(at uint32, round uint16, exact bool) bool) {
	low := fill(num.digits)
	span := uint64(1)
	for range maxDigits - len(num.digits) {
		span *= 10
	}
	fits := func(r number) bool {
		return r.digits-low < span && int(r.length) >= len(num.digits) && (num.letters == "" || int(r.tag) < len(n.tags) && n.tags[r.tag] == num.letters)
	}
	for _, exact := range []bool{true, false} {
		if !exact && (!prefix || len(num.digits) < minPrefix) {
			return
		}
		if !n.scan(low, span, func(r number) bool {
			return !fits(r) || (int(r.length) == len(num.digits)) != exact || f(r.at, r.round, exact)
		}) {
			return
		}
	}
}

// scan calls f with all rows from low on, over span, until it returns false.
func (n *numbers) scan(low, span uint64, f func(number) bool) bool {
	for _, r := range n.fresh {
		if r.digits-low < span && !f(r) {
			return false
		}
	}
	for _, run := range n.runs {
		i, _ := slices.BinarySearchFunc(run, low, func(r number, low uint64) int { return cmp.Compare(r.digits, low) })
		for ; i < len(run) && run[i].digits-low < span; i++ {
			if !f(run[i]) {
				return false
			}
		}
	}
	return true
}
