package federation_test

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"serasi/federation"
	"serasi/federation/link"
)

func TestMembersFindEachOther(t *testing.T) {
	all := start(t, "SOE", "ANT", "GAU", "SAT", "PLB")
	all.allSee(t)
	want := federation.Position{Event: 42, Hash8: [8]byte{1, 2}, Applied: 77, Flags: federation.Degraded}
	all[0].move(want)
	for _, n := range all[1:] {
		waitFor(t, n.id+" to hear where SOE is", func() bool { return n.sees("SOE").Position == want })
		p := n.sees("SOE")
		if p.Incarnation != 1 || p.Addr != all[0].port.Advertised() || p.LastHeard.IsZero() || p.Signed.IsZero() {
			t.Errorf("%s knows of SOE: %+v", n.id, p)
		}
		select {
		case <-n.gossip.Wake():
		case <-time.After(60 * time.Second):
			t.Errorf("%s was not woken", n.id)
		}
	}
	if s := all[0].port.Stats(); s.In[link.Gossip] == 0 || s.Open[link.GRPC] != 0 {
		t.Errorf("gossip went another way: %+v", s)
	}
}

// Both sides of a cut have forgotten each other; only the rejoin loop brings
// them together again.
func TestGossipHealsAfterACut(t *testing.T) {
	all := ports(t, "SOE", "ANT")
	var lines []*line
	for i, n := range all {
		l := newLine(t)
		lines = append(lines, l)
		n.listen(t, writeFile(t, all[1-i].id+" "+l.ln.Addr().String()+"\n"))
	}
	lines[0].lead(all[1].port.Advertised())
	lines[1].lead(all[0].port.Advertised())
	for _, n := range all {
		n.open(t, n.config())
	}
	all.allSee(t)
	for range 2 {
		for _, l := range lines {
			l.set(true)
		}
		for i, n := range all {
			waitFor(t, n.id+" to miss the other", func() bool { return n.sees(all[1-i].id).State == federation.Away })
		}
		for _, l := range lines {
			l.set(false)
		}
		all.allSee(t)
	}
}

// A revoked member is out of sight at once, and cannot speak to anybody.
func TestRevokedMemberLeavesGossip(t *testing.T) {
	all := start(t, "SOE", "ANT", "GAU")
	all.allSee(t)
	rest := group{all[0], all[2]}
	rest.know(t)
	for _, n := range rest {
		if p := n.sees("ANT"); p.ID != "" {
			t.Errorf("%s still lists the revoked member: %+v", n.id, p)
		}
		waitFor(t, n.id+"'s memberlist to drop it", func() bool { return !slices.Contains(n.gossip.Names(), "ANT-1") })
	}
	rest.allSee(t)
	for _, n := range rest {
		waitFor(t, "the revoked member to lose "+n.id, func() bool { return all[1].sees(n.id).State == federation.Away })
	}
}

// A name that is not in the registry stays out, also when a good member spreads
// it.
func TestUnknownNamesStayOut(t *testing.T) {
	all := ports(t, "SOE", "ANT", "GAU")
	all[1].knows(t, all[:2]) // ANT has never heard of GAU
	for _, n := range all {
		n.open(t, n.config())
	}
	waitFor(t, "SOE to see GAU", func() bool { return all[0].sees("GAU").State == federation.Connected })
	waitFor(t, "SOE to see ANT", func() bool { return all[0].sees("ANT").State == federation.Connected })
	// What SOE says of itself has come round, and so has what it says of GAU.
	all[0].move(federation.Position{Event: 5})
	waitFor(t, "ANT to hear of SOE", func() bool { return all[1].sees("SOE").Position.Event == 5 })
	if names := all[1].gossip.Names(); slices.Contains(names, "GAU-1") {
		t.Errorf("ANT lets in %v", names)
	}
	// The control: once admitted, it is found without anybody's help.
	all[1].knows(t, all)
	all.allSee(t)
}

// A member whose key signs nothing is not believed to be alive.
func TestUnsignedMetaStaysOut(t *testing.T) {
	all := ports(t, "SOE", "ANT", "GAU")
	all[1].key = keyOf("somebody else")
	for _, n := range all {
		n.open(t, n.config())
	}
	waitFor(t, "SOE to see GAU (control)", func() bool { return all[0].sees("GAU").State == federation.Connected })
	waitFor(t, "ANT to be heard", func() bool { return !all[0].sees("ANT").LastHeard.IsZero() })
	if p := all[0].sees("ANT"); p.State != federation.Away || p.ClockKnown || !p.Signed.IsZero() {
		t.Errorf("SOE believes in %+v", p)
	}
}

