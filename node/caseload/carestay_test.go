package caseload_test

import (
	"strings"
	"testing"
	"time"

	"serasi/node/caseload"
	"serasi/node/casework"
)

// asylum is a house for women with two beds, one of them out of use, and one
// for all with two.
func asylum(t failer, k *caseload.Care) (women, all casework.House) {
	t.Helper()
	women, err := k.PutHouse(ctx, supervisor, 0, casework.House{Name: "Melati", Sex: "P", Beds: []casework.Bed{{Name: "1"}, {Name: "2", Closed: true}}})
	ok(t, err)
	all, err = k.PutHouse(ctx, supervisor, 0, casework.House{Site: "Manahan", Name: "Anggrek", Beds: []casework.Bed{{Room: "A", Name: "1"}, {Room: "A", Name: "2"}}})
	ok(t, err)
	return women, all
}

func TestNoBedTwice(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	k := d.Care()
	women, all := asylum(t, k)
	man := opened(t, d, casework.Claim{Kind: casework.ClaimSex, Value: "L"})
	woman := opened(t, d, casework.Claim{Kind: casework.ClaimSex, Value: "P"})
	at := func(b casework.Bed) casework.Admission { return casework.Admission{Bed: b.ID, From: "2026-03-02"} }

	_, err := k.Admit(ctx, worker, man.ID, at(women.Beds[0]))
	kind(t, err, casework.Invalid) // for women
	_, err = k.Admit(ctx, worker, woman.ID, at(women.Beds[1]))
	kind(t, err, casework.Conflict) // out of use
	s, err := k.Admit(ctx, worker, man.ID, at(all.Beds[0]))
	ok(t, err)
	if s.Data.Place != "Manahan, Anggrek, A, 1" {
		t.Errorf("the place is said as %q", s.Data.Place)
	}
	_, err = k.Admit(ctx, worker, woman.ID, at(all.Beds[0]))
	kind(t, err, casework.Conflict)
	_, err = k.Admit(ctx, worker, man.ID, at(all.Beds[1]))
	kind(t, err, casework.Conflict) // one person, one bed

	s, err = k.GoAway(ctx, worker, man.ID, s.Version, casework.Absence{Kind: "rumah sakit", Where: "RSUD", From: "2026-03-02"})
	ok(t, err)
	if s.Data.NowAway() == nil {
		t.Fatal("nobody is away")
	}
	_, err = k.Admit(ctx, worker, woman.ID, at(all.Beds[0]))
	kind(t, err, casework.Conflict) // the bed is kept
	s, err = k.ComeBack(ctx, worker, man.ID, s.Version, "2026-03-02")
	ok(t, err)

	moved, err := k.MoveBed(ctx, worker, man.ID, s.Version, at(all.Beds[1]))
	ok(t, err)
	stale := func(what string, err error, theirs, yours string) {
		t.Helper()
		both, isStale := casework.BothVersions(err)
		if !isStale || both.Current.(casework.Stay).Place != theirs || both.Yours.(casework.Stay).Place+both.Yours.(casework.Stay).Left != yours {
			t.Errorf("%s by somebody who saw another bed: %v %+v", what, err, both)
		}
	}
	_, err = k.MoveBed(ctx, worker, man.ID, s.Version, at(all.Beds[0]))
	stale("a move", err, moved.Data.Place, s.Data.Place)
	_, err = k.Leave(ctx, worker, man.ID, s.Version, "2026-03-02", "keluarga")
	stale("leaving", err, moved.Data.Place, moved.Data.Place+"keluarga")
	_, err = k.Admit(ctx, worker, woman.ID, at(all.Beds[0]))
	ok(t, err) // free again
	board, err := k.Board(ctx, worker)
	ok(t, err)
	if len(board) != 2 || board[1].Taken != 2 || board[0].Taken != 0 || board[0].Free != 1 {
		t.Fatalf("the board shows %+v", board)
	}
	cut := all
	cut.Beds = all.Beds[:1]
	_, err = k.PutHouse(ctx, supervisor, all.Version, cut)
	kind(t, err, casework.Conflict) // somebody sleeps there
	_, err = k.Leave(ctx, worker, man.ID, moved.Version, "2026-03-02", "keluarga")
	ok(t, err)
	_, err = k.PutHouse(ctx, supervisor, all.Version, cut)
	ok(t, err)
	_, err = k.PutHouse(ctx, supervisor, all.Version, cut)
	kind(t, err, casework.Conflict) // stale
}

