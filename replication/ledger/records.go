package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
)

// A Charter is the founding document of a federation.
type Charter struct {
	Nonce    ID
	Minute   int64  // Unix minutes of the first founder's clock
	K        uint8  // officers whose signatures decide
	Seats    uint8  // voters to grow to; odd, at most seven
	Daily    uint32 // points a member may spend a day; zero means DefaultDaily
	Officers [][]byte
	Founders []Founding // all voters at first; sorted by code
}

// Encode writes ch. Its hash is the id of the federation.
func (ch Charter) Encode() []byte {
	var e encoder
	e.u8(1)
	e.fixed(ch.Nonce[:])
	e.u64(uint64(ch.Minute))
	encodeCouncil(&e, ch.K, ch.Seats, ch.Daily, ch.Officers)
	e.u8(uint8(len(ch.Founders)))
	for _, f := range ch.Founders {
		f.encode(&e)
	}
	return e.b
}

// DecodeCharter reads what Encode wrote.
func DecodeCharter(b []byte) (ch Charter, err error) {
	d := decoder{b: b}
	d.bad = d.u8() != 1
	d.fixed(ch.Nonce[:])
	ch.Minute = int64(d.u64())
	ch.K, ch.Seats, ch.Daily, ch.Officers = decodeCouncil(&d)
	ch.Founders = make([]Founding, d.count(maxFounders))
	for i := range ch.Founders {
		ch.Founders[i].decode(&d)
		d.bad = d.bad || i > 0 && ch.Founders[i].Code <= ch.Founders[i-1].Code
	}
	if len(ch.Founders)%2 == 0 || len(ch.Founders) > int(ch.Seats) {
		return Charter{}, ErrMalformed
	}
	return ch, d.end()
}

// Federation returns the id of the federation that ch founds.
func (ch Charter) Federation() Hash { return sha256.Sum256(ch.Encode()) }

// A Realm is the federation as it now stands.
type Realm struct {
	ID         Hash
	Version    uint16 // in force
	K          uint8
	Seats      uint8
	Daily      uint32 // see Charter
	Officers   [][]byte
	Head       Hash // last act of the council
	SeatHead   Hash // last change of the voters, or of what bounds them
	SeatDocket Hash // last choice of voters by officers; no voter moves this
	Seated     Time // when voters were last chosen
}

func (r Realm) encode() []byte {
	var e encoder
	e.fixed(r.ID[:])
	e.u16(r.Version)
	encodeCouncil(&e, r.K, r.Seats, r.Daily, r.Officers)
	e.fixed(r.Head[:])
	e.fixed(r.SeatHead[:])
	e.fixed(r.SeatDocket[:])
	e.time(r.Seated)
	return e.b
}

func decodeRealm(b []byte) (r Realm, err error) {
	d := decoder{b: b}
	d.fixed(r.ID[:])
	r.Version = d.u16()
	r.K, r.Seats, r.Daily, r.Officers = decodeCouncil(&d)
	d.fixed(r.Head[:])
	d.fixed(r.SeatHead[:])
	d.fixed(r.SeatDocket[:])
	r.Seated = d.time()
	return r, d.end()
}

// Standing says whether a member may act. The numbers are stored.
type Standing uint8

// The standings of a member.
const (
	Invited   Standing = 1
	Requested Standing = 2
	Active    Standing = 3
	Suspended Standing = 4
	Revoked   Standing = 5
	Merged    Standing = 6 // became part of its successor
	Left      Standing = 7 // went by its own word
)

func (s Standing) String() string {
	return [...]string{"", "invited", "requested", "active", "suspended", "revoked", "merged", "left"}[min(s, 7)]
}

// Out reports whether a member is one no more, unless it is invited anew.
func (s Standing) Out() bool { return s == Revoked || s == Left }

// A KeySpan is one signing key and the events it may sign: from the first on,
// and before the second unless that is zero.
type KeySpan struct {
	Key         []byte
	From, Until uint64
}

