package casework

import "time"

// A Grant lets one account see the cases of one secrecy group for a time.
type Grant struct {
	ID      string    `json:"id"`
	User    UserID    `json:"user"`
	Group   Secrecy   `json:"group"`
	From    time.Time `json:"from"`
	Until   time.Time `json:"until"`
	Why     string    `json:"why"`
	By      UserID    `json:"by"`
	Ended   time.Time `json:"ended,omitzero"` // taken back before its time
	EndedBy UserID    `json:"endedBy,omitempty"`
}

// Holds reports whether g lets its account see the group at that time.
func (g Grant) Holds(at time.Time) bool {
	return g.Ended.IsZero() && !at.Before(g.From) && at.Before(g.Until)
}

// NewGrant is what a grant is made of.
type NewGrant struct {
	User  UserID    `json:"user"`
	Group Secrecy   `json:"group" doc:"ABH, NAPZA, HIV or TPPO"`
	Until time.Time `json:"until" doc:"At most a year from now"`
	Why   string    `json:"why" doc:"At least 10 characters"`
}

// Secrecies lists the secrecy groups.
var Secrecies = []Secrecy{SecretABH, SecretNAPZA, SecretHIV, SecretTPPO}

// Check returns what is wrong with n at that time, if a grant lasts days at most.
func (n NewGrant) Check(at time.Time, days int) []Fault {
	var f faults
	f.need("user", string(n.User), MaxValue)
	f.id("user", string(n.User))
	f.oneOf("group", string(n.Group), stringsOf(Secrecies...)...)
	f.reason("why", n.Why, 10)
	switch {
	case n.Until.IsZero():
		f.add("until", "is missing")
	case !n.Until.After(at):
		f.add("until", "lies in the past")
	case n.Until.After(at.AddDate(0, 0, days)):
		f.add("until", "is more than %d days from now", days)
	}
	return f
}

// reason checks words that must say something.
func (f *faults) reason(field, s string, least int) {
	if n := len([]rune(s)); n < least {
		f.add(field, "needs at least %d characters", least)
		return
	}
	f.text(field, s, MaxText)
}
