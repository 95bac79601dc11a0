package access_test

import (
	"testing"
	"time"

	"serasi/node/access"
	"serasi/node/casework"
)

// ward is a house with a case of unit anak, led by the worker budi, and people
// who stand to it in all ways.
type ward struct {
	*house
	c                                       casework.Case
	budi, psi, asing, supervisor, head, dpo casework.Actor
}

const wardCase = casework.CaseID("000000000000000000000000000000c1")

func newWard(t *testing.T, groups ...casework.Secrecy) *ward {
	t.Helper()
	w := &ward{house: newHouse(t)}
	w.budi, w.psi, w.asing = w.as("budi", casework.Worker), w.as("psi", casework.Worker), w.as("asing", casework.Worker)
	w.supervisor, w.head, w.dpo = w.as("supervisor", casework.Supervisor), w.as("kepala", casework.Head), w.as("dpo", casework.DPO)
	w.c = casework.Case{ID: wardCase, Number: "SRK-2026-00001", Lead: w.budi.User, Unit: "anak", Secrecy: groups, State: casework.Open}
	err := w.store.Update(t.Context(), func(tx casework.Tx) error { return tx.Put(casework.Cases, string(wardCase), string(wardCase), w.c) })
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *ward) as(login string, role casework.Role) casework.Actor {
	w.t.Helper()
	w.add(login, role)
	return w.signIn(login, goodPassword)
}

// may asks the gate by the clock of the house.
func (w *ward) may(by casework.Actor, act casework.Action) error {
	return w.store.View(func(tx casework.Tx) error { return access.Gate{Clock: w.clock.now}.Check(tx, by, act, &w.c) })
}

func (w *ward) sees(by casework.Actor, class casework.Class, group casework.Secrecy) error {
	return w.store.View(func(tx casework.Tx) error {
		return access.Gate{Clock: w.clock.now}.MaySee(tx, by, w.c, class, group)
	})
}

// told reports how many notices of a kind somebody has.
func (w *ward) told(by casework.Actor, kind string) (n int) {
	w.t.Helper()
	list, err := w.Notices(w.t.Context(), by)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, one := range list {
		if one.Kind == kind {
			n++
		}
	}
	return n
}

func TestATeamSeesAndAddsAndNoMore(t *testing.T) {
	w := newWard(t)
	ctx := t.Context()
	wants(t, "before", w.may(w.psi, casework.ReadCase), casework.Forbidden)
	_, err := w.AddMember(ctx, w.budi, wardCase, casework.NewTeamMember{User: w.psi.User, As: "psikolog"})
	wants(t, "the lead does not choose the team", err, casework.Forbidden)
	until := w.clock.now().Add(24 * time.Hour)
	if _, err := w.AddMember(ctx, w.supervisor, wardCase, casework.NewTeamMember{User: w.psi.User, As: "psikolog", Until: until}); err != nil {
		t.Fatal(err)
	}
	for act, kind := range map[casework.Action]casework.Kind{
		casework.ReadCase: "", casework.AddToCase: "", casework.WriteCase: casework.Forbidden, casework.Assign: casework.Forbidden,
		casework.PrepareOffer: casework.Forbidden, casework.Export: casework.Forbidden,
	} {
		wants(t, "a member: "+string(act), w.may(w.psi, act), kind)
	}
	wants(t, "somebody else", w.may(w.asing, casework.ReadCase), casework.Forbidden)
	if w.told(w.psi, casework.NoticeTeam) != 1 {
		t.Error("the new member was not told")
	}
	list, err := w.Team(ctx, w.psi, wardCase)
	if err != nil || len(list) != 1 || list[0].As != "psikolog" {
		t.Errorf("%+v, %v", list, err)
	}
	w.clock.pass(24 * time.Hour)
	wants(t, "when it is over", w.may(w.psi, casework.ReadCase), casework.Forbidden)
}

