package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"serasi/node/casework"
)

// Config is what the pages need. The ports of a domain stand in its own file.
type Config struct {
	Door    Door
	Drafts  Drafts
	Cases   Cases
	Forms   CaseForms // nil: there are no pages of a case
	Care    Care      // nil: there are no pages of plans, services and places
	Staff   Staff     // nil: nobody can be chosen
	Doubles Doubles
	News    News

	Handoffs  Handoffs // nil, as each of the two below: there are no pages of handoffs
	Directory Directory
	Partners  Partners

	Accounts Accounts // nil, as each of the three below: there are no pages of people and privacy
	Logins   Logins
	Near     Near
	Privacy  Privacy

	Letters Letters // nil: there are no pages of letters

	Console Console // nil: there are no pages about the node and the network

	Waits []Waits // what "Hari ini" collects

	Reports Reports // nil: there are no pages of reports
	Imports Imports // nil: there are no pages of imports and archives

	// Allowed reports whether somebody may ever do something, so that a page
	// need not show what would be refused. The use cases decide.
	Allowed func(by casework.Actor, act casework.Action) bool
	// NeedsStepUp reports whether a refusal would be lifted by proving again
	// who one is.
	NeedsStepUp func(err error) bool

	Balai   casework.BalaiCode
	Name    string         // of the balai
	Zone    *time.Location // its clocks
	Secure  bool           // served over HTTPS
	Version string
	Clock   func() time.Time // nil: time.Now
	Log     *slog.Logger     // nil: nothing is logged
}

// Check returns all that is wrong with c.
func (c Config) Check() error {
	var errs []error
	for name, missing := range map[string]bool{
		"Door": c.Door == nil, "Drafts": c.Drafts == nil, "Cases": c.Cases == nil, "Doubles": c.Doubles == nil, "News": c.News == nil,
		"Allowed": c.Allowed == nil, "NeedsStepUp": c.NeedsStepUp == nil, "Balai": c.Balai == "", "Zone": c.Zone == nil,
	} {
		if missing {
			errs = append(errs, errors.New("web: Config."+name+" is missing"))
		}
	}
	return errors.Join(errs...)
}

// Door lets people in and knows who they are afterwards. access.Sessions is one.
type Door interface {
	// SignIn returns the value of the cookie. The error is Unknown in the same
	// words whatever was wrong, or TooMany with the time to wait.
	SignIn(ctx context.Context, in casework.SignIn) (cookie string, s casework.Session, err error)
	// Session returns who a cookie belongs to, with roles as stored now, and
	// renews the idle time. The error is Unknown if the session is over.
	Session(ctx context.Context, cookie string) (casework.Actor, casework.Session, error)
	// StepUp proves again who holds the session; it also unlocks it.
	StepUp(ctx context.Context, cookie string, in casework.SignIn) error
	SignOut(ctx context.Context, cookie string) error
	// Lock makes the session ask for the password before it shows anything.
	Lock(ctx context.Context, cookie string) error
	// ClaimFirst makes the first account for whoever has the code from the
	// console. The error is Invalid, Forbidden or TooMany.
	ClaimFirst(ctx context.Context, code, login, password string) error
	// KeepDisplay keeps how somebody wants the pages, with the account.
	KeepDisplay(ctx context.Context, by casework.Actor, d casework.Display) error
	// Put and Pop keep small things with the session.
	Put(ctx context.Context, cookie, key, value string) error
	Pop(ctx context.Context, cookie, key string) (string, error)
}

// Drafts keeps what is being typed. Everybody has only their own.
type Drafts interface {
	// SaveDraft keeps the fields of a form, in place of those kept before. The
	// error is Invalid if they are too large.
	SaveDraft(ctx context.Context, by casework.Actor, form string, id casework.CaseID, fields map[string][]string) error
	// Draft returns what is kept; it is empty if nothing is.
	Draft(ctx context.Context, by casework.Actor, form string, id casework.CaseID) (casework.Draft, error)
	DropDraft(ctx context.Context, by casework.Actor, form string, id casework.CaseID) error
	// Drafts returns all of one's own, newest first, without their fields.
	Drafts(ctx context.Context, by casework.Actor) ([]casework.Draft, error)
}

// News tells what changed for somebody while a page is open.
type News interface {
	// Now returns how many handoffs wait for an answer, without waiting.
	Now(ctx context.Context, by casework.Actor) (casework.News, error)
	// Watch returns how many handoffs wait for an answer, as soon as there is
	// something newer than after, or ctx ends.
	Watch(ctx context.Context, by casework.Actor, after uint64) (casework.News, error)
}

// Waits returns what waits for somebody, for "Hari ini".
type Waits = func(ctx context.Context, by casework.Actor) ([]casework.Errand, error)

// Cases are the use cases on the cases of this balai. caseload.Cases is one.
// Every method decides about permissions itself and writes its audit line.
type Cases interface {
	Open(ctx context.Context, by casework.Actor, in casework.Intake) (casework.Case, casework.Person, []casework.Warning, error)
	Get(ctx context.Context, by casework.Actor, id casework.CaseID) (casework.Overview, error)
	List(ctx context.Context, by casework.Actor, q casework.Query) (casework.Page[casework.Card], error)
	Edit(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, p casework.Patch) (casework.Case, error)
	AddClaims(ctx context.Context, by casework.Actor, id casework.CaseID, claims []casework.Claim) (casework.Person, []casework.Warning, error)
	MoveStage(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, to casework.Stage, why string) (casework.Case, error)
	Close(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, reason string) (casework.Case, error)
	Reopen(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64) (casework.Case, error)
	AddNote(ctx context.Context, by casework.Actor, id casework.CaseID, n casework.Note) (casework.Note, error)
	Notes(ctx context.Context, by casework.Actor, id casework.CaseID, cursor string, limit int) (casework.Page[casework.Note], error)
	AddDocument(ctx context.Context, by casework.Actor, id casework.CaseID, d casework.Document, r io.Reader) (casework.Document, error)
	Documents(ctx context.Context, by casework.Actor, id casework.CaseID, cursor string, limit int) (casework.Page[casework.Document], error)
	OpenDocument(ctx context.Context, by casework.Actor, id casework.CaseID, doc casework.DocumentID) (casework.Document, io.ReadCloser, error)
	AddConsent(ctx context.Context, by casework.Actor, id casework.CaseID, c casework.Consent) (casework.Consent, error)
	WithdrawConsent(ctx context.Context, by casework.Actor, id casework.CaseID, consent casework.ConsentID) (casework.Consent, error)
	Consents(ctx context.Context, by casework.Actor, id casework.CaseID) ([]casework.Consent, error)
	History(ctx context.Context, by casework.Actor, id casework.CaseID, kind, cursor string, limit int) (casework.Page[casework.Moment], error)
	WhoLooked(ctx context.Context, by casework.Actor, id casework.CaseID, cursor string, limit int) (casework.Page[casework.Line], error)
}
