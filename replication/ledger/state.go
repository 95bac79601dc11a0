package ledger

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
)

// Reader reads the rows of a state. What it returns must not be changed and is
// valid as long as the transaction it comes from.
type Reader interface {
	// Get returns the value of key, or nil. No row has an empty value.
	Get(key []byte) []byte
	// Scan calls f for each key with the prefix, in order, from the first key
	// >= from, until f returns false. f must not write.
	Scan(prefix, from []byte, f func(key, value []byte) bool)
}

// KV is a transaction on the rows of a state. It keeps what Put is given only
// as a copy.
type KV interface {
	Reader
	Put(key, value []byte)
	Delete(key []byte)
}

// Rows of the state by their first byte. They are stored: only ever add.
const (
	rowRealm    = 'f'
	rowHead     = 't'
	rowMember   = 'm' // code
	rowKey      = 'k' // id of a signing key -> code
	rowHandoff  = 'h' // id
	rowCustody  = 'c' // case
	rowEvent    = 'e' // number -> H(n), event
	rowDone     = 'r' // actor, command id -> number of its event
	rowPayload  = 'p' // handoff id, number of the event
	rowDue      = 'd' // time, kind of what, name
	rowApproval = 'a' // hash of the motion, officer -> signature
	rowMotion   = 'o' // hash of the motion -> motion
	rowHeard    = 'l' // code -> time of the last event it signed, debt of its budget
	rowInvite   = 'i' // key of the invitation -> code, expiry; one byte once used
	rowHost     = 'j' // code -> the invitations it has open
	rowTaken    = 'x' // what may be used once only: see once.go
)

// clusterRow holds the last recovery: hash of its command, number of
// its event, and the event it went on from.
// The key begins like the realm's, so every node keeps the row in memory.
var clusterRow = row(rowRealm, []byte("cluster"))

func row(kind byte, parts ...[]byte) []byte {
	k := make([]byte, 1, 48)
	k[0] = kind
	for _, p := range parts {
		k = append(k, p...)
	}
	return k
}

