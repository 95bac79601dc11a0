package report_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"serasi/node/access"
	"serasi/node/caseload"
	"serasi/node/casework"
	"serasi/node/report"
	"serasi/node/store"
	"serasi/node/vault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// people of the tests; each has the roles that the name says.
var (
	head    = actor("a", casework.Head)
	worker  = actor("b", casework.Worker)
	chief   = actor("c", casework.Supervisor)
	admin   = actor("d", casework.AdminIT)
	auditor = actor("e", casework.Auditor)
)

func actor(letter string, role casework.Role) casework.Actor {
	id := casework.UserID(repeat(letter))
	return casework.Actor{User: id, Name: "Orang " + letter, Roles: []casework.Role{role}, Unit: "anak", StepUp: true, Via: "web"}
}

func repeat(letter string) string {
	out := ""
	for range 32 {
		out += letter
	}
	return out
}

// world is a balai with a store on the disk, the use cases on cases, the desk,
// and a clock that the test sets.
type world struct {
	testing.TB
	db    *store.DB
	cases *caseload.Cases
	desk  *report.Desk
	now   time.Time
	zone  *time.Location
	ids   int
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, zone: time.FixedZone("WITA", 8*3600)}
	w.now = time.Date(2026, 1, 15, 9, 0, 0, 0, w.zone)
	w.db = openStore(t)
	clock := func() time.Time { return w.now }
	trail := access.Trail{Clock: clock}
	var err error
	w.cases, err = caseload.New(caseload.Config{
		Store: w.db, Gate: access.Gate{}, Trail: access.CaseTrail{Trail: trail, Store: w.db}, Index: noIndex{}, Blobs: w.db, Clock: clock,
		NewID: w.id, Balai: "SRK", Zone: w.zone,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.desk, err = report.New(report.Config{
		Store: w.db, Gate: access.Gate{}, Trail: trail, Spread: spread, Clock: clock, Balai: "SRK", Zone: w.zone,
		Calendar: func(casework.Tx) (casework.Calendar, error) { return casework.DefaultCalendar(), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func openStore(t testing.TB) *store.DB {
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
	w.ids++
	return fmt.Sprintf("%032x", w.ids)
}

// spread writes worksheets as plain CSV, one after the other.
func spread(out io.Writer, _ string, sheets []casework.Worksheet) error {
	c := csv.NewWriter(out)
	for _, s := range sheets {
		if err := c.Write(s.Columns); err != nil {
			return err
		}
		for _, row := range s.Rows {
			var cells []string
			for _, cell := range row {
				if cell.IsNum {
					cells = append(cells, fmt.Sprint(cell.Number))
				} else {
					cells = append(cells, cell.Text)
				}
			}
			if err := c.Write(cells); err != nil {
				return err
			}
		}
	}
	c.Flush()
	return c.Error()
}

// noIndex finds nobody: no report asks it.
type noIndex struct{}

func (noIndex) Put(casework.Entry) error                                       { return nil }
func (noIndex) Load(iter.Seq[casework.Entry]) error                            { return nil }
func (noIndex) Find(casework.Query) []casework.CaseID                          { return nil }
func (noIndex) List(casework.Query) (ids []casework.CaseID, _ string, _ error) { return nil, "", nil }
func (noIndex) Doubles(casework.Person, int) []casework.Match                  { return nil }

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// open opens a case for a woman or man born in a year.
func (w *world) open(sex, born string, in casework.Intake) casework.Case {
	w.Helper()
	in.Urgency, in.Basis = casework.NotUrgent, casework.ByPublicTask
	in.Claims = append(in.Claims, claim(casework.ClaimName, "Siti Invensi"), claim(casework.ClaimSex, sex), claim(casework.ClaimBorn, born))
	c, _, _, err := w.cases.Open(w.Context(), worker, in)
	w.must(err)
	return c
}

func claim(kind casework.ClaimKind, value string) casework.Claim {
	return casework.Claim{Kind: kind, Value: value, Standing: casework.Stated}
}

func (w *world) stage(c casework.Case, to casework.Stage) casework.Case {
	w.Helper()
	c, err := w.cases.MoveStage(w.Context(), worker, c.ID, c.Version, to, "menyusul")
	w.must(err)
	return c
}

// serve takes a case to the stage in which its person is a beneficiary.
func (w *world) serve(c casework.Case) casework.Case {
	w.Helper()
	return w.stage(w.stage(c, casework.Agreement), casework.Assessment)
}

func (w *world) close(c casework.Case, reason string) casework.Case {
	w.Helper()
	c, err := w.cases.Close(w.Context(), worker, c.ID, c.Version, reason)
	w.must(err)
	return c
}

func (w *world) at(text string) {
	w.Helper()
	t, err := time.ParseInLocation("2006-01-02 15:04", text, w.zone)
	w.must(err)
	w.now = t
}

func (w *world) get(month casework.Month) casework.Report {
	w.Helper()
	r, err := w.desk.Get(w.Context(), head, month, false)
	w.must(err)
	return r
}

func (w *world) figure(month casework.Month, code string, want float64) {
	w.Helper()
	if f := w.get(month).Figure(code); !f.Known || f.Value != want {
		w.Errorf("%s of %s is %v (known: %v), want %v", code, month, f.Value, f.Known, want)
	}
}

func (w *world) put(f func(tx casework.Tx) error) {
	w.Helper()
	w.must(w.db.Update(context.Background(), f))
}

func isKind(err error, kind casework.Kind) bool { return errors.Is(err, kind) }
