package caseload

import (
	"fmt"
	"time"

	"serasi/node/casework"
)

// What a transfer has done to a case here. The words are stored. Each transfer
// goes through them once, in one direction, so that an event that is pulled
// again, even after the case has long moved on, has no effect.
const (
	linkNone     = ""         // a referral: it does nothing to the case
	linkOffered  = "offered"  // froze it
	linkThawed   = "thawed"   // ended, and the case stayed
	linkGone     = "gone"     // took it away
	linkArriving = "arriving" // brings it
	linkReceived = "received" // brought it
	linkBack     = "back"     // ended before it was received
)

// link is a row of CaseHandoffs.
type link struct {
	Handoff casework.HandoffID `json:"handoff"`
	Stage   string             `json:"stage,omitempty"`
	At      time.Time          `json:"at"`
}

func (f *file) linkOf(h casework.HandoffID) (link, error) {
	l := link{Handoff: h, At: f.now}
	if _, err := f.tx.Get(casework.CaseHandoffs, string(f.c.ID), string(h), &l); err != nil {
		return l, fmt.Errorf("read handoffs of case %s: %w", f.c.ID, err)
	}
	return l, nil
}

func (f *file) setLink(h casework.HandoffID, stage string) error {
	return put(f.tx, casework.CaseHandoffs, f.c.ID, string(h), link{Handoff: h, Stage: stage, At: f.now})
}

// turn is one move of custody at this balai: it applies if the transfer stands
// at from, and afterwards stands at to.
type turn struct {
	handoff  casework.HandoffID
	from, to string
	state    casework.State
	step     casework.Step
	set      func(*casework.Case)
}

// take makes t. It returns false if the transfer has been there before.
func (f *file) take(t turn) (bool, error) {
	l, err := f.linkOf(t.handoff)
	if err != nil || l.Stage != t.from {
		return false, err
	}
	if f.c, err = f.c.Move(t.state); err != nil {
		return false, err
	}
	t.set(&f.c)
	if err := f.setLink(t.handoff, t.to); err != nil {
		return false, err
	}
	t.step.Handoff = t.handoff
	if err := f.step(t.step); err != nil {
		return false, err
	}
	return true, f.save(false)
}

// byLedger runs a turn that the ledger asks for. Nobody signed in does it, so
// its audit line is the node's. It returns false if there was nothing to do.
func (cs *Cases) byLedger(tx casework.Tx, id casework.CaseID, t turn) (casework.Case, bool, error) {
	f, err := cs.file(tx, id, "")
	if err != nil {
		return casework.Case{}, false, err
	}
	done, err := f.take(t)
	if err != nil {
		return casework.Case{}, false, err
	}
	if done {
		err = cs.recordCustody(tx, f.c, t)
	}
	return f.c, done, err
}

func (cs *Cases) recordCustody(tx casework.Tx, c casework.Case, t turn) error {
	err := cs.cfg.Trail.Record(tx, casework.Line{
		At: cs.now(), Via: "node", Act: t.step.What, What: ofCustody, Case: c.ID, Person: c.Person, Handoff: t.handoff, Outcome: "done",
	})
	if err != nil {
		return fmt.Errorf("write the audit line: %w", err)
	}
	return nil
}

// Freeze puts a case on offer to another balai, inside the transaction that
// queues the offer. mark is that of the bundle that was packed. The caller has
// asked the gate and writes the audit line of the offer.
//
// The error is Conflict if the case has changed since it was packed, is closed
// or is elsewhere; Frozen if another transfer has it. The same handoff twice
// has no effect.
func (cs *Cases) Freeze(tx casework.Tx, by casework.UserID, id casework.CaseID, mark casework.Mark, h casework.HandoffID, to casework.BalaiCode) (casework.Case, error) {
	f, err := cs.file(tx, id, by)
	if err != nil {
		return casework.Case{}, err
	}
	if l, err := f.linkOf(h); err != nil || l.Stage != linkNone {
		return f.c, err
	}
	if err := f.c.Editable(); err != nil {
		return f.c, err
	}
	p, err := person(tx, f.c)
	if err != nil {
		return f.c, err
	}
	if mark != (casework.Mark{Case: f.c.Revision, Person: p.Version}) {
		return f.c, casework.Conflict.Because("case %s has changed since it was packed; offer it again", f.c.Number)
	}
	if err := cs.travels(tx, f.c); err != nil {
		return f.c, err
	}
	_, err = f.take(turn{
		handoff: h, from: linkNone, to: linkOffered, state: casework.OnOffer, step: casework.Step{What: casework.WasOffered, Other: to},
		set: func(c *casework.Case) { c.Handoff, c.To = h, to },
	})
	return f.c, err
}

