package report

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"serasi/node/casework"
)

// pageSize is how many cases one page of a list behind a figure holds.
const pageSize = 25

// Behind returns the cases that a figure counts, as by may see them: cards with
// initials unless by may read the case, and only how many there are of those by
// may not find. code is that of an indicator, or breakdown/group/column.
//
// The error is NotFound if there is no list behind it, Invalid or Forbidden.
func (d *Desk) Behind(ctx context.Context, by casework.Actor, month casework.Month, code, cursor string) (casework.Behind, error) {
	out := casework.Behind{Code: code}
	from, err := startOf(cursor)
	if err := casework.Faulty(append(month.Check(), casework.Faults(err)...)...); err != nil {
		return out, err
	}
	err = d.look(ctx, by, casework.ReadReport, "list "+string(month)+" "+code, func(tx casework.Tx) error {
		ids, err := d.listed(tx, month, code)
		if err != nil {
			return err
		}
		out.Total = len(ids)
		page := ids[min(from, len(ids)):min(from+pageSize, len(ids))]
		if from+pageSize < len(ids) {
			out.Next = strconv.Itoa(from + pageSize)
		}
		for _, id := range page {
			card, err := d.card(tx, by, id)
			if errors.Is(err, casework.Forbidden) || errors.Is(err, casework.NotFound) {
				out.Hidden++
				continue
			}
			if err != nil {
				return err
			}
			out.Items = append(out.Items, card)
		}
		return nil
	})
	if err != nil {
		return casework.Behind{}, err
	}
	return out, nil
}

func startOf(cursor string) (int, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(cursor)
	if err != nil || n < 0 || n > 10_000_000 {
		return 0, casework.Faulty(casework.Fault{Field: "cursor", Words: "is not one that a page before gave"})
	}
	return n, nil
}

// listed returns the cases behind a figure: of a signed month those that were
// counted then.
func (d *Desk) listed(tx casework.Tx, month casework.Month, code string) ([]casework.CaseID, error) {
	was, err := snapshotOf(tx, month)
	if err != nil {
		return nil, err
	}
	var s sum
	if was != nil {
		s = sum{lists: was.Lists, movers: was.Movers}
	} else if s, _, err = d.both(tx, month); err != nil {
		return nil, err
	}
	if ids, ok := s.lists[code]; ok {
		return ids, nil
	}
	if by, rest, ok := strings.Cut(code, "/"); ok {
		if i := slices.Index(casework.Breakdowns, by); i >= 0 {
			at := strings.LastIndex(rest, "/")
			if at >= 0 && slices.Contains([]string{colOpening, colIn, colOut, colClosing}, rest[at+1:]) {
				return listOf(s.movers, i, rest[:at], rest[at+1:]), nil
			}
		}
	}
	return nil, casework.NotFound.Because("there is no list behind this figure")
}

// caseOf reads a case and its person. The error is NotFound if there is none.
func caseOf(tx casework.Tx, id casework.CaseID) (c casework.Case, p casework.Person, err error) {
	if c, err = casework.CaseOf(tx, id); err != nil {
		return c, p, err
	}
	home := c.Home
	if home == "" {
		home = c.ID
	}
	if _, err := tx.Get(casework.Persons, string(home), string(c.Person), &p); err != nil {
		return c, p, fmt.Errorf("read the person of case %s: %w", id, err)
	}
	return c, p, nil
}

// card returns the card of a case as by may see it.
func (d *Desk) card(tx casework.Tx, by casework.Actor, id casework.CaseID) (casework.Card, error) {
	c, p, err := caseOf(tx, id)
	if err != nil {
		return casework.Card{}, err
	}
	if err := d.cfg.Gate.Check(tx, by, casework.Find, &c); err != nil {
		return casework.Card{}, err
	}
	full := d.cfg.Gate.Check(tx, by, casework.ReadCase, &c) == nil
	return casework.CardOf(c, p, full, d.now().In(d.cfg.Zone)), nil
}
