package letter

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"serasi/node/casework"
)

// begun is a letter about to be written and what it is about.
type begun struct {
	in   casework.NewLetter
	h    *casework.Handoff
	act  string        // the act that calls for it, if one does
	said casework.Said // along with that act, which may wait for the ledger still
}

// key names the one letter that there is of a handoff: one of each kind, and of
// answers one of each answer.
func (b begun) key() string {
	key := "handoff " + string(b.in.Handoff) + " " + string(b.in.Kind)
	if b.in.Kind == casework.AnswerLetter {
		key += " " + answerWords[b.answer()]
	}
	return key
}

// answer is the act or stage that says what was answered.
func (b begun) answer() string {
	if b.h == nil {
		return ""
	}
	return cmp.Or(answering(b.act), answering(b.h.Pending), b.h.Stage)
}

// Begin writes the draft of a letter, filled with what is known. Of a handoff
// there is one letter of each kind: asked again, the first is returned.
//
// The error is Invalid, NotFound, Forbidden, or Conflict if the handoff is not
// so far.
func (d *Desk) Begin(ctx context.Context, by casework.Actor, in casework.NewLetter) (casework.LetterView, error) {
	if err := casework.Faulty(in.Check()...); err != nil {
		return casework.LetterView{}, err
	}
	return d.drafted(ctx, by, begun{in: in})
}

