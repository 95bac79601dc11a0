package casework

import (
	"slices"
	"time"
)

// A Draft state of what somebody prepared for the head of the balai. The words
// are stored.
const (
	PreparedDraft    = "draft"    // DRAF: still being written
	PreparedWaiting  = "waiting"  // MENUNGGU_PERSETUJUAN_KEPALA
	PreparedReturned = "returned" // sent back with words
	PreparedSent     = "sent"     // signed by the head, and in the outbox
	PreparedDropped  = "dropped"
)

// A NewPrepared is an offer, or an answer to a handoff, as somebody prepares it
// for the head to decide.
type NewPrepared struct {
	Offer *NewOffer `json:"offer,omitempty"`

	Handoff HandoffID `json:"handoff,omitempty"` // of an answer
	Act     string    `json:"act,omitempty"`     // of an answer: accept, decline, ...
	Said    Said      `json:"said,omitzero"`

	Note string `json:"note,omitempty"` // for the head
	Ask  bool   `json:"ask,omitempty"`  // it is ready: ask the head
}

// A Prepared is an offer or an answer that waits for the head, or what became
// of it. Nothing of it has left the balai before it was signed.
type Prepared struct {
	ID      string      `json:"id"`
	Version uint64      `json:"version"`
	State   string      `json:"state"`
	What    NewPrepared `json:"what"`
	Case    CaseID      `json:"case,omitempty"` // the first case of an offer, or that of the handoff
	To      BalaiCode   `json:"to,omitempty"`   // the other balai
	By      UserID      `json:"by"`
	Name    string      `json:"name,omitempty"` // of who prepared it, for the screen
	Created time.Time   `json:"created"`
	Changed time.Time   `json:"changed"`
	Talk    []Aside     `json:"talk,omitempty"`
	Sent    []HandoffID `json:"sent,omitempty"`
}

// An Aside is what two people of one balai said about what was prepared. The
// other balai never sees it.
type Aside struct {
	By   UserID    `json:"by"`
	Name string    `json:"name,omitempty"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// Check returns what is wrong with a.
func (a Aside) Check() []Fault {
	var f faults
	f.prose("text", a.Text, MaxLetter, true)
	return f
}

// Open reports whether p still waits for somebody.
func (p Prepared) Open() bool {
	return slices.Contains([]string{PreparedDraft, PreparedWaiting, PreparedReturned}, p.State)
}

// Check returns what is wrong with p as prepared at the balai self; what it says
// of a handoff is judged with that handoff at hand.
func (p NewPrepared) Check(self BalaiCode) []Fault {
	var f faults
	f.prose("note", p.Note, MaxLetter, false)
	switch {
	case p.Offer != nil && (p.Handoff != "" || p.Act != ""):
		f.add("offer", "cannot go with an answer: prepare one of them")
	case p.Offer != nil:
		f = append(f, p.Offer.WithDefaults().Check(self)...)
	case !IsID(string(p.Handoff)):
		f.add("handoff", "is missing: an offer, or the handoff that is answered")
	case p.Act == "":
		f.add("act", "is missing")
	}
	return f
}
