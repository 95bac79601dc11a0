package handoff

import (
	"context"
	"errors"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// Assign says who at this balai sees to handoffs; an empty user, nobody in
// particular. It is for the list of work and gives no right to anything. Of
// several all are assigned or none.
func (d *Desk) Assign(ctx context.Context, by casework.Actor, ids []casework.HandoffID, to casework.UserID) error {
	var f []casework.Fault
	if n := len(ids); n == 0 || n > longPage {
		f = append(f, casework.Fault{Field: "ids", Words: "must name 1 to 100 handoffs"})
	}
	if to != "" && !casework.IsID(string(to)) {
		f = append(f, casework.Fault{Field: "to", Words: "is not an id"})
	}
	if err := casework.Faulty(f...); err != nil {
		return err
	}
	x := deed{by: by, act: casework.PrepareAnswer, what: "assign handoff"}
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		for _, id := range ids {
			rec, err := needRecord(tx, id)
			if err != nil {
				return err
			}
			x.handoff, x.on = id, rec.Case
			if err := errors.Join(d.cfg.Gate.Check(tx, by, casework.PrepareAnswer, nil), d.mayRead(tx, by, rec)); err != nil {
				return err
			}
			rec.Staff = to
			if err := errors.Join(putRecord(tx, rec), d.record(tx, x, "done")); err != nil {
				return err
			}
		}
		return nil
	})
	return d.denied(ctx, x, err)
}

// LayAside ends a service referral for this balai alone, when the other one has
// left the federation and will never report: the ledger has no step for that,
// because what the other side does not say cannot be said for it. Should it
// come back and report after all, the handoff goes on.
func (d *Desk) LayAside(ctx context.Context, by casework.Actor, id casework.HandoffID) (h casework.Handoff, err error) {
	x := deed{by: by, act: casework.PrepareOffer, what: "lay aside", handoff: id}
	err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		rec, err := needRecord(tx, id)
		if err != nil {
			return err
		}
		x.on = rec.Case
		if err := d.check(tx, by, casework.PrepareOffer, rec.Case); err != nil {
			return err
		}
		if !d.orphaned(rec) {
			return casework.Conflict.Because("only a service referral to a balai that has left can be laid aside")
		}
		rec.Aside = d.now()
		if err := errors.Join(putRecord(tx, rec), d.record(tx, x, "done")); err != nil {
			return err
		}
		h, err = d.view(tx, by, id)
		return err
	})
	if err != nil {
		return casework.Handoff{}, d.denied(ctx, x, err)
	}
	return h, nil
}

// orphaned reports whether r waits for a balai that has left for good.
func (d *Desk) orphaned(r record) bool {
	if r.Kind != casework.Referral || r.Box != casework.Out || r.ended() || !r.Aside.IsZero() {
		return false
	}
	m, known, err := d.member(r.To)
	return err == nil && known && (m.Standing.Out() || m.Standing == ledger.Merged)
}
