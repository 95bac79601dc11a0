package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrRoot means that the root secret does not fit the epoch files: a wrong
// passphrase, or the key of another node.
var ErrRoot = errors.New("the root key does not fit this data folder")

// An epoch file is magic || secret || check. The check is derived like the KEK,
// so a wrong root is known before anything is read with it.
const (
	epochMagic  = "SERASI-KEK-1\n"
	secretSize  = 32
	checkSize   = 16
	epochSize   = len(epochMagic) + secretSize + checkSize
	epochPrefix = "epoch-"
)

func (v *Vault) epochPath(n uint64) string {
	return filepath.Join(v.dir, epochPrefix+strconv.FormatUint(n, 10))
}

// derive turns root and epoch secret into the KEK and the check of the file.
func (v *Vault) derive(secret []byte) (kek cipher.AEAD, check []byte, err error) {
	const purpose = "serasi key-encryption key v1"
	out, err := hkdf.Key(sha256.New, v.root, secret, purpose, 32+checkSize)
	if err != nil {
		return nil, nil, fmt.Errorf("derive the key-encryption key: %w", err)
	}
	kek, err = Box(out[:32])
	return kek, out[32:], err
}

// makeEpoch draws a new secret, writes it durably and keeps its KEK.
func (v *Vault) makeEpoch(n uint64) error {
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // never fails
	kek, check, err := v.derive(secret)
	if err != nil {
		return err
	}
	data := append(append([]byte(epochMagic), secret...), check...)
	if err := writeDurably(v.epochPath(n), data); err != nil {
		return fmt.Errorf("epoch %d: %w", n, err)
	}
	v.mu.Lock()
	v.keks[n] = kek
	v.mu.Unlock()
	return nil
}

// loadEpoch reads epoch n. The error is ErrRoot if root does not fit.
func (v *Vault) loadEpoch(n uint64) error {
	data, err := os.ReadFile(v.epochPath(n))
	if err != nil {
		return fmt.Errorf("epoch %d: %w", n, err)
	}
	body, ok := bytes.CutPrefix(data, []byte(epochMagic))
	if !ok || len(data) != epochSize {
		return fmt.Errorf("epoch %d: %s is damaged or from a newer program", n, v.epochPath(n))
	}
	kek, check, err := v.derive(body[:secretSize])
	if err != nil {
		return err
	}
	if !bytes.Equal(check, body[secretSize:]) {
		return fmt.Errorf("epoch %d: %w", n, ErrRoot)
	}
	v.keks[n] = kek
	return nil
}

// epochs lists the numbers of the epoch files in the folder, and removes what a
// crash left half written.
func (v *Vault) epochs() ([]uint64, error) {
	entries, err := os.ReadDir(v.dir)
	if err != nil {
		return nil, fmt.Errorf("key folder: %w", err)
	}
	var found []uint64
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tmpPrefix) {
			if err := destroy(filepath.Join(v.dir, e.Name())); err != nil {
				return nil, err
			}
			continue
		}
		digits, ok := strings.CutPrefix(e.Name(), epochPrefix)
		if !ok {
			continue
		}
		n, err := strconv.ParseUint(digits, 10, 64)
		if err != nil || n == 0 || strconv.FormatUint(n, 10) != digits {
			return nil, fmt.Errorf("key folder: unexpected file %s", e.Name())
		}
		found = append(found, n)
	}
	return found, nil
}

// Box makes the cipher of a 32-byte key: AES-256-GCM with a random nonce in
// front of each sealed text. Pass nil as nonce. One box may be used by many
// goroutines.
func Box(key []byte) (cipher.AEAD, error) {
	if len(key) != KeySize {
		return nil, fmt.Errorf("a key has %d bytes, not %d", KeySize, len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// wrapPlace is what a wrapped key is bound to.
func wrapPlace(epoch uint64, place []byte) []byte {
	b := append(make([]byte, 0, 32+len(place)), "serasi wrapped key v1\x00"...)
	b = binary.BigEndian.AppendUint64(b, epoch)
	return append(b, place...)
}
