package replication

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/raft"

	"serasi/replication/ledger"
)

// guard judges every call before raft sees it, since raft believes whoever can
// connect. It is patient: it refuses only what no later state could make valid,
// else one early refusal would stop a follower for ever.
type guard struct {
	*Log
}

func nothing(raft.RPCResponse) {}

// signatures checks what does not depend on the state of raft: that entries are
// of a kind we use and that commands are signed by whom they name. It is most of
// the work, and is done before the call takes its turn.
func (g *guard) signatures(cmd any) error {
	req, ok := cmd.(*raft.AppendEntriesRequest)
	if !ok {
		return nil
	}
	applied := g.book.applied.Load() // before the roster: it may be older than that, never newer
	members := g.book.roster.Load()
	for _, e := range req.Entries {
		var err error
		switch e.Type {
		case raft.LogCommand:
			if e.Index > applied {
				err = g.vet(e, members, applied)
			}
		case raft.LogConfiguration, raft.LogNoop, raft.LogBarrier:
		default: // the deprecated peer types replace the whole configuration
			err = fmt.Errorf("type %v is not used here", e.Type)
		}
		if err == nil && len(e.Extensions) > 0 {
			err = errors.New("extensions are not used here")
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", e.Index, err)
		}
	}
	return nil
}

func (g *guard) vet(e *raft.Log, members *roster, applied uint64) error {
	known, err := ledger.On(members).Vet(e.Data, g.verified.check)
	if err != nil || known {
		return err
	}
	if !members.founded && g.isGenesis(e.Data) {
		return nil
	}
	if applied < e.Index-1 {
		return nil // the command that makes the key known may lie before it
	}
	return errors.New("signed with a key of nobody")
}

// isGenesis reports whether an entry claims to found this federation. Apply
// checks the founders' signatures.
func (g *guard) isGenesis(entry []byte) bool {
	n, err := ledger.DecodeEntry(entry)
	if err != nil {
		return false
	}
	c, err := ledger.DecodeCommand(n.Bytes)
	return err == nil && c.Act == ledger.Genesis && c.Federation == g.conf.Federation
}

// check judges one call by who sent it and what it says. after must be run with
// raft's answer. Calls are checked one at a time, each until raft has answered,
// so that what is looked up here still holds when raft acts on it.
func (g *guard) check(peer string, cmd any) (after func(raft.RPCResponse), err error) {
	h, ok := cmd.(raft.WithRPCHeader)
	if !ok {
		return nil, errors.New("no header")
	}
	id := string(h.GetRPCHeader().ID)
	if string(h.GetRPCHeader().Addr) != peer || h.GetRPCHeader().ProtocolVersion != raft.ProtocolVersionMax {
		return nil, errors.New("the header is not the sender's")
	}
	if err := g.sender(peer, id); err != nil {
		return nil, err
	}
	switch req := cmd.(type) {
	case *raft.AppendEntriesRequest:
		if err := g.entries(req); err != nil {
			return nil, err
		}
		g.bridge(req)
		return nothing, nil
	case *raft.InstallSnapshotRequest:
		return g.install(req)
	case *raft.RequestVoteRequest:
		if req.LeadershipTransfer {
			return nil, errors.New("leadership is not transferred")
		}
		if g.quiet() {
			return nil, errors.New("not voting before a majority was heard")
		}
		return nothing, nil
	case *raft.RequestPreVoteRequest:
		return nothing, nil
	default:
		return nil, fmt.Errorf("%T is not used here", cmd)
	}
}

// sender reports why a node with that raft id may not send raft calls: only
// voters lead or stand for election. A voter that the ledger has just relieved
// counts while our own raft configuration says so, since it must lead the change
// that relieves it.
func (g *guard) sender(peer, id string) error {
	if g.book.roster.Load().barred(ledger.NodeID(peer)) {
		return errors.New("the sender is turned away by the ledger")
	}
	if g.votes(peer, id) || g.votesHere(id, peer) {
		return nil
	}
	g.learn()
	return errors.New("the sender is no voter, or not in this incarnation")
}

