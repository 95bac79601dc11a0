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
// everywhere, one custodian a case by the ledger and by the stores, nothing lost
// of what people were told is kept, nothing doubled, and no command without an
// answer.
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
	c.nothingLost(c.oneCustodian())
	c.rowsEnded()
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

// oneCustodian follows the ledger and compares it with who can edit what, which
// it returns by the handle of the case.
func (c *Cluster) oneCustodian() (holders map[string][]holding) {
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
	holders = map[string][]holding{}
	for _, b := range c.running() {
		for _, card := range b.Cases() {
			over, err := b.Case(card.ID)
			if err != nil {
				c.T.Errorf("%s cannot read its case %s: %v", b.Code, card.Number, err)
				continue
			}
			if s := over.Case.State; s == casework.Open || s == casework.OnOffer || s == casework.Closed {
				holders[over.Case.Handle] = append(holders[over.Case.Handle], holding{b, card.ID})
			}
		}
	}
	for handle, who := range holders {
		c.oneHolder(handle, who, owner[handle], epoch[handle])
	}
	for handle, o := range owner {
		if b := c.Of(string(o)); b.node != nil && len(holders[handle]) == 0 {
			c.T.Errorf("case %s belongs to %s and nobody holds it", handle, o)
		} else if b.node == nil {
			holders[handle] = append(holders[handle], holding{at: b}) // a balai that this test has stopped
		}
	}
	return holders
}

// oneHolder compares who holds a case with who has it by the events, and by the
// state that the ledger made of them.
func (c *Cluster) oneHolder(handle string, who []holding, owner casework.BalaiCode, epoch uint64) {
	c.T.Helper()
	at := who[0].at
	if len(who) != 1 {
		c.T.Errorf("case %s is held by %d balai, %s and %s among them", handle, len(who), at.Code, who[1].at.Code)
		return
	}
	told, in, err := at.custodyOf(who[0].id)
	switch {
	case err != nil:
		c.T.Errorf("case %s: %v", handle, err)
	case owner != "" && string(owner) != at.Code:
		c.T.Errorf("case %s belongs to %s by the ledger and is held by %s", handle, owner, at.Code)
	case string(told) != at.Code || in != epoch:
		c.T.Errorf("%s says that case %s, which it holds in epoch %d, is of %s in epoch %d", at.Code, handle, epoch, told, in)
	}
}
