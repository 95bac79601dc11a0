package casework_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"serasi/node/casework"
)

// TestDemoPeople holds the invented people of the demo against the words they
// are written in, so that a new rule and the demo cannot drift apart.
func TestDemoPeople(t *testing.T) {
	read := func(file string, into any) {
		t.Helper()
		text, err := os.ReadFile("../../testdata/" + file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	var pilots []struct{ Code, Name, Zone, Region string }
	read("pilots.json", &pilots)
	balai := map[string]bool{}
	for _, p := range pilots {
		balai[p.Code] = casework.IsBalai(casework.BalaiCode(p.Code))
	}
	var people []struct {
		Key, Balai, Mother, Group string
		Unborn                    bool
		Claims                    []casework.Claim
		Case                      casework.Intake
		Notes                     []casework.Note
		Consents                  []casework.Consent
		Documents                 []struct {
			Kind, Title, Text string
			At                time.Time
		}
	}
	read("people/people.json", &people)
	today := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	known := casework.Listed(today)
	keys, group, unborn := map[string]bool{}, 0, 0
	for _, p := range people {
		keys[p.Key] = true
	}
	for _, p := range people {
		fault := func(what string, faults []casework.Fault) {
			if len(faults) > 0 {
				t.Errorf("%s: %s: %v", p.Key, what, faults)
			}
		}
		if !balai[p.Balai] || p.Mother != "" && !keys[p.Mother] {
			t.Errorf("%s: balai %q, mother %q", p.Key, p.Balai, p.Mother)
		}
		in := p.Case
		in.Claims = p.Claims
		fault("intake", in.Check(known))
		for _, n := range p.Notes {
			fault("note", n.Check())
		}
		for _, c := range p.Consents {
			fault("consent", c.Check())
		}
		for _, d := range p.Documents {
			fault("document", casework.Document{Kind: d.Kind, Title: d.Title, Media: "text/plain", Size: int64(len(d.Text)), At: d.At}.Check())
		}
		who := casework.Person{Claims: p.Claims, Unborn: p.Unborn}
		if nik, err := casework.ParseNIK(who.Value(casework.ClaimNIK)); err == nil {
			facts := casework.Facts{Today: today, Born: who.Value(casework.ClaimBorn), Sex: who.Value(casework.ClaimSex)}
			for _, w := range nik.Doubts(facts) {
				t.Errorf("%s: %s", p.Key, w.Words)
			}
			if nik != "" && nik[12:14] != "99" {
				t.Errorf("%s: serials below 9900 may belong to somebody", p.Key)
			}
		}
		if p.Group != "" {
			group++
		}
		if p.Unborn {
			unborn++
		}
	}
	if len(people) < 40 || len(keys) != len(people) || group != 10 || unborn != 1 {
		t.Errorf("%d people with %d keys, %d in the group, %d unborn", len(people), len(keys), group, unborn)
	}
}
