package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"serasi/node/casework"
	"serasi/node/store"
	"serasi/node/vault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rootFile makes a root key beside dir, as another disk would hold it.
func rootFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "root.key")
	if err := vault.NewFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// roots remembers which root key belongs to which folder.
var roots sync.Map

func root(c store.Config) string {
	path, _ := roots.Load(c.Dir)
	return path.(string)
}

func openVault(t testing.TB, dir, root string) *vault.Vault {
	t.Helper()
	v, err := vault.Open(filepath.Join(dir, "kek"), vault.File(root))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// config is that of a small store in dir.
func config(t testing.TB, dir, root string) store.Config {
	roots.Store(dir, root)
	return store.Config{Dir: dir, Vault: openVault(t, dir, root), Node: "SRK", Ballast: 1 << 20, MinFree: 1, Mmap: -1, Journal: 64 << 10}
}

// open opens a store that is checked and closed when the test ends.
func open(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !db.Stats().Stopped {
			mustBeSound(t, db)
		}
		if err := db.Close(); err != nil && !db.Stats().Stopped {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

func mustBeSound(t testing.TB, db *store.DB) {
	t.Helper()
	r, err := db.Check(context.Background())
	if kind, _ := casework.Explain(err); kind == casework.Unavailable {
		return // closed by the test
	}
	if err != nil || !r.Sound() {
		t.Errorf("check: %v, %v", err, r.Faults)
	}
}

func fresh(t testing.TB) (*store.DB, store.Config) {
	t.Helper()
	c := config(t, t.TempDir(), rootFile(t))
	return open(t, c), c
}

func update(t testing.TB, db *store.DB, f func(casework.Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, db *store.DB, table casework.Table, owner, id string, v any) {
	t.Helper()
	update(t, db, func(tx casework.Tx) error { return tx.Put(table, owner, id, v) })
}

func get[T any](t testing.TB, db *store.DB, table casework.Table, owner, id string) (v T, found bool) {
	t.Helper()
	err := db.View(func(tx casework.Tx) (err error) {
		found, err = tx.Get(table, owner, id, &v)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v, found
}

// waitFor asks until the answer is yes.
func waitFor(t testing.TB, what string, yes func() bool) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(60 * time.Second); !yes(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("gave up waiting for %s", what)
		}
	}
}

func TestRowsSurviveARestart(t *testing.T) {
	dir, root := t.TempDir(), rootFile(t)
	c := config(t, dir, root)
	db, err := store.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	want := casework.Case{ID: "c1", Number: "SRK-2026-00001", State: casework.Open, Need: strings.Repeat("kursi roda ", 300)}
	put(t, db, casework.Cases, "c1", "c1", want)
	put(t, db, casework.Users, casework.NodeOwner, "u1", "x")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Update(t.Context(), func(casework.Tx) error { return nil }); !errors.Is(err, casework.Unavailable) {
		t.Errorf("update after close: %v", err)
	}
	c.Vault = openVault(t, dir, root)
	db = open(t, c)
	got, found := get[casework.Case](t, db, casework.Cases, "c1", "c1")
	if !found || got.Need != want.Need {
		t.Errorf("case came back as %v %+v", found, got)
	}
	if db.Stats().Unclean {
		t.Error("a store that was closed in order says it was not")
	}
}

func TestAFailedUpdateLeavesNothing(t *testing.T) {
	db, _ := fresh(t)
	put(t, db, casework.Notes, "c1", "n1", 1)
	boom := errors.New("boom")
	var after int
	err := db.Update(t.Context(), func(tx casework.Tx) error {
		tx.After(func() { after++ })
		return errors.Join(
			tx.Put(casework.Notes, "c1", "n1", 2),
			tx.Put(casework.Notes, "c1", "n2", 2),
			tx.Put(casework.Notes, "c2", "n3", 2),
			tx.Delete(casework.Notes, "c1", "n1"),
			boom)
	})
	if !errors.Is(err, boom) || after != 0 {
		t.Errorf("err %v, hooks %d", err, after)
	}
	if v, found := get[int](t, db, casework.Notes, "c1", "n1"); !found || v != 1 {
		t.Errorf("n1 is %d %v", v, found)
	}
	for _, at := range [][2]string{{"c1", "n2"}, {"c2", "n3"}} {
		if _, found := get[int](t, db, casework.Notes, at[0], at[1]); found {
			t.Errorf("%v was kept", at)
		}
	}
}

// TestOneCommitManyUpdates holds the writer while updates of all kinds queue up,
// so that they share a commit, and looks at what each saw and left.
func TestOneCommitManyUpdates(t *testing.T) {
	db, _ := fresh(t)
	put(t, db, casework.Notes, "c1", "a", 0)
	gate, held := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		_ = db.Update(context.Background(), func(casework.Tx) error { close(held); <-gate; return nil })
	})
	<-held
	boom := errors.New("boom")
	errs := make([]error, 40)
	before := db.Stats().Commits
	cancelled, cancel := context.WithCancel(t.Context())
	for i := range errs {
		wg.Go(func() {
			ctx := context.Background()
			if i == 7 {
				ctx = cancelled
			}
			errs[i] = db.Update(ctx, func(tx casework.Tx) error {
				var n int
				if _, err := tx.Get(casework.Notes, "c1", "a", &n); err != nil {
					return err
				}
				if err := tx.Put(casework.Notes, "c1", "a", n+1); err != nil {
					return err
				}
				switch i % 4 {
				case 1:
					return boom
				case 2:
					panic("no")
				}
				return tx.Put(casework.Notes, "c1", fmt.Sprintf("b%02d", i), n)
			})
		})
	}
	waitFor(t, "the queue", func() bool { return store.Queued(db) == len(errs) })
	cancel()
	waitFor(t, "the cancelled one", func() bool { return store.Cancelled(db) == 1 })
	close(gate)
	wg.Wait()
	kept := 0
	for i, err := range errs {
		switch {
		case i == 7:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled: %v", err)
			}
		case i%4 == 1:
			if !errors.Is(err, boom) {
				t.Errorf("%d: %v", i, err)
			}
		case i%4 == 2:
			if err == nil || strings.Contains(err.Error(), "no)") {
				t.Errorf("panic: %v", err)
			}
		default:
			kept++
			if err != nil {
				t.Errorf("%d: %v", i, err)
			}
		}
	}
	if n, _ := get[int](t, db, casework.Notes, "c1", "a"); n != kept {
		t.Errorf("%d updates counted, want %d", n, kept)
	}
	if got := db.Stats().Commits - before; got != 2 {
		t.Errorf("%d commits, want that of the gate and one for all", got)
	}
}

func TestReadsSeeTheGroupAndTheFile(t *testing.T) {
	db, _ := fresh(t)
	update(t, db, func(tx casework.Tx) error {
		for _, id := range []string{"b", "d", "f", "h"} {
			if err := tx.Put(casework.Notes, "c1", id, "file"); err != nil {
				return err
			}
		}
		return errors.Join(tx.Put(casework.Notes, "c", "1x", "other"), tx.Put(casework.Notes, "c11", "x", "other"))
	})
	err := db.Update(t.Context(), func(tx casework.Tx) error {
		err := errors.Join(
			tx.Put(casework.Notes, "c1", "e", "new"), tx.Put(casework.Notes, "c1", "a", "new"),
			tx.Put(casework.Notes, "c1", "d", "new"), tx.Delete(casework.Notes, "c1", "h"),
			tx.Delete(casework.Notes, "c1", "nothing"), tx.Put(casework.Notes, "c1", "z", "gone"), tx.Delete(casework.Notes, "c1", "z"))
		if err != nil {
			return err
		}
		for from, want := range map[string]string{"": "a=new b=file d=new e=new f=file", "c": "d=new e=new f=file", "d": "d=new e=new f=file", "g": ""} {
			if got := shelf(t, tx, "c1", from); got != want {
				t.Errorf("from %q: %s, want %s", from, got, want)
			}
		}
		if last, err := tx.Last(casework.Notes, "c1"); last != "f" || err != nil {
			t.Errorf("last is %q, %v", last, err)
		}
		return errors.New("take it back")
	})
	if err == nil {
		t.Fatal("the error is gone")
	}
	err = db.View(func(tx casework.Tx) error {
		if got, want := shelf(t, tx, "c1", ""), "b=file d=file f=file h=file"; got != want {
			t.Errorf("afterwards %s, want %s", got, want)
		}
		if last, _ := tx.Last(casework.Notes, "c1"); last != "h" {
			t.Errorf("last is %q", last)
		}
		if last, _ := tx.Last(casework.Notes, "nobody"); last != "" {
			t.Errorf("last of nobody is %q", last)
		}
		return tx.Put(casework.Notes, "c1", "x", 1)
	})
	if err == nil {
		t.Error("a view wrote")
	}
}

func shelf(t *testing.T, tx casework.Tx, owner, from string) string {
	t.Helper()
	var got []string
	err := tx.Each(casework.Notes, owner, from, func(id string, decode func(any) error) (bool, error) {
		var v string
		err := decode(&v)
		got = append(got, id+"="+v)
		return true, err
	})
	if err != nil {
		t.Error(err)
	}
	return strings.Join(got, " ")
}

func TestAllMeetsEachRowOnce(t *testing.T) {
	db, _ := fresh(t)
	var want []string
	update(t, db, func(tx casework.Tx) error {
		for i := range 60 {
			owner := fmt.Sprintf("case%02d", i)
			want = append(want, owner)
			err := errors.Join(tx.Put(casework.Cases, owner, owner, i), tx.Put(casework.Audit, casework.NodeOwner, owner, i))
			for n := range i % 30 { // some owners have many other rows
				err = errors.Join(err, tx.Put(casework.Notes, owner, fmt.Sprint(n), n), tx.Put(casework.Documents, owner, fmt.Sprint(n), n))
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	all := func(tx casework.Tx, table casework.Table) (owners []string) {
		err := tx.All(table, func(owner, id string, decode func(any) error) (bool, error) {
			var n int
			owners = append(owners, owner)
			return true, decode(&n)
		})
		if err != nil {
			t.Error(err)
		}
		slices.Sort(owners)
		return owners
	}
	err := db.View(func(tx casework.Tx) error {
		if got := all(tx, casework.Cases); !slices.Equal(got, want) {
			t.Errorf("cases: %v", got)
		}
		if got := all(tx, casework.Audit); len(got) != 60 || got[59] != "" {
			t.Errorf("audit: %v", got)
		}
		if got := all(tx, casework.Parcels); got != nil {
			t.Errorf("parcels: %v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = db.Update(t.Context(), func(tx casework.Tx) error {
		err := errors.Join(tx.Delete(casework.Cases, "case00", "case00"), tx.Put(casework.Cases, "case99", "case99", 1), tx.Put(casework.Cases, "case01", "case01", 2))
		got, want := all(tx, casework.Cases), append(slices.Clone(want[1:]), "case99")
		if !slices.Equal(got, want) {
			t.Errorf("inside an update: %v", got)
		}
		n := 0
		err = errors.Join(err, tx.All(casework.Cases, func(string, string, func(any) error) (bool, error) { n++; return n < 5, nil }))
		if n != 5 {
			t.Errorf("went on to %d", n)
		}
		return errors.Join(err, errors.New("take it back"))
	})
}

func TestSecondOpenGivesUp(t *testing.T) {
	_, c := fresh(t)
	if _, err := store.Open(c); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("two have one store open: %v", err)
	}
}

func TestConfigSaysAllFaults(t *testing.T) {
	_, err := store.Open(store.Config{MaxBlob: -1})
	for _, word := range []string{"Dir", "Vault", "MaxBlob"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v does not name %s", err, word)
		}
	}
}

func TestATransactionEndsWithItsFunction(t *testing.T) {
	db, _ := fresh(t)
	var kept casework.Tx
	update(t, db, func(tx casework.Tx) error { kept = tx; return nil })
	if err := kept.Put(casework.Notes, "c1", "n1", 1); err == nil {
		t.Error("a transaction outlived its function")
	}
}

func goexit() { runtime.Goexit() }

func TestWriterEndedByATransaction(t *testing.T) {
	c := config(t, t.TempDir(), rootFile(t))
	db, err := store.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	ends := make(chan error)
	go func() { ends <- db.Update(context.Background(), func(casework.Tx) error { goexit(); return nil }) }()
	if err := <-ends; !errors.Is(err, casework.Unavailable) {
		t.Errorf("the caller was told %v", err)
	}
	if err := db.Update(t.Context(), func(casework.Tx) error { return nil }); err == nil {
		t.Error("the store goes on without a writer")
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(c.Dir); len(entries) == 0 {
		t.Error("no files")
	}
}
