package replication_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"serasi/replication"
	"serasi/replication/ledger"
)

// rogue is a program of an attacker that holds the keys of one balai.
type rogue struct {
	*raft.NetworkTransport
	code ledger.NodeID
	id   ledger.RaftID
}

// newRogue calls as a balai; its connections say that it got this far.
func (g *group) newRogue(code ledger.NodeID, id ledger.RaftID, term, last uint64) *rogue {
	g.t.Helper()
	tr := raft.NewNetworkTransportWithConfig(&raft.NetworkTransportConfig{
		Stream: &intruder{g, code, id, term, last, make(chan struct{})}, MaxPool: 1, Timeout: 5 * time.Second, Logger: hclog.NewNullLogger(), MaxRPCsInFlight: 1,
	})
	g.t.Cleanup(func() {
		tr.CloseStreams()
		_ = tr.Close()
	})
	return &rogue{tr, code, id}
}

func (r *rogue) header() raft.RPCHeader {
	return raft.RPCHeader{ProtocolVersion: raft.ProtocolVersionMax, ID: []byte(r.id.String()), Addr: []byte(r.code)}
}

type intruder struct {
	g          *group
	code       ledger.NodeID
	id         ledger.RaftID
	term, last uint64
	done       chan struct{}
}

func (i *intruder) Accept() (net.Conn, error) { <-i.done; return nil, net.ErrClosed }
func (i *intruder) Close() error              { close(i.done); return nil }
func (i *intruder) Addr() net.Addr            { return &net.TCPAddr{} }

func (i *intruder) Dial(to raft.ServerAddress, _ time.Duration) (net.Conn, error) {
	i.g.mesh.mu.Lock()
	addr := i.g.mesh.addrs[string(to)]
	i.g.mesh.mu.Unlock()
	c, err := dialAs(context.Background(), i.g.mesh, string(i.code), "", addr)
	if err != nil {
		return nil, err
	}
	hello := append([]byte("SERASI-RAFT-1\n"), i.g.fed.id[:]...)
	hello = append(hello, i.id[:]...)
	for _, v := range []uint64{i.term, i.last, i.last} {
		hello = binary.BigEndian.AppendUint64(hello, v)
	}
	verdict := make([]byte, 1)
	if _, err := c.Write(hello); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if _, err := io.ReadFull(c, verdict); err != nil || verdict[0] != 0 {
		return nil, errors.Join(err, errors.New("turned away at the door"), c.Close())
	}
	return c, nil
}

// siege is a healthy group, one balai of which has fallen to an attacker.
type siege struct {
	*group
	victim *node
	fallen ledger.NodeID // a voter
	guest  ledger.NodeID // a member without a vote
	state  replication.Status
}

func newSiege(t *testing.T) *siege {
	t.Helper()
	g := start(t, func(c *replication.Config) {
		c.Timing.PromoteAfter = time.Hour
		c.Skew = func() (time.Duration, bool) { return 0, true }
	}, five[:3]...)
	leader := g.leader()
	g.join(leader, "DDD")
	g.must(leader, g.anchor(leader, 1))
	g.settled(5)
	s := &siege{group: g, guest: "DDD"}
	for _, code := range five[:3] {
		switch {
		case code == leader.conf.Self:
		case s.victim == nil:
			s.victim = g.nodes[code]
		default:
			s.fallen = code
		}
	}
	g.close(s.fallen)
	g.close(s.guest)
	waitFor(t, "a quiet victim", func() bool {
		s.state = s.victim.Status()
		return s.state.Flushed == s.state.Last && s.state.Commit == s.state.Last
	})
	return s
}

// holds checks that the attack left no trace and that the healthy go on.
func (s *siege) holds(before replication.Status) {
	s.t.Helper()
	if now := s.victim.Status(); now.Head != before.Head || now.Event != before.Event {
		s.t.Errorf("the victim moved from event %d to %d", before.Event, now.Event)
	}
	leader := s.group.leader()
	r := s.must(leader, s.anchor(leader, before.Event+100))
	s.settled(r.Event)
}

func (s *siege) append(from ledger.NodeID, e ...*raft.Log) *raft.AppendEntriesRequest {
	r := rogue{code: from, id: raftID(from, 1)}
	term := s.state.Term
	for i, e := range e {
		e.Index, e.Term = s.state.Last+1+uint64(i), term
	}
	return &raft.AppendEntriesRequest{
		RPCHeader: r.header(), Term: term, PrevLogEntry: s.state.Last, PrevLogTerm: term, Entries: e, LeaderCommitIndex: s.state.Last + uint64(len(e)),
	}
}

