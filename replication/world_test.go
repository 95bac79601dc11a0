package replication_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"serasi/replication"
	"serasi/replication/ledger"
)

// federation is the keys and the charter of invented balai.
type federation struct {
	keys     map[ledger.NodeID]ed25519.PrivateKey
	officers []ed25519.PrivateKey
	id       ledger.Hash
	genesis  ledger.Signed
}

func key(seed string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(seed))
	return ed25519.NewKeyFromSeed(sum[:])
}

func raftID(code ledger.NodeID, incarnation byte) ledger.RaftID {
	return ledger.RaftID{code[0], code[1], code[2], incarnation}
}

func founding(code ledger.NodeID) ledger.Founding {
	return ledger.Founding{
		Code: code, Sign: key("sign" + string(code)).Public().(ed25519.PublicKey), TLS: []byte("cert " + code),
		Seal: bytes.Repeat([]byte{1, code[0], code[1], code[2]}, 304), Raft: raftID(code, 1), Addr: "127.0.0.1:7001",
	}
}

// newFederation makes a charter with three officers, two of whom decide, and
// five seats.
func newFederation(t testing.TB, founders ...ledger.NodeID) *federation {
	t.Helper()
	f := &federation{keys: map[ledger.NodeID]ed25519.PrivateKey{}}
	ch := ledger.Charter{Nonce: ledger.ID{1}, Minute: 1, K: 2, Seats: 5, Daily: 4_000_000_000}
	for _, seed := range []string{"officer a", "officer b", "officer c"} {
		f.officers = append(f.officers, key(seed))
	}
	slices.SortFunc(f.officers, func(a, b ed25519.PrivateKey) int {
		return bytes.Compare(a.Public().(ed25519.PublicKey), b.Public().(ed25519.PublicKey))
	})
	for _, o := range f.officers {
		ch.Officers = append(ch.Officers, o.Public().(ed25519.PublicKey))
	}
	founders = slices.Clone(founders)
	slices.Sort(founders)
	for _, c := range founders {
		ch.Founders = append(ch.Founders, founding(c))
		f.keys[c] = key("sign" + string(c))
	}
	f.id = ch.Federation()
	body := &ledger.GenesisBody{Core: ch.Encode()}
	for _, c := range founders {
		body.Sigs = append(body.Sigs, [64]byte(ed25519.Sign(f.keys[c], ledger.CharterBytes(body.Core))))
	}
	f.genesis = f.sign(t, founders[0], ledger.Command{Act: ledger.Genesis, Subject: ledger.Federation(), Body: body})
	return f
}

func randomID() (id ledger.ID) {
	_, _ = rand.Read(id[:]) // crypto/rand does not fail
	return id
}

func (f *federation) sign(t testing.TB, actor ledger.NodeID, c ledger.Command) ledger.Signed {
	t.Helper()
	c.Version, c.Federation, c.Actor = 1, f.id, actor
	if c.ID.IsZero() {
		c.ID = randomID()
	}
	s, err := ledger.Sign(key("sign"+string(actor)), c)
	if err != nil {
		t.Fatalf("sign %v: %v", c.Act, err)
	}
	return s
}

// approvals are the signatures of two officers on a motion.
func (f *federation) approvals(m ledger.Motion) (all []ledger.Approval) {
	for _, o := range f.officers[:2] {
		all = append(all, ledger.Approval{
			Officer: ledger.KeyIDOf(o.Public().(ed25519.PublicKey)), Sig: [64]byte(ed25519.Sign(o, m.Bytes())),
		})
	}
	slices.SortFunc(all, func(a, b ledger.Approval) int { return bytes.Compare(a.Officer[:], b.Officer[:]) })
	return all
}

// offer is a transfer of a case that the ledger has not seen before.
func (f *federation) offer(t testing.TB, from, to ledger.NodeID, size int) ledger.Proposal {
	t.Helper()
	payload := make([]byte, size)
	_, _ = rand.Read(payload)
	return ledger.Proposal{Payload: payload, Signed: f.sign(t, from, ledger.Command{
		Act: ledger.Offer, Subject: ledger.HandoffOf(randomID()), Payload: sha256.Sum256(payload),
		Body: &ledger.OfferBody{
			Kind: ledger.Transfer, To: to, Case: randomID(), Content: ledger.Hash{1}, SealKey: ledger.KeyIDOf(founding(to).Seal),
			AnswerIn: 3600, ArriveIn: 7200, Residential: true,
		},
	})}
}

