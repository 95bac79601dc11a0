package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	"go.etcd.io/bbolt"

	"serasi/node/casework"
)

// bbolt never gives pages back and keeps the bytes of what was deleted. So the
// file is copied now and then, and the copy takes its place. Updates go on
// meanwhile: what they write is captured and written to the copy at the end.

const (
	looseFrom  = 16 << 20 // bytes; smaller files are left alone
	looseRatio = 4        // file to living pages
	maxCapture = 64 << 20 // bytes; beyond, the compaction is given up until later
	copyStep   = 16 << 20 // bytes copied in one transaction
)

// capture holds what checkpoints wrote since a copy was begun. It belongs to
// the writer, and to the checkpoint while one is under way.
type capture struct {
	items []*item
	size  int
}

func (c *capture) add(items []*item) {
	for _, it := range items {
		c.size += len(it.key) + len(it.value)
	}
	if c.items = append(c.items, items...); c.size > maxCapture {
		c.items = nil
	}
}

// tidyIfLoose wakes the janitor if the file is mostly air or holds what was
// shredded.
func (db *DB) tidyIfLoose() {
	loose := false
	_ = db.file.View(func(tx *bbolt.Tx) error {
		loose = tx.Bucket(metaBucket).Get(looseKey) != nil
		return nil
	})
	if info, err := os.Stat(db.path(fileName)); err == nil && info.Size() > looseFrom {
		free := int64(db.file.Stats().FreePageN) * int64(db.file.Info().PageSize)
		loose = loose || info.Size() > looseRatio*max(info.Size()-free, 1)
	}
	if loose {
		db.wakeJanitor()
	}
}

func (db *DB) wakeJanitor() {
	select {
	case db.tidy <- struct{}{}:
	default:
	}
}

// clean is the janitor: it compacts when asked, and ends with Close.
func (db *DB) clean() {
	defer close(db.cleaned)
	for {
		select {
		case <-db.ctx.Done():
			return
		case <-db.tidy:
		}
		err := db.Compact(db.ctx)
		if err == nil {
			err = db.sweepDead()
		}
		if err != nil && db.ctx.Err() == nil {
			db.cfg.Log.Error("compaction failed; it is tried again at the next start or erasure", "err", err)
		}
	}
}

// Compact rewrites node.db without free pages and waits until it is done and
// the last view of the old file has ended. Updates go on meanwhile. It needs
// as much room on the disk as there is living data.
func (db *DB) Compact(ctx context.Context) error {
	select {
	case <-db.chore:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { db.chore <- struct{}{} }()

	old, err := db.rewrite(ctx)
	if old != nil {
		err = errors.Join(err, old.Close()) // waits for its views
	}
	if err != nil {
		return err
	}
	db.cfg.Vault.Forget()
	db.figures.note(func(s *Stats) { s.Compacted++ })
	return nil
}

// rewrite copies the file and puts the copy in its place. It returns the old
// file, still open, if it was replaced.
func (db *DB) rewrite(ctx context.Context) (old *bbolt.DB, err error) {
	var src *bbolt.Tx
	err = db.alone(ctx, func() (err error) {
		if src, err = db.beginSettled(); err == nil {
			db.capture = &capture{}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	dst, err := db.copyOf(ctx, src)
	err = errors.Join(err, src.Rollback())
	// From here on ctx is not asked: the capture must end.
	swapErr := db.alone(context.WithoutCancel(ctx), func() error {
		if err == nil {
			err = db.settle()
		}
		c := db.capture
		db.capture = nil
		if err == nil {
			old, err = db.swap(dst, c)
		}
		return err
	})
	if old == nil && dst != nil {
		swapErr = errors.Join(swapErr, dst.Close(), os.Remove(db.path(compactName)))
	}
	return old, swapErr
}

// copyOf writes what src sees to a new file.
func (db *DB) copyOf(ctx context.Context, src *bbolt.Tx) (*bbolt.DB, error) {
	living := src.Size() - int64(src.DB().Stats().FreePageN)*int64(src.DB().Info().PageSize)
	if free, err := db.cfg.Free(db.cfg.Dir); err != nil || free < uint64(max(living, 0))+db.cfg.MinFree {
		return nil, errors.Join(err, casework.Unavailable.Because("too little room on the disk to compact the store"))
	}
	dst, err := openFile(&db.cfg, db.path(compactName))
	if err != nil {
		return nil, err
	}
	dst.NoSync = true // nothing depends on it before the swap syncs it
	if err := copyBuckets(ctx, dst, src); err != nil {
		return nil, errors.Join(err, dst.Close(), os.Remove(db.path(compactName)))
	}
	return dst, nil
}

// copyBuckets copies all buckets in steps, so that memory stays bounded.
func copyBuckets(ctx context.Context, dst *bbolt.DB, src *bbolt.Tx) error {
	return src.ForEach(func(name []byte, from *bbolt.Bucket) error {
		cur := from.Cursor()
		key, value := cur.First()
		for first := true; first || key != nil; first = false {
			if err := ctx.Err(); err != nil {
				return err
			}
			err := dst.Update(func(tx *bbolt.Tx) error {
				to, err := tx.CreateBucketIfNotExists(name)
				if err != nil {
					return err
				}
				to.FillPercent = 0.9
				if err := to.SetSequence(from.Sequence()); err != nil {
					return err
				}
				for size := 0; key != nil && size < copyStep; key, value = cur.Next() {
					if err := to.Put(key, value); err != nil {
						return err
					}
					size += len(key) + len(value)
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("store: compact: %w", err)
			}
		}
		return nil
	})
}

// swap brings dst up to date and puts it in the place of the file. It runs on
// the writer, so nothing is committed meanwhile.
func (db *DB) swap(dst *bbolt.DB, c *capture) (old *bbolt.DB, err error) {
	if c.size > maxCapture {
		return nil, errors.New("store: too much was written during a compaction")
	}
	err = dst.Update(func(tx *bbolt.Tx) error {
		if err := tx.Bucket(metaBucket).Delete(looseKey); err != nil {
			return err
		}
		return apply(tx, c.items, db.journals.seq)
	})
	if err == nil {
		dst.NoSync = false
		err = dst.Sync()
	}
	if err == nil {
		err = os.Rename(db.path(compactName), db.path(fileName))
	}
	if err != nil {
		return nil, fmt.Errorf("store: compact: %w", err)
	}
	db.fileMu.Lock()
	old, db.file = db.file, dst
	db.fileMu.Unlock()
	if err := syncDir(db.cfg.Dir); err != nil {
		return old, db.fail(err) // after a power cut either file may be there
	}
	return old, nil
}
