package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"time"
)

// Bounds of membership.
const (
	MaxInvitation = 25 * time.Hour // an invitation is open for 24 hours; the rest covers clocks
	SuspendedFor  = 72 * time.Hour
	SeatCooldown  = time.Hour // between two exchanges of a voter that no officer signed
)

// found judges the genesis: the charter whose hash is the federation, signed by
// every founder.
func (x *turn) found() (Outcome, Reason) {
	b := x.cmd.Body.(*GenesisBody)
	ch, err := DecodeCharter(b.Core)
	if err != nil || len(b.Sigs) != len(ch.Founders) {
		return Outcome{}, Malformed
	}
	id := Hash(sha256.Sum256(b.Core))
	if x.cmd.Federation != id || x.cmd.Subject != Federation() || !x.cmd.Prev.IsZero() {
		return Outcome{}, WrongFederation
	}
	for i, f := range ch.Founders {
		if !x.verify(f.Sign, CharterBytes(b.Core), b.Sigs[i][:]) {
			return Outcome{}, BadSignature
		}
	}
	switch f := ch.Founders[0]; {
	case f.Code != x.cmd.Actor || KeyIDOf(f.Sign) != x.cmd.Key:
		return Outcome{}, NotYours
	case !x.verify(f.Sign, signedBytes(x.signed.Bytes), x.signed.Sig[:]):
		return Outcome{}, BadSignature
	case !ch.distinct():
		return Outcome{}, BadTerms
	}
	x.takeOfficers(ch.Officers)
	for _, f := range ch.Founders {
		m := Member{Code: f.Code, Voter: true}
		x.admit(&m, f)
		x.putMember(m)
	}
	x.putRealm(Realm{
		ID: id, Version: x.cmd.Version, K: ch.K, Seats: ch.Seats, Daily: ch.Daily, Officers: ch.Officers,
		Head: x.hash, SeatHead: x.hash, SeatDocket: x.hash, Seated: x.now,
	})
	return Outcome{Head: x.hash}, NotRefused
}

// distinct reports whether no key, certificate or raft id of ch stands twice.
func (ch Charter) distinct() bool {
	seen := map[string]bool{}
	once := func(what string, v []byte) bool {
		k := what + string(v)
		again := seen[k]
		seen[k] = true
		return !again
	}
	for _, o := range ch.Officers {
		if id := KeyIDOf(o); !once("sign", id[:]) {
			return false
		}
	}
	for _, f := range ch.Founders {
		if id := KeyIDOf(f.Sign); !once("sign", id[:]) || !once("tls", f.TLS) || !once("raft", f.Raft[:]) {
			return false
		}
	}
	return true
}

// CharterBytes is what each founder signs of an encoded charter.
func CharterBytes(core []byte) []byte { return append([]byte("SERASI charter v1\x00"), core...) }

// admit makes f the keys and address of m from this event on.
func (x *turn) admit(m *Member, f Founding) {
	x.undue(m.Until, OfMember, []byte(m.Code))
	m.Standing, m.Raft, m.Addr, m.TLS = Active, f.Raft, f.Addr, [][]byte{f.TLS}
	m.Seal, m.SealSince, m.Pending, m.Until, m.Successor = f.Seal, x.now, nil, 0, ""
	m.Head, m.Docket, m.Audit = x.hash, x.hash, AnchorBody{}
	if m.Since == 0 {
		m.Since = x.now
	}
	x.newSign(m, f.Sign)
	x.takeTLS(m.Code, f.TLS)
	x.takeSeal(m.Code, f.Seal)
	x.takeRaft(f.Raft)
}

// newSign makes pub the one signing key of m, from this event on.
func (x *turn) newSign(m *Member, pub []byte) {
	x.retireKeys(m)
	m.Sign = append(m.Sign, KeySpan{Key: pub, From: x.n})
	m.Sign = m.Sign[max(0, len(m.Sign)-keySpans):]
	x.kv.Put(keyRow(pub), []byte(m.Code))
}

// unseat takes the vote of m, if it has one. Whoever chooses voters next must
// have seen it.
func (x *turn) unseat(m *Member) {
	if m.Voter {
		m.Voter = false
		x.realm.SeatHead = x.hash
		x.putRealm(x.realm)
	}
}

func (x *turn) retireKeys(m *Member) {
	for i := range m.Sign {
		if m.Sign[i].Until == 0 {
			m.Sign[i].Until = x.n
		}
	}
}

func (s *State) putMember(m Member) { s.kv.Put(row(rowMember, []byte(m.Code)), m.encode()) }
func (s *State) putRealm(r Realm)   { s.kv.Put(row(rowRealm), r.encode()) }

