package node_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors lists, for each room of the house, every room of ours it may import.
// A new arrow is a change to this table, and so a thing to talk about in
// review.
var floors = map[string][]string{
	"cmd/serasi":                 {"node", "node/nodetest/cable", "node/settings", "testdata"},
	"node":                       {"*"},
	"node/nodetest":              {"*"},
	"node/nodetest/cable":        {},
	"node/api":                   {"node/casework"},
	"node/web":                   {"node/casework", "node/web/ui", "node/web/words"},
	"node/web/ui":                {"node/casework", "node/web/words"},
	"node/web/words":             {"node/casework"},
	"node/web/gen":               {},
	"node/e2e":                   {},
	"node/health":                {"node/casework"},
	"node/settings":              {"node/casework"},
	"node/access":                {"node/casework"},
	"node/caseload":              {"node/casework"},
	"node/handoff":               {"node/casework", "replication", "replication/ledger"},
	"node/directory":             {"node/casework"},
	"node/partner":               {"node/casework"},
	"node/search":                {"node/casework"},
	"node/store":                 {"node/casework"},
	"node/letter":                {"node/casework"},
	"node/report":                {"node/casework"},
	"node/exchange":              {"node/casework"},
	"node/vault":                 {},
	"node/trace":                 {},
	"node/casework":              {},
	"node/casework/caseworktest": {"node/casework"},
	"federation":                 {"federation/link"},
	"federation/rpc":             {"federation/link", "federation/federationpb"},
	"federation/link":            {},
	"federation/federationpb":    {},
	"replication":                {"replication/ledger"},
	"replication/ledger":         {},
}

// fences gives a library the only rooms it may be used in, so that replacing it
// touches those rooms only. A path stands for itself and all below it.
var fences = map[string][]string{
	"go.etcd.io/bbolt":                    {"node/store", "replication"},
	"github.com/hashicorp/raft":           {"replication", "node/nodetest"}, // there to attack it
	"github.com/hashicorp/raft-wal":       {"replication"},
	"github.com/hashicorp/memberlist":     {"federation"},
	"google.golang.org/grpc":              {"federation/rpc", "federation/federationpb"},
	"google.golang.org/protobuf":          {"federation/rpc", "federation/federationpb"},
	"github.com/danielgtaylor/huma/v2":    {"node/api"},
	"github.com/prometheus/client_golang": {"node/health"},
	"github.com/hashicorp/go-metrics":     {"node/health"},
	"github.com/pquerna/otp":              {"node/access"},
	"golang.org/x/crypto/argon2":          {"node/access", "node/vault"},
	"github.com/RoaringBitmap/roaring/v2": {"node/search"},
	"github.com/a-h/templ":                {"node/web", "node/web/ui"},
	"github.com/nicksnyder/go-i18n/v2":    {"node/web/words"},
	"github.com/evanw/esbuild":            {"node/web/gen"},
	"filippo.io/age":                      {"node/store"},
	"github.com/xuri/excelize/v2":         {"node/exchange"},
	"rsc.io/qr":                           {"node/web/ui"},
	"github.com/alexedwards/scs/v2":       {"node/access"},
	"go.opentelemetry.io/otel":            {"node/trace"},
	"crypto/hpke":                         {"node/handoff"},
	"github.com/spf13/cobra":              {"cmd/serasi"},
	"github.com/schollz/progressbar/v3":   {"cmd/serasi"},
	"golang.org/x/term":                   {"cmd/serasi"},
	"go.yaml.in/yaml/v3":                  {"node/settings"},
	"go.etcd.io/etcd":                     {},
	"github.com/hashicorp/raft-autopilot": {},
	"github.com/hashicorp/raft-boltdb":    {},
}

// pure rooms run the same everywhere, so they may not touch the world.
var pure = []string{"node/casework", "replication/ledger"}

var world = []string{"os", "net", "math/rand", "math/rand/v2", "crypto/rand", "log", "log/slog", "runtime", "syscall", "unsafe"}

