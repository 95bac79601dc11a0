package main

import (
	"bytes"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// printed are the command lines of serasi in a text: in blocks and between
// backquotes, with what stands before them taken away.
func printed(text string) (all []string) {
	line := regexp.MustCompile("(?m)(?:^|[`\"|;&:,.]|\\bserasi )\\s*(?:sudo (?:-u serasi )?)?(serasi(?: +[^`\n;|#]+)?)")
	for _, m := range line.FindAllStringSubmatch(text, -1) {
		all = append(all, strings.TrimSpace(m[1]))
	}
	return all
}

// untrue returns what a printed command line names that the program has not.
func untrue(line string) string {
	words := strings.Fields(line)[1:]
	root := newApp(nil, strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}).root()
	var names, flags []string
	for i := 0; i < len(words); i++ {
		w := strings.Trim(words[i], "\"'.,:()")
		switch {
		case strings.HasPrefix(w, "--"):
			name, _, with := strings.Cut(w[2:], "=")
			flags = append(flags, name)
			if !with && len(names) == 0 { // a flag of the root, with its value
				i++
			}
		case !strings.HasPrefix(w, "-"):
			names = append(names, w)
		}
	}
	if len(names) == 0 {
		return ""
	}
	verb, _, err := root.Find(names)
	if err != nil || verb == root {
		return "no command " + strings.Join(names, " ")
	}
	if verb.HasSubCommands() && !strings.Contains(verb.Use, " ") { // a group, which takes nothing itself
		return verb.CommandPath() + " is incomplete"
	}
	for _, f := range flags {
		if verb.Flags().Lookup(f) == nil && root.PersistentFlags().Lookup(f) == nil {
			return verb.CommandPath() + " has no --" + f
		}
	}
	return ""
}

// What an operator reads at night can be typed: every command of the guide, of
// the README and of the alerts exists, with those flags.
func TestEveryPrintedCommandExists(t *testing.T) {
	count := 0
	for _, path := range []string{"deploy/guide/guide.md", "deploy/guide/panduan.md", "deploy/monitoring/serasi.rules.yml", "README.md"} {
		b, err := os.ReadFile("../../" + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range printed(string(b)) {
			count++
			if why := untrue(line); why != "" {
				t.Errorf("%s: %q: %s", path, line, why)
			}
		}
	}
	if count < 100 {
		t.Errorf("only %d commands found: the search does not look where they are", count)
	}
	for _, wrong := range []string{"serasi fly", "serasi run --fast", "serasi case", "serasi --dir x bench nothing"} {
		if untrue(wrong) == "" {
			t.Errorf("not noticed: %s", wrong)
		}
	}
}

// The two guides are one: the same commands in the same order, and every
// setting is explained by a name that exists.
func TestGuidesSayTheSame(t *testing.T) {
	var both [2][]string
	for i, path := range []string{"../../deploy/guide/guide.md", "../../deploy/guide/panduan.md"} {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for block := range slices.Values(regexp.MustCompile("(?s)```\n(.*?)```").FindAllStringSubmatch(string(b), -1)) {
			for line := range strings.Lines(block[1]) {
				command, _, _ := strings.Cut(line, "  #")
				both[i] = append(both[i], strings.TrimSpace(command))
			}
		}
	}
	if len(both[0]) < 40 || !slices.Equal(both[0], both[1]) {
		for i := range min(len(both[0]), len(both[1])) {
			if both[0][i] != both[1][i] {
				t.Fatalf("line %d: %q and %q", i, both[0][i], both[1][i])
			}
		}
		t.Errorf("%d and %d lines of commands", len(both[0]), len(both[1]))
	}
	over := pflag.NewFlagSet("", pflag.ContinueOnError)
	newApp(nil, strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}).settingsFlags(over)
	for _, lines := range both {
		for _, line := range lines {
			if m := regexp.MustCompile(`^([a-z-]+): \S`).FindStringSubmatch(line); m != nil && over.Lookup(m[1]) == nil {
				t.Errorf("no setting %s", m[1])
			}
		}
	}
}
