package access_test

import (
	"strings"
	"testing"
	"time"

	"serasi/node/access"
	"serasi/node/casework"
)

func TestTokenLife(t *testing.T) {
	h := newHouse(t)
	u, ctx := h.add("wati", casework.Worker), t.Context()
	by := h.signIn("wati", goodPassword)
	bearer, tok := h.token(by, casework.ScopeRead)
	if !strings.HasPrefix(bearer, "srs_") || len(bearer) != 47 || h.store.holds(bearer[4:]) {
		t.Errorf("token %d characters, stored in the clear: %v", len(bearer), h.store.holds(bearer[4:]))
	}
	actor, err := h.Authenticate(ctx, bearer)
	if err != nil || actor.User != u.ID || actor.Token != tok.ID || actor.StepUp || actor.Via != "api" {
		t.Fatalf("%+v, %v", actor, err)
	}
	roles := []casework.Role{casework.FrontDesk}
	bad := strings.Repeat("A", 43)
	for name, s := range map[string]string{
		"nothing": "", "the prefix": "srs_", "another token": "srs_" + bad, "with the scheme": "Bearer " + bearer,
		"shorter": bearer[:46], "longer": bearer + "A", "its id": tok.ID, "line break": bearer[:46] + "\n",
	} {
		_, err := h.Authenticate(ctx, s)
		wants(t, name, err, casework.Unknown)
	}
	list, err := h.Tokens(by, u.ID)
	if err != nil || len(list) != 1 || !list[0].Used.Equal(h.clock.now().Truncate(time.Minute)) {
		t.Errorf("%+v, %v", list, err)
	}
	h.clock.pass(90*24*time.Hour - time.Second)
	_, err = h.Authenticate(ctx, bearer)
	wants(t, "on the last day", err, "")
	h.clock.pass(time.Second)
	_, err = h.Authenticate(ctx, bearer)
	wants(t, "expired", err, casework.Unknown)

	bearer, tok = h.token(by, casework.ScopeRead)
	wants(t, "revoke", h.RevokeToken(ctx, by, tok.ID), "")
	wants(t, "revoke again", h.RevokeToken(ctx, by, tok.ID), "")
	_, err = h.Authenticate(ctx, bearer)
	wants(t, "revoked", err, casework.Unknown)
	wants(t, "an actor from a moment before", h.check(actor, casework.Find, nil), "")
	actor.Token = tok.ID
	wants(t, "an actor whose token was just revoked", h.check(actor, casework.Find, nil), casework.Unknown)
	actor.Token, actor.User = list[0].ID, h.admin.User
	wants(t, "another's token", h.check(actor, casework.ReadStatus, nil), casework.Unknown)

	bearer, _ = h.token(by, casework.ScopeRead)
	if _, err = h.Change(ctx, h.admin, u.ID, 1, casework.UserPatch{Roles: &roles}); err != nil {
		t.Fatal(err)
	}
	_, err = h.Authenticate(ctx, bearer)
	wants(t, "after a change of roles", err, casework.Unknown)
}

func TestWhoMakesTokens(t *testing.T) {
	h := newHouse(t)
	h.add("kepala", casework.Head)
	ctx, head := t.Context(), h.signIn("kepala", goodPassword)
	make := func(by casework.Actor, in casework.NewToken) error {
		_, _, err := h.CreateToken(ctx, by, in)
		return err
	}
	good := casework.NewToken{Label: "demo", Scopes: []casework.Scope{casework.ScopeHandoff, casework.ScopeStepUp}, Days: 365}
	stale := head
	stale.StepUp = false
	if err := make(stale, good); !access.NeedsStepUp(err) {
		t.Errorf("without step-up: %v", err)
	}
	wants(t, "nobody", make(casework.Actor{StepUp: true}, good), casework.Unknown)
	bearer, tok := h.token(head, casework.ScopeHandoff, casework.ScopeStepUp)
	by, err := h.Authenticate(ctx, bearer)
	if err != nil || !by.StepUp {
		t.Fatalf("a token with step-up: %+v, %v", by, err)
	}
	wants(t, "it offers", h.check(by, casework.Offer, nil), "")
	wants(t, "it makes a token", make(by, good), casework.Forbidden)
	plain, _ := h.token(head, casework.ScopeHandoff)
	weak, err := h.Authenticate(ctx, plain)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.check(weak, casework.Offer, nil); !access.NeedsStepUp(err) {
		t.Errorf("a token without step-up offers: %v", err)
	}
	h.add("wati", casework.Worker)
	worker := h.signIn("wati", goodPassword)
	wants(t, "another revokes it", h.RevokeToken(ctx, worker, tok.ID), casework.Forbidden)
	wants(t, "no such token", h.RevokeToken(ctx, worker, strings.Repeat("0", 32)), casework.NotFound)
	wants(t, "an admin it revokes it", h.RevokeToken(ctx, h.admin, tok.ID), "")

	for name, in := range map[string]casework.NewToken{
		"no label":       {Scopes: good.Scopes},
		"no scope":       {Label: "demo"},
		"unknown scope":  {Label: "demo", Scopes: []casework.Scope{"all"}},
		"a scope twice":  {Label: "demo", Scopes: []casework.Scope{"read", "read"}},
		"two years":      {Label: "demo", Scopes: good.Scopes, Days: 730},
		"negative":       {Label: "demo", Scopes: good.Scopes, Days: -1},
		"endless label":  {Label: strings.Repeat("x", 101), Scopes: good.Scopes},
		"label of lines": {Label: "a\nb", Scopes: good.Scopes},
	} {
		wants(t, name, make(head, in), casework.Invalid)
	}
	for range 48 {
		wants(t, "many", make(head, good), "")
	}
	wants(t, "the fiftieth", make(head, good), "")
	wants(t, "one too many", make(head, good), casework.Conflict)
}

// No bytes sent as a token get further than the door.
func FuzzAuthenticate(f *testing.F) {
	f.Add("")
	f.Add("srs_" + strings.Repeat("A", 43))
	f.Add("srs_" + strings.Repeat("A", 42) + "B")
	f.Add("srs_\n\r" + strings.Repeat("_-", 20) + "A")
	store := newMemory()
	a, err := access.New(access.Config{Store: store, Clock: (&clock{at: monday}).now, Cost: quick})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, err := a.Authenticate(t.Context(), s)
		wants(t, "token", err, casework.Unknown)
	})
}
