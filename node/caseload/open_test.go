package caseload_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
)

func TestOpenWithNothingKnown(t *testing.T) {
	d := newDesk(t, "BKS", wib)
	c := opened(t, d)
	if c.Number != "BKS-2026-00001" || c.Register != "2026/00001" || c.State != casework.Open || c.Stage != casework.Access {
		t.Fatalf("opened %+v", c)
	}
	if !casework.IsID(string(c.ID)) || !casework.IsID(c.Handle) || c.Handle == string(c.ID) {
		t.Fatalf("id %q and handle %q", c.ID, c.Handle)
	}
	if c.Lead != worker.User || c.Unit != worker.Unit || c.By != worker.User {
		t.Fatalf("lead %q, unit %q, by %q", c.Lead, c.Unit, c.By)
	}
	o, err := d.Get(context.Background(), worker, c.ID)
	ok(t, err)
	if o.Case.Number != c.Number || o.Person.ID != c.Person || o.Person.Name() != "Tidak dikenal" {
		t.Fatalf("overview %+v", o)
	}
}

func TestOpenFrontDeskLeadsNothing(t *testing.T) {
	d := newDesk(t, "BKS", wib)
	desk := casework.Actor{User: id[casework.UserID]("2"), Roles: []casework.Role{casework.FrontDesk}}
	c, _, _, err := d.Open(context.Background(), desk, casework.Intake{Urgency: casework.Within24h, Basis: casework.ByVitalInterest})
	ok(t, err)
	if c.Lead != "" || c.By != desk.User {
		t.Fatalf("lead %q, by %q", c.Lead, c.By)
	}
}

func TestNumbersTurnAtTheMidnightOfTheZone(t *testing.T) {
	// 23:30 on the last evening of the year in Bekasi is past midnight in Gowa.
	evening := time.Date(2026, 12, 31, 16, 30, 0, 0, time.UTC)
	tests := map[string]struct {
		zone *time.Location
		want string
	}{
		"Bekasi": {wib, "XYZ-2026-00001"},
		"Gowa":   {wita, "XYZ-2027-00001"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "XYZ", tt.zone)
			d.at(evening)
			if c := opened(t, d); c.Number != tt.want {
				t.Fatalf("number %s, want %s", c.Number, tt.want)
			}
		})
	}
}

func TestRegisterHasNoGaps(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	opened(t, d)
	d.trail.fail = errors.New("audit table is full")
	if _, _, _, err := d.Open(context.Background(), worker, casework.Intake{Urgency: casework.NotUrgent, Basis: casework.ByPublicTask}); err == nil {
		t.Fatal("a case was opened without an audit line")
	}
	d.trail.fail = nil
	d.store.Fail = func() error { return casework.Unavailable.Because("disk is full") }
	_, _, _, err := d.Open(context.Background(), worker, casework.Intake{Urgency: casework.NotUrgent, Basis: casework.ByPublicTask})
	kind(t, err, casework.Unavailable)
	d.store.Fail = nil
	if c := opened(t, d); c.Register != "2026/00002" || c.Number != "SRK-2026-00002" {
		t.Fatalf("after two failures: register %s, number %s", c.Register, c.Number)
	}
	ok(t, d.SkipNumbers(context.Background(), 3, "restored from a backup"))
	c := opened(t, d)
	if c.Register != "2026/00006" || c.Number != "SRK-2026-00006" {
		t.Fatalf("after a skip of three: register %s, number %s", c.Register, c.Number)
	}
	want := []string{"2026/00001", "2026/00002", "2026/00003", "2026/00004", "2026/00005", "2026/00006"}
	var got []string
	for k := range d.store.Rows() {
		if k.Table == casework.Numbers {
			got = append(got, k.ID)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("register holds %v", got)
	}
	kind(t, d.SkipNumbers(context.Background(), 0, ""), casework.Invalid)
}

func TestOpenRefusesBadInput(t *testing.T) {
	good := casework.Intake{Urgency: casework.NotUrgent, Basis: casework.ByPublicTask}
	tests := map[string]struct {
		spoil func(*casework.Intake)
		field string
	}{
		"urgency":        {func(in *casework.Intake) { in.Urgency = "soon" }, "urgency"},
		"basis":          {func(in *casework.Intake) { in.Basis = "" }, "basis"},
		"category":       {func(in *casework.Intake) { in.PPKS = []string{"01", "99"} }, "ppks.1"},
		"category twice": {func(in *casework.Intake) { in.PPKS = []string{"01", "01"} }, "ppks.1"},
		"cluster":        {func(in *casework.Intake) { in.Cluster = "hewan" }, "cluster"},
		"old cluster":    {func(in *casework.Intake) { in.Cluster = "ts-kpo" }, "cluster"},
		"sex":            {func(in *casework.Intake) { in.Claims = []casework.Claim{{Kind: casework.ClaimSex, Value: "M"}} }, "claims.0.value"},
		"future":         {func(in *casework.Intake) { in.At = start.AddDate(0, 0, 2) }, "at"},
		"again":          {func(in *casework.Intake) { in.Again = "x" }, "again"},
		"again, unborn":  {func(in *casework.Intake) { in.Again, in.Unborn = id[casework.CaseID]("a"), true }, "again"},
		"control":        {func(in *casework.Intake) { in.Need = "makan\x00" }, "need"},
		"too long":       {func(in *casework.Intake) { in.Need = strings.Repeat("a", casework.MaxText+1) }, "need"},
	}
	d := newDesk(t, "SRK", wib)
	if _, _, _, err := d.Open(context.Background(), worker, good); err != nil {
		t.Fatalf("the control is refused: %v", err)
	}
	before := len(d.store.Rows())
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := good
			tt.spoil(&in)
			_, _, _, err := d.Open(context.Background(), worker, in)
			kind(t, err, casework.Invalid)
			if f := casework.Faults(err); len(f) != 1 || f[0].Field != tt.field {
				t.Fatalf("faults %v, want one of %s", f, tt.field)
			}
		})
	}
	if after := len(d.store.Rows()); after != before {
		t.Fatalf("refused intakes wrote %d rows", after-before)
	}
}

