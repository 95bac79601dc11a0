package replication_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"serasi/replication"
	"serasi/replication/ledger"
)

var five = []ledger.NodeID{"AAA", "BBB", "CCC", "DDD", "EEE"}

func TestGroupsDecideFromAnyNode(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"one": 1, "three": 3, "five": 5} {
		t.Run(name, func(t *testing.T) {
			g := start(t, nil, five[:size]...)
			for _, n := range g.running() {
				first := g.must(n, g.anchor(n, 1))
				if again := g.must(n, g.anchor(n, 2)); again.Event <= first.Event {
					t.Errorf("%s: event %d after event %d", n.conf.Self, again.Event, first.Event)
				}
			}
			g.settled(uint64(1 + 2*size))
		})
	}
}

func TestTheSameBytesAgainGetTheFirstAnswer(t *testing.T) {
	t.Parallel()
	g := start(t, nil, five[:3]...)
	leader, other := g.leader(), g.follower()
	p := g.anchor(leader, 1)
	first := g.must(leader, p)
	g.must(leader, g.anchor(leader, 2))
	if again := g.must(other, p); again != first {
		t.Errorf("again: %+v, want %+v", again, first)
	}
	g.settled(3)
}

func TestIntakeRefusesWhatGuardsWouldRefuse(t *testing.T) {
	t.Parallel()
	g := start(t, nil, five[:3]...)
	n := g.leader()
	altered := g.anchor(n, 1)
	altered.Bytes = slices.Clone(altered.Bytes)
	altered.Bytes[len(altered.Bytes)-1] ^= 1
	stranger := ledger.Proposal{Signed: g.fed.sign(t, "XXX", ledger.Command{Act: ledger.Tick, Subject: ledger.Federation(), Body: &ledger.TickBody{}})}
	short := g.fed.offer(t, n.conf.Self, g.follower().conf.Self, 64)
	short.Payload = short.Payload[:63]
	rows := map[string]struct {
		p   ledger.Proposal
		why ledger.Reason
	}{
		"altered after signing": {altered, ledger.BadSignature},
		"key of nobody":         {stranger, ledger.UnknownKey},
		"not a command":         {ledger.Proposal{Signed: ledger.Signed{Bytes: []byte("x")}}, ledger.Malformed},
		"payload cut":           {short, ledger.Malformed},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			before := n.Status().Last
			g.refused(n, row.p, row.why)
			if after := n.Status().Last; after != before {
				t.Errorf("the log grew from %d to %d", before, after)
			}
		})
	}
	g.must(n, g.anchor(n, 1)) // the control
}

func TestLeaderDiesAndNothingIsLost(t *testing.T) {
	t.Parallel()
	g := start(t, nil, five[:3]...)
	old := g.leader()
	p := g.anchor(old, 1)
	want := g.must(old, p)
	code := old.conf.Self
	g.close(code)
	n := g.leader()
	if r := g.must(n, p); r != want {
		t.Errorf("after the leader died: %+v, want %+v", r, want)
	}
	g.must(n, g.anchor(n, 1))
	g.open(code)
	g.settled(3)
}

// A quiet group is level, though raft's own entries, as that of a new term, never
// come to the state machine.
func TestAQuietGroupIsLevel(t *testing.T) {
	t.Parallel()
	g := start(t, nil, five[:3]...)
	first := g.leader()
	term := first.Status().Term
	g.close(first.conf.Self)
	for _, n := range g.running() {
		waitFor(t, "nothing to be left to apply at "+string(n.conf.Self), func() bool {
			s := n.Status()
			if s.Applied > s.Commit {
				t.Fatalf("%d applied of %d committed", s.Applied, s.Commit)
			}
			return s.Term > term && s.Leader != "" && s.Commit == s.Last && s.Applied == s.Commit
		})
	}
}

func TestAllRestartAndGoOn(t *testing.T) {
	t.Parallel()
	g := start(t, nil, five[:3]...)
	for i := range uint64(3) {
		g.must(g.leader(), g.anchor(g.nodes["AAA"], i+1))
		for _, code := range five[:3] {
			g.close(code)
		}
		for _, code := range five[:3] {
			g.open(code)
		}
		g.settled(i + 2)
	}
}

