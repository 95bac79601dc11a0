package report_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"serasi/node/casework"
)

// BenchmarkMonth counts one month, and the list of thirteen, of a node with
// 20,000 cases of five years, some 1,100 of which were there in any month.
func BenchmarkMonth(b *testing.B) {
	w := newWorld(b)
	w.fill(20_000)
	w.now = time.Date(2026, 11, 22, 9, 0, 0, 0, w.zone)
	b.Run("one", func(b *testing.B) {
		for b.Loop() {
			if w.get("2026-06").Figure("close").Value < 500 {
				b.Fatal("hardly anybody is there")
			}
		}
	})
	b.Run("thirteen", func(b *testing.B) {
		for b.Loop() {
			if _, err := w.desk.Months(b.Context(), head, "2026-11"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// fill writes n cases, opened evenly over five years, served for a hundred days.
func (w *world) fill(n int) {
	w.Helper()
	start, every := time.Date(2022, 1, 1, 3, 0, 0, 0, time.UTC), 5*365*24*time.Hour/time.Duration(n)
	for from := 0; from < n; from += 500 {
		err := w.db.Update(context.Background(), func(tx casework.Tx) error {
			for i := from; i < min(from+500, n); i++ {
				if err := w.row(tx, i, start.Add(time.Duration(i)*every)); err != nil {
					return err
				}
			}
			return nil
		})
		w.must(err)
	}
}

func (w *world) row(tx casework.Tx, i int, at time.Time) error {
	id, person := w.id(), w.id()
	c := casework.Case{
		ID: casework.CaseID(id), Person: casework.PersonID(person), Number: fmt.Sprintf("SRK-2026-%05d", i), State: casework.Closed,
		Stage: casework.Termination, Cluster: "lansia", PPKS: []string{"13"}, Opened: at, Ended: at.AddDate(0, 0, 100), Reason: "reunifikasi",
		Changed: at.AddDate(0, 0, 100),
	}
	p := casework.Person{ID: c.Person, Cases: []casework.CaseID{c.ID}, Created: at, Claims: []casework.Claim{
		claim(casework.ClaimName, "Orang Rekaan"), claim(casework.ClaimSex, "P"), claim(casework.ClaimBorn, "1950-03"), claim(casework.ClaimRegion, "33.72.04"),
	}}
	if err := tx.Put(casework.Cases, id, id, c); err != nil {
		return err
	}
	if err := tx.Put(casework.Persons, id, person, p); err != nil {
		return err
	}
	for j, s := range []casework.Step{{What: casework.WasMoved, Stage: casework.Agreement}, {What: casework.WasMoved, Stage: casework.Assessment},
		{What: casework.WasMoved, Stage: casework.Planning}, {What: casework.WasMoved, Stage: casework.Implementation}, {What: casework.WasClosed, Stage: casework.Termination}} {
		s.ID, s.Case, s.Balai, s.At = w.id(), c.ID, "SRK", at.AddDate(0, 0, j*25)
		if err := tx.Put(casework.Steps, id, s.ID, s); err != nil {
			return err
		}
	}
	for j := range 4 {
		n := casework.Note{ID: casework.NoteID(w.id()), Case: c.ID, Kind: "progress", Text: "Makan sendiri.", At: at.AddDate(0, 0, j*20), Balai: "SRK"}
		if err := tx.Put(casework.Notes, id, string(n.ID), n); err != nil {
			return err
		}
	}
	return nil
}
