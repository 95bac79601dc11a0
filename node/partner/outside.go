package partner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
)

// answerDays is how long a partner has if the letter does not say.
const answerDays = 14

// mark says where a referral lies and what is to be listed of it without its
// case. It holds nothing of a person.
type mark struct {
	Case  casework.CaseID    `json:"case"`
	State string             `json:"state"`
	To    casework.BalaiCode `json:"to"`
	Due   casework.Day       `json:"due"`
	At    time.Time          `json:"at"`
}

// Refer sends somebody to a partner: it makes the referral with its reply code,
// which the letter carries. Missing agreements and the like are warned of and
// block nothing; a missing consent does.
//
// The error is Invalid with the fields, NotFound, Forbidden, or Conflict if the
// case is not open here.
func (r *Register) Refer(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewOutside) (casework.Outside, error) {
	if in.Basis == "" {
		in.Basis = casework.ByConsent
	}
	if in.AnswerBy == "" {
		in.AnswerBy = r.today().Plus(answerDays)
	}
	if err := casework.Faulty(in.Check()...); err != nil {
		return casework.Outside{}, err
	}
	x := deed{by: by, act: casework.Offer, what: "letter to a partner", on: id}
	var o casework.Outside
	err := r.do(ctx, &x, func(tx casework.Tx) error {
		c, err := casework.CaseOf(tx, id)
		if err != nil {
			return err
		}
		if err := r.cfg.Gate.Check(tx, by, casework.Offer, &c); err != nil {
			return err
		}
		if c.State != casework.Open {
			return casework.Conflict.Because("case %s is %s", c.Number, c.State)
		}
		p, err := loadPartner(tx, in.Partner)
		if err != nil {
			return err
		}
		if p.Ended {
			return casework.Faulty(casework.Fault{Field: "partner", Words: "takes nobody any more"})
		}
		b, err := r.cfg.Cases.Export(tx, id)
		if err != nil {
			return err
		}
		if in.Basis == casework.ByConsent && !b.SharedWith(p.Code, r.now()) {
			return casework.Faulty(casework.Fault{Field: "basis", Words: "there is no consent to share this case with this partner; record one, or name another basis and why"})
		}
		code := newCode(r.random)
		o = casework.Outside{
			ID: casework.HandoffID(r.cfg.NewID()), Case: id, Number: c.Number, Partner: p.Code, Name: p.Name, State: casework.OutsideSent,
			Letter: in, Code: spell(code), Initials: b.Person.Initials(), By: by.User, At: r.now(), Due: in.AnswerBy,
			Warnings: p.Warnings(r.today()), Version: 1,
		}
		x.ref = o.ID
		if err := tx.Put(casework.ReplyCodes, casework.NodeOwner, hashOf(code), string(o.ID)); err != nil {
			return fmt.Errorf("keep a reply code: %w", err)
		}
		return put(tx, o)
	})
	if err != nil {
		return casework.Outside{}, err
	}
	return o, nil
}

// Outside returns one referral. That it was read is recorded before it is
// returned.
func (r *Register) Outside(ctx context.Context, by casework.Actor, id casework.HandoffID) (o casework.Outside, err error) {
	x := deed{by: by, act: casework.ReadCase, what: "letter to a partner", ref: id}
	err = r.do(ctx, &x, func(tx casework.Tx) error {
		o, err = r.load(tx, by, casework.ReadCase, &x, id)
		return err
	})
	return r.shown(o), err
}

// load finds a referral that by may do act with.
func (r *Register) load(tx casework.Tx, by casework.Actor, act casework.Action, x *deed, id casework.HandoffID) (o casework.Outside, err error) {
	m, err := markOf(tx, id)
	if err != nil {
		return o, err
	}
	x.on = m.Case
	c, err := casework.CaseOf(tx, m.Case)
	if err != nil {
		return o, err
	}
	if err := r.cfg.Gate.Check(tx, by, act, &c); err != nil {
		return o, err
	}
	return loadOutside(tx, m.Case, id)
}

// shown is o as people see it today.
func (r *Register) shown(o casework.Outside) casework.Outside {
	o.Overdue = o.State == casework.OutsideSent && o.Due != "" && o.Due < r.today()
	return o
}

