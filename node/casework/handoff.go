package casework

import "time"

// HandoffKind tells a transfer, which moves custody, from a referral, which
// does not.
type HandoffKind string

// The two kinds.
const (
	Transfer HandoffKind = "transfer"
	Referral HandoffKind = "referral"
)

// Box is the side of a handoff this balai is on.
type Box string

// The sides.
const (
	In  Box = "in"
	Out Box = "out"
)

// Ticks are the four delivery ticks the sender sees. A zero time is a tick
// still to come.
type Ticks struct {
	Queued    time.Time `json:"queued,omitzero"`    // in the outbox of this node
	Committed time.Time `json:"committed,omitzero"` // in the ledger
	Delivered time.Time `json:"delivered,omitzero"` // at the destination's node
	Read      time.Time `json:"read,omitzero"`      // opened by a person there
	Answered  time.Time `json:"answered,omitzero"`  // accepted, declined, ...
}

// A Handoff is what this balai knows of one transfer or referral: what the
// ledger says and what its own people wrote.
type Handoff struct {
	ID          HandoffID   `json:"id"`
	Kind        HandoffKind `json:"kind"`
	Box         Box         `json:"box"`
	From        BalaiCode   `json:"from"`
	To          BalaiCode   `json:"to"`
	Case        CaseID      `json:"case,omitempty"` // the local case, if there is one
	Handle      string      `json:"handle,omitempty"`
	Group       string      `json:"group,omitempty"` // 32 hex digits, the same for all of a collective handoff
	Stage       string      `json:"stage"`           // word of the ledger's table, or "queued" before the ledger has it
	Ticks       Ticks       `json:"ticks"`
	Deadline    time.Time   `json:"deadline,omitzero"` // for the next answer, ledger time
	Expected    time.Time   `json:"expected,omitzero"` // waiting list: likely date
	Residential bool        `json:"residential,omitempty"`
	Conditional bool        `json:"conditional,omitempty"`
	Reason      string      `json:"reason,omitempty"`   // coded reason of the last refusal-like answer
	Redirect    BalaiCode   `json:"redirect,omitempty"` // where the destination points to
	Epoch       uint64      `json:"epoch,omitempty"`
	Packet      string      `json:"packet,omitempty"`   // none, sealed, fetching, here, gone
	Got         int64       `json:"got,omitempty"`      // bytes of the sealed packet that are here, while fetching
	Of          int64       `json:"of,omitempty"`       // its size, once known
	Pending     string      `json:"pending,omitempty"`  // act of this balai that waits in the outbox for the ledger
	Trouble     string      `json:"trouble,omitempty"`  // why this node could not carry out what the ledger says; for people to resolve
	Actions     []string    `json:"actions,omitempty"`  // acts the caller may take now, some after proving again who they are
	Prepares    []string    `json:"prepares,omitempty"` // acts the caller may prepare for the head
	Created     time.Time   `json:"created"`
	Ended       time.Time   `json:"ended,omitzero"`
	Talk        []Remark    `json:"talk,omitempty"` // what was said along with the acts, readable by both ends only
	Summary     *Summary    `json:"summary,omitempty"`
	Event       uint64      `json:"event,omitempty"`   // number of the last ledger event seen
	Staff       UserID      `json:"staff,omitempty"`   // who sees to it at this balai
	Follows     HandoffID   `json:"follows,omitempty"` // the handoff this one goes on from: a return, or onward
	Next        HandoffID   `json:"next,omitempty"`    // the handoff that goes on from this one
	Aside       time.Time   `json:"aside,omitzero"`    // laid aside here: the other balai is gone and will not end it
}

// Turns are the words for whose turn it is.
const (
	Ours   = "ours"
	Theirs = "theirs"
	Nobody = "" // it has ended
)

// Turn says which side has to do the next thing, by the stage alone. The table
// of legal moves is the ledger's; this is what a list is sorted by.
func (h Handoff) Turn() string {
	if !h.Ended.IsZero() || !h.Aside.IsZero() {
		return Nobody
	}
	source, destination := Theirs, Ours
	if h.Box == Out {
		source, destination = Ours, Theirs
	}
	switch h.Stage {
	case "asked", "reported":
		return source
	case "accepted":
		if h.Kind == Transfer && h.Residential {
			return source // the person has to set out
		}
		return destination
	case "queued":
		return Theirs
	}
	return destination
}

// A Remark is text that went sealed along with an act: a question, conditions,
// advice with a refusal, the handover record.
type Remark struct {
	Act  string            `json:"act"`
	By   BalaiCode         `json:"by"`
	At   time.Time         `json:"at"`
	Text string            `json:"text,omitempty"`
	Form map[string]string `json:"form,omitempty"` // e.g. the fields of the handover record (F8)
}

// A Summary is what the destination decides on: sealed to it, readable by the
// two ends only (data level "Tingkat 1" plus what the letter says).
type Summary struct {
	Initials string   `json:"initials"`
	AgeBand  string   `json:"ageBand"`
	Sex      string   `json:"sex"`
	Cluster  string   `json:"cluster,omitempty"`
	PPKS     []string `json:"ppks,omitempty"`
	Ragam    []string `json:"ragam,omitempty"`
	Region   string   `json:"region,omitempty"`
	Urgency  Urgency  `json:"urgency,omitempty"`
	Basis    Basis    `json:"basis"`
	Reason   string   `json:"reason"`          // why it is handed on
	Wanted   string   `json:"wanted"`          // what is asked of the destination
	Given    string   `json:"given,omitempty"` // basic services already given
	Health   string   `json:"health,omitempty"`
	Journey  string   `json:"journey,omitempty"` // special needs on the way
	Contact  string   `json:"contact,omitempty"` // office contact of the sender
	Number   string   `json:"number,omitempty"`  // case number at the sender
	Pages    int      `json:"pages,omitempty"`   // documents in the packet
	Bytes    int64    `json:"bytes,omitempty"`   // size of the packet
}

// A Queued row is one command of this node on its way to the ledger.
type Queued struct {
	ID      string    `json:"id"`
	Handoff HandoffID `json:"handoff,omitempty"`
	Act     string    `json:"act"`
	To      BalaiCode `json:"to,omitempty"`
	State   string    `json:"state"`            // pending, committed, rejected, undecided
	Reason  string    `json:"reason,omitempty"` // of a rejection, in words
	Waits   string    `json:"waits,omitempty"`  // of a pending row: what for, in words
	Tries   int       `json:"tries"`
	Created time.Time `json:"created"`
	Ended   time.Time `json:"ended,omitzero"`
	Event   uint64    `json:"event,omitempty"`
}
