package ledger

import "time"

// Lease is how long a custodian may be silent before officers may give its case
// to another balai: a node that applied nothing new for 14 days allows addenda
// only, and one day more covers clocks.
const Lease = 15 * 24 * time.Hour

// FadeAfter is how long the last word of an ended handoff waits for its reader.
const FadeAfter = 90 * 24 * time.Hour

// MaxWords is how many sealed payloads one open handoff may hold, so that two
// balai cannot fill the disks of all. Acts without one go on.
const MaxWords = 32

// MaxExpected bounds the date a waiting list may name.
const MaxExpected = 366 * 24 * time.Hour

func (s *State) putHandoff(h Handoff) { s.kv.Put(row(rowHandoff, h.ID[:]), h.encode()) }
func (s *State) putCustody(c Custody) { s.kv.Put(row(rowCustody, c.Case[:]), c.encode()) }

func (x *turn) offer() (Outcome, Reason) {
	b := x.cmd.Body.(*OfferBody)
	if x.cmd.Subject.Kind != OfHandoff || !b.fit(x.cmd.Actor) {
		return Outcome{}, BadTerms
	}
	h := Handoff{
		ID: x.cmd.Subject.ID(), Kind: b.Kind, From: x.cmd.Actor, To: b.To, Case: b.Case, Group: b.Group, Stage: Offered,
		Head: x.hash, Content: b.Content, SizeBucket: b.SizeBucket, SealKey: b.SealKey, Residential: b.Residential,
		AnswerIn: b.AnswerIn, ArriveIn: b.ArriveIn, Offered: x.now, Deadline: x.now.Add(seconds(b.AnswerIn)), Last: x.n,
	}
	if _, known := x.Handoff(h.ID); known {
		return Outcome{}, NotNow // the table has offers at the beginning only
	}
	custody, why := x.custodyFor(b)
	if why != NotRefused {
		return Outcome{}, why
	}
	to, ok := x.Member(b.To)
	if !ok || to.Standing != Active {
		return Outcome{}, PeerNotActive
	}
	if to.SealKey() != b.SealKey {
		return Outcome{}, OldSealKey
	}
	if h.Kind == Transfer {
		custody.Open, custody.Head = h.ID, x.hash
		x.putCustody(custody)
		h.Epoch = custody.Epoch
	}
	x.keepPayload(h.ID)
	x.due(h.Deadline, OfHandoff, h.ID[:])
	x.putHandoff(h)
	return Outcome{Stage: h.Stage, Epoch: custody.Epoch, Owner: custody.Owner, Head: h.Head}, NotRefused
}

func seconds(n uint32) time.Duration { return time.Duration(n) * time.Second }

// fit checks the terms of an offer as far as they can be judged alone.
func (b *OfferBody) fit(actor NodeID) bool {
	within := func(n uint32) bool { return seconds(n) >= MinAnswerIn && seconds(n) <= MaxAnswerIn }
	switch b.Kind {
	case Transfer:
		return b.To != "" && b.To != actor && !b.Case.IsZero() && !b.Content.IsZero() && within(b.AnswerIn) && within(b.ArriveIn)
	case Referral:
		return b.To != "" && b.To != actor && b.Case.IsZero() && b.CaseHead.IsZero() && within(b.AnswerIn) && b.ArriveIn == 0 && !b.Residential
	default:
		return false
	}
}

// custodyFor returns the custody that a transfer rests on. The first offer of a
// case opens it, in the name of the balai that offers.
func (x *turn) custodyFor(b *OfferBody) (Custody, Reason) {
	if b.Kind == Referral {
		return Custody{}, NotRefused
	}
	c, known := x.Custody(b.Case)
	switch {
	case !known && b.CaseHead.IsZero():
		return Custody{Case: b.Case, Owner: x.cmd.Actor, Epoch: 1, Since: x.now}, NotRefused
	case !known || c.Head != b.CaseHead:
		return Custody{}, CaseMoved
	case c.Owner != x.cmd.Actor:
		return Custody{}, NotCustodian
	case !c.Open.IsZero():
		return Custody{}, CaseMoved
	}
	return c, NotRefused
}

// step judges every later act on a handoff by the table of moves.
func (x *turn) step() (Outcome, Reason) {
	b, ok := x.cmd.Body.(*StepBody)
	if !ok || x.cmd.Subject.Kind != OfHandoff || !b.fit(x.cmd.Act) {
		return Outcome{}, BadTerms
	}
	h, known := x.Handoff(x.cmd.Subject.ID())
	if !known {
		if x.cmd.Act != Withdraw {
			return Outcome{}, NoSuch
		}
		return x.forestall()
	}
	by, legal := side(h.Kind, x.cmd.Act)
	if !legal {
		return Outcome{}, NotNow
	}
	if h.Side(x.cmd.Actor) != by {
		return Outcome{}, NotYours
	}
	m, legal := find(h.Kind, h.Stage, x.cmd.Act)
	if !legal {
		return Outcome{}, NotNow
	}
	if why := x.termsFit(h, b); why != NotRefused {
		return Outcome{}, why
	}
	return x.move(h, m, b), NotRefused
}

