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
	mu     sync.RWMutex // guards rows and ids
	rows   map[rowKey][]byte
	ids    map[rowKey]map[string]bool // the ids of each table and owner, under the key without an id
	broken error                      // what Update answers instead, if set; not changed while in use
}

type rowKey struct {
	table     casework.Table
	owner, id string
}

func newMemory() *memory {
	return &memory{rows: map[rowKey][]byte{}, ids: map[rowKey]map[string]bool{}}
}

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
	shelf := rowKey{k.table, k.owner, ""}
	if v == nil {
		delete(m.rows, k)
		delete(m.ids[shelf], k.id)
		return
	}
	m.rows[k] = v
	if m.ids[shelf] == nil {
		m.ids[shelf] = map[string]bool{}
	}
	m.ids[shelf][k.id] = true
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
	for _, id := range tx.sorted(t, owner) {
		if id < from {
			continue
		}
		if more, err := f(id, tx.decoder(rowKey{t, owner, id})); err != nil || !more {
			return err
		}
	}
	return nil
}

func (tx *memoryTx) All(t casework.Table, f func(string, string, func(any) error) (bool, error)) error {
	for k := range maps.Keys(tx.m.rows) {
		if k.table != t {
			continue
		}
		if more, err := f(k.owner, k.id, tx.decoder(k)); err != nil || !more {
			return err
		}
	}
	return nil
}

func (tx *memoryTx) Last(t casework.Table, owner string) (string, error) {
	ids := tx.sorted(t, owner)
	if len(ids) == 0 {
		return "", nil
	}
	return ids[len(ids)-1], nil
}

func (tx *memoryTx) After(f func()) { tx.after = append(tx.after, f) }

func (tx *memoryTx) sorted(t casework.Table, owner string) []string {
	return slices.Sorted(maps.Keys(tx.m.ids[rowKey{t, owner, ""}]))
}

func (tx *memoryTx) decoder(k rowKey) func(any) error {
	b := tx.m.rows[k]
	return func(into any) error { return json.Unmarshal(b, into) }
}
