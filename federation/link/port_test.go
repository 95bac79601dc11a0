package link_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"serasi/federation/link"
)

func TestEverythingOverOnePort(t *testing.T) {
	nodes := start(t, "SOE", "ANT", "GAU", "SAT")
	members := []string{link.GRPC, link.Raft, link.Gossip}
	for _, n := range nodes {
		for _, proto := range members {
			echo(t, n, proto)
		}
	}
	for _, from := range nodes {
		for _, to := range nodes {
			for _, proto := range members {
				c := dial(t, from, to.id, proto)
				roundTrip(t, c)
				if c.Peer() != to.id || c.Protocol() != proto {
					t.Errorf("dialled %s of %s, met %s of %s", proto, to.id, c.Protocol(), c.Peer())
				}
				if got := c.ConnectionState().CurveID; got != tls.X25519MLKEM768 {
					t.Errorf("key exchange %v, want %v", got, tls.X25519MLKEM768)
				}
			}
		}
	}
	s := nodes[0].port.Stats()
	for _, name := range append(members, link.Handshakes) {
		if s.In[name] == 0 || s.Out[name] == 0 {
			t.Errorf("no bytes counted for %s: %+v", name, s)
		}
	}
	if s.Open[link.Raft] == 0 {
		t.Errorf("no open raft connection is counted: %+v", s)
	}
}

func TestServerKnowsWhoCalls(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	c := dial(t, nodes[1], "SOE", link.Raft)
	in, err := nodes[0].port.Listener(link.Raft).Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	caller, ok := in.(*link.Conn)
	if !ok || caller.Peer() != "ANT" {
		t.Fatalf("the server met %v", in)
	}
	here, err := caller.Exporter("EXPORTER-test")
	if err != nil {
		t.Fatal(err)
	}
	there, err := c.Exporter("EXPORTER-test")
	if err != nil || string(here) != string(there) || len(here) != 32 {
		t.Errorf("the two ends export %x and %x, %v", here, there, err)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	for _, proto := range []string{link.GRPC, link.Raft, link.Gossip, link.Join} {
		echo(t, nodes[0], proto)
	}
	member, thief := nodes[1].self, identity(t, "ANT") // the thief has the right name and a key of its own
	tests := map[string]struct {
		who    link.Identity
		protos []string
		max    uint16
		none   bool // no certificate
		want   string
	}{
		"stolen name on gRPC":        {who: thief, protos: []string{link.GRPC}, want: link.RefusedStranger},
		"stolen name on raft":        {who: thief, protos: []string{link.Raft}, want: link.RefusedStranger},
		"stolen name on gossip":      {who: thief, protos: []string{link.Gossip}, want: link.RefusedStranger},
		"join with another":          {who: thief, protos: []string{link.Join, link.Raft}, want: link.RefusedProtocol},
		"another with join":          {who: thief, protos: []string{link.Raft, link.Join}, want: link.RefusedProtocol},
		"no certificate":             {none: true, protos: []string{link.GRPC}, want: link.RefusedOther},
		"no certificate to join":     {none: true, protos: []string{link.Join}, want: link.RefusedOther},
		"member with TLS 1.2":        {who: member, protos: []string{link.GRPC}, max: tls.VersionTLS12, want: link.RefusedVersion},
		"member on HTTP/1.1":         {who: member, protos: []string{"http/1.1"}, want: link.RefusedProtocol},
		"member without ALPN":        {who: member, want: link.RefusedProtocol},
		"member with two protocols":  {who: member, protos: []string{link.GRPC, link.Raft}, want: link.RefusedProtocol},
		"the control: member, gRPC":  {who: member, protos: []string{link.GRPC}},
		"the control: thief to join": {who: thief, protos: []string{link.Join}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			before := nodes[0].port.Stats().Refused[tt.want]
			conf := &tls.Config{InsecureSkipVerify: true, NextProtos: tt.protos, MaxVersion: tt.max} // the stranger does not care whom it reaches
			if !tt.none {
				conf.Certificates = []tls.Certificate{certificate(t, tt.who)}
			}
			c, err := tls.Dial("tcp", nodes[0].port.Addr().String(), conf)
			if err == nil {
				defer func() { _ = c.Close() }()
				err = tryRoundTrip(c) // in TLS 1.3 the client learns of it here
			}
			if tt.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if err == nil {
				t.Error("served")
			}
			waitFor(t, "the refusal to be counted", func() bool { return nodes[0].port.Stats().Refused[tt.want] > before })
		})
	}
	select {
	case <-nodes[0].port.Strangers():
	default:
		t.Error("nobody was told of the strangers")
	}
}

