package casework_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"serasi/node/casework"
)

func TestSay(t *testing.T) {
	err := casework.Conflict.Because("case %s is %s and cannot become %s", "SRK-2026-00001", casework.OnOffer, casework.Closed)
	kind, words := casework.Say(casework.Indonesian, err)
	if kind != casework.Conflict || words != "kasus SRK-2026-00001 berstatus sedang ditawarkan dan tidak dapat menjadi ditutup" {
		t.Errorf("%s: %s", kind, words)
	}
	if _, words := casework.Say(casework.English, err); words != "case SRK-2026-00001 is on offer and cannot become closed" {
		t.Errorf("in English: %s", words)
	}
	faults := casework.SayFaults(casework.Indonesian, casework.Faulty(casework.Fault{Field: "title", Words: "has 300 characters; at most 200 are possible"}))
	if len(faults) != 1 || faults[0].Words != "berisi 300 huruf; paling banyak 200" {
		t.Errorf("faults: %v", faults)
	}
	if got := casework.Indonesian.Words("never said before"); got != "never said before" {
		t.Errorf("unknown words became %q", got)
	}
}

func TestSayingsAreWhole(t *testing.T) {
	if err := casework.CheckSayings(); err != nil {
		t.Error(err)
	}
}

// TestEverythingIsSaidInIndonesian looks for each text that a person may read
// in the source of the rooms, and for its place in the tables.
func TestEverythingIsSaidInIndonesian(t *testing.T) {
	found := 0
	err := filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || spares(path) {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, s := range texts(file) {
			found++
			if casework.Indonesian.Words(s) == s {
				t.Errorf("%s: no Indonesian words for %q", path, s)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 100 {
		t.Errorf("found %d texts only: the search does not look where they are", found)
	}
}

// spares reports whether the file says nothing to people.
func spares(path string) bool {
	return strings.Contains(path, "nodetest") || strings.HasPrefix(path, "../search/double")
}

// texts returns the words for people in a file: the formats of Because, of the
// helpers that make faults, and of what is called Words.
func texts(file *ast.File) (all []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if at, ok := makers[called(n)]; ok && len(n.Args) > at {
				all = append(all, text(n.Args[at])...)
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Words" {
				all = append(all, text(n.Value)...)
			}
		}
		return true
	})
	return slices.DeleteFunc(all, func(s string) bool { return strings.Trim(s, "%sdvq. ") == "" })
}

// makers are the functions whose argument at the given place is for people.
var makers = map[string]int{"Because": 0, "add": 1, "bad": 1, "httpProblem": 1, "fault": 1, "blame": 2}

func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

func text(e ast.Expr) []string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return nil
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return nil
	}
	return []string{s}
}