func TestAliveMessagesAreChecked(t *testing.T) {
	all := ports(t, "SOE", "ANT", "GAU")
	all[0].open(t, all[0].config())
	now := time.Now()
	meta := func(id string, incarnation uint32, key string) []byte {
		b, err := federation.SignedMeta(id, incarnation, "10.0.0.1:7443", federation.Position{}, now, (&node{key: keyOf(key)}).sign)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	good := meta("ANT", 3, "ANT")
	tests := map[string]struct {
		name        string
		meta        []byte
		placeholder bool
		ok          bool
	}{
		"as it should be (control)":  {"ANT-3", good, true, true},
		"under another name":         {"GAU-3", good, true, false},
		"another incarnation":        {"ANT-4", good, true, false},
		"signed by another":          {"ANT-3", meta("ANT", 3, "GAU"), true, false},
		"no member":                  {"BUD-1", meta("BUD", 1, "BUD"), true, false},
		"no meta":                    {"ANT-3", nil, true, false},
		"a name without number":      {"ANT", good, true, false},
		"a number in another form":   {"ANT-03", good, true, false},
		"with an address of its own": {"ANT-3", good, false, false},
		"cut":                        {"ANT-3", good[:len(good)-1], true, false},
		"altered":                    {"ANT-3", alter(good), true, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if err := all[0].gossip.Hear(tt.name, tt.meta, tt.placeholder); (err == nil) != tt.ok {
				t.Errorf("heard %s: %v", tt.name, err)
			}
		})
	}
}

// A restored node is let in when its old life is over, and nobody has two.
func TestOneIncarnationAtATime(t *testing.T) {
	all := start(t, "SOE", "ANT")
	all.allSee(t)
	next, err := federation.SignedMeta("ANT", 2, "10.0.0.1:7443", federation.Position{}, time.Now(), all[1].sign)
	if err != nil {
		t.Fatal(err)
	}
	if err := all[0].gossip.Hear("ANT-2", next, true); err == nil {
		t.Error("a second life was let in")
	}
	all[1].close(t)
	waitFor(t, "the first to end", func() bool { return all[0].sees("ANT").State == federation.Away })
	if err := all[0].gossip.Hear("ANT-2", next, true); err != nil {
		t.Errorf("the second was kept out: %v", err)
	}
}

func alter(b []byte) []byte {
	b = slices.Clone(b)
	b[20] ^= 1
	return b
}

