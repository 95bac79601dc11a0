package access_test

import (
	"strings"
	"testing"
	"time"

	"serasi/node/access"
	"serasi/node/casework"
)

// desk is a house with somebody at its pages.
type desk struct {
	*house
	*access.Sessions
	cookie string
	budi   casework.User
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	h := newHouse(t)
	d := &desk{house: h, budi: h.add("budi", casework.Worker)}
	d.Sessions = h.Accounts.Sessions()
	d.cookie = d.enter("budi")
	return d
}

func (d *desk) enter(login string) string {
	d.t.Helper()
	cookie, _, err := d.Sessions.SignIn(d.t.Context(), casework.SignIn{Login: login, Password: goodPassword})
	if err != nil {
		d.t.Fatalf("sign in: %v", err)
	}
	return cookie
}

func (d *desk) here(what string, kind casework.Kind) casework.Actor {
	d.t.Helper()
	by, _, err := d.Session(d.t.Context(), d.cookie)
	wants(d.t, what, err, kind)
	return by
}

func TestSessionKnowsWhoIsThere(t *testing.T) {
	d := newDesk(t)
	by, s, err := d.Session(t.Context(), d.cookie)
	if err != nil || by.User != d.budi.ID || by.Via != "web" || !by.StepUp || by.Session == "" || by.Token != "" {
		t.Fatalf("%+v, %v", by, err)
	}
	if s.Name != "Staf budi" || s.Locked || s.Expires.Sub(d.clock.now()) != 30*time.Minute {
		t.Errorf("%+v", s)
	}
	if d.store.holds(d.cookie) {
		t.Error("the store holds the cookie as it is")
	}
	if other := d.enter("budi"); other == d.cookie {
		t.Error("two sessions have one cookie")
	}
}

func TestSessionEnds(t *testing.T) {
	tests := map[string]func(d *desk){
		"for want of use": func(d *desk) { d.clock.pass(30 * time.Minute) },
		"after twelve hours, however busy": func(d *desk) {
			for range 35 {
				d.clock.pass(20 * time.Minute)
				d.here("in use", "")
			}
			d.clock.pass(20 * time.Minute)
		},
		"by signing out": func(d *desk) {
			if err := d.SignOut(d.t.Context(), d.cookie); err != nil {
				d.t.Fatal(err)
			}
		},
		"when the account is disabled": func(d *desk) {
			yes := true
			d.mustChange(casework.UserPatch{Disabled: &yes})
		},
		"when the role changes": func(d *desk) { d.mustChange(casework.UserPatch{Roles: &[]casework.Role{casework.FrontDesk}}) },
		"when an admin sets the password": func(d *desk) {
			if err := d.SetPassword(d.t.Context(), d.admin, d.budi.ID, "", "angin di atas bukit"); err != nil {
				d.t.Fatal(err)
			}
		},
		"when another session ends it": func(d *desk) {
			other, _, err := d.Session(d.t.Context(), d.enter("budi"))
			if err != nil {
				d.t.Fatal(err)
			}
			if err := d.EndLogins(d.t.Context(), other, d.budi.ID); err != nil {
				d.t.Fatal(err)
			}
		},
		"when an admin ends it": func(d *desk) {
			list, err := d.Logins(d.t.Context(), d.admin, d.budi.ID)
			if err != nil || len(list) != 1 {
				d.t.Fatalf("%v, %v", list, err)
			}
			if err := d.EndLogin(d.t.Context(), d.admin, d.budi.ID, list[0].ID); err != nil {
				d.t.Fatal(err)
			}
		},
		"when twenty newer ones began": func(d *desk) {
			for range 20 {
				d.clock.pass(time.Second)
				d.enter("budi")
			}
		},
	}
	for name, end := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.here("before", "")
			end(d)
			d.here("after", casework.Unknown)
			wants(t, "put after", d.Put(t.Context(), d.cookie, "k", "v"), casework.Unknown)
		})
	}
}

func (d *desk) mustChange(p casework.UserPatch) {
	d.t.Helper()
	if _, err := d.Change(d.t.Context(), d.admin, d.budi.ID, 1, p); err != nil {
		d.t.Fatal(err)
	}
}

