package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"serasi/node/casework"
)

// Shred erases owners for good: their rows and data keys go, and then the key
// above all data keys is replaced and the old one destroyed, so that no old
// page and no copy of the disk opens what they held. When Shred returns that is
// done; the pages themselves go in the compaction that follows by itself, and
// so do their blobs. Backups made before still hold them.
//
// It rewrites all data keys in one transaction, during which no update is
// served: about 3 microseconds an owner. Do it at night, for all that is due.
// NodeOwner cannot be shredded.
func (db *DB) Shred(ctx context.Context, owners ...string) error {
	for _, owner := range owners {
		if owner == casework.NodeOwner || len(owner) > maxOwner {
			return casework.Invalid.Because("this cannot be erased as a whole")
		}
	}
	if len(owners) == 0 {
		return nil
	}
	select {
	case <-db.chore:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { db.chore <- struct{}{} }()
	err := db.alone(ctx, func() error { return db.shred(owners) })
	if err == nil {
		db.wakeJanitor()
	}
	return err
}

// shred runs on the writer.
func (db *DB) shred(owners []string) error {
	if err := db.settle(); err != nil {
		return err
	}
	next, err := db.cfg.Vault.Prepare()
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	var gone []uint64
	err = db.change(func(tx *bbolt.Tx) (err error) {
		if gone, err = forget(tx, owners); err != nil {
			return err
		}
		meta := tx.Bucket(metaBucket)
		return errors.Join(
			rewrap(db.cfg.Vault, tx.Bucket(keysBucket)),
			meta.Put(looseKey, []byte{1}),
			meta.Put(epochKey, binary.BigEndian.AppendUint64(nil, next)))
	})
	switch {
	case err != nil && db.broken() != nil:
		return err // nobody knows which epoch the file names: keep both
	case err != nil:
		return errors.Join(err, db.cfg.Vault.Abandon())
	}
	for _, no := range gone {
		db.ring.drop(no)
	}
	db.figures.note(func(s *Stats) { s.KeyEpoch = next })
	if err := db.cfg.Vault.Commit(); err != nil {
		return fmt.Errorf("store: the old key epoch is not destroyed yet; restart this node: %w", err)
	}
	return nil
}

// forget removes rows and data keys of owners and returns the numbers of the
// keys.
func forget(tx *bbolt.Tx, owners []string) (gone []uint64, err error) {
	rows, keys := tx.Bucket(rowsBucket), tx.Bucket(keysBucket)
	for _, owner := range owners {
		entry := rows.Get(ownerKey(owner))
		if entry == nil {
			continue
		}
		no, err := readKeyNo(entry)
		if err != nil {
			return nil, err
		}
		prefix := ownerKey(owner)[:1+len(owner)]
		var found [][]byte // bbolt forbids deleting while walking
		cur := rows.Cursor()
		for k, _ := cur.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = cur.Next() {
			found = append(found, bytes.Clone(k))
		}
		for _, k := range found {
			if err := rows.Delete(k); err != nil {
				return nil, fmt.Errorf("store: %w", err)
			}
		}
		if err := keys.Delete(keyNo(no)); err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
		gone = append(gone, no)
	}
	return gone, nil
}

// rewrap wraps all data keys anew in the prepared epoch.
func rewrap(v Vault, keys *bbolt.Bucket) error {
	type renewal struct{ key, value []byte }
	var renewed []renewal
	err := keys.ForEach(func(k, wrapped []byte) error {
		no, err := readKeyNo(k)
		if err != nil {
			return err
		}
		again, err := v.Rewrap(keyPlace(no), wrapped)
		renewed = append(renewed, renewal{bytes.Clone(k), again})
		return err
	})
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	for _, o := range renewed {
		if err := keys.Put(o.key, o.value); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	return nil
}
