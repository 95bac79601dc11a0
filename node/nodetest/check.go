package nodetest

import (
	"fmt"
	"net/http"

	"serasi/node/api"
	"serasi/node/casework"
)

// Record is a handover record (form F8) that says enough.
var Record = map[string]string{
	"time": "09.41 WIB", "place": "Gerbang utama", "handedBy": "Peksos pengirim", "receivedBy": "Peksos penerima",
	"condition": "sehat, tenang", "belongings": "tas kecil",
}

// Check asks after a test whether the promises hold: the same history
// everywhere, one custodian a case, one place where it can be edited, and no
// command without an answer.
func (c *Cluster) Check() {
	c.T.Helper()
	c.WaitFor("every outbox to be empty", func() bool {
		for _, b := range c.running() {
			if s, err := b.Status(); err != nil || s.Outbox.Pending > 0 {
				return false
			}
		}
		return true
	})
	c.WaitFor("the same history everywhere", func() bool {
		var first api.Head
		for i, b := range c.running() {
			var h api.Head
			if b.Do("admin", http.MethodGet, "/ledger/head", nil, &h) != nil {
				return false
			}
			if i == 0 {
				first = h
			}
			if h.Index != first.Index || h.Hash != first.Hash {
				return false
			}
		}
		return true
	})
	c.sameChain()
	c.oneCustodian()
}

func (c *Cluster) running() (all []*Balai) {
	for _, b := range c.Balai {
		if b.node != nil {
			all = append(all, b)
		}
	}
	return all
}

// sameChain compares the running hash at every event.
func (c *Cluster) sameChain() {
	c.T.Helper()
	var first []api.Event
	for i, b := range c.running() {
		events := b.Events()
		if i == 0 {
			first = events
			continue
		}
		for j := range min(len(first), len(events)) {
			if first[j].Hash != events[j].Hash {
				c.T.Fatalf("%s and %s tell another history from event %d on", c.Balai[0].Code, b.Code, first[j].Index)
			}
		}
	}
}

// Events returns the whole ledger as a balai shows it.
func (b *Balai) Events() (all []api.Event) {
	b.c.T.Helper()
	for {
		var page struct{ Items []api.Event }
		b.Must("admin", http.MethodGet, fmt.Sprintf("/ledger/events?from=%d&limit=100", len(all)+1), nil, &page)
		all = append(all, page.Items...)
		if len(page.Items) < 100 {
			return all
		}
	}
}

// Cases returns all cases of a balai as its head sees them, whatever their state.
func (b *Balai) Cases() (all []casework.Card) {
	b.c.T.Helper()
	cursor := ""
	for {
		var page casework.Page[casework.Card]
		b.Must("head", http.MethodGet, "/cases?limit=100&cursor="+cursor, nil, &page)
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all
		}
	}
}

// oneCustodian follows the ledger and compares it with who can edit what.
func (c *Cluster) oneCustodian() {
	c.T.Helper()
	owner, epoch := map[string]casework.BalaiCode{}, map[string]uint64{}
	for _, e := range c.running()[0].Events() {
		if e.Handle == "" || e.Epoch == 0 {
			continue
		}
		if e.Epoch < epoch[e.Handle] || e.Epoch > epoch[e.Handle]+1 {
			c.T.Errorf("custody epoch of %s jumps from %d to %d", e.Handle, epoch[e.Handle], e.Epoch)
		}
		if e.Epoch > epoch[e.Handle] {
			owner[e.Handle] = e.From
			if e.Stage == "received" {
				owner[e.Handle] = e.To
			}
		}
		epoch[e.Handle] = e.Epoch
	}
	holders := map[string][]string{}
	for _, b := range c.running() {
		for _, card := range b.Cases() {
			over, err := b.Case(card.ID)
			if err != nil {
				c.T.Errorf("%s cannot read its case %s: %v", b.Code, card.Number, err)
				continue
			}
			if s := over.Case.State; s == casework.Open || s == casework.OnOffer || s == casework.Closed {
				holders[over.Case.Handle] = append(holders[over.Case.Handle], b.Code)
			}
		}
	}
	for handle, who := range holders {
		if len(who) != 1 {
			c.T.Errorf("case %s is held by %v", handle, who)
		} else if o, known := owner[handle]; known && string(o) != who[0] {
			c.T.Errorf("case %s belongs to %s by the ledger and is held by %s", handle, o, who[0])
		}
	}
	for handle, o := range owner {
		if b := c.Of(string(o)); b.node != nil && len(holders[handle]) == 0 {
			c.T.Errorf("case %s belongs to %s and nobody holds it", handle, o)
		}
	}
}
