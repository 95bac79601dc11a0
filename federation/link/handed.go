package link

import (
	"net"
	"sync"
)

// waiting is how many connections of a protocol may wait for an Accept.
const waiting = 64

// handedOn is a listener whose connections come from elsewhere.
type handedOn struct {
	addr  net.Addr
	conns chan *Conn
	done  chan struct{}

	mu     sync.Mutex // guards closed, so that nothing is handed on after Close
	closed bool
}

func newHandedOn(addr net.Addr) *handedOn {
	return &handedOn{addr: addr, conns: make(chan *Conn, waiting), done: make(chan struct{})}
}

// hand gives c to the next Accept. It closes c if too many wait already, or if
// nobody will accept again.
func (h *handedOn) hand(c *Conn) {
	h.mu.Lock()
	taken := false
	if !h.closed {
		select {
		case h.conns <- c:
			taken = true
		default:
		}
	}
	h.mu.Unlock()
	if !taken {
		_ = c.Close()
	}
}

// Accept implements net.Listener.
func (h *handedOn) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. Connections that still wait are closed.
func (h *handedOn) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil
	}
	h.closed = true
	close(h.done)
	for {
		select {
		case c := <-h.conns:
			c.cut()
			c.port.registry.forget(c)
		default:
			return nil
		}
	}
}

// Addr implements net.Listener.
func (h *handedOn) Addr() net.Addr { return h.addr }
