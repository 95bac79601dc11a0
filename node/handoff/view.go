package handoff

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// A Filter asks for a page of handoffs.
type Filter struct {
	Box    casework.Box // empty: both
	State  string       // empty: all; open, ended, or the name of a stage
	Cursor string       // Next of the page before
	Limit  int          // 1 to 100; 0: 50
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

func (f Filter) check() error {
	var faults []casework.Fault
	if f.Box != "" && f.Box != casework.In && f.Box != casework.Out {
		faults = append(faults, casework.Fault{Field: "box", Words: "must be in or out"})
	}
	_, isStage := ledger.ParseStage(f.State)
	if !isStage && !slices.Contains([]string{"", "open", "ended", stageQueued, stageRejected}, f.State) {
		faults = append(faults, casework.Fault{Field: "state", Words: "must be open, ended or the name of a stage"})
	}
	if f.Cursor != "" && !casework.IsID(f.Cursor) {
		faults = append(faults, casework.Fault{Field: "cursor", Words: "is not one that a page before gave"})
	}
	return casework.Faulty(faults...)
}

func (f Filter) wants(r record) bool {
	if f.Box != "" && r.Box != f.Box {
		return false
	}
	switch f.State {
	case "":
		return true
	case "open":
		return !r.ended()
	case "ended":
		return r.ended()
	}
	return r.Stage == f.State
}

// List returns the handoffs that by may read, in order of id, without what was
// said in them.
func (d *Desk) List(ctx context.Context, by casework.Actor, f Filter) (page casework.Page[casework.Handoff], err error) {
	limit, err := pageSize(f.Limit)
	if err = errors.Join(f.check(), err); err != nil {
		return page, err
	}
	x := deed{by: by, act: casework.ReadCase, what: "handoffs"}
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		if err := d.mayList(tx, by); err != nil {
			return err
		}
		return eachRecord(tx, f.Cursor, func(r record) (bool, error) {
			if !f.wants(r) || d.mayRead(tx, by, r) != nil {
				return true, nil
			}
			if len(page.Items) == limit {
				page.Next = string(r.ID)
				return false, nil
			}
			h, err := d.shown(tx, by, r)
			page.Items = append(page.Items, h)
			return true, err
		})
	})
	if err == nil {
		err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error { return d.record(tx, x, "done") })
	}
	if err != nil {
		return casework.Page[casework.Handoff]{}, d.denied(ctx, x, err)
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
	for _, a := range acts {
		if d.check(tx, by, gates[a], rec.Case) == nil {
			h.Actions = append(h.Actions, a.String())
		}
	}
	return h, nil
}

