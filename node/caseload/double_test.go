package caseload_test

import (
	"context"
	"slices"
	"testing"

	"serasi/node/casework"
)

func verdicts(list []casework.Double) (out []casework.Verdict) {
	for _, d := range list {
		out = append(out, d.Verdict)
	}
	return out
}

func TestSuspectsBeforeACaseIsOpened(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, "BKS", wib)
	first := opened(t, d, named("Paimin Kromo"))
	got, err := d.Suspects(ctx, worker, []casework.Claim{named("Paimin Kromo")})
	ok(t, err)
	if len(got) != 1 || got[0].Card.ID != first.ID || !got[0].Strong || got[0].Verdict != casework.Undecided {
		t.Errorf("suspects %+v", got)
	}
	if got, err := d.Suspects(ctx, worker, []casework.Claim{named("Suroso")}); err != nil || len(got) != 0 {
		t.Errorf("for somebody else: %v, %v", got, err)
	}
	_, err = d.Suspects(ctx, worker, []casework.Claim{{Kind: "colour", Value: "red", Standing: casework.Stated}})
	kind(t, err, casework.Invalid)
	last := d.trail.lines()[len(d.trail.lines())-1]
	if last.What != "doubles" || last.Act != string(casework.Find) {
		t.Errorf("the look was recorded as %+v", last)
	}
}

func TestJudgementsAreRememberedAndTakenBack(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, "BKS", wib)
	a, b := opened(t, d, named("Paimin")), opened(t, d, named("Paimin"))
	also := func(id casework.CaseID) int {
		o, err := d.Get(ctx, worker, id)
		ok(t, err)
		return len(o.Also)
	}
	list, err := d.Doubles(ctx, worker, a.ID)
	ok(t, err)
	if !slices.Equal(verdicts(list), []casework.Verdict{casework.Undecided}) {
		t.Fatalf("before anybody decided: %+v", list)
	}
	for _, step := range []struct {
		verdict casework.Verdict
		also    int
	}{{casework.SameOne, 1}, {casework.Undecided, 0}, {casework.Different, 0}, {casework.SameOne, 1}} {
		_, err := d.Judge(ctx, worker, a.ID, b.ID, casework.Judgement{Verdict: step.verdict, Why: "KTP lama"})
		ok(t, err)
		for _, id := range []casework.CaseID{a.ID, b.ID} { // seen from both sides
			list, err := d.Doubles(ctx, worker, id)
			ok(t, err)
			if !slices.Equal(verdicts(list), []casework.Verdict{step.verdict}) || also(id) != step.also {
				t.Errorf("after %s: %v, %d other cases", step.verdict, verdicts(list), also(id))
			}
		}
	}
	list, err = d.Doubles(ctx, worker, b.ID)
	ok(t, err)
	if past := list[0].Decision.Past; len(past) != 3 || past[0].Verdict != casework.SameOne || past[0].By != worker.User || past[0].Why != "KTP lama" {
		t.Errorf("what was said before: %+v", past)
	}
}

func TestADecisionOutlivesAChangeOfName(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, "BKS", wib)
	a, b := opened(t, d, named("Paimin")), opened(t, d, named("Gendon"))
	_, err := d.Judge(ctx, worker, a.ID, b.ID, casework.Judgement{Verdict: casework.SameOne})
	ok(t, err)
	list, err := d.Doubles(ctx, worker, a.ID)
	ok(t, err)
	if !slices.Equal(verdicts(list), []casework.Verdict{casework.SameOne}) {
		t.Errorf("names that match no more: %+v", list)
	}
}

func TestJudgeRefuses(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t, "BKS", wib)
	a, b := opened(t, d, named("Paimin")), opened(t, d, named("Paimin"))
	again, _, _, err := d.Open(ctx, worker, casework.Intake{Again: a.ID, Urgency: casework.NotUrgent, Basis: casework.ByPublicTask})
	ok(t, err)
	same := casework.Judgement{Verdict: casework.SameOne}
	_, err = d.Judge(ctx, worker, a.ID, again.ID, same)
	kind(t, err, casework.Conflict)
	_, err = d.Judge(ctx, worker, a.ID, id[casework.CaseID]("f"), same)
	kind(t, err, casework.NotFound)
	_, err = d.Judge(ctx, worker, a.ID, b.ID, casework.Judgement{Verdict: "maybe"})
	kind(t, err, casework.Invalid)
	d.allow(func(_ casework.Actor, act casework.Action, c *casework.Case) bool {
		return act != casework.ReadCase || c.ID != b.ID
	})
	_, err = d.Judge(ctx, worker, a.ID, b.ID, same)
	kind(t, err, casework.Forbidden)
	d.allow(func(_ casework.Actor, act casework.Action, c *casework.Case) bool { return c == nil || c.ID != b.ID })
	list, err := d.Doubles(ctx, worker, a.ID)
	ok(t, err)
	if len(list) != 0 {
		t.Errorf("a case that may not be found was told of: %+v", list)
	}
}
