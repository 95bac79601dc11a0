package store

import (
	"bytes"
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"strings"

	"go.etcd.io/bbolt"

	"serasi/node/casework"
)

var errEnded = errors.New("store: transaction is used after its function returned")

// view reads what is durable: the file, and above it the memory of what only
// the journal has. It is the casework.Tx of View, and the reading half of an
// update.
type view struct {
	db         *DB
	rows, keys *bbolt.Bucket
	mem        *memory
	scratch    []byte // of the row opened last
	ended      bool

	lastNo  uint64 // the key used last: rows of an owner come together
	lastBox cipher.AEAD
}

func (db *DB) newView(tx *bbolt.Tx, mem *memory) *view {
	return &view{db: db, rows: tx.Bucket(rowsBucket), keys: tx.Bucket(keysBucket), mem: mem}
}

// View runs f on what was durable when it began. Views inside views, and
// updates inside views, may wait for themselves.
func (db *DB) View(f func(casework.Tx) error) error {
	return db.read(func(v *view) error { return f(v) })
}

func (db *DB) read(f func(*view) error) error {
	tx, mem, err := db.begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // fails only if tx is closed
	v := db.newView(tx, mem)
	defer func() { v.ended = true }()
	return f(v)
}

// begin starts a read transaction on the file now in use, with the memory that
// belongs above it. Commits reach the file before they leave memory, so one
// that is in both is read twice the same.
func (db *DB) begin() (*bbolt.Tx, *memory, error) {
	db.fileMu.RLock()
	defer db.fileMu.RUnlock()
	if db.file == nil {
		return nil, nil, errClosed()
	}
	tx, err := db.file.Begin(false)
	if err != nil {
		return nil, nil, fmt.Errorf("store: begin view: %w", err)
	}
	return tx, db.memory, nil
}

// beginSettled starts a read transaction on the file when it holds all commits.
// It runs on the writer.
func (db *DB) beginSettled() (*bbolt.Tx, error) {
	if err := db.settle(); err != nil {
		return nil, err
	}
	tx, _, err := db.begin()
	return tx, err
}

// settled does the same for other goroutines.
func (db *DB) settled(ctx context.Context) (tx *bbolt.Tx, err error) {
	err = db.alone(ctx, func() (err error) {
		tx, err = db.beginSettled()
		return err
	})
	return tx, err
}

// cell is one row found: as stored, or, inside the commit that writes it, as
// JSON.
type cell struct {
	key    []byte // of the bucket rows
	value  []byte
	text   []byte
	ver    byte
	listed bool // met in a walk over all rows: its key is not kept ready
}

func cellOf(it *item) cell {
	return cell{key: []byte(it.key[1:]), value: it.value, text: it.text, ver: it.ver}
}

func (it *item) deletes() bool { return it.value == nil && it.text == nil }

// stored returns the value of a key that is sealed elsewhere or not at all; nil
// if there is none.
func (v *view) stored(letter byte, key []byte) []byte {
	if it := find(v.mem, inBucket(letter, key)); it != nil {
		return it.value
	}
	if letter == inKeys {
		return v.keys.Get(key)
	}
	return v.rows.Get(key)
}

// box returns the cipher of the data key with number no. Keep says whether to
// have it ready for next time.
func (v *view) box(no uint64, keep bool) (cipher.AEAD, error) {
	if no == v.lastNo && v.lastBox != nil {
		return v.lastBox, nil
	}
	box := v.db.ring.get(no)
	if box == nil {
		var err error
		if box, err = unwrapBox(v.db.cfg.Vault, v.stored(inKeys, keyNo(no)), no); err != nil {
			return nil, err
		}
		if keep {
			v.db.ring.put(no, box)
		}
	}
	v.lastNo, v.lastBox = no, box
	return box, nil
}

// open returns the JSON of a row, good until the next row is opened.
func (v *view) open(c cell) (version byte, text []byte, err error) {
	if c.text != nil {
		return c.ver, c.text, nil
	}
	h, sealed, err := cutHead(c.value)
	if err != nil {
		return 0, nil, err
	}
	box, err := v.box(h.key, !c.listed)
	if err != nil {
		return 0, nil, err
	}
	if need := len(sealed); cap(v.scratch) < need {
		v.scratch = make([]byte, 0, need*2)
	}
	text, err = openRow(v.db.pack, box, h, c.key, sealed, v.scratch)
	return h.version, text, err
}

func (v *view) decode(t casework.Table, c cell, into any) error {
	version, text, err := v.open(c)
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
	it := find(v.mem, inBucket(inRows, key))
	switch {
	case it == nil:
		value := v.rows.Get(key)
		if value == nil {
			return false, nil
		}
		return true, v.decode(t, cell{key: key, value: value}, into)
	case it.deletes():
		return false, nil
	default:
		return true, v.decode(t, cellOf(it), into)
	}
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
	return v.scan(prefix, rowKey(t, owner, from), func(c cell) (bool, error) {
		return f(string(c.key[len(prefix):]), func(into any) error { return v.decode(t, c, into) })
	})
}

// scan calls f for the rows with a prefix, from a key on, in order: it merges
// the file with the memory above it.
func (v *view) scan(prefix, from []byte, f func(cell) (bool, error)) (err error) {
	cur := v.rows.Cursor()
	key, value := cur.Seek(from)
	inside := func() bool { return key != nil && bytes.HasPrefix(key, prefix) }
	more := true
	visit := func(c cell) bool {
		more, err = f(c)
		more = more && err == nil
		return more
	}
	upTo := func(end []byte) bool {
		for inside() && (end == nil || bytes.Compare(key, end) < 0) {
			c := cell{key: key, value: value}
			key, value = cur.Next()
			if !visit(c) {
				return false
			}
		}
		return true
	}
	v.mem.AscendGreaterOrEqual(&item{key: inBucket(inRows, from)}, func(it *item) bool {
		if !strings.HasPrefix(it.key, inBucket(inRows, prefix)) {
			return false
		}
		c := cellOf(it)
		if !upTo(c.key) {
			return false
		}
		if inside() && bytes.Equal(key, c.key) {
			key, value = cur.Next()
		}
		return it.deletes() || visit(c)
	})
	if more {
		upTo(nil)
	}
	return err
}

func (v *view) Last(t casework.Table, owner string) (string, error) {
	if err := v.check(t, owner, "-"); err != nil {
		return "", err
	}
	prefix := shelfKey(t, owner)
	end := after(prefix)
	last := ""
	inMemory := inBucket(inRows, prefix)
	v.mem.DescendLessOrEqual(&item{key: inBucket(inRows, end)}, func(it *item) bool {
		if !strings.HasPrefix(it.key, inMemory) {
			return false
		}
		if !it.deletes() {
			last = it.key[len(inMemory):]
		}
		return it.deletes()
	})
	cur := v.rows.Cursor()
	key, _ := cur.Seek(end)
	if key == nil {
		key, _ = cur.Last()
	} else {
		key, _ = cur.Prev()
	}
	for ; bytes.HasPrefix(key, prefix); key, _ = cur.Prev() {
		if it := find(v.mem, inBucket(inRows, key)); it == nil || !it.deletes() {
			return max(last, string(key[len(prefix):])), nil
		}
	}
	return last, nil
}

// after returns the least key that is beyond all with this prefix. The last
// byte of a prefix here is never 0xff: names are text.
func after(prefix []byte) []byte {
	b := bytes.Clone(prefix)
	b[len(b)-1]++
	return b
}