// keySpans bounds the row of a member that never stops rotating its key. Of
// keys before these the ledger only knows that they were replaced.
const keySpans = 16

// A Member is what the ledger knows of one balai.
type Member struct {
	Code      NodeID
	Standing  Standing
	Head      Hash // last event about it
	Docket    Hash // last decision of officers about it; neither its own acts nor the clock move this
	Voter     bool
	Raft      RaftID
	Addr      string
	Sign      []KeySpan // the last keySpans of them, newest last
	TLS       [][]byte  // certificates in force, newest first, at most two
	Seal      []byte    // current sealing key
	SealSince Time
	Until     Time      // of a suspension
	Pending   *Founding // asked for, not yet approved
	Successor NodeID
	Audit     AnchorBody
	Since     Time // first active
}

// SealKey names the current sealing key.
func (m Member) SealKey() KeyID { return KeyIDOf(m.Seal) }

// SignKey returns the current signing key, or nil.
func (m Member) SignKey() ed25519.PublicKey {
	if n := len(m.Sign); n > 0 && m.Sign[n-1].Until == 0 {
		return m.Sign[n-1].Key
	}
	return nil
}

func (m Member) encode() []byte {
	var e encoder
	e.string(string(m.Code))
	e.u8(uint8(m.Standing))
	e.fixed(m.Head[:])
	e.fixed(m.Docket[:])
	e.bool(m.Voter)
	e.fixed(m.Raft[:])
	e.string(m.Addr)
	e.u8(uint8(len(m.Sign)))
	for _, k := range m.Sign {
		e.bytes(k.Key)
		e.u64(k.From)
		e.u64(k.Until)
	}
	e.u8(uint8(len(m.TLS)))
	for _, c := range m.TLS {
		e.bytes(c)
	}
	e.bytes(m.Seal)
	e.time(m.SealSince)
	e.time(m.Until)
	e.bool(m.Pending != nil)
	if m.Pending != nil {
		m.Pending.encode(&e)
	}
	e.string(string(m.Successor))
	m.Audit.encode(&e)
	e.time(m.Since)
	return e.b
}

func decodeMember(b []byte) (m Member, err error) {
	d := decoder{b: b}
	m.Code = d.node()
	m.Standing = Standing(d.u8())
	d.fixed(m.Head[:])
	d.fixed(m.Docket[:])
	m.Voter = d.bool()
	d.fixed(m.Raft[:])
	m.Addr = d.string(maxAddr)
	for range d.count(keySpans) {
		m.Sign = append(m.Sign, KeySpan{d.bytes(ed25519.PublicKeySize), d.u64(), d.u64()})
	}
	for range d.count(2) {
		m.TLS = append(m.TLS, d.bytes(maxKey))
	}
	m.Seal = d.bytes(maxKey)
	m.SealSince, m.Until = d.time(), d.time()
	if d.bool() {
		m.Pending = &Founding{}
		m.Pending.decode(&d)
	}
	m.Successor = d.node()
	m.Audit.decode(&d)
	m.Since = d.time()
	return m, d.end()
}

// A Handoff is what the ledger knows of one transfer or referral.
type Handoff struct {
	ID          ID
	Kind        HandoffKind
	From, To    NodeID
	Case        ID
	Epoch       uint64 // custody epoch the offer rests on
	Group       ID
	Stage       Stage
	Before      Stage // of Cancelling: the stage it was asked in
	Head        Hash
	Content     Hash
	SizeBucket  uint8
	SealKey     KeyID // of the destination, as offered to
	Residential bool
	Conditional bool
	Reason      uint8
	Redirect    NodeID
	Expected    Time
	Record      Hash // digest of the handover record
	AnswerIn    uint32
	ArriveIn    uint32
	Offered     Time
	Deadline    Time // of the next act; zero for none
	Delivered   Time
	Read        Time // by the destination
	Answered    Time // first word of the destination
	SourceRead  Time // the source has read the last word of the destination
	Ended       Time
	Last        uint64 // event that last changed the stage
}

