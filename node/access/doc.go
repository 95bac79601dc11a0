// Package access answers two questions and keeps the record of the answers: who
// is asking, and may they. It holds the accounts and API tokens of one balai,
// the one permission table that pages, REST and the command line all obey, and
// the trail of who did what.
//
// Gate decides, Trail records, Accounts knows people. Most callers need
// Accounts.Authenticate at the door and Gate.Check in each use case.
//
// The package knows cases only as far as a decision needs: who leads one, which
// unit has it, which secrecy groups it is in. It does not know pages, routes,
// the ledger or other balai: federation officers are keys, not roles. Default
// is to deny.
package access