// A beat counts only from the node that signed it: over another's connection it
// would move that node's clock.
func TestBeatsAreBoundToTheirSender(t *testing.T) {
	all := ports(t, "SOE", "ANT", "GAU")
	all[0].open(t, all[0].config())
	beat := func(id string, event uint64) []byte {
		b, err := federation.SignedMeta(id, 1, "10.0.0.1:7443", federation.Position{Event: event}, time.Now().Add(time.Hour), (&node{key: keyOf(id)}).sign)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	send := func(b []byte) *link.Conn {
		c, err := all[1].port.Dial(t.Context(), "SOE", link.Gossip)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		if err := federation.Beat(c, b); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for name, b := range map[string][]byte{"of another": beat("GAU", 9), "altered": alter(beat("ANT", 9)), "garbage": []byte("x")} {
		c := send(b)
		_ = c.SetReadDeadline(time.Now().Add(30 * time.Second))
		_, err := io.Copy(io.Discard, c)
		if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
			t.Errorf("a beat %s did not end the connection", name)
		}
		if p, q := all[0].sees("GAU"), all[0].sees("ANT"); p.ClockKnown || q.ClockKnown {
			t.Errorf("a beat %s counted", name)
		}
	}
	send(beat("ANT", 7))
	waitFor(t, "the control to count", func() bool { return all[0].sees("ANT").Position.Event == 7 })
	if p := all[0].sees("ANT"); p.Clock < 59*time.Minute || p.Clock > 61*time.Minute {
		t.Errorf("ANT's clock is %v ahead, want an hour", p.Clock)
	}
}

func TestClockIsTheMedianOfVoters(t *testing.T) {
	all := ports(t, "SOE", "ANT", "GAU", "SAT")
	for i, ahead := range []time.Duration{0, 90 * time.Second, 80 * time.Second, -100 * time.Hour} {
		c := all[i].config()
		c.Now = func() time.Time { return time.Now().Add(ahead) }
		all[i].open(t, c)
	}
	near := func(want time.Duration, clocks int) func() bool {
		return func() bool {
			got, n := all[0].gossip.ClockOffset()
			return n == clocks && (got-want).Abs() <= 2*time.Second
		}
	}
	waitFor(t, "the median of 0, 90, 80 and one liar", near(40*time.Second, 4))
	all[0].knows(t, all[:3])
	waitFor(t, "the median of 0, 90 and 80", near(80*time.Second, 3))
	if err := all[0].reg.Set(nil); err != nil {
		t.Fatal(err)
	}
	if got, n := all[0].gossip.ClockOffset(); got != 0 || n != 0 {
		t.Errorf("nobody votes: %v of %d clocks", got, n)
	}
}

// A node that comes back is known as what it is now, at its new address.
func TestNodeComesBack(t *testing.T) {
	all := start(t, "SOE", "ANT")
	all.allSee(t)
	all[1].close(t)
	waitFor(t, "SOE to miss ANT", func() bool { return all[0].sees("ANT").State == federation.Away })
	if err := all[1].port.Close(); err != nil {
		t.Fatal(err)
	}
	all[1].listen(t, "")
	all.know(t)
	c := all[1].config()
	c.Incarnation = 2
	all[1].open(t, c)
	all.allSee(t)
	waitFor(t, "the new incarnation", func() bool {
		p := all[0].sees("ANT")
		return p.Incarnation == 2 && p.Addr == all[1].port.Advertised()
	})
}

// A member that was moved without anybody being told is found by what it says
// of itself.
func TestGossipKnowsTheNewAddress(t *testing.T) {
	all := start(t, "SOE", "ANT")
	all.allSee(t)
	stale := []link.Peer{
		{ID: "SOE", Certs: [][]byte{all[0].self.Certificate()}, Addr: all[0].port.Advertised(), Active: true},
		{ID: "ANT", Certs: [][]byte{all[1].self.Certificate()}, Addr: "127.0.0.1:1", Active: true},
	}
	if err := all[0].reg.Set(stale); err != nil {
		t.Fatal(err)
	}
	c, err := all[0].port.Dial(t.Context(), "ANT", link.GRPC)
	if err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
}

// Packets to a member that does not answer are dropped, and never waited for.
func TestDeadPeerBlocksNobody(t *testing.T) {
	all := ports(t, "SOE", "ANT")
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = deaf.Close() })
	if err := all[0].reg.Set([]link.Peer{
		{ID: "SOE", Certs: [][]byte{all[0].self.Certificate()}, Active: true},
		{ID: "ANT", Certs: [][]byte{all[1].self.Certificate()}, Addr: deaf.Addr().String(), Active: true},
	}); err != nil {
		t.Fatal(err)
	}
	slow := quick
	slow.Patience = 5 * time.Second
	c := all[0].config()
	c.Timing = &slow
	all[0].open(t, c)
	began := time.Now()
	for range 1000 {
		if err := all[0].gossip.Send("ANT-1", []byte("packet")); err != nil {
			t.Fatal(err)
		}
		if err := all[0].gossip.Send("GAU-1", []byte("to a stranger")); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took > slow.Patience {
		t.Errorf("a dead peer was waited for: %v", took)
	}
	if n := all[0].gossip.Boxes(); n != 1 {
		t.Errorf("%d outboxes, want that of ANT", n)
	}
	all[0].knows(t, all[:1])
	waitFor(t, "the outbox to be forgotten", func() bool { return all[0].gossip.Boxes() == 0 })
}

func TestIdleConnectionsAreForgotten(t *testing.T) {
	all := ports(t, "SOE", "ANT")
	brief := quick
	brief.Idle, brief.Rejoin, brief.RejoinMin, brief.RejoinMax = 200*time.Millisecond, time.Hour, time.Hour, time.Hour
	c := all[0].config()
	c.Timing = &brief
	all[0].open(t, c) // ANT does not gossip, so nothing but this goes to it
	if err := all[0].gossip.Send("ANT-1", []byte("packet")); err != nil {
		t.Fatal(err)
	}
	if all[0].gossip.Boxes() != 1 {
		t.Fatal("there is no outbox")
	}
	waitFor(t, "the outbox to be forgotten", func() bool { return all[0].gossip.Boxes() == 0 })
}

func TestProfiles(t *testing.T) {
	for _, p := range []federation.Profile{federation.LAN, federation.WAN} {
		n := ports(t, "SOE")[0]
		c := n.config()
		c.Profile, c.Timing = p, nil
		if err := c.Check(); err != nil {
			t.Errorf("profile %s: %v", p, err)
		}
		n.open(t, c)
	}
	wan, _ := federation.WAN.Timing()
	if wan.ProbeTimeout != 4*time.Second || wan.Suspicion != 8 || wan.Rejoin != 30*time.Second {
		t.Errorf("wan: %+v", wan)
	}
}

func TestConfigTellsAllFaults(t *testing.T) {
	_, err := federation.Open(federation.Config{Profile: "moon"})
	for _, what := range []string{"port", "position", "sign", "verify", "moon"} {
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("no word of %s: %v", what, err)
		}
	}
	broken := quick
	broken.Beat = 0
	c := ports(t, "SOE")[0].config()
	c.Timing = &broken
	if _, err := federation.Open(c); err == nil {
		t.Error("opened with an interval of nothing")
	}
}
