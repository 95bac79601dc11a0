package api_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"serasi/node/casework"
)

// everyFormCall walks through the calls on forms.
func everyFormCall(w *world, do doer) {
	t := w.t
	var list struct{ Items []casework.Form }
	do(w, "budi", "GET", base+"/forms", "", 200).into(&list)
	if len(list.Items) < 5 {
		t.Fatalf("%d forms", len(list.Items))
	}
	own := list.Items[slices.IndexFunc(list.Items, func(f casework.Form) bool { return f.Code == casework.FormRapid })]
	was := own.Ref()
	own.From = "2026-01-01"
	raw, err := json.Marshal(own)
	if err != nil {
		t.Fatal(err)
	}
	changed := own
	changed.Sections = changed.Sections[1:]
	proposal, err := json.Marshal(changed)
	if err != nil {
		t.Fatal(err)
	}
	var preview casework.FormPreview
	do(w, "sari", "POST", base+"/forms/preview", string(proposal), 200).into(&preview)
	if len(preview.Changes) != 1 || preview.Changes[0].What != casework.ChangeRemoved || preview.Was != was {
		t.Errorf("previewed as %+v", preview)
	}
	var put casework.Form
	do(w, "sari", "POST", base+"/forms", string(raw), 201).into(&put)
	if put.Balai != "SRK" || put.Code != own.Code {
		t.Errorf("put as %s", put.Ref())
	}

	var opened struct{ Items []casework.Registered }
	do(w, "budi", "POST", base+"/registrations", `{"shared":{"urgency":"24h","basis":"public task","source":"kepolisian","unit":"anak"},"people":[
		{"claims":[{"kind":"alias","value":"Mr. X 1","standing":"estimated"}]},{"need":"kursi roda","ragam":["fisik"]}],
		"answers":{"ditemukan":{"tempat":["terminal"],"bawaan.0.barang":["cincin"],"bawaan.2.barang":["tas"],"bawaan.2.jumlah":["2"]}}}`, 201).into(&opened)
	if len(opened.Items) != 2 || opened.Items[1].Case.Need != "kursi roda" {
		t.Fatalf("registered %+v", opened)
	}
	at := base + "/cases/" + string(opened.Items[0].Case.ID)
	var ready casework.Readiness
	do(w, "budi", "GET", at+"/readiness", "", 200).into(&ready)
	if ready.Stage != casework.Access || len(ready.Ways) != 2 || len(ready.Ways[0].Missing) != 1 {
		t.Errorf("readiness %+v", ready)
	}
	var begun casework.CaseForms
	w.do("budi", "GET", at+"/forms", "").want(200).into(&begun)
	var intake casework.SheetView
	w.do("budi", "GET", at+"/forms/"+string(begun.Sheets[0].Sheet.ID), "").want(200).into(&intake)
	if rows := intake.Sections[3].Answer.Values.Rows("bawaan"); len(rows) != 2 || rows[1].N != 1 || rows[1].Values.One("jumlah") != "2" {
		t.Errorf("the belongings came back as %+v", rows)
	}
	belongings := at + "/forms/" + string(begun.Sheets[0].Sheet.ID) + "/sections/ditemukan"
	bad := w.do("budi", "PUT", belongings, `{"values":{"bawaan.0.barang":["tas"],"bawaan.0.jumlah":["dua"],"bawaan.x.barang":["tas"],"bawaan":["tas"]}}`, ifMatch(`"1"`)).want(422)
	for _, at := range []string{"body.bawaan[0].jumlah", "body.bawaan.x.barang", "body.bawaan"} {
		bad.fault(at)
	}
	var s casework.FormSheet
	do(w, "budi", "POST", at+"/forms", `{"form":"F4"}`, 201).into(&s)
	sheet := at + "/forms/" + string(s.ID)
	do(w, "budi", "PUT", sheet+"/sections/isi", `{"values":{"tujuan":["pulang"],"layanan":["makan"],"hak":["dijelaskan"],"kewajiban":["dijelaskan"]}}`, 200, ifMatch(`"0"`))
	do(w, "budi", "PUT", sheet+"/sections/pihak", `{"values":{"oleh":["pm"],"bahasa":["Jawa"],"cara":["jempol"],"tanggal":["2026-03-02"]}}`, 200, ifMatch(`"0"`))
	do(w, "budi", "POST", sheet+"/signatures", `{"profession":"pekerja sosial"}`, 201)
	var view casework.SheetView
	do(w, "budi", "GET", sheet, "", 200).into(&view)
	if view.Open || len(view.Sections) != 2 || view.Sections[0].Answer == nil || view.Sections[0].Answer.Values.One("tujuan") != "pulang" {
		t.Errorf("read back %+v", view)
	}
	var forms casework.CaseForms
	do(w, "budi", "GET", at+"/forms", "", 200).into(&forms)
	if len(forms.Sheets) != 2 {
		t.Errorf("%d sheets", len(forms.Sheets))
	}
}

func TestFormsOverREST(t *testing.T) {
	w := newWorld(t)
	everyFormCall(w, func(w *world, login, method, path, body string, want int, options ...option) answer {
		w.t.Helper()
		return w.do(login, method, path, body, options...).want(want)
	})
}

func TestAStaleSectionIsAConflict(t *testing.T) {
	w := newWorld(t)
	at := w.served()
	var s casework.FormSheet
	w.do("budi", "POST", at+"/forms", `{"form":"F3"}`).want(201).into(&s)
	section := at + "/forms/" + string(s.ID) + "/sections/spiritual"
	w.do("budi", "PUT", section, `{"values":{"ibadah":["rajin"]}}`).want(http.StatusPreconditionRequired)
	first := w.do("budi", "PUT", section, `{"values":{"ibadah":["rajin"]}}`, ifMatch(`"0"`)).want(200)
	stale := w.do("budi", "PUT", section, `{"values":{"ibadah":["jarang"]}}`, ifMatch(`"0"`)).want(http.StatusConflict)
	if b := stale.Body.String(); !strings.Contains(b, "rajin") || !strings.Contains(b, "jarang") {
		t.Errorf("both texts are not there: %s", b)
	}
	w.do("budi", "PUT", section, `{"values":{"ibadah":["jarang"]}}`, ifMatch(first.Header().Get("ETag"))).want(200)
	bad := w.do("budi", "PUT", at+"/forms/"+string(s.ID)+"/sections/biologis", `{"values":{"berat":["banyak"],"gizi":["entah"]}}`, ifMatch(`"0"`)).want(422)
	if b := bad.Body.String(); !strings.Contains(b, "berat") || !strings.Contains(b, "gizi") {
		t.Errorf("the fields are not named: %s", b)
	}
	w.do("budi", "POST", at+"/forms/"+string(s.ID)+"/signatures", `{"profession":"pekerja sosial"}`).want(422)
	w.do("desk", "GET", at+"/forms/"+string(s.ID), "").want(403)
	w.do("budi", "POST", at+"/forms", `{"form":"F99"}`).want(422).fault("body.form")
}
