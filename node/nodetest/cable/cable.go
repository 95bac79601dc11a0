// Package cable is the line from one node to another: a TCP proxy on loopback,
// for one direction of dialling, that can be cut and healed, and made as slow as
// the worst lines between balai. It is for tests and benchmarks, and knows
// nothing of what it carries.
package cable

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// A Cable carries connections to where it leads. A cut cable closes what is open
// and refuses what is new, as a dead router does. Use it from any goroutine.
type Cable struct {
	ln      net.Listener
	wg      sync.WaitGroup
	carried atomic.Uint64

	mu       sync.Mutex // guards all below
	to       string
	cut      bool
	done     bool
	conns    map[net.Conn]struct{}
	up, down *wire // nil: as quick as loopback
}

// New lays a cable that leads nowhere yet. Close takes it up.
func New() (*Cable, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &Cable{ln: ln, conns: map[net.Conn]struct{}{}}
	c.wg.Go(c.accept)
	return c, nil
}

// Addr is where to dial.
func (c *Cable) Addr() string { return c.ln.Addr().String() }

// Lead points the cable at an address.
func (c *Cable) Lead(to string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.to = to
}

// Cut cuts or heals the cable.
func (c *Cable) Cut(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
	if cut {
		c.hangUp()
	}
}

// Open returns how many connections are being carried. Each has two ends.
func (c *Cable) Open() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.conns) / 2
}

// Carried is how many bytes came out at either end of a slow cable.
func (c *Cable) Carried() uint64 { return c.carried.Load() }

// Close ends all connections and returns when nothing moves any more.
func (c *Cable) Close() {
	_ = c.ln.Close()
	c.mu.Lock()
	c.done = true
	c.hangUp()
	c.mu.Unlock()
	c.wg.Wait()
}

// hangUp closes all connections; c.mu is held.
func (c *Cable) hangUp() {
	for conn := range c.conns {
		_ = conn.Close()
	}
	clear(c.conns)
}

func (c *Cable) accept() {
	for {
		conn, err := c.ln.Accept()
		if err != nil {
			return
		}
		if to, ok := c.keep(conn); ok {
			c.wg.Go(func() { c.carry(conn, to) })
		}
	}
}

// keep remembers an open connection, or closes it if the cable is cut.
func (c *Cable) keep(conn net.Conn) (to string, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut || c.done || c.to == "" {
		_ = conn.Close()
		return "", false
	}
	c.conns[conn] = struct{}{}
	return c.to, true
}

func (c *Cable) drop(conn net.Conn) {
	c.mu.Lock()
	delete(c.conns, conn)
	c.mu.Unlock()
	_ = conn.Close()
}

// carry copies both ways until either end is gone.
func (c *Cable) carry(near net.Conn, to string) {
	defer c.drop(near)
	far, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	if _, ok := c.keep(far); !ok {
		return
	}
	defer c.drop(far)
	c.mu.Lock()
	up, down := c.up, c.down
	c.mu.Unlock()
	done := make(chan struct{})
	c.wg.Go(func() {
		defer close(done)
		c.copy(far, near, up)
		_ = far.Close()
	})
	c.copy(near, far, down)
	_ = near.Close()
	<-done
}

func (c *Cable) copy(to, from net.Conn, w *wire) {
	if w == nil {
		_, _ = io.Copy(to, from)
		return
	}
	w.carry(to, from, &c.carried)
}
