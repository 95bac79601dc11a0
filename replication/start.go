package replication

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/hashicorp/raft"
	"go.etcd.io/bbolt"

	"serasi/replication/ledger"
)

// Found prepares the files of a founder; Open then takes part. genesis is the
// first command of the federation, signed by the first founder of its charter
// and the same bytes at every founder. All founders bootstrap raft with the same
// configuration, made from the charter; whoever leads first proposes the
// genesis, and twice is once. Found may be repeated after a crash.
func Found(c Config, genesis ledger.Signed) error {
	if err := c.Check(); err != nil {
		return err
	}
	c = c.filled()
	ch, err := charterOf(genesis)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(ch.Founders, func(f ledger.Founding) bool { return f.Code == c.Self })
	if ch.Federation() != c.Federation || i < 0 || ch.Founders[i].Raft != c.Raft {
		return fmt.Errorf("replication: %s is no founder of this federation in this incarnation", c.Self)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return err
	}
	path := filepath.Join(c.Dir, "ledger.db")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		err := createBook(path, owner(c), func(tx *bbolt.Tx) error {
			return tx.Bucket(metaBucket).Put(genesisKey, append(genesis.Sig[:], genesis.Bytes...))
		})
		if err != nil {
			return err
		}
	}
	return bootstrap(c, ch)
}

func charterOf(genesis ledger.Signed) (ledger.Charter, error) {
	cmd, err := ledger.DecodeCommand(genesis.Bytes)
	if err != nil {
		return ledger.Charter{}, fmt.Errorf("genesis: %w", err)
	}
	body, ok := cmd.Body.(*ledger.GenesisBody)
	if !ok {
		return ledger.Charter{}, fmt.Errorf("genesis: is %v", cmd.Act)
	}
	return ledger.DecodeCharter(body.Core)
}

// bootstrap writes the first configuration, unless there is one.
func bootstrap(c Config, ch ledger.Charter) error {
	l := newLog(c)
	defer l.stop()
	if err := l.book.open(); err != nil { // also keeps others out
		return err
	}
	s, err := openStores(c, l.book, l.dog, l.fail)
	if err != nil {
		return errors.Join(err, l.book.db.Load().Close())
	}
	l.stores = s
	var first raft.Configuration
	for _, f := range ch.Founders {
		first.Servers = append(first.Servers, raft.Server{ID: serverID(f.Raft), Address: raft.ServerAddress(f.Code)})
	}
	err = raft.BootstrapCluster(l.raftConfig(), s.logs, s.disk, s.snaps, nil, first)
	if errors.Is(err, raft.ErrCantBootstrap) {
		err = nil
	}
	return errors.Join(err, s.close(), l.book.db.Load().Close())
}

func owner(c Config) []byte { return append(c.Federation[:], c.Raft[:]...) }

func newBook(c Config, check ledger.Verify, dog *watchdog, fail func(error), rang func()) *book {
	return &book{
		path: filepath.Join(c.Dir, "ledger.db"), owner: owner(c), check: check, point: c.Point, dog: dog, fail: fail, rang: rang,
		kick: make(chan struct{}, 1), turn: make(chan struct{}, 1),
	}
}

