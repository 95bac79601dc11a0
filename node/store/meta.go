package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"serasi/node/casework"
)

// errNewer is why an older program does not open a folder: it would lose what it
// does not know.
var errNewer = casework.Conflict.Because("a newer program wrote this data folder: install that one again, nothing in the folder was changed")

// readMeta refuses a file from a newer program and tells the vault the key epoch.
func (db *DB) readMeta() error {
	var epoch uint64
	stale := false
	err := db.file.View(func(tx *bbolt.Tx) error {
		meta, keys := tx.Bucket(metaBucket), tx.Bucket(keysBucket)
		if meta == nil || keys == nil || tx.Bucket(rowsBucket) == nil {
			return fmt.Errorf("store: %s is not a store of this program", db.path(fileName))
		}
		b := meta.Get(epochKey)
		if len(b) != 8 {
			return errors.New("store: key epoch in the file is damaged")
		}
		epoch = binary.BigEndian.Uint64(b)
		var err error
		stale, err = checkMeta(&db.cfg, meta)
		return err
	})
	if err != nil {
		return err
	}
	if _, err := db.cfg.Vault.Settle(epoch); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	db.figures.note(func(s *Stats) { s.KeyEpoch = epoch })
	if !stale {
		return nil
	}
	return db.change(func(tx *bbolt.Tx) error { return raiseSchemas(&db.cfg, tx.Bucket(metaBucket)) })
}

// checkMeta refuses what a newer program wrote. It reports whether this program
// is newer than the file.
func checkMeta(c *Config, meta *bbolt.Bucket) (stale bool, err error) {
	if f := meta.Get(formatKey); len(f) != 1 || f[0] != format {
		return false, fmt.Errorf("store: the file has format %v, this program knows %d: %w", f, format, errNewer)
	}
	known := map[casework.Table]byte{}
	cur := meta.Cursor()
	for k, v := cur.Seek(schemaStart); bytes.HasPrefix(k, schemaStart); k, v = cur.Next() {
		t := casework.Table(k[len(schemaStart):])
		if len(v) != 1 || v[0] > c.schema(t) {
			return false, fmt.Errorf("store: table %s has schema version %v, this program knows %d: %w", t, v, c.schema(t), errNewer)
		}
		known[t] = v[0]
	}
	for t := range c.Migrate {
		stale = stale || known[t] < c.schema(t)
	}
	return stale, nil
}

// learn reads what is kept at hand, once the file holds all commits.
func (db *DB) learn() error {
	return db.file.View(func(tx *bbolt.Tx) error {
		db.nextKey = tx.Bucket(keysBucket).Sequence() + 1
		cur := tx.Bucket(metaBucket).Cursor()
		for k, _ := cur.Seek(ownedStart); bytes.HasPrefix(k, ownedStart); k, _ = cur.Next() {
			db.owned.Store(casework.Table(k[len(ownedStart):]), true)
		}
		return nil
	})
}

// hasOwned reports whether a table ever had a row of a case.
func (db *DB) hasOwned(t casework.Table) bool {
	_, ok := db.owned.Load(t)
	return ok
}