func TestUseKeepsASessionAlive(t *testing.T) {
	d := newDesk(t)
	for range 4 {
		d.clock.pass(29 * time.Minute)
		d.here("in use", "")
	}
	d.restart()
	d.Sessions = d.Accounts.Sessions()
	d.here("after a restart", "")
}

// One's own new password ends the other sessions, not the one it was set in.
func TestOwnPasswordEndsTheOthers(t *testing.T) {
	d := newDesk(t)
	other := d.enter("budi")
	by := d.here("before", "")
	if err := d.SetPassword(t.Context(), by, by.User, goodPassword, "angin di atas bukit"); err != nil {
		t.Fatal(err)
	}
	d.here("the one it was set in", "")
	_, _, err := d.Session(t.Context(), other)
	wants(t, "the other", err, casework.Unknown)
}

func TestALockedSessionShowsNothing(t *testing.T) {
	d := newDesk(t)
	if err := d.Lock(t.Context(), d.cookie); err != nil {
		t.Fatal(err)
	}
	by, s, err := d.Session(t.Context(), d.cookie)
	if err != nil || !s.Locked || by.User != "" || len(by.Roles) != 0 {
		t.Fatalf("%+v, %+v, %v", by, s, err)
	}
	wants(t, "find", access.Gate{}.Check(nil, by, casework.Find, nil), casework.Unknown)
	wants(t, "unlock with a wrong password", d.StepUp(t.Context(), d.cookie, casework.SignIn{Password: "salah salah salah"}), casework.Unknown)
	if _, s, _ = d.Session(t.Context(), d.cookie); !s.Locked {
		t.Error("a wrong password unlocked it")
	}
	if err := d.StepUp(t.Context(), d.cookie, casework.SignIn{Password: goodPassword}); err != nil {
		t.Fatal(err)
	}
	if by := d.here("unlocked", ""); !by.StepUp || by.User != d.budi.ID {
		t.Errorf("%+v", by)
	}
}

func TestStepUpLastsFiveMinutes(t *testing.T) {
	d := newDesk(t)
	d.clock.pass(5 * time.Minute)
	if d.here("later", "").StepUp {
		t.Error("it still counts as fresh")
	}
	if err := d.StepUp(t.Context(), d.cookie, casework.SignIn{Login: "sari", Password: goodPassword}); err != nil {
		t.Fatalf("the login somebody typed was looked at: %v", err)
	}
	if !d.here("again", "").StepUp {
		t.Error("proved again, and it does not count")
	}
	for range 5 {
		_ = d.StepUp(t.Context(), d.cookie, casework.SignIn{Password: "salah salah salah"})
	}
	err := d.StepUp(t.Context(), d.cookie, casework.SignIn{Password: goodPassword})
	wants(t, "after five wrong ones", err, casework.TooMany)
	if err == nil || !strings.Contains(err.Error(), "30s") {
		t.Errorf("how long to wait is not said: %v", err)
	}
}

func TestSmallThingsAreKeptOnce(t *testing.T) {
	d := newDesk(t)
	if err := d.Put(t.Context(), d.cookie, "flash", "tersimpan"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"tersimpan", ""} {
		if got, err := d.Pop(t.Context(), d.cookie, "flash"); got != want || err != nil {
			t.Errorf("popped %q, %v; want %q", got, err, want)
		}
	}
	wants(t, "too large", d.Put(t.Context(), d.cookie, "k", strings.Repeat("x", 5000)), casework.Invalid)
}

func TestCookiesThatAreNone(t *testing.T) {
	d := newDesk(t)
	for _, cookie := range []string{"", "x", strings.Repeat("a", 43), strings.Repeat("a", 500), d.cookie + "a"} {
		_, _, err := d.Session(t.Context(), cookie)
		wants(t, cookie, err, casework.Unknown)
		wants(t, "sign out "+cookie, d.SignOut(t.Context(), cookie), "")
	}
}

