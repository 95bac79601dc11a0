package web_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"serasi/node/casework"
)

var sheetLink = regexp.MustCompile(`/kasus/[0-9a-f]{32}/formulir/[0-9a-f]{32}`)

// begun begins a form on its page and returns the address of the sheet.
func (w *caseWorld) begun(code string) string {
	w.t.Helper()
	a := w.post(w.at+"/formulir", "form", code)
	if a.StatusCode != http.StatusOK || !sheetLink.MatchString(a.Request.URL.Path) {
		w.t.Fatalf("beginning %s led to %s, %d\n%s", code, a.Request.URL.Path, a.StatusCode, a.body)
	}
	return a.Request.URL.Path
}

func TestAnAssessmentOnItsPages(t *testing.T) {
	w := newCaseWorld(t, casework.Claim{Kind: casework.ClaimBorn, Value: "2015", Standing: casework.Estimated})
	a := w.ask(w.at + "/asesmen")
	if !a.has("Asesmen komprehensif") || !a.has("Belum ada formulir yang diisi") {
		t.Error("before there is one, the page does not offer to begin")
	}
	sheet := w.begun("F3")
	if a = w.ask(w.at + "/asesmen"); a.Request.URL.Path != sheet {
		t.Errorf("the assessment leads to %s", a.Request.URL.Path)
	}
	for _, s := range []string{"Fisik dan kesehatan", "Belum diisi", "Anak", "Data pribadi spesifik", "Lengkapi dulu bagian yang wajib"} {
		if !a.has(s) {
			t.Errorf("the list of tasks lacks %q", s)
		}
	}
	if a.has("Lanjut usia") || a.has("Tanda tangani sebagai") {
		t.Error("a child is asked about old age, or an empty form may be signed")
	}

	page := w.ask(sheet + "/keberfungsian")
	bad := w.post(sheet+"/keberfungsian", "_versi", page.seen(), "peran", "9")
	if bad.StatusCode != http.StatusUnprocessableEntity || !bad.has(`href="#f-peran"`) {
		t.Fatalf("a scale that ends at four: %d", bad.StatusCode)
	}
	w.send(sheet+"/keberfungsian", sheet, "_versi", page.seen(), "peran", "2", "kebutuhan", "2", "masalah", "2", "relasi", "2", "kegiatan", "2", "kembang", "4")
	if a = w.ask(sheet); !a.has("58 · Sedang") || !a.has("Selesai") {
		t.Error("the score or the state of the section is not shown")
	}
	page = w.ask(sheet + "/biologis")
	a = w.send(sheet+"/biologis", sheet+"/psikologis", "_versi", page.seen(), "riwayat._belum", "1", "berat", "12,5", "gizi", "kurang", "adl", "sebagian", "lanjut", "1")
	if a.has("Kesalahan") {
		t.Error("saved with an error")
	}
	if a = w.ask(sheet + "/biologis"); !a.has(`value="12.5"`) || !regexp.MustCompile(`name="riwayat\._belum" value="1" checked`).MatchString(a.body) {
		t.Error("what was answered does not come back")
	}
}

func TestAStaleSectionOnItsPage(t *testing.T) {
	w := newCaseWorld(t)
	sheet := w.begun("F3")
	at := sheet + "/spiritual"
	page := w.ask(at)
	w.send(at, sheet, "_versi", page.seen(), "ibadah", "rajin ke masjid")
	a := w.post(at, "_versi", page.seen(), "ibadah", "jarang ke masjid")
	if a.StatusCode != http.StatusConflict || !a.has("rajin ke masjid") || !a.has("jarang ke masjid") || !a.has("Kehidupan beribadah") {
		t.Fatalf("stale: %d\n%s", a.StatusCode, a.body)
	}
	w.send(at, sheet, "_versi", a.seen(), "ibadah", "jarang ke masjid")
	if a = w.ask(at); !a.has("jarang ke masjid") || a.has("rajin") {
		t.Error("after comparing, mine does not stand")
	}
}

