package handoff

import (
	"serasi/node/casework"
	"serasi/replication/ledger"
)

// Rewind makes the desk follow the ledger again from event n on, whose hash is
// h, as after a restore: nothing that the ledger knows is edited before all of
// it was compared. It is for a node that followed events which the federation
// lost in a recovery; the desk must not be open.
func Rewind(tx casework.Tx, n uint64, h ledger.Hash) error {
	if err := tx.Put(casework.Settings, casework.NodeOwner, cursorRow, cursor{N: n, Hash: h}); err != nil {
		return err
	}
	return tx.Put(casework.Settings, casework.NodeOwner, restoredRow, struct{}{})
}