func TestTeamsRefuse(t *testing.T) {
	w := newWard(t)
	for name, tt := range map[string]struct {
		in   casework.NewTeamMember
		kind casework.Kind
	}{
		"an admin it":     {casework.NewTeamMember{User: w.admin.User, As: "perawat"}, casework.Invalid},
		"nobody":          {casework.NewTeamMember{User: "00000000000000000000000000000000", As: "perawat"}, casework.NotFound},
		"no part":         {casework.NewTeamMember{User: w.psi.User}, casework.Invalid},
		"until yesterday": {casework.NewTeamMember{User: w.psi.User, As: "perawat", Until: w.clock.now().Add(-time.Hour)}, casework.Invalid},
	} {
		_, err := w.AddMember(t.Context(), w.supervisor, wardCase, tt.in)
		wants(t, name, err, tt.kind)
	}
	if _, err := w.AddMember(t.Context(), w.head, wardCase, casework.NewTeamMember{User: w.psi.User, As: "perawat"}); err != nil {
		t.Fatal(err)
	}
	if err := w.DropMember(t.Context(), w.head, wardCase, w.psi.User); err != nil {
		t.Fatal(err)
	}
	wants(t, "taken out", w.may(w.psi, casework.ReadCase), casework.Forbidden)
}

// Secrecy groups narrow the team as well, and grants come from the kepala balai
// alone.
func TestGrantsComeFromTheHead(t *testing.T) {
	w := newWard(t, casework.SecretHIV)
	ctx := t.Context()
	// The head needs a grant to choose the team of a secret case, and may give
	// it to themselves: the data protection officer sees that.
	week := w.clock.now().Add(7 * 24 * time.Hour)
	grant := casework.NewGrant{User: w.psi.User, Group: casework.SecretHIV, Until: week, Why: "mendampingi pengobatan"}
	for name, by := range map[string]casework.Actor{"admin it": w.admin, "supervisor": w.supervisor, "ppdp": w.dpo, "worker": w.psi} {
		_, err := w.Grant(ctx, by, grant)
		wants(t, "granted by "+name, err, casework.Forbidden)
	}
	stale := w.head
	stale.StepUp = false
	_, err := w.Grant(ctx, stale, grant)
	if !access.NeedsStepUp(err) {
		t.Errorf("without a fresh proof: %v", err)
	}
	g, err := w.Grant(ctx, w.head, grant)
	if err != nil {
		t.Fatal(err)
	}
	self := grant
	self.User = w.head.User
	if _, err := w.Grant(ctx, w.head, self); err != nil {
		t.Fatal(err)
	}
	w.head = w.signIn("kepala", goodPassword)
	if _, err := w.AddMember(ctx, w.head, wardCase, casework.NewTeamMember{User: w.psi.User, As: "psikolog"}); err != nil {
		t.Fatal(err)
	}
	wants(t, "an actor from before the grant", w.may(w.psi, casework.ReadCase), casework.Forbidden)
	w.psi = w.signIn("psi", goodPassword)
	wants(t, "with the grant", w.may(w.psi, casework.ReadCase), "")
	if list, err := w.Grants(ctx, w.dpo); err != nil || len(list) != 2 {
		t.Errorf("the officer sees %v, %v", list, err)
	}
	_, err = w.Grants(ctx, w.admin)
	wants(t, "the admin looks", err, casework.Forbidden)
	if err := w.EndGrant(ctx, w.head, g.ID); err != nil {
		t.Fatal(err)
	}
	wants(t, "after it ended", w.may(w.signIn("psi", goodPassword), casework.ReadCase), casework.Forbidden)
	w.clock.pass(8 * 24 * time.Hour)
	wants(t, "the head after the week", w.may(w.signIn("kepala", goodPassword), casework.ReadCase), casework.Forbidden)
	grant.Until, grant.User = w.clock.now().AddDate(2, 0, 0), w.admin.User
	_, err = w.Grant(ctx, w.signIn("kepala", goodPassword), grant)
	wants(t, "for two years", err, casework.Invalid)
	grant.Until = w.clock.now().AddDate(0, 1, 0)
	_, err = w.Grant(ctx, w.signIn("kepala", goodPassword), grant)
	wants(t, "to an admin it", err, casework.Invalid)
}

