package api_test

import (
	"context"

	"serasi/node/casework"
)

// shelf is what waits for the head, kept by the fake desk.
type shelf struct{ rows map[string]casework.Prepared }

func (d *desk) Prepare(_ context.Context, by casework.Actor, in casework.NewPrepared) (casework.Prepared, error) {
	return d.keep(casework.Prepared{ID: d.cases.newID(), By: by.User}, 0, in, casework.PreparedDraft)
}

func (d *desk) keep(p casework.Prepared, version uint64, in casework.NewPrepared, state string) (casework.Prepared, error) {
	if err := casework.Faulty(in.Check("SRK")...); err != nil {
		return p, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.Version != version {
		return p, casework.Stale(p, in)
	}
	d.acts++
	p.What, p.State, p.Version = in, state, p.Version+1
	if in.Ask && state == casework.PreparedDraft {
		p.State = casework.PreparedWaiting
	}
	if d.shelf.rows == nil {
		d.shelf.rows = map[string]casework.Prepared{}
	}
	d.shelf.rows[p.ID] = p
	return p, nil
}

func (d *desk) Prepared(_ context.Context, _ casework.Actor, id string) (casework.Prepared, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.shelf.rows[id]
	if !ok {
		return p, casework.NotFound.Because("there is nothing prepared under this number")
	}
	return p, nil
}

func (d *desk) turn(by casework.Actor, id string, version uint64, state string) (casework.Prepared, error) {
	p, err := d.Prepared(context.Background(), by, id)
	if err != nil {
		return p, err
	}
	return d.keep(p, version, p.What, state)
}

func (d *desk) ChangePrepared(ctx context.Context, by casework.Actor, id string, version uint64, in casework.NewPrepared) (casework.Prepared, error) {
	p, err := d.Prepared(ctx, by, id)
	if err != nil {
		return p, err
	}
	return d.keep(p, version, in, casework.PreparedDraft)
}

func (d *desk) Preparations(context.Context, casework.Actor) (list []casework.Prepared, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.shelf.rows {
		list = append(list, p)
	}
	return list, nil
}

func (d *desk) SignPrepared(_ context.Context, by casework.Actor, id string, version uint64) (casework.Prepared, error) {
	return d.turn(by, id, version, casework.PreparedSent)
}

func (d *desk) ReturnPrepared(_ context.Context, by casework.Actor, id string, version uint64, text string) (casework.Prepared, error) {
	if err := casework.Faulty(casework.Aside{Text: text}.Check()...); err != nil {
		return casework.Prepared{}, err
	}
	return d.turn(by, id, version, casework.PreparedReturned)
}

func (d *desk) DropPrepared(_ context.Context, by casework.Actor, id string, version uint64) (casework.Prepared, error) {
	return d.turn(by, id, version, casework.PreparedDropped)
}

func (d *desk) SendOn(_ context.Context, _ casework.Actor, id casework.HandoffID, in casework.NewOnward) (casework.Handoff, error) {
	if err := casework.Faulty(in.Check()...); err != nil {
		return casework.Handoff{}, err
	}
	h, err := d.find(id)
	h.Follows = id
	return h, err
}

func (d *desk) Assign(_ context.Context, _ casework.Actor, ids []casework.HandoffID, to casework.UserID) error {
	if to != "" && !casework.IsID(string(to)) {
		return casework.Faulty(casework.Fault{Field: "to", Words: "is not an id"})
	}
	_, err := d.find(ids[0])
	return err
}

func (d *desk) LayAside(_ context.Context, _ casework.Actor, id casework.HandoffID) (casework.Handoff, error) {
	return d.find(id)
}
