package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

const (
	handshakesAtOnce = 64 // over all sources
	handshakesASide  = 32 // from one address, so that no single one takes all
	handshakeTimeout = 5 * time.Second
	acceptPause      = 10 * time.Millisecond // after an accept that failed
)

// Config says how a port is opened.
type Config struct {
	Listen    string    // host:port; port 0 takes a free one
	Advertise string    // host:port that others should dial; empty means Listen
	Identity  Identity  // who we are
	Registry  *Registry // who the others are

	// Overrides is a file of lines "CODE host:port" that says where to dial
	// some peers, in place of the registry: a NAT in the field, a proxy in a
	// test. It is read at every dial, so a change needs no restart; lines that
	// begin with # and a missing file mean nothing. It changes where bytes go,
	// never who must be at the other end. Empty means none.
	Overrides string

	Log *slog.Logger // nil means none
}

// Check returns all that is wrong with c.
func (c Config) Check() error {
	var errs []error
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		errs = append(errs, fmt.Errorf("listen address: %w", err))
	}
	if c.Advertise != "" {
		if err := CheckAddr(c.Advertise); err != nil {
			errs = append(errs, fmt.Errorf("advertised address: %w", err))
		}
	}
	if c.Identity.leaf == nil {
		errs = append(errs, errors.New("identity is empty"))
	}
	if c.Registry == nil {
		errs = append(errs, errors.New("registry is missing"))
	}
	return errors.Join(errs...)
}

// Port is the open port and the way out: it accepts connections and dials them.
type Port struct {
	ln        net.Listener
	advertise string
	registry  *Registry
	overrides string
	log       *slog.Logger
	self      atomic.Pointer[Identity]
	hint      atomic.Pointer[func(id string) string]
	counters  *counters
	protos    map[string]*handedOn // never written after Listen
	knock     chan struct{}        // holds at most one token

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu    sync.Mutex         // guards greet
	greet map[netip.Addr]int // handshakes in flight by source
	room  int                // all of them
}

// Listen opens the port. Close ends it and every connection that came through
// it.
func Listen(c Config) (*Port, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("port between balai: %w", err)
	}
	ln, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("port between balai: %w", err)
	}
	p := &Port{
		ln: ln, advertise: c.Advertise, registry: c.Registry, overrides: c.Overrides, log: c.Log,
		counters: newCounters(), protos: map[string]*handedOn{}, knock: make(chan struct{}, 1),
		greet: map[netip.Addr]int{},
	}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	if p.advertise == "" {
		p.advertise = ln.Addr().String()
	}
	p.self.Store(&c.Identity)
	for _, proto := range protocols {
		p.protos[proto] = newHandedOn(ln.Addr())
	}
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.wg.Go(p.accept)
	return p, nil
}

// Listener returns the inbound connections of one protocol, each of type *Conn.
// It is nil for a protocol that is not ours. Connections that nobody accepts
// are closed.
func (p *Port) Listener(proto string) net.Listener {
	if h := p.protos[proto]; h != nil {
		return h
	}
	return nil
}

// Addr is the address that the port listens on.
func (p *Port) Addr() net.Addr { return p.ln.Addr() }

// Advertised is the host:port that others should dial.
func (p *Port) Advertised() string { return p.advertise }

// Registry is the registry that the port trusts.
func (p *Port) Registry() *Registry { return p.registry }

// Self is the balai code of this node.
func (p *Port) Self() string { return p.self.Load().id }

// SetIdentity makes new handshakes use i; open connections stay. Call it when a
// new TLS key of this node has become valid.
func (p *Port) SetIdentity(i Identity) error {
	if i.leaf == nil || i.id != p.Self() {
		return fmt.Errorf("the new key is not for %s", p.Self())
	}
	p.self.Store(&i)
	return nil
}

// Strangers receives after somebody without a valid key knocked on a protocol
// of members. A node that is behind takes it as a hint that it may have missed
// an admission. It carries no data.
func (p *Port) Strangers() <-chan struct{} { return p.knock }

// Close closes the port, its listeners and all connections that came through
// it, inbound and outbound. It returns when its goroutines have ended.
func (p *Port) Close() error {
	p.stop()
	err := p.ln.Close()
	p.wg.Wait()
	for _, h := range p.protos {
		_ = h.Close()
	}
	for _, c := range p.registry.of(p) {
		c.cut()
		p.registry.forget(c)
	}
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (p *Port) accept() {
	for {
		c, err := p.ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of file descriptors, or a peer that gave up: go on soon
			select {
			case <-p.ctx.Done():
			case <-time.After(acceptPause):
			}
			continue
		}
		from := sourceOf(c)
		if !p.enter(from) {
			p.counters.refuse(RefusedShed)
			_ = c.Close()
			continue
		}
		p.wg.Go(func() {
			defer p.leave(from)
			p.shakeHands(c)
		})
	}
}

// enter takes a place for one handshake, if there is one.
func (p *Port) enter(from netip.Addr) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.room >= handshakesAtOnce || p.greet[from] >= handshakesASide {
		return false
	}
	p.room++
	p.greet[from]++
	return true
}

func (p *Port) leave(from netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.room--
	if p.greet[from]--; p.greet[from] == 0 {
		delete(p.greet, from)
	}
}

func sourceOf(c net.Conn) netip.Addr {
	a, _ := c.RemoteAddr().(*net.TCPAddr)
	if a == nil {
		return netip.Addr{}
	}
	return a.AddrPort().Addr().Unmap()
}

// shakeHands hands a connection on, or closes it and counts why.
func (p *Port) shakeHands(raw net.Conn) {
	wire := meter(raw, p.counters.bytes[Handshakes])
	c := &Conn{
		Conn: tls.Server(wire, serverConfig(p.registry, func() Identity { return *p.self.Load() })),
		wire: wire, port: p, inbound: true,
	}
	if err := p.finish(p.ctx, c, handshakeTimeout); err != nil {
		reason := reasonOf(err)
		p.counters.refuse(reason)
		p.log.Debug("handshake refused", "from", raw.RemoteAddr(), "reason", reason, "err", err)
		if reason == RefusedStranger {
			select {
			case p.knock <- struct{}{}:
			default: // a token is waiting; one is enough
			}
		}
		return
	}
	p.protos[c.proto].hand(c)
}

// finish does the handshake of c and enters it in the registry. On an error c
// is closed.
func (p *Port) finish(ctx context.Context, c *Conn, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := c.HandshakeContext(ctx)
	if err == nil {
		err = p.registry.admit(c)
	}
	if err != nil {
		c.cut()
		return err
	}
	c.wire.on.Store(p.counters.bytes[c.proto])
	return nil
}
