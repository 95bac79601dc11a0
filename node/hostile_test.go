package node_test

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/raft"

	"serasi/federation/link"
	"serasi/node"
	"serasi/node/api"
	"serasi/node/casework"
	"serasi/node/nodetest"
	"serasi/replication/ledger"
)

// siege is a federation of four in which a voter and a member without a vote
// have fallen to an attacker, while a handoff between the other two stands open.
type siege struct {
	*nodetest.Cluster
	t              *testing.T
	leader, victim *nodetest.Balai
	voter, guest   *nodetest.Rogue
	open           casework.HandoffID // from the leader to the victim
	before         api.Status         // of the victim
}

func newSiege(t *testing.T) *siege {
	t.Helper()
	c := nodetest.Start(t, func(cfg *node.Config) {
		cfg.Tuning.SnapshotAfter, cfg.Tuning.Raft.Snapshot = 1, 50*time.Millisecond
	}, "SRK", "MGL", "GWA", "BTR")
	s := &siege{Cluster: c, t: t, leader: c.Leader()}
	var fallen *nodetest.Balai
	var members struct{ Items []api.Member }
	s.leader.Must("admin", http.MethodGet, "/members", nil, &members)
	for _, m := range members.Items {
		switch b := c.Of(string(m.Code)); {
		case b == s.leader || !m.Voter:
		case s.victim == nil:
			s.victim = b
		default:
			fallen = b
		}
	}
	i := slices.IndexFunc(members.Items, func(m api.Member) bool { return !m.Voter })
	guest := c.Of(string(members.Items[i].Code))
	s.open = s.leader.Offer(s.leader.Open("Paimin", nil).ID, s.victim.Code, nil).ID
	s.victim.WaitStage(s.open, "offered")
	c.WaitFor("nothing more to say", func() bool {
		for _, b := range c.Balai {
			if now, err := b.Status(); err != nil || now.Outbox.Pending > 0 || now.Ledger != s.before.Ledger {
				s.before = now
				return false
			}
		}
		return !s.leader.Handoff(s.open).Ticks.Delivered.IsZero()
	})
	fallen.WaitWritten()
	guest.WaitWritten()
	s.voter, s.guest = fallen.Fall(), guest.Fall()
	s.note()
	return s
}

// note keeps how the victim stands before an attack.
func (s *siege) note() {
	s.t.Helper()
	var err error
	if s.before, err = s.victim.Status(); err != nil {
		s.t.Fatal(err)
	}
}

// untouched checks that nothing became of an attack.
func (s *siege) untouched(t *testing.T) {
	t.Helper()
	now, err := s.victim.Status()
	if err != nil {
		t.Fatalf("the victim does not answer: %v", err)
	}
	if now.Ledger.Hash != s.before.Ledger.Hash || now.Raft.Applied != s.before.Raft.Applied || now.Raft.Voters != s.before.Raft.Voters {
		t.Errorf("the victim went from %+v %+v to %+v %+v", s.before.Ledger, s.before.Raft, now.Ledger, now.Raft)
	}
	if stage := s.victim.Handoff(s.open).Stage; stage != "offered" {
		t.Errorf("the open handoff is %s", stage)
	}
}

// lives checks that the healthy go on: a case moves.
func (s *siege) lives() {
	s.t.Helper()
	h := s.victim.Offer(s.victim.Open("Ponirah", nil).ID, s.leader.Code, nil)
	s.leader.WaitStage(h.ID, "offered")
	s.leader.Act(h.ID, "accept", nil)
	s.WaitFor("the file", func() bool { return s.leader.Handoff(h.ID).Packet == "here" })
	s.leader.Act(h.ID, "receive", map[string]any{"form": nodetest.Record})
	s.leader.WaitStage(h.ID, "received")
	s.victim.WaitStage(h.ID, "received")
	s.note()
}

// entries are what a rogue appends after the last entry of the victim.
func (s *siege) entries(r *nodetest.Rogue, all ...*raft.Log) *raft.AppendEntriesRequest {
	last, term := s.before.Raft.Committed, s.before.Raft.Term
	for i, e := range all {
		e.Index, e.Term = last+1+uint64(i), term
	}
	return &raft.AppendEntriesRequest{
		RPCHeader: r.Header(), Term: term, PrevLogEntry: last, PrevLogTerm: term, Entries: all, LeaderCommitIndex: last + uint64(len(all)),
	}
}

func command(p ledger.Proposal) *raft.Log {
	return &raft.Log{Type: raft.LogCommand, Data: ledger.Entry{Stamp: 1, Proposal: p}.Encode()}
}

func configuration(servers ...raft.Server) *raft.Log {
	return &raft.Log{Type: raft.LogConfiguration, Data: raft.EncodeConfiguration(raft.Configuration{Servers: servers})}
}

