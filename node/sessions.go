package node

import (
	"serasi/node/access"
	"serasi/node/casework"
	"serasi/node/handoff"
)

// notInBackup keeps out of a backup what must not come back with it: sealing
// keys, and the sessions of people who had signed in.
func notInBackup(t casework.Table, owner, id string) bool {
	return t == casework.Sessions || handoff.IsSealingKey(t, owner, id)
}

// gate decides by the permission table, by the node's clock.
func (n *Node) gate() access.Gate { return access.Gate{Clock: n.clock} }

// secondFactor are the roles that must have a second factor on the pages: those
// who sign and accept, and those who keep the accounts.
func (c Config) secondFactor() []casework.Role {
	if c.Tuning.NoSecondFactor {
		return nil
	}
	return []casework.Role{casework.Head, casework.Supervisor, casework.AdminIT}
}