// A node that starts without a majority still has all it ever showed, and does
// not lead.
func TestRestartedAloneKeepsItsState(t *testing.T) {
	t.Parallel()
	g := start(t, nil, five[:3]...)
	g.must(g.leader(), g.anchor(g.nodes["BBB"], 1))
	g.settled(2)
	for _, code := range five[:3] {
		g.close(code)
	}
	n := g.open("BBB")
	if s := n.Status(); s.Event != 2 || s.Head.IsZero() {
		t.Errorf("alone it shows %d events", s.Event)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*quick.Election)
	defer cancel()
	if _, err := n.Propose(ctx, g.anchor(n, 2)); !errors.Is(err, replication.ErrUnknown) {
		t.Errorf("a proposal without a majority: %v, want ErrUnknown", err)
	}
	if _, err := n.Fresh(ctx); !errors.Is(err, replication.ErrUnknown) {
		t.Errorf("a strong read without a majority: %v, want ErrUnknown", err)
	}
	g.open("AAA")
	g.must(n, g.anchor(n, 2)) // two of three are a majority
	g.settled(3)
}

func TestFreshShowsWhatOthersWereTold(t *testing.T) {
	t.Parallel()
	g := start(t, nil, five[:3]...)
	leader, other := g.leader(), g.follower()
	for i := range uint64(10) {
		r := g.must(leader, g.anchor(leader, i+1))
		asOf, err := other.Fresh(t.Context())
		if err != nil || asOf < r.Event {
			t.Fatalf("fresh as of %d, %v; want at least %d", asOf, err, r.Event)
		}
		if events, err := other.Since(r.Event-1, 1); err != nil || len(events) != 1 {
			t.Fatalf("event %d is not shown: %v", r.Event, err)
		}
	}
}

func TestSubscribersAreWokenApart(t *testing.T) {
	t.Parallel()
	g := start(t, nil, five[:1]...)
	n := g.leader()
	one, stopOne := n.Subscribe()
	two, stopTwo := n.Subscribe()
	defer stopTwo()
	g.must(n, g.anchor(n, 1))
	for i, bell := range []<-chan struct{}{one, two} {
		select {
		case <-bell:
		case <-time.After(60 * time.Second):
			t.Fatalf("subscriber %d was not woken", i+1)
		}
	}
	stopOne()
	g.must(n, g.anchor(n, 2))
	<-two
	select {
	case <-one:
		t.Error("woken after it stopped")
	default:
	}
}

func TestFilesThatDoNotFitAreRefused(t *testing.T) {
	t.Parallel()
	rows := map[string]struct {
		damage func(t *testing.T, c *replication.Config)
		want   error
	}{
		"untouched": {func(*testing.T, *replication.Config) {}, nil},
		"raft files lost": {func(t *testing.T, c *replication.Config) {
			remove(t, filepath.Join(c.Dir, "raft"))
		}, replication.ErrRejoin},
		"another incarnation": {func(_ *testing.T, c *replication.Config) {
			c.Raft = raftID(c.Self, 2)
		}, replication.ErrForeign},
		"another federation": {func(_ *testing.T, c *replication.Config) {
			c.Federation = ledger.Hash{9}
		}, replication.ErrForeign},
		"a witness of another history": {func(t *testing.T, c *replication.Config) {
			if err := os.WriteFile(filepath.Join(c.Dir, "witness"), []byte("2 "+ledger.Hash{7}.String()+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, replication.ErrRejoin},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			g := start(t, nil, "AAA")
			n := g.leader()
			g.must(n, g.anchor(n, 1))
			g.close("AAA")
			row.damage(t, &g.nodes["AAA"].conf)
			if err := g.tryOpen("AAA"); !errors.Is(err, row.want) {
				t.Errorf("opened: %v, want %v", err, row.want)
			}
		})
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

// Raft still has the log: the ledger is applied again from it.
func TestLostLedgerIsRebuiltFromTheLog(t *testing.T) {
	t.Parallel()
	g := start(t, nil, five[:3]...)
	g.must(g.leader(), g.anchor(g.nodes["CCC"], 1))
	g.settled(2)
	g.close("CCC")
	remove(t, filepath.Join(g.nodes["CCC"].conf.Dir, "ledger.db"))
	g.open("CCC")
	g.settled(2)
}