// certificate is an identity in the hands of a program of somebody else.
func certificate(t *testing.T, i link.Identity) tls.Certificate {
	t.Helper()
	b, err := i.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	c, err := tls.X509KeyPair(b, b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Who answers a dial must hold a key of the member that was dialled, wherever
// the bytes went.
func TestDialMeetsWhomItMeant(t *testing.T) {
	nodes := start(t, "SOE", "ANT", "GAU")
	impostor := &node{id: "ANT", self: identity(t, "ANT"), reg: link.NewRegistry()}
	impostor.open(t, "")
	set(t, impostor, append(peers(nodes[:1]), impostor.peer()))
	for _, n := range append(nodes, impostor) {
		echo(t, n, link.GRPC)
	}
	tests := map[string]struct {
		addr string
		ok   bool
	}{
		"the member itself (control)": {nodes[1].port.Advertised(), true},
		"another member":              {nodes[2].port.Advertised(), false},
		"an impostor":                 {impostor.port.Advertised(), false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			caller := &node{id: "SOE", self: nodes[0].self, reg: link.NewRegistry()}
			caller.open(t, writeFile(t, "# diverted\nGAU 127.0.0.1:1\nANT\t"+tt.addr+"\nbroken line here\n"))
			set(t, caller, peers(nodes))
			c, err := caller.port.Dial(t.Context(), "ANT", link.GRPC)
			if err == nil {
				defer func() { _ = c.Close() }()
				err = tryRoundTrip(c)
			}
			if (err == nil) != tt.ok {
				t.Errorf("dialled ANT at %s: %v", name, err)
			}
		})
	}
	if _, err := nodes[0].port.Dial(t.Context(), "BUD", link.GRPC); !errors.Is(err, link.ErrStranger) {
		t.Errorf("dialled somebody unknown: %v, want ErrStranger", err)
	}
}

// When the registry's address is out of date, what gossip has heard helps.
func TestHintIsTheLastResort(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	echo(t, nodes[1], link.GRPC)
	moved := nodes[1].peer()
	moved.Addr = "127.0.0.1:1"
	set(t, nodes[0], []link.Peer{nodes[0].peer(), moved})
	if _, err := nodes[0].port.Dial(t.Context(), "ANT", link.GRPC); err == nil {
		t.Fatal("the old address answers")
	}
	nodes[0].port.SetHint(func(string) string { return nodes[1].port.Advertised() })
	roundTrip(t, dial(t, nodes[0], "ANT", link.GRPC))
}

// Whoever only opens connections gets no crypto done for him, and does not keep
// others out.
func TestPortShedsLoadBeforeCrypto(t *testing.T) {
	n := start(t, "SOE")[0]
	for range 100 { // well over the handshakes that one source may have at once
		c, err := net.Dial("tcp", n.port.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
	}
	waitFor(t, "load to be shed", func() bool { return n.port.Stats().Refused[link.RefusedShed] >= 50 })

	late, err := net.Dial("tcp", n.port.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = late.Close() }()
	if !endsSoon(late) {
		t.Error("one more connection was kept waiting")
	}

	elsewhere := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	c, err := tls.DialWithDialer(&elsewhere, "tcp", n.port.Addr().String(), &tls.Config{
		InsecureSkipVerify: true, NextProtos: []string{link.Join}, Certificates: []tls.Certificate{certificate(t, n.self)},
	})
	if err != nil {
		t.Fatalf("another source is kept out: %v", err)
	}
	_ = c.Close()
}

// Not even a member may take all our file descriptors.
func TestOnePeerHoldsSoManyConnections(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	echo(t, nodes[0], link.Raft)
	refused := func() bool { return nodes[0].port.Stats().Refused[link.RefusedTooMany] > 0 }
	for range 64 {
		roundTrip(t, dial(t, nodes[1], "SOE", link.Raft))
	}
	if refused() {
		t.Fatal("refused too early")
	}
	last := dial(t, nodes[1], "SOE", link.Raft)
	waitFor(t, "the 65th to be refused", refused)
	if tryRoundTrip(last) == nil {
		t.Error("the 65th connection is served")
	}
}

func TestCloseCutsEverything(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	echo(t, nodes[0], link.GRPC)
	out := dial(t, nodes[1], "SOE", link.GRPC)
	roundTrip(t, out)
	unaccepted := dial(t, nodes[1], "SOE", link.Gossip)
	if err := nodes[0].port.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []net.Conn{out, unaccepted} {
		if !endsSoon(c) {
			t.Error("a connection outlived its port")
		}
	}
	if _, err := nodes[0].port.Listener(link.GRPC).Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after Close: %v", err)
	}
	if _, err := nodes[0].port.Dial(t.Context(), "ANT", link.GRPC); err == nil {
		t.Error("a closed port dials")
	}
}

func TestJoinPinsTheInviter(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	newcomer := identity(t, "BUD")
	echo(t, nodes[0], link.Join)
	addr := nodes[0].port.Advertised()

	c, err := link.DialJoin(t.Context(), newcomer, "SOE", addr, nodes[0].self.Key())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	roundTrip(t, c)

	tests := map[string]struct {
		id  string
		pin link.Key
	}{
		"another key":                    {"SOE", nodes[1].self.Key()},
		"another name":                   {"ANT", nodes[0].self.Key()},
		"another member's key and name":  {"ANT", nodes[1].self.Key()},
		"no key":                         {"SOE", link.Key{}},
		"a name that is no balai's code": {"", nodes[0].self.Key()},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if c, err := link.DialJoin(t.Context(), newcomer, tt.id, addr, tt.pin); err == nil {
				_ = c.Close()
				t.Error("connected")
			}
		})
	}
}

