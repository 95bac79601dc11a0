package casework

import (
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Language is a language in which people are spoken to.
type Language string

// The languages. Words are written in English where an error is made, and said
// in Indonesian by the tables in say/.
const (
	Indonesian Language = "id"
	English    Language = "en"
)

// Say returns the kind of an error and what a person may read of it, in l. A
// text that no table knows is said in English: better than nothing, and a test
// finds it.
func Say(l Language, err error) (Kind, string) {
	kind, words := Explain(err)
	return kind, l.Words(words)
}

// SayFaults returns the faulty fields that err names, in l.
func SayFaults(l Language, err error) []Fault {
	faults := slices.Clone(Faults(err))
	for i, f := range faults {
		faults[i].Words = l.Words(f.Words)
	}
	return faults
}

// Words returns what was said in English in l. It is also for the words of
// warnings and of what waits.
func (l Language) Words(english string) string {
	if l != Indonesian || english == "" {
		return english
	}
	t := sayings()
	if s, ok := t.whole[english]; ok {
		return s
	}
	for _, p := range t.patterns {
		if said, ok := p.say(l, english); ok {
			return said
		}
	}
	return english
}

//go:embed say/*.json
var sayFiles embed.FS

// A saying is one format with verbs. An English text that fits its pattern is
// said with the same values, which are said in turn.
type saying struct {
	prefix  string
	pattern *regexp.Regexp
	format  string
}

func (s saying) say(l Language, english string) (string, bool) {
	if !strings.HasPrefix(english, s.prefix) {
		return "", false
	}
	values := s.pattern.FindStringSubmatch(english)
	if values == nil {
		return "", false
	}
	args := make([]any, 0, len(values))
	for _, v := range values[1:] {
		args = append(args, l.Words(v))
	}
	return fmt.Sprintf(s.format, args...), true
}

type sayingTable struct {
	whole    map[string]string
	patterns []saying // the most telling first
}

var sayings = sync.OnceValue(readSayings)

var verb = regexp.MustCompile(`%(\[\d+\])?[a-zA-Z]`)

// readSayings reads all tables. They are part of the program: a broken one is a
// fault of ours that the first test finds.
func readSayings() sayingTable {
	t := sayingTable{whole: map[string]string{}}
	files, err := fs.Glob(sayFiles, "say/*.json")
	if err != nil {
		panic(err)
	}
	for _, name := range files {
		raw, err := sayFiles.ReadFile(name)
		if err != nil {
			panic(err)
		}
		var table map[string]string
		if err := json.Unmarshal(raw, &table); err != nil {
			panic(fmt.Errorf("%s: %w", name, err))
		}
		for english, said := range table {
			if verb.MatchString(english) {
				t.patterns = append(t.patterns, newSaying(english, said))
			} else {
				t.whole[english] = said
			}
		}
	}
	slices.SortFunc(t.patterns, func(a, b saying) int {
		return cmp.Or(cmp.Compare(len(b.pattern.String()), len(a.pattern.String())), cmp.Compare(a.pattern.String(), b.pattern.String()))
	})
	return t
}

func newSaying(english, said string) saying {
	at := verb.FindStringIndex(english)
	s := saying{prefix: strings.ReplaceAll(english[:at[0]], "%%", "%"), format: verb.ReplaceAllString(said, "%${1}s")}
	literals := verb.Split(english, -1)
	for i, part := range literals {
		literals[i] = regexp.QuoteMeta(strings.ReplaceAll(part, "%%", "%"))
	}
	s.pattern = regexp.MustCompile(`(?s)^` + strings.Join(literals, `(.+?)`) + `$`)
	return s
}

// CheckSayings returns what is wrong with the tables: a text that is empty, or
// that has other values than the English one. It is for tests.
func CheckSayings() error {
	var errs []error
	t := sayings()
	for english, said := range t.whole {
		if said == "" || verb.MatchString(said) {
			errs = append(errs, fmt.Errorf("%q is said as %q", english, said))
		}
	}
	for _, p := range t.patterns {
		if n := p.pattern.NumSubexp(); n != len(verb.FindAllString(p.format, -1)) {
			errs = append(errs, errors.New(strconv.Quote(p.format)+" does not have the "+strconv.Itoa(n)+" values of the English text"))
		}
	}
	return errors.Join(errs...)
}
