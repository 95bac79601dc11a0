package replication

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"
	wal "github.com/hashicorp/raft-wal"
	"github.com/hashicorp/raft-wal/metadb"
)

// cachedEntries are kept in memory in front of the log; followers nearly always
// ask for these.
const cachedEntries = 1024

// stores are what raft keeps on disk. They belong to one incarnation and are
// never copied or restored.
type stores struct {
	logs  *raft.LogCache // outside the guarded store, which forwards all it must
	disk  *guardedWAL
	snaps *snapshots
	meta  *metadb.BoltMetaDB
}

// openStores opens the log and the snapshots under dir/raft. Whoever calls holds
// ledger.db open, whose lock keeps a second process out: raft-wal itself would
// wait for ever.
func openStores(c Config, b *book, dog *watchdog, fail func(error)) (*stores, error) {
	dir := filepath.Join(c.Dir, "raft")
	if err := os.MkdirAll(filepath.Join(dir, "wal"), 0o700); err != nil {
		return nil, err
	}
	logger := newHclog(c.Log)
	files, err := raft.NewFileSnapshotStoreWithLogger(dir, 2, logger.Named("snapshots"))
	if err != nil {
		return nil, fmt.Errorf("open snapshots: %w", err)
	}
	s := &stores{meta: &metadb.BoltMetaDB{}, snaps: &snapshots{FileSnapshotStore: files, book: b}}
	// A meta store of our own, since raft-wal leaves its own open and locked.
	log, err := wal.Open(filepath.Join(dir, "wal"), wal.WithMetaStore(rotated{s.meta}), wal.WithSegmentSize(c.WALSegment), wal.WithLogger(logger.Named("wal")))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open raft log: %w", err), s.meta.Close())
	}
	s.disk = &guardedWAL{wal: log, dog: dog, fail: fail, point: c.Point}
	if s.logs, err = raft.NewLogCache(cachedEntries, s.disk); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *stores) close() error { return errors.Join(s.disk.wal.Close(), s.meta.Close()) }

// guardedWAL is the raft log under a watchdog that writes nothing after its
// first fault: raft itself would go on with a wrong idea of the log.
type guardedWAL struct {
	wal    *wal.WAL
	dog    *watchdog
	fail   func(error)
	point  func(string) error
	broken atomic.Bool
	driven atomic.Bool // raft runs on this store
	fsync  durations
}

// IsMonotonic makes raft empty the log after a snapshot instead of leaving a
// gap, which this log would refuse for ever.
func (g *guardedWAL) IsMonotonic() bool { return true }

func (g *guardedWAL) write(what, point string, f func() error) error {
	if g.broken.Load() {
		return fmt.Errorf("%w: %s after a fault", ErrDisk, what)
	}
	defer g.dog.watch(what)()
	err := g.point(point)
	if err == nil {
		err = f()
	}
	if err != nil {
		g.broken.Store(true)
		err = fmt.Errorf("%w: %s: %w", ErrDisk, what, err)
		g.fail(err)
	}
	return err
}

func (g *guardedWAL) StoreLog(e *raft.Log) error { return g.StoreLogs([]*raft.Log{e}) }

func (g *guardedWAL) StoreLogs(es []*raft.Log) error {
	start := time.Now()
	err := g.write("appending to the log", "wal.append", func() error { return g.wal.StoreLogs(es) })
	g.fsync.add(time.Since(start))
	return err
}

func (g *guardedWAL) DeleteRange(min, max uint64) error {
	return g.write("shortening the log", "wal.delete", func() error { return g.wal.DeleteRange(min, max) })
}

func (g *guardedWAL) Set(key, val []byte) error {
	return g.write("storing a vote", "wal.stable", func() error { return g.wal.Set(key, val) })
}

func (g *guardedWAL) SetUint64(key []byte, val uint64) error {
	err := g.write("storing a term", "wal.stable", func() error { return g.wal.SetUint64(key, val) })
	if err != nil {
		g.leave()
	}
	return err
}

func (g *guardedWAL) GetLog(index uint64, e *raft.Log) error {
	defer g.dog.watch("reading the log")()
	err := g.wal.GetLog(index, e)
	if err != nil && !errors.Is(err, raft.ErrLogNotFound) {
		g.broken.Store(true)
		err = fmt.Errorf("%w: reading entry %d of the log: %w", ErrDisk, index, err)
		g.fail(err)
		g.leave()
	}
	return err
}

// leave ends the goroutine of raft that called, with its deferred work. Raft
// answers a term that it cannot store, or a committed entry that it cannot read,
// with a panic, and the balai's own cases must stay open when the ledger stops.
func (g *guardedWAL) leave() {
	if g.driven.Load() {
		runtime.Goexit()
	}
}

func (g *guardedWAL) Get(key []byte) ([]byte, error) {
	defer g.dog.watch("reading a vote")()
	return g.wal.Get(key)
}

func (g *guardedWAL) GetUint64(key []byte) (uint64, error) {
	defer g.dog.watch("reading a term")()
	return g.wal.GetUint64(key)
}

func (g *guardedWAL) FirstIndex() (uint64, error) { return g.wal.FirstIndex() }
func (g *guardedWAL) LastIndex() (uint64, error)  { return g.wal.LastIndex() }

var (
	_ raft.MonotonicLogStore = (*guardedWAL)(nil)
	_ raft.LogStore          = (*guardedWAL)(nil)
	_ raft.StableStore       = (*guardedWAL)(nil)
)
