package ledger

import (
	"crypto/ed25519"
	"time"
)

// Body is the part of a command that differs by act. The types below implement
// it; nobody else can.
type Body interface {
	encode(*encoder)
	decode(*decoder)
}

func newBody(a Act) Body {
	switch a {
	case Genesis:
		return &GenesisBody{}
	case Invite:
		return &InviteBody{}
	case Request:
		return &RequestBody{}
	case Approve:
		return &ApproveBody{}
	case Activate:
		return &ActivateBody{}
	case Rotate:
		return &RotateBody{}
	case Suspend, Revoke:
		return &VerdictBody{}
	case Relocate:
		return &RelocateBody{}
	case Succeed:
		return &SucceedBody{}
	case Renew:
		return &RenewBody{}
	case Anchor:
		return &AnchorBody{}
	case Seat:
		return &SeatBody{}
	case Council:
		return &CouncilBody{}
	case Switch:
		return &SwitchBody{}
	case Tick:
		return &TickBody{}
	case Leave:
		return &LeaveBody{}
	case Reassign:
		return &ReassignBody{}
	case Recover:
		return &RecoverBody{}
	case Offer:
		return &OfferBody{}
	case Accept, Wait, Ask, Answer, Decline, Redirect, Withdraw, Depart, Cancel, ConfirmCancel, Receive,
		Start, Hold, Report, Close, Deliver, Read:
		return &StepBody{}
	default:
		return nil
	}
}

// KeyUse says what a key of a member is for.
type KeyUse uint8

// The uses. The numbers are stored.
const (
	ForSigning KeyUse = 1 // Ed25519, 32 bytes
	ForTLS     KeyUse = 2 // self-signed certificate, DER
	ForSealing KeyUse = 3 // ML-KEM-768 with X25519, 1216 bytes
)

const (
	maxKey       = 2 << 10
	maxAddr      = 128
	maxOfficers  = 15
	maxFounders  = 7
	maxSeats     = 7
	sealKeyBytes = 1216
)

// A Founding is what a balai brings into the federation: its keys and address.
type Founding struct {
	Code NodeID
	Sign []byte // Ed25519 public key
	TLS  []byte // self-signed certificate, DER
	Seal []byte // public sealing key
	Raft RaftID
	Addr string // host:port between balai
}

func (f Founding) encode(e *encoder) {
	e.string(string(f.Code))
	e.bytes(f.Sign)
	e.bytes(f.TLS)
	e.bytes(f.Seal)
	e.fixed(f.Raft[:])
	e.string(f.Addr)
}

func (f *Founding) decode(d *decoder) {
	f.Code = d.node()
	f.Sign, f.TLS, f.Seal = d.bytes(ed25519.PublicKeySize), d.bytes(maxKey), d.bytes(maxKey)
	d.fixed(f.Raft[:])
	f.Addr = d.string(maxAddr)
	d.bad = d.bad || !f.valid()
}

func (f Founding) valid() bool {
	return f.Code.Valid() && len(f.Sign) == ed25519.PublicKeySize && len(f.TLS) > 0 && len(f.Seal) == sealKeyBytes &&
		f.Raft != RaftID{} && validAddr(f.Addr)
}

// Encode writes f alone: what a joining balai sends and officers approve.
func (f Founding) Encode() []byte {
	var e encoder
	f.encode(&e)
	return e.b
}

// DecodeFounding reads what Encode wrote.
func DecodeFounding(b []byte) (f Founding, err error) {
	d := decoder{b: b}
	f.decode(&d)
	return f, d.end()
}

func validAddr(a string) bool {
	colon := false
	for _, c := range []byte(a) {
		if c <= ' ' || c > '~' || c == '@' {
			return false
		}
		colon = colon || c == ':'
	}
	return colon && len(a) >= 3 && len(a) <= maxAddr
}

// GenesisBody founds the federation. Its id is the hash of Core.
type GenesisBody struct {
	Core []byte                        // an encoded Charter
	Sigs [][ed25519.SignatureSize]byte // by the founders, in the order of the charter
}

func (b *GenesisBody) encode(e *encoder) {
	e.bytes(b.Core)
	e.u8(uint8(len(b.Sigs)))
	for _, s := range b.Sigs {
		e.fixed(s[:])
	}
}

