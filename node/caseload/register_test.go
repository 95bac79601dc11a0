package caseload_test

import (
	"slices"
	"testing"
	"time"

	"serasi/node/casework"
)

func group(n int) casework.Registration {
	r := casework.Registration{
		Intake: casework.Intake{
			Urgency: casework.Within24h, Basis: casework.ByPublicTask, Source: "kepolisian", Need: "tempat aman",
			Claims: []casework.Claim{{Kind: casework.ClaimFound, Value: "terminal"}},
		},
		Answers: map[string]casework.Values{"ditemukan": {"tempat": {"Terminal Bekasi"}, "oleh": {"polisi"}}, "putusan": {"putusan": {"layani"}}},
	}
	for range n {
		r.People = append(r.People, casework.Newcomer{Claims: []casework.Claim{{Kind: casework.ClaimSex, Value: "L"}}})
	}
	return r
}

func TestSeveralComeTogether(t *testing.T) {
	d := newDesk(t, "BTR", wib)
	r := group(10)
	r.People[3].Need, r.People[3].Ragam = "kursi roda", []string{"fisik"}
	list, err := d.Forms().Register(ctx, worker, r)
	ok(t, err)
	if len(list) != 10 {
		t.Fatalf("%d cases", len(list))
	}
	var numbers, persons []string
	for i, one := range list {
		numbers, persons = append(numbers, one.Case.Register), append(persons, string(one.Person.ID))
		if one.Case.Source != "kepolisian" || one.Person.Value(casework.ClaimFound) != "terminal" || len(one.Person.Claims) != 2 {
			t.Errorf("person %d: %+v", i, one)
		}
		forms, err := d.Forms().Sheets(ctx, worker, one.Case.ID)
		ok(t, err)
		view, err := d.Forms().Sheet(ctx, worker, one.Case.ID, forms.Sheets[0].Sheet.ID)
		ok(t, err)
		if view.Form.Code != casework.FormIntake || view.Sections[3].Answer == nil || view.Sections[3].Answer.Values.One("oleh") != "polisi" {
			t.Errorf("the intake of person %d: %+v", i, view.Sections)
		}
	}
	slices.Sort(persons)
	if len(slices.Compact(persons)) != 10 || numbers[0] != "2026/00001" || numbers[9] != "2026/00010" {
		t.Errorf("numbers %v", numbers)
	}
	if list[3].Case.Need != "kursi roda" || list[4].Case.Need != "tempat aman" || len(list[3].Case.Ragam) != 1 || len(list[4].Case.Ragam) != 0 {
		t.Error("what is of one person is not kept apart from the others")
	}
}

func TestBadRegistrationsOpenNothing(t *testing.T) {
	tests := map[string]struct {
		field string
		spoil func(*casework.Registration)
	}{
		"nobody":                 {"people", func(r *casework.Registration) { r.People = nil }},
		"too many":               {"people", func(r *casework.Registration) { r.People = make([]casework.Newcomer, casework.MaxGroup+1) }},
		"several of one earlier": {"people", func(r *casework.Registration) { r.Again = id[casework.CaseID]("a") }},
		"a NIK with letters": {"people.1.claims.0.value", func(r *casework.Registration) {
			r.People[1].Claims[0] = casework.Claim{Kind: casework.ClaimNIK, Value: "33x"}
		}},
		"a section nobody knows": {"answers.nope", func(r *casework.Registration) { r.Answers["nope"] = casework.Values{} }},
		"a code nobody knows":    {"answers.putusan.putusan", func(r *casework.Registration) { r.Answers["putusan"]["putusan"] = []string{"buang"} }},
		"no urgency":             {"urgency", func(r *casework.Registration) { r.Urgency = "" }},
		"in the future":          {"at", func(r *casework.Registration) { r.At = start.Add(24 * time.Hour) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "SRK", wib)
			r := group(2)
			tt.spoil(&r)
			before := len(d.store.Rows())
			_, err := d.Forms().Register(ctx, worker, r)
			kind(t, err, casework.Invalid)
			if !slices.ContainsFunc(casework.Faults(err), func(f casework.Fault) bool { return f.Field == tt.field }) {
				t.Errorf("faults %v", casework.Faults(err))
			}
			if after := len(d.store.Rows()); after != before {
				t.Errorf("%d rows were written", after-before)
			}
		})
	}
	d := newDesk(t, "SRK", wib)
	d.allow(func(_ casework.Actor, act casework.Action, _ *casework.Case) bool { return act != casework.Register })
	_, err := d.Forms().Register(ctx, worker, group(1))
	kind(t, err, casework.Forbidden)
}

