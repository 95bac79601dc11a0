package casework

import (
	"context"
	"fmt"
)

// Table names one kind of record in the node's store. The names are stored:
// never rename one, only add.
type Table string

// The tables of a node. Rows of a case table belong to a case (owner is its
// CaseID) and are sealed with that case's own key; rows of other tables have
// the owner NodeOwner.
const (
	Cases     Table = "cases"     // owner: case; id: the CaseID again
	Persons   Table = "persons"   // owner: the case a person was first registered with; id: PersonID
	Notes     Table = "notes"     // owner: case
	Documents Table = "documents" // owner: case; the content lies in a blob
	Consents  Table = "consents"  // owner: case
	Stubs     Table = "stubs"     // owner: case; what stays after a hand-over
	Handoffs  Table = "handoffs"  // owner: NodeOwner; id: HandoffID
	Parcels   Table = "parcels"   // owner: case; sealed summary and packet of a handoff, as its own end may read it
	Outbox    Table = "outbox"    // owner: NodeOwner; id: sortable
	Users     Table = "users"     // owner: NodeOwner
	Tokens    Table = "tokens"    // owner: NodeOwner; id: hash of the token
	Audit     Table = "audit"     // owner: NodeOwner; id: 16 hex digits, counting up from 1
	Settings  Table = "settings"  // owner: NodeOwner; cursor, counters, keys of this node
	Replays   Table = "replays"   // owner: NodeOwner; answers kept for an Idempotency-Key
	Numbers   Table = "numbers"   // owner: NodeOwner; register numbers given out, without gaps

	Sessions  Table = "sessions"  // owner: NodeOwner; id: hash of the cookie; in no backup
	Grants    Table = "grants"    // owner: NodeOwner; id: UserID and the grant's own
	Teams     Table = "teams"     // owner: case; id: UserID of one who helps with it
	GlassRows Table = "glass"     // owner: case; id: sortable; who opened it in an emergency
	Requests  Table = "requests"  // owner: case; id: what the person asked of their data
	Limits    Table = "limits"    // owner: case; id: the CaseID again; that its use is restricted
	Incidents Table = "incidents" // owner: NodeOwner; breaches of data
	Erasures  Table = "erasures"  // owner: NodeOwner; asked for, done, and what stays
	Notices   Table = "notices"   // owner: NodeOwner; id: UserID and the notice's own

	Conferences   Table = "conferences"    // owner: case; these and those below are records of care
	Plans         Table = "plans"          // owner: case
	Services      Table = "services"       // owner: case
	Provisions    Table = "provisions"     // owner: case
	Tasks         Table = "tasks"          // owner: case
	Stays         Table = "stays"          // owner: case
	Discharges    Table = "discharges"     // owner: case
	Visits        Table = "visits"         // owner: case
	CareIncidents Table = "care incidents" // owner: case
	CivilPapers   Table = "civil papers"   // owner: case
	Programmes    Table = "programmes"     // owner: case
	Drafts        Table = "drafts"         // owner: case, or NodeOwner; id: UserID and the form
	Houses        Table = "houses"         // owner: NodeOwner
	Beds          Table = "beds"           // owner: NodeOwner; id: bed that is taken, and by which case

	Letters       Table = "letters"        // owner: case, or the letter itself before there is a case; id: LetterID
	LetterCards   Table = "letter cards"   // owner: NodeOwner; id: LetterID; nothing of a person
	LetterNumbers Table = "letter numbers" // owner: NodeOwner; id: register/year/serial, without gaps
	LetterLookups Table = "letter lookups" // owner: NodeOwner; id: code, number, or handoff and kind

	FormRows    Table = "forms"        // owner: NodeOwner; id: FormRef of a form of this balai
	FormsThere  Table = "case forms"   // owner: case; id: FormRef of a form of another balai, as it came with the case
	FormSheets  Table = "form sheets"  // owner: case; id: SheetID
	FormAnswers Table = "form answers" // owner: case; id: sheet, section and version; rows are only added

	Reports       Table = "reports"        // owner: NodeOwner; id: month; what was signed
	ReportEntries Table = "report entries" // owner: NodeOwner; id: month; what was entered by hand
	Imports       Table = "imports"        // owner: NodeOwner; id: ImportID
	ImportRows    Table = "import rows"    // owner: ImportID, so that one upload is shredded by itself

	AuditByCase  Table = "audit by case" // owner: case; id: that of the line in Audit
	Steps        Table = "steps"         // owner: case; what became of it, and when
	Decisions    Table = "decisions"     // owner: home case of a person; id: PersonID of another that may be the same
	CaseHandoffs Table = "case handoffs" // owner: case; id: HandoffID; how far it is with this case
	Handles      Table = "handles"       // owner: NodeOwner; id: handle of a case that travels or travelled
	Travellers   Table = "travellers"    // owner: NodeOwner; id: PersonID of one who travels or travelled
)

