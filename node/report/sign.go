package report

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"serasi/node/casework"
)

// A snapshot is a row of Reports: what was signed, with the lists behind it.
// The ids in it name nobody and stay when a case is erased.
type snapshot struct {
	Report    casework.Report              `json:"report"`
	Lists     map[string][]casework.CaseID `json:"lists"`
	Movers    []mover                      `json:"movers"`
	Signature casework.ReportSignature     `json:"signature"`
}

func snapshotOf(tx casework.Tx, month casework.Month) (*snapshot, error) {
	var s snapshot
	found, err := tx.Get(casework.Reports, casework.NodeOwner, string(month), &s)
	if err != nil {
		return nil, fmt.Errorf("read a signed report: %w", err)
	}
	if !found {
		return nil, nil
	}
	return &s, nil
}

// Sign freezes the report of a month. hash is that of the figures the kepala
// balai has seen: if they have changed since, the error is Conflict, as it is
// for a month that is signed already or has not ended.
func (d *Desk) Sign(ctx context.Context, by casework.Actor, month casework.Month, hash string) (casework.Report, error) {
	if err := casework.Faulty(month.Check()...); err != nil {
		return casework.Report{}, err
	}
	var now sum
	what := "sign " + string(month)
	err := d.cfg.Store.View(func(tx casework.Tx) (err error) {
		if err := d.cfg.Gate.Check(tx, by, casework.SignReport, nil); err != nil {
			return err
		}
		now, _, err = d.both(tx, month)
		return err
	})
	if err != nil {
		return casework.Report{}, d.denied(ctx, by, casework.SignReport, what, err)
	}
	if !now.report.Over {
		return casework.Report{}, casework.Conflict.Because("the month %s has not ended yet; it can be signed from its last midnight on", month)
	}
	s := snapshot{Report: now.report, Lists: now.lists, Movers: now.movers}
	s.Signature = casework.ReportSignature{By: by.User, Name: by.Name, At: d.now(), Hash: now.report.Hash}
	err = d.change(ctx, by, casework.SignReport, what, func(tx casework.Tx) error {
		if was, err := snapshotOf(tx, month); err != nil {
			return err
		} else if was != nil {
			return casework.Conflict.Because("the report of %s is signed already; what changes now is shown as a correction", month)
		}
		if e, err := entriesOf(tx, month); err != nil {
			return err
		} else if e.Version != now.report.Entries || hash != now.report.Hash {
			return casework.Conflict.Because("the figures of %s have changed since you saw them; look at them again, then sign", month)
		}
		if err := tx.Put(casework.Reports, casework.NodeOwner, string(month), s); err != nil {
			return fmt.Errorf("keep a signed report: %w", err)
		}
		return nil
	})
	if err != nil {
		return casework.Report{}, err
	}
	return shown(now, &s), nil
}

// corrections compares what is counted now with what was signed.
func corrections(now sum, was snapshot) []casework.Correction {
	var out []casework.Correction
	for _, f := range now.report.Figures {
		old := was.Report.Figure(f.Code)
		added, gone := differ(now.lists[f.Code], was.Lists[f.Code])
		if !f.Same(old) || added+gone > 0 {
			out = append(out, casework.Correction{Code: f.Code, Was: old.String(), Now: f.String(), Added: added, Gone: gone})
		}
	}
	for i, by := range casework.Breakdowns {
		out = append(out, cells(i, by, now, was)...)
	}
	return out
}

func cells(i int, by string, now sum, was snapshot) []casework.Correction {
	groups := map[string]bool{}
	for _, f := range append(slices.Clone(now.report.Breakdown(by)), was.Report.Breakdown(by)...) {
		groups[f.Group] = true
	}
	var out []casework.Correction
	for _, g := range slices.Sorted(maps.Keys(groups)) {
		for _, column := range []string{colOpening, colIn, colOut, colClosing} {
			is, were := listOf(now.movers, i, g, column), listOf(was.Movers, i, g, column)
			if added, gone := differ(is, were); added+gone > 0 {
				out = append(out, casework.Correction{
					Code: by + "/" + g + "/" + column, Was: fmt.Sprint(len(were)), Now: fmt.Sprint(len(is)), Added: added, Gone: gone,
				})
			}
		}
	}
	return out
}

func listOf(movers []mover, i int, group, column string) []casework.CaseID {
	var out []casework.CaseID
	for _, m := range movers {
		if m.in(i, group, column) {
			out = append(out, m.Case)
		}
	}
	return out
}

// differ returns how many of is were not in were, and the other way round. A
// case that counts twice is there twice.
func differ(is, were []casework.CaseID) (added, gone int) {
	n := map[casework.CaseID]int{}
	for _, id := range is {
		n[id]++
	}
	for _, id := range were {
		n[id]--
	}
	for _, v := range n {
		added, gone = added+max(v, 0), gone+max(-v, 0)
	}
	return added, gone
}
