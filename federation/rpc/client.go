package rpc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/connectivity"
	"google.golang.org/grpc/keepalive"

	"serasi/federation/federationpb"
	"serasi/federation/link"
)

// Client asks other nodes. It keeps one connection a peer, opened at the first
// call, and closes it when the peer stops being a member. Every call ends with
// its ctx, which should have a deadline. Use it from any goroutine.
type Client struct {
	port *link.Port
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu     sync.Mutex // guards conns and closed
	conns  map[string]*grpc.ClientConn
	closed bool
}

// NewClient returns a client that dials through port. Close ends it; the port
// stays open.
func NewClient(port *link.Port) *Client {
	ctx, stop := context.WithCancel(context.Background())
	c := &Client{port: port, stop: stop, conns: map[string]*grpc.ClientConn{}}
	c.wg.Go(func() { c.follow(ctx) })
	return c
}

// Close ends all calls.
func (c *Client) Close() error {
	c.stop()
	c.wg.Wait()
	c.mu.Lock()
	conns := c.conns
	c.conns, c.closed = nil, true
	c.mu.Unlock()
	var errs []error
	for _, cc := range conns {
		errs = append(errs, cc.Close())
	}
	return errors.Join(errs...)
}

// follow closes the connections of peers that the registry no longer has, so
// that gRPC does not dial them for ever.
func (c *Client) follow(ctx context.Context) {
	registry := c.port.Registry()
	for {
		changed := registry.Changed()
		for _, cc := range c.dropStrangers(registry) {
			_ = cc.Close() // fails only if it is closed already
		}
		select {
		case <-ctx.Done():
			return
		case <-changed:
		}
	}
}

func (c *Client) dropStrangers(registry *link.Registry) (dropped []*grpc.ClientConn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, cc := range c.conns {
		if _, ok := registry.Find(id); !ok {
			dropped = append(dropped, cc)
			delete(c.conns, id)
		}
	}
	return dropped
}

// conn returns the kept connection to node. A peer that could not be reached a
// moment ago is tried again at once, since a call is a better reason than a
// timer.
func (c *Client) conn(node string) (*grpc.ClientConn, error) {
	if _, ok := c.port.Registry().Find(node); !ok {
		return nil, fmt.Errorf("call %s: %w", node, link.ErrStranger)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, Unavailable.Because("this node is stopping")
	}
	cc := c.conns[node]
	if cc == nil {
		var err error
		if cc, err = c.open(node); err != nil {
			return nil, fmt.Errorf("call %s: %w", node, err)
		}
		c.conns[node] = cc
	}
	if cc.GetState() == connectivity.TransientFailure {
		cc.ResetConnectBackoff()
	}
	return cc, nil
}

func (c *Client) open(node string) (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///"+node,
		grpc.WithTransportCredentials(handshaken{}),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			return c.port.Dial(ctx, node, link.GRPC)
		}),
		grpc.WithNoProxy(),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(MaxMessage), grpc.MaxCallSendMsgSize(MaxMessage)),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 20 * time.Second}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: 200 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 10 * time.Second},
			MinConnectTimeout: 10 * time.Second,
		}),
	)
}

// Propose hands a signed entry to node, which should be the leader, and returns
// what the ledger answered. A *NotLeader had no effect and names who may lead;
// Invalid and Forbidden had none either. After any other error nobody knows:
// send the same bytes again.
func (c *Client) Propose(ctx context.Context, node string, entry []byte) ([]byte, error) {
	cc, err := c.conn(node)
	if err != nil {
		return nil, err
	}
	r, err := federationpb.NewLedgerClient(cc).Propose(ctx, &federationpb.ProposeRequest{Entry: entry})
	if err != nil {
		return nil, fromWire(node, err)
	}
	return r.GetResult(), nil
}

// ReadIndex asks node, which should be the leader, how far a strong read must
// wait. A *NotLeader names who may lead.
func (c *Client) ReadIndex(ctx context.Context, node string) (ReadIndex, error) {
	cc, err := c.conn(node)
	if err != nil {
		return ReadIndex{}, err
	}
	r, err := federationpb.NewLedgerClient(cc).ReadIndex(ctx, &federationpb.ReadIndexRequest{})
	if err != nil {
		return ReadIndex{}, fromWire(node, err)
	}
	return ReadIndex{Term: r.GetTerm(), Index: r.GetIndex(), Event: r.GetEvent()}, nil
}

// FetchEvents asks node for committed events, the first one numbered from. It
// returns at most limit, or fewer if they do not fit in one message; 0 means as
// many as fit. What comes is as good as the signatures in it.
func (c *Client) FetchEvents(ctx context.Context, node string, from uint64, limit int) ([][]byte, error) {
	cc, err := c.conn(node)
	if err != nil {
		return nil, err
	}
	limit = max(0, min(limit, maxEvents))
	r, err := federationpb.NewLedgerClient(cc).Fetch(ctx, &federationpb.FetchRequest{From: from, Limit: uint32(limit)})
	if err != nil {
		return nil, fromWire(node, err)
	}
	if n := len(r.GetEvents()); limit > 0 && n > limit || n > maxEvents {
		return nil, fmt.Errorf("%s: %w", node, Invalid.Because("more events than were asked for"))
	}
	return r.GetEvents(), nil
}

// Ping asks node where it stands.
func (c *Client) Ping(ctx context.Context, node string) (Position, error) {
	cc, err := c.conn(node)
	if err != nil {
		return Position{}, err
	}
	r, err := federationpb.NewStatusClient(cc).Ping(ctx, &federationpb.PingRequest{})
	if err != nil {
		return Position{}, fromWire(node, err)
	}
	return Position{Event: r.GetEvent(), Hash: r.GetHash(), Wall: time.UnixMilli(r.GetWallUnixMilli())}, nil
}