// The tables of handoffs that wait for the head, of the directory and of the
// partners that run no node.
const (
	PreparedRows  Table = "prepared"       // owner: case, or the handoff that is answered; id: its own
	PreparedIndex Table = "prepared index" // owner: NodeOwner; id: that of a row in PreparedRows; where it lies
	Directory     Table = "directory"      // owner: NodeOwner; id: code of a balai; what it says about itself
	Partners      Table = "partners"       // owner: NodeOwner; id: code of a partner that runs no node
	Outsides      Table = "outsides"       // owner: case; id: HandoffID; referrals to partners
	OutsideIndex  Table = "outside index"  // owner: NodeOwner; id: HandoffID; where it lies, and until when an answer is due
	ReplyCodes    Table = "reply codes"    // owner: NodeOwner; id: hash of a reply code
)

// NodeOwner owns the rows that belong to no case.
const NodeOwner = ""

// Tx is one transaction of the node's store, as use cases see it. Values are
// encoded by the store; what comes back is a copy. It is valid only inside the
// function it was given to, and by one goroutine.
type Tx interface {
	// Get reads one row into into, a pointer. It reports whether there is one.
	Get(t Table, owner, id string, into any) (bool, error)
	// Put writes one row. The first row of an owner makes the owner's key.
	Put(t Table, owner, id string, v any) error
	// Delete removes one row; that there is none is no error.
	Delete(t Table, owner, id string) error
	// Each calls f for the rows of one owner in order of id, from the first id
	// >= from, until f returns false or an error.
	Each(t Table, owner, from string, f func(id string, decode func(into any) error) (bool, error)) error
	// All calls f for every row of every owner, in no order that means anything.
	All(t Table, f func(owner, id string, decode func(into any) error) (bool, error)) error
	// Last returns the highest id of an owner in t, or "".
	Last(t Table, owner string) (string, error)
	// After calls f once the transaction is durable; never if it failed.
	After(f func())
}

// RowsOf reads all rows of a case in one table of tx, in the order of their ids.
func RowsOf[T any](tx Tx, t Table, owner CaseID) (out []T, err error) {
	err = tx.Each(t, string(owner), "", func(_ string, decode func(any) error) (bool, error) {
		var v T
		if err := decode(&v); err != nil {
			return false, err
		}
		out = append(out, v)
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s of case %s: %w", t, owner, err)
	}
	return out, nil
}

// CaseOf reads a case. The error is NotFound if there is none here.
func CaseOf(tx Tx, id CaseID) (c Case, err error) {
	found, err := tx.Get(Cases, string(id), string(id), &c)
	switch {
	case err != nil:
		return c, fmt.Errorf("read case %s: %w", id, err)
	case !found:
		return c, NotFound.Because("there is no such case")
	}
	return c, nil
}

// Store runs transactions. It is implemented by node/store.
type Store interface {
	// Update runs f in a transaction and returns after it is durable. If f
	// returns an error nothing of it is kept and that error is returned. Many
	// callers share one commit; f runs once, must be quick, and must not wait
	// for anything but the store.
	Update(ctx context.Context, f func(Tx) error) error
	// View runs f on a consistent copy. f must not write and must not do
	// network I/O: a long view keeps old pages alive.
	View(f func(Tx) error) error
}
