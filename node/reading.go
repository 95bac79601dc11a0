package node

import (
	"context"
	"os"
	"strconv"
	"strings"

	"serasi/federation"
	"serasi/federation/link"
	"serasi/node/casework"
	"serasi/node/health"
	"serasi/replication"
)

// reading is what Prometheus is told.
func (m machine) reading() health.Reading {
	n := m.n
	facts, checkup := n.examine()
	r := health.Reading{Checkup: checkup, Values: map[health.Metric]float64{}, Cases: map[string]int{}}
	st := n.db.Stats()
	set := func(name health.Metric, v float64) { r.Values[name] = v }
	set(health.Ready, one(facts.Ready()))
	set(health.AloneDays, float64(checkup.Alone.Days))
	set(health.StoreBytes, float64(st.FileBytes))
	set(health.StoreFree, float64(st.FreeBytes))
	set(health.StoreCommits, float64(st.Commits))
	set(health.StoreUpdates, float64(st.Updates))
	set(health.StoreCompacted, float64(st.Compacted))
	set(health.StoreCommitP99, st.CommitP99.Seconds())
	set(health.StoreStopped, one(st.Stopped))
	set(health.StoreDamaged, float64(facts.Store.Damaged))
	set(health.KeyEpoch, float64(st.KeyEpoch))
	set(health.DiskFree, float64(facts.Disk.Free))
	set(health.DiskTotal, float64(facts.Disk.Total))
	set(health.DiskWritten, float64(written()))
	set(health.Starts, float64(facts.Machine.Starts))
	set(health.Indexed, float64(n.index.Len()))
	set(health.BackupAge, max(-1, facts.Backup.Age.Seconds()))
	set(health.BackupProven, max(-1, facts.Backup.Proven.Seconds()))
	if states, err := n.cases.States(); err == nil {
		for state, count := range states {
			r.Cases[state.String()] = count
		}
	}
	_ = n.db.View(func(tx casework.Tx) error { // what cannot be read is absent
		lines, _, err := n.trail.Head(tx)
		set(health.AuditLines, float64(lines))
		return err
	})
	n.deskReading(facts, &r)
	if b := n.current(); b != nil && facts.Group != nil {
		n.bondReading(b, facts, &r)
	}
	return r
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// deskReading is what waits.
func (n *Node) deskReading(facts health.Facts, r *health.Reading) {
	desk, err := n.desk.Status()
	if err != nil || facts.Work == nil {
		return
	}
	w := facts.Work
	oldest := 0.0
	for _, age := range w.Oldest {
		oldest = max(oldest, age.Seconds())
	}
	for name, v := range map[health.Metric]float64{
		health.OutboxPending: float64(desk.Pending), health.OutboxAge: oldest, health.OutboxHeld: float64(w.Undecided),
		health.LedgerUnread: float64(desk.Head - min(desk.Cursor, desk.Head)), health.Packets: float64(desk.Fetching), health.PacketAge: max(0, w.Fetching.Seconds()),
		health.SealKeyAge: desk.KeyAge.Seconds(), health.AnswersOverdue: float64(w.Overdue), health.Approvals: float64(w.Approvals),
	} {
		r.Values[name] = v
	}
}

// bondReading is the node's part in the federation.
func (n *Node) bondReading(b *bond, facts health.Facts, r *health.Reading) {
	st, g := b.log.Status(), facts.Group
	contact := st.LastContact.Seconds()
	if st.LastContact < 0 {
		contact = -1
	}
	alive := 0
	for _, p := range b.gossip.Load().Peers() {
		if p.State != federation.Away {
			alive++
		}
	}
	c := n.census.of(n, facts.Now)
	for name, v := range map[health.Metric]float64{
		health.LedgerEvent: float64(st.Event), health.LedgerLag: float64(g.Lag), health.LedgerHalted: one(st.Halted != ""), health.LedgerDiverged: one(st.Diverge),
		health.LedgerMembers: float64(c.members), health.CustodyCases: float64(c.custody), health.CommitP99: st.CommitLatency.P99.Seconds(),
		health.RaftLeader: one(st.Role == replication.Leader), health.RaftHasLeader: one(st.Leader != ""), health.RaftTerm: float64(st.Term),
		health.RaftApplied: float64(st.Applied), health.RaftCommit: float64(st.Commit), health.RaftSnapshot: float64(st.SnapshotIndex), health.RaftContact: contact,
		health.RaftVoters: float64(g.Voters), health.RaftReachable: float64(g.Reachable), health.RaftQuorum: one(2*g.Reachable > g.Voters),
		health.RaftElections: float64(n.elections()), health.FsyncP99: st.Fsync.P99.Seconds(), health.GossipAlive: float64(alive), health.ClockOffset: facts.Clock.Ahead.Seconds(),
	} {
		r.Values[name] = v
	}
	r.Handoffs = c.open
	port := b.port.Stats()
	for proto, n := range port.In {
		r.Bytes = append(r.Bytes, health.Traffic{Protocol: proto, Direction: "in", Bytes: n})
	}
	for proto, n := range port.Out {
		r.Bytes = append(r.Bytes, health.Traffic{Protocol: proto, Direction: "out", Bytes: n})
	}
	r.Refused = port.Refused
	for _, reason := range refusals {
		r.Refused[reason] += 0 // what never happened is told as zero
	}
}

// refusals are the reasons for which the port between balai refuses.
var refusals = []string{link.RefusedOther, link.RefusedProtocol, link.RefusedShed, link.RefusedStranger, link.RefusedTimeout, link.RefusedTooMany, link.RefusedVersion}

// elections are the changes of term of the last hour that this node saw.
func (n *Node) elections() int {
	n.watch.mu.Lock()
	defer n.watch.mu.Unlock()
	return n.watch.history.Elections()
}

// written is how much this process caused to be written to disks, or 0 where
// the system does not say.
func written() uint64 {
	b, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, is := strings.CutPrefix(line, "write_bytes: "); is {
			n, err := strconv.ParseUint(strings.TrimSpace(rest), 10, 64)
			if err != nil {
				return 0
			}
			return n
		}
	}
	return 0
}

// Checkup is how the node finds itself and the others.
func (n *Node) Checkup(ctx context.Context) casework.Checkup {
	return machine{n, n.cfg.Version}.Checkup(ctx)
}