// mesh is the network between the nodes of one test.
type mesh struct {
	mu    sync.Mutex // guards addrs, logs and cut
	addrs map[string]string
	logs  map[string]*replication.Log
	cut   map[string]bool // cut off from all others
}

func newMesh() *mesh {
	return &mesh{addrs: map[string]string{}, logs: map[string]*replication.Log{}, cut: map[string]bool{}}
}

func (m *mesh) find(from, to string) (addr string, log *replication.Log) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cut[from] || m.cut[to] {
		return "", nil
	}
	return m.addrs[to], m.logs[to]
}

func (m *mesh) set(code string, cut bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cut[code] = cut
}

// port is one node's end of the mesh: plain TCP, and a line with the caller's
// code, which the tests believe.
type port struct {
	*mesh
	code string
	ln   net.Listener
}

func (m *mesh) open(t testing.TB, code string) *port {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.addrs[code] = ln.Addr().String()
	return &port{m, code, ln}
}

func (p *port) Listener() net.Listener { return identifying{p.ln, p} }

func (p *port) Dial(ctx context.Context, code string) (net.Conn, error) {
	addr, _ := p.find(p.code, code)
	if addr == "" {
		return nil, errors.New("cut")
	}
	return dialAs(ctx, p.mesh, p.code, code, addr)
}

func dialAs(ctx context.Context, m *mesh, from, to, addr string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(c, "%-8s", from); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return &cable{c, m, from, to}, nil
}

// cable is a connection that carries nothing while one end is cut off.
type cable struct {
	net.Conn
	mesh     *mesh
	from, to string
}

func (c *cable) Peer() string { return c.from }

func (c *cable) Write(b []byte) (int, error) {
	if a, _ := c.mesh.find(c.from, c.to); a == "" && c.to != "" {
		return 0, errors.Join(errors.New("cut"), c.Close())
	}
	return c.Conn.Write(b)
}

type identifying struct {
	net.Listener
	p *port
}

func (l identifying) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		name := make([]byte, 8)
		if _, err := c.Read(name); err == nil {
			return &cable{c, l.p.mesh, strings.TrimSpace(string(name)), l.p.code}, nil
		}
		_ = c.Close()
	}
}

// The port is a Forwarder that calls the other logs directly.

func (p *port) reach(to string) (*replication.Log, error) {
	if _, l := p.find(p.code, to); l != nil {
		return l, nil
	}
	return nil, errors.New("cut")
}

func (p *port) Propose(ctx context.Context, leader string, proposal []byte) ([]byte, error) {
	l, err := p.reach(leader)
	if err != nil {
		return nil, err
	}
	return l.Receive(ctx, p.code, proposal)
}

func (p *port) ReadIndex(ctx context.Context, leader string) (replication.ReadPoint, error) {
	l, err := p.reach(leader)
	if err != nil {
		return replication.ReadPoint{}, err
	}
	return l.ReadIndex(ctx)
}

func (p *port) Events(_ context.Context, peer string, from uint64) ([]byte, error) {
	l, err := p.reach(peer)
	if err != nil {
		return nil, err
	}
	return l.Events(from)
}

// node is one member in a test.
type node struct {
	*replication.Log
	conf  replication.Config
	fatal chan error
}

// group is the nodes of one test.
type group struct {
	t     testing.TB
	fed   *federation
	mesh  *mesh
	nodes map[ledger.NodeID]*node
	tune  func(*replication.Config)
}

// quick are time-outs with room for a slow disk and little more.
var quick = replication.Timing{
	Heartbeat: 250 * time.Millisecond, Election: 250 * time.Millisecond, Lease: 200 * time.Millisecond, Commit: 20 * time.Millisecond,
	RPC: 2 * time.Second, Housekeeping: 25 * time.Millisecond, PromoteAfter: 100 * time.Millisecond, Snapshot: 50 * time.Millisecond,
}

func newGroup(t testing.TB, founders ...ledger.NodeID) *group {
	return &group{t: t, fed: newFederation(t, founders...), mesh: newMesh(), nodes: map[ledger.NodeID]*node{}}
}

// start founds a group and waits until all have the genesis.
func start(t testing.TB, tune func(*replication.Config), founders ...ledger.NodeID) *group {
	t.Helper()
	g := newGroup(t, founders...)
	g.tune = tune
	for _, code := range founders {
		if err := replication.Found(g.config(code), g.fed.genesis); err != nil {
			t.Fatal(err)
		}
		g.open(code)
	}
	g.settled(1)
	return g
}

