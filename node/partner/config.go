package partner

import (
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
	Record(tx casework.Tx, line casework.Line) error
}

// Cases give the file of a case and the consents in it.
type Cases interface {
	// Export returns the file of a case as it would travel now.
	Export(tx casework.Tx, id casework.CaseID) (casework.Bundle, error)
}

// Config is what a Register needs. All is required.
type Config struct {
	Self  casework.BalaiCode
	Store casework.Store
	Cases Cases
	Gate  Gate
	Trail Trail
	Clock func() time.Time
	Zone  *time.Location // of the balai: days begin there
	NewID func() string  // a new random id: 32 hex digits of 128 bits
}

// Check returns all that is wrong with c.
func (c Config) Check() error {
	var errs []error
	for _, part := range []struct {
		name    string
		missing bool
	}{
		{"Store", c.Store == nil},
		{"Cases", c.Cases == nil},
		{"Gate", c.Gate == nil},
		{"Trail", c.Trail == nil},
		{"Clock", c.Clock == nil},
		{"Zone", c.Zone == nil},
		{"NewID", c.NewID == nil},
	} {
		if part.missing {
			errs = append(errs, errors.New("partner: "+part.name+" is missing"))
		}
	}
	if !casework.IsBalai(c.Self) {
		errs = append(errs, errors.New("partner: Self is not the code of a balai"))
	}
	return errors.Join(errs...)
}