func TestSectionsAreForThoseWhoNeedThem(t *testing.T) {
	w := newWard(t)
	for who, as := range map[*casework.Actor]string{&w.psi: "psikolog", &w.asing: "pengasuh"} {
		if _, err := w.AddMember(t.Context(), w.supervisor, wardCase, casework.NewTeamMember{User: who.User, As: as}); err != nil {
			t.Fatal(err)
		}
	}
	granted := w.psi
	granted.Grants = []casework.Secrecy{casework.SecretHIV}
	for name, tt := range map[string]struct {
		by    casework.Actor
		class casework.Class
		group casework.Secrecy
		kind  casework.Kind
	}{
		"a carer, common":                {w.asing, casework.Common, "", ""},
		"a carer, health":                {w.asing, casework.Specific, "", casework.Forbidden},
		"a psychologist, health":         {w.psi, casework.Specific, "", ""},
		"a psychologist, hiv":            {w.psi, casework.Secret, casework.SecretHIV, casework.Forbidden},
		"a psychologist with the grant":  {granted, casework.Secret, casework.SecretHIV, ""},
		"with the grant of another":      {granted, casework.Secret, casework.SecretTPPO, casework.Forbidden},
		"the lead":                       {w.budi, casework.Secret, casework.SecretHIV, ""},
		"the head":                       {w.head, casework.Secret, casework.SecretHIV, casework.Forbidden},
		"the supervisor, health":         {w.supervisor, casework.Specific, "", ""},
		"a part that says nothing of it": {w.asing, "", "", ""},
	} {
		wants(t, name, w.sees(tt.by, tt.class, tt.group), tt.kind)
	}
}

var emergency = casework.NewGlass{Reason: "keadaan darurat", Why: "anak demam tinggi malam ini, perlu riwayat obat"}

func TestBreakGlass(t *testing.T) {
	w := newWard(t)
	ctx := t.Context()
	g, err := w.BreakGlass(ctx, w.asing, wardCase, emergency)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, "read", w.may(w.asing, casework.ReadCase), "")
	for _, act := range []casework.Action{casework.WriteCase, casework.AddToCase, casework.Export, casework.PrepareOffer} {
		wants(t, "more than reading: "+string(act), w.may(w.asing, act), casework.Forbidden)
	}
	other := w.c
	other.ID = "000000000000000000000000000000c2"
	err = w.store.View(func(tx casework.Tx) error {
		return access.Gate{Clock: w.clock.now}.Check(tx, w.asing, casework.ReadCase, &other)
	})
	wants(t, "another case", err, casework.Forbidden)
	wants(t, "another worker", w.may(w.psi, casework.ReadCase), casework.Forbidden)
	for name, by := range map[string]casework.Actor{"lead": w.budi, "supervisor": w.supervisor, "head": w.head, "officer": w.dpo} {
		if w.told(by, casework.NoticeGlass) != 1 {
			t.Errorf("the %s was not told", name)
		}
	}
	if w.told(w.psi, casework.NoticeGlass)+w.told(w.admin, casework.NoticeGlass) != 0 {
		t.Error("somebody was told whom it does not concern")
	}
	_, err = w.BreakGlass(ctx, w.asing, wardCase, emergency)
	wants(t, "once more meanwhile", err, casework.Conflict)
	w.clock.pass(casework.GlassFor)
	wants(t, "after half an hour", w.may(w.asing, casework.ReadCase), casework.Forbidden)

	list, err := w.Emergencies(ctx, w.dpo)
	if err != nil || len(list) != 1 || list[0].ID != g.ID || list[0].Overdue(w.clock.now()) {
		t.Fatalf("%+v, %v", list, err)
	}
	w.clock.pass(casework.ReviewFor)
	if !list[0].Overdue(w.clock.now()) {
		t.Error("after three days it is not overdue")
	}
	_, err = w.JudgeEmergency(ctx, w.asing, wardCase, g.ID, casework.GlassReview{Verdict: casework.Justified, Words: "sudah benar begitu"})
	wants(t, "judged by a worker", err, casework.Forbidden)
	bad := casework.GlassReview{Verdict: casework.Misused, Words: "tidak ada keadaan darurat"}
	if _, err := w.JudgeEmergency(ctx, w.dpo, wardCase, g.ID, bad); err != nil {
		t.Fatal(err)
	}
	if w.told(w.head, casework.NoticeMisused) != 1 {
		t.Error("the head was not told of the misuse")
	}
	_, err = w.JudgeEmergency(ctx, w.supervisor, wardCase, g.ID, bad)
	wants(t, "judged twice", err, casework.Conflict)
	_, err = w.JudgeEmergency(ctx, w.supervisor, wardCase, "x", bad)
	wants(t, "no such emergency", err, casework.NotFound)
}

