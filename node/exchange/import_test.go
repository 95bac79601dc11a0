package exchange_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/exchange"
)

const sheet = `Nama;NIK;L/P;Tgl lahir;Tanggal masuk;Tahap;Keterangan
Siti Satu;3372045708900001;P;17-08-1990;01-03-2026;5;kamar 3
Budi Dua;;L;1985;02-03-2026;;-
Tanpa Kelamin;;x;17-08-1990;03-03-2026;;
Ani Tiga;3,37204E+15;P;17-08-90;04-03-2026;terapi penghidupan;
Siti Satu;3372045708900001;P;17-08-1990;01-03-2026;5;
`

func TestImport(t *testing.T) {
	w := newWorld(t)
	w.run()
	u := w.upload(sheet)
	if u.State != casework.ImportChecked || u.Rows != 5 || u.Good != 3 || u.Bad != 1 || u.Doubles != 1 || u.Done != 5 {
		t.Fatalf("the dry run: %+v", u)
	}
	if w.count(casework.Cases) != 0 {
		t.Fatal("the dry run opened a case")
	}
	bad := w.rows(u, casework.RowBad)
	if len(bad) != 1 || bad[0].No != 4 || casework.CellName(bad[0].Faults[0].Column, bad[0].No) != "C4" {
		t.Errorf("bad rows %+v", bad)
	}
	if d := w.rows(u, casework.RowDouble); len(d) != 1 || d[0].No != 6 || d[0].Same != 2 {
		t.Errorf("doubles %+v", d)
	}
	u, err := w.desk.Start(t.Context(), chief, u.ID, u.Version, false)
	w.must(err)
	u = w.wait(u)
	if u.State != casework.ImportDone || u.Opened != 3 || w.count(casework.Cases) != 3 {
		t.Fatalf("opened: %+v", u)
	}
	rows := w.rows(u, casework.RowOpened)
	over, err := w.cases.Get(t.Context(), head, rows[0].Case)
	w.must(err)
	if c := over.Case; c.Stage != casework.Implementation || c.Opened.Format(time.DateOnly) != "2026-02-28" && c.Opened.In(w.now.Location()).Format(time.DateOnly) != "2026-03-01" ||
		c.Register == "" || over.Person.Value(casework.ClaimNIK) != "3372045708900001" || over.Notes != 1 {
		t.Errorf("the first case: %+v %+v", c, over.Person)
	}
	if len(rows[0].Cells) != 0 {
		t.Error("what was typed is kept twice")
	}
}

func TestUndoLeavesWhatWasTouched(t *testing.T) {
	w := newWorld(t)
	w.run()
	u := w.upload(sheet)
	u, err := w.desk.Start(t.Context(), chief, u.ID, u.Version, true)
	w.must(err)
	u = w.wait(u)
	if u.Opened != 4 {
		t.Fatalf("with doubles: %+v", u)
	}
	rows := w.rows(u, casework.RowOpened)
	_, err = w.cases.AddNote(t.Context(), chief, rows[1].Case, casework.Note{Kind: "visit", Text: "Bertemu."})
	w.must(err)
	u, err = w.desk.Undo(t.Context(), chief, u.ID, u.Version)
	w.must(err)
	u = w.wait(u)
	if u.State != casework.ImportUndone || u.Undone != 3 || u.Kept != 1 || w.count(casework.Cases) != 1 || w.count(casework.Persons) != 1 {
		t.Fatalf("undone: %+v", u)
	}
	kept := w.rows(u, casework.RowKept)
	if len(kept) != 1 || kept[0].Case != rows[1].Case || kept[0].Why == "" {
		t.Errorf("kept %+v", kept)
	}
	if _, err := w.cases.Get(t.Context(), head, rows[0].Case); !isKind(err, casework.NotFound) {
		t.Errorf("a case that was taken back: %v", err)
	}
	if w.index.Doubles(casework.Person{Claims: []casework.Claim{{Kind: casework.ClaimName, Value: "Ani Tiga"}}}, 1) != nil {
		t.Error("a case that was taken back is still found")
	}
	cancelled := 0
	w.must(w.db.View(func(tx casework.Tx) error {
		return tx.Each(casework.Numbers, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
			var row struct{ Cancelled string }
			err := decode(&row)
			if row.Cancelled != "" {
				cancelled++
			}
			return true, err
		})
	}))
	if cancelled != 3 || w.count(casework.Numbers) != 4 {
		t.Errorf("%d of %d register numbers are cancelled", cancelled, w.count(casework.Numbers))
	}
	if states, err := w.cases.States(); err != nil || states[casework.Open] != 1 {
		t.Errorf("states %v, %v", states, err)
	}
}