// votes reports whether this node believes another to be a voter under that
// raft id: from its own ledger; from what later acts prove; or, for a newcomer
// that does not find itself in its ledger yet, from what it was told on joining.
func (g *guard) votes(peer, id string) bool {
	code, members := ledger.NodeID(peer), g.book.roster.Load()
	is := func(m ledger.Member) bool { return m.Voter && belongs(m) && string(serverID(m.Raft)) == id }
	if is(members.members[code]) {
		return true
	}
	if later := g.hints.Load(); later != nil && later.event > members.event && time.Since(later.learned) < hintsLast && is(later.members[code]) {
		return true
	}
	if self, ok := members.members[g.conf.Self]; ok && self.Raft == g.conf.Raft {
		return false
	}
	return slices.ContainsFunc(g.introduced, func(i Introduced) bool {
		return i.Voter && i.Code == code && string(serverID(i.Raft)) == id
	})
}

// votesHere reports whether our latest raft configuration has it as a voter.
func (g *guard) votesHere(id, peer string) bool {
	for _, s := range g.configuration().Servers {
		if string(s.ID) == id && string(s.Address) == peer && s.Suffrage == raft.Voter {
			return true
		}
	}
	return false
}

// entries judges an append.
func (g *guard) entries(req *raft.AppendEntriesRequest) error {
	before := req.PrevLogTerm
	conf := g.configuration()
	for i, e := range req.Entries {
		if e.Index != req.PrevLogEntry+1+uint64(i) || e.Term < before || e.Term > req.Term {
			return fmt.Errorf("entry %d is out of order", e.Index)
		}
		before = e.Term
		if err := errors.Join(g.committed(e), g.early(e, req.LeaderCommitIndex)); err != nil {
			return fmt.Errorf("entry %d: %w", e.Index, err)
		}
		if e.Type != raft.LogConfiguration {
			continue
		}
		next, err := decodeConfiguration(e.Data)
		if err == nil && e.Index > g.book.applied.Load() && req.PrevLogEntry <= g.raft.LastIndex() {
			err = g.configures(conf, next, e.Index, req.Entries[:i])
		}
		if err != nil {
			return fmt.Errorf("entry %d: %w", e.Index, err)
		}
		conf = next
	}
	return nil
}

// bridge lets an append begin behind what is applied here, if raft could not
// find where it begins. Raft looks for the entry before an append in the log
// only, where what a snapshot covers is no more: a follower that stored the first
// entries after a snapshot, and whose answer was lost, would refuse the rest until
// its leader changes. What was applied with the same term is what the leader
// means. It must not commit more than this append reaches.
func (g *guard) bridge(req *raft.AppendEntriesRequest) {
	applied, before := g.book.applied.Load(), req.PrevLogEntry
	if before == 0 || before > applied || before >= g.raft.LastIndex() || !g.book.fits(before, req.PrevLogTerm) {
		return
	}
	if err := g.stores.logs.GetLog(before, new(raft.Log)); !errors.Is(err, raft.ErrLogNotFound) {
		return
	}
	req.LeaderCommitIndex = min(req.LeaderCommitIndex, before+uint64(len(req.Entries)))
	req.PrevLogEntry, req.PrevLogTerm = 0, 0
	req.Entries = req.Entries[min(applied-before, uint64(len(req.Entries))):]
}

// committed refuses another entry where one was committed or applied.
func (g *guard) committed(e *raft.Log) error {
	if e.Index <= g.book.applied.Load() && !g.book.fits(e.Index, e.Term) {
		return errors.New("rewrites what was applied")
	}
	if e.Index > g.raft.CommitIndex() {
		return nil
	}
	var ours raft.Log
	if err := g.stores.logs.GetLog(e.Index, &ours); err == nil && ours.Term != e.Term {
		return errors.New("rewrites what was committed")
	}
	return nil // compacted: raft looks no further than that either
}

// early refuses a stamp from the future, by which a lying leader could let all
// that waits for an answer expire at once: it needs our vote for the entry. What
// it says is committed has had the votes of others, and a node that does not know
// how far its own clock is off has nothing to judge by.
func (g *guard) early(e *raft.Log, committed uint64) error {
	off, known := g.conf.Skew()
	if e.Type != raft.LogCommand || e.Index <= committed || !known {
		return nil
	}
	n, err := ledger.DecodeEntry(e.Data)
	if err == nil && n.Stamp > ledger.At(g.conf.Clock().Add(maxAhead-off)) {
		err = errors.New("its time has not come")
	}
	return err
}

