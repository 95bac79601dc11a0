package search

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	maxQuery = 200 // bytes
	maxTerms = 8   // words of a query that count
)

// An asked is a query taken apart.
type asked struct {
	words   []string
	typing  bool // the last word may be unfinished
	numbers []numeral
	year    int
}

// ask takes a query apart: words, numbers and a year of birth.
func ask(text string) asked {
	text = strings.TrimLeft(cut(text, maxQuery), " ")
	var a asked
	if n, ok := readNumber(strings.TrimSpace(text)); ok {
		a.numbers = append(a.numbers, n)
		if n.letters == "" {
			return a
		}
	}
	var words []string
	for f := range strings.FieldsSeq(text) {
		n, ok := readNumber(f)
		switch {
		case !ok:
			words = append(words, f)
		case len(n.digits) == 4 && n.letters == "" && (n.digits[:2] == "19" || n.digits[:2] == "20"):
			a.year, _ = strconv.Atoi(n.digits) // four digits always fit
		case len(a.numbers) == 0:
			a.numbers = append(a.numbers, n)
		}
	}
	for _, n := range parse(strings.Join(words, " ")) {
		if n.baby {
			a.words = append(a.words, babyWord)
		}
		a.words = append(append(a.words, n.own...), n.father...)
	}
	a.words = a.words[:min(len(a.words), maxTerms)]
	a.typing = text != "" && !strings.HasSuffix(text, " ") && !strings.HasSuffix(text, ".")
	return a
}

// cut shortens s to at most n bytes, between two letters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