func TestLoginsAreOnesOwn(t *testing.T) {
	d := newDesk(t)
	d.clock.pass(time.Second)
	d.enter("budi")
	by := d.here("in use", "")
	list, err := d.Logins(t.Context(), by, by.User)
	if err != nil || len(list) != 2 || !list[0].Here || list[1].Here {
		t.Errorf("%+v, %v", list, err)
	}
	d.add("wati", casework.Head)
	wati := d.signIn("wati", goodPassword)
	_, err = d.Logins(t.Context(), wati, by.User)
	wants(t, "another's", err, casework.Forbidden)
	wants(t, "end another's", d.EndLogins(t.Context(), wati, by.User), casework.Forbidden)
	d.here("after that", "")
}

// How somebody wants the pages is kept with the account, and seen wherever they
// sign in.
func TestTheLookFollowsTheAccount(t *testing.T) {
	d := newDesk(t)
	by := d.here("first", "")
	want := casework.ReadDisplay("en.kontras.150")
	if err := d.KeepDisplay(t.Context(), by, want); err != nil {
		t.Fatal(err)
	}
	odd := want
	odd.Theme, odd.Text = "pink", "400"
	wants(t, "no such theme", d.KeepDisplay(t.Context(), by, odd), casework.Invalid)
	wants(t, "half of it", d.KeepDisplay(t.Context(), by, casework.Display{Lang: casework.English}), casework.Invalid)
	d.cookie = d.enter("budi")
	if _, s, err := d.Session(t.Context(), d.cookie); err != nil || s.Display != want {
		t.Errorf("elsewhere: %+v, %v", s, err)
	}
}

// Whose role must have a second factor sets it up, and does nothing else before.
func TestRolesThatMustHaveASecondFactor(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	must := casework.FactorPolicy{Roles: []casework.Role{casework.Worker}}
	stale := d.admin
	stale.StepUp = false
	if err := d.SetFactorPolicy(ctx, stale, must); !access.NeedsStepUp(err) {
		t.Errorf("without a fresh proof: %v", err)
	}
	wants(t, "by a worker", d.SetFactorPolicy(ctx, d.here("before", ""), must), casework.Forbidden)
	sure := d.here("before", "")
	sure.StepUp = true
	token, _, err := d.CreateToken(ctx, sure, casework.NewToken{Label: "skrip", Scopes: []casework.Scope{casework.ScopeRead}})
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "of no role", d.SetFactorPolicy(ctx, d.admin, casework.FactorPolicy{Roles: []casework.Role{"raja"}}), casework.Invalid)
	if err := d.SetFactorPolicy(ctx, d.admin, must); err != nil {
		t.Fatal(err)
	}
	by, s, err := d.Session(ctx, d.cookie)
	if err != nil || !s.Enrol || len(by.Roles) != 0 {
		t.Fatalf("%+v, %+v, %v", by, s, err)
	}
	wants(t, "find", access.Gate{}.Check(nil, by, casework.Find, nil), casework.Forbidden)
	_, err = d.Authenticate(ctx, token)
	wants(t, "a token from before", err, casework.Forbidden)
	_, _, err = d.CreateToken(ctx, sure, casework.NewToken{Label: "skrip", Scopes: []casework.Scope{casework.ScopeRead}})
	wants(t, "a new token", err, casework.Forbidden)
	factor, err := d.StartSecondFactor(ctx, by)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.ConfirmSecondFactor(ctx, by, codeOf(t, factor.Address, d.clock.now())); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Authenticate(ctx, token); err != nil {
		t.Errorf("a token after that: %v", err)
	}
	if by, s, err = d.Session(ctx, d.cookie); err != nil || s.Enrol || len(by.Roles) != 1 {
		t.Errorf("after that: %+v, %+v, %v", by, s, err)
	}
	h := newHouse(t)
	h.Accounts, err = access.New(access.Config{Store: h.store, Clock: h.clock.now, Cost: quick, SecondFactor: []casework.Role{casework.AdminIT}})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := h.FactorPolicy(ctx, h.admin); err != nil || len(p.Roles) != 1 {
		t.Errorf("what the node was started with: %+v, %v", p, err)
	}
}
