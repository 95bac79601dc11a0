package link

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	dialTimeout  = 10 * time.Second // for one address, if the caller is more patient
	maxOverrides = 1 << 20          // bytes of the file of overrides
	maxAddr      = 64               // bytes of an address; gossip has room for no more
)

// CheckAddr says whether addr is a host:port that can be dialled and told to
// others: 64 bytes at most, with a port number.
func CheckAddr(addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" || len(addr) > maxAddr || strings.ContainsFunc(addr, space) {
		return errors.New("want host:port, 64 bytes at most")
	}
	return nil
}

func space(r rune) bool { return r <= ' ' || r == 0x7f }

// SetHint gives the port one more place to look for an address: where a peer
// was last heard of. It is asked only when the registry's address does not
// answer, and returns "" if it does not know. It must not block.
func (p *Port) SetHint(hint func(id string) string) { p.hint.Store(&hint) }

// Dial connects to the active member called id, over one protocol of members.
// It looks for the address in the overrides, else in the registry, and then in
// the hint. Whoever answers must hold a key of that member.
//
// The error is ErrStranger if there is no such member. A member that does not
// know us yet lets the handshake pass and then closes: the first Read says so.
func (p *Port) Dial(ctx context.Context, id, proto string) (*Conn, error) {
	peer, ok := p.registry.Find(id)
	if !ok {
		return nil, fmt.Errorf("dial %s: %w", id, ErrStranger)
	}
	var errs []error
	for _, addr := range p.addresses(peer) {
		c, err := p.dial(ctx, id, addr, proto)
		if err == nil {
			return c, nil
		}
		errs = append(errs, fmt.Errorf("dial %s: %w", id, err))
	}
	if len(errs) == 0 {
		return nil, fmt.Errorf("dial %s: no address is known", id)
	}
	return nil, errors.Join(errs...)
}

// addresses lists where peer may be, best first.
func (p *Port) addresses(peer Peer) []string {
	if addr := p.override(peer.ID); addr != "" {
		return []string{addr} // told by a person: nothing else is tried
	}
	var all []string
	if peer.Addr != "" {
		all = append(all, peer.Addr)
	}
	if hint := p.hint.Load(); hint != nil {
		if addr := (*hint)(peer.ID); addr != "" && addr != peer.Addr {
			all = append(all, addr)
		}
	}
	return all
}

// override looks id up in the file. What is wrong in the file is told to the
// log and skipped: a slip of the pen must not cut off the other peers.
func (p *Port) override(id string) string {
	if p.overrides == "" {
		return ""
	}
	f, err := os.Open(p.overrides)
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	if err != nil {
		p.log.Warn("peer overrides are not readable", "err", err)
		return ""
	}
	defer func() { _ = f.Close() }()
	found := ""
	lines := bufio.NewScanner(io.LimitReader(f, maxOverrides))
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) == 0 || strings.HasPrefix(words[0], "#"):
		case len(words) != 2 || CheckAddr(words[1]) != nil:
			p.log.Warn("peer override is not CODE host:port", "line", n)
		case words[0] == id:
			found = words[1] // the last line counts
		}
	}
	if err := lines.Err(); err != nil {
		p.log.Warn("peer overrides are not readable", "err", err)
	}
	return found
}

func (p *Port) dial(ctx context.Context, id, addr, proto string) (*Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	defer context.AfterFunc(p.ctx, cancel)()

	raw, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	wire := meter(raw, p.counters.bytes[Handshakes])
	c := &Conn{Conn: tls.Client(wire, clientConfig(p.registry, *p.self.Load(), id, proto)), wire: wire, port: p}
	if err := p.finish(ctx, c, dialTimeout); err != nil {
		return nil, err
	}
	if p.ctx.Err() != nil { // Close may have passed before c was known to it
		return nil, errors.Join(net.ErrClosed, c.Close())
	}
	return c, nil
}

// DialJoin connects a newcomer to the balai called id at addr, which must prove
// that it holds the key pin. It needs no port: newcomers have none. self may be
// any identity; the key in it is what the newcomer will be known by.
func DialJoin(ctx context.Context, self Identity, id, addr string, pin Key) (*Conn, error) {
	if self.leaf == nil {
		return nil, errors.New("join: identity is empty")
	}
	conf, err := joinConfig(self, id, pin)
	if err != nil {
		return nil, fmt.Errorf("join through %s: %w", id, err)
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	raw, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("join through %s: %w", id, err)
	}
	wire := meter(raw, &traffic{})
	c := &Conn{Conn: tls.Client(wire, conf), wire: wire, proto: Join}
	if err := c.HandshakeContext(ctx); err != nil {
		c.cut()
		return nil, fmt.Errorf("join through %s: %w", id, err)
	}
	return c, nil
}
