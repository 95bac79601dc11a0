package rpc

import (
	"net"
	"sync"
	"time"
)

// maxSources bounds the memory that strangers can take. When it is full the
// oldest source is forgotten.
const maxSources = 4096

// tries remembers how often each source has tried within a window.
type tries struct {
	limit  int
	window time.Duration
	now    func() time.Time

	mu sync.Mutex             // guards at
	at map[string][]time.Time // oldest first
}

func newTries(limit int, window time.Duration, now func() time.Time) *tries {
	return &tries{limit: limit, window: window, now: now, at: map[string][]time.Time{}}
}

// spent says whether source has no try left.
func (t *tries) spent(source string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.recent(source)) >= t.limit
}

// count takes one try.
func (t *tries) count(source string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.at) >= maxSources && t.at[source] == nil {
		t.forgetOldest()
	}
	t.at[source] = append(t.recent(source), t.now())
}

// forgive gives one try back.
func (t *tries) forgive(source string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if all := t.recent(source); len(all) > 1 {
		t.at[source] = all[:len(all)-1]
	} else {
		delete(t.at, source)
	}
}

// recent drops the tries of source that are too old to count.
func (t *tries) recent(source string) []time.Time {
	all := t.at[source]
	for len(all) > 0 && t.now().Sub(all[0]) >= t.window {
		all = all[1:]
	}
	if len(all) == 0 {
		delete(t.at, source)
	}
	return all
}

func (t *tries) forgetOldest() {
	oldest, when := "", time.Time{}
	for source, all := range t.at {
		if last := all[len(all)-1]; oldest == "" || last.Before(when) {
			oldest, when = source, last
		}
	}
	delete(t.at, oldest)
}

// sourceOf says where a connection comes from: an IPv4 address, or the /64 that
// one IPv6 customer has.
func sourceOf(c net.Conn) string {
	a, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return "unknown"
	}
	ip := a.AddrPort().Addr().Unmap()
	if ip.Is6() {
		if p, err := ip.WithZone("").Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}
