package access_test

import (
	"slices"
	"strings"
	"testing"

	"serasi/node/access"
	"serasi/node/casework"
)

func TestFirstAccount(t *testing.T) {
	store, clk := newMemory(), &clock{at: monday}
	a, err := access.New(access.Config{Store: store, Clock: clk.now, Cost: quick})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	spoilt, err := a.FirstCode(ctx)
	if err != nil {
		t.Fatal(err)
	}
	code, err := a.FirstCode(ctx)
	if err != nil || code == spoilt || store.holds(code) {
		t.Fatalf("codes %q and %q, stored in the clear: %v; %v", spoilt, code, store.holds(code), err)
	}
	_, err = a.ClaimFirst(ctx, spoilt, "sari", sariPassword)
	wants(t, "the code before the last", err, casework.Forbidden)
	_, err = a.ClaimFirst(ctx, "", "sari", sariPassword)
	wants(t, "no code", err, casework.Forbidden)
	_, err = a.ClaimFirst(ctx, code, "sari", "short")
	wants(t, "short password", err, casework.Invalid)
	_, err = a.ClaimFirst(ctx, code, "sari", "")
	wants(t, "no password", err, casework.Invalid)

	clk.pass(firstDay)
	_, err = a.ClaimFirst(ctx, code, "sari", sariPassword)
	wants(t, "a code of the day before", err, casework.Forbidden)
	if code, err = a.FirstCode(ctx); err != nil {
		t.Fatal(err)
	}
	u, err := a.ClaimFirst(ctx, strings.ToLower(strings.ReplaceAll(code, "-", " ")), " Sari ", sariPassword)
	if err != nil || u.Login != "sari" || !slices.Equal(u.Roles, []casework.Role{casework.AdminIT}) {
		t.Fatalf("%+v, %v", u, err)
	}
	_, err = a.ClaimFirst(ctx, code, "dian", sariPassword)
	wants(t, "the code again", err, casework.Forbidden)
	if again, err := a.FirstCode(ctx); err != nil || again != "" {
		t.Errorf("with an account there is a code %q, %v", again, err)
	}
}

func TestFirstCodeIsNotGuessed(t *testing.T) {
	a, err := access.New(access.Config{Store: newMemory(), Clock: (&clock{at: monday}).now, Cost: quick})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.FirstCode(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		_, err = a.ClaimFirst(t.Context(), "AAAA-AAAA-AAAA-AAAA", "sari", sariPassword)
		wants(t, "a guess", err, casework.Forbidden)
	}
	_, err = a.ClaimFirst(t.Context(), "AAAA-AAAA-AAAA-AAAA", "sari", sariPassword)
	wants(t, "one guess too many", err, casework.TooMany)
}

func TestCreateRefuses(t *testing.T) {
	h := newHouse(t)
	h.add("wati", casework.Worker)
	good := casework.NewUser{Login: "budi", Name: "Budi", Roles: []casework.Role{casework.Worker}, Password: goodPassword}
	tests := map[string]struct {
		edit  func(*casework.NewUser)
		kind  casework.Kind
		field string
	}{
		"short login":               {func(u *casework.NewUser) { u.Login = "ab" }, casework.Invalid, "login"},
		"login with a blank":        {func(u *casework.NewUser) { u.Login = "budi santoso" }, casework.Invalid, "login"},
		"taken login":               {func(u *casework.NewUser) { u.Login = "WATI" }, casework.Conflict, ""},
		"no name":                   {func(u *casework.NewUser) { u.Name = "" }, casework.Invalid, "name"},
		"name with a line break":    {func(u *casework.NewUser) { u.Name = "a\nb" }, casework.Invalid, "name"},
		"endless unit":              {func(u *casework.NewUser) { u.Unit = strings.Repeat("x", 101) }, casework.Invalid, "unit"},
		"no role":                   {func(u *casework.NewUser) { u.Roles = nil }, casework.Invalid, "roles"},
		"a role that is not":        {func(u *casework.NewUser) { u.Roles = []casework.Role{"raja"} }, casework.Invalid, "roles"},
		"a role twice":              {func(u *casework.NewUser) { u.Roles = []casework.Role{casework.Head, casework.Head} }, casework.Invalid, "roles"},
		"admin it with a role":      {func(u *casework.NewUser) { u.Roles = []casework.Role{casework.Worker, casework.AdminIT} }, casework.Invalid, "roles"},
		"admin it with the audit":   {func(u *casework.NewUser) { u.Roles = []casework.Role{casework.AdminIT, casework.Auditor} }, casework.Invalid, "roles"},
		"eleven characters":         {func(u *casework.NewUser) { u.Password = "kuda mandi " }, casework.Invalid, "password"},
		"everyone's password":       {func(u *casework.NewUser) { u.Password = "Kata Sandi 123" }, casework.Invalid, "password"},
		"a dozen of one":            {func(u *casework.NewUser) { u.Password = "aaaaaaaaaaaab" }, casework.Invalid, "password"},
		"the login in the password": {func(u *casework.NewUser) { u.Password = "punya BUDI dan adik" }, casework.Invalid, "password"},
		"endless password":          {func(u *casework.NewUser) { u.Password = strings.Repeat("panjang ", 26) }, casework.Invalid, "password"},
		"password that is not text": {func(u *casework.NewUser) { u.Password = goodPassword + "\xff" }, casework.Invalid, "password"},
		"control: as it was":        {func(*casework.NewUser) {}, "", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := good
			tt.edit(&in)
			_, err := h.Create(t.Context(), h.admin, in)
			wants(t, "create", err, tt.kind)
			if tt.field != "" && !slices.ContainsFunc(casework.Faults(err), func(f casework.Fault) bool { return f.Field == tt.field }) {
				t.Errorf("%v does not name %s", err, tt.field)
			}
			if err != nil && in.Password != "" && strings.Contains(err.Error(), in.Password) {
				t.Error("the error repeats the password")
			}
		})
	}
}

