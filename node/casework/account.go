package casework

import "time"

// A User is an account, as others may see it.
type User struct {
	ID           UserID    `json:"id"`
	Login        string    `json:"login"` // lower case
	Name         string    `json:"name"`  // for letters and the screen
	Roles        []Role    `json:"roles"`
	Unit         string    `json:"unit,omitempty"`
	Disabled     bool      `json:"disabled,omitempty"`
	SecondFactor bool      `json:"secondFactor" doc:"A code is asked for at sign-in"`
	Created      time.Time `json:"created"`
	Version      uint64    `json:"version" doc:"Grows by one with each change"`
}

// NewUser is what an account is made of.
type NewUser struct {
	Login    string `json:"login" doc:"3 to 32 of a-z, 0-9, dot, dash and underscore"`
	Name     string `json:"name"`
	Roles    []Role `json:"roles"`
	Unit     string `json:"unit,omitempty"`
	Password string `json:"password,omitempty" doc:"At least 12 characters; without one nobody can sign in yet"`
}

// UserPatch changes an account; nil leaves a field as it is.
type UserPatch struct {
	Name     *string `json:"name,omitempty"`
	Roles    *[]Role `json:"roles,omitempty"`
	Unit     *string `json:"unit,omitempty"`
	Disabled *bool   `json:"disabled,omitempty"`
}

// A Colleague is what everybody at a balai may know of an account: whom to ask,
// and whom to choose as the lead of a case.
type Colleague struct {
	ID    UserID `json:"id"`
	Name  string `json:"name"`
	Roles []Role `json:"roles"`
	Unit  string `json:"unit,omitempty"`
}

// Scope limits what an API token may do, whatever the roles of its owner.
// Scopes are stored; they are only ever added.
type Scope string

// The scopes of a token.
const (
	ScopeRead    Scope = "read"    // find and read cases, the audit trail, the status
	ScopeWrite   Scope = "write"   // open, edit and assign cases
	ScopeHandoff Scope = "handoff" // prepare, offer, answer, depart, receive
	ScopeNode    Scope = "node"    // accounts, members, invitations, backup
	ScopeStepUp  Scope = "stepup"  // counts as having proved again who one is; only for whoever just did
)

// Known reports whether s is one of the scopes.
func (s Scope) Known() bool {
	switch s {
	case ScopeRead, ScopeWrite, ScopeHandoff, ScopeNode, ScopeStepUp:
		return true
	}
	return false
}

// A Token is an API token, as its owner may see it again. The token itself is
// shown once, when it is made.
type Token struct {
	ID      string    `json:"id"` // 32 hex digits: the first half of the token's hash
	User    UserID    `json:"user"`
	Label   string    `json:"label"`
	Scopes  []Scope   `json:"scopes"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Used    time.Time `json:"used,omitzero" doc:"Last use, to the minute"`
	Revoked bool      `json:"revoked,omitempty"`
}

// NewToken is what a token is made of.
type NewToken struct {
	Label  string  `json:"label" doc:"What it is for"`
	Scopes []Scope `json:"scopes" doc:"At least one"`
	Days   int     `json:"days,omitempty" doc:"How long it is good: 1 to 365; 0 is 90"`
}

// A LoginSession is one login session, as its owner sees it in a list.
type LoginSession struct {
	ID    string    `json:"id"`
	Began time.Time `json:"began"`
	Seen  time.Time `json:"seen" doc:"Last use, to the minute"`
	Here  bool      `json:"here,omitempty" doc:"The one that asks"`
}

// A SecondFactor is a secret for an authenticator app that waits for its first
// code. It is shown this once.
type SecondFactor struct {
	Address string `json:"address" doc:"otpauth address, as in the QR code"`
	Secret  string `json:"secret" doc:"The same to type by hand"`
}

// A FactorPolicy says which roles must have a second factor to use the pages.
type FactorPolicy struct {
	Roles []Role `json:"roles"`
}
