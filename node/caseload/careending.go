package caseload

import (
	"context"

	"serasi/node/casework"
)

// Discharge ends a case with its record (form F10). The bed is freed, and what
// is due afterwards follows from the reason.
//
// The error is Invalid with all that is missing, else those of Cases.Close.
func (k *Care) Discharge(ctx context.Context, by casework.Actor, id casework.CaseID, version uint64, d casework.Discharge) (casework.Case, error) {
	return k.cs.change(ctx, deed{by, casework.WriteCase, ofClosing}, id, version, k.cs.editable, func(f *file) error {
		all, err := records[casework.Plan](f.tx, casework.Plans, id)
		if err != nil {
			return err
		}
		var plan *casework.Plan
		if cur := casework.PlanOf(all).Current; cur != nil {
			plan = &cur.Data
		}
		if err := casework.Faulty(d.ToClose(plan)...); err != nil {
			return err
		}
		r := newRecord(f, d)
		if err := put(f.tx, casework.Discharges, id, string(r.ID), r); err != nil {
			return err
		}
		return f.end(d.Reason)
	})
}

// mustBeDischarged returns a Conflict if the case was served by a plan: then it
// ends with a record of how.
func (f *file) mustBeDischarged() error {
	all, err := records[casework.Plan](f.tx, casework.Plans, f.c.ID)
	if err != nil {
		return err
	}
	if casework.PlanOf(all).Current != nil {
		return casework.Conflict.Because("case %s was served by a plan; end it with the record of termination", f.c.Number)
	}
	return nil
}
