package nodetest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"serasi/federation"
	"serasi/federation/link"
	"serasi/federation/rpc"
	"serasi/node/casework"
	"serasi/node/store"
	"serasi/node/vault"
	"serasi/replication/ledger"
)

// A Rogue is a program of an attacker who took all that a balai has: its keys,
// its ledger and its place in the federation.
type Rogue struct {
	Code   ledger.NodeID
	Raft   ledger.RaftID
	Port   *link.Port
	Client *rpc.Client
	View   ledger.View // the ledger as it was in the stolen folder
	Events []ledger.Event

	t       interface{ Fatal(...any) }
	life    uint32 // which incarnation it was
	realm   ledger.Hash
	sign    ed25519.PrivateKey
	history []byte // the stolen snapshot
	said    [3]uint64
}

// WaitWritten waits until the newest snapshot of a balai holds the whole ledger,
// so that an attacker finds it there.
func (b *Balai) WaitWritten() {
	b.c.T.Helper()
	b.c.WaitFor("a snapshot of all at "+b.Code, func() bool {
		s, err := b.Status()
		if err != nil {
			return false
		}
		h, err := ledger.ReadSnapshotHeader(bytes.NewReader(b.snapshot()))
		return err == nil && h.Events == s.Ledger.Index
	})
}

// snapshot is the newest one in the folder, or nothing.
func (b *Balai) snapshot() (newest []byte) {
	files, err := filepath.Glob(filepath.Join(b.Dir, "raft", "snapshots", "*", "state.bin"))
	if err != nil {
		b.c.T.Fatal(err)
	}
	most := uint64(0)
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			continue // just removed
		}
		if h, err := ledger.ReadSnapshotHeader(bytes.NewReader(content)); err == nil && h.Events > most {
			most, newest = h.Events, content
		}
	}
	return newest
}

// Fall stops a balai and gives its keys to an attacker, who says of itself what
// the balai could say.
func (b *Balai) Fall() *Rogue {
	b.c.T.Helper()
	s, err := b.Status()
	if err != nil {
		b.c.T.Fatal(err)
	}
	b.Stop()
	var id struct {
		Sign, TLS   []byte
		Raft        ledger.RaftID
		Incarnation uint32
		Federation  ledger.Hash
	}
	b.steal(&id)
	r := &Rogue{
		Code: ledger.NodeID(b.Code), Raft: id.Raft, life: id.Incarnation, t: b.c.T, realm: id.Federation, sign: ed25519.NewKeyFromSeed(id.Sign),
		history: b.snapshot(), said: [3]uint64{s.Raft.Term, s.Raft.Committed, s.Raft.Applied},
	}
	r.read()
	self, err := link.ParseIdentity(b.Code, id.TLS)
	if err != nil {
		b.c.T.Fatal(err)
	}
	b.c.open(r, self)
	return r
}

// Stranger is an attacker with the name of a balai and a key of its own, who
// knows all that the other rogue knows.
func (c *Cluster) Stranger(code string, like *Rogue) *Rogue {
	c.T.Helper()
	self, err := link.NewIdentity(code, nil)
	if err != nil {
		c.T.Fatal(err)
	}
	r := &Rogue{Code: ledger.NodeID(code), Raft: like.Raft, View: like.View, t: c.T, realm: like.realm, sign: like.sign, said: like.said}
	c.open(r, self)
	return r
}

// steal reads the identity of a stopped balai out of its store.
func (b *Balai) steal(into any) {
	b.c.T.Helper()
	keys, err := vault.Open(filepath.Join(b.Dir, "kek"), vault.File(b.config.Key[len("file:"):]))
	if err != nil {
		b.c.T.Fatal(err)
	}
	db, err := store.Open(store.Config{Dir: b.Dir, Vault: keys, MinFree: 1, Ballast: -1})
	if err != nil {
		b.c.T.Fatal(err)
	}
	found := false
	err = db.View(func(tx casework.Tx) (err error) {
		found, err = tx.Get(casework.Settings, casework.NodeOwner, "identity", into)
		return err
	})
	if err = errors.Join(err, db.Close()); err != nil || !found {
		b.c.T.Fatalf("the identity of %s: found %v, %v", b.Code, found, err)
	}
}

