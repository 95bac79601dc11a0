package replication

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
)

// transport carries raft between nodes and binds every inbound call to the
// identity that sent it. Raft's own transport has no notion of who is calling,
// so there is one to dial out and one for each peer that calls in.
type transport struct {
	*raft.NetworkTransport // dials out
	self                   string
	net                    Network
	ln                     net.Listener
	timeout                time.Duration
	logger                 hclog.Logger
	hello                  func() preamble
	admit                  func(string, preamble) verdict
	parted                 func() // a peer is of another group
	judge                  *guard
	mute                   func() bool // neither lead nor stand for election now
	leads                  func() bool
	peers                  contacts
	away                   away
	beat                   time.Duration // the longest pause of raft between two heartbeats to a peer that is away

	calls chan raft.RPC
	gate  chan struct{} // holds a token while no call is between its judgement and raft's answer

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	wg   sync.WaitGroup
	once sync.Once

	mu      sync.Mutex // guards inbound and open
	inbound map[string]*inbound
	open    map[net.Conn]struct{}
}

// inbound is what one peer sends.
type inbound struct {
	net   *raft.NetworkTransport
	conns *handed
}

func newTransport(self string, c Config, logger hclog.Logger) *transport {
	t := &transport{
		self: self, net: c.Network, ln: c.Network.Listener(), timeout: c.Timing.RPC, logger: logger, calls: make(chan raft.RPC), gate: make(chan struct{}, 1),
		beat: c.Timing.Heartbeat / 2, inbound: map[string]*inbound{}, open: map[net.Conn]struct{}{},
	}
	t.ctx, t.stop = context.WithCancel(context.Background())
	t.NetworkTransport = t.network(&outbound{newHanded(self), t})
	return t
}

func (t *transport) network(s raft.StreamLayer) *raft.NetworkTransport {
	return raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream: s, MaxPool: 3, Timeout: t.timeout, Logger: t.logger,
		MaxRPCsInFlight: 1, // one append that fails in a pipeline can stop it until the leader restarts
	})
}

// Consumer implements raft.Transport: only calls that passed the guard.
func (t *transport) Consumer() <-chan raft.RPC { return t.calls }

// SetHeartbeatHandler drops the handler. Raft's fast path for heartbeats may
// change the term while the leader's loop is about to store an entry, which then
// carries the term of another leader. Through Consumer they wait their turn.
func (t *transport) SetHeartbeatHandler(func(raft.RPC)) {}

var errMute = errors.New("replication: this node neither leads nor stands now")

// AppendEntries implements raft.Transport.
func (t *transport) AppendEntries(id raft.ServerID, to raft.ServerAddress, req *raft.AppendEntriesRequest, resp *raft.AppendEntriesResponse) error {
	if t.mute() {
		return errMute
	}
	heartbeat := req.PrevLogEntry == 0 && len(req.Entries) == 0
	if !heartbeat {
		t.away.wait(t.ctx, string(to), t.leads, t.beat)
	}
	err := t.NetworkTransport.AppendEntries(id, to, req, resp)
	t.away.note(string(to), err == nil)
	if err == nil {
		match := uint64(0)
		if resp.Success && !heartbeat {
			match = req.PrevLogEntry + uint64(len(req.Entries))
		}
		t.peers.heard(string(to), match)
	}
	return err
}

// InstallSnapshot implements raft.Transport.
func (t *transport) InstallSnapshot(
	id raft.ServerID, to raft.ServerAddress, req *raft.InstallSnapshotRequest, resp *raft.InstallSnapshotResponse, data io.Reader,
) error {
	t.away.wait(t.ctx, string(to), t.leads, t.beat)
	err := t.NetworkTransport.InstallSnapshot(id, to, req, resp, data)
	t.away.note(string(to), err == nil)
	return err
}

// RequestVote implements raft.Transport.
func (t *transport) RequestVote(id raft.ServerID, to raft.ServerAddress, req *raft.RequestVoteRequest, resp *raft.RequestVoteResponse) error {
	if t.mute() {
		return errMute
	}
	return t.NetworkTransport.RequestVote(id, to, req, resp)
}

