package store

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"testing"

	"serasi/node/casework"
)

// Queued returns how many jobs wait for the writer, so that a test can wait for
// a full queue instead of a time.
func Queued(db *DB) int {
	n, _ := db.queue.len()
	return n
}

// Cancelled returns how many of them were given up by their caller.
func Cancelled(db *DB) (n int) {
	db.queue.mu.Lock()
	defer db.queue.mu.Unlock()
	for _, j := range db.queue.jobs {
		if j.state.Load() == cancelled {
			n++
		}
	}
	return n
}

// RowTest seals and opens one row, for the fuzz targets of the decoders.
type RowTest struct {
	pack *packer
	box  cipher.AEAD
	key  []byte
}

// NewRowTest makes one with a fixed key.
func NewRowTest(t testing.TB) *RowTest {
	p, err := newPacker()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.close() })
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	box, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return &RowTest{p, box, rowKey("notes", "c1", "n1")}
}

func (r *RowTest) Seal(text []byte) []byte {
	value, _ := sealRow(r.pack, r.box, rowHead{1, 7}, r.key, text, nil)
	return value
}

func (r *RowTest) Open(value []byte) ([]byte, error) {
	h, sealed, err := cutHead(value)
	if err != nil {
		return nil, err
	}
	return openRow(r.pack, r.box, h, r.key, sealed, nil)
}

func (r *RowTest) Pack(text []byte) []byte              { return r.pack.pack(nil, text) }
func (r *RowTest) Unpack(packed []byte) ([]byte, error) { return r.pack.unpack(packed) }

// SplitKey and JoinKey are splitKey and what undoes it.
func SplitKey(key []byte) (casework.Table, string, string, error) { return splitKey(key) }

func JoinKey(t casework.Table, owner, id string) []byte {
	if t == "" {
		return ownerKey(owner)
	}
	return rowKey(t, owner, id)
}

// ReadJournal returns how many commits a journal holds.
func ReadJournal(file []byte) (int, error) {
	records, err := readRecords(bytes.NewReader(file), int64(len(file)), 0)
	for _, r := range records {
		if _, err := r.entries(); err != nil {
			return 0, err
		}
	}
	return len(records), err
}
