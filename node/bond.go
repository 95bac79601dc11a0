package node

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"serasi/federation"
	"serasi/federation/link"
	"serasi/federation/rpc"
	"serasi/node/casework"
	"serasi/replication"
	"serasi/replication/ledger"
)

// bond is the part of a node that ties it to the others: the port, the
// replicated log, the services and the gossip. A node that waits to be admitted
// has none.
type bond struct {
	raft    ledger.RaftID // of this incarnation
	public  []byte        // its keys in this life of the node
	cert    []byte
	port    *link.Port
	log     *replication.Log
	scholar *scholar
	client  *rpc.Client
	server  *rpc.Server
	join    *rpc.JoinServer
	gossip  atomic.Pointer[federation.Gossip] // nil until started; the log asks it for clocks before

	keys atomic.Pointer[map[string]ed25519.PublicKey] // signing keys of active members, for gossip

	done      context.Context // ends with close
	stop      context.CancelFunc
	following sync.WaitGroup
}

// connect makes the node part of its federation.
func (n *Node) connect(id identity) (err error) {
	b := &bond{raft: id.Raft, scholar: newScholar()}
	b.done, b.stop = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			err = errors.Join(err, b.close())
		}
	}()
	self, err := link.ParseIdentity(string(id.Code), id.TLS)
	if err != nil {
		return fmt.Errorf("read the node's key: %w", err)
	}
	b.public, b.cert = id.public(), self.Certificate()
	registry := link.NewRegistry()
	if err := registry.Set(linkPeers(id.Introduced)); err != nil {
		return fmt.Errorf("the members this node was introduced to: %w", err)
	}
	b.port, err = link.Listen(link.Config{
		Listen: n.cfg.Listen, Advertise: id.Advertise, Identity: self, Registry: registry, Overrides: n.cfg.Peers, Log: n.log,
	})
	if err != nil {
		return fmt.Errorf("open the port between balai: %w", err)
	}
	b.client = rpc.NewClient(b.port)
	b.log, err = replication.Open(n.replication(id, b))
	if errors.Is(err, replication.ErrForeign) && id.Renew { // a crash came before the old files went
		if err = replication.Wipe(n.cfg.Dir); err == nil {
			b.log, err = replication.Open(n.replication(id, b))
		}
	}
	if err != nil {
		return fmt.Errorf("open the ledger: %w", err)
	}
	if err := n.follow(b); err != nil {
		return err
	}
	if err := n.serve(b); err != nil {
		return err
	}
	b.following.Go(func() { n.studyLoop(b) })
	if id.Renew {
		n.renewing.Store(true)
		b.following.Go(func() { n.renewLoop(b, id) })
	} else {
		b.following.Go(func() { n.tellAddress(b, id) })
	}
	n.mu.Lock()
	n.bond = b
	n.mu.Unlock()
	n.ledger.arrive(b.log)
	return nil
}

// replication is the config of the replicated log.
func (n *Node) replication(id identity, b *bond) replication.Config {
	t := n.cfg.Tuning
	timing := t.Raft
	if t.PromoteAfter > 0 {
		timing.PromoteAfter = t.PromoteAfter
	}
	if t.SwapAfter > 0 {
		timing.AwayAfter = t.SwapAfter
	}
	c := replication.Config{
		Dir: n.cfg.Dir, Self: id.Code, Federation: id.Federation, Raft: id.Raft, Profile: n.cfg.Profile, Timing: timing,
		Network: raftNetwork{b.port}, Forward: forward{peers{func() *rpc.Client { return b.client }}}, Sign: id.sign,
		Clock: n.clock, Skew: b.skew, Budget: t.Budget, SnapshotThreshold: t.SnapshotAfter, TrailingLogs: t.TrailingLogs,
		WALSegment: t.WALSegment, Fatal: n.fail, Log: n.log,
	}
	if n.cfg.Point != nil {
		c.Point = func(name string) error { n.cfg.Point(name); return nil }
	}
	for _, i := range id.Introduced {
		var r ledger.RaftID
		if r.UnmarshalText([]byte(i.Raft)) == nil {
			c.Introduced = append(c.Introduced, replication.Introduced{Code: ledger.NodeID(i.Code), Raft: r, Voter: i.Voter})
		}
	}
	return c
}

// serve opens the services for other nodes and the gossip.
func (n *Node) serve(b *bond) (err error) {
	b.server, err = rpc.Serve(rpc.ServerConfig{
		Port: b.port, Ledger: ledgerService{b.log, n.tracer}, Packets: packetService{n.desk, n.tracer}, Status: statusService{b.log, n.clock}, Log: n.log,
	})
	if err != nil {
		return fmt.Errorf("serve other balai: %w", err)
	}
	b.join, err = rpc.ServeJoin(rpc.JoinConfig{Port: b.port, Gate: n.admission(), Now: n.clock, Log: n.log})
	if err != nil {
		return fmt.Errorf("serve newcomers: %w", err)
	}
	conf := federation.Config{
		Port: b.port, Incarnation: n.id.Incarnation, Profile: federation.Profile(n.cfg.Profile), Position: n.position(b),
		Sign:   func(msg []byte) []byte { return ed25519.Sign(n.id.key(), msg) },
		Verify: b.verify, Now: n.clock, Log: n.log,
	}
	if every := n.cfg.Tuning.GossipInterval; every > 0 {
		conf.Timing = quickGossip(every)
	}
	if conf.Known, err = n.knownEntries(); err != nil {
		return err
	}
	gossip, err := federation.Open(conf)
	if err != nil {
		return fmt.Errorf("start the gossip: %w", err)
	}
	b.gossip.Store(gossip)
	b.following.Go(func() { n.compareLoop(b, gossip) })
	return nil
}