// RequestPreVote implements raft.WithPreVote, without which raft would drop
// pre-votes and a node that was cut off would unseat the leader on its return.
func (t *transport) RequestPreVote(id raft.ServerID, to raft.ServerAddress, req *raft.RequestPreVoteRequest, resp *raft.RequestPreVoteResponse) error {
	if t.mute() {
		return errMute
	}
	return t.NetworkTransport.RequestPreVote(id, to, req, resp)
}

// TimeoutNow implements raft.Transport. Leadership is never transferred: a
// transfer that stalls refuses all proposals for good.
func (t *transport) TimeoutNow(raft.ServerID, raft.ServerAddress, *raft.TimeoutNowRequest, *raft.TimeoutNowResponse) error {
	return errors.New("replication: leadership is not transferred")
}

// start takes connections. Before it nobody is heard.
func (t *transport) start() {
	t.wg.Go(func() {
		for {
			c, err := t.ln.Accept()
			if err != nil {
				if t.ctx.Err() == nil && !errors.Is(err, net.ErrClosed) {
					t.logger.Error("accepting connections ended", "error", err)
				}
				return
			}
			t.wg.Go(func() { t.receive(c) })
		}
	})
}

// receive takes one connection to the transport of its peer.
func (t *transport) receive(c net.Conn) {
	known, ok := c.(interface{ Peer() string })
	if !ok || known.Peer() == "" || !t.keep(c) {
		_ = c.Close() // it was never used
		return
	}
	if err := t.greet(c, known.Peer()); err != nil {
		t.logger.Warn("connection refused", "peer", known.Peer(), "error", err)
		t.drop(c)
		return
	}
	t.of(known.Peer()).conns.hand(&kept{c, t})
}

func (t *transport) greet(c net.Conn, peer string) error {
	if err := c.SetDeadline(time.Now().Add(t.timeout)); err != nil {
		return err
	}
	p, err := readPreamble(c)
	if err != nil {
		return err
	}
	v := t.admit(peer, p)
	if _, err := c.Write([]byte{byte(v)}); err != nil {
		return err
	}
	if v != welcome {
		return fmt.Errorf("%s of %s: verdict %d", p.raft, peer, v)
	}
	return c.SetDeadline(time.Time{})
}

// of returns the transport for what a peer sends.
func (t *transport) of(peer string) *inbound {
	t.mu.Lock()
	defer t.mu.Unlock()
	in := t.inbound[peer]
	if in == nil {
		conns := newHanded(peer)
		in = &inbound{t.network(&outbound{conns, nil}), conns}
		t.inbound[peer] = in
		t.wg.Go(func() { t.forward(peer, in.net.Consumer()) })
	}
	return in
}

// forward passes the calls of one peer on, or refuses them.
func (t *transport) forward(peer string, calls <-chan raft.RPC) {
	for {
		select {
		case <-t.ctx.Done():
			return
		case call := <-calls:
			t.pass(peer, call)
		}
	}
}

func (t *transport) pass(peer string, call raft.RPC) {
	if err := t.judge.signatures(call.Command); err != nil {
		t.refuse(peer, call, err)
		return
	}
	select {
	case t.gate <- struct{}{}:
	case <-t.ctx.Done():
		call.Respond(nil, ErrStopped)
		return
	}
	defer func() { <-t.gate }()
	after, err := t.judge.check(peer, call.Command)
	if err != nil {
		t.refuse(peer, call, err)
		return
	}
	t.peers.heard(peer, 0)
	answer := make(chan raft.RPCResponse, 1)
	select {
	case t.calls <- raft.RPC{Command: call.Command, Reader: call.Reader, RespChan: answer}:
	case <-t.ctx.Done():
		call.Respond(nil, ErrStopped)
		return
	}
	select {
	case r := <-answer:
		after(r)
		call.Respond(r.Response, r.Error)
	case <-t.ctx.Done():
		call.Respond(nil, ErrStopped)
	}
}

