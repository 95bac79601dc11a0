package store

import (
	"bytes"
	"crypto/cipher"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"serasi/node/casework"
)

var errEnded = errors.New("store: transaction is used after its function returned")

// view reads what is durable. It is the casework.Tx of View, and what an update
// sees below its own writes.
type view struct {
	db         *DB
	rows, keys *bbolt.Bucket
	scratch    []byte // of the row opened last
	ended      bool

	lastNo  uint64 // the key used last: rows of an owner come together
	lastBox cipher.AEAD
}

func (db *DB) newView(tx *bbolt.Tx) *view {
	return &view{db: db, rows: tx.Bucket(rowsBucket), keys: tx.Bucket(keysBucket)}
}

// View runs f on what was durable when it began. Views inside views, and
// updates inside views, may wait for themselves.
func (db *DB) View(f func(casework.Tx) error) error {
	tx, err := db.begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // fails only if tx is closed
	v := db.newView(tx)
	defer func() { v.ended = true }()
	return f(v)
}

// begin starts a read transaction on the file now in use.
func (db *DB) begin() (*bbolt.Tx, error) {
	db.fileMu.RLock()
	defer db.fileMu.RUnlock()
	if db.file == nil {
		return nil, errClosed()
	}
	tx, err := db.file.Begin(false)
	if err != nil {
		return nil, fmt.Errorf("store: begin view: %w", err)
	}
	return tx, nil
}

// open returns the JSON of a stored row, good until the next row is opened.
func (v *view) open(key, value []byte, keep bool) (version byte, text []byte, err error) {
	h, sealed, err := cutHead(value)
	if err != nil {
		return 0, nil, err
	}
	if h.key != v.lastNo || v.lastBox == nil {
		if v.lastBox, err = v.db.storedBox(v.keys, h.key, keep); err != nil {
			return 0, nil, err
		}
		v.lastNo = h.key
	}
	if need := len(sealed); cap(v.scratch) < need {
		v.scratch = make([]byte, 0, need*2)
	}
	text, err = openRow(v.db.pack, v.lastBox, h, key, sealed, v.scratch)
	return h.version, text, err
}

func (v *view) decode(t casework.Table, key, value []byte, into any, keep bool) error {
	version, text, err := v.open(key, value, keep)
	if err != nil {
		return fmt.Errorf("table %s: %w", t, err)
	}
	return v.db.cfg.decode(t, version, text, into)
}

func (v *view) check(t casework.Table, owner, id string) error {
	if v.ended {
		return errEnded
	}
	return checkName(t, owner, id)
}

func (v *view) Get(t casework.Table, owner, id string, into any) (bool, error) {
	if err := v.check(t, owner, id); err != nil {
		return false, err
	}
	key := rowKey(t, owner, id)
	value := v.rows.Get(key)
	if value == nil {
		return false, nil
	}
	return true, v.decode(t, key, value, into, true)
}

func (v *view) Put(casework.Table, string, string, any) error {
	return errors.New("store: a view cannot write")
}

func (v *view) Delete(casework.Table, string, string) error {
	return errors.New("store: a view cannot write")
}

func (v *view) After(func()) {}

func (v *view) Each(t casework.Table, owner, from string, f func(string, func(any) error) (bool, error)) error {
	if err := v.check(t, owner, "-"); err != nil {
		return err
	}
	prefix := shelfKey(t, owner)
	c := v.rows.Cursor()
	for key, value := c.Seek(rowKey(t, owner, from)); key != nil && bytes.HasPrefix(key, prefix); key, value = c.Next() {
		more, err := f(string(key[len(prefix):]), func(into any) error { return v.decode(t, key, value, into, true) })
		if err != nil || !more {
			return err
		}
	}
	return nil
}

func (v *view) Last(t casework.Table, owner string) (string, error) {
	if err := v.check(t, owner, "-"); err != nil {
		return "", err
	}
	prefix := shelfKey(t, owner)
	c := v.rows.Cursor()
	var key []byte
	if beyond, _ := c.Seek(after(prefix)); beyond == nil {
		key, _ = c.Last()
	} else {
		key, _ = c.Prev()
	}
	if !bytes.HasPrefix(key, prefix) {
		return "", nil
	}
	return string(key[len(prefix):]), nil
}

// after returns the least key that is beyond all with this prefix. The last
// byte of a prefix here is never 0xff: names are text.
func after(prefix []byte) []byte {
	b := bytes.Clone(prefix)
	b[len(b)-1]++
	return b
}

// ownerEnd is beyond all keys of an owner: no table has a name that long.
func ownerEnd(owner string) []byte {
	b := ownerKey(owner)
	b[len(b)-1] = 0xff
	return b
}

func (v *view) All(t casework.Table, f func(string, string, func(any) error) (bool, error)) error {
	if err := v.check(t, "", "-"); err != nil {
		return err
	}
	return v.walk(t, func(key, value []byte, owner, id string) (bool, error) {
		return f(owner, id, func(into any) error { return v.decode(t, key, value, into, false) })
	})
}

// walk calls f for the stored rows of t. Rows of an owner lie together, so it
// steps through an owner with few other rows and jumps over one with many.
func (v *view) walk(t casework.Table, f func(key, value []byte, owner, id string) (bool, error)) error {
	const patience = 16 // steps that cost about as much as a jump
	c := v.rows.Cursor()
	key, value := c.Seek(shelfKey(t, casework.NodeOwner))
	for missed := 0; key != nil; {
		rt, owner, id, err := splitKey(key)
		if err != nil {
			return err
		}
		if owner != casework.NodeOwner && !v.db.hasOwned(t) {
			return nil
		}
		if rt == t {
			missed = 0
			if more, err := f(key, value, owner, id); err != nil || !more {
				return err
			}
		} else if missed++; missed >= patience {
			missed = 0
			if shelf := shelfKey(t, owner); bytes.Compare(key, shelf) < 0 {
				key, value = c.Seek(shelf)
			} else {
				key, value = c.Seek(ownerEnd(owner))
			}
			continue
		}
		key, value = c.Next()
	}
	return nil
}
