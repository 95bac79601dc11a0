package casework

import "time"

// A Draft is what somebody was typing into a form. It is one's own: nobody else
// sees it, and it is no part of a case.
type Draft struct {
	Form   string              `json:"form"`
	Case   CaseID              `json:"case,omitempty"`
	By     UserID              `json:"by"`
	At     time.Time           `json:"at"`
	Fields map[string][]string `json:"fields,omitempty"`
}

// News is what an open page is told.
type News struct {
	Mark  uint64 // grows with every change
	Inbox int    // handoffs that wait for an answer here
}

// The kinds of an Errand. The words stand in the catalogue of the pages as
// "errand.<kind>": add, never rename.
const (
	ToAnswer  = "answer"     // a handoff waits for our answer
	Answered  = "answered"   // the other balai has answered
	Travels   = "travels"    // somebody is on the way
	Resting   = "resting"    // a case of one's own that nobody touched for long
	IsDue     = "due"        // a task, overdue or soon
	ToReview  = "review"     // something waits for a second pair of eyes
	HalfTyped = "half typed" // a draft

	ToJudge       = "judge"   // an emergency waits for its review
	ToAnswerAsked = "asked"   // a person asked something of their data
	ToConfirm     = "confirm" // an erasure waits for its second person
	ToTell        = "tell"    // a breach of data must be told
	ToKnow        = "notice " // followed by the kind of a Notice
)

// An Errand is one thing that waits for somebody, for the page of the day.
type Errand struct {
	Kind    string
	Words   string    // more about it, as somebody wrote it; may be empty
	Case    CaseID    // where it leads, if it is about a case
	Number  string    // of the case
	Name    string    // of the person, as the reader may see it
	Handoff HandoffID // where it leads, if it is about a handoff
	Balai   BalaiCode // the other end, if there is one
	Path    string    // where it leads, if elsewhere
	Due     time.Time // zero: no deadline
	Since   time.Time // since when it waits
}
