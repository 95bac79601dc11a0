package web_test

import (
	"net/http"
	"strings"
	"testing"

	"serasi/node/casework"
)

func TestSignIn(t *testing.T) {
	w := newWorld(t)
	if a := w.get("/kasus"); a.Request.URL.Path != "/masuk" || a.Request.URL.Query().Get("kembali") != "/kasus" || !a.has("<h1>Masuk</h1>") {
		t.Fatalf("a stranger gets %s", a.Request.URL)
	}
	a := w.post("/masuk", "login", "ani", "password", "salah")
	if a.StatusCode != http.StatusUnprocessableEntity || !a.has(`role="alert"`) || !a.has("<title>Kesalahan: Masuk") || a.has("salah\"") && a.has(`value="salah"`) {
		t.Errorf("a wrong password: %d %s", a.StatusCode, a.body)
	}
	if a = w.post("/masuk", "login", "ani", "password", "benar", "_kembali", "/kasus?tahap=2"); a.Request.URL.RequestURI() != "/kasus?tahap=2" {
		t.Errorf("signing in led to %s", a.Request.URL)
	}
	if a = w.get("/masuk?kembali=//elsewhere.example/x"); a.Request.URL.Path != "/" {
		t.Errorf("signed in already, and led to %s", a.Request.URL)
	}
	if a = w.post("/keluar"); a.Request.URL.Path != "/masuk" {
		t.Errorf("signing out led to %s", a.Request.URL)
	}
	if a = w.get("/"); a.Request.URL.Path != "/masuk" {
		t.Error("still signed in")
	}
}

func TestQuickExitLocks(t *testing.T) {
	w := newWorld(t)
	w.signIn()
	a := w.post("/keluar", "cara", "tutup")
	if a.Request.URL.Path != "/tutup" || a.has("Ani") || a.has("Kasus") || !a.has("Kalender") {
		t.Errorf("the neutral page shows %s", a.body)
	}
	if a = w.get("/kasus"); a.Request.URL.Path != "/masuk" || !a.has("Sesi terkunci") || a.has("name=\"login\"") {
		t.Errorf("a locked session shows %s", a.Request.URL)
	}
	if a = w.post("/masuk", "password", "benar", "_kembali", "/kasus"); a.Request.URL.Path != "/kasus" {
		t.Errorf("unlocking led to %s", a.Request.URL)
	}
}

func TestTextSurvivesATimeOut(t *testing.T) {
	w := newWorld(t)
	w.signIn()
	w.door.sessions = map[string]*session{} // the time-out
	a := w.post("/draf/buang", "_draf", "note", "_kasus", "c1", "text", "Ibu datang <b>pagi</b>")
	if a.StatusCode != http.StatusUnauthorized || !a.has("Tulisan Anda tidak hilang") {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	kept := between(a.body, `name="_isi" value="`, `"`)
	if kept == "" || strings.Contains(kept, "<b>") {
		t.Fatalf("what was sent is kept as %q", kept)
	}
	w.post("/masuk", "login", "ani", "password", "benar", "_kembali", "/", "_isi", strings.ReplaceAll(kept, "&amp;", "&"))
	if d := w.drafts.rows["notec1"]; len(d.Fields["text"]) != 1 || d.Fields["text"][0] != "Ibu datang <b>pagi</b>" || d.By != "ani" {
		t.Errorf("the draft is %+v", d)
	}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

func TestStepUpDoesWhatWasMeant(t *testing.T) {
	w := newWorld(t)
	w.signIn()
	w.cases.err = prove{casework.Forbidden.Because("sign in again to confirm this")}
	if a := w.get("/kasus?tahap=3"); a.Request.URL.Path != "/masuk/ulang" || !a.has("kata sandi diminta sekali lagi") {
		t.Fatalf("led to %s", a.Request.URL)
	}
	if a := w.post("/masuk/ulang", "password", "salah"); a.StatusCode != http.StatusUnprocessableEntity || !a.has(`role="alert"`) {
		t.Errorf("a wrong password: %d", a.StatusCode)
	}
	w.cases.err = nil
	if a := w.post("/masuk/ulang", "password", "benar"); a.Request.URL.RequestURI() != "/kasus?tahap=3" {
		t.Errorf("led to %s", a.Request.URL)
	}
	if len(w.drafts.rows) != 0 {
		t.Errorf("what was meant is still kept: %v", w.drafts.rows)
	}
	if a := w.get("/masuk/ulang"); a.Request.URL.Path != "/" {
		t.Errorf("nothing is meant, and led to %s", a.Request.URL)
	}
}

func TestFirstAccount(t *testing.T) {
	w := newWorld(t)
	w.door.first = casework.Faulty(casework.Fault{Field: "password", Words: "is missing"})
	if a := w.post("/masuk/pertama", "code", "X", "login", "it"); a.StatusCode != http.StatusUnprocessableEntity || !a.has(`href="#f-password"`) || !a.has(`aria-invalid="true"`) {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	w.door.first = nil
	if a := w.post("/masuk/pertama", "code", "X", "login", "it", "password", "panjang sekali"); a.Request.URL.Path != "/masuk" {
		t.Errorf("led to %s", a.Request.URL)
	}
}
