package handoff

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// reasonWord is the code behind a number in the ledger.
func reasonWord(act ledger.Act, n uint8) string {
	if list := casework.ActReasons(act.String()); n > 0 && int(n) <= len(list) {
		return list[n-1]
	}
	if n > 0 {
		return "lainnya" // of a newer program
	}
	return ""
}

// gates says which action of the permission table each act is.
var gates = map[ledger.Act]casework.Action{
	ledger.Answer: casework.Offer, ledger.Withdraw: casework.Offer, ledger.Depart: casework.Offer,
	ledger.Cancel: casework.Offer, ledger.Close: casework.Offer,
	ledger.Accept: casework.Answer, ledger.Wait: casework.Answer, ledger.Ask: casework.Answer, ledger.Decline: casework.Answer,
	ledger.Redirect: casework.Answer, ledger.ConfirmCancel: casework.Answer, ledger.Start: casework.Answer,
	ledger.Hold: casework.Answer, ledger.Report: casework.Answer,
	ledger.Receive: casework.Arrive,
}

// Act takes a step of a handoff in the name of this balai. It is checked against
// what was pulled, written to the outbox, and takes effect when the ledger has
// it: until then the handoff that is returned shows it as Pending.
//
// A receive waits in the outbox until the file is here and checked. A withdraw
// of an offer that was never sent ends it at once.
//
// The error is NotFound, Forbidden, Invalid with the fields, or Conflict if the
// step is not possible now or another one is on its way.
func (d *Desk) Act(ctx context.Context, by casework.Actor, id casework.HandoffID, act string, in casework.Said) (casework.Handoff, error) {
	return d.act(ctx, by, id, act, in, func(casework.Tx) error { return nil })
}

// act is Act with more to write in its transaction.
func (d *Desk) act(
	ctx context.Context, by casework.Actor, id casework.HandoffID, act string, in casework.Said, also func(casework.Tx) error,
) (casework.Handoff, error) {
	a, ok := ledger.ParseAct(act)
	gate, mine := gates[a]
	if !ok || !mine {
		return casework.Handoff{}, casework.Invalid.Because("there is no such step of a handoff")
	}
	if err := d.writable(); err != nil {
		return casework.Handoff{}, err
	}
	if err := d.level(ctx, id); err != nil {
		return casework.Handoff{}, err
	}
	x := deed{by: by, act: gate, what: act, handoff: id}
	var out casework.Handoff
	end := d.cfg.Step(id, "decide "+act)
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		rec, err := needRecord(tx, id)
		if err != nil {
			return err
		}
		x.on = rec.Case
		if err := d.check(tx, by, gate, rec.Case); err != nil {
			return err
		}
		if err := d.queueAct(tx, by, rec, a, in); err != nil {
			return err
		}
		if err := errors.Join(d.record(tx, x, "done"), also(tx)); err != nil {
			return err
		}
		out, err = d.view(tx, by, id)
		return err
	})
	end(err)
	if err != nil {
		return casework.Handoff{}, d.denied(ctx, x, err)
	}
	d.cfg.Point("act.queued")
	return out, nil
}

// level waits until what the ledger of this node knows of a handoff is pulled,
// so that nobody decides on a view that is old already: an answer of the ledger
// is here a moment before its effects. It waits for a short while only; what
// comes later is found by the ledger itself.
func (d *Desk) level(ctx context.Context, id casework.HandoffID) error {
	give, cancel := context.WithTimeout(ctx, levelWithin)
	defer cancel()
	for {
		var rec record
		err := d.cfg.Store.View(func(tx casework.Tx) (err error) {
			rec, err = needRecord(tx, id)
			return err
		})
		if err != nil {
			return err
		}
		var head ledger.Hash
		err = d.cfg.Ledger.View(func(v ledger.View) error {
			h, _ := v.Handoff(rec.id())
			head = h.Head
			return nil
		})
		if err != nil || head == rec.Head || !pause(give, nil, levelEvery) {
			return ctx.Err()
		}
	}
}

