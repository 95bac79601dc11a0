package replication

import (
	"slices"
	"sync"
	"time"
)

// contacts is what this node knows of others at first hand.
type contacts struct {
	mu  sync.Mutex // guards all
	all map[string]contact
}

type contact struct {
	at      time.Time // last heard
	match   uint64    // last entry it has for certain, as told to us as leader
	since   time.Time // reachable and caught up without a break since then
	verdict verdict   // on us
	greeted bool      // verdict is known
}

func (c *contacts) update(code string, f func(*contact)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[string]contact{}
	}
	k := c.all[code]
	f(&k)
	c.all[code] = k
}

func (c *contacts) get(code string) contact {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all[code]
}

// heard notes a sign of life; match is zero if it says nothing about the log.
func (c *contacts) heard(code string, match uint64) {
	c.update(code, func(k *contact) { k.at, k.match = time.Now(), max(k.match, match) })
}

func (c *contacts) told(code string, v verdict) {
	c.update(code, func(k *contact) { k.verdict, k.greeted = v, true })
}

// steady notes whether a peer is well now, and returns since when it has been.
func (c *contacts) steady(code string, well bool) (since time.Time) {
	c.update(code, func(k *contact) {
		switch {
		case !well:
			k.since = time.Time{}
		case k.since.IsZero():
			k.since = time.Now()
		}
		since = k.since
	})
	return since
}

// reign forgets what only a leader knows, at the start of a new term.
func (c *contacts) reign() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for code, k := range c.all {
		k.match, k.since = 0, time.Time{}
		c.all[code] = k
	}
}

// regressing returns who remembers more of us than we do.
func (c *contacts) regressing() (codes []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for code, k := range c.all {
		if k.greeted && k.verdict == regressed {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return codes
}
