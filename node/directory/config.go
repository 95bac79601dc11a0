package directory

import (
	"errors"
	"log/slog"
	"time"

	"serasi/node/casework"
)

// An Entry is a profile as it travels: signed by its owner, the highest version
// wins.
type Entry struct {
	Owner   casework.BalaiCode `json:"owner"`
	Version uint64             `json:"version"`
	Body    []byte             `json:"body"`
	Sig     []byte             `json:"sig"`
}

// Gossip spreads entries. federation.Gossip is one, but for the types.
type Gossip interface {
	// Publish signs body as the entry of this balai.
	Publish(body []byte) error
	// Entries returns the newest entries of active members, with good signatures.
	Entries() []Entry
}

// Files give the file of a case.
type Files interface {
	// Export returns the file of a case as it would travel now.
	Export(tx casework.Tx, id casework.CaseID) (casework.Bundle, error)
	// HandoffsOf returns the handoffs of a case, in no order.
	HandoffsOf(tx casework.Tx, id casework.CaseID) ([]casework.Handoff, error)
}

// Gate decides who may do what. access.Gate is one.
type Gate interface {
	// Check returns nil if by may do act on c; a nil c is no case in
	// particular. The error is Forbidden or Unknown.
	Check(tx casework.Tx, by casework.Actor, act casework.Action, c *casework.Case) error
}

// Trail is the audit trail. access.Trail is one.
type Trail interface {
	Record(tx casework.Tx, line casework.Line) error
}

// Config is what a Directory needs. All but Log and Poll is required.
type Config struct {
	Self  casework.BalaiCode
	Store casework.Store
	Files Files
	Gate  Gate
	Trail Trail
	// Gossip returns the way to the others, or nil while this node has none.
	Gossip func() Gossip
	// Members returns the balai that have a node, by code.
	Members func() []casework.BalaiCode
	Clock   func() time.Time
	Log     *slog.Logger  // nil: discard
	Poll    time.Duration // how often gossip is looked through; 0: 15 s
}

// Check returns all that is wrong with c.
func (c Config) Check() error {
	var errs []error
	for _, part := range []struct {
		name    string
		missing bool
	}{
		{"Store", c.Store == nil},
		{"Files", c.Files == nil},
		{"Gate", c.Gate == nil},
		{"Trail", c.Trail == nil},
		{"Gossip", c.Gossip == nil},
		{"Members", c.Members == nil},
		{"Clock", c.Clock == nil},
	} {
		if part.missing {
			errs = append(errs, errors.New("directory: "+part.name+" is missing"))
		}
	}
	if !casework.IsBalai(c.Self) {
		errs = append(errs, errors.New("directory: Self is not the code of a balai"))
	}
	if c.Poll < 0 {
		errs = append(errs, errors.New("directory: Poll is negative"))
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Poll == 0 {
		c.Poll = 15 * time.Second
	}
	return c
}
