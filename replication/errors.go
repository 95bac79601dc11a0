package replication

import (
	"errors"
	"fmt"
)

// Errors of the log. None of them is an answer of the ledger: an answer is a
// ledger.Result, also when it refuses.
var (
	// ErrUnknown means that the outcome of a proposal is unknown: it may yet
	// take effect, or never. Send the same bytes again; twice is once.
	ErrUnknown = errors.New("replication: outcome unknown, send the same again")
	// ErrDiverged means that most voters tell another history than this node.
	// It proposes nothing until an operator has looked.
	ErrDiverged = errors.New("replication: history differs from the voters'")
	// ErrStopped means that the log was closed or has failed.
	ErrStopped = errors.New("replication: stopped")
	// ErrRestart means that the state on disk is whole but raft's memory of it
	// is not: close the log and open it again.
	ErrRestart = errors.New("replication: must be opened anew")
	// ErrRejoin means that this incarnation is over: its files were lost,
	// rolled back or damaged. Wipe raft/ and ledger.db and join under a new
	// raft id. The cases of the node are not touched by that.
	ErrRejoin = errors.New("replication: must rejoin under a new raft id")
	// ErrStalled means that the disk did not answer in time.
	ErrStalled = errors.New("replication: storage stalled")
	// ErrDisk means that a write failed, after which nothing is written again.
	ErrDisk = errors.New("replication: storage failed")
	// ErrRefused means that the ledger refused a command of the log's own.
	ErrRefused = errors.New("replication: refused by the ledger")
	// ErrForeign means that the files belong to another node, incarnation or
	// federation.
	ErrForeign = errors.New("replication: files of another member")
)

// NotLeader is the error of a service that only the leader gives. Leader is its
// code, or empty if there is none now.
type NotLeader struct{ Leader string }

func (e NotLeader) Error() string {
	if e.Leader == "" {
		return "replication: there is no leader now"
	}
	return fmt.Sprintf("replication: %s leads, not this node", e.Leader)
}
