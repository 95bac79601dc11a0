package report_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"serasi/node/casework"
)

// TestEveryMonthAddsUp lets a dozen people come, go and come back at random for
// more than a year. In every month and every breakdown opening + in - out is
// closing, a month opens as the one before closed, the groups add up to the
// whole, each figure has as many cases behind it as it says, and the number at
// the end of each month is what was counted while it happened.
func TestEveryMonthAddsUp(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("history ", seed), func(t *testing.T) { history(t, seed) })
	}
}

func history(t *testing.T, seed uint64) {
	w := newWorld(t)
	dice := rand.New(rand.NewPCG(seed, 7))
	start := w.now
	first := casework.MonthOf(start)
	var cases []casework.Case
	served := map[casework.CaseID]bool{} // was a beneficiary once
	closing := map[casework.Month]int{}  // counted while it happened
	for step := range 140 {
		w.now = start.Add(time.Duration(step)*76*time.Hour + time.Duration(dice.IntN(40))*time.Hour)
		if dice.IntN(4) == 0 && len(cases) < 12 || len(cases) == 0 {
			cases = append(cases, w.open([]string{"L", "P", "unknown"}[dice.IntN(3)], fmt.Sprint(2006+dice.IntN(5)), casework.Intake{
				Cluster: []string{"anak", "lansia", ""}[dice.IntN(3)], PPKS: [][]string{nil, {"02"}, {"05", "07"}}[dice.IntN(3)],
				Ragam: [][]string{nil, {"fisik"}, {"fisik", "mental"}}[dice.IntN(3)],
			}))
		} else {
			i := dice.IntN(len(cases))
			cases[i] = w.live(dice, cases[i])
			served[cases[i].ID] = served[cases[i].ID] || cases[i].Stage.NeedsAgreement()
		}
		here := 0
		for _, c := range cases {
			if c.State == casework.Open && served[c.ID] {
				here++
			}
		}
		closing[casework.MonthOf(w.now)] = here
	}
	last := casework.MonthOf(w.now)
	before := casework.Report{}
	for m := first; m <= last; m = m.Add(1) {
		r := w.get(m)
		if want := closing[m]; r.Figure("close").Value != float64(want) {
			t.Errorf("%s closes with %v, and %d were there", m, r.Figure("close").Value, want)
		}
		w.addsUp(r)
		if before.Month != "" {
			w.goesOn(before, r)
		}
		before = r
	}
	if before.Figure("close").Value == 0 && len(served) == 0 {
		t.Error("control: nobody was ever served")
	}
}

// live lets something happen to a case that may.
func (w *world) live(dice *rand.Rand, c casework.Case) casework.Case {
	w.Helper()
	switch {
	case c.State == casework.Closed:
		c, err := w.cases.Reopen(w.Context(), worker, c.ID, c.Version)
		w.must(err)
		return c
	case dice.IntN(5) == 0:
		return w.close(c, []string{"reunifikasi", "tujuan tercapai", "meninggal dunia", "lainnya"}[dice.IntN(4)])
	}
	// Further than stage 3 a case comes with assessment and plan only.
	next := slices.DeleteFunc(c.Stage.Next(), func(s casework.Stage) bool { return s > casework.Assessment })
	to := next[dice.IntN(len(next))]
	return w.stage(c, to)
}

func (w *world) addsUp(r casework.Report) {
	w.Helper()
	v := func(code string) int { return int(r.Figure(code).Value) }
	if v("open")+v("in")-v("out") != v("close") {
		w.Errorf("%s: %d + %d - %d is not %d", r.Month, v("open"), v("in"), v("out"), v("close"))
	}
	if v("in.new")+v("in.again")+v("in.handoff") != v("in") {
		w.Errorf("%s: the kinds of coming in do not add up", r.Month)
	}
	for _, b := range r.Breakdowns {
		var sum casework.Flow
		for _, f := range b.Rows {
			if !f.Balanced() {
				w.Errorf("%s, %s %q: %+v", r.Month, b.By, f.Group, f)
			}
			sum.Opening, sum.Closing = sum.Opening+f.Opening, sum.Closing+f.Closing
			sum.In, sum.Out = sum.In+f.In-f.MovedIn, sum.Out+f.Out-f.MovedOut
			for column, n := range map[string]int{"opening": f.Opening, "in": f.In, "out": f.Out, "closing": f.Closing} {
				w.behind(r.Month, b.By+"/"+f.Group+"/"+column, n)
			}
		}
		if sum.Opening != v("open") || sum.In != v("in") || sum.Out != v("out") || sum.Closing != v("close") {
			w.Errorf("%s: the groups by %s add up to %+v", r.Month, b.By, sum)
		}
	}
	for _, code := range []string{"open", "in", "out", "close", "in.again"} {
		w.behind(r.Month, code, v(code))
	}
}

// behind compares a list with its figure, now and then: each counts a whole
// month again.
func (w *world) behind(m casework.Month, code string, want int) {
	w.Helper()
	if w.ids++; w.ids%37 != 0 {
		return
	}
	if b, err := w.desk.Behind(w.Context(), head, m, code, ""); err != nil || b.Total != want {
		w.Errorf("behind %s of %s are %d, want %d (%v)", code, m, b.Total, want, err)
	}
}

// goesOn compares the end of a month with the start of the next.
func (w *world) goesOn(was, is casework.Report) {
	w.Helper()
	if was.Figure("close").Value != is.Figure("open").Value {
		w.Errorf("%s closes with %v and %s opens with %v", was.Month, was.Figure("close").Value, is.Month, is.Figure("open").Value)
	}
	for _, by := range casework.Breakdowns {
		closed := map[string]int{}
		for _, f := range was.Breakdown(by) {
			closed[f.Group] = f.Closing
		}
		for _, f := range is.Breakdown(by) {
			if f.Opening != closed[f.Group] {
				w.Errorf("%s %q closes %s with %d and opens %s with %d", by, f.Group, was.Month, closed[f.Group], is.Month, f.Opening)
			}
		}
	}
}
