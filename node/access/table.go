package access

import "serasi/node/casework"

// A grant is one cell of the permission table. The zero grant denies.
type grant struct {
	may    bool
	never  bool              // beats every other role of the same person
	near   casework.Relation // how the actor must stand to the case
	stepUp bool              // only after having proved again who one is
	blind  bool              // secrecy groups do not narrow it, because it shows no case
	words  string            // for the person who is refused
}

// What a cell may say. The words for a refusal are the cell's own, because what
// somebody should do next depends on what they may do instead.
var (
	always   = grant{may: true, near: casework.NoRelation}
	assigned = grant{may: true, near: casework.Assigned, words: "this case is not assigned to you"}
	team     = grant{may: true, near: casework.InTeam, words: "this case is not assigned to you"}
	unit     = grant{may: true, near: casework.SameUnit, words: "this case is not in your unit"}
	balai    = grant{may: true, near: casework.SameBalai, words: "name the case this is about"}
	prepare  = grant{words: "you may prepare this; the kepala balai decides"}
	approve  = grant{words: "the admin IT does this"}
	never    = grant{never: true, words: "an admin IT runs the node and never sees a case"}
	ownLines = grant{may: true, near: casework.Own, words: "you may see the record of your own cases and your own work"}
	unitLine = grant{may: true, near: casework.SameUnit, words: "you may see the record of the cases of your unit"}
	watch    = grant{may: true, near: casework.NoRelation, blind: true}
	allLines = grant{may: true, near: casework.NoRelation, blind: true}
)

// confirmed is g for those who have just proved again who they are.
func confirmed(g grant) grant {
	g.stepUp = true
	return g
}

// cells are the grants of one action by role; a role left out is denied.
type cells map[casework.Role]grant

// table is the whole law of the house. It is read by allow and changed by
// nobody; testdata/truth.txt spells out what follows from it.
var table = map[casework.Action]cells{
	casework.Register: {
		casework.Worker: always, casework.Supervisor: always, casework.Head: always, casework.FrontDesk: always,
		casework.AdminIT: never,
	},
	casework.Find: {
		casework.Worker: always, casework.Supervisor: always, casework.Head: always, casework.FrontDesk: always,
		casework.AdminIT: never,
	},
	casework.ReadCase: {
		casework.Worker: team, casework.Supervisor: unit, casework.Head: balai,
		casework.AdminIT: never,
	},
	// Whoever helps with a case adds what is theirs to add; only the lead and
	// the supervisor change the case itself.
	casework.AddToCase: {
		casework.Worker: team, casework.Supervisor: unit,
		casework.AdminIT: never,
	},
	casework.WriteCase: {
		casework.Worker: assigned, casework.Supervisor: unit,
		casework.AdminIT: never,
	},
	casework.Assign: {
		casework.Supervisor: unit, casework.Head: balai,
		casework.AdminIT: never,
	},
	casework.PrepareOffer: {
		casework.Worker: assigned, casework.Supervisor: unit, casework.Head: balai,
		casework.AdminIT: never,
	},
	casework.Offer: {
		casework.Worker: prepare, casework.Supervisor: prepare, casework.Head: confirmed(always),
		casework.AdminIT: never,
	},
	// An offer from another balai has no case here yet, so nobody can be
	// nearer to it than anybody else.
	casework.PrepareAnswer: {
		casework.Worker: always, casework.Supervisor: always, casework.Head: always,
		casework.AdminIT: never,
	},
	casework.Answer: {
		casework.Worker: prepare, casework.Supervisor: prepare, casework.Head: confirmed(always),
		casework.AdminIT: never,
	},
	casework.Arrive: {
		casework.Worker: assigned, casework.Supervisor: unit, casework.Head: always,
		casework.AdminIT: never,
	},
	casework.Export: {
		casework.Head:    confirmed(balai),
		casework.AdminIT: never,
	},
	casework.BreakGlass: {
		casework.Worker: confirmed(balai), casework.Supervisor: confirmed(balai),
		casework.AdminIT: never,
	},
	casework.ReadAudit: {
		casework.Worker: ownLines, casework.Supervisor: unitLine, casework.Head: always, casework.FrontDesk: ownLines,
		casework.Auditor: allLines, casework.DPO: allLines,
	},
	casework.ManageUsers: {casework.Head: approve, casework.AdminIT: always},
	casework.ManageNode:  {casework.Head: approve, casework.AdminIT: always},
	casework.LeaveGroup:  {casework.Head: approve, casework.AdminIT: confirmed(always)},
	casework.ReadStatus: {
		casework.Worker: always, casework.Supervisor: always, casework.Head: always, casework.FrontDesk: always,
		casework.AdminIT: always, casework.Auditor: always, casework.DPO: always,
	},
	casework.ReadReport: {
		casework.Supervisor: always, casework.Head: always, casework.Auditor: always, casework.DPO: always,
		casework.AdminIT: never,
	},
	casework.WriteReport:   {casework.Supervisor: always, casework.Head: always, casework.AdminIT: never},
	casework.SignReport:    {casework.Head: confirmed(always), casework.AdminIT: never},
	casework.PrepareImport: {casework.Supervisor: always, casework.Head: always, casework.AdminIT: never},
	casework.Import:        {casework.Supervisor: confirmed(always), casework.Head: confirmed(always), casework.AdminIT: never},
	casework.SetUp:         {casework.Supervisor: always, casework.Head: always, casework.AdminIT: always},
	casework.GrantSecrecy: {
		casework.Head:    confirmed(always),
		casework.AdminIT: never,
	},
	// What stands there tells of cases without showing them, so that secrecy
	// groups do not hide it from those who watch.
	casework.Oversee: {
		casework.Supervisor: watch, casework.Head: watch, casework.Auditor: watch, casework.DPO: watch,
		casework.AdminIT: never,
	},
	casework.Review: {
		casework.Supervisor: watch, casework.DPO: watch,
		casework.AdminIT: never,
	},
	casework.KeepPrivacy: {
		casework.Supervisor: watch, casework.Head: watch, casework.DPO: watch,
		casework.AdminIT: never,
	},
	// Each of the two is one of the two people it takes; the use case sees to
	// it that they are two.
	casework.Erase: {
		casework.Head: confirmed(balai), casework.DPO: confirmed(balai),
		casework.AdminIT: never,
	},
}

// allow is the table as a function. What it does not know it denies.
func allow(role casework.Role, act casework.Action) grant { return table[act][role] }

// suffices lists, for each relation a grant asks for, the relations that are
// near enough. Own does not stand in for Assigned: to have opened a case is not
// to be responsible for it.
var suffices = map[casework.Relation][]casework.Relation{
	casework.NoRelation: {casework.NoRelation, casework.SameBalai, casework.SameUnit, casework.InTeam, casework.Assigned, casework.Own},
	casework.SameBalai:  {casework.SameBalai, casework.SameUnit, casework.InTeam, casework.Assigned, casework.Own},
	casework.SameUnit:   {casework.SameUnit, casework.Assigned},
	casework.InTeam:     {casework.InTeam, casework.Assigned},
	casework.Assigned:   {casework.Assigned},
	casework.Own:        {casework.Own, casework.Assigned},
}
