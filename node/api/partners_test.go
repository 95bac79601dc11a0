package api_test

import (
	"context"
	"testing"
	"time"

	"serasi/node/access"
	"serasi/node/api"
	"serasi/node/casework"
	"serasi/node/directory"
	"serasi/node/partner"
)

// rooms are the real directory and register of partners, on the test's store.
func (w *world) rooms() (api.Directory, api.Partners) {
	w.t.Helper()
	trail, gate := access.Trail{Clock: w.clock.now}, access.Gate{Clock: w.clock.now}
	dir, err := directory.Open(directory.Config{
		Self: "SRK", Store: w.store, Files: exporter{}, Gate: gate, Trail: trail, Clock: w.clock.now,
		Gossip: func() directory.Gossip { return nil }, Members: func() []casework.BalaiCode { return []casework.BalaiCode{"SRK", "BTR"} },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	partners, err := partner.Open(partner.Config{
		Self: "SRK", Store: w.store, Cases: exporter{}, Gate: gate, Trail: trail, Clock: w.clock.now, Zone: time.UTC, NewID: w.cases.newID,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return dir, partners
}

func (exporter) HandoffsOf(casework.Tx, casework.CaseID) ([]casework.Handoff, error) { return nil, nil }

// exporter takes a case out of the store as it lies there.
type exporter struct{}

func (exporter) Export(tx casework.Tx, id casework.CaseID) (b casework.Bundle, err error) {
	_, err = tx.Get(casework.Cases, string(id), string(id), &b.Case)
	return b, err
}

// stored puts a case into the store, where the real rooms look.
func (w *world) stored(lead casework.UserID) casework.CaseID {
	w.t.Helper()
	id := casework.CaseID(w.cases.newID())
	c := casework.Case{ID: id, Number: "SRK-2026-00001", State: casework.Open, Lead: lead, Need: "kursi roda"}
	if err := w.store.Update(context.Background(), func(tx casework.Tx) error { return tx.Put(casework.Cases, string(id), string(id), c) }); err != nil {
		w.t.Fatal(err)
	}
	return id
}

// everyDirectoryCall walks through the directory and the advice.
func everyDirectoryCall(w *world, do doer) {
	t := w.t
	var list struct{ Items []struct{ Connected bool } }
	do(w, "budi", "GET", base+"/directory", "", 200).into(&list)
	if len(list.Items) < 31 {
		t.Errorf("%d balai", len(list.Items))
	}
	do(w, "budi", "GET", base+"/directory/own", "", 200)
	var own casework.Profile
	body := `{"code":"SRK","name":"Sentra Terpadu","clusters":["disabilitas"],"places":[{"name":"Melati","total":10,"free":2}]}`
	do(w, "head", "PUT", base+"/directory/own", body, 200, ifMatch(`"0"`)).into(&own)
	if own.Version != 1 || own.PlacesAt.IsZero() {
		t.Errorf("profile %+v", own)
	}
	id := w.stored(w.users["budi"].ID)
	var advice casework.Advice
	do(w, "budi", "GET", base+"/cases/"+string(id)+"/advice", "", 200).into(&advice)
	if advice.Reason != "kursi roda" || len(advice.Choices) < 30 || advice.Choices[0].Code != "BTR" {
		t.Errorf("advice %+v", advice)
	}
}

// everyPartnerCall walks a letter from the register to its reply.
func everyPartnerCall(w *world, do doer) {
	t := w.t
	at := do(w, "head", "POST", base+"/partners", `{"name":"RSUD","kind":"rumah sakit"}`, 201).Header().Get("Location")
	do(w, "head", "PUT", at, `{"name":"RSUD Moewardi","kind":"rumah sakit"}`, 200, ifMatch(`"1"`))
	do(w, "budi", "GET", at, "", 200)
	do(w, "budi", "GET", base+"/partners?q=moewardi", "", 200)
	id := w.stored(w.users["budi"].ID)
	letter := `{"partner":"` + tail(at) + `","reason":"demam","wanted":"rawat","basis":"vital interest","basisWhy":"darurat"}`
	var o casework.Outside
	a := do(w, "head", "POST", base+"/cases/"+string(id)+"/outside", letter, 201)
	a.into(&o)
	at = a.Header().Get("Location")
	if o.Code == "" || len(o.Warnings) == 0 {
		t.Errorf("letter %+v", o)
	}
	do(w, "budi", "GET", base+"/outside?state=open", "", 200)
	do(w, "budi", "GET", at, "", 200)
	var note casework.OutsideNote
	do(w, "", "POST", base+"/replies/look", `{"code":"`+o.Code+`"}`, 200).into(&note)
	if note.From != "SRK" || note.Answered {
		t.Errorf("note %+v", note)
	}
	do(w, "", "POST", base+"/replies", `{"code":"`+o.Code+`","answer":"diterima","signed":"IGD"}`, 204)
	do(w, "budi", "POST", at+"/answer", `{"answer":"sudah dilayani","signed":"poli"}`, 200)
	do(w, "budi", "POST", at+"/close", "", 200)
	var other casework.Outside
	do(w, "head", "POST", base+"/cases/"+string(id)+"/outside", letter, 201).into(&other)
	do(w, "budi", "POST", base+"/outside/"+string(other.ID)+"/recall", `{"text":"sembuh"}`, 200)
}

// everyPreparedCall walks what waits for the head.
func everyPreparedCall(w *world, do doer) {
	t := w.t
	one := tail(w.open())
	body := `{"offer":{"kind":"transfer","cases":["` + one + `"],` + letter[1:] + `,"ask":true}`
	var p casework.Prepared
	a := do(w, "budi", "POST", base+"/prepared", body, 201)
	a.into(&p)
	at := a.Header().Get("Location")
	if p.State != casework.PreparedWaiting || a.Header().Get("ETag") != `"1"` {
		t.Errorf("prepared %s", a.Body)
	}
	do(w, "head", "GET", base+"/prepared", "", 200)
	do(w, "head", "GET", at, "", 200)
	do(w, "head", "POST", at+"/return", `{"text":"lengkapi"}`, 200, ifMatch(`"1"`))
	do(w, "budi", "PUT", at, body, 200, ifMatch(`"2"`))
	do(w, "head", "POST", at+"/sign", "", 202, ifMatch(`"3"`))
	do(w, "budi", "POST", at+"/drop", "", 200, ifMatch(`"4"`))
	var h casework.Handoff
	do(w, "head", "POST", base+"/cases/"+one+"/transfers", letter, 202).into(&h)
	do(w, "head", "POST", base+"/handoffs/assign", `{"ids":["`+string(h.ID)+`"]}`, 204)
	do(w, "head", "POST", base+"/handoffs/"+string(h.ID)+"/onward", `{"reason":"dikembalikan","text":"perlu rumah sakit"}`, 202)
	do(w, "head", "POST", base+"/handoffs/"+string(h.ID)+"/lay-aside", "", 200)
}

// Guessing reply codes ends soon, and a right one is refused then too.
func TestReplyCodesAreNotGuessed(t *testing.T) {
	w := newWorld(t)
	for range 10 {
		w.do("", "POST", base+"/replies/look", `{"code":"AAAA-AAAA-AAAAA"}`).want(422).fault("body.code")
	}
	w.do("", "POST", base+"/replies/look", `{"code":"AAAA-AAAA-AAAAA"}`).want(429)
}
