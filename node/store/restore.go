package store

import (
	"context"
	"crypto/cipher"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
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

// RestoredID is the id of the row that Restore leaves in Settings of NodeOwner.
// As long as it is there the node must not edit: it has to ask the ledger first
// what became of its cases since the backup. Whoever has done that deletes it.
const RestoredID = "restored"

// Restored is that row.
type Restored struct {
	Backup time.Time `json:"backup"` // when the backup was made
	At     time.Time `json:"at"`     // when it was restored
	Digest string    `json:"digest"` // of the backup
}

// Restore builds a store in c.Dir, which has none, from a backup, with the age
// identity it was made for. c.Vault is new: it wraps the data keys again, so
// the keys above those of the lost node are of no use any more. Every row and
// blob is opened once on the way.
//
// A backup that is damaged, cut, of another node, or not for this identity is
// Invalid, with the reason, and leaves nothing behind. The context ends it
// early.
func Restore(ctx context.Context, c Config, r io.Reader, identity string) (BackupInfo, error) {
	if err := c.Check(); err != nil {
		return BackupInfo{}, err
	}
	ids, err := age.ParseIdentities(strings.NewReader(identity))
	if err != nil {
		return BackupInfo{}, casework.Invalid.Because("the recovery key is not one")
	}
	opened, err := age.Decrypt(r, ids...)
	var wrong *age.NoIdentityMatchError
	switch {
	case errors.As(err, &wrong):
		return BackupInfo{}, casework.Invalid.Because("this backup was made for another recovery key")
	case err != nil:
		return BackupInfo{}, casework.Invalid.Because("this is no backup, or its beginning is damaged")
	}
	s := &restoring{c: c.withDefaults(), boxes: map[uint64]cipher.AEAD{}}
	info, err := s.run(ctx, opened)
	if errors.Is(err, errBackup) {
		err = casework.Invalid.Because("%s", err)
	}
	return info, err
}

// restoring is a store being built.
type restoring struct {
	c     Config
	db    *bbolt.DB
	tx    *bbolt.Tx
	size  int // bytes in tx
	pack  *packer
	boxes map[uint64]cipher.AEAD
	lastK uint64
	lastB cipher.AEAD
	made  []string // files to remove if this fails

	head header
	got  trailer
	tmp  *os.File // file being received
	file fileFrame
	left int64
}

func (s *restoring) run(ctx context.Context, r io.Reader) (info BackupInfo, err error) {
	lock, err := s.begin()
	if err != nil {
		return info, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.undo())
		}
		err = errors.Join(err, lock.Close())
	}()
	frames, err := newFrameReader(r)
	if err != nil {
		return info, casework.Invalid.Because("%s", err)
	}
	digest, err := s.read(ctx, frames)
	if err != nil {
		return info, err
	}
	if err := s.finish(digest); err != nil {
		return info, err
	}
	return BackupInfo{
		Node: s.head.Node, Made: s.head.Made, Rows: s.got.Rows, Keys: s.got.Keys,
		Blobs: s.got.Blobs, Packets: s.got.Packets, Bytes: frames.n, Digest: digest,
	}, nil
}

// begin makes an empty file under another name, in a folder that has no store.
func (s *restoring) begin() (lock *os.File, err error) {
	for _, dir := range []string{"", blobFolder, packFolder} {
		if err := os.MkdirAll(filepath.Join(s.c.Dir, dir), 0o700); err != nil {
			return nil, fmt.Errorf("store: restore: %w", err)
		}
	}
	if _, err := os.Stat(s.path(fileName)); !errors.Is(err, fs.ErrNotExist) {
		return nil, casework.Conflict.Because("there is a store already; restore into an empty folder")
	}
	if err := noJournals(s.c.Dir); err != nil {
		return nil, err
	}
	if lock, err = takeLock(s.path(lockName), 2*time.Second); err != nil {
		return nil, err
	}
	if err := s.create(); err != nil {
		return nil, errors.Join(err, s.undo(), lock.Close())
	}
	return lock, nil
}

func (s *restoring) create() (err error) {
	if err := removeHalfMade(s.c.Dir); err != nil {
		return err
	}
	if s.pack, err = newPacker(); err != nil {
		return err
	}
	epoch, err := s.c.Vault.Settle(0)
	if err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	if s.db, err = openFile(&s.c, s.path(restoreName)); err != nil {
		return err
	}
	s.db.NoSync = true // finish syncs it
	if s.tx, err = s.db.Begin(true); err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	return writeMeta(&s.c, s.tx, epoch)
}

func (s *restoring) path(name string) string { return filepath.Join(s.c.Dir, name) }

// undo removes what a failed restore made.
func (s *restoring) undo() error {
	var errs []error
	if s.tx != nil {
		errs = append(errs, s.tx.Rollback())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close(), os.Remove(s.path(restoreName)))
	}
	if s.tmp != nil {
		_ = s.tmp.Close() // may be closed already
		errs = append(errs, os.Remove(s.tmp.Name()))
	}
	if s.pack != nil {
		errs = append(errs, s.pack.close())
	}
	for _, path := range s.made {
		errs = append(errs, os.Remove(path))
	}
	return errors.Join(errs...)
}