// subject returns the member the command is about.
func (x *turn) subject() (Member, bool) {
	if x.cmd.Subject.Kind != OfMember {
		return Member{}, false
	}
	return x.Member(NodeID(x.cmd.Subject.Name))
}

// changed stores m with this command as its head.
func (x *turn) changed(m Member) (Outcome, Reason) {
	m.Head = x.hash
	x.putMember(m)
	return Outcome{Status: m.Standing, Head: m.Head}, NotRefused
}

// invite lets one balai ask to join. It moves no head: the invited may be a
// member that lost its keys, and nobody else's act may get in the way of its
// own.
func (x *turn) invite() (Outcome, Reason) {
	b := x.cmd.Body.(*InviteBody)
	switch {
	case x.cmd.Subject.Kind != OfMember || b.Expires <= x.now || x.kv.Get(row(rowInvite, b.Key[:])) != nil:
		return Outcome{}, BadTerms
	case b.Expires > x.now.Add(MaxInvitation):
		return Outcome{}, TooSoon
	}
	open := x.openInvitations()
	if len(open) >= invitationsAMember*invitationSize {
		return Outcome{}, TooManyOpen
	}
	m, known := x.subject()
	if !known {
		m = Member{Code: NodeID(x.cmd.Subject.Name), Standing: Invited}
		x.putMember(m)
	}
	var e encoder
	e.string(string(m.Code))
	e.time(b.Expires)
	x.kv.Put(row(rowInvite, b.Key[:]), e.b)
	open = append(append(open, b.Key[:]...), be(uint64(b.Expires))...)
	x.kv.Put(row(rowHost, []byte(x.cmd.Actor)), open)
	return Outcome{Status: m.Standing, Head: m.Head}, NotRefused
}

const (
	invitationsAMember = 8
	invitationSize     = ed25519.PublicKeySize + 8
)

// openInvitations returns the invitations of the actor that can still be used.
func (x *turn) openInvitations() (open []byte) {
	b := x.kv.Get(row(rowHost, []byte(x.cmd.Actor)))
	for ; len(b) >= invitationSize; b = b[invitationSize:] {
		if _, expires, ok := x.Invitation(b[:ed25519.PublicKeySize]); ok && expires > x.now {
			open = append(open, b[:invitationSize]...)
		}
	}
	return open
}

func (x *turn) request() (Outcome, Reason) {
	b := x.cmd.Body.(*RequestBody)
	if x.kv.Get(row(rowInvite, b.Key[:])) == nil {
		return Outcome{}, NotYet
	}
	m, known := x.subject()
	code, expires, open := x.Invitation(b.Key[:])
	if !known || !open || code != m.Code || b.Entry.Code != m.Code || expires <= x.now ||
		!x.verify(b.Key[:], RequestBytes(x.realm.ID, b.Entry), b.Sig[:]) {
		return Outcome{}, BadInvitation
	}
	if !x.fresh(b.Entry) {
		return Outcome{}, BadTerms
	}
	x.kv.Put(row(rowInvite, b.Key[:]), []byte{0}) // used: it neither decodes nor may be made anew
	m.Pending = &b.Entry
	if m.Standing == Invited {
		m.Standing = Requested
	}
	x.putMember(m)
	return Outcome{Status: m.Standing, Head: m.Head}, NotRefused
}

func keyRow(pub []byte) []byte {
	id := KeyIDOf(pub)
	return row(rowKey, id[:])
}

func (x *turn) activate() (Outcome, Reason) {
	b := x.cmd.Body.(*ActivateBody)
	m, known := x.subject()
	switch {
	case b.Entry.Code != NodeID(x.cmd.Subject.Name):
		return Outcome{}, BadTerms
	case !known:
		return Outcome{}, NotYet
	case !x.fresh(b.Entry):
		return Outcome{}, BadTerms
	case !x.decided(int(x.realm.K), b.Approvals):
		return Outcome{}, TooFewOfficers
	}
	x.forget(x.motion())
	x.unseat(&m)
	x.admit(&m, b.Entry)
	return x.changed(m)
}

// self returns the actor if the command is about itself.
func (x *turn) self() (Member, bool) {
	return x.actor, x.cmd.Subject == MemberOf(x.cmd.Actor)
}