func TestASecretSectionOnItsPage(t *testing.T) {
	w := newCaseWorld(t)
	w.send(w.at+"/ubah", w.at, "_versi", "1", "urgency", "3d", "basis", "consent", "ppks", "16")
	sheet := w.begun("F3")
	if a := w.ask(sheet); !a.has(sheet+"/hiv") || !a.has("Rahasia: hanya dengan izin khusus") {
		t.Error("who has the grant is not led to the section")
	}
	w.gate.hidden = casework.SecretHIV
	if a := w.ask(sheet); a.has(sheet+"/hiv") || !a.has("Perlu izin khusus") {
		t.Error("who has no grant is led to the section")
	}
	if a := w.get(sheet + "/hiv"); a.StatusCode != http.StatusForbidden {
		t.Errorf("by its address: %d", a.StatusCode)
	}
	if a := w.post(sheet+"/hiv", "_versi", "0", "izin", "yes"); a.StatusCode != http.StatusForbidden {
		t.Errorf("written by its address: %d", a.StatusCode)
	}
}

func TestARapidAssessmentIsSigned(t *testing.T) {
	w := newCaseWorld(t)
	sheet := w.begun("F2")
	refused := w.post(sheet+"/tanda-tangan", "profession", casework.SocialWorker)
	if refused.StatusCode != http.StatusUnprocessableEntity || !refused.has("Keselamatan: Ada ancaman keselamatan segera?") {
		t.Fatalf("an empty form signed: %d\n%s", refused.StatusCode, refused.body)
	}
	for section, fields := range map[string][]string{
		"keselamatan": {"ancaman", "no", "bunuh_diri", "tidak", "kekerasan", "unknown"},
		"kesehatan":   {"sadar", "sadar", "gejala", "gizi", "gejala", "demam"},
		"kesimpulan":  {"simpulan", "aman", "putusan", "layani", "batas.d", "1", "batas.m", "12", "batas.y", "2026"},
	} {
		w.send(sheet+"/"+section, sheet, append([]string{"_versi", "0"}, fields...)...)
	}
	if a := w.ask(sheet); !a.has("Tanda tangani sebagai pekerja sosial") {
		t.Error("a whole form cannot be signed")
	}
	w.send(sheet+"/tanda-tangan", sheet, "profession", casework.SocialWorker)
	w.send(sheet+"/tanda-tangan", sheet, "profession", "perawat", "name", "Ns. Wulan <b>")
	a := w.ask(sheet)
	for _, s := range []string{"Sudah ditandatangani", "Ani Pekerja", "Ns. Wulan &lt;b&gt;"} {
		if !a.has(s) {
			t.Errorf("the signed form lacks %q", s)
		}
	}
	if a = w.ask(sheet + "/kesehatan"); a.has("<textarea") || !a.has("Kurang gizi") && !a.has("Tampak kurang gizi") {
		t.Error("a signed section is not shown to be read only")
	}
	if a = w.post(sheet+"/kesehatan", "_versi", "1", "sadar", "bingung"); a.StatusCode != http.StatusConflict {
		t.Errorf("a signed section is written: %d", a.StatusCode)
	}
	if a = w.ask(w.at); a.has("asesmen cepat belum ada") || !a.has("Formulir ditandatangani: F2") {
		t.Error("the case does not know of its rapid assessment")
	}
}

