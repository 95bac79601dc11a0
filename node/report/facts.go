package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
)

// A fact is what the report needs to know of one case.
type fact struct {
	c     casework.Case
	over  bool // ended before, and nothing came since: only care afterwards may fall due, and the rest is not read
	p     casework.Person
	steps []casework.Step
	notes []casework.Note
	spans []span
	care  care

	functioning []measure // social functioning as assessed, oldest first
}

// A span is a time in which the person was a beneficiary here in this case.
type span struct {
	in, out time.Time // a zero out: still here
	how     string    // code of how the person came in
	why     string    // code of why the person left
}

// aftercare is how long after the end of a case something may still fall due.
const aftercare = 7 // months

// facts reads the cases that matter to the time from from until until.
func (d *Desk) facts(tx casework.Tx, keeps map[casework.Table]bool, from, until time.Time) ([]fact, error) {
	var out []fact
	err := tx.All(casework.Cases, func(_, _ string, decode func(any) error) (bool, error) {
		var c casework.Case
		if err := decode(&c); err != nil {
			return false, err
		}
		gone := c.State == casework.Closed || c.State == casework.HandedOver
		over := gone && !c.Ended.IsZero() && c.Ended.Before(from) && c.Changed.Before(from)
		if c.Opened.Before(until) && !(over && c.Ended.AddDate(0, aftercare, 0).Before(from)) {
			out = append(out, fact{c: c, over: over})
		}
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the cases: %w", err)
	}
	for i := range out {
		if out[i].over {
			continue
		}
		if err := d.fill(tx, keeps, &out[i]); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b fact) int { return strings.Compare(string(a.c.ID), string(b.c.ID)) })
	return out, nil
}

func (d *Desk) fill(tx casework.Tx, keeps map[casework.Table]bool, f *fact) error {
	home := f.c.Home
	if home == "" {
		home = f.c.ID
	}
	if _, err := tx.Get(casework.Persons, string(home), string(f.c.Person), &f.p); err != nil {
		return fmt.Errorf("read the person of case %s: %w", f.c.ID, err)
	}
	var err error
	if f.steps, err = casework.RowsOf[casework.Step](tx, casework.Steps, f.c.ID); err != nil {
		return err
	}
	if f.notes, err = casework.RowsOf[casework.Note](tx, casework.Notes, f.c.ID); err != nil {
		return err
	}
	slices.SortStableFunc(f.steps, func(a, b casework.Step) int { return a.At.Compare(b.At) })
	f.spans = spansOf(f.c, f.p, f.steps, d.cfg.Balai)
	if f.care, err = careOf(tx, keeps, f.c.ID); err != nil || !keeps[casework.FormSheets] {
		return err
	}
	f.functioning, err = measures(tx, f.c.ID)
	return err
}

// Codes of how somebody comes in and why somebody leaves.
const (
	inNew, inAgain, inHandoff = "in.new", "in.again", "in.handoff"
	outOther                  = "out.other"
)

var endings = map[string]string{
	"tujuan tercapai": "out.goal", "reunifikasi": "out.reunified", casework.EndedReferred: "out.referred",
	"mengundurkan diri": "out.resigned", "meninggalkan balai tanpa izin": "out.left", "meninggal dunia": "out.died",
}

// spansOf reads from the steps of a case when its person was a beneficiary of
// this balai: from the first stage that needs an agreement, or from being
// received by handover, until the case is closed or handed over. Steps that
// came with the case tell of another balai.
func spansOf(c casework.Case, p casework.Person, steps []casework.Step, self casework.BalaiCode) []span {
	l := life{first: inNew}
	if len(p.Cases) > 0 && p.Cases[0] != c.ID {
		l.first = inAgain
	}
	for _, s := range steps {
		if s.Balai != self {
			l.agreed = l.agreed || s.What == casework.WasMoved && s.Stage.NeedsAgreement()
			continue
		}
		l.step(s)
	}
	if n := len(l.spans); n > 0 && !l.spans[n-1].out.IsZero() && (c.State == casework.Closed || c.State == casework.HandedOver) {
		l.spans[n-1].why = whyOf(c.Reason)
	}
	return l.spans
}

func whyOf(reason string) string {
	if why, ok := endings[reason]; ok {
		return why
	}
	return outOther
}

// A life follows one case through its steps.
type life struct {
	spans  []span
	first  string // how a first span begins
	agreed bool   // there was an agreement once
	here   bool
}

func (l *life) step(s casework.Step) {
	switch s.What {
	case casework.WasOpened, casework.WasMoved:
		if s.Stage.NeedsAgreement() {
			l.agreed = true
			l.enter(s.At, l.how())
		}
	case casework.WasReceived:
		l.agreed = l.agreed || s.Stage.NeedsAgreement()
		if l.agreed {
			l.enter(s.At, inHandoff)
		} else {
			l.first = inHandoff
		}
	case casework.WasReopened:
		if l.agreed {
			l.enter(s.At, inAgain)
		}
	case casework.WasClosed:
		l.leave(s.At, whyOf(s.Words))
	case casework.WentAway:
		l.leave(s.At, "out.referred")
	}
}

func (l *life) how() string {
	if len(l.spans) > 0 {
		return inAgain
	}
	return l.first
}

func (l *life) enter(at time.Time, how string) {
	if !l.here {
		l.here = true
		l.spans = append(l.spans, span{in: at, how: how})
	}
}

func (l *life) leave(at time.Time, why string) {
	if l.here {
		l.here = false
		s := &l.spans[len(l.spans)-1]
		s.out, s.why = at, why
	}
}
