package node

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"

	"serasi/federation/rpc"
	"serasi/node/casework"
	"serasi/node/handoff"
	"serasi/node/search"
	"serasi/node/store"
	"serasi/node/trace"
	"serasi/replication"
	"serasi/replication/ledger"
)

// This file introduces rooms to each other where their words differ. It decides
// nothing.

// finder is the search index as the use cases on cases want it.
type finder struct{ index *search.Index }

func (f finder) Put(e casework.Entry) error { return f.index.Add(search.Entry(e)) }

func (f finder) Load(entries iter.Seq[casework.Entry]) error {
	return f.index.Load(func(yield func(search.Entry) bool) {
		for e := range entries {
			if !yield(search.Entry(e)) {
				return
			}
		}
	})
}

func filter(q casework.Query) search.Filter {
	return search.Filter{Stage: q.Stage, State: q.State, Lead: q.Lead}
}

func (f finder) Find(q casework.Query) (ids []casework.CaseID) {
	for _, h := range f.index.Find(search.Query{Text: q.Text, Filter: filter(q), Limit: q.Limit}) {
		ids = append(ids, h.ID)
	}
	return ids
}

func (f finder) List(q casework.Query) (ids []casework.CaseID, next string, err error) {
	refs, next, err := f.index.List(filter(q), q.Cursor, q.Limit)
	for _, r := range refs {
		ids = append(ids, r.ID)
	}
	return ids, next, err
}

func (f finder) Doubles(p casework.Person, limit int) (out []casework.Match) {
	for _, d := range f.index.Doubles(search.CandidateOf(p), nil, limit) {
		out = append(out, casework.Match{Case: d.ID, Strong: d.Band == search.Strong, Reasons: d.Reasons})
	}
	return out
}

// files is the store as the handoff desk wants it.
type files struct{ *store.DB }

func (f files) Partial(name string) (handoff.Partial, error) { return f.DB.Partial(name) }

// peers are the other nodes, as the handoff desk and the replicated log want
// them. It asks nobody until the node is a member.
type peers struct{ client func() *rpc.Client }

var errAlone = errors.New("this node is not a member yet")

func (p peers) FetchPacket(
	ctx context.Context, from casework.BalaiCode, name string, offset int64, w io.Writer, accept func(int64, [32]byte) error,
) (int64, error) {
	c := p.client()
	if c == nil {
		return 0, errAlone
	}
	n, err := c.FetchPacket(ctx, string(from), name, offset, w, func(i rpc.PacketInfo) error { return accept(i.Size, i.Digest) })
	return n, fromPeer(err)
}

// fromPeer turns what another node answered into a kind of ours. An error
// without a kind stays as it is: nobody knows, try again.
func fromPeer(err error) error {
	for theirs, ours := range map[rpc.Kind]casework.Kind{
		rpc.NotFound: casework.NotFound, rpc.Forbidden: casework.Forbidden, rpc.Invalid: casework.Invalid,
		rpc.TooMany: casework.TooMany, rpc.Unavailable: casework.Unavailable,
	} {
		if errors.Is(err, theirs) {
			return errors.Join(ours.Because("the other balai's node answered: %s", theirs), err)
		}
	}
	return err
}

// toPeer is the way back: what another node may know of an error of ours.
func toPeer(err error) error {
	kind, words := casework.Explain(err)
	for theirs, ours := range map[rpc.Kind]casework.Kind{
		rpc.NotFound: casework.NotFound, rpc.Forbidden: casework.Forbidden, rpc.Invalid: casework.Invalid,
		rpc.Unavailable: casework.Unavailable, rpc.TooMany: casework.TooMany,
	} {
		if kind == ours && err != nil {
			return theirs.Because("%s", words)
		}
	}
	var not replication.NotLeader
	if errors.As(err, &not) {
		return &rpc.NotLeader{Leader: not.Leader}
	}
	return err
}

// forward calls the leader for the replicated log.
type forward struct{ peers }

func (f forward) Propose(ctx context.Context, leader string, proposal []byte) ([]byte, error) {
	c := f.client()
	if c == nil {
		return nil, errAlone
	}
	b, err := c.Propose(ctx, leader, proposal)
	return b, fromLeader(err)
}

func (f forward) ReadIndex(ctx context.Context, leader string) (replication.ReadPoint, error) {
	c := f.client()
	if c == nil {
		return replication.ReadPoint{}, errAlone
	}
	r, err := c.ReadIndex(ctx, leader)
	return replication.ReadPoint{Index: r.Index, Event: r.Event}, fromLeader(err)
}

func (f forward) Events(ctx context.Context, peer string, from uint64) ([]byte, error) {
	c := f.client()
	if c == nil {
		return nil, errAlone
	}
	parts, err := c.FetchEvents(ctx, peer, from, 1)
	if err != nil || len(parts) == 0 {
		return nil, err
	}
	return parts[0], nil
}

func fromLeader(err error) error {
	var not *rpc.NotLeader
	if errors.As(err, &not) {
		return replication.NotLeader{Leader: not.Leader}
	}
	return err
}

// ledgerService answers other nodes for the replicated log.
type ledgerService struct {
	log    *replication.Log
	tracer *trace.Tracer
}

func (s ledgerService) Propose(ctx context.Context, caller string, entry []byte) ([]byte, error) {
	end := s.order(entry)
	b, err := s.log.Receive(ctx, caller, entry)
	end(err)
	return b, toPeer(err)
}

// order begins the step of a leader that brings the command of another balai
// about a handoff into line.
func (s ledgerService) order(entry []byte) (end func(error)) {
	p, err := ledger.DecodeProposal(entry)
	if err == nil && s.tracer != nil {
		if c, err := ledger.DecodeCommand(p.Bytes); err == nil && c.Subject.Kind == ledger.OfHandoff {
			return s.tracer.Step(c.Subject.ID().String(), "order "+c.Act.String())
		}
	}
	return func(error) {}
}

func (s ledgerService) ReadIndex(ctx context.Context, _ string) (rpc.ReadIndex, error) {
	r, err := s.log.ReadIndex(ctx)
	return rpc.ReadIndex{Term: s.log.Status().Term, Index: r.Index, Event: r.Event}, toPeer(err)
}

func (s ledgerService) Fetch(_ context.Context, _ string, from uint64, _ int) ([][]byte, error) {
	b, err := s.log.Events(from)
	if err != nil || len(b) == 0 {
		return nil, toPeer(err)
	}
	return [][]byte{b}, nil
}

// packetService opens sealed packets for other nodes.
type packetService struct {
	desk   *handoff.Desk
	tracer *trace.Tracer
}

func (s packetService) OpenPacket(ctx context.Context, caller, name string) (rpc.Packet, error) {
	end := s.tracer.Step(name, "give packet")
	content, size, digest, err := s.desk.OpenPacket(ctx, casework.BalaiCode(caller), name)
	if err != nil {
		end(err)
		return rpc.Packet{}, toPeer(err)
	}
	return rpc.Packet{Content: given{content, end}, Size: size, Digest: digest}, nil
}

// given is a packet on its way out; that step ends when it is closed.
type given struct {
	io.ReadSeekCloser
	end func(error)
}

func (g given) Close() error {
	err := g.ReadSeekCloser.Close()
	g.end(err)
	return err
}

// statusService tells other nodes where this one stands.
type statusService struct {
	log   *replication.Log
	clock func() time.Time
}

func (s statusService) Position(context.Context) rpc.Position {
	st := s.log.Status()
	return rpc.Position{Event: st.Event, Hash: st.Head[:], Wall: s.clock()}
}
