package rpc_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"serasi/federation/link"
	"serasi/federation/rpc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// node is one balai that answers calls from a backend.
type node struct {
	id     string
	self   link.Identity
	reg    *link.Registry
	port   *link.Port
	client *rpc.Client
	back   *backend
}

// start opens nodes that know and serve each other.
func start(t *testing.T, codes ...string) []*node {
	t.Helper()
	var nodes []*node
	for _, id := range codes {
		n := &node{id: id, reg: link.NewRegistry(), back: &backend{packets: map[string]stored{}}}
		var err error
		if n.self, err = link.NewIdentity(id, nil); err != nil {
			t.Fatal(err)
		}
		n.listen(t, "")
		nodes = append(nodes, n)
	}
	for _, n := range nodes {
		set(t, n, nodes)
	}
	return nodes
}

func (n *node) listen(t *testing.T, overrides string) {
	t.Helper()
	port, err := link.Listen(link.Config{Listen: "127.0.0.1:0", Identity: n.self, Registry: n.reg, Overrides: overrides})
	if err != nil {
		t.Fatal(err)
	}
	server, err := rpc.Serve(rpc.ServerConfig{Port: port, Ledger: n.back, Packets: n.back, Status: n.back})
	if err != nil {
		t.Fatal(err)
	}
	n.port, n.client = port, rpc.NewClient(port)
	client := n.client
	t.Cleanup(func() {
		if err := errors.Join(client.Close(), server.Close(), port.Close()); err != nil {
			t.Errorf("close %s: %v", n.id, err)
		}
	})
}

// set makes n know members and nobody else.
func set(t *testing.T, n *node, members []*node) {
	t.Helper()
	var peers []link.Peer
	for _, m := range members {
		peers = append(peers, link.Peer{ID: m.id, Certs: [][]byte{m.self.Certificate()}, Addr: m.port.Advertised(), Active: true})
	}
	if err := n.reg.Set(peers); err != nil {
		t.Fatal(err)
	}
}

// backend plays the ledger and the packets of a node.
type backend struct {
	propose   func(ctx context.Context, caller string, entry []byte) ([]byte, error)
	readIndex func(ctx context.Context, caller string) (rpc.ReadIndex, error)
	events    [][]byte

	mu      sync.Mutex // guards packets
	packets map[string]stored
}

// stored is a packet and the one balai that may have it.
type stored struct {
	to      string
	content []byte
	digest  [sha256.Size]byte
	gate    io.Reader // read instead of content, if set
}

func (b *backend) Propose(ctx context.Context, caller string, entry []byte) ([]byte, error) {
	return b.propose(ctx, caller, entry)
}

func (b *backend) ReadIndex(ctx context.Context, caller string) (rpc.ReadIndex, error) {
	return b.readIndex(ctx, caller)
}

func (b *backend) Fetch(_ context.Context, _ string, from uint64, limit int) ([][]byte, error) {
	if from == 0 || from > uint64(len(b.events)) {
		return nil, rpc.NotFound.Because("there is no event %d", from)
	}
	rest := b.events[from-1:]
	return rest[:min(limit, len(rest))], nil
}

func (b *backend) Position(context.Context) rpc.Position {
	return rpc.Position{Event: 7, Hash: []byte("hash"), Wall: time.UnixMilli(1234567)}
}

func (b *backend) OpenPacket(_ context.Context, caller, handoff string) (rpc.Packet, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, ok := b.packets[handoff]
	switch {
	case !ok:
		return rpc.Packet{}, rpc.NotFound.Because("no such handoff")
	case caller != p.to:
		return rpc.Packet{}, rpc.Forbidden.Because("the packet is for another balai")
	}
	content := readSeeker{bytes.NewReader(p.content), p.gate}
	return rpc.Packet{Content: content, Size: int64(len(p.content)), Digest: p.digest}, nil
}

type readSeeker struct {
	*bytes.Reader
	gate io.Reader
}

func (r readSeeker) Read(b []byte) (int, error) {
	if r.gate != nil {
		return r.gate.Read(b)
	}
	return r.Reader.Read(b)
}

func (readSeeker) Close() error { return nil }

func (b *backend) put(handoff, to string, content []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.packets[handoff] = stored{to: to, content: content, digest: sha256.Sum256(content)}
}

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
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
