package letter

import (
	"context"
	"errors"
	"slices"
	"strings"

	"serasi/node/casework"
)

// Get returns a letter as its page shows it. That it was read is recorded
// before it is returned. The error is NotFound or Forbidden.
func (d *Desk) Get(ctx context.Context, by casework.Actor, id casework.LetterID) (casework.LetterView, error) {
	return d.get(ctx, by, id, "")
}

// Print is Get by somebody who takes the letter out of the house, on paper or as
// a file; the trail says so.
func (d *Desk) Print(ctx context.Context, by casework.Actor, id casework.LetterID) (casework.LetterView, error) {
	return d.get(ctx, by, id, "print")
}

func (d *Desk) get(ctx context.Context, by casework.Actor, id casework.LetterID, why string) (casework.LetterView, error) {
	var view casework.LetterView
	x := deed{by: by, act: casework.ReadCase, what: ofLetter, why: why}
	err := d.cfg.Store.View(func(tx casework.Tx) error {
		f, err := d.open(tx, id)
		if err != nil {
			return err
		}
		x.about(f)
		if err := d.reads(tx, by, f.c); err != nil {
			return err
		}
		if f.l.Head == nil { // a draft shows how it would look today
			s, err := d.settings(tx)
			if err != nil {
				return err
			}
			d.dress(&f.l, s)
		}
		view = d.view(f, by)
		return nil
	})
	if err == nil {
		err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error { return d.record(tx, x, "done") })
	}
	if err != nil {
		return casework.LetterView{}, d.denied(ctx, x, err)
	}
	return view, nil
}

// dress gives l the letterhead of today.
func (d *Desk) dress(l *casework.Letter, s casework.LetterSettings) {
	if h, ok := s.HeadOn(d.today()); ok {
		l.Head = &h
	}
}

// write changes a letter as one use case and returns it as it is then.
func (d *Desk) write(ctx context.Context, by casework.Actor, id casework.LetterID, why string, change func(*file) error) (casework.LetterView, error) {
	var view casework.LetterView
	x := deed{by: by, act: casework.PrepareOffer, what: ofLetter, why: why}
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		f, err := d.open(tx, id)
		if err != nil {
			return err
		}
		x.about(f)
		if err := errors.Join(d.reads(tx, by, f.c), d.ours(f.l)); err != nil {
			return err
		}
		if err := change(f); err != nil {
			return err
		}
		f.l.Changed = d.cfg.Clock()
		if err := f.save(); err != nil {
			return err
		}
		view = d.view(f, by)
		return d.record(tx, x, "done")
	})
	if err != nil {
		return casework.LetterView{}, d.denied(ctx, x, err)
	}
	return view, nil
}

func (d *Desk) step(f *file, by casework.Actor, act casework.LetterAct, words string) {
	f.l.Steps = append(slices.Clone(f.l.Steps), casework.LetterStep{Act: act, At: d.cfg.Clock(), By: by.User, Name: by.Name, Words: words})
}

// maxWords bounds what is said with an act, in characters.
const maxWords = 1000

// Act does one act to a letter that was read at version.
//
// The error is Invalid, NotFound, Forbidden, or Conflict if the letter has moved
// on. Signing and revoking want somebody who has just proved again who they are.
func (d *Desk) Act(ctx context.Context, by casework.Actor, id casework.LetterID, version uint64, act casework.LetterAct, words string) (casework.LetterView, error) {
	words = strings.TrimSpace(words)
	if len([]rune(words)) > maxWords {
		return casework.LetterView{}, casework.Faulty(casework.Fault{Field: "words", Words: "is too long"})
	}
	return d.write(ctx, by, id, string(act), func(f *file) error {
		next, err := f.l.Take(act)
		if err != nil {
			return err
		}
		if err := d.may(f.tx, by, f, act); err != nil {
			return err
		}
		if version != f.l.Version {
			return casework.Stale(f.l, next)
		}
		if act.NeedsWords() && words == "" {
			return casework.Faulty(casework.Fault{Field: "words", Words: "is missing"})
		}
		if err := d.ready(f, act); err != nil {
			return err
		}
		f.l = next
		d.step(f, by, act, words)
		switch act {
		case casework.LetterSign:
			return d.sign(f, by)
		case casework.LetterRevoke:
			return d.revoke(f, words)
		case casework.LetterDeliver:
			f.l.Delivered = words
		}
		return nil
	})
}

// may says whether by may do act to the letter of f, in the chain of the house:
// whoever writes does not check, the coordinator initials, the head or who acts
// for the head signs.
func (d *Desk) may(tx casework.Tx, by casework.Actor, f *file, act casework.LetterAct) error {
	switch act {
	case casework.LetterSign, casework.LetterRevoke:
		return d.signs(tx, by, f)
	case casework.LetterInitial:
		if f.c == nil {
			return d.cfg.Gate.Check(tx, by, casework.SetUp, nil)
		}
		if err := d.cfg.Gate.Check(tx, by, casework.ReadCase, f.c); err != nil {
			return err
		}
		return d.cfg.Gate.Check(tx, by, casework.Assign, f.c)
	case casework.LetterCheck:
		if by.User == f.l.By {
			return casework.Forbidden.Because("someone else checks what you wrote")
		}
	}
	return d.prepares(tx, by, f.c)
}

