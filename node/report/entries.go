package report

import (
	"context"
	"fmt"
	"maps"

	"serasi/node/casework"
)

func entriesOf(tx casework.Tx, month casework.Month) (casework.Entries, error) {
	e := casework.Entries{Month: month, Values: map[string]string{}}
	if _, err := tx.Get(casework.ReportEntries, casework.NodeOwner, string(month), &e); err != nil {
		return e, fmt.Errorf("read what was entered for a report: %w", err)
	}
	return e, nil
}

// Entries returns what was entered by hand for a month.
func (d *Desk) Entries(ctx context.Context, by casework.Actor, month casework.Month) (e casework.Entries, err error) {
	if err := casework.Faulty(month.Check()...); err != nil {
		return e, err
	}
	err = d.look(ctx, by, casework.ReadReport, "entries "+string(month), func(tx casework.Tx) (err error) {
		e, err = entriesOf(tx, month)
		return err
	})
	if err != nil {
		return casework.Entries{}, err
	}
	return e, nil
}

// Enter writes figures by hand; codes that are left out stay, and "" takes one
// back. version is the one the caller saw. A signed month takes entries too:
// they are corrections.
//
// The error is Invalid with the fields, Conflict with both versions if somebody
// else was quicker, or Forbidden.
func (d *Desk) Enter(ctx context.Context, by casework.Actor, version uint64, in casework.Entries) (casework.Entries, error) {
	faults := in.Check()
	for code := range in.Values {
		if i, ok := casework.IndicatorOf(code); ok && counted(i) {
			faults = append(faults, casework.Fault{Field: "values." + code, Words: "is counted from the files and cannot be entered"})
		}
	}
	if err := casework.Faulty(faults...); err != nil {
		return casework.Entries{}, err
	}
	var e casework.Entries
	err := d.change(ctx, by, casework.WriteReport, "entries "+string(in.Month), func(tx casework.Tx) error {
		was, err := entriesOf(tx, in.Month)
		if err != nil {
			return err
		}
		e = was
		e.Values = maps.Clone(was.Values)
		for code, v := range in.Values {
			if v == "" {
				delete(e.Values, code)
			} else {
				e.Values[code] = v
			}
		}
		if was.Version != version {
			return casework.Stale(was, e)
		}
		if maps.Equal(was.Values, e.Values) {
			return nil
		}
		e.Version, e.By, e.At = was.Version+1, by.User, d.now()
		if err := tx.Put(casework.ReportEntries, casework.NodeOwner, string(in.Month), e); err != nil {
			return fmt.Errorf("keep what was entered for a report: %w", err)
		}
		return nil
	})
	if err != nil {
		return casework.Entries{}, err
	}
	return e, nil
}
