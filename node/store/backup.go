package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
	"go.etcd.io/bbolt"

	"serasi/node/casework"
)

// BackupInfo says what a backup holds.
type BackupInfo struct {
	Node    string    `json:"node"`
	Made    time.Time `json:"made"`
	Rows    int64     `json:"rows"`
	Keys    int64     `json:"keys"`
	Blobs   int64     `json:"blobs"`
	Packets int64     `json:"packets"`
	Bytes   int64     `json:"bytes"`  // before encryption
	Digest  string    `json:"digest"` // SHA-256 of the content, hex
}

// header is the first frame of a backup.
type header struct {
	Node   string                  `json:"node"`
	Made   time.Time               `json:"made"`
	Schema map[casework.Table]byte `json:"schema"` // tables beyond schema version 1
}

// fileFrame announces a file; frames of its data follow.
type fileFrame struct {
	Folder string `json:"folder"` // blobs or packets
	Name   string `json:"name"`
	Size   int64  `json:"size"`
}

// trailer is the last frame.
type trailer struct {
	Rows    int64  `json:"rows"`
	Keys    int64  `json:"keys"`
	Blobs   int64  `json:"blobs"`
	Packets int64  `json:"packets"`
	Digest  string `json:"digest"` // of all before this frame
}

// RecoveryKey makes a key pair for backups, safe against later quantum
// computers. The recipient is kept by the node; the identity is shown once, for
// the safe, and kept nowhere.
func RecoveryKey() (recipient, identity string, err error) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", "", fmt.Errorf("store: recovery key: %w", err)
	}
	return id.Recipient().String(), id.String(), nil
}

// Backup writes an encrypted copy of the node to w, for any of the age
// recipients, one a line. It holds the rows as they are at one moment, all
// blobs and packets, and the data keys to read them; not the rows of
// Config.NoBackup. The node goes on meanwhile, however slow w is.
//
// The error is Invalid if a recipient is not one. After an error what w got is
// not a backup, and Restore refuses it.
func (db *DB) Backup(ctx context.Context, w io.Writer, recipients string) (BackupInfo, error) {
	to, err := age.ParseRecipients(strings.NewReader(recipients))
	if err != nil {
		return BackupInfo{}, casework.Invalid.Because("the recovery key is not one")
	}
	b := &backup{db: db, info: BackupInfo{Node: db.cfg.Node, Made: db.cfg.Now().UTC().Truncate(time.Second)}, seen: map[uint64]bool{}}
	release := db.hold()
	defer release()
	if err := b.run(ctx, w, to); err != nil {
		return BackupInfo{}, err
	}
	return b.info, nil
}

// backup is one backup being written.
type backup struct {
	db   *DB
	out  *frameWriter
	info BackupInfo
	seen map[uint64]bool // data keys written
}

// run writes the rows to a spool first, because a client may be slow and a long
// view keeps old pages alive. The spool is a part of the encrypted backup
// itself, so nothing plain is on the disk.
func (b *backup) run(ctx context.Context, w io.Writer, to []age.Recipient) error {
	spool, err := os.CreateTemp(b.db.cfg.Dir, halfMade+"backup-")
	if err != nil {
		return fileErr(err)
	}
	defer func() { _, _ = spool.Close(), os.Remove(spool.Name()) }() // what it holds is of no use alone
	turn := &turnout{w: spool}
	sealed, err := age.Encrypt(turn, to...)
	if err != nil {
		return fmt.Errorf("store: encrypt backup: %w", err)
	}
	if b.out, err = newFrameWriter(sealed); err != nil {
		return err
	}
	files, err := b.rows(ctx)
	if err != nil {
		return fileErr(err)
	}
	if _, err := spool.Seek(0, io.SeekStart); err != nil {
		return fileErr(err)
	}
	if _, err := copyUpTo(ctx, w, spool, 1<<62); err != nil {
		return err
	}
	turn.w = w
	if err := b.files(ctx, files); err != nil {
		return err
	}
	if err := b.end(); err != nil {
		return err
	}
	if err := sealed.Close(); err != nil {
		return fmt.Errorf("store: encrypt backup: %w", err)
	}
	return nil
}

// turnout sends what is written first here, then there.
type turnout struct{ w io.Writer }

func (t *turnout) Write(p []byte) (int, error) { return t.w.Write(p) }

