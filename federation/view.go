package federation

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/memberlist"

	"serasi/federation/link"
)

// clockSamples is how many beats of a peer are compared. A late beat makes a
// clock look behind, never ahead, so the largest of them is the best.
const clockSamples = 3

// nowhere is the address that memberlist is told for every node. It is never
// dialled: the transport finds a node by its name, so a node that moves does
// not argue with its own past.
var nowhere = net.IPv4(192, 0, 2, 1).To4() // TEST-NET-1

const nowherePort = 1

// view is what gossip has told us. memberlist calls it under its own lock, so
// nothing here waits or calls memberlist.
type view struct {
	registry *link.Registry
	verify   func(node string, msg, sig []byte) bool
	now      func() time.Time
	name     string // of this node
	timing   Timing
	wake     chan struct{} // holds at most one token

	members atomic.Int32 // of the federation, this node included

	mu    sync.Mutex // guards own and known, never held while verifying
	own   []byte     // signed meta of this node
	known map[string]*sighting
}

// sighting is what is known of one member.
type sighting struct {
	raw    []byte // the meta below, as it was signed
	meta   meta
	alive  map[string]bool // names of its living incarnations
	heard  time.Time       // by our wall clock
	since  time.Time       // the same moment, for durations
	beaten time.Time       // when the last beat came, for durations
	rtt    time.Duration
	clocks []time.Duration // newest last
}

func newView(c Config, name string) *view {
	return &view{
		registry: c.Port.Registry(), verify: c.Verify, now: c.Now, name: name, timing: c.timing(),
		wake: make(chan struct{}, 1), known: map[string]*sighting{},
	}
}

// ring wakes whoever reads Wake.
func (v *view) ring() {
	select {
	case v.wake <- struct{}{}:
	default: // a token is waiting; one is enough
	}
}

func (v *view) setOwn(b []byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.own = b
}

func (v *view) ownMeta() []byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.own
}

// at returns the sighting of id, new if need be. Callers hold mu, and have made
// sure that id is a member.
func (v *view) at(id string) *sighting {
	s := v.known[id]
	if s == nil {
		s = &sighting{alive: map[string]bool{}}
		v.known[id] = s
	}
	return s
}

// check says whether raw is a meta that the node called name signed.
func (v *view) check(name string, raw []byte) (meta, error) {
	id, _, err := splitName(name)
	if err != nil {
		return meta{}, err
	}
	if _, ok := v.registry.Find(id); !ok {
		return meta{}, fmt.Errorf("%s: %w", id, link.ErrStranger)
	}
	m, signed, sig, err := parseMeta(raw)
	if err != nil {
		return meta{}, err
	}
	if nodeName(m.id, m.incarnation) != name {
		return meta{}, fmt.Errorf("meta of %s is under the name of %s", m.id, id)
	}
	if !v.knows(id, raw) && !v.verify(id, signed, sig) {
		return meta{}, fmt.Errorf("meta is not signed by %s", id)
	}
	return m, nil
}

// knows says whether raw is what is kept already: its signature was checked.
func (v *view) knows(id string, raw []byte) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.known[id]
	return s != nil && bytes.Equal(s.raw, raw)
}

// learn keeps the newest meta of a node. One that comes from the node itself is
// the newest, whatever its clock says. From others older ones come all the
// time, since gossip has no order: those count by their date, and only while
// the node does not speak to us itself.
func (v *view) learn(m meta, raw []byte, direct bool) {
	v.mu.Lock()
	s := v.at(m.id)
	newer := s.raw == nil || direct || m.incarnation > s.meta.incarnation ||
		m.incarnation == s.meta.incarnation && m.wall.After(s.meta.wall) && v.silent(s.beaten)
	moved := newer && m.at != s.meta.at
	if newer {
		s.meta, s.raw = m, bytes.Clone(raw)
	}
	if direct {
		s.beaten = time.Now()
	}
	v.mu.Unlock()
	if moved {
		v.ring()
	}
}

// silent says whether a healthy peer would have sent a beat since last: two have
// been missed.
func (v *view) silent(last time.Time) bool {
	return last.IsZero() || time.Since(last) > 2*v.pace(v.timing.Beat)+v.timing.Patience
}

// mostNews is how many fresh metas a node takes in a second, each of which has a
// signature to check. Everybody sends theirs to everybody.
const mostNews = 20

// pace stretches an interval at which every member says something to all, so
// that a large federation does not wear out its nodes.
func (v *view) pace(every time.Duration) time.Duration {
	return max(every, time.Duration(v.members.Load())*time.Second/mostNews)
}

// beat takes a fresh meta that came from the node itself.
func (v *view) beat(from string, raw []byte) error {
	m, _, _, err := parseMeta(raw)
	if err != nil {
		return err
	}
	if m.id != from {
		return fmt.Errorf("%s sent a beat of %s", from, m.id)
	}
	if _, err := v.check(nodeName(m.id, m.incarnation), raw); err != nil {
		return err
	}
	ahead := m.wall.Sub(v.now().Truncate(time.Second)) // both are cut to the second
	v.learn(m, raw, true)
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.at(from)
	s.clocks = append(s.clocks, ahead)
	if n := len(s.clocks); n > clockSamples {
		s.clocks = s.clocks[n-clockSamples:]
	}
	return nil
}