// It reads the files itself: `go list` in a child process would be invisible to
// the test cache, and a broken plan would pass from cache.
func TestFloors(t *testing.T) {
	for _, part := range []string{"cmd", "node", "federation", "replication"} {
		err := filepath.WalkDir(filepath.Join("..", part), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			room, err := filepath.Rel("..", filepath.Dir(path))
			if err != nil {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution|parser.ParseComments)
			if err != nil {
				return err
			}
			for _, fault := range faults(filepath.ToSlash(room), file) {
				t.Errorf("%s: %s", path, fault)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// A rule that never fails may not be looking.
func TestFloorsNoticeFaults(t *testing.T) {
	tests := map[string]struct{ room, src string }{
		"an arrow up":             {"replication", `package p; import _ "serasi/node/store"`},
		"an arrow sideways":       {"node/api", `package p; import _ "serasi/node/store"`},
		"a library out":           {"node/api", `package p; import _ "go.etcd.io/bbolt"`},
		"a part of a library out": {"node/api", `package p; import _ "google.golang.org/grpc/codes"`},
		"a pure room's dice":      {"replication/ledger", `package p; import _ "crypto/rand"`},
		"a pure room's clock":     {"node/casework", `package p; import "time"; var now = time.Now()`},
		"a pure room's goroutine": {"replication/ledger", `package p; func f() { go f() }`},
		"a room without floor":    {"node/misc", `package p`},
		"an exit inside":          {"node/store", `package p; import "os"; func f() { os.Exit(1) }`},
		"an init":                 {"node/store", `package p; func init() {}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			file, err := parser.ParseFile(token.NewFileSet(), "p.go", tt.src, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			if len(faults(tt.room, file)) == 0 {
				t.Errorf("not noticed: %s", tt.src)
			}
		})
	}
}

// TestEveryRoomSaysItsJob asks each package for a comment that says what it is
// for.
func TestEveryRoomSaysItsJob(t *testing.T) {
	for room := range floors {
		said := false
		files, err := filepath.Glob(filepath.Join("..", filepath.FromSlash(room), "*.go"))
		if err != nil || len(files) == 0 {
			t.Errorf("%s: no such room", room)
			continue
		}
		for _, path := range files {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			said = said || file.Doc != nil && len(file.Doc.Text()) > 40
		}
		if !said {
			t.Errorf("%s: no package comment says its job", room)
		}
	}
}

func faults(room string, file *ast.File) (all []string) {
	may, known := floors[room]
	if !known {
		all = append(all, room+" is not in the floor plan")
	}
	for _, spec := range file.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			all = append(all, err.Error())
			continue
		}
		all = append(all, importFaults(room, imp, may)...)
	}
	if slices.Contains(pure, room) {
		all = append(all, impurities(room, file)...)
	}
	return append(all, habits(room, file)...)
}

func importFaults(room, imp string, may []string) (all []string) {
	if ours, is := strings.CutPrefix(imp, "serasi/"); is && !slices.Contains(may, ours) && !slices.Contains(may, "*") {
		all = append(all, fmt.Sprintf("%s must not import %s", room, ours))
	}
	for lib, rooms := range fences {
		if (imp == lib || strings.HasPrefix(imp, lib+"/")) && !slices.Contains(rooms, room) {
			all = append(all, fmt.Sprintf("%s is only for %v", imp, rooms))
		}
	}
	if slices.Contains(pure, room) && slices.Contains(world, imp) {
		all = append(all, fmt.Sprintf("%s is pure and must not import %s", room, imp))
	}
	return all
}

// impurities finds what would make a pure room differ from run to run.
func impurities(room string, file *ast.File) (all []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			pkg, ok := n.X.(*ast.Ident)
			if ok && pkg.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "After", "Sleep", "Tick", "NewTimer"}, n.Sel.Name) {
				all = append(all, room+" is pure and must not read a clock")
			}
		case *ast.GoStmt:
			all = append(all, room+" is pure and must not start a goroutine")
		}
		return true
	})
	return all
}

// habits finds what no room may do: end the process, or run code by being
// imported. Only cmd ends the process.
func habits(room string, file *ast.File) (all []string) {
	generated := ast.IsGenerated(file)
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			pkg, ok := n.X.(*ast.Ident)
			if ok && (pkg.Name == "os" && n.Sel.Name == "Exit" || pkg.Name == "log" && strings.HasPrefix(n.Sel.Name, "Fatal")) && room != "cmd/serasi" {
				all = append(all, room+" must not end the process: return the error")
			}
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" && !generated {
				all = append(all, room+" must not have an init function: a list in the room that wires")
			}
		}
		return true
	})
	return all
}