func be(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// View answers questions about a state.
type View struct{ r Reader }

// On returns a view on r.
func On(r Reader) View { return View{r} }

// Head returns the number, hash and time of the last event; zeros before the
// genesis.
func (v View) Head() (n uint64, h Hash, t Time) {
	b := v.r.Get(row(rowHead))
	if len(b) != 48 {
		return 0, Hash{}, 0
	}
	copy(h[:], b[8:40])
	return binary.BigEndian.Uint64(b), h, Time(binary.BigEndian.Uint64(b[40:]))
}

// Realm returns the federation. It reports false before the genesis.
func (v View) Realm() (Realm, bool) { return load(v.r, row(rowRealm), decodeRealm) }

// Member returns what is known of one balai.
func (v View) Member(code NodeID) (Member, bool) {
	return load(v.r, row(rowMember, []byte(code)), decodeMember)
}

// Members returns all balai that were ever invited, by code.
func (v View) Members() (all []Member) {
	v.r.Scan(row(rowMember), nil, func(_, b []byte) bool {
		if m, err := decodeMember(b); err == nil {
			all = append(all, m)
		}
		return true
	})
	return all
}

// Handoff returns one handoff.
func (v View) Handoff(id ID) (Handoff, bool) { return load(v.r, row(rowHandoff, id[:]), decodeHandoff) }

// Handoffs calls f for the handoffs from an id on, in order of id, until f
// returns false. They are as many as there ever were: page.
func (v View) Handoffs(from ID, f func(Handoff) bool) {
	v.r.Scan(row(rowHandoff), row(rowHandoff, from[:]), func(_, b []byte) bool {
		h, err := decodeHandoff(b)
		return err != nil || f(h)
	})
}

// Custody returns who is responsible for a case. It reports false for a case
// that was never offered: its own balai is.
func (v View) Custody(id ID) (Custody, bool) { return load(v.r, row(rowCustody, id[:]), decodeCustody) }

// Custodies calls f for all cases the ledger knows, in order, until f returns
// false.
func (v View) Custodies(f func(Custody) bool) {
	v.r.Scan(row(rowCustody), nil, func(_, b []byte) bool {
		c, err := decodeCustody(b)
		return err != nil || f(c)
	})
}

// Payload returns the sealed payload of one event of a handoff, or nil if there
// is none or the handoff has ended since.
func (v View) Payload(id ID, event uint64) []byte {
	return append([]byte(nil), v.r.Get(row(rowPayload, id[:], be(event)))...)
}

// Event returns one event.
func (v View) Event(n uint64) (Event, bool) {
	b := v.r.Get(row(rowEvent, be(n)))
	if len(b) < 32 {
		return Event{}, false
	}
	e, _, err := decodeEvent(b[32:])
	if err != nil {
		return Event{}, false
	}
	e.N, e.Hash = n, Hash(b[:32])
	return e, true
}

// HashAt returns H(n).
func (v View) HashAt(n uint64) (Hash, bool) {
	b := v.r.Get(row(rowEvent, be(n)))
	if len(b) < 32 {
		return Hash{}, false
	}
	return Hash(b[:32]), true
}

// Since returns at most limit events after number n, oldest first.
func (v View) Since(n uint64, limit int) (events []Event) {
	for len(events) < limit {
		n++
		e, ok := v.Event(n)
		if !ok {
			break
		}
		events = append(events, e)
	}
	return events
}

// Heard returns when a member last signed an event.
func (v View) Heard(code NodeID) Time {
	b := v.r.Get(row(rowHeard, []byte(code)))
	if len(b) != 16 {
		return 0
	}
	return Time(binary.BigEndian.Uint64(b))
}

// Due returns when the clock will next make an event by itself, or zero.
func (v View) Due() (t Time) {
	v.r.Scan(row(rowDue), nil, func(k, _ []byte) bool {
		t = Time(binary.BigEndian.Uint64(k[1:]))
		return false
	})
	return t
}

// Motions returns the motions that officers have signed and that have not been
// carried out or outdated, with the signatures so far.
func (v View) Motions() map[Motion][]Approval {
	open := map[Motion][]Approval{}
	v.r.Scan(row(rowMotion), nil, func(_, b []byte) bool {
		var m Motion
		d := decoder{b: b}
		m.decode(&d)
		if d.end() == nil && v.live(m) {
			open[m] = v.Approvals(m)
		}
		return true
	})
	return open
}

// Approvals returns the officers' signatures on a motion that the ledger holds.
func (v View) Approvals(m Motion) (all []Approval) {
	hash := m.Hash()
	v.r.Scan(row(rowApproval, hash[:]), nil, func(k, b []byte) bool {
		var a Approval
		copy(a.Officer[:], k[33:])
		copy(a.Sig[:], b)
		all = append(all, a)
		return true
	})
	return all
}

// MotionFor returns what officers must sign for an act on a subject as it now
// stands. Content is ContentOf the body of the act.
func (v View) MotionFor(act Act, s Subject, content Hash) Motion {
	realm, _ := v.Realm()
	m := Motion{Federation: realm.ID, Council: realm.Head, Act: act, Subject: s, Prev: v.HeadFor(act, s), Content: content}
	if act == Seat {
		m.Prev = realm.SeatDocket // else voters could outrun the officers
	}
	return m
}

// HeadFor returns the hash that a command doing act on s must name as its
// predecessor; zero for a subject that does not exist yet.
//
// What officers decide about a member hangs on their last decision and not on
// the member's own acts, else a member could dodge a revocation by rotating its
// keys as fast as officers sign.
func (v View) HeadFor(act Act, s Subject) Hash {
	switch s.Kind {
	case OfFederation:
		r, _ := v.Realm()
		if act == Seat {
			return r.SeatHead
		}
		return r.Head
	case OfMember:
		m, _ := v.Member(NodeID(s.Name))
		if byCouncil[act] || act == Approve || act == Invite || act == Request {
			return m.Docket
		}
		return m.Head
	case OfHandoff:
		h, _ := v.Handoff(s.ID())
		return h.Head
	default:
		c, _ := v.Custody(s.ID())
		return c.Head
	}
}

// Invitation returns the balai code and expiry of an unused invitation.
func (v View) Invitation(key ed25519.PublicKey) (code NodeID, expires Time, ok bool) {
	d := decoder{b: v.r.Get(row(rowInvite, key))}
	code, expires = d.node(), d.time()
	return code, expires, d.end() == nil && code != ""
}

func load[T any](r Reader, key []byte, decode func([]byte) (T, error)) (v T, ok bool) {
	b := r.Get(key)
	if b == nil {
		return v, false
	}
	v, err := decode(b)
	if err != nil {
		// Rows are written by this package only; one that does not decode means
		// a broken disk, and to go on would fork the ledger.
		panic(fmt.Sprintf("ledger: row %q does not decode", key[0]))
	}
	return v, true
}
