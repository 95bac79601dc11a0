package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"serasi/node/access"
	"serasi/node/api"
	"serasi/node/casework"
	"serasi/node/handoff"
	"serasi/node/health"
	"serasi/replication"
)

// machine is the node itself, as the people's port asks for it.
type machine struct {
	n       *Node
	version string
}

// fresh is how recently a voter must have been heard to count as reachable. It
// is several heartbeats of either profile.
func (n *Node) fresh() time.Duration {
	if n.cfg.Profile == replication.WAN {
		return 30 * time.Second
	}
	return 5 * time.Second
}

func (m machine) Status(ctx context.Context) (api.Status, error) {
	n := m.n
	s := api.Status{
		Balai: casework.BalaiCode(n.id.Code), Version: m.version, Federation: n.id.Federation.String(), Started: n.started, Now: n.clock(),
		Cases: map[string]int{}, Degraded: []string{},
	}
	head, err := history{n}.Head(ctx)
	if err != nil {
		return s, err
	}
	s.Ledger = head
	desk, err := n.desk.Status()
	if err != nil {
		return s, fmt.Errorf("status of the handoffs: %w", err)
	}
	s.Outbox = api.OutboxStatus{Pending: desk.Pending, Oldest: desk.Oldest}
	states, err := n.cases.States()
	if err != nil {
		return s, fmt.Errorf("count the cases: %w", err)
	}
	total := 0
	for state, count := range states {
		s.Cases[state.String()] = count
		total += count
	}
	s.Indexed = n.index.Len() >= total
	s.Disk = n.disk()
	n.raftStatus(&s)
	s.Degraded = append(s.Degraded, n.faults(desk, s)...)
	s.Ready = len(s.Degraded) == 0 && n.current() != nil
	return s, nil
}

func (n *Node) disk() (d api.DiskStatus) {
	var fs unix.Statfs_t
	if unix.Statfs(n.cfg.Dir, &fs) == nil {
		d.Free, d.Total = fs.Bavail*uint64(fs.Bsize), fs.Blocks*uint64(fs.Bsize)
	}
	d.Node = uint64(n.db.Stats().FileBytes)
	return d
}

func (n *Node) raftStatus(s *api.Status) {
	b := n.current()
	if b == nil {
		s.Raft.Role = "waiting"
		return
	}
	st := b.log.Status()
	role := string(st.Role)
	if st.Role == replication.Follower && !st.Voter {
		role = "learner"
	}
	s.Raft = api.RaftStatus{
		ID: st.Raft.String(), Role: role, Leader: casework.BalaiCode(st.Leader), Term: st.Term, Applied: st.Applied, Committed: st.Commit,
	}
	if st.Commit > st.Applied {
		s.Raft.Lag = st.Commit - st.Applied
	}
	s.Raft.Voters, s.Raft.Reachable = n.voters(b, st)
	s.Raft.Quorum = 2*s.Raft.Reachable > s.Raft.Voters
	if ahead, known := b.skew(); known {
		s.Clock = api.ClockStatus{Offset: ahead.Seconds(), Trusted: true}
	}
}

// voters counts the voters of the group and those heard lately, by any way.
func (n *Node) voters(b *bond, st replication.Status) (all, reachable int) {
	if st.Voter {
		all, reachable = 1, 1
	}
	heard := map[string]time.Time{}
	for _, p := range b.gossip.Load().Peers() {
		heard[p.ID] = p.LastHeard
	}
	now := time.Now()
	for _, p := range st.Peers {
		if !p.Voter {
			continue
		}
		all++
		if p.Age >= 0 && p.Age < n.fresh() || now.Sub(heard[string(p.Code)]) < n.fresh() {
			reachable++
		}
	}
	return all, reachable
}

// faults says in words what is not as it should be.
func (n *Node) faults(desk handoff.Status, s api.Status) (all []string) {
	say := func(bad bool, format string, args ...any) {
		if bad {
			all = append(all, fmt.Sprintf(format, args...))
		}
	}
	st := n.db.Stats()
	say(st.Stopped, "the database stopped after a failed write; restart the node")
	say(n.damage.Load() > 0, "%d places of the database do not open; restore the node from a backup", n.damage.Load())
	say(st.DiskLow, "the disk is nearly full; nothing is written until there is room")
	say(desk.Diverged, "the ledger here is not the one this node's cases come from; edits of shared cases stop")
	say(desk.Restoring, "back from a backup and not yet level with the ledger")
	say(n.cfg.Clock != "" && offset(n.cfg.Clock) != 0, "the clock is moved by %v for a test", offset(n.cfg.Clock))
	say(n.vault.Source() == "file" && !n.cfg.Tuning.LetAnybodyKey, "the root key lies in a file beside the data: for development only")
	b := n.current()
	if b == nil {
		return append(all, "waiting for the officers to admit this node")
	}
	r := b.log.Status()
	say(r.Halted != "", "the ledger is not followed: %s", r.Halted)
	say(r.Newer, "a newer version is in force in the federation; upgrade this node")
	say(r.Diverge, "most voters tell another history than this node")
	say(r.Skewed, "this clock is %.0f s off the others", s.Clock.Offset)
	say(r.Leader == "" && r.Halted == "", "there is no leader; handoffs wait in the outbox")
	for _, code := range r.Odd {
		say(true, "the history of %s differs from ours", code)
	}
	return all
}