func (b *GenesisBody) decode(d *decoder) {
	b.Core = d.bytes(MaxCommand)
	b.Sigs = make([][ed25519.SignatureSize]byte, d.count(maxFounders))
	for i := range b.Sigs {
		d.fixed(b.Sigs[i][:])
	}
}

// InviteBody lets one balai ask to join. Only the public half of the one-time
// key is here.
type InviteBody struct {
	Key     [ed25519.PublicKeySize]byte
	Expires Time
}

func (b *InviteBody) encode(e *encoder) { e.fixed(b.Key[:]); e.time(b.Expires) }
func (b *InviteBody) decode(d *decoder) { d.fixed(b.Key[:]); b.Expires = d.time() }

// RequestBody is a balai's wish to join, proven by the one-time key.
type RequestBody struct {
	Entry Founding
	Key   [ed25519.PublicKeySize]byte // of the invitation
	Sig   [ed25519.SignatureSize]byte // by it, see RequestBytes
}

func (b *RequestBody) encode(e *encoder) { b.Entry.encode(e); e.fixed(b.Key[:]); e.fixed(b.Sig[:]) }
func (b *RequestBody) decode(d *decoder) { b.Entry.decode(d); d.fixed(b.Key[:]); d.fixed(b.Sig[:]) }

// RequestBytes is what the one-time key of an invitation signs.
func RequestBytes(federation Hash, entry Founding) []byte {
	e := encoder{b: []byte("SERASI ledger join v1\x00")}
	e.fixed(federation[:])
	entry.encode(&e)
	return e.b
}

// ActivateBody makes a balai a member. Anyone can verify it alone.
type ActivateBody struct {
	Entry     Founding
	Approvals []Approval
}

func (b *ActivateBody) encode(e *encoder) { b.Entry.encode(e); approvals(b.Approvals).encode(e) }
func (b *ActivateBody) decode(d *decoder) { b.Entry.decode(d); (*approvals)(&b.Approvals).decode(d) }

// RotateBody replaces one key of its actor.
type RotateBody struct {
	Use   KeyUse
	Key   []byte
	Proof [ed25519.SignatureSize]byte // for signing keys: by the new key, see ProveKey
}

func (b *RotateBody) encode(e *encoder) { e.u8(uint8(b.Use)); e.bytes(b.Key); e.fixed(b.Proof[:]) }
func (b *RotateBody) decode(d *decoder) {
	b.Use, b.Key = KeyUse(d.u8()), d.bytes(maxKey)
	d.fixed(b.Proof[:])
}

// VerdictBody suspends or revokes.
type VerdictBody struct{ Approvals []Approval }

func (b *VerdictBody) encode(e *encoder) { approvals(b.Approvals).encode(e) }
func (b *VerdictBody) decode(d *decoder) { (*approvals)(&b.Approvals).decode(d) }

// RelocateBody is a member's new address.
type RelocateBody struct{ Addr string }

func (b *RelocateBody) encode(e *encoder) { e.string(b.Addr) }
func (b *RelocateBody) decode(d *decoder) { b.Addr = d.string(maxAddr) }

// SucceedBody names the balai that a merged one became part of.
type SucceedBody struct {
	Successor NodeID
	Approvals []Approval
}

func (b *SucceedBody) encode(e *encoder) {
	e.string(string(b.Successor))
	approvals(b.Approvals).encode(e)
}
func (b *SucceedBody) decode(d *decoder) {
	b.Successor = d.node()
	(*approvals)(&b.Approvals).decode(d)
}

// RenewBody brings a member back as a new incarnation: what a restored node,
// or one that lost its raft files, proposes. It is no voter then.
type RenewBody struct {
	Raft RaftID
	TLS  []byte
	Seal []byte
	Addr string
}

func (b *RenewBody) encode(e *encoder) {
	e.fixed(b.Raft[:])
	e.bytes(b.TLS)
	e.bytes(b.Seal)
	e.string(b.Addr)
}

func (b *RenewBody) decode(d *decoder) {
	d.fixed(b.Raft[:])
	b.TLS, b.Seal, b.Addr = d.bytes(maxKey), d.bytes(maxKey), d.string(maxAddr)
}

