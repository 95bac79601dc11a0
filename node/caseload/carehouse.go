package caseload

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"serasi/node/casework"
)

// Houses returns the houses of this balai in order of site and name. It is for
// rooms that have asked the gate.
func Houses(tx casework.Tx) ([]casework.House, error) {
	list, err := casework.RowsOf[casework.House](tx, casework.Houses, casework.NodeOwner)
	slices.SortFunc(list, func(a, b casework.House) int {
		return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return list, err
}

func houseOfBed(tx casework.Tx, bed casework.CareID) (casework.House, casework.Bed, error) {
	list, err := Houses(tx)
	if err != nil {
		return casework.House{}, casework.Bed{}, err
	}
	for _, h := range list {
		if b, ok := h.Bed(bed); ok {
			return h, b, nil
		}
	}
	return casework.House{}, casework.Bed{}, casework.Faulty(casework.Fault{Field: "bed", Words: "is not a bed of this balai"})
}

// PutHouse adds a house, or changes the one with its id that the caller saw at
// version. Beds without an id are new ones. It needs the right to set up the
// balai. The error is Invalid, Stale, Forbidden, NotFound, or Conflict if a bed
// that is left out is taken.
func (k *Care) PutHouse(ctx context.Context, by casework.Actor, version uint64, h casework.House) (casework.House, error) {
	if err := casework.Faulty(h.Check()...); err != nil {
		return casework.House{}, err
	}
	d := deed{by, casework.SetUp, ofHouse}
	err := k.cs.setUp(ctx, d, func(tx casework.Tx) error {
		var was casework.House
		if h.ID == "" {
			h.ID, version = casework.CareID(k.cs.cfg.NewID()), 0
		} else if found, err := tx.Get(casework.Houses, casework.NodeOwner, string(h.ID), &was); err != nil || !found {
			return errors.Join(err, casework.NotFound.Because("there is no such house"))
		}
		if was.Version != version {
			return casework.Stale(was, h)
		}
		beds, err := k.beds(tx, was, h.Beds)
		if err != nil {
			return err
		}
		h.Beds, h.Version = beds, was.Version+1
		return put(tx, casework.Houses, casework.NodeOwner, string(h.ID), h)
	})
	if err != nil {
		return casework.House{}, err
	}
	return h, nil
}

// beds gives new beds their id, and refuses to lose one that is taken.
func (k *Care) beds(tx casework.Tx, was casework.House, list []casework.Bed) ([]casework.Bed, error) {
	out := slices.Clone(list)
	for i, b := range out {
		if b.ID == "" {
			out[i].ID = casework.CareID(k.cs.cfg.NewID())
		} else if _, ok := was.Bed(b.ID); !ok {
			return nil, casework.Faulty(casework.Fault{Field: fmt.Sprintf("beds.%d.id", i), Words: "is not a bed of this house"})
		}
	}
	for _, b := range was.Beds {
		if slices.ContainsFunc(out, func(x casework.Bed) bool { return x.ID == b.ID }) {
			continue
		}
		var use bedUse
		if found, err := tx.Get(casework.Beds, casework.NodeOwner, string(b.ID), &use); err != nil {
			return nil, err
		} else if found {
			return nil, casework.Conflict.Because("the bed %s is taken", b.Name)
		}
	}
	return out, nil
}

// setUp runs f as one change of what belongs to the balai and to no case.
func (cs *Cases) setUp(ctx context.Context, d deed, f func(casework.Tx) error) error {
	err := cs.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if err := cs.cfg.Gate.Check(tx, d.by, d.act, nil); err != nil {
			return err
		}
		if err := f(tx); err != nil {
			return err
		}
		return cs.record(tx, d, "", "", "done")
	})
	return cs.denied(ctx, d, "", err)
}

// Board returns the houses with who has which bed. Whoever may find cases sees
// it; of a case they may not find, only that the bed is taken.
func (k *Care) Board(ctx context.Context, by casework.Actor) ([]casework.HouseView, error) {
	var out []casework.HouseView
	d := deed{by, casework.Find, ofBoard}
	err := k.cs.cfg.Store.View(func(tx casework.Tx) error {
		if err := k.cs.cfg.Gate.Check(tx, by, casework.Find, nil); err != nil {
			return err
		}
		list, err := Houses(tx)
		if err != nil {
			return err
		}
		for _, h := range list {
			beds := make([]casework.BedView, len(h.Beds))
			for i, b := range h.Beds {
				if beds[i], err = k.bed(tx, by, b); err != nil {
					return err
				}
			}
			out = append(out, casework.CountHouse(h, beds))
		}
		return nil
	})
	if err != nil {
		return nil, k.cs.denied(ctx, d, "", err)
	}
	return out, k.cs.recordAlone(ctx, d, "", "", "done")
}

func (k *Care) bed(tx casework.Tx, by casework.Actor, b casework.Bed) (casework.BedView, error) {
	v := casework.BedView{Bed: b}
	var use bedUse
	found, err := tx.Get(casework.Beds, casework.NodeOwner, string(b.ID), &use)
	if err != nil || !found {
		return v, err
	}
	v.Taken = true
	c, err := casework.CaseOf(tx, use.Case)
	if errors.Is(err, casework.NotFound) {
		v.Taken = false // the case was erased, and its stay with it
		return v, nil
	}
	if err != nil || k.cs.cfg.Gate.Check(tx, by, casework.Find, &c) != nil {
		return v, err
	}
	p, err := person(tx, c)
	if err != nil {
		return v, err
	}
	var r casework.Record[casework.Stay]
	if _, err := tx.Get(casework.Stays, string(c.ID), string(use.Stay), &r); err != nil {
		return v, err
	}
	v.Case, v.Number, v.Initials, v.Since = c.ID, c.Number, p.Initials(), r.Data.From
	if a := r.Data.NowAway(); a != nil {
		v.Away = a.Kind
	}
	return v, nil
}
