package store

import (
	"bytes"

	"serasi/node/casework"
)

// All meets the rows of the file first, and then those that only memory has.
func (v *view) All(t casework.Table, f func(string, string, func(any) error) (bool, error)) error {
	if err := v.check(t, "", "-"); err != nil {
		return err
	}
	fresh := v.onlyInMemory(t)
	visit := func(c cell, owner, id string) (bool, error) {
		return f(owner, id, func(into any) error { return v.decode(t, c, into) })
	}
	more, err := v.walk(t, visit)
	for _, it := range fresh {
		if err != nil || !more {
			break
		}
		var owner, id string
		if _, owner, id, err = splitKey([]byte(it.key[1:])); err == nil {
			more, err = visit(cellOf(it), owner, id)
		}
	}
	return err
}

// onlyInMemory lists the rows of t that the file does not have at all.
func (v *view) onlyInMemory(t casework.Table) (fresh []*item) {
	v.mem.AscendGreaterOrEqual(&item{key: string(rune(inRows))}, func(it *item) bool {
		key := []byte(it.key[1:])
		if rt, _, _, err := splitKey(key); err == nil && rt == t && !it.deletes() && v.rows.Get(key) == nil {
			fresh = append(fresh, it)
		}
		return true
	})
	return fresh
}

// walk calls f for the rows of t that the file has, as they stand now. Rows of
// an owner lie together, so it steps through an owner with few other rows and
// jumps over one with many.
func (v *view) walk(t casework.Table, f func(c cell, owner, id string) (bool, error)) (more bool, err error) {
	const patience = 16 // steps that cost about as much as a jump
	cur := v.rows.Cursor()
	key, value := cur.Seek(shelfKey(t, casework.NodeOwner))
	for missed := 0; key != nil; {
		rt, owner, id, err := splitKey(key)
		if err != nil {
			return false, err
		}
		if owner != casework.NodeOwner && !v.db.hasOwned(t) {
			return true, nil
		}
		if rt != t {
			if missed++; missed < patience {
				key, value = cur.Next()
				continue
			}
			missed = 0
			if shelf := shelfKey(t, owner); bytes.Compare(key, shelf) < 0 {
				key, value = cur.Seek(shelf)
			} else {
				key, value = cur.Seek(ownerEnd(owner))
			}
			continue
		}
		missed = 0
		c := cell{key: key, value: value, listed: true}
		it := find(v.mem, inBucket(inRows, key))
		if it != nil {
			c = cellOf(it)
		}
		key, value = cur.Next()
		if it != nil && it.deletes() {
			continue
		}
		if more, err := f(c, owner, id); err != nil || !more {
			return false, err
		}
	}
	return true, nil
}

// ownerEnd is beyond all keys of an owner: no table has a name that long.
func ownerEnd(owner string) []byte {
	b := ownerKey(owner)
	b[len(b)-1] = 0xff
	return b
}
