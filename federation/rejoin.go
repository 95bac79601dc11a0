package federation

import (
	"math/rand/v2"
	"sync"
	"time"
)

// joinsAtOnce bounds how many members are dialled at the same time.
const joinsAtOnce = 4

// rejoin dials members that are not alive, for ever: when both sides of a cut
// have forgotten each other, nothing else brings them together again. A member
// that does not answer is tried less and less often, one that was just admitted
// at once.
func (g *Gossip) rejoin() {
	tries := map[string]*retry{}
	for {
		changed := g.conf.Port.Registry().Changed()
		g.view.prune()
		g.dir.prune()
		g.wire.prune()
		g.joinDue(tries)
		timer := time.NewTimer(jitter(g.timing.Rejoin))
		select {
		case <-g.ctx.Done():
			timer.Stop()
			return
		case <-changed:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// retry says when one member is tried again. Only rejoin touches it.
type retry struct {
	wait time.Duration
	due  time.Time
}

func (g *Gossip) joinDue(tries map[string]*retry) {
	var wg sync.WaitGroup
	room := make(chan struct{}, joinsAtOnce)
	now := time.Now()
	for _, m := range g.conf.Port.Registry().Peers() {
		switch r := tries[m.ID]; {
		case m.ID == g.self:
		case g.view.isAlive(m.ID):
			delete(tries, m.ID)
		case r != nil && now.Before(r.due):
		case g.ctx.Err() != nil:
		default:
			if r == nil {
				r = &retry{wait: g.timing.RejoinMin}
				tries[m.ID] = r
			}
			r.due = now.Add(jitter(r.wait))
			r.wait = min(2*r.wait, g.timing.RejoinMax)
			room <- struct{}{}
			wg.Go(func() {
				defer func() { <-room }()
				g.join(m.ID)
			})
		}
	}
	wg.Wait()
}

// join exchanges all states with one member. Its incarnation is not known yet;
// the transport goes by the code alone.
func (g *Gossip) join(id string) {
	if _, err := g.list.Join([]string{nodeName(id, 0) + "/" + g.wire.placeholder()}); err != nil && g.ctx.Err() == nil {
		g.log.Debug("member is away", "member", id, "err", err)
	}
}

// jitter spreads what many nodes do at the same interval.
func jitter(d time.Duration) time.Duration {
	return d*3/4 + rand.N(d/2+1)
}
