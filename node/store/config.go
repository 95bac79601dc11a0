package store

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"serasi/node/casework"
)

// Vault is what the store needs of the keys at rest. node/vault implements it.
//
// Wrap, Unwrap and the stream methods may be called by many goroutines. A turn
// (Prepare, Rewrap for every living key, Commit) is done by one while nobody
// wraps; Abandon undoes Prepare.
type Vault interface {
	// Settle is told the epoch that the data names, 0 for a new store, and
	// returns the one in force. It destroys all others.
	Settle(named uint64) (uint64, error)
	// Wrap encrypts a 32-byte data key; Unwrap needs the same place.
	Wrap(place, key []byte) ([]byte, error)
	Unwrap(place, wrapped []byte) ([]byte, error)
	// Box makes the cipher of a data key, with the nonce kept in the sealed
	// text: callers pass nil as nonce.
	Box(key []byte) (cipher.AEAD, error)
	// SealStream and OpenStream do the same for files of any length. Close
	// ends the stream and leaves w open.
	SealStream(w io.Writer, box cipher.AEAD, place []byte) io.WriteCloser
	OpenStream(r io.Reader, box cipher.AEAD, place []byte) io.Reader

	Prepare() (next uint64, err error)
	Rewrap(place, wrapped []byte) ([]byte, error)
	Commit() error
	Abandon() error
	// Forget is called when no reader of data from before the last turn is left.
	Forget()
}

// A Migration turns the JSON of a row of one schema version into the next. It
// must be pure: it runs each time an old row is read, until that row is written
// again.
type Migration func(row []byte) ([]byte, error)

// Config says where and how a node stores. Dir and Vault are needed; a zero
// value elsewhere is the usual choice.
type Config struct {
	Dir   string // holds node.db, blobs and packets; made with mode 0700
	Vault Vault
	Node  string // written into backups; Restore refuses those of another node

	// Migrate lists the steps of each table that ever changed: a table with n
	// steps is at schema version n+1. Steps are only ever added.
	Migrate map[casework.Table][]Migration
	// NoBackup reports rows that no backup may hold, such as sealing keys. Give
	// such a row an owner of its own, so that its data key stays out as well.
	NoBackup func(t casework.Table, owner, id string) bool

	MaxBlob   int64  // bytes of one blob; 0 = 100 MiB
	MaxPacket int64  // bytes of one packet; 0 = 1 GiB
	MinFree   uint64 // bytes free on the disk, below which nothing is written; 0 = 200 MB
	Ballast   int64  // bytes kept aside for the day the disk is full; 0 = 64 MB, -1 = none
	MaxGroup  int    // updates that share one commit; 0 = 256
	Journal   int64  // bytes of each of the two journals; 0 = 8 MiB
	Mmap      int    // bytes mapped at start, so that growth waits for no reader; 0 = 1 GiB, -1 = as few as possible

	Free  func(dir string) (uint64, error) // bytes free for us on the disk of dir; nil = ask the system
	Now   func() time.Time                 // nil = time.Now
	Fatal func(error)                      // told once that the store stopped for good; must not wait for the store; nil = nobody
	Log   *slog.Logger                     // nil = nothing is logged
}

// Check returns all that is wrong with c.
func (c Config) Check() error {
	var errs []error
	if c.Dir == "" {
		errs = append(errs, errors.New("store: Dir is empty"))
	}
	if c.Vault == nil {
		errs = append(errs, errors.New("store: Vault is missing"))
	}
	for name, n := range map[string]int64{"MaxBlob": c.MaxBlob, "MaxPacket": c.MaxPacket, "MaxGroup": int64(c.MaxGroup), "Journal": c.Journal} {
		if n < 0 {
			errs = append(errs, fmt.Errorf("store: %s is negative", name))
		}
	}
	for t, steps := range c.Migrate {
		if len(steps) >= math.MaxUint8 {
			errs = append(errs, fmt.Errorf("store: table %s has more schema versions than fit a byte", t))
		}
	}
	return errors.Join(errs...)
}

func (c Config) withDefaults() Config {
	c.MaxBlob = or(c.MaxBlob, 100<<20)
	c.MaxPacket = or(c.MaxPacket, 1<<30)
	c.MinFree = or(c.MinFree, 200e6)
	c.Ballast = or(c.Ballast, 64e6)
	c.MaxGroup = or(c.MaxGroup, 256)
	c.Journal = or(c.Journal, 8<<20)
	if c.Mmap == 0 && strconv.IntSize == 64 {
		c.Mmap = 1 << 30
	}
	c.Mmap = max(c.Mmap, 0)
	if c.Free == nil {
		c.Free = diskFree
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.NoBackup == nil {
		c.NoBackup = func(casework.Table, string, string) bool { return false }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func or[T int | int64 | uint64](given, usual T) T {
	if given == 0 {
		return usual
	}
	return given
}

// diskFree returns what an unprivileged process may still write to the disk of
// dir.
func diskFree(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	return s.Bavail * uint64(s.Bsize), nil //nolint:gosec // a block size is never negative
}
