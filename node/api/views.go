package api

import (
	"time"

	"serasi/node/casework"
)

// Credentials are what somebody types at the door.
type Credentials struct {
	Login, Password, Code string
	Source                string // address the try comes from; never stored
}

// NewToken is what a token is made of.
type NewToken struct {
	Label  string
	Scopes []string
	Days   int // 0: usual
}

// A Token is an API token, as its owner may see it again.
type Token struct {
	ID      string          `json:"id"`
	User    casework.UserID `json:"user"`
	Label   string          `json:"label"`
	Scopes  []string        `json:"scopes"`
	Created time.Time       `json:"created"`
	Expires time.Time       `json:"expires"`
	Used    time.Time       `json:"used,omitzero" doc:"Last use, to the minute"`
	Revoked bool            `json:"revoked,omitempty"`
}

// NewUser is what an account is made of.
type NewUser struct {
	Login    string             `json:"login" doc:"3 to 32 of a-z, 0-9, dot, dash and underscore"`
	Name     string             `json:"name"`
	Roles    []casework.Role    `json:"roles"`
	Unit     string             `json:"unit,omitempty"`
	Grants   []casework.Secrecy `json:"grants,omitempty" doc:"Secrecy groups this person may see"`
	Password string             `json:"password,omitempty" doc:"At least 12 characters; without one nobody can sign in yet"`
}

// A UserPatch changes an account; nil leaves a field as it is.
type UserPatch struct {
	Name     *string             `json:"name,omitempty"`
	Roles    *[]casework.Role    `json:"roles,omitempty"`
	Unit     *string             `json:"unit,omitempty"`
	Grants   *[]casework.Secrecy `json:"grants,omitempty"`
	Disabled *bool               `json:"disabled,omitempty"`
}

// A User is an account, as others may see it.
type User struct {
	ID           casework.UserID    `json:"id"`
	Login        string             `json:"login"`
	Name         string             `json:"name"`
	Roles        []casework.Role    `json:"roles"`
	Unit         string             `json:"unit,omitempty"`
	Grants       []casework.Secrecy `json:"grants,omitempty"`
	Disabled     bool               `json:"disabled,omitempty"`
	SecondFactor bool               `json:"secondFactor"`
	Created      time.Time          `json:"created"`
	Version      uint64             `json:"version"`
}

// A LineFilter picks lines of the audit trail; its zero value picks all.
type LineFilter struct {
	Case casework.CaseID
	User casework.UserID
}
