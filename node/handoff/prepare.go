package handoff

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// maxPrepared is how many things may wait for the head at once.
const maxPrepared = 500

// shelfMark says where a row of PreparedRows lies. It holds nothing of the case.
type shelfMark struct {
	Owner string `json:"owner"`
	Open  bool   `json:"open"`
}

// Prepare keeps an offer or an answer for the head of the balai to decide.
// Nothing leaves the balai by it, and a case stays editable.
//
// The error is Invalid with the fields, Forbidden, NotFound, or Conflict if the
// step is not possible now.
func (d *Desk) Prepare(ctx context.Context, by casework.Actor, in casework.NewPrepared) (casework.Prepared, error) {
	p := casework.Prepared{ID: d.cfg.NewID(), By: by.User, Name: by.Name, Created: d.now()}
	return d.keepPrepared(ctx, by, p, in, func(tx casework.Tx) error {
		waiting, err := openMarks(tx)
		if err == nil && len(waiting) >= maxPrepared {
			err = casework.TooMany.Because("too much waits for the head already; have some of it decided first")
		}
		return err
	})
}

// ChangePrepared replaces what was prepared and was seen at version. The error
// is that of Prepare, or Conflict with both versions if the edit was stale.
func (d *Desk) ChangePrepared(ctx context.Context, by casework.Actor, id string, version uint64, in casework.NewPrepared) (casework.Prepared, error) {
	var p casework.Prepared
	err := d.cfg.Store.View(func(tx casework.Tx) (err error) {
		p, err = loadPrepared(tx, id)
		return err
	})
	if err != nil {
		return casework.Prepared{}, err
	}
	return d.keepPrepared(ctx, by, p, in, func(tx casework.Tx) error {
		now, err := loadPrepared(tx, id)
		if err != nil {
			return err
		}
		changed := now
		changed.What = in
		switch {
		case now.Version != version:
			return casework.Stale(now, changed)
		case !now.Open():
			return casework.Conflict.Because("this was decided already")
		}
		if err := d.mayPrepare(tx, by, now.What); err != nil {
			return err
		}
		p.Version, p.Talk = now.Version, now.Talk
		return nil
	})
}

// keepPrepared checks and writes one preparation.
func (d *Desk) keepPrepared(
	ctx context.Context, by casework.Actor, p casework.Prepared, in casework.NewPrepared, first func(casework.Tx) error,
) (casework.Prepared, error) {
	if in.Offer != nil {
		whole := in.Offer.WithDefaults()
		in.Offer = &whole
	}
	if err := casework.Faulty(in.Check(d.cfg.Self)...); err != nil {
		return casework.Prepared{}, err
	}
	if in.Offer != nil {
		if err := d.knows(in.Offer.To); err != nil {
			return casework.Prepared{}, err
		}
	}
	x := deed{by: by, act: casework.PrepareOffer, what: "prepare", handoff: in.Handoff}
	if in.Offer == nil {
		x.act = casework.PrepareAnswer
	}
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if err := errors.Join(first(tx), d.mayPrepare(tx, by, in)); err != nil {
			return err
		}
		owner, err := d.place(tx, &p, in)
		if err != nil {
			return err
		}
		x.on = p.Case
		p.What, p.Version, p.Changed, p.State = in, p.Version+1, d.now(), casework.PreparedDraft
		if in.Ask {
			p.State = casework.PreparedWaiting
		}
		return errors.Join(putPrepared(tx, owner, p), d.record(tx, x, "done"))
	})
	if err != nil {
		return casework.Prepared{}, d.denied(ctx, x, err)
	}
	return p, nil
}

// place finds whom a preparation belongs to, and checks an answer against the
// handoff it is for.
func (d *Desk) place(tx casework.Tx, p *casework.Prepared, in casework.NewPrepared) (owner string, err error) {
	if in.Offer != nil {
		p.Case, p.To = in.Offer.Cases[0], in.Offer.To
		return string(p.Case), nil
	}
	rec, err := needRecord(tx, in.Handoff)
	if err != nil {
		return "", err
	}
	a, ok := ledger.ParseAct(in.Act)
	if _, mine := gates[a]; !ok || !mine {
		return "", casework.Faulty(casework.Fault{Field: "act", Words: "is not a step of a handoff"})
	}
	if !slices.Contains(rec.asLedger().Actions(ledger.NodeID(d.cfg.Self)), a) {
		return "", casework.Conflict.Because("%s is not possible now: the handoff is %s", a, rec.Stage)
	}
	p.Case, p.To = rec.Case, rec.other()
	return rec.Held, casework.Faulty(in.Said.Check(in.Act, rec.Handoff)...)
}

