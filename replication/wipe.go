package replication

import (
	"errors"
	"os"
	"path/filepath"
)

// Wipe removes the files of an incarnation that is over: the raft log, its
// snapshots, and the copy of the ledger. The witness stays, so that the next
// incarnation still refuses a history that does not contain what this node knew.
// Nobody may have the log open.
func Wipe(dir string) error {
	return errors.Join(
		os.RemoveAll(filepath.Join(dir, "raft")), os.RemoveAll(filepath.Join(dir, "ledger.db")),
		os.RemoveAll(filepath.Join(dir, "ledger.db.new")), os.RemoveAll(filepath.Join(dir, "superseded")),
	)
}

// Forget lets the next incarnation take a history that does not contain what
// this node knew. It is for a node that knows events which a recovered
// federation lost, and a person must have agreed.
func Forget(dir string) error { return os.RemoveAll(filepath.Join(dir, "witness")) }
