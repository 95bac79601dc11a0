package ledger

import (
	"crypto/sha256"
	"encoding/binary"
)

// due lets the clock look at a subject at t; zero means never.
func (s *State) due(t Time, kind SubjectKind, name []byte) {
	if t != 0 {
		s.kv.Put(row(rowDue, be(uint64(t)), []byte{byte(kind)}, name), []byte{1})
	}
}

func (s *State) undue(t Time, kind SubjectKind, name []byte) {
	if t != 0 {
		s.kv.Delete(row(rowDue, be(uint64(t)), []byte{byte(kind)}, name))
	}
}

// nextDue returns the first thing the clock will do.
func (v View) nextDue() (t Time, s Subject, ok bool) {
	v.r.Scan(row(rowDue), nil, func(k, _ []byte) bool {
		t = Time(binary.BigEndian.Uint64(k[1:]))
		s = Subject{Kind: SubjectKind(k[9]), Name: string(k[10:])}
		ok = true
		return false
	})
	return t, s, ok
}

// deriveNext makes the next event of the clock that is due by now, in order of
// (deadline, kind, name). It reports whether there was one. A derived event
// carries its deadline as time, or the time of the event before if that is
// later, and so changes with nothing but the history.
func (s *State) deriveNext(now Time) bool {
	t, subject, ok := s.nextDue()
	if !ok || t > now {
		return false
	}
	n, _, last := s.Head()
	e := Event{N: n + 1, Time: max(t, last), Subject: subject}
	s.undue(t, subject.Kind, []byte(subject.Name))
	if subject.Kind == OfMember {
		s.resume(&e, t)
	} else {
		s.timeout(&e, t)
	}
	e.Outcome.Subject = subject
	s.write(e)
	return true
}

// derivedHead is the head of a subject after an event of the clock.
func derivedHead(before Hash, act Act, t Time) Hash {
	e := encoder{b: []byte("SERASI derived event v1\x00")}
	e.fixed(before[:])
	e.u8(uint8(act))
	e.time(t)
	return sha256.Sum256(e.b)
}

// resume ends a suspension. It leaves the docket: what officers sign against a
// member while it is suspended must not lapse with the suspension.
func (s *State) resume(e *Event, t Time) {
	e.Act = Resume
	m, _ := s.Member(NodeID(e.Subject.Name))
	m.Standing, m.Until = Active, 0
	if m.Successor != "" {
		m.Standing = Merged
	}
	m.Head = derivedHead(m.Head, Resume, t)
	s.putMember(m)
	e.Outcome = Outcome{Status: m.Standing, Head: m.Head}
}

// timeout ends a handoff whose deadline has passed, or drops the last word of
// one that ended long ago. Expiry only returns to the state before: nothing is
// ever accepted by a clock.
func (s *State) timeout(e *Event, t Time) {
	h, _ := s.Handoff(e.Subject.ID())
	h.Deadline = 0
	if h.Stage.Ended() {
		e.Act = Fade
		s.dropPayloads(h.ID)
		s.putHandoff(h)
		e.Outcome = Outcome{Stage: h.Stage, Head: h.Head}
		return
	}
	for _, act := range []Act{Expire, Lapse} {
		if m, ok := find(h.Kind, h.Stage, act); ok {
			e.Act, h.Stage = act, m.To
		}
	}
	h.Head, h.Last = derivedHead(h.Head, e.Act, t), e.N
	h = s.end(h, e.Time, false)
	s.putHandoff(h)
	c := s.moveCustody(h, h.Head, e.Time)
	e.Outcome = Outcome{Stage: h.Stage, Epoch: c.Epoch, Owner: c.Owner, Head: h.Head}
}