func TestTheLibraryOfForms(t *testing.T) {
	w := newCaseWorld(t)
	if a := w.ask("/formulir"); !a.has("F2/1") || !a.has("Pakai versi ini") {
		t.Error("the forms are not listed")
	}
	raw := w.ask("/formulir/F2/1").body
	var form casework.Form
	if err := json.Unmarshal([]byte(raw), &form); err != nil || form.Code != "F2" {
		t.Fatalf("downloaded %q: %v", raw[:40], err)
	}
	form.Title.ID = "Asesmen cepat Soeharso"
	mine, err := json.Marshal(form)
	if err != nil {
		t.Fatal(err)
	}
	if a := w.post("/formulir", "json", "{"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no JSON: %d", a.StatusCode)
	}
	fewer := form
	gone := fewer.Sections[0].Title.ID
	fewer.Sections = fewer.Sections[1:]
	less, err := json.Marshal(fewer)
	if err != nil {
		t.Fatal(err)
	}
	if a := w.post("/formulir", "json", string(less), "lihat", "1"); !a.has("Hilang: "+gone) || a.has(`/formulir/F2/1@SRK`) {
		t.Error("the preview does not say what is gone, or it was put into use")
	}
	if a := w.send("/formulir", "/formulir", "json", string(mine)); !a.has("F2/1@SRK") {
		t.Error("the balai's version is not listed")
	}
	w.ask("/formulir/F2/1@SRK")
	if a := w.ask(w.begun("F2")); !a.has("Asesmen cepat Soeharso") {
		t.Error("a new sheet is not of the balai's version")
	}
	if a := w.get("/formulir/F77/1"); a.StatusCode != http.StatusNotFound {
		t.Errorf("a form that there is none of: %d", a.StatusCode)
	}
}

func TestAnIntakeOnItsPage(t *testing.T) {
	w := newCaseWorld(t)
	a := w.ask("/kasus/baru")
	for _, s := range []string{"Nama sesuai dokumen", "Kelengkapan berkas", "Cara masuk", "Datang beberapa orang sekaligus"} {
		if !a.has(s) {
			t.Errorf("the form lacks %q", s)
		}
	}
	if n := strings.Count(a.body, "<"); n > 4000 {
		t.Errorf("the page has about %d marks", n)
	}
	bad := w.post("/kasus/baru", "name", "a\u0007b", "nik", "33x", "urgency", "soon", "basis", "consent", "standing", "stated", "age", "old", "f1.program.desil", "77")
	if bad.StatusCode != http.StatusUnprocessableEntity || !bad.has(`href="#f-age"`) {
		t.Fatalf("an age that is none: %d", bad.StatusCode)
	}
	bad = w.post("/kasus/baru", "nik", "33x", "urgency", "soon", "basis", "consent", "standing", "stated", "f1.berkas.ktp", "hilang")
	if bad.StatusCode != http.StatusUnprocessableEntity || !bad.has(`href="#f-nik"`) || !bad.has(`href="#f-urgency"`) {
		t.Fatalf("a NIK with letters: %d\n%s", bad.StatusCode, bad.body)
	}
	if bad = w.post("/kasus/baru", "urgency", "24h", "basis", "consent", "standing", "stated", "f1.berkas.ktp", "hilang"); !bad.has(`href="#f-f1.berkas.ktp"`) {
		t.Error("a wrong answer to F1 does not lead to its field")
	}

	a = w.send("/kasus/baru", "/kasus/terdaftar", "name", "Rahmat", "sex", "L", "age", "9", "age_to", "11", "urgency", "24h", "basis", "public task", "standing", "stated",
		"standing_source", "nenek", "source", "rujukan Dinsos", "need", "kursi roda", "ppks", "05", "f1.berkas.akta", "menyusul", "f1.keterangan.nik_alasan", "belum_akta",
		"f1.penerimaan.surat_tanggal.d", "1", "f1.penerimaan.surat_tanggal.m", "11", "f1.penerimaan.surat_tanggal.y", "2026")
	if !a.has("SRK-2026-00002") || !a.has("2026/00002") {
		t.Fatalf("not registered: %s", a.body)
	}
	if a.has("Rahmat") || strings.Contains(a.Request.URL.String(), "Rahmat") {
		t.Error("the page after the intake, or its address, holds a name")
	}
	list, err := w.load.Forms().Sheets(t.Context(), ani, casework.CaseID(strings.TrimPrefix(w.caseOf("Rahmat"), "/kasus/")))
	if err != nil || len(list.Sheets) != 1 {
		t.Fatalf("sheets of the new case: %d, %v", len(list.Sheets), err)
	}
	page := w.ask(w.caseOf("Rahmat"))
	for _, s := range []string{"Rahmat", "pengakuan", "2014–2017", "perkiraan", "kursi roda"} {
		if !page.has(s) {
			t.Errorf("the new case lacks %q", s)
		}
	}
}

