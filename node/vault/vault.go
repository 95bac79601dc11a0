package vault

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
)

// KeySize is the size of a data key in bytes.
const KeySize = 32

// Vault wraps data keys under the KEK of the current epoch.
//
// All methods may be called by many goroutines, but a turn (Prepare, Rewrap,
// Commit) belongs to one of them, and nobody may Wrap meanwhile: what is
// wrapped by the old epoch after Rewrap has passed would be lost.
type Vault struct {
	dir  string
	root []byte
	kind string

	mu      sync.RWMutex           // guards what follows
	keks    map[uint64]cipher.AEAD // by epoch; in memory only
	current uint64                 // 0 until settled
	next    uint64                 // prepared and not yet committed; 0 if none
}

// Open reads the epoch files in dir with the root secret of src, and makes the
// first epoch if there is none. The caller then says with [Vault.Settle] which
// epoch its data was written in. The error wraps [ErrRoot] if the root secret
// is wrong.
func Open(dir string, src Source) (*Vault, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("key folder: %w", err)
	}
	root, err := src.Root()
	if err != nil {
		return nil, err
	}
	if root, err = checkRoot(root); err != nil {
		return nil, err
	}
	v := &Vault{dir: dir, root: bytes.Clone(root), kind: src.String(), keks: map[uint64]cipher.AEAD{}}
	found, err := v.epochs()
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return v, v.makeEpoch(1)
	}
	for _, n := range found {
		if err := v.loadEpoch(n); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// Source names the kind of source the root came from, for status pages.
func (v *Vault) Source() string { return v.kind }

// Settle says which epoch the data names, 0 if there is no data yet, and
// returns the epoch now in force. All other epoch files are destroyed: they are
// what a crash in the middle of a turn left. It is an error if the named epoch
// is not here, or if there are several and none is named; then nothing is
// destroyed.
func (v *Vault) Settle(named uint64) (uint64, error) {
	v.mu.Lock()
	others := make([]uint64, 0, len(v.keks))
	if named == 0 && len(v.keks) == 1 {
		for n := range v.keks {
			named = n
		}
	}
	if v.keks[named] == nil {
		v.mu.Unlock()
		return 0, fmt.Errorf("the data was written in key epoch %d, which is not in %s", named, v.dir)
	}
	v.current, v.next = named, 0
	for n := range v.keks {
		if n != named {
			others = append(others, n)
			delete(v.keks, n)
		}
	}
	v.mu.Unlock()
	var errs []error
	for _, n := range others {
		errs = append(errs, v.destroyEpoch(n))
	}
	return named, errors.Join(errs...)
}

// Epoch returns the epoch in force, 0 before Settle.
func (v *Vault) Epoch() uint64 {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.current
}

// Wrap encrypts a data key for storage and binds it to place. The result is 68
// bytes.
func (v *Vault) Wrap(place, key []byte) ([]byte, error) {
	return v.wrap(v.Epoch(), place, key)
}

func (v *Vault) wrap(epoch uint64, place, key []byte) ([]byte, error) {
	kek := v.kek(epoch)
	if kek == nil {
		return nil, fmt.Errorf("wrap a key: epoch %d is not in force", epoch)
	}
	out := binary.BigEndian.AppendUint64(make([]byte, 0, 8+kek.Overhead()+len(key)), epoch)
	return kek.Seal(out, nil, key, wrapPlace(epoch, place)), nil
}

// Unwrap returns the data key that Wrap was given for the same place.
func (v *Vault) Unwrap(place, wrapped []byte) ([]byte, error) {
	if len(wrapped) < 8 {
		return nil, errors.New("unwrap a key: cut short")
	}
	epoch := binary.BigEndian.Uint64(wrapped)
	kek := v.kek(epoch)
	if kek == nil {
		return nil, fmt.Errorf("unwrap a key: epoch %d is gone", epoch)
	}
	key, err := kek.Open(nil, nil, wrapped[8:], wrapPlace(epoch, place))
	if err != nil {
		return nil, fmt.Errorf("unwrap a key of epoch %d: %w", epoch, err)
	}
	return key, nil
}

func (v *Vault) kek(epoch uint64) cipher.AEAD {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.keks[epoch]
}

// Box makes the cipher of a data key; see the function [Box].
func (v *Vault) Box(key []byte) (cipher.AEAD, error) { return Box(key) }