func (d *Desk) drafted(ctx context.Context, by casework.Actor, b begun) (casework.LetterView, error) {
	in := b.in
	if in.Handoff != "" {
		h, err := d.cfg.Handoffs.Get(ctx, by, in.Handoff)
		if err != nil {
			return casework.LetterView{}, err
		}
		if b.in.Case == "" {
			b.in.Case = h.Case
		}
		if err := fits(b.in, h); err != nil {
			return casework.LetterView{}, err
		}
		b.h = &h
	}
	x := deed{by: by, act: casework.PrepareOffer, what: ofLetter, id: b.in.Case, handoff: in.Handoff}
	if x.id == "" {
		x.act = casework.PrepareAnswer
	}
	var view casework.LetterView
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) (err error) {
		var f *file
		if f, err = d.begin(tx, by, b); err != nil {
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

// ForHandoff writes the draft that an act on a handoff calls for, with what was
// said along with it: the referral letter of an offer, the answer of an answer,
// the record of a receipt. It reports false if the act calls for none.
func (d *Desk) ForHandoff(
	ctx context.Context, by casework.Actor, id casework.HandoffID, act string, said casework.Said,
) (v casework.LetterView, wanted bool, err error) {
	kind, wanted := casework.LetterOfAct(act)
	if !wanted {
		return v, false, nil
	}
	v, err = d.drafted(ctx, by, begun{in: casework.NewLetter{Kind: kind, Handoff: id}, act: act, said: said})
	return v, true, err
}

// fits says whether this balai writes such a letter of a handoff.
func fits(in casework.NewLetter, h casework.Handoff) error {
	switch in.Kind {
	case casework.ReferralLetter:
		if h.Box != casework.Out {
			return casework.Conflict.Because("the balai that refers writes this letter")
		}
	case casework.AnswerLetter:
		if h.Box != casework.In {
			return casework.Conflict.Because("the balai that was asked writes this letter")
		}
	case casework.HandoverLetter:
		if h.Kind != casework.Transfer || h.Box != casework.In {
			return casework.Conflict.Because("the balai that receives the person writes this record")
		}
	}
	if in.Case != "" && h.Case != "" && in.Case != h.Case {
		return casework.Faulty(casework.Fault{Field: "case", Words: "is not the case of this handoff"})
	}
	return nil
}

func (d *Desk) begin(tx casework.Tx, by casework.Actor, b begun) (*file, error) {
	if b.h != nil {
		have, err := d.lookup(tx, b.key())
		if err != nil {
			return nil, err
		}
		if have != "" {
			f, err := d.open(tx, casework.LetterID(have))
			if err != nil {
				return nil, err
			}
			if f.l.State != casework.LetterDropped {
				return f, d.reads(tx, by, f.c)
			}
		}
	}
	var c *casework.Case
	if b.in.Case != "" {
		here, err := casework.CaseOf(tx, b.in.Case)
		if err != nil {
			return nil, err
		}
		c = &here
	}
	if err := d.prepares(tx, by, c); err != nil {
		return nil, err
	}
	known, err := d.gather(tx, by, c, b)
	if err != nil {
		return nil, err
	}
	f := &file{tx: tx, c: c, l: d.draft(by, b, c, known)}
	s, err := d.settings(tx)
	if err != nil {
		return nil, err
	}
	f.l.Copies = s.CopiesOn(f.l.Kind, d.today())
	if n, ok := s.NumberingOn(f.l.Kind, d.today()); ok {
		f.l.Class = n.Class
	}
	f.owner = string(f.l.ID)
	if c != nil {
		f.owner = string(c.ID)
	}
	if b.h != nil {
		if err := d.look(tx, b.key(), string(f.l.ID)); err != nil {
			return nil, err
		}
	}
	return f, f.save()
}

// draft is the letter as it begins.
func (d *Desk) draft(by casework.Actor, b begun, c *casework.Case, known facts) casework.Letter {
	now := d.cfg.Clock()
	t := d.kinds.Kinds[b.in.Kind]
	l := casework.Letter{
		ID: casework.LetterID(d.cfg.NewID()), Kind: b.in.Kind, State: casework.LetterDraft, Case: b.in.Case, Handoff: b.in.Handoff,
		Balai: d.cfg.Balai, Nature: casework.OrdinaryLetter, Subject: t.Subject, Boxes: t.Boxes, Parts: t.fill(known), By: by.User,
		Created: now, Changed: now, Steps: []casework.LetterStep{{Act: casework.LetterWrite, At: now, By: by.User, Name: by.Name}},
	}
	if c != nil {
		l.CaseNumber = c.Number
		if c.Urgency == casework.Within24h {
			l.Nature = casework.UrgentLetter
		}
		if len(c.Secrecy) > 0 {
			l.Nature = casework.SecretLetter
		}
	}
	if b.h != nil {
		other := b.h.To
		if b.h.Box == casework.In {
			other = b.h.From
		}
		l.To = casework.Addressee{Name: "Kepala " + d.cfg.Name(other, d.today()), Balai: other}
		if c == nil && b.h.Summary != nil {
			l.CaseNumber = b.h.Summary.Number
		}
	}
	d.kinds.arrange(&l, known.one["initials"], l.CaseNumber)
	return l
}

// Edit changes a draft that was read at version.
//
// The error is Invalid with the fields, NotFound, Forbidden, or Conflict: with
// both texts if somebody else changed it meanwhile.
func (d *Desk) Edit(ctx context.Context, by casework.Actor, id casework.LetterID, version uint64, p casework.LetterPatch) (casework.LetterView, error) {
	if err := casework.Faulty(p.Check()...); err != nil {
		return casework.LetterView{}, err
	}
	return d.write(ctx, by, id, string(casework.LetterWrite), func(f *file) error {
		if err := d.prepares(f.tx, by, f.c); err != nil {
			return err
		}
		if f.l.State != casework.LetterDraft {
			return casework.Conflict.Because("only a draft can be changed; a signed letter is corrected by a new one")
		}
		yours := f.l
		if err := d.patch(f, &yours, p); err != nil {
			return err
		}
		if version != f.l.Version {
			return casework.Stale(f.l, yours)
		}
		f.l = yours
		d.step(f, by, casework.LetterWrite, "")
		f.l.By = by.User
		return nil
	})
}

func (d *Desk) patch(f *file, l *casework.Letter, p casework.LetterPatch) error {
	for _, s := range []struct {
		to   *string
		from *string
	}{{&l.Subject, p.Subject}, {&l.Enclosures, p.Enclosures}, {&l.Class, p.Class}} {
		if s.from != nil {
			*s.to = *s.from
		}
	}
	if p.To != nil {
		l.To = *p.To
	}
	if p.Copies != nil {
		l.Copies = slices.Clone(*p.Copies)
	}
	l.Parts = slices.Clone(l.Parts)
	for i, in := range p.Parts {
		at := slices.IndexFunc(l.Parts, func(have casework.LetterPart) bool { return have.Key == in.Key })
		if at < 0 {
			return casework.Faulty(casework.Fault{Field: fmt.Sprintf("parts.%d.key", i), Words: "is no part of this letter"})
		}
		l.Parts[at].Rows, l.Parts[at].Text = in.Rows, in.Text
	}
	if p.Nature == nil || *p.Nature == l.Nature {
		return nil
	}
	if f.c != nil && len(f.c.Secrecy) > 0 && *p.Nature != casework.SecretLetter {
		return casework.Faulty(casework.Fault{Field: "nature", Words: "must be secret: the case is"})
	}
	l.Nature = *p.Nature
	initials, err := d.initials(f)
	if err != nil {
		return err
	}
	d.kinds.arrange(l, initials, l.CaseNumber)
	return nil
}

func (d *Desk) initials(f *file) (string, error) {
	if f.c == nil {
		return "", nil
	}
	p, err := loadPerson(f.tx, *f.c)
	if err != nil {
		return "", err
	}
	return p.Initials(), nil
}

// Correct begins a letter that replaces a signed one and names it. The old one
// stays as it is; it is marked once the new one is signed. Asked again, the
// draft that was begun is returned.
//
// The error is NotFound, Forbidden, or Conflict if it is not signed or was
// replaced before.
func (d *Desk) Correct(ctx context.Context, by casework.Actor, id casework.LetterID) (casework.LetterView, error) {
	var view casework.LetterView
	x := deed{by: by, act: casework.PrepareOffer, what: ofLetter, why: string(casework.LetterCorrect)}
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		f, err := d.open(tx, id)
		if err != nil {
			return err
		}
		x.about(f)
		if err := d.prepares(tx, by, f.c); err != nil {
			return err
		}
		fresh, err := d.correct(f, by)
		if err != nil {
			return err
		}
		view = d.view(fresh, by)
		return d.record(tx, x, "done")
	})
	if err != nil {
		return casework.LetterView{}, d.denied(ctx, x, err)
	}
	return view, nil
}