func TestABoardNamesNobodyWhomTheReaderMayNotFind(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	k := d.Care()
	_, all := asylum(t, k)
	c := opened(t, d, named("Rahasia Sekali"))
	_, err := k.Admit(ctx, worker, c.ID, casework.Admission{Bed: all.Beds[0].ID, From: "2026-03-02"})
	ok(t, err)
	d.allow(func(_ casework.Actor, act casework.Action, about *casework.Case) bool {
		return act == casework.Find && about == nil
	})
	board, err := k.Board(ctx, worker)
	ok(t, err)
	if b := board[1].Beds[0]; !b.Taken || b.Case != "" || b.Number != "" || b.Initials != "" {
		t.Errorf("the board tells %+v", b)
	}
}

func TestACaseThatEndsFreesItsBed(t *testing.T) {
	for _, row := range []struct {
		name string
		end  func(t *testing.T, d *desk, c casework.Case) error
		left string
	}{
		{"closed at the door", func(_ *testing.T, d *desk, c casework.Case) error {
			_, err := d.Close(ctx, worker, c.ID, c.Version, "reunifikasi")
			return err
		}, "keluarga"},
		{"handed over", func(t *testing.T, d *desk, c casework.Case) error {
			b := d.export(t, c.ID)
			d.apply(t, d.freeze(c.ID, b.Mark(), id[casework.HandoffID]("5"), "MGL"))
			if f, err := d.Care().File(ctx, worker, c.ID, casework.PartStay); err != nil || f.Care.Stays[0].Data.Until != "" {
				t.Errorf("a case on offer lost its bed: %+v %v", f.Care.Stays, err)
			}
			d.apply(t, d.handOver(c.ID, id[casework.HandoffID]("5"), "MGL", 2))
			return nil
		}, "pindah balai"},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newDesk(t, "SRK", wib)
			k := d.Care()
			_, all := asylum(t, k)
			c := opened(t, d)
			_, err := k.Admit(ctx, worker, c.ID, casework.Admission{Bed: all.Beds[0].ID, From: "2026-03-02"})
			ok(t, err)
			ok(t, row.end(t, d, c))
			f, err := k.File(ctx, worker, c.ID, casework.PartStay)
			ok(t, err)
			if s := f.Care.Stays[0].Data; s.Until == "" || s.Left != row.left {
				t.Errorf("the stay is %+v", s)
			}
			next := opened(t, d)
			_, err = k.Admit(ctx, worker, next.ID, casework.Admission{Bed: all.Beds[0].ID, From: "2026-03-02"})
			ok(t, err)
		})
	}
}

// TestManyAskForOneBed: one of them gets it.
func TestManyAskForOneBed(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	k := d.Care()
	_, all := asylum(t, k)
	const many = 8
	got := make(chan error, many)
	for range many {
		c := opened(t, d)
		go func() {
			_, err := k.Admit(ctx, worker, c.ID, casework.Admission{Bed: all.Beds[0].ID, From: "2026-03-02"})
			got <- err
		}()
	}
	in := 0
	for range many {
		select {
		case err := <-got:
			if err == nil {
				in++
			} else if !strings.Contains(err.Error(), "taken") {
				t.Errorf("refused with %v", err)
			}
		case <-time.After(60 * time.Second):
			t.Fatal("no answer")
		}
	}
	if in != 1 {
		t.Errorf("%d people got the bed", in)
	}
}