// Outbox returns the commands of this node on their way to the ledger, oldest
// first: those in one state (Pending, Committed, Rejected, Undecided), or all.
func (d *Desk) Outbox(_ context.Context, by casework.Actor, state, after string, limit int) (page casework.Page[casework.Queued], err error) {
	limit, err = pageSize(limit)
	if err == nil && !slices.Contains([]string{"", Pending, Committed, Rejected, Undecided}, state) {
		err = casework.Faulty(casework.Fault{Field: "state", Words: "must be pending, committed, rejected or undecided"})
	}
	if err == nil && after != "" && (len(after) != 16 || strings.Trim(after, "0123456789abcdef") != "") {
		err = casework.Faulty(casework.Fault{Field: "cursor", Words: "is not one that a page before gave"})
	}
	if err != nil {
		return page, err
	}
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		if err := d.cfg.Gate.Check(tx, by, casework.ReadStatus, nil); err != nil {
			return err
		}
		for _, owner := range []string{sentOwner, casework.NodeOwner} {
			if err := d.outRows(tx, owner, state, after, limit+1, &page.Items); err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortFunc(page.Items, func(a, b casework.Queued) int { return strings.Compare(a.ID, b.ID) })
	if err == nil && len(page.Items) > limit {
		page.Next = page.Items[limit].ID
		page.Items = page.Items[:limit]
	}
	return page, err
}

// outRows adds at most limit rows of one owner.
func (d *Desk) outRows(tx casework.Tx, owner, state, from string, limit int, into *[]casework.Queued) error {
	n := 0
	err := tx.Each(casework.Outbox, owner, from, func(_ string, decode func(any) error) (bool, error) {
		var r outRow
		if err := decode(&r); err != nil {
			return false, err
		}
		if state != "" && r.State != state {
			return true, nil
		}
		q := r.Queued
		if r.State == Pending {
			a := d.outbox.attempt(r.ID)
			q.Tries += a.n
			q.Waits = a.waits
		}
		*into = append(*into, q)
		n++
		return n < limit, nil
	})
	if err != nil {
		return fmt.Errorf("read the outbox: %w", err)
	}
	return nil
}

// Custody says who is responsible for a case.
type Custody struct {
	Case    casework.CaseID    `json:"case"`
	Handle  string             `json:"handle"`
	Owner   casework.BalaiCode `json:"owner"`
	Epoch   uint64             `json:"epoch"`          // 0: the ledger has never heard of the case
	Open    casework.HandoffID `json:"open,omitempty"` // the transfer under way
	Since   time.Time          `json:"since,omitzero"`
	AsOf    uint64             `json:"asOf"` // number of the event up to which this is true
	Strong  bool               `json:"strong"`
	Missing bool               `json:"missing,omitempty"` // ours by the ledger, but the content is not here
}

// Custody reads from the ledger of this node who is responsible for a case here.
// Strong first waits until this node has applied all that was committed when it
// was asked; the error is then Unavailable if no leader can be reached.
func (d *Desk) Custody(ctx context.Context, by casework.Actor, id casework.CaseID, strong bool) (c Custody, err error) {
	x := deed{by: by, act: casework.ReadCase, what: "custody", on: id}
	err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if err := d.check(tx, by, casework.ReadCase, id); err != nil {
			return err
		}
		local, err := loadCase(tx, id)
		if err != nil {
			return err
		}
		c = Custody{Case: id, Handle: local.Handle, Owner: d.cfg.Self, Strong: strong}
		c.Missing = local.State == casework.HandedOver
		return d.record(tx, x, "done")
	})
	if err != nil {
		return Custody{}, d.denied(ctx, x, err)
	}
	if strong {
		if _, err := d.cfg.Ledger.Fresh(ctx); err != nil {
			d.cfg.Log.Info("a strong read found no leader", "err", err)
			return Custody{}, casework.Unavailable.Because("no leader answers now; ask for the local state instead")
		}
	}
	handle, err := ledger.ParseID(c.Handle)
	if err != nil {
		return Custody{}, fmt.Errorf("handle of case %s: %w", id, err)
	}
	err = d.cfg.Ledger.View(func(v ledger.View) error {
		c.AsOf, _, _ = v.Head()
		if have, ok := v.Custody(handle); ok {
			c.Owner, c.Epoch, c.Since = casework.BalaiCode(have.Owner), have.Epoch, have.Since.Time()
			if !have.Open.IsZero() {
				c.Open = casework.HandoffID(have.Open.String())
			}
		}
		return nil
	})
	c.Missing = c.Missing && c.Owner == d.cfg.Self
	return c, err
}

// Status is how the desk stands, for the health page.
type Status struct {
	Cursor    uint64        `json:"cursor"`          // last event whose effects are written
	Head      uint64        `json:"head"`            // last event of the ledger here
	Diverged  bool          `json:"diverged"`        // see ErrDiverged
	Restoring bool          `json:"restoring"`       // back from a backup, not yet level
	Pending   int           `json:"pending"`         // commands that wait
	Undecided int           `json:"undecided"`       // commands that a person must decide about
	Oldest    time.Time     `json:"oldest,omitzero"` // when the oldest that waits was made
	Fetching  int           `json:"fetching"`        // packets on their way
	KeyAge    time.Duration `json:"keyAge"`          // of the sealing key in force
}

// Status returns how the desk stands now.
func (d *Desk) Status() (s Status, err error) {
	s.Diverged, s.Restoring = d.diverged.Load(), d.restored.Load()
	err = d.cfg.Ledger.View(func(v ledger.View) error {
		s.Head, _, _ = v.Head()
		if m, ok := v.Member(ledger.NodeID(d.cfg.Self)); ok {
			s.KeyAge = d.now().Sub(m.SealSince.Time())
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	d.fetchMu.Lock()
	s.Fetching = len(d.todo)
	d.fetchMu.Unlock()
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		at, err := loadCursor(tx)
		if err != nil {
			return err
		}
		s.Cursor = at.N
		rows, err := pendingOf(tx, func(outRow) bool { return true })
		for _, r := range rows {
			if r.State == Undecided {
				s.Undecided++
				continue
			}
			s.Pending++
			if s.Oldest.IsZero() {
				s.Oldest = r.Created
			}
		}
		return err
	})
	return s, err
}
