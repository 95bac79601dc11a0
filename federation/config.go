package federation

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/hashicorp/memberlist"

	"serasi/federation/link"
)

// Profile is a set of intervals that fit together.
type Profile string

// The profiles.
const (
	LAN Profile = "lan" // one site, a demo
	WAN Profile = "wan" // the country: links that drop out, bytes that cost
)

// Timing is what a profile sets. All must be positive.
type Timing struct {
	Probe        time.Duration // between two probes of a random member
	ProbeTimeout time.Duration // until a probe counts as lost
	Gossip       time.Duration // between two rounds of gossip
	PushPull     time.Duration // between two full exchanges with a random member
	Forget       time.Duration // how long the dead are still told about the living
	Patience     time.Duration // for a dial or a write
	Beat         time.Duration // between two fresh metas on an open connection
	Spread       time.Duration // between two metas that memberlist spreads
	Rejoin       time.Duration // between two rounds of the rejoin loop
	RejoinMin    time.Duration // until a member that did not answer is tried again
	RejoinMax    time.Duration // what RejoinMin doubles up to
	Idle         time.Duration // until a connection without packets is closed
	Suspicion    int           // memberlist's SuspicionMult
}

// Timing returns the intervals of a profile, and false if there is no such
// profile. The figures for wan keep gossip of 41 members at a few megabytes a
// day: full exchanges and spread metas are rare, because fresh positions come
// with the beats.
func (p Profile) Timing() (Timing, bool) {
	switch p {
	case LAN:
		return Timing{
			Probe: time.Second, ProbeTimeout: 500 * time.Millisecond, Gossip: 200 * time.Millisecond,
			PushPull: 30 * time.Second, Forget: 30 * time.Second, Patience: 2 * time.Second,
			Beat: 2 * time.Second, Spread: 5 * time.Second,
			Rejoin: 5 * time.Second, RejoinMin: 2 * time.Second, RejoinMax: 30 * time.Second,
			Idle: 10 * time.Minute, Suspicion: 4,
		}, true
	case WAN:
		return Timing{
			Probe: 5 * time.Second, ProbeTimeout: 4 * time.Second, Gossip: 500 * time.Millisecond,
			PushPull: 15 * time.Minute, Forget: time.Minute, Patience: 10 * time.Second,
			Beat: 5 * time.Minute, Spread: time.Hour,
			Rejoin: 30 * time.Second, RejoinMin: 15 * time.Second, RejoinMax: 5 * time.Minute,
			Idle: time.Hour, Suspicion: 8,
		}, true
	default:
		return Timing{}, false
	}
}

func (t Timing) check() error {
	for _, d := range []time.Duration{
		t.Probe, t.ProbeTimeout, t.Gossip, t.PushPull, t.Forget, t.Patience, t.Beat, t.Spread,
		t.Rejoin, t.RejoinMin, t.RejoinMax, t.Idle, time.Duration(t.Suspicion),
	} {
		if d <= 0 {
			return errors.New("every interval of the timing must be positive")
		}
	}
	if t.RejoinMin > t.RejoinMax {
		return errors.New("the shortest wait to rejoin is longer than the longest")
	}
	return nil
}

// Config says how this node takes part.
type Config struct {
	Port        *link.Port // its Self is who we are, its Registry who the others are
	Incarnation uint32     // grows each time the node is restored

	Profile Profile // lan or wan
	Timing  *Timing // in place of the profile's; nil means the profile's

	// Position says how far this node is. It is called every few seconds.
	Position func() Position
	// Sign signs with the node's sign key (Ed25519).
	Sign func(msg []byte) []byte
	// Verify says whether sig over msg is by an active sign key of node. It is
	// called under memberlist's lock: it must be quick and must not call back.
	Verify func(node string, msg, sig []byte) bool

	Known []Entry          // directory from before a restart; may be empty
	Now   func() time.Time // the node's wall clock; nil means time.Now
	Log   *slog.Logger     // nil means none
}

// Check returns all that is wrong with c.
func (c Config) Check() error {
	var errs []error
	for name, missing := range map[string]bool{
		"port": c.Port == nil, "position": c.Position == nil, "sign": c.Sign == nil, "verify": c.Verify == nil,
	} {
		if missing {
			errs = append(errs, fmt.Errorf("%s is missing", name))
		}
	}
	if c.Timing != nil {
		errs = append(errs, c.Timing.check())
	} else if _, ok := c.Profile.Timing(); !ok {
		errs = append(errs, fmt.Errorf("there is no profile %q", c.Profile))
	}
	if c.Port != nil {
		if err := link.CheckAddr(c.Port.Advertised()); err != nil {
			errs = append(errs, fmt.Errorf("advertised address: %w", err))
		}
	}
	return errors.Join(errs...)
}

// timing returns the intervals in force. Check has passed.
func (c Config) timing() Timing {
	if c.Timing != nil {
		return *c.Timing
	}
	t, _ := c.Profile.Timing()
	return t
}

// memberlistConfig is memberlist's own, from its WAN or LAN defaults.
func (c Config) memberlistConfig() *memberlist.Config {
	conf := memberlist.DefaultLANConfig()
	if c.Profile == WAN {
		conf = memberlist.DefaultWANConfig()
	}
	t := c.timing()
	conf.Name = nodeName(c.Port.Self(), c.Incarnation)
	conf.ProbeInterval, conf.ProbeTimeout = t.Probe, t.ProbeTimeout
	conf.GossipInterval, conf.GossipToTheDeadTime = t.Gossip, t.Forget
	conf.PushPullInterval, conf.TCPTimeout = t.PushPull, t.Patience
	conf.SuspicionMult = t.Suspicion
	conf.DeadNodeReclaimTime = 30 * time.Second
	conf.RequireNodeNames = true
	// A packet here is already a TCP write, so a second try over TCP proves
	// little; but it opens a connection of its own, and that helps past one
	// that is stuck.
	conf.DisableTcpPings = false
	return conf
}