// accept is a command that accepts the open handoff in somebody's name.
func (s *siege) accept(actor string) ledger.Command {
	id, err := ledger.ParseID(string(s.open))
	if err != nil {
		s.t.Fatal(err)
	}
	return ledger.Command{Act: ledger.Accept, Actor: ledger.NodeID(actor), Subject: ledger.HandoffOf(id), Body: &ledger.StepBody{}}
}

// Whatever members that have fallen to an attacker send, each is refused, nobody
// panics, and the healthy go on.
func TestHostileMembers(t *testing.T) {
	t.Parallel()
	s := newSiege(t)
	t.Run("strangers", func(t *testing.T) { s.strangers(t) })
	t.Run("proposals", func(t *testing.T) { s.proposals(t) })
	t.Run("appends", func(t *testing.T) { s.appends(t) })
	t.Run("snapshots", func(t *testing.T) { s.snapshots(t) })
	t.Run("noise", func(t *testing.T) { s.noise(t) })
	s.lives()
	t.Run("revoked", func(t *testing.T) { s.revoked(t) })
	s.lives()
	s.Of(string(s.guest.Code)).Start()
	s.Of(string(s.guest.Code)).WaitLevel()
	s.Check()
}

// strangers have a stolen name and no key to it.
func (s *siege) strangers(t *testing.T) {
	for _, name := range []string{s.leader.Code, s.victim.Code, string(s.voter.Code), "XXX"} {
		r := s.Stranger(name, s.voter)
		for _, proto := range []string{link.GRPC, link.Raft, link.Gossip} {
			if err := r.Knock(t.Context(), s.victim.Code, proto); err == nil {
				t.Errorf("a stranger called %s got an answer over %s", name, proto)
			}
		}
		if _, err := r.Propose(t.Context(), s.leader.Code, s.voter.Sign(ledger.Command{Act: ledger.Tick, Subject: ledger.Federation(), Body: &ledger.TickBody{}}).Encode()); err == nil {
			t.Errorf("a stranger called %s was heard", name)
		}
	}
	if err := s.voter.Knock(t.Context(), s.victim.Code, link.Raft); err != nil { // the control
		t.Errorf("the fallen voter with its own key: %v", err)
	}
	s.untouched(t)
}

// proposals are forged, replayed, or of another federation.
func (s *siege) proposals(t *testing.T) {
	theirs := s.voter.Sign(s.accept(s.victim.Code))
	bent := s.voter.Sign(s.accept(""))
	bent.Sig[3] ^= 1
	old := s.voter.Events[slices.IndexFunc(s.voter.Events, func(e ledger.Event) bool { return e.Act == ledger.Activate })]
	foreign := s.accept("")
	foreign.Federation = ledger.Hash{1, 2, 3}
	rows := map[string]struct {
		bytes []byte
		first bool // answered as it was the first time
	}{
		"acceptance in the name of the destination": {bytes: theirs.Encode()},
		"acceptance by a third party":               {bytes: s.voter.Sign(s.accept("")).Encode()},
		"withdrawal by a third party":               {bytes: s.voter.Sign(s.withdraw()).Encode()},
		"a bent signature":                          {bytes: bent.Encode()},
		"a command of another federation":           {bytes: s.voter.Sign(foreign).Encode()},
		"bytes that are no proposal":                {bytes: []byte("made up")},
		"revocation without officers":               {bytes: s.voter.Sign(ledger.Command{Act: ledger.Revoke, Subject: ledger.MemberOf(ledger.NodeID(s.victim.Code)), Body: &ledger.VerdictBody{}}).Encode()},
		"an old command again":                      {bytes: ledger.Proposal{Signed: old.Signed}.Encode(), first: true},
	}
	for name, row := range rows {
		got := s.judged(s.voter, row.bytes)
		switch {
		case row.first && (got.Refused != ledger.NotRefused || got.Event != old.N):
			t.Errorf("%s: %+v, want event %d", name, got, old.N)
		case !row.first && got.Refused == ledger.NotRefused:
			t.Errorf("%s: accepted as event %d", name, got.Event)
		}
	}
	s.WaitFor("the refused entries to be applied", func() bool {
		a, err1 := s.leader.Status()
		b, err2 := s.victim.Status()
		return err1 == nil && err2 == nil && a.Raft.Committed == b.Raft.Applied
	})
	s.before.Raft.Applied, s.before.Raft.Committed = s.applied(), s.applied()
	s.untouched(t)
}

// judged hands a proposal of a rogue to one after the other until one answers:
// whoever leads by now.
func (s *siege) judged(from *nodetest.Rogue, proposal []byte) (got ledger.Result) {
	s.t.Helper()
	s.WaitFor("whoever leads to judge a proposal", func() bool {
		return slices.ContainsFunc(s.Balai, func(b *nodetest.Balai) bool {
			ctx, cancel := context.WithTimeout(s.t.Context(), 5*time.Second)
			defer cancel()
			var err error
			got, err = from.Propose(ctx, b.Code, proposal)
			return err == nil
		})
	})
	return got
}

