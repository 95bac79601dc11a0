package web_test

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
)

func TestHeaders(t *testing.T) {
	w := newWorld(t)
	w.signIn()
	for _, path := range []string{"/masuk/pertama", "/kasus", "/tidak-ada", "/tampilan", "/bantuan"} {
		a := w.get(path)
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin",
		} {
			if !strings.HasPrefix(a.Header.Get(name), want) {
				t.Errorf("%s: %s is %q", path, name, a.Header.Get(name))
			}
		}
		if strings.Contains(a.Header.Get("Content-Security-Policy"), "unsafe") || a.has("<script>") || a.has(" style=") || a.has(" onclick=") {
			t.Errorf("%s runs what stands in the page", path)
		}
		if n := strings.Count(a.body, "<h1"); n != 1 {
			t.Errorf("%s has %d h1", path, n)
		}
		if !a.has(`<html lang="id"`) {
			t.Errorf("%s has no language", path)
		}
	}
}

func TestAssetsAreKeptForGood(t *testing.T) {
	w := newWorld(t)
	page := w.get("/masuk")
	for _, attr := range []string{`rel="stylesheet" href="`, `script src="`} {
		path := between(page.body, attr, `"`)
		a := w.get(path)
		if a.StatusCode != http.StatusOK || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %q", path, a.StatusCode, a.Header.Get("Cache-Control"))
		}
		req := w.request(path, nil)
		req.Method, req.Body, req.ContentLength = http.MethodGet, nil, 0
		req.Header.Set("Accept-Encoding", "gzip")
		if a := w.do(req); a.Header.Get("Content-Encoding") != "gzip" || len(a.body) > 10<<10 {
			t.Errorf("%s packed: %q, %d bytes", path, a.Header.Get("Content-Encoding"), len(a.body))
		}
	}
	if a := w.get("/aset/none.css"); a.StatusCode != http.StatusNotFound {
		t.Errorf("no such file: %d", a.StatusCode)
	}
}

