package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"serasi/node/casework"
	"serasi/node/store"
	"serasi/node/vault"
)

// copyDir is what a disk holds when the power goes: the files as they are.
func copyDir(t testing.TB, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func TestWhatWasAcknowledgedSurvivesACrash(t *testing.T) {
	dir, root := t.TempDir(), rootFile(t)
	db := open(t, config(t, dir, root))
	const n = 60 // enough for the journals to change places
	for i := range n {
		owner := fmt.Sprintf("case%02d", i)
		update(t, db, func(tx casework.Tx) error {
			return errors.Join(
				tx.Put(casework.Cases, owner, owner, i),
				tx.Put(casework.Settings, casework.NodeOwner, "count", i+1),
				tx.Put(casework.Notes, owner, "n", strings.Repeat(fmt.Sprint(i), 300)))
		})
		if i%7 != 0 {
			continue
		}
		again := open(t, config(t, copyDir(t, dir), root))
		if count, _ := get[int](t, again, casework.Settings, "", "count"); count != i+1 {
			t.Fatalf("after crash at %d the count is %d", i, count)
		}
		for k := range i + 1 {
			if v, found := get[int](t, again, casework.Cases, fmt.Sprintf("case%02d", k), fmt.Sprintf("case%02d", k)); !found || v != k {
				t.Fatalf("after crash at %d case %d is %d, %v", i, k, v, found)
			}
		}
		if !again.Stats().Unclean {
			t.Error("a crash went unnoticed")
		}
	}
}

func TestTornAndDamagedJournals(t *testing.T) {
	dir, root := t.TempDir(), rootFile(t)
	db := open(t, config(t, dir, root))
	for i := range 4 {
		put(t, db, casework.Notes, "c1", fmt.Sprint(i), "x")
	}
	tests := map[string]struct {
		page, offset int64
		fails        bool
		left         int
	}{
		"nothing touched":               {page: -1, left: 4},
		"the last record was torn":      {page: 3, offset: 20, left: 3},
		"the last record has no head":   {page: 3, offset: 0, left: 3},
		"one in the middle was damaged": {page: 1, offset: 30, fails: true},
		"the first was damaged":         {page: 0, offset: 5, fails: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			crashed := copyDir(t, dir)
			if tt.page >= 0 {
				flip(t, filepath.Join(crashed, "journal-a"), tt.page*4096+tt.offset)
			}
			again, err := store.Open(config(t, crashed, root))
			if tt.fails {
				if err == nil {
					t.Fatal("a lost commit went unnoticed")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			err = again.View(func(tx casework.Tx) error {
				return tx.Each(casework.Notes, "c1", "", func(string, func(any) error) (bool, error) { n++; return true, nil })
			})
			if err != nil || n != tt.left {
				t.Errorf("%d rows, %v; want %d", n, err, tt.left)
			}
			put(t, again, casework.Notes, "c1", "later", "x")
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestJournalWithoutItsFile loses node.db alone: what the journal holds must not
// be taken for the beginning of a new store, nor be added to a restored one.
func TestJournalWithoutItsFile(t *testing.T) {
	s := backUp(t)
	dir, root := t.TempDir(), rootFile(t)
	db := open(t, config(t, dir, root))
	put(t, db, casework.Notes, "c1", "n1", "x")
	c := config(t, copyDir(t, dir), root)
	if err := os.Remove(filepath.Join(c.Dir, "node.db")); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(c); !errors.Is(err, casework.Conflict) {
		t.Errorf("open: %v", err)
	}
	if _, err := restore(t, c, s.data, s.identity); !errors.Is(err, casework.Conflict) {
		t.Errorf("restore: %v", err)
	}
}

func flip(t testing.TB, path string, at int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	var b [1]byte
	_, err = f.ReadAt(b[:], at)
	b[0] ^= 0x55
	_, err2 := f.WriteAt(b[:], at)
	if err := errors.Join(err, err2, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestAFailedDiskStopsTheStore takes the journal away from under the store: its
// descriptor becomes one that cannot be written.
func TestAFailedDiskStopsTheStore(t *testing.T) {
	c := config(t, t.TempDir(), rootFile(t))
	var told []error
	c.Fatal = func(err error) { told = append(told, err) }
	db := open(t, c)
	put(t, db, casework.Notes, "c1", "n1", 1)
	breakFile(t, filepath.Join(c.Dir, "journal-a"))
	after := false
	for range 2 {
		err := db.Update(t.Context(), func(tx casework.Tx) error {
			tx.After(func() { after = true })
			return tx.Put(casework.Notes, "c1", "n2", 2)
		})
		if !errors.Is(err, casework.Unavailable) {
			t.Errorf("update: %v", err)
		}
	}
	if len(told) != 1 || after || !db.Stats().Stopped {
		t.Errorf("told %v, hook ran %v, stats %+v", told, after, db.Stats())
	}
	if v, found := get[int](t, db, casework.Notes, "c1", "n1"); !found || v != 1 {
		t.Error("reading stopped as well")
	}
	if _, found := get[int](t, db, casework.Notes, "c1", "n2"); found {
		t.Error("a write that failed is seen")
	}
	if err := db.Shred(t.Context(), "c1"); !errors.Is(err, casework.Unavailable) {
		t.Errorf("shred: %v", err)
	}
}

// breakFile makes every descriptor of this process for path read-only.
func breakFile(t *testing.T, path string) {
	t.Helper()
	ro, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer ro.Close() //nolint:errcheck // read-only
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	broken := 0
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		var fd int
		if _, scan := fmt.Sscan(e.Name(), &fd); err != nil || scan != nil || target != path || fd == int(ro.Fd()) {
			continue
		}
		if err := syscall.Dup2(int(ro.Fd()), fd); err != nil {
			t.Fatal(err)
		}
		broken++
	}
	if broken == 0 {
		t.Fatalf("%s is not open", path)
	}
}

func TestALowDiskRefusesWritesAndComesBack(t *testing.T) {
	c := config(t, t.TempDir(), rootFile(t))
	free := make(chan uint64, 1)
	free <- 1 << 30
	c.MinFree = 1 << 20
	c.Free = func(string) (uint64, error) { n := <-free; free <- n; return n, nil }
	db := open(t, c)
	put(t, db, casework.Notes, "c1", "n1", 1)
	<-free
	free <- 1<<20 - 1
	err := db.Update(t.Context(), func(tx casework.Tx) error { return tx.Put(casework.Notes, "c1", "n2", 1) })
	if _, words := casework.Explain(err); !errors.Is(err, casework.Unavailable) || !strings.Contains(words, "disk") {
		t.Errorf("on a full disk: %v", err)
	}
	if _, _, _, err := db.PutBlob(t.Context(), "c1", strings.NewReader("x")); !errors.Is(err, casework.Unavailable) {
		t.Errorf("blob on a full disk: %v", err)
	}
	if _, found := get[int](t, db, casework.Notes, "c1", "n1"); !found || !db.Stats().DiskLow {
		t.Error("reads stopped, or the figures do not say it")
	}
	<-free
	free <- 1 << 30
	put(t, db, casework.Notes, "c1", "n2", 1)
	if db.Stats().DiskLow {
		t.Error("still low")
	}
	if info, err := os.Stat(filepath.Join(c.Dir, "ballast")); err != nil || info.Size() != c.Ballast {
		t.Errorf("ballast: %v", err)
	}
}

// crashVault copies the folder before and after each step of a turn.
type crashVault struct {
	*vault.Vault
	at func(step string)
}

func (v crashVault) Prepare() (uint64, error) {
	v.at("before prepare")
	n, err := v.Vault.Prepare()
	v.at("prepared")
	return n, err
}

func (v crashVault) Commit() error {
	v.at("stored")
	err := v.Vault.Commit()
	v.at("committed")
	return err
}

func TestACrashInsideATurn(t *testing.T) {
	dir, root := t.TempDir(), rootFile(t)
	c := config(t, dir, root)
	crashes := map[string]string{}
	c.Vault = crashVault{openVault(t, dir, root), func(step string) { crashes[step] = copyDir(t, dir) }}
	db := open(t, c)
	put(t, db, casework.Cases, "stays", "stays", "s")
	put(t, db, casework.Cases, "goes", "goes", "g")
	if err := db.Shred(t.Context(), "goes"); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{"before prepare": true, "prepared": true, "stored": false, "committed": false}
	for step, there := range want {
		t.Run(step, func(t *testing.T) {
			c := config(t, crashes[step], root)
			again := open(t, c)
			if _, found := get[string](t, again, casework.Cases, "goes", "goes"); found != there {
				t.Errorf("the shredded case is there: %v", found)
			}
			if _, found := get[string](t, again, casework.Cases, "stays", "stays"); !found {
				t.Error("the other case is gone")
			}
			if files, err := filepath.Glob(filepath.Join(c.Dir, "kek", "epoch-*")); err != nil || len(files) != 1 {
				t.Errorf("epoch files: %v, %v", files, err)
			}
			put(t, again, casework.Cases, "new", "new", 1)
		})
	}
}

// mustNotHold fails if any file below dir holds words.
func mustNotHold(t testing.TB, dir string, words ...string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, w := range words {
			if bytes.Contains(data, []byte(w)) {
				t.Errorf("%s holds %q", path, w)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
