package api

import (
	"time"

	"serasi/node/casework"
)

// An Offer asks another balai to take cases over, or to do something for their
// people. More than one case makes a collective handoff.
type Offer struct {
	Kind  casework.HandoffKind
	Cases []casework.CaseID
	To    casework.BalaiCode

	Reason, Wanted, Given, Health, Journey, Contact string // the letter, form F7

	Basis       casework.Basis // "": consent
	BasisWhy    string         // for every other basis
	Residential bool           // the person travels and is handed over with a record
	AnswerIn    time.Duration  // for the destination to answer; 0: usual
	ArriveIn    time.Duration  // from acceptance to receipt, transfers only; 0: usual
}

// Said is what a person says with an act of a handoff. Each act uses some of
// it; the rest must be empty.
type Said struct {
	Text        string             `json:"text,omitempty" doc:"Goes sealed to the other side: a question, conditions, advice"`
	Form        map[string]string  `json:"form,omitempty" doc:"The handover record (form F8), for receive"`
	Reason      string             `json:"reason,omitempty" doc:"Code of why: decline, redirect, withdraw, cancel, report"`
	Redirect    casework.BalaiCode `json:"redirect,omitempty" doc:"Balai that may help instead, for redirect"`
	Expected    time.Time          `json:"expected,omitzero" doc:"When a place may come free, for wait"`
	Conditional bool               `json:"conditional,omitempty" doc:"For accept: there are conditions, which text names"`
}

// A HandoffQuery asks for a page of handoffs, newest first.
type HandoffQuery struct {
	Box    casework.Box // "": both
	State  string       // open, ended, a stage, or "" for all
	Cursor string
	Limit  int // 1 to 100; 0: 50
}

// Custody says which balai is responsible for a case.
type Custody struct {
	Case    casework.CaseID    `json:"case"`
	Handle  string             `json:"handle" doc:"The case in the ledger"`
	Owner   casework.BalaiCode `json:"owner"`
	Epoch   uint64             `json:"epoch" doc:"Grows by one whenever the owner changes; 0: the ledger has never heard of the case"`
	Open    casework.HandoffID `json:"open,omitempty" doc:"The transfer under way"`
	Since   time.Time          `json:"since,omitzero"`
	AsOf    uint64             `json:"asOf" doc:"Number of the last event this answer rests on"`
	Strong  bool               `json:"strong"`
	Missing bool               `json:"missing,omitempty" doc:"Ours by the ledger, but the content is not here"`
}

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
