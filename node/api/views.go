package api

import "serasi/node/casework"

// The words of accounts are those of the house.
type (
	User      = casework.User
	NewUser   = casework.NewUser
	UserPatch = casework.UserPatch
	NewToken  = casework.NewToken
	Token     = casework.Token
)

// A LineFilter picks lines of the audit trail; its zero value picks all.
type LineFilter struct {
	Case casework.CaseID
	User casework.UserID
}
