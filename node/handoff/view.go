package handoff

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// wall is ledger time for people; zero stays zero.
func wall(t ledger.Time) time.Time {
	if t == 0 {
		return time.Time{}
	}
	return t.Time()
}

const (
	usualPage = 50
	longPage  = 100
)

func pageSize(asked int) (int, error) {
	if asked < 0 || asked > longPage {
		return 0, casework.Faulty(casework.Fault{Field: "limit", Words: "must be 1 to 100"})
	}
	if asked == 0 {
		return usualPage, nil
	}
	return asked, nil
}

func checkQuery(f casework.HandoffQuery) error {
	var faults []casework.Fault
	if f.Box != "" && f.Box != casework.In && f.Box != casework.Out {
		faults = append(faults, casework.Fault{Field: "box", Words: "must be in or out"})
	}
	_, isStage := ledger.ParseStage(f.State)
	if !isStage && !slices.Contains([]string{"", "open", "ended", casework.Ours, casework.Theirs, stageQueued, stageRejected}, f.State) {
		faults = append(faults, casework.Fault{Field: "state", Words: "must be open, ended or the name of a stage"})
	}
	if err := casework.Faulty(faults...); err != nil || f.Cursor == "" {
		return err
	}
	if len(f.Cursor) != 48 || strings.Trim(f.Cursor, "0123456789abcdef") != "" {
		return badCursor()
	}
	return nil
}

func badCursor() error {
	return casework.Faulty(casework.Fault{Field: "cursor", Words: "is not one that a page before gave"})
}

func (r record) fits(f casework.HandoffQuery) bool {
	for _, no := range []bool{
		f.Box != "" && r.Box != f.Box,
		f.Other != "" && r.other() != f.Other,
		f.Case != "" && r.Case != f.Case,
		f.Group != "" && r.Group != f.Group,
		f.Staff != "" && r.Staff != f.Staff,
	} {
		if no {
			return false
		}
	}
	switch f.State {
	case "":
		return true
	case "open":
		return !r.ended()
	case "ended":
		return r.ended()
	case casework.Ours, casework.Theirs:
		return !r.ended() && r.Turn() == f.State
	}
	return r.Stage == f.State
}

// List returns the handoffs that by may read, newest first, without what was
// said in them.
func (d *Desk) List(ctx context.Context, by casework.Actor, f casework.HandoffQuery) (page casework.Page[casework.Handoff], err error) {
	limit, err := pageSize(f.Limit)
	if err = errors.Join(checkQuery(f), err); err != nil {
		return page, err
	}
	x := deed{by: by, act: casework.ReadCase, what: "handoffs"}
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		if err := d.mayList(tx, by); err != nil {
			return err
		}
		var wanted []record
		err := eachRecord(tx, "", func(r record) (bool, error) {
			if r.fits(f) && (f.Cursor == "" || r.place() > f.Cursor) {
				wanted = append(wanted, r)
			}
			return true, nil
		})
		if err != nil {
			return err
		}
		slices.SortFunc(wanted, func(a, b record) int { return strings.Compare(a.place(), b.place()) })
		page, err = d.page(tx, by, wanted, limit)
		return err
	})
	if err == nil {
		err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error { return d.record(tx, x, "done") })
	}
	if err != nil {
		return casework.Page[casework.Handoff]{}, d.denied(ctx, x, err)
	}
	return page, nil
}

// place is where r stands in a list, and its cursor: the newest first.
func (r record) place() string {
	return fmt.Sprintf("%016x%s", math.MaxInt64-r.Created.UnixMilli(), r.ID)
}

// page takes the first handoffs that by may read.
func (d *Desk) page(tx casework.Tx, by casework.Actor, from []record, limit int) (page casework.Page[casework.Handoff], err error) {
	last := ""
	for _, r := range from {
		if d.mayRead(tx, by, r) != nil {
			continue
		}
		if len(page.Items) == limit {
			page.Next = last
			break
		}
		h, err := d.shown(tx, by, r)
		if err != nil {
			return page, err
		}
		page.Items, last = append(page.Items, h), r.place()
	}
	return page, nil
}

// mayList lets in whoever may prepare an answer: the others read no handoff.
func (d *Desk) mayList(tx casework.Tx, by casework.Actor) error {
	return d.cfg.Gate.Check(tx, by, casework.PrepareAnswer, nil)
}

// mayRead asks for the case of a handoff if it is here. Of an offer that has
// only come in there is no case yet, so whoever may prepare an answer may read.
func (d *Desk) mayRead(tx casework.Tx, by casework.Actor, r record) error {
	if r.Case == "" {
		return d.mayList(tx, by)
	}
	return d.check(tx, by, casework.ReadCase, r.Case)
}

// Get returns one handoff with what was said in it and the acts that by may take
// now. That it was read is recorded before it is returned.
func (d *Desk) Get(ctx context.Context, by casework.Actor, id casework.HandoffID) (casework.Handoff, error) {
	return d.get(ctx, by, id, false)
}

// Read is Get by a person who opened the handoff: the first time, the other side
// is told that its last word was read.
func (d *Desk) Read(ctx context.Context, by casework.Actor, id casework.HandoffID) (casework.Handoff, error) {
	return d.get(ctx, by, id, true)
}

