package ledger

import "crypto/sha256"

// An Outcome is what an event did, in few numbers. It is hashed with the event,
// so that nodes whose rules differ notice at once.
type Outcome struct {
	Subject Subject
	Stage   Stage    // of a handoff
	Status  Standing // of a member
	Epoch   uint64   // custody epoch after it, for transfers and reassignments
	Owner   NodeID   // custodian after it, likewise
	Head    Hash     // of the subject after it
}

func (o Outcome) encodeTo(e *encoder) {
	e.u8(uint8(o.Subject.Kind))
	e.string(o.Subject.Name)
	e.u8(uint8(o.Stage))
	e.u8(uint8(o.Status))
	e.u64(o.Epoch)
	e.string(string(o.Owner))
	e.fixed(o.Head[:])
}

func (o *Outcome) decodeFrom(d *decoder) {
	o.Subject = Subject{Kind: SubjectKind(d.u8()), Name: d.string(16)}
	o.Stage, o.Status, o.Epoch, o.Owner = Stage(d.u8()), Standing(d.u8()), d.u64(), d.node()
	d.fixed(o.Head[:])
}

// An Event is one numbered line of history. A derived one was made by the clock
// and has no command.
type Event struct {
	N       uint64
	Time    Time
	Act     Act
	Actor   NodeID // empty for derived events
	Subject Subject
	Signed  Signed // empty for derived events
	Outcome Outcome
	Hash    Hash // H(N), over all events up to this one
}

// Command decodes the command of e. It must not be called on derived events.
func (e Event) Command() (Command, error) { return DecodeCommand(e.Signed.Bytes) }

// Derived reports whether e was made by the clock.
func (e Event) Derived() bool { return len(e.Signed.Bytes) == 0 }

// encode writes what is hashed and kept; N and Hash stand beside it.
func (e Event) encode() []byte {
	enc := encoder{b: make([]byte, 0, len(e.Signed.Bytes)+160)}
	enc.bytes(e.Signed.Bytes)
	if !e.Derived() {
		enc.fixed(e.Signed.Sig[:])
	} else {
		enc.u8(uint8(e.Act))
	}
	enc.time(e.Time)
	e.Outcome.encodeTo(&enc)
	return enc.b
}

func decodeEvent(b []byte) (e Event, c Command, err error) {
	d := decoder{b: b}
	e.Signed.Bytes = d.bytes(MaxCommand)
	if !e.Derived() {
		d.fixed(e.Signed.Sig[:])
	} else {
		e.Act = Act(d.u8())
	}
	e.Time = d.time()
	e.Outcome.decodeFrom(&d)
	if err := d.end(); err != nil {
		return Event{}, c, err
	}
	e.Subject = e.Outcome.Subject
	if !e.Derived() {
		if c, err = DecodeCommand(e.Signed.Bytes); err != nil {
			return Event{}, c, err
		}
		e.Act, e.Actor, e.Subject = c.Act, c.Actor, c.Subject
	}
	return e, c, nil
}

// chain returns H(n) from H(n-1) and the event n.
func chain(before Hash, event []byte) Hash {
	h := sha256.New()
	h.Write(before[:])
	h.Write(event)
	return Hash(h.Sum(nil))
}