func configuration(servers ...raft.Server) []byte {
	return raft.EncodeConfiguration(raft.Configuration{Servers: servers})
}

func TestHostileAppendsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	voter := func(code ledger.NodeID) raft.Server {
		return raft.Server{ID: raft.ServerID(raftID(code, 1).String()), Address: raft.ServerAddress(code)}
	}
	others := []raft.Server{voter("AAA"), voter("BBB"), voter("CCC")}
	entry := func(p ledger.Proposal) []byte { return ledger.Entry{Stamp: 1, Proposal: p}.Encode() }
	forged := s.anchor(s.nodes[s.victim.conf.Self], 50)
	forged.Sig[0] ^= 1
	stranger := ledger.Proposal{Signed: s.fed.sign(t, "XXX", ledger.Command{Act: ledger.Tick, Subject: ledger.Federation(), Body: &ledger.TickBody{}})}
	rows := map[string]func() (ledger.NodeID, *raft.AppendEntriesRequest){
		"command with a forged signature": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			return s.fallen, s.append(s.fallen, &raft.Log{Type: raft.LogCommand, Data: entry(forged)})
		},
		"command of nobody": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			return s.fallen, s.append(s.fallen, &raft.Log{Type: raft.LogCommand, Data: entry(stranger)})
		},
		"bytes that are no command": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			return s.fallen, s.append(s.fallen, &raft.Log{Type: raft.LogCommand, Data: []byte("made up")})
		},
		"good command of next year": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			late := ledger.Entry{Stamp: ledger.At(time.Now().AddDate(1, 0, 0)), Proposal: s.anchor(s.nodes[s.victim.conf.Self], 50)}
			r := s.append(s.fallen, &raft.Log{Type: raft.LogCommand, Data: late.Encode()})
			r.LeaderCommitIndex = s.state.Last
			return s.fallen, r
		},
		"committed entry rewritten": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			r := s.append(s.fallen, &raft.Log{Type: raft.LogNoop})
			r.Term, r.PrevLogEntry, r.PrevLogTerm = r.Term+1, 1, 1
			r.Entries[0].Index, r.Entries[0].Term = 2, r.Term
			return s.fallen, r
		},
		"first configuration rewritten": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			r := s.append(s.fallen, &raft.Log{Type: raft.LogConfiguration, Data: configuration(voter(s.fallen))})
			r.Term, r.PrevLogEntry, r.PrevLogTerm = r.Term+1, 0, 0
			r.Entries[0].Index, r.Entries[0].Term = 1, r.Term
			return s.fallen, r
		},
		"stranger given a vote": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			return s.fallen, s.append(s.fallen, &raft.Log{Type: raft.LogConfiguration, Data: configuration(append(others, voter("XXX"))...)})
		},
		"guest given a vote": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			return s.fallen, s.append(s.fallen, &raft.Log{Type: raft.LogConfiguration, Data: configuration(append(others, voter(s.guest))...)})
		},
		"another incarnation given a vote": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			twin := raft.Server{ID: raft.ServerID(raftID(s.fallen, 9).String()), Address: raft.ServerAddress(s.fallen)}
			return s.fallen, s.append(s.fallen, &raft.Log{Type: raft.LogConfiguration, Data: configuration(twin)})
		},
		"malformed configuration": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			return s.fallen, s.append(s.fallen, &raft.Log{Type: raft.LogConfiguration, Data: []byte{0xc1, 0xff, 0x00}})
		},
		"configuration without voters": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			return s.fallen, s.append(s.fallen, &raft.Log{Type: raft.LogConfiguration, Data: configuration()})
		},
		"deprecated way to add a peer": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			return s.fallen, s.append(s.fallen, &raft.Log{Type: raft.LogAddPeerDeprecated, Data: []byte{0x91, 0xa3, 'X', 'X', 'X'}})
		},
		"deprecated way to remove a peer": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			return s.fallen, s.append(s.fallen, &raft.Log{Type: raft.LogRemovePeerDeprecated, Data: []byte{0x91, 0xa3, 'A', 'A', 'A'}})
		},
		"gap between entries": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			r := s.append(s.fallen, &raft.Log{Type: raft.LogNoop}, &raft.Log{Type: raft.LogNoop})
			r.Entries[1].Index++
			return s.fallen, r
		},
		"extension": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			return s.fallen, s.append(s.fallen, &raft.Log{Type: raft.LogNoop, Extensions: []byte("x")})
		},
		"member without a vote": func() (ledger.NodeID, *raft.AppendEntriesRequest) { return s.guest, s.append(s.guest) },
		"stranger":              func() (ledger.NodeID, *raft.AppendEntriesRequest) { return "XXX", s.append("XXX") },
		"header of another": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			return s.guest, s.append(s.fallen)
		},
		"id of another incarnation": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			r := s.append(s.fallen)
			r.ID = []byte(raftID(s.fallen, 9).String())
			return s.fallen, r
		},
		"address of another": func() (ledger.NodeID, *raft.AppendEntriesRequest) {
			r := s.append(s.fallen)
			r.Addr = []byte("AAA")
			if s.fallen == "AAA" {
				r.Addr = []byte("BBB")
			}
			return s.fallen, r
		},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			from, req := row()
			before := s.victim.Status()
			r := s.newRogue(from, raftID(from, 1), s.state.Term+5, s.state.Last+100)
			var resp raft.AppendEntriesResponse
			err := r.AppendEntries("", raft.ServerAddress(s.victim.conf.Self), req, &resp)
			if err == nil || !strings.Contains(err.Error(), "refused") {
				t.Errorf("answer %+v, %v; want a refusal", resp, err)
			}
			if now := s.victim.Status(); now.Last != before.Last || now.Head != before.Head {
				t.Errorf("the log went from %d to %d", before.Last, now.Last)
			}
		})
	}
	// The control: the same sender, with nothing wrong in an old term, reaches raft.
	r := s.newRogue(s.fallen, raftID(s.fallen, 1), s.state.Term+5, s.state.Last+100)
	req := s.append(s.fallen)
	req.Term = 0
	var resp raft.AppendEntriesResponse
	if err := r.AppendEntries("", raft.ServerAddress(s.victim.conf.Self), req, &resp); err != nil || resp.Success {
		t.Errorf("an honest call: %+v, %v; want raft's own no", resp, err)
	}
	s.holds(s.victim.Status())
}

func TestHostileCallsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	before := s.victim.Status()
	to := raft.ServerAddress(s.victim.conf.Self)
	voter := s.newRogue(s.fallen, raftID(s.fallen, 1), s.state.Term+5, s.state.Last+100)
	guest := s.newRogue(s.guest, raftID(s.guest, 1), s.state.Term+5, s.state.Last+100)
	rows := map[string]func() error{
		"leadership transferred": func() error {
			return voter.TimeoutNow("", to, &raft.TimeoutNowRequest{RPCHeader: voter.header()}, &raft.TimeoutNowResponse{})
		},
		"vote for a transfer": func() error {
			req := &raft.RequestVoteRequest{RPCHeader: voter.header(), Term: s.state.Term + 1, LastLogIndex: 1 << 40, LastLogTerm: s.state.Term, LeadershipTransfer: true}
			return voter.RequestVote("", to, req, &raft.RequestVoteResponse{})
		},
		"vote for a guest": func() error {
			req := &raft.RequestVoteRequest{RPCHeader: guest.header(), Term: s.state.Term + 1, LastLogIndex: 1 << 40, LastLogTerm: s.state.Term}
			return guest.RequestVote("", to, req, &raft.RequestVoteResponse{})
		},
		"pre-vote for a guest": func() error {
			req := &raft.RequestPreVoteRequest{RPCHeader: guest.header(), Term: s.state.Term + 1, LastLogIndex: 1 << 40, LastLogTerm: s.state.Term}
			return guest.RequestPreVote("", to, req, &raft.RequestPreVoteResponse{})
		},
	}
	for name, call := range rows {
		t.Run(name, func(t *testing.T) {
			if err := call(); err == nil || !strings.Contains(err.Error(), "refused") {
				t.Errorf("answer: %v, want a refusal", err)
			}
		})
	}
	s.holds(before)
}

