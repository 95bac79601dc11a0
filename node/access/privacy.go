package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"serasi/node/casework"
)

// PrivacyConfig is what Privacy needs. All of it is required.
type PrivacyConfig struct {
	Accounts *Accounts
	// Shred erases cases for good, with their keys.
	Shred func(ctx context.Context, owners ...string) error
	// Forget takes a case out of the search index.
	Forget func(id casework.CaseID)
	Zone   *time.Location // of the balai: days begin at its midnight
}

// Check returns all that is wrong with c.
func (c PrivacyConfig) Check() error {
	var errs []error
	for name, missing := range map[string]bool{
		"Accounts": c.Accounts == nil, "Shred": c.Shred == nil, "Forget": c.Forget == nil, "Zone": c.Zone == nil,
	} {
		if missing {
			errs = append(errs, errors.New("access: PrivacyConfig."+name+" is missing"))
		}
	}
	return errors.Join(errs...)
}

// Privacy is the desk of the data protection officer: what people ask of their
// data, restrictions, erasures and incidents. It starts nothing that runs on,
// and may be used by many at once.
type Privacy struct {
	*Accounts
	cfg PrivacyConfig
}

// NewPrivacy returns the desk, or what Check says.
func NewPrivacy(c PrivacyConfig) (*Privacy, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	return &Privacy{Accounts: c.Accounts, cfg: c}, nil
}

// AskRequest writes down what a person asks of the data of a case. The clock of 3x24
// hours runs from when it was asked. The error is Invalid with the faulty
// fields, NotFound or Forbidden.
func (p *Privacy) AskRequest(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewSubjectRequest) (casework.SubjectRequest, error) {
	now := p.clock().UTC()
	if err := casework.Faulty(in.Check(now)...); err != nil {
		return casework.SubjectRequest{}, err
	}
	if in.At.IsZero() {
		in.At = now
	}
	r := casework.SubjectRequest{
		ID: sortableID(now), Case: id, Kind: in.Kind, From: in.From, Words: in.Words, At: in.At.UTC(), By: by.User,
		Due: in.At.UTC().Add(casework.SubjectTime),
	}
	err := p.onCase(ctx, by, casework.KeepPrivacy, "request", id, func(tx casework.Tx, c casework.Case) error {
		r.Number = c.Number
		if err := tx.Put(casework.Requests, string(id), r.ID, r); err != nil {
			return fmt.Errorf("request: %w", err)
		}
		to, err := watchers(tx, c)
		if err != nil {
			return err
		}
		return p.tell(tx, casework.Notice{Kind: casework.NoticeRequest, Case: id, Number: c.Number, About: r.ID, By: by.Name}, to...)
	})
	if err != nil {
		return casework.SubjectRequest{}, err
	}
	return r, nil
}

// AnswerRequest says what was done about a request. A second answer is a Conflict.
func (p *Privacy) AnswerRequest(
	ctx context.Context, by casework.Actor, id casework.CaseID, request string, in casework.SubjectAnswer,
) (r casework.SubjectRequest, err error) {
	if err := casework.Faulty(in.Check()...); err != nil {
		return r, err
	}
	err = p.onCase(ctx, by, casework.KeepPrivacy, "request", id, func(tx casework.Tx, _ casework.Case) error {
		found, err := tx.Get(casework.Requests, string(id), request, &r)
		switch {
		case err != nil:
			return fmt.Errorf("request: %w", err)
		case !found:
			return casework.NotFound.Because("there is no such request")
		case !r.Done.IsZero():
			return casework.Conflict.Because("this request has been answered already")
		}
		r.Done, r.DoneBy, r.Refused, r.Answer = p.clock().UTC(), by.User, in.Refused, in.Answer
		return tx.Put(casework.Requests, string(id), r.ID, r)
	})
	if err != nil {
		return casework.SubjectRequest{}, err
	}
	return r, nil
}

// Requests returns what people asked: those not answered yet first, by when
// they are due, then the others, newest first. Those who oversee the balai may.
func (p *Privacy) Requests(ctx context.Context, by casework.Actor) (list []casework.SubjectRequest, err error) {
	err = p.oversee(ctx, by, casework.Oversee, "requests", func(tx casework.Tx) error {
		return tx.All(casework.Requests, func(_, _ string, decode func(any) error) (bool, error) {
			var r casework.SubjectRequest
			err := decode(&r)
			list = append(list, r)
			return true, err
		})
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(x, y casework.SubjectRequest) int {
		switch {
		case x.Done.IsZero() && y.Done.IsZero():
			return x.Due.Compare(y.Due)
		case x.Done.IsZero():
			return -1
		case y.Done.IsZero():
			return 1
		}
		return y.Done.Compare(x.Done)
	})
	return list, nil
}

// restricted reports whether the use of a case is restricted.
func restricted(tx casework.Tx, id casework.CaseID) (bool, error) {
	if id == "" {
		return false, nil
	}
	found, err := tx.Get(casework.Limits, string(id), string(id), new(casework.Restriction))
	if err != nil {
		return false, fmt.Errorf("restriction: %w", err)
	}
	return found, nil
}

// Restrict stops new offers and exports of a case; twice is once. What was
// offered before goes on.
func (p *Privacy) Restrict(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewRestriction) (casework.Restriction, error) {
	if err := casework.Faulty(in.Check()...); err != nil {
		return casework.Restriction{}, err
	}
	r := casework.Restriction{Case: id, Since: p.clock().UTC(), By: by.User, Why: in.Why}
	err := p.onCase(ctx, by, casework.KeepPrivacy, "restriction", id, func(tx casework.Tx, _ casework.Case) error {
		var was casework.Restriction
		found, err := tx.Get(casework.Limits, string(id), string(id), &was)
		if err != nil || found {
			r = was
			return err
		}
		return tx.Put(casework.Limits, string(id), string(id), r)
	})
	if err != nil {
		return casework.Restriction{}, err
	}
	return r, nil
}

// Lift ends the restriction of a case; twice is once.
func (p *Privacy) Lift(ctx context.Context, by casework.Actor, id casework.CaseID) error {
	return p.onCase(ctx, by, casework.KeepPrivacy, "restriction lifted", id, func(tx casework.Tx, _ casework.Case) error {
		return tx.Delete(casework.Limits, string(id), string(id))
	})
}

// Restriction returns whether the use of a case is restricted, and why. Those
// who may read the case or keep its privacy may.
func (p *Privacy) Restriction(ctx context.Context, by casework.Actor, id casework.CaseID) (r casework.Restriction, found bool, err error) {
	act := casework.KeepPrivacy
	err = p.store.View(func(tx casework.Tx) error {
		c, err := casework.CaseOf(tx, id)
		if err == nil && p.gate.Check(tx, by, casework.ReadCase, &c) == nil {
			act = casework.ReadCase
		}
		return err
	})
	if err != nil {
		return r, false, err
	}
	err = p.onCase(ctx, by, act, "restriction", id, func(tx casework.Tx, _ casework.Case) (err error) {
		found, err = tx.Get(casework.Limits, string(id), string(id), &r)
		return err
	})
	if err != nil {
		return casework.Restriction{}, false, err
	}
	return r, found, nil
}
