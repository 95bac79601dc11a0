package store

import (
	"github.com/google/btree"
)

// item is one change that the journal has and the file may not have yet. Its
// key is that of the bucket, with the letter of the bucket in front. An item is
// not changed once a commit has published it.
type item struct {
	key   string
	value []byte // as stored; nil deletes
	seq   uint64 // of the commit

	// Until the commit seals it, a row is:
	text []byte // JSON
	box  dataKey
	ver  byte
}

// The letters of the buckets, as they stand in keys of items and in the journal.
const (
	inKeys = 'k'
	inMeta = 'm'
	inRows = 'r'
)

var buckets = map[byte][]byte{inKeys: keysBucket, inMeta: metaBucket, inRows: rowsBucket}

// memory holds the items between journal and file, in order. Clone is cheap and
// keeps what it was made of: an update works on a clone that is thrown away if
// it fails, and a view reads one that nobody changes.
type memory = btree.BTreeG[*item]

func newMemory() *memory {
	return btree.NewG(32, func(a, b *item) bool { return a.key < b.key })
}

// find returns what m says of a key, nil if nothing.
func find(m *memory, key string) *item {
	it, _ := m.Get(&item{key: key})
	return it
}

func inBucket(letter byte, key []byte) string {
	b := append(make([]byte, 0, 1+len(key)), letter)
	return string(append(b, key...))
}
