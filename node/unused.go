package node

import (
	"net"
	"net/http"
	"sync"
)

// unused are the connections to the people's port on which nobody has asked
// anything yet. Browsers open such ahead of need, and a server that stops waits
// five seconds for each to be used.
type unused struct {
	mu    sync.Mutex // guards all below
	conns map[net.Conn]struct{}
	ended bool
}

// follow is told what becomes of each connection.
func (u *unused) follow(c net.Conn, now http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case now != http.StateNew:
		delete(u.conns, c)
	case u.ended:
		_ = c.Close() // it was never used
	default:
		if u.conns == nil {
			u.conns = map[net.Conn]struct{}{}
		}
		u.conns[c] = struct{}{}
	}
}

// close ends those connections, and the ones to come.
func (u *unused) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ended = true
	for c := range u.conns {
		_ = c.Close()
	}
	clear(u.conns)
}