// A guest that joins is shown to the server by its certificate only.
func TestGuestHasNoName(t *testing.T) {
	n := start(t, "SOE")[0]
	guest := identity(t, "SOE")
	c, err := link.DialJoin(t.Context(), guest, "SOE", n.port.Advertised(), n.self.Key())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	in, err := n.port.Listener(link.Join).Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	if known := in.(*link.Conn); known.Peer() != "" || string(known.PeerCertificate()) != string(guest.Certificate()) {
		t.Errorf("the guest is called %q", known.Peer())
	}
	if _, err := n.reg.Identify(in.(*link.Conn).ConnectionState()); !errors.Is(err, link.ErrStranger) {
		t.Errorf("a guest is identified as a member: %v", err)
	}
}

func TestConfigTellsAllFaults(t *testing.T) {
	_, err := link.Listen(link.Config{Listen: "nowhere", Advertise: "host:0"})
	if err == nil {
		t.Fatal("opened")
	}
	var all interface{ Unwrap() []error }
	if !errors.As(err, &all) || len(all.Unwrap()) != 4 {
		t.Errorf("want four faults at once, got: %v", err)
	}
}

func TestSlowHandshakeEnds(t *testing.T) {
	n := start(t, "SOE")[0]
	c, err := net.Dial("tcp", n.port.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
	_, err = io.Copy(io.Discard, c)
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		t.Error("the port waits for ever")
	}
	waitFor(t, "the time-out to be counted", func() bool { return n.port.Stats().Refused[link.RefusedTimeout] == 1 })
}
