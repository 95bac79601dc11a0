package casework

import (
	"cmp"
	"time"
)

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
	Kind    string    `json:"kind" doc:"answer, answered, travels, resting, due, review, half typed, judge, asked, confirm, tell, or notice and its kind"`
	Words   string    `json:"words,omitempty" doc:"More about it, as somebody wrote it"`
	Case    CaseID    `json:"case,omitempty" doc:"Where it leads, if it is about a case"`
	Number  string    `json:"number,omitempty" doc:"Of the case"`
	Name    string    `json:"name,omitempty" doc:"Of the person, as you may see it"`
	Handoff HandoffID `json:"handoff,omitempty" doc:"Where it leads, if it is about a handoff"`
	Balai   BalaiCode `json:"balai,omitempty" doc:"The other end"`
	Path    string    `json:"path,omitempty" doc:"The page it leads to, if elsewhere"`
	Due     time.Time `json:"due,omitzero" doc:"Deadline"`
	Since   time.Time `json:"since,omitzero" doc:"Since when it waits"`
}

// CompareErrands puts errands in the order of their deadlines, those without one
// last, and what waits longest first.
func CompareErrands(a, b Errand) int {
	return cmp.Or(later(a.Due).Compare(later(b.Due)), a.Since.Compare(b.Since))
}

// later puts what has no deadline last.
func later(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(1<<40, 0)
	}
	return t
}
