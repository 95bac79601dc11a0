package api

import (
	"context"
	"io"

	"serasi/node/casework"
)

// Cases are the use cases on the cases of this balai. caseload.Cases is one.
// Every method decides about permissions itself and writes its audit line. The
// kinds of its errors are Invalid with the fields, NotFound, Forbidden, Frozen,
// and Conflict, which carries both versions if an edit was stale.
type Cases interface {
	CaseFiles
	CasePapers
	CaseLife
	CaseTrails
	CaseDoubles
}

// CaseFiles opens, finds and edits cases.
type CaseFiles interface {
	Open(ctx context.Context, by casework.Actor, in casework.Intake) (casework.Case, casework.Person, []casework.Warning, error)
	Get(ctx context.Context, by casework.Actor, id casework.CaseID) (casework.Overview, error)
	List(ctx context.Context, by casework.Actor, q casework.Query) (casework.Page[casework.Card], error)
	Edit(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, p casework.Patch) (casework.Case, error)
	AddClaims(ctx context.Context, by casework.Actor, id casework.CaseID, claims []casework.Claim) (casework.Person, []casework.Warning, error)
}

// CaseLife moves a case through its stages and ends it.
type CaseLife interface {
	MoveStage(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, to casework.Stage, why string) (casework.Case, error)
	Close(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, reason string) (casework.Case, error)
	Reopen(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64) (casework.Case, error)
}

// CasePapers adds to a case and reads what was added.
type CasePapers interface {
	AddNote(ctx context.Context, by casework.Actor, id casework.CaseID, n casework.Note) (casework.Note, error)
	Notes(ctx context.Context, by casework.Actor, id casework.CaseID, cursor string, limit int) (casework.Page[casework.Note], error)
	AddDocument(ctx context.Context, by casework.Actor, id casework.CaseID, d casework.Document, r io.Reader) (casework.Document, error)
	Documents(ctx context.Context, by casework.Actor, id casework.CaseID, cursor string, limit int) (casework.Page[casework.Document], error)
	OpenDocument(ctx context.Context, by casework.Actor, id casework.CaseID, doc casework.DocumentID) (casework.Document, io.ReadCloser, error)
	AddConsent(ctx context.Context, by casework.Actor, id casework.CaseID, c casework.Consent) (casework.Consent, error)
	WithdrawConsent(ctx context.Context, by casework.Actor, id casework.CaseID, consent casework.ConsentID) (casework.Consent, error)
	Consents(ctx context.Context, by casework.Actor, id casework.CaseID) ([]casework.Consent, error)
}

// CaseTrails tells what became of a case and who looked at it.
type CaseTrails interface {
	History(ctx context.Context, by casework.Actor, id casework.CaseID, kind, cursor string, limit int) (casework.Page[casework.Moment], error)
	WhoLooked(ctx context.Context, by casework.Actor, id casework.CaseID, cursor string, limit int) (casework.Page[casework.Line], error)
}

// Handoffs are the use cases on transfers and referrals. Every method decides
// about permissions itself and writes its audit line.
type Handoffs interface {
	Preparations
	// Offer puts cases on offer, each under a handoff of its own. It works
	// with every cable cut; the handoffs come back as they wait in the outbox.
	Offer(ctx context.Context, by casework.Actor, o casework.NewOffer) ([]casework.Handoff, error)
	// Act takes a step. The error is Invalid with the fields, NotFound,
	// Forbidden, or Conflict if the step is not possible now.
	Act(ctx context.Context, by casework.Actor, id casework.HandoffID, act string, in casework.Said) (casework.Handoff, error)
	// Read notes that a person here has read the last word of the other side.
	Read(ctx context.Context, by casework.Actor, id casework.HandoffID) (casework.Handoff, error)
	Get(ctx context.Context, by casework.Actor, id casework.HandoffID) (casework.Handoff, error)
	List(ctx context.Context, by casework.Actor, q casework.HandoffQuery) (casework.Page[casework.Handoff], error)
	// Outbox returns the commands on their way to the ledger, newest first.
	// State is pending, committed, rejected, undecided or "" for all.
	Outbox(ctx context.Context, by casework.Actor, state, cursor string, limit int) (casework.Page[casework.Queued], error)
	// TryNow tries at once what waits for its next try.
	TryNow(ctx context.Context, by casework.Actor) error
	// Decide says what becomes of a command that waited in a backup: it is sent
	// after all, or dropped. NotFound if no such command is undecided.
	Decide(ctx context.Context, by casework.Actor, outID string, send bool) error
	// Custody says who is responsible for a case. Strong asks a majority; the
	// error is Unavailable if none can be reached.
	Custody(ctx context.Context, by casework.Actor, id casework.CaseID, strong bool) (casework.Custody, error)
}

// Access knows people and decides what needs no case.
type Access interface {
	Door
	Accounts
	Tokens
	SecondFactor
}

// Door lets people in.
type Door interface {
	// Authenticate returns who a token belongs to. The error is Unknown.
	Authenticate(ctx context.Context, bearer string) (casework.Actor, error)
	// Allow returns nil if by may do act where no case is concerned. A refusal
	// is in the audit trail before it is returned; it is Forbidden.
	Allow(ctx context.Context, by casework.Actor, act casework.Action) error
	// NeedsStepUp reports whether a refusal would be lifted by signing in again.
	NeedsStepUp(err error) bool
}

