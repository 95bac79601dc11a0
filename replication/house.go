package replication

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"serasi/replication/ledger"
)

// Clock bounds. A wrong clock costs convenience and no custody: nothing but
// warnings and expiries rests on it.
const (
	maxSkew      = time.Minute     // beyond it a node neither leads nor stands
	maxAhead     = 5 * time.Minute // no vote for a stamp further beyond the voters' median
	witnessEvery = time.Minute
)

// house is what housekeeping remembers between two rounds. Only its goroutine
// uses it.
type house struct {
	term      uint64
	since     time.Time // leading since then
	seatRest  time.Time // no proposal of seats before
	witnessed time.Time
	member    bool      // this incarnation was seen in the ledger
	asked     time.Time // whether there is another group
}

// keepHouse looks after all that nobody asks for, until the log ends.
func (l *Log) keepHouse() {
	tick := time.NewTicker(l.conf.Timing.Housekeeping)
	defer tick.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-tick.C:
		}
		l.minor()
		if l.haltedBy() == "" && l.leads() {
			ctx, cancel := context.WithTimeout(l.ctx, max(10*l.conf.Timing.Housekeeping, 5*time.Second))
			if err := l.lead(ctx); err != nil && l.ctx.Err() == nil {
				l.log.Warn("housekeeping of the leader", "err", err)
			}
			cancel()
		}
	}
}

// minor is what every node does.
func (l *Log) minor() {
	if err := l.checkWitness(); err != nil {
		l.fail(err)
		return
	}
	if now := time.Now(); now.Sub(l.house.witnessed) > witnessEvery {
		l.house.witnessed = now
		if err := l.writeWitness(); err != nil {
			l.log.Warn("writing the witness", "err", err)
		}
	}
	if now := time.Now(); l.haltedBy() == "" && l.leader() == "" && now.Sub(l.house.asked) > 10*l.conf.Timing.Heartbeat {
		l.house.asked = now
		l.parted()
	}
	self, known := l.book.roster.Load().members[l.conf.Self]
	switch {
	case !known:
	case self.Standing == ledger.Revoked:
		l.outcast("this balai was revoked")
	case self.Standing == ledger.Left:
		l.outcast("this balai has left the federation")
	case self.Raft == l.conf.Raft:
		l.house.member = true
	case l.house.member:
		l.outcast("another incarnation of this balai has taken its place")
	}
}

// lead is what the leader does.
func (l *Log) lead(ctx context.Context) error {
	if term := l.raft.CurrentTerm(); term != l.house.term {
		l.house.term, l.house.since = term, time.Now()
		l.trans.peers.reign()
	}
	if err := l.settle(ctx); err != nil {
		return err
	}
	if !l.book.roster.Load().founded {
		if l.genesis == nil {
			return nil
		}
		_, err := l.decide(ctx, string(l.conf.Self), ledger.Proposal{Signed: *l.genesis})
		return err
	}
	return errors.Join(l.tick(ctx), l.reconcile(ctx), l.seat(ctx))
}

// tick lets ledger time pass when something is due or nothing has happened for
// long.
func (l *Log) tick(ctx context.Context) error {
	var due, last ledger.Time
	var prev ledger.Hash
	err := l.View(func(v ledger.View) error {
		due = v.Due()
		_, _, last = v.Head()
		prev = v.HeadFor(ledger.Tick, ledger.Federation())
		return nil
	})
	now := l.stamp()
	if err != nil || (due == 0 || due > now) && now < last.Add(l.conf.Timing.TickEvery) || !l.book.roster.Load().members[l.conf.Self].Voter {
		return err
	}
	return l.propose(ctx, ledger.Command{Act: ledger.Tick, Subject: ledger.Federation(), Prev: prev, Body: &ledger.TickBody{}})
}

// propose signs a command of the leader's own and proposes it.
func (l *Log) propose(ctx context.Context, c ledger.Command) error {
	signed, err := l.conf.Sign(c)
	if err != nil {
		return fmt.Errorf("sign %v: %w", c.Act, err)
	}
	r, err := l.decide(ctx, string(l.conf.Self), ledger.Proposal{Signed: signed})
	if err == nil && r.Refused != ledger.NotRefused {
		err = refusal{c.Act, r.Refused}
	}
	return err
}

type refusal struct {
	act ledger.Act
	why ledger.Reason
}

func (r refusal) Unwrap() error { return ErrRefused }

func (r refusal) Error() string { return fmt.Sprintf("replication: %v refused: %v", r.act, r.why) }

// stamp is the time the leader gives an entry. A wrong one gets no votes: see
// guard.early.
func (l *Log) stamp() ledger.Time { return ledger.At(l.conf.Clock()) }

func (l *Log) skewed() bool {
	off, known := l.conf.Skew()
	return known && off.Abs() > maxSkew
}

// quiet reports whether this node must not vote yet.
func (l *Log) quiet() bool { return l.hearing.Load() }

// hear lets a node with a past greet the voters, and ends when a majority, this
// node included if it is one, has said that it remembers no more of us than we
// do. Until then the node neither votes nor stands: its disk may have been
// turned back. Alone it could not win anyway.
func (l *Log) hear() {
	wait := l.patience()
	for l.hearing.Load() {
		var wg sync.WaitGroup
		others, need := l.jury()
		for _, code := range others {
			if l.trans.peers.get(code).greeted {
				continue
			}
			wg.Go(func() {
				if c, err := l.trans.dial(code, l.conf.Timing.RPC); err == nil {
					_ = c.Close() // the greeting was all
				}
			})
		}
		wg.Wait()
		ok := 0
		for _, code := range others {
			if k := l.trans.peers.get(code); k.greeted && k.verdict == welcome {
				ok++
			}
		}
		if ok >= need {
			l.hearing.Store(false)
			return
		}
		select {
		case <-l.ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = min(2*wait, l.conf.Timing.Heartbeat) // alone it may be for weeks
	}
}

// jury is the other voters, and how many of them make a majority with us.
func (l *Log) jury() (others []string, need int) {
	if c := l.configuration().Servers; len(c) == 1 && c[0].ID == serverID(l.conf.Raft) {
		return nil, 0 // the only voter; the ledger may not say so yet, after a recovery
	}
	all := l.book.roster.Load().voters()
	self := 0
	for _, code := range all {
		if code == l.conf.Self {
			self = 1
		} else {
			others = append(others, string(code))
		}
	}
	return others, len(all)/2 + 1 - self
}

// installed notes that a snapshot of the leader took the place of the log.
func (l *Log) installed(index, term, last uint64) {
	if l.installedBefore(index, term) >= 3 {
		l.fail(fmt.Errorf("%w: the same snapshot came three times", ErrRejoin))
		return
	}
	if last > index {
		// Raft now believes in a log that is empty, and would refuse every entry.
		l.fail(fmt.Errorf("%w: a snapshot took the place of a longer log", ErrRestart))
	}
}

// installedBefore counts how often this snapshot was installed, on disk.
func (l *Log) installedBefore(index, term uint64) int {
	path := filepath.Join(l.conf.Dir, "raft", "installed")
	var i, t uint64
	var n int
	if b, err := os.ReadFile(path); err == nil {
		if _, err := fmt.Sscan(string(b), &i, &t, &n); err != nil || i != index || t != term {
			n = 0
		}
	}
	n++
	if err := os.WriteFile(path, fmt.Appendln(nil, index, term, n), 0o600); err != nil {
		l.log.Warn("counting installed snapshots", "err", err)
	}
	return n
}
