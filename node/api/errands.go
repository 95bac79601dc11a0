package api

import (
	"context"
	"errors"
	"slices"

	"serasi/node/casework"
)

// Waits returns what waits for somebody. Of what they may not see it returns
// nothing, or Forbidden.
type Waits = func(ctx context.Context, by casework.Actor) ([]casework.Errand, error)

func (a *API) errandRoutes() {
	handle(a, op{method: "GET", path: prefix + "/errands", name: "listErrands", tag: tagTasks,
		summary: "All that waits for you, by deadline: handoffs, tasks, reviews, notices, drafts, cases at rest"}, a.errands)
}

func (a *API) errands(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[list[casework.Errand]], error) {
	var all []casework.Errand
	for _, waits := range a.cfg.Waits {
		some, err := waits(ctx, by)
		if err != nil && !errors.Is(err, casework.Forbidden) {
			return nil, err
		}
		all = append(all, some...)
	}
	slices.SortStableFunc(all, casework.CompareErrands)
	return listed(all, nil)
}
