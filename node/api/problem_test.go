package api_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"serasi/node/api"
	"serasi/node/casework"
)

// kinds reads the kinds of errors from where they are declared, so that a new
// one without a status is noticed.
func kinds(t *testing.T) (out []casework.Kind) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), "../casework/error.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); !ok || name.Name != "Kind" {
			return true
		}
		for _, v := range spec.Values {
			s, err := strconv.Unquote(v.(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, casework.Kind(s))
		}
		return true
	})
	return out
}

func TestEveryKindHasAStatus(t *testing.T) {
	w := newWorld(t)
	at := w.open()
	all := kinds(t)
	if len(all) < 11 {
		t.Fatalf("only %d kinds were found", len(all))
	}
	want := map[casework.Kind]int{
		casework.Invalid: 422, casework.Unknown: 401, casework.Forbidden: 403, casework.NotFound: 404, casework.Conflict: 409,
		casework.Frozen: 423, casework.Waiting: 409, casework.TooMany: 429, casework.Unavailable: 503, casework.Unsupported: 501,
		casework.Internal: 500,
	}
	for _, k := range all {
		t.Run(string(k), func(t *testing.T) {
			w := w.in(t)
			w.cases.fail = fmt.Errorf("store: %w", k.Because("words for a person"))
			p := w.do("budi", "POST", at+"/notes", `{"kind":"visit","text":"a"}`).want(want[k]).problem()
			if p.Type != "urn:serasi:problem:"+strings.ReplaceAll(string(k), " ", "-") {
				t.Errorf("type %s", p.Type)
			}
			if k != casework.Internal && p.Detail != "words for a person" {
				t.Errorf("detail %q", p.Detail)
			}
		})
	}
}

func TestFaultsOfOursStayInTheLog(t *testing.T) {
	w := newWorld(t)
	at := w.open()
	w.cases.fail = errors.New("bbolt: page 7 of Siti is broken")
	a := w.do("budi", "POST", at+"/notes", `{"kind":"visit","text":"a"}`).want(http.StatusInternalServerError)
	p := a.problem()
	if strings.Contains(a.Body.String(), "bbolt") {
		t.Errorf("a fault of ours is told: %s", a.Body)
	}
	id := strings.TrimPrefix(p.Instance, "urn:serasi:request:")
	if logs := w.logs.String(); !strings.Contains(logs, "bbolt") || !strings.Contains(logs, id) || a.Header().Get("X-Request-Id") != id {
		t.Errorf("the log does not tell about request %s: %s", id, logs)
	}
}

type panics struct{ api.Cases }

func TestAPanicIsAProblem(t *testing.T) {
	w := newWorld(t)
	w.conf.Cases = panics{}
	w.restart()
	w.do("budi", "POST", base+"/cases", intake).want(http.StatusInternalServerError).problem()
	if !strings.Contains(w.logs.String(), "panicked") {
		t.Error("the log does not tell about it")
	}
}

// TestABrokenStreamIsCut asks over a real connection: a part must never look
// like the whole.
func TestABrokenStreamIsCut(t *testing.T) {
	w := newWorld(t)
	at := w.open()
	body, ct := form("kind", "letter", "title", "a", "file", "isi surat yang panjang")
	var d casework.Document
	w.do("budi", "POST", at+"/documents", body, media(ct)).want(201).into(&d)
	w.cases.gone = 1
	w.shared.cut = true
	for name, tt := range map[string]struct{ login, method, path, body string }{
		"a document": {"budi", "GET", at + "/documents/" + string(d.ID), ""},
		"a backup":   {"sari", "POST", base + "/node/backup", "{}"},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			if err := w.read(tt.login, tt.method, tt.path, tt.body); err == nil {
				t.Error("the part was taken for the whole")
			}
		})
	}
	w.cases.gone, w.shared.cut = 0, false
	if err := w.read("sari", "POST", base+"/node/backup", "{}"); err != nil {
		t.Errorf("a whole backup: %v", err)
	}
}

func TestTheDocument(t *testing.T) {
	w := newWorld(t)
	s := w.spec()
	if s.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %q", s.OpenAPI)
	}
	ids := map[string]bool{}
	for path, ops := range s.Paths {
		for method, op := range ops {
			if op.ID == "" || ids[op.ID] {
				t.Errorf("%s %s: operation id %q", method, path, op.ID)
			}
			ids[op.ID] = true
			if problem := string(op.Responses["default"]); !strings.Contains(problem, "application/problem+json") || !strings.Contains(problem, "schemas/Problem") {
				t.Errorf("%s %s does not tell of problems: %s", method, path, problem)
			}
		}
	}
	if raw := w.do("", "GET", base+"/openapi.json", "").Body.String(); strings.Contains(raw, "ErrorModel") {
		t.Error("the document tells of an error that is never sent")
	}
	for _, call := range []string{
		"POST /cases", "GET /cases", "GET /cases/{id}", "PATCH /cases/{id}", "POST /cases/{id}/notes", "POST /cases/{id}/documents",
		"POST /cases/{id}/transfers", "POST /cases/{id}/referrals", "GET /handoffs", "GET /handoffs/{id}", "POST /handoffs/{id}/{act}",
		"GET /cases/{id}/custody", "GET /ledger/events", "GET /ledger/head", "GET /outbox", "GET /members", "POST /invitations",
		"POST /members/{code}/approve", "POST /members/{code}/suspend", "POST /members/{code}/revoke", "GET /node/status", "GET /audit",
	} {
		method, path, _ := strings.Cut(call, " ")
		if _, ok := s.Paths[base+path][strings.ToLower(method)]; !ok {
			t.Errorf("%s is not there", call)
		}
	}
}

func TestConfigSaysAllThatIsMissing(t *testing.T) {
	_, err := api.New(api.Config{MaxBody: -1})
	if err == nil {
		t.Fatal("an empty Config is taken")
	}
	for _, name := range []string{"Cases", "Handoffs", "Access", "Ledger", "Members", "Node", "Trail", "Replays", "Metrics", "Version", "MaxBody"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named: %v", name, err)
		}
	}
}
