package handoff

import (
	"serasi/node/casework"
)

// Inbox returns how many handoffs wait for an answer of this balai that by may
// see. It tells a number and nothing of anybody, so it leaves no line in the
// trail; it is 0 for those who see none.
func (d *Desk) Inbox(by casework.Actor) (n int, err error) {
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		if d.mayList(tx, by) != nil {
			return nil
		}
		return eachRecord(tx, "", func(r record) (bool, error) {
			if r.Box == casework.In && r.fits(casework.HandoffQuery{State: casework.Ours}) && d.mayRead(tx, by, r) == nil {
				n++
			}
			return true, nil
		})
	})
	return n, err
}