func TestBreakGlassRefuses(t *testing.T) {
	w := newWard(t)
	ctx := t.Context()
	stale := w.asing
	stale.StepUp = false
	_, err := w.BreakGlass(ctx, stale, wardCase, emergency)
	if !access.NeedsStepUp(err) {
		t.Errorf("without a fresh proof: %v", err)
	}
	for name, tt := range map[string]struct {
		by   casework.Actor
		in   casework.NewGlass
		kind casework.Kind
	}{
		"admin it":         {w.admin, emergency, casework.Forbidden},
		"officer":          {w.dpo, emergency, casework.Forbidden},
		"who may anyway":   {w.budi, emergency, casework.Conflict},
		"no reason":        {w.asing, casework.NewGlass{Why: emergency.Why}, casework.Invalid},
		"hardly any words": {w.asing, casework.NewGlass{Reason: "lainnya", Why: "perlu"}, casework.Invalid},
	} {
		_, err := w.BreakGlass(ctx, tt.by, wardCase, tt.in)
		wants(t, name, err, tt.kind)
	}
	_, err = w.BreakGlass(ctx, w.asing, "000000000000000000000000000000c9", emergency)
	wants(t, "no such case", err, casework.NotFound)
	wants(t, "nothing was opened", w.may(w.asing, casework.ReadCase), casework.Forbidden)

	own := w.as("atasan", casework.Supervisor)
	other := "lansia"
	u, err := w.account("atasan")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Change(ctx, w.admin, own.User, u.Version, casework.UserPatch{Unit: &other}); err != nil {
		t.Fatal(err)
	}
	own = w.signIn("atasan", goodPassword)
	g, err := w.BreakGlass(ctx, own, wardCase, emergency)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.JudgeEmergency(ctx, own, wardCase, g.ID, casework.GlassReview{Verdict: casework.Justified, Words: "saya sendiri yang membuka"})
	wants(t, "judging oneself", err, casework.Forbidden)
}

func (w *ward) account(login string) (casework.User, error) {
	all, err := w.List(w.admin)
	for _, u := range all {
		if u.Login == login {
			return u, nil
		}
	}
	return casework.User{}, err
}

func TestNoticesArePutAside(t *testing.T) {
	w := newWard(t)
	if _, err := w.BreakGlass(t.Context(), w.asing, wardCase, emergency); err != nil {
		t.Fatal(err)
	}
	list, err := w.Notices(t.Context(), w.budi)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	for range 2 {
		if err := w.DropNotice(t.Context(), w.budi, list[0].ID); err != nil {
			t.Fatal(err)
		}
	}
	if w.told(w.budi, casework.NoticeGlass) != 0 || w.told(w.head, casework.NoticeGlass) != 1 {
		t.Error("one's own goes, and only that")
	}
}