// AnchorBody is the head of a member's audit log.
type AnchorBody struct {
	Count uint64
	Head  Hash
}

func (b *AnchorBody) encode(e *encoder) { e.u64(b.Count); e.fixed(b.Head[:]) }
func (b *AnchorBody) decode(d *decoder) { b.Count = d.u64(); d.fixed(b.Head[:]) }

// SeatBody says who votes, sorted by code.
type SeatBody struct {
	Voters    []NodeID
	Approvals []Approval // none if the rule of growth allows it
}

func (b *SeatBody) encode(e *encoder) { encodeNodes(e, b.Voters); approvals(b.Approvals).encode(e) }
func (b *SeatBody) decode(d *decoder) {
	b.Voters = decodeNodes(d, maxSeats)
	(*approvals)(&b.Approvals).decode(d)
}

func encodeNodes(e *encoder, nodes []NodeID) {
	e.u8(uint8(len(nodes)))
	for _, n := range nodes {
		e.string(string(n))
	}
}

func decodeNodes(d *decoder, limit int) []NodeID {
	nodes := make([]NodeID, d.count(limit))
	for i := range nodes {
		nodes[i] = d.node()
		d.bad = d.bad || nodes[i] == "" || i > 0 && nodes[i] <= nodes[i-1]
	}
	return nodes
}

// CouncilBody replaces the officers.
type CouncilBody struct {
	K         uint8
	Seats     uint8
	Daily     uint32   // see Charter
	Officers  [][]byte // Ed25519 public keys, sorted
	Approvals []Approval
}

func (b *CouncilBody) encode(e *encoder) {
	encodeCouncil(e, b.K, b.Seats, b.Daily, b.Officers)
	approvals(b.Approvals).encode(e)
}

func (b *CouncilBody) decode(d *decoder) {
	b.K, b.Seats, b.Daily, b.Officers = decodeCouncil(d)
	(*approvals)(&b.Approvals).decode(d)
}

func encodeCouncil(e *encoder, k, seats uint8, daily uint32, officers [][]byte) {
	e.u8(k)
	e.u8(seats)
	e.u32(daily)
	e.u8(uint8(len(officers)))
	for _, o := range officers {
		e.fixed(o)
	}
}

// decodeCouncil reads a council that can decide: at least one officer, no key
// twice, k of them needed.
func decodeCouncil(d *decoder) (k, seats uint8, daily uint32, officers [][]byte) {
	k, seats, daily = d.u8(), d.u8(), d.u32()
	officers = make([][]byte, d.count(maxOfficers))
	for i := range officers {
		officers[i] = make([]byte, ed25519.PublicKeySize)
		d.fixed(officers[i])
		d.bad = d.bad || i > 0 && string(officers[i]) <= string(officers[i-1])
	}
	d.bad = d.bad || k == 0 || int(k) > len(officers) || seats == 0 || seats%2 == 0 || seats > maxSeats ||
		daily != 0 && daily < minDaily
	return k, seats, daily, officers
}

// SwitchBody puts a higher version in force.
type SwitchBody struct {
	Version   uint16
	Approvals []Approval
}

func (b *SwitchBody) encode(e *encoder) { e.u16(b.Version); approvals(b.Approvals).encode(e) }
func (b *SwitchBody) decode(d *decoder) { b.Version = d.u16(); (*approvals)(&b.Approvals).decode(d) }

// TickBody is empty: time passes by the stamp of the entry.
type TickBody struct{}

func (b *TickBody) encode(*encoder) {}
func (b *TickBody) decode(*decoder) {}

// LeaveBody is empty: who goes is who signs.
type LeaveBody struct{}

func (b *LeaveBody) encode(*encoder) {}
func (b *LeaveBody) decode(*decoder) {}

// ReassignBody gives custody of a case to another balai, or ends a service
// referral, whose case stays with its sender: To.
type ReassignBody struct {
	To        NodeID
	Approvals []Approval
}

func (b *ReassignBody) encode(e *encoder) { e.string(string(b.To)); approvals(b.Approvals).encode(e) }
func (b *ReassignBody) decode(d *decoder) { b.To = d.node(); (*approvals)(&b.Approvals).decode(d) }

