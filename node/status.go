package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"serasi/federation"
	"serasi/node/access"
	"serasi/node/api"
	"serasi/node/casework"
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
	n.raftStatus(&s)
	facts, checkup := n.examine()
	s.Disk = api.DiskStatus{Free: facts.Disk.Free, Total: facts.Disk.Total, Node: uint64(n.db.Stats().FileBytes)}
	s.Lamp, s.Degraded, s.Ready = checkup.Lamp, checkup.Titles(), facts.Ready()
	return s, nil
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

// voters counts the voters of the group and those that can be reached: heard
// lately, by any way, or alive by the word of others while this node hears some of
// them. In a large federation most voters have nothing to say to most nodes for
// minutes.
func (n *Node) voters(b *bond, st replication.Status) (all, reachable int) {
	if st.Voter {
		all, reachable = 1, 1
	}
	heard, alive := map[string]bool{}, map[string]bool{}
	hears := false
	now := time.Now()
	for _, p := range b.gossip.Load().Peers() {
		heard[p.ID], alive[p.ID] = now.Sub(p.LastHeard) < n.fresh(), p.State != federation.Away
		hears = hears || heard[p.ID]
	}
	for _, p := range st.Peers {
		if !p.Voter {
			continue
		}
		all++
		if p.Age >= 0 && p.Age < n.fresh() || heard[string(p.Code)] || hears && alive[string(p.Code)] {
			reachable++
		}
	}
	return all, reachable
}

// Health is for load balancers and those who have no account: whether people can
// be served, and what is not as it should be in a few words.
func (m machine) Health(context.Context) api.Health {
	facts, checkup := m.n.examine()
	states, err := m.n.cases.States()
	total := 0
	for _, count := range states {
		total += count
	}
	// A node that is cut off, or not yet admitted, still serves its own people.
	ready := err == nil && m.n.index.Len() >= total && !facts.Store.Stopped
	return api.Health{Ready: ready, Lamp: checkup.Lamp, Flags: checkup.Titles(), Codes: checkup.Codes()}
}

// Checkup is how the node finds itself and the others.
func (m machine) Checkup(context.Context) casework.Checkup {
	_, checkup := m.n.examine()
	return checkup
}

// VerifyTrail, Footprint, Backups and BackUp are those of the console, for REST.
func (m machine) VerifyTrail(ctx context.Context, by casework.Actor) (lines uint64, head string, err error) {
	return console{m.n}.VerifyTrail(ctx, by)
}

func (m machine) Footprint(ctx context.Context, by casework.Actor) (casework.Footprint, error) {
	return console{m.n}.Footprint(ctx, by)
}

func (m machine) Backups(ctx context.Context, by casework.Actor) (casework.Backups, error) {
	return m.n.listBackups(ctx, by)
}

func (m machine) BackUp(ctx context.Context, by casework.Actor) error { return m.n.addBackup(ctx, by) }

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
	if err == nil {
		err = n.rememberMembers(ctx)
	}
	if err != nil {
		return err
	}
	if _, err := n.db.Backup(ctx, w, recipient); err != nil {
		return err
	}
	return n.db.Update(ctx, func(tx casework.Tx) error {
		if err := tx.Put(casework.Settings, casework.NodeOwner, backedUpID, n.clock().UTC()); err != nil {
			return err
		}
		tx.After(func() { ring(n.backupBell) })
		return tx.Put(casework.Settings, casework.NodeOwner, recipientID, recipient)
	})
}

// backedUpID is the row of Settings with the time of the newest backup.
const backedUpID = "backed up"

// backups is when this node was last backed up, and when a backup was last
// restored for a test; zero if never.
func (n *Node) backups() (made, proven time.Time) {
	_ = n.db.View(func(tx casework.Tx) error { // a store that cannot be read says so elsewhere
		_, err := tx.Get(casework.Settings, casework.NodeOwner, backedUpID, &made)
		if err == nil {
			_, err = tx.Get(casework.Settings, casework.NodeOwner, provenID, &proven)
		}
		return err
	})
	return made, proven
}

// recipientID is the row of Settings with whom backups are made for.
const recipientID = "backup recipient"

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
