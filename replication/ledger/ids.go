package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Hash is a SHA-256.
type Hash [32]byte

func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero reports whether h is all zeros, which stands for "none".
func (h Hash) IsZero() bool { return h == Hash{} }

// MarshalText writes h as hex digits.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (h *Hash) UnmarshalText(b []byte) error { return unhex(h[:], b) }

// ID is 128 random bits that name a handoff, a case, a group or a command. It
// is derived from nothing.
type ID [16]byte

func (id ID) String() string { return hex.EncodeToString(id[:]) }

// IsZero reports whether id is all zeros, which stands for "none".
func (id ID) IsZero() bool { return id == ID{} }

// MarshalText writes id as hex digits.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *ID) UnmarshalText(b []byte) error { return unhex(id[:], b) }

// ParseID reads 32 hex digits.
func ParseID(s string) (id ID, err error) {
	err = id.UnmarshalText([]byte(s))
	return id, err
}

// KeyID is the first 8 bytes of the SHA-256 of a public key.
type KeyID [8]byte

func (k KeyID) String() string { return hex.EncodeToString(k[:]) }

// MarshalText writes k as hex digits.
func (k KeyID) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *KeyID) UnmarshalText(b []byte) error { return unhex(k[:], b) }

// KeyIDOf names a public key.
func KeyIDOf(pub []byte) KeyID {
	sum := sha256.Sum256(pub)
	return KeyID(sum[:8])
}

// RaftID names one incarnation of a node in the raft group. A node that was
// restored or that lost its raft files comes back under a new one.
type RaftID [8]byte

func (r RaftID) String() string { return hex.EncodeToString(r[:]) }

// MarshalText writes r as hex digits.
func (r RaftID) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (r *RaftID) UnmarshalText(b []byte) error { return unhex(r[:], b) }

// Staff is a pseudonym of who acted, made anew for each handoff; the balai's
// own audit log holds the name.
type Staff [8]byte

func unhex(to, from []byte) error {
	if len(from) != 2*len(to) {
		return fmt.Errorf("want %d hex digits, got %d", 2*len(to), len(from))
	}
	_, err := hex.Decode(to, from)
	return err
}

// NodeID is the code of a balai: three to eight of A-Z and 0-9, a letter first.
// It never changes; merged balai keep theirs and name a successor.
type NodeID string

// Valid reports whether n is well formed.
func (n NodeID) Valid() bool {
	if len(n) < 3 || len(n) > 8 || n[0] < 'A' || n[0] > 'Z' {
		return false
	}
	for i := range len(n) {
		if c := n[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// Time is ledger time: milliseconds since 1970 as stamped by leaders, never
// running backwards. It is not any node's clock.
type Time int64

// MaxStamp is the last time an entry may be stamped with, in the year 4199. A
// leader that lies beyond it is not understood, instead of making deadlines
// overflow.
const MaxStamp Time = 1 << 46

// maxTime bounds what commands and rows say of time: any deadline counted from
// a stamp lies within it.
const maxTime = 2 * MaxStamp

// At returns t as ledger time.
func At(t time.Time) Time { return Time(t.UnixMilli()) }

// Time returns t as a wall time in UTC.
func (t Time) Time() time.Time { return time.UnixMilli(int64(t)).UTC() }

// Add returns t later by d.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Milliseconds()) }

// SubjectKind says what a command changes.
type SubjectKind uint8

// The kinds of subject. The numbers are stored.
const (
	OfFederation SubjectKind = 1
	OfMember     SubjectKind = 2
	OfHandoff    SubjectKind = 3
	OfCase       SubjectKind = 4
)

// Subject is what a command changes. Name is empty for the federation, the code
// of a member, or the 16 bytes of an ID.
type Subject struct {
	Kind SubjectKind
	Name string
}

// Federation is the subject of commands about the federation itself.
func Federation() Subject { return Subject{Kind: OfFederation} }

// MemberOf is the subject of commands about one member.
func MemberOf(n NodeID) Subject { return Subject{OfMember, string(n)} }

// HandoffOf is the subject of commands about one handoff.
func HandoffOf(id ID) Subject { return Subject{OfHandoff, string(id[:])} }

// CaseOf is the subject of commands about the custody of one case.
func CaseOf(id ID) Subject { return Subject{OfCase, string(id[:])} }

// ID returns the name of a handoff or case.
func (s Subject) ID() (id ID) {
	copy(id[:], s.Name)
	return id
}

func (s Subject) String() string {
	switch s.Kind {
	case OfMember:
		return s.Name
	case OfHandoff, OfCase:
		return s.ID().String()
	default:
		return "federation"
	}
}

func (s Subject) valid() bool {
	switch s.Kind {
	case OfFederation:
		return s.Name == ""
	case OfMember:
		return NodeID(s.Name).Valid()
	case OfHandoff, OfCase:
		return len(s.Name) == 16 && !s.ID().IsZero()
	default:
		return false
	}
}
