package store

import (
	"encoding/json"
	"fmt"
	"slices"

	"serasi/node/casework"
)

// group is what the updates of one commit wrote so far. Later updates of the
// group read it as if it were stored.
type group struct {
	mem     *memory            // a clone of that of the store
	items   []*item            // what was written, in order
	keys    map[string]dataKey // by owner, those used
	nextKey uint64             // number of the data key made next
	size    int                // bytes written
}

const (
	groupSize  = 16 << 20  // bytes; a commit takes no further update beyond
	updateSize = 256 << 20 // bytes; more in one update is refused
)

// update is the casework.Tx of one caller's function. It writes to the memory
// of the group and can take all of it back.
type update struct {
	view
	group *group
	undo  []undo
	made  []string // owners whose key this update made
	size  int
	hooks []func()
}

// undo is one step back: what was written, and what was there before.
type undo struct{ now, before *item }

// rollBack takes back all that this update wrote.
func (u *update) rollBack() {
	for _, step := range slices.Backward(u.undo) {
		if step.before != nil {
			u.mem.ReplaceOrInsert(step.before)
		} else {
			u.mem.Delete(step.now)
		}
	}
	for _, owner := range u.made {
		delete(u.group.keys, owner)
	}
}

// keep hands what this update wrote to the commit.
func (u *update) keep() {
	for _, step := range u.undo {
		u.group.items = append(u.group.items, step.now)
	}
	u.group.size += u.size
}

func (u *update) After(f func()) { u.hooks = append(u.hooks, f) }

func (u *update) set(it *item) {
	before, _ := u.mem.ReplaceOrInsert(it)
	u.undo = append(u.undo, undo{it, before})
	u.size += len(it.key) + len(it.value) + len(it.text)
}

// ownerKey returns the data key of an owner and makes it if there is none.
func (u *update) ownerKey(owner string) (dataKey, error) {
	if k, ok := u.group.keys[owner]; ok {
		return k, nil
	}
	k, err := u.storedKey(owner)
	if err != nil {
		return dataKey{}, err
	}
	if k.no != 0 {
		u.group.keys[owner] = k
		return k, nil
	}
	k, wrapped, err := newKey(u.db.cfg.Vault, u.group.nextKey)
	if err != nil {
		return dataKey{}, err
	}
	u.group.nextKey++ // also if this update fails: a number is never used twice
	u.db.ring.put(k.no, k.box)
	u.group.keys[owner] = k
	u.made = append(u.made, owner)
	u.set(&item{key: inBucket(inKeys, keyNo(k.no)), value: wrapped})
	u.set(&item{key: inBucket(inRows, ownerKey(owner)), value: keyNo(k.no)})
	return k, nil
}

// storedKey returns the data key of an owner; its number is 0 if there is none.
func (v *view) storedKey(owner string) (dataKey, error) {
	entry := v.stored(inRows, ownerKey(owner))
	if entry == nil {
		return dataKey{}, nil
	}
	no, err := readKeyNo(entry)
	if err != nil {
		return dataKey{}, err
	}
	box, err := v.box(no, true)
	return dataKey{no, box}, err
}

func (u *update) Put(t casework.Table, owner, id string, value any) error {
	if err := u.check(t, owner, id); err != nil {
		return err
	}
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("store: write a row of table %s: %T does not become JSON", t, value)
	}
	if len(text) > maxRow || u.size > updateSize {
		return casework.Invalid.Because("this is too large to be stored at once")
	}
	key, err := u.ownerKey(owner)
	if err != nil {
		return err
	}
	if owner != casework.NodeOwner && !u.db.hasOwned(t) && find(u.mem, inBucket(inMeta, ownedKey(t))) == nil {
		u.set(&item{key: inBucket(inMeta, ownedKey(t)), value: []byte{1}})
	}
	u.set(&item{key: inBucket(inRows, rowKey(t, owner, id)), text: text, box: key, ver: u.db.cfg.schema(t)})
	return nil
}

func (u *update) Delete(t casework.Table, owner, id string) error {
	if err := u.check(t, owner, id); err != nil {
		return err
	}
	u.set(&item{key: inBucket(inRows, rowKey(t, owner, id))})
	return nil
}

// still returns a view of what u sees now, for a walk during which more may be
// written: rows written by then may or may not be met.
func (u *update) still() *view {
	v := u.view
	v.mem = u.mem.Clone()
	v.scratch = nil // the walk and what happens in it open rows side by side
	return &v
}

func (u *update) Each(t casework.Table, owner, from string, f func(string, func(any) error) (bool, error)) error {
	return u.still().Each(t, owner, from, f)
}

func (u *update) All(t casework.Table, f func(string, string, func(any) error) (bool, error)) error {
	return u.still().All(t, f)
}