// quickGossip scales all intervals of the local profile to a test's patience.
func quickGossip(every time.Duration) *federation.Timing {
	t, _ := federation.LAN.Timing()
	t.Probe, t.ProbeTimeout, t.Gossip, t.PushPull = 2*every, every, every, 10*every
	t.Beat, t.Spread, t.Rejoin, t.RejoinMin, t.RejoinMax = every, every, 2*every, every, 4*every
	return &t
}

// position is what this node says of itself in gossip.
func (n *Node) position(b *bond) func() federation.Position {
	return func() federation.Position {
		st := b.log.Status()
		p := federation.Position{Event: st.Event, Hash8: [8]byte(st.Head[:8]), Applied: st.Applied}
		if desk, err := n.desk.Status(); err != nil || desk.Restoring {
			p.Flags |= federation.Restored
		}
		if st.Halted != "" || st.Diverge || st.Skewed {
			p.Flags |= federation.Degraded
		}
		return p
	}
}

// verify checks a signature of another node's signing key. It is called under a
// lock of memberlist, so it only looks things up.
func (b *bond) verify(node string, msg, sig []byte) bool {
	keys := b.keys.Load()
	if keys == nil {
		return false
	}
	key, ok := (*keys)[node]
	return ok && ed25519.Verify(key, msg, sig)
}

// skew is how far this node's clock is from the median of the voters'. Three
// clocks are needed, so that a single liar moves nothing.
func (b *bond) skew() (time.Duration, bool) {
	gossip := b.gossip.Load()
	if gossip == nil {
		return 0, false
	}
	ahead, clocks := gossip.ClockOffset()
	return -ahead, clocks >= 3
}

// follow keeps the registry of the port what the ledger says, now and from now
// on. A revoked member is cut off as soon as its revocation is applied here.
func (n *Node) follow(b *bond) error {
	if err := n.trust(b); err != nil {
		return err
	}
	wake, cancel := b.log.Subscribe()
	b.following.Go(func() {
		defer cancel()
		tick := time.NewTicker(time.Second) // a lost ring costs a second, not a revocation
		defer tick.Stop()
		for {
			select {
			case <-b.done.Done():
				return
			case <-wake:
			case <-tick.C:
			}
			if err := n.trust(b); err != nil && b.done.Err() == nil {
				n.log.Error("the registry does not follow the ledger", "err", err)
			}
		}
	})
	return nil
}

// trust reads the members once and feeds the registry, if anything is known of
// them. Until then the members this node was introduced to stand.
func (n *Node) trust(b *bond) error {
	members, err := n.membersNow(b)
	if err != nil || members == nil {
		return err
	}
	keys := map[string]ed25519.PublicKey{}
	var all []link.Peer
	for _, m := range members {
		if p, known := peerOf(m); known {
			all = append(all, p)
			if key := m.SignKey(); p.Active && key != nil {
				keys[string(m.Code)] = key
			}
		}
	}
	b.keys.Store(&keys)
	return errors.Join(b.port.Registry().Set(all), n.adopt(b, members))
}

// peerOf is a member as the port knows it. A balai that was only invited has no
// key and is left out.
func peerOf(m ledger.Member) (link.Peer, bool) {
	return link.Peer{
		ID: string(m.Code), Certs: m.TLS, Addr: m.Addr, Active: m.Standing == ledger.Active || m.Standing == ledger.Merged,
		Voter: m.Voter, RaftID: m.Raft.String(),
	}, len(m.TLS) > 0
}

func linkPeers(list []introduced) (all []link.Peer) {
	for _, i := range list {
		all = append(all, link.Peer{ID: i.Code, Certs: i.Certs, Addr: i.Addr, Active: true, Voter: i.Voter, RaftID: i.Raft})
	}
	return all
}

// compareLoop tells the log what others say their history is, and the desk who
// can be reached again.
func (n *Node) compareLoop(b *bond, gossip *federation.Gossip) {
	reached := map[string]bool{}
	for {
		select {
		case <-b.done.Done():
			return
		case <-gossip.Wake():
		}
		for _, p := range gossip.Peers() {
			b.log.Compare(p.ID, p.Position.Event, p.Position.Hash8)
			if is := p.State != federation.Away; is != reached[p.ID] {
				reached[p.ID] = is
				if is {
					n.desk.Reached(casework.BalaiCode(p.ID))
				}
			}
		}
	}
}

// close stops everything from the roof down.
func (b *bond) close() error {
	var errs []error
	b.stop()
	if b.join != nil {
		errs = append(errs, b.join.Close())
	}
	if b.server != nil {
		errs = append(errs, b.server.Close())
	}
	if gossip := b.gossip.Load(); gossip != nil {
		errs = append(errs, gossip.Close())
	}
	b.following.Wait()
	if b.log != nil {
		errs = append(errs, b.log.Close())
	}
	if b.client != nil {
		errs = append(errs, b.client.Close())
	}
	if b.port != nil {
		errs = append(errs, b.port.Close())
	}
	return errors.Join(errs...)
}

// raftNetwork gives the replicated log its connections.
type raftNetwork struct{ port *link.Port }

func (r raftNetwork) Listener() net.Listener { return r.port.Listener(link.Raft) }

func (r raftNetwork) Dial(ctx context.Context, code string) (net.Conn, error) {
	return r.port.Dial(ctx, code, link.Raft)
}

// current returns the bond, or nil.
func (n *Node) current() *bond {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.bond
}

// bonded returns the bond, or why there is none.
func (n *Node) bonded() (*bond, error) {
	if b := n.current(); b != nil {
		return b, nil
	}
	return nil, casework.Unavailable.Because("this node waits for the officers to admit it; local work goes on")
}
