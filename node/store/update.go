package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"serasi/node/casework"
)

// update is the casework.Tx of one caller's function. It reads the group and,
// below it, the file; it writes to the group and can take all of it back.
type update struct {
	view
	group *group
	undo  []undo
	hooks []func()
}

// undo is one step back: a row as it was, or an owner's key that was made.
type undo struct {
	name   shelfName
	id     string
	before row
	newKey bool // forget the key of name.owner instead
}

// rollBack takes back all that this update wrote.
func (u *update) rollBack() {
	for _, step := range slices.Backward(u.undo) {
		if step.newKey {
			delete(u.group.keys, step.name.owner)
			continue
		}
		u.group.set(step.name.table, step.name.owner, step.id, step.before)
	}
	u.undo, u.hooks = nil, nil
}

func (u *update) After(f func()) { u.hooks = append(u.hooks, f) }

// ownerKey returns the data key of an owner and makes it if there is none.
func (u *update) ownerKey(owner string) (dataKey, error) {
	if k, ok := u.group.keys[owner]; ok {
		return k, nil
	}
	no, err := ownerNo(u.rows, owner)
	if err != nil {
		return dataKey{}, err
	}
	if no != 0 {
		box, err := u.db.storedBox(u.keys, no, true)
		if err != nil {
			return dataKey{}, err
		}
		k := dataKey{no: no, box: box}
		u.group.keys[owner] = k
		return k, nil
	}
	k, err := newKey(u.db.cfg.Vault, u.group.nextNo)
	if err != nil {
		return dataKey{}, err
	}
	u.group.nextNo++
	u.group.keys[owner] = k
	u.undo = append(u.undo, undo{name: shelfName{owner: owner}, newKey: true})
	return k, nil
}

func (u *update) Put(t casework.Table, owner, id string, value any) error {
	if err := u.check(t, owner, id); err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("store: write a row of table %s: %T does not become JSON", t, value)
	}
	if len(text) > maxRow {
		return casework.Invalid.Because("this is too large to be stored as one record")
	}
	key, err := u.ownerKey(owner)
	if err != nil {
		return err
	}
	u.set(t, owner, id, row{state: written, text: text, key: key})
	return nil
}

func (u *update) Delete(t casework.Table, owner, id string) error {
	if err := u.check(t, owner, id); err != nil {
		return err
	}
	u.set(t, owner, id, row{state: deleted})
	return nil
}

func (u *update) set(t casework.Table, owner, id string, r row) {
	before := u.group.set(t, owner, id, r)
	u.undo = append(u.undo, undo{name: shelfName{t, owner}, id: id, before: before})
}

func (u *update) Get(t casework.Table, owner, id string, into any) (bool, error) {
	if err := u.check(t, owner, id); err != nil {
		return false, err
	}
	switch r := u.group.row(t, owner, id); r.state {
	case written:
		return true, u.db.cfg.decode(t, u.db.cfg.schema(t), r.text, into)
	case deleted:
		return false, nil
	default:
		return u.view.Get(t, owner, id, into)
	}
}

// decoder returns how to read a row as it stands now, nil if it is not there.
func (u *update) decoder(t casework.Table, owner, id string, key, stored []byte, keep bool) func(any) error {
	switch r := u.group.row(t, owner, id); {
	case r.state == written:
		return func(into any) error { return u.db.cfg.decode(t, u.db.cfg.schema(t), r.text, into) }
	case r.state == deleted || stored == nil:
		return nil
	default:
		return func(into any) error { return u.view.decode(t, key, stored, into, keep) }
	}
}

// Each merges the rows of the file with those of the group. Rows that f adds
// may or may not be met.
func (u *update) Each(t casework.Table, owner, from string, f func(string, func(any) error) (bool, error)) error {
	if err := u.check(t, owner, "-"); err != nil {
		return err
	}
	ids := slices.Clone(u.group.sortedIDs(t, owner))
	first, _ := slices.BinarySearch(ids, from)
	ids = ids[first:]

	prefix := shelfKey(t, owner)
	c := u.rows.Cursor()
	key, value := c.Seek(rowKey(t, owner, from))
	for {
		stored := key != nil && bytes.HasPrefix(key, prefix)
		if !stored && len(ids) == 0 {
			return nil
		}
		var id string
		var at, found []byte
		if stored {
			id, at, found = string(key[len(prefix):]), key, value
		}
		if stored && (len(ids) == 0 || id <= ids[0]) {
			key, value = c.Next()
		} else {
			id, at, found = ids[0], nil, nil
		}
		if len(ids) > 0 && ids[0] == id {
			ids = ids[1:]
		}
		decode := u.decoder(t, owner, id, at, found, true)
		if decode == nil {
			continue
		}
		if more, err := f(id, decode); err != nil || !more {
			return err
		}
	}
}

// All walks the file first and then what only the group has.
func (u *update) All(t casework.Table, f func(string, string, func(any) error) (bool, error)) error {
	if err := u.check(t, "", "-"); err != nil {
		return err
	}
	type place struct{ owner, id string }
	var fresh []place
	for name, s := range u.group.shelves {
		if name.table != t {
			continue
		}
		for _, id := range s.ids {
			if s.rows[id].state == written && u.rows.Get(rowKey(t, name.owner, id)) == nil {
				fresh = append(fresh, place{name.owner, id})
			}
		}
	}
	stop := errors.New("stop")
	visit := func(key, value []byte, owner, id string) (bool, error) {
		decode := u.decoder(t, owner, id, key, value, false)
		if decode == nil {
			return true, nil
		}
		more, err := f(owner, id, decode)
		if err == nil && !more {
			err = stop
		}
		return more, err
	}
	err := u.walk(t, visit)
	for _, p := range fresh {
		if err != nil {
			break
		}
		_, err = visit(nil, nil, p.owner, p.id)
	}
	if errors.Is(err, stop) {
		return nil
	}
	return err
}

func (u *update) Last(t casework.Table, owner string) (string, error) {
	stored, err := u.view.Last(t, owner)
	if err != nil {
		return "", err
	}
	ids := u.group.sortedIDs(t, owner)
	for _, id := range slices.Backward(ids) {
		if id <= stored {
			break
		}
		if u.group.row(t, owner, id).state == written {
			return id, nil
		}
	}
	if stored == "" || u.group.row(t, owner, stored).state != deleted {
		return stored, nil
	}
	return u.lastLiving(t, owner)
}

// lastLiving finds the last row when the last stored one is being deleted.
func (u *update) lastLiving(t casework.Table, owner string) (last string, err error) {
	err = u.Each(t, owner, "", func(id string, _ func(any) error) (bool, error) {
		last = id
		return true, nil
	})
	return last, err
}