func (x *turn) rotate() (Outcome, Reason) {
	b := x.cmd.Body.(*RotateBody)
	m, ok := x.self()
	if !ok {
		return Outcome{}, NotYours
	}
	switch b.Use {
	case ForSigning:
		if len(b.Key) != ed25519.PublicKeySize || !x.freshSign(b.Key) {
			return Outcome{}, BadTerms
		}
		if !x.verify(b.Key, newKeyBytes(x.realm.ID, m.Code, b.Key), b.Proof[:]) {
			return Outcome{}, BadSignature
		}
		x.newSign(&m, b.Key)
	case ForTLS:
		if len(b.Key) == 0 || bytes.Equal(b.Key, m.TLS[0]) || !x.freshTLS(m.Code, b.Key) {
			return Outcome{}, BadTerms
		}
		x.takeTLS(m.Code, b.Key)
		m.TLS = [][]byte{b.Key, m.TLS[0]}
	case ForSealing:
		if len(b.Key) != sealKeyBytes || !x.freshSeal(m.Code, b.Key) {
			return Outcome{}, BadTerms
		}
		x.takeSeal(m.Code, b.Key)
		m.Seal, m.SealSince = b.Key, x.now
	default:
		return Outcome{}, BadTerms
	}
	return x.changed(m)
}

// verdict suspends or revokes. A suspension needs two officers, so that a theft
// found at night can be stopped before a quorum of them is awake.
func (x *turn) verdict() (Outcome, Reason) {
	b := x.cmd.Body.(*VerdictBody)
	m, known := x.subject()
	if !known || m.Standing.Out() || m.Docket.IsZero() {
		return Outcome{}, NoSuch
	}
	need := int(x.realm.K)
	if x.cmd.Act == Suspend {
		need = min(2, need)
	}
	if !x.decided(need, b.Approvals) {
		return Outcome{}, TooFewOfficers
	}
	x.forget(x.motion())
	x.undue(m.Until, OfMember, []byte(m.Code))
	m.Until = 0
	if x.cmd.Act == Suspend {
		m.Standing, m.Until = Suspended, x.now.Add(SuspendedFor)
		x.due(m.Until, OfMember, []byte(m.Code))
	} else {
		m.Standing = Revoked
		x.unseat(&m)
		x.retireKeys(&m)
	}
	m.Docket = x.hash
	return x.changed(m)
}

func (x *turn) relocate() (Outcome, Reason) {
	b := x.cmd.Body.(*RelocateBody)
	m, ok := x.self()
	switch {
	case !ok:
		return Outcome{}, NotYours
	case !validAddr(b.Addr) || b.Addr == m.Addr:
		return Outcome{}, BadTerms
	}
	m.Addr = b.Addr
	return x.changed(m)
}

func (x *turn) succeed() (Outcome, Reason) {
	b := x.cmd.Body.(*SucceedBody)
	m, known := x.subject()
	heir, found := x.Member(b.Successor)
	switch {
	case b.Successor == m.Code || b.Successor == "":
		return Outcome{}, BadTerms
	case !known || m.Standing != Active && m.Standing != Suspended:
		return Outcome{}, NoSuch
	case m.Standing == Suspended || !found || heir.Standing != Active:
		return Outcome{}, PeerNotActive
	case !x.decided(int(x.realm.K), b.Approvals):
		return Outcome{}, TooFewOfficers
	}
	x.forget(x.motion())
	x.unseat(&m)
	m.Standing, m.Successor, m.Docket = Merged, heir.Code, x.hash
	return x.changed(m)
}

// renew brings the actor back as a new incarnation. Its audit log may be that
// of a backup, shorter than what was anchored; the renewal stands in the history
// for all to see.
func (x *turn) renew() (Outcome, Reason) {
	b := x.cmd.Body.(*RenewBody)
	m, ok := x.self()
	switch {
	case !ok:
		return Outcome{}, NotYours
	case b.Raft == RaftID{} || len(b.TLS) == 0 || len(b.Seal) != sealKeyBytes || !validAddr(b.Addr),
		!x.freshRaft(b.Raft) || !x.freshTLS(m.Code, b.TLS) || !x.freshSeal(m.Code, b.Seal):
		return Outcome{}, BadTerms
	}
	x.takeRaft(b.Raft)
	x.takeTLS(m.Code, b.TLS)
	x.takeSeal(m.Code, b.Seal)
	x.unseat(&m)
	m.Raft, m.TLS, m.Seal, m.SealSince, m.Addr, m.Audit = b.Raft, [][]byte{b.TLS}, b.Seal, x.now, b.Addr, AnchorBody{}
	return x.changed(m)
}

// anchor keeps the head of a member's audit log. It does not move the member's
// head, so that it never races a key rotation.
func (x *turn) anchor() (Outcome, Reason) {
	b := x.cmd.Body.(*AnchorBody)
	m, ok := x.self()
	if !ok {
		return Outcome{}, NotYours
	}
	if b.Count < m.Audit.Count || b.Count == m.Audit.Count && b.Head != m.Audit.Head && b.Count > 0 {
		return Outcome{}, BadTerms // a log that shrinks or changes is the thing this guards against
	}
	m.Audit = *b
	x.putMember(m)
	return Outcome{Status: m.Standing, Head: m.Head}, NotRefused
}
