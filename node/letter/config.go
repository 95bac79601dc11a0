package letter

import (
	"context"
	"crypto/ed25519"
	"errors"
	"time"

	"serasi/node/casework"
)

// Gate decides who may do what. access.Gate is one.
type Gate interface {
	// Check returns nil if by may do act on c; a nil c is no case in
	// particular. The error is Forbidden or Unknown.
	Check(tx casework.Tx, by casework.Actor, act casework.Action, c *casework.Case) error
}

// Trail is the audit trail. access.Trail is one.
type Trail interface {
	// Record appends a line in the same transaction as what it tells of.
	Record(tx casework.Tx, line casework.Line) error
}

// Handoffs tells what is known of a handoff. handoff.Desk is one.
type Handoffs interface {
	// Get returns a handoff with what was said in it. It decides about
	// permissions itself; the error is NotFound or Forbidden.
	Get(ctx context.Context, by casework.Actor, id casework.HandoffID) (casework.Handoff, error)
}

// Config is what a Desk needs; all of it is required but Defaults.
type Config struct {
	Balai    casework.BalaiCode
	Zone     *time.Location
	Store    casework.Store
	Gate     Gate
	Trail    Trail
	Handoffs Handoffs
	Clock    func() time.Time
	NewID    func() string // a new random id: 32 hex digits of 128 bits
	// Sign signs bytes, which say what they are for, with the key that the
	// ledger lists of this balai.
	Sign func([]byte) []byte
	// Keys returns the keys a balai signs or signed with, as far as this node
	// knows them.
	Keys func(casework.BalaiCode) []ed25519.PublicKey
	// Name is what a balai is called on a day, 2006-01-02; its code if nobody
	// knows.
	Name func(code casework.BalaiCode, day string) string
	// Defaults are the settings before anybody changed them.
	Defaults casework.LetterSettings
}

// Check returns all that is wrong with c.
func (c Config) Check() error {
	var errs []error
	for _, part := range []struct {
		name    string
		missing bool
	}{
		{"Zone", c.Zone == nil}, {"Store", c.Store == nil}, {"Gate", c.Gate == nil}, {"Trail", c.Trail == nil},
		{"Handoffs", c.Handoffs == nil}, {"Clock", c.Clock == nil}, {"NewID", c.NewID == nil}, {"Sign", c.Sign == nil},
		{"Keys", c.Keys == nil}, {"Name", c.Name == nil},
	} {
		if part.missing {
			errs = append(errs, errors.New("letter: "+part.name+" is missing"))
		}
	}
	if !casework.IsBalai(c.Balai) {
		errs = append(errs, errors.New("letter: Balai is not the code of a balai"))
	}
	if err := casework.Faulty(c.Defaults.Check()...); err != nil {
		errs = append(errs, errors.Join(errors.New("letter: the usual settings"), err))
	}
	return errors.Join(errs...)
}

// A Desk is where letters are written. It may be used by many at once and needs
// no closing.
type Desk struct {
	cfg     Config
	kinds   kinds
	guesses guesses
}

// New returns the desk, or what Check says.
func New(c Config) (*Desk, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	k, err := readKinds()
	if err != nil {
		return nil, err
	}
	return &Desk{cfg: c, kinds: k}, nil
}

func (d *Desk) today() string { return d.cfg.Clock().In(d.cfg.Zone).Format("2006-01-02") }
