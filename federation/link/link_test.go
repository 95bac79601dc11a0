package link_test

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"serasi/federation/link"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// node is one balai with one open port.
type node struct {
	id   string
	self link.Identity
	reg  *link.Registry
	port *link.Port
}

// start opens ports for codes, each of which knows all the others.
func start(t *testing.T, codes ...string) []*node {
	t.Helper()
	var nodes []*node
	for _, id := range codes {
		n := &node{id: id, self: identity(t, id), reg: link.NewRegistry()}
		n.open(t, "")
		nodes = append(nodes, n)
	}
	for _, n := range nodes {
		set(t, n, peers(nodes))
	}
	return nodes
}

func (n *node) open(t *testing.T, overrides string) {
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

func peers(nodes []*node) (all []link.Peer) {
	for _, n := range nodes {
		all = append(all, n.peer())
	}
	return all
}

func (n *node) peer() link.Peer {
	return link.Peer{ID: n.id, Certs: [][]byte{n.self.Certificate()}, Addr: n.port.Advertised(), Active: true}
}

func set(t *testing.T, n *node, peers []link.Peer) {
	t.Helper()
	if err := n.reg.Set(peers); err != nil {
		t.Fatal(err)
	}
}

func identity(t *testing.T, id string) link.Identity {
	t.Helper()
	i, err := link.NewIdentity(id, nil)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// echo answers with what it hears, on one protocol, until the port closes.
func echo(t *testing.T, n *node, proto string) {
	t.Helper()
	done := make(chan struct{})
	ln := n.port.Listener(proto)
	go func() {
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	t.Cleanup(func() { _ = ln.Close(); <-done })
}

// roundTrip proves that a connection works both ways.
func roundTrip(t *testing.T, c net.Conn) {
	t.Helper()
	if err := tryRoundTrip(c); err != nil {
		t.Fatal(err)
	}
}

func tryRoundTrip(c net.Conn) error {
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return err
	}
	if _, err := c.Write([]byte("salam")); err != nil {
		return err
	}
	b := make([]byte, 5)
	if _, err := io.ReadFull(c, b); err != nil {
		return err
	}
	if string(b) != "salam" {
		return errors.New("the echo is not what was said")
	}
	return nil
}

// endsSoon says whether the other side closes c, rather than keeping it open.
func endsSoon(c net.Conn) bool {
	_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
	_, err := io.Copy(io.Discard, c)
	var timeout net.Error
	return !errors.As(err, &timeout) || !timeout.Timeout()
}

func dial(t *testing.T, from *node, to, proto string) *link.Conn {
	t.Helper()
	c, err := from.port.Dial(t.Context(), to, proto)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
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

func writeFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "peers")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