// travels notes under which names other balai will know the case and person.
func (cs *Cases) travels(tx casework.Tx, c casework.Case) error {
	if err := put(tx, casework.Handles, casework.NodeOwner, c.Handle, c.ID); err != nil {
		return err
	}
	return put(tx, casework.Travellers, casework.NodeOwner, string(c.Person), home(c))
}

// Thaw makes a case editable again whose offer ended without a move: declined,
// withdrawn, expired, lapsed or cancelled. Addenda stay, as part of the file.
func (cs *Cases) Thaw(tx casework.Tx, id casework.CaseID, h casework.HandoffID) (casework.Case, error) {
	c, _, err := cs.byLedger(tx, id, turn{
		handoff: h, from: linkOffered, to: linkThawed, state: casework.Open, step: casework.Step{What: casework.WasThawed},
		set: func(c *casework.Case) { c.Handoff, c.To = "", "" },
	})
	return c, err
}

// SawEpoch notes the custody epoch of a case as the ledger has it. It never
// goes back, and changes nothing that people edit.
func (cs *Cases) SawEpoch(tx casework.Tx, id casework.CaseID, epoch uint64) error {
	c, err := casework.CaseOf(tx, id)
	if err != nil || epoch <= c.Epoch {
		return err
	}
	c.Epoch = epoch
	return put(tx, casework.Cases, id, string(id), c)
}

// HandOver ends responsibility for a case that s.To has received: what stays
// is a stub and the rows as they were, read-only. A case that is not on offer
// with s.Handoff (this node was restored from an older state) is Conflict:
// Freeze it with that handoff first.
func (cs *Cases) HandOver(tx casework.Tx, s casework.Stub) (casework.Case, error) {
	c, done, err := cs.byLedger(tx, s.Case, turn{
		handoff: s.Handoff, from: linkOffered, to: linkGone, state: casework.HandedOver, step: casework.Step{What: casework.WentAway, Other: s.To},
		set: func(c *casework.Case) {
			c.To, c.Epoch, c.Stage = s.To, max(c.Epoch, s.Epoch), casework.Termination
			c.Ended, c.Reason = s.At, casework.EndedReferred
		},
	})
	switch {
	case err != nil:
		return c, err
	case done:
		return c, put(tx, casework.Stubs, s.Case, string(s.Case), s)
	}
	return c, cs.mustHaveBeen(tx, c, s.Handoff, linkGone)
}

// mustHaveBeen returns Conflict unless a transfer has been at stage: what had
// no effect then was done before, and not skipped.
func (cs *Cases) mustHaveBeen(tx casework.Tx, c casework.Case, h casework.HandoffID, stage string) error {
	l, err := (&file{Cases: cs, tx: tx, c: c}).linkOf(h)
	if err == nil && l.Stage != stage {
		err = casework.Conflict.Because("case %s does not stand where this transfer expects it", c.Number)
	}
	return err
}

