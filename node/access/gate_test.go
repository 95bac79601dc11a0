package access_test

import (
	"strings"
	"testing"

	"serasi/node/access"
	"serasi/node/casework"
)

func TestNeverBeatsEverything(t *testing.T) {
	mine := &casework.Case{Lead: "u1", Unit: "anak"}
	for _, act := range []casework.Action{casework.ReadCase, casework.WriteCase, casework.Export, casework.BreakGlass, casework.Find} {
		for _, other := range []casework.Role{casework.Worker, casework.Supervisor, casework.Head} {
			for _, roles := range [][]casework.Role{{casework.AdminIT, other}, {other, casework.AdminIT}} {
				by := casework.Actor{User: "u1", Unit: "anak", Roles: roles, StepUp: true}
				wants(t, string(act)+" as "+string(other), access.Gate{}.Check(nil, by, act, mine), casework.Forbidden)
			}
		}
	}
	by := casework.Actor{User: "u1", Roles: []casework.Role{casework.Worker}}
	wants(t, "the same without admin it", access.Gate{}.Check(nil, by, casework.ReadCase, mine), "")
}

func TestSecrecyNarrows(t *testing.T) {
	secret := &casework.Case{Lead: "lead", Unit: "anak", Secrecy: []casework.Secrecy{casework.SecretABH, casework.SecretHIV}}
	both := []casework.Secrecy{casework.SecretHIV, casework.SecretABH}
	tests := map[string]struct {
		user   casework.UserID
		role   casework.Role
		grants []casework.Secrecy
		act    casework.Action
		want   casework.Kind
	}{
		"head without a grant":          {"u1", casework.Head, nil, casework.ReadCase, casework.Forbidden},
		"head with one of two":          {"u1", casework.Head, both[:1], casework.ReadCase, casework.Forbidden},
		"head with both":                {"u1", casework.Head, both, casework.ReadCase, ""},
		"supervisor of the unit":        {"u1", casework.Supervisor, nil, casework.ReadCase, casework.Forbidden},
		"supervisor with both":          {"u1", casework.Supervisor, both, casework.ReadCase, ""},
		"a grant is not a relation":     {"u1", casework.Worker, both, casework.ReadCase, casework.Forbidden},
		"the lead":                      {"lead", casework.Worker, nil, casework.ReadCase, ""},
		"the card":                      {"u1", casework.FrontDesk, nil, casework.Find, casework.Forbidden},
		"offer":                         {"u1", casework.Head, nil, casework.Offer, casework.Forbidden},
		"head looks at the trail of it": {"u1", casework.Head, nil, casework.ReadAudit, casework.Forbidden},
		"auditor, who sees no case":     {"u1", casework.Auditor, nil, casework.ReadAudit, ""},
		"ppdp may not erase it unseen":  {"u1", casework.DPO, nil, casework.Erase, casework.Forbidden},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			by := casework.Actor{User: tt.user, Unit: "anak", Roles: []casework.Role{tt.role}, Grants: tt.grants, StepUp: true}
			err := access.Gate{}.Check(nil, by, tt.act, secret)
			wants(t, "secret case", err, tt.want)
			if err != nil && (strings.Contains(err.Error(), "ABH") || strings.Contains(err.Error(), "HIV")) {
				t.Errorf("the refusal names the group: %v", err)
			}
		})
	}
}

func TestStepUpIsToldApart(t *testing.T) {
	head := casework.Actor{User: "u1", Roles: []casework.Role{casework.Head}}
	err := access.Gate{}.Check(nil, head, casework.Offer, nil)
	wants(t, "offer without step-up", err, casework.Forbidden)
	if !access.NeedsStepUp(err) {
		t.Errorf("%v does not ask to sign in again", err)
	}
	worker := casework.Actor{User: "u1", Roles: []casework.Role{casework.Worker}}
	err = access.Gate{}.Check(nil, worker, casework.Offer, nil)
	if access.NeedsStepUp(err) || !strings.Contains(err.Error(), "prepare") {
		t.Errorf("a worker is told %q", err)
	}
	head.StepUp = true
	wants(t, "offer with step-up", access.Gate{}.Check(nil, head, casework.Offer, nil), "")
}

func TestNobodyMayNothing(t *testing.T) {
	for _, act := range words(t, "Action") {
		by := casework.Actor{Roles: []casework.Role{casework.Head, casework.Worker}, StepUp: true}
		wants(t, act, access.Gate{}.Check(nil, by, casework.Action(act), nil), casework.Unknown)
		by = casework.Actor{User: "u1", Roles: []casework.Role{"raja"}, StepUp: true}
		wants(t, act+" in a role that does not exist", access.Gate{}.Check(nil, by, casework.Action(act), nil), casework.Forbidden)
	}
	by := casework.Actor{User: "u1", Roles: []casework.Role{casework.Head}, StepUp: true}
	wants(t, "an act nobody wrote down", access.Gate{}.Check(nil, by, "shred", nil), casework.Forbidden)
}

// Nobody shares a unit by having none.
func TestNoUnitIsNoUnit(t *testing.T) {
	by := casework.Actor{User: "u1", Roles: []casework.Role{casework.Supervisor, casework.Worker}}
	wants(t, "read", access.Gate{}.Check(nil, by, casework.ReadCase, &casework.Case{}), casework.Forbidden)
	by.Unit = "anak"
	wants(t, "read in the unit", access.Gate{}.Check(nil, by, casework.ReadCase, &casework.Case{Unit: "anak"}), "")
}

// Each action can be done with exactly one of the scopes, and only by those who
// may do it anyway.
func TestScopesNarrow(t *testing.T) {
	h := newHouse(t)
	h.add("kepala", casework.Head, casework.Supervisor, casework.Worker)
	h.add("jaga", casework.DPO)
	people := map[string]casework.Actor{"kepala": h.signIn("kepala", goodPassword), "sari": h.admin, "jaga": h.signIn("jaga", goodPassword)}
	plain := []casework.Scope{casework.ScopeRead, casework.ScopeWrite, casework.ScopeHandoff, casework.ScopeNode}
	for who, by := range people {
		for _, act := range words(t, "Action") {
			c := &casework.Case{Lead: by.User, Unit: "anak"}
			may := h.check(by, casework.Action(act), c) == nil
			passed := 0
			for _, scope := range plain {
				bearer, tok := h.token(by, scope, casework.ScopeStepUp)
				actor, err := h.Authenticate(t.Context(), bearer)
				if err != nil {
					t.Fatal(err)
				}
				if h.check(actor, casework.Action(act), c) == nil {
					passed++
				}
				if err := h.RevokeToken(t.Context(), by, tok.ID); err != nil {
					t.Fatal(err)
				}
			}
			if may && passed != 1 || !may && passed != 0 {
				t.Errorf("%s, %s: may without a token: %v; with how many of the scopes: %d", who, act, may, passed)
			}
		}
	}
}
