package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"serasi/node/casework"
	"serasi/node/web"
)

// reports is a desk that says what a test tells it.
type reports struct {
	r    casework.Report
	err  error
	in   casework.Entries
	hash string
}

func (d *reports) Months(context.Context, casework.Actor, casework.Month) ([]casework.MonthLine, error) {
	return []casework.MonthLine{
		{Month: "2026-11", Opening: 3, Closing: 4, In: 1}, {Month: "2026-10", Closing: 3, Over: true, Signed: &casework.ReportSignature{Name: "Kepala"}, Corrections: 2},
	}, d.err
}

func (d *reports) Get(_ context.Context, _ casework.Actor, _ casework.Month, outside bool) (casework.Report, error) {
	r := d.r
	r.Outside = outside
	return r, d.err
}

func (d *reports) Behind(_ context.Context, _ casework.Actor, _ casework.Month, code, _ string) (casework.Behind, error) {
	return casework.Behind{Code: code, Total: 2, Hidden: 1, Items: []casework.Card{{ID: "c1", Number: "SRK-2026-00001", Name: "S. R.", Stage: 5, State: casework.Open}}}, d.err
}

func (d *reports) Entries(context.Context, casework.Actor, casework.Month) (casework.Entries, error) {
	return casework.Entries{Version: 3, Values: map[string]string{"budget": "83,5"}}, d.err
}

func (d *reports) Enter(_ context.Context, _ casework.Actor, version uint64, in casework.Entries) (casework.Entries, error) {
	d.in = in
	d.in.Version = version
	return d.in, casework.Faulty(in.Check()...)
}

func (d *reports) Sign(_ context.Context, _ casework.Actor, _ casework.Month, hash string) (casework.Report, error) {
	d.hash = hash
	return d.r, d.err
}

func (d *reports) Companion(_ context.Context, _ casework.Actor, m casework.Month, user casework.UserID) (casework.Companion, error) {
	return casework.Companion{Month: m, User: user, Figures: []casework.Figure{{Code: "visits", Known: true, Value: 2}, {Code: "obstacles", ByHand: true, Text: "Hujan <b>", Known: true}}}, d.err
}

func (d *reports) Tell(context.Context, casework.Actor, casework.Month, string) error { return d.err }

func (d *reports) Download(_ context.Context, _ casework.Actor, _ casework.Month, format string, _ bool, _ casework.Language) (casework.File, error) {
	return casework.File{Name: "laporan." + format, Media: "text/csv", Content: []byte("x")}, d.err
}

func (d *reports) People(context.Context, casework.Actor, casework.Month, string, string, casework.Language) (casework.File, error) {
	return casework.File{}, casework.Forbidden.Because("your role may not do this")
}

func reportWorld(t *testing.T) (*world, *reports) {
	t.Helper()
	d := &reports{r: casework.Report{
		Month: "2026-10", Over: true, Hash: "abc", Computed: noon,
		Figures: []casework.Figure{
			{Code: "open", Known: true, Value: 1234, List: true}, {Code: "budget", ByHand: true}, {Code: "satisfaction", ByHand: true, Known: true, Value: 83.5},
			{Code: "obstacles", ByHand: true, Known: true, Text: "<script>alert(1)</script>"}, {Code: "response.hours"},
		},
		Breakdowns: []casework.Breakdown{{By: casework.BySex, Rows: []casework.Flow{
			{Group: "P", Opening: 1, In: 1, Closing: 2, MovedIn: 1}, {Group: "", Hidden: true},
		}}},
	}}
	w := newWorld(t, func(c *web.Config) {
		c.Reports = d
		c.Allowed = func(casework.Actor, casework.Action) bool { return true }
	})
	w.signIn()
	return w, d
}

