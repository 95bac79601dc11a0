package store

import (
	"context"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
	"golang.org/x/sys/unix"

	"serasi/node/casework"
)

// The files of a store. What begins with a dot is half made and removed at
// start.
const (
	fileName    = "node.db"
	lockName    = "store.lock"
	blobFolder  = "blobs"
	packFolder  = "packets"
	halfMade    = ".new-"
	compactName = ".new-node.db"
	restoreName = ".new-restored.db"
)

// The buckets of node.db.
var (
	metaBucket = []byte("meta")
	keysBucket = []byte("keys") // number of a data key -> the key, wrapped
	rowsBucket = []byte("rows") // see rowKey
)

// DB is an open store. Its methods may be called by many goroutines.
type DB struct {
	cfg     Config
	lock    *os.File
	pack    *packer
	ring    ring
	queue   queue
	figures figures
	blobs   blobs
	broke   atomic.Pointer[error] // why writing stopped
	owned   sync.Map              // tables that have rows of cases

	fileMu sync.RWMutex // guards file and memory for readers; only the writer changes them
	file   *bbolt.DB    // compaction replaces it
	memory *memory      // what only the journal has; never changed once it is here

	journals journals // of the writer
	nextKey  uint64   // of the writer: number of the next data key
	capture  *capture // of the writer: what a running compaction must catch up with

	ctx     context.Context // ends with Close, for the janitor
	cancel  context.CancelFunc
	chore   chan struct{} // one token: compaction, shredding
	tidy    chan struct{} // one token: the janitor has work
	written chan struct{} // closed when the writer has ended
	cleaned chan struct{} // closed when the janitor has ended
}

var _ casework.Store = (*DB)(nil)

// Open opens the store in c.Dir and makes it if there is none. It gives up
// after two seconds if another process has it.
func Open(c Config) (*DB, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	db := &DB{
		cfg:     c.withDefaults(),
		ring:    ring{boxes: map[uint64]cipher.AEAD{}},
		queue:   queue{bell: make(chan struct{}, 1)},
		chore:   make(chan struct{}, 1),
		tidy:    make(chan struct{}, 1),
		written: make(chan struct{}),
		cleaned: make(chan struct{}),
		memory:  newMemory(),
	}
	db.chore <- struct{}{}
	if err := db.prepareFolder(); err != nil {
		return nil, err
	}
	if err := db.load(); err != nil {
		return nil, errors.Join(err, db.release(false))
	}
	db.ctx, db.cancel = context.WithCancel(context.Background())
	go db.write()
	go db.clean()
	return db, nil
}

// prepareFolder makes the folders, takes the lock and removes what is half made.
func (db *DB) prepareFolder() error {
	for _, dir := range []string{"", blobFolder, packFolder} {
		if err := os.MkdirAll(db.path(dir), 0o700); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	var err error
	if db.lock, err = takeLock(db.path(lockName), 2*time.Second); err != nil {
		return err
	}
	for _, dir := range []string{"", blobFolder, packFolder} {
		if err := removeHalfMade(db.path(dir)); err != nil {
			return errors.Join(err, db.lock.Close())
		}
	}
	return nil
}

func (db *DB) path(name string) string { return filepath.Join(db.cfg.Dir, name) }

// takeLock locks the file at path for this process. A lock of its own is needed
// beside that of node.db, because compaction puts another file in its place.
func takeLock(path string, patience time.Duration) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: lock: %w", err)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; <-tick.C {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) || time.Now().After(end) {
			break
		}
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = casework.Conflict.Because("another process uses %s: stop that node first", filepath.Dir(path))
	}
	return nil, errors.Join(err, f.Close())
}

// InUse reports whether a process has the store in dir open. It changes nothing.
func InUse(dir string) bool {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	_ = f.Close() // frees the lock
	return errors.Is(err, unix.EWOULDBLOCK)
}

func removeHalfMade(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), halfMade) {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return fmt.Errorf("store: %w", err)
			}
		}
	}
	return nil
}

// load opens the file and settles with the vault which key epoch it is in.
func (db *DB) load() error {
	var err error
	if db.pack, err = newPacker(); err != nil {
		return err
	}
	if err := db.noteUnclean(); err != nil {
		return err
	}
	path := db.path(fileName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := noJournals(db.cfg.Dir); err != nil {
			return err
		}
		epoch, err := db.cfg.Vault.Settle(0)
		if err != nil {
			return fmt.Errorf("store: %w", err)
		}
		if err := createFile(&db.cfg, path, epoch); err != nil {
			return err
		}
	}
	if db.file, err = openFile(&db.cfg, path); err != nil {
		return err
	}
	if err := db.readMeta(); err != nil {
		return err
	}
	if err := db.openJournals(); err != nil {
		return err
	}
	if err := db.learn(); err != nil {
		return err
	}
	if err := db.loadBallast(); err != nil {
		return err
	}
	db.tidyIfLoose()
	return nil
}

