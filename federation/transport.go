package federation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/memberlist"

	"serasi/federation/link"
)

const (
	packetsWaiting = 256 // for memberlist
	streamsWaiting = 16  // for memberlist
)

// transport carries memberlist over the port. A node is found by its name, so
// what memberlist calls an address is a placeholder.
type transport struct {
	port   *link.Port
	ln     net.Listener
	view   *view
	dir    *directory
	timing Timing
	log    *slog.Logger

	packets chan *memberlist.Packet
	streams chan net.Conn

	outward context.Context // ends before ctx: no new streams while we leave
	ctx     context.Context // ends with Shutdown
	stop    context.CancelFunc
	wg      sync.WaitGroup

	mu     sync.Mutex // guards boxes and closed, and starting pumps against Shutdown
	boxes  map[string]*box
	closed bool
}

func newTransport(outward context.Context, c Config, v *view, d *directory) *transport {
	t := &transport{
		port: c.Port, ln: c.Port.Listener(link.Gossip), view: v, dir: d, timing: c.timing(), log: c.Log,
		packets: make(chan *memberlist.Packet, packetsWaiting), streams: make(chan net.Conn, streamsWaiting),
		outward: outward, boxes: map[string]*box{},
	}
	t.ctx, t.stop = context.WithCancel(context.Background())
	t.wg.Go(t.accept)
	return t
}

// Shutdown implements memberlist.Transport. It returns when all is quiet.
func (t *transport) Shutdown() error {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.stop()
	err := t.ln.Close()
	t.wg.Wait()
	for {
		select {
		case c := <-t.streams:
			_ = c.Close()
		default:
			return err
		}
	}
}

func (t *transport) accept() {
	for {
		c, err := t.ln.Accept()
		if err != nil {
			return
		}
		known, ok := c.(*link.Conn)
		if !ok {
			_ = c.Close()
			continue
		}
		t.wg.Go(func() { t.serve(known) })
	}
}

// serve reads the kind of an inbound connection and acts on it.
func (t *transport) serve(c *link.Conn) {
	held := hold(t.ctx, c)
	var kind [1]byte
	_ = c.SetReadDeadline(time.Now().Add(t.timing.Patience))
	_, err := io.ReadFull(c, kind[:])
	_ = c.SetReadDeadline(time.Time{})
	if err != nil {
		_ = held.Close()
		return
	}
	t.view.heard(c.Peer())
	if kind[0] == kindStream {
		select {
		case t.streams <- held: // memberlist closes it
		default: // memberlist is far behind
			_ = held.Close()
		}
		return
	}
	defer func() { _ = held.Close() }()
	switch kind[0] {
	case kindPackets:
		err = t.readPackets(c)
	case kindDirectory:
		err = t.answer(c)
	default:
		err = fmt.Errorf("unknown kind of connection %#x", kind[0])
	}
	if err != nil && !errors.Is(err, io.EOF) && t.ctx.Err() == nil {
		t.log.Debug("gossip connection ended", "peer", c.Peer(), "err", err)
	}
}

// readPackets passes on what a peer sends until the connection breaks. What
// memberlist cannot take at once is dropped, as UDP would.
func (t *transport) readPackets(c *link.Conn) error {
	for {
		kind, b, err := readFrame(c, maxFrame)
		if err != nil {
			return err
		}
		t.view.heard(c.Peer())
		switch kind {
		case framePacket:
			select {
			case t.packets <- &memberlist.Packet{Buf: b, From: c.RemoteAddr(), Timestamp: time.Now()}:
			default:
			}
		case frameBeat:
			if err := t.view.beat(c.Peer(), b); err != nil {
				return err
			}
		default:
			return fmt.Errorf("unknown kind of frame %#x", kind)
		}
	}
}

// held is a connection that ends with a context, unless it was closed before.
type held struct {
	net.Conn
	release func() bool
}

func hold(ctx context.Context, c net.Conn) *held {
	return &held{c, context.AfterFunc(ctx, func() { _ = c.Close() })}
}

func (h *held) Close() error {
	h.release()
	return h.Conn.Close()
}

