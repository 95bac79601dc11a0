package store_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"serasi/node/casework"
	"serasi/node/store"
)

// saved is a backup and what it takes to bring it back.
type saved struct {
	data     []byte
	identity string
	blob     string
	info     store.BackupInfo
}

// backUp makes a store with all kinds of content and a backup of it.
func backUp(t testing.TB) saved {
	t.Helper()
	c := config(t, t.TempDir(), rootFile(t))
	c.NoBackup = func(table casework.Table, owner, id string) bool {
		return table == casework.Settings && (strings.HasPrefix(id, "seal/") || owner == "sealing")
	}
	db := open(t, c)
	update(t, db, func(tx casework.Tx) error {
		var err error
		for i := range 50 {
			owner := fmt.Sprintf("case%02d", i)
			err = errors.Join(err, tx.Put(casework.Cases, owner, owner, canary+owner))
		}
		return errors.Join(err,
			tx.Put(casework.Outbox, "", "o1", "offer"),
			tx.Put(casework.Settings, "", "seal/1", "secret-of-the-node"),
			tx.Put(casework.Settings, "sealing", "k", "secret-of-the-key"),
			tx.Put(casework.Settings, "", "cursor", 7))
	})
	s := saved{}
	var err error
	if s.blob, _, _, err = db.PutBlob(t.Context(), "case01", strings.NewReader(strings.Repeat(canary, 9000))); err != nil {
		t.Fatal(err)
	}
	if _, _, err = db.PutPacket(t.Context(), "h1", strings.NewReader("sealed packet")); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err = db.PutBlob(t.Context(), "nobody", strings.NewReader("of an owner without rows")); err != nil {
		t.Fatal(err)
	}
	recipient, identity, err := store.RecoveryKey()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	// The writer lets the node work while it is slow, and finds out whether
	// what is dropped meanwhile is still saved.
	slow := writerFunc(func(p []byte) (int, error) {
		if out.Len() == 0 {
			put(t, db, casework.Cases, "later", "later", "x")
			if err := db.DropBlob(s.blob); err != nil {
				t.Error(err)
			}
		}
		return out.Write(p)
	})
	if s.info, err = db.Backup(t.Context(), slow, recipient); err != nil {
		t.Fatal(err)
	}
	if _, err := db.OpenBlob("case01", s.blob); !errors.Is(err, casework.NotFound) {
		t.Errorf("a blob dropped during a backup is still there: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(c.Dir, ".new-*")); len(left) != 0 {
		t.Errorf("the spool stays: %v", left)
	}
	mustNotHold(t, c.Dir, canary)
	if bytes.Contains(out.Bytes(), []byte(canary)) || bytes.Contains(out.Bytes(), []byte("case01")) {
		t.Error("the backup holds plain text")
	}
	s.data, s.identity = out.Bytes(), identity
	return s
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func restore(t testing.TB, c store.Config, data []byte, identity string) (store.BackupInfo, error) {
	t.Helper()
	return store.Restore(context.Background(), c, bytes.NewReader(data), identity)
}

func TestBackupAndRestore(t *testing.T) {
	s := backUp(t)
	if s.info.Rows != 52 || s.info.Blobs != 1 || s.info.Packets != 1 || s.info.Node != "SRK" {
		t.Errorf("backup says %+v", s.info)
	}
	c := config(t, t.TempDir(), rootFile(t))
	info, err := restore(t, c, s.data, s.identity)
	if err != nil {
		t.Fatal(err)
	}
	if info.Digest != s.info.Digest || info.Rows != s.info.Rows || info.Keys != s.info.Keys || !info.Made.Equal(s.info.Made) {
		t.Errorf("restored %+v, saved %+v", info, s.info)
	}
	db := open(t, c)
	for i := range 50 {
		owner := fmt.Sprintf("case%02d", i)
		if v, found := get[string](t, db, casework.Cases, owner, owner); !found || v != canary+owner {
			t.Fatalf("%s is %q, %v", owner, v, found)
		}
	}
	n := 0
	err = db.View(func(tx casework.Tx) error {
		return tx.All(casework.Cases, func(string, string, func(any) error) (bool, error) { n++; return true, nil })
	})
	if err != nil || n != 50 {
		t.Errorf("%d cases, %v: those written after the backup began do not belong to it", n, err)
	}
	for _, at := range [][2]string{{"", "seal/1"}, {"sealing", "k"}} {
		if _, found := get[string](t, db, casework.Settings, at[0], at[1]); found {
			t.Errorf("%v was in the backup", at)
		}
	}
	mark, found := get[store.Restored](t, db, casework.Settings, "", store.RestoredID)
	if !found || !mark.Backup.Equal(s.info.Made) || mark.At.Before(mark.Backup) || mark.Digest != s.info.Digest {
		t.Errorf("mark %+v, %v", mark, found)
	}
	r, err := db.OpenBlob("case01", s.blob)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil || len(content) != len(canary)*9000 {
		t.Errorf("blob: %d bytes, %v", len(content), err)
	}
	put(t, db, casework.Cases, "new", "new", 1) // a new key takes no number in use
	mustNotHold(t, c.Dir, canary)
	if _, err := restore(t, c, s.data, s.identity); !errors.Is(err, casework.Conflict) {
		t.Errorf("restored over a store: %v", err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	s := backUp(t)
	_, other, err := store.RecoveryKey()
	if err != nil {
		t.Fatal(err)
	}
	id, err := age.ParseHybridIdentity(s.identity)
	if err != nil {
		t.Fatal(err)
	}
	reopened, err := age.Decrypt(bytes.NewReader(s.data), id)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(reopened)
	if err != nil {
		t.Fatal(err)
	}
	again := func(plain []byte) []byte { // by one who has the public key and nothing else
		var out bytes.Buffer
		w, err := age.Encrypt(&out, id.Recipient())
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Write(plain)
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	changed := func(data []byte, at int) []byte {
		b := bytes.Clone(data)
		b[at] ^= 1
		return b
	}
	tests := map[string]struct {
		data     []byte
		identity string
		node     string
		fine     bool
	}{
		"as it was made":            {s.data, s.identity, "SRK", true},
		"encrypted again unchanged": {again(plain), s.identity, "SRK", true},
		"another recovery key":      {s.data, other, "SRK", false},
		"no recovery key":           {s.data, "AGE-SECRET-KEY-NOT", "SRK", false},
		"of another node":           {s.data, s.identity, "GAU", false},
		"nothing":                   {nil, s.identity, "SRK", false},
		"no backup at all":          {[]byte("hello"), s.identity, "SRK", false},
		"another file for this key": {again([]byte("a letter to the director")), s.identity, "SRK", false},
		"cut in the middle":         {s.data[:len(s.data)/2], s.identity, "SRK", false},
		"cut at the end":            {s.data[:len(s.data)-1], s.identity, "SRK", false},
		"a byte changed":            {changed(s.data, len(s.data)/2), s.identity, "SRK", false},
		"something follows":         {append(bytes.Clone(s.data), 'x'), s.identity, "SRK", false},
		"cut inside":                {again(plain[:len(plain)/3]), s.identity, "SRK", false},
		"a byte changed inside":     {again(changed(plain, len(plain)/2)), s.identity, "SRK", false},
		"something follows inside":  {again(append(bytes.Clone(plain), 0)), s.identity, "SRK", false},
		"without one of its rows":   {again(withoutARow(t, plain)), s.identity, "SRK", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := config(t, t.TempDir(), rootFile(t))
			c.Node = tt.node
			_, err := restore(t, c, tt.data, tt.identity)
			if tt.fine {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, casework.Invalid) {
				t.Fatalf("%v", err)
			}
			for _, left := range []string{"node.db", "blobs/*", "packets/*", ".new-*"} {
				if found, _ := filepath.Glob(filepath.Join(c.Dir, left)); len(found) != 0 {
					t.Errorf("left behind: %v", found)
				}
			}
			if _, err := restore(t, c, s.data, s.identity); tt.node == "SRK" && err != nil {
				t.Errorf("the true backup afterwards: %v", err)
			}
		})
	}
}

// withoutARow cuts one row frame (kind 3) out of a backup, and nothing else.
func withoutARow(t *testing.T, plain []byte) []byte {
	t.Helper()
	at := bytes.IndexByte(plain, '\n') + 1
	for rows := 0; at < len(plain); {
		end := at + 5 + int(binary.BigEndian.Uint32(plain[at+1:]))
		if plain[at] == 3 {
			if rows++; rows == 4 {
				return append(bytes.Clone(plain[:at]), plain[end:]...)
			}
		}
		at = end
	}
	t.Fatal("no row found")
	return nil
}

func TestBackupThatFailsSaysSo(t *testing.T) {
	db, c := fresh(t)
	put(t, db, casework.Notes, "c1", "n1", 1)
	recipient, _, err := store.RecoveryKey()
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("the stick was pulled")
	if _, err := db.Backup(t.Context(), writerFunc(func([]byte) (int, error) { return 0, broken }), recipient); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	if _, err := db.Backup(t.Context(), io.Discard, "age1nonsense"); !errors.Is(err, casework.Invalid) {
		t.Errorf("%v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Backup(gone, io.Discard, recipient); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(c.Dir, ".new-*")); len(left) != 0 {
		t.Errorf("the spool stays: %v", left)
	}
}

func FuzzRestore(f *testing.F) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	db, _ := fresh(f)
	put(f, db, casework.Cases, "c1", "c1", "x")
	if _, _, err := db.PutPacket(context.Background(), "h1", strings.NewReader("p")); err != nil {
		f.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := db.Backup(context.Background(), &out, id.Recipient().String()); err != nil {
		f.Fatal(err)
	}
	r, err := age.Decrypt(&out, id)
	if err != nil {
		f.Fatal(err)
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		f.Fatal(err)
	}
	keys := openVault(f, f.TempDir(), rootFile(f)) // one for all: making it costs more than the rest
	f.Add(plain)
	f.Add(plain[:len(plain)/2])
	f.Add([]byte("SERASI backup 1\n\x04\x00\x00\x00\x02{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var sealed bytes.Buffer
		w, err := age.Encrypt(&sealed, id.Recipient())
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Write(data)
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		c := store.Config{Dir: t.TempDir(), Vault: keys, Ballast: -1, MinFree: 1, Mmap: -1, Journal: 4096}
		_, err = restore(t, c, sealed.Bytes(), id.String())
		_, stat := os.Stat(filepath.Join(c.Dir, "node.db"))
		if (err == nil) != (stat == nil) {
			t.Errorf("restore: %v, store: %v", err, stat)
		}
		if err == nil {
			open(t, c) // and checks it
		}
		if err != nil && !errors.Is(err, casework.Invalid) {
			t.Errorf("a bad backup is %v", err)
		}
	})
}
