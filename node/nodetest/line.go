package nodetest

import (
	"io"
	"net"
	"sync"
)

// A line is the cable from one node to another, in one direction of dialling: a
// TCP proxy that can be cut and healed. A cut line closes what is open and
// refuses what is new, as a dead router does.
type line struct {
	ln net.Listener
	wg sync.WaitGroup

	mu    sync.Mutex // guards all below
	to    string
	cut   bool
	done  bool
	conns map[net.Conn]struct{}
}

func newLine() (*line, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &line{ln: ln, conns: map[net.Conn]struct{}{}}
	l.wg.Go(l.accept)
	return l, nil
}

func (l *line) addr() string { return l.ln.Addr().String() }

// lead points the line at an address; a node that starts again has a new one.
func (l *line) lead(to string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to = to
}

// set cuts or heals the line.
func (l *line) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	if cut {
		l.hangUp()
	}
}

// open returns how many connections are being carried. Each has two ends.
func (l *line) open() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.conns) / 2
}

// hangUp closes all connections; l.mu is held.
func (l *line) hangUp() {
	for c := range l.conns {
		_ = c.Close()
	}
	clear(l.conns)
}

func (l *line) close() {
	_ = l.ln.Close()
	l.mu.Lock()
	l.done = true
	l.hangUp()
	l.mu.Unlock()
	l.wg.Wait()
}

func (l *line) accept() {
	for {
		c, err := l.ln.Accept()
		if err != nil {
			return
		}
		if to, ok := l.keep(c); ok {
			l.wg.Go(func() { l.carry(c, to) })
		}
	}
}

// keep remembers an open connection, or closes it if the line is cut.
func (l *line) keep(c net.Conn) (to string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut || l.done || l.to == "" {
		_ = c.Close()
		return "", false
	}
	l.conns[c] = struct{}{}
	return l.to, true
}

func (l *line) drop(c net.Conn) {
	l.mu.Lock()
	delete(l.conns, c)
	l.mu.Unlock()
	_ = c.Close()
}

// carry copies both ways until either end is gone.
func (l *line) carry(near net.Conn, to string) {
	defer l.drop(near)
	far, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	if _, ok := l.keep(far); !ok {
		return
	}
	defer l.drop(far)
	done := make(chan struct{})
	l.wg.Go(func() {
		defer close(done)
		_, _ = io.Copy(far, near)
		_ = far.Close()
	})
	_, _ = io.Copy(near, far)
	_ = near.Close()
	<-done
}
