package directory_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
	"serasi/node/directory"
)

var start = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// street is the gossip between the balai of a test: what one says all hear.
type street struct {
	mu      sync.Mutex // guards entries
	entries map[casework.BalaiCode]directory.Entry
}

// ear is one balai's place in it.
type ear struct {
	*street
	self casework.BalaiCode
}

func (e ear) Publish(body []byte) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.entries[e.self] = directory.Entry{Owner: e.self, Version: e.entries[e.self].Version + 1, Body: body, Sig: []byte("good")}
	return nil
}

func (e ear) Entries() (list []directory.Entry) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range e.entries {
		list = append(list, x)
	}
	return list
}

type gate struct{}

func (gate) Check(_ casework.Tx, by casework.Actor, act casework.Action, _ *casework.Case) error {
	if len(by.Roles) == 0 || act == casework.SetUp && by.Roles[0] == casework.Worker {
		return casework.Forbidden.Because("your role may not do this")
	}
	return nil
}

type trail struct{ lines *[]casework.Line }

func (t trail) Record(_ casework.Tx, l casework.Line) error {
	*t.lines = append(*t.lines, l)
	return nil
}

type files struct{}

func (files) Export(tx casework.Tx, id casework.CaseID) (b casework.Bundle, err error) {
	_, err = tx.Get(casework.Persons, string(id), "bundle", &b)
	return b, err
}

func (files) HandoffsOf(tx casework.Tx, id casework.CaseID) (list []casework.Handoff, err error) {
	_, err = tx.Get(casework.CaseHandoffs, string(id), "all", &list)
	return list, err
}

var (
	head   = casework.Actor{User: "h", Roles: []casework.Role{casework.Head}}
	worker = casework.Actor{User: "w", Roles: []casework.Role{casework.Worker}}
	nobody = casework.Actor{User: "n"}
)

type balai struct {
	*directory.Directory
	store *caseworktest.Store
	lines *[]casework.Line
	now   time.Time
}

