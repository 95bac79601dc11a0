package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"serasi/node/casework"
)

var (
	oneForm   = regexp.MustCompile(`(?s)<form method="post" action="/kasus.*?</form>`)
	oneInput  = regexp.MustCompile(`<input [^>]*>`)
	itsName   = regexp.MustCompile(` name="([^"]*)"`)
	itsValue  = regexp.MustCompile(` value="([^"]*)"`)
	notTicked = regexp.MustCompile(`type="(radio|checkbox)" [^>]*value="[^"]*">`)
)

// typed is what a browser sends of the form of a page, with some fields filled
// in.
func (w *caseWorld) typed(at string, fields ...string) url.Values {
	w.t.Helper()
	sent := url.Values{}
	for _, input := range oneInput.FindAllString(oneForm.FindString(w.ask(at).body), -1) {
		name, value := itsName.FindStringSubmatch(input), itsValue.FindStringSubmatch(input)
		if name != nil && value != nil && !notTicked.MatchString(input) {
			sent.Add(name[1], html.UnescapeString(value[1]))
		}
	}
	for i := 0; i < len(fields); i += 2 {
		sent.Set(fields[i], fields[i+1])
	}
	return sent
}

// Rows come and go by buttons that send the form, and nothing that was typed
// gets lost.
func TestRowsOnTheirPage(t *testing.T) {
	w := newCaseWorld(t)
	sheet := w.begun("F1")
	at := sheet + "/keluarga"
	if a := w.ask(at); !a.has("Tambah baris: Anggota keluarga") || a.has("orang.0.nama") {
		t.Fatal("an empty list does not offer its first row")
	}
	press := func(fields ...string) answer {
		t.Helper()
		a := w.do(w.request(at, w.typed(at, fields...)))
		if a.StatusCode != http.StatusOK || a.Request.Method != http.MethodGet || a.Request.URL.Path != at {
			t.Fatalf("%v led to %s, %d", fields, a.Request.URL, a.StatusCode)
		}
		return a
	}
	press("wali", "Mbah Sri", "_tambah", "orang")
	a := press("orang.0.nama", "Sri", "_tambah", "orang")
	if !a.has(`value="Mbah Sri"`) || !a.has(`name="orang.0.nama" type="text" value="Sri"`) || !a.has(`id="f-orang.1.nama"`) {
		t.Fatalf("a second row lost what was typed\n%s", a.body)
	}
	press("orang.1.nama", "Budi", "orang.1.penghasilan", "banyak", "_tambah", "orang")
	bad := w.do(w.request(at, w.typed(at, "orang.2.nama", "Tini")))
	if bad.StatusCode != http.StatusUnprocessableEntity || !bad.has(`href="#f-orang.1.penghasilan"`) || !bad.has("Anggota keluarga 2: Penghasilan") {
		t.Fatalf("the fault does not name its row and column: %d\n%s", bad.StatusCode, bad.body)
	}
	a = press("_hapus", "orang.0")
	if a.has(`value="Sri"`) || !a.has(`name="orang.0.nama" type="text" value="Budi"`) || !a.has(`name="orang.0.penghasilan" type="text" value="banyak"`) || a.has("orang.2.") {
		t.Errorf("the rows did not move up\n%s", a.body)
	}
	a = w.do(w.request(at, w.typed(at, "orang.0.penghasilan", "1500000", "orang.0.per", "bulan", "orang.1.nama", "", "orang.0.peran", "wali")))
	if a.StatusCode != http.StatusOK || a.Request.URL.Path != sheet {
		t.Fatalf("not saved: %d\n%s", a.StatusCode, a.body)
	}
	if a = w.ask(at); !a.has(`value="1500000"`) || a.has("orang.1.") {
		t.Errorf("an empty row is stored, or a full one is not\n%s", a.body)
	}
	press("_hapus", "orang.9")
	press("_hapus", "orang")

	w.send(sheet+"/tanda-tangan", sheet, "profession", casework.SocialWorker)
	if a = w.ask(at); !a.has("Anggota keluarga 1") || !a.has("Nama: Budi · Penghasilan: 1500000 Rp · Penghasilan per: Bulan · Peran: Wali") {
		t.Errorf("the signed rows cannot be read\n%s", a.body)
	}
}

func TestStaleRowsShowBothTexts(t *testing.T) {
	w := newCaseWorld(t)
	sheet := w.begun("F1")
	at := sheet + "/ditemukan"
	row := func(seen, item string) url.Values {
		return url.Values{"_versi": {seen}, "bawaan._baris": {"1"}, "bawaan.0.barang": {item}, "bawaan.0.simpan": {"balai"}}
	}
	w.do(w.request(at, row("0", "cincin emas")))
	a := w.do(w.request(at, row("0", "cincin")))
	if a.StatusCode != http.StatusConflict || !a.has("Barang bawaan, baris 1: Barang") || !a.has("cincin emas") || strings.Contains(a.body, "baris 1: Disimpan oleh") {
		t.Fatalf("stale: %d\n%s", a.StatusCode, a.body)
	}
}

func TestRowsInTheIntake(t *testing.T) {
	w := newCaseWorld(t)
	at := "/kasus/baru"
	a := w.do(w.request(at, w.typed(at, "name", "Rahmat", "urgency", "24h", "basis", "public task", "standing", "stated", "_tambah", "f1.ditemukan.bawaan")))
	if a.Request.Method != http.MethodGet || !a.has(`value="Rahmat"`) || !a.has(`id="f-f1.ditemukan.bawaan.0.barang"`) || !a.has("<details open>") {
		t.Fatalf("%s, %d\n%s", a.Request.URL, a.StatusCode, a.body)
	}
	fields := []string{"name", "Rahmat", "urgency", "24h", "basis", "public task", "standing", "stated", "f1.ditemukan.bawaan.0.jumlah", "dua"}
	bad := w.do(w.request(at, w.typed(at, fields...)))
	if bad.StatusCode != http.StatusUnprocessableEntity || !bad.has(`href="#f-f1.ditemukan.bawaan.0.jumlah"`) {
		t.Fatalf("a fault in a row: %d", bad.StatusCode)
	}
	a = w.do(w.request(at, w.typed(at, append(fields, "f1.ditemukan.bawaan.0.barang", "cincin", "f1.ditemukan.bawaan.0.jumlah", "1")...)))
	if a.Request.URL.Path != "/kasus/terdaftar" {
		t.Fatalf("not registered: %d\n%s", a.StatusCode, a.body)
	}
	id := casework.CaseID(strings.TrimPrefix(w.caseOf("Rahmat"), "/kasus/"))
	list, err := w.load.Forms().Sheets(t.Context(), ani, id)
	if err != nil {
		t.Fatal(err)
	}
	view, err := w.load.Forms().Sheet(t.Context(), ani, id, list.Sheets[0].Sheet.ID)
	if err != nil || view.Sections[3].Answer.Values.One("bawaan.0.barang") != "cincin" {
		t.Errorf("%v: %+v", err, view.Sections[3].Answer)
	}
}
