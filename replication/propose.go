package replication

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"serasi/replication/ledger"
)

// Propose offers p to the group, through whoever leads, and waits for the
// ledger's answer. A refusal is an answer; if its reason is not Final, the same
// bytes may be sent again later. Every error but ErrDiverged and ErrStopped is
// ErrUnknown: the outcome may yet be either, and the same bytes must be sent
// again until there is an answer. Without a leader it waits for one as long as
// ctx lasts.
//
// The answer says what the ledger holds, not that Since shows it here already.
func (l *Log) Propose(ctx context.Context, p ledger.Proposal) (ledger.Result, error) {
	if l.Diverged() {
		return ledger.Result{}, ErrDiverged
	}
	for {
		r, err := l.attempt(ctx, p)
		if none := (NotLeader{}); !errors.As(err, &none) {
			return r, err
		}
		select {
		case <-ctx.Done():
			return ledger.Result{}, fmt.Errorf("%w: %w: %w", ErrUnknown, err, ctx.Err())
		case <-l.ctx.Done():
			return ledger.Result{}, ErrStopped
		case <-time.After(l.patience()):
		}
	}
}

// patience is how long to wait before asking again who leads.
func (l *Log) patience() time.Duration {
	return min(max(l.conf.Timing.Heartbeat/20, 5*time.Millisecond), 500*time.Millisecond)
}

func (l *Log) attempt(ctx context.Context, p ledger.Proposal) (ledger.Result, error) {
	if why := l.haltedBy(); why != "" {
		return ledger.Result{}, fmt.Errorf("%w: %s", ErrStopped, why)
	}
	if l.leads() {
		return l.decide(ctx, string(l.conf.Self), p)
	}
	leader := l.leader()
	if leader == "" || leader == string(l.conf.Self) || l.conf.Forward == nil {
		return ledger.Result{}, NotLeader{}
	}
	b, err := l.conf.Forward.Propose(ctx, leader, p.Encode())
	if none := (NotLeader{}); errors.As(err, &none) {
		return ledger.Result{}, none
	}
	if err != nil {
		return ledger.Result{}, fmt.Errorf("%w: through %s: %w", ErrUnknown, leader, err)
	}
	r, err := ledger.DecodeResult(b)
	if err != nil {
		return r, fmt.Errorf("%w: answer of %s: %w", ErrUnknown, leader, err)
	}
	return r, nil
}

// Receive answers a proposal that another node forwarded. from is its proven
// code, proposal and the answer are as encoded by the ledger. The error is a
// NotLeader if this node does not lead, and else means that the outcome is
// unknown.
func (l *Log) Receive(ctx context.Context, from string, proposal []byte) ([]byte, error) {
	p, err := ledger.DecodeProposal(proposal)
	if err != nil {
		return ledger.Result{Refused: ledger.Malformed}.Encode(), nil
	}
	if !l.leads() {
		return nil, NotLeader{l.leader()}
	}
	r, err := l.decide(ctx, from, p)
	if err != nil {
		return nil, err
	}
	return r.Encode(), nil
}

// decide orders p as the leader. What it refuses by itself rests on facts that
// every node's Apply would find too.
func (l *Log) decide(ctx context.Context, from string, p ledger.Proposal) (ledger.Result, error) {
	if !l.budgets.spend(from) {
		return ledger.Result{Refused: ledger.OverBudget}, nil
	}
	start := time.Now()
	entry := ledger.Entry{Stamp: l.stamp(), Proposal: p}.Encode()
	if why := l.screen(entry); why != ledger.NotRefused {
		return ledger.Result{Refused: why}, nil
	}
	if err := l.conf.Point("leader.before-append"); err != nil {
		return ledger.Result{}, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	l.intake.RLock()
	f := l.raft.Apply(entry, enqueue)
	l.intake.RUnlock()
	if err := await(ctx, f); err != nil {
		return ledger.Result{}, fmt.Errorf("%w: %w", ErrUnknown, err) // raft's errors do not say whether it was taken
	}
	a, ok := f.Response().(answer)
	if !ok {
		return ledger.Result{}, ErrUnknown
	}
	if a.err != nil {
		return ledger.Result{}, fmt.Errorf("%w: %w", ErrUnknown, a.err)
	}
	l.latency.add(time.Since(start))
	if err := l.conf.Point("leader.after-commit"); err != nil {
		return ledger.Result{}, fmt.Errorf("%w: %w", ErrUnknown, err)
	}
	return a.Result, nil
}

// screen keeps out of the log what every guard would refuse to store.
func (l *Log) screen(entry []byte) ledger.Reason {
	members := l.book.roster.Load()
	known, err := ledger.On(members).Vet(entry, l.verified.check)
	switch {
	case errors.Is(err, ledger.ErrMalformed):
		return ledger.Malformed
	case err != nil:
		return ledger.BadSignature
	case known, !members.founded && (&guard{l}).isGenesis(entry):
		return ledger.NotRefused
	case !members.founded:
		return ledger.NoFederation
	default:
		return ledger.UnknownKey
	}
}

// SetBudget bounds what members may propose from now on; zero fields are the
// defaults.
func (l *Log) SetBudget(limit Budget) {
	l.budgets.mu.Lock()
	defer l.budgets.mu.Unlock()
	l.budgets.limit = limit.filled()
}

// budgets is what each member may still propose.
type budgets struct {
	mu    sync.Mutex // guards both
	limit Budget
	all   map[string]purse
}

type purse struct {
	left float64
	at   time.Time
}

func (b *budgets) spend(from string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	limit := b.limit
	if b.all == nil {
		b.all = map[string]purse{}
	}
	now := time.Now()
	p, known := b.all[from]
	if !known {
		p = purse{float64(limit.Burst), now}
	}
	p.left = min(float64(limit.Burst), p.left+now.Sub(p.at).Seconds()*limit.PerSecond)
	p.at = now
	ok := p.left >= 1
	if ok {
		p.left--
	}
	b.all[from] = p
	return ok
}