// TestTheWorkGoesOn stops the desk again and again in the middle, as a power cut
// does between two transactions, and counts what came of it.
func TestTheWorkGoesOn(t *testing.T) {
	w := newWorld(t)
	var file strings.Builder
	file.WriteString("Nama;Tgl lahir\n")
	const n = 500
	for i := range n {
		fmt.Fprintf(&file, "Orang Rekaan %d;%02d-03-19%02d\n", i, i%28+1, i%90+10)
	}
	u, err := w.desk.Upload(t.Context(), chief, "besar.csv", strings.NewReader(file.String()))
	w.must(err)
	u, err = w.desk.Map(t.Context(), chief, u.ID, u.Version, casework.Mapping{Targets: u.Targets, Defaults: u.Defaults})
	w.must(err)
	stops := 0
	u = w.interrupted(u, &stops)
	if u.Good != n {
		t.Fatalf("checked %+v", u)
	}
	u, err = w.desk.Start(t.Context(), chief, u.ID, u.Version, false)
	w.must(err)
	u = w.interrupted(u, &stops)
	if u.Opened != n || w.count(casework.Cases) != n || len(w.rows(u, casework.RowOpened)) != n {
		t.Errorf("%d stops: %d cases of %+v", stops, w.count(casework.Cases), u)
	}
	u, err = w.desk.Undo(t.Context(), chief, u.ID, u.Version)
	w.must(err)
	if u = w.interrupted(u, &stops); u.Undone != n || w.count(casework.Cases) != 0 {
		t.Errorf("%d stops: %d cases are left of %+v", stops, w.count(casework.Cases), u)
	}
	if stops < 6 {
		t.Errorf("control: the work was stopped %d times only", stops)
	}
}

// interrupted runs a new desk for each piece of the work, until it is done.
func (w *world) interrupted(u casework.Upload, stops *int) casework.Upload {
	w.Helper()
	for u.Working() {
		var err error
		w.desk, err = exchange.New(w.conf)
		w.must(err)
		ctx, stop := context.WithCancel(context.Background())
		var all sync.WaitGroup
		all.Go(func() { w.desk.Run(ctx) })
		was := u.Version
		for u.Version == was && u.Working() {
			u, err = w.desk.Get(w.Context(), chief, u.ID, 20*time.Millisecond)
			w.must(err)
		}
		stop()
		all.Wait()
		*stops++
		u, err = w.desk.Get(w.Context(), chief, u.ID, 0)
		w.must(err)
	}
	return u
}

func TestRoundedColumn(t *testing.T) {
	w := newWorld(t)
	w.run()
	var file strings.Builder
	file.WriteString("Nama;NIK\n")
	for i := range 6 {
		fmt.Fprintf(&file, "Orang %d;337204570890%03d0\n", i, i+1)
	}
	u := w.upload(file.String())
	if !u.Rounded {
		t.Fatalf("not noticed: %+v", u)
	}
	if r := w.rows(u, casework.RowGood); len(r) != 6 || len(r[0].Doubts) == 0 {
		t.Errorf("rows %+v", r)
	}
}

func TestWhoMayImport(t *testing.T) {
	w := newWorld(t)
	for name, by := range map[string]casework.Actor{"worker": worker, "admin it": admin} {
		if _, err := w.desk.Upload(t.Context(), by, "a.csv", strings.NewReader(sheet)); !isKind(err, casework.Forbidden) {
			t.Errorf("%s uploads: %v", name, err)
		}
	}
	w.run()
	u := w.upload(sheet)
	unproven := chief
	unproven.StepUp = false
	if _, err := w.desk.Start(t.Context(), unproven, u.ID, u.Version, false); !isKind(err, casework.Forbidden) {
		t.Errorf("without step-up: %v", err)
	}
	if _, err := w.desk.Start(t.Context(), chief, u.ID, u.Version+1, false); !isKind(err, casework.Conflict) {
		t.Errorf("another version: %v", err)
	}
	if _, err := w.desk.Undo(t.Context(), chief, u.ID, u.Version); !isKind(err, casework.Conflict) {
		t.Errorf("undo of what was not run: %v", err)
	}
	if _, err := w.desk.Map(t.Context(), chief, u.ID, u.Version, casework.Mapping{Targets: []casework.Target{"name"}}); !isKind(err, casework.Invalid) {
		t.Errorf("a mapping that does not fit: %v", err)
	}
	w.must(w.desk.Discard(t.Context(), chief, u.ID, u.Version))
	if _, err := w.desk.Get(t.Context(), chief, u.ID, 0); !isKind(err, casework.NotFound) || w.count(casework.ImportRows) != 0 {
		t.Errorf("after it was thrown away: %v, %d rows", err, w.count(casework.ImportRows))
	}
}

func TestPossibleDoublesHere(t *testing.T) {
	w := newWorld(t)
	w.run()
	_, _, _, err := w.cases.Open(t.Context(), worker, casework.Intake{
		Urgency: casework.NotUrgent, Basis: casework.ByPublicTask, Claims: []casework.Claim{{Kind: casework.ClaimName, Value: "Budi Dua", Standing: casework.Stated}},
	})
	w.must(err)
	u := w.upload(sheet)
	if d := w.rows(u, casework.RowDouble); len(d) != 2 || d[0].No != 3 || len(d[0].Twins) != 1 {
		t.Errorf("doubles %+v", d)
	}
}
