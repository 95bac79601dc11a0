package rpc

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/keepalive"

	"serasi/federation/federationpb"
	"serasi/federation/link"
)

const (
	// MaxMessage bounds every message both ways, in bytes.
	MaxMessage = 1 << 20
	// MaxEntry bounds an entry that is proposed; the rest of a message is
	// framing.
	MaxEntry = MaxMessage - 1<<10

	maxEvents    = 1024 // events in one answer
	chunk        = 8 << 10
	maxChunk     = 64 << 10 // what others may send
	streamsAPeer = 32
)

// Ledger answers for the replicated ledger of this node. All methods may be
// called from many goroutines; caller is the proven balai code. Errors are a
// *NotLeader, or have a Kind, or stay here and arrive without words.
type Ledger interface {
	// Propose takes an entry to the log, if this node leads. A refusal by the
	// ledger is a result and not an error.
	Propose(ctx context.Context, caller string, entry []byte) (result []byte, err error)
	// ReadIndex confirms that this node still leads, and says how far a read
	// must wait.
	ReadIndex(ctx context.Context, caller string) (ReadIndex, error)
	// Fetch returns up to limit committed events, the first one numbered from.
	Fetch(ctx context.Context, caller string, from uint64, limit int) ([][]byte, error)
}

// ReadIndex is how far a strong read must wait.
type ReadIndex struct{ Term, Index, Event uint64 }

// Packets opens sealed packets of this node.
type Packets interface {
	// OpenPacket opens the packet of a handoff for the proven balai caller. It
	// must refuse everyone but the destination of an accepted handoff, with
	// Forbidden; whoever calls closes Content.
	OpenPacket(ctx context.Context, caller, handoff string) (Packet, error)
}

// A Packet is an open sealed packet.
type Packet struct {
	Content io.ReadSeekCloser
	Size    int64             // in bytes
	Digest  [sha256.Size]byte // of all of Content
}

// Status says where this node stands. It must be quick.
type Status interface {
	Position(ctx context.Context) Position
}

// A Position is how far a node has followed the ledger, and its wall clock.
type Position struct {
	Event uint64
	Hash  []byte // of the ledger at Event
	Wall  time.Time
}

// ServerConfig says what is served. All but Log is needed.
type ServerConfig struct {
	Port    *link.Port
	Ledger  Ledger
	Packets Packets
	Status  Status
	Log     *slog.Logger // nil means none
}

// Check returns all that is wrong with c.
func (c ServerConfig) Check() error {
	var errs []error
	for name, missing := range map[string]bool{
		"port": c.Port == nil, "ledger": c.Ledger == nil, "packets": c.Packets == nil, "status": c.Status == nil,
	} {
		if missing {
			errs = append(errs, fmt.Errorf("%s is missing", name))
		}
	}
	return errors.Join(errs...)
}

// Server answers the calls of members.
type Server struct {
	grpc *grpc.Server
	wg   sync.WaitGroup
}

// Serve starts to answer. Close ends it.
func Serve(c ServerConfig) (*Server, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("serve other balai: %w", err)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	door := doorkeeper{c.Port.Registry()}
	s := &Server{grpc: grpc.NewServer(
		grpc.Creds(handshaken{}),
		grpc.UnaryInterceptor(door.unary), grpc.StreamInterceptor(door.stream),
		grpc.MaxRecvMsgSize(MaxMessage), grpc.MaxSendMsgSize(MaxMessage),
		grpc.MaxConcurrentStreams(streamsAPeer),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: time.Minute, Timeout: 20 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 10 * time.Second}),
	)}
	federationpb.RegisterLedgerServer(s.grpc, &ledgerServer{ledger: c.Ledger, log: c.Log})
	federationpb.RegisterPacketsServer(s.grpc, &packetServer{packets: c.Packets, log: c.Log})
	federationpb.RegisterStatusServer(s.grpc, &statusServer{status: c.Status})
	ln := c.Port.Listener(link.GRPC)
	s.wg.Go(func() {
		if err := s.grpc.Serve(ln); err != nil {
			c.Log.Error("calls of other balai are no longer answered", "err", err)
		}
	})
	return s, nil
}

// Close cuts all calls and returns when the handlers have ended.
func (s *Server) Close() error {
	s.grpc.Stop()
	s.wg.Wait()
	return nil
}

type ledgerServer struct {
	federationpb.UnimplementedLedgerServer
	ledger Ledger
	log    *slog.Logger
}

func (s *ledgerServer) Propose(ctx context.Context, r *federationpb.ProposeRequest) (*federationpb.ProposeResponse, error) {
	if n := len(r.GetEntry()); n == 0 || n > MaxEntry {
		return nil, toWire(Invalid.Because("an entry has 1 to %d bytes", MaxEntry))
	}
	result, err := s.ledger.Propose(ctx, callerOf(ctx), r.GetEntry())
	if err != nil {
		return nil, refuse(ctx, s.log, "propose", err)
	}
	return &federationpb.ProposeResponse{Result: result}, nil
}

func (s *ledgerServer) ReadIndex(ctx context.Context, _ *federationpb.ReadIndexRequest) (*federationpb.ReadIndexResponse, error) {
	at, err := s.ledger.ReadIndex(ctx, callerOf(ctx))
	if err != nil {
		return nil, refuse(ctx, s.log, "read index", err)
	}
	return &federationpb.ReadIndexResponse{Term: at.Term, Index: at.Index, Event: at.Event}, nil
}

// Fetch sends as many events as fit in a message; the caller asks again from
// where the answer ended.
func (s *ledgerServer) Fetch(ctx context.Context, r *federationpb.FetchRequest) (*federationpb.FetchResponse, error) {
	limit := int(min(r.GetLimit(), maxEvents))
	if limit == 0 {
		limit = maxEvents
	}
	events, err := s.ledger.Fetch(ctx, callerOf(ctx), r.GetFrom(), limit)
	if err != nil {
		return nil, refuse(ctx, s.log, "fetch events", err)
	}
	return &federationpb.FetchResponse{Events: events[:fitting(events, limit)]}, nil
}

// fitting counts how many of events fit in one message with their framing.
func fitting(events [][]byte, limit int) int {
	const framing = 8
	room := MaxEntry
	for i, e := range events {
		if room -= len(e) + framing; room < 0 || i == limit {
			return i
		}
	}
	return len(events)
}

type statusServer struct {
	federationpb.UnimplementedStatusServer
	status Status
}

func (s *statusServer) Ping(ctx context.Context, _ *federationpb.PingRequest) (*federationpb.PingResponse, error) {
	at := s.status.Position(ctx)
	return &federationpb.PingResponse{Event: at.Event, Hash: at.Hash, WallUnixMilli: at.Wall.UnixMilli()}, nil
}

// refuse is where an error of a handler leaves this node. Errors without a kind
// are noted here, because the caller is not told what they say.
func refuse(ctx context.Context, log *slog.Logger, what string, err error) error {
	var why *reason
	var not *NotLeader
	if !errors.As(err, &why) && !errors.As(err, &not) {
		log.Warn("call failed", "call", what, "caller", callerOf(ctx), "err", err)
	}
	return toWire(err)
}