// signs lets the head sign, and whoever a delegation names today.
func (d *Desk) signs(tx casework.Tx, by casework.Actor, f *file) error {
	if err := d.reads(tx, by, f.c); err != nil {
		return err
	}
	s, err := d.settings(tx)
	if err != nil {
		return err
	}
	acts := slices.ContainsFunc(s.Delegations, func(g casework.Delegation) bool { return g.Lets(by.User, f.l.Kind, d.today()) })
	switch {
	case acts && !by.StepUp:
		return confirm{casework.Forbidden.Because("sign in again to confirm this")}
	case acts:
		return nil
	case f.c == nil:
		return d.cfg.Gate.Check(tx, by, casework.Answer, nil)
	}
	return d.cfg.Gate.Check(tx, by, casework.Offer, f.c)
}

// confirm is a refusal that signing in again would lift.
type confirm struct{ error }

func (c confirm) Unwrap() error { return c.error }
func (c confirm) StepUp() bool  { return true }

// ready asks, before a letter leaves its writer and before it is signed, for
// what it still lacks.
func (d *Desk) ready(f *file, act casework.LetterAct) error {
	if act != casework.LetterSubmit && act != casework.LetterSign {
		return nil
	}
	var names []string
	if f.c != nil {
		p, err := loadPerson(f.tx, *f.c)
		if err != nil {
			return err
		}
		for _, c := range p.Claims {
			if (c.Kind == casework.ClaimName || c.Kind == casework.ClaimAlias) && c.Value != casework.NotYet {
				names = append(names, c.Value)
			}
		}
	}
	return casework.Faulty(f.l.Ready(names, d.kinds.Telling)...)
}

// view is f as its page shows it to by.
func (d *Desk) view(f *file, by casework.Actor) casework.LetterView {
	v := casework.LetterView{Letter: f.l, Actions: []casework.LetterAct{}, Intact: f.l.Sound()}
	if d.ours(f.l) != nil {
		if f.l.Seal != nil {
			said := elsewhere(casework.VerifyLetter(casework.LetterProof{File: string(f.l.File())}, d.cfg.Keys), casework.LetterProof{Code: f.l.Code})
			v.Verdict, v.QR = &said, qrOf(f.l) // our own address could not answer for it
		}
		return v
	}
	for _, act := range casework.LetterActs() {
		if act.Fits(f.l) && allowed(d.may(f.tx, by, f, act)) {
			v.Actions = append(v.Actions, act)
		}
	}
	prepares := allowed(d.prepares(f.tx, by, f.c))
	v.Edit = prepares && f.l.State == casework.LetterDraft
	v.Attach = prepares && f.l.State.Final()
	v.Correct = prepares && f.l.State.Final() && f.l.ReplacedBy == ""
	if f.l.Seal != nil {
		v.QR = d.qr(f.tx, f.l)
	}
	return v
}

// ours returns nil if this balai wrote l. What came with a case from another one
// is only read.
func (d *Desk) ours(l casework.Letter) error {
	if l.Balai != d.cfg.Balai {
		return casework.Conflict.Because("this letter is of %s; only that balai changes it", l.Balai)
	}
	return nil
}

// allowed takes a refusal that signing in again would lift for a yes: the page
// shows the button, and asks.
func allowed(err error) bool {
	var s interface{ StepUp() bool }
	return err == nil || errors.As(err, &s) && s.StepUp()
}

// qr is the text of the QR code: an address if strangers can reach this node.
func (d *Desk) qr(tx casework.Tx, l casework.Letter) string {
	s, err := d.settings(tx)
	if err != nil || s.Site == "" {
		return qrOf(l)
	}
	return strings.TrimRight(s.Site, "/") + "/v/" + l.Code + "?t=" + l.Seal.Token
}

func qrOf(l casework.Letter) string { return "serasi:v/" + l.Code + "?t=" + l.Seal.Token }

// Attach notes which document of the case is the scan of the signed paper.
//
// The error is NotFound, Forbidden, or Conflict if the letter is not signed.
func (d *Desk) Attach(ctx context.Context, by casework.Actor, id casework.LetterID, version uint64, doc casework.DocumentID) (casework.LetterView, error) {
	return d.write(ctx, by, id, string(casework.LetterScan), func(f *file) error {
		if err := d.prepares(f.tx, by, f.c); err != nil {
			return err
		}
		switch {
		case !f.l.State.Final():
			return casework.Conflict.Because("this letter is not signed yet")
		case version != f.l.Version:
			return casework.Stale(f.l, f.l)
		case f.c == nil:
			return casework.Conflict.Because("there is no case here yet to keep the scan with")
		}
		var v casework.Document
		found, err := f.tx.Get(casework.Documents, string(f.c.ID), string(doc), &v)
		if err != nil {
			return err
		}
		if !found {
			return casework.NotFound.Because("there is no such document")
		}
		f.l.Scan, f.l.ScanDigest = doc, v.Digest
		d.step(f, by, casework.LetterScan, "")
		return nil
	})
}