// heard notes that the key of a member has sent something.
func (v *view) heard(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.at(id)
	s.heard, s.since = v.now(), time.Now()
}

// addrOf is where a member says it can be dialled. It is a hint for the port.
func (v *view) addrOf(id string) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if s := v.known[id]; s != nil {
		return s.meta.addr
	}
	return ""
}

// alive says whether memberlist holds some incarnation of id for alive.
func (v *view) isAlive(id string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.known[id]
	return s != nil && len(s.alive) > 0
}

// prune forgets who is no member any more.
func (v *view) prune() {
	v.members.Store(int32(len(v.registry.Peers())))
	v.mu.Lock()
	defer v.mu.Unlock()
	for id := range v.known {
		if _, ok := v.registry.Find(id); !ok {
			delete(v.known, id)
		}
	}
}

// peer sums up what is known of one member.
func (v *view) peer(id string) Peer {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.known[id]
	if s == nil {
		return Peer{ID: id, State: Away}
	}
	p := Peer{
		ID: id, Incarnation: s.meta.incarnation, Addr: s.meta.addr, State: Away,
		LastHeard: s.heard, RoundTrip: s.rtt, Position: s.meta.at,
	}
	if s.raw != nil {
		p.Signed = s.meta.wall
	}
	for i, c := range s.clocks {
		if p.Clock, p.ClockKnown = max(p.Clock, c), true; i == 0 {
			p.Clock = c
		}
	}
	if len(s.alive) > 0 {
		p.State = Connected
		if v.silent(s.since) || s.rtt > v.timing.ProbeTimeout/2 {
			p.State = Slow
		}
	}
	return p
}

// NotifyAlive implements memberlist.AliveDelegate: it keeps out names that are
// not in the registry, and metas that their node did not sign.
func (v *view) NotifyAlive(n *memberlist.Node) error {
	if !n.Addr.Equal(nowhere) || n.Port != nowherePort {
		return errors.New("a node has no address here")
	}
	if n.Name == v.name {
		return nil // memberlist answers to what others say of us
	}
	m, err := v.check(n.Name, n.Meta)
	if err != nil {
		return err
	}
	if v.livesAs(m.id, n.Name) {
		return fmt.Errorf("another incarnation of %s is alive", m.id)
	}
	v.learn(m, n.Meta, false)
	return nil
}

// livesAs says whether id is alive under another name. A node has one life at a
// time, or a hostile one could fill everybody's memory with its own.
func (v *view) livesAs(id, name string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.known[id]
	return s != nil && len(s.alive) > 0 && !s.alive[name]
}

// NotifyJoin implements memberlist.EventDelegate.
func (v *view) NotifyJoin(n *memberlist.Node) { v.mark(n.Name, true) }

// NotifyLeave implements memberlist.EventDelegate.
func (v *view) NotifyLeave(n *memberlist.Node) { v.mark(n.Name, false) }

// NotifyUpdate implements memberlist.EventDelegate. NotifyAlive has seen the
// new meta.
func (v *view) NotifyUpdate(*memberlist.Node) {}

func (v *view) mark(name string, alive bool) {
	id, _, err := splitName(name)
	if err != nil || name == v.name {
		return
	}
	v.mu.Lock()
	if s := v.at(id); alive {
		s.alive[name] = true
	} else {
		delete(s.alive, name)
	}
	v.mu.Unlock()
	v.ring()
}

// AckPayload implements memberlist.PingDelegate. Acks are not bound to who
// sends them, so they carry nothing.
func (v *view) AckPayload() []byte { return nil }

// NotifyPingComplete implements memberlist.PingDelegate.
func (v *view) NotifyPingComplete(n *memberlist.Node, rtt time.Duration, _ []byte) {
	id, _, err := splitName(n.Name)
	if err != nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.at(id).rtt = rtt
}

// delegate gives memberlist our meta and the digest of the directory.
type delegate struct {
	view *view
	dir  *directory
}

// NodeMeta implements memberlist.Delegate.
func (d delegate) NodeMeta(int) []byte { return d.view.ownMeta() }

// NotifyMsg implements memberlist.Delegate. Nobody sends such messages.
func (d delegate) NotifyMsg([]byte) {}

// GetBroadcasts implements memberlist.Delegate.
func (d delegate) GetBroadcasts(int, int) [][]byte { return nil }

// LocalState implements memberlist.Delegate.
func (d delegate) LocalState(bool) []byte { return d.dir.digest() }

// MergeRemoteState implements memberlist.Delegate.
func (d delegate) MergeRemoteState(b []byte, _ bool) { d.dir.hear(b) }
