package partner

import (
	"context"
	"errors"
	"fmt"

	"serasi/node/casework"
)

// wrongCode is the answer to every code that opens nothing, whatever the cause,
// so that guesses learn nothing.
func wrongCode() error {
	return casework.Faulty(casework.Fault{Field: "code", Words: "opens no letter that waits for an answer; check it against the letter, or call the balai"})
}

// Note returns what the public page shows of the letter with a reply code:
// nothing of the person it is about. Source is the address the question comes
// from, which is counted and never stored.
//
// The error is Invalid for a code that opens nothing, and TooMany.
func (r *Register) Note(_ context.Context, source, code string) (n casework.OutsideNote, err error) {
	err = r.cfg.Store.View(func(tx casework.Tx) error {
		o, err := r.byCode(tx, source, code)
		if err == nil {
			n = casework.OutsideNote{From: r.cfg.Self, To: o.Name, At: o.At, Due: o.Due, Answered: o.State == casework.OutsideAnswered}
		}
		return err
	})
	return n, err
}

// ReplyTo files what the partner answers with its code.
func (r *Register) ReplyTo(ctx context.Context, source, code string, in casework.Reply) error {
	if err := casework.Faulty(in.Check()...); err != nil {
		return err
	}
	x := deed{by: casework.Actor{Via: "partner"}, act: "partner answers", what: "answer of a partner"}
	return r.do(ctx, &x, func(tx casework.Tx) error {
		o, err := r.byCode(tx, source, code)
		if err != nil {
			return err
		}
		x.on, x.ref = o.Case, o.ID
		in.By, in.At = "", r.now()
		if err := r.take(&o, in); err != nil {
			return err
		}
		o.Version++
		return put(tx, o)
	})
}

// byCode finds the letter that waits under a code, and counts those that are
// wrong.
func (r *Register) byCode(tx casework.Tx, source, code string) (o casework.Outside, err error) {
	if !r.tries.allowed(source, r.now()) {
		return o, casework.TooMany.Because("too many wrong codes; try again in an hour")
	}
	o, err = find(tx, code)
	if errors.Is(err, casework.NotFound) || err == nil && o.State != casework.OutsideSent && o.State != casework.OutsideAnswered {
		r.tries.wrong(source, r.now())
		return casework.Outside{}, wrongCode()
	}
	return o, err
}

func find(tx casework.Tx, code string) (o casework.Outside, err error) {
	tidied, ok := tidy(code)
	if !ok {
		return o, casework.NotFound.Because("there is no such letter")
	}
	var id string
	found, err := tx.Get(casework.ReplyCodes, casework.NodeOwner, hashOf(tidied), &id)
	if err != nil {
		return o, fmt.Errorf("look up a reply code: %w", err)
	}
	if !found {
		return o, casework.NotFound.Because("there is no such letter")
	}
	m, err := markOf(tx, casework.HandoffID(id))
	if err != nil {
		return o, err
	}
	return loadOutside(tx, m.Case, casework.HandoffID(id))
}