// configures reports why a configuration must not follow the one before it.
func (g *guard) configures(old, next raft.Configuration, index uint64, batch []*raft.Log) error {
	members := g.book.roster.Load()
	if !members.founded {
		return nil // it comes before the genesis, from one who was introduced to us
	}
	err := allowed(old, next, members)
	if err == nil || g.book.applied.Load() >= index-1 {
		return err
	}
	pending, perr := g.pending(index, batch)
	if perr != nil {
		return perr
	}
	return allowed(old, next, pending)
}

// allowed reports why next gives someone more than it has. Who is in old may
// stay as it is.
func allowed(old, next raft.Configuration, r *roster) error {
	had := map[raft.Server]bool{}
	for _, s := range old.Servers {
		had[s] = true
	}
	for _, s := range next.Servers {
		m, known := r.members[ledger.NodeID(s.Address)]
		same := known && belongs(m) && serverID(m.Raft) == s.ID
		demoted := s
		demoted.Suffrage = raft.Voter
		switch {
		case had[s]:
		case s.Suffrage == raft.Nonvoter && (same || had[demoted]):
		case s.Suffrage == raft.Voter && same && m.Voter:
		default:
			return fmt.Errorf("configuration gives %s a role it does not have", s.Address)
		}
	}
	return nil
}

// decodeConfiguration reads a configuration. Raft's decoder panics on bad
// bytes, so one peer could end every process.
func decodeConfiguration(b []byte) (c raft.Configuration, err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("malformed configuration")
		}
	}()
	c = raft.DecodeConfiguration(b)
	voters := 0
	seen := map[raft.ServerID]bool{}
	for _, s := range c.Servers {
		if s.ID == "" || s.Address == "" || seen[s.ID] || s.Suffrage != raft.Voter && s.Suffrage != raft.Nonvoter {
			return c, errors.New("malformed configuration")
		}
		seen[s.ID] = true
		if s.Suffrage == raft.Voter {
			voters++
		}
	}
	if voters == 0 {
		return c, errors.New("configuration without a voter")
	}
	return c, nil
}

// install judges the head of a snapshot; the sink judges what is in it.
func (g *guard) install(req *raft.InstallSnapshotRequest) (func(raft.RPCResponse), error) {
	applied, last := g.book.applied.Load(), g.raft.LastIndex()
	switch {
	case req.SnapshotVersion != raft.SnapshotVersionMax:
		return nil, errors.New("snapshot of another version")
	case req.LastLogTerm > req.Term || req.ConfigurationIndex > req.LastLogIndex || req.Size < 0:
		return nil, errors.New("snapshot contradicts itself")
	case req.LastLogIndex < applied, req.LastLogIndex == applied && last > applied:
		return nil, errors.New("snapshot is older than what is applied here")
	}
	if _, err := decodeConfiguration(req.Configuration); err != nil {
		return nil, err
	}
	return func(r raft.RPCResponse) {
		if a, ok := r.Response.(*raft.InstallSnapshotResponse); ok && a.Success {
			g.installed(req.LastLogIndex, req.LastLogTerm, last)
		}
	}, nil
}

// inSnapshot judges the configuration of a snapshot by the history in it. Roles
// may have moved since that configuration was made.
func (g *guard) inSnapshot(conf raft.Configuration, r *roster) error {
	for _, s := range conf.Servers {
		code := ledger.NodeID(s.Address)
		m, known := r.members[code]
		if !known {
			return fmt.Errorf("%w: its configuration has a stranger", ledger.ErrSnapshot)
		}
		said := m.Voter && serverID(m.Raft) == s.ID || g.votes(string(code), string(s.ID)) || g.votesHere(string(s.ID), string(code))
		if s.Suffrage == raft.Voter && !said {
			return fmt.Errorf("%w: its configuration gives %s a vote it does not have", ledger.ErrSnapshot, code)
		}
	}
	return nil
}
