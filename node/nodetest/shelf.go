package nodetest

import (
	"bytes"
	"crypto/rand"
	"slices"
)

// shelf is a ledger in memory.
type shelf map[string][]byte

func (s shelf) Get(key []byte) []byte { return s[string(key)] }
func (s shelf) Put(key, value []byte) { s[string(key)] = bytes.Clone(value) }
func (s shelf) Delete(key []byte)     { delete(s, string(key)) }

func (s shelf) Scan(prefix, from []byte, f func(key, value []byte) bool) {
	var keys []string
	for k := range s {
		if bytes.HasPrefix([]byte(k), prefix) && k >= string(from) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		if !f([]byte(k), s[k]) {
			return
		}
	}
}

func randomID() (id [16]byte) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}
