package node

import (
	"context"

	"serasi/node/api"
	"serasi/node/casework"
	"serasi/node/handoff"
)

// counter is the handoff desk as the people's port wants it.
type counter struct{ *handoff.Desk }

func (c counter) Offer(ctx context.Context, by casework.Actor, o api.Offer) ([]casework.Handoff, error) {
	return c.Desk.Offer(ctx, by, handoff.Offer(o))
}

func (c counter) Act(ctx context.Context, by casework.Actor, id casework.HandoffID, act string, in api.Said) (casework.Handoff, error) {
	return c.Desk.Act(ctx, by, id, act, handoff.Input(in))
}

func (c counter) List(ctx context.Context, by casework.Actor, q api.HandoffQuery) (casework.Page[casework.Handoff], error) {
	return c.Desk.List(ctx, by, handoff.Filter(q))
}

func (c counter) Custody(ctx context.Context, by casework.Actor, id casework.CaseID, strong bool) (api.Custody, error) {
	x, err := c.Desk.Custody(ctx, by, id, strong)
	return api.Custody(x), err
}
