package federation

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"serasi/federation/link"
)

const (
	metaVersion = 1
	metaDomain  = "SERASI gossip meta v1\x00"
	maxMeta     = 200 // bytes; memberlist has room for 512, every node keeps all
	sigSize     = 64  // Ed25519
)

// Flags are short statements of a node about itself. The numbers are on the
// wire: add, never renumber.
type Flags uint8

// The flags.
const (
	Restored Flags = 1 << 0 // came back from a backup and is still catching up
	Degraded Flags = 1 << 1 // not everything works: see that node's own status
)

const allFlags = Restored | Degraded

// A Position is how far a node says it has followed the ledger.
type Position struct {
	Event   uint64  // number of its last event
	Hash8   [8]byte // first bytes of the ledger's hash at Event
	Applied uint64  // raft index that it has applied
	Flags   Flags
}

// meta is what a node signs and spreads about itself.
type meta struct {
	id          string
	incarnation uint32
	addr        string // where it wants to be dialled
	at          Position
	wall        time.Time // when it was signed, to the second
}

// sign encodes m and appends the node's signature.
func (m meta) sign(sign func([]byte) []byte) ([]byte, error) {
	b := []byte{metaVersion}
	b = append(append(b, byte(len(m.id))), m.id...)
	b = binary.BigEndian.AppendUint32(b, m.incarnation)
	b = append(append(b, byte(len(m.addr))), m.addr...)
	b = binary.BigEndian.AppendUint64(b, m.at.Event)
	b = append(b, m.at.Hash8[:]...)
	b = binary.BigEndian.AppendUint64(b, m.at.Applied)
	b = append(b, byte(m.at.Flags))
	b = binary.BigEndian.AppendUint32(b, uint32(m.wall.Unix()))
	sig := sign(append([]byte(metaDomain), b...))
	if len(sig) != sigSize {
		return nil, fmt.Errorf("sign gossip meta: a signature of %d bytes", len(sig))
	}
	return append(b, sig...), nil
}

// parseMeta reads what sign wrote, and nothing else. It returns the signed
// bytes and the signature for whoever checks them.
func parseMeta(b []byte) (m meta, signed, sig []byte, err error) {
	bad := errors.New("gossip meta is malformed")
	if len(b) < sigSize || len(b) >= maxMeta {
		return meta{}, nil, nil, bad
	}
	body, sig := b[:len(b)-sigSize], b[len(b)-sigSize:]
	r := reader{rest: body}
	version := r.byte()
	m.id = string(r.take(int(r.byte())))
	m.incarnation = r.uint32()
	m.addr = string(r.take(int(r.byte())))
	m.at.Event = r.uint64()
	copy(m.at.Hash8[:], r.take(8))
	m.at.Applied = r.uint64()
	m.at.Flags = Flags(r.byte())
	m.wall = time.Unix(int64(r.uint32()), 0)
	if !r.done() || version != metaVersion || link.CheckID(m.id) != nil ||
		link.CheckAddr(m.addr) != nil || m.at.Flags&^allFlags != 0 {
		return meta{}, nil, nil, bad
	}
	return m, append([]byte(metaDomain), body...), sig, nil
}
