package store

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
)

// Each owner has one data key. It is kept, wrapped, in the bucket keys under a
// number that is never given twice: numbers count up, so new keys fill whole
// pages, and a turn rewrites this bucket and no row.

const ringSize = 4096 // ciphers kept ready; about 1 KiB each

// ring keeps the ciphers of data keys used lately, by number.
type ring struct {
	mu    sync.RWMutex // guards boxes
	boxes map[uint64]cipher.AEAD
}

func (r *ring) get(no uint64) cipher.AEAD {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.boxes[no]
}

func (r *ring) put(no uint64, box cipher.AEAD) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.boxes) >= ringSize {
		for some := range r.boxes { // any will do: it costs a microsecond to make again
			delete(r.boxes, some)
			break
		}
	}
	r.boxes[no] = box
}

func (r *ring) drop(no uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.boxes, no)
}

// keyNo is the stored form of a key's number.
func keyNo(no uint64) []byte { return binary.BigEndian.AppendUint64(nil, no) }

func readKeyNo(b []byte) (uint64, error) {
	if len(b) != 8 {
		return 0, errors.New("store: number of a data key is damaged")
	}
	return binary.BigEndian.Uint64(b), nil
}

// keyPlace binds a wrapped data key to its number.
func keyPlace(no uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte("serasi data key\x00"), no)
}

// dataKey is a data key in use.
type dataKey struct {
	no  uint64
	box cipher.AEAD
}

// newKey draws the data key with number no, and wraps it for the bucket keys.
func newKey(v Vault, no uint64) (k dataKey, wrapped []byte, err error) {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails
	defer clear(raw[:])
	box, err := v.Box(raw[:])
	if err != nil {
		return dataKey{}, nil, fmt.Errorf("store: %w", err)
	}
	wrapped, err = v.Wrap(keyPlace(no), raw[:])
	if err != nil {
		return dataKey{}, nil, fmt.Errorf("store: %w", err)
	}
	return dataKey{no, box}, wrapped, nil
}

// unwrapBox makes the cipher of a stored data key.
func unwrapBox(v Vault, wrapped []byte, no uint64) (cipher.AEAD, error) {
	if wrapped == nil {
		return nil, fmt.Errorf("store: data key %d is gone", no)
	}
	raw, err := v.Unwrap(keyPlace(no), wrapped)
	if err != nil {
		return nil, fmt.Errorf("store: data key %d: %w", no, err)
	}
	defer clear(raw)
	return v.Box(raw)
}
