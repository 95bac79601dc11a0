package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"serasi/node/casework"
)

// A packet is a file that its writer has sealed already: the store keeps it as
// it is, under the name the caller gives: up to 100 of a-z, 0-9, - and _.

const partSuffix = ".part"

func checkPacketName(name string) error {
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			return fmt.Errorf("store: %q is no name of a packet", name)
		}
	}
	if name == "" || len(name) > 100 {
		return errors.New("store: a packet needs a name of 1 to 100 characters")
	}
	return nil
}

func (db *DB) packetPath(name string) string { return filepath.Join(db.path(packFolder), name) }

// PutPacket keeps what r holds under name, in place of what was there, and
// returns its size and SHA-256 when it is durable. Longer than Config.MaxPacket
// is Invalid.
func (db *DB) PutPacket(ctx context.Context, name string, r io.Reader) (size int64, digest string, err error) {
	if err := errors.Join(checkPacketName(name), db.roomLeft()); err != nil {
		return 0, "", err
	}
	hash := sha256.New()
	err = db.writeFile(db.path(packFolder), name, func(w io.Writer) (err error) {
		size, err = copyUpTo(ctx, io.MultiWriter(w, hash), r, db.cfg.MaxPacket)
		return err
	})
	return size, hex.EncodeToString(hash.Sum(nil)), err
}

// Packet opens a packet that is whole. The error is NotFound if there is none.
func (db *DB) Packet(name string) (io.ReadSeekCloser, error) {
	if err := checkPacketName(name); err != nil {
		return nil, err
	}
	f, err := os.Open(db.packetPath(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noContent()
	}
	if err != nil {
		return nil, fmt.Errorf("store: open packet: %w", err)
	}
	return f, nil
}

// DropPacket removes a packet and what was fetched of it; that there is none is
// no error.
func (db *DB) DropPacket(name string) error {
	if err := checkPacketName(name); err != nil {
		return err
	}
	return errors.Join(db.dropFile(db.packetPath(name)), db.dropFile(db.packetPath(name)+partSuffix))
}

// SweepPackets removes the packets, whole or partial, that keep does not want,
// if nothing was written to them for olderThan.
func (db *DB) SweepPackets(keep func(name string) bool, olderThan time.Duration) (int, error) {
	return db.sweep(db.path(packFolder), func(file string) bool { return keep(strings.TrimSuffix(file, partSuffix)) }, olderThan)
}

// A Partial is a packet being fetched. It outlives a restart, so that fetching
// goes on where it stopped. It belongs to one goroutine.
type Partial struct {
	db   *DB
	name string
	f    *os.File
	size int64
}

// Partial opens what is here of a packet being fetched, perhaps nothing. The
// error is Conflict while another holds it. The caller ends with Commit or
// Close.
func (db *DB) Partial(name string) (*Partial, error) {
	if err := errors.Join(checkPacketName(name), db.roomLeft()); err != nil {
		return nil, err
	}
	if !db.claim(name) {
		return nil, casework.Conflict.Because("this packet is being fetched already")
	}
	f, err := os.OpenFile(db.packetPath(name)+partSuffix, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		db.disclaim(name)
		return nil, fmt.Errorf("store: open partial packet: %w", err)
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		db.disclaim(name)
		return nil, errors.Join(fmt.Errorf("store: open partial packet: %w", err), f.Close())
	}
	return &Partial{db, name, f, size}, nil
}

func (db *DB) claim(name string) bool {
	db.blobs.mu.Lock()
	defer db.blobs.mu.Unlock()
	if db.blobs.partials[name] {
		return false
	}
	if db.blobs.partials == nil {
		db.blobs.partials = map[string]bool{}
	}
	db.blobs.partials[name] = true
	return true
}

func (db *DB) disclaim(name string) {
	db.blobs.mu.Lock()
	defer db.blobs.mu.Unlock()
	delete(db.blobs.partials, name)
}

// Size is how many bytes are here: where to go on.
func (p *Partial) Size() int64 { return p.size }

// Append adds data that begins at offset of the packet. If that is not where
// the packet ends here the error is Conflict, and nothing is written.
func (p *Partial) Append(offset int64, data []byte) error {
	if offset != p.size {
		return casework.Conflict.Because("the packet goes on at byte %d", p.size)
	}
	if p.size+int64(len(data)) > p.db.cfg.MaxPacket {
		return casework.Invalid.Because("the packet is larger than %d MiB", p.db.cfg.MaxPacket>>20)
	}
	n, err := p.f.WriteAt(data, offset)
	p.size += int64(n)
	if err != nil {
		return fileErr(err)
	}
	return nil
}

// Commit makes the packet whole and durable if its SHA-256 is digest (hex), and
// ends p. Else what was fetched is removed, because nobody knows which part is
// wrong, and the error is Conflict.
func (p *Partial) Commit(digest string) error {
	defer p.db.disclaim(p.name)
	part := p.f.Name()
	hash := sha256.New()
	_, err := io.Copy(hash, io.NewSectionReader(p.f, 0, p.size))
	if err != nil {
		return errors.Join(fmt.Errorf("store: read partial packet: %w", err), p.f.Close())
	}
	if hex.EncodeToString(hash.Sum(nil)) != digest {
		return errors.Join(casework.Conflict.Because("the packet is not the one announced; it must be fetched again"), p.f.Close(), os.Remove(part))
	}
	if err := errors.Join(p.f.Sync(), p.f.Close()); err != nil {
		return fileErr(err)
	}
	if err := os.Rename(part, p.db.packetPath(p.name)); err != nil {
		return fmt.Errorf("store: keep packet: %w", err)
	}
	return syncDir(p.db.path(packFolder))
}

// Close leaves what is here for the next time.
func (p *Partial) Close() error {
	p.db.disclaim(p.name)
	if err := p.f.Close(); err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("store: close partial packet: %w", err)
	}
	return nil
}
