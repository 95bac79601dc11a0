package web_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/web"
)

var noon = time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)

// world is the pages over a small house of fakes.
type world struct {
	t       *testing.T
	door    *door
	drafts  *drafts
	cases   *cases
	waits   []casework.Errand
	doubles doubles
	broken  error // what the source of the day fails with
	srv     *httptest.Server
	http    *http.Client
}

func newWorld(t *testing.T, change ...func(*web.Config)) *world {
	t.Helper()
	w := &world{t: t, door: &door{sessions: map[string]*session{}}, drafts: &drafts{rows: map[string]casework.Draft{}}, cases: &cases{}}
	cfg := web.Config{
		Door: w.door, Drafts: w.drafts, Cases: w.cases, Doubles: &w.doubles, News: news{},
		Waits:       []web.Waits{func(context.Context, casework.Actor) ([]casework.Errand, error) { return w.waits, w.broken }},
		Allowed:     func(by casework.Actor, act casework.Action) bool { return act == casework.Find && by.User == "ani" },
		NeedsStepUp: func(err error) bool { return errors.As(err, new(prove)) },
		Balai:       "SRK", Name: "Sentra Terpadu Soeharso", Zone: time.FixedZone("WIB", 7*3600), Clock: func() time.Time { return noon },
	}
	for _, f := range change {
		f(&cfg)
	}
	site, err := web.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.srv = httptest.NewServer(site.Handler())
	t.Cleanup(w.srv.Close)
	t.Cleanup(site.Stop)
	w.newBrowser()
	return w
}

// newBrowser forgets all cookies.
func (w *world) newBrowser() {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.http = &http.Client{Jar: jar}
}

// answer is a page as it came.
type answer struct {
	*http.Response
	body string
}

func (a answer) has(s string) bool { return strings.Contains(a.body, s) }

func (w *world) do(req *http.Request) answer {
	w.t.Helper()
	resp, err := w.http.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answer{resp, string(b)}
}

func (w *world) get(path string) answer {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.srv.URL+path, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.do(req)
}

func (w *world) request(path string, fields url.Values) *http.Request {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.srv.URL+path, strings.NewReader(fields.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Referer", w.srv.URL+path)
	return req
}

func (w *world) post(path string, pairs ...string) answer {
	w.t.Helper()
	fields := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		fields.Add(pairs[i], pairs[i+1])
	}
	return w.do(w.request(path, fields))
}

func (w *world) signIn() {
	w.t.Helper()
	if a := w.post("/masuk", "login", "ani", "password", "benar"); a.Request.URL.Path != "/" || a.StatusCode != http.StatusOK {
		w.t.Fatalf("signing in led to %s, %d", a.Request.URL.Path, a.StatusCode)
	}
}

// english sets the language of the browser.
func (w *world) english() {
	w.t.Helper()
	w.post("/tampilan", "lang", "en")
}

type prove struct{ error }

// door lets ani in.
type door struct {
	mu       sync.Mutex // guards sessions
	sessions map[string]*session
	first    error
	look     casework.Display // of ani's account
}

type session struct {
	kept   map[string]string
	locked bool
	proven bool
}

func (d *door) SignIn(_ context.Context, in casework.SignIn) (string, casework.Session, error) {
	if in.Login != "ani" || in.Password != "benar" {
		return "", casework.Session{}, casework.Unknown.Because("the login, the password or the code is wrong")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	cookie := "cookie-" + string(rune('a'+len(d.sessions)))
	d.sessions[cookie] = &session{kept: map[string]string{}}
	return cookie, casework.Session{User: "ani", Name: "Ani"}, nil
}

func (d *door) Session(_ context.Context, cookie string) (casework.Actor, casework.Session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.sessions[cookie]
	switch {
	case s == nil:
		return casework.Actor{}, casework.Session{}, casework.Unknown.Because("your session has ended; sign in again")
	case s.locked:
		return casework.Actor{}, casework.Session{User: "ani", Name: "Ani", Locked: true}, nil
	}
	return casework.Actor{User: "ani", Name: "Ani", StepUp: s.proven}, casework.Session{User: "ani", Name: "Ani", Display: d.look}, nil
}

func (d *door) KeepDisplay(_ context.Context, _ casework.Actor, look casework.Display) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.look = look
	return nil
}

func (d *door) with(cookie string, f func(*session)) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.sessions[cookie]
	if s == nil {
		return casework.Unknown.Because("your session has ended; sign in again")
	}
	f(s)
	return nil
}

func (d *door) StepUp(_ context.Context, cookie string, in casework.SignIn) error {
	if in.Password != "benar" {
		return casework.Unknown.Because("the login, the password or the code is wrong")
	}
	return d.with(cookie, func(s *session) { s.locked, s.proven = false, true })
}

func (d *door) SignOut(_ context.Context, cookie string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.sessions, cookie)
	return nil
}

func (d *door) Lock(_ context.Context, cookie string) error {
	return d.with(cookie, func(s *session) { s.locked, s.proven = true, false })
}

func (d *door) ClaimFirst(context.Context, string, string, string) error { return d.first }

func (d *door) Put(_ context.Context, cookie, key, value string) error {
	return d.with(cookie, func(s *session) { s.kept[key] = value })
}

func (d *door) Pop(_ context.Context, cookie, key string) (value string, err error) {
	err = d.with(cookie, func(s *session) {
		value = s.kept[key]
		delete(s.kept, key)
	})
	return value, err
}

// drafts keeps drafts in a map.
type drafts struct {
	mu   sync.Mutex // guards rows
	rows map[string]casework.Draft
}

func (d *drafts) SaveDraft(_ context.Context, by casework.Actor, form string, id casework.CaseID, fields map[string][]string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.rows[form+string(id)] = casework.Draft{Form: form, Case: id, By: by.User, Fields: fields}
	return nil
}

func (d *drafts) Draft(_ context.Context, _ casework.Actor, form string, id casework.CaseID) (casework.Draft, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rows[form+string(id)], nil
}

func (d *drafts) DropDraft(_ context.Context, _ casework.Actor, form string, id casework.CaseID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.rows, form+string(id))
	return nil
}

func (d *drafts) Drafts(context.Context, casework.Actor) ([]casework.Draft, error) { return nil, nil }

// cases lists what the test put there.
type cases struct {
	web.Cases // what a test does not use it must not call
	page      casework.Page[casework.Card]
	asked     casework.Query
	err       error
}

func (c *cases) List(_ context.Context, _ casework.Actor, q casework.Query) (casework.Page[casework.Card], error) {
	c.asked = q
	return c.page, c.err
}

// news has one handoff waiting, and then nothing more.
type news struct{}

func (news) Now(context.Context, casework.Actor) (casework.News, error) {
	return casework.News{Mark: 2, Inbox: 1}, nil
}

func (news) Watch(ctx context.Context, _ casework.Actor, after uint64) (casework.News, error) {
	if after == 2 {
		<-ctx.Done()
		return casework.News{}, ctx.Err()
	}
	return casework.News{Mark: 2, Inbox: 1}, nil
}