func (g *group) config(code ledger.NodeID) replication.Config {
	if n := g.nodes[code]; n != nil {
		return n.conf
	}
	n := &node{fatal: make(chan error, 1)}
	n.conf = replication.Config{
		Dir: g.t.TempDir(), Self: code, Federation: g.fed.id, Raft: raftID(code, 1), Profile: replication.LAN, Timing: quick,
		Sign: func(c ledger.Command) (ledger.Signed, error) {
			c.Version, c.Federation, c.Actor, c.ID = 1, g.fed.id, code, randomID()
			return ledger.Sign(key("sign"+string(code)), c)
		},
		Fatal: func(err error) { n.fatal <- err },
	}
	if g.tune != nil {
		g.tune(&n.conf)
	}
	g.nodes[code] = n
	return n.conf
}

// open starts a node with a port of its own; the test closes it.
func (g *group) open(code ledger.NodeID) *node {
	g.t.Helper()
	if err := g.tryOpen(code); err != nil {
		g.t.Fatalf("open %s: %v", code, err)
	}
	return g.nodes[code]
}

func (g *group) tryOpen(code ledger.NodeID) error {
	c := g.config(code)
	p := g.mesh.open(g.t, string(code))
	c.Network, c.Forward = p, p
	l, err := replication.Open(c)
	if err != nil {
		return errors.Join(err, ignoreClosed(p.ln.Close()))
	}
	n := g.nodes[code]
	n.Log, n.conf = l, c
	g.mesh.mu.Lock()
	g.mesh.logs[string(code)] = l
	g.mesh.mu.Unlock()
	g.t.Cleanup(func() { _ = l.Close() }) // once is enough; a test that cares closes by itself
	return nil
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (g *group) close(code ledger.NodeID) {
	g.t.Helper()
	g.mesh.mu.Lock()
	delete(g.mesh.logs, string(code))
	g.mesh.mu.Unlock()
	if err := g.nodes[code].Close(); err != nil {
		g.t.Fatalf("close %s: %v", code, err)
	}
	g.nodes[code].Log = nil
}

// running are the nodes that are open, by code.
func (g *group) running() (all []*node) {
	for _, code := range slices.Sorted(maps.Keys(g.nodes)) {
		if n := g.nodes[code]; n.Log != nil {
			all = append(all, n)
		}
	}
	return all
}

func (g *group) leader() *node {
	g.t.Helper()
	var leader *node
	waitFor(g.t, "a leader", func() bool {
		for _, n := range g.running() {
			if n.Status().Role == replication.Leader {
				leader = n
				return true
			}
		}
		return false
	})
	return leader
}

func (g *group) follower() *node {
	g.t.Helper()
	leader := g.leader()
	for _, n := range g.running() {
		if n != leader {
			return n
		}
	}
	g.t.Fatal("no follower")
	return nil
}

// settled waits until all running nodes show at least n events and agree on
// them.
func (g *group) settled(n uint64) {
	g.t.Helper()
	waitFor(g.t, fmt.Sprintf("%d events everywhere", n), func() bool {
		for _, node := range g.running() {
			if node.Status().Event < n {
				return false
			}
		}
		return true
	})
	g.agree()
}

// agree checks that all running nodes have the same hash at every event that
// two of them have.
func (g *group) agree() {
	g.t.Helper()
	seen := map[uint64]ledger.Hash{}
	for _, n := range g.running() {
		events, err := n.Since(0, 1<<20)
		if err != nil {
			g.t.Fatal(err)
		}
		for i, e := range events {
			if e.N != uint64(i+1) {
				g.t.Fatalf("%s: event %d stands at place %d", n.conf.Self, e.N, i+1)
			}
			if h, ok := seen[e.N]; ok && h != e.Hash {
				g.t.Fatalf("%s has another history at event %d", n.conf.Self, e.N)
			}
			seen[e.N] = e.Hash
		}
	}
}

// must proposes until there is an answer, which must be an event.
func (g *group) must(n *node, p ledger.Proposal) ledger.Result {
	g.t.Helper()
	r := g.settle(n, p)
	if r.Refused != 0 {
		c, _ := ledger.DecodeCommand(p.Bytes)
		g.t.Fatalf("%v refused: %v", c.Act, r.Refused)
	}
	return r
}

// settle proposes p until its outcome is known.
func (g *group) settle(n *node, p ledger.Proposal) (r ledger.Result) {
	g.t.Helper()
	g.answered(n, func(ctx context.Context) (err error) {
		r, err = n.Propose(ctx, p)
		return err
	})
	return r
}

// answered asks n again as long as nobody leads who could answer.
func (g *group) answered(n *node, ask func(context.Context) error) {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(g.t.Context(), 60*time.Second)
	defer cancel()
	for {
		err := ask(ctx)
		if err == nil {
			return
		}
		if !errors.Is(err, replication.ErrUnknown) || ctx.Err() != nil {
			g.t.Fatalf("%s answers: %v", n.conf.Self, err)
		}
	}
}

// refused proposes p, which must be refused for that reason.
func (g *group) refused(n *node, p ledger.Proposal, why ledger.Reason) {
	g.t.Helper()
	if r := g.settle(n, p); r.Refused != why {
		g.t.Fatalf("refused because of %v; want %v", r.Refused, why)
	}
}

// anchor is a command that a member may always give about itself.
func (g *group) anchor(n *node, count uint64) ledger.Proposal {
	g.t.Helper()
	subject := ledger.MemberOf(n.conf.Self)
	return ledger.Proposal{Signed: g.fed.sign(g.t, n.conf.Self, ledger.Command{
		Act: ledger.Anchor, Subject: subject, Prev: g.head(n, ledger.Anchor, subject), Body: &ledger.AnchorBody{Count: count, Head: ledger.Hash{byte(count)}},
	})}
}

func (g *group) head(n *node, act ledger.Act, s ledger.Subject) (h ledger.Hash) {
	g.t.Helper()
	if err := n.View(func(v ledger.View) error { h = v.HeadFor(act, s); return nil }); err != nil {
		g.t.Fatal(err)
	}
	return h
}

// decided proposes an act that two officers have signed.
func (g *group) decided(n *node, act ledger.Act, s ledger.Subject, body func([]ledger.Approval) ledger.Body) {
	g.t.Helper()
	var m ledger.Motion
	if err := n.View(func(v ledger.View) error { m = v.MotionFor(act, s, ledger.ContentOf(body(nil))); return nil }); err != nil {
		g.t.Fatal(err)
	}
	g.must(n, ledger.Proposal{Signed: g.fed.sign(g.t, n.conf.Self, ledger.Command{
		Act: act, Subject: s, Prev: m.Prev, Body: body(g.fed.approvals(m)),
	})})
}

// invite makes a newcomer a member; open it then.
func (g *group) invite(by *node, code ledger.NodeID) {
	g.t.Helper()
	ticket := key("invitation " + string(code))
	subject := ledger.MemberOf(code)
	fresh := func() {
		g.t.Helper()
		g.answered(by, func(ctx context.Context) error { _, err := by.Fresh(ctx); return err })
	}
	g.must(by, ledger.Proposal{Signed: g.fed.sign(g.t, by.conf.Self, ledger.Command{
		Act: ledger.Invite, Subject: subject, Prev: g.head(by, ledger.Invite, subject),
		Body: &ledger.InviteBody{Key: [32]byte(ticket.Public().(ed25519.PublicKey)), Expires: ledger.At(time.Now().Add(time.Hour))},
	})})
	fresh()
	entry := founding(code)
	g.must(by, ledger.Proposal{Signed: g.fed.sign(g.t, by.conf.Self, ledger.Command{
		Act: ledger.Request, Subject: subject, Prev: g.head(by, ledger.Request, subject),
		Body: &ledger.RequestBody{
			Entry: entry, Key: [32]byte(ticket.Public().(ed25519.PublicKey)),
			Sig: [64]byte(ed25519.Sign(ticket, ledger.RequestBytes(g.fed.id, entry))),
		},
	})})
	fresh()
	g.decided(by, ledger.Activate, subject, func(a []ledger.Approval) ledger.Body {
		return &ledger.ActivateBody{Entry: entry, Approvals: a}
	})
	fresh()
}

// join invites a newcomer and opens it, introduced to those who vote.
func (g *group) join(by *node, code ledger.NodeID) *node {
	g.t.Helper()
	g.invite(by, code)
	c := g.config(code)
	for _, p := range append(by.Status().Peers, replication.Peer{Code: by.conf.Self, Raft: by.conf.Raft, Voter: true}) {
		c.Introduced = append(c.Introduced, replication.Introduced{Code: p.Code, Raft: p.Raft, Voter: p.Voter})
	}
	g.nodes[code].conf = c
	return g.open(code)
}

// waitFor asks until the answer is yes; it is the only clock of these tests.
func waitFor(t testing.TB, what string, yes func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(60 * time.Second); !yes(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("gave up waiting for %s", what)
		}
	}
}