// read takes all frames and returns the digest of the backup.
func (s *restoring) read(ctx context.Context, frames *frameReader) (digest string, err error) {
	for n := 0; ; n++ {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		kind, payload, sum, err := frames.next()
		if err != nil {
			return "", err
		}
		if (n == 0) != (kind == frameHeader) || (kind == frameData) != (s.left > 0) {
			return "", fmt.Errorf("%w: its parts are out of order", errBackup)
		}
		if kind == frameEnd {
			return hex.EncodeToString(sum), s.checkEnd(frames, payload, hex.EncodeToString(sum))
		}
		if err := s.take(kind, payload); err != nil {
			return "", err
		}
	}
}

func (s *restoring) take(kind frameKind, payload []byte) error {
	switch kind {
	case frameHeader:
		return s.takeHeader(payload)
	case frameKey:
		return s.takeKey(payload)
	case frameRow:
		return s.takeRow(payload)
	case frameFile:
		return s.takeFile(payload)
	case frameData:
		return s.takeData(payload)
	default:
		return fmt.Errorf("%w: it has a part of kind %d, which this program does not know", errBackup, kind)
	}
}

func (s *restoring) takeHeader(payload []byte) error {
	if err := json.Unmarshal(payload, &s.head); err != nil {
		return fmt.Errorf("%w: its header cannot be read", errBackup)
	}
	if s.c.Node != "" && s.head.Node != s.c.Node {
		return casework.Invalid.Because("this is a backup of another node")
	}
	for t, version := range s.head.Schema {
		if version > s.c.schema(t) {
			return casework.Invalid.Because("this backup was made by a newer program: upgrade this one")
		}
	}
	return nil
}

func (s *restoring) takeKey(payload []byte) error {
	if len(payload) != 8+32 {
		return fmt.Errorf("%w: a key in it is cut", errBackup)
	}
	no := binary.BigEndian.Uint64(payload)
	keys := s.tx.Bucket(keysBucket)
	if no == 0 || keys.Get(keyNo(no)) != nil {
		return fmt.Errorf("%w: a key in it comes twice", errBackup)
	}
	wrapped, err := s.c.Vault.Wrap(keyPlace(no), payload[8:])
	if err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	if s.lastB, err = s.c.Vault.Box(payload[8:]); err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	s.lastK = no
	if err := keys.SetSequence(max(keys.Sequence(), no)); err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	s.got.Keys++
	return s.put(keys, keyNo(no), wrapped)
}

// put writes, and starts a new transaction now and then.
func (s *restoring) put(b *bbolt.Bucket, key, value []byte) error {
	if err := b.Put(key, value); err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	if s.size += len(key) + len(value); s.size < copyStep {
		return nil
	}
	s.size = 0
	err := s.tx.Commit()
	if s.tx = nil; err != nil {
		return fileErr(err)
	}
	if s.tx, err = s.db.Begin(true); err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	return nil
}

// box returns the cipher of a key that came before.
func (s *restoring) box(no uint64) (cipher.AEAD, error) {
	if s.lastB == nil || no != s.lastK {
		box, err := unwrapBox(s.c.Vault, s.tx.Bucket(keysBucket).Get(keyNo(no)), no)
		if err != nil {
			return nil, fmt.Errorf("%w: a key is missing in it", errBackup)
		}
		s.lastK, s.lastB = no, box
	}
	return s.lastB, nil
}

func (s *restoring) takeRow(payload []byte) error {
	if len(payload) < 2 || len(payload)-2 < int(binary.BigEndian.Uint16(payload)) {
		return fmt.Errorf("%w: a row in it is cut", errBackup)
	}
	n := 2 + int(binary.BigEndian.Uint16(payload))
	key, value := payload[2:n:n], append([]byte(nil), payload[n:]...) // bbolt keeps the value until it commits
	t, owner, _, err := splitKey(key)
	if err != nil {
		return fmt.Errorf("%w: the name of a row in it cannot be read", errBackup)
	}
	if t == "" {
		no, err := readKeyNo(value)
		if err == nil {
			_, err = s.box(no)
		}
		if err != nil {
			return fmt.Errorf("%w: the owner of rows in it has no key", errBackup)
		}
		return s.put(s.tx.Bucket(rowsBucket), key, value)
	}
	if err := s.tryRow(t, key, value); err != nil {
		return err
	}
	if owner != casework.NodeOwner {
		if err := s.tx.Bucket(metaBucket).Put(ownedKey(t), []byte{1}); err != nil {
			return fmt.Errorf("store: restore: %w", err)
		}
	}
	s.got.Rows++
	return s.put(s.tx.Bucket(rowsBucket), key, value)
}

// tryRow opens a row, so that what is restored can be read later.
func (s *restoring) tryRow(t casework.Table, key, value []byte) error {
	h, sealed, err := cutHead(value)
	if err != nil {
		return fmt.Errorf("%w: a row of table %s is cut", errBackup, t)
	}
	box, err := s.box(h.key)
	if err != nil {
		return err
	}
	if _, err := openRow(s.pack, box, h, key, sealed, nil); err != nil || h.version > s.c.schema(t) {
		return fmt.Errorf("%w: a row of table %s does not open", errBackup, t)
	}
	return nil
}
