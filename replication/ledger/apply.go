package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
)

// ErrNewer means that a version is in force that this binary lacks. The node
// must stop following the ledger and be upgraded; to guess would fork.
var ErrNewer = errors.New("ledger: a newer version is in force, upgrade this node")

// Verify checks an Ed25519 signature. It is a parameter so that a node can
// remember what it has checked before; it must be a pure function of its
// arguments. Nil means ed25519.Verify.
type Verify func(pub ed25519.PublicKey, msg, sig []byte) bool

// A State is one ledger in the rows of a transaction.
type State struct {
	View
	kv     KV
	verify Verify
}

// New returns the state that lies in kv. It is valid as long as kv.
func New(kv KV, verify Verify) *State {
	if verify == nil {
		verify = func(pub ed25519.PublicKey, msg, sig []byte) bool { return ed25519.Verify(pub, msg, sig) }
	}
	return &State{View: On(kv), kv: kv, verify: verify}
}

// A Result is the ledger's answer to one command: an event, or a refusal.
type Result struct {
	Event   uint64 // its number; zero if refused
	Time    Time
	Outcome Outcome
	Refused Reason
}

// Encode writes r for the way back to the proposer.
func (r Result) Encode() []byte {
	var e encoder
	e.u64(r.Event)
	e.time(r.Time)
	r.Outcome.encodeTo(&e)
	e.u8(uint8(r.Refused))
	return e.b
}

// DecodeResult reads what Encode wrote.
func DecodeResult(b []byte) (r Result, err error) {
	d := decoder{b: b}
	r.Event, r.Time = d.u64(), d.time()
	r.Outcome.decodeFrom(&d)
	r.Refused = Reason(d.u8())
	return r, d.end()
}

// Apply answers one entry of the log. It is a pure function of the rows and the
// entry, and never panics on any entry. First the clock closes what is due by
// the entry's stamp; then the command is judged. A refusal is an answer and
// changes nothing. The error is ErrNewer, and then nothing was changed.
func (s *State) Apply(entry []byte) (Result, error) {
	if r, ok := s.Realm(); ok && r.Version > Version {
		return Result{}, ErrNewer
	}
	n, err := DecodeEntry(entry)
	if err != nil {
		return Result{Refused: Malformed}, nil
	}
	_, _, last := s.Head()
	now := max(last, n.Stamp)
	for s.deriveNext(now) {
	}
	return s.command(now, n.Proposal), nil
}

// turn is what a rule needs of the command it judges.
type turn struct {
	*State
	now     Time
	n       uint64 // number the event will have
	cmd     Command
	signed  Signed
	hash    Hash // of the signed command
	payload []byte
	replay  bool // from a snapshot: payloads of ended handoffs are gone
	realm   Realm
	actor   Member
}

// rule judges one act and, if it is legal, changes the rows. It must check
// everything before it changes anything.
type rule func(*turn) (Outcome, Reason)

func ruleFor(a Act) rule {
	switch a {
	case Invite:
		return (*turn).invite
	case Request:
		return (*turn).request
	case Approve:
		return (*turn).approve
	case Activate:
		return (*turn).activate
	case Rotate:
		return (*turn).rotate
	case Suspend, Revoke:
		return (*turn).verdict
	case Relocate:
		return (*turn).relocate
	case Succeed:
		return (*turn).succeed
	case Renew:
		return (*turn).renew
	case Anchor:
		return (*turn).anchor
	case Seat:
		return (*turn).seat
	case Council:
		return (*turn).council
	case Switch:
		return (*turn).switchVersion
	case Tick:
		return (*turn).tick
	case Reassign:
		return (*turn).reassign
	case Recover:
		return (*turn).recover
	case Leave:
		return (*turn).leave
	case Offer:
		return (*turn).offer
	case Deliver, Read:
		return (*turn).receipt
	default:
		return (*turn).step
	}
}

// command judges one command at ledger time now.
func (s *State) command(now Time, p Proposal) Result {
	cmd, err := decodeCommand(p.Bytes, s.upto())
	if err != nil {
		return Result{Refused: Malformed}
	}
	return s.judge(now, cmd, p, false)
}

// judge judges a command that was decoded from the proposal.
func (s *State) judge(now Time, cmd Command, p Proposal, replay bool) Result {
	last, _, _ := s.Head()
	x := &turn{State: s, now: now, n: last + 1, cmd: cmd, signed: p.Signed, hash: p.Hash(), payload: p.Payload, replay: replay}
	var founded bool
	if x.realm, founded = s.Realm(); !founded {
		if cmd.Act != Genesis || cmd.Version > Version {
			return Result{Refused: NoFederation}
		}
		return x.finish((*turn).found)
	}
	switch {
	case cmd.Federation != x.realm.ID:
		return Result{Refused: WrongFederation}
	case cmd.Version > x.realm.Version:
		return Result{Refused: NotInForce}
	}
	if r, seen := x.seen(); seen {
		return r
	}
	if cmd.Act == Genesis {
		return Result{Refused: NotNow}
	}
	if why := x.identify(); why != NotRefused {
		return Result{Refused: why}
	}
	return x.finish(ruleFor(cmd.Act))
}

// doneRow remembers a command id beside its actor, so that no other balai can
// use up the ids of one.
func (x *turn) doneRow() []byte { return row(rowDone, []byte(x.cmd.Actor), x.cmd.ID[:]) }