// termsFit checks what a step says against the handoff.
func (x *turn) termsFit(h Handoff, b *StepBody) Reason {
	if x.cmd.Act == Receive && b.Content != h.Content {
		return WrongContent
	}
	if x.cmd.Act == Receive && h.Residential && b.Record.IsZero() {
		return BadTerms // a person who travels is handed over with a record
	}
	if x.cmd.Act == Wait && b.Expected <= x.now {
		return BadTerms
	}
	if x.cmd.Act == Wait && b.Expected > x.now.Add(MaxExpected) {
		return TooSoon
	}
	if x.cmd.Act == Redirect && (b.Redirect == h.From || b.Redirect == h.To) {
		return BadTerms
	}
	if x.cmd.Act == Redirect {
		if to, ok := x.Member(b.Redirect); !ok || to.Standing != Active {
			return PeerNotActive
		}
	}
	if x.cmd.Payload.IsZero() {
		if b.SealKey != (KeyID{}) {
			return BadTerms
		}
		return NotRefused
	}
	other := h.From
	if x.cmd.Actor == h.From {
		other = h.To
	}
	if m, ok := x.Member(other); !ok || m.SealKey() != b.SealKey {
		return OldSealKey
	}
	if x.words(h.ID) >= MaxWords {
		return BadTerms
	}
	return NotRefused
}

// forestall lets a withdrawal take the id of an offer that has not come. When
// the offer comes late it finds the id taken.
func (x *turn) forestall() (Outcome, Reason) {
	if !x.cmd.Payload.IsZero() {
		return Outcome{}, WrongPayload
	}
	h := Handoff{ID: x.cmd.Subject.ID(), From: x.cmd.Actor, Stage: Withdrawn, Head: x.hash, Offered: x.now, Ended: x.now, Last: x.n}
	x.putHandoff(h)
	return Outcome{Stage: h.Stage, Head: h.Head}, NotRefused
}

// move carries out a legal step.
func (x *turn) move(h Handoff, m Move, b *StepBody) Outcome {
	if m.To == Cancelling {
		h.Before = h.Stage
	}
	h.Stage, h.Head, h.Last = m.To, x.hash, x.n
	if m.By == Destination && h.Answered == 0 {
		h.Answered = x.now
	}
	if m.By == Destination {
		h.SourceRead = 0 // a new word to read
	}
	switch x.cmd.Act {
	case Accept:
		h.Conditional = b.Conditional
	case Wait:
		h.Expected = b.Expected
	case Receive:
		h.Record = b.Record
	}
	if b.Reason != 0 {
		h.Reason = b.Reason
	}
	if b.Redirect != "" {
		h.Redirect = b.Redirect
	}
	h = x.reschedule(h, deadlineAfter(h, x.cmd.Act, x.now))
	if h.Stage.Ended() {
		h = x.end(h, x.now, !x.cmd.Payload.IsZero())
	}
	x.keepPayload(h.ID)
	x.putHandoff(h)
	c := x.moveCustody(h, x.hash, x.now)
	return Outcome{Stage: h.Stage, Epoch: c.Epoch, Owner: c.Owner, Head: h.Head}
}

// deadlineAfter says until when the next act must come.
func deadlineAfter(h Handoff, act Act, now Time) Time {
	switch {
	case h.Stage.Ended():
		return 0
	case act == Wait && h.Expected != 0:
		return max(h.Deadline, h.Expected.Add(seconds(h.AnswerIn)))
	case act == Wait, act == Answer:
		return max(h.Deadline, now.Add(seconds(h.AnswerIn)))
	case h.Kind == Transfer && (act == Accept || act == Depart):
		return now.Add(seconds(h.ArriveIn))
	case h.Kind == Referral && h.Stage >= Accepted:
		return 0
	default:
		return h.Deadline
	}
}

// reschedule moves the deadline of h.
func (s *State) reschedule(h Handoff, to Time) Handoff {
	s.undue(h.Deadline, OfHandoff, h.ID[:])
	h.Deadline = to
	s.due(to, OfHandoff, h.ID[:])
	return h
}

// end closes h: the sealed words so far are dropped. If the last act brought
// one, it waits for its reader, and the deadline of h is when it fades.
func (s *State) end(h Handoff, now Time, word bool) Handoff {
	s.dropPayloads(h.ID)
	h.Ended = now
	if !word {
		return s.reschedule(h, 0)
	}
	return s.reschedule(h, now.Add(FadeAfter))
}

