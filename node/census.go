package node

import (
	"sync"
	"time"

	"serasi/node/caseload"
	"serasi/node/casework"
	"serasi/node/health"
	"serasi/replication/ledger"
)

// census counts what of the ledger is this balai's. It reads all handoffs there
// ever were, so it counts again only now and then.
type census struct {
	mu   sync.Mutex // guards last and at
	last counted
	at   time.Time // node's clock
	head uint64
}

// counted is what a census found.
type counted struct {
	overdue   int            // offers to us, unanswered for two working days
	stuck     map[string]int // past the deadline of their stage, by stage
	open      map[health.HandoffPart]int
	custody   int // cases that are ours by the ledger
	members   int // active
	approvals int // balai that asked to join
}

// censusEvery is how long a count stands while nothing but the clock moves, and
// censusRest how long it stands in any case.
const (
	censusEvery = time.Minute
	censusRest  = 5 * time.Second
)

// answerWithin is how many working days an offer may wait for its answer.
const answerWithin = 2

func (c *census) of(n *Node, now time.Time) counted {
	b := n.current()
	if b == nil {
		return counted{}
	}
	head := b.log.Status().Event
	c.mu.Lock()
	old := now.Sub(c.at).Abs()
	if !c.at.IsZero() && (old < censusRest || head == c.head && old < censusEvery) {
		defer c.mu.Unlock()
		return c.last
	}
	c.mu.Unlock()
	found := n.count(b, now)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last, c.at, c.head = found, now, head
	return found
}

func (n *Node) count(b *bond, now time.Time) counted {
	c := counted{stuck: map[string]int{}, open: map[health.HandoffPart]int{}}
	calendar := casework.DefaultCalendar()
	_ = n.db.View(func(tx casework.Tx) error {
		own, err := caseload.CalendarOf(tx)
		if err == nil {
			calendar = own
		}
		return err
	})
	_ = b.log.View(func(v ledger.View) error { // nothing in it fails
		v.Handoffs(ledger.ID{}, func(h ledger.Handoff) bool {
			c.handoff(h, n.id.Code, now, func(t time.Time) bool {
				return calendar.Between(casework.DayOf(t.In(n.zone)), casework.DayOf(now.In(n.zone))) > answerWithin
			})
			return true
		})
		v.Custodies(func(x ledger.Custody) bool {
			if x.Owner == n.id.Code {
				c.custody++
			}
			return true
		})
		for _, m := range v.Members() {
			switch m.Standing {
			case ledger.Active:
				c.members++
			case ledger.Requested:
				c.approvals++
			}
		}
		return nil
	})
	return c
}

func (c *counted) handoff(h ledger.Handoff, self ledger.NodeID, now time.Time, late func(time.Time) bool) {
	var box casework.Box
	switch {
	case h.Stage.Ended():
		return
	case h.To == self:
		box = casework.In
	case h.From == self:
		box = casework.Out
	default:
		return
	}
	c.open[health.HandoffPart{Box: string(box), Stage: h.Stage.String()}]++
	if h.Deadline != 0 && now.After(h.Deadline.Time()) {
		c.stuck[h.Stage.String()]++
	}
	if box == casework.In && h.Stage == ledger.Offered && late(h.Offered.Time()) {
		c.overdue++
	}
}