// seen answers a command that has taken effect before with its first result.
func (x *turn) seen() (Result, bool) {
	b := x.kv.Get(x.doneRow())
	if len(b) != 8 {
		return Result{}, false
	}
	e, ok := x.Event(binary.BigEndian.Uint64(b))
	if !ok || !bytes.Equal(e.Signed.Bytes, x.signed.Bytes) {
		return Result{Refused: IDTaken}, true
	}
	return Result{Event: e.N, Time: e.Time, Outcome: e.Outcome}, true
}

// identify finds the actor by its key and checks its signature.
func (x *turn) identify() Reason {
	code := x.kv.Get(row(rowKey, x.cmd.Key[:]))
	if code == nil {
		return UnknownKey
	}
	if NodeID(code) != x.cmd.Actor {
		return BadSignature
	}
	x.actor, _ = x.Member(x.cmd.Actor)
	for _, k := range x.actor.Sign {
		if KeyIDOf(k.Key) != x.cmd.Key {
			continue
		}
		switch {
		case !x.verify(k.Key, signedBytes(x.signed.Bytes), x.signed.Sig[:]):
			return BadSignature
		case k.Until != 0:
			return KeyRetired
		case x.actor.Standing == Suspended:
			return ActorSuspended
		case x.actor.Standing != Active && x.actor.Standing != Merged:
			return KeyRetired
		}
		return NotRefused
	}
	return KeyRetired // so long ago that the key itself was forgotten
}

// finish judges by the rule and, if it agrees, writes the event.
func (x *turn) finish(judge rule) Result {
	if x.cmd.Act != Genesis && !x.headFits() {
		return Result{Refused: MovedOn}
	}
	if why := x.payloadFits(); why != NotRefused {
		return Result{Refused: why}
	}
	if !x.affords() {
		return Result{Refused: OverBudget}
	}
	out, why := judge(x)
	if why != NotRefused {
		return Result{Refused: why}
	}
	out.Subject = x.cmd.Subject
	e := Event{N: x.n, Time: x.now, Act: x.cmd.Act, Actor: x.cmd.Actor, Subject: x.cmd.Subject, Signed: x.signed, Outcome: out}
	x.write(e)
	x.kv.Put(x.doneRow(), be(e.N))
	x.heard()
	return Result{Event: e.N, Time: e.Time, Outcome: out}
}

// headFits is the compare of compare-and-set. A withdrawal may come before the
// offer whose fate its sender does not know; it then takes the id.
func (x *turn) headFits() bool {
	if x.cmd.Act == Withdraw {
		if _, ok := x.Handoff(x.cmd.Subject.ID()); !ok {
			return true
		}
	}
	return x.cmd.Prev == x.HeadFor(x.cmd.Act, x.cmd.Subject)
}

// payloadFits checks the payload against its signed digest.
func (x *turn) payloadFits() Reason {
	switch {
	case x.cmd.Payload.IsZero():
		if len(x.payload) > 0 || x.cmd.Act == Offer {
			return WrongPayload
		}
	case x.cmd.Subject.Kind != OfHandoff || x.cmd.Act == Deliver || x.cmd.Act == Read:
		return WrongPayload
	case len(x.payload) == 0 && x.replay:
	case len(x.payload) == 0, len(x.payload) > MaxPayload, sha256.Sum256(x.payload) != x.cmd.Payload:
		return WrongPayload
	}
	return NotRefused
}

// write appends an event and moves the head.
func (s *State) write(e Event) {
	_, before, _ := s.Head()
	b := e.encode()
	h := chain(before, b)
	s.kv.Put(row(rowEvent, be(e.N)), append(h[:], b...))
	head := append(be(e.N), h[:]...)
	s.kv.Put(row(rowHead), append(head, be(uint64(e.Time))...))
}

// upto is the version up to which commands are read now.
func (v View) upto() uint16 {
	if r, founded := v.Realm(); founded {
		return min(Version, r.Version)
	}
	return Version
}

// Vet says whether an entry may be stored before it is applied: it decodes, its
// payload is the signed one, and its signature is good. Known is false if its
// key is no member's yet; only Apply can judge it then. A key that was replaced
// is vetted as known: entries that were in order when they were stored stay so.
func (v View) Vet(entry []byte, verify Verify) (known bool, err error) {
	n, err := DecodeEntry(entry)
	if err != nil {
		return false, err
	}
	cmd, err := decodeCommand(n.Bytes, v.upto())
	if err != nil {
		return false, err
	}
	if cmd.Payload.IsZero() != (len(n.Payload) == 0) || len(n.Payload) > 0 && sha256.Sum256(n.Payload) != cmd.Payload {
		return false, ErrMalformed
	}
	code := v.r.Get(row(rowKey, cmd.Key[:]))
	if code == nil {
		return false, nil
	}
	m, _ := v.Member(NodeID(code))
	for _, k := range m.Sign {
		if KeyIDOf(k.Key) == cmd.Key && m.Code == cmd.Actor && verify(k.Key, signedBytes(n.Bytes), n.Sig[:]) {
			return true, nil
		}
	}
	if m.Code == cmd.Actor && !slices.ContainsFunc(m.Sign, func(k KeySpan) bool { return KeyIDOf(k.Key) == cmd.Key }) {
		return false, nil // replaced long ago: Apply refuses it
	}
	return false, errors.New("ledger: signature is not the actor's")
}