// caseOf finds the page of the case of somebody.
func (w *caseWorld) caseOf(name string) string {
	w.t.Helper()
	for k, raw := range w.shelf.Rows() {
		if k.Table == casework.Persons && strings.Contains(string(raw), name) {
			return "/kasus/" + k.Owner
		}
	}
	w.t.Fatalf("nobody is called %s", name)
	return ""
}

func TestPossibleDoublesAreShownFirst(t *testing.T) {
	w := newCaseWorld(t, casework.Claim{Kind: casework.ClaimName, Value: "Rahmat", Standing: casework.Stated})
	fields := []string{"name", "Rahmat", "urgency", "24h", "basis", "public task", "standing", "stated"}
	before := len(w.shelf.Rows())
	a := w.post("/kasus/baru", fields...)
	if a.StatusCode != http.StatusOK || !a.has("Mungkin sudah terdaftar") || !a.has("Tetap baru") || !a.has(`href="`+w.at+`"`) {
		t.Fatalf("no warning: %d\n%s", a.StatusCode, a.body)
	}
	if after := len(w.shelf.Rows()); after != before {
		t.Error("something was created before a person decided")
	}
	again := w.ask("/kasus/baru?lagi=" + string(w.c.ID))
	if !again.has("Episode baru") {
		t.Error("the page does not say that it is a new episode")
	}
	if a = w.send("/kasus/baru", "/kasus/terdaftar", append(fields, "ganda", "baru")...); !a.has("SRK-2026-00002") {
		t.Error("a person who is new all the same is not registered")
	}
	a = w.send("/kasus/baru", "/kasus/terdaftar", "_lagi", string(w.c.ID), "urgency", "24h", "basis", "public task", "standing", "stated")
	if !a.has("SRK-2026-00003") {
		t.Error("a new episode is not registered")
	}
}

func TestAGroupOnThePage(t *testing.T) {
	w := newCaseWorld(t)
	base := []string{"name", "Mr. X 1", "urgency", "24h", "basis", "vital interest", "standing", "estimated", "ganda", "baru"}
	if a := w.post("/kasus/baru", append(base, "others", "Mr. X 2; Q")...); a.StatusCode != http.StatusUnprocessableEntity || !a.has(`href="#f-others"`) {
		t.Errorf("a line that is wrong: %d", a.StatusCode)
	}
	a := w.send("/kasus/baru", "/kasus/terdaftar", append(base, "others", "Mr. X 2; L; 40\r\n\r\nMr. X 3; l\r\nMr. X 4")...)
	if !a.has("SRK-2026-00002") || !a.has("SRK-2026-00005") || a.has("SRK-2026-00006") || !a.has("4 kasus dibuka") {
		t.Errorf("the group: %s", a.body)
	}
	if a = w.ask("/kasus/terdaftar"); !a.has("SRK-2026-00005") {
		t.Error("after a reload the page is empty")
	}
}

func TestADesklessIntake(t *testing.T) {
	w := newCaseWorld(t)
	w.gate.may = func(act casework.Action) bool { return act != casework.Register }
	if a := w.post("/kasus/baru", "urgency", "24h", "basis", "consent", "standing", "stated"); a.StatusCode != http.StatusForbidden {
		t.Errorf("who may not register: %d", a.StatusCode)
	}
}
