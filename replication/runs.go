package replication

import (
	"encoding/binary"
	"sort"

	"go.etcd.io/bbolt"
)

// run is a stretch of applied entries of one term. The log that raft keeps is
// compacted; these say for ever which term an applied index has.
type run struct{ first, last, term uint64 }

func readRuns(tx *bbolt.Tx) (runs []run) {
	c := tx.Bucket(runsBucket).Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if len(k) == 8 && len(v) == 16 {
			runs = append(runs, run{binary.BigEndian.Uint64(k), binary.BigEndian.Uint64(v), binary.BigEndian.Uint64(v[8:])})
		}
	}
	return runs
}

// note keeps that index was applied with term. Indexes only grow.
func (b *book) note(index, term uint64) {
	if n := len(b.runs); n > 0 && b.runs[n-1].term == term {
		b.runs[n-1].last = index
	} else {
		b.runs = append(b.runs, run{index, index, term})
	}
	b.term, b.dirty = term, true
}

// fits reports whether an applied index may have that term. Between two runs
// lie entries that never reach the state machine; their terms are bounded by
// those of their neighbours.
func (b *book) fits(index, term uint64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := sort.Search(len(b.runs), func(i int) bool { return b.runs[i].last >= index })
	if i == len(b.runs) {
		return len(b.runs) == 0 || term >= b.runs[i-1].term
	}
	if index >= b.runs[i].first {
		return term == b.runs[i].term
	}
	return term <= b.runs[i].term && (i == 0 || term >= b.runs[i-1].term)
}