// open gives a rogue its ways to the others: whoever the ledger lists, at the
// addresses that the nodes under test really have.
func (c *Cluster) open(r *Rogue, self link.Identity) {
	c.T.Helper()
	registry := link.NewRegistry()
	var peers []link.Peer
	for _, m := range r.View.Members() {
		if len(m.TLS) > 0 {
			peers = append(peers, link.Peer{ID: string(m.Code), Certs: m.TLS, Addr: m.Addr, Active: true, Voter: m.Voter, RaftID: m.Raft.String()})
		}
	}
	if err := registry.Set(peers); err != nil {
		c.T.Fatal(err)
	}
	var err error
	if r.Port, err = link.Listen(link.Config{Listen: "127.0.0.1:0", Identity: self, Registry: registry}); err != nil {
		c.T.Fatal(err)
	}
	r.Client = rpc.NewClient(r.Port)
	c.T.Cleanup(func() {
		if err := errors.Join(r.Client.Close(), r.Port.Close()); err != nil {
			c.T.Error(err)
		}
	})
}

// read replays the stolen snapshot.
func (r *Rogue) read() {
	rows := shelf{}
	replay := ledger.Replay{Federation: r.realm, Update: func(f func(ledger.KV) error) error { return f(rows) }}
	if _, err := replay.Read(bytes.NewReader(r.history)); err != nil {
		r.t.Fatal(err)
	}
	r.View = ledger.On(rows)
	n, _, _ := r.View.Head()
	r.Events = r.View.Since(0, int(n))
}

// Sign signs a command with the stolen key. What c leaves open is as the balai
// would have it.
func (r *Rogue) Sign(c ledger.Command) ledger.Proposal {
	c.Version, c.ID = ledger.Version, ledger.ID(randomID())
	if c.Federation.IsZero() {
		c.Federation = r.realm
	}
	if c.Actor == "" {
		c.Actor = r.Code
	}
	if c.Prev.IsZero() {
		c.Prev = r.View.HeadFor(c.Act, c.Subject)
	}
	signed, err := ledger.Sign(r.sign, c)
	if err != nil {
		r.t.Fatal(err)
	}
	return ledger.Proposal{Signed: signed}
}

// Propose hands bytes to a balai as a proposal.
func (r *Rogue) Propose(ctx context.Context, to string, proposal []byte) (ledger.Result, error) {
	b, err := r.Client.Propose(ctx, to, proposal)
	if err != nil {
		return ledger.Result{}, err
	}
	return ledger.DecodeResult(b)
}