func (m machine) Health(ctx context.Context) api.Health {
	s, err := m.Status(ctx)
	if err != nil {
		return api.Health{Flags: []string{"the status cannot be read"}}
	}
	// A node that is cut off, or not yet admitted, still serves its own people.
	st := m.n.db.Stats()
	return api.Health{Ready: s.Indexed && !st.Stopped, Flags: s.Degraded}
}

// Backup writes an encrypted copy of the node for an age recipient, and
// remembers the recipient: without one, the next backup is for the same.
func (m machine) Backup(ctx context.Context, by casework.Actor, recipient string, w io.Writer) error {
	n := m.n
	line := casework.Line{User: by.User, Name: by.Name, Role: firstRole(by), Via: by.Via, Act: "backup", Outcome: access.Done}
	err := n.db.Update(ctx, func(tx casework.Tx) error {
		if recipient == "" {
			if _, err := tx.Get(casework.Settings, casework.NodeOwner, recipientID, &recipient); err != nil {
				return err
			}
		}
		if recipient == "" {
			return casework.Faulty(casework.Fault{Field: "recipient", Words: "is needed the first time: the public half of a recovery key"})
		}
		return n.trail.Record(tx, line)
	})
	if err != nil {
		return err
	}
	if _, err := n.db.Backup(ctx, w, recipient); err != nil {
		return err
	}
	return n.db.Update(ctx, func(tx casework.Tx) error {
		return tx.Put(casework.Settings, casework.NodeOwner, recipientID, recipient)
	})
}

// recipientID is the row of Settings with whom backups are made for.
const recipientID = "backup recipient"

// reading is what Prometheus is told.
func (m machine) reading() health.Reading {
	s, err := m.Status(context.Background())
	r := health.Reading{Version: m.version, Values: map[health.Metric]float64{}, Cases: s.Cases}
	if err != nil {
		r.Values[health.Ready] = 0
		return r
	}
	flag := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	st := m.n.db.Stats()
	age := 0.0
	if !s.Outbox.Oldest.IsZero() {
		age = s.Now.Sub(s.Outbox.Oldest).Seconds()
	}
	for name, v := range map[health.Metric]float64{
		health.Ready: flag(s.Ready), health.LedgerEvent: float64(s.Ledger.Index), health.LedgerLag: float64(s.Raft.Lag),
		health.RaftLeader: flag(s.Raft.Role == "leader"), health.RaftTerm: float64(s.Raft.Term), health.RaftApplied: float64(s.Raft.Applied),
		health.RaftVoters: float64(s.Raft.Voters), health.RaftReachable: float64(s.Raft.Reachable), health.RaftQuorum: flag(s.Raft.Quorum),
		health.OutboxPending: float64(s.Outbox.Pending), health.OutboxAge: age, health.StoreBytes: float64(s.Disk.Node),
		health.StoreCommitP99: st.CommitP99.Seconds(), health.StoreStopped: flag(st.Stopped), health.DiskFree: float64(s.Disk.Free),
		health.ClockOffset: s.Clock.Offset,
	} {
		r.Values[name] = v
	}
	if desk, err := m.n.desk.Status(); err == nil {
		r.Values[health.SealKeyAge] = desk.KeyAge.Seconds()
	}
	if b := m.n.current(); b != nil {
		m.bondReading(b, &r)
	}
	return r
}

func (m machine) bondReading(b *bond, r *health.Reading) {
	st := b.log.Status()
	r.Values[health.FsyncP99], r.Values[health.CommitP99] = st.Fsync.P99.Seconds(), st.CommitLatency.P99.Seconds()
	r.Values[health.LedgerHalted], r.Values[health.LedgerDiverged] = 0, 0
	if st.Halted != "" {
		r.Values[health.LedgerHalted] = 1
	}
	if st.Diverge {
		r.Values[health.LedgerDiverged] = 1
	}
	for _, p := range st.Peers {
		age := p.Age.Seconds()
		if p.Age < 0 {
			age = -1
		}
		r.Peers = append(r.Peers, health.Peer{Code: string(p.Code), Age: age, Voter: p.Voter})
	}
	port := b.port.Stats()
	for proto, n := range port.In {
		r.Bytes = append(r.Bytes, health.Traffic{Protocol: proto, Direction: "in", Bytes: n})
	}
	for proto, n := range port.Out {
		r.Bytes = append(r.Bytes, health.Traffic{Protocol: proto, Direction: "out", Bytes: n})
	}
	r.Refused = port.Refused
}

// diagnose turns the reason why a room stopped into what the door should do.
func (n *Node) diagnose(err error) error {
	switch {
	case errors.Is(err, replication.ErrRestart):
		return errors.Join(ErrAgain, err)
	case errors.Is(err, replication.ErrRejoin):
		return errors.Join(ErrRejoin, err)
	default:
		return err
	}
}

// ErrRejoin means that the raft files of this node are of no use any more: call
// Rejoin, which keeps all cases, and open it again.
var ErrRejoin = errors.New("node: must rejoin the ledger under a new raft id")

// Status is the node as an operator sees it.
func (n *Node) Status(ctx context.Context) (api.Status, error) {
	return machine{n, n.cfg.Version}.Status(ctx)
}

// Members are the balai of the federation as this node knows them.
func (n *Node) Members(ctx context.Context) ([]api.Member, error) { return membership{n}.List(ctx) }
