package replication

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"serasi/replication/ledger"
)

// Verify replays the whole ledger in a data folder that nobody has open, from
// its genesis into a file of its own, which is removed after: every signature,
// every rule and every hash of the chain. It changes nothing. The error wraps
// ledger.ErrSnapshot if the history is not a true one, and ErrInUse if the node
// runs.
func Verify(dir string) (h ledger.SnapshotHeader, err error) {
	from, err := bbolt.Open(filepath.Join(dir, "ledger.db"), 0o600, &bbolt.Options{ReadOnly: true, Timeout: bookOptions().Timeout})
	if errors.Is(err, bbolt.ErrTimeout) {
		return h, ErrInUse
	}
	if err != nil {
		return h, fmt.Errorf("open ledger.db: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	scratch, err := os.MkdirTemp("", "serasi-verify-")
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scratch)) }()
	options := bookOptions()
	options.NoSync, options.InitialMmapSize = true, 0 // nobody needs it after a crash
	into, err := bbolt.Open(filepath.Join(scratch, "replay.db"), 0o600, options)
	if err != nil {
		return h, fmt.Errorf("create the replay: %w", err)
	}
	defer func() { err = errors.Join(err, into.Close()) }()
	if err := into.Update(func(tx *bbolt.Tx) error { return layOut(tx, nil) }); err != nil {
		return h, err
	}
	return replayed(from, into)
}

// ErrInUse means that a running node has the ledger open.
var ErrInUse = errors.New("replication: the ledger is in use; stop the node first")

func replayed(from, into *bbolt.DB) (h ledger.SnapshotHeader, err error) {
	out, in := io.Pipe()
	go func() { // ends when out is closed, at the latest
		in.CloseWithError(from.View(func(tx *bbolt.Tx) error {
			rows := tx.Bucket(rowsBucket)
			if rows == nil {
				return errors.New("ledger.db: unknown format")
			}
			at := readMark(tx)
			return ledger.WriteSnapshot(in, ledger.On(reader{rows}), at.index, at.term)
		}))
	}()
	defer func() { _ = out.Close() }()
	r := ledger.Replay{Each: onAllCores, Update: func(f func(ledger.KV) error) error {
		return into.Update(func(tx *bbolt.Tx) error {
			kv := &bucketKV{reader: reader{tx.Bucket(rowsBucket)}}
			return errors.Join(f(kv), kv.err)
		})
	}}
	return r.Read(out)
}
