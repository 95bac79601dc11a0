package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
)

// A Motion is what officers sign: this act, on this subject as it now stands,
// with this content. It cannot be used again once the subject has moved on, nor
// once there is another council: too few signatures stay too few.
type Motion struct {
	Federation Hash
	Council    Hash // Realm.Head when it was signed
	Act        Act
	Subject    Subject
	Prev       Hash
	Content    Hash // digest of what the act would bring; see ContentOf
}

func (m Motion) encode(e *encoder) {
	e.fixed(m.Federation[:])
	e.fixed(m.Council[:])
	e.u8(uint8(m.Act))
	e.u8(uint8(m.Subject.Kind))
	e.string(m.Subject.Name)
	e.fixed(m.Prev[:])
	e.fixed(m.Content[:])
}

func (m *Motion) decode(d *decoder) {
	d.fixed(m.Federation[:])
	d.fixed(m.Council[:])
	m.Act = Act(d.u8())
	m.Subject = Subject{Kind: SubjectKind(d.u8()), Name: d.string(16)}
	d.fixed(m.Prev[:])
	d.fixed(m.Content[:])
	d.bad = d.bad || !m.Subject.valid()
}

// Bytes is what an officer's key signs.
func (m Motion) Bytes() []byte {
	e := encoder{b: []byte("SERASI officer motion v1\x00")}
	m.encode(&e)
	return e.b
}

// Hash names the motion.
func (m Motion) Hash() Hash { return sha256.Sum256(m.Bytes()) }

// ContentOf is the digest of what an act decided by officers would bring: its
// body without their signatures. Of a request to join it is what is read out on
// the telephone.
func ContentOf(b Body) Hash {
	var e encoder
	switch b := b.(type) {
	case *ActivateBody:
		(&ActivateBody{Entry: b.Entry}).encode(&e)
	case *SucceedBody:
		(&SucceedBody{Successor: b.Successor}).encode(&e)
	case *SeatBody:
		(&SeatBody{Voters: b.Voters}).encode(&e)
	case *CouncilBody:
		(&CouncilBody{K: b.K, Seats: b.Seats, Daily: b.Daily, Officers: b.Officers}).encode(&e)
	case *SwitchBody:
		(&SwitchBody{Version: b.Version}).encode(&e)
	case *ReassignBody:
		(&ReassignBody{To: b.To}).encode(&e)
	case *RecoverBody:
		(&RecoverBody{Survivor: b.Survivor, Base: b.Base, BaseHash: b.BaseHash}).encode(&e)
	case *VerdictBody:
		return Hash{}
	}
	return sha256.Sum256(e.b)
}

// Approved puts the officers' signatures into the body of an act that they
// decide. Other bodies stay as they are.
func Approved(b Body, by []Approval) {
	switch b := b.(type) {
	case *ActivateBody:
		b.Approvals = by
	case *SucceedBody:
		b.Approvals = by
	case *SeatBody:
		b.Approvals = by
	case *CouncilBody:
		b.Approvals = by
	case *SwitchBody:
		b.Approvals = by
	case *ReassignBody:
		b.Approvals = by
	case *VerdictBody:
		b.Approvals = by
	}
}

// An Approval is one officer's signature on a motion.
type Approval struct {
	Officer KeyID
	Sig     [ed25519.SignatureSize]byte
}

type approvals []Approval

func (a approvals) encode(e *encoder) {
	e.u8(uint8(len(a)))
	for _, v := range a {
		e.fixed(v.Officer[:])
		e.fixed(v.Sig[:])
	}
}

func (a *approvals) decode(d *decoder) {
	n := d.count(maxOfficers)
	if n == 0 {
		return
	}
	*a = make([]Approval, n)
	for i := range *a {
		d.fixed((*a)[i].Officer[:])
		d.fixed((*a)[i].Sig[:])
	}
}

// ApproveBody carries one officer's signature into the ledger, where the others
// find it.
type ApproveBody struct {
	Motion   Motion
	Approval Approval
}

func (b *ApproveBody) encode(e *encoder) {
	b.Motion.encode(e)
	e.fixed(b.Approval.Officer[:])
	e.fixed(b.Approval.Sig[:])
}

func (b *ApproveBody) decode(d *decoder) {
	b.Motion.decode(d)
	d.fixed(b.Approval.Officer[:])
	d.fixed(b.Approval.Sig[:])
}

// byCouncil are the acts that officers decide.
var byCouncil = map[Act]bool{
	Activate: true, Suspend: true, Revoke: true, Succeed: true, Seat: true, Council: true, Switch: true, Reassign: true, Recover: true,
}

// motionsAnOfficer is how many live motions one officer may have signed.
const motionsAnOfficer = 32

// live reports whether m, if enough officers sign it, can still be carried out.
func (v View) live(m Motion) bool {
	return m == v.MotionFor(m.Act, m.Subject, m.Content)
}

// approve keeps one officer's signature where the others find it. It does not
// move the head of the subject, so that signatures can be gathered in any order.
func (x *turn) approve() (Outcome, Reason) {
	b := x.cmd.Body.(*ApproveBody)
	m, hash := b.Motion, b.Motion.Hash()
	switch {
	case !byCouncil[m.Act]:
		return Outcome{}, BadTerms
	case m.Subject != x.cmd.Subject || !x.live(m):
		return Outcome{}, MovedOn
	case x.countApprovals(m, []Approval{b.Approval}) != 1:
		return Outcome{}, TooFewOfficers
	case x.kv.Get(row(rowApproval, hash[:], b.Approval.Officer[:])) != nil:
		return Outcome{}, NotNow
	}
	dead, open := x.approvalsOf(b.Approval.Officer)
	if open >= motionsAnOfficer {
		return Outcome{}, TooManyOpen
	}
	for _, m := range dead {
		x.forget(m)
	}
	var e encoder
	m.encode(&e)
	x.kv.Put(row(rowMotion, hash[:]), e.b)
	x.kv.Put(row(rowApproval, hash[:], b.Approval.Officer[:]), b.Approval.Sig[:])
	return Outcome{Head: x.cmd.Prev}, NotRefused
}

// approvalsOf returns the motions that came to nothing, and how many live ones
// an officer has signed.
func (x *turn) approvalsOf(officer KeyID) (dead []Motion, open int) {
	x.kv.Scan(row(rowMotion), nil, func(k, b []byte) bool {
		var m Motion
		d := decoder{b: b}
		m.decode(&d)
		switch {
		case !x.live(m):
			dead = append(dead, m)
		case x.kv.Get(row(rowApproval, k[1:], officer[:])) != nil:
			open++
		}
		return true
	})
	return dead, open
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

// motion is what officers must have signed for the command.
func (x *turn) motion() Motion {
	return x.MotionFor(x.cmd.Act, x.cmd.Subject, ContentOf(x.cmd.Body))
}

// decided reports whether enough officers signed what the command would do.
func (x *turn) decided(need int, list []Approval) bool {
	return x.countApprovals(x.motion(), list) >= need
}

// forget drops a motion and the signatures gathered for it.
func (x *turn) forget(m Motion) {
	hash := m.Hash()
	for _, a := range x.Approvals(m) {
		x.kv.Delete(row(rowApproval, hash[:], a.Officer[:]))
	}
	x.kv.Delete(row(rowMotion, hash[:]))
}