// WriteToAddress implements memberlist.NodeAwareTransport. It never waits. A
// packet to somebody who is no member is dropped without an error: memberlist
// suspects a node that does not answer, and would not suspect one that cannot
// be written to.
func (t *transport) WriteToAddress(b []byte, to memberlist.Address) (time.Time, error) {
	id, _, err := splitName(to.Name)
	if err != nil {
		return time.Time{}, err
	}
	if len(b) > maxFrame {
		return time.Time{}, fmt.Errorf("a gossip packet of %d bytes is too long", len(b))
	}
	if _, ok := t.port.Registry().Find(id); ok {
		t.post(id, append([]byte(nil), b...))
	}
	return time.Now(), nil
}

// dial opens a connection of one kind to a member.
func (t *transport) dial(ctx context.Context, id string, kind byte, timeout time.Duration) (*link.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, min(timeout, t.timing.Patience))
	defer cancel()
	c, err := t.port.Dial(ctx, id, link.Gossip)
	if err != nil {
		return nil, err
	}
	_ = c.SetWriteDeadline(time.Now().Add(t.timing.Patience))
	if _, err := c.Write([]byte{kind}); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	_ = c.SetWriteDeadline(time.Time{})
	return c, nil
}

// DialAddressTimeout implements memberlist.NodeAwareTransport.
func (t *transport) DialAddressTimeout(to memberlist.Address, timeout time.Duration) (net.Conn, error) {
	id, _, err := splitName(to.Name)
	if err != nil {
		return nil, err
	}
	c, err := t.dial(t.outward, id, kindStream, timeout)
	if err != nil {
		return nil, err
	}
	return hold(t.outward, c), nil
}

// ask fetches entries of the directory from a member. It returns what came
// before an error, too.
func (t *transport) ask(ctx context.Context, id string, owners []string) (found [][]byte, err error) {
	c, err := t.dial(ctx, id, kindDirectory, t.timing.Patience)
	if err != nil {
		return nil, err
	}
	h := hold(ctx, c)
	defer func() { _ = h.Close() }()
	var question []byte
	for _, owner := range owners {
		question = append(append(question, byte(len(owner))), owner...)
	}
	_ = c.SetDeadline(time.Now().Add(t.timing.Patience))
	if err := writeFrame(c, kindDirectory, question); err != nil {
		return nil, err
	}
	for range owners {
		kind, b, err := readFrame(c, maxEncodedEntry)
		if errors.Is(err, io.EOF) {
			break // it has no more
		}
		if err != nil {
			return found, err
		}
		if kind != kindDirectory {
			return found, fmt.Errorf("unknown kind of frame %#x", kind)
		}
		found = append(found, b)
		_ = c.SetDeadline(time.Now().Add(t.timing.Patience)) // as long as something comes
	}
	return found, nil
}

// answer sends the entries that a member asks for.
func (t *transport) answer(c *link.Conn) error {
	_ = c.SetDeadline(time.Now().Add(t.timing.Patience))
	_, question, err := readFrame(c, maxFrame)
	if err != nil {
		return err
	}
	var owners []string
	for r := (reader{rest: question}); len(r.rest) > 0; {
		owners = append(owners, string(r.take(int(r.byte()))))
		if r.fault || len(owners) > maxOwners {
			return errors.New("question to the directory is malformed")
		}
	}
	for _, b := range t.dir.pick(owners) {
		_ = c.SetDeadline(time.Now().Add(t.timing.Patience))
		if err := writeFrame(c, kindDirectory, b); err != nil {
			return err
		}
	}
	return nil
}

func (t *transport) placeholder() string {
	return net.JoinHostPort(nowhere.String(), strconv.Itoa(nowherePort))
}

// WriteTo implements memberlist.Transport. It fails: there is no name to expect.
func (t *transport) WriteTo(b []byte, addr string) (time.Time, error) {
	return t.WriteToAddress(b, memberlist.Address{Addr: addr})
}

// DialTimeout implements memberlist.Transport. It fails like WriteTo.
func (t *transport) DialTimeout(addr string, timeout time.Duration) (net.Conn, error) {
	return t.DialAddressTimeout(memberlist.Address{Addr: addr}, timeout)
}

// FinalAdvertiseAddr implements memberlist.Transport.
func (t *transport) FinalAdvertiseAddr(string, int) (net.IP, int, error) {
	return nowhere, nowherePort, nil
}

// PacketCh implements memberlist.Transport.
func (t *transport) PacketCh() <-chan *memberlist.Packet { return t.packets }

// StreamCh implements memberlist.Transport.
func (t *transport) StreamCh() <-chan net.Conn { return t.streams }

var _ memberlist.NodeAwareTransport = (*transport)(nil)
