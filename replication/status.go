package replication

import (
	"cmp"
	"slices"
	"time"

	"github.com/hashicorp/raft"

	"serasi/replication/ledger"
)

// A Role is what a node is in the group.
type Role string

// The roles.
const (
	Leader    Role = "leader"
	Follower  Role = "follower"
	Candidate Role = "candidate"
	Stopped   Role = "stopped"
)

// ReadPoint says how far a node must have applied the log to answer as if it
// were the leader.
type ReadPoint struct {
	Index uint64 // of the log
	Event uint64 // last event at the leader; informative
}

// Status is the state of the log at one moment. It is made without asking
// anyone, so it is there without a leader and while the disk hangs.
type Status struct {
	Role    Role
	Leader  ledger.NodeID // empty if there is none
	Raft    ledger.RaftID
	Voter   bool // by the ledger
	Term    uint64
	Last    uint64 // index of the last entry in the log
	Commit  uint64
	Applied uint64 // up to here nothing is left to apply in memory
	Flushed uint64 // index applied on disk; what Since and View show

	Event uint64      // number of the last event on disk
	Head  ledger.Hash // H(Event)
	Time  ledger.Time // its ledger time

	// LastContact is how long ago the leader was heard; zero at the leader,
	// negative if never.
	LastContact time.Duration
	Peers       []Peer // all other members in the raft group, by code

	Halted  string   // why the ledger is not followed any more; empty if it is
	Skewed  bool     // this clock is off: the node neither leads nor stands
	Diverge bool     // most voters tell another history
	Odd     []string // codes of peers whose history differs from ours
	Regress []string // codes of peers that remember more of us than we do
	Newer   bool     // the version in force is above ours: upgrade

	SnapshotIndex uint64
	Fsync         Spread        // appending to the log on disk
	CommitLatency Spread        // from proposal to answer, at the leader
	Pending       int           // rows applied and not yet on disk
	Hanging       time.Duration // how long the disk has not answered; zero if nothing waits for it
}

// Peer is what this node knows of another at first hand.
type Peer struct {
	Code  ledger.NodeID
	Raft  ledger.RaftID
	Voter bool          // in the raft configuration
	Age   time.Duration // since its last answer to us, or its last call; negative if never
	Match uint64        // at the leader: last entry it has for certain
}

// Spread is the middle and the bad end of recent durations.
type Spread struct{ P50, P99 time.Duration }

// Status says how the log stands.
func (l *Log) Status() Status {
	at, r := l.book.flushed.Load(), l.book.roster.Load()
	self := r.members[l.conf.Self]
	s := Status{
		Role: l.role(), Leader: ledger.NodeID(l.leader()), Raft: l.conf.Raft, Voter: self.Voter && self.Raft == l.conf.Raft,
		Term: l.raft.CurrentTerm(), Last: l.raft.LastIndex(), Commit: l.raft.CommitIndex(),
		Applied: l.book.applied.Load(), Flushed: at.index, Event: at.event, Head: at.head, Time: at.time,
		LastContact: -1, Halted: l.haltedBy(), Skewed: l.skewed(), Diverge: l.Diverged(), Odd: l.odd(),
		Regress: l.trans.peers.regressing(), Newer: r.realm.Version > ledger.Version,
		Fsync: l.stores.disk.fsync.spread(), CommitLatency: l.latency.spread(), Pending: l.book.pendingRows(),
		SnapshotIndex: l.book.snapshot.Load(), Hanging: l.dog.longest(),
	}
	s.Applied = l.past(s.Applied, s.Commit)
	if heard := l.raft.LastContact(); s.Role == Leader {
		s.LastContact = 0
	} else if !heard.IsZero() {
		s.LastContact = time.Since(heard)
	}
	for _, srv := range l.configuration().Servers {
		if string(srv.Address) == string(l.conf.Self) {
			continue
		}
		s.Peers = append(s.Peers, l.peer(srv))
	}
	slices.SortFunc(s.Peers, func(a, b Peer) int { return cmp.Compare(a.Code, b.Code) })
	return s
}

// past skips the committed entries that the state machine never sees: those by
// which raft begins a term and changes its configuration. It reads around the
// guard of the log, whose faults are for who must have the entry.
func (l *Log) past(applied, commit uint64) uint64 {
	var e raft.Log
	for applied < commit && l.stores.disk.wal.GetLog(applied+1, &e) == nil && e.Type != raft.LogCommand {
		applied++
	}
	return applied
}

func (l *Log) peer(srv raft.Server) Peer {
	p := Peer{Code: ledger.NodeID(srv.Address), Voter: srv.Suffrage == raft.Voter, Age: -1}
	_ = p.Raft.UnmarshalText([]byte(srv.ID)) // zero if it is none; the guard lets no such id in
	k := l.trans.peers.get(string(srv.Address))
	if !k.at.IsZero() {
		p.Age = time.Since(k.at)
	}
	if l.leads() {
		p.Match = k.match
	}
	return p
}

func (l *Log) role() Role {
	switch l.raft.State() {
	case raft.Leader:
		return Leader
	case raft.Candidate:
		return Candidate
	case raft.Follower:
		return Follower
	default:
		return Stopped
	}
}