// moveCustody lets the custody of a transfer follow its stage. Only Received
// changes the owner.
func (s *State) moveCustody(h Handoff, head Hash, now Time) Custody {
	if h.Kind != Transfer {
		return Custody{}
	}
	c, known := s.Custody(h.Case)
	if !known || c.Open != h.ID || !h.Stage.Ended() {
		return c
	}
	c.Open, c.Head = ID{}, head
	if h.Stage == Received {
		c.Owner, c.Since = h.To, now
		c.Epoch++
	}
	s.putCustody(c)
	return c
}

// receipt records that the other side has, or has read, the last word. It moves
// neither stage nor head, so that a receipt never outruns a withdrawal.
func (x *turn) receipt() (Outcome, Reason) {
	h, known := x.Handoff(x.cmd.Subject.ID())
	if x.cmd.Subject.Kind != OfHandoff || *x.cmd.Body.(*StepBody) != (StepBody{}) {
		return Outcome{}, BadTerms
	}
	if !known {
		return Outcome{}, NoSuch
	}
	var flag *Time
	switch by := h.Side(x.cmd.Actor); {
	case x.cmd.Act == Deliver && by == Destination:
		flag = &h.Delivered
	case x.cmd.Act == Read && by == Destination:
		flag = &h.Read
	case x.cmd.Act == Read && by == Source:
		flag = &h.SourceRead
	default:
		return Outcome{}, NotYours
	}
	last := h.Stage.Ended() && h.Deadline != 0 && x.cmd.Act == Read && x.lastWordWasOther(h)
	if *flag != 0 && !last {
		return Outcome{}, NotNow
	}
	*flag = x.now
	if last {
		x.dropPayloads(h.ID)
		h = x.reschedule(h, 0)
	}
	x.putHandoff(h)
	return Outcome{Stage: h.Stage, Head: h.Head}, NotRefused
}

// lastWordWasOther reports whether the act that ended h was not the reader's.
func (x *turn) lastWordWasOther(h Handoff) bool {
	e, ok := x.Event(h.Last)
	return ok && e.Actor != x.cmd.Actor
}

// keepPayload keeps what rides along. In a replay, which meets the payloads only
// at the end, it leaves a mark that one is owed.
func (x *turn) keepPayload(id ID) {
	switch {
	case x.cmd.Payload.IsZero():
	case x.replay:
		x.kv.Put(row(rowPayload, id[:], be(x.n)), []byte{0})
	default:
		x.kv.Put(row(rowPayload, id[:], be(x.n)), x.payload)
	}
}

// words returns how many sealed words of a handoff are kept.
func (s *State) words(id ID) (n int) {
	s.kv.Scan(row(rowPayload, id[:]), nil, func(_, _ []byte) bool { n++; return true })
	return n
}

func (s *State) dropPayloads(id ID) {
	var keys [][]byte
	s.kv.Scan(row(rowPayload, id[:]), nil, func(k, _ []byte) bool {
		keys = append(keys, append([]byte(nil), k...))
		return true
	})
	for _, k := range keys {
		s.kv.Delete(k)
	}
}

// reassign gives custody to another balai when officers say so and the owner is
// silent beyond its lease. An open transfer of the case ends with it.
func (x *turn) reassign() (Outcome, Reason) {
	b := x.cmd.Body.(*ReassignBody)
	switch {
	case x.cmd.Subject.Kind == OfHandoff && x.cmd.Version >= Least(Reassign, OfHandoff):
		return x.release(b)
	case x.cmd.Subject.Kind != OfCase:
		return Outcome{}, BadTerms
	}
	c, known := x.Custody(x.cmd.Subject.ID())
	if !known {
		return Outcome{}, NoSuch
	}
	if b.To == c.Owner {
		return Outcome{}, BadTerms
	}
	if to, ok := x.Member(b.To); !ok || to.Standing != Active {
		return Outcome{}, PeerNotActive
	}
	if x.now < x.Heard(c.Owner).Add(Lease) {
		return Outcome{}, LeaseNotOver
	}
	if !x.decided(int(x.realm.K), b.Approvals) {
		return Outcome{}, TooFewOfficers
	}
	x.forget(x.motion())
	if h, open := x.Handoff(c.Open); open {
		h.Stage, h.Head, h.Last = Lapsed, x.hash, x.n
		x.putHandoff(x.end(h, x.now, false))
	}
	c.Owner, c.Since, c.Open, c.Head = b.To, x.now, ID{}, x.hash
	c.Epoch++
	x.putCustody(c)
	return Outcome{Epoch: c.Epoch, Owner: c.Owner, Head: c.Head}, NotRefused
}
