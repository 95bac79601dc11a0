package casework

import "time"

// Role is what somebody is at a balai. Federation officers are keys, not roles.
type Role string

// The roles of the permission table.
const (
	Worker     Role = "pekerja sosial"
	Supervisor Role = "supervisor"
	Head       Role = "kepala balai"
	FrontDesk  Role = "petugas loket"
	AdminIT    Role = "admin it" // runs the node; never reads a case
	Auditor    Role = "auditor"
	DPO        Role = "ppdp" // pejabat pelindungan data pribadi
)

// Action is something the permission table decides about.
type Action string

// The actions of the permission table.
const (
	Register      Action = "register"       // open a case
	Find          Action = "find"           // minimum card of a person
	ReadCase      Action = "read case"      //
	WriteCase     Action = "write case"     // also addenda, notes, documents, consents
	Assign        Action = "assign"         //
	PrepareOffer  Action = "prepare offer"  // draft an offer for the head
	Offer         Action = "offer"          // offer, withdraw, ask to cancel, answer, depart
	PrepareAnswer Action = "prepare answer" //
	Answer        Action = "answer"         // accept, decline, ask, wait, redirect, confirm a cancel, report
	Arrive        Action = "arrive"         // record arrival, sign the handover: receive
	Export        Action = "export"         //
	BreakGlass    Action = "break glass"    //
	ReadAudit     Action = "read audit"     //
	ManageUsers   Action = "manage users"   //
	ManageNode    Action = "manage node"    // node, backup, members, invitations
	LeaveGroup    Action = "leave group"    // end a membership: our own, or with officers another's
	ReadStatus    Action = "read status"    // node status, ledger events, members
	Erase         Action = "erase"          // one of two people
	AddToCase     Action = "add to case"    // own notes, documents and sections; all that a team member writes
	GrantSecrecy  Action = "grant secrecy"  // let somebody see a secrecy group
	Oversee       Action = "oversee"        // grants, break-glass, requests and incidents, to read
	Review        Action = "review"         // judge a break-glass
	KeepPrivacy   Action = "keep privacy"   // requests of the people we serve, restrictions, incidents
	ReadReport    Action = "read report"    // the figures of a month, which name nobody
	WriteReport   Action = "write report"   // figures that are entered by hand
	SignReport    Action = "sign report"    //
	PrepareImport Action = "prepare import" // upload a table, say what its columns are, try it
	Import        Action = "import"         // open cases from a table, and undo that
	SetUp         Action = "set up"         // the balai's own forms, calendar, houses and beds
)

// Relation is how an actor stands to a case.
type Relation string

// The relations. They are read from the store for each request.
const (
	NoRelation Relation = "none"
	Own        Relation = "own"      // wrote or opened it
	Assigned   Relation = "assigned" // lead of the case
	InTeam     Relation = "team"     // helps with the case: a psychologist, a nurse
	SameUnit   Relation = "unit"     // leads the unit that has the case
	SameBalai  Relation = "balai"
)

// An Actor is who asks: a signed-in person or a token, with roles as stored now.
type Actor struct {
	User    UserID
	Name    string // for letters and the screen; never for a log
	Roles   []Role
	Unit    string
	Grants  []Secrecy // secrecy groups this person may see
	Token   string    // id of the API token, if one was used
	Session string    // id of the login session, if a browser's was used
	StepUp  bool      // proved again within the last five minutes
	Via     string    // api, web, cli, node
}

// Line is one entry of the audit trail: who did what to what, and why. It is
// written before the answer is sent. It holds no content.
type Line struct {
	Seq     uint64    `json:"seq"`
	At      time.Time `json:"at"`
	User    UserID    `json:"user,omitempty"`
	Name    string    `json:"name,omitempty"`
	Role    Role      `json:"role,omitempty"`
	Via     string    `json:"via,omitempty"`
	Token   string    `json:"token,omitempty"` // id of the API token, if one was used
	Act     string    `json:"act"`             // an Action, or a word for what the node did by itself
	What    string    `json:"what,omitempty"`  // which part of the case: notes, stage, ...; never content
	Case    CaseID    `json:"case,omitempty"`
	Person  PersonID  `json:"person,omitempty"`
	Handoff HandoffID `json:"handoff,omitempty"`
	// Document is the one that was opened or added; lines of older programs do
	// not name it.
	Document DocumentID `json:"document,omitempty"`
	Outcome  string     `json:"outcome"` // done, denied, refused
	Why      string     `json:"why,omitempty"`
	Prev     string     `json:"prev"` // hash of the line before, hex
	Hash     string     `json:"hash"` // SHA-256 over Prev and this line without Hash
}