// openFiles opens all that is on disk. A node that has nothing yet is a
// newcomer and gets an empty ledger.
func (l *Log) openFiles() error {
	if err := os.MkdirAll(l.conf.Dir, 0o700); err != nil {
		return err
	}
	for _, left := range []string{".new", ".tmp"} { // of a rebuild or a creation that a crash ended
		if err := os.Remove(l.book.path + left); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if _, err := os.Stat(l.book.path); errors.Is(err, os.ErrNotExist) {
		if err := createBook(l.book.path, l.book.owner, func(*bbolt.Tx) error { return nil }); err != nil {
			return err
		}
	}
	if err := l.book.open(); err != nil {
		return err
	}
	s, err := openStores(l.conf, l.book, l.dog, l.fail)
	if err != nil {
		return errors.Join(err, l.book.db.Load().Close())
	}
	l.stores = s
	err = errors.Join(l.readGenesis(), l.readWitness())
	if err != nil {
		err = errors.Join(err, s.close(), l.book.db.Load().Close())
	}
	return err
}

// readGenesis makes the founders of a founder known to the guard.
func (l *Log) readGenesis() error {
	var raw []byte
	err := l.book.view(func(tx *bbolt.Tx) error {
		raw = append(raw, tx.Bucket(metaBucket).Get(genesisKey)...)
		return nil
	})
	if err != nil || len(raw) < 64 {
		return err
	}
	l.genesis = &ledger.Signed{Bytes: raw[64:], Sig: [64]byte(raw[:64])}
	ch, err := charterOf(*l.genesis)
	for _, f := range ch.Founders {
		l.introduced = append(l.introduced, Introduced{f.Code, f.Raft, true})
	}
	return err
}

func (l *Log) raftConfig() *raft.Config {
	t, r := l.conf.Timing, raft.DefaultConfig()
	r.LocalID = serverID(l.conf.Raft)
	r.HeartbeatTimeout, r.ElectionTimeout, r.LeaderLeaseTimeout, r.CommitTimeout = t.Heartbeat, t.Election, t.Lease, t.Commit
	r.SnapshotInterval, r.SnapshotThreshold, r.TrailingLogs = t.Snapshot, l.conf.SnapshotThreshold, l.conf.TrailingLogs
	r.MaxAppendEntries = 256
	if l.conf.Profile == WAN {
		r.MaxAppendEntries = 16 // about a megabyte at most, which a poor line carries within one call's time
	}
	r.ShutdownOnRemove = false // we stop by ourselves, and say why
	r.NoLegacyTelemetry = true
	r.Logger = newHclog(l.log)
	return r
}

// startRaft checks that the files fit each other and starts raft on them.
func (l *Log) startRaft() error {
	rc := l.raftConfig()
	g := &guard{l}
	l.stores.snaps.judge = g.inSnapshot
	l.stores.snaps.newer = func() { l.halt(ledger.ErrNewer.Error()) }
	l.trans = newTransport(string(l.conf.Self), l.conf, rc.Logger.Named("net"))
	l.trans.judge, l.trans.mute, l.trans.leads, l.trans.admit, l.trans.hello, l.trans.parted = g, l.mute, l.leads, l.fits, l.hello, l.parted
	past, err := l.startRule(rc)
	if err != nil {
		return err
	}
	l.raft, err = raft.NewRaft(rc, fsm{l}, l.stores.logs, l.stores.disk, l.stores.snaps, l.trans)
	if err != nil {
		return fmt.Errorf("start raft: %w", err)
	}
	l.stores.disk.driven.Store(true)
	l.shutdown = sync.OnceValue(l.raft.Shutdown)
	l.hearing.Store(past)
	l.started.Store(true)
	return nil
}

// startRule decides how raft begins on what is there, and refuses files that do
// not fit each other. It reports whether this node has a past.
//
// With a applied in ledger.db, s the newest snapshot and l the last log entry:
// a beyond both means that raft lost its promises. A state at or beyond the
// snapshot is kept, since raft would throw it back. A log that ends before the
// snapshot is the rest of an installation that a crash ended, and is emptied,
// for it will never take the entry after the snapshot.
func (l *Log) startRule(rc *raft.Config) (past bool, err error) {
	list, err := l.stores.snaps.List()
	if err != nil {
		return false, fmt.Errorf("list snapshots: %w", err)
	}
	s := uint64(0)
	if len(list) > 0 {
		s = list[0].Index
		l.book.snapshot.Store(s)
	}
	first, err1 := l.stores.disk.FirstIndex()
	last, err2 := l.stores.disk.LastIndex()
	past, err3 := raft.HasExistingState(l.stores.logs, l.stores.disk, l.stores.snaps)
	if err := errors.Join(err1, err2, err3); err != nil {
		return past, fmt.Errorf("look at the raft log: %w", err)
	}
	a := l.book.flushed.Load().index
	if a > max(s, last) || l.genesis != nil && !past {
		return past, fmt.Errorf("%w: applied up to %d, but the raft log ends at %d", ErrRejoin, a, max(s, last))
	}
	if last > 0 && last < s {
		if err := l.stores.logs.DeleteRange(first, last); err != nil {
			return past, err
		}
	}
	rc.NoSnapshotRestoreOnStart = a >= s
	return past && a > 0, nil
}

// hello is what we say of ourselves on a new connection.
func (l *Log) hello() preamble {
	p := preamble{raft: l.conf.Raft}
	p.federation, _ = l.group()
	p.floor = l.book.flushed.Load().index
	p.term, p.last = l.raft.CurrentTerm(), max(l.raft.LastIndex(), p.floor)
	return p
}
