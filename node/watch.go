package node

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"serasi/node/casework"
	"serasi/node/health"
)

// watch remembers what the node found of its health.
type watch struct {
	mu      sync.Mutex // guards what follows
	history health.History
	facts   health.Facts
	last    casework.Checkup
	at      time.Time // of the last look; zero before the first
}

// watchEvery is how often the node looks at itself, so that it knows since when
// something has been so. Whoever asks gets a look that is at most watchRest old.
const (
	watchEvery = 5 * time.Second
	watchRest  = 500 * time.Millisecond
)

// examine looks at the node, unless somebody just did.
func (n *Node) examine() (health.Facts, casework.Checkup) {
	w := &n.watch
	w.mu.Lock()
	if !w.at.IsZero() && time.Since(w.at) < watchRest {
		defer w.mu.Unlock()
		return w.facts, w.last
	}
	w.mu.Unlock()
	facts := n.facts()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.history.Patience = n.cfg.Tuning.Patience
	w.facts, w.last, w.at = facts, w.history.Examine(facts), time.Now()
	return w.facts, w.last
}

// keepWatch looks at the node until ctx ends, and logs what comes and goes.
func (n *Node) keepWatch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var known []string
	for {
		_, c := n.examine()
		codes := c.Codes()
		for _, a := range c.Ailments {
			if !slices.Contains(known, a.Code) {
				n.log.Warn("health", "code", a.Code, "severity", a.Severity, "about", a.Balai, "title", a.Title)
			}
		}
		for _, code := range known {
			if !slices.Contains(codes, code) {
				n.log.Info("health: gone", "code", code)
			}
		}
		known = codes
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// startsID is the row of Settings with the times of the last starts.
const startsID = "starts"

// mostStarts is how many starts are remembered.
const mostStarts = 20

// noteStart remembers that the node was started. A store that refuses to write,
// because the disk is full, is no reason not to start: pages can be read.
func (n *Node) noteStart() error {
	var starts []time.Time
	err := n.db.View(func(tx casework.Tx) error {
		_, err := tx.Get(casework.Settings, casework.NodeOwner, startsID, &starts)
		return err
	})
	if err != nil {
		return fmt.Errorf("read the starts of this node: %w", err)
	}
	starts = append(starts, n.started.UTC())
	starts = starts[max(0, len(starts)-mostStarts):]
	n.starts = starts
	err = n.db.Update(context.Background(), func(tx casework.Tx) error {
		return tx.Put(casework.Settings, casework.NodeOwner, startsID, starts)
	})
	if err != nil {
		n.log.Warn("the start of this node is not noted", "err", err)
	}
	return nil
}

// startsSince counts the starts after t, this one included.
func (n *Node) startsSince(t time.Time) (count int) {
	for _, at := range n.starts {
		if at.After(t) && !at.After(n.clock()) {
			count++
		}
	}
	return count
}