// TakeOver makes a case that arrived editable: this balai is responsible from
// now on. It enters the register here. A case that was never adopted with h is
// Conflict: adopt it first.
func (cs *Cases) TakeOver(tx casework.Tx, id casework.CaseID, h casework.HandoffID, epoch uint64) (casework.Case, error) {
	f, err := cs.file(tx, id, "")
	if err != nil {
		return casework.Case{}, err
	}
	l, err := f.linkOf(h)
	switch {
	case err != nil:
		return f.c, err
	case l.Stage != linkArriving:
		return f.c, cs.mustHaveBeen(tx, f.c, h, linkReceived)
	}
	if err := f.register(); err != nil {
		return f.c, err
	}
	t := turn{
		handoff: h, from: linkArriving, to: linkReceived, state: casework.Open, step: casework.Step{What: casework.WasReceived, Other: f.c.From},
		set: func(c *casework.Case) { c.Epoch, c.Ended, c.Reason = max(c.Epoch, epoch), time.Time{}, "" },
	}
	if _, err := f.take(t); err != nil {
		return f.c, err
	}
	if err := tx.Delete(casework.Stubs, string(id), string(id)); err != nil {
		return f.c, fmt.Errorf("drop the stub of case %s: %w", id, err)
	}
	return f.c, cs.recordCustody(tx, f.c, t)
}

// TakeBack makes a case that went elsewhere editable again, as it was left
// here: officers made this balai responsible for it by the act h, because the
// one that had it is gone. What was written there is lost unless that balai
// returns. The same act twice has no effect.
func (cs *Cases) TakeBack(tx casework.Tx, id casework.CaseID, h casework.HandoffID, epoch uint64) (casework.Case, error) {
	f, err := cs.file(tx, id, "")
	if err != nil {
		return casework.Case{}, err
	}
	if err := f.register(); err != nil {
		return f.c, err
	}
	t := turn{
		handoff: h, from: linkNone, to: linkReceived, state: casework.Open, step: casework.Step{What: casework.WasReceived, Other: f.c.To},
		set: func(c *casework.Case) {
			c.Handoff, c.To, c.Epoch, c.Ended, c.Reason = h, "", max(c.Epoch, epoch), time.Time{}, ""
		},
	}
	done, err := f.take(t)
	if err != nil || !done {
		return f.c, err
	}
	if err := tx.Delete(casework.Stubs, string(id), string(id)); err != nil {
		return f.c, fmt.Errorf("drop the stub of case %s: %w", id, err)
	}
	return f.c, cs.recordCustody(tx, f.c, t)
}

// Release ends the arrival of a case that was not received: the transfer was
// cancelled or lapsed, and the sender is still responsible. Addenda written
// here stay, and Addenda returns them for the sender.
func (cs *Cases) Release(tx casework.Tx, id casework.CaseID, h casework.HandoffID) (casework.Case, error) {
	c, err := casework.CaseOf(tx, id)
	if err != nil {
		return c, err
	}
	c, done, err := cs.byLedger(tx, id, turn{
		handoff: h, from: linkArriving, to: linkBack, state: casework.HandedOver, step: casework.Step{What: casework.WentBack, Other: c.From},
		set: func(c *casework.Case) { c.To = c.From },
	})
	if err != nil || !done {
		return c, err
	}
	return c, put(tx, casework.Stubs, id, string(id), casework.Stub{Case: id, Handoff: h, To: c.From, Epoch: c.Epoch, At: c.Changed})
}

// Link notes a referral of a case, which leaves custody where it is, so that
// the timeline shows it. A handoff that is known already is left alone.
func (cs *Cases) Link(tx casework.Tx, id casework.CaseID, h casework.HandoffID) error {
	f, err := cs.file(tx, id, "")
	if err != nil {
		return err
	}
	var have link
	if found, err := tx.Get(casework.CaseHandoffs, string(id), string(h), &have); err != nil || found {
		return err
	}
	return f.setLink(h, linkNone)
}

// ConsentFor returns the consent that lets the file of a case be sent to a
// balai at a time, and false if there is none that holds then.
func (cs *Cases) ConsentFor(tx casework.Tx, id casework.CaseID, to casework.BalaiCode, at time.Time) (casework.Consent, bool, error) {
	list, err := casework.RowsOf[casework.Consent](tx, casework.Consents, id)
	for _, c := range list {
		if c.Scope == casework.ForSharing && c.Recipient == to && c.Valid(at) {
			return c, true, err
		}
	}
	return casework.Consent{}, false, err
}