// Accounts are the people of this balai.
type Accounts interface {
	// ClaimFirst makes the first account for whoever has the code from the
	// console. The error is Invalid, Forbidden or TooMany.
	ClaimFirst(ctx context.Context, code, login, password string) (User, error)
	// Users returns all accounts. Only admin IT may.
	Users(ctx context.Context, by casework.Actor) ([]User, error)
	// CreateUser makes an account. The error is Invalid, Conflict if the login
	// is taken, or Forbidden.
	CreateUser(ctx context.Context, by casework.Actor, in NewUser) (User, error)
	// ChangeUser edits an account that was read at version. A stale edit is a
	// Conflict with both versions.
	ChangeUser(ctx context.Context, by casework.Actor, id casework.UserID, version uint64, p UserPatch) (User, error)
	// SetPassword sets a password; old is needed for one's own.
	SetPassword(ctx context.Context, by casework.Actor, id casework.UserID, old, password string) error
	// DropSecondFactor takes a lost second factor off another's account.
	DropSecondFactor(ctx context.Context, by casework.Actor, id casework.UserID) error
}

// Tokens are what programs show at the door.
type Tokens interface {
	// Issue makes a token for whoever proves to be somebody. The bearer is
	// given out this once. The error is Unknown, TooMany, or Invalid with the
	// fields of the token.
	Issue(ctx context.Context, who casework.SignIn, in NewToken) (bearer string, t Token, err error)
	// Tokens returns the tokens of an account: one's own, or any for admin IT.
	Tokens(by casework.Actor, of casework.UserID) ([]Token, error)
	// RevokeToken ends a token for good; twice is once.
	RevokeToken(ctx context.Context, by casework.Actor, id string) error
}

// Ledger is the history that all balai share. It names nobody.
type Ledger interface {
	// Events returns at most limit events with numbers from from on, oldest
	// first.
	Events(ctx context.Context, from uint64, limit int) ([]Event, error)
	Head(ctx context.Context) (Head, error)
}

// Members are the balai of the federation. What officers decide comes signed;
// the node only carries it.
type Members interface {
	List(ctx context.Context) ([]Member, error)
	// Invite lets one balai ask to join. The text is given out this once.
	Invite(ctx context.Context, by casework.Actor, code casework.BalaiCode, hours int) (Invitation, error)
	// Realm is the federation as a whole.
	Realm(ctx context.Context) (Realm, error)
	// Estate is what a balai answers for. The error is NotFound.
	Estate(ctx context.Context, code casework.BalaiCode) (Estate, error)
	// Motion returns what an officer signs to decide a matter as it stands now.
	// The error is NotFound, Conflict or Invalid.
	Motion(ctx context.Context, m Matter) (Motion, error)
	// Sign hands in one officer's signature, and does the act once there are
	// enough. The error is Invalid if the signature does not fit, Conflict if
	// the motion is no longer the one that was signed.
	Sign(ctx context.Context, by casework.Actor, m Matter, s Signature) (Decision, error)
}

// Own is what this balai does about its own membership. Each asks for permission
// itself.
type Own interface {
	Membership(ctx context.Context, by casework.Actor) (Membership, error)
	// Relocate tells the federation where others dial this node from now on. The
	// error is Invalid if nobody could, Conflict if it is so already.
	Relocate(ctx context.Context, by casework.Actor, address string) (Membership, error)
	// Rotate replaces a key: sign, tls or seal. A new signing key makes the node
	// open again by itself once the ledger has it.
	Rotate(ctx context.Context, by casework.Actor, use string) (Membership, error)
	// Leave ends the membership for good. The error is Conflict while this balai
	// answers for something, Invalid unless code is its own.
	Leave(ctx context.Context, by casework.Actor, code casework.BalaiCode) (Membership, error)
}

// Node is the machine itself.
type Node interface {
	Status(ctx context.Context) (Status, error)
	// Health is for a load balancer: quick, and without a secret in it.
	Health(ctx context.Context) Health
	// Checkup is the whole of what the node knows of its health.
	Checkup(ctx context.Context) casework.Checkup
	// Tail returns the last lines of the log, oldest first. They name nobody.
	Tail(ctx context.Context) []string
	// VerifyTrail recomputes the chain of the audit trail, and records that it
	// was done. It asks for permission itself.
	VerifyTrail(ctx context.Context, by casework.Actor) (lines uint64, head string, err error)
	// Footprint is what the node used since it started. It asks for permission
	// itself.
	Footprint(ctx context.Context, by casework.Actor) (casework.Footprint, error)
	// Backups is what is kept on the node itself; BackUp adds one. Both ask for
	// permission themselves; the error of BackUp is Conflict before a recovery
	// key is known.
	Backups(ctx context.Context, by casework.Actor) (casework.Backups, error)
	BackUp(ctx context.Context, by casework.Actor) error
	// Backup writes an age file for a recipient, or for the node's own if it is
	// empty. An error before the first byte is one of the kinds. It writes the
	// audit line.
	Backup(ctx context.Context, by casework.Actor, recipient string, w io.Writer) error
}

// Trail is the audit trail.
type Trail interface {
	// Lines returns a page of the lines that by may see, newest first, and
	// records the look.
	Lines(ctx context.Context, by casework.Actor, f LineFilter, cursor string, limit int) (casework.Page[casework.Line], error)
}
