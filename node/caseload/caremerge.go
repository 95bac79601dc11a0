package caseload

import (
	"slices"

	"serasi/node/casework"
)

// care adds the records of care that came with a case. A stay elsewhere takes
// no bed here.
func (m *merge) care(c casework.Care) error {
	c.Tasks = slices.Clone(c.Tasks)
	for i := range c.Tasks {
		c.Tasks[i].Data.For = "" // nobody there has an account here
	}
	c.Plans = slices.Clone(c.Plans)
	for i, r := range c.Plans {
		goals := slices.Clone(r.Data.Goals)
		for j := range goals {
			goals[j].Lead = ""
		}
		c.Plans[i].Data.Goals = goals
	}
	for _, part := range []func() error{
		func() error { return mergeRecords(m, casework.Conferences, c.Conferences) },
		func() error { return mergeRecords(m, casework.Plans, c.Plans) },
		func() error { return mergeRecords(m, casework.Services, c.Services) },
		func() error { return mergeRecords(m, casework.Provisions, c.Provisions) },
		func() error { return mergeRecords(m, casework.Tasks, c.Tasks) },
		func() error { return mergeRecords(m, casework.Stays, c.Stays) },
		func() error { return mergeRecords(m, casework.Discharges, c.Discharges) },
		func() error { return mergeRecords(m, casework.Visits, c.Visits) },
		func() error { return mergeRecords(m, casework.CareIncidents, c.Incidents) },
		func() error { return mergeRecords(m, casework.CivilPapers, c.Civil) },
		func() error { return mergeRecords(m, casework.Programmes, c.Programmes) },
	} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// mergeRecords adds the records that are new here. A record that the sender
// wrote itself may have grown since it last came; any other stays as it is.
func mergeRecords[T any](m *merge, t casework.Table, list []casework.Record[T]) error {
	for _, r := range list {
		r.Case, r.Balai = m.c.ID, m.origin(r.Balai)
		var have casework.Record[T]
		found, err := m.tx.Get(t, string(m.c.ID), string(r.ID), &have)
		switch {
		case err != nil:
			return err
		case found && (have.Balai != m.from || r.Balai != m.from || have.Version >= r.Version):
			continue
		}
		m.added = true
		if err := put(m.tx, t, m.c.ID, string(r.ID), r); err != nil {
			return err
		}
	}
	return nil
}
