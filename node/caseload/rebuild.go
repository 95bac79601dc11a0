package caseload

import (
	"context"
	"errors"
	"fmt"

	"serasi/node/casework"
)

// beat is how many cases pass between two calls of progress.
const beat = 1000

func (cs *Cases) isReady() bool {
	cs.freshMu.Lock()
	defer cs.freshMu.Unlock()
	return cs.ready
}

// reindex puts an entry into the index. While Rebuild runs it leaves a mark
// first, because Rebuild may be about to put an older entry on top of it.
func (cs *Cases) reindex(e casework.Entry) {
	cs.freshMu.Lock()
	if cs.fresh != nil {
		cs.fresh[e.ID] = struct{}{}
	}
	cs.freshMu.Unlock()
	if err := cs.cfg.Index.Put(e); err != nil {
		cs.cfg.Log.Error("a case cannot be found until the next start", "case", e.ID, "err", err)
	}
}

// Rebuild reads all cases into the index. Other use cases go on meanwhile;
// lists are Partial until it is done. progress, which may be nil, hears how
// many cases are in. A second call waits for the first and does it again. Cases
// that do not open are left out: all others can be found, and the error says how
// many cannot.
func (cs *Cases) Rebuild(ctx context.Context, progress func(done int)) error {
	cs.rebuildMu.Lock()
	defer cs.rebuildMu.Unlock()
	cs.watch(true)
	defer cs.watch(false)
	if progress == nil {
		progress = func(int) {}
	}
	done := 0
	lost, err := cs.loadAll(func() error {
		if done++; done%beat == 0 {
			progress(done)
		}
		return ctx.Err()
	})
	for err == nil {
		ids := cs.changedMeanwhile()
		if len(ids) == 0 {
			progress(done)
			if lost != nil {
				return lost
			}
			return cs.refresh(ctx) // so that the first who asks what is due need not wait
		}
		err = cs.again(ids)
	}
	return fmt.Errorf("rebuild the index: %w", err)
}

// loadAll loads every case that opens; each is called after each one.
func (cs *Cases) loadAll(each func() error) (lost, err error) {
	count := 0
	err = cs.cfg.Store.View(func(tx casework.Tx) error {
		var readErr error
		loadErr := cs.cfg.Index.Load(func(yield func(casework.Entry) bool) {
			readErr = tx.All(casework.Cases, func(_, _ string, decode func(any) error) (bool, error) {
				var c casework.Case
				if err := decode(&c); err != nil {
					count, lost = count+1, err
					return true, each()
				}
				p, err := person(tx, c)
				if err != nil {
					count, lost = count+1, err
					return true, each()
				}
				return yield(casework.EntryOf(c, p)), each()
			})
		})
		return errors.Join(readErr, loadErr)
	})
	if lost != nil {
		lost = fmt.Errorf("rebuild the index: %d cases do not open: %w", count, lost)
	}
	return lost, err
}

// watch starts or ends the noting of what changes.
func (cs *Cases) watch(on bool) {
	cs.freshMu.Lock()
	defer cs.freshMu.Unlock()
	cs.fresh = nil
	if on {
		cs.fresh = map[casework.CaseID]struct{}{}
	}
}

// changedMeanwhile takes the ids noted so far. If there are none it ends the
// noting in the same breath and the index is complete.
func (cs *Cases) changedMeanwhile() []casework.CaseID {
	cs.freshMu.Lock()
	defer cs.freshMu.Unlock()
	if len(cs.fresh) == 0 {
		cs.fresh, cs.ready = nil, true
		return nil
	}
	ids := make([]casework.CaseID, 0, len(cs.fresh))
	for id := range cs.fresh {
		ids = append(ids, id)
	}
	cs.fresh = map[casework.CaseID]struct{}{}
	return ids
}

// again puts cases as they are stored now.
func (cs *Cases) again(ids []casework.CaseID) error {
	return cs.cfg.Store.View(func(tx casework.Tx) error {
		for _, id := range ids {
			c, err := casework.CaseOf(tx, id)
			if errors.Is(err, casework.NotFound) {
				continue
			}
			if err != nil {
				return err
			}
			p, err := person(tx, c)
			if err != nil {
				return err
			}
			if err := cs.cfg.Index.Put(casework.EntryOf(c, p)); err != nil {
				return err
			}
		}
		return nil
	})
}
