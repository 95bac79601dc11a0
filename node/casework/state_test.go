package casework_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"serasi/node/casework"
)

var states = []casework.State{casework.Open, casework.OnOffer, casework.HandedOver, casework.Closed, casework.Arriving}

func TestCaseMove(t *testing.T) {
	tests := map[string]struct {
		from, to casework.State
		want     error
	}{
		"offered":               {casework.Open, casework.OnOffer, nil},
		"offer declined":        {casework.OnOffer, casework.Open, nil},
		"received there":        {casework.OnOffer, casework.HandedOver, nil},
		"closed":                {casework.Open, casework.Closed, nil},
		"reopened":              {casework.Closed, casework.Open, nil},
		"received here":         {casework.Arriving, casework.Open, nil},
		"did not arrive":        {casework.Arriving, casework.HandedOver, nil},
		"comes back":            {casework.HandedOver, casework.Arriving, nil},
		"the same step twice":   {casework.OnOffer, casework.OnOffer, nil},
		"leaves without offer":  {casework.Open, casework.HandedOver, casework.Conflict},
		"closed while offered":  {casework.OnOffer, casework.Closed, casework.Conflict},
		"closed while arriving": {casework.Arriving, casework.Closed, casework.Conflict},
		"offered when closed":   {casework.Closed, casework.OnOffer, casework.Conflict},
		"offered from arriving": {casework.Arriving, casework.OnOffer, casework.Conflict},
		"no such state":         {casework.Open, 99, casework.Invalid},
		"the zero state":        {casework.Open, 0, casework.Invalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := casework.Case{Number: "SRK-2026-00001", State: tt.from}.Move(tt.to)
			if !errors.Is(err, tt.want) {
				t.Fatalf("Move(%s): %v, want %v", tt.to, err, tt.want)
			}
			if err == nil && got.State != tt.to || err != nil && got.State != tt.from {
				t.Errorf("the case is now %s", got.State)
			}
		})
	}
}

// No walk of legal moves leads from a state where content may be edited to
// another balai's responsibility without an offer on the way.
func TestNoCaseLeavesWithoutAnOffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, offered := casework.Case{State: casework.Open}, false
		for _, next := range rapid.SliceOf(rapid.SampledFrom(states)).Draw(t, "walk") {
			was := c.State
			moved, err := c.Move(next)
			if err != nil {
				continue
			}
			c = moved
			switch {
			case c.State == casework.OnOffer:
				offered = true
			case c.State == casework.HandedOver && was != casework.HandedOver:
				if !offered && was != casework.Arriving {
					t.Fatalf("handed over from %s without an offer", was)
				}
				offered = false
			}
		}
	})
}

func TestEditable(t *testing.T) {
	want := map[casework.State]error{
		casework.Open: nil, casework.OnOffer: casework.Frozen, casework.Arriving: casework.Frozen,
		casework.HandedOver: casework.Conflict, casework.Closed: casework.Conflict,
	}
	for _, s := range states {
		if err := (casework.Case{State: s}).Editable(); !errors.Is(err, want[s]) {
			t.Errorf("%s: %v, want %v", s, err, want[s])
		}
	}
}

func TestStateText(t *testing.T) {
	for _, s := range states {
		raw, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var back casework.State
		if err := json.Unmarshal(raw, &back); err != nil || back != s {
			t.Errorf("%s came back as %s, %v", raw, back, err)
		}
	}
	var s casework.State
	if err := json.Unmarshal([]byte(`"lost"`), &s); !errors.Is(err, casework.Invalid) {
		t.Errorf("an unknown state: %v", err)
	}
}

func TestStages(t *testing.T) {
	tests := map[string]struct {
		from, to casework.Stage
		want     error
	}{
		"one on":             {casework.Access, casework.Agreement, nil},
		"two on":             {casework.Access, casework.Assessment, casework.Conflict},
		"back":               {casework.Monitoring, casework.Assessment, nil},
		"monitoring and on":  {casework.Monitoring, casework.Implementation, nil},
		"to the end":         {casework.Access, casework.Termination, nil},
		"from the end":       {casework.Termination, casework.Planning, nil},
		"the same":           {casework.Planning, casework.Planning, nil},
		"an eighth":          {casework.Termination, 8, casework.Invalid},
		"none":               {casework.Access, 0, casework.Invalid},
		"plan to monitoring": {casework.Planning, casework.Monitoring, casework.Conflict},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := casework.Case{Stage: tt.from}.Advance(tt.to)
			if !errors.Is(err, tt.want) {
				t.Fatalf("Advance(%d): %v, want %v", tt.to, err, tt.want)
			}
			if err == nil && got.Stage != tt.to || err != nil && got.Stage != tt.from {
				t.Errorf("the case is at stage %d", got.Stage)
			}
		})
	}
	for s := casework.Access; s <= casework.Termination; s++ {
		for _, next := range s.Next() {
			if _, err := (casework.Case{Stage: s}).Advance(next); err != nil {
				t.Errorf("Next of %d names %d, which Advance refuses", s, next)
			}
		}
	}
}

func TestConsentValid(t *testing.T) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	c := casework.Consent{At: at, Withdrawn: at.Add(time.Hour)}
	for name, tt := range map[string]struct {
		when time.Time
		want bool
	}{
		"before":       {at.Add(-time.Second), false},
		"when given":   {at, true},
		"after a time": {at.Add(time.Minute), true},
		"withdrawn":    {at.Add(time.Hour), false},
	} {
		if got := c.Valid(tt.when); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