func TestForgedFormsAreRefused(t *testing.T) {
	w := newWorld(t)
	w.signIn()
	for name, tt := range map[string]struct{ header, value string }{
		"another site": {"Sec-Fetch-Site", "cross-site"}, "sibling": {"Sec-Fetch-Site", "same-site"}, "origin": {"Origin", "https://elsewhere.example"}, "hidden": {"Origin", "null"},
	} {
		req := w.request("/keluar", nil)
		req.Header.Set(tt.header, tt.value)
		if a := w.do(req); a.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	if a := w.get("/"); a.Request.URL.Path != "/" {
		t.Error("a forged form signed out")
	}
}

func TestErrorPages(t *testing.T) {
	for kind, want := range map[casework.Kind]struct {
		status   int
		id, en   string
		noReason bool
	}{
		casework.Forbidden:   {http.StatusForbidden, "Tidak diizinkan", "Not permitted", false},
		casework.NotFound:    {http.StatusNotFound, "Tidak ditemukan", "Not found", false},
		casework.Conflict:    {http.StatusConflict, "Keadaannya sudah berubah", "Things have changed", false},
		casework.Frozen:      {http.StatusLocked, "Kasus sedang dibekukan", "The case is frozen", false},
		casework.TooMany:     {http.StatusTooManyRequests, "Terlalu sering", "Too many tries", false},
		casework.Unavailable: {http.StatusServiceUnavailable, "Belum bisa sekarang", "Not possible now", false},
		casework.Internal:    {http.StatusInternalServerError, "Ada kesalahan pada sistem", "Something went wrong here", true},
	} {
		w := newWorld(t)
		w.signIn()
		w.cases.err = fmt.Errorf("list: %w", kind.Because("there is no such case"))
		if want.noReason {
			w.cases.err = errors.New("write node.db: disk on fire")
		}
		a := w.get("/kasus")
		if a.StatusCode != want.status || !a.has("<h1>"+want.id) || a.has("disk on fire") || a.has("kasus tidak ditemukan") == want.noReason {
			t.Errorf("%s: %d %s", kind, a.StatusCode, a.body)
		}
		if number := a.Header.Get("X-Request-Id"); number == "" || !a.has(number) {
			t.Errorf("%s: the page does not tell the number of the event", kind)
		}
		w.english()
		if a = w.get("/kasus"); !a.has("<h1>"+want.en) || !a.has(`lang="en"`) {
			t.Errorf("%s in English: %s", kind, a.body)
		}
	}
}

func TestStaleEditShowsBothTexts(t *testing.T) {
	w := newWorld(t)
	w.signIn()
	w.cases.err = casework.Stale(casework.Case{Need: "kursi roda", Version: 3}, casework.Case{Need: "kruk <i>", Version: 2})
	a := w.get("/kasus")
	if a.StatusCode != http.StatusConflict || !a.has("kursi roda") || !a.has("kruk &lt;i&gt;") || !a.has("Kebutuhan") || a.has("version") {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

func TestToday(t *testing.T) {
	w := newWorld(t)
	w.signIn()
	if a := w.get("/"); !a.has("Tidak ada yang menunggu.") || !a.has("Minggu, 22 November 2026") {
		t.Errorf("an empty day: %s", a.body)
	}
	w.waits = []casework.Errand{
		{Kind: casework.Resting, Case: "c2", Number: "SRK-2026-00002", Name: "B. B.", Since: noon.AddDate(0, -1, 0)},
		{Kind: casework.ToAnswer, Handoff: "h1", Balai: "MGL", Due: noon.Add(-time.Hour)},
		{Kind: casework.IsDue, Case: "c1", Words: "<script>alert(1)</script>", Due: noon.Add(50 * time.Hour)},
	}
	a := w.get("/")
	late, soon, rest := strings.Index(a.body, "Lewat tenggat"), strings.Index(a.body, "2 hari lagi"), strings.Index(a.body, "SRK-2026-00002")
	if late < 0 || late > soon || soon > rest || !a.has(`href="/rujukan/h1"`) || a.has("<script>alert") {
		t.Errorf("%d %d %d in %s", late, soon, rest, a.body)
	}
	w.broken = errors.New("a source is away")
	if a = w.get("/"); a.StatusCode != http.StatusOK || !a.has("Daftar ini belum lengkap") {
		t.Errorf("a broken source: %d", a.StatusCode)
	}
	w.broken = nil
	for range 40 {
		w.waits = append(w.waits, casework.Errand{Kind: casework.Resting, Case: "c3"})
	}
	if a = w.get("/"); strings.Count(a.body, "Lama tidak disentuh") != 23 || !a.has("Dan 18 lagi.") {
		t.Errorf("a long day: %d", strings.Count(a.body, "Lama tidak disentuh"))
	}
}

func TestFind(t *testing.T) {
	w := newWorld(t)
	w.signIn()
	if a := w.get("/kasus"); !a.has("Tidak ketemu") || w.cases.asked.Limit != 25 {
		t.Errorf("an empty list: %s", a.body)
	}
	w.cases.page = casework.Page[casework.Card]{Next: "c9", Items: []casework.Card{
		{ID: "c1", Number: "SRK-2026-00001", Name: "Siti <b>", Stage: casework.Planning, State: casework.OnOffer, Urgency: casework.Within24h, Sex: "P", AgeBand: "18-24"},
	}}
	a := w.get("/kasus?tahap=4&keadaan=on+offer&milik=1")
	if q := w.cases.asked; q.Stage != casework.Planning || q.State != casework.OnOffer || q.Lead != "ani" {
		t.Errorf("asked %+v", q)
	}
	for _, want := range []string{"Siti &lt;b&gt;", "4 Perencanaan layanan", "Sedang ditawarkan", "Darurat: 24 jam", "perempuan", "dari=c9", `href="/kasus?keadaan=on+offer&amp;milik=1"`} {
		if !a.has(want) {
			t.Errorf("no %q in %s", want, a.body)
		}
	}
	a = w.post("/kasus", "text", " Siti Aminah ")
	if w.cases.asked.Text != "Siti Aminah" || strings.Contains(a.Request.URL.String(), "Siti") || strings.Contains(between(a.body, "<title>", "</title>"), "Siti") {
		t.Errorf("a search: asked %q at %s", w.cases.asked.Text, a.Request.URL)
	}
	if w.get(a.Request.URL.RequestURI()); w.cases.asked.Text != "Siti Aminah" {
		t.Error("coming back forgets what was looked for")
	}
	if a = w.get("/kasus?keadaan=nosuch"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no such state: %d", a.StatusCode)
	}
}

func TestLook(t *testing.T) {
	w := newWorld(t)
	a := w.post("/tampilan", "lang", "en", "theme", "kontras", "text", "150", "motion", "still", "keys", "on", "_kembali", "/masuk/pertama")
	if a.Request.URL.Path != "/masuk/pertama" || !a.has(`lang="en"`) || !a.has(`data-theme="kontras"`) || !a.has(`data-text="150"`) || !a.has("data-keys") {
		t.Errorf("%s: %s", a.Request.URL, a.body[:400])
	}
	if a = w.get("/tampilan"); !a.has(`value="kontras" checked`) {
		t.Error("the form does not show what is set")
	}
	if a = w.post("/tampilan", "theme", `"><script>`, "_kembali", "https://elsewhere.example"); a.Request.URL.Host != strings.TrimPrefix(w.srv.URL, "http://") || a.has(`"><script>`) {
		t.Errorf("nonsense led to %s", a.Request.URL)
	}
	w.signIn()
	if a = w.post("/tampilan", "lang", "id", "theme", "dark"); !a.has(`data-theme="dark"`) || !strings.HasPrefix(w.door.look.String(), "id.dark.150") {
		t.Errorf("the account keeps %q", w.door.look)
	}
	w.post("/keluar")
	if a = w.get("/masuk"); !a.has(`data-theme="kontras"`) || !a.has(`lang="en"`) {
		t.Error("before signing in the pages look as an account wants them")
	}
	w.signIn()
	if a = w.get("/tampilan"); !a.has(`data-theme="dark"`) || !a.has(`lang="id"`) {
		t.Error("the look did not follow the account")
	}
}

func TestDrafts(t *testing.T) {
	w := newWorld(t)
	if a := w.post("/draf", "_draf", "note", "text", "x"); a.StatusCode != http.StatusUnauthorized || len(w.drafts.rows) > 0 {
		t.Errorf("a stranger: %d", a.StatusCode)
	}
	w.signIn()
	if a := w.post("/draf", "_draf", "note", "_kasus", "c1", "text", "x"); a.StatusCode != http.StatusNoContent || w.drafts.rows["notec1"].Fields["text"][0] != "x" {
		t.Errorf("%d %v", a.StatusCode, w.drafts.rows)
	}
	if a := w.post("/draf", "text", "x"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no form: %d", a.StatusCode)
	}
}

func TestTooMuch(t *testing.T) {
	w := newWorld(t)
	w.signIn()
	if a := w.do(w.request("/draf", url.Values{"_draf": {"note"}, "text": {strings.Repeat("x", 2<<20)}})); a.StatusCode != http.StatusUnprocessableEntity || !a.has("Ada yang perlu diperbaiki") {
		t.Errorf("%d", a.StatusCode)
	}
	for _, path := range []string{"/kasus/../kasus", "//kasus", "/kasus?" + strings.Repeat("x", 3000), "/Kasus", "/kasus/"} {
		if a := w.get(path); a.StatusCode != http.StatusNotFound {
			t.Errorf("%.20s: %d", path, a.StatusCode)
		}
	}
}

func TestNewsStream(t *testing.T) {
	w := newWorld(t)
	w.signIn()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.srv.URL+"/aliran", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := w.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var got []string
	for lines := bufio.NewScanner(resp.Body); len(got) < 3 && lines.Scan(); {
		got = append(got, lines.Text())
	}
	if strings.Join(got, "|") != "id: 2|event: inbox|data: 1" || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%q as %s", got, resp.Header.Get("Content-Type"))
	}
}

func TestHelp(t *testing.T) {
	w := newWorld(t)
	if a := w.get("/bantuan/istilah?dari=50"); !a.has(`rel="next"`) || a.StatusCode != http.StatusOK {
		t.Error("no further words")
	}
	if a := w.get("/bantuan/istilah?dari=-3"); a.StatusCode != http.StatusOK {
		t.Errorf("nonsense: %d", a.StatusCode)
	}
}
