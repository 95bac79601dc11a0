package cable

import (
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// Quality is what a line is like.
type Quality struct {
	Delay time.Duration // from one end to the other
	Rate  int           // bytes a second, for all connections together; more than 0
}

// grain is how much of one connection goes before another has its turn, in
// bytes.
const grain = 512

// Slow makes the two cables between two nodes one line of that quality: what
// goes one way shares its rate, whoever has dialled. It counts for connections
// that are made later.
func Slow(q Quality, there, back *Cable) {
	up, down := &wire{q: q}, &wire{q: q}
	there.mu.Lock()
	there.up, there.down = up, down
	there.mu.Unlock()
	back.mu.Lock()
	back.up, back.down = down, up
	back.mu.Unlock()
}

// wire is one way of a line.
type wire struct {
	q Quality

	mu   sync.Mutex // guards free
	free time.Time  // when all that was given to the wire has left
}

// leaves takes n bytes and returns when the last of them leaves.
func (w *wire) leaves(n int) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := time.Now(); w.free.Before(now) {
		w.free = now
	}
	w.free = w.free.Add(time.Duration(n) * time.Second / time.Duration(w.q.Rate))
	return w.free
}

// piece is what is on its way.
type piece struct {
	b   []byte
	due time.Time
}

// carry copies until either side is closed. What is on the way then is lost, as
// it would be.
func (w *wire) carry(to io.WriteCloser, from io.ReadCloser, carried *atomic.Uint64) {
	onTheWay := make(chan piece, 64)
	done := make(chan struct{})
	go func() { // ends when onTheWay is closed, and is waited for below
		defer close(done)
		for p := range onTheWay {
			wait(p.due)
			n, err := to.Write(p.b)
			carried.Add(uint64(n))
			if err != nil {
				_ = from.Close() // nothing more can arrive
			}
		}
	}()
	for {
		b := make([]byte, grain)
		n, err := from.Read(b)
		if n > 0 {
			at := w.leaves(n)
			wait(at)
			onTheWay <- piece{b[:n], at.Add(w.q.Delay)}
		}
		if err != nil {
			break
		}
	}
	close(onTheWay)
	<-done
}

// wait returns at a moment; what is waited for is soon.
func wait(until time.Time) { <-time.After(time.Until(until)) }
