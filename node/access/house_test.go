package access_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"serasi/node/access"
	"serasi/node/casework"
)

// quick is a cost for tests that are not about cost.
var quick = access.Cost{Time: 1, Memory: 64, Threads: 1}

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

// house is a balai with an admin IT called sari. When a test ends, its trail
// must add up.
type house struct {
	*access.Accounts
	t     *testing.T
	store *memory
	clock *clock
	admin casework.Actor
}

const (
	goodPassword = "kuda laut makan pisang"
	sariPassword = "hujan turun di pasar"
)

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, store: newMemory(), clock: &clock{at: time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)}}
	h.restart()
	code, err := h.FirstCode(t.Context())
	if err != nil || code == "" {
		t.Fatalf("first code %q, %v", code, err)
	}
	if _, err := h.ClaimFirst(t.Context(), code, "sari", sariPassword); err != nil {
		t.Fatalf("claim the first account: %v", err)
	}
	h.admin = h.signIn("sari", sariPassword)
	t.Cleanup(func() {
		if _, _, err := (access.Trail{}).Verify(h.store, 1); err != nil {
			t.Errorf("the trail at the end: %v", err)
		}
	})
	return h
}

// restart forgets what is only in memory.
func (h *house) restart() {
	h.t.Helper()
	a, err := access.New(access.Config{Store: h.store, Clock: h.clock.now, Cost: quick})
	if err != nil {
		h.t.Fatal(err)
	}
	h.Accounts = a
}

// add makes an account with goodPassword.
func (h *house) add(login string, roles ...casework.Role) casework.User {
	h.t.Helper()
	u, err := h.Create(h.t.Context(), h.admin, casework.NewUser{
		Login: login, Name: "Staf " + login, Roles: roles, Unit: "anak", Password: goodPassword,
	})
	if err != nil {
		h.t.Fatalf("create %s: %v", login, err)
	}
	return u
}

func (h *house) signIn(login, password string) casework.Actor {
	h.t.Helper()
	by, err := h.SignIn(h.t.Context(), access.Credentials{Login: login, Password: password, Via: "cli"})
	if err != nil {
		h.t.Fatalf("sign in: %v", err)
	}
	return by
}

// token makes a token for by.
func (h *house) token(by casework.Actor, scopes ...casework.Scope) (string, casework.Token) {
	h.t.Helper()
	bearer, tok, err := h.CreateToken(h.t.Context(), by, casework.NewToken{Label: "test", Scopes: scopes})
	if err != nil {
		h.t.Fatalf("create token: %v", err)
	}
	return bearer, tok
}

// check asks the gate in a view.
func (h *house) check(by casework.Actor, act casework.Action, c *casework.Case) error {
	return h.store.View(func(tx casework.Tx) error { return access.Gate{}.Check(tx, by, act, c) })
}

// lines returns the whole trail, newest first.
func (h *house) lines() []casework.Line {
	h.t.Helper()
	var all []casework.Line
	for cursor, first := "", true; first || cursor != ""; first = false {
		page, next, err := (access.Trail{}).List(h.store, access.Filter{}, cursor, 100)
		if err != nil {
			h.t.Fatal(err)
		}
		all, cursor = append(all, page...), next
	}
	return all
}

// wants fails unless err is of kind, or nil if kind is "".
func wants(t *testing.T, what string, err error, kind casework.Kind) {
	t.Helper()
	if kind == "" && err == nil || kind != "" && errors.Is(err, kind) {
		return
	}
	t.Errorf("%s: %v, want kind %q", what, err, kind)
}