// mayPrepare asks the gate about each case of an offer, or about the handoff
// that is answered.
func (d *Desk) mayPrepare(tx casework.Tx, by casework.Actor, in casework.NewPrepared) error {
	if in.Offer == nil {
		rec, err := needRecord(tx, in.Handoff)
		if err != nil {
			return err
		}
		return errors.Join(d.cfg.Gate.Check(tx, by, casework.PrepareAnswer, nil), d.mayRead(tx, by, rec))
	}
	for _, id := range in.Offer.Cases {
		if err := d.check(tx, by, casework.PrepareOffer, id); err != nil {
			return err
		}
	}
	return nil
}

// Prepared returns one preparation. That it was read is recorded before it is
// returned.
func (d *Desk) Prepared(ctx context.Context, by casework.Actor, id string) (p casework.Prepared, err error) {
	x := deed{by: by, act: casework.ReadCase, what: "prepared handoff"}
	err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if p, err = loadPrepared(tx, id); err != nil {
			return err
		}
		x.on, x.handoff = p.Case, p.What.Handoff
		if err := d.mayPrepare(tx, by, p.What); err != nil {
			return err
		}
		return d.record(tx, x, "done")
	})
	if err != nil {
		return casework.Prepared{}, d.denied(ctx, x, err)
	}
	return p, nil
}

// Preparations returns what waits for somebody and by may see, oldest first,
// without what was written in it.
func (d *Desk) Preparations(_ context.Context, by casework.Actor) (list []casework.Prepared, err error) {
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		if err := d.mayList(tx, by); err != nil {
			return err
		}
		ids, err := openMarks(tx)
		if err != nil {
			return err
		}
		for _, id := range ids {
			p, err := loadPrepared(tx, id)
			if errors.Is(err, casework.NotFound) { // erased with its case
				continue
			}
			if err != nil {
				return err
			}
			if d.mayPrepare(tx, by, p.What) == nil {
				p.What, p.Talk = casework.NewPrepared{Handoff: p.What.Handoff, Act: p.What.Act}, nil
				list = append(list, p)
			}
		}
		return nil
	})
	slices.SortFunc(list, func(a, b casework.Prepared) int {
		return cmp.Or(a.Created.Compare(b.Created), strings.Compare(a.ID, b.ID))
	})
	return list, err
}

// SignPrepared does what was prepared, in the name of the balai: the offer or
// the answer goes out as if by had made it. Only who may offer or answer may
// sign; all else is as for Offer and Act.
func (d *Desk) SignPrepared(ctx context.Context, by casework.Actor, id string, version uint64) (casework.Prepared, error) {
	var p casework.Prepared
	err := d.cfg.Store.View(func(tx casework.Tx) (err error) {
		if p, err = loadPrepared(tx, id); err == nil {
			err = d.mayPrepare(tx, by, p.What)
		}
		return err
	})
	if err != nil {
		return casework.Prepared{}, d.denied(ctx, deed{by: by, act: casework.Offer, what: "sign", on: p.Case}, err)
	}
	done := func(tx casework.Tx, sent ...casework.HandoffID) error {
		return d.decidePrepared(tx, &p, version, casework.PreparedSent, sent)
	}
	if o := p.What.Offer; o != nil {
		_, err = d.offer(ctx, by, *o, func(tx casework.Tx, made []casework.Handoff) error {
			ids := make([]casework.HandoffID, 0, len(made))
			for _, h := range made {
				ids = append(ids, h.ID)
			}
			return done(tx, ids...)
		})
	} else {
		_, err = d.act(ctx, by, p.What.Handoff, p.What.Act, p.What.Said, func(tx casework.Tx) error { return done(tx, p.What.Handoff) })
	}
	if err != nil {
		return casework.Prepared{}, err
	}
	return p, nil
}

