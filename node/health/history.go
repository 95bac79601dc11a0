package health

import (
	"fmt"
	"math"
	"time"

	"serasi/node/casework"
)

// follow notes the figures whose movement tells something.
func (h *History) follow(f Facts) {
	if f.Group != nil && f.Group.Term > 0 {
		if n := len(h.terms); n == 0 || h.terms[n-1].n != f.Group.Term {
			h.terms = append(h.terms, sample{f.Now, f.Group.Term})
		}
		for len(h.terms) > 1 && f.Now.Sub(h.terms[1].at) > time.Hour { // the first is the term before the hour
			h.terms = h.terms[1:]
		}
	}
	if f.Disk != nil && f.Disk.Total > 0 {
		if n := len(h.free); n == 0 || f.Now.Sub(h.free[n-1].at) >= 10*time.Minute {
			h.free = append(h.free, sample{f.Now, f.Disk.Free})
		}
		for len(h.free) > 1 && f.Now.Sub(h.free[0].at) > 7*24*time.Hour {
			h.free = h.free[1:]
		}
	}
}

// Elections are the changes of term in the last hour. The term that this node
// found when it started is no election.
func (h *History) Elections() int { return max(0, len(h.terms)-1) }

// perDay is by how many bytes a day the free room shrinks, from a day of
// samples on; 0: it does not, or that is not known yet.
func (h *History) perDay(f Facts) float64 {
	if f.Disk.PerDay > 0 {
		return f.Disk.PerDay
	}
	if len(h.free) == 0 {
		return 0
	}
	first := h.free[0]
	took := f.Now.Sub(first.at)
	if took < 24*time.Hour || f.Disk.Free >= first.n {
		return 0
	}
	return float64(first.n-f.Disk.Free) / took.Hours() * 24
}

// slowGrowth is what a node is taken to write a day while its growth is not
// known: far more than a balai types.
const slowGrowth = 50e6

// lease is how long a node may go without a new event before it lets nobody edit
// what the ledger knows (replication/ledger.Lease, less a day for clocks).
const lease = 14 * 24 * time.Hour

// alone is the isolation budget: what ends first, the room on the disk or the
// lease within which this node knows that its cases are still its own.
func alone(f Facts, h *History) casework.Alone {
	days, limit := 3650.0, "disk"
	if f.Disk != nil && f.Disk.Total > 0 {
		room := float64(f.Disk.Free) - float64(f.Disk.Reserve)
		days = min(days, max(0, room/max(h.perDay(f), slowGrowth)))
	}
	if f.Group != nil && f.Group.Applied >= 0 {
		if left := (lease - f.Group.Applied).Hours() / 24; left < days {
			days, limit = max(0, left), "ledger lease"
		}
	}
	return casework.Alone{Days: int(math.Floor(days)), Limit: limit}
}

// contacts says how each other balai is, as far as this node knows.
func contacts(f Facts) []casework.Contact {
	out := []casework.Contact{}
	for _, p := range f.Peers {
		age, way := p.heard()
		c := casework.Contact{
			Balai: p.Code, Voter: p.Voter, Leads: p.Leads, By: f.Balai, Way: way, RoundTrip: p.RoundTrip.Seconds(), Clock: p.Clock.Seconds(),
			Event: p.Event, Match: p.Match, Degraded: p.Degraded, Address: p.Address, Lamp: casework.CutOff,
		}
		if age >= 0 {
			c.Heard = f.Now.Add(-age)
		}
		switch {
		case age >= 0 && age < f.silence():
			c.Lamp = casework.Healthy
		case p.Alive || age >= 0 && age < 4*f.silence():
			c.Lamp = casework.Unsure
		}
		out = append(out, c)
	}
	return out
}

// heard is how long ago p was last heard at first hand, and how; negative if
// never.
func (p Peer) heard() (age time.Duration, way string) {
	switch {
	case p.Ledger >= 0 && (p.Gossip < 0 || p.Ledger <= p.Gossip):
		return p.Ledger, "ledger"
	case p.Gossip >= 0:
		return p.Gossip, "gossip"
	}
	return -1, ""
}

// silence is how long a balai may say nothing before that means something. In
// the wide profile a balai that does not vote speaks every few minutes only.
func (f Facts) silence() time.Duration {
	if f.Silence > 0 {
		return f.Silence
	}
	if f.Local {
		return 10 * time.Second
	}
	return 12 * time.Minute
}

// span writes a duration with its largest unit, for people.
func span(d time.Duration) string {
	d = d.Abs()
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d milliseconds", d.Milliseconds())
	case d < 2*time.Minute:
		return fmt.Sprintf("%d seconds", int(d.Seconds()))
	case d < 2*time.Hour:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d hours", int(d.Hours()))
	default:
		return fmt.Sprintf("%d days", int(d.Hours()/24))
	}
}

// size writes a number of bytes for people.
func size(n uint64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", float64(n)/1e9)
	default:
		return fmt.Sprintf("%d MB", n/1e6)
	}
}
