package federation

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"
)

const leavePatience = 300 * time.Millisecond // to say goodbye

// State is how well a member can be reached from here.
type State string

// The states.
const (
	Connected State = "connected" // alive, and heard of lately
	Slow      State = "slow"      // others say it is alive, or its answers take long
	Away      State = "away"      // nobody here reaches it
)

// A Peer is what is known of one active member.
type Peer struct {
	ID          string
	Incarnation uint32
	Addr        string // where it says it can be dialled; a hint
	State       State
	LastHeard   time.Time // when its key last sent something to us; zero if never
	RoundTrip   time.Duration
	Position    Position      // as it signed it
	Signed      time.Time     // by its own clock; zero if nothing is known
	Clock       time.Duration // how far its wall clock is ahead of ours
	ClockKnown  bool
}

// Gossip is this node's part in the federation's gossip. Use it from any
// goroutine.
type Gossip struct {
	self   string
	conf   Config
	timing Timing
	log    *slog.Logger
	list   *memberlist.Memberlist
	view   *view
	wire   *transport
	dir    *directory

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// Open starts taking part. It returns at once; the members are found in the
// background. Close ends it; the port stays open.
func Open(c Config) (*Gossip, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("gossip: %w", err)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	g := &Gossip{self: c.Port.Self(), conf: c, timing: c.timing(), log: c.Log}
	g.ctx, g.stop = context.WithCancel(context.Background())
	g.view = newView(c, nodeName(g.self, c.Incarnation))
	if err := g.renew(); err != nil {
		g.stop()
		return nil, fmt.Errorf("gossip: %w", err)
	}
	g.dir = newDirectory(c, g.view.ring)
	g.wire = newTransport(g.ctx, c, g.view, g.dir)

	conf := c.memberlistConfig()
	conf.Transport, conf.Delegate, conf.Alive, conf.Events = g.wire, delegate{g.view, g.dir}, g.view, g.view
	conf.Ping = g.view
	conf.LogOutput = logWriter{c.Log}
	list, err := memberlist.Create(conf)
	if err != nil {
		g.stop()
		return nil, errors.Join(fmt.Errorf("gossip: %w", err), g.wire.Shutdown())
	}
	g.list = list
	c.Port.SetHint(g.view.addrOf)
	g.wg.Go(g.spread)
	g.wg.Go(g.rejoin)
	g.wg.Go(func() { g.dir.fetch(g.ctx, g.wire) })
	return g, nil
}

// Close says goodbye, so that the others know at once, and stops.
func (g *Gossip) Close() error {
	g.stop()
	g.wg.Wait()
	g.conf.Port.SetHint(func(string) string { return "" })
	if err := g.list.Leave(leavePatience); err != nil {
		g.log.Debug("left without a goodbye", "err", err)
	}
	return g.list.Shutdown()
}

// Peers returns all active members but this one, in the order of their codes.
func (g *Gossip) Peers() []Peer {
	var all []Peer
	for _, m := range g.conf.Port.Registry().Peers() {
		if m.ID != g.self {
			all = append(all, g.view.peer(m.ID))
		}
	}
	return all
}

// Wake receives after the view or the directory changed. It holds one token and
// carries no data: whoever hears it asks Peers.
func (g *Gossip) Wake() <-chan struct{} { return g.view.wake }

// ClockOffset is how far the median of the voters' wall clocks is ahead of
// ours, and how many clocks it rests on. Our own counts if we vote. Trust it
// from three clocks on: a single liar then moves nothing.
func (g *Gossip) ClockOffset() (ahead time.Duration, clocks int) {
	var all []time.Duration
	for _, m := range g.conf.Port.Registry().Peers() {
		switch {
		case !m.Voter:
		case m.ID == g.self:
			all = append(all, 0)
		default:
			if p := g.view.peer(m.ID); p.ClockKnown {
				all = append(all, p.Clock)
			}
		}
	}
	if len(all) == 0 {
		return 0, 0
	}
	slices.SortFunc(all, cmp.Compare[time.Duration])
	mid := len(all) / 2
	if len(all)%2 == 1 {
		return all[mid], len(all)
	}
	return (all[mid-1] + all[mid]) / 2, len(all)
}

// Publish signs body as this node's entry of the directory and spreads it in
// place of the one before. It has at most MaxEntry bytes.
func (g *Gossip) Publish(body []byte) error { return g.dir.publish(body) }

// Directory returns the newest known entries of active members, in the order of
// their codes. Store them if they should outlive a restart; Config.Known takes
// them back.
func (g *Gossip) Directory() []Entry { return g.dir.all() }

// renew signs a fresh meta of this node.
func (g *Gossip) renew() error {
	m := meta{
		id: g.self, incarnation: g.conf.Incarnation, addr: g.conf.Port.Advertised(),
		at: g.conf.Position(), wall: g.conf.Now(),
	}
	b, err := m.sign(g.conf.Sign)
	if err != nil {
		return err
	}
	g.view.setOwn(b)
	return nil
}

// spread keeps the own meta fresh for beats, and lets memberlist spread it now
// and then, for members that are not reached directly.
func (g *Gossip) spread() {
	beat := time.NewTicker(g.timing.Beat / 2)
	defer beat.Stop()
	last := time.Now()
	for {
		select {
		case <-g.ctx.Done():
			return
		case <-beat.C:
			beat.Reset(g.view.pace(g.timing.Beat) / 2)
		}
		if err := g.renew(); err != nil {
			g.log.Error("gossip meta is not signed", "err", err)
			continue
		}
		if time.Since(last) >= g.view.pace(g.timing.Spread) {
			last = time.Now()
			// The error says that nobody has taken it yet; gossip goes on trying.
			_ = g.list.UpdateNode(g.timing.Gossip)
		}
	}
}

// logWriter passes memberlist's log on. It speaks of nodes and addresses only.
type logWriter struct{ log *slog.Logger }

func (w logWriter) Write(b []byte) (int, error) {
	w.log.Debug("memberlist", "says", string(b))
	return len(b), nil
}
