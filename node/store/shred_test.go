package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"go.etcd.io/bbolt"

	"serasi/node/casework"
	"serasi/node/store"
)

const canary = "KENARI-bu-sri-3372"

// TestShredDestroysTheKey steals the disk before and after an erasure, and tries
// to open the old row with everything that was on it: before that works, which
// shows that the attempt is a real one; after it does not.
func TestShredDestroysTheKey(t *testing.T) {
	dir, root := t.TempDir(), rootFile(t)
	db := open(t, config(t, dir, root))
	put(t, db, casework.Cases, "sri", "sri", canary)
	put(t, db, casework.Cases, "other", "other", canary)
	blob, _, _, err := db.PutBlob(t.Context(), "sri", strings.NewReader(canary+strings.Repeat("x", 1<<17)))
	if err != nil {
		t.Fatal(err)
	}
	mustNotHold(t, dir, canary)
	before := copyDir(t, dir)
	if err := db.Shred(t.Context(), "sri"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the compaction", func() bool { return db.Stats().Compacted == 1 })
	waitFor(t, "the blob to go", func() bool {
		_, err := os.Stat(filepath.Join(dir, "blobs", blob))
		return errors.Is(err, os.ErrNotExist)
	})
	if _, found := get[string](t, db, casework.Cases, "sri", "sri"); found {
		t.Error("the row is still there")
	}
	if v, _ := get[string](t, db, casework.Cases, "other", "other"); v != canary {
		t.Error("someone else's row is gone")
	}
	mustNotHold(t, dir, canary)

	// The thief has the whole old folder: with its own keys the row opens.
	thief := open(t, config(t, copyDir(t, before), root))
	if v, _ := get[string](t, thief, casework.Cases, "sri", "sri"); v != canary {
		t.Error("control: the stolen folder does not open with its own keys")
	}
	// With the keys that are left on the disk now, it does not.
	if err := errors.Join(os.RemoveAll(filepath.Join(before, "kek")), os.CopyFS(filepath.Join(before, "kek"), os.DirFS(filepath.Join(dir, "kek")))); err != nil {
		t.Fatal(err)
	}
	if again, err := store.Open(config(t, before, root)); err == nil {
		_ = again.Close()
		t.Error("the old database opens with the new key epoch")
	}
	// The wrapped key of sri, taken from the old pages, opens with no key there is.
	wrapped := oldWrappedKeys(t, filepath.Join(before, "node.db"), filepath.Join(before, "journal-a"))
	v := openVault(t, dir, root)
	if len(wrapped) == 0 {
		t.Fatal("no wrapped keys found")
	}
	for no, w := range wrapped {
		place := append([]byte("serasi data key\x00"), no...)
		if _, err := v.Unwrap(place, w); err == nil {
			t.Errorf("the old wrapping of key %x still opens", no)
		}
	}
	current := oldWrappedKeys(t, filepath.Join(copyDir(t, dir), "node.db"), "")
	opened := 0
	for no, w := range current {
		if _, err := v.Unwrap(append([]byte("serasi data key\x00"), no...), w); err == nil {
			opened++
		}
	}
	if opened == 0 {
		t.Error("control: no living key opens either")
	}
}

// oldWrappedKeys reads the bucket of wrapped keys, and those in a journal: a
// wrapped key is 68 bytes and follows its number.
func oldWrappedKeys(t *testing.T, path, journal string) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	bolt, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = bolt.View(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("keys")).ForEach(func(k, v []byte) error {
			found[string(k)] = append([]byte(nil), v...)
			return nil
		})
	})
	if err = errors.Join(err, bolt.Close()); err != nil {
		t.Fatal(err)
	}
	if journal == "" {
		return found
	}
	data, err := os.ReadFile(journal)
	if err != nil {
		t.Fatal(err)
	}
	head := "k\x00\x08\x00\x00\x00\x45" // bucket, length of key, length of value + 1
	for rest := string(data); ; {
		_, after, ok := strings.Cut(rest, head)
		if !ok || len(after) < 8+68 {
			return found
		}
		found[after[:8]] = []byte(after[8 : 8+68])
		rest = after
	}
}

func TestShredRefusesTheNode(t *testing.T) {
	db, _ := fresh(t)
	if err := db.Shred(t.Context(), casework.NodeOwner); !errors.Is(err, casework.Invalid) {
		t.Errorf("%v", err)
	}
	if err := db.Shred(t.Context(), "nobody"); err != nil {
		t.Errorf("an owner without rows: %v", err)
	}
}

