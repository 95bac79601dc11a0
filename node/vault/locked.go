package vault

import (
	"crypto/rand"
	"errors"

	"golang.org/x/crypto/argon2"
)

// ErrPassphrase means that a locked text does not open: the passphrase is
// wrong, or the text was altered.
var ErrPassphrase = errors.New("the passphrase does not fit, or the file was altered")

const (
	lockedFormat = 1
	lockedSalt   = 16
)

// Lock encrypts a small secret under a passphrase (argon2id, as Passphrase), for
// files that people carry: the key of a federation officer. It takes about half
// a second.
func Lock(passphrase, secret []byte) ([]byte, error) {
	salt := make([]byte, lockedSalt)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	box, err := Box(argon2.IDKey(passphrase, salt, 3, 64<<10, 2, KeySize))
	if err != nil {
		return nil, err
	}
	head := append([]byte{lockedFormat}, salt...)
	return append(head, box.Seal(nil, nil, secret, head)...), nil
}

// Unlock returns the secret that Lock was given. The error is ErrPassphrase.
func Unlock(passphrase, locked []byte) ([]byte, error) {
	if len(locked) <= 1+lockedSalt || locked[0] != lockedFormat {
		return nil, ErrPassphrase
	}
	head := locked[:1+lockedSalt]
	box, err := Box(argon2.IDKey(passphrase, head[1:], 3, 64<<10, 2, KeySize))
	if err != nil {
		return nil, err
	}
	secret, err := box.Open(nil, nil, locked[len(head):], head)
	if err != nil {
		return nil, ErrPassphrase
	}
	return secret, nil
}
