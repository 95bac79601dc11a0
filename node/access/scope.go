package access

import "serasi/node/casework"

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

// needs says which scope lets a token do an action. An action that is missing
// here can be done by no token.
var needs = map[casework.Action]Scope{
	casework.Find:          ScopeRead,
	casework.ReadCase:      ScopeRead,
	casework.Export:        ScopeRead,
	casework.BreakGlass:    ScopeRead,
	casework.ReadAudit:     ScopeRead,
	casework.ReadStatus:    ScopeRead,
	casework.Register:      ScopeWrite,
	casework.WriteCase:     ScopeWrite,
	casework.Assign:        ScopeWrite,
	casework.Erase:         ScopeWrite,
	casework.ReadReport:    ScopeRead,
	casework.WriteReport:   ScopeWrite,
	casework.SignReport:    ScopeWrite,
	casework.PrepareImport: ScopeWrite,
	casework.Import:        ScopeWrite,
	casework.PrepareOffer:  ScopeHandoff,
	casework.Offer:         ScopeHandoff,
	casework.PrepareAnswer: ScopeHandoff,
	casework.Answer:        ScopeHandoff,
	casework.Arrive:        ScopeHandoff,
	casework.ManageUsers:   ScopeNode,
	casework.ManageNode:    ScopeNode,
}

// known reports whether s is a scope of this list.
func (s Scope) known() bool {
	switch s {
	case ScopeRead, ScopeWrite, ScopeHandoff, ScopeNode, ScopeStepUp:
		return true
	}
	return false
}
