package casework

import "time"

// How long an emergency opens a case, and how soon somebody must look at why.
const (
	GlassFor  = 30 * time.Minute
	ReviewFor = 72 * time.Hour
)

// The reasons for opening a case that is not one's own.
var GlassReasons = []string{
	"keadaan darurat",         // life or health is at stake
	"petugas berhalangan",     // the lead cannot be reached
	"penjangkauan mendesak",   // the person stands at the door
	"permintaan aparat hukum", // police, prosecutor or court, with a letter
	"lainnya",
}

// The verdicts of a review.
const (
	Justified = "dapat dibenarkan"
	Misused   = "penyalahgunaan"
)

// NewGlass asks to see one case for half an hour.
type NewGlass struct {
	Reason string `json:"reason" doc:"One of the coded reasons"`
	Why    string `json:"why" doc:"At least 20 characters"`
}

// Check returns what is wrong with n.
func (n NewGlass) Check() []Fault {
	var f faults
	f.oneOf("reason", n.Reason, GlassReasons...)
	f.reason("why", n.Why, 20)
	return f
}

// A Glass is one case opened in an emergency by somebody who had no right to it.
type Glass struct {
	ID       string    `json:"id"`
	Case     CaseID    `json:"case"`
	Number   string    `json:"number"` // of the case
	User     UserID    `json:"user"`
	Name     string    `json:"name"` // of the user, as then
	Reason   string    `json:"reason"`
	Why      string    `json:"why"`
	At       time.Time `json:"at"`
	Until    time.Time `json:"until"`
	Due      time.Time `json:"due"` // of the review
	Verdict  string    `json:"verdict,omitempty"`
	Words    string    `json:"words,omitempty"` // of the reviewer
	Reviewer UserID    `json:"reviewer,omitempty"`
	Reviewed time.Time `json:"reviewed,omitzero"`
}

// Overdue reports whether nobody has judged g in time.
func (g Glass) Overdue(at time.Time) bool { return g.Verdict == "" && at.After(g.Due) }

// A GlassReview judges an emergency.
type GlassReview struct {
	Verdict string `json:"verdict" doc:"dapat dibenarkan or penyalahgunaan"`
	Words   string `json:"words" doc:"At least 10 characters"`
}

// Check returns what is wrong with v.
func (v GlassReview) Check() []Fault {
	var f faults
	f.oneOf("verdict", v.Verdict, Justified, Misused)
	f.reason("words", v.Words, 10)
	return f
}

// Kinds of notices. They are stored: add, never rename.
const (
	NoticeGlass    = "break glass" // a case was opened in an emergency
	NoticeMisused  = "misuse"      // a review found that it should not have been
	NoticeErasure  = "erasure"     // an erasure waits for its second person
	NoticeRequest  = "request"     // a person asked something of their data
	NoticeIncident = "incident"    // data may have got out
	NoticeTeam     = "team"        // somebody became member of a team
)

// A Notice tells one user that something happened that they must know of. It
// holds no content of a case.
type Notice struct {
	ID     string    `json:"id"`
	To     UserID    `json:"to"`
	Kind   string    `json:"kind"`
	At     time.Time `json:"at"`
	Case   CaseID    `json:"case,omitempty"`
	Number string    `json:"number,omitempty"` // of the case
	About  string    `json:"about,omitempty"`  // id of what it tells of
	By     string    `json:"by,omitempty"`     // who did it
}
