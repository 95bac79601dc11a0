package api

import (
	"context"
	"fmt"
	"time"

	"serasi/node/casework"
)

const sweepEvery = time.Hour

// sweepIfDue sweeps at most once an hour.
func (a *API) sweepIfDue(ctx context.Context) error {
	now := a.cfg.Clock()
	a.sweepMu.Lock()
	due := now.Sub(a.swept) >= sweepEvery
	if due {
		a.swept = now
	}
	a.sweepMu.Unlock()
	if !due {
		return nil
	}
	_, err := a.Sweep(ctx)
	return err
}

// Sweep deletes the kept answers that are older than a day and returns how many
// there were. Writes with an Idempotency-Key do it once an hour; a node calls it
// in its housekeeping, so that it is done on a quiet day too.
func (a *API) Sweep(ctx context.Context) (int, error) {
	n := 0
	err := a.cfg.Replays.Update(ctx, func(tx casework.Tx) error {
		var old []string
		err := tx.Each(casework.Replays, casework.NodeOwner, "", func(id string, decode func(any) error) (bool, error) {
			var r replay
			if err := decode(&r); err != nil {
				return false, err
			}
			if a.expired(r) {
				old = append(old, id)
			}
			return true, nil
		})
		if err != nil {
			return err
		}
		for _, id := range old {
			if err := tx.Delete(casework.Replays, casework.NodeOwner, id); err != nil {
				return err
			}
		}
		n = len(old)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("sweep kept answers: %w", err)
	}
	return n, nil
}
