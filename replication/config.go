package replication

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"serasi/replication/ledger"
)

// A Profile names a set of time-outs. The zero value is not one.
type Profile string

// The profiles. A voter on a shaky line needs WAN: a link that is silent for
// some seconds then costs no election.
const (
	LAN Profile = "lan" // one site, demos: a new leader within about two seconds
	WAN Profile = "wan" // the country: a new leader within about twenty seconds
)

// Timing is all that is measured in time. Zero fields take the value of the
// profile.
type Timing struct {
	Heartbeat    time.Duration // a follower that hears nothing this long stands for election
	Election     time.Duration // a candidate that wins nothing this long tries again
	Lease        time.Duration // a leader that reaches no majority this long steps down
	Commit       time.Duration // a leader tells followers of commits at least this often; most idle traffic is this
	RPC          time.Duration // dialling, and one call; a snapshot has longer, by its size
	Housekeeping time.Duration // how often the leader looks after members and the clock
	PromoteAfter time.Duration // a member must be reachable and caught up this long before it votes
	AwayAfter    time.Duration // a voter not reached this long loses its role, if another can take it
	TickEvery    time.Duration // the leader proposes a tick when nothing happened this long
	StallAfter   time.Duration // one call of a store may take this long; then the log fails
	Snapshot     time.Duration // how often raft looks whether a snapshot is due
}

var profiles = map[Profile]Timing{
	LAN: {
		Heartbeat: time.Second, Election: time.Second, Lease: time.Second, Commit: 50 * time.Millisecond,
		RPC: 2 * time.Second, Housekeeping: time.Second, PromoteAfter: 10 * time.Minute, AwayAfter: 15 * time.Minute,
		TickEvery: 24 * time.Hour, StallAfter: 10 * time.Second, Snapshot: 2 * time.Minute,
	},
	WAN: {
		Heartbeat: 10 * time.Second, Election: 10 * time.Second, Lease: 5 * time.Second, Commit: time.Second,
		RPC: 10 * time.Second, Housekeeping: 5 * time.Second, PromoteAfter: 10 * time.Minute, AwayAfter: 15 * time.Minute,
		TickEvery: 24 * time.Hour, StallAfter: 10 * time.Second, Snapshot: 2 * time.Minute,
	},
}

// A Network carries connections between nodes and proves who is at the other
// end.
type Network interface {
	// Listener gives inbound raft connections for one life of the log, which
	// closes it; a log that is opened anew asks again. Each connection must have
	// a method Peer() string, the proven balai code; others are closed.
	Listener() net.Listener
	// Dial connects to the raft port of the balai with that code, wherever it
	// now is, or fails. It must not return a connection to anyone else.
	Dial(ctx context.Context, code string) (net.Conn, error)
}

// A Forwarder calls the same-named service of another node's Log: Receive for
// Propose, ReadIndex, and Events. Errors mean that the outcome is unknown,
// except a NotLeader, which must arrive as such.
type Forwarder interface {
	Propose(ctx context.Context, leader string, proposal []byte) (result []byte, err error)
	ReadIndex(ctx context.Context, leader string) (ReadPoint, error)
	Events(ctx context.Context, peer string, from uint64) ([]byte, error)
}

// Introduced is one member of the group as a newcomer was told, to be believed
// until the newcomer finds itself in its own ledger.
type Introduced struct {
	Code  ledger.NodeID
	Raft  ledger.RaftID
	Voter bool
}

// Budget bounds how fast one member may propose at the leader, so that one noisy
// node cannot fill the log of all, with what the ledger refuses too. What is
// above it is answered ledger.OverBudget. The zero value is the default.
type Budget struct {
	PerSecond float64 // default 500
	Burst     int     // default 5,000: an outbox that grew for weeks
}

func (b Budget) filled() Budget {
	if b.PerSecond == 0 {
		b.PerSecond = 500
	}
	if b.Burst == 0 {
		b.Burst = 5000
	}
	return b
}

