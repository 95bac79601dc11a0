package api_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
)

// read does a call over a real connection and reads the answer to its end.
func (w *world) read(login, method, path, body string) error {
	w.t.Helper()
	s := httptest.NewServer(w.api.Handler())
	defer s.Close()
	r, err := http.NewRequestWithContext(w.t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.tokens[login])
	r.Header.Set("Content-Type", "application/json")
	answer, err := s.Client().Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

const key = "b9e1c0de"

func TestAKeyDoesAThingOnce(t *testing.T) {
	w := newWorld(t)
	first := w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(201)
	second := w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(201)
	if first.Body.String() != second.Body.String() || second.Header().Get("Location") != first.Header().Get("Location") ||
		second.Header().Get("ETag") != `"1"` || second.Header().Get("Idempotency-Replayed") != "true" || first.Header().Get("Idempotency-Replayed") != "" {
		t.Errorf("the second answer is another one: %s %v", second.Body, second.Header())
	}
	if n := w.cases.changed(); n != 1 {
		t.Errorf("done %d times", n)
	}
	w.restart() // and after a restart
	w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(201)
	w.do("head", "POST", base+"/cases", intake, withKey(key)).want(201) // another person's key is another key
	w.do("budi", "POST", base+"/cases", intake).want(201)
	if n := w.cases.changed(); n != 3 {
		t.Errorf("done %d times, want 3", n)
	}
}

func TestAKeyIsForOneRequest(t *testing.T) {
	w := newWorld(t)
	at := w.open()
	w.do("budi", "PATCH", at, `{"need":"a"}`, ifMatch(`"1"`), withKey(key)).want(200)
	for name, a := range map[string]answer{
		"another body":    w.do("budi", "PATCH", at, `{"need":"b"}`, ifMatch(`"1"`), withKey(key)),
		"another version": w.do("budi", "PATCH", at, `{"need":"a"}`, ifMatch(`"2"`), withKey(key)),
		"another route":   w.do("budi", "POST", base+"/cases", intake, withKey(key)),
		"a bad key":       w.do("budi", "POST", base+"/cases", intake, withKey("two words")),
		"an empty key":    w.do("budi", "POST", base+"/cases", intake, withKey("")),
		"a long key":      w.do("budi", "POST", base+"/cases", intake, withKey(strings.Repeat("k", 201))),
	} {
		t.Run(name, func(t *testing.T) {
			a.t = t
			a.want(422).fault("header.Idempotency-Key")
		})
	}
	w.do("budi", "PATCH", at, `{"need":"a"}`, ifMatch(`"1"`), withKey(key)).want(200)
	if n := w.cases.changed(); n != 2 {
		t.Errorf("done %d times, want 2", n)
	}
}

func TestARefusalFreesTheKey(t *testing.T) {
	w := newWorld(t)
	w.do("budi", "POST", base+"/cases", `{"urgency":"soon","basis":"consent"}`, withKey(key)).want(422)
	w.do("budi", "POST", base+"/cases", `{"zzz":1}`, withKey(key)).want(422)
	w.do("budi", "POST", base+"/cases", `{`, withKey(key)).want(400)
	w.cases.fail = casework.Unavailable.Because("the disk is full")
	w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(503)
	w.cases.fail = nil
	w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(201)
}

func TestTwoAtOnceDoAThingOnce(t *testing.T) {
	w := newWorld(t)
	w.cases.enter, w.cases.leave = make(chan struct{}), make(chan struct{})
	first := make(chan int, 1)
	go func() { first <- w.do("budi", "POST", base+"/cases", intake, withKey(key)).Code }()
	<-w.cases.enter
	a := w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(http.StatusConflict)
	if a.problem(); a.Header().Get("Retry-After") == "" {
		t.Error("nobody says when to come back")
	}
	close(w.cases.leave)
	if code := <-first; code != 201 {
		t.Errorf("the first got %d", code)
	}
	w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(201)
	if n := w.cases.changed(); n != 1 {
		t.Errorf("done %d times", n)
	}
}

// TestNobodyKnows ends the process between the effect and its answer, and lets a
// fault of ours hide what happened. The thing must not be done again.
func TestNobodyKnows(t *testing.T) {
	t.Run("the process ended", func(t *testing.T) {
		w := newWorld(t)
		w.cases.enter, w.cases.leave = make(chan struct{}), make(chan struct{})
		done := make(chan struct{})
		old := w.api
		go func() {
			defer close(done)
			r := httptest.NewRequest("POST", base+"/cases", strings.NewReader(intake))
			r.Header.Set("Authorization", "Bearer "+w.tokens["budi"])
			r.Header.Set("Idempotency-Key", key)
			old.Handler().ServeHTTP(httptest.NewRecorder(), r)
		}()
		<-w.cases.enter
		w.restart()
		a := w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(http.StatusConflict)
		if p := a.problem(); !strings.Contains(p.Detail, "nobody knows") || a.Header().Get("Location") != base+"/cases" {
			t.Errorf("%+v %v", p, a.Header())
		}
		close(w.cases.leave)
		<-done
	})
	t.Run("a fault of ours", func(t *testing.T) {
		w := newWorld(t)
		w.cases.fail = errors.New("the store did not answer")
		w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(500)
		w.cases.fail = nil
		w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(http.StatusConflict).problem()
		if n := w.cases.changed(); n != 0 {
			t.Errorf("done %d times", n)
		}
		w.do("budi", "POST", base+"/cases", intake, withKey(key+"2")).want(201)
	})
	t.Run("a panic", func(t *testing.T) {
		w := newWorld(t)
		good := w.conf.Cases
		w.conf.Cases = panics{}
		w.restart()
		w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(500)
		w.conf.Cases = good
		w.restart()
		w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(http.StatusConflict)
	})
}

func TestAKeyLastsADay(t *testing.T) {
	w := newWorld(t)
	w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(201)
	w.clock.pass(23 * time.Hour)
	w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(201)
	if n := w.cases.changed(); n != 1 {
		t.Fatalf("done %d times within a day", n)
	}
	w.clock.pass(time.Hour)
	n, err := w.api.Sweep(t.Context())
	if err != nil || n != 1 || w.store.Count(casework.Replays) != 0 {
		t.Errorf("swept %d, %v; %d are left", n, err, w.store.Count(casework.Replays))
	}
	w.do("budi", "POST", base+"/cases", intake, withKey(key)).want(201)
	w.clock.pass(25 * time.Hour)
	w.do("budi", "POST", base+"/cases", intake, withKey(key+"2")).want(201) // sweeps by itself
	if n := w.store.Count(casework.Replays); n != 1 {
		t.Errorf("%d answers are kept, want 1", n)
	}
}

func TestSecretsAreNotKept(t *testing.T) {
	w := newWorld(t)
	a := w.do("sari", "POST", base+"/invitations", `{"code":"BKS"}`, withKey(key)).want(201)
	if !strings.Contains(a.Body.String(), "secret") {
		t.Fatalf("invited: %s", a.Body)
	}
	if p := w.do("sari", "POST", base+"/invitations", `{"code":"BKS"}`, withKey(key)).want(http.StatusConflict).problem(); !strings.Contains(p.Detail, "once") {
		t.Errorf("again: %+v", p)
	}
	w.do("", "POST", base+"/sign-in", `{"login":"budi","password":"`+password+`"}`, withKey(key)).want(201)
	if w.store.Holds(casework.Replays, "secret") || w.store.Holds(casework.Replays, "srs_") || w.shared.count() != 1 {
		t.Error("a secret is kept, or was made twice")
	}
}

// TestAFormIsTheSameWithAnotherBoundary uploads again as a program does that
// starts from nothing.
func TestAFormIsTheSameWithAnotherBoundary(t *testing.T) {
	w := newWorld(t)
	at := w.open() + "/documents"
	before := w.cases.changed()
	body, ct := form("kind", "letter", "title", "a", "file", "isi")
	first := w.do("budi", "POST", at, body, media(ct), withKey(key)).want(201)
	again, ct2 := form("kind", "letter", "title", "a", "file", "isi")
	if ct == ct2 {
		t.Fatal("the boundaries are the same")
	}
	second := w.do("budi", "POST", at, again, media(ct2), withKey(key)).want(201)
	if first.Body.String() != second.Body.String() || w.cases.changed() != before+1 {
		t.Errorf("uploaded twice: %s", second.Body)
	}
	other, ct3 := form("kind", "letter", "title", "a", "file", "lain")
	w.do("budi", "POST", at, other, media(ct3), withKey(key)).want(422).fault("header.Idempotency-Key")
	w.do("budi", "POST", at, other[:len(other)-20], media(ct3), withKey(key)).want(400).problem()
}
