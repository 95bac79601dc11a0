// Package link is the one port between balai: TLS 1.3 over TCP, with gRPC,
// raft, gossip and join requests told apart by ALPN. Most callers want Listen,
// Port.Listener and Port.Dial.
//
// There is no certificate authority. A node is its Ed25519 key; a self-signed
// certificate without an end date only carries that key through TLS. Which keys
// belong to members is said by the Registry, and by nothing else: not by a
// name, an address or a date. The registry is fed from the ledger, and what it
// takes away ends at once: handshakes fail and open connections are cut.
//
// The room knows nothing of gRPC, raft, gossip or the ledger. It does not
// decide who may do what, only who is calling.
package link

// The protocols of the port as they stand in ALPN. A connection speaks exactly
// one, and a dialler offers exactly one.
const (
	GRPC   = "h2"
	Raft   = "serasi-raft/1"
	Gossip = "serasi-gossip/1"
	// Join is for those who are not members yet. Any key gets in, and reaches
	// nothing else.
	Join = "serasi-join/1"
)

var protocols = []string{GRPC, Raft, Gossip, Join}
