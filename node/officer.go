package node

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"serasi/node/vault"
	"serasi/replication/ledger"
)

// An OfficerKey decides about members, together with k-1 others. It belongs to
// a person, lies in a file under a passphrase, and never on a node: a server in
// foreign hands must not be able to vote.
type OfficerKey struct{ key ed25519.PrivateKey }

// NewOfficerKey draws a key.
func NewOfficerKey() (OfficerKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return OfficerKey{key}, err
}

const officerFile = "serasi-officer-1:"

// Public is what the charter or council lists.
func (o OfficerKey) Public() []byte { return o.key.Public().(ed25519.PublicKey) }

// ID names the key.
func (o OfficerKey) ID() ledger.KeyID { return ledger.KeyIDOf(o.Public()) }

// Sign signs the bytes of a motion and returns the id of the key and the
// signature in hex, as the REST door wants them. SignMotion looks first.
func (o OfficerKey) Sign(motion []byte) (officer, signature string) {
	return o.ID().String(), hex.EncodeToString(ed25519.Sign(o.key, motion))
}

// Lock writes the key for a file that only the passphrase opens.
func (o OfficerKey) Lock(passphrase []byte) ([]byte, error) {
	if len(passphrase) < 8 {
		return nil, errors.New("the passphrase of an officer key needs at least 8 characters")
	}
	locked, err := vault.Lock(passphrase, o.key.Seed())
	if err != nil {
		return nil, fmt.Errorf("lock officer key: %w", err)
	}
	return []byte(officerFile + base64.RawURLEncoding.EncodeToString(locked) + "\n"), nil
}

// UnlockOfficerKey reads what Lock wrote.
func UnlockOfficerKey(file, passphrase []byte) (OfficerKey, error) {
	text, ok := strings.CutPrefix(strings.TrimSpace(string(file)), officerFile)
	if !ok {
		return OfficerKey{}, errors.New("this is not the file of an officer key")
	}
	locked, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return OfficerKey{}, errors.New("the file of the officer key is damaged")
	}
	seed, err := vault.Unlock(passphrase, locked)
	if err != nil {
		return OfficerKey{}, fmt.Errorf("officer key: %w", err)
	}
	if len(seed) != ed25519.SeedSize {
		return OfficerKey{}, errors.New("the file of the officer key is damaged")
	}
	return OfficerKey{ed25519.NewKeyFromSeed(seed)}, nil
}
