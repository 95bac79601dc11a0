package rpc

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"serasi/federation/link"
)

const (
	joinTries   = 5 // per source and hour, if JoinConfig.Tries is 0
	joinWindow  = time.Hour
	joinsAtOnce = 16
	joinPatient = 30 * time.Second
)

// notInvited is the only answer to an invitation that does not hold, so that
// nobody learns which invitations exist.
const notInvited = "the invitation is not valid"

// JoinRequest is a newcomer's request. Whoever sent it holds the secret of the
// invitation and the private key of Certificate.
type JoinRequest struct {
	Federation  [32]byte
	Invitation  [ed25519.PublicKeySize]byte // public half of its one-time key
	Code        string                      // the balai that wants to join
	Entry       []byte                      // its registry entry; what is in it is for the ledger to judge
	Certificate []byte                      // DER that the connection was made with
}

// Gate judges requests to join. An error with a Kind, other than Unavailable
// and TooMany, means that the invitation does not hold (unknown, expired, used,
// for another balai, or the entry is not well formed): the newcomer is told
// that much and no more, so methods may be as precise as the log needs.
type Gate interface {
	// Join files a request. The same request again is answered like the first.
	Join(ctx context.Context, r JoinRequest) (JoinReply, error)
	// Progress says how a filed request stands; r has no Entry. Once the
	// newcomer is a member the reply lists all active members.
	Progress(ctx context.Context, r JoinRequest) (JoinReply, error)
}

// JoinConfig says how requests to join are taken. Port and Gate are needed.
type JoinConfig struct {
	Port  *link.Port
	Gate  Gate
	Tries int              // refusals that one source has in an hour; 0 means 5
	Now   func() time.Time // nil means time.Now
	Log   *slog.Logger     // nil means none
}

// Check returns all that is wrong with c.
func (c JoinConfig) Check() error {
	var errs []error
	if c.Port == nil {
		errs = append(errs, errors.New("port is missing"))
	}
	if c.Gate == nil {
		errs = append(errs, errors.New("gate is missing"))
	}
	if c.Tries < 0 {
		errs = append(errs, errors.New("tries are negative"))
	}
	return errors.Join(errs...)
}

// JoinServer takes requests to join.
type JoinServer struct {
	gate  Gate
	ln    net.Listener
	log   *slog.Logger
	tries *tries
	room  chan struct{} // one token a connection

	ctx  context.Context // ends with Close
	stop context.CancelFunc
	wg   sync.WaitGroup
}

// ServeJoin starts to take requests. Close ends it.
func ServeJoin(c JoinConfig) (*JoinServer, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("take requests to join: %w", err)
	}
	if c.Tries == 0 {
		c.Tries = joinTries
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &JoinServer{
		gate: c.Gate, ln: c.Port.Listener(link.Join), log: c.Log,
		tries: newTries(c.Tries, joinWindow, c.Now), room: make(chan struct{}, joinsAtOnce),
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.wg.Go(s.accept)
	return s, nil
}

// Close refuses newcomers from now on and returns when all is quiet.
func (s *JoinServer) Close() error {
	s.stop()
	err := s.ln.Close()
	s.wg.Wait()
	return err
}

func (s *JoinServer) accept() {
	for {
		c, err := s.ln.Accept()
		if err != nil {
			return
		}
		guest, ok := c.(*link.Conn)
		select {
		case s.room <- struct{}{}:
		default:
			ok = false
		}
		if !ok {
			_ = c.Close()
			continue
		}
		s.wg.Go(func() {
			defer func() { <-s.room }()
			s.serve(guest)
		})
	}
}

// serve answers the one request of a connection.
func (s *JoinServer) serve(c *link.Conn) {
	defer func() { _ = c.Close() }()
	ctx, cancel := context.WithTimeout(s.ctx, joinPatient)
	defer cancel()
	defer context.AfterFunc(ctx, func() { _ = c.Close() })()

	from := sourceOf(c)
	var reply JoinReply
	b, err := readFrame(c, maxJoinRequest)
	if err == nil {
		reply, err = s.answer(ctx, from, c, b)
	}
	if err != nil {
		s.log.Info("request to join failed", "source", from, "err", err)
		return
	}
	if err := writeFrame(c, reply.encode()); err != nil {
		s.log.Info("answer to a request to join was lost", "source", from, "err", err)
	}
}

// answer judges one message. A request counts before anything is looked at, and
// is given back unless it is refused, as only guesses are: several balai may come
// from one address, and each of them may ask for progress as often as it likes.
func (s *JoinServer) answer(ctx context.Context, from string, c *link.Conn, b []byte) (JoinReply, error) {
	if s.tries.spent(from) {
		return JoinReply{State: joinTooMany, reason: "too many tries; wait an hour"}, nil
	}
	m, err := decodeJoin(b)
	if err != nil {
		s.tries.count(from)
		return JoinReply{}, err
	}
	exporter, err := c.Exporter(joinLabel)
	if err != nil {
		return JoinReply{}, err
	}
	if m.want == wantAsk {
		s.tries.count(from)
	}
	r := JoinRequest{Federation: m.federation, Invitation: m.invitation, Code: m.code, Entry: m.entry, Certificate: c.PeerCertificate()}
	reply, err := s.judge(ctx, m, r, exporter)
	kind := Unavailable
	if why := (*reason)(nil); errors.As(err, &why) {
		kind = why.kind
	}
	switch {
	case err == nil:
		s.giveBack(m, from)
		return reply, nil
	case kind == Unavailable || kind == TooMany:
		s.giveBack(m, from)
		s.log.Warn("request to join could not be judged", "source", from, "code", m.code, "err", err)
		return JoinReply{State: joinLater, reason: "this node cannot answer now; try again later"}, nil
	default:
		if m.want != wantAsk {
			s.tries.count(from)
		}
		s.log.Info("request to join refused", "source", from, "code", m.code, "err", err)
		return JoinReply{State: joinRefused, reason: notInvited}, nil
	}
}

func (s *JoinServer) giveBack(m joinMessage, from string) {
	if m.want == wantAsk {
		s.tries.forgive(from)
	}
}

func (s *JoinServer) judge(ctx context.Context, m joinMessage, r JoinRequest, exporter []byte) (JoinReply, error) {
	if !m.verify(exporter) {
		return JoinReply{}, Forbidden.Because("the request is not signed by the invitation's key on this connection")
	}
	if _, err := link.CheckCertificate(m.code, r.Certificate); err != nil {
		return JoinReply{}, Forbidden.Because("the connection's certificate: %v", err)
	}
	ask := s.gate.Progress
	if m.want == wantAsk {
		ask = s.gate.Join
	}
	reply, err := ask(ctx, r)
	if err == nil {
		err = reply.check()
	}
	return reply, err
}