// TestCompactWhileWriting compacts again and again under load; what every writer
// was told must be there, and a view begun before must not change.
func TestCompactWhileWriting(t *testing.T) {
	c := config(t, t.TempDir(), rootFile(t))
	db, err := store.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	put(t, db, casework.Notes, "old", "n", "first")
	stop := make(chan struct{})
	counts := make([]int, 4)
	var wg sync.WaitGroup
	for w := range counts {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				owner := fmt.Sprintf("w%d-%06d", w, counts[w])
				err := db.Update(context.Background(), func(tx casework.Tx) error {
					return errors.Join(tx.Put(casework.Notes, owner, "n", counts[w]), tx.Put(casework.Settings, "", fmt.Sprint("w", w), counts[w]+1))
				})
				if err != nil {
					t.Error(err)
					return
				}
				counts[w]++
			}
		})
	}
	err = db.View(func(tx casework.Tx) error {
		put(t, db, casework.Notes, "old", "n", "second")
		done := make(chan error)
		go func() { done <- db.Compact(context.Background()) }()
		var v string
		_, err := tx.Get(casework.Notes, "old", "n", &v)
		if v != "first" {
			t.Errorf("a view changed to %q", v)
		}
		go func() {
			if err := <-done; err != nil {
				t.Error(err)
			}
			close(done)
		}()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		if err := db.Compact(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Shred(t.Context(), "old"); err != nil {
		t.Fatal(err)
	}
	close(stop)
	wg.Wait()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	c.Vault = openVault(t, c.Dir, root(c))
	db = open(t, c)
	for w, n := range counts {
		if stored, _ := get[int](t, db, casework.Settings, "", fmt.Sprint("w", w)); stored != n || n == 0 {
			t.Errorf("writer %d was told %d, stored are %d", w, n, stored)
		}
		for i := range n {
			if v, found := get[int](t, db, casework.Notes, fmt.Sprintf("w%d-%06d", w, i), "n"); !found || v != i {
				t.Fatalf("writer %d lost %d", w, i)
			}
		}
	}
}

func TestCompactionShrinksTheFile(t *testing.T) {
	c := config(t, t.TempDir(), rootFile(t))
	c.Mmap = 0
	db := open(t, c)
	noise := make([]byte, 6<<10)
	for i := range 40 {
		update(t, db, func(tx casework.Tx) error {
			var err error
			for n := range 50 {
				_, _ = rand.Read(noise)
				err = errors.Join(err, tx.Put(casework.Notes, "c1", fmt.Sprint(i, "-", n), noise))
			}
			return err
		})
	}
	update(t, db, func(tx casework.Tx) error {
		return tx.Each(casework.Notes, "c1", "", func(id string, _ func(any) error) (bool, error) {
			return true, tx.Delete(casework.Notes, "c1", id)
		})
	})
	put(t, db, casework.Notes, "c1", "left", 1)
	before := db.Stats().FileBytes
	if err := db.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := db.Stats().FileBytes; after*4 > before*3 {
		t.Errorf("the file shrank from %d to %d bytes only", before, after)
	}
	if _, found := get[int](t, db, casework.Notes, "c1", "left"); !found {
		t.Error("the row is gone")
	}
}

func TestChangedBytesAreNoticed(t *testing.T) {
	dir, key := t.TempDir(), rootFile(t)
	c := config(t, dir, key)
	db, err := store.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	put(t, db, casework.Notes, "c1", "aaaaaaaaaaaaaaaa", "x")
	put(t, db, casework.Notes, "c2", "bbbbbbbbbbbbbbbb", "y")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(*bbolt.Bucket) error{
		"a byte of the sealed text": func(b *bbolt.Bucket) error {
			k := []byte("\x02c1\x05notesaaaaaaaaaaaaaaaa")
			v := append([]byte(nil), b.Get(k)...)
			v[len(v)-1] ^= 1
			return b.Put(k, v)
		},
		"a row moved to another id": func(b *bbolt.Bucket) error {
			return b.Put([]byte("\x02c1\x05notesaaaaaaaaaaaaaaab"), append([]byte(nil), b.Get([]byte("\x02c1\x05notesaaaaaaaaaaaaaaaa"))...))
		},
		"a row moved to another owner": func(b *bbolt.Bucket) error {
			return b.Put([]byte("\x02c2\x05notesaaaaaaaaaaaaaaaa"), append([]byte(nil), b.Get([]byte("\x02c1\x05notesaaaaaaaaaaaaaaaa"))...))
		},
		"an owner given the key of another": func(b *bbolt.Bucket) error {
			return b.Put([]byte("\x02c2\x05notesbbbbbbbbbbbbbbbb"), append([]byte(nil), b.Get([]byte("\x02c1\x05notesaaaaaaaaaaaaaaaa"))...))
		},
		"another schema version": func(b *bbolt.Bucket) error {
			k := []byte("\x02c1\x05notesaaaaaaaaaaaaaaaa")
			v := append([]byte(nil), b.Get(k)...)
			v[0]++
			return b.Put(k, v)
		},
	}
	for name, harm := range tests {
		t.Run(name, func(t *testing.T) {
			c := config(t, copyDir(t, dir), key)
			bolt, err := bbolt.Open(filepath.Join(c.Dir, "node.db"), 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			err = bolt.Update(func(tx *bbolt.Tx) error { return harm(tx.Bucket([]byte("rows"))) })
			if err = errors.Join(err, bolt.Close()); err != nil {
				t.Fatal(err)
			}
			db, err := store.Open(c)
			if err != nil {
				t.Fatal(err)
			}
			if r, err := db.Check(t.Context()); err != nil || r.Sound() {
				t.Errorf("Check found nothing: %v", err)
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestBlobs(t *testing.T) {
	db, c := fresh(t)
	for _, size := range []int{0, 1, 64 << 10, 64<<10 + 1, 300_000} {
		content := strings.Repeat(canary, size/len(canary)+1)[:size]
		name, n, digest, err := db.PutBlob(t.Context(), "c1", strings.NewReader(content))
		if err != nil || n != int64(size) || len(digest) != 64 {
			t.Fatalf("put: %v, %d bytes, digest %q", err, n, digest)
		}
		r, err := db.OpenBlob("c1", name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil || string(got) != content {
			t.Errorf("%d bytes came back as %d, %v", size, len(got), err)
		}
		for _, owner := range []string{"c2", ""} {
			if _, err := db.OpenBlob(owner, name); !errors.Is(err, casework.NotFound) {
				t.Errorf("owner %q: %v", owner, err)
			}
		}
	}
	mustNotHold(t, c.Dir, canary)
	for _, name := range []string{"", "../node.db", strings.Repeat("a", 32)} {
		if _, err := db.OpenBlob("c1", name); !errors.Is(err, casework.NotFound) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestBlobLimitsAndSweeps(t *testing.T) {
	c := config(t, t.TempDir(), rootFile(t))
	c.MaxBlob = 1000
	db := open(t, c)
	if _, _, _, err := db.PutBlob(t.Context(), "c1", strings.NewReader(strings.Repeat("x", 1001))); !errors.Is(err, casework.Invalid) {
		t.Errorf("too long: %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, _, err := db.PutBlob(gone, "c1", strings.NewReader("x")); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	keep, _, _, err1 := db.PutBlob(t.Context(), "c1", strings.NewReader(strings.Repeat("x", 1000)))
	drop, _, _, err2 := db.PutBlob(t.Context(), "c1", strings.NewReader("y"))
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	wanted := func(name string) bool { return name == keep }
	if n, err := db.SweepBlobs(wanted, 1<<40); n != 0 || err != nil {
		t.Errorf("young blobs swept: %d, %v", n, err)
	}
	if n, err := db.SweepBlobs(wanted, -1<<30); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if _, err := db.OpenBlob("c1", drop); !errors.Is(err, casework.NotFound) {
		t.Errorf("orphan: %v", err)
	}
	if err := db.DropBlob(keep); err != nil {
		t.Error(err)
	}
	files, err := os.ReadDir(filepath.Join(c.Dir, "blobs"))
	if err != nil || len(files) != 0 {
		t.Errorf("left: %v, %v", files, err)
	}
}

func TestPackets(t *testing.T) {
	db, c := fresh(t)
	content := strings.Repeat("sealed already ", 1000)
	size, digest, err := db.PutPacket(t.Context(), "h1", strings.NewReader(content))
	if err != nil || size != int64(len(content)) {
		t.Fatal(size, err)
	}
	r, err := db.Packet("h1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Seek(7, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil || string(got) != content[7:] {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	for _, bad := range []string{"", "../x", "A", "x.part", strings.Repeat("a", 101)} {
		if _, _, err := db.PutPacket(t.Context(), bad, strings.NewReader("")); err == nil {
			t.Errorf("name %q was taken", bad)
		}
	}

	p, err := db.Partial("h2")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Partial("h2"); !errors.Is(err, casework.Conflict) {
		t.Errorf("two write one packet: %v", err)
	}
	if err := errors.Join(p.Append(0, []byte(content[:500])), p.Close()); err != nil {
		t.Fatal(err)
	}
	if p, err = db.Partial("h2"); err != nil || p.Size() != 500 {
		t.Fatalf("goes on at %d, %v", p.Size(), err)
	}
	if err := p.Append(400, []byte("x")); !errors.Is(err, casework.Conflict) {
		t.Errorf("at the wrong place: %v", err)
	}
	if _, err := db.Packet("h2"); !errors.Is(err, casework.NotFound) {
		t.Errorf("half a packet opens: %v", err)
	}
	if err := errors.Join(p.Append(500, []byte(content[500:])), p.Commit(digest)); err != nil {
		t.Fatal(err)
	}
	if r, err = db.Packet("h2"); err != nil {
		t.Fatal(err)
	}
	_ = r.Close()

	if p, err = db.Partial("h3"); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.Append(0, []byte("another"))); err != nil {
		t.Fatal(err)
	}
	if err := p.Commit(digest); !errors.Is(err, casework.Conflict) {
		t.Errorf("a wrong packet was kept: %v", err)
	}
	if err := db.DropPacket("h1"); err != nil {
		t.Error(err)
	}
	if n, err := db.SweepPackets(func(string) bool { return false }, -1<<30); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if files, _ := os.ReadDir(filepath.Join(c.Dir, "packets")); len(files) != 0 {
		t.Errorf("left: %v", files)
	}
}
