package replication_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"serasi/replication"
	"serasi/replication/ledger"
)

// recovery is what the officers sign for a survivor, as its folder has it.
func (g *group) recovery(code ledger.NodeID, at replication.Remains, v ledger.View) *ledger.Signed {
	body := &ledger.RecoverBody{Survivor: code, Base: at.Event, BaseHash: at.Head}
	m := v.MotionFor(ledger.Recover, ledger.Federation(), ledger.ContentOf(body))
	body.Approvals = g.fed.approvals(m)
	signed := g.fed.sign(g.t, code, ledger.Command{Act: ledger.Recover, Subject: ledger.Federation(), Prev: m.Prev, Body: body})
	return &signed
}

// remains looks at a folder and changes nothing.
func (g *group) remains(code ledger.NodeID) (at replication.Remains) {
	g.t.Helper()
	err := replication.Recover(g.nodes[code].conf, func(r replication.Remains, _ ledger.View) (*ledger.Signed, error) {
		at = r
		return nil, nil
	})
	if err != nil {
		g.t.Fatalf("look at %s: %v", code, err)
	}
	return at
}

// reborn opens a node as a new incarnation and lets a member put it into the
// ledger.
func (g *group) reborn(code ledger.NodeID, by *node) *node {
	g.t.Helper()
	n := g.nodes[code]
	if err := replication.Wipe(n.conf.Dir); err != nil {
		g.t.Fatal(err)
	}
	n.conf.Raft = raftID(code, 2)
	n.conf.Introduced = []replication.Introduced{{Code: by.conf.Self, Raft: by.conf.Raft, Voter: true}}
	g.open(code)
	f, s := founding(code), ledger.MemberOf(code)
	g.must(by, ledger.Proposal{Signed: g.fed.sign(g.t, code, ledger.Command{
		Act: ledger.Renew, Subject: s, Prev: g.head(by, ledger.Renew, s),
		Body: &ledger.RenewBody{Raft: n.conf.Raft, TLS: f.TLS, Seal: append([]byte{99}, f.Seal[1:]...), Addr: f.Addr},
	})})
	return n
}

// Three of five voters are lost. The survivor that has most begins a new group;
// the other survivor, and one of the lost that was only cut off, are refused
// until they come back as new incarnations.
func TestMajorityIsLostAndRecovered(t *testing.T) {
	t.Parallel()
	g := start(t, nil, five...)
	for i := range uint64(20) {
		n := g.running()[i%5]
		g.must(n, g.anchor(n, i+1))
	}
	g.settled(21)
	for _, code := range five {
		g.close(code)
	}
	for _, code := range five[3:] {
		if err := os.RemoveAll(g.nodes[code].conf.Dir); err != nil {
			t.Fatal(err)
		}
	}
	first, second, back := five[0], five[1], five[2]
	if a, b := g.remains(first), g.remains(second); b.Term > a.Term || b.Term == a.Term && b.Last > a.Last {
		first, second = second, first
	}
	had := g.remains(first)
	if had.Event != 21 {
		t.Fatalf("the survivor has %d events of 21", had.Event)
	}

	// Without enough officers nothing happens, and looking changes nothing.
	conf := g.nodes[first].conf
	err := replication.Recover(conf, func(at replication.Remains, v ledger.View) (*ledger.Signed, error) {
		s := g.fed.sign(t, first, ledger.Command{Act: ledger.Recover, Subject: ledger.Federation(), Prev: v.HeadFor(ledger.Recover, ledger.Federation()),
			Body: &ledger.RecoverBody{Survivor: first, Base: at.Event, BaseHash: at.Head}})
		return &s, nil
	})
	if err == nil || !strings.Contains(err.Error(), "too few officers") {
		t.Fatalf("recovered without officers: %v", err)
	}
	if at := g.remains(first); at != had {
		t.Fatalf("a refusal changed %+v to %+v", had, at)
	}
	err = replication.Recover(conf, func(at replication.Remains, v ledger.View) (*ledger.Signed, error) {
		return g.recovery(first, at, v), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	lead := g.open(first)
	waitFor(t, "the survivor to lead alone", func() bool { s := lead.Status(); return s.Role == replication.Leader && s.Event == 22 })
	g.must(lead, g.anchor(lead, 40))
	_ = lead.View(func(v ledger.View) error {
		if h, ok := v.HashAt(had.Event); !ok || h != had.Head {
			t.Error("history was lost")
		}
		return nil
	})

	// Who was there before stops as soon as it hears, and stays stopped.
	for _, code := range []ledger.NodeID{second, back} {
		n := g.open(code)
		waitFor(t, "a node of the old group to stop", func() bool { return strings.Contains(n.Status().Halted, "serasi rejoin") })
		if base, yes, err := replication.Superseded(n.conf.Dir); !yes || base != had.Event || err != nil {
			t.Errorf("%s notes base %d, %v, %v", code, base, yes, err)
		}
		g.close(code)
	}
	g.mesh.set(string(second), true)
	if n := g.open(second); !strings.Contains(n.Status().Halted, replication.ErrSuperseded.Error()) {
		t.Errorf("alone after a restart it says %q", n.Status().Halted)
	}
	g.close(second)
	g.mesh.set(string(second), false)

	for _, code := range []ledger.NodeID{second, back} {
		g.reborn(code, lead)
	}
	waitFor(t, "three voters", func() bool { return len(voters(lead)) == 3 })
	g.must(g.nodes[back], g.anchor(g.nodes[back], 41))
	g.agree()
}

// What lies in a folder without a whole raft log is no ground to go on from.
func TestNothingIsRecoveredFromHalf(t *testing.T) {
	t.Parallel()
	g := start(t, nil, "AAA")
	g.must(g.leader(), g.anchor(g.nodes["AAA"], 1))
	g.close("AAA")
	if err := os.RemoveAll(g.nodes["AAA"].conf.Dir + "/raft"); err != nil {
		t.Fatal(err)
	}
	err := replication.Recover(g.nodes["AAA"].conf, func(at replication.Remains, v ledger.View) (*ledger.Signed, error) {
		return g.recovery("AAA", at, v), nil
	})
	if !errors.Is(err, replication.ErrRejoin) {
		t.Errorf("recovered without a raft log: %v", err)
	}
}
