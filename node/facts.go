package node

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"serasi/federation"
	"serasi/node/casework"
	"serasi/node/handoff"
	"serasi/node/health"
	"serasi/node/vault"
	"serasi/replication"
	"serasi/replication/ledger"
)

// facts asks the rooms what the health of the node rests on. What cannot be read
// is left out: to say so is the task of the room that failed.
func (n *Node) facts() health.Facts {
	f := health.Facts{
		Balai: casework.BalaiCode(n.id.Code), Version: n.cfg.Version, Now: n.clock(), Local: n.cfg.Profile == replication.LAN,
		Silence: n.cfg.Tuning.Silence, Behind: n.cfg.Tuning.Behind, Clock: &health.Clock{}, Store: &health.Store{},
	}
	st := n.db.Stats()
	f.Disk = diskFacts(n.cfg)
	f.Disk.WriteP99, f.Disk.Hanging = st.CommitP99, st.Hanging
	f.Store.Stopped, f.Store.Damaged = st.Stopped, int(n.damage.Load())
	if n.cfg.Clock != "" {
		f.Clock.Moved = offset(n.cfg.Clock)
	}
	desk, err := n.desk.Status()
	if b := n.current(); b != nil {
		n.groupFacts(b, desk, &f)
	}
	f.Machine = n.machineFacts(f.Peers)
	if err == nil {
		f.Work = n.workFacts(desk, f.Now)
	}
	f.Backup = n.backupFacts(f.Now)
	return f
}

// diskFacts is the room on the disk of the data folder.
func diskFacts(cfg Config) *health.Disk {
	d := &health.Disk{Reserve: cfg.Tuning.MinFree}
	if d.Reserve == 0 {
		d.Reserve = 200e6
	}
	if free, total, err := cfg.Tuning.System.filled().Room(cfg.Dir); err == nil {
		d.Free, d.Total, d.Full = free, total, free < d.Reserve // as the store decides at each write
	}
	return d
}

// room is what an unprivileged process may still write to the disk of dir, and
// the size of that disk.
func room(dir string) (free, total uint64, err error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	return fs.Bavail * uint64(fs.Bsize), fs.Blocks * uint64(fs.Bsize), nil
}

// groupFacts are the node's part in the ledger, and what it knows of the others.
func (n *Node) groupFacts(b *bond, desk handoff.Status, f *health.Facts) {
	st := b.log.Status()
	f.Disk.AppendP99, f.Disk.Hanging = st.Fsync.P99, max(f.Disk.Hanging, st.Hanging)
	ahead, known := b.skew()
	f.Clock.Ahead, f.Clock.Known, f.Clock.Refuses = ahead, known, st.Skewed
	g := &health.Group{
		Halted: st.Halted, Superseded: st.Halted == replication.ErrSuperseded.Error(), Newer: st.Newer, Diverged: st.Diverge, Leader: casework.BalaiCode(st.Leader), Term: st.Term,
		Votes: st.Voter, Event: st.Event, Applied: -1, Restoring: desk.Restoring, Foreign: desk.Diverged,
	}
	if st.Time != 0 {
		g.Applied = max(0, f.Now.Sub(st.Time.Time()))
	}
	if st.Commit > st.Applied {
		g.Lag = st.Commit - st.Applied
	}
	g.Voters, g.Reachable = n.voters(b, st)
	f.Group, f.Peers = g, []health.Peer{}
	raft := map[ledger.NodeID]replication.Peer{}
	for _, p := range st.Peers {
		raft[p.Code] = p
	}
	for _, p := range b.gossip.Load().Peers() {
		x := health.Peer{
			Code: casework.BalaiCode(p.ID), Ledger: -1, Gossip: -1, Leads: string(st.Leader) == p.ID, Alive: p.State != federation.Away, RoundTrip: p.RoundTrip,
			Clock: p.Clock, Event: p.Position.Event, Degraded: p.Position.Flags&federation.Degraded != 0, Address: p.Addr,
			Odd: slices.Contains(st.Odd, p.ID), Forgot: slices.Contains(st.Regress, p.ID),
		}
		if !p.LastHeard.IsZero() {
			x.Gossip = max(0, f.Now.Sub(p.LastHeard))
		}
		if r, in := raft[ledger.NodeID(p.ID)]; in {
			x.Voter, x.Ledger, x.Match = r.Voter, r.Age, r.Match
		}
		if x.Leads && st.LastContact >= 0 {
			x.Ledger = st.LastContact
		}
		g.Newest = max(g.Newest, x.Event)
		f.Peers = append(f.Peers, x)
	}
}

// machineFacts are the computer and this process.
func (n *Node) machineFacts(peers []health.Peer) *health.Machine {
	system := n.cfg.Tuning.System.filled()
	m := &health.Machine{
		Goroutines: system.Goroutines(), Starts: n.startsSince(n.clock().Add(-time.Hour)),
		LoosePlain: n.vault.Source() == vault.KindFile && !n.cfg.Tuning.LetAnybodyKey,
	}
	m.Available, m.Memory = system.Memory()
	far := slices.ContainsFunc(peers, func(p health.Peer) bool { return p.Address != "" && !loopback(p.Address) })
	m.NoNetwork = far && !system.Networked()
	return m
}

// memory reads what the system has and what of it is free to take.
func memory() (available, total uint64) {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(b)) {
		name, rest, _ := strings.Cut(line, ":")
		kb, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		switch {
		case err != nil:
		case name == "MemTotal":
			total = kb << 10
		case name == "MemAvailable":
			available = kb << 10
		}
	}
	return available, total
}

// networked reports whether an interface other than the loopback has an address.
func networked() bool {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return true // nobody knows
	}
	return slices.ContainsFunc(addrs, func(a net.Addr) bool {
		ip, ok := a.(*net.IPNet)
		return ok && !ip.IP.IsLoopback() && !ip.IP.IsLinkLocalUnicast()
	})
}

// workFacts are what waits. The handoffs of the ledger are counted by census.
func (n *Node) workFacts(desk handoff.Status, now time.Time) *health.Work {
	w := &health.Work{Oldest: map[casework.BalaiCode]time.Duration{}, Undecided: desk.Undecided, Unread: -1, Fetching: -1, SealKey: desk.KeyAge}
	for to, at := range desk.Waiting {
		w.Oldest[to] = max(0, now.Sub(at))
	}
	c := n.census.of(n, now)
	w.Overdue, w.Stuck, w.Approvals = c.overdue, c.stuck, c.approvals
	b := n.current()
	if b == nil {
		return w
	}
	_ = b.log.View(func(v ledger.View) error { // nothing in it fails
		if e, there := v.Event(desk.Cursor + 1); there && desk.Cursor < desk.Head {
			w.Unread = max(0, now.Sub(e.Time.Time()))
		}
		for _, id := range desk.Awaited {
			lid, err := ledger.ParseID(string(id))
			if h, there := v.Handoff(lid); err == nil && there && h.Answered != 0 {
				w.Fetching = max(w.Fetching, now.Sub(h.Answered.Time()))
			}
		}
		return nil
	})
	return w
}

// backupFacts is when the node was last backed up, and that proven.
func (n *Node) backupFacts(now time.Time) *health.Backup {
	b := &health.Backup{Age: -1, Proven: -1, Lived: max(0, now.Sub(n.id.Created))}
	made, proven := n.backups()
	if !made.IsZero() {
		b.Age = max(0, now.Sub(made))
	}
	if !proven.IsZero() {
		b.Proven = max(0, now.Sub(proven))
	}
	return b
}