func (d *Desk) correct(f *file, by casework.Actor) (*file, error) {
	switch {
	case d.ours(f.l) != nil:
		return nil, d.ours(f.l)
	case !f.l.State.Final():
		return nil, casework.Conflict.Because("this letter is not signed yet; change the draft")
	case f.l.ReplacedBy != "":
		return nil, casework.Conflict.Because("this letter was replaced before; correct the newer one")
	}
	key := correctKey(f.l.ID)
	have, err := d.lookup(f.tx, key)
	if err != nil {
		return nil, err
	}
	if have != "" {
		old, err := d.open(f.tx, casework.LetterID(have))
		if err != nil || old.l.State != casework.LetterDropped {
			return old, err
		}
	}
	now, was := d.cfg.Clock(), f.l
	l := casework.Letter{
		ID: casework.LetterID(d.cfg.NewID()), Kind: was.Kind, State: casework.LetterDraft, Case: was.Case, CaseNumber: was.CaseNumber,
		Handoff: was.Handoff, Balai: d.cfg.Balai, Nature: was.Nature, Subject: was.Subject, Enclosures: was.Enclosures, Class: was.Class,
		To: was.To, Parts: was.Parts, Boxes: was.Boxes, Copies: was.Copies, Replaces: was.ID, ReplacesNumber: was.Number,
		By: by.User, Created: now, Changed: now, Steps: []casework.LetterStep{{Act: casework.LetterWrite, At: now, By: by.User, Name: by.Name}},
	}
	if err := d.look(f.tx, key, string(l.ID)); err != nil {
		return nil, err
	}
	fresh := &file{tx: f.tx, owner: f.owner, l: l, c: f.c}
	return fresh, fresh.save()
}
