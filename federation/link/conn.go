package link

import (
	"bytes"
	"crypto/tls"
	"net"
	"sync/atomic"
)

// A Conn is a connection whose other end is known. It is cut when the other end
// stops being a member, and when the port closes.
type Conn struct {
	*tls.Conn
	wire    *metered
	port    *Port // nil if the connection belongs to no port
	inbound bool

	// Set by Registry.admit, never changed afterwards.
	proto string
	peer  string
	key   Key
}

// Peer is the balai code of the other end, proven by its key. It is empty for
// the Join protocol.
func (c *Conn) Peer() string { return c.peer }

// Protocol is the protocol that the connection speaks.
func (c *Conn) Protocol() string { return c.proto }

// PeerCertificate is the certificate that the other end showed, in DER. For the
// Join protocol it proves a key and nothing else.
func (c *Conn) PeerCertificate() []byte {
	return bytes.Clone(c.ConnectionState().PeerCertificates[0].Raw)
}

// Exporter returns 32 bytes that only the two ends of this connection know. A
// signature over them is useless on another connection.
func (c *Conn) Exporter(label string) ([]byte, error) {
	cs := c.ConnectionState()
	return cs.ExportKeyingMaterial(label, nil, 32)
}

// Close closes the connection and forgets it.
func (c *Conn) Close() error {
	if c.port != nil {
		c.port.registry.forget(c)
	}
	return c.Conn.Close()
}

// cut ends the connection without a word: a goodbye may wait five seconds for a
// peer that does not read.
func (c *Conn) cut() { _ = c.wire.Close() }

// metered counts what goes over the wire, handshake and TLS overhead included.
type metered struct {
	net.Conn
	on atomic.Pointer[traffic] // what is counted now
}

// traffic is what one protocol moved, in bytes.
type traffic struct{ in, out atomic.Uint64 }

func meter(c net.Conn, t *traffic) *metered {
	m := &metered{Conn: c}
	m.on.Store(t)
	return m
}

func (m *metered) Read(b []byte) (int, error) {
	n, err := m.Conn.Read(b)
	m.on.Load().in.Add(uint64(max(n, 0)))
	return n, err
}

func (m *metered) Write(b []byte) (int, error) {
	n, err := m.Conn.Write(b)
	m.on.Load().out.Add(uint64(max(n, 0)))
	return n, err
}

var _ net.Conn = (*Conn)(nil)
