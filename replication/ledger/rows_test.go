package ledger_test

import (
	"bytes"
	"slices"
	"strings"

	"serasi/replication/ledger"
)

// rows is a state in memory. The keys of a kind of row are kept in order from
// the first time that somebody scans it.
type rows struct {
	all   map[string][]byte
	order map[byte][]string
}

func newRows() *rows { return &rows{all: map[string][]byte{}, order: map[byte][]string{}} }

func (r *rows) Get(k []byte) []byte { return r.all[string(k)] }

func (r *rows) Put(k, v []byte) {
	if len(v) == 0 {
		panic("a row with an empty value: some stores cannot tell it from none")
	}
	key := string(k)
	if _, known := r.all[key]; !known {
		if keys, scanned := r.order[k[0]]; scanned {
			i, _ := slices.BinarySearch(keys, key)
			r.order[k[0]] = slices.Insert(keys, i, key)
		}
	}
	r.all[key] = bytes.Clone(v)
}

func (r *rows) Delete(k []byte) {
	key := string(k)
	delete(r.all, key)
	if keys, scanned := r.order[k[0]]; scanned {
		if i, found := slices.BinarySearch(keys, key); found {
			r.order[k[0]] = slices.Delete(keys, i, i+1)
		}
	}
}

func (r *rows) Scan(prefix, from []byte, f func(k, v []byte) bool) {
	keys, scanned := r.order[prefix[0]]
	if !scanned {
		for k := range r.all {
			if k[0] == prefix[0] {
				keys = append(keys, k)
			}
		}
		slices.Sort(keys)
		r.order[prefix[0]] = keys
	}
	i, _ := slices.BinarySearch(keys, string(max(string(prefix), string(from))))
	for ; i < len(keys) && strings.HasPrefix(keys[i], string(prefix)); i++ {
		if !f([]byte(keys[i]), r.all[keys[i]]) {
			return
		}
	}
}

// clone returns an independent copy.
func (r *rows) clone() *rows {
	c := newRows()
	for k, v := range r.all {
		c.all[k] = bytes.Clone(v)
	}
	return c
}

// same fails the test where two states differ.
func (r *rows) same(t tb, other *rows) {
	t.Helper()
	for k, v := range r.all {
		if w, ok := other.all[k]; !ok || !bytes.Equal(v, w) {
			t.Errorf("row %q %x differs:\n%x\n%x", k[:1], k[1:], v, w)
		}
	}
	for k := range other.all {
		if _, ok := r.all[k]; !ok {
			t.Errorf("row %q %x is in one state only", k[:1], k[1:])
		}
	}
}

var _ ledger.KV = (*rows)(nil)