func (h Handoff) encode() []byte {
	e := encoder{b: make([]byte, 0, 320)}
	e.fixed(h.ID[:])
	e.u8(uint8(h.Kind))
	e.string(string(h.From))
	e.string(string(h.To))
	e.fixed(h.Case[:])
	e.u64(h.Epoch)
	e.fixed(h.Group[:])
	e.u8(uint8(h.Stage))
	e.u8(uint8(h.Before))
	e.fixed(h.Head[:])
	e.fixed(h.Content[:])
	e.u8(h.SizeBucket)
	e.fixed(h.SealKey[:])
	e.bool(h.Residential)
	e.bool(h.Conditional)
	e.u8(h.Reason)
	e.string(string(h.Redirect))
	e.time(h.Expected)
	e.fixed(h.Record[:])
	e.u32(h.AnswerIn)
	e.u32(h.ArriveIn)
	for _, t := range []Time{h.Offered, h.Deadline, h.Delivered, h.Read, h.Answered, h.SourceRead, h.Ended} {
		e.time(t)
	}
	e.u64(h.Last)
	return e.b
}

func decodeHandoff(b []byte) (h Handoff, err error) {
	d := decoder{b: b}
	d.fixed(h.ID[:])
	h.Kind = HandoffKind(d.u8())
	h.From, h.To = d.node(), d.node()
	d.fixed(h.Case[:])
	h.Epoch = d.u64()
	d.fixed(h.Group[:])
	h.Stage, h.Before = Stage(d.u8()), Stage(d.u8())
	d.fixed(h.Head[:])
	d.fixed(h.Content[:])
	h.SizeBucket = d.u8()
	d.fixed(h.SealKey[:])
	h.Residential, h.Conditional, h.Reason = d.bool(), d.bool(), d.u8()
	h.Redirect, h.Expected = d.node(), d.time()
	d.fixed(h.Record[:])
	h.AnswerIn, h.ArriveIn = d.u32(), d.u32()
	for _, t := range []*Time{&h.Offered, &h.Deadline, &h.Delivered, &h.Read, &h.Answered, &h.SourceRead, &h.Ended} {
		*t = d.time()
	}
	h.Last = d.u64()
	return h, d.end()
}

// Side returns which side of h a balai is on, or zero.
func (h Handoff) Side(n NodeID) Side {
	switch n {
	case h.From:
		return Source
	case h.To:
		return Destination
	default:
		return 0
	}
}

// Actions returns the acts that balai n may take on h now, in the order of the
// table.
func (h Handoff) Actions(n NodeID) (acts []Act) {
	for _, m := range moves {
		if m.Kind == h.Kind && m.From == h.Stage && m.By == h.Side(n) && m.By != Clock {
			acts = append(acts, m.Act)
		}
	}
	return acts
}

// Custody says which balai is responsible for a case.
type Custody struct {
	Case  ID
	Owner NodeID
	Epoch uint64 // grows by one whenever the owner changes
	Open  ID     // the open transfer, or zero
	Head  Hash
	Since Time // when the owner became it
}

func (c Custody) encode() []byte {
	var e encoder
	e.fixed(c.Case[:])
	e.string(string(c.Owner))
	e.u64(c.Epoch)
	e.fixed(c.Open[:])
	e.fixed(c.Head[:])
	e.time(c.Since)
	return e.b
}

func decodeCustody(b []byte) (c Custody, err error) {
	d := decoder{b: b}
	d.fixed(c.Case[:])
	c.Owner, c.Epoch = d.node(), d.u64()
	d.fixed(c.Open[:])
	d.fixed(c.Head[:])
	c.Since = d.time()
	return c, d.end()
}
