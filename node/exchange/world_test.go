package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"serasi/node/access"
	"serasi/node/caseload"
	"serasi/node/casework"
	"serasi/node/exchange"
	"serasi/node/store"
	"serasi/node/vault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	head   = actor("a", casework.Head)
	worker = actor("b", casework.Worker)
	chief  = actor("c", casework.Supervisor)
	admin  = actor("d", casework.AdminIT)
)

func actor(letter string, role casework.Role) casework.Actor {
	return casework.Actor{
		User: casework.UserID(strings.Repeat(letter, 32)), Name: "Orang " + letter, Roles: []casework.Role{role}, Unit: "anak", StepUp: true, Via: "web",
	}
}

// world is a balai with a store on the disk, the use cases on cases and the
// desk.
type world struct {
	*testing.T
	db    *store.DB
	cases *caseload.Cases
	index *index
	desk  *exchange.Desk
	now   time.Time
	conf  exchange.Config

	mu  sync.Mutex // guards ids
	ids int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.FixedZone("WIB", 7*3600)), index: &index{names: map[string]casework.CaseID{}}}
	w.db = openStore(t)
	clock := func() time.Time { return w.now }
	trail := access.Trail{Clock: clock}
	var err error
	w.cases, err = caseload.New(caseload.Config{
		Store: w.db, Gate: access.Gate{}, Trail: access.CaseTrail{Trail: trail, Store: w.db}, Index: w.index, Blobs: w.db, Clock: clock, NewID: w.id,
		Balai: "SRK", Zone: w.now.Location(),
	})
	w.must(err)
	w.must(w.cases.Rebuild(t.Context(), nil))
	w.conf = exchange.Config{
		Store: w.db, Gate: access.Gate{}, Trail: trail, Cases: w.cases, Files: w.db, Doubles: w.index.Doubles, Forget: w.index.forget, Shred: w.db.Shred,
		Copy: w.cases.Export, Clock: clock, NewID: w.id, Balai: "SRK", Zone: w.now.Location(),
	}
	w.desk, err = exchange.New(w.conf)
	w.must(err)
	return w
}

func openStore(t *testing.T) *store.DB {
	t.Helper()
	dir, key := t.TempDir(), filepath.Join(t.TempDir(), "root.key")
	if err := vault.NewFile(key); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(filepath.Join(dir, "kek"), vault.File(key))
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(store.Config{Dir: dir, Vault: v, Node: "SRK", Ballast: -1, MinFree: 1, Journal: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func (w *world) id() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return fmt.Sprintf("%032x", w.ids)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// run lets the desk work until the test ends.
func (w *world) run() {
	w.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { w.desk.Run(ctx) })
	w.Cleanup(func() {
		stop()
		all.Wait()
	})
}

// upload uploads a table and says what its columns are, as guessed.
func (w *world) upload(file string) casework.Upload {
	w.Helper()
	u, err := w.desk.Upload(w.Context(), chief, "daftar.csv", strings.NewReader(file))
	w.must(err)
	u, err = w.desk.Map(w.Context(), chief, u.ID, u.Version, casework.Mapping{Targets: u.Targets, Defaults: u.Defaults})
	w.must(err)
	return w.wait(u)
}

// wait returns the import once the work on it has ended.
func (w *world) wait(u casework.Upload) casework.Upload {
	w.Helper()
	u, err := w.desk.Get(w.Context(), chief, u.ID, 20*time.Second)
	w.must(err)
	if u.Working() {
		w.Fatalf("gave up waiting: %+v", u)
	}
	return u
}

func (w *world) rows(u casework.Upload, state string) []casework.ImportRow {
	w.Helper()
	var out []casework.ImportRow
	cursor := ""
	for {
		page, err := w.desk.Rows(w.Context(), chief, u.ID, state, cursor)
		w.must(err)
		out = append(out, page.Items...)
		if cursor = page.Next; cursor == "" {
			return out
		}
	}
}

func (w *world) count(t casework.Table) (n int) {
	w.Helper()
	w.must(w.db.View(func(tx casework.Tx) error {
		return tx.All(t, func(string, string, func(any) error) (bool, error) {
			n++
			return true, nil
		})
	}))
	return n
}

// index knows people by name.
type index struct {
	mu    sync.Mutex // guards names
	names map[string]casework.CaseID
}

func (x *index) Put(e casework.Entry) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, n := range e.Names {
		x.names[n] = e.ID
	}
	return nil
}

func (x *index) Load(entries iter.Seq[casework.Entry]) error {
	for e := range entries {
		if err := x.Put(e); err != nil {
			return err
		}
	}
	return nil
}

func (x *index) forget(id casework.CaseID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for n, have := range x.names {
		if have == id {
			delete(x.names, n)
		}
	}
}

func (x *index) Find(casework.Query) []casework.CaseID                          { return nil }
func (x *index) List(casework.Query) (ids []casework.CaseID, _ string, _ error) { return nil, "", nil }

func (x *index) Doubles(p casework.Person, _ int) []casework.Match {
	x.mu.Lock()
	defer x.mu.Unlock()
	if id, ok := x.names[p.Name()]; ok {
		return []casework.Match{{Case: id, Strong: true, Reasons: []string{"name"}}}
	}
	return nil
}

func isKind(err error, kind casework.Kind) bool { return errors.Is(err, kind) }
