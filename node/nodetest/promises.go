package nodetest

import (
	"fmt"
	"net/http"
	"slices"

	"serasi/node/casework"
)

// A paper is something that a balai said it has: a case, a note, a document or
// an offer. What was acknowledged must never be lost, wherever the case goes.
type paper struct {
	of string // handle of the case; empty for an offer
	at string // balai that said so

	opened   casework.CaseID
	note     casework.NoteID
	document casework.DocumentID
	offer    casework.HandoffID
	text     string // of a note or a document
}

func (c *Cluster) keep(p paper) {
	c.paperMu.Lock()
	defer c.paperMu.Unlock()
	c.papers = append(c.papers, p)
}

// kept returns all that was acknowledged, by case, and the offers.
func (c *Cluster) kept() (ofCases map[string][]paper, offers []paper) {
	c.paperMu.Lock()
	defer c.paperMu.Unlock()
	ofCases = map[string][]paper{}
	for _, p := range c.papers {
		if p.offer != "" {
			offers = append(offers, p)
		} else {
			ofCases[p.of] = append(ofCases[p.of], p)
		}
	}
	return ofCases, offers
}

// forget drops what a balai acknowledged after a backup that it is now restored
// from: nobody promised that.
func (c *Cluster) forget(code string, after int) {
	c.paperMu.Lock()
	defer c.paperMu.Unlock()
	kept := c.papers[:after:after]
	for _, p := range c.papers[after:] {
		if p.at != code {
			kept = append(kept, p)
		}
	}
	c.papers = kept
}

// holding is where a case can be edited or ended.
type holding struct {
	at *Balai
	id casework.CaseID
}

// nothingLost looks for every paper where its case is held now, for each exactly
// once and as it was written.
func (c *Cluster) nothingLost(holders map[string][]holding) {
	c.T.Helper()
	cases, offers := c.kept()
	for handle, papers := range cases {
		if c.Of(papers[0].at).node == nil && len(holders[handle]) == 0 {
			continue // of a balai that this test has stopped
		}
		if len(holders[handle]) != 1 {
			c.T.Errorf("case %s, opened at %s, is held by %d balai", handle, papers[0].at, len(holders[handle]))
			continue
		}
		if h := holders[handle][0]; h.at.node != nil {
			c.sameCase(h, papers)
		}
	}
	c.eachOfferOnce(offers)
}

func (c *Cluster) sameCase(h holding, papers []paper) {
	c.T.Helper()
	notes, documents := map[casework.NoteID][]string{}, map[casework.DocumentID]int{}
	for _, n := range h.at.Notes(h.id) {
		notes[n.ID] = append(notes[n.ID], n.Text)
	}
	for _, d := range h.at.Documents(h.id) {
		documents[d.ID]++
	}
	for _, p := range papers {
		switch {
		case p.note != "" && !slices.Equal(notes[p.note], []string{p.text}):
			c.T.Errorf("a note written at %s is %q at %s, want %q once", p.at, notes[p.note], h.at.Code, p.text)
		case p.document != "" && documents[p.document] != 1:
			c.T.Errorf("a document of %s is %d times at %s", p.at, documents[p.document], h.at.Code)
		case p.document != "":
			if text, err := h.at.content(h.id, p.document); err != nil || text != p.text {
				c.T.Errorf("a document of %s at %s: %d of %d bytes are right: %v", p.at, h.at.Code, len(text), len(p.text), err)
			}
		}
	}
}

// eachOfferOnce compares the offers that people were told of with the ledger: each
// stands there once, or was refused with a reason, or ended before it was sent.
func (c *Cluster) eachOfferOnce(offers []paper) {
	c.T.Helper()
	times, commands := map[string]int{}, map[string]int{}
	for _, e := range c.running()[0].Events() {
		if e.Act == "offer" {
			times[e.Subject]++
		}
		if e.Command != "" {
			commands[e.Command]++
		}
	}
	for id, n := range commands {
		if n > 1 {
			c.T.Errorf("command %s took effect %d times", id, n)
		}
	}
	for _, p := range offers {
		switch n := times[string(p.offer)]; {
		case n > 1:
			c.T.Errorf("offer %s of %s is %d times in the ledger", p.offer, p.at, n)
		case n == 0 && c.Of(p.at).node != nil && !c.Of(p.at).refusedOffer(p.offer):
			c.T.Errorf("offer %s of %s is not in the ledger and did not end otherwise", p.offer, p.at)
		}
	}
}

// endedStages are those at which a handoff is over for its sender although the
// ledger never had its offer.
var endedStages = []string{"rejected", "withdrawn"}

func (b *Balai) refusedOffer(id casework.HandoffID) bool {
	return slices.Contains(endedStages, b.Handoff(id).Stage)
}

// rowsEnded looks at every outbox: nothing waits, and what was refused says why.
func (c *Cluster) rowsEnded() {
	c.T.Helper()
	for _, b := range c.running() {
		for _, row := range b.Outbox("") {
			switch {
			case row.State == "committed":
			case row.State == "rejected" && row.Reason != "":
			default:
				c.T.Errorf("%s: %s of %s is %s in the outbox %s", b.Code, row.Act, row.Handoff, row.State, row.Reason)
			}
		}
	}
}

// custodyOf asks the ledger through one balai who is responsible for its case.
func (b *Balai) custodyOf(id casework.CaseID) (owner casework.BalaiCode, epoch uint64, err error) {
	var x struct {
		Owner casework.BalaiCode
		Epoch uint64
	}
	err = b.Do("head", http.MethodGet, "/cases/"+string(id)+"/custody?consistency=local", nil, &x)
	if err != nil {
		return "", 0, fmt.Errorf("custody at %s: %w", b.Code, err)
	}
	return x.Owner, x.Epoch, nil
}