// rows writes header, rows and data keys as of one moment, and lists the files
// of that moment. No file goes while the backup holds them.
func (b *backup) rows(ctx context.Context) (files []fileFrame, err error) {
	tx, err := b.db.settled(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }()
	if files, err = b.list(); err != nil {
		return nil, err
	}
	head := header{Node: b.info.Node, Made: b.info.Made, Schema: map[casework.Table]byte{}}
	for t := range b.db.cfg.Migrate {
		head.Schema[t] = b.db.cfg.schema(t)
	}
	if err := b.out.json(frameHeader, head); err != nil {
		return nil, err
	}
	keys := tx.Bucket(keysBucket)
	var owner []byte // the entry of the owner of the rows that follow
	cur := tx.Bucket(rowsBucket).Cursor()
	for key, value := cur.First(); key != nil; key, value = cur.Next() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		t, name, id, err := splitKey(key)
		if err != nil {
			return nil, err
		}
		if t == "" {
			owner = value
			continue
		}
		if b.db.cfg.NoBackup(t, name, id) {
			continue
		}
		if owner != nil { // of an owner with nothing to save not even the key is
			if err := b.owner(keys, name, owner); err != nil {
				return nil, err
			}
			owner = nil
		}
		if err := b.out.row(key, value); err != nil {
			return nil, err
		}
		b.info.Rows++
	}
	return files, b.skipOrphans(files)
}

// owner writes the data key of an owner and the entry that names it.
func (b *backup) owner(keys *bbolt.Bucket, name string, entry []byte) error {
	no, err := readKeyNo(entry)
	if err != nil {
		return err
	}
	if err := b.key(keys, no); err != nil {
		return err
	}
	return b.out.row(ownerKey(name), entry)
}

func (b *backup) key(keys *bbolt.Bucket, no uint64) error {
	if b.seen[no] {
		return nil
	}
	b.seen[no] = true
	raw, err := b.db.cfg.Vault.Unwrap(keyPlace(no), keys.Get(keyNo(no)))
	if err != nil {
		return fmt.Errorf("store: data key %d: %w", no, err)
	}
	defer clear(raw)
	b.info.Keys++
	return b.out.frame(frameKey, keyNo(no), raw)
}

// skipOrphans leaves out of files the blobs whose owner is not in the backup:
// those just written and not named by a row, and those that were shredded.
func (b *backup) skipOrphans(files []fileFrame) error {
	for i, f := range files {
		if f.Folder != blobFolder {
			continue
		}
		file, err := os.Open(filepath.Join(b.db.path(blobFolder), f.Name))
		if err != nil {
			return fmt.Errorf("store: backup: %w", err)
		}
		no, err := readBlobHead(file)
		_ = file.Close() // it was only read
		if err != nil || !b.seen[no] {
			files[i].Folder = "" // skipped; Check names the damaged ones
		}
	}
	return nil
}

func (b *backup) list() (files []fileFrame, err error) {
	for _, folder := range []string{blobFolder, packFolder} {
		entries, err := os.ReadDir(b.db.path(folder))
		if err != nil {
			return nil, fmt.Errorf("store: backup: %w", err)
		}
		for _, e := range entries {
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) || strings.HasPrefix(e.Name(), halfMade) || strings.HasSuffix(e.Name(), partSuffix) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("store: backup: %w", err)
			}
			files = append(files, fileFrame{folder, e.Name(), info.Size()})
		}
	}
	return files, nil
}

func (b *backup) files(ctx context.Context, files []fileFrame) error {
	buf := make([]byte, dataFrame)
	for _, f := range files {
		if f.Folder == "" {
			continue
		}
		if err := b.file(ctx, f, buf); err != nil {
			return err
		}
		if f.Folder == blobFolder {
			b.info.Blobs++
		} else {
			b.info.Packets++
		}
	}
	return nil
}

func (b *backup) file(ctx context.Context, f fileFrame, buf []byte) error {
	file, err := os.Open(filepath.Join(b.db.path(f.Folder), f.Name))
	if err != nil {
		return fmt.Errorf("store: backup: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	if info, err := file.Stat(); err == nil {
		f.Size = info.Size() // a packet may have been put again
	}
	if err := b.out.json(frameFile, f); err != nil {
		return err
	}
	for left := f.Size; left > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := buf[:min(left, int64(len(buf)))]
		if _, err := io.ReadFull(file, part); err != nil {
			return fmt.Errorf("store: backup: %w", err)
		}
		if err := b.out.frame(frameData, part); err != nil {
			return err
		}
		left -= int64(len(part))
	}
	return nil
}

func (b *backup) end() error {
	b.info.Bytes, b.info.Digest = b.out.n, hex.EncodeToString(b.out.hash.Sum(nil))
	t := trailer{b.info.Rows, b.info.Keys, b.info.Blobs, b.info.Packets, b.info.Digest}
	if err := b.out.json(frameEnd, t); err != nil {
		return err
	}
	if err := b.out.w.Flush(); err != nil {
		return fmt.Errorf("store: write backup: %w", err)
	}
	return nil
}
