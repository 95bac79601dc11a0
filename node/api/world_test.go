package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"serasi/node/access"
	"serasi/node/api"
	"serasi/node/caseload"
	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
)

var start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

const base = "/api/v1"

// clock is set by hand.
type clock struct {
	mu sync.Mutex // guards at
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// world is a node as the API sees it, with one account of each role that tests
// need and a token for each.
type world struct {
	t      testing.TB
	api    *api.API
	store  *caseworktest.Store
	clock  *clock
	cases  *cases
	care   *caseload.Cases
	desk   *desk
	shared *shared
	door   door
	logs   *lockedBuffer
	conf   api.Config

	users  map[string]api.User
	tokens map[string]string // by login
}

type lockedBuffer struct {
	mu sync.Mutex // guards b
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

const password = "kuda laut makan pisang"

var people = map[string]struct {
	role   casework.Role
	scopes []casework.Scope
}{
	"budi":  {casework.Worker, []casework.Scope{"read", "write", "handoff"}},
	"head":  {casework.Head, []casework.Scope{"read", "write", "handoff", "stepup"}},
	"desk":  {casework.FrontDesk, []casework.Scope{"read", "write"}},
	"audit": {casework.Auditor, []casework.Scope{"read"}},
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		t: t, store: &caseworktest.Store{}, clock: &clock{at: start}, shared: &shared{ready: true},
		users: map[string]api.User{}, tokens: map[string]string{}, logs: &lockedBuffer{},
	}
	accounts, err := access.New(access.Config{Store: w.store, Clock: w.clock.now, Cost: access.Cost{Time: 1, Memory: 64, Threads: 1}})
	if err != nil {
		t.Fatal(err)
	}
	w.door = door{Accounts: accounts, store: w.store, trail: access.Trail{Clock: w.clock.now}}
	w.cases = &cases{store: w.store, now: w.clock.now, files: map[casework.CaseID]*file{}}
	w.desk = &desk{cases: w.cases, said: map[string]casework.Said{}}
	w.conf = api.Config{
		Cases: w.cases, Handoffs: w.desk, Access: w.door, Ledger: w.shared, Members: w.shared, Own: ownFake{w.shared}, Node: w.shared, Trail: w.shared, Replays: w.store,
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "serasi_up 1\n") }),
		MaxBody: 64 << 10, Version: "1.0", Log: slog.New(slog.NewTextHandler(w.logs, nil)), Clock: w.clock.now,
	}
	w.conf.Directory, w.conf.Partners = w.rooms()
	w.conf.Letters = w.office()
	w.conf.People, w.conf.Logins, w.conf.Privacy = w.watch()
	w.care = w.careRoom()
	w.conf.Care = w.care.Care()
	w.conf.Forms = w.care.Forms()
	w.conf.Reports = reportDesk(t, w.store, w.clock)
	w.conf.Imports = importDesk(t, w)
	w.conf.Waits = []api.Waits{
		func(context.Context, casework.Actor) ([]casework.Errand, error) {
			return []casework.Errand{{Kind: casework.Resting, Case: "c"}, {Kind: casework.IsDue, Due: start}}, nil
		},
		func(context.Context, casework.Actor) ([]casework.Errand, error) { return nil, casework.Forbidden },
	}
	w.restart()
	w.populate()
	return w
}

// restart makes a new API on the same store, as a new process does.
func (w *world) restart() {
	w.t.Helper()
	var err error
	if w.api, err = api.New(w.conf); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) populate() {
	w.t.Helper()
	code, err := w.door.FirstCode(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	admin, err := w.door.ClaimFirst(w.t.Context(), code, "sari", password)
	if err != nil {
		w.t.Fatal(err)
	}
	w.users["sari"] = admin
	w.token("sari", "read", "write", "node", "stepup")
	by, err := w.door.Authenticate(w.t.Context(), w.tokens["sari"])
	if err != nil {
		w.t.Fatal(err)
	}
	for login, p := range people {
		u, err := w.door.CreateUser(w.t.Context(), by, api.NewUser{Login: login, Name: "Orang " + login, Roles: []casework.Role{p.role}, Unit: "anak", Password: password})
		if err != nil {
			w.t.Fatal(err)
		}
		w.users[login] = u
		w.token(login, p.scopes...)
	}
}

func (w *world) token(login string, scopes ...casework.Scope) string {
	w.t.Helper()
	bearer, _, err := w.door.Issue(w.t.Context(), casework.SignIn{Login: login, Password: password}, api.NewToken{Label: "test", Scopes: scopes})
	if err != nil {
		w.t.Fatal(err)
	}
	w.tokens[login] = bearer
	return bearer
}

// in is w in a subtest.
func (w *world) in(t testing.TB) *world {
	sub := *w
	sub.t = t
	return &sub
}

// answer is what came back.
type answer struct {
	*httptest.ResponseRecorder
	t testing.TB
}

// into decodes the body.
func (a answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.Body.Bytes(), v); err != nil {
		a.t.Fatalf("body %q: %v", a.Body, err)
	}
}

func (a answer) problem() api.Problem {
	a.t.Helper()
	if ct := a.Header().Get("Content-Type"); ct != "application/problem+json" {
		a.t.Fatalf("%d with Content-Type %q: %s", a.Code, ct, a.Body)
	}
	var p api.Problem
	a.into(&p)
	if p.Status != a.Code || !strings.HasPrefix(p.Type, "urn:serasi:problem:") || p.Title == "" || p.Detail == "" || !strings.HasPrefix(p.Instance, "urn:serasi:request:") {
		a.t.Fatalf("an incomplete problem: %s", a.Body)
	}
	return p
}

// want fails unless the status is this one.
func (a answer) want(status int) answer {
	a.t.Helper()
	if a.Code != status {
		a.t.Fatalf("status %d, want %d: %s", a.Code, status, a.Body)
	}
	return a
}

// fault fails unless the answer is a problem that names this place.
func (a answer) fault(location string) {
	a.t.Helper()
	for _, e := range a.problem().Errors {
		if e.Location == location && e.Message != "" {
			return
		}
	}
	a.t.Fatalf("no fault at %s: %s", location, a.Body)
}

type option func(*http.Request)

func header(name, value string) option { return func(r *http.Request) { r.Header.Set(name, value) } }

func ifMatch(v string) option  { return header("If-Match", v) }
func withKey(k string) option  { return header("Idempotency-Key", k) }
func from(addr string) option  { return func(r *http.Request) { r.RemoteAddr = addr } }
func without(h string) option  { return func(r *http.Request) { r.Header.Del(h) } }
func media(ct string) option   { return header("Content-Type", ct) }
func cookie(v string) option   { return header("Cookie", v) }
func bearer(tok string) option { return header("Authorization", "Bearer "+tok) }

// do sends a request as somebody; "" is nobody. body is JSON text or "".
func (w *world) do(login, method, path, body string, options ...option) answer {
	w.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if login != "" {
		r.Header.Set("Authorization", "Bearer "+w.tokens[login])
	}
	for _, o := range options {
		o(r)
	}
	rec := httptest.NewRecorder()
	w.api.Handler().ServeHTTP(rec, r)
	return answer{rec, w.t}
}

const intake = `{"claims":[{"kind":"name","value":"Siti Rahayu","standing":"stated","source":"nenek"}],"urgency":"24h","basis":"vital interest"}`

// open opens a case as budi and returns its address.
func (w *world) open() string {
	w.t.Helper()
	return w.do("budi", "POST", base+"/cases", intake).want(201).Header().Get("Location")
}