func (s *siege) applied() uint64 {
	now, err := s.victim.Status()
	if err != nil {
		s.t.Fatal(err)
	}
	return now.Raft.Applied
}

func (s *siege) withdraw() ledger.Command {
	c := s.accept("")
	c.Act = ledger.Withdraw
	return c
}

// appends are sent as a leader would.
func (s *siege) appends(t *testing.T) {
	v, g, self := s.voter, s.guest, s.voter.Server(s.voter.Code)
	voters := []raft.Server{v.Server(ledger.NodeID(s.leader.Code)), v.Server(ledger.NodeID(s.victim.Code)), self}
	forged := v.Sign(s.accept(s.victim.Code))
	rewrite := func(index uint64, e *raft.Log) *raft.AppendEntriesRequest {
		req := s.entries(v, e)
		req.Term++
		req.PrevLogEntry, e.Index, e.Term = index-1, index, req.Term
		req.PrevLogTerm = min(req.PrevLogTerm, index-1)
		return req
	}
	rows := map[string]struct {
		from *nodetest.Rogue
		req  *raft.AppendEntriesRequest
	}{
		"a member without a vote, as itself":        {g, s.entries(g, command(g.Sign(s.accept(""))))},
		"a member without a vote, as the leader":    {g, s.asLeader(s.entries(g, command(g.Sign(s.accept("")))))},
		"a member without a vote, empty":            {g, s.entries(g)},
		"a voter, as the leader":                    {v, s.asLeader(s.entries(v))},
		"acceptance in the name of the destination": {v, s.entries(v, command(forged))},
		"bytes that are no command":                 {v, s.entries(v, &raft.Log{Type: raft.LogCommand, Data: []byte("made up")})},
		"a committed entry rewritten":               {v, rewrite(s.before.Raft.Committed, &raft.Log{Type: raft.LogNoop})},
		"an early entry rewritten":                  {v, rewrite(2, &raft.Log{Type: raft.LogNoop})},
		"the configuration taken over":              {v, s.entries(v, configuration(self, v.Server(g.Code)))},
		"a guest given a vote":                      {v, s.entries(v, configuration(append(voters, v.Server(g.Code))...))},
		"a stranger given a vote":                   {v, s.entries(v, configuration(append(voters, raft.Server{ID: "0123456789abcdef", Address: "XXX"})...))},
		"nobody has a vote":                         {v, s.entries(v, configuration())},
		"a malformed configuration":                 {v, s.entries(v, &raft.Log{Type: raft.LogConfiguration, Data: []byte{0xc1, 0xff, 0}})},
		"the old way to add a peer":                 {v, s.entries(v, &raft.Log{Type: raft.LogAddPeerDeprecated, Data: []byte{0x91, 0xa3, 'X', 'X', 'X'}})},
	}
	for name, row := range rows {
		resp, err := row.from.Append(s.victim.Code, row.req)
		if err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("%s: %+v, %v; want a refusal", name, resp, err)
		}
	}
	calls := map[string]error{
		"told to stand for election": v.Vote(s.victim.Code, nil, true),
		"a vote for a guest": g.Vote(s.victim.Code, &raft.RequestVoteRequest{
			RPCHeader: g.Header(), Term: s.before.Raft.Term + 1, LastLogIndex: 1 << 40, LastLogTerm: s.before.Raft.Term,
		}, false),
		"a vote for a transfer": v.Vote(s.victim.Code, &raft.RequestVoteRequest{
			RPCHeader: v.Header(), Term: s.before.Raft.Term + 1, LastLogIndex: 1 << 40, LastLogTerm: s.before.Raft.Term, LeadershipTransfer: true,
		}, false),
	}
	for name, err := range calls {
		if err == nil || !strings.Contains(err.Error(), "refused") {
			t.Errorf("%s: %v; want a refusal", name, err)
		}
	}
	// The control: the same sender with nothing wrong but an old term is let
	// through to raft, which says no by itself.
	honest := s.entries(v)
	honest.Term = 0
	if resp, err := v.Append(s.victim.Code, honest); err != nil || resp.Success {
		t.Errorf("an honest call: %+v, %v; want raft's own no", resp, err)
	}
	s.untouched(t)
}

// asLeader puts the leader's id where the sender's belongs.
func (s *siege) asLeader(req *raft.AppendEntriesRequest) *raft.AppendEntriesRequest {
	l := s.voter.Server(ledger.NodeID(s.leader.Code))
	req.ID, req.Addr = []byte(l.ID), []byte(l.Address)
	return req
}

