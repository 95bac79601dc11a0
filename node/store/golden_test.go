package store_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"serasi/node/casework"
	"serasi/node/store"
)

// With -update TestGolden writes the golden store anew. Do that only for a new
// format, into a folder of its own: stores made by older programs must open for
// ever.
var renew = flag.Bool("update", false, "write the golden files")

const goldenRoot = "5b5d7f9c0e7d0a2f4c6b8d9e1f3a5c7e9b1d3f5a7c9e0b2d4f6a8c0e2b4d6f80\n"

func golden() store.Config {
	return store.Config{Node: "SRK", Ballast: -1, MinFree: 1, Mmap: -1, Journal: 4096}
}

var goldenCase = casework.Case{ID: "c1", Number: "SRK-2026-00001", State: casework.Open, Need: strings.Repeat("tongkat ketiak ", 90)}

// TestGolden opens a store that an older program made, with commits in the file
// and in the journal, and a blob.
func TestGolden(t *testing.T) {
	const dir = "testdata/golden/store-1"
	if *renew {
		makeGolden(t, dir)
	}
	db := openGolden(t, dir, nil)
	if got, found := get[casework.Case](t, db, casework.Cases, "c1", "c1"); !found || got.Need != goldenCase.Need {
		t.Errorf("case: %v %+v", found, got)
	}
	for _, id := range []string{"old", "journal"} {
		if note, found := get[map[string]string](t, db, casework.Notes, "c1", id); !found || note["text"] != "hadir" {
			t.Errorf("note %s: %v %v", id, found, note)
		}
	}
	name, err := os.ReadFile(filepath.Join(dir, "blob-name"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := db.OpenBlob("c1", string(name))
	if err != nil {
		t.Fatal(err)
	}
	var content bytes.Buffer
	_, err = content.ReadFrom(r)
	if err := errors.Join(err, r.Close()); err != nil || content.String() != "isi berkas" {
		t.Errorf("blob: %q, %v", content.String(), err)
	}
}

// TestMigration opens the same old store with a program whose notes have come
// two schema versions further.
func TestMigration(t *testing.T) {
	rename := func(from, to string) store.Migration {
		return func(row []byte) ([]byte, error) {
			m := map[string]any{}
			if err := json.Unmarshal(row, &m); err != nil {
				return nil, err
			}
			m[to] = m[from]
			delete(m, from)
			return json.Marshal(m)
		}
	}
	steps := []store.Migration{rename("text", "words"), rename("words", "isi")}
	dir := copyDir(t, "testdata/golden/store-1")
	c := goldenConfig(t, dir)
	c.Migrate = map[casework.Table][]store.Migration{casework.Notes: steps}
	db, err := store.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	if note, _ := get[map[string]string](t, db, casework.Notes, "c1", "old"); note["isi"] != "hadir" || len(note) != 1 {
		t.Errorf("migrated to %v", note)
	}
	put(t, db, casework.Notes, "c1", "new", map[string]string{"isi": "baru"})
	if note, _ := get[map[string]string](t, db, casework.Notes, "c1", "new"); note["isi"] != "baru" {
		t.Errorf("a new row was migrated to %v", note)
	}
	mustBeSound(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for behind := range steps {
		c := goldenConfig(t, dir)
		c.Migrate = map[casework.Table][]store.Migration{casework.Notes: steps[:behind]}
		if _, err := store.Open(c); err == nil || !errors.Is(err, casework.Conflict) || !strings.Contains(err.Error(), "newer program") {
			t.Errorf("a program with %d of %d steps: %v", behind, len(steps), err)
		}
	}
	bad := goldenConfig(t, copyDir(t, "testdata/golden/store-1"))
	bad.Migrate = map[casework.Table][]store.Migration{casework.Notes: {func([]byte) ([]byte, error) { return nil, errors.New("no") }}}
	db = open(t, bad)
	err = db.View(func(tx casework.Tx) error {
		_, err := tx.Get(casework.Notes, "c1", "old", new(any))
		return err
	})
	if err == nil {
		t.Error("a migration failed unseen")
	}
}

func goldenConfig(t *testing.T, dir string) store.Config {
	t.Helper()
	root := filepath.Join(t.TempDir(), "root.key")
	if err := os.WriteFile(root, []byte(goldenRoot), 0o600); err != nil {
		t.Fatal(err)
	}
	c := golden()
	c.Dir, c.Vault = dir, openVault(t, dir, root)
	return c
}

func openGolden(t *testing.T, dir string, migrate map[casework.Table][]store.Migration) *store.DB {
	t.Helper()
	c := goldenConfig(t, copyDir(t, dir))
	c.Migrate = migrate
	return open(t, c)
}

func makeGolden(t *testing.T, dir string) {
	t.Helper()
	made := t.TempDir()
	c := goldenConfig(t, made)
	db, err := store.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	put(t, db, casework.Cases, "c1", "c1", goldenCase)
	put(t, db, casework.Notes, "c1", "old", map[string]string{"text": "hadir"})
	name, _, _, err := db.PutBlob(t.Context(), "c1", strings.NewReader("isi berkas"))
	if err != nil {
		t.Fatal(err)
	}
	mustBeSound(t, db) // brings all so far into the file
	put(t, db, casework.Notes, "c1", "journal", map[string]string{"text": "hadir"})
	crashed := copyDir(t, made)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	err = errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o755), os.CopyFS(dir, os.DirFS(crashed)),
		os.WriteFile(filepath.Join(dir, "blob-name"), []byte(name), 0o600))
	if err != nil {
		t.Fatal(err)
	}
}
