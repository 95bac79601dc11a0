package access_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"serasi/node/access"
	"serasi/node/casework"
)

// cell is one question to the permission table.
type cell struct {
	role   string
	act    string
	rel    string
	stepUp bool
}

// readTruth reads the table that people read. A row of titles names the roles.
func readTruth(text string) (map[cell]bool, error) {
	truth := map[cell]bool{}
	var roles []string
	for n, line := range strings.Split(text, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "|")
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		if f[0] == "action" {
			roles = f[3:]
			continue
		}
		if len(f) != len(roles)+3 {
			return nil, fmt.Errorf("line %d has %d fields", n+1, len(f))
		}
		for i, role := range roles {
			c := cell{role, f[0], f[1], f[2] == "yes"}
			if _, twice := truth[c]; twice {
				return nil, fmt.Errorf("line %d: %v is there twice", n+1, c)
			}
			truth[c] = f[i+3] == "yes"
		}
	}
	return truth, nil
}

// words returns the values of all constants of a type in the words of the
// house, read from their source, so that a new role or action is not forgotten.
func words(t *testing.T, typ string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../casework/who.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); ok && id.Name == typ {
			s, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, s)
		}
		return true
	})
	if len(found) < 5 {
		t.Fatalf("found only %v of type %s", found, typ)
	}
	return found
}

// every returns all cells there are.
func every(t *testing.T) []cell {
	var all []cell
	for _, role := range words(t, "Role") {
		for _, act := range words(t, "Action") {
			for _, rel := range words(t, "Relation") {
				all = append(all, cell{role, act, rel, false}, cell{role, act, rel, true})
			}
		}
	}
	return all
}

// disagreements compares the truth with what the program says.
func disagreements(all []cell, truth map[cell]bool) []string {
	var faults []string
	asked := map[cell]bool{}
	for _, c := range all {
		asked[c] = true
		want, ok := truth[c]
		by := casework.Actor{User: "u1", Unit: "anak", Roles: []casework.Role{casework.Role(c.role)}, StepUp: c.stepUp}
		act := casework.Action(c.act)
		got := access.Gate{}.Rule(by, act, casework.Relation(c.rel)) == nil
		switch {
		case !ok:
			faults = append(faults, fmt.Sprintf("%v is missing", c))
		case got != want:
			faults = append(faults, fmt.Sprintf("%v: the program says %v", c, got))
		}
		if one, ok := standing(c.rel); ok && (access.Gate{}.Check(nil, by, act, one) == nil) != got {
			faults = append(faults, fmt.Sprintf("%v: Check and Rule differ", c))
		}
	}
	for c := range truth {
		if !asked[c] {
			faults = append(faults, fmt.Sprintf("%v names no role, action or relation", c))
		}
	}
	return faults
}

// standing returns a case to which user u1 of unit anak stands like that. Own is
// not a way to stand to a case: a case does not say who opened it.
func standing(rel string) (*casework.Case, bool) {
	switch casework.Relation(rel) {
	case casework.NoRelation:
		return nil, true
	case casework.SameBalai:
		return &casework.Case{Lead: "u2", Unit: "lansia"}, true
	case casework.SameUnit:
		return &casework.Case{Lead: "u2", Unit: "anak"}, true
	case casework.Assigned:
		return &casework.Case{Lead: "u1", Unit: "lansia"}, true
	}
	return nil, false
}

func truthText(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("testdata/truth.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEveryCellOfThePermissionTable(t *testing.T) {
	truth, err := readTruth(truthText(t))
	if err != nil {
		t.Fatal(err)
	}
	all := every(t)
	for _, fault := range disagreements(all, truth) {
		t.Error(fault)
	}
	t.Logf("%d cells", len(all))
}

// A truth that cannot be contradicted tells nothing.
func TestTruthTableNoticesFaults(t *testing.T) {
	all := every(t)
	for i := 0; i < len(all); i += 199 {
		truth, err := readTruth(truthText(t))
		if err != nil {
			t.Fatal(err)
		}
		truth[all[i]] = !truth[all[i]]
		if n := len(disagreements(all, truth)); n != 1 {
			t.Errorf("%v turned round: %d faults, want 1", all[i], n)
		}
		delete(truth, all[i])
		if n := len(disagreements(all, truth)); n != 1 {
			t.Errorf("%v left out: %d faults, want 1", all[i], n)
		}
	}
	if _, err := readTruth(truthText(t) + "\nfind | none | - | yes\n"); err == nil {
		t.Error("a row with too few fields was read")
	}
}
