package access_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"serasi/node/casework"
)

// memory is a casework.Store in a map: one writer at a time, all or nothing.
type memory struct {
	mu     sync.RWMutex // guards rows
	rows   map[rowKey][]byte
	broken error // what Update answers instead, if set; not changed while in use
}

type rowKey struct {
	table     casework.Table
	owner, id string
}

func newMemory() *memory { return &memory{rows: map[rowKey][]byte{}} }

func (m *memory) Update(ctx context.Context, f func(casework.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := errors.Join(m.broken, ctx.Err()); err != nil {
		return err
	}
	tx := &memoryTx{m: m, was: map[rowKey][]byte{}}
	if err := f(tx); err != nil {
		for k, v := range tx.was {
			m.set(k, v)
		}
		return err
	}
	for _, after := range tx.after {
		after()
	}
	return nil
}

func (m *memory) View(f func(casework.Tx) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return f(&memoryTx{m: m})
}

func (m *memory) set(k rowKey, v []byte) {
	if v == nil {
		delete(m.rows, k)
	} else {
		m.rows[k] = v
	}
}

// change writes a row behind everybody's back, as a tamperer would.
func (m *memory) change(t casework.Table, id string, edit func(was []byte) []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := rowKey{t, casework.NodeOwner, id}
	m.set(k, edit(m.rows[k]))
}

// holds reports whether any row contains text.
func (m *memory) holds(text string) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	for _, v := range m.rows {
		if strings.Contains(string(v), text) {
			return true
		}
	}
	return false
}

type memoryTx struct {
	m     *memory
	was   map[rowKey][]byte // rows before this transaction; nil in a view
	after []func()
}

func (tx *memoryTx) Get(t casework.Table, owner, id string, into any) (bool, error) {
	b, ok := tx.m.rows[rowKey{t, owner, id}]
	if !ok {
		return false, nil
	}
	return true, json.Unmarshal(b, into)
}

func (tx *memoryTx) Put(t casework.Table, owner, id string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return tx.write(rowKey{t, owner, id}, b)
}

func (tx *memoryTx) Delete(t casework.Table, owner, id string) error {
	return tx.write(rowKey{t, owner, id}, nil)
}

func (tx *memoryTx) write(k rowKey, v []byte) error {
	if tx.was == nil {
		return errors.New("a view does not write")
	}
	if _, noted := tx.was[k]; !noted {
		tx.was[k] = tx.m.rows[k]
	}
	tx.m.set(k, v)
	return nil
}

func (tx *memoryTx) Each(t casework.Table, owner, from string, f func(string, func(any) error) (bool, error)) error {
	for _, k := range tx.keys(func(k rowKey) bool { return k.table == t && k.owner == owner && k.id >= from }) {
		if more, err := f(k.id, tx.decoder(k)); err != nil || !more {
			return err
		}
	}
	return nil
}

func (tx *memoryTx) All(t casework.Table, f func(string, string, func(any) error) (bool, error)) error {
	for _, k := range tx.keys(func(k rowKey) bool { return k.table == t }) {
		if more, err := f(k.owner, k.id, tx.decoder(k)); err != nil || !more {
			return err
		}
	}
	return nil
}

func (tx *memoryTx) Last(t casework.Table, owner string) (string, error) {
	keys := tx.keys(func(k rowKey) bool { return k.table == t && k.owner == owner })
	if len(keys) == 0 {
		return "", nil
	}
	return keys[len(keys)-1].id, nil
}

func (tx *memoryTx) After(f func()) { tx.after = append(tx.after, f) }

func (tx *memoryTx) keys(want func(rowKey) bool) []rowKey {
	var keys []rowKey
	for k := range maps.Keys(tx.m.rows) {
		if want(k) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b rowKey) int { return strings.Compare(a.id, b.id) })
	return keys
}

func (tx *memoryTx) decoder(k rowKey) func(any) error {
	b := tx.m.rows[k]
	return func(into any) error { return json.Unmarshal(b, into) }
}