func openFile(c *Config, path string) (*bbolt.DB, error) {
	file, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:         2 * time.Second,
		NoFreelistSync:  true,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: c.Mmap,
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, casework.Conflict.Because("another process uses %s: stop that node first", path)
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrChecksum), errors.Is(err, berrors.ErrVersionMismatch):
		return nil, fmt.Errorf("store: %s is damaged or no database; keep it and restore a backup: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("store: open %s: %w", path, err)
	}
	file.AllocSize = 8 << 20 // bytes the file grows by
	return file, nil
}

// createFile makes an empty file that is whole or absent after a power cut:
// bbolt's own creation is neither.
func createFile(c *Config, path string, epoch uint64) error {
	half := filepath.Join(filepath.Dir(path), halfMade+"created.db")
	file, err := openFile(c, half)
	if err != nil {
		return err
	}
	err = file.Update(func(tx *bbolt.Tx) error { return writeMeta(c, tx, epoch) })
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("store: create %s: %w", path, err)
	}
	if err := os.Rename(half, path); err != nil {
		return fmt.Errorf("store: create %s: %w", path, err)
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// Close finishes the updates that wait, refuses new ones, and closes the store
// when the last view has ended.
func (db *DB) Close() error {
	db.queue.close(errClosed())
	<-db.written
	db.cancel()
	<-db.cleaned
	return db.release(true)
}

// release closes the files. A store that ended in order leaves the list of free
// pages in the file, so that the next start need not walk all pages.
func (db *DB) release(inOrder bool) error {
	db.fileMu.Lock()
	file := db.file
	db.file = nil
	db.fileMu.Unlock()
	if db.lock == nil {
		return nil // closed before
	}
	var errs []error
	inOrder = inOrder && db.broken() == nil
	if file != nil && inOrder {
		file.NoFreelistSync = false
		errs = append(errs, file.Update(func(*bbolt.Tx) error { return nil }))
	}
	if file != nil {
		errs = append(errs, file.Close())
	}
	for _, j := range db.journals.pair {
		if j != nil {
			errs = append(errs, j.f.Close())
		}
	}
	if db.pack != nil {
		errs = append(errs, db.pack.close())
	}
	if inOrder && errors.Join(errs...) == nil {
		errs = append(errs, db.lock.Truncate(0))
	}
	errs = append(errs, db.lock.Close())
	db.lock = nil
	return errors.Join(errs...)
}

// noteUnclean reads the mark that a run leaves in the lock file until it ends in
// order, and sets it for this run.
func (db *DB) noteUnclean() error {
	info, err := db.lock.Stat()
	if err != nil {
		return fmt.Errorf("store: lock: %w", err)
	}
	db.figures.note(func(s *Stats) { s.Unclean = info.Size() > 0 })
	if info.Size() > 0 {
		db.cfg.Log.Warn("the store was not closed in order; a check is due")
		return nil
	}
	_, err = db.lock.WriteAt([]byte("in use\n"), 0)
	if err = errors.Join(err, db.lock.Sync()); err != nil {
		return fmt.Errorf("store: lock: %w", err)
	}
	return nil
}

// The bucket meta.
var (
	formatKey   = []byte("format")   // of the whole file
	epochKey    = []byte("epoch")    // key epoch that all keys are wrapped in
	seqKey      = []byte("seq")      // last commit that is in the file; later ones are in the journal
	looseKey    = []byte("loose")    // the file holds what was shredded, until it is compacted
	schemaStart = []byte("schema/")  // table -> highest schema version written
	ownedStart  = []byte("of-case/") // tables that have rows of cases
)

const format = 1

func ownedKey(t casework.Table) []byte { return append(append([]byte{}, ownedStart...), t...) }

func writeMeta(c *Config, tx *bbolt.Tx, epoch uint64) error {
	for _, name := range [][]byte{metaBucket, keysBucket, rowsBucket} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	meta := tx.Bucket(metaBucket)
	return errors.Join(
		meta.Put(formatKey, []byte{format}),
		meta.Put(epochKey, binary.BigEndian.AppendUint64(nil, epoch)),
		raiseSchemas(c, meta))
}

// raiseSchemas writes that rows may now be of this program's schema versions.
func raiseSchemas(c *Config, meta *bbolt.Bucket) error {
	for t := range c.Migrate {
		key := append(append([]byte{}, schemaStart...), t...)
		if err := meta.Put(key, []byte{c.schema(t)}); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	return nil
}

// Exists reports whether there is a store in dir.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, fileName))
	return err == nil
}
