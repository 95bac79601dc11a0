package replication

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// watchdog notices that a call to a store does not come back. A leader whose
// disk hangs goes on sending heartbeats, so nobody else would notice.
type watchdog struct {
	limit time.Duration
	bite  func(error) // called at most once

	mu    sync.Mutex // guards calls and next
	calls map[uint64]call
	next  uint64
}

type call struct {
	name  string
	since time.Time
}

func newWatchdog(limit time.Duration, bite func(error)) *watchdog {
	return &watchdog{limit: limit, bite: bite, calls: map[uint64]call{}}
}

// watch notes the start of a call; the caller runs what it returns at the end.
func (w *watchdog) watch(name string) (done func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next++
	id := w.next
	w.calls[id] = call{name, time.Now()}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.calls, id)
	}
}

// run looks at the calls until ctx ends.
func (w *watchdog) run(ctx context.Context) {
	tick := time.NewTicker(max(w.limit/4, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if name := w.stalled(now); name != "" {
				w.bite(fmt.Errorf("%w: %s took longer than %v", ErrStalled, name, w.limit))
				return
			}
		}
	}
}

func (w *watchdog) stalled(now time.Time) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		if now.Sub(c.since) > w.limit {
			return c.name
		}
	}
	return ""
}

// longest is how long the call has taken that has not come back for longest.
func (w *watchdog) longest() (age time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		age = max(age, time.Since(c.since))
	}
	return age
}

// durations keeps the last few hundred durations of one kind. Those that are
// older than late tell nothing of now: a quiet group writes little, and one slow
// write must not be told for days.
type durations struct {
	mu   sync.Mutex // guards ring and n
	ring [512]lasted
	n    int
}

type lasted struct {
	at   time.Time
	took time.Duration
}

const late = 15 * time.Minute

func (d *durations) add(took time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.ring[d.n%len(d.ring)] = lasted{time.Now(), took}
	d.n++
}

func (d *durations) spread() Spread {
	var all []time.Duration
	d.mu.Lock()
	for _, x := range d.ring[:min(d.n, len(d.ring))] {
		if time.Since(x.at) < late {
			all = append(all, x.took)
		}
	}
	d.mu.Unlock()
	if len(all) == 0 {
		return Spread{}
	}
	slices.Sort(all)
	return Spread{P50: all[len(all)/2], P99: all[len(all)*99/100]}
}
