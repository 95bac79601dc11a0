package main

import (
	"context"
	"errors"
	"fmt"

	"serasi/node"
)

// belongs is who the ledger says is responsible for a case.
type belongs struct {
	owner string
	epoch uint64
}

// chronicle is what one node's ledger tells.
type chronicle struct {
	head  uint64
	hash  string
	owner map[string]belongs // by the handle of the case
}

// check looks at all five nodes: each case that travelled must end where its
// story says, under the same epoch everywhere, and the ledgers must be one.
func (d *demo) check(ctx context.Context) error {
	told, err := d.chronicles(ctx)
	if err != nil {
		return err
	}
	first := told[d.state.Nodes[0].Code]
	var faults []error
	for code, c := range told {
		if c.hash != first.hash {
			faults = append(faults, fmt.Errorf("%s: hash %.12s at event %d, %.12s elsewhere", code, c.hash, c.head, first.hash))
		}
	}
	checked := 0
	for _, r := range d.state.Rounds {
		for key, owner := range r.Owners {
			checked++
			for code, c := range told {
				if at := c.owner[r.Handles[key]]; at.owner != owner || at != first.owner[r.Handles[key]] || at.epoch == 0 {
					faults = append(faults, fmt.Errorf("%s: %s is with %q (epoch %d), not with %s", code, key, at.owner, at.epoch, owner))
				}
			}
			faults = append(faults, d.checkAtHome(ctx, r, key, owner, first))
		}
	}
	faults = append(faults, d.drained(ctx))
	if err := errors.Join(faults...); err != nil {
		return &failure{code: exitFailed, words: d.t("pemeriksaan gagal", "the check failed"), list: []string{err.Error()}, cause: err}
	}
	d.tell("")
	d.tell("%s", d.paint(green, fmt.Sprintf(d.t("Diperiksa di kelima simpul: %d kasus di tempat yang benar, epoch sama, hash buku besar sama (peristiwa %d, %.12s).",
		"Checked on all five nodes: %d cases where they belong, one epoch, one ledger (event %d, %.12s)."), checked, first.head, first.hash)))
	return nil
}

// checkAtHome asks a majority, through the balai where the case began.
func (d *demo) checkAtHome(ctx context.Context, r *round, key, owner string, told chronicle) error {
	for _, n := range d.state.Nodes {
		c, err := d.as(n.Code, head)
		if err != nil {
			return err
		}
		var x node.Custody
		err = c.get(ctx, path("cases", r.Cases[key], "custody"), queryOf("consistency", "strong"), &x)
		if err != nil {
			continue // the case did not begin here
		}
		if string(x.Owner) != owner || x.Epoch != told.owner[r.Handles[key]].epoch {
			return fmt.Errorf("%s: a majority says that %s is with %s (epoch %d)", n.Code, key, x.Owner, x.Epoch)
		}
		return nil
	}
	return fmt.Errorf("no balai knows the case of %s", key)
}

// chronicles reads the ledger of every node up to an event that all have.
func (d *demo) chronicles(ctx context.Context) (map[string]chronicle, error) {
	var upto uint64
	for _, n := range d.state.Nodes {
		h, err := d.head(ctx, n)
		if err != nil {
			return nil, err
		}
		upto = max(upto, h.Index)
	}
	told := map[string]chronicle{}
	for _, n := range d.state.Nodes {
		err := waitFor(ctx, n.Code+": "+d.t("buku besar menyusul", "the ledger catches up"), func() (bool, error) {
			h, err := d.head(ctx, n)
			return err == nil && h.Index >= upto, err
		})
		if err != nil {
			return nil, err
		}
		if told[n.Code], err = d.chronicle(ctx, n, upto); err != nil {
			return nil, fmt.Errorf("%s: %w", n.Code, err)
		}
	}
	return told, nil
}

func (d *demo) head(ctx context.Context, n *demoNode) (h node.Head, err error) {
	c, err := d.as(n.Code, admin)
	if err != nil {
		return h, err
	}
	return h, c.get(ctx, "/ledger/head", nil, &h)
}

// chronicle replays the events of one node: custody begins with the source of
// the first offer, and moves at each receive.
func (d *demo) chronicle(ctx context.Context, n *demoNode, upto uint64) (chronicle, error) {
	told := chronicle{owner: map[string]belongs{}}
	c, err := d.as(n.Code, admin)
	if err != nil {
		return told, err
	}
	for from := uint64(1); from != 0 && from <= upto; {
		page, err := c.events(ctx, from, 100)
		if err != nil {
			return told, err
		}
		for _, e := range page.Items {
			if e.Index > upto {
				return told, nil
			}
			if e.Index != told.head+1 {
				return told, fmt.Errorf("event %d follows event %d", e.Index, told.head)
			}
			told.head, told.hash = e.Index, e.Hash
			told.learn(e)
		}
		from = page.Next
	}
	return told, nil
}

func (t chronicle) learn(e node.Event) {
	at, known := t.owner[e.Handle]
	switch {
	case e.Handle == "":
	case e.Act == "offer" && !known:
		t.owner[e.Handle] = belongs{string(e.From), e.Epoch}
	case e.Act == "receive":
		t.owner[e.Handle] = belongs{string(e.To), max(e.Epoch, at.epoch+1)}
	}
}

// drained makes sure that nothing waits in any outbox, and that nothing was
// refused.
func (d *demo) drained(ctx context.Context) error {
	var faults []error
	for _, n := range d.state.Nodes {
		c, err := d.as(n.Code, head)
		if err != nil {
			return err
		}
		for _, state := range []string{"pending", "rejected", "undecided"} {
			err := waitFor(ctx, n.Code+": "+d.t("kotak keluar", "outbox")+" "+state, func() (bool, error) {
				var p node.Page[node.Queued]
				err := c.get(ctx, "/outbox", queryOf("state", state), &p)
				if err == nil && state != "pending" && len(p.Items) > 0 {
					err = fmt.Errorf("%s: %s %s: %s", n.Code, p.Items[0].Act, state, p.Items[0].Reason)
				}
				return err == nil && len(p.Items) == 0, err
			})
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}