func (t *transport) refuse(peer string, call raft.RPC, err error) {
	t.logger.Warn("call refused", "peer", peer, "error", err)
	call.Respond(nil, fmt.Errorf("refused: %w", err))
}

// Close implements raft.WithClose. It waits for all that the transport started.
func (t *transport) Close() (err error) {
	t.once.Do(func() {
		t.stop()
		err = t.ln.Close()
		t.mu.Lock()
		for c := range t.open {
			_ = c.Close() // the other end sees it too
		}
		t.open = nil
		t.mu.Unlock()
		t.wg.Wait()
		for _, in := range t.inbound {
			err = errors.Join(err, in.net.Close())
		}
		t.CloseStreams()
		err = errors.Join(err, t.NetworkTransport.Close())
	})
	return err
}

// keep and drop know all connections, so that Close ends them.
func (t *transport) keep(c net.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open == nil {
		return false
	}
	t.open[c] = struct{}{}
	return true
}

func (t *transport) drop(c net.Conn) {
	t.mu.Lock()
	delete(t.open, c)
	t.mu.Unlock()
	_ = c.Close() // nothing more is sent on it
}

// kept is a connection that forgets itself when closed.
type kept struct {
	net.Conn
	t *transport
}

func (k *kept) Close() error { k.t.drop(k.Conn); return nil }

// handed is a listener for connections that were accepted elsewhere.
type handed struct {
	peer string
	in   chan net.Conn
	done chan struct{}
	once sync.Once
}

func newHanded(peer string) *handed {
	return &handed{peer: peer, in: make(chan net.Conn), done: make(chan struct{})}
}

func (h *handed) hand(c net.Conn) {
	select {
	case h.in <- c:
	case <-h.done:
		_ = c.Close() // too late
	}
}

func (h *handed) Accept() (net.Conn, error) {
	select {
	case c := <-h.in:
		return c, nil
	case <-h.done:
		return nil, net.ErrClosed
	}
}

func (h *handed) Close() error   { h.once.Do(func() { close(h.done) }); return nil }
func (h *handed) Addr() net.Addr { return codeAddr(h.peer) }

type codeAddr string

func (codeAddr) Network() string  { return "serasi" }
func (a codeAddr) String() string { return string(a) }

// outbound is the stream layer of a network transport; without t it only takes
// what comes in.
type outbound struct {
	*handed
	t *transport
}

func (o *outbound) Dial(to raft.ServerAddress, timeout time.Duration) (net.Conn, error) {
	if o.t == nil {
		return nil, io.ErrClosedPipe
	}
	return o.t.dial(string(to), timeout)
}

// dial connects to a peer and says who we are and how far we got.
func (t *transport) dial(code string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(t.ctx, timeout)
	defer cancel()
	c, err := t.net.Dial(ctx, code)
	if err != nil {
		return nil, err
	}
	if !t.keep(c) {
		return nil, errors.Join(ErrStopped, c.Close())
	}
	if err := t.introduce(c, code, timeout); err != nil {
		t.drop(c)
		return nil, err
	}
	return &kept{c, t}, nil
}

func (t *transport) introduce(c net.Conn, code string, timeout time.Duration) error {
	if err := c.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	if _, err := c.Write(t.hello().encode()); err != nil {
		return err
	}
	var v [1]byte
	if _, err := io.ReadFull(c, v[:]); err != nil {
		return fmt.Errorf("await the verdict of %s: %w", code, err)
	}
	t.peers.told(code, verdict(v[0]))
	if verdict(v[0]) == foreign {
		t.parted()
	}
	if verdict(v[0]) != welcome {
		return fmt.Errorf("%s refuses this node: verdict %d", code, v[0])
	}
	return c.SetDeadline(time.Time{})
}

var (
	_ raft.Transport   = (*transport)(nil)
	_ raft.WithPreVote = (*transport)(nil)
	_ raft.WithClose   = (*transport)(nil)
)