func TestHostileSnapshotsAreRefused(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	before := s.victim.Status()
	foreign := start(t, nil, "ZZZ")
	snapshot := func(g *group, n *node, index uint64) []byte {
		var b bytes.Buffer
		err := n.View(func(v ledger.View) error { return ledger.WriteSnapshot(&b, v, index, s.state.Term) })
		if err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	ahead := s.state.Last + 100
	whole := snapshot(s.group, s.victim, ahead)
	self := raft.Server{ID: raft.ServerID(raftID(s.fallen, 1).String()), Address: raft.ServerAddress(s.fallen)}
	guest := raft.Server{ID: raft.ServerID(raftID(s.guest, 1).String()), Address: raft.ServerAddress(s.guest)}
	flip := func(at int) []byte {
		b := slices.Clone(whole)
		b[at] ^= 1
		return b
	}
	rows := map[string]struct {
		index   uint64
		version raft.SnapshotVersion
		conf    []byte
		data    []byte
	}{
		"older than what is applied": {s.state.Last - 1, 1, configuration(self), snapshot(s.group, s.victim, s.state.Last-1)},
		"old version":                {ahead, 0, configuration(self), whole},
		"malformed configuration":    {ahead, 1, []byte{0xc1, 0xff}, whole},
		"vote for a guest":           {ahead, 1, configuration(self, guest), whole},
		"inside older than outside":  {ahead, 1, configuration(self), snapshot(s.group, s.victim, s.state.Last)},
		"cut short":                  {ahead, 1, configuration(self), whole[:len(whole)-40]},
		"only its head":              {ahead, 1, configuration(self), whole[:120]},
		"empty":                      {ahead, 1, configuration(self), nil},
		"one bit in an event":        {ahead, 1, configuration(self), flip(len(whole) / 2)},
		"one bit in the sum":         {ahead, 1, configuration(self), flip(len(whole) - 1)},
		"of another federation":      {ahead, 1, configuration(self), snapshot(foreign, foreign.leader(), ahead)},
		"not a snapshot":             {ahead, 1, configuration(self), bytes.Repeat([]byte("x"), 4000)},
	}
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			r := s.newRogue(s.fallen, raftID(s.fallen, 1), s.state.Term+5, s.state.Last+100)
			req := &raft.InstallSnapshotRequest{
				RPCHeader: r.header(), SnapshotVersion: row.version, Term: s.state.Term, LastLogIndex: row.index, LastLogTerm: s.state.Term,
				Configuration: row.conf, ConfigurationIndex: 1, Size: int64(len(row.data)),
			}
			var resp raft.InstallSnapshotResponse
			err := r.InstallSnapshot("", raft.ServerAddress(s.victim.conf.Self), req, &resp, bytes.NewReader(row.data))
			if err == nil || resp.Success {
				t.Errorf("answer %+v, %v; want a refusal", resp, err)
			}
			if now := s.victim.Status(); now.Head != before.Head || now.SnapshotIndex != before.SnapshotIndex {
				t.Errorf("the victim took it: event %d, snapshot %d", now.Event, now.SnapshotIndex)
			}
		})
	}
	s.holds(before)
}

// A peer that comes back with less than it once said is turned away, for good.
func TestRegressedPeerIsTurnedAway(t *testing.T) {
	t.Parallel()
	g := start(t, nil, five[:3]...)
	victim, peer := g.leader().conf.Self, g.follower().conf.Self
	g.close(peer)
	rows := []struct {
		name       string
		term, last uint64
		welcome    bool
	}{
		{"first time", 50, 1000, true},
		{"further", 51, 1200, true},
		{"again the same", 51, 1200, true},
		{"older term", 50, 1300, false},
		{"shorter log", 52, 1199, false},
		{"as far as it was", 51, 1200, true},
	}
	try := func(as ledger.NodeID, term, last uint64) bool {
		r := g.newRogue(as, raftID(peer, 1), term, last)
		err := r.TimeoutNow("", raft.ServerAddress(victim), &raft.TimeoutNowRequest{RPCHeader: r.header()}, &raft.TimeoutNowResponse{})
		return err != nil && strings.Contains(err.Error(), "refused") // it got as far as the guard
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := try(peer, row.term, row.last); got != row.welcome {
				t.Errorf("welcome: %v, want %v", got, row.welcome)
			}
		})
	}
	g.close(victim)
	g.open(victim)
	if try(peer, 50, 1300) {
		t.Error("forgotten in a restart")
	}
	if !try("XXX", 90, 9000) || !try(peer, 51, 1200) {
		t.Error("a third party spoke for the peer")
	}
}
