package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"slices"
	"time"
)

// Bounds of membership.
const (
	MaxInvitation = 7 * 24 * time.Hour // an invitation may be open this long
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
	seen := map[KeyID]bool{}
	for i, f := range ch.Founders {
		if !x.verify(f.Sign, CharterBytes(b.Core), b.Sigs[i][:]) || seen[KeyIDOf(f.Sign)] {
			return Outcome{}, BadSignature
		}
		seen[KeyIDOf(f.Sign)] = true
	}
	if f := ch.Founders[0]; f.Code != x.cmd.Actor || KeyIDOf(f.Sign) != x.cmd.Key {
		return Outcome{}, NotYours
	}
	for _, f := range ch.Founders {
		m := Member{Code: f.Code, Voter: true}
		x.admit(&m, f)
		x.putMember(m)
	}
	x.putRealm(Realm{
		ID: id, Version: 1, K: ch.K, Seats: ch.Seats, Officers: ch.Officers,
		Head: x.hash, SeatHead: x.hash, Seated: x.now,
	})
	return Outcome{Head: x.hash}, NotRefused
}

// CharterBytes is what each founder signs of an encoded charter.
func CharterBytes(core []byte) []byte { return append([]byte("SERASI charter v1\x00"), core...) }

// admit makes f the keys and address of m from this event on.
func (x *turn) admit(m *Member, f Founding) {
	x.retireKeys(m)
	m.Standing, m.Raft, m.Addr, m.TLS = Active, f.Raft, f.Addr, [][]byte{f.TLS}
	m.Sign = append(m.Sign, KeySpan{Key: f.Sign, From: x.n})
	m.Seal, m.SealSince, m.Pending, m.Until = f.Seal, x.now, nil, 0
	m.Head, m.Docket = x.hash, x.hash
	if m.Since == 0 {
		m.Since = x.now
	}
	id := KeyIDOf(f.Sign)
	x.kv.Put(row(rowKey, id[:]), []byte(m.Code))
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

func (x *turn) invite() (Outcome, Reason) {
	b := x.cmd.Body.(*InviteBody)
	if x.cmd.Subject.Kind != OfMember {
		return Outcome{}, Malformed
	}
	if b.Expires <= x.now || b.Expires > x.now.Add(MaxInvitation) || x.kv.Get(row(rowInvite, b.Key[:])) != nil {
		return Outcome{}, BadTerms
	}
	m, known := x.subject()
	if !known {
		m = Member{Code: NodeID(x.cmd.Subject.Name), Standing: Invited}
	}
	var e encoder
	e.string(string(m.Code))
	e.time(b.Expires)
	x.kv.Put(row(rowInvite, b.Key[:]), e.b)
	return x.changed(m)
}

func (x *turn) request() (Outcome, Reason) {
	b := x.cmd.Body.(*RequestBody)
	m, known := x.subject()
	code, expires, open := x.Invitation(b.Key[:])
	if !known || !open || code != m.Code || b.Entry.Code != m.Code || expires <= x.now ||
		!x.verify(b.Key[:], RequestBytes(x.realm.ID, b.Entry), b.Sig[:]) {
		return Outcome{}, BadInvitation
	}
	if x.kv.Get(keyRow(b.Entry.Sign)) != nil {
		return Outcome{}, BadTerms // a signing key is used once, else its owner would be unclear
	}
	x.kv.Put(row(rowInvite, b.Key[:]), []byte{}) // used: it neither decodes nor may be made anew
	m.Pending = &b.Entry
	if m.Standing == Invited {
		m.Standing = Requested
	}
	return x.changed(m)
}

func keyRow(pub []byte) []byte {
	id := KeyIDOf(pub)
	return row(rowKey, id[:])
}

// approve keeps one officer's signature where the others find it. It does not
// move the head of the subject, so that signatures can be gathered in any order.
func (x *turn) approve() (Outcome, Reason) {
	b := x.cmd.Body.(*ApproveBody)
	m := b.Motion
	if m.Federation != x.realm.ID || m.Subject != x.cmd.Subject || m.Prev != x.HeadFor(m.Act, m.Subject) {
		return Outcome{}, MovedOn
	}
	if x.countApprovals(m, []Approval{b.Approval}) != 1 {
		return Outcome{}, TooFewOfficers
	}
	hash := m.Hash()
	var e encoder
	m.encode(&e)
	x.kv.Put(row(rowMotion, hash[:]), e.b)
	x.kv.Put(row(rowApproval, hash[:], b.Approval.Officer[:]), b.Approval.Sig[:])
	return Outcome{Head: x.cmd.Prev}, NotRefused
}

// countApprovals returns how many officers of the present council signed m.
func (x *turn) countApprovals(m Motion, list []Approval) (n int) {
	bytes, seen := m.Bytes(), map[KeyID]bool{}
	for _, a := range list {
		for _, pub := range x.realm.Officers {
			if KeyIDOf(pub) == a.Officer && !seen[a.Officer] && x.verify(pub, bytes, a.Sig[:]) {
				seen[a.Officer] = true
				n++
			}
		}
	}
	return n
}

// decided reports whether enough officers signed what the command would do, and
// if so forgets the signatures gathered for it.
func (x *turn) decided(need int, list []Approval) bool {
	m := x.MotionFor(x.cmd.Act, x.cmd.Subject, ContentOf(x.cmd.Body))
	return x.countApprovals(m, list) >= need
}

// forget drops the signatures gathered for the motion just carried out.
func (x *turn) forget(m Motion) {
	hash := m.Hash()
	x.kv.Delete(row(rowMotion, hash[:]))
	for _, a := range x.Approvals(m) {
		x.kv.Delete(row(rowApproval, hash[:], a.Officer[:]))
	}
}

func (x *turn) activate() (Outcome, Reason) {
	b := x.cmd.Body.(*ActivateBody)
	m, known := x.subject()
	if !known || b.Entry.Code != m.Code {
		return Outcome{}, NoSuch
	}
	if owner := x.kv.Get(keyRow(b.Entry.Sign)); owner != nil {
		return Outcome{}, BadTerms
	}
	if !x.decided(int(x.realm.K), b.Approvals) {
		return Outcome{}, TooFewOfficers
	}
	motion := x.MotionFor(Activate, x.cmd.Subject, ContentOf(b))
	m.Voter = false
	x.admit(&m, b.Entry)
	out, why := x.changed(m)
	x.forget(motion)
	return out, why
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
		if len(b.Key) != ed25519.PublicKeySize || x.kv.Get(keyRow(b.Key)) != nil {
			return Outcome{}, BadTerms
		}
		if !x.verify(b.Key, newKeyBytes(x.realm.ID, m.Code, b.Key), b.Proof[:]) {
			return Outcome{}, BadSignature
		}
		x.retireKeys(&m)
		m.Sign = append(m.Sign, KeySpan{Key: b.Key, From: x.n})
		x.kv.Put(keyRow(b.Key), []byte(m.Code))
	case ForTLS:
		if len(b.Key) == 0 || bytes.Equal(b.Key, m.TLS[0]) {
			return Outcome{}, BadTerms
		}
		m.TLS = [][]byte{b.Key, m.TLS[0]}
	case ForSealing:
		if len(b.Key) != sealKeyBytes || bytes.Equal(b.Key, m.Seal) {
			return Outcome{}, BadTerms
		}
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
	if !known || m.Standing == Revoked || m.Docket.IsZero() {
		return Outcome{}, NoSuch
	}
	need := int(x.realm.K)
	if x.cmd.Act == Suspend {
		need = min(2, need)
	}
	if !x.decided(need, b.Approvals) {
		return Outcome{}, TooFewOfficers
	}
	motion := x.MotionFor(x.cmd.Act, x.cmd.Subject, ContentOf(b))
	x.undue(m.Until, OfMember, []byte(m.Code))
	m.Until = 0
	if x.cmd.Act == Suspend {
		m.Standing, m.Until = Suspended, x.now.Add(SuspendedFor)
		x.due(m.Until, OfMember, []byte(m.Code))
	} else {
		m.Standing, m.Voter = Revoked, false
		x.retireKeys(&m)
	}
	m.Docket = x.hash
	out, why := x.changed(m)
	x.forget(motion)
	return out, why
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
	if !known || m.Standing != Active || !found || heir.Standing != Active || heir.Code == m.Code {
		return Outcome{}, NoSuch
	}
	if !x.decided(int(x.realm.K), b.Approvals) {
		return Outcome{}, TooFewOfficers
	}
	motion := x.MotionFor(Succeed, x.cmd.Subject, ContentOf(b))
	m.Standing, m.Successor, m.Voter, m.Docket = Merged, heir.Code, false, x.hash
	out, why := x.changed(m)
	x.forget(motion)
	return out, why
}

func (x *turn) renew() (Outcome, Reason) {
	b := x.cmd.Body.(*RenewBody)
	m, ok := x.self()
	switch {
	case !ok:
		return Outcome{}, NotYours
	case b.Raft == RaftID{} || b.Raft == m.Raft || len(b.TLS) == 0 || len(b.Seal) != sealKeyBytes || !validAddr(b.Addr):
		return Outcome{}, BadTerms
	}
	m.Raft, m.TLS, m.Seal, m.SealSince, m.Addr, m.Voter = b.Raft, [][]byte{b.TLS}, b.Seal, x.now, b.Addr, false
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

// seat changes who votes. Without officers a voter may let the group grow to
// its seats, or exchange one voter, no more than once in SeatCooldown.
func (x *turn) seat() (Outcome, Reason) {
	b := x.cmd.Body.(*SeatBody)
	if x.cmd.Subject != Federation() || len(b.Voters)%2 == 0 {
		return Outcome{}, BadTerms
	}
	old := x.voters()
	for _, code := range b.Voters {
		m, ok := x.Member(code)
		if !ok || m.Standing != Active && !(m.Standing == Suspended && slices.Contains(old, code)) {
			return Outcome{}, NoSuch
		}
	}
	if len(b.Approvals) > 0 {
		if !x.decided(int(x.realm.K), b.Approvals) {
			return Outcome{}, TooFewOfficers
		}
	} else if why := x.seatByRule(old, b.Voters); why != NotRefused {
		return Outcome{}, why
	}
	for _, m := range x.Members() {
		if votes := slices.Contains(b.Voters, m.Code); votes != m.Voter {
			m.Voter = votes
			x.putMember(m)
		}
	}
	x.realm.SeatHead, x.realm.Seated = x.hash, x.now
	x.putRealm(x.realm)
	return Outcome{Head: x.hash}, NotRefused
}

func (x *turn) seatByRule(old, next []NodeID) Reason {
	gone := 0
	for _, code := range old {
		if !slices.Contains(next, code) {
			gone++
		}
	}
	switch {
	case !x.actor.Voter:
		return NotYours
	case len(next) > int(x.realm.Seats):
		return BadTerms
	case gone == 0 && len(next) > len(old):
		return NotRefused
	case gone != 1 || len(next) != len(old):
		return BadTerms
	case x.now < x.realm.Seated.Add(SeatCooldown):
		return TooSoon
	}
	return NotRefused
}

func (v View) voters() (codes []NodeID) {
	for _, m := range v.Members() {
		if m.Voter {
			codes = append(codes, m.Code)
		}
	}
	return codes
}

func (x *turn) council() (Outcome, Reason) {
	b := x.cmd.Body.(*CouncilBody)
	if x.cmd.Subject != Federation() {
		return Outcome{}, BadTerms
	}
	if !x.decided(int(x.realm.K), b.Approvals) {
		return Outcome{}, TooFewOfficers
	}
	motion := x.MotionFor(Council, x.cmd.Subject, ContentOf(b))
	x.realm.K, x.realm.Seats, x.realm.Officers, x.realm.Head = b.K, b.Seats, b.Officers, x.hash
	x.putRealm(x.realm)
	x.forget(motion)
	return Outcome{Head: x.hash}, NotRefused
}

func (x *turn) switchVersion() (Outcome, Reason) {
	b := x.cmd.Body.(*SwitchBody)
	if x.cmd.Subject != Federation() || b.Version <= x.realm.Version {
		return Outcome{}, BadTerms
	}
	if !x.decided(int(x.realm.K), b.Approvals) {
		return Outcome{}, TooFewOfficers
	}
	motion := x.MotionFor(Switch, x.cmd.Subject, ContentOf(b))
	x.realm.Version, x.realm.Head = b.Version, x.hash
	x.putRealm(x.realm)
	x.forget(motion)
	return Outcome{Head: x.hash}, NotRefused
}

// tick lets time pass when nothing else does; what was due is closed by then.
func (x *turn) tick() (Outcome, Reason) {
	if x.cmd.Subject != Federation() {
		return Outcome{}, BadTerms
	}
	if !x.actor.Voter {
		return Outcome{}, NotYours
	}
	return Outcome{Head: x.realm.Head}, NotRefused
}
