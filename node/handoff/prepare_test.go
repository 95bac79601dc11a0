package handoff_test

import (
	"errors"
	"testing"

	"serasi/node/casework"
)

// What a worker prepares leaves the balai only once it is signed, and then once.
func TestPreparedOffer(t *testing.T) {
	w := found(t, 51, "MGL", "SRK")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	id := mgl.open("SRK")
	o := letter("SRK", id)
	p, err := mgl.desk.Prepare(t.Context(), worker, casework.NewPrepared{Offer: &o, Ask: true})
	if err != nil {
		t.Fatal(err)
	}
	if p.State != casework.PreparedWaiting || mgl.theCase(id).State != casework.Open {
		t.Fatalf("%s, case %s", p.State, mgl.theCase(id).State)
	}
	if _, err := mgl.desk.Prepare(t.Context(), nobody, casework.NewPrepared{Offer: &o}); !errors.Is(err, casework.Forbidden) {
		t.Errorf("somebody without a role prepared an offer: %v", err)
	}
	if _, err := mgl.desk.ReturnPrepared(t.Context(), worker, p.ID, p.Version, "look again"); !errors.Is(err, casework.Conflict) {
		t.Errorf("sent back to oneself: %v", err)
	}
	p, err = mgl.desk.ReturnPrepared(t.Context(), head, p.ID, p.Version, "say what was tried already")
	if err != nil || p.State != casework.PreparedReturned || len(p.Talk) != 1 {
		t.Fatalf("%+v %v", p, err)
	}
	o.Given = "food and a bed"
	if _, err := mgl.desk.ChangePrepared(t.Context(), worker, p.ID, p.Version-1, casework.NewPrepared{Offer: &o}); !errors.Is(err, casework.Conflict) {
		t.Errorf("a stale edit was taken: %v", err)
	}
	p, err = mgl.desk.ChangePrepared(t.Context(), worker, p.ID, p.Version, casework.NewPrepared{Offer: &o, Ask: true})
	if err != nil {
		t.Fatal(err)
	}
	list, err := mgl.desk.Preparations(t.Context(), head)
	if err != nil || len(list) != 1 || list[0].ID != p.ID || list[0].What.Offer != nil {
		t.Fatalf("waiting: %+v %v", list, err)
	}
	p, err = mgl.desk.SignPrepared(t.Context(), head, p.ID, p.Version)
	if err != nil || p.State != casework.PreparedSent || len(p.Sent) != 1 {
		t.Fatalf("%+v %v", p, err)
	}
	if _, err := mgl.desk.SignPrepared(t.Context(), head, p.ID, p.Version); err == nil {
		t.Error("signed twice")
	}
	h := srk.sees(p.Sent[0], "offered")
	if h.Summary == nil || h.Summary.Given != "food and a bed" {
		t.Errorf("summary: %+v", h.Summary)
	}
	if list, err := mgl.desk.Preparations(t.Context(), head); err != nil || len(list) != 0 {
		t.Errorf("still waiting: %+v %v", list, err)
	}
}

func TestPreparedAnswer(t *testing.T) {
	w := found(t, 52, "MGL", "SRK")
	mgl, srk := w.balai["MGL"], w.balai["SRK"]
	h := mgl.offer(letter("SRK", mgl.open("SRK")))
	srk.sees(h, "offered")
	in := casework.NewPrepared{Handoff: h, Act: "decline", Ask: true}
	if _, err := srk.desk.Prepare(t.Context(), worker, in); len(casework.Faults(err)) != 1 {
		t.Errorf("a refusal without a reason: %v", err)
	}
	if _, err := srk.desk.Prepare(t.Context(), worker, casework.NewPrepared{Handoff: h, Act: "depart"}); !errors.Is(err, casework.Conflict) {
		t.Errorf("the other side's step: %v", err)
	}
	in.Said = casework.Said{Reason: "penuh", Text: "try in May"}
	p, err := srk.desk.Prepare(t.Context(), worker, in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := srk.desk.Prepared(t.Context(), head, p.ID)
	if err != nil || got.What.Said.Text != "try in May" {
		t.Fatalf("%+v %v", got, err)
	}
	if _, err := srk.desk.SignPrepared(t.Context(), head, p.ID, p.Version); err != nil {
		t.Fatal(err)
	}
	mgl.sees(h, "declined")
	if _, err := srk.desk.DropPrepared(t.Context(), worker, p.ID, p.Version+1); !errors.Is(err, casework.Conflict) {
		t.Errorf("dropped what was sent: %v", err)
	}
}

var worker = casework.Actor{User: "worker", Name: "Peksos", Roles: []casework.Role{casework.Worker}}
