package node

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"serasi/node/access"
	"serasi/node/casework"
	"serasi/node/store"
	"serasi/node/vault"
)

// A node backs itself up every day, once it knows for which recovery key, into
// the folder backups in its data folder, which is to be copied to another disk.
// Once a week the new backup is restored into a scratch folder, all of it, and
// thrown away again: for that it is also made for a key that lives in memory
// until the test is over.
const (
	backupEvery = 24 * time.Hour
	proveEvery  = 7 * 24 * time.Hour
	backupLook  = 10 * time.Minute // how often the node looks whether one is due

	backupName = "20060102T150405Z"
	scratch    = ".test-"
)

// provenID is the row of Settings with the time of the last tested restore.
const provenID = "backup proven"

// A KeptBackup is one file in the folder of backups.
type KeptBackup struct {
	File  string    `json:"file"`
	Made  time.Time `json:"made"`
	Bytes int64     `json:"bytes"`
}

// Backups lists the backups that the node in dir keeps, the newest first.
func Backups(dir string) ([]KeptBackup, error) {
	folder := filepath.Join(dir, "backups")
	entries, err := os.ReadDir(folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []KeptBackup
	for _, e := range entries {
		stem, ok := strings.CutSuffix(e.Name(), ".age")
		made, err := time.Parse(backupName, stem[strings.LastIndexByte(stem, '-')+1:])
		if !ok || err != nil {
			continue // not ours
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		all = append(all, KeptBackup{File: filepath.Join(folder, e.Name()), Made: made, Bytes: info.Size()})
	}
	slices.SortFunc(all, func(a, b KeptBackup) int { return b.Made.Compare(a.Made) })
	return all, nil
}

// keepBackups makes a backup whenever one is due, until ctx ends.
func (n *Node) keepBackups(ctx context.Context) {
	if left, err := filepath.Glob(filepath.Join(n.cfg.Dir, "backups", scratch+"*")); err == nil {
		for _, path := range left { // of a test that a crash ended
			_ = os.RemoveAll(path)
		}
	}
	look := time.NewTicker(backupLook)
	defer look.Stop()
	for {
		if err := n.backUpIfDue(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("the daily backup failed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		case <-n.backupBell:
		}
	}
}

// listBackups is what is kept, and when a copy was last made and tested.
func (n *Node) listBackups(ctx context.Context, by casework.Actor) (b casework.Backups, err error) {
	if err := (door{n}).Allow(ctx, by, casework.ManageNode); err != nil {
		return b, err
	}
	b.Made, b.Proven = n.backups()
	to, err := n.recipient()
	if err != nil {
		return b, err
	}
	b.Keyed, b.Kept = to != "", []casework.BackupOnDisk{}
	kept, err := Backups(n.cfg.Dir)
	for _, k := range kept {
		b.Kept = append(b.Kept, casework.BackupOnDisk{Name: filepath.Base(k.File), Made: k.Made, Bytes: k.Bytes})
	}
	return b, err
}

// addBackup makes one more backup in the node's folder. The error is Conflict
// before the node knows for which recovery key.
func (n *Node) addBackup(ctx context.Context, by casework.Actor) error {
	if err := (door{n}).Allow(ctx, by, casework.ManageNode); err != nil {
		return err
	}
	to, err := n.recipient()
	if err == nil && to == "" {
		err = casework.Conflict.Because("there is no recovery key yet: make one with serasi recovery new, and give its public half to serasi backup")
	}
	if err != nil {
		return err
	}
	line := casework.Line{User: by.User, Name: by.Name, Role: firstRole(by), Via: by.Via, Act: "backup", Outcome: access.Done}
	return n.backUp(ctx, to, line)
}

// recipient is whom backups are made for, empty before anybody said so.
func (n *Node) recipient() (to string, err error) {
	err = n.db.View(func(tx casework.Tx) error {
		_, err := tx.Get(casework.Settings, casework.NodeOwner, recipientID, &to)
		return err
	})
	return to, err
}

func (n *Node) backUpIfDue(ctx context.Context) error {
	kept, err := Backups(n.cfg.Dir)
	if err != nil || len(kept) > 0 && n.clock().Sub(kept[0].Made) < backupEvery {
		return err
	}
	to, err := n.recipient()
	if err != nil || to == "" {
		return err
	}
	if err := n.backUp(ctx, to, casework.Line{Name: "SERASI", Via: "node", Act: "backup", Outcome: access.Done}); err != nil {
		return err
	}
	kept, err = Backups(n.cfg.Dir)
	if err != nil {
		return err
	}
	made := make([]time.Time, len(kept))
	for i, k := range kept {
		made[i] = k.Made
	}
	for _, i := range store.Surplus(made) {
		err = errors.Join(err, os.Remove(kept[i].File))
	}
	return err
}

// backUp makes one backup, and tests it if a test is due. One is made at a time.
func (n *Node) backUp(ctx context.Context, recipient string, line casework.Line) error {
	select {
	case n.backupTurn <- struct{}{}:
		defer func() { <-n.backupTurn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := n.rememberMembers(ctx); err != nil {
		return err
	}
	_, proven := n.backups()
	recipients, key := recipient, ""
	if n.clock().Sub(proven) >= proveEvery {
		extra, identity, err := store.RecoveryKey()
		if err != nil {
			return err
		}
		recipients, key = recipient+"\n"+extra, identity
	}
	folder := filepath.Join(n.cfg.Dir, "backups")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	path := filepath.Join(folder, string(n.id.Code)+"-"+n.clock().UTC().Format(backupName)+".age")
	if err := n.writeBackup(ctx, path, recipients); err != nil {
		return errors.Join(err, os.RemoveAll(path+".part"))
	}
	if key != "" {
		if _, err := TestBackup(ctx, n.cfg, path, key); err != nil {
			return fmt.Errorf("the new backup does not restore: %w", errors.Join(err, os.Remove(path)))
		}
	}
	return n.db.Update(ctx, func(tx casework.Tx) error {
		now := n.clock().UTC()
		err := tx.Put(casework.Settings, casework.NodeOwner, backedUpID, now)
		if key != "" {
			err = errors.Join(err, tx.Put(casework.Settings, casework.NodeOwner, provenID, now))
		}
		return errors.Join(err, n.trail.Record(tx, line))
	})
}

// writeBackup leaves a whole file under path, or none.
func (n *Node) writeBackup(ctx context.Context, path, recipients string) error {
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = n.db.Backup(ctx, f, recipients)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(path+".part", path)
}

// TestBackup restores a backup into a scratch folder beside it, opens every row
// and file of it, and throws it away. The keys of the copy are only in memory.
// The error is Invalid if the file does not restore with that recovery key.
func TestBackup(ctx context.Context, cfg Config, path, recovery string) (_ KeptBackup, err error) {
	f, err := os.Open(path)
	if err != nil {
		return KeptBackup{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	dir, err := os.MkdirTemp(filepath.Dir(path), scratch)
	if err != nil {
		return KeptBackup{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.Mkdir(filepath.Join(dir, "kek"), 0o700); err != nil {
		return KeptBackup{}, err
	}
	pass := []byte(rand.Text())
	keys, err := vault.Open(filepath.Join(dir, "kek"), vault.Passphrase(filepath.Join(dir, "kek", "salt"), func() ([]byte, error) { return slices.Clone(pass), nil }))
	if err != nil {
		return KeptBackup{}, fmt.Errorf("make keys for the test: %w", err)
	}
	cfg.Dir = dir
	info, err := store.Restore(ctx, storeConfig(cfg, keys, clock(cfg.Clock), slog.New(slog.DiscardHandler), func(error) {}), f, recovery)
	if err != nil {
		return KeptBackup{}, err
	}
	size, err := f.Seek(0, io.SeekEnd)
	return KeptBackup{File: path, Made: info.Made, Bytes: size}, err
}
