package federation

import (
	"time"

	"serasi/federation/link"
)

const (
	outbox     = 64 // packets that wait for one peer
	afterFault = time.Second
)

// box holds the packets for one peer. They go through one connection that stays
// open. What does not fit is dropped, as UDP would: a dead peer never blocks
// memberlist.
type box struct {
	id   string
	q    chan []byte
	quit chan struct{} // closed by prune
}

// post puts a packet into the outbox of a member. The send never waits, so it
// may happen under the lock; that way no packet enters a box that was
// forgotten.
func (t *transport) post(id string, b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return
	}
	x := t.boxes[id]
	if x == nil {
		x = &box{id: id, q: make(chan []byte, outbox), quit: make(chan struct{})}
		t.boxes[id] = x
		t.wg.Go(func() { t.pump(x) })
	}
	select {
	case x.q <- b:
	default:
	}
}

// prune forgets the outboxes of those who are no members any more.
func (t *transport) prune() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for id, x := range t.boxes {
		if _, ok := t.port.Registry().Find(id); !ok {
			close(x.quit)
			delete(t.boxes, id)
		}
	}
}

// forget takes away a box that has been idle, unless a packet came just now.
func (t *transport) forget(x *box) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(x.q) > 0 {
		return false
	}
	if t.boxes[x.id] == x {
		delete(t.boxes, x.id)
	}
	return true
}

// pump empties one outbox until it is forgotten or all ends.
func (t *transport) pump(x *box) {
	var w wire
	defer func() { w.drop() }()
	beat := time.NewTicker(t.timing.Beat)
	defer beat.Stop()
	idle := time.NewTimer(t.timing.Idle)
	defer idle.Stop()
	for {
		select {
		case <-t.ctx.Done():
			return
		case <-x.quit:
			return
		case <-w.gone:
			w.drop()
		case <-beat.C:
			beat.Reset(t.view.pace(t.timing.Beat))
			if w.conn != nil {
				t.send(&w, frameBeat, t.view.ownMeta())
			}
		case <-idle.C:
			if t.forget(x) {
				return
			}
			idle.Reset(t.timing.Idle)
		case b := <-x.q:
			idle.Reset(t.timing.Idle)
			if w.conn == nil {
				t.open(&w, x.id)
			}
			if w.conn != nil {
				t.send(&w, framePacket, b)
			}
		}
	}
}

// wire is the connection of one pump, or none.
type wire struct {
	conn      *link.Conn
	gone      chan struct{} // closed when the other side has closed
	notBefore time.Time     // of the next dial
}

func (w *wire) drop() {
	if w.conn != nil {
		_ = w.conn.Close()
	}
	w.conn, w.gone = nil, nil
}

// open dials the peer of w, unless that failed a moment ago, and begins with a
// beat: a peer that sees us again knows at once where we are.
func (t *transport) open(w *wire, id string) {
	if time.Now().Before(w.notBefore) {
		return
	}
	c, err := t.dial(t.ctx, id, kindPackets, t.timing.Patience)
	w.notBefore = time.Now().Add(min(afterFault, t.timing.Patience))
	if err != nil {
		t.log.Debug("gossip does not reach a member", "member", id, "err", err)
		return
	}
	w.conn, w.gone = c, make(chan struct{})
	gone := w.gone
	t.wg.Go(func() {
		// Nothing is ever sent this way: whatever Read returns is the end.
		_, _ = c.Read(make([]byte, 1))
		_ = c.Close()
		close(gone)
	})
	t.send(w, frameBeat, t.view.ownMeta())
}

func (t *transport) send(w *wire, kind byte, b []byte) {
	_ = w.conn.SetWriteDeadline(time.Now().Add(t.timing.Patience))
	if err := writeFrame(w.conn, kind, b); err != nil {
		w.drop()
	}
}
