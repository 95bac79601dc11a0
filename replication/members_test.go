package replication_test

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"serasi/replication"
	"serasi/replication/ledger"
)

// voters are the codes that vote in the raft group as n sees it.
func voters(n *node) (codes []ledger.NodeID) {
	s := n.Status()
	for _, p := range s.Peers {
		if p.Voter {
			codes = append(codes, p.Code)
		}
	}
	if s.Voter {
		codes = append(codes, n.conf.Self)
	}
	slices.Sort(codes)
	return codes
}

func TestGroupGrowsFromOneToFive(t *testing.T) {
	t.Parallel()
	g := start(t, nil, "AAA")
	first := g.leader()
	g.join(first, "BBB")
	g.settled(4)
	if got := voters(first); len(got) != 1 {
		t.Errorf("with two members %v vote, want one", got)
	}
	g.join(first, "CCC")
	waitFor(t, "three voters", func() bool { return len(voters(first)) == 3 })
	g.join(first, "DDD")
	g.join(first, "EEE")
	waitFor(t, "five voters", func() bool { return len(voters(first)) == 5 })
	g.close("AAA")
	g.must(g.leader(), g.anchor(g.nodes["EEE"], 1)) // four of five go on
	g.settled(first5)
}

// first5 are the events of a group that grew to five: the genesis, three acts
// for each newcomer, two seats, one anchor.
const first5 = 1 + 4*3 + 2 + 1

func TestRevokedMemberLeavesTheGroup(t *testing.T) {
	t.Parallel()
	g := start(t, nil, five...)
	n := g.leader()
	gone := g.follower()
	code := gone.conf.Self
	g.decided(n, ledger.Revoke, ledger.MemberOf(code), func(a []ledger.Approval) ledger.Body {
		return &ledger.VerdictBody{Approvals: a}
	})
	waitFor(t, "the removal", func() bool {
		return !slices.ContainsFunc(g.leader().Status().Peers, func(p replication.Peer) bool { return p.Code == code })
	})
	for _, other := range g.running() {
		if other != gone {
			g.must(other, g.anchor(other, 1))
		}
	}
	// It may have been cut off before it heard; then nobody leads it any more.
	waitFor(t, "the revoked node to be alone", func() bool {
		s := gone.Status()
		return s.Role == replication.Stopped && s.Halted != "" || s.Role == replication.Candidate && s.Leader == ""
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if r, err := gone.Propose(ctx, g.anchor(gone, 1)); err == nil && r.Refused == 0 {
		t.Error("the revoked node still decides")
	}
}

func TestAwayVoterLosesItsRoleOnly(t *testing.T) {
	t.Parallel()
	early := time.Now().Add(-2 * ledger.SeatCooldown)
	g := start(t, func(c *replication.Config) {
		c.Timing.AwayAfter = 500 * time.Millisecond
		c.Clock = func() time.Time { return early }
	}, five[:3]...)
	n := g.leader()
	g.join(n, "DDD")
	away := g.nodes[five[0]]
	if away == n {
		away = g.nodes[five[1]]
	}
	for _, node := range g.running() { // later than the cool-down of seats allows
		code := node.conf.Self
		g.close(code)
		g.nodes[code].conf.Clock = nil
	}
	for _, code := range []ledger.NodeID{"AAA", "BBB", "CCC", "DDD"} {
		if code != away.conf.Self {
			g.open(code)
		}
	}
	waitFor(t, "the role to move", func() bool {
		var now []ledger.NodeID
		_ = g.leader().View(func(v ledger.View) error {
			for _, m := range v.Members() {
				if m.Voter {
					now = append(now, m.Code)
				}
			}
			return nil
		})
		return len(now) == 3 && slices.Contains(now, "DDD") && !slices.Contains(now, away.conf.Self)
	})
	waitFor(t, "raft to follow", func() bool {
		for _, p := range g.leader().Status().Peers {
			if p.Code == away.conf.Self {
				return !p.Voter // still a member
			}
		}
		return false
	})
}

// A member that was away while all voters it knew were replaced learns of the
// new ones from a member it knows, and catches up.
func TestLateMemberLearnsNewVoters(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *replication.Config) { c.Timing.PromoteAfter = time.Hour }, "AAA")
	first := g.leader()
	late := g.join(first, "BBB")
	g.join(first, "EEE") // whom the late one knows
	g.settled(7)
	g.close(late.conf.Self)
	g.close("AAA")
	g.nodes["AAA"].conf.Timing.PromoteAfter = quick.PromoteAfter
	first = g.open("AAA")
	g.leader()
	g.join(first, "CCC")
	waitFor(t, "three voters", func() bool { return len(voters(first)) == 3 })
	g.mesh.set("BBB", true)
	g.open("BBB")
	g.close("AAA")
	leader := g.leader()
	r := g.must(leader, g.anchor(leader, 1))
	g.mesh.set("BBB", false)
	g.settled(r.Event)
}

