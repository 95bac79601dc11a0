package node

import (
	"context"
	"sync"

	"serasi/replication"
	"serasi/replication/ledger"
)

// late is the ledger of a node that may not be a member yet. Until it is, the
// ledger is empty and proposals have no outcome: offers wait in the outbox like
// those of a node whose cable is cut.
type late struct {
	mu   sync.Mutex // guards log and subs
	log  *replication.Log
	subs map[*lateSub]struct{}
}

// lateSub is one bell, fed from the log once there is one.
type lateSub struct {
	bell   chan struct{}
	cancel func()
	done   chan struct{}
}

func newLate() *late { return &late{subs: map[*lateSub]struct{}{}} }

// arrive gives the log to all who wait for it.
func (l *late) arrive(log *replication.Log) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.log = log
	for s := range l.subs {
		s.follow(log)
	}
}

func (l *late) now() *replication.Log {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.log
}

func (s *lateSub) follow(log *replication.Log) {
	wake, cancel := log.Subscribe()
	stop := make(chan struct{})
	s.done = make(chan struct{})
	s.cancel = sync.OnceFunc(func() { cancel(); close(stop) })
	go func() { // ends with cancel
		defer close(s.done)
		for {
			select {
			case <-stop:
				return
			case _, open := <-wake:
				if !open {
					return
				}
				ring(s.bell)
			}
		}
	}()
	ring(s.bell)
}

// ring wakes whoever listens; one token is enough.
func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

func (l *late) Subscribe() (<-chan struct{}, func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &lateSub{bell: make(chan struct{}, 1)}
	l.subs[s] = struct{}{}
	if l.log != nil {
		s.follow(l.log)
	}
	return s.bell, func() {
		l.mu.Lock()
		delete(l.subs, s)
		l.mu.Unlock()
		if s.cancel != nil {
			s.cancel()
			<-s.done
		}
	}
}

func (l *late) Propose(ctx context.Context, p ledger.Proposal) (ledger.Result, error) {
	if log := l.now(); log != nil {
		return log.Propose(ctx, p)
	}
	return ledger.Result{}, replication.ErrUnknown
}

func (l *late) Since(n uint64, limit int) ([]ledger.Event, error) {
	if log := l.now(); log != nil {
		return log.Since(n, limit)
	}
	return nil, nil
}

func (l *late) View(f func(ledger.View) error) error {
	if log := l.now(); log != nil {
		return log.View(f)
	}
	return f(ledger.On(nothing{}))
}

func (l *late) Fresh(ctx context.Context) (uint64, error) {
	if log := l.now(); log != nil {
		return log.Fresh(ctx)
	}
	return 0, replication.ErrUnknown
}

// nothing is a ledger without rows.
type nothing struct{}

func (nothing) Get([]byte) []byte                                { return nil }
func (nothing) Scan(_, _ []byte, _ func(key, value []byte) bool) {}
