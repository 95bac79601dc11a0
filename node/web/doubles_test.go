package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"serasi/node/casework"
)

// doubles shows what the test put there and keeps what was judged.
type doubles struct {
	list   []casework.Double
	other  casework.CaseID
	judged casework.Judgement
}

func (d *doubles) Suspects(context.Context, casework.Actor, []casework.Claim) ([]casework.Double, error) {
	return d.list, nil
}

func (d *doubles) Doubles(context.Context, casework.Actor, casework.CaseID) ([]casework.Double, error) {
	return d.list, nil
}

func (d *doubles) Judge(_ context.Context, _ casework.Actor, _, other casework.CaseID, j casework.Judgement) (casework.PairDecision, error) {
	if err := casework.Faulty(j.Check()...); err != nil {
		return casework.PairDecision{}, err
	}
	d.other, d.judged = other, j
	return casework.PairDecision{}.Judged(j), nil
}

func TestPeopleJudgeDoubles(t *testing.T) {
	w := newWorld(t)
	w.signIn()
	at := "/kasus/" + strings.Repeat("a", 32) + "/ganda"
	other := casework.CaseID(strings.Repeat("b", 32))
	if a := w.get(at); !a.has("Tidak ada kasus lain yang mungkin milik orang ini.") {
		t.Errorf("without doubles: %s", a.body)
	}
	d := casework.Double{
		Card: casework.Card{ID: other, Number: "SRK-2026-00007", Name: "<b>Paimin</b>", Sex: "L", State: casework.Open}, Strong: true,
		Reasons: []string{"name", "born"}, Verdict: casework.Undecided,
	}
	w.doubles.list = []casework.Double{d}
	if a := w.get(at); !a.has("Kemungkinan besar sama") || !a.has("nama mirip, tanggal lahir sama") || !a.has("Gabungkan: orang yang sama") || a.has("<b>Paimin") {
		t.Errorf("undecided: %s", a.body)
	}
	a := w.post(at, "other", string(other), "verdict", "same", "why_"+string(other), "ibu sama")
	if a.StatusCode != http.StatusOK || !a.has("Tersimpan: orang yang sama.") || w.doubles.other != other || w.doubles.judged.Why != "ibu sama" {
		t.Errorf("joined: %d, %+v", a.StatusCode, w.doubles.judged)
	}
	w.doubles.list[0].Verdict, w.doubles.list[0].Decision = casework.SameOne, casework.PairDecision{}.Judged(casework.Judgement{Verdict: casework.SameOne, Why: "ibu sama"})
	if a := w.get(at); !a.has("Batalkan keputusan") || !a.has("ibu sama") || a.has("Gabungkan:") {
		t.Errorf("joined: %s", a.body)
	}
	if a := w.post(at, "other", string(other), "verdict", "maybe"); a.StatusCode != http.StatusUnprocessableEntity || !a.has(`role="alert"`) {
		t.Errorf("a verdict that does not exist: %d", a.StatusCode)
	}
	w.english()
	if a := w.get(at); !a.has("Take the decision back") || a.has("Batalkan") {
		t.Errorf("in English: %s", a.body)
	}
}