func open(t *testing.T, s *street, self casework.BalaiCode) *balai {
	t.Helper()
	b := &balai{store: &caseworktest.Store{}, lines: &[]casework.Line{}, now: start}
	d, err := directory.Open(directory.Config{
		Self: self, Store: b.store, Files: files{}, Gate: gate{}, Trail: trail{b.lines}, Gossip: func() directory.Gossip { return ear{s, self} },
		Members: func() []casework.BalaiCode { return []casework.BalaiCode{"SRK", "MGL", "GWA", "QQQ"} },
		Clock:   func() time.Time { return b.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Directory = d
	return b
}

func profile(name string, free int) casework.Profile {
	return casework.Profile{
		Name: name, Region: "33.72", Areas: []string{"33"}, Clusters: []string{"disabilitas"}, Components: []string{"K4a", "K7"},
		Capabilities: []string{"alat_bantu:kursi_roda"}, Places: []casework.Places{{Name: "Melati", Sex: "P", AgeMin: 6, AgeMax: 17, Total: 10, Free: free}},
	}
}

// What one balai says the others know, also after a restart, until it says
// something else.
func TestProfilesSpread(t *testing.T) {
	s := &street{entries: map[casework.BalaiCode]directory.Entry{}}
	srk, mgl := open(t, s, "SRK"), open(t, s, "MGL")
	if _, err := srk.SetProfile(t.Context(), worker, 0, profile("Soeharso", 2)); !errors.Is(err, casework.Forbidden) {
		t.Errorf("a worker spoke for the balai: %v", err)
	}
	if last := (*srk.lines)[len(*srk.lines)-1]; last.Outcome != "denied" {
		t.Errorf("the denial is not in the trail: %+v", last)
	}
	p, err := srk.SetProfile(t.Context(), head, 0, profile("Soeharso", 2))
	if err != nil || p.Version != 1 || !p.PlacesAt.Equal(start) {
		t.Fatalf("%+v %v", p, err)
	}
	if _, err := srk.SetProfile(t.Context(), head, 0, profile("other", 1)); !errors.Is(err, casework.Conflict) {
		t.Errorf("a stale edit was taken: %v", err)
	}
	for range 2 { // the second round has nothing new
		for _, b := range []*balai{srk, mgl} {
			if err := b.Exchange(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if v := s.entries["SRK"].Version; v != 1 {
		t.Errorf("published %d times", v)
	}
	known, err := mgl.Known()
	if err != nil || len(known) != 1 || known[0].Owner != "SRK" {
		t.Fatalf("known after a restart: %+v %v", known, err)
	}
	all, err := mgl.All(t.Context(), worker)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(all, func(c casework.Candidate) bool { return c.Profile.Code == "SRK" })
	if !all[i].Described || !all[i].Connected || all[i].Profile.Places[0].Free != 2 {
		t.Errorf("%+v", all[i])
	}
	if i := slices.IndexFunc(all, func(c casework.Candidate) bool { return c.Profile.Code == "QQQ" }); i < 0 {
		t.Error("a member that no list names is missing")
	}
	if connected := slices.IndexFunc(all, func(c casework.Candidate) bool { return c.Profile.Code == "" && c.Connected }); connected >= 0 || len(all) != 32 {
		t.Errorf("%d balai, or one without a node counts as connected", len(all))
	}
	if _, err := mgl.All(t.Context(), nobody); !errors.Is(err, casework.Forbidden) {
		t.Errorf("without a role: %v", err)
	}
}

// What cannot be read, or was signed for another, is as if nothing was said.
func TestBadProfilesAreLeftOut(t *testing.T) {
	good, _ := json.Marshal(casework.Profile{Code: "SRK", Name: "Soeharso"})
	long, _ := json.Marshal(casework.Profile{Code: "SRK", Name: strings.Repeat("x", 600)})
	other, _ := json.Marshal(casework.Profile{Code: "GWA", Name: "Gau Mabaji"})
	for name, tt := range map[string]struct {
		body      []byte
		described bool
	}{
		"in order":               {good, true},
		"no JSON":                {[]byte("{"), false},
		"too long":               {long, false},
		"in the name of another": {other, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &street{entries: map[casework.BalaiCode]directory.Entry{"SRK": {Owner: "SRK", Version: 1, Body: tt.body}}}
			mgl := open(t, s, "MGL")
			if err := mgl.Exchange(t.Context()); err != nil {
				t.Fatal(err)
			}
			all, err := mgl.All(t.Context(), worker)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range all {
				if c.Profile.Code == "SRK" && c.Described != tt.described || c.Profile.Code == "GWA" && c.Described {
					t.Errorf("%+v", c)
				}
			}
		})
	}
}

// The best balai stands first, with the reasons; old figures are marked.
func TestSuggest(t *testing.T) {
	s := &street{entries: map[casework.BalaiCode]directory.Entry{}}
	srk, gwa, mgl := open(t, s, "SRK"), open(t, s, "GWA"), open(t, s, "MGL")
	for b, p := range map[*balai]casework.Profile{srk: profile("Soeharso", 2), gwa: {Name: "Gau Mabaji", Region: "73.06", Clusters: []string{"lansia"}}} {
		if _, err := b.SetProfile(t.Context(), head, 0, p); err != nil {
			t.Fatal(err)
		}
		if err := b.Exchange(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := mgl.Exchange(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := casework.CaseID(strings.Repeat("a", 32))
	b := casework.Bundle{
		Case: casework.Case{ID: id, State: casework.Open, Cluster: "disabilitas", Need: "kursi roda"},
		Person: casework.Person{Claims: []casework.Claim{
			{Kind: casework.ClaimSex, Value: "P"}, {Kind: casework.ClaimBorn, Value: "2015"}, {Kind: casework.ClaimRegion, Value: "33.07.01"},
		}},
		Care: casework.Care{Plans: []casework.Record[casework.Plan]{{Data: casework.Plan{Number: 1, Goals: []casework.Goal{
			{Problem: "tidak dapat berjalan", Aim: "bergerak sendiri", Component: "K7", Activity: "kursi roda", Base: "residensial"},
		}}}}},
		Consents: []casework.Consent{{Scope: casework.ForSharing, Recipient: "SRK", At: start.Add(-time.Hour)}},
	}
	err := mgl.store.Update(context.Background(), func(tx casework.Tx) error {
		return errors.Join(tx.Put(casework.Cases, string(id), string(id), b.Case), tx.Put(casework.Persons, string(id), "bundle", b))
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := mgl.Suggest(t.Context(), worker, id)
	if err != nil {
		t.Fatal(err)
	}
	first := a.Choices[0]
	if first.Code != "SRK" || !first.Consent || first.Free != 2 || first.Stale || len(first.Why) < 4 {
		t.Errorf("first %+v", first)
	}
	if a.Reason != "tidak dapat berjalan" || !strings.Contains(a.Wanted, "kursi roda") || len(a.Warnings) != 1 {
		t.Errorf("letter %+v", a)
	}
	for _, c := range a.Choices {
		for _, w := range append(slices.Clone(c.Why), c.But...) {
			if casework.Indonesian.Words(w) == w {
				t.Errorf("%q is not said in Indonesian", w)
			}
		}
		if c.Code == "MGL" {
			t.Error("a balai is told to refer to itself")
		}
	}
	if casework.Indonesian.Words(a.Warnings[0]) == a.Warnings[0] {
		t.Errorf("%q is not said in Indonesian", a.Warnings[0])
	}
	mgl.now = start.Add(25 * time.Hour)
	if a, err = mgl.Suggest(t.Context(), worker, id); err != nil || !a.Choices[0].Stale {
		t.Errorf("a day later: %+v %v", a.Choices[0], err)
	}
	advised := casework.Handoff{ID: "h", Box: casework.Out, Stage: "redirected", Redirect: "GWA", Created: start}
	for name, tt := range map[string]struct {
		before []casework.Handoff
		first  casework.BalaiCode
	}{
		"the balai that was asked advises another": {[]casework.Handoff{advised}, "GWA"},
		"and the case was offered since":           {[]casework.Handoff{{ID: "i", Box: casework.Out, Stage: "declined", Created: start.Add(time.Hour)}, advised}, "SRK"},
	} {
		err := mgl.store.Update(context.Background(), func(tx casework.Tx) error { return tx.Put(casework.CaseHandoffs, string(id), "all", tt.before) })
		if err != nil {
			t.Fatal(err)
		}
		if a, err := mgl.Suggest(t.Context(), worker, id); err != nil || a.Choices[0].Code != tt.first || (a.After == "h") != (tt.first == "GWA") {
			t.Errorf("%s: %+v after %q, %v", name, a.Choices[0], a.After, err)
		}
	}
	if _, err := mgl.Suggest(t.Context(), nobody, id); !errors.Is(err, casework.Forbidden) {
		t.Errorf("without a role: %v", err)
	}
	if _, err := mgl.Suggest(t.Context(), worker, "none"); !errors.Is(err, casework.NotFound) {
		t.Errorf("no such case: %v", err)
	}
}
