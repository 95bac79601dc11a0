package caseload

import (
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"sync"
	"time"

	"serasi/node/casework"
)

// Gate decides who may do what.
type Gate interface {
	// Check returns nil if by may do act on c; a nil c is no case in
	// particular. Secrecy groups narrow it. The error is Forbidden. Check only
	// decides: it writes nothing.
	Check(tx casework.Tx, by casework.Actor, act casework.Action, c *casework.Case) error
	// MaySee returns nil if by, who may read c, may see a part of it that is of
	// a class and a secrecy group; "" is none. The error is Forbidden.
	MaySee(tx casework.Tx, by casework.Actor, c casework.Case, class casework.Class, group casework.Secrecy) error
}

// Trail is the audit trail.
type Trail interface {
	// Record appends line, in the same transaction as what it tells of. It
	// fills in the number and the hashes.
	Record(tx casework.Tx, line casework.Line) error
	// OfCase returns a page of the lines about one case, newest first, and the
	// cursor of the next page, or "". A cursor it did not give is Invalid. It
	// asks no permission.
	OfCase(id casework.CaseID, cursor string, limit int) ([]casework.Line, string, error)
}

// Index finds cases by name, number and place in the lists. It lives in memory
// and may be behind while Rebuild runs. All methods may be called at once.
type Index interface {
	// Put adds a case or replaces it. An error is a fault of ours, not of e.
	Put(e casework.Entry) error
	// Load is Put for many.
	Load(entries iter.Seq[casework.Entry]) error
	// Find returns the cases that q asks for, best first, at most q.Limit.
	Find(q casework.Query) []casework.CaseID
	// List returns the cases that q, which has no Text, asks for, newest change
	// first, and the cursor of the next page, or "". A cursor it did not give
	// is Invalid.
	List(q casework.Query) (ids []casework.CaseID, next string, err error)
	// Doubles returns the cases that may be of the same person as p, best first,
	// at most limit. If p is in the index, so are p's own cases.
	Doubles(p casework.Person, limit int) []casework.Match
}

// Blobs keeps the contents of documents, encrypted with the key of owner.
type Blobs interface {
	// PutBlob stores all of r durably under a new random name and returns the
	// name, the size in bytes and the SHA-256 of the content in hex. An error
	// of r is returned as it is, and nothing stays behind.
	PutBlob(ctx context.Context, owner string, r io.Reader) (name string, size int64, sha256hex string, err error)
	// OpenBlob returns the content of a blob. The error is NotFound if there
	// is none.
	OpenBlob(owner, name string) (io.ReadCloser, error)
	// DropBlob removes a blob that no row names; that there is none is no error.
	DropBlob(name string) error
}

// Config is what Cases needs. All but Log and Lets is required.
type Config struct {
	Store casework.Store
	Gate  Gate
	Trail Trail
	Index Index
	Blobs Blobs
	Clock func() time.Time // the node's clock
	NewID func() string    // a new random id: 32 hex digits of 128 bits
	Balai casework.BalaiCode
	Zone  *time.Location // of the balai: the year of a case number turns at its midnight
	Log   *slog.Logger   // nil: discard

	// Lets returns nil if this balai may edit c now as far as the ledger is
	// concerned, which c itself cannot tell: another balai may have got a case
	// that was out of this node's sight for too long. Its error is given to
	// the person; addenda stay possible. It must be quick and not ask the
	// store. nil: always.
	Lets func(c casework.Case) error
}

// Check returns all that is wrong with c.
func (c Config) Check() error {
	var errs []error
	for _, part := range []struct {
		name    string
		missing bool
	}{
		{"Store", c.Store == nil},
		{"Gate", c.Gate == nil},
		{"Trail", c.Trail == nil},
		{"Index", c.Index == nil},
		{"Blobs", c.Blobs == nil},
		{"Clock", c.Clock == nil},
		{"NewID", c.NewID == nil},
		{"Zone", c.Zone == nil},
	} {
		if part.missing {
			errs = append(errs, errors.New("caseload: "+part.name+" is missing"))
		}
	}
	if !casework.IsBalai(c.Balai) {
		errs = append(errs, errors.New("caseload: Balai is not the code of a balai"))
	}
	return errors.Join(errs...)
}

// Cases are the use cases. It starts no goroutine; all methods may be called
// at once.
type Cases struct {
	cfg Config

	rebuildMu sync.Mutex // held by the one Rebuild that runs

	freshMu sync.Mutex                   // guards the two below
	ready   bool                         // Rebuild has been through
	fresh   map[casework.CaseID]struct{} // changed while Rebuild runs; nil otherwise

	agenda agenda
}

// New returns the use cases, with nothing in the index yet: see Rebuild.
func New(c Config) (*Cases, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Cases{cfg: c}, nil
}

// now is the time that goes into rows: in UTC, without a monotonic reading.
func (cs *Cases) now() time.Time { return cs.cfg.Clock().UTC().Round(0) }
