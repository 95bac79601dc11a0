package health

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"serasi/node/casework"
)

// check looks for one kind of fault. The codes are told to programs: they are
// only ever added.
type check struct {
	code     string
	severity casework.Severity
	after    time.Duration // how long a fault lasts before it is told; no alarm for a blink
	causes   []string      // codes of what, if it is so, explains this one and is told in its place
	impact   string        // what caseworkers notice
	step     string        // what to do first
	command  string        // the same as a command line, without folder
	page     string        // where it is one press away
	known    func(Facts) bool
	find     func(Facts, *History) []finding
}

// finding is a fault that was found.
type finding struct {
	about    casework.BalaiCode // whom it is about, if not this node
	title    string
	evidence string
	severity casework.Severity // instead of the check's
	step     string            // instead of the check's
}

// one is a finding if bad is so.
func one(bad bool, title, evidence string) []finding {
	if !bad {
		return nil
	}
	return []finding{{title: title, evidence: evidence}}
}

// History is what must be remembered between two looks: since when something has
// been so, and how figures moved. One goroutine uses it at a time; its zero value
// remembers nothing.
type History struct {
	// Patience is the longest that a fault may stay untold; 0: as each check
	// says. Rehearsals have less.
	Patience time.Duration

	since map[key]time.Time
	terms []sample // one a term, of the last hour
	free  []sample // of the disk, one in ten minutes, of a week
}

// key names a fault across looks.
type key struct {
	code  string
	about casework.BalaiCode
}

type sample struct {
	at time.Time
	n  uint64
}

// fault is a finding that lasts.
type fault struct {
	finding
	check *check
	since time.Time
	told  bool
	roots []*fault
}

// Examine judges the facts of one moment.
func (h *History) Examine(f Facts) casework.Checkup {
	h.follow(f)
	c := casework.Checkup{Balai: f.Balai, Version: f.Version, At: f.Now, Ailments: []casework.Ailment{}, Balais: contacts(f), Alone: alone(f, h)}
	if g := f.Group; g != nil {
		c.Group = &casework.Following{
			Leader: g.Leader, Term: g.Term, Voters: g.Voters, Reachable: g.Reachable, Votes: g.Votes, Event: g.Event, Newest: max(g.Event, g.Newest), Elections: h.Elections(),
		}
	}
	var all []*fault
	for i := range checks {
		k := &checks[i]
		if !k.known(f) {
			continue
		}
		c.Checked = append(c.Checked, k.code)
		for _, found := range k.find(f, h) {
			all = append(all, &fault{finding: found, check: k})
		}
	}
	h.date(all, f.Now)
	for _, x := range all {
		x.told = f.Now.Sub(x.since) >= h.patience(x.check)
	}
	explains := map[*fault][]string{}
	for _, x := range all {
		if !x.told {
			continue
		}
		x.roots = rootsOf(x.check.causes, x.about, all)
		for _, r := range x.roots {
			r.severity = worse(r.worst(), x.worst())
			explains[r] = append(explains[r], x.check.code)
		}
	}
	for _, x := range all {
		if len(explains[x]) > 0 || x.told && len(x.roots) == 0 { // a cause is told with the first thing that follows from it
			c.Ailments = append(c.Ailments, x.ailment(f, explains[x]))
		}
	}
	slices.SortStableFunc(c.Ailments, func(a, b casework.Ailment) int {
		return cmp.Compare(a.Severity, b.Severity) // "critical" sorts before "warning"
	})
	c.Lamp, c.Title = verdict(c)
	return c
}

// date finds out since when each fault has been so, and forgets those that are
// gone.
func (h *History) date(all []*fault, now time.Time) {
	next := map[key]time.Time{}
	for _, x := range all {
		k := key{x.check.code, x.about}
		x.since = now
		if t, ok := h.since[k]; ok && t.Before(now) {
			x.since = t
		}
		next[k] = x.since
	}
	h.since = next
}

func (h *History) patience(k *check) time.Duration {
	if h.Patience > 0 {
		return min(h.Patience, k.after)
	}
	return k.after
}

// rootsOf returns the deepest faults that explain one about a balai with these
// causes. Causes that are not so themselves lead on to theirs.
func rootsOf(causes []string, about casework.BalaiCode, all []*fault) (roots []*fault) {
	add := func(more []*fault) {
		for _, r := range more {
			if !slices.Contains(roots, r) {
				roots = append(roots, r)
			}
		}
	}
	for _, code := range causes {
		there := false
		for _, x := range all {
			if x.check.code != code || about != "" && x.about != "" && x.about != about {
				continue
			}
			there = true
			if deeper := rootsOf(x.check.causes, x.about, all); len(deeper) > 0 {
				add(deeper)
			} else {
				add([]*fault{x})
			}
		}
		if i := slices.IndexFunc(checks, func(k check) bool { return k.code == code }); !there && i >= 0 {
			add(rootsOf(checks[i].causes, about, all))
		}
	}
	return roots
}

func (x *fault) worst() casework.Severity { return cmp.Or(x.severity, x.check.severity) }

func worse(a, b casework.Severity) casework.Severity {
	if a == casework.Grave || b == casework.Grave {
		return casework.Grave
	}
	return casework.Mild
}

func (x *fault) ailment(f Facts, explains []string) casework.Ailment {
	k := x.check
	slices.Sort(explains)
	a := casework.Ailment{
		Code: k.code, Severity: x.worst(), Balai: x.about, Title: x.title, Impact: k.impact, Evidence: x.evidence, By: f.Balai, At: f.Now,
		Since: x.since, Step: cmp.Or(x.finding.step, k.step), Page: k.page, Explains: slices.Compact(explains),
	}
	if k.command != "" {
		a.Command = "serasi " + k.command
	}
	return a
}

// apart are the faults with which a node is cut off, however well it is.
var apart = []string{"network.down", "wan.cut", "quorum.lost", "group.leaderless"}

func verdict(c casework.Checkup) (casework.Lamp, string) {
	if len(c.Ailments) == 0 {
		return casework.Healthy, "Everything works."
	}
	title := c.Ailments[0].Title
	if more := len(c.Ailments) - 1; more > 0 {
		title = fmt.Sprintf("%s; and %d more", title, more)
	}
	switch {
	case slices.ContainsFunc(apart, c.Has):
		return casework.CutOff, title
	case c.Worst() == casework.Grave:
		return casework.Unsure, title
	}
	return casework.Healthy, title
}

// Codes are the codes of all checks, in the order in which causes are looked
// for: disk, clock, process, network, peers, quorum, backlog.
func Codes() []string {
	out := make([]string, len(checks))
	for i, k := range checks {
		out[i] = k.code
	}
	return out
}