// Config says how a node takes part. Zero values are defaults where a default
// is named.
type Config struct {
	Dir        string // holds raft/, ledger.db and witness; nobody else's. Mode 0700
	Self       ledger.NodeID
	Federation ledger.Hash
	Raft       ledger.RaftID // random, one for each incarnation
	Profile    Profile
	Timing     Timing    // overrides the profile, for tests
	Network    Network   // not needed to Found
	Forward    Forwarder // nil on a node that is all alone

	// Sign completes a command with version, federation, id and actor and
	// signs it in the node's name. A leader needs it for ticks and seats.
	Sign func(ledger.Command) (ledger.Signed, error)

	Introduced []Introduced

	// Clock is the wall clock; nil is time.Now. Skew is the offset of this
	// clock from the median of the voters, false if unknown; nil never knows.
	Clock func() time.Time
	Skew  func() (time.Duration, bool)

	Budget            Budget
	SnapshotThreshold uint64 // entries between two snapshots; default 20,000
	TrailingLogs      uint64 // entries kept behind a snapshot; default 50,000, a week of absence
	WALSegment        int    // bytes of one log file; default 64 MiB

	// Fatal is told once why the log can no longer be trusted with writes. By
	// then it has stopped. The process should end or open the log anew; see
	// ErrRestart and ErrRejoin. It must not call Close itself. Nil is allowed.
	Fatal func(error)
	Log   *slog.Logger // nil discards

	// Point is called at named moments of storing and applying, nil in
	// production. An error it returns is taken as the error of that moment.
	Point func(name string) error
}

// Check returns all that is wrong with c.
func (c Config) Check() error {
	var errs []error
	wrong := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	wrong(c.Dir == "", "replication: directory is empty")
	wrong(!c.Self.Valid(), "replication: %q is no balai code", c.Self)
	wrong(c.Federation.IsZero(), "replication: federation is missing")
	wrong(c.Raft == ledger.RaftID{}, "replication: raft id is missing")
	_, known := profiles[c.Profile]
	wrong(!known, "replication: profile %q is neither lan nor wan", c.Profile)
	wrong(c.Sign == nil, "replication: nobody signs")
	wrong(c.Budget.PerSecond < 0 || c.Budget.Burst < 0, "replication: budget is negative")
	wrong(c.WALSegment < 0, "replication: segment size is negative")
	if known {
		t := c.timing()
		wrong(t.Lease > t.Heartbeat, "replication: lease %v is longer than heartbeat %v", t.Lease, t.Heartbeat)
		wrong(t.Election < t.Heartbeat, "replication: election %v is shorter than heartbeat %v", t.Election, t.Heartbeat)
	}
	return errors.Join(errs...)
}

// timing is the profile with the overrides.
func (c Config) timing() Timing {
	t, o := profiles[c.Profile], c.Timing
	for _, f := range []struct {
		to *time.Duration
		by time.Duration
	}{
		{&t.Heartbeat, o.Heartbeat}, {&t.Election, o.Election}, {&t.Lease, o.Lease}, {&t.Commit, o.Commit}, {&t.RPC, o.RPC},
		{&t.Housekeeping, o.Housekeeping}, {&t.PromoteAfter, o.PromoteAfter}, {&t.AwayAfter, o.AwayAfter},
		{&t.TickEvery, o.TickEvery}, {&t.StallAfter, o.StallAfter}, {&t.Snapshot, o.Snapshot},
	} {
		if f.by > 0 {
			*f.to = f.by
		}
	}
	return t
}

// filled is c with every default in place.
func (c Config) filled() Config {
	c.Timing = c.timing()
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Skew == nil {
		c.Skew = func() (time.Duration, bool) { return 0, false }
	}
	c.Budget = c.Budget.filled()
	if c.SnapshotThreshold == 0 {
		c.SnapshotThreshold = 20_000
	}
	if c.TrailingLogs == 0 {
		c.TrailingLogs = 50_000
	}
	if c.WALSegment == 0 {
		c.WALSegment = 64 << 20
	}
	if c.Fatal == nil {
		c.Fatal = func(error) {}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Point == nil {
		c.Point = func(string) error { return nil }
	}
	return c
}
