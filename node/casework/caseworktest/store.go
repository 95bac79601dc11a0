// Package caseworktest gives the tests of rooms a casework.Store that needs no
// disk, so that each room is tested without the room that keeps its rows.
//
// It is for tests only, and promises what node/store does: one writer, nothing
// of a failed transaction kept, views that stay as they were.
package caseworktest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"serasi/node/casework"
)

// Key is where a row stands.
type Key struct {
	Table     casework.Table
	Owner, ID string
}

// Store is a casework.Store in a map, its rows as JSON. The zero value is empty.
type Store struct {
	Fail func() error // asked at each commit; nil: never fails. Not changed while in use

	writing sync.Mutex // held by the one Update that runs
	mu      sync.Mutex // guards rows
	rows    map[Key][]byte
}

// Rows returns a copy of all rows.
func (s *Store) Rows() map[Key][]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rows == nil {
		return map[Key][]byte{}
	}
	return maps.Clone(s.rows)
}

// Count returns how many rows a table has.
func (s *Store) Count(t casework.Table) (n int) {
	for k := range s.Rows() {
		if k.Table == t {
			n++
		}
	}
	return n
}

// Holds reports whether a row of a table contains text.
func (s *Store) Holds(t casework.Table, text string) bool {
	for k, v := range s.Rows() {
		if k.Table == t && strings.Contains(string(v), text) {
			return true
		}
	}
	return false
}

// Drop removes rows behind everybody's back.
func (s *Store) Drop(which func(Key) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.rows, func(k Key, _ []byte) bool { return which(k) })
}

// Update runs f in a transaction of its own.
func (s *Store) Update(ctx context.Context, f func(casework.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	x := &tx{rows: s.Rows()}
	if err := f(x); err != nil {
		return err
	}
	if s.Fail != nil {
		if err := s.Fail(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.rows = x.rows
	s.mu.Unlock()
	for _, after := range x.after {
		after()
	}
	return nil
}

// View runs f on the rows as they are now. What f writes is refused.
func (s *Store) View(f func(casework.Tx) error) error {
	return f(&tx{rows: s.Rows(), view: true})
}

type tx struct {
	rows  map[Key][]byte
	after []func()
	view  bool
}

func (x *tx) Get(t casework.Table, owner, id string, into any) (bool, error) {
	b, ok := x.rows[Key{t, owner, id}]
	if !ok {
		return false, nil
	}
	return true, json.Unmarshal(b, into)
}

var errView = errors.New("a view writes")

func (x *tx) Put(t casework.Table, owner, id string, v any) error {
	if x.view {
		return errView
	}
	b, err := json.Marshal(v)
	x.rows[Key{t, owner, id}] = b
	return err
}

func (x *tx) Delete(t casework.Table, owner, id string) error {
	if x.view {
		return errView
	}
	delete(x.rows, Key{t, owner, id})
	return nil
}

func (x *tx) Each(t casework.Table, owner, from string, f func(string, func(any) error) (bool, error)) error {
	return x.walk(func(k Key) bool { return k.Table == t && k.Owner == owner && k.ID >= from }, func(_, id string, decode func(any) error) (bool, error) {
		return f(id, decode)
	})
}

func (x *tx) All(t casework.Table, f func(string, string, func(any) error) (bool, error)) error {
	return x.walk(func(k Key) bool { return k.Table == t }, f)
}

func (x *tx) walk(want func(Key) bool, f func(string, string, func(any) error) (bool, error)) error {
	var keys []Key
	for k := range x.rows {
		if want(k) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b Key) int { return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.ID, b.ID)) })
	for _, k := range keys {
		more, err := f(k.Owner, k.ID, func(into any) error { return json.Unmarshal(x.rows[k], into) })
		if err != nil || !more {
			return err
		}
	}
	return nil
}

func (x *tx) Last(t casework.Table, owner string) (string, error) {
	last := ""
	for k := range x.rows {
		if k.Table == t && k.Owner == owner {
			last = max(last, k.ID)
		}
	}
	return last, nil
}

func (x *tx) After(f func()) { x.after = append(x.after, f) }
