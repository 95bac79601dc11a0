package e2e_test

import (
	"testing"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

// A day is work at three balai in a row, with script or without it. Everybody
// has one window at a balai, and stays signed in.
type day struct {
	*testing.T // of the story that is told

	c                   *nodetest.Cluster
	here, there, beyond *nodetest.Balai
	script              bool

	whole *testing.T
	tabs  map[string]*tab
}

// stories are what happens in a day. Each has cases of its own.
var stories = []struct {
	name string
	tell func(*day)
}{
	{"declined with a reason", (*day).declined},
	{"withdrawn against accepted", (*day).raced},
	{"a group of ten", (*day).tenAtOnce},
	{"onward and back", (*day).onwardAndBack},
	{"opened in an emergency", (*day).emergency},
	{"merged and taken apart", (*day).merged},
	{"erased by two", (*day).erased},
	{"front desk and supervisor", (*day).desk},
	{"data protection officer", (*day).officer},
	{"a copy for the person", (*day).copied},
	{"auditor", (*day).auditor},
	{"admin IT", (*day).administrator},
	{"who reads no case", (*day).blind},
}

// TestDaysOfEachRole tells every story twice, at the same time: with script from
// the first balai to the last, and without script the other way round.
func TestDaysOfEachRole(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL", "GWA")
	for _, b := range c.Balai {
		b.Hire("asing", casework.Worker)
		b.Hire("auditor", casework.Auditor)
	}
	srk, mgl, gwa := c.Of("SRK"), c.Of("MGL"), c.Of("GWA")
	for name, d := range map[string]*day{
		"with script":    {here: srk, there: mgl, beyond: gwa, script: true},
		"without script": {here: gwa, there: mgl, beyond: srk},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d.c, d.whole, d.tabs = c, t, map[string]*tab{}
			for _, s := range stories {
				t.Run(s.name, func(t *testing.T) {
					d.T = t
					s.tell(d)
					for _, p := range d.tabs {
						p.in(t).quiet()
					}
				})
			}
		})
	}
}

// at is the window of one of the people of a balai.
func (d *day) at(b *nodetest.Balai, login string) *tab {
	d.Helper()
	p := d.tabs[b.Code+login]
	if p == nil {
		p = d.window(b)
		p.signIn(login)
		d.tabs[b.Code+login] = p
	}
	return p.in(d.T)
}

// window is an empty window at a balai.
func (d *day) window(b *nodetest.Balai) *tab {
	d.Helper()
	p := open(d.whole, b).in(d.T)
	if !d.script {
		p.withoutScript()
	}
	return p
}

// offer offers a case of here to there, and waits until it has arrived.
func (d *day) offer(name string) casework.Handoff {
	d.Helper()
	h := d.here.Offer(d.here.Open(name, nil).ID, d.there.Code, map[string]any{"residential": true})
	d.there.WaitStage(h.ID, "offered")
	return h
}
