package casework

import (
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Language is a language that people are answered in.
type Language string

// The languages. Errors are written in English and said in Indonesian.
const (
	Indonesian Language = "id"
	English    Language = "en"
)

//go:embed say/*.json
var sayFiles embed.FS

// Say returns what a person may read of an error, in a language. It is "" for
// what was not made here. Words that the catalogue lacks stay English.
func Say(l Language, err error) string {
	var r *reason
	if !errors.As(err, &r) {
		return ""
	}
	return r.say(l)
}

func (r *reason) say(l Language) string {
	if l != Indonesian {
		return r.words
	}
	if to, ok := sayings().byFormat[r.format]; ok {
		return fmt.Sprintf(to, r.args...)
	}
	return SayWords(l, r.words)
}

// SayFaults returns the faulty fields that err names, with words in a language.
func SayFaults(l Language, err error) []Fault {
	faults := slices.Clone(Faults(err))
	for i := range faults {
		faults[i].Words = SayWords(l, faults[i].Words)
	}
	return faults
}

// SayWords returns English words that were made from a format of the catalogue
// in a language, or the words as they are.
func SayWords(l Language, words string) string {
	if l != Indonesian {
		return words
	}
	all := sayings()
	if to, ok := all.byFormat[words]; ok && !strings.Contains(to, "%") {
		return to
	}
	for _, p := range all.patterns {
		if got := p.from.FindStringSubmatch(words); got != nil {
			args := make([]any, len(got)-1)
			for i, s := range got[1:] {
				args[i] = s
			}
			return fmt.Sprintf(p.to, args...)
		}
	}
	return words
}

// Sayable reports whether the catalogue of a language has words for an English
// format.
func Sayable(l Language, format string) bool {
	_, ok := sayings().byFormat[format]
	return ok || l != Indonesian
}

// saying is what is read from the catalogue.
type saying struct {
	byFormat map[string]string
	patterns []pattern // longest literal text first
	broken   error
}

type pattern struct {
	from *regexp.Regexp
	to   string // takes strings only
	size int
}

var verb = regexp.MustCompile(`%(\[\d+\])?[-+# 0]*[\d.]*[a-zA-Z]`)

var sayings = sync.OnceValue(func() (all saying) {
	all.byFormat = map[string]string{}
	files, err := sayFiles.ReadDir("say")
	all.broken = err
	for _, f := range files {
		b, err := sayFiles.ReadFile("say/" + f.Name())
		var part map[string]string
		if err == nil {
			err = json.Unmarshal(b, &part)
		}
		if err != nil {
			all.broken = errors.Join(all.broken, fmt.Errorf("say/%s: %w", f.Name(), err))
		}
		for from, to := range part {
			all.byFormat[from] = to
		}
	}
	for from, to := range all.byFormat {
		if verb.MatchString(from) {
			all.patterns = append(all.patterns, patternOf(from, to))
		}
	}
	slices.SortFunc(all.patterns, func(a, b pattern) int {
		return cmp.Or(b.size-a.size, strings.Compare(a.from.String(), b.from.String()))
	})
	return all
})

// patternOf makes of an English format what recognises the words made from it.
func patternOf(from, to string) pattern {
	var b strings.Builder
	b.WriteString("(?s)^")
	size, last := 0, 0
	for _, at := range verb.FindAllStringIndex(from, -1) {
		b.WriteString(regexp.QuoteMeta(strings.ReplaceAll(from[last:at[0]], "%%", "%")))
		b.WriteString("(.*?)")
		size += at[0] - last
		last = at[1]
	}
	b.WriteString(regexp.QuoteMeta(strings.ReplaceAll(from[last:], "%%", "%")) + "$")
	return pattern{regexp.MustCompile(b.String()), verb.ReplaceAllString(to, "%${1}s"), size + len(from) - last}
}
