package casework

import (
	"slices"
	"time"
)

// TeamParts are what somebody may be in the team of a case.
var TeamParts = []string{
	"pekerja sosial", "manajer kasus", "psikolog", "perawat", "terapis", "konselor adiksi", "instruktur", "pengasuh", "pendamping",
}

// closest are the professions that work with what is kept closely. The others
// see what they need for the day: an instructor does not need a diagnosis.
var closest = []string{"pekerja sosial", "manajer kasus", "psikolog", "perawat", "terapis", "konselor adiksi"}

// A TeamMember is one who helps with a case: sees it, and adds their own notes,
// documents and sections.
type TeamMember struct {
	User  UserID    `json:"user"`
	As    string    `json:"as"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"` // zero: until taken out
	By    UserID    `json:"by"`
}

// Holds reports whether m helps at that time.
func (m TeamMember) Holds(at time.Time) bool {
	return !at.Before(m.Since) && (m.Until.IsZero() || at.Before(m.Until))
}

// Close reports whether m works with what is of class Specific.
func (m TeamMember) Close() bool { return slices.Contains(closest, m.As) }

// NewTeamMember puts somebody into the team of a case.
type NewTeamMember struct {
	User  UserID    `json:"user"`
	As    string    `json:"as" doc:"What they do: psikolog, perawat, pengasuh and so on"`
	Until time.Time `json:"until,omitzero" doc:"When it ends; left out: when they are taken out"`
}

// Check returns what is wrong with n at that time.
func (n NewTeamMember) Check(at time.Time) []Fault {
	var f faults
	f.need("user", string(n.User), MaxValue)
	f.id("user", string(n.User))
	f.oneOf("as", n.As, TeamParts...)
	if !n.Until.IsZero() && !n.Until.After(at) {
		f.add("until", "lies in the past")
	}
	return f
}
