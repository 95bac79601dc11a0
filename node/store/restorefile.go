package store

import (
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"serasi/node/casework"
)

func (s *restoring) takeFile(payload []byte) error {
	s.file = fileFrame{}
	if err := json.Unmarshal(payload, &s.file); err != nil || s.file.Size < 0 {
		return fmt.Errorf("%w: the name of a file in it cannot be read", errBackup)
	}
	switch s.file.Folder {
	case blobFolder:
		if !isBlobName(s.file.Name) {
			return fmt.Errorf("%w: the name of a file in it is no name", errBackup)
		}
	case packFolder:
		if checkPacketName(s.file.Name) != nil {
			return fmt.Errorf("%w: the name of a file in it is no name", errBackup)
		}
	default:
		return fmt.Errorf("%w: a file in it has no place", errBackup)
	}
	var err error
	if s.tmp, err = os.CreateTemp(s.path(s.file.Folder), halfMade); err != nil {
		return fileErr(err)
	}
	if s.left = s.file.Size; s.left == 0 {
		return s.endFile()
	}
	return nil
}

func (s *restoring) takeData(payload []byte) error {
	if len(payload) == 0 || int64(len(payload)) > s.left {
		return fmt.Errorf("%w: a file in it has another length than announced", errBackup)
	}
	if _, err := s.tmp.Write(payload); err != nil {
		return fileErr(err)
	}
	if s.left -= int64(len(payload)); s.left > 0 {
		return nil
	}
	return s.endFile()
}

// endFile puts a received file in its place; a blob is opened first.
func (s *restoring) endFile() error {
	path := filepath.Join(s.path(s.file.Folder), s.file.Name)
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%w: a file in it comes twice", errBackup)
	}
	if err := errors.Join(s.tmp.Sync(), s.tmp.Close(), os.Rename(s.tmp.Name(), path)); err != nil {
		return fileErr(err)
	}
	s.tmp = nil
	s.made = append(s.made, path)
	if s.file.Folder == packFolder {
		s.got.Packets++
		return nil
	}
	s.got.Blobs++
	box := func(no uint64) (cipher.AEAD, error) { return s.box(no) }
	if err := scrubBlob(s.c.Vault, box, path); err != nil {
		return fmt.Errorf("%w: a file in it does not open", errBackup)
	}
	return nil
}

// checkEnd compares what came with what the trailer says.
func (s *restoring) checkEnd(frames *frameReader, payload []byte, digest string) error {
	var want trailer
	if err := json.Unmarshal(payload, &want); err != nil {
		return fmt.Errorf("%w: its end cannot be read", errBackup)
	}
	s.got.Digest = digest
	if want != s.got {
		return fmt.Errorf("%w: something in it is missing or was changed", errBackup)
	}
	return frames.end()
}

// finish leaves the row that tells the node, and makes everything durable. The
// rename at the end is what makes it a store.
func (s *restoring) finish(digest string) error {
	if err := s.leaveRow(digest); err != nil {
		return err
	}
	err := s.tx.Commit()
	if s.tx = nil; err != nil {
		return fileErr(err)
	}
	err = errors.Join(s.db.Sync(), s.db.Close())
	if s.db = nil; err != nil {
		return errors.Join(fileErr(err), os.Remove(s.path(restoreName)))
	}
	for _, dir := range []string{blobFolder, packFolder} {
		if err := syncDir(s.path(dir)); err != nil {
			return errors.Join(err, os.Remove(s.path(restoreName)))
		}
	}
	if err := os.Rename(s.path(restoreName), s.path(fileName)); err != nil {
		return errors.Join(fileErr(err), os.Remove(s.path(restoreName)))
	}
	s.made = nil // from here on it is a store
	err = errors.Join(s.pack.close(), syncDir(s.c.Dir))
	s.pack = nil
	return err
}

func (s *restoring) leaveRow(digest string) error {
	text, err := json.Marshal(Restored{Backup: s.head.Made, At: s.c.Now().UTC(), Digest: digest})
	if err != nil {
		return fmt.Errorf("store: restore: %w", err)
	}
	no, err := s.nodeKey()
	if err != nil {
		return err
	}
	box, err := s.box(no)
	if err != nil {
		return err
	}
	key := rowKey(casework.Settings, casework.NodeOwner, RestoredID)
	value, _ := sealRow(s.pack, box, rowHead{s.c.schema(casework.Settings), no}, key, text, nil)
	return s.put(s.tx.Bucket(rowsBucket), key, value)
}

// nodeKey returns the number of NodeOwner's data key, and makes one for a
// backup that has no row of the node.
func (s *restoring) nodeKey() (uint64, error) {
	if entry := s.tx.Bucket(rowsBucket).Get(ownerKey(casework.NodeOwner)); entry != nil {
		return readKeyNo(entry)
	}
	keys := s.tx.Bucket(keysBucket)
	k, wrapped, err := newKey(s.c.Vault, keys.Sequence()+1)
	if err != nil {
		return 0, err
	}
	err = errors.Join(
		keys.SetSequence(k.no),
		keys.Put(keyNo(k.no), wrapped),
		s.tx.Bucket(rowsBucket).Put(ownerKey(casework.NodeOwner), keyNo(k.no)))
	if err != nil {
		return 0, fmt.Errorf("store: restore: %w", err)
	}
	return k.no, nil
}
