package api_test

import (
	"strings"
	"testing"
	"time"

	"serasi/node/access"
	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
	"serasi/node/exchange"
	"serasi/node/report"
)

func reportDesk(t testing.TB, store *caseworktest.Store, c *clock) *report.Desk {
	t.Helper()
	desk, err := report.New(report.Config{
		Store: store, Gate: access.Gate{}, Trail: access.Trail{Clock: c.now}, Spread: exchange.Spread, Clock: c.now, Balai: "MGL", Zone: time.UTC,
		Calendar: func(casework.Tx) (casework.Calendar, error) { return casework.DefaultCalendar(), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return desk
}

// everyReportCall is the part of TestEveryCall about monthly reports.
func everyReportCall(w *world, do doer) {
	t := w.t
	t.Helper()
	var months struct{ Items []casework.MonthLine }
	do(w, "head", "GET", base+"/reports", "", 200).into(&months)
	if len(months.Items) != 13 || !months.Items[1].Over || months.Items[0].Over {
		t.Fatalf("months %+v", months.Items)
	}
	last := base + "/reports/" + string(months.Items[1].Month)
	a := do(w, "head", "GET", last+"/entries", "", 200)
	if a.Header().Get("ETag") != `"0"` {
		t.Errorf("nothing entered yet is version %s", a.Header().Get("ETag"))
	}
	do(w, "head", "PATCH", last+"/entries", `{"values":{"budget":"83,5"}}`, 200, ifMatch(`"0"`))
	w.do("head", "PATCH", last+"/entries", `{"values":{"budget":"12"}}`, ifMatch(`"0"`)).want(409)
	w.do("head", "PATCH", last+"/entries", `{"values":{"in":"12"}}`, ifMatch(`"1"`)).want(422).fault("body.values.in")
	var r casework.Report
	do(w, "head", "GET", last, "", 200).into(&r)
	if f := r.Figure("budget"); !f.Known || f.Value != 83.5 || r.Signed != nil {
		t.Errorf("budget %+v", f)
	}
	w.do("head", "POST", last+"/sign", `{"hash":"00"}`).want(409)
	w.do("budi", "POST", last+"/sign", `{"hash":"`+r.Hash+`"}`).want(403)
	do(w, "head", "POST", last+"/sign", `{"hash":"`+r.Hash+`"}`, 200).into(&r)
	if r.Signed == nil || r.Signed.Hash != r.Hash {
		t.Errorf("signed %+v", r.Signed)
	}
	var b casework.Behind
	do(w, "head", "GET", last+"/list?figure=in", "", 200).into(&b)
	w.do("head", "GET", last+"/list?figure=budget", "").want(404)
	if f := do(w, "head", "GET", last+"/file?format=csv", "", 200); !strings.Contains(f.Body.String(), "Beneficiaries") || f.Header().Get("Content-Disposition") == "" {
		t.Errorf("a file: %q", f.Body.String())
	}
	do(w, "head", "POST", last+"/list/file", `{"figure":"in","format":"xlsx"}`, 200)
	do(w, "budi", "PUT", last+"/companion", `{"words":"Hujan."}`, 200)
	do(w, "budi", "GET", last+"/companions/"+string(w.users["budi"].ID), "", 200)
	w.do("budi", "GET", last+"/companions/"+string(w.users["head"].ID), "").want(403)
	w.do("sari", "GET", last, "").want(403)
}
