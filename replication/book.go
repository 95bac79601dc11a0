package replication

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"serasi/replication/ledger"
)

// Buckets and keys of ledger.db. They are stored: only ever add.
var (
	rowsBucket = []byte("rows") // the state of the ledger
	metaBucket = []byte("meta")
	runsBucket = []byte("runs") // first index -> last index, term
	seenBucket = []byte("seen") // raft id -> highest position it ever claimed

	formatKey  = []byte("format")
	ownerKey   = []byte("owner")   // federation, raft id
	appliedKey = []byte("applied") // index, term
	genesisKey = []byte("genesis") // of a founder: signature, command
)

const bookFormat = 1

// book is ledger.db, with what was applied and is not written yet on top.
//
// Applying works in memory, because an entry that raft calls committed is
// already on the disks of a majority: a second fsync in that path would buy
// nothing. A flush then writes all rows that changed, and the index up to which
// they were applied, in one transaction, so that what is on disk is always a
// true prefix of the log. A crash loses only what raft will hand over again.
type book struct {
	path  string
	owner []byte
	check ledger.Verify
	point func(string) error
	dog   *watchdog
	fail  func(error) // fail-stop: nothing is written afterwards
	rang  func()      // called after each flush

	db       atomic.Pointer[bbolt.DB]
	roster   atomic.Pointer[roster]
	applied  atomic.Uint64 // index applied in memory
	flushed  atomic.Pointer[mark]
	ready    atomic.Pointer[ledger.SnapshotHeader] // of a verified ledger.db.new
	snapshot atomic.Uint64                         // index of the newest snapshot
	kick     chan struct{}                         // has a token when there is something to flush
	turn     chan struct{}                         // holds a token while nobody flushes or replaces the file

	mu       sync.Mutex // guards what follows, for one batch of work in memory
	active   *layer
	flushing *layer
	hot      map[string][]byte
	term     uint64
	runs     []run
	seen     map[ledger.RaftID]position
	claimed  bool // seen changed
	dirty    bool // something is to be flushed
	broken   bool // never written again
}

// mark is a point of history that is on disk.
type mark struct {
	index, term uint64
	event       uint64
	head        ledger.Hash
	time        ledger.Time
}

// Bounds of what is applied and not yet written; beyond them applying waits.
const (
	maxPendingRows  = 100_000
	maxPendingBytes = 64 << 20
)

func bookOptions() *bbolt.Options {
	return &bbolt.Options{
		Timeout: 2 * time.Second, NoFreelistSync: true, FreelistType: bbolt.FreelistMapType,
		InitialMmapSize: 1 << 30, // so that growing does not wait for readers
	}
}

// createBook makes an empty ledger.db, whole or not at all.
func createBook(path string, owner []byte, more func(*bbolt.Tx) error) error {
	tmp := path + ".tmp"
	if err := os.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	db, err := bbolt.Open(tmp, 0o600, bookOptions())
	if err != nil {
		return fmt.Errorf("create %s: %w", filepath.Base(path), err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		if err := layOut(tx, owner); err != nil {
			return err
		}
		return more(tx)
	})
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("create %s: %w", filepath.Base(path), err)
	}
	return moveInto(tmp, path)
}

func layOut(tx *bbolt.Tx, owner []byte) error {
	for _, name := range [][]byte{rowsBucket, metaBucket, runsBucket, seenBucket} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	meta := tx.Bucket(metaBucket)
	return errors.Join(meta.Put(formatKey, []byte{bookFormat}), meta.Put(ownerKey, owner))
}

// moveInto renames a synced file so that the name survives a power cut.
func moveInto(tmp, path string) error {
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// open opens ledger.db and loads what is kept in memory.
func (b *book) open() error {
	db, err := bbolt.Open(b.path, 0o600, bookOptions())
	if err != nil {
		return fmt.Errorf("open ledger.db: %w", err)
	}
	if err := b.load(db); err != nil {
		return errors.Join(err, db.Close())
	}
	return nil
}

// load makes db the file of b and forgets what was applied on top of another.
func (b *book) load(db *bbolt.DB) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var hot map[string][]byte
	seen := map[ledger.RaftID]position{}
	var at mark
	var runs []run
	err := db.View(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(metaBucket)
		if meta == nil || tx.Bucket(rowsBucket) == nil || len(meta.Get(formatKey)) != 1 || meta.Get(formatKey)[0] != bookFormat {
			return fmt.Errorf("ledger.db: unknown format")
		}
		if string(meta.Get(ownerKey)) != string(b.owner) {
			return fmt.Errorf("ledger.db: %w", ErrForeign)
		}
		at = readMark(tx)
		runs = readRuns(tx)
		hot = readHot(reader{tx.Bucket(rowsBucket)})
		return tx.Bucket(seenBucket).ForEach(func(k, v []byte) error {
			if len(k) == 8 && len(v) == 16 {
				seen[ledger.RaftID(k)] = position{term: binary.BigEndian.Uint64(v), floor: binary.BigEndian.Uint64(v[8:])}
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	b.active, b.flushing, b.hot, b.runs, b.dirty = &layer{}, nil, hot, runs, false
	if b.seen == nil {
		b.seen = seen
	}
	b.term = at.term
	b.roster.Store(newRoster(hot, at.event))
	b.applied.Store(at.index)
	b.flushed.Store(&at)
	b.db.Store(db)
	return nil
}

func readMark(tx *bbolt.Tx) (at mark) {
	if v := tx.Bucket(metaBucket).Get(appliedKey); len(v) == 16 {
		at.index, at.term = binary.BigEndian.Uint64(v), binary.BigEndian.Uint64(v[8:])
	}
	at.event, at.head, at.time = ledger.On(reader{tx.Bucket(rowsBucket)}).Head()
	return at
}

// view calls f in a read transaction. The file may be exchanged by a snapshot
// between two calls.
func (b *book) view(f func(*bbolt.Tx) error) error {
	tx, err := b.begin()
	if err != nil {
		return err
	}
	return errors.Join(f(tx), tx.Rollback())
}

func (b *book) begin() (*bbolt.Tx, error) {
	for {
		db := b.db.Load()
		tx, err := db.Begin(false)
		if err == nil || !errors.Is(err, bolterrors.ErrDatabaseNotOpen) || b.db.Load() == db {
			return tx, err
		}
	}
}

// close writes what is left and closes the file.
func (b *book) close() error {
	b.flush()
	return b.db.Load().Close()
}

func be(vs ...uint64) (k []byte) {
	for _, v := range vs {
		k = binary.BigEndian.AppendUint64(k, v)
	}
	return k
}

func (b *book) pendingRows() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := b.active.count
	if b.flushing != nil {
		n += b.flushing.count
	}
	return n
}
