package vault

import (
	"errors"
	"fmt"
)

// A turn destroys every data key that is not wrapped anew:
//
//	next, err := v.Prepare()
//	... in one transaction: wrapped = v.Rewrap(place, wrapped) for all that live,
//	    and the number next
//	err = v.Commit() // or Abandon, if the transaction surely failed
//	... when no reader of the old data is left
//	v.Forget()
//
// A crash at any point leaves one or two epoch files, and Settle with the
// number that the data names keeps the right one.

// Prepare draws the secret of the next epoch and makes it durable. What an
// abandoned turn left is destroyed first.
func (v *Vault) Prepare() (next uint64, err error) {
	current := v.Epoch()
	if current == 0 {
		return 0, errors.New("prepare a key epoch: none is in force yet")
	}
	if err := v.Abandon(); err != nil {
		return 0, err
	}
	next = current + 1
	if err := v.makeEpoch(next); err != nil {
		return 0, err
	}
	v.mu.Lock()
	v.next = next
	v.mu.Unlock()
	return next, nil
}

// Rewrap turns a key wrapped in the current epoch into one of the prepared
// epoch, for the same place.
func (v *Vault) Rewrap(place, wrapped []byte) ([]byte, error) {
	v.mu.RLock()
	next := v.next
	v.mu.RUnlock()
	if next == 0 {
		return nil, errors.New("rewrap a key: no epoch is prepared")
	}
	key, err := v.Unwrap(place, wrapped)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	return v.wrap(next, place, key)
}

// Commit puts the prepared epoch in force and destroys the file of the old one.
// On an error the new epoch is in force and the old file may still be there;
// Settle at the next start removes it. The old KEK stays in memory, for readers
// of old data, until Forget.
func (v *Vault) Commit() error {
	v.mu.Lock()
	old := v.current
	if v.next == 0 {
		v.mu.Unlock()
		return errors.New("commit a key epoch: none is prepared")
	}
	v.current, v.next = v.next, 0
	v.mu.Unlock()
	return v.destroyEpoch(old)
}

// Abandon destroys the prepared epoch, if there is one.
func (v *Vault) Abandon() error {
	v.mu.Lock()
	next := v.next
	delete(v.keks, next)
	v.next = 0
	v.mu.Unlock()
	if next == 0 {
		return nil
	}
	return v.destroyEpoch(next)
}

// Forget drops the KEKs of past epochs from memory. The caller has no reader of
// old data left.
func (v *Vault) Forget() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for n := range v.keks {
		if n != v.current && n != v.next {
			delete(v.keks, n)
		}
	}
}

func (v *Vault) destroyEpoch(n uint64) error {
	if err := destroy(v.epochPath(n)); err != nil {
		return fmt.Errorf("epoch %d: %w", n, err)
	}
	return nil
}
