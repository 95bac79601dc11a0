package federation_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"serasi/federation"
	"serasi/federation/link"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// quick are intervals for tests: what takes minutes in the country takes
// fractions of a second.
var quick = federation.Timing{
	Probe: 200 * time.Millisecond, ProbeTimeout: 100 * time.Millisecond, Gossip: 50 * time.Millisecond,
	PushPull: 500 * time.Millisecond, Forget: time.Millisecond, Patience: time.Second,
	Beat: 100 * time.Millisecond, Spread: 300 * time.Millisecond,
	Rejoin: 200 * time.Millisecond, RejoinMin: 100 * time.Millisecond, RejoinMax: 400 * time.Millisecond,
	Idle: 30 * time.Second, Suspicion: 2,
}

// node is one balai that gossips.
type node struct {
	id     string
	self   link.Identity
	key    ed25519.PrivateKey // its sign key
	reg    *link.Registry
	port   *link.Port
	gossip *federation.Gossip

	mu sync.Mutex // guards at
	at federation.Position
}

func (n *node) sign(msg []byte) []byte { return ed25519.Sign(n.key, msg) }

func (n *node) position() federation.Position {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.at
}

func (n *node) move(at federation.Position) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.at = at
}

// group are nodes that know each other. The sign key of a balai grows from its
// code, so that everybody can verify.
type group []*node

func keyOf(id string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(id))
	return ed25519.NewKeyFromSeed(seed[:])
}

func verify(id string, msg, sig []byte) bool {
	return ed25519.Verify(keyOf(id).Public().(ed25519.PublicKey), msg, sig)
}

// ports opens ports for codes without any gossip.
func ports(t *testing.T, codes ...string) group {
	t.Helper()
	var all group
	for _, id := range codes {
		self, err := link.NewIdentity(id, nil)
		if err != nil {
			t.Fatal(err)
		}
		n := &node{id: id, self: self, key: keyOf(id), reg: link.NewRegistry()}
		n.listen(t, "")
		all = append(all, n)
	}
	all.know(t)
	return all
}

func (n *node) listen(t *testing.T, overrides string) {
	t.Helper()
	port, err := link.Listen(link.Config{Listen: "127.0.0.1:0", Identity: n.self, Registry: n.reg, Overrides: overrides})
	if err != nil {
		t.Fatal(err)
	}
	n.port = port
	t.Cleanup(func() {
		if err := port.Close(); err != nil {
			t.Errorf("close %s: %v", n.id, err)
		}
	})
}

// know makes every node of g know all of g, as voters.
func (g group) know(t *testing.T) {
	t.Helper()
	for _, n := range g {
		n.knows(t, g)
	}
}

func (n *node) knows(t *testing.T, g group) {
	t.Helper()
	var peers []link.Peer
	for _, m := range g {
		peers = append(peers, link.Peer{
			ID: m.id, Certs: [][]byte{m.self.Certificate()}, Addr: m.port.Advertised(), Active: true, Voter: true,
		})
	}
	if err := n.reg.Set(peers); err != nil {
		t.Fatal(err)
	}
}

func (n *node) config() federation.Config {
	return federation.Config{
		Port: n.port, Incarnation: 1, Timing: &quick, Position: n.position, Sign: n.sign, Verify: verify,
	}
}

// open starts the gossip of n and ends it with the test.
func (n *node) open(t *testing.T, c federation.Config) {
	t.Helper()
	g, err := federation.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	n.gossip = g
	t.Cleanup(func() {
		if n.gossip == g {
			n.close(t)
		}
	})
}

func (n *node) close(t *testing.T) {
	t.Helper()
	if err := n.gossip.Close(); err != nil {
		t.Errorf("close the gossip of %s: %v", n.id, err)
	}
	n.gossip = nil
}

func start(t *testing.T, codes ...string) group {
	t.Helper()
	all := ports(t, codes...)
	for _, n := range all {
		n.open(t, n.config())
	}
	return all
}

// sees is what n knows of the member id.
func (n *node) sees(id string) federation.Peer {
	for _, p := range n.gossip.Peers() {
		if p.ID == id {
			return p
		}
	}
	return federation.Peer{}
}

func (g group) allSee(t *testing.T) {
	t.Helper()
	for _, n := range g {
		for _, m := range g {
			if m != n {
				waitFor(t, n.id+" to see "+m.id, func() bool { return n.sees(m.id).State == federation.Connected })
			}
		}
	}
}

// waitFor asks until the answer is yes.
func waitFor(t *testing.T, what string, yes func() bool) {
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

// line is a way to one address that can be cut and healed.
type line struct {
	ln net.Listener
	wg sync.WaitGroup

	mu   sync.Mutex // guards all below
	to   string
	down bool
	open map[net.Conn]bool
}

func newLine(t *testing.T) *line {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &line{ln: ln, open: map[net.Conn]bool{}}
	l.wg.Go(l.accept)
	t.Cleanup(func() {
		_ = ln.Close()
		l.set(true)
		l.wg.Wait()
	})
	return l
}

// lead says where the line ends.
func (l *line) lead(to string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to = to
}

// set cuts the line, or heals it.
func (l *line) set(down bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down = down
	for c := range l.open {
		_ = c.Close()
	}
	clear(l.open)
}

func (l *line) accept() {
	for {
		in, err := l.ln.Accept()
		if err != nil {
			return
		}
		l.mu.Lock()
		to := l.to
		l.mu.Unlock()
		out, err := net.Dial("tcp", to)
		if err != nil {
			_ = in.Close()
			continue
		}
		l.mu.Lock()
		if l.down {
			_, _ = in.Close(), out.Close()
		}
		l.open[in], l.open[out] = true, true
		l.mu.Unlock()
		stop := func() { _, _ = in.Close(), out.Close() }
		l.wg.Go(func() { _, _ = io.Copy(out, in); stop() })
		l.wg.Go(func() { _, _ = io.Copy(in, out); stop() })
	}
}

func writeFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "peers")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