// Outsides returns a page of the referrals that by may read: those that are
// overdue first, then the newest. Reply codes and words are left out.
func (r *Register) Outsides(_ context.Context, by casework.Actor, q casework.OutsideQuery) (page casework.Page[casework.Outside], err error) {
	if !slices.Contains([]string{"", "open", "overdue", casework.OutsideSent, casework.OutsideAnswered, casework.OutsideClosed, casework.OutsideRecalled}, q.State) {
		return page, casework.Faulty(casework.Fault{Field: "state", Words: "must be open, overdue, sent, answered, closed or recalled"})
	}
	if q.Limit < 0 || q.Limit > 100 {
		return page, casework.Faulty(casework.Fault{Field: "limit", Words: "must be 1 to 100"})
	}
	limit := cmp.Or(q.Limit, 50)
	var all []casework.Outside
	err = r.cfg.Store.View(func(tx casework.Tx) error {
		if err := r.mayLook(tx, by); err != nil {
			return err
		}
		return tx.Each(casework.OutsideIndex, casework.NodeOwner, "", func(id string, decode func(any) error) (bool, error) {
			var m mark
			if err := decode(&m); err != nil {
				return false, err
			}
			if q.Case != "" && m.Case != q.Case || q.Partner != "" && m.To != q.Partner {
				return true, nil
			}
			o, err := r.visible(tx, by, m, casework.HandoffID(id))
			if err == nil && o.ID != "" && wanted(q.State, o) {
				all = append(all, o)
			}
			return true, err
		})
	})
	if err != nil {
		return page, err
	}
	slices.SortFunc(all, func(a, b casework.Outside) int {
		return cmp.Or(-boolOrder(a.Overdue, b.Overdue), b.At.Compare(a.At), strings.Compare(string(a.ID), string(b.ID)))
	})
	if q.Cursor != "" {
		i := slices.IndexFunc(all, func(o casework.Outside) bool { return string(o.ID) == q.Cursor })
		if i < 0 {
			return page, casework.Faulty(casework.Fault{Field: "cursor", Words: "is not one that a page before gave"})
		}
		all = all[i+1:]
	}
	page.Items = all[:min(limit, len(all))]
	if len(all) > limit {
		page.Next = string(all[limit-1].ID)
	}
	return page, nil
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// visible returns a referral as a list shows it, or none if by may not read its
// case.
func (r *Register) visible(tx casework.Tx, by casework.Actor, m mark, id casework.HandoffID) (casework.Outside, error) {
	var c casework.Case
	found, err := tx.Get(casework.Cases, string(m.Case), string(m.Case), &c)
	if err != nil || !found || r.cfg.Gate.Check(tx, by, casework.ReadCase, &c) != nil {
		return casework.Outside{}, err
	}
	o, err := loadOutside(tx, m.Case, id)
	if err != nil {
		return o, err
	}
	o.Code, o.Letter = "", casework.NewOutside{}
	return r.shown(o), nil
}

func wanted(state string, o casework.Outside) bool {
	switch state {
	case "":
		return true
	case "open":
		return o.State == casework.OutsideSent || o.State == casework.OutsideAnswered
	case "overdue":
		return o.Overdue
	}
	return o.State == state
}

// Answer enters what a partner answered by letter or by phone.
func (r *Register) Answer(ctx context.Context, by casework.Actor, id casework.HandoffID, in casework.Reply) (casework.Outside, error) {
	if err := casework.Faulty(in.Check()...); err != nil {
		return casework.Outside{}, err
	}
	return r.turn(ctx, by, id, "answer of a partner", func(o *casework.Outside) error {
		in.By, in.At = by.User, r.now()
		return r.take(o, in)
	})
}

// take files a reply. A second one takes the place of the first as long as
// nobody has read it: a partner may correct itself.
func (r *Register) take(o *casework.Outside, in casework.Reply) error {
	if o.State != casework.OutsideSent && o.State != casework.OutsideAnswered {
		return casework.Conflict.Because("this letter was closed or recalled")
	}
	o.Reply, o.State = &in, casework.OutsideAnswered
	return nil
}

// Close says that the answer was read and that nothing is left to do.
func (r *Register) Close(ctx context.Context, by casework.Actor, id casework.HandoffID) (casework.Outside, error) {
	return r.turn(ctx, by, id, "close a letter to a partner", func(o *casework.Outside) error {
		if o.State != casework.OutsideAnswered {
			return casework.Conflict.Because("there is no answer to close")
		}
		o.State = casework.OutsideClosed
		return nil
	})
}

// Recall takes a letter back: its code is void from then on.
func (r *Register) Recall(ctx context.Context, by casework.Actor, id casework.HandoffID, why string) (casework.Outside, error) {
	if err := casework.Faulty(casework.Aside{Text: why}.Check()...); err != nil {
		return casework.Outside{}, err
	}
	return r.turn(ctx, by, id, "recall a letter to a partner", func(o *casework.Outside) error {
		if o.State != casework.OutsideSent {
			return casework.Conflict.Because("it was answered already")
		}
		o.State, o.Why = casework.OutsideRecalled, why
		return nil
	})
}

func (r *Register) turn(ctx context.Context, by casework.Actor, id casework.HandoffID, what string, f func(*casework.Outside) error) (o casework.Outside, err error) {
	x := deed{by: by, act: casework.PrepareOffer, what: what, ref: id}
	err = r.do(ctx, &x, func(tx casework.Tx) error {
		if o, err = r.load(tx, by, casework.PrepareOffer, &x, id); err != nil {
			return err
		}
		if err := f(&o); err != nil {
			return err
		}
		o.Version++
		return put(tx, o)
	})
	if err != nil {
		return casework.Outside{}, err
	}
	return r.shown(o), nil
}

func markOf(tx casework.Tx, id casework.HandoffID) (m mark, err error) {
	found, err := tx.Get(casework.OutsideIndex, casework.NodeOwner, string(id), &m)
	if err != nil {
		return m, fmt.Errorf("read where letter %s lies: %w", id, err)
	}
	if !found {
		return m, casework.NotFound.Because("there is no such letter")
	}
	return m, nil
}

func loadOutside(tx casework.Tx, of casework.CaseID, id casework.HandoffID) (o casework.Outside, err error) {
	found, err := tx.Get(casework.Outsides, string(of), string(id), &o)
	if err != nil {
		return o, fmt.Errorf("read letter %s: %w", id, err)
	}
	if !found {
		return o, casework.NotFound.Because("there is no such letter")
	}
	return o, nil
}

func put(tx casework.Tx, o casework.Outside) error {
	if err := tx.Put(casework.Outsides, string(o.Case), string(o.ID), o); err != nil {
		return fmt.Errorf("write letter %s: %w", o.ID, err)
	}
	m := mark{Case: o.Case, State: o.State, To: o.Partner, Due: o.Due, At: o.At}
	if err := tx.Put(casework.OutsideIndex, casework.NodeOwner, string(o.ID), m); err != nil {
		return fmt.Errorf("write where letter %s lies: %w", o.ID, err)
	}
	return nil
}
