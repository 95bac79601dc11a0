package replication

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"serasi/replication/ledger"
)

// Log is the replicated ledger of this node. All methods may be called from any
// goroutine.
type Log struct {
	conf       Config
	log        *slog.Logger
	book       *book
	stores     *stores
	verified   *verified
	dog        *watchdog
	trans      *transport
	raft       *raft.Raft
	introduced []Introduced
	genesis    *ledger.Signed // of a founder; proposed until it has happened
	hints      atomic.Pointer[roster]
	budgets    budgets
	latency    durations
	house      house
	remembered *mark // the witness, until the ledger has passed it

	started atomic.Bool   // raft is set
	hearing atomic.Bool   // a node with a past has not heard a majority yet
	settled atomic.Uint64 // term in which a barrier passed, at the leader
	lacking chan struct{} // has a token when we met a leader we do not know
	doubt   atomic.Bool   // perhaps there is another group now

	// intake is held for reading while a proposal enters the log, and for
	// writing while the leader changes the raft configuration: nothing may come
	// between the state it looked at and the change.
	intake sync.RWMutex

	ctx      context.Context // ends with Close and with a fault
	stop     context.CancelFunc
	wg       sync.WaitGroup
	shutdown func() raft.Future // once

	mu     sync.Mutex // guards what follows
	fault  error      // fail-stop
	halted string     // why the ledger is not followed
	bells  map[chan struct{}]struct{}
	claims map[string]*claim // what others say their history is
	closed bool
}

// Open starts taking part. Nothing listens or votes before the files are found
// to be whole: the error wraps ErrRejoin if this incarnation is over, and
// ErrForeign if the files are another's.
func Open(c Config) (*Log, error) {
	err := c.Check()
	if c.Network == nil {
		err = errors.Join(err, errors.New("replication: network is missing"))
	}
	if err != nil {
		return nil, err
	}
	l := newLog(c.filled())
	if err := l.openFiles(); err != nil {
		l.stop()
		return nil, err
	}
	l.wg.Go(func() { l.dog.run(l.ctx) })
	if err := l.startRaft(); err != nil {
		l.stop()
		l.wg.Wait()
		return nil, errors.Join(err, l.trans.Close(), l.book.close(), l.stores.close())
	}
	l.trans.start()
	if err := l.refuseOld(); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	l.wg.Go(func() { l.book.runFlusher(l.ctx) })
	l.wg.Go(l.keepHouse)
	l.wg.Go(l.hear)
	l.wg.Go(l.learnOn)
	return l, nil
}

func newLog(c Config) *Log {
	l := &Log{
		conf: c, log: c.Log, verified: &verified{}, introduced: c.Introduced, lacking: make(chan struct{}, 1),
		bells: map[chan struct{}]struct{}{}, claims: map[string]*claim{},
	}
	l.budgets.limit = c.Budget
	l.ctx, l.stop = context.WithCancel(context.Background())
	l.dog = newWatchdog(c.Timing.StallAfter, l.fail)
	l.book = newBook(c, l.verified.check, l.dog, l.fail, l.ring)
	return l
}

// fail stops the log for good: nothing is written after a fault of the disk.
func (l *Log) fail(err error) {
	l.mu.Lock()
	first := l.fault == nil && !l.closed
	if first {
		l.fault, l.halted = err, err.Error()
	}
	l.mu.Unlock()
	if !first {
		return
	}
	l.log.Error("the ledger is stopped", "err", err)
	l.stores.disk.broken.Store(true)
	if l.started.Load() {
		l.shutdown()
	}
	l.conf.Fatal(err)
}

// halt ends following the ledger and nothing else: what is applied stays
// readable, and the node goes on with its own cases.
func (l *Log) halt(why string) {
	l.mu.Lock()
	first := l.halted == ""
	if first {
		l.halted = why
	}
	l.mu.Unlock()
	if first {
		l.log.Error("the ledger is not followed any more", "why", why)
	}
}