func TestReportPages(t *testing.T) {
	w, d := reportWorld(t)
	if a := w.get("/laporan"); !a.has("November 2026") || !a.has("Ditandatangani, 2 ralat") || !a.has(`role="img"`) || !a.has("Bulan berjalan") {
		t.Errorf("months: %s", a.body)
	}
	a := w.get("/laporan/2026-10")
	for _, want := range []string{"1.234", "belum diisi", "83,5 %", "&lt;script&gt;", "/laporan/2026-10/daftar?angka=open", "tidak ada", "Belum ditandatangani"} {
		if !a.has(want) {
			t.Errorf("no %q in %s", want, a.body)
		}
	}
	if a = w.get("/laporan/2026-10?untuk=luar"); !a.has("Untuk pihak luar") || !a.has("kurang dari 5") || !a.has("untuk=luar") {
		t.Errorf("for outsiders: %s", a.body)
	}
	if a = w.get("/laporan/2026-10/rincian"); !a.has("perempuan") || !a.has("pindah kelompok: masuk 1") || !a.has("kurang dari 5") || !a.has("sex%2FP%2Fopening") {
		t.Errorf("by sex: %s", a.body)
	}
	if a = w.get("/laporan/2026-10/daftar?angka=sex%2FP%2Fopening"); !a.has("perempuan: Awal") || !a.has("S. R.") || !a.has("1 kasus di halaman ini tidak ditampilkan") {
		t.Errorf("behind a figure: %s", a.body)
	}
	d.r.Signed = &casework.ReportSignature{Name: "Kepala", At: noon, Hash: "abc"}
	d.r.Corrections = []casework.Correction{{Code: "sex/P/in", Was: "1", Now: "2", Added: 1}, {Code: "budget", Was: "", Now: "12"}}
	if a = w.get("/laporan/2026-10"); !a.has("Ralat sejak ditandatangani") || !a.has("perempuan: Masuk") || !a.has("Kepala") || a.has("/tandatangan") {
		t.Errorf("signed: %s", a.body)
	}
	w.english()
	if a = w.get("/laporan/2026-10"); !a.has("Corrections since it was signed") || !a.has("1,234") || !a.has("83.5 %") {
		t.Errorf("in English: %s", a.body)
	}
}

func TestReportForms(t *testing.T) {
	w, d := reportWorld(t)
	if a := w.get("/laporan/2026-10/isian"); !a.has(`value="83,5"`) || !a.has(`name="_versi" value="3"`) {
		t.Errorf("entries: %s", a.body)
	}
	a := w.post("/laporan/2026-10/isian", "_versi", "3", "values.budget", "banyak")
	if a.StatusCode != http.StatusUnprocessableEntity || !a.has("bukan angka") || !a.has(`value="banyak"`) {
		t.Errorf("a wrong figure: %d %s", a.StatusCode, a.body)
	}
	if a = w.post("/laporan/2026-10/isian", "_versi", "3", "values.budget", "90"); a.Request.URL.Path != "/laporan/2026-10" || d.in.Values["budget"] != "90" || d.in.Version != 3 {
		t.Errorf("saved: %s %+v", a.Request.URL, d.in)
	}
	if a = w.get("/laporan/2026-10/tandatangan"); !a.has("1 angka belum diisi") || !a.has(`value="abc"`) {
		t.Errorf("sign: %s", a.body)
	}
	if w.post("/laporan/2026-10/tandatangan", "hash", "abc"); d.hash != "abc" {
		t.Errorf("signed %q", d.hash)
	}
	if a = w.get("/laporan/2026-10/unduh?bentuk=csv"); a.body != "x" || !strings.Contains(a.Header.Get("Content-Disposition"), "laporan.csv") {
		t.Errorf("a file: %q", a.body)
	}
	if a = w.post("/laporan/2026-10/daftar", "angka", "in", "bentuk", "xlsx"); a.StatusCode != http.StatusForbidden {
		t.Errorf("people: %d", a.StatusCode)
	}
	if a = w.get("/laporan/saya?bulan=2026-10"); !a.has("Kunjungan") || !a.has("Hujan &lt;b&gt;") {
		t.Errorf("own report: %s", a.body)
	}
	d.err = casework.Forbidden.Because("your role may not do this")
	if a = w.get("/laporan/2026-10"); a.StatusCode != http.StatusForbidden {
		t.Errorf("forbidden: %d", a.StatusCode)
	}
}
