package main

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"serasi/node"
)

// load is what a fleet is given to do: cases of invented people at some of its
// nodes, which are offered to others.
type load struct {
	*fleet
	senders []*demoNode
	ready   chan sending // not offered yet
}

// sending is one case that is to be offered.
type sending struct{ from, to, id string }

// newLoad makes accounts at senders nodes spread over the fleet, and opens n
// cases there. Each is to be offered to another node, by turns to all of them.
func (f *fleet) newLoad(ctx context.Context, senders, n int) (*load, error) {
	l := &load{fleet: f, ready: make(chan sending, n)}
	all := f.state.Nodes
	senders = min(senders, len(all))
	for i := range senders {
		at := all[i*len(all)/senders]
		l.senders = append(l.senders, at)
		if err := f.accounts(ctx, at); err != nil {
			return nil, err
		}
	}
	for i := range n {
		from := l.senders[i%senders]
		to := all[i%len(all)]
		if to == from {
			to = all[(i+1)%len(all)]
		}
		id, err := f.openCase(ctx, from.Code, fmt.Sprintf("Orang Karangan %d", i))
		if err != nil {
			return nil, err
		}
		l.ready <- sending{from.Code, to.Code, id}
	}
	return l, nil
}

func (f *fleet) openCase(ctx context.Context, balai, name string) (id string, err error) {
	c, err := f.as(balai, worker)
	if err != nil {
		return "", err
	}
	var o node.Overview
	err = c.post(ctx, "/cases", map[string]any{
		"urgency": "normal", "basis": "vital interest", "claims": []map[string]string{{"kind": "name", "value": name, "standing": "stated"}},
	}, &o)
	return string(o.Case.ID), err
}

func (f *fleet) offer(ctx context.Context, s sending) (h node.Handoff, err error) {
	c, err := f.as(s.from, head)
	if err == nil {
		err = c.post(ctx, path("cases", s.id, "transfers"), map[string]any{
			"to": s.to, "reason": "pengukuran", "wanted": "rehabilitasi", "basis": "vital interest", "basisWhy": "darurat",
		}, &h)
	}
	return h, err
}

// until asks for a handoff as the head of a balai until it is as wanted.
func (f *fleet) until(ctx context.Context, balai, id, what string, yes func(node.Handoff) bool) (h node.Handoff, err error) {
	c, err := f.as(balai, head)
	if err != nil {
		return h, err
	}
	return h, waitUpTo(ctx, patience, balai+": "+what, func() (bool, error) {
		err := c.get(ctx, path("handoffs", id), nil, &h)
		return err == nil && yes(h), nil //nolint:nilerr // it is asked again
	})
}

// send offers n of the cases, some at once, each of them waiting for the
// destination's node before the next, and tells how long it took.
func (l *load) send(ctx context.Context, n, atOnce int) ([]finding, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	var mu sync.Mutex // guards the two below
	var committed, delivered []float64
	var begun atomic.Int64
	before, err := l.scrape(ctx, l.state.Nodes[0].Code)
	if err != nil {
		return nil, err
	}
	start := time.Now()
	for range atOnce {
		all.Go(func() {
			for ctx.Err() == nil && begun.Add(1) <= int64(n) {
				h, err := l.sendOne(ctx, <-l.ready)
				if err != nil {
					cancel(err)
					return
				}
				mu.Lock()
				committed = append(committed, h.Ticks.Committed.Sub(h.Ticks.Queued).Seconds()*1000)
				delivered = append(delivered, h.Ticks.Delivered.Sub(h.Ticks.Queued).Seconds()*1000)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	took := time.Since(start).Seconds()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	after, err := l.scrape(ctx, l.state.Nodes[0].Code)
	if err != nil {
		return nil, err
	}
	note := fmt.Sprintf("%d handoffs from %d nodes, %d at once, %d nodes follow", n, len(l.senders), atOnce, len(l.state.Nodes)-1)
	out := []finding{{fmt.Sprintf("ledger commits a second, %d at once", atOnce), (after[metricEvent] - before[metricEvent]) / took, "/s", note}}
	out = append(out, spread(fmt.Sprintf("from sent to committed, %d at once", atOnce), "ms", note, committed)...)
	return append(out, spread(fmt.Sprintf("from sent to the destination's node, %d at once", atOnce), "ms", note, delivered)...), nil
}

func (l *load) sendOne(ctx context.Context, s sending) (node.Handoff, error) {
	h, err := l.offer(ctx, s)
	if err != nil {
		return h, fmt.Errorf("%s offers to %s: %w", s.from, s.to, err)
	}
	return l.until(ctx, s.from, string(h.ID), "the tick of the destination's node", func(h node.Handoff) bool { return !h.Ticks.Delivered.IsZero() })
}

// spread is the median and the bad end of figures, of which there is one at
// least.
func spread(name, unit, note string, all []float64) []finding {
	slices.Sort(all)
	return []finding{
		{name + ", p50", all[len(all)/2], unit, note},
		{name + ", p99", all[len(all)*99/100], unit, note},
	}
}