func TestTickPassesTime(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *replication.Config) { c.Timing.TickEvery = 50 * time.Millisecond }, "AAA")
	g.settled(3)
	events, err := g.leader().Since(1, 1)
	if err != nil || len(events) != 1 || events[0].Act != ledger.Tick {
		t.Errorf("the second event is %v, %v; want a tick", events, err)
	}
}

func TestDeadlineIsClosedByTheClock(t *testing.T) {
	t.Parallel()
	g := start(t, nil, "AAA", "BBB", "CCC")
	n := g.leader()
	to := g.follower().conf.Self
	p := g.fed.offer(t, n.conf.Self, to, 64)
	g.must(n, p)
	for _, node := range g.running() {
		g.close(node.conf.Self)
		g.nodes[node.conf.Self].conf.Clock = func() time.Time { return time.Now().Add(2 * time.Hour) }
	}
	for _, code := range five[:3] {
		g.open(code)
	}
	cmd, _ := ledger.DecodeCommand(p.Bytes)
	waitFor(t, "the offer to expire", func() (expired bool) {
		_ = g.leader().View(func(v ledger.View) error {
			h, ok := v.Handoff(cmd.Subject.ID())
			expired = ok && h.Stage == ledger.Expired
			return nil
		})
		return expired
	})
	g.settled(3)
}

func TestSkewedClockDoesNotLead(t *testing.T) {
	t.Parallel()
	g := start(t, func(c *replication.Config) {
		if c.Self != "CCC" {
			c.Skew = func() (time.Duration, bool) { return 2 * time.Minute, true }
		}
	}, five[:3]...)
	g.must(g.nodes["AAA"], g.anchor(g.nodes["AAA"], 1))
	if l := g.leader(); l.conf.Self != "CCC" {
		t.Errorf("%s leads with a wrong clock", l.conf.Self)
	}
	if s := g.nodes["AAA"].Status(); !s.Skewed {
		t.Error("the status does not say so")
	}
}

// A leader whose clock runs away takes nobody with it: the others give its
// entries no vote, and it steps down when it hears how far it is off.
func TestStampsFromTheFutureAreRefused(t *testing.T) {
	t.Parallel()
	var astray atomic.Value // code of the node whose clock is off
	var aware atomic.Bool
	astray.Store(ledger.NodeID(""))
	g := start(t, func(c *replication.Config) {
		off := func() bool { return astray.Load() == c.Self }
		c.Clock = func() time.Time {
			if off() {
				return time.Now().Add(time.Hour)
			}
			return time.Now()
		}
		c.Skew = func() (time.Duration, bool) {
			if off() {
				return time.Hour, aware.Load()
			}
			return 0, true
		}
	}, five[:3]...)
	n := g.leader()
	r := g.must(n, g.anchor(n, 1)) // the control: with the right time it is decided
	astray.Store(n.conf.Self)
	ctx, cancel := context.WithTimeout(t.Context(), 2*quick.Election)
	defer cancel()
	if _, err := n.Propose(ctx, g.anchor(n, 2)); err == nil {
		t.Error("an entry of the next hour was decided")
	}
	aware.Store(true)
	var other *node
	waitFor(t, "another leader", func() bool {
		other = g.leader()
		return other != n
	})
	g.must(other, g.anchor(other, 3))
	g.settled(r.Event + 1)
	for _, o := range g.running() {
		if at := o.Status().Time; at > ledger.At(time.Now().Add(time.Minute)) {
			t.Errorf("ledger time at %s is %v", o.conf.Self, at.Time())
		}
	}
}

func TestHistoryThatDiffers(t *testing.T) {
	t.Parallel()
	g := start(t, nil, five...)
	n := g.nodes["AAA"]
	g.must(n, g.anchor(n, 1))
	g.settled(2)
	events, _ := n.Since(1, 1)
	rows := []struct {
		liars int
		want  bool
	}{{0, false}, {1, false}, {2, false}, {3, true}}
	for _, row := range rows {
		t.Run(fmt.Sprintf("%d of five differ", row.liars), func(t *testing.T) {
			for i, code := range five[1:] {
				said := [8]byte(events[0].Hash[:8])
				if i < row.liars {
					said[0] ^= 1
				}
				n.Compare(string(code), 2, said)
			}
			if s := n.Status(); s.Diverge != row.want || len(s.Odd) != row.liars {
				t.Errorf("diverged %v with odd peers %v, want %v and %d", s.Diverge, s.Odd, row.want, row.liars)
			}
			_, err := n.Propose(t.Context(), g.anchor(n, uint64(10+row.liars)))
			if (err != nil) != row.want {
				t.Errorf("propose: %v", err)
			}
		})
	}
}