// How long an act waits for the pull, and how often it looks.
const (
	levelWithin = 3 * time.Second
	levelEvery  = 20 * time.Millisecond
)

func (d *Desk) queueAct(tx casework.Tx, by casework.Actor, rec record, a ledger.Act, in casework.Said) error {
	waiting, busy, err := pendingAct(tx, rec.ID)
	if err != nil {
		return err
	}
	row := outRow{
		Queued: casework.Queued{Handoff: rec.ID, Act: a.String(), To: rec.other()}, Handle: rec.Handle,
		Prev: rec.Head, By: by.User, Staff: staff(rec.Salt, by.User), Held: rec.Held,
	}
	switch {
	case a == ledger.Withdraw && rec.Stage == stageQueued && rec.Box == casework.Out:
		return d.takeBack(tx, rec, row, in)
	case busy && waiting.act() == a:
		return casework.Conflict.Because("this is on its way to the ledger already")
	case busy:
		return casework.Conflict.Because("%s is on its way to the ledger; wait for its answer", waiting.Act)
	case !slices.Contains(rec.asLedger().Actions(ledger.NodeID(d.cfg.Self)), a):
		return casework.Conflict.Because("%s is not possible now: the handoff is %s", a, rec.Stage)
	}
	if err := casework.Faulty(in.Check(a.String(), rec.Handoff)...); err != nil {
		return err
	}
	w := newWord(a.String(), strings.TrimSpace(in.Text), in.Form)
	row.HasWord = w.Text != "" || len(w.Form) > 0
	if err := fits(w); err != nil {
		return err
	}
	if row.Step, err = stepOf(in, a, rec, w); err != nil {
		return err
	}
	if err := d.enqueue(tx, &row); err != nil || !row.HasWord {
		return err
	}
	return d.putWord(tx, row, w)
}

// takeBack withdraws an offer that the ledger has not answered. One that was
// never sent ends here. Of one that was, nobody knows; the withdrawal names it
// as its predecessor and makes it void should it come later. It carries no
// words, because there may be nobody to read them.
func (d *Desk) takeBack(tx casework.Tx, rec record, row outRow, in casework.Said) error {
	rows, err := pendingOf(tx, ofHandoff(rec.ID))
	if err != nil {
		return err
	}
	if err := casework.Faulty(in.Check(ledger.Withdraw.String(), rec.Handoff)...); err != nil {
		return err
	}
	for _, r := range rows {
		switch {
		case r.act() == ledger.Withdraw:
			return casework.Conflict.Because("this is on its way to the ledger already")
		case r.Offer != nil && !r.stored():
			return d.reject(tx, r, "withdrawn before it was sent")
		case r.Offer != nil:
			row.Prev = r.proposal().Hash()
		}
	}
	if row.Step, err = stepOf(in, ledger.Withdraw, rec, word{}); err != nil {
		return err
	}
	return d.enqueue(tx, &row)
}

// stepOf makes the terms of an act. The record of a handover is named by the
// digest of the words that carry it.
func stepOf(in casework.Said, a ledger.Act, rec record, w word) (*ledger.StepBody, error) {
	b := &ledger.StepBody{Conditional: in.Conditional, Redirect: ledger.NodeID(in.Redirect)}
	if in.Reason != "" {
		b.Reason = uint8(1 + slices.Index(casework.ActReasons(a.String()), in.Reason))
	}
	if !in.Expected.IsZero() {
		b.Expected = ledger.At(in.Expected)
	}
	if a == ledger.Receive {
		b.Content = rec.Content
		if len(in.Form) > 0 {
			text, err := json.Marshal(w)
			if err != nil {
				return nil, fmt.Errorf("encode the handover record: %w", err)
			}
			b.Record = sha256.Sum256(text)
		}
	}
	return b, nil
}
