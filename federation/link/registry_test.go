package link_test

import (
	"slices"
	"strings"
	"testing"

	"serasi/federation/link"
)

func TestRevokedMemberIsCutOff(t *testing.T) {
	tests := map[string]func(link.Peer) []link.Peer{
		"suspended": func(p link.Peer) []link.Peer { p.Active = false; return []link.Peer{p} },
		"gone":      func(link.Peer) []link.Peer { return nil },
		"new key":   func(p link.Peer) []link.Peer { p.Certs = nil; return []link.Peer{p} },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			nodes := start(t, "SOE", "ANT", "GAU")
			for _, n := range nodes {
				echo(t, n, link.GRPC)
			}
			in := dial(t, nodes[1], "SOE", link.GRPC)  // what it holds to us
			out := dial(t, nodes[0], "ANT", link.GRPC) // what we hold to it
			other := dial(t, nodes[2], "SOE", link.GRPC)
			for _, c := range []*link.Conn{in, out, other} {
				roundTrip(t, c)
			}
			set(t, nodes[0], append([]link.Peer{nodes[0].peer(), nodes[2].peer()}, change(nodes[1].peer())...))
			if !endsSoon(in) {
				t.Error("its open connection goes on")
			}
			if tryRoundTrip(out) == nil {
				t.Error("our open connection to it goes on")
			}
			if c, err := nodes[1].port.Dial(t.Context(), "SOE", link.GRPC); err == nil {
				if tryRoundTrip(c) == nil {
					t.Error("it is served again")
				}
				_ = c.Close()
			}
			if _, err := nodes[0].port.Dial(t.Context(), "ANT", link.GRPC); err == nil {
				t.Error("it can still be dialled")
			}
			roundTrip(t, other) // the control: nobody else was cut
		})
	}
}

// While a key is replaced both are valid; then the old one ends and the new one
// goes on.
func TestKeyIsReplacedWithoutAGap(t *testing.T) {
	nodes := start(t, "SOE", "ANT")
	echo(t, nodes[0], link.GRPC)
	old := dial(t, nodes[1], "SOE", link.GRPC)
	roundTrip(t, old)

	next := identity(t, "ANT")
	both := nodes[1].peer()
	both.Certs = append(both.Certs, next.Certificate())
	for _, n := range nodes {
		set(t, n, []link.Peer{nodes[0].peer(), both})
	}
	roundTrip(t, old)
	if err := nodes[1].port.SetIdentity(next); err != nil {
		t.Fatal(err)
	}
	fresh := dial(t, nodes[1], "SOE", link.GRPC)
	roundTrip(t, fresh)

	both.Certs = both.Certs[1:]
	for _, n := range nodes {
		set(t, n, []link.Peer{nodes[0].peer(), both})
	}
	if !endsSoon(old) {
		t.Error("the old key's connection goes on")
	}
	roundTrip(t, fresh)
	if err := nodes[1].port.SetIdentity(identity(t, "GAU")); err == nil {
		t.Error("a port changed its name")
	}
}

// One bad line is reported and does not take the others with it.
func TestRegistryLeavesOutWhatIsWrong(t *testing.T) {
	soe, ant, gau := identity(t, "SOE"), identity(t, "ANT"), identity(t, "GAU")
	line := func(id string, certs ...[]byte) link.Peer { return link.Peer{ID: id, Certs: certs, Active: true} }
	tests := map[string]struct {
		bad  link.Peer
		want string
	}{
		"not a certificate":     {line("ANT", []byte("x")), "certificate of ANT"},
		"of another balai":      {line("ANT", gau.Certificate()), "names another node"},
		"with a tail":           {line("ANT", append(ant.Certificate(), 0)), "certificate of ANT"},
		"listed twice":          {line("SOE", soe.Certificate()), "listed twice"},
		"a code that is no DNS": {line("../x", ant.Certificate()), "balai code"},
		"a flipped signature":   {line("ANT", flip(ant.Certificate())), "not signed by its own key"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := link.NewRegistry()
			changed := r.Changed()
			err := r.Set([]link.Peer{tt.bad, line("SOE", soe.Certificate()), line("GAU", gau.Certificate())})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Set: %v, want words with %q", err, tt.want)
			}
			for _, id := range []string{"SOE", "GAU"} {
				if p, ok := r.Find(id); !ok || len(p.Certs) != 1 {
					t.Errorf("%s was left out", id)
				}
			}
			select {
			case <-changed:
			default:
				t.Error("nobody was told")
			}
		})
	}
}

func TestRegistryListsActiveMembers(t *testing.T) {
	r := link.NewRegistry()
	if err := r.Set([]link.Peer{{ID: "SOE", Active: true}, {ID: "GAU"}, {ID: "ANT", Active: true, Voter: true}}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range r.Peers() {
		got = append(got, p.ID)
	}
	if !slices.Equal(got, []string{"ANT", "SOE"}) {
		t.Errorf("active members: %v", got)
	}
	if _, ok := r.Find("GAU"); ok {
		t.Error("an inactive member is found")
	}
}

func flip(b []byte) []byte {
	b[len(b)-1] ^= 1
	return b
}
