package caseload_test

import (
	"context"
	"errors"
	"maps"
	"reflect"
	"strings"
	"testing"

	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
)

// useCase is one call of the front door on a case.
type useCase struct {
	act  casework.Action
	call func(d *desk, c casework.Case) (any, error)
}

var ctx = context.Background()

// useCases are all calls that touch a case.
func useCases() map[string]useCase {
	consent := casework.Consent{Scope: casework.ForProcessing, Purpose: "layanan", How: "thumbprint", GivenBy: "guardian"}
	need := "kursi roda"
	unit := "lansia"
	return map[string]useCase{
		"Open": {casework.Register, func(d *desk, _ casework.Case) (any, error) {
			c, _, _, err := d.Open(ctx, worker, casework.Intake{Urgency: casework.NotUrgent, Basis: casework.ByPublicTask})
			return c, err
		}},
		"Get":       {casework.ReadCase, func(d *desk, c casework.Case) (any, error) { return d.Get(ctx, worker, c.ID) }},
		"List":      {casework.Find, func(d *desk, _ casework.Case) (any, error) { return d.List(ctx, worker, casework.Query{}) }},
		"Notes":     {casework.ReadCase, func(d *desk, c casework.Case) (any, error) { return d.Notes(ctx, worker, c.ID, "", 0) }},
		"Documents": {casework.ReadCase, func(d *desk, c casework.Case) (any, error) { return d.Documents(ctx, worker, c.ID, "", 0) }},
		"Consents":  {casework.ReadCase, func(d *desk, c casework.Case) (any, error) { return d.Consents(ctx, worker, c.ID) }},
		"Timeline":  {casework.ReadCase, func(d *desk, c casework.Case) (any, error) { return d.Timeline(ctx, worker, c.ID, "", 0) }},
		"WhoLooked": {casework.ReadAudit, func(d *desk, c casework.Case) (any, error) { return d.WhoLooked(ctx, worker, c.ID, "", 0) }},
		"OpenDocument": {casework.ReadCase, func(d *desk, c casework.Case) (any, error) {
			doc, _, err := d.OpenDocument(ctx, worker, c.ID, firstDocument(d, c))
			return doc, err
		}},
		"Edit": {casework.WriteCase, func(d *desk, c casework.Case) (any, error) {
			return d.Edit(ctx, worker, c.ID, c.Version, casework.Patch{Need: &need})
		}},
		"Edit, assign": {casework.Assign, func(d *desk, c casework.Case) (any, error) {
			return d.Edit(ctx, worker, c.ID, c.Version, casework.Patch{Unit: &unit})
		}},
		"AddClaims": {casework.WriteCase, func(d *desk, c casework.Case) (any, error) {
			p, _, err := d.AddClaims(ctx, worker, c.ID, []casework.Claim{named("Paimin")})
			return p, err
		}},
		"MoveStage": {casework.WriteCase, func(d *desk, c casework.Case) (any, error) {
			return d.MoveStage(ctx, worker, c.ID, c.Version, casework.Agreement, "sudah dinilai Dinsos")
		}},
		"Close": {casework.WriteCase, func(d *desk, c casework.Case) (any, error) {
			return d.Close(ctx, worker, c.ID, c.Version, "tujuan tercapai")
		}},
		"Reopen": {casework.WriteCase, func(d *desk, c casework.Case) (any, error) {
			return d.Reopen(ctx, worker, c.ID, c.Version)
		}},
		"AddNote": {casework.AddToCase, func(d *desk, c casework.Case) (any, error) {
			return d.AddNote(ctx, worker, c.ID, casework.Note{Kind: "progress", Text: "makan siang"})
		}},
		"AddDocument": {casework.AddToCase, func(d *desk, c casework.Case) (any, error) {
			return d.AddDocument(ctx, worker, c.ID, casework.Document{Kind: "letter", Title: "Surat"}, strings.NewReader("Yth. Kepala Balai"))
		}},
		"AddConsent": {casework.WriteCase, func(d *desk, c casework.Case) (any, error) {
			return d.AddConsent(ctx, worker, c.ID, consent)
		}},
		"WithdrawConsent": {casework.WriteCase, func(d *desk, c casework.Case) (any, error) {
			return d.WithdrawConsent(ctx, worker, c.ID, firstConsent(d, c))
		}},
	}
}