// Gossip says in gossip that the rogue stands at a position, as a balai does,
// until what it returns is called.
func (r *Rogue) Gossip(at federation.Position) (hush func()) {
	timing, _ := federation.LAN.Timing()
	timing.Beat, timing.Spread, timing.Rejoin = 200*time.Millisecond, 200*time.Millisecond, 200*time.Millisecond
	g, err := federation.Open(federation.Config{
		Port: r.Port, Incarnation: r.life, Profile: federation.LAN, Timing: &timing, Position: func() federation.Position { return at },
		Sign: func(msg []byte) []byte { return ed25519.Sign(r.sign, msg) }, Verify: func(string, []byte, []byte) bool { return true },
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return func() {
		if err := g.Close(); err != nil {
			r.t.Fatal(err)
		}
	}
}

// Knock connects over one protocol and waits for the first byte of an answer. The
// error says that there was none.
func (r *Rogue) Knock(ctx context.Context, to, proto string) error {
	c, err := r.Port.Dial(ctx, to, proto)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	if proto == link.Raft {
		if _, err := c.Write(r.hello()); err != nil {
			return err
		}
	}
	_, err = io.ReadFull(c, make([]byte, 1))
	return err
}

// Babble says who it is and then what no raft says. It returns when the other end
// has had enough.
func (r *Rogue) Babble(ctx context.Context, to string, noise []byte) error {
	c, err := r.dial(ctx, to)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Write(noise); err != nil {
		return nil // hung up meanwhile
	}
	if err := c.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, c)
	return nil
}

// hello is how a raft connection begins: who calls, and how far it got.
func (r *Rogue) hello() []byte {
	b := slices.Concat([]byte("SERASI-RAFT-1\n"), r.realm[:], r.Raft[:])
	for _, v := range r.said {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	return b
}

func (r *Rogue) dial(ctx context.Context, to string) (net.Conn, error) {
	c, err := r.Port.Dial(ctx, to, link.Raft)
	if err != nil {
		return nil, err
	}
	verdict := make([]byte, 1)
	if _, err := c.Write(r.hello()); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if _, err := io.ReadFull(c, verdict); err != nil || verdict[0] != 0 {
		return nil, errors.Join(err, fmt.Errorf("turned away with %d", verdict[0]), c.Close())
	}
	return c, nil
}

// Header is what a raft call of the rogue carries.
func (r *Rogue) Header() raft.RPCHeader {
	return raft.RPCHeader{ProtocolVersion: raft.ProtocolVersionMax, ID: []byte(r.Raft.String()), Addr: []byte(r.Code)}
}

// Server is a line of a raft configuration with a member as a voter.
func (r *Rogue) Server(code ledger.NodeID) raft.Server {
	m, _ := r.View.Member(code)
	return raft.Server{ID: raft.ServerID(m.Raft.String()), Address: raft.ServerAddress(code)}
}

// Append sends entries as a leader does.
func (r *Rogue) Append(to string, req *raft.AppendEntriesRequest) (resp raft.AppendEntriesResponse, err error) {
	tr := r.transport()
	defer closeTransport(tr)
	err = tr.AppendEntries("", raft.ServerAddress(to), req, &resp)
	return resp, err
}

// Install sends a snapshot as a leader does.
func (r *Rogue) Install(to string, req *raft.InstallSnapshotRequest, data []byte) (resp raft.InstallSnapshotResponse, err error) {
	tr := r.transport()
	defer closeTransport(tr)
	req.Size = int64(len(data))
	err = tr.InstallSnapshot("", raft.ServerAddress(to), req, &resp, bytes.NewReader(data))
	return resp, err
}

// Vote asks for a vote, or tells to stand for election if now is true.
func (r *Rogue) Vote(to string, req *raft.RequestVoteRequest, now bool) error {
	tr := r.transport()
	defer closeTransport(tr)
	if now {
		return tr.TimeoutNow("", raft.ServerAddress(to), &raft.TimeoutNowRequest{RPCHeader: r.Header()}, &raft.TimeoutNowResponse{})
	}
	return tr.RequestVote("", raft.ServerAddress(to), req, &raft.RequestVoteResponse{})
}

func (r *Rogue) transport() *raft.NetworkTransport {
	return raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream: &intruder{r, make(chan struct{})}, MaxPool: 1, Timeout: 5 * time.Second, Logger: hclog.NewNullLogger(), MaxRPCsInFlight: 1,
	})
}

func closeTransport(tr *raft.NetworkTransport) {
	tr.CloseStreams()
	_ = tr.Close() // never fails
}

// intruder is the way of a raft transport to the others; nobody calls it.
type intruder struct {
	*Rogue
	done chan struct{}
}

func (i *intruder) Accept() (net.Conn, error) { <-i.done; return nil, net.ErrClosed }
func (i *intruder) Close() error              { close(i.done); return nil }
func (i *intruder) Addr() net.Addr            { return &net.TCPAddr{} }

func (i *intruder) Dial(to raft.ServerAddress, within time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	return i.dial(ctx, string(to))
}

// Snapshot writes the stolen history as a snapshot of any index and term.
func (r *Rogue) Snapshot(index, term uint64) []byte {
	var b bytes.Buffer
	if err := ledger.WriteSnapshot(&b, r.View, index, term); err != nil {
		r.t.Fatal(err)
	}
	return b.Bytes()
}

// Reordered is a snapshot whose last two events changed places, or whose last
// event is missing; its sum is right.
func (r *Rogue) Reordered(index, term uint64, drop bool) []byte {
	b := r.Snapshot(index, term)
	head := len("SERASI-LEDGER-1\n") + 32 + 24 + 32
	n := binary.BigEndian.Uint64(b[head-40:])
	at, ends := head, []int{head}
	for range n {
		at += 4 + int(binary.BigEndian.Uint32(b[at:]))
		ends = append(ends, at)
	}
	first, second := b[ends[n-2]:ends[n-1]], b[ends[n-1]:ends[n]]
	events := slices.Concat(b[:ends[n-2]], second, first)
	if drop {
		events = slices.Clone(b[:ends[n-1]])
		binary.BigEndian.PutUint64(events[head-40:], n-1)
	}
	out := append(events, b[ends[n]:len(b)-sha256.Size]...)
	sum := sha256.Sum256(out)
	return append(out, sum[:]...)
}
