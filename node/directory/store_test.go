package directory_test

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

type rowKey struct {
	t         casework.Table
	owner, id string
}

// memory is a casework.Store in a map: one writer, nothing of a failed
// transaction kept.
type memory struct {
	mu   sync.RWMutex // guards rows
	rows map[rowKey][]byte
}

func (m *memory) Update(ctx context.Context, f func(casework.Tx) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	tx := &memoryTx{rows: maps.Clone(m.rows), writes: true}
	if err := f(tx); err != nil {
		return err
	}
	m.rows = tx.rows
	for _, after := range tx.after {
		after()
	}
	return nil
}

func (m *memory) View(f func(casework.Tx) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return f(&memoryTx{rows: m.rows})
}

type memoryTx struct {
	rows   map[rowKey][]byte
	after  []func()
	writes bool
}

func (x *memoryTx) Get(t casework.Table, owner, id string, into any) (bool, error) {
	b, ok := x.rows[rowKey{t, owner, id}]
	if !ok {
		return false, nil
	}
	return true, json.Unmarshal(b, into)
}

func (x *memoryTx) Put(t casework.Table, owner, id string, v any) error {
	if !x.writes {
		return errors.New("a view writes")
	}
	b, err := json.Marshal(v)
	x.rows[rowKey{t, owner, id}] = b
	return err
}

func (x *memoryTx) Delete(t casework.Table, owner, id string) error {
	delete(x.rows, rowKey{t, owner, id})
	return nil
}

func (x *memoryTx) Each(t casework.Table, owner, from string, f func(string, func(any) error) (bool, error)) error {
	return x.walk(func(k rowKey) bool { return k.t == t && k.owner == owner && k.id >= from }, func(_, id string, decode func(any) error) (bool, error) {
		return f(id, decode)
	})
}

func (x *memoryTx) All(t casework.Table, f func(string, string, func(any) error) (bool, error)) error {
	return x.walk(func(k rowKey) bool { return k.t == t }, f)
}

func (x *memoryTx) walk(want func(rowKey) bool, f func(string, string, func(any) error) (bool, error)) error {
	var keys []rowKey
	for k := range x.rows {
		if want(k) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b rowKey) int { return strings.Compare(a.owner+"/"+a.id, b.owner+"/"+b.id) })
	for _, k := range keys {
		more, err := f(k.owner, k.id, func(into any) error { return json.Unmarshal(x.rows[k], into) })
		if err != nil || !more {
			return err
		}
	}
	return nil
}

func (x *memoryTx) Last(t casework.Table, owner string) (string, error) {
	last := ""
	for k := range x.rows {
		if k.t == t && k.owner == owner {
			last = max(last, k.id)
		}
	}
	return last, nil
}

func (x *memoryTx) After(f func()) { x.after = append(x.after, f) }
