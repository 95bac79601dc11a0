package federation

import (
	"time"

	"github.com/hashicorp/memberlist"

	"serasi/federation/link"
)

// What tests need from inside: the view of a node alone, and the wire formats.

// Names are the nodes that memberlist holds for alive.
func (g *Gossip) Names() (names []string) {
	for _, n := range g.list.Members() {
		names = append(names, n.Name)
	}
	return names
}

// Merge takes encoded directory entries as if from sent them.
func (g *Gossip) Merge(from string, entries [][]byte) { g.dir.mergeAll(from, entries) }

// Send puts a packet into the outbox of a member.
func (g *Gossip) Send(to string, b []byte) error {
	_, err := g.wire.WriteToAddress(b, memberlist.Address{Name: to})
	return err
}

// Boxes is how many outboxes there are.
func (g *Gossip) Boxes() int {
	g.wire.mu.Lock()
	defer g.wire.mu.Unlock()
	return len(g.wire.boxes)
}

// Hear shows the node an alive message.
func (g *Gossip) Hear(name string, meta []byte, placeholder bool) error {
	n := &memberlist.Node{Name: name, Addr: nowhere, Port: nowherePort, Meta: meta}
	if !placeholder {
		n.Port = 7946
	}
	return g.view.NotifyAlive(n)
}

// SignedMeta is a meta as its node would sign it.
func SignedMeta(id string, incarnation uint32, addr string, at Position, wall time.Time, sign func([]byte) []byte) ([]byte, error) {
	return meta{id, incarnation, addr, at, wall}.sign(sign)
}

// RecodeMeta decodes a meta and encodes it again.
func RecodeMeta(b []byte) ([]byte, error) {
	m, _, sig, err := parseMeta(b)
	if err != nil {
		return nil, err
	}
	return m.sign(func([]byte) []byte { return sig })
}

// EncodeEntry and RecodeEntry are the directory's wire format.
func EncodeEntry(e Entry) []byte { return e.encode() }

// RecodeEntry decodes an entry and encodes it again.
func RecodeEntry(b []byte) ([]byte, error) {
	e, err := parseEntry(b)
	return e.encode(), err
}

// SignEntry signs e as its owner would.
func SignEntry(e Entry, sign func([]byte) []byte) Entry {
	e.Sig = sign(e.signed())
	return e
}

// RecodeDigest decodes a digest and encodes it again.
func RecodeDigest(b []byte) ([]byte, error) {
	d, err := parseDigest(b)
	return d.encode(), err
}

// EncodeDigest is a digest on the wire.
func EncodeDigest(from string, have map[string]uint64) []byte { return digest{from, have}.encode() }

// Beat sends a beat over a connection of gossip, as a peer would.
func Beat(c *link.Conn, meta []byte) error {
	if _, err := c.Write([]byte{kindPackets}); err != nil {
		return err
	}
	return writeFrame(c, frameBeat, meta)
}

// Pace is how often a node of a federation of that size says what it says to
// all, and wants to say so often.
func Pace(members int, every time.Duration) time.Duration {
	v := &view{}
	v.members.Store(int32(members))
	return v.pace(every)
}
