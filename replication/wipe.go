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
		os.RemoveAll(filepath.Join(dir, "ledger.db.new")),
	)
}