func TestOnlyAdminManagesAccounts(t *testing.T) {
	h := newHouse(t)
	h.add("kepala", casework.Head)
	head, ctx := h.signIn("kepala", goodPassword), t.Context()
	before := len(h.lines())
	_, err := h.Create(ctx, head, casework.NewUser{Login: "budi", Name: "Budi", Roles: []casework.Role{casework.Worker}, Password: goodPassword})
	wants(t, "create", err, casework.Forbidden)
	_, err = h.Change(ctx, head, h.admin.User, 1, casework.UserPatch{})
	wants(t, "change", err, casework.Forbidden)
	wants(t, "password of another", h.SetPassword(ctx, head, h.admin.User, "", goodPassword), casework.Forbidden)
	wants(t, "second factor of another", h.DropSecondFactor(ctx, head, h.admin.User), casework.Forbidden)
	_, err = h.Tokens(head, h.admin.User)
	wants(t, "tokens of another", err, casework.Forbidden)
	if lines := h.lines(); len(lines) != before+4 || lines[0].Outcome != access.Denied || lines[0].User != head.User {
		t.Errorf("%d new lines, the last %+v", len(lines)-before, lines[0])
	}
	_, err = h.List(head)
	wants(t, "list", err, casework.Forbidden)
	if users, err := h.List(h.admin); err != nil || len(users) != 2 {
		t.Errorf("list: %d accounts, %v", len(users), err)
	}
}

func TestChange(t *testing.T) {
	h := newHouse(t)
	u, ctx := h.add("wati", casework.Worker), t.Context()
	unit, roles, yes := "lansia", []casework.Role{casework.Head}, true
	admins := []casework.Role{casework.AdminIT, casework.Head}

	changed, err := h.Change(ctx, h.admin, u.ID, u.Version, casework.UserPatch{Unit: &unit})
	if err != nil || changed.Unit != unit || changed.Version != 2 || changed.Name != u.Name {
		t.Fatalf("%+v, %v", changed, err)
	}
	_, err = h.Change(ctx, h.admin, u.ID, u.Version, casework.UserPatch{Roles: &roles})
	wants(t, "a stale edit", err, casework.Conflict)
	if v, ok := casework.BothVersions(err); !ok || v.Current.(casework.User).Unit != unit {
		t.Errorf("both versions: %+v", v)
	}
	_, err = h.Change(ctx, h.admin, u.ID, 2, casework.UserPatch{Roles: &admins})
	wants(t, "admin it and head", err, casework.Invalid)
	_, err = h.Change(ctx, h.admin, "nobody", 1, casework.UserPatch{})
	wants(t, "no such account", err, casework.NotFound)
	_, err = h.Change(ctx, h.admin, h.admin.User, 1, casework.UserPatch{Disabled: &yes})
	wants(t, "the last admin it disables itself", err, casework.Conflict)
	_, err = h.Change(ctx, h.admin, h.admin.User, 1, casework.UserPatch{Roles: &roles})
	wants(t, "the last admin it becomes head", err, casework.Conflict)

	h.add("dian", casework.AdminIT)
	_, err = h.Change(ctx, h.admin, h.admin.User, 1, casework.UserPatch{Disabled: &yes})
	wants(t, "with a second admin it", err, "")
	_, err = h.Actor(h.admin.User, "web")
	wants(t, "actor of a disabled account", err, casework.Unknown)
	_, err = h.Actor("nobody", "web")
	wants(t, "actor of no account", err, casework.Unknown)
	if by, err := h.Actor(u.ID, "web"); err != nil || by.Unit != unit || by.StepUp || by.Via != "web" {
		t.Errorf("actor %+v, %v", by, err)
	}
}

func TestSetPassword(t *testing.T) {
	h := newHouse(t)
	u, ctx := h.add("wati", casework.Worker), t.Context()
	by := h.signIn("wati", goodPassword)
	bearer, _ := h.token(by, casework.ScopeRead)
	const second, third = "sepeda biru di kebun", "payung merah di atap"

	wants(t, "wrong present password", h.SetPassword(ctx, by, u.ID, "bukan yang ini", second), casework.Invalid)
	wants(t, "too easy", h.SetPassword(ctx, by, u.ID, goodPassword, "password1234"), casework.Invalid)
	wants(t, "own", h.SetPassword(ctx, by, u.ID, goodPassword, second), "")
	h.signIn("wati", second)
	_, err := h.Authenticate(ctx, bearer)
	wants(t, "own token after an own change", err, "")
	wants(t, "by the admin it", h.SetPassword(ctx, h.admin, u.ID, "", third), "")
	h.signIn("wati", third)
	_, err = h.Authenticate(ctx, bearer)
	wants(t, "token after somebody else's change", err, casework.Unknown)
	_, err = h.SignIn(ctx, access.Credentials{Login: "wati", Password: second})
	wants(t, "the password before", err, casework.Unknown)
	for _, secret := range []string{goodPassword, second, third, bearer} {
		if h.store.holds(secret) {
			t.Error("a secret lies in the store in the clear")
		}
	}
}

func TestConfigCheck(t *testing.T) {
	_, err := access.New(access.Config{AtOnce: -1, Cost: access.Cost{Time: 99, Memory: 64, Threads: 1}})
	for _, fault := range []string{"no store", "negative", "out of bounds"} {
		if err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%v does not say %q", err, fault)
		}
	}
}
