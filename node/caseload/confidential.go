package caseload

import (
	"errors"

	"serasi/node/casework"
)

// notesFor are the notes of a case as by may read them. Of a confidential note
// that is for others only that it is there: a gap nobody can see would mislead
// whoever decides about the case.
func (cs *Cases) notesFor(tx casework.Tx, by casework.Actor, id casework.CaseID) ([]casework.Note, error) {
	list, err := casework.RowsOf[casework.Note](tx, casework.Notes, id)
	if err != nil {
		return nil, err
	}
	c, err := casework.CaseOf(tx, id)
	if err != nil {
		return nil, err
	}
	for i, n := range list {
		if !n.Confidential || n.By == by.User {
			continue
		}
		switch err := cs.cfg.Gate.MaySee(tx, by, c, casework.Secret, ""); {
		case errors.Is(err, casework.Forbidden):
			list[i] = n.Veiled()
		case err != nil:
			return nil, err
		}
	}
	return list, nil
}
