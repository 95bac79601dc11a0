package replication

import (
	"crypto/ed25519"
	"crypto/sha256"
	"sync"
)

// verified remembers good signatures, so that one is checked once: at intake or
// before the log stores it, and not again when it is applied. Bad ones are not
// remembered; nobody needs to be quick with them.
//
// It holds two generations of at most half its size each and drops the older
// when the younger is full.
type verified struct {
	mu         sync.Mutex // guards young and old
	young, old map[[32]byte]struct{}
}

const generation = 16 << 10 // signatures; about a megabyte

// check is a ledger.Verify.
func (v *verified) check(pub ed25519.PublicKey, msg, sig []byte) bool {
	if len(pub) != ed25519.PublicKeySize || len(sig) != ed25519.SignatureSize {
		return false // and so the parts of the key below cannot run into another
	}
	h := sha256.New()
	h.Write(pub)
	h.Write(sig)
	h.Write(msg)
	var key [32]byte
	h.Sum(key[:0])
	if v.knows(key) {
		return true
	}
	if !ed25519.Verify(pub, msg, sig) {
		return false
	}
	v.keep(key)
	return true
}

func (v *verified) knows(key [32]byte) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.young[key]; ok {
		return true
	}
	_, ok := v.old[key]
	return ok
}

func (v *verified) keep(key [32]byte) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.young == nil || len(v.young) >= generation {
		v.old, v.young = v.young, make(map[[32]byte]struct{}, 1024)
	}
	v.young[key] = struct{}{}
}