// outcast is halt for a node that is no part of the group any more.
func (l *Log) outcast(why string) {
	l.halt(why)
	l.shutdown()
}

func (l *Log) haltedBy() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.halted
}

// Close stops taking part and writes what is left to write. It waits for all
// that Open started.
func (l *Log) Close() error {
	l.mu.Lock()
	again := l.closed
	l.closed = true
	fault := l.fault
	l.mu.Unlock()
	if again {
		return nil
	}
	l.stop()
	done := l.shutdown()
	err := errors.Join(l.trans.Close(), done.Error())
	l.wg.Wait()
	if fault == nil {
		l.book.flush()
		err = errors.Join(err, l.writeWitness())
	}
	return errors.Join(err, l.book.db.Load().Close(), l.stores.close())
}

// fsm is how raft drives the log. It has no rules of its own.
type fsm struct{ *Log }

func (f fsm) Apply(e *raft.Log) any               { return f.ApplyBatch([]*raft.Log{e})[0] }
func (f fsm) ApplyBatch(es []*raft.Log) []any     { return f.apply(es) }
func (f fsm) Snapshot() (raft.FSMSnapshot, error) { return f.capture() }
func (f fsm) Restore(rc io.ReadCloser) error      { return f.restore(rc) }

var _ raft.BatchingFSM = fsm{}

func (l *Log) apply(es []*raft.Log) []any {
	answers, err := l.book.apply(es)
	switch {
	case errors.Is(err, ledger.ErrNewer):
		l.halt(err.Error())
	case err != nil && !errors.Is(err, ErrStopped):
		l.fail(err)
	}
	return answers
}

// capture is the state for a snapshot. All that was applied is on disk by then,
// so a snapshot never holds less than its index says.
func (l *Log) capture() (raft.FSMSnapshot, error) {
	if why := l.haltedBy(); why != "" {
		return nil, fmt.Errorf("%w: %s", ErrStopped, why) // else raft drops entries that were never applied
	}
	l.book.flush()
	if l.book.flushed.Load().index < l.book.applied.Load() {
		return nil, ErrDisk
	}
	tx, err := l.book.begin()
	if err != nil {
		return nil, err
	}
	return capture{l.book, tx}, nil
}

// restore exchanges the state for that of a snapshot. A node whose state is
// half exchanged must not go on.
func (l *Log) restore(rc io.ReadCloser) error {
	err := errors.Join(l.book.restore(rc), rc.Close())
	if err != nil {
		l.fail(fmt.Errorf("restore snapshot: %w", err))
	}
	return err
}

// ring wakes all subscribers; it never waits for who hears it.
func (l *Log) ring() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for bell := range l.bells {
		select {
		case bell <- struct{}{}:
		default: // a token is waiting; one is enough
		}
	}
}

// Subscribe returns a bell of its own that rings after the ledger moved on here.
// It carries no data: ask Since. A lost ring costs only time, so a reader also
// asks now and then by itself. cancel ends it.
func (l *Log) Subscribe() (wake <-chan struct{}, cancel func()) {
	bell := make(chan struct{}, 1)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bells[bell] = struct{}{}
	return bell, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.bells, bell)
	}
}

// leads reports whether this node leads as far as it knows.
func (l *Log) leads() bool { return l.raft.State() == raft.Leader && !l.mute() }

// leader returns the code of the leader, or nothing.
func (l *Log) leader() string {
	addr, _ := l.raft.LeaderWithID()
	return string(addr)
}

// mute reports whether this node must neither lead nor stand for election.
func (l *Log) mute() bool {
	return !l.started.Load() || l.hearing.Load() || l.skewed()
}

func (l *Log) configuration() raft.Configuration {
	return l.raft.GetConfiguration().Configuration()
}

// await waits for a future of raft no longer than ctx lasts.
func await(ctx context.Context, f raft.Future) error {
	done := make(chan error, 1)
	go func() { done <- f.Error() }() // ends with the decision, or with the group
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-done:
		return err
	}
}

const enqueue = 5 * time.Second // raft's time-outs cover queueing only
