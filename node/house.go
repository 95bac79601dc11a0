package node

import (
	"context"
	"fmt"
	"strings"
	"time"

	"serasi/node/casework"
)

// orphanAge is how old a file must be before nobody's row counts as nobody's
// file: between file and row lies at most one transaction, and a day is plenty.
const orphanAge = 24 * time.Hour

// scrubEvery is how often everything on disk is read and opened: the database
// has no checksums of its own, and a changed byte must not wait for its reader.
const scrubEvery = 7 * 24 * time.Hour

// keepHouse removes, once a day, the files that no row names any more: what a
// crash left between a file and its row, and what was dropped since. Once a
// week, and after a stop that was none, it reads all there is.
func (n *Node) keepHouse(ctx context.Context) {
	scrubbed := time.Now()
	if err := n.privacy.FinishErasures(ctx); err != nil && ctx.Err() == nil {
		n.log.Error("an erasure could not be finished", "err", err)
	}
	if n.db.Stats().Unclean {
		n.scrub(ctx)
	}
	for every := time.NewTicker(orphanAge); ; {
		if err := n.sweep(); err != nil && ctx.Err() == nil {
			n.log.Error("orphaned files could not be swept", "err", err)
		}
		if _, err := n.cases.SweepDrafts(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("old drafts could not be swept", "err", err)
		}
		if err := n.rotateIfOld(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("an old key could not be replaced", "err", err)
		}
		if time.Since(scrubbed) > scrubEvery {
			n.scrub(ctx)
			scrubbed = time.Now()
		}
		select {
		case <-ctx.Done():
			every.Stop()
			return
		case <-every.C:
		}
	}
}

// scrub reads everything once and remembers what does not open.
func (n *Node) scrub(ctx context.Context) {
	r, err := n.db.Check(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		n.log.Error("the database could not be read through", "err", err)
	case err == nil && !r.Sound():
		n.log.Error("the database is damaged", "faults", r.Faults)
		n.damage.Store(int64(len(r.Faults)))
	case err == nil:
		n.damage.Store(0)
	}
}

func (n *Node) sweep() error {
	// The names are read before the files are listed, and younger files are left
	// alone, so that a file whose row comes in between is safe.
	named := map[string]bool{}
	err := n.db.View(func(tx casework.Tx) error {
		return tx.All(casework.Documents, func(_, _ string, decode func(any) error) (bool, error) {
			var d casework.Document
			err := decode(&d)
			named[d.Blob] = true
			return true, err
		})
	})
	if err != nil {
		return fmt.Errorf("list the documents: %w", err)
	}
	if err := n.desk.Blobs(func(name string) { named[name] = true }); err != nil {
		return fmt.Errorf("list the packets: %w", err)
	}
	gone, err := n.db.SweepBlobs(func(name string) bool { return named[name] }, orphanAge)
	if err != nil {
		return err
	}
	// Packets on their way are named after handoffs, and the desk drops them
	// itself; a transfer that never comes back to life leaves one after 90 days.
	stale, err := n.db.SweepPackets(func(name string) bool { return !strings.HasPrefix(name, "in-") && !strings.HasPrefix(name, "out-") }, 180*24*time.Hour)
	if gone+stale > 0 {
		n.log.Info("orphaned files swept", "blobs", gone, "packets", stale)
	}
	return err
}
