package store

import (
	"context"
	"crypto/cipher"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.etcd.io/bbolt"

	"serasi/node/casework"
)

// A Report is what Check found. Faults name tables, keys by number and files,
// never a person.
type Report struct {
	Rows    map[casework.Table]int64
	Keys    int64 // data keys
	Blobs   int64
	Packets int64
	Faults  []string // the first hundred
}

// Sound reports whether nothing is wrong.
func (r Report) Sound() bool { return len(r.Faults) == 0 }

func (r *Report) fault(format string, args ...any) {
	if len(r.Faults) < 100 {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// Check reads everything: the pages of the file, each row and each blob, and
// opens what is sealed, because bbolt itself notices no changed byte. Updates
// go on meanwhile. It reads at disk speed and belongs into a quiet hour. The
// error says that the check could not be ended; what is wrong is in the report.
func (db *DB) Check(ctx context.Context) (Report, error) {
	r := Report{Rows: map[casework.Table]int64{}}
	release := db.hold()
	defer release()
	tx, err := db.settled(ctx)
	if err != nil {
		return r, err
	}
	defer func() { _ = tx.Rollback() }()
	for fault := range tx.Check() {
		r.fault("pages: %v", fault)
	}
	if err := db.checkRows(ctx, tx, &r); err != nil {
		return r, err
	}
	r.Keys = int64(tx.Bucket(keysBucket).Stats().KeyN)
	return r, db.checkFiles(ctx, tx, &r)
}

func (db *DB) checkRows(ctx context.Context, tx *bbolt.Tx, r *Report) error {
	v := db.newView(tx, newMemory())
	cur := v.rows.Cursor()
	for key, value := cur.First(); key != nil; key, value = cur.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		t, _, _, err := splitKey(key)
		switch {
		case err != nil:
			r.fault("%v", err)
		case t == "":
			if no, err := readKeyNo(value); err != nil {
				r.fault("%v", err)
			} else if _, err := unwrapBox(db.cfg.Vault, v.keys.Get(keyNo(no)), no); err != nil {
				r.fault("%v", err)
			}
		default:
			r.Rows[t]++
			if version, _, err := v.open(cell{key: key, value: value, listed: true}); err != nil {
				r.fault("table %s: %v", t, err)
			} else if version > db.cfg.schema(t) {
				r.fault("table %s: a row has schema version %d", t, version)
			}
		}
	}
	return nil
}

func (db *DB) checkFiles(ctx context.Context, tx *bbolt.Tx, r *Report) error {
	v := db.newView(tx, newMemory())
	box := func(no uint64) (cipher.AEAD, error) { return v.box(no, false) }
	err := eachFile(ctx, db.path(blobFolder), func(path string) error {
		r.Blobs++
		if err := scrubBlob(db.cfg.Vault, box, path); err != nil {
			r.fault("blob %s: %v", filepath.Base(path), err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return eachFile(ctx, db.path(packFolder), func(string) error {
		r.Packets++
		return nil
	})
}

// eachFile calls f for the whole files of a folder.
func eachFile(ctx context.Context, dir string, f func(path string) error) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		if strings.HasPrefix(e.Name(), halfMade) || strings.HasSuffix(e.Name(), partSuffix) {
			continue
		}
		if err := f(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
