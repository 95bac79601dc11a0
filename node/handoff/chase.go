package handoff

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"serasi/node/casework"
)

const fetchers = 4 // packets on their way at once

// expect notes that something is to be fetched for a handoff.
func (d *Desk) expect(tx casework.Tx, id casework.HandoffID) {
	tx.After(func() {
		d.fetchMu.Lock()
		d.wanted[id] = chase{running: d.wanted[id].running, again: d.wanted[id].running}
		d.fetchMu.Unlock()
		ring(d.arrivals)
	})
}

// chase is one handoff that something is fetched for.
type chase struct {
	from    casework.BalaiCode // whom it was asked of last
	tries   int                // in a row that brought nothing
	next    time.Time
	running bool
	again   bool // since the one that runs began, there is more to fetch or the other answers again
}

// fetchLoop fetches what is expected until ctx ends. A slow line holds up
// nothing but what comes over it.
func (d *Desk) fetchLoop(ctx context.Context) {
	if err := d.loadWanted(); err != nil {
		d.cfg.Log.Error("what is to be fetched cannot be read", "err", err)
	}
	free := make(chan struct{}, fetchers)
	var all sync.WaitGroup
	defer all.Wait()
	for {
		for _, id := range d.nowDue() {
			all.Go(func() {
				free <- struct{}{}
				defer func() { <-free }()
				if ctx.Err() == nil {
					d.fetch(ctx, id)
				}
			})
		}
		if !pause(ctx, d.arrivals, max(d.untilFetch(), time.Millisecond)) {
			return
		}
	}
}

// loadWanted finds what was on its way when the node stopped.
func (d *Desk) loadWanted() error {
	return d.cfg.Store.View(func(tx casework.Tx) error {
		return eachRecord(tx, "", func(r record) (bool, error) {
			if r.wantsPacket() || r.Follow == followWanted {
				d.fetchMu.Lock()
				d.wanted[r.ID] = chase{}
				d.fetchMu.Unlock()
			}
			return true, nil
		})
	})
}

func (r record) wantsPacket() bool { return r.Box == casework.In && r.Packet == packetFetching }

// nowDue takes what is due and does not run.
func (d *Desk) nowDue() (due []casework.HandoffID) {
	d.fetchMu.Lock()
	defer d.fetchMu.Unlock()
	for id, c := range d.wanted {
		if !c.running && !time.Now().Before(c.next) {
			c.running = true
			d.wanted[id] = c
			due = append(due, id)
		}
	}
	return due
}

func (d *Desk) untilFetch() time.Duration {
	d.fetchMu.Lock()
	defer d.fetchMu.Unlock()
	wait := d.cfg.MaxBackoff
	for _, c := range d.wanted {
		if !c.running {
			wait = min(wait, time.Until(c.next))
		}
	}
	return wait
}

// fetch tries once to bring what is missing of one handoff, and notes how it
// went.
func (d *Desk) fetch(ctx context.Context, id casework.HandoffID) {
	had := d.fetchedOf(id)
	from, err := d.fetchAll(ctx, id)
	d.fetchMu.Lock()
	defer d.fetchMu.Unlock()
	defer ring(d.arrivals)
	c := d.wanted[id]
	if err == nil && !c.again {
		delete(d.wanted, id)
		delete(d.fetched, id)
		return
	}
	next := chase{from: from}
	if err != nil {
		if next.tries = c.tries + 1; c.again || d.fetched[id].got > had.got {
			next.tries = 1 // the line may be poor, and it is there
		}
		wait := d.cfg.MaxBackoff
		if next.tries < 20 {
			wait = min(wait, d.cfg.Backoff<<(next.tries-1))
		}
		next.next = time.Now().Add(wait/2 + rand.N(wait/2+1))
		d.cfg.Log.Debug("a packet is not here yet", "handoff", id, "tries", next.tries, "err", err)
	}
	d.wanted[id] = next
}

// Reached tells the desk that the node of a balai answers again: what was to be
// fetched from there is tried at once.
func (d *Desk) Reached(balai casework.BalaiCode) {
	d.chaseNow(func(c chase) bool { return c.from == balai })
}

// chaseNow tries at once what is to be fetched and which lets pass.
func (d *Desk) chaseNow(which func(chase) bool) {
	d.fetchMu.Lock()
	defer d.fetchMu.Unlock()
	for id, c := range d.wanted {
		if which(c) {
			c.next, c.again = time.Time{}, c.running
			d.wanted[id] = c
		}
	}
	ring(d.arrivals)
}

// TryNow tries everything at once that waits for its next try: commands on their
// way to the ledger, and packets on their way here. It does nothing that the node
// would not do by itself, so whoever may see the outbox may ask for it.
func (d *Desk) TryNow(ctx context.Context, by casework.Actor) error {
	x := deed{by: by, act: casework.ReadStatus, what: "try now"}
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if err := d.cfg.Gate.Check(tx, by, casework.ReadStatus, nil); err != nil {
			return err
		}
		return d.record(tx, x, "done")
	})
	if err != nil {
		return d.denied(ctx, x, err)
	}
	d.outbox.hurry(true)
	d.outbox.kick()
	d.chaseNow(func(chase) bool { return true })
	return nil
}

func (d *Desk) fetchedOf(id casework.HandoffID) progress {
	d.fetchMu.Lock()
	defer d.fetchMu.Unlock()
	return d.fetched[id]
}

func (d *Desk) progress(id casework.HandoffID, got, of int64) {
	d.fetchMu.Lock()
	defer d.fetchMu.Unlock()
	d.fetched[id] = progress{got, of}
}