// snapshots tell another history, or less of this one.
func (s *siege) snapshots(t *testing.T) {
	term, ahead := s.before.Raft.Term, s.before.Raft.Applied+100
	whole := s.voter.Snapshot(ahead, term)
	bent := bytes.Clone(whole)
	bent[len(bent)/2] ^= 1
	self := raft.EncodeConfiguration(raft.Configuration{Servers: []raft.Server{s.voter.Server(s.voter.Code)}})
	usurped := raft.EncodeConfiguration(raft.Configuration{Servers: []raft.Server{s.voter.Server(s.guest.Code)}})
	rows := map[string]struct { // without data: what is refused before any is read
		index uint64
		conf  []byte
		data  []byte
		why   string
	}{
		"old":                       {s.before.Raft.Applied - 2, self, nil, "older than what is applied"},
		"old inside, new outside":   {ahead, self, s.voter.Snapshot(s.before.Raft.Applied-2, term), "older than it says"},
		"one bit changed":           {ahead, self, bent, "not a true history"},
		"cut short":                 {ahead, self, whole[:len(whole)-50], "cut short"},
		"the last event left out":   {ahead, self, s.voter.Reordered(ahead, term, true), "than what is known here"},
		"two events exchanged":      {ahead, self, s.voter.Reordered(ahead, term, false), "does not follow"},
		"a guest as the only voter": {ahead, usurped, whole, "a vote it does not have"},
		"no configuration":          {ahead, []byte{0xc1}, nil, "malformed configuration"},
		"not a snapshot":            {ahead, self, bytes.Repeat([]byte("x"), 5000), "not a true history"},
		"nothing":                   {ahead, self, nil, "empty"},
	}
	for name, row := range rows {
		resp, err := s.voter.Install(s.victim.Code, &raft.InstallSnapshotRequest{
			RPCHeader: s.voter.Header(), SnapshotVersion: raft.SnapshotVersionMax, Term: term, LastLogIndex: row.index, LastLogTerm: term,
			Configuration: row.conf, ConfigurationIndex: 1,
		}, row.data)
		if err == nil || resp.Success || !strings.Contains(err.Error(), row.why) {
			t.Errorf("%s: %+v, %v; want a refusal: %s", name, resp, err, row.why)
		}
	}
	if resp, err := s.guest.Install(s.victim.Code, &raft.InstallSnapshotRequest{
		RPCHeader: s.guest.Header(), SnapshotVersion: raft.SnapshotVersionMax, Term: term, LastLogIndex: ahead, LastLogTerm: term,
		Configuration: self, ConfigurationIndex: 1,
	}, whole); err == nil || resp.Success {
		t.Errorf("a true one from a member without a vote: %+v, %v", resp, err)
	}
	s.untouched(t)
}

// noise is no message at all.
func (s *siege) noise(t *testing.T) {
	for name, bytes := range map[string][]byte{
		"an append of nonsense":         append([]byte{0}, bytes.Repeat([]byte{0xc1, 0xff}, 500)...),
		"a vote of nonsense":            append([]byte{1}, bytes.Repeat([]byte{0x81, 0xa2}, 500)...),
		"a snapshot of nonsense":        append([]byte{2}, bytes.Repeat([]byte{0xdf, 0xff, 0xff, 0xff, 0xff}, 200)...),
		"a message without end":         {0, 0xdd, 0xff, 0xff, 0xff, 0xff},
		"a message that does not exist": bytes.Repeat([]byte{250}, 1000),
	} {
		if err := s.voter.Babble(t.Context(), s.victim.Code, bytes); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.untouched(t)
}

// revoked members are not heard any more, and hear nothing.
func (s *siege) revoked(t *testing.T) {
	held, err := s.voter.Port.Dial(t.Context(), s.victim.Code, link.Gossip)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = held.Close() }()
	s.Decide(s.leader, "revoke", string(s.voter.Code))
	if err := held.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = held.Read(make([]byte, 1<<10))
	}
	if late, is := err.(interface{ Timeout() bool }); is && late.Timeout() {
		t.Error("its open connection stays open")
	}
	for _, to := range []string{s.victim.Code, s.leader.Code} {
		s.WaitFor(to+" to know", func() bool { return s.voter.Knock(t.Context(), to, link.Raft) != nil })
		for _, proto := range []string{link.GRPC, link.Raft, link.Gossip} {
			if err := s.voter.Knock(t.Context(), to, proto); err == nil {
				t.Errorf("%s answers it over %s", to, proto)
			}
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := s.voter.Propose(ctx, s.leader.Code, s.voter.Sign(s.accept("")).Encode()); err == nil {
		t.Error("its proposal was heard")
	}
	// Nor does anybody else's word help it: what it signed is worth nothing.
	if got := s.judged(s.guest, s.voter.Sign(s.accept("")).Encode()); got.Refused == ledger.NotRefused {
		t.Errorf("its command took effect in the hands of another member: %+v", got)
	}
}
