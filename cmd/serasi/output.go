package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// tell writes one line of words for people.
func (a *app) tell(format string, args ...any) {
	_, _ = fmt.Fprintf(a.stderr, format+"\n", args...)
}

// say is tell without the end of the line.
func (a *app) say(format string, args ...any) {
	_, _ = fmt.Fprintf(a.stderr, format, args...)
}

// next names the command that usually follows.
func (a *app) next(words ...string) {
	a.tell("%s %s", a.paint(dim, a.t("Berikutnya:", "Next:")), a.command(words...))
}

// The colours, as terminals have them.
const (
	bold  = "1"
	dim   = "2"
	red   = "31"
	green = "32"
	amber = "33"
	blue  = "36"
)

func (a *app) paint(colour, s string) string {
	if !a.colour {
		return s
	}
	return "\x1b[" + colour + "m" + s + "\x1b[0m"
}

// show writes data: v as JSON, or rows as a table.
func (a *app) show(v any, head []string, rows [][]string) error {
	if a.output == "json" {
		return writeJSON(a.stdout, v)
	}
	return a.table(head, rows)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func (a *app) table(head []string, rows [][]string) error {
	if a.plain {
		for _, row := range append([][]string{head}, rows...) {
			if _, err := fmt.Fprintln(a.stdout, strings.Join(clean(row), "\t")); err != nil {
				return err
			}
		}
		return nil
	}
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	for _, row := range append([][]string{head}, rows...) {
		if _, err := fmt.Fprintln(w, strings.Join(clean(row), "\t")); err != nil {
			return err
		}
	}
	return w.Flush()
}

// clean keeps a cell in its cell, and the terminal from being told what to do.
func clean(row []string) []string {
	out := make([]string, len(row))
	for i, s := range row {
		out[i] = plainText(s)
		if out[i] == "" {
			out[i] = "-"
		}
	}
	return out
}

// plainText takes control characters out of what others wrote.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			return -1
		}
		return r
	}, s)
}

// facts writes one thing: v as JSON, or one line a fact. Facts without a value
// are left out.
func (a *app) facts(v any, pairs ...string) error {
	if a.output == "json" {
		return writeJSON(a.stdout, v)
	}
	w := tabwriter.NewWriter(a.stdout, 0, 4, 2, ' ', 0)
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s\t%s\n", pairs[i], plainText(pairs[i+1])); err != nil {
			return err
		}
	}
	return w.Flush()
}

// when writes a time in the zone of this machine.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04")
}

func yesNo(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

func number[T int | int64 | uint64](n T) string { return fmt.Sprint(n) }
