package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"serasi/node"
)

// The people of the demo have always been written about up to yesterday, on
// whatever day the demo runs.
func TestPeopleAreOfToday(t *testing.T) {
	for _, now := range []time.Time{
		time.Date(2024, 2, 29, 3, 0, 0, 0, time.UTC), time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), time.Date(2031, 7, 1, 23, 59, 0, 0, time.UTC),
	} {
		all, err := people(now)
		if err != nil {
			t.Fatal(err)
		}
		var last time.Time
		for _, p := range all {
			for _, at := range p.times() {
				if at.After(last) {
					last = *at
				}
			}
		}
		if age := now.Sub(last); age < 0 || age > 50*time.Hour {
			t.Errorf("on %s the last note is %v old", now.Format(time.DateOnly), age)
		}
	}
}

// The stories lean on these people.
func TestPeopleOfTheStories(t *testing.T) {
	all, err := people(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	where := map[string]string{}
	for _, p := range all {
		if where[p.Key] != "" {
			t.Errorf("%s is there twice", p.Key)
		}
		where[p.Key] = p.Balai
		if p.Mother != "" && where[p.Mother] == "" && !containsKey(all, p.Mother) {
			t.Errorf("the mother of %s is not there", p.Key)
		}
	}
	want := map[string]string{child1: "MGL", elder: "BKS"}
	for i := 1; i <= men; i++ {
		want[man(i)] = "BKS"
	}
	for key, balai := range want {
		if where[key] != balai {
			t.Errorf("%s is at %q, want %s", key, where[key], balai)
		}
	}
	if len(all) < 40 {
		t.Errorf("only %d people", len(all))
	}
}

func containsKey(all []invented, key string) bool {
	for _, p := range all {
		if p.Key == key {
			return true
		}
	}
	return false
}

// Custody as the check of the demo reads it from the events.
func TestChronicle(t *testing.T) {
	tests := map[string]struct {
		events []node.Event
		want   belongs
	}{
		"never offered": {nil, belongs{}},
		"offered":       {[]node.Event{{Act: "offer", Handle: "c", From: "MGL", To: "SRK", Epoch: 1}}, belongs{"MGL", 1}},
		"declined": {[]node.Event{
			{Act: "offer", Handle: "c", From: "MGL", To: "SRK", Epoch: 1}, {Act: "decline", Handle: "c", From: "MGL", To: "SRK", Epoch: 1},
		}, belongs{"MGL", 1}},
		"received": {[]node.Event{
			{Act: "offer", Handle: "c", From: "MGL", To: "SRK", Epoch: 1}, {Act: "receive", Handle: "c", From: "MGL", To: "SRK", Epoch: 2},
		}, belongs{"SRK", 2}},
		"and back": {[]node.Event{
			{Act: "offer", Handle: "c", From: "MGL", To: "SRK", Epoch: 1}, {Act: "receive", Handle: "c", From: "MGL", To: "SRK", Epoch: 2},
			{Act: "offer", Handle: "c", From: "SRK", To: "MGL", Epoch: 2}, {Act: "receive", Handle: "c", From: "SRK", To: "MGL", Epoch: 3},
		}, belongs{"MGL", 3}},
		"another case": {[]node.Event{{Act: "receive", Handle: "d", To: "SRK", Epoch: 2}, {Act: "seat"}}, belongs{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := chronicle{owner: map[string]belongs{}}
			for _, e := range tt.events {
				c.learn(e)
			}
			if got := c.owner["c"]; got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

// What others wrote cannot drive the terminal, nor leave its cell.
func TestTableIsPlain(t *testing.T) {
	tests := map[string]struct {
		plain bool
		cell  string
		want  string
	}{
		"a name":         {false, "Paimin", "NAME\nPaimin\n"},
		"nothing":        {false, "", "NAME\n-\n"},
		"two lines":      {false, "a\nb", "NAME\na b\n"},
		"a tab":          {true, "a\tb", "NAME\na b\n"},
		"escape":         {false, "\x1b[2Jx", "NAME\n[2Jx\n"},
		"right to left":  {false, "a\u202eb", "NAME\nab\n"},
		"another C1":     {false, "a\u009bb", "NAME\nab\n"},
		"letters remain": {false, "Nur ‘Aisyah é", "NAME\nNur ‘Aisyah é\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			a := newApp(nil, strings.NewReader(""), &out, &bytes.Buffer{})
			a.plain = tt.plain
			if err := a.table([]string{"NAME"}, [][]string{{tt.cell}}); err != nil || out.String() != tt.want {
				t.Errorf("%q, %v; want %q", out.String(), err, tt.want)
			}
		})
	}
}
