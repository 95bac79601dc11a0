package replication

import (
	"context"
	"sync"
	"time"
)

// away knows which peers did not answer the last call. Raft doubles its pause
// before it sends entries to a peer at each failure, up to ten seconds, and
// does not end the pause when the peer is back. So no entries are sent to a
// peer that heartbeats do not reach: they wait here, and go with the first
// heartbeat that does.
type away struct {
	mu   sync.Mutex               // guards back
	back map[string]chan struct{} // closed when the peer answers again
}

// patience is how long entries wait for a peer at most. Raft needs its
// goroutine back some time, for the peer may be one that was removed.
const patience = time.Minute

// note keeps whether a peer answered.
func (a *away) note(peer string, answered bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	back, gone := a.back[peer]
	switch {
	case answered && gone:
		close(back)
		delete(a.back, peer)
	case !answered && !gone:
		if a.back == nil {
			a.back = map[string]chan struct{}{}
		}
		a.back[peer] = make(chan struct{})
	}
}

// wait returns when the peer answers, when this node leads no more, when ctx
// ends or when patience does. It asks whether the node leads every so often.
func (a *away) wait(ctx context.Context, peer string, leads func() bool, every time.Duration) {
	a.mu.Lock()
	back, gone := a.back[peer]
	a.mu.Unlock()
	if !gone {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	look := time.NewTicker(every)
	defer look.Stop()
	for leads() {
		select {
		case <-back:
			return
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}
