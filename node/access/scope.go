package access

import "serasi/node/casework"

// needs says which scope lets a token do an action. An action that is missing
// here can be done by no token.
var needs = map[casework.Action]casework.Scope{
	casework.Find:          casework.ScopeRead,
	casework.ReadCase:      casework.ScopeRead,
	casework.Export:        casework.ScopeRead,
	casework.BreakGlass:    casework.ScopeRead,
	casework.ReadAudit:     casework.ScopeRead,
	casework.ReadStatus:    casework.ScopeRead,
	casework.Oversee:       casework.ScopeRead,
	casework.Register:      casework.ScopeWrite,
	casework.WriteCase:     casework.ScopeWrite,
	casework.Assign:        casework.ScopeWrite,
	casework.Erase:         casework.ScopeWrite,
	casework.AddToCase:     casework.ScopeWrite,
	casework.GrantSecrecy:  casework.ScopeWrite,
	casework.Review:        casework.ScopeWrite,
	casework.KeepPrivacy:   casework.ScopeWrite,
	casework.ReadReport:    casework.ScopeRead,
	casework.WriteReport:   casework.ScopeWrite,
	casework.SignReport:    casework.ScopeWrite,
	casework.PrepareImport: casework.ScopeWrite,
	casework.Import:        casework.ScopeWrite,
	casework.PrepareOffer:  casework.ScopeHandoff,
	casework.Offer:         casework.ScopeHandoff,
	casework.PrepareAnswer: casework.ScopeHandoff,
	casework.Answer:        casework.ScopeHandoff,
	casework.Arrive:        casework.ScopeHandoff,
	casework.ManageUsers:   casework.ScopeNode,
	casework.ManageNode:    casework.ScopeNode,
	casework.LeaveGroup:    casework.ScopeNode,
	casework.SetUp:         casework.ScopeWrite,
}