func TestOpenWarnsAndNeverBlocks(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	earlier := opened(t, d, named("Paimin"))
	secret := opened(t, d, named("Paimin"))
	d.allow(func(_ casework.Actor, _ casework.Action, c *casework.Case) bool { return c == nil || c.ID != secret.ID })
	_, _, warnings, err := d.Open(context.Background(), worker, casework.Intake{
		Claims: []casework.Claim{named("Paimin"), {Kind: casework.ClaimBorn, Value: "1950"}, {Kind: casework.ClaimNIK, Value: "3372041708500000"}},
		PPKS:   []string{"02", "09", "17"}, Urgency: casework.NotUrgent, Basis: casework.ByPublicTask,
	})
	ok(t, err)
	codes := map[string]casework.Warning{}
	for _, w := range warnings {
		codes[w.Code] = w
	}
	for _, want := range []string{"age", "ragam", "secrecy", "nik serial", "double"} {
		if _, found := codes[want]; !found {
			t.Errorf("no warning %q in %v", want, warnings)
		}
	}
	if got := codes["double"].Cases; !slices.Equal(got, []casework.CaseID{earlier.ID}) {
		t.Errorf("doubles %v: want the earlier case, and not the one the desk may not find", got)
	}
}

func TestNewEpisodeOfAPersonKnownHere(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	first := opened(t, d, named("Paimin"))
	again := casework.Intake{Again: first.ID, Urgency: casework.NotUrgent, Basis: casework.ByPublicTask, Claims: []casework.Claim{{Kind: casework.ClaimAlias, Value: "Min"}}}
	second, p, _, err := d.Open(context.Background(), worker, again)
	ok(t, err)
	if second.Person != first.Person || second.Number == first.Number || len(p.Claims) != 2 {
		t.Fatalf("second episode %+v of %+v", second, p)
	}
	if names := d.index.get(second.ID).Names; !slices.Equal(names, []string{"Paimin", "Min"}) {
		t.Fatalf("the index knows %v", names)
	}
	// Who may not read the case is shown what was typed and nothing else.
	d.allow(func(_ casework.Actor, act casework.Action, _ *casework.Case) bool { return act != casework.ReadCase })
	_, p, _, err = d.Open(context.Background(), worker, again)
	ok(t, err)
	if len(p.Claims) != 1 || p.Value(casework.ClaimName) != "" {
		t.Fatalf("the desk learnt %+v", p.Claims)
	}
	again.Again = id[casework.CaseID]("f")
	_, _, _, err = d.Open(context.Background(), worker, again)
	kind(t, err, casework.NotFound)
}

func TestUnbornChildIsRegisteredThroughTheMother(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	mother := opened(t, d, named("Siti"))
	_, child, _, err := d.Open(context.Background(), worker, casework.Intake{Unborn: true, Mother: mother.ID, Urgency: casework.NotUrgent, Basis: casework.ByPublicTask})
	ok(t, err)
	if !child.Unborn || child.Mother != mother.Person {
		t.Fatalf("child %+v", child)
	}
}
