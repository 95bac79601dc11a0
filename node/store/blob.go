package store

import (
	"context"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"serasi/node/casework"
)

// A blob is the content of a document in a file of its own: magic, number of
// the owner's data key, and then a sealed stream bound to the blob's name.
const (
	blobMagic = "SRB1"
	blobHead  = len(blobMagic) + 8
)

// blobs says which files may not go now, and who writes a packet.
type blobs struct {
	mu       sync.Mutex // guards what follows
	holds    int        // backups that still read
	dropped  []string   // paths to remove when the last hold ends
	partials map[string]bool
}

// PutBlob encrypts what r holds with the key of owner and keeps it under a new
// random name. When it returns the content is durable; write a row that names
// it next, or [DB.SweepBlobs] takes it for an orphan. The digest is that of the
// plain content. Content longer than Config.MaxBlob is Invalid, and a full disk
// Unavailable; then nothing is kept.
func (db *DB) PutBlob(ctx context.Context, owner string, r io.Reader) (name string, size int64, digest string, err error) {
	if err := errors.Join(db.broken(), db.roomLeft()); err != nil {
		return "", 0, "", err
	}
	key, err := db.keyOf(ctx, owner)
	if err != nil {
		return "", 0, "", err
	}
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	name = hex.EncodeToString(random[:])
	hash := sha256.New()
	err = db.writeFile(db.path(blobFolder), name, func(w io.Writer) error {
		if _, err := w.Write(binary.BigEndian.AppendUint64([]byte(blobMagic), key.no)); err != nil {
			return fmt.Errorf("store: write blob: %w", err)
		}
		sealed := db.cfg.Vault.SealStream(w, key.box, blobPlace(name))
		size, err = copyUpTo(ctx, io.MultiWriter(sealed, hash), r, db.cfg.MaxBlob)
		if err != nil {
			return err
		}
		return sealed.Close()
	})
	if err != nil {
		return "", 0, "", err
	}
	return name, size, hex.EncodeToString(hash.Sum(nil)), nil
}

func blobPlace(name string) []byte { return []byte("serasi blob\x00" + name) }

// keyOf returns the data key of an owner. The first use of an owner makes one.
func (db *DB) keyOf(ctx context.Context, owner string) (key dataKey, err error) {
	if len(owner) > maxOwner {
		return key, errors.New("store: owner is too long")
	}
	err = db.read(func(v *view) (err error) {
		key, err = v.storedKey(owner)
		return err
	})
	if err != nil || key.no != 0 {
		return key, err
	}
	err = db.Update(ctx, func(tx casework.Tx) (err error) {
		key, err = tx.(*update).ownerKey(owner)
		return err
	})
	return key, err
}

// OpenBlob returns the content of a blob of owner. Each byte it gives out was
// verified, but only io.EOF says that the content was whole. The error is
// NotFound if there is no such blob or it belongs to someone else.
func (db *DB) OpenBlob(owner, name string) (io.ReadCloser, error) {
	if !isBlobName(name) {
		return nil, noContent()
	}
	var key dataKey
	err := db.read(func(v *view) (err error) {
		key, err = v.storedKey(owner)
		return err
	})
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.Join(db.path(blobFolder), name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noContent()
	}
	if err != nil {
		return nil, fmt.Errorf("store: open blob: %w", err)
	}
	no, err := readBlobHead(f)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if no != key.no {
		return nil, errors.Join(noContent(), f.Close())
	}
	return openBlob{db.cfg.Vault.OpenStream(f, key.box, blobPlace(name)), f}, nil
}

type openBlob struct {
	io.Reader
	io.Closer
}

func noContent() error { return casework.NotFound.Because("there is no such file") }

func readBlobHead(r io.Reader) (no uint64, err error) {
	var head [blobHead]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, fmt.Errorf("store: blob is cut short: %w", err)
	}
	if string(head[:len(blobMagic)]) != blobMagic {
		return 0, errors.New("store: blob is damaged or from a newer program")
	}
	return binary.BigEndian.Uint64(head[len(blobMagic):]), nil
}

// scrubBlob reads a whole blob as OpenBlob would, with the key it names.
func scrubBlob(v Vault, box func(no uint64) (cipher.AEAD, error), path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	defer f.Close() //nolint:errcheck // it was only read
	no, err := readBlobHead(f)
	if err != nil {
		return err
	}
	b, err := box(no)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, v.OpenStream(f, b, blobPlace(filepath.Base(path))))
	return err
}

// DropBlob removes a blob; that there is none is no error. Remove the row that
// names it first.
func (db *DB) DropBlob(name string) error {
	if !isBlobName(name) {
		return nil
	}
	return db.dropFile(filepath.Join(db.path(blobFolder), name))
}

// SweepBlobs removes the blobs that keep does not want, if they are older than
// olderThan: a younger one may belong to a transaction still to come. It
// returns how many went.
func (db *DB) SweepBlobs(keep func(name string) bool, olderThan time.Duration) (int, error) {
	return db.sweep(db.path(blobFolder), keep, olderThan)
}

func (db *DB) sweep(dir string, keep func(string) bool, olderThan time.Duration) (swept int, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("store: sweep: %w", err)
	}
	before := db.cfg.Now().Add(-olderThan)
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.ModTime().After(before) || strings.HasPrefix(e.Name(), halfMade) || keep(e.Name()) {
			continue // an error means that it went meanwhile
		}
		if err := db.dropFile(filepath.Join(dir, e.Name())); err != nil {
			return swept, err
		}
		swept++
	}
	return swept, nil
}

// sweepDead removes blobs whose data key was shredded.
func (db *DB) sweepDead() error {
	entries, err := os.ReadDir(db.path(blobFolder))
	if err != nil {
		return fmt.Errorf("store: sweep: %w", err)
	}
	for _, e := range entries {
		if !isBlobName(e.Name()) {
			continue
		}
		path := filepath.Join(db.path(blobFolder), e.Name())
		dead, err := db.isDead(path)
		if err != nil {
			db.cfg.Log.Warn("a blob cannot be read", "blob", e.Name(), "err", err)
			continue
		}
		if dead {
			if err := db.dropFile(path); err != nil {
				return err
			}
		}
	}
	return nil
}

func (db *DB) isDead(path string) (bool, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	no, err := readBlobHead(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return false, err
	}
	dead := false
	err = db.read(func(v *view) error {
		dead = v.stored(inKeys, keyNo(no)) == nil
		return nil
	})
	return dead, err
}

func isBlobName(name string) bool {
	_, err := hex.DecodeString(name)
	return err == nil && len(name) == 32 && strings.ToLower(name) == name
}
