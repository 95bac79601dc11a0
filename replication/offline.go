package replication

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"serasi/replication/ledger"
)

// Verify replays the whole ledger in a data folder, from its genesis into a file
// of its own that is removed after: every signature, every rule and every hash
// of the chain. It changes nothing. If the node runs, it works on a copy of the
// file, up to the last event that was written there.
//
// The error wraps ledger.ErrSnapshot if the history is not a true one.
func Verify(dir string) (h ledger.SnapshotHeader, err error) {
	return verify(dir, func(ledger.View) error { return nil })
}

// Members verifies the ledger in dir as Verify does, and returns the members as
// they stand at its end.
func Members(dir string) (all []ledger.Member, err error) {
	_, err = verify(dir, func(v ledger.View) error {
		all = v.Members()
		return nil
	})
	return all, err
}

// verify replays the ledger in dir and shows it to look, once.
func verify(dir string, look func(ledger.View) error) (h ledger.SnapshotHeader, err error) {
	scratch, err := os.MkdirTemp("", "serasi-verify-")
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	path := filepath.Join(dir, "ledger.db")
	h, err = verifyFile(path, scratch, look)
	for try := 0; errors.Is(err, bbolterrors.ErrTimeout) || try > 0 && try < copyTries && err != nil; try++ {
		// A copy of a file that is being written may be torn. It then tells no
		// true history, and the next one is tried; a history that is false stays
		// false in all of them.
		copied := filepath.Join(scratch, "copy.db")
		if err = copyFile(path, copied); err == nil {
			h, err = verifyFile(copied, scratch, look)
		}
	}
	return h, err
}

const copyTries = 5

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return errors.Join(err, in.Close())
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close(), in.Close())
}

// verifyFile replays one file. The error is bbolterrors.ErrTimeout if somebody has it
// open.
func verifyFile(path, scratch string, look func(ledger.View) error) (h ledger.SnapshotHeader, err error) {
	from, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, Timeout: 200 * time.Millisecond})
	if err != nil {
		return h, fmt.Errorf("open ledger.db: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	replay := filepath.Join(scratch, "replay.db")
	if err := os.RemoveAll(replay); err != nil {
		return h, err
	}
	options := bookOptions()
	options.NoSync, options.InitialMmapSize = true, 0 // nobody needs it after a crash
	into, err := bbolt.Open(replay, 0o600, options)
	if err != nil {
		return h, fmt.Errorf("create the replay: %w", err)
	}
	defer func() { err = errors.Join(err, into.Close()) }()
	if err := into.Update(func(tx *bbolt.Tx) error { return layOut(tx, nil) }); err != nil {
		return h, err
	}
	if h, err = replayed(from, into); err != nil {
		return h, err
	}
	return h, into.View(func(tx *bbolt.Tx) error { return look(ledger.On(reader{tx.Bucket(rowsBucket)})) })
}

// replayed reads one book into another, as if it came from a stranger.
func replayed(from, into *bbolt.DB) (h ledger.SnapshotHeader, err error) {
	out, in := io.Pipe()
	done := make(chan struct{})
	go func() { // ends when out is closed, at the latest
		defer close(done)
		in.CloseWithError(told(from, in))
	}()
	defer func() { // the book must not be closed under its reader
		_ = out.Close()
		<-done
	}()
	r := ledger.Replay{Each: onAllCores, Update: func(f func(ledger.KV) error) error {
		return into.Update(func(tx *bbolt.Tx) error {
			kv := &bucketKV{reader: reader{tx.Bucket(rowsBucket)}}
			return errors.Join(f(kv), kv.err)
		})
	}}
	return r.Read(out)
}

// told writes the history in a book. A file with torn pages makes bbolt panic.
func told(from *bbolt.DB, w io.Writer) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("ledger.db: damaged: %v", p)
		}
	}()
	return from.View(func(tx *bbolt.Tx) error {
		rows := tx.Bucket(rowsBucket)
		if rows == nil || tx.Bucket(metaBucket) == nil {
			return errors.New("ledger.db: unknown format")
		}
		at := readMark(tx)
		return ledger.WriteSnapshot(w, ledger.On(reader{rows}), at.index, at.term)
	})
}

// Peek shows the ledger in a data folder whose node does not run, as it lies on
// the disk and without replaying it; what comes of it must not decide anything.
// The error says so if the file is damaged or in use.
func Peek(dir string, look func(ledger.View) error) (err error) {
	db, err := bbolt.Open(filepath.Join(dir, "ledger.db"), 0o600, &bbolt.Options{ReadOnly: true, Timeout: 2 * time.Second})
	if err != nil {
		return fmt.Errorf("open ledger.db: %w", err)
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("ledger.db: damaged: %v", p)
		}
		err = errors.Join(err, db.Close())
	}()
	return db.View(func(tx *bbolt.Tx) error {
		rows := tx.Bucket(rowsBucket)
		if rows == nil {
			return errors.New("ledger.db: unknown format")
		}
		return look(ledger.On(reader{rows}))
	})
}