func firstDocument(d *desk, c casework.Case) casework.DocumentID {
	for k := range d.store.Rows() {
		if k.Table == casework.Documents && k.Owner == string(c.ID) {
			return casework.DocumentID(k.ID)
		}
	}
	return ""
}

func firstConsent(d *desk, c casework.Case) casework.ConsentID {
	for k := range d.store.Rows() {
		if k.Table == casework.Consents && k.Owner == string(c.ID) {
			return casework.ConsentID(k.ID)
		}
	}
	return ""
}

// furnished is a case with a document and a consent, closed if the call needs
// that.
func furnished(t *testing.T, d *desk, closed bool) casework.Case {
	t.Helper()
	c := opened(t, d)
	cases := useCases()
	for _, name := range []string{"AddDocument", "AddConsent"} {
		if _, err := cases[name].call(d, c); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	if closed {
		closedCase, err := d.Close(ctx, worker, c.ID, c.Version, "lainnya")
		ok(t, err)
		return closedCase
	}
	return c
}

// contents are the rows that are not the audit trail.
func contents(d *desk) map[caseworktest.Key][]byte {
	out := d.store.Rows()
	maps.DeleteFunc(out, func(k caseworktest.Key, _ []byte) bool { return k.Table == casework.Audit })
	return out
}

func TestEveryUseCaseAsksTheGateAndLeavesALine(t *testing.T) {
	for name, u := range useCases() {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "SRK", wib)
			c := furnished(t, d, name == "Reopen")
			before, lines, kept := contents(d), len(d.trail.lines()), d.blobs.count()

			d.allow(func(_ casework.Actor, act casework.Action, _ *casework.Case) bool { return act != u.act })
			got, err := u.call(d, c)
			kind(t, err, casework.Forbidden)
			if !reflect.ValueOf(got).IsZero() {
				t.Errorf("a denied call gave out %+v", got)
			}
			if !reflect.DeepEqual(before, contents(d)) || d.blobs.count() != kept {
				t.Error("a denied call wrote something")
			}
			all := d.trail.lines()
			if len(all) != lines+1 {
				t.Fatalf("%d new lines, want the denial", len(all)-lines)
			}
			if l := all[lines]; l.Outcome != "denied" || l.Act != string(u.act) || l.User != worker.User || l.Role != casework.Worker || l.Via != "api" {
				t.Errorf("denial recorded as %+v", l)
			}

			// The control: with that one action allowed the same call works, so
			// it was this action that was asked for.
			d.allow(func(_ casework.Actor, act casework.Action, _ *casework.Case) bool { return act == u.act })
			if _, err := u.call(d, c); err != nil {
				t.Fatalf("allowed, but: %v", err)
			}
			all = d.trail.lines()
			if l := all[len(all)-1]; len(all) != lines+2 || l.Outcome != "done" || l.Act != string(u.act) {
				t.Errorf("%d new lines, the last %+v", len(all)-lines, all[len(all)-1])
			}
		})
	}
}

func TestNoAnswerWithoutAnAuditLine(t *testing.T) {
	broken := errors.New("audit table is full")
	for name, u := range useCases() {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "SRK", wib)
			c := furnished(t, d, name == "Reopen")
			before, kept := contents(d), d.blobs.count()
			d.trail.fail = broken
			got, err := u.call(d, c)
			if !errors.Is(err, broken) {
				t.Fatalf("error %v, want the trail's", err)
			}
			if !reflect.ValueOf(got).IsZero() {
				t.Errorf("gave out %+v without an audit line", got)
			}
			if !reflect.DeepEqual(before, contents(d)) || d.blobs.count() != kept {
				t.Error("wrote something without an audit line")
			}
			d.allow(func(casework.Actor, casework.Action, *casework.Case) bool { return false })
			if _, err := u.call(d, c); !errors.Is(err, broken) || errors.Is(err, casework.Forbidden) {
				t.Errorf("a denial that was not recorded was answered with %v", err)
			}
		})
	}
}

func TestUnknownCase(t *testing.T) {
	d := newDesk(t, "SRK", wib)
	nobody := casework.Case{ID: id[casework.CaseID]("0")}
	for name, u := range useCases() {
		if name == "Open" || name == "List" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			before := d.store.Rows()
			_, err := u.call(d, nobody)
			kind(t, err, casework.NotFound)
			if !reflect.DeepEqual(before, d.store.Rows()) {
				t.Error("something was written")
			}
		})
	}
}
