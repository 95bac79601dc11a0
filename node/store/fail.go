package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"

	"serasi/node/casework"
)

func errClosed() error {
	return casework.Unavailable.Because("this node is stopping")
}

// change runs f in one bbolt transaction and makes it durable. It is called on
// the writer only. After an error of which nobody can say what the disk now
// holds, the store writes nothing more: a second fsync would say yes to pages
// that the first one lost.
func (db *DB) change(f func(*bbolt.Tx) error) (err error) {
	tx, err := db.file.Begin(true)
	if err != nil {
		return db.fail(fmt.Errorf("store: begin: %w", err))
	}
	defer func() {
		if p := recover(); p != nil { // bbolt panics on a page that cannot be
			err = db.fail(fmt.Errorf("store: the database file is damaged: %v\n%s", p, debug.Stack()))
			_ = tx.Rollback() // frees its lock; the file is not written any more
		}
	}()
	if err := f(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	err = tx.Commit()
	switch {
	case err == nil:
		return nil
	case surelyNotWritten(err):
		db.cfg.Log.Error("the disk is full", "err", err)
		db.dropBallast()
		return errFull()
	}
	return db.fail(fmt.Errorf("store: commit: %w", err))
}

// surelyNotWritten reports whether a commit failed for lack of room while it
// wrote pages that nothing points to yet. Then bbolt has rolled back, and the
// file is as before.
func surelyNotWritten(err error) bool {
	var at *fs.PathError
	return errors.Is(err, unix.ENOSPC) && errors.As(err, &at) && at.Op == "write"
}

// fail stops all writing, tells Config.Fatal once, and returns what callers are
// told.
func (db *DB) fail(cause error) error {
	if db.broke.CompareAndSwap(nil, &cause) {
		db.cfg.Log.Error("the store stopped", "err", cause)
		if db.cfg.Fatal != nil {
			db.cfg.Fatal(cause)
		}
	}
	return db.broken()
}

// broken returns nil while the store may write.
func (db *DB) broken() error {
	if db.broke.Load() == nil {
		return nil
	}
	return casework.Unavailable.Because("the disk of this node failed; nothing can be stored until it is restarted and checked")
}

func errFull() error {
	return casework.Unavailable.Because("the disk of this node is nearly full; nothing can be stored until there is room")
}

// roomLeft returns an error when the disk has less room than Config.MinFree.
func (db *DB) roomLeft() error {
	free, err := db.cfg.Free(db.cfg.Dir)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if db.figures.disk(free, free < db.cfg.MinFree) {
		db.cfg.Log.Warn("room on the disk crossed the limit", "free", free, "limit", db.cfg.MinFree)
	}
	if free < db.cfg.MinFree {
		return errFull()
	}
	return nil
}

const ballastName = "ballast"

// loadBallast puts aside room that is given back when a write meets a full
// disk all the same, so that the next start and a clean-up have some to work
// with. It is no fault if there is none to spare.
func (db *DB) loadBallast() error {
	path := filepath.Join(db.cfg.Dir, ballastName)
	if info, err := os.Stat(path); err == nil && info.Size() == db.cfg.Ballast {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("store: ballast: %w", err)
	}
	if db.cfg.Ballast < 0 {
		return nil
	}
	free, err := db.cfg.Free(db.cfg.Dir)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if free < db.cfg.MinFree+uint64(db.cfg.Ballast) {
		db.cfg.Log.Warn("too little room for the ballast", "free", free)
		return nil
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("store: ballast: %w", err)
	}
	if err := unix.Fallocate(int(f.Fd()), 0, 0, db.cfg.Ballast); err != nil {
		db.cfg.Log.Warn("this file system keeps no ballast", "err", err)
		return errors.Join(f.Close(), os.Remove(path))
	}
	return f.Close()
}

func (db *DB) dropBallast() {
	if err := os.Remove(filepath.Join(db.cfg.Dir, ballastName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		db.cfg.Log.Error("ballast stays", "err", err)
	}
}