func TestAConsentEndsByItself(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := opened(t, d)
	consent, err := d.AddConsent(ctx, worker, c.ID, casework.Consent{
		Scope: casework.ForSharing, Recipient: "MGL", Purpose: "rujukan", How: "spoken", GivenBy: "person", Language: "Jawa", Means: "speech",
		Until: start.AddDate(0, 1, 0),
	})
	ok(t, err)
	for day, want := range map[time.Time]bool{start.AddDate(0, 0, 20): true, start.AddDate(0, 1, 1): false} {
		var got bool
		ok(t, d.store.View(func(tx casework.Tx) (err error) {
			_, got, err = d.ConsentFor(tx, c.ID, "MGL", day)
			return err
		}))
		if got != want {
			t.Errorf("on %s the consent holds: %v", day.Format(time.DateOnly), got)
		}
	}
	if consent.Language != "Jawa" {
		t.Errorf("stored as %+v", consent)
	}
}

func TestAWithdrawalIsTold(t *testing.T) {
	sharing := casework.Consent{Scope: casework.ForSharing, Recipient: "MGL", Purpose: "rujukan", How: "written", GivenBy: "person"}
	partner := casework.Consent{Scope: casework.ForSharing, Partner: "RSUD Moewardi", Purpose: "berobat", How: "written", GivenBy: "person"}
	tests := map[string]struct {
		consent casework.Consent
		stage   string // of a referral to Magelang; "": there is none
		tasks   int
	}{
		"nothing was sent":           {sharing, "", 0},
		"it waits to be sent":        {sharing, "queued", 0},
		"Magelang has it":            {sharing, "accepted", 1},
		"a hospital may have it":     {partner, "", 1},
		"processing concerns nobody": {casework.Consent{Scope: casework.ForProcessing, Purpose: "layanan", How: "written", GivenBy: "person"}, "accepted", 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "SRK", wib)
			c := opened(t, d)
			if tt.stage != "" {
				h := casework.Handoff{ID: id[casework.HandoffID]("c"), Kind: casework.Referral, From: "SRK", To: "MGL", Stage: tt.stage, Created: d.now()}
				ok(t, d.store.Update(ctx, func(tx casework.Tx) error {
					if err := tx.Put(casework.Handoffs, casework.NodeOwner, string(h.ID), h); err != nil {
						return err
					}
					return d.Link(tx, c.ID, h.ID)
				}))
			}
			consent, err := d.AddConsent(ctx, worker, c.ID, tt.consent)
			ok(t, err)
			for range 2 { // twice is once
				_, err = d.WithdrawConsent(ctx, worker, c.ID, consent.ID)
				ok(t, err)
			}
			tasks := 0
			for k := range d.store.Rows() {
				if k.Table == casework.Tasks {
					tasks++
				}
			}
			if tasks != tt.tasks {
				t.Errorf("%d tasks for the lead, want %d", tasks, tt.tasks)
			}
		})
	}
}

func TestHistoryByKind(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	c := furnished(t, d, false)
	complete(t, d, c.ID, casework.FormRapid)
	all, err := d.History(ctx, worker, c.ID, "", "", 0)
	ok(t, err)
	sum := 0
	for _, k := range casework.MomentKinds {
		page, err := d.History(ctx, worker, c.ID, k, "", 0)
		ok(t, err)
		for _, m := range page.Items {
			if m.Kind() != k {
				t.Errorf("asked for %s, got %s", k, m.Kind())
			}
		}
		sum += len(page.Items)
	}
	if sum != len(all.Items) || sum < 4 {
		t.Errorf("%d moments by kind, %d in all", sum, len(all.Items))
	}
	_, err = d.History(ctx, worker, c.ID, "gossip", "", 0)
	kind(t, err, casework.Invalid)
}
