package access

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"serasi/node/casework"
)

// A Filter picks lines of the trail. Its zero value picks all.
type Filter struct {
	Case casework.CaseID
	User casework.UserID
	From time.Time // the first moment; zero: from the beginning
	To   time.Time // the moment after the last; zero: until now

	by *casework.Actor // only lines that this actor may see; nil for all; set by Narrow
}

// Bounds of one page of the trail.
const (
	maxLines   = 100  // lines a page
	maxLooked  = 5000 // lines looked at for a page, so that a rare match does not hold a view open
	defaultAsk = 25
)

// Narrow returns f cut down to what by may see of the trail: everything, or the
// lines about the cases by stands near enough to, and always what one did
// oneself. The error is Forbidden, or Unknown if nobody is asking. Whoever shows
// lines to a person calls Narrow first, and records the look as one more line.
func (g Gate) Narrow(tx casework.Tx, by casework.Actor, f Filter) (Filter, error) {
	if err := scoped(tx, by, casework.ReadAudit); err != nil {
		return f, err
	}
	whole := g.Rule(by, casework.ReadAudit, casework.NoRelation)
	if whole == nil && blind(by, casework.ReadAudit) {
		return f, nil
	}
	if whole != nil && g.Rule(by, casework.ReadAudit, casework.Assigned) != nil {
		return f, whole
	}
	f.by = &by
	return f, nil
}

// List returns lines that match f, newest first, at most limit (25 if zero, 100
// at most), and the cursor of the next page, "" if this was the last. A page may
// hold fewer lines than limit, even none, and still have a next one. The error
// is Invalid if the cursor was not made here.
//
// List asks no permission: use Gate.Narrow.
func (t Trail) List(store casework.Store, f Filter, cursor string, limit int) (lines []casework.Line, next string, err error) {
	if limit <= 0 {
		limit = defaultAsk
	}
	r := reader{f: f, limit: min(limit, maxLines), seen: map[casework.CaseID]bool{}}
	before, err := parseCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	err = store.View(func(tx casework.Tx) error {
		if f.Case != "" {
			return r.ofCase(tx, before)
		}
		count, _, err := t.Head(tx)
		if err != nil {
			return err
		}
		return r.down(tx, min(before-1, count))
	})
	if err != nil {
		return nil, "", fmt.Errorf("list the audit trail: %w", err)
	}
	return r.lines, r.next, nil
}

// CaseTrail is a Trail with its store at hand, for those who show who looked at
// a case.
type CaseTrail struct {
	Trail
	Store casework.Store
}

// OfCase returns a page of the lines about one case, as List does. It asks no
// permission: check casework.ReadAudit for the case first.
func (t CaseTrail) OfCase(id casework.CaseID, cursor string, limit int) (lines []casework.Line, next string, err error) {
	if id == "" {
		return nil, "", casework.NotFound.Because("there is no such case")
	}
	return t.List(t.Store, Filter{Case: id}, cursor, limit)
}

// parseCursor returns the number below which the page begins.
func parseCursor(cursor string) (uint64, error) {
	if cursor == "" {
		return 1 << 63, nil
	}
	n, err := strconv.ParseUint(cursor, 16, 63)
	if err != nil || n == 0 || cursor != lineID(n) {
		return 0, casework.Faulty(casework.Fault{Field: "cursor", Words: "not a cursor of this list"})
	}
	return n, nil
}

// reader collects one page.
type reader struct {
	f      Filter
	limit  int
	lines  []casework.Line
	looked int
	next   string
	seen   map[casework.CaseID]bool // whether f.by may see the lines of a case, asked once a page
}

// down reads the trail from line seq down to the first.
func (r *reader) down(tx casework.Tx, seq uint64) error {
	for ; seq > 0; seq-- {
		if more, err := r.take(tx, seq); err != nil || !more {
			return err
		}
	}
	return nil
}

// ofCase reads the lines filed under a case, and no others.
func (r *reader) ofCase(tx casework.Tx, before uint64) error {
	var ids []string
	err := tx.Each(casework.AuditByCase, string(r.f.Case), "", func(id string, _ func(any) error) (bool, error) {
		if id >= lineID(before) {
			return false, nil
		}
		ids = append(ids, id)
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, id := range slices.Backward(ids) {
		seq, err := strconv.ParseUint(id, 16, 64)
		if err != nil {
			return fmt.Errorf("audit row of a case: %w", err)
		}
		if more, err := r.take(tx, seq); err != nil || !more {
			return err
		}
	}
	return nil
}

// take adds line seq if it matches, and reports whether there is room for more.
// A page that is full names the line above which the next one ends.
func (r *reader) take(tx casework.Tx, seq uint64) (more bool, err error) {
	if len(r.lines) == r.limit || r.looked == maxLooked {
		r.next = lineID(seq + 1)
		return false, nil
	}
	r.looked++
	var line casework.Line
	found, err := tx.Get(casework.Audit, casework.NodeOwner, lineID(seq), &line)
	if err != nil {
		return false, err
	}
	if !found {
		return false, &Broken{seq, "it is missing"}
	}
	ok, err := r.matches(tx, line)
	if err != nil {
		return false, err
	}
	if ok {
		r.lines = append(r.lines, line)
	}
	return true, nil
}

func (r *reader) matches(tx casework.Tx, line casework.Line) (bool, error) {
	f := r.f
	switch {
	case f.Case != "" && line.Case != f.Case,
		f.User != "" && line.User != f.User,
		!f.From.IsZero() && line.At.Before(f.From),
		!f.To.IsZero() && !line.At.Before(f.To):
		return false, nil
	case f.by == nil || line.User == f.by.User:
		return true, nil
	}
	return r.visible(tx, line.Case)
}

// visible reports whether f.by may see what others did to a case. A case that is
// not here, or none at all, is nobody's: such lines are for those who see the
// whole trail.
func (r *reader) visible(tx casework.Tx, id casework.CaseID) (bool, error) {
	if yes, asked := r.seen[id]; asked {
		return yes, nil
	}
	var c *casework.Case
	if id != "" {
		var row casework.Case
		found, err := tx.Get(casework.Cases, string(id), string(id), &row)
		if err != nil {
			return false, fmt.Errorf("case of an audit line: %w", err)
		}
		if found {
			c = &row
		}
	}
	r.seen[id] = Gate{}.judge(tx, *r.f.by, casework.ReadAudit, c) == nil
	return r.seen[id], nil
}