// decidePrepared notes what became of a preparation that was seen at version.
func (d *Desk) decidePrepared(tx casework.Tx, p *casework.Prepared, version uint64, state string, sent []casework.HandoffID) error {
	now, err := loadPrepared(tx, p.ID)
	if err != nil {
		return err
	}
	switch {
	case !now.Open():
		return casework.Conflict.Because("this was decided already")
	case now.Version != version:
		return casework.Stale(now, *p)
	}
	now.State, now.Version, now.Changed, now.Sent, now.Talk = state, now.Version+1, d.now(), sent, append(now.Talk, p.Talk[min(len(now.Talk), len(p.Talk)):]...)
	*p = now
	owner, err := markOf(tx, p.ID)
	if err != nil {
		return err
	}
	return putPrepared(tx, owner.Owner, now)
}

// ReturnPrepared sends back what waits, with words for who prepared it. Who
// prepared something does not send it back to themselves.
func (d *Desk) ReturnPrepared(ctx context.Context, by casework.Actor, id string, version uint64, text string) (casework.Prepared, error) {
	return d.turnPrepared(ctx, by, id, version, casework.PreparedReturned, text)
}

// DropPrepared ends what was prepared: it will not be sent.
func (d *Desk) DropPrepared(ctx context.Context, by casework.Actor, id string, version uint64) (casework.Prepared, error) {
	return d.turnPrepared(ctx, by, id, version, casework.PreparedDropped, "")
}

func (d *Desk) turnPrepared(ctx context.Context, by casework.Actor, id string, version uint64, state, text string) (p casework.Prepared, err error) {
	x := deed{by: by, act: casework.PrepareOffer, what: "prepared " + state}
	err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if p, err = loadPrepared(tx, id); err != nil {
			return err
		}
		x.on, x.handoff = p.Case, p.What.Handoff
		if err := d.mayPrepare(tx, by, p.What); err != nil {
			return err
		}
		if state == casework.PreparedReturned {
			if p.By == by.User {
				return casework.Conflict.Because("you prepared this yourself: change it, or drop it")
			}
			word := casework.Aside{By: by.User, Name: by.Name, At: d.now(), Text: strings.TrimSpace(text)}
			if err := casework.Faulty(word.Check()...); err != nil {
				return err
			}
			p.Talk = append(p.Talk, word)
		}
		return errors.Join(d.decidePrepared(tx, &p, version, state, nil), d.record(tx, x, "done"))
	})
	if err != nil {
		return casework.Prepared{}, d.denied(ctx, x, err)
	}
	return p, nil
}

func markOf(tx casework.Tx, id string) (m shelfMark, err error) {
	found, err := tx.Get(casework.PreparedIndex, casework.NodeOwner, id, &m)
	if err != nil {
		return m, fmt.Errorf("read where prepared %s lies: %w", id, err)
	}
	if !found {
		return m, casework.NotFound.Because("there is nothing prepared under this number")
	}
	return m, nil
}

func loadPrepared(tx casework.Tx, id string) (p casework.Prepared, err error) {
	mark, err := markOf(tx, id)
	if err != nil {
		return p, err
	}
	found, err := tx.Get(casework.PreparedRows, mark.Owner, id, &p)
	if err != nil {
		return p, fmt.Errorf("read prepared %s: %w", id, err)
	}
	if !found {
		return p, casework.NotFound.Because("there is nothing prepared under this number")
	}
	return p, nil
}

func putPrepared(tx casework.Tx, owner string, p casework.Prepared) error {
	old, err := markOf(tx, p.ID)
	if err == nil && old.Owner != owner { // another case comes first now
		if err := tx.Delete(casework.PreparedRows, old.Owner, p.ID); err != nil {
			return fmt.Errorf("move prepared %s: %w", p.ID, err)
		}
	}
	if err := tx.Put(casework.PreparedRows, owner, p.ID, p); err != nil {
		return fmt.Errorf("write prepared %s: %w", p.ID, err)
	}
	if err := tx.Put(casework.PreparedIndex, casework.NodeOwner, p.ID, shelfMark{Owner: owner, Open: p.Open()}); err != nil {
		return fmt.Errorf("write where prepared %s lies: %w", p.ID, err)
	}
	return nil
}

// openMarks returns the ids of what waits.
func openMarks(tx casework.Tx) (ids []string, err error) {
	err = tx.Each(casework.PreparedIndex, casework.NodeOwner, "", func(id string, decode func(any) error) (bool, error) {
		var m shelfMark
		if err := decode(&m); err != nil {
			return false, err
		}
		if m.Open {
			ids = append(ids, id)
		}
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what is prepared: %w", err)
	}
	return ids, nil
}
