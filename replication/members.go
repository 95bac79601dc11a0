package replication

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/raft"

	"serasi/replication/ledger"
)

// change is one step of the raft configuration towards the ledger.
type change struct {
	what string
	do   func(*raft.Raft) raft.IndexFuture
}

// nextChange returns the next step, or nil. Those who were turned away go
// first; nobody loses a vote before those who gained one have it; and a vote
// that would leave an even number, because others who gained one are not there,
// waits: two voters are worse than one.
func nextChange(conf raft.Configuration, r *roster, ready func(raft.Server) bool) *change {
	have := map[raft.ServerID]raft.Server{}
	votes := 0 // there will be
	var relieved []raft.Server
	for _, s := range conf.Servers {
		m, known := r.members[ledger.NodeID(s.Address)]
		if !known || !belongs(m) || serverID(m.Raft) != s.ID {
			return &change{fmt.Sprintf("remove %s", s.Address), func(rf *raft.Raft) raft.IndexFuture { return rf.RemoveServer(s.ID, 0, enqueue) }}
		}
		have[s.ID] = s
		if s.Suffrage == raft.Voter && m.Voter {
			votes++
		} else if s.Suffrage == raft.Voter {
			relieved = append(relieved, s)
		}
	}
	var promoted []raft.Server
	waiting := false // someone who gained a vote cannot have it yet
	for _, code := range r.codes() {
		m := r.members[code]
		s, in := have[serverID(m.Raft)]
		switch {
		case !belongs(m):
		case !in:
			s = server(m, raft.Nonvoter)
			return &change{fmt.Sprintf("add %s", code), func(rf *raft.Raft) raft.IndexFuture { return rf.AddNonvoter(s.ID, s.Address, 0, enqueue) }}
		case m.Voter && s.Suffrage != raft.Voter && ready(s):
			promoted = append(promoted, s)
		case m.Voter && s.Suffrage != raft.Voter:
			waiting = true
		}
	}
	if n := votes + len(promoted); len(promoted) > 0 && (n%2 == 1 || !waiting) {
		s := promoted[0]
		return &change{fmt.Sprintf("give %s its vote", s.Address), func(rf *raft.Raft) raft.IndexFuture { return rf.AddVoter(s.ID, s.Address, 0, enqueue) }}
	}
	if len(relieved) > 0 && !waiting {
		s := relieved[0]
		return &change{fmt.Sprintf("take the vote of %s", s.Address), func(rf *raft.Raft) raft.IndexFuture { return rf.DemoteVoter(s.ID, 0, enqueue) }}
	}
	return nil
}

// reconcile makes the raft configuration follow the ledger, one change at a
// time.
func (l *Log) reconcile(ctx context.Context) error {
	for l.nextChange() != nil {
		if err := l.changeOnce(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (l *Log) nextChange() *change {
	return nextChange(l.configuration(), l.book.roster.Load(), func(s raft.Server) bool { return l.well(string(s.Address)) })
}

// changeOnce makes one change on exactly the state that the entries before it
// make: followers judge it by that state. So no proposal enters meanwhile, and a
// barrier lets all that entered before take effect.
func (l *Log) changeOnce(ctx context.Context) error {
	l.intake.Lock()
	defer l.intake.Unlock()
	if err := await(ctx, l.raft.Barrier(enqueue)); err != nil {
		return err
	}
	c := l.nextChange()
	if c == nil {
		return nil
	}
	if err := l.conf.Point("leader.before-change"); err != nil {
		return err
	}
	l.log.Info("raft configuration", "change", c.what)
	if err := await(ctx, c.do(l.raft)); err != nil {
		return fmt.Errorf("%s: %w", c.what, err)
	}
	return nil
}

// well reports whether a peer was just reached and has nearly all of the log.
func (l *Log) well(code string) bool {
	const lag = 256
	k := l.trans.peers.get(code)
	return time.Since(k.at) < 3*l.conf.Timing.Heartbeat && k.match > 0 && k.match+lag >= l.raft.CommitIndex()
}

// candidates are the members that have been well for PromoteAfter, the longest
// first.
func (l *Log) candidates(r *roster) (codes []ledger.NodeID) {
	type steady struct {
		code  ledger.NodeID
		since time.Time
	}
	var all []steady
	for code, m := range r.members {
		if m.Standing != ledger.Active || m.Voter || code == l.conf.Self {
			continue
		}
		if since := l.trans.peers.steady(string(code), l.well(string(code))); !since.IsZero() && time.Since(since) >= l.conf.Timing.PromoteAfter {
			all = append(all, steady{code, since})
		}
	}
	slices.SortFunc(all, func(a, b steady) int {
		if c := a.since.Compare(b.since); c != 0 {
			return c
		}
		return int(slices.Compare([]byte(a.code), []byte(b.code)))
	})
	for _, s := range all {
		codes = append(codes, s.code)
	}
	return codes
}

// seat proposes who votes: more, while seats are free and there are always an
// odd number; or another in the place of one that has been away for long.
func (l *Log) seat(ctx context.Context) error {
	r := l.book.roster.Load()
	free := l.candidates(r)
	if !r.members[l.conf.Self].Voter || time.Now().Before(l.house.seatRest) || len(free) == 0 || l.nextChange() != nil {
		return nil
	}
	next := grown(r.voters(), free, int(r.realm.Seats))
	if next == nil && l.stamp() >= r.realm.Seated.Add(ledger.SeatCooldown) {
		next = l.exchanged(r.voters(), free[0])
	}
	if next == nil {
		return nil
	}
	slices.Sort(next)
	err := l.propose(ctx, ledger.Command{
		Act: ledger.Seat, Subject: ledger.Federation(), Prev: r.realm.SeatHead, Body: &ledger.SeatBody{Voters: next},
	})
	if err != nil {
		l.house.seatRest = time.Now().Add(60 * l.conf.Timing.Housekeeping)
	}
	return err
}

// grown is the voters with as many of the free as make an odd number within the
// seats, or nil.
func grown(voters, free []ledger.NodeID, seats int) []ledger.NodeID {
	n := min(seats, len(voters)+len(free))
	if n%2 == 0 {
		n--
	}
	if n <= len(voters) {
		return nil
	}
	return append(slices.Clone(voters), free[:n-len(voters)]...)
}

// exchanged is the voters with one for one that has been away for long, or nil.
func (l *Log) exchanged(voters []ledger.NodeID, by ledger.NodeID) []ledger.NodeID {
	for i, code := range voters {
		k := l.trans.peers.get(string(code))
		last := k.at
		if last.Before(l.house.since) {
			last = l.house.since
		}
		if code != l.conf.Self && time.Since(last) > l.conf.Timing.AwayAfter {
			next := slices.Clone(voters)
			next[i] = by
			return next
		}
	}
	return nil
}
