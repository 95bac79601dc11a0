package replication

import (
	"bytes"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"serasi/replication/ledger"
)

// layer is what was applied and is not on disk yet: rows by key, nil for a
// deleted one. A table is kept for each kind of row, the first byte of a key.
type layer struct {
	tables [256]*table
	count  int // rows
	bytes  int
}

// table is the rows of one kind. keys is in order, and kept only for kinds that
// somebody scans.
type table struct {
	rows    map[string][]byte
	keys    []string
	ordered bool
}

func (y *layer) get(key []byte) (v []byte, known bool) {
	if t := y.tables[key[0]]; t != nil {
		v, known = t.rows[string(key)]
	}
	return v, known
}

func (y *layer) set(key string, value []byte) {
	t := y.tables[key[0]]
	if t == nil {
		t = &table{rows: map[string][]byte{}}
		y.tables[key[0]] = t
	}
	old, known := t.rows[key]
	t.rows[key] = value
	y.bytes += len(value) - len(old)
	if known {
		return
	}
	y.count++
	y.bytes += len(key)
	if t.ordered {
		i, _ := slices.BinarySearch(t.keys, key)
		t.keys = slices.Insert(t.keys, i, key)
	}
}

// order returns the keys of t in order, and keeps them so from now on.
func (t *table) order() []string {
	if t == nil {
		return nil
	}
	if !t.ordered {
		t.keys = make([]string, 0, len(t.rows))
		for k := range t.rows {
			t.keys = append(t.keys, k)
		}
		slices.Sort(t.keys)
		t.ordered = true
	}
	return t.keys
}

// stack is a ledger.KV: layers over the rows of a transaction, the newest layer
// first. It writes to the first layer only.
type stack struct {
	layers []*layer
	base   func() *bbolt.Bucket // begun when first needed
	hot    map[string][]byte    // complete copy of the hot rows, or nil
	dirty  bool                 // a hot row changed
}

// hotRow reports whether rows like key are kept in memory as well: who is a
// member with which keys. Every command asks for them and few change them.
func hotRow(key []byte) bool { return key[0] == 'f' || key[0] == 'k' || key[0] == 'm' }

// readHot copies the hot rows of r.
func readHot(r ledger.Reader) map[string][]byte {
	hot := map[string][]byte{}
	for _, kind := range []byte{'f', 'k', 'm'} {
		r.Scan([]byte{kind}, nil, func(k, v []byte) bool {
			hot[string(k)] = append([]byte{}, v...)
			return true
		})
	}
	return hot
}

func (s *stack) Get(key []byte) []byte {
	if s.hot != nil && hotRow(key) {
		return s.hot[string(key)]
	}
	for _, y := range s.layers {
		if v, known := y.get(key); known {
			return v
		}
	}
	return s.base().Get(key)
}

func (s *stack) Put(key, value []byte) { s.set(key, append(make([]byte, 0, len(value)), value...)) }
func (s *stack) Delete(key []byte)     { s.set(key, nil) }

func (s *stack) set(key, value []byte) {
	k := string(key)
	s.layers[0].set(k, value)
	if !hotRow(key) {
		return
	}
	s.dirty = true
	if s.hot == nil {
		return
	}
	if value == nil {
		delete(s.hot, k)
	} else {
		s.hot[k] = value
	}
}

// Scan merges the layers and the base. A row of a newer layer hides the same
// row below it.
func (s *stack) Scan(prefix, from []byte, f func(k, v []byte) bool) {
	if bytes.Compare(from, prefix) < 0 {
		from = prefix
	}
	var above [4]walk
	walks := above[:0]
	for _, y := range s.layers {
		if t := y.tables[prefix[0]]; t != nil && len(t.rows) > 0 {
			keys := t.order()
			i, _ := slices.BinarySearch(keys, string(from))
			walks = append(walks, walk{keys: keys[i:], rows: t.rows, prefix: string(prefix)})
		}
	}
	c := s.base().Cursor()
	bk, bv := c.Seek(from)
	for {
		if bk != nil && !bytes.HasPrefix(bk, prefix) {
			bk = nil
		}
		key, value, found := "", []byte(nil), false
		for i := range walks {
			if k, ok := walks[i].peek(); ok && (!found || k < key) {
				key, value, found = k, walks[i].rows[k], true
			}
		}
		switch {
		case !found && bk == nil:
			return
		case !found || bk != nil && string(bk) < key:
			if !f(bk, bv) {
				return
			}
			bk, bv = c.Next()
			continue
		}
		for i := range walks {
			walks[i].skip(key)
		}
		if bk != nil && string(bk) == key {
			bk, bv = c.Next()
		}
		if value != nil && !f([]byte(key), value) {
			return
		}
	}
}

// walk goes through the keys of one layer in order.
type walk struct {
	keys   []string
	rows   map[string][]byte
	prefix string
}

func (w *walk) peek() (string, bool) {
	if len(w.keys) == 0 || !strings.HasPrefix(w.keys[0], w.prefix) {
		return "", false
	}
	return w.keys[0], true
}

func (w *walk) skip(key string) {
	if len(w.keys) > 0 && w.keys[0] == key {
		w.keys = w.keys[1:]
	}
}

// reader is a ledger.KV on one bucket.
type reader struct{ *bbolt.Bucket }

func (r reader) Scan(prefix, from []byte, f func(k, v []byte) bool) {
	if bytes.Compare(from, prefix) < 0 {
		from = prefix
	}
	c := r.Cursor()
	for k, v := c.Seek(from); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if !f(k, v) {
			return
		}
	}
}

// bucketKV writes to a bucket and keeps the first fault, which its user must
// look at: the interface of the ledger has no room for one.
type bucketKV struct {
	reader
	err error
}

func (b *bucketKV) Put(key, value []byte) { b.keep(b.Bucket.Put(key, value)) }
func (b *bucketKV) Delete(key []byte)     { b.keep(b.Bucket.Delete(key)) }

func (b *bucketKV) keep(err error) {
	if b.err == nil {
		b.err = err
	}
}

var (
	_ ledger.KV = (*stack)(nil)
	_ ledger.KV = (*bucketKV)(nil)
)