// RecoverBody names who begins a new group of voters, and the event it goes on
// from.
type RecoverBody struct {
	Survivor  NodeID // the actor
	Base      uint64 // last event that the survivor has
	BaseHash  Hash   // H(Base)
	Approvals []Approval
}

func (b *RecoverBody) encode(e *encoder) {
	e.string(string(b.Survivor))
	e.u64(b.Base)
	e.fixed(b.BaseHash[:])
	approvals(b.Approvals).encode(e)
}

func (b *RecoverBody) decode(d *decoder) {
	b.Survivor, b.Base = d.node(), d.u64()
	d.fixed(b.BaseHash[:])
	(*approvals)(&b.Approvals).decode(d)
}

// HandoffKind tells a transfer, which moves custody, from a referral, which
// does not.
type HandoffKind uint8

// The kinds. The numbers are stored.
const (
	Transfer HandoffKind = 1
	Referral HandoffKind = 2
)

func (k HandoffKind) String() string {
	switch k {
	case Transfer:
		return "transfer"
	case Referral:
		return "referral"
	default:
		return "unknown kind"
	}
}

// Bounds of the terms of an offer.
const (
	MinAnswerIn = time.Second
	MaxAnswerIn = 90 * 24 * time.Hour
)

// OfferBody opens a handoff. The sealed summary is the payload.
type OfferBody struct {
	Kind        HandoffKind
	To          NodeID
	Case        ID     // transfers: the case in the ledger
	CaseHead    Hash   // transfers: custody head the offer rests on; zero for the first offer of a case
	Content     Hash   // digest of the whole packet as frozen; zero if there is none
	SizeBucket  uint8  // rough size of the packet: power of four KiB
	SealKey     KeyID  // of the destination; the summary and the packet are sealed to it
	AnswerIn    uint32 // seconds the destination has to answer
	ArriveIn    uint32 // seconds from acceptance to receipt; transfers only
	Residential bool   // the person travels and is handed over in person
	Group       ID     // the same for all of a collective handoff; zero for none
}

func (b *OfferBody) encode(e *encoder) {
	e.u8(uint8(b.Kind))
	e.string(string(b.To))
	e.fixed(b.Case[:])
	e.fixed(b.CaseHead[:])
	e.fixed(b.Content[:])
	e.u8(b.SizeBucket)
	e.fixed(b.SealKey[:])
	e.u32(b.AnswerIn)
	e.u32(b.ArriveIn)
	e.bool(b.Residential)
	e.fixed(b.Group[:])
}

func (b *OfferBody) decode(d *decoder) {
	b.Kind, b.To = HandoffKind(d.u8()), d.node()
	d.fixed(b.Case[:])
	d.fixed(b.CaseHead[:])
	d.fixed(b.Content[:])
	b.SizeBucket = d.u8()
	d.fixed(b.SealKey[:])
	b.AnswerIn, b.ArriveIn, b.Residential = d.u32(), d.u32(), d.bool()
	d.fixed(b.Group[:])
}

// StepBody is what all later acts on a handoff say. Fields that an act does not
// use are zero; see the table of moves.
type StepBody struct {
	SealKey     KeyID  // of the other side, if a payload rides along
	Reason      uint8  // coded reason of a decline, withdrawal, cancel or report
	Redirect    NodeID // Redirect: where to
	Expected    Time   // Wait: likely date
	Conditional bool   // Accept: with conditions, which the payload says
	Content     Hash   // Receive: digest of the packet that is durable here
	Record      Hash   // Receive: digest of the handover record
}

func (b *StepBody) encode(e *encoder) {
	e.fixed(b.SealKey[:])
	e.u8(b.Reason)
	e.string(string(b.Redirect))
	e.time(b.Expected)
	e.bool(b.Conditional)
	e.fixed(b.Content[:])
	e.fixed(b.Record[:])
}

func (b *StepBody) decode(d *decoder) {
	d.fixed(b.SealKey[:])
	b.Reason, b.Redirect, b.Expected, b.Conditional = d.u8(), d.node(), d.time(), d.bool()
	d.fixed(b.Content[:])
	d.fixed(b.Record[:])
}
