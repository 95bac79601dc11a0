package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"serasi/node"
)

// Exit codes. Scripts depend on them: only ever add.
const (
	exitGood        = 0
	exitFailed      = 1 // it was refused, or something broke
	exitUsage       = 2 // a flag, an argument or a field needs a correction
	exitUnhealthy   = 3 // the node answers, and is not well
	exitUnreachable = 4 // no node answers
	exitNotAllowed  = 5 // not signed in, or not permitted
	exitNoQuorum    = 6 // the node answers, and the federation does not
)

// A failure is an error as the person at the terminal gets it.
type failure struct {
	code  int
	words string
	list  []string // more lines, one a field
	hint  string   // what to do now
	cause error
}

func (f *failure) Error() string {
	return strings.Join(append([]string{f.words}, f.list...), "\n  ")
}

func (f *failure) Unwrap() error { return f.cause }

// usage says what is wrong with a flag or argument.
func usage(name, format string, args ...any) error {
	return &failure{code: exitUsage, words: name + ": " + fmt.Sprintf(format, args...)}
}

// finish prints what went wrong and returns the exit code.
func (a *app) finish(err error) int {
	if err == nil {
		return exitGood
	}
	var f *failure
	if !errors.As(err, &f) {
		f = a.explain(err)
	}
	if f.words != "" {
		a.tell("serasi: %s", f.Error())
	}
	if f.hint != "" {
		a.tell("%s", f.hint)
	}
	return f.code
}

// explain finds words for an error that has no exit code of its own.
func (a *app) explain(err error) *failure {
	if !a.began { // cobra refused the command line
		return &failure{code: exitUsage, words: err.Error(), hint: a.t("Lihat: serasi --help", "See: serasi --help")}
	}
	if errors.Is(err, context.Canceled) {
		return &failure{code: exitFailed, words: a.t("dihentikan", "interrupted")}
	}
	words, fields := node.Explain(a.lang, err)
	if words == "" {
		return &failure{code: exitFailed, words: err.Error(), cause: err}
	}
	f := &failure{code: exitFailed, words: words, cause: err}
	if len(fields) > 0 {
		f.code = exitUsage
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			f.list = append(f.list, a.flagOf(name)+": "+fields[name])
		}
	}
	return f
}

// flagOf writes the name of a field as the flag that fills it, if there is one:
// body.givenBy is --given-by.
func (a *app) flagOf(field string) string {
	last := field[strings.LastIndexByte(field, '.')+1:]
	if i := strings.IndexByte(last, '['); i > 0 {
		last = last[:i]
	}
	var b strings.Builder
	for _, r := range last {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte('-')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	if a.verb != nil && a.verb.Flags().Lookup(b.String()) != nil {
		return "--" + b.String()
	}
	return field
}
