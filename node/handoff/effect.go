package handoff

import (
	"errors"
	"fmt"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// unread stands in the talk for words that did not open.
const unread = "[cannot be opened: it was sealed to a key that is not here any more]"

// effect writes what one event means here. It depends on the event and on what
// is stored, and the same event again changes nothing.
func (d *Desk) effect(tx casework.Tx, s seen) error {
	own, mine, err := d.closeOwn(tx, s)
	if err != nil {
		return err
	}
	if s.Act == ledger.Approve { // one officer's signature: nothing is decided by it
		return nil
	}
	switch s.Subject.Kind {
	case ledger.OfHandoff:
	case ledger.OfCase:
		return d.reassigned(tx, s)
	default:
		return nil
	}
	rec, found, err := loadRecord(tx, casework.HandoffID(s.h.ID.String()))
	if err != nil {
		return err
	}
	if found && rec.Event >= s.N {
		return nil
	}
	if !found {
		if rec, err = d.newRecord(tx, s); err != nil {
			return err
		}
	}
	d.follow(&rec, s)
	if err := d.say(tx, rec, s, own, mine); err != nil {
		return err
	}
	if err := d.custody(tx, &rec, s); err != nil {
		if !settled(err) {
			return err
		}
		rec.Trouble = inWords(err)
		d.cfg.Log.Error("an event could not be carried out here", "event", s.N, "act", s.Act, "handoff", rec.ID, "err", err)
	}
	return putRecord(tx, rec)
}

// closeOwn closes the outbox rows that an event of this balai answers, and
// returns what was written on them.
func (d *Desk) closeOwn(tx casework.Tx, s seen) (w word, mine bool, err error) {
	if s.Actor != ledger.NodeID(d.cfg.Self) {
		return w, false, nil
	}
	rows, err := pendingOf(tx, func(r outRow) bool { return answers(s, r) || overtakes(s, r) })
	if err != nil {
		return w, false, err
	}
	for _, r := range rows {
		if overtakes(s, r) {
			if err := d.end(tx, r, Rejected, "withdrawn before the ledger had it", 0); err != nil {
				return w, false, err
			}
			continue
		}
		mine = true
		if w, err = loadWord(tx, r); err != nil {
			return w, false, err
		}
		if err := d.end(tx, r, Committed, "", s.N); err != nil {
			return w, false, err
		}
	}
	return w, mine && (w.Text != "" || len(w.Form) > 0), nil
}

// answers reports whether s is what r asked for: its command, or, for a row out
// of a backup, the same act of the same handoff, which this node signed after
// the backup was made and has forgotten.
func answers(s seen, r outRow) bool {
	if r.Command == s.cmd.ID {
		return true
	}
	return r.State == Undecided && r.act() == s.Act && sameHandoff(s, r)
}

// overtakes reports whether s is the withdrawal of an offer that waits in r: the
// ledger will never take that offer.
func overtakes(s seen, r outRow) bool {
	return s.Act == ledger.Withdraw && r.Offer != nil && sameHandoff(s, r)
}

func sameHandoff(s seen, r outRow) bool { return string(r.Handoff) == s.h.ID.String() }

// newRecord makes the row of a handoff that is new here: an offer to us, or one
// of our own that this node forgot because it was restored.
func (d *Desk) newRecord(tx casework.Tx, s seen) (rec record, err error) {
	h := s.h
	rec = record{Handoff: casework.Handoff{
		ID: casework.HandoffID(h.ID.String()), Kind: kindWord(h.Kind), Box: casework.In, From: casework.BalaiCode(h.From),
		To: casework.BalaiCode(h.To), Residential: h.Residential, Packet: packetNone, Created: h.Offered.Time(),
	}, Content: h.Content, SealKey: h.SealKey, Salt: newSalt()}
	if !h.Group.IsZero() {
		rec.Group = h.Group.String()
	}
	if !h.Case.IsZero() {
		rec.Handle = h.Case.String()
	}
	rec.Held = string(rec.ID)
	if h.Side(ledger.NodeID(d.cfg.Self)) == ledger.Destination {
		return rec, nil
	}
	rec.Box = casework.Out
	if rec.Handle == "" {
		return rec, nil
	}
	if rec.Case, err = d.caseOf(tx, rec.Handle); err != nil || rec.Case == "" {
		return rec, err
	}
	rec.Held = string(rec.Case)
	b, err := d.cfg.Cases.Export(tx, rec.Case)
	if err != nil {
		return rec, err
	}
	if _, err = d.cfg.Cases.Freeze(tx, "", rec.Case, b.Mark(), rec.ID, rec.To); err != nil {
		if !settled(err) {
			return rec, err
		}
		rec.Trouble = inWords(err)
	}
	return rec, nil
}

// caseOf finds the case here that has a handle, also one that this node does not
// know to have travelled.
func (d *Desk) caseOf(tx casework.Tx, handle string) (casework.CaseID, error) {
	id, known, err := d.cfg.Cases.Place(tx, handle)
	if err != nil || known {
		return id, err
	}
	err = tx.All(casework.Cases, func(_, _ string, decode func(any) error) (bool, error) {
		var c casework.Case
		if err := decode(&c); err != nil {
			return false, err
		}
		if c.Handle == handle {
			id = c.ID
		}
		return id == "", nil
	})
	return id, err
}

// follow copies into rec what the event and the ledger say.
func (d *Desk) follow(rec *record, s seen) {
	rec.Event = s.N
	if s.Act != ledger.Deliver && s.Act != ledger.Read && s.Act != ledger.Fade {
		rec.Aside = wall(0) // the other side is there after all
		rec.Stage, rec.Head, rec.Last = s.Outcome.Stage.String(), s.Outcome.Head, s.Act.String()
		if s.step.Reason != 0 {
			rec.Reason = reasonWord(s.Act, s.step.Reason)
		}
	}
	h := s.h
	rec.Ticks.Committed, rec.Ticks.Delivered, rec.Ticks.Read, rec.Ticks.Answered = wall(h.Offered), wall(h.Delivered), wall(h.Read), wall(h.Answered)
	rec.Deadline, rec.Expected, rec.Ended = wall(h.Deadline), wall(h.Expected), wall(h.Ended)
	if h.Stage.Ended() {
		rec.Deadline = wall(0) // what is left is the time until the last word fades
	}
	rec.Conditional, rec.Redirect, rec.Epoch = h.Conditional, casework.BalaiCode(h.Redirect), max(rec.Epoch, s.Outcome.Epoch)
}

// say files what was said along with the event.
func (d *Desk) say(tx casework.Tx, rec record, s seen, own word, mine bool) error {
	if s.summary == nil && s.word == nil && !mine && !s.closed {
		return nil
	}
	p, err := loadParcel(tx, rec)
	if err != nil {
		return err
	}
	by := casework.BalaiCode(s.Actor)
	switch {
	case mine:
		p.Talk = append(p.Talk, own.remark(by, s.Time))
	case s.word != nil:
		s.word.Act = s.Act.String() // what was done is what was signed
		if s.Act == ledger.Receive && !s.step.Record.IsZero() && s.step.Record != s.digest {
			s.word.Text = "[this is not the handover record that was signed] " + s.word.Text
		}
		p.Talk = append(p.Talk, s.word.remark(by, s.Time))
	case s.summary != nil:
		sum := clipSummary(*s.summary)
		p.Summary = &sum
	case s.closed:
		p.Talk = append(p.Talk, casework.Remark{Act: s.Act.String(), By: by, At: s.Time.Time(), Text: unread})
	}
	return putParcel(tx, rec, p)
}

// clipSummary cuts what another balai wrote to what a person here could have
// written.
func clipSummary(s casework.Summary) casework.Summary {
	for _, f := range []*string{&s.Reason, &s.Wanted, &s.Given, &s.Health, &s.Journey, &s.Contact} {
		*f = clip(*f, casework.MaxLetter)
	}
	for _, f := range []*string{&s.Initials, &s.AgeBand, &s.Sex, &s.Cluster, &s.Region, &s.Number} {
		*f = clip(*f, maxField)
	}
	s.PPKS, s.Ragam = s.PPKS[:min(len(s.PPKS), casework.MaxCodes)], s.Ragam[:min(len(s.Ragam), casework.MaxCodes)]
	return s
}

// custody lets the case here follow the handoff.
func (d *Desk) custody(tx casework.Tx, rec *record, s seen) error {
	if rec.Box == casework.In {
		return d.atDestination(tx, rec, s)
	}
	if rec.Kind != casework.Transfer || rec.Case == "" {
		return nil
	}
	return d.atSource(tx, rec, s)
}

func (d *Desk) atSource(tx casework.Tx, rec *record, s seen) error {
	if err := d.cfg.Cases.SawEpoch(tx, rec.Case, s.Outcome.Epoch); err != nil {
		return err
	}
	stage := s.Outcome.Stage
	switch {
	case s.Act == ledger.Accept:
		rec.Accepted = true
	case s.Act == ledger.Deliver, s.Act == ledger.Read, s.Act == ledger.Fade, !stage.Ended():
	case stage == ledger.Received:
		p, err := loadParcel(tx, *rec)
		if err != nil {
			return err
		}
		_, err = d.cfg.Cases.HandOver(tx, casework.Stub{
			Case: rec.Case, Handoff: rec.ID, To: rec.To, Epoch: s.Outcome.Epoch, At: s.Time.Time(), Contact: contactIn(p.Talk, rec.To),
		})
		return err
	default:
		if rec.Accepted { // the other side may have written addenda
			rec.Follow = followWanted
			d.expect(tx, rec.ID)
		}
		_, err := d.cfg.Cases.Thaw(tx, rec.Case, rec.ID)
		return err
	}
	return nil
}

// contactIn is whom to call at a balai, as its handover record says.
func contactIn(talk []casework.Remark, at casework.BalaiCode) (contact string) {
	for _, r := range talk {
		if c := r.Form["receivedBy"]; r.By == at && c != "" {
			contact = c
		}
	}
	return contact
}

func (d *Desk) atDestination(tx casework.Tx, rec *record, s seen) error {
	transfer := rec.Kind == casework.Transfer
	switch stage := s.Outcome.Stage; {
	case s.Act == ledger.Offer:
		if s.h.Delivered == 0 && !s.h.Stage.Ended() {
			return d.queueReceipt(tx, *rec, ledger.Deliver)
		}
	case s.Act == ledger.Deliver, s.Act == ledger.Read, s.Act == ledger.Fade, !transfer:
	case s.Act == ledger.Accept:
		rec.Accepted, rec.Packet = true, packetFetching
		d.expect(tx, rec.ID)
	case stage == ledger.Received:
		rec.Follow = followWanted
		d.expect(tx, rec.ID)
		if rec.Case == "" { // restored: the file comes again, and the case is ours with it
			return nil
		}
		_, err := d.cfg.Cases.TakeOver(tx, rec.Case, rec.ID, s.Outcome.Epoch)
		return err
	case stage.Ended():
		if rec.Packet == packetFetching {
			rec.Packet = packetNone
		}
		if rec.Case == "" {
			return nil
		}
		_, err := d.cfg.Cases.Release(tx, rec.Case, rec.ID)
		return err
	}
	return nil
}

// queueReceipt tells the sender that the last word is here, or was read.
func (d *Desk) queueReceipt(tx casework.Tx, rec record, act ledger.Act) error {
	waiting, err := pendingOf(tx, func(r outRow) bool { return r.Handoff == rec.ID && r.Receipt && r.act() == act })
	if err != nil || len(waiting) > 0 {
		return err
	}
	row := outRow{Queued: casework.Queued{Handoff: rec.ID, Act: act.String(), To: rec.other()}, Receipt: true}
	return d.enqueue(tx, &row)
}

// reassigned carries out what officers decided about a case whose balai was
// silent beyond its lease. If it was ours it is not any more: what is here is
// kept, read-only.
func (d *Desk) reassigned(tx casework.Tx, s seen) error {
	id, err := d.caseOf(tx, s.Subject.ID().String())
	if err != nil || id == "" {
		return err
	}
	c, err := casework.CaseOf(tx, id)
	if err != nil {
		return err
	}
	to := casework.BalaiCode(s.Outcome.Owner)
	// The command of the officers is the transfer that moved the case.
	by := casework.HandoffID(s.cmd.ID.String())
	switch {
	case to == d.cfg.Self && c.State != casework.Open:
		if err = d.endOpen(tx, &c, s); err == nil {
			_, err = d.cfg.Cases.TakeBack(tx, id, by, s.Outcome.Epoch)
		}
	case to == d.cfg.Self || c.State == casework.HandedOver:
		return d.cfg.Cases.SawEpoch(tx, id, s.Outcome.Epoch)
	default:
		if err = d.endOpen(tx, &c, s); err == nil {
			err = d.takenAway(tx, id, by, to, s)
		}
	}
	if settled(err) {
		d.cfg.Log.Error("what officers decided about a case could not be carried out here", "case", id, "event", s.N, "err", err)
		return nil
	}
	return err
}

// endOpen ends the transfer that was open when a case was reassigned.
func (d *Desk) endOpen(tx casework.Tx, c *casework.Case, s seen) error {
	if c.State != casework.OnOffer && c.State != casework.Arriving {
		return nil
	}
	rec, found, err := loadRecord(tx, c.Handoff)
	if err != nil || !found {
		return err
	}
	rec.Stage, rec.Head, rec.Event, rec.Ended = ledger.Lapsed.String(), s.Outcome.Head, s.N, s.Time.Time()
	rec.Deadline = wall(0)
	if c.State == casework.OnOffer {
		_, err = d.cfg.Cases.Thaw(tx, c.ID, rec.ID)
	} else {
		_, err = d.cfg.Cases.Release(tx, c.ID, rec.ID)
	}
	if err != nil && !settled(err) {
		return err
	}
	return putRecord(tx, rec)
}

func (d *Desk) takenAway(tx casework.Tx, id casework.CaseID, by casework.HandoffID, to casework.BalaiCode, s seen) error {
	b, err := d.cfg.Cases.Export(tx, id)
	if err != nil {
		return err
	}
	if b.Case.State == casework.HandedOver {
		return nil
	}
	if _, err := d.cfg.Cases.Freeze(tx, "", id, b.Mark(), by, to); err != nil {
		return fmt.Errorf("freeze: %w", err)
	}
	_, err = d.cfg.Cases.HandOver(tx, casework.Stub{Case: id, Handoff: by, To: to, Epoch: s.Outcome.Epoch, At: s.Time.Time()})
	return errors.Join(err)
}
