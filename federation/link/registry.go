package link

import (
	"bytes"
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// ErrStranger says that a peer is no active member, or that no member has that
// name.
var ErrStranger = errors.New("not an active member")

// connsAPeer is how many connections one peer may hold open to us. A healthy
// one holds about five; a hostile one is not given our file descriptors.
const connsAPeer = 64

// A Peer is one line of the registry.
type Peer struct {
	ID     string   // balai code
	Certs  [][]byte // DER carriers of its TLS keys; two while a key is replaced
	Addr   string   // host:port where others dial it; may be empty
	Active bool     // false: suspended or revoked
	Voter  bool     // may lead the ledger
	RaftID string   // its id in the raft group, random for each incarnation
}

// Registry is the only source of trust. It follows the ledger: the node calls
// Set after each change of members. Use it from any goroutine.
type Registry struct {
	mu      sync.Mutex // guards all below
	byID    map[string]Peer
	byKey   map[Key]string // active members only
	pool    *x509.CertPool // certificates of active members
	conns   map[*Conn]struct{}
	changed chan struct{} // closed by the next Set
}

// NewRegistry returns a registry without members: it trusts nobody.
func NewRegistry() *Registry {
	return &Registry{
		byID: map[string]Peer{}, byKey: map[Key]string{}, pool: x509.NewCertPool(),
		conns: map[*Conn]struct{}{}, changed: make(chan struct{}),
	}
}

// Set replaces the whole registry. It takes effect before it returns: the keys
// that are gone or inactive get no new connection, and their open ones are cut.
//
// A line or certificate that is not well formed is left out, and so is a key
// that an earlier code holds already; the error names all of them. The others
// take effect all the same.
func (r *Registry) Set(peers []Peer) error {
	byID, byKey, pool, err := index(peers)

	r.mu.Lock()
	r.byID, r.byKey, r.pool = byID, byKey, pool
	var cut []*Conn
	for c := range r.conns {
		if c.proto != Join && byKey[c.key] != c.peer {
			cut = append(cut, c)
			delete(r.conns, c)
		}
	}
	close(r.changed)
	r.changed = make(chan struct{})
	r.mu.Unlock()

	for _, c := range cut {
		c.cut()
	}
	return err
}

// index checks peers line by line, in the order of their codes so that every
// node decides alike.
func index(peers []Peer) (byID map[string]Peer, byKey map[Key]string, pool *x509.CertPool, err error) {
	byID, byKey, pool = map[string]Peer{}, map[Key]string{}, x509.NewCertPool()
	peers = slices.Clone(peers)
	slices.SortStableFunc(peers, func(a, b Peer) int { return cmp.Compare(a.ID, b.ID) })
	var faults []error
	for _, p := range peers {
		if _, twice := byID[p.ID]; twice {
			faults = append(faults, fmt.Errorf("member %s is listed twice", p.ID))
			continue
		}
		if err := CheckID(p.ID); err != nil {
			faults = append(faults, fmt.Errorf("member %q: %w", p.ID, err))
			continue
		}
		certs := p.Certs
		p.Certs = nil
		for _, der := range certs {
			leaf, err := parseCarrier(p.ID, der)
			if err != nil {
				faults = append(faults, err)
				continue
			}
			if other, taken := byKey[keyOf(leaf)]; taken && other != p.ID {
				faults = append(faults, fmt.Errorf("members %s and %s share a key", other, p.ID))
				continue
			}
			p.Certs = append(p.Certs, bytes.Clone(der))
			if p.Active {
				byKey[keyOf(leaf)] = p.ID
				pool.AddCert(leaf)
			}
		}
		byID[p.ID] = p
	}
	return byID, byKey, pool, errors.Join(faults...)
}

// Find returns the active member called id.
func (r *Registry) Find(id string) (Peer, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.byID[id]
	return p, ok && p.Active
}

// Peers returns all active members in the order of their codes.
func (r *Registry) Peers() []Peer {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []Peer
	for _, p := range r.byID {
		if p.Active {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b Peer) int { return cmp.Compare(a.ID, b.ID) })
	return all
}

// Changed returns a channel that is closed by the next Set. Take it before you
// read, and no change is missed.
func (r *Registry) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// Identify says which active member a finished handshake was with. It asks the
// registry as it is now, so servers call it for every request.
//
// The error is ErrStranger, also for connections of the Join protocol.
func (r *Registry) Identify(cs tls.ConnectionState) (Peer, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.identify(cs)
}

func (r *Registry) identify(cs tls.ConnectionState) (Peer, error) {
	switch cs.NegotiatedProtocol {
	case GRPC, Raft, Gossip:
	default:
		return Peer{}, fmt.Errorf("protocol %q is not for members: %w", cs.NegotiatedProtocol, ErrStranger)
	}
	if len(cs.PeerCertificates) != 1 {
		return Peer{}, fmt.Errorf("%d certificates: %w", len(cs.PeerCertificates), ErrStranger)
	}
	p, ok := r.byID[r.byKey[keyOf(cs.PeerCertificates[0])]]
	if !ok || !p.Active {
		return Peer{}, ErrStranger
	}
	return p, nil
}

func (r *Registry) trusted() *x509.CertPool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pool
}

var errTooMany = errors.New("peer holds too many connections")

// admit enters c, unless its peer was revoked since the handshake.
func (r *Registry) admit(c *Conn) error {
	cs := c.ConnectionState()
	r.mu.Lock()
	defer r.mu.Unlock()
	c.proto = cs.NegotiatedProtocol
	if c.proto != Join {
		p, err := r.identify(cs)
		if err != nil {
			return err
		}
		c.peer, c.key = p.ID, keyOf(cs.PeerCertificates[0])
	}
	if c.inbound && r.inbound(c.peer) >= connsAPeer {
		return errTooMany
	}
	r.conns[c] = struct{}{}
	return nil
}

// inbound counts what a peer holds open to us; all who ask to join count as one
// peer. Hundreds of connections are walked in microseconds.
func (r *Registry) inbound(peer string) (n int) {
	for c := range r.conns {
		if c.inbound && c.peer == peer {
			n++
		}
	}
	return n
}

func (r *Registry) forget(c *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.conns, c)
}

// of returns the open connections of one port.
func (r *Registry) of(p *Port) (all []*Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		if c.port == p {
			all = append(all, c)
		}
	}
	return all
}
