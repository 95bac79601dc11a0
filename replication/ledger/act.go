package ledger

// Act is what a command does. The numbers are stored and signed: only ever add.
type Act uint8

// The acts on the federation and its members.
const (
	Genesis  Act = 1  // founders: the federation begins
	Invite   Act = 2  // a member's node: one balai code may ask to join
	Request  Act = 3  // the inviting node: a balai asks, with its keys
	Approve  Act = 4  // any member's node: carries one officer's signature on a motion
	Activate Act = 5  // any member's node: k signatures make a balai a member
	Rotate   Act = 6  // the member: a new signing, TLS or sealing key
	Suspend  Act = 7  // two officers: no commands and connections for 72 hours
	Revoke   Act = 8  // k officers: for ever
	Relocate Act = 9  // the member: a new address
	Succeed  Act = 10 // k officers: merged into another balai
	Renew    Act = 11 // the member: back as a new incarnation after a restore
	Anchor   Act = 12 // the member: head of its audit log
	Seat     Act = 13 // who votes: a voter within the rule of growth, or k officers
	Council  Act = 14 // k officers: who the officers are, how many must sign, how many seats
	Switch   Act = 15 // k officers: the version in force
	Tick     Act = 16 // a voter: time passes
	Resume   Act = 17 // the clock: a suspension is over
	Reassign Act = 18 // k officers: custody of a case whose balai is silent beyond its lease
	Recover  Act = 19 // k officers: most voters are lost, and one survivor begins a new group
	Leave    Act = 20 // the member: it goes, and answers for nothing any more. Version 2
)

// The acts on handoffs, that is transfers and referrals.
const (
	Offer         Act = 32
	Accept        Act = 33
	Wait          Act = 34 // waiting list
	Ask           Act = 35
	Answer        Act = 36
	Decline       Act = 37
	Redirect      Act = 38
	Withdraw      Act = 39
	Expire        Act = 40 // the clock
	Depart        Act = 41
	Cancel        Act = 42 // asked by the source after acceptance
	ConfirmCancel Act = 43
	Lapse         Act = 44 // the clock
	Receive       Act = 45 // custody moves here and at no other act
	Start         Act = 46 // referral: in service
	Hold          Act = 47
	Report        Act = 48 // referral: the outcome
	Close         Act = 49 // referral: the source has read the outcome
	Deliver       Act = 50 // the destination's node has it; changes no stage
	Read          Act = 51 // the other side has read the last word; changes no stage
	Fade          Act = 52 // the clock: the last payload of an ended handoff is dropped
)

// since is the version that brought an act; the others were always there.
var since = map[Act]uint16{Leave: 2}

// Least is the lowest version of commands that has an act on a kind of subject.
// Who signs with it is understood by members that were not upgraded yet.
func Least(a Act, on SubjectKind) uint16 {
	if a == Reassign && on == OfHandoff {
		return 2
	}
	return max(1, since[a])
}

var actNames = map[Act]string{
	Genesis: "genesis", Invite: "invite", Request: "request", Approve: "approve", Activate: "activate", Rotate: "rotate",
	Suspend: "suspend", Revoke: "revoke", Relocate: "relocate", Succeed: "succeed", Renew: "renew", Anchor: "anchor",
	Seat: "seat", Council: "council", Switch: "switch", Tick: "tick", Resume: "resume", Reassign: "reassign", Recover: "recover", Leave: "leave",
	Offer: "offer", Accept: "accept", Wait: "wait", Ask: "ask", Answer: "answer", Decline: "decline", Redirect: "redirect",
	Withdraw: "withdraw", Expire: "expire", Depart: "depart", Cancel: "cancel", ConfirmCancel: "confirm-cancel",
	Lapse: "lapse", Receive: "receive", Start: "start", Hold: "hold", Report: "report", Close: "close",
	Deliver: "deliver", Read: "read", Fade: "fade",
}

func (a Act) String() string {
	if s, ok := actNames[a]; ok {
		return s
	}
	return "unknown act"
}

// ParseAct returns the act with that name.
func ParseAct(name string) (Act, bool) {
	for a, s := range actNames {
		if s == name {
			return a, true
		}
	}
	return 0, false
}

// Reason says why a command was refused, or must be tried again. The numbers
// travel: only ever add.
type Reason uint8

// The reasons. Those of Retry come first: what they rest on may change.
const (
	NotRefused     Reason = 0
	NoFederation   Reason = 1 // nothing but a genesis is possible yet
	NotInForce     Reason = 2 // a version above the one in force
	UnknownKey     Reason = 3 // not a member's key, yet
	ActorSuspended Reason = 4
	PeerNotActive  Reason = 5  // the other balai is not an active member now
	LeaseNotOver   Reason = 6  // the custodian was heard too recently
	TooSoon        Reason = 7  // seats moved too recently, or a date too far ahead
	OverBudget     Reason = 8  // the actor has said too much today
	NotYet         Reason = 9  // it rests on what is not in the ledger yet
	TooManyOpen    Reason = 10 // of invitations or motions of one hand
	StillNeeded    Reason = 11 // a balai that wants to leave answers for a case or a handoff, or is the only voter

	Malformed       Reason = 32
	WrongFederation Reason = 33
	BadSignature    Reason = 34
	KeyRetired      Reason = 35 // the key was replaced, or its member revoked
	IDTaken         Reason = 36 // another command has this id
	MovedOn         Reason = 37 // prev is not the head of the subject
	NotYours        Reason = 38 // the other side's act, or a third party
	NotNow          Reason = 39 // not a legal move at this stage
	OldSealKey      Reason = 40 // sealed to a key that is not current: seal again
	NotCustodian    Reason = 41
	CaseMoved       Reason = 42 // the custody head named is not the current one
	TooFewOfficers  Reason = 43
	BadInvitation   Reason = 44 // unknown, used, expired, or for another balai
	BadTerms        Reason = 45 // a field out of bounds for this act
	WrongPayload    Reason = 46 // missing, too large, or not the signed digest
	WrongContent    Reason = 47 // digest of the packet is not the offered one
	NoSuch          Reason = 48 // the subject does not exist
)

var reasonNames = map[Reason]string{
	NoFederation: "no federation yet", NotInForce: "version not in force", UnknownKey: "unknown key",
	ActorSuspended: "actor suspended", PeerNotActive: "other balai not active", LeaseNotOver: "lease not over", TooSoon: "too soon",
	OverBudget: "over budget", NotYet: "not yet", TooManyOpen: "too many open", StillNeeded: "still needed",
	Malformed: "malformed", WrongFederation: "another federation", BadSignature: "bad signature", KeyRetired: "key retired",
	IDTaken: "id taken", MovedOn: "moved on", NotYours: "not yours", NotNow: "not now", OldSealKey: "old sealing key",
	NotCustodian: "not custodian", CaseMoved: "case moved", TooFewOfficers: "too few officers", BadInvitation: "bad invitation",
	BadTerms: "bad terms", WrongPayload: "wrong payload", WrongContent: "wrong content", NoSuch: "no such subject",
}

func (r Reason) String() string { return reasonNames[r] }

// Final reports whether the refusal can never turn into consent, so that the
// same bytes need not be sent again.
func (r Reason) Final() bool { return r >= Malformed }