func (d *Desk) get(ctx context.Context, by casework.Actor, id casework.HandoffID, opened bool) (h casework.Handoff, err error) {
	x := deed{by: by, act: casework.ReadCase, what: "handoff", handoff: id}
	err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		rec, err := needRecord(tx, id)
		if err != nil {
			return err
		}
		x.on = rec.Case
		if err := d.mayRead(tx, by, rec); err != nil {
			return err
		}
		if opened {
			if err := d.tellRead(tx, rec); err != nil {
				return err
			}
		}
		if err := d.record(tx, x, "done"); err != nil {
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

// tellRead queues the receipt that the last word of the other side was read, if
// the ledger does not have it yet.
func (d *Desk) tellRead(tx casework.Tx, rec record) error {
	var h ledger.Handoff
	var known bool
	err := d.cfg.Ledger.View(func(v ledger.View) error {
		h, known = v.Handoff(rec.id())
		return nil
	})
	if err != nil || !known {
		return err
	}
	unreadThere := h.Read == 0
	if rec.Box == casework.Out {
		unreadThere = h.SourceRead == 0 && h.Answered != 0
	}
	if !unreadThere {
		return nil
	}
	return d.queueReceipt(tx, rec, ledger.Read)
}

// view is one handoff as its page shows it to by.
func (d *Desk) view(tx casework.Tx, by casework.Actor, id casework.HandoffID) (casework.Handoff, error) {
	rec, err := needRecord(tx, id)
	if err != nil {
		return casework.Handoff{}, err
	}
	h, err := d.shown(tx, by, rec)
	if err != nil {
		return h, err
	}
	p, err := loadParcel(tx, rec)
	h.Talk, h.Summary = p.Talk, p.Summary
	return h, err
}

// shown is a handoff in a list: no words of it.
func (d *Desk) shown(tx casework.Tx, by casework.Actor, rec record) (casework.Handoff, error) {
	h := rec.Handoff
	waiting, busy, err := pendingAct(tx, rec.ID)
	if err != nil {
		return h, err
	}
	if busy {
		h.Pending = waiting.Act
	}
	d.fetchMu.Lock()
	if p, ok := d.fetched[rec.ID]; ok && h.Packet == packetFetching {
		h.Got, h.Of = p.got, p.of
	}
	d.fetchMu.Unlock()
	var acts []ledger.Act
	switch {
	case rec.Stage == stageQueued && waiting.act() == ledger.Offer:
		acts = []ledger.Act{ledger.Withdraw}
	case !busy:
		acts = rec.asLedger().Actions(ledger.NodeID(d.cfg.Self))
	}
	if d.orphaned(rec) && d.check(tx, by, casework.PrepareOffer, rec.Case) == nil {
		h.Actions = append(h.Actions, layAside)
	}
	by.StepUp = true // one more proof is asked for when the act is done
	for _, a := range acts {
		if d.check(tx, by, gates[a], rec.Case) == nil {
			h.Actions = append(h.Actions, a.String())
		} else if d.mayPrepareAct(tx, by, rec) {
			h.Prepares = append(h.Prepares, a.String())
		}
	}
	return h, nil
}

// mayPrepareAct reports whether by may prepare a step of a handoff for the head.
func (d *Desk) mayPrepareAct(tx casework.Tx, by casework.Actor, rec record) bool {
	return d.cfg.Gate.Check(tx, by, casework.PrepareAnswer, nil) == nil && d.mayRead(tx, by, rec) == nil
}

// layAside is the one action that is no act of the ledger.
const layAside = "lay-aside"

// Outbox returns the commands of this node on their way to the ledger, newest
// first: those in one state (Pending, Committed, Rejected, Undecided), or all.
// The cursor is Next of the page before.
func (d *Desk) Outbox(_ context.Context, by casework.Actor, state, cursor string, limit int) (page casework.Page[casework.Queued], err error) {
	limit, err = pageSize(limit)
	if err == nil && !slices.Contains([]string{"", Pending, Committed, Rejected, Undecided}, state) {
		err = casework.Faulty(casework.Fault{Field: "state", Words: "must be pending, committed, rejected or undecided"})
	}
	before := uint64(math.MaxUint64)
	if err == nil && cursor != "" {
		if before, err = strconv.ParseUint(cursor, 16, 64); err != nil || len(cursor) != 16 {
			err = badCursor()
		}
	}
	if err != nil {
		return page, err
	}
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		if err := d.cfg.Gate.Check(tx, by, casework.ReadStatus, nil); err != nil {
			return err
		}
		page, err = d.outRows(tx, state, before, limit)
		return err
	})
	return page, err
}

// outRows walks the rows down by number, those that wait and those that ended.
func (d *Desk) outRows(tx casework.Tx, state string, before uint64, limit int) (page casework.Page[casework.Queued], err error) {
	var last uint64
	if _, err := tx.Get(casework.Settings, casework.NodeOwner, counterRow, &last); err != nil {
		return page, fmt.Errorf("read the outbox counter: %w", err)
	}
	for n := min(last, before-1); n > 0; n-- {
		id := fmt.Sprintf("%016x", n)
		r, found, err := loadOut(tx, id)
		if err == nil && !found {
			found, err = tx.Get(casework.Outbox, sentOwner, id, &r)
		}
		switch {
		case err != nil:
			return page, err
		case !found || state != "" && r.State != state:
			continue
		case len(page.Items) == limit:
			page.Next = page.Items[limit-1].ID
			return page, nil
		}
		page.Items = append(page.Items, d.queued(r))
	}
	return page, nil
}

// queued is a row as people see it, with what the sender knows of it by now.
func (d *Desk) queued(r outRow) casework.Queued {
	q := r.Queued
	if r.State == Pending {
		a := d.outbox.attempt(r.ID)
		q.Tries += a.n
		q.Waits = a.waits
	}
	return q
}
