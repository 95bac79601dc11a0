package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/crypto/argon2"
)

// A Source knows the root secret of a node.
type Source interface {
	// Root returns the root secret, at least 16 bytes, the same each time.
	Root() ([]byte, error)
	// String names the kind of source for status and log: file, passphrase or
	// systemd. A node that runs for real refuses file.
	String() string
}

// The kinds of source, as [Source.String] gives them.
const (
	KindFile       = "file"
	KindPassphrase = "passphrase"
	KindSystemd    = "systemd"
)

const minRoot = 16 // bytes; fewer can be guessed

// File reads the root secret from a file of hex digits. Whoever copies the file
// and the data folder reads everything, so it is for development only.
func File(path string) Source { return file(path) }

type file string

func (f file) String() string { return KindFile }

func (f file) Root() ([]byte, error) {
	text, err := os.ReadFile(string(f))
	if err != nil {
		return nil, fmt.Errorf("root key file: %w", err)
	}
	root := make([]byte, hex.DecodedLen(len(bytes.TrimSpace(text))))
	if _, err := hex.Decode(root, bytes.TrimSpace(text)); err != nil {
		return nil, errors.New("root key file: it must hold hex digits and nothing else")
	}
	return checkRoot(root)
}

// NewFile writes a new random root secret to path for [File]. A file that is
// there already is left alone, and the error is fs.ErrExist.
func NewFile(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("root key file %s: %w", path, fs.ErrExist)
	}
	root := make([]byte, 32)
	_, _ = rand.Read(root) // never fails
	return writeDurably(path, []byte(hex.EncodeToString(root)+"\n"))
}

// Passphrase stretches what ask returns with argon2id (64 MiB, t=3, p=2), which
// takes about half a second. The salt is kept at saltPath and made if missing.
func Passphrase(saltPath string, ask func() ([]byte, error)) Source {
	return passphrase{saltPath, ask}
}

type passphrase struct {
	saltPath string
	ask      func() ([]byte, error)
}

func (p passphrase) String() string { return KindPassphrase }

func (p passphrase) Root() ([]byte, error) {
	salt, err := p.salt()
	if err != nil {
		return nil, err
	}
	words, err := p.ask()
	if err != nil {
		return nil, fmt.Errorf("passphrase: %w", err)
	}
	words = bytes.TrimRight(words, "\r\n")
	if len(words) < 12 {
		return nil, errors.New("passphrase: at least 12 characters are needed")
	}
	defer clear(words)
	return argon2.IDKey(words, salt, 3, 64<<10, 2, 32), nil
}

func (p passphrase) salt() ([]byte, error) {
	salt, err := os.ReadFile(p.saltPath)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		salt = make([]byte, 16)
		_, _ = rand.Read(salt)
		if err := os.MkdirAll(filepath.Dir(p.saltPath), 0o700); err != nil {
			return nil, fmt.Errorf("salt of the passphrase: %w", err)
		}
		return salt, writeDurably(p.saltPath, salt)
	case err != nil:
		return nil, fmt.Errorf("salt of the passphrase: %w", err)
	case len(salt) != 16:
		return nil, fmt.Errorf("salt of the passphrase: %s is damaged", p.saltPath)
	}
	return salt, nil
}

// Credential reads the root secret that systemd decrypted for this service
// (LoadCredentialEncrypted=name:...), so that a node restarts unattended after
// a power cut.
func Credential(name string) Source { return credential(name) }

type credential string

func (c credential) String() string { return KindSystemd }

func (c credential) Root() ([]byte, error) {
	dir := os.Getenv("CREDENTIALS_DIRECTORY")
	if dir == "" {
		return nil, errors.New("systemd credential: CREDENTIALS_DIRECTORY is not set; the unit needs LoadCredentialEncrypted")
	}
	if filepath.Base(string(c)) != string(c) {
		return nil, errors.New("systemd credential: the name may not hold a path")
	}
	root, err := os.ReadFile(filepath.Join(dir, string(c)))
	if err != nil {
		return nil, fmt.Errorf("systemd credential: %w", err)
	}
	return checkRoot(root)
}

func checkRoot(root []byte) ([]byte, error) {
	if len(root) < minRoot {
		return nil, fmt.Errorf("root secret has %d bytes, at least %d are needed", len(root), minRoot)
	}
	return root, nil
}
