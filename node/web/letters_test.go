package web_test

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"serasi/node/casework"
	"serasi/node/web"
)

// letters is an office with one letter, which keeps what it is told.
type letters struct {
	view     casework.LetterView
	settings casework.LetterSettings
	err      error // of the next change
	asked    casework.LetterQuery
	begun    casework.NewLetter
	patch    casework.LetterPatch
	version  uint64
	acts     []casework.LetterAct
	words    string
	proof    casework.LetterProof
	verdict  casework.LetterVerdict
	printed  int
	attached casework.DocumentID
}

func (l *letters) fail() error {
	err := l.err
	l.err = nil
	return err
}

func (l *letters) List(_ context.Context, _ casework.Actor, q casework.LetterQuery) (casework.Page[casework.LetterCard], error) {
	l.asked = q
	if err := casework.Faulty(q.Check()...); err != nil {
		return casework.Page[casework.LetterCard]{}, err
	}
	if l.view.Letter.ID == "" {
		return casework.Page[casework.LetterCard]{}, l.fail()
	}
	return casework.Page[casework.LetterCard]{Items: []casework.LetterCard{l.view.Letter.Card()}, Next: "more"}, l.fail()
}

func (l *letters) Begin(_ context.Context, _ casework.Actor, in casework.NewLetter) (casework.LetterView, error) {
	l.begun = in
	if err := casework.Faulty(in.Check()...); err != nil {
		return casework.LetterView{}, err
	}
	return l.view, l.fail()
}

func (l *letters) Get(context.Context, casework.Actor, casework.LetterID) (casework.LetterView, error) {
	return l.view, nil
}

func (l *letters) Print(context.Context, casework.Actor, casework.LetterID) (casework.LetterView, error) {
	l.printed++
	return l.view, nil
}

func (l *letters) Edit(_ context.Context, _ casework.Actor, _ casework.LetterID, version uint64, p casework.LetterPatch) (casework.LetterView, error) {
	l.patch, l.version = p, version
	return l.view, l.fail()
}

func (l *letters) Act(_ context.Context, _ casework.Actor, _ casework.LetterID, version uint64, act casework.LetterAct, words string) (casework.LetterView, error) {
	l.acts, l.version, l.words = append(l.acts, act), version, words
	if act.NeedsWords() && words == "" {
		return l.view, casework.Faulty(casework.Fault{Field: "words", Words: "is missing"})
	}
	return l.view, l.fail()
}

func (l *letters) Correct(context.Context, casework.Actor, casework.LetterID) (casework.LetterView, error) {
	return l.view, l.fail()
}

func (l *letters) Attach(_ context.Context, _ casework.Actor, _ casework.LetterID, version uint64, doc casework.DocumentID) (casework.LetterView, error) {
	l.version, l.attached = version, doc
	return l.view, l.fail()
}

func (l *letters) Register(context.Context, casework.Actor, string) ([]casework.RegisterEntry, error) {
	return []casework.RegisterEntry{
		{Row: "surat/2026/000001", Number: "1/SRK/2026", Date: "2026-11-22", Kind: casework.ReportLetter, Letter: l.view.Letter.ID, To: casework.NotTold},
		{Row: "surat/2026/000002", Number: "2/SRK/2026", Date: "2026-11-22", Cancelled: "perhaps given after the backup from which this node was restored"},
	}, l.fail()
}

func (l *letters) RegisterCSV(_ context.Context, _ casework.Actor, year string, w io.Writer) error {
	_, err := io.WriteString(w, "Nomor;"+year)
	return err
}

func (l *letters) Settings(context.Context, casework.Actor) (casework.LetterSettings, error) {
	return l.settings, nil
}

func (l *letters) SetUp(_ context.Context, _ casework.Actor, version uint64, s casework.LetterSettings) (casework.LetterSettings, error) {
	if err := casework.Faulty(s.Check()...); err != nil {
		return s, err
	}
	l.settings, l.version = s, version
	l.settings.Version++
	return l.settings, l.fail()
}

func (l *letters) Verify(p casework.LetterProof) (casework.LetterVerdict, error) {
	l.proof = p
	if p.QR == "" && p.File == "" && p.Code == "" {
		return l.verdict, casework.Faulty(casework.Fault{Field: "code", Words: "is missing"})
	}
	return l.verdict, l.fail()
}

// office is a world with letters in it.
type office struct {
	*world
	letters letters
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{}
	o.world = newWorld(t, func(c *web.Config) { c.Letters = &o.letters })
	return o
}

const paper = "/surat/cccccccccccccccccccccccccccccccc"

// aLetter is a draft in which everything is hostile that somebody may type.
func aLetter() casework.LetterView {
	return casework.LetterView{
		Letter: casework.Letter{
			ID: "cccccccccccccccccccccccccccccccc", Kind: casework.ReportLetter, State: casework.LetterDraft, Case: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
			CaseNumber: "SRK-2026-00001", Nature: casework.OrdinaryLetter, Subject: "<b>Laporan</b>", To: casework.Addressee{Name: "Dinas Contoh"}, Version: 3,
			Head:  &casework.Letterhead{Lines: []string{"SENTRA UJI"}, Place: "Surakarta"},
			Parts: []casework.LetterPart{{Key: "a", Title: "Identitas", Rows: []casework.LetterRow{{Name: "Nama", Value: "<script>x</script>"}}}, {Key: "b", Text: "baris\nlagi"}},
			Steps: []casework.LetterStep{{Act: casework.LetterWrite, At: noon, By: "ani", Name: "Ani"}},
		},
		Actions: []casework.LetterAct{casework.LetterSubmit, casework.LetterDrop}, Edit: true, Intact: true,
	}
}

// signed is that letter with its number and seal.
func signed() casework.LetterView {
	v := aLetter()
	v.Letter.State, v.Letter.Number, v.Letter.Date, v.Letter.Code = casework.LetterSigned, "1/SRK/2026", "2026-11-22", "SRK-7K3M9Q2X"
	v.Letter.Signer = &casework.LetterSigner{Form: "Plt.", Office: "Kepala Sentra Uji", Name: "Budi Contoh", NIP: "1970"}
	v.Letter.Seal = &casework.LetterSeal{Token: "x"}
	v.Letter.Copies = []string{"Dinas Sosial"}
	v.QR, v.Edit, v.Attach, v.Correct = "serasi:v/SRK-7K3M9Q2X?t=x", false, true, true
	v.Actions = []casework.LetterAct{casework.LetterArchive, casework.LetterRevoke}
	return v
}

func TestLettersAreListed(t *testing.T) {
	w := newOffice(t)
	w.signIn()
	if a := w.get("/surat"); !a.has("Belum ada surat.") {
		t.Errorf("without letters: %s", a.body)
	}
	w.letters.view = signed()
	a := w.get("/surat?jenis=report&keadaan=signed&tahun=2026&nomor=1/SRK")
	if !a.has("1/SRK/2026") || !a.has("Laporan sosial") || !a.has("22 November 2026") || a.has("Budi Contoh") || a.has("script>x") {
		t.Errorf("list: %s", a.body)
	}
	if q := w.letters.asked; q.Kind != casework.ReportLetter || q.State != casework.LetterSigned || q.Year != "2026" || q.Number != "1/SRK" || q.Limit != 25 {
		t.Errorf("asked for %+v", q)
	}
	if !a.has("dari=more") {
		t.Error("no way to the next page")
	}
	if a := w.get("/surat?tahun=x"); a.StatusCode != http.StatusUnprocessableEntity || !a.has("harus berupa tahun empat angka") {
		t.Errorf("a year that is none: %d", a.StatusCode)
	}
	if a := w.get("/surat/agenda?tahun=2026"); !a.has("2/SRK/2026") || !a.has("mungkin diberikan sesudah cadangan") {
		t.Errorf("register: %s", a.body)
	}
	if a := w.get("/surat/agenda.csv?tahun=2026"); a.body != "Nomor;2026" || !strings.Contains(a.Header.Get("Content-Disposition"), "agenda-surat.csv") {
		t.Errorf("CSV: %s %v", a.body, a.Header)
	}
	w.english()
	if a := w.get("/surat"); !a.has("Social report") || !a.has("Signed") {
		t.Errorf("in English: %s", a.body)
	}
}

func TestALetterIsWritten(t *testing.T) {
	w := newOffice(t)
	w.signIn()
	w.letters.view = aLetter()
	if a := w.get("/surat/baru?kasus=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"); !a.has("Surat terminasi") || a.has("Jawaban rujukan") {
		t.Errorf("choice: %s", a.body)
	}
	if a := w.post("/surat", "kasus", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"); a.StatusCode != http.StatusUnprocessableEntity || !a.has(`role="alert"`) {
		t.Errorf("no kind: %d", a.StatusCode)
	}
	a := w.post("/surat", "kasus", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "kind", "report")
	if a.Request.URL.Path != paper+"/ubah" || w.letters.begun.Kind != casework.ReportLetter || !a.has("&lt;b&gt;Laporan") || a.has("<script>x") {
		t.Errorf("begun: %s %+v", a.Request.URL, w.letters.begun)
	}
	fields := []string{
		"_versi", "3", "nature", "urgent", "subject", "Laporan", "to.name", "Dinas Dukcapil", "parts.0.rows.0.value", "R. C.", "parts.1.text", "satu\r\ndua",
		"copies", "Satu\r\n\r\nDua\r\n",
	}
	a = w.post(paper+"/ubah", fields...)
	p := w.letters.patch
	if a.Request.URL.Path != paper || w.letters.version != 3 || *p.Nature != casework.UrgentLetter || p.Parts[0].Rows[0] != (casework.LetterRow{Name: "Nama", Value: "R. C."}) ||
		p.Parts[1].Text != "satu\ndua" || len(*p.Copies) != 2 || !a.has("Draf surat tersimpan.") {
		t.Errorf("saved: %s %+v", a.Request.URL, p)
	}
	a = w.post(paper+"/ubah", append(fields, "lanjut", "1")...)
	if a.Request.URL.Path != paper || len(w.letters.acts) != 1 || w.letters.acts[0] != casework.LetterSubmit {
		t.Errorf("submitted: %s %v", a.Request.URL, w.letters.acts)
	}
	w.letters.err = casework.Faulty(casework.Fault{Field: "copies.1", Words: "names the person; the cover of a secret letter has initials only"})
	a = w.post(paper+"/ubah", fields...)
	if a.StatusCode != http.StatusUnprocessableEntity || !a.has("surat rahasia hanya memuat inisial") || !a.has("href=\"#f-copies\"") || !a.has("R. C.") {
		t.Errorf("a fault: %d %s", a.StatusCode, a.body)
	}
	theirs, yours := aLetter().Letter, aLetter().Letter
	theirs.Subject, yours.Subject = "Punya rekan", "Punya saya"
	w.letters.err = casework.Stale(theirs, yours)
	if a = w.post(paper+"/ubah", fields...); a.StatusCode != http.StatusConflict || !a.has("Punya rekan") || !a.has("Punya saya") {
		t.Errorf("stale: %d %s", a.StatusCode, a.body)
	}
}

func TestALetterOnPaper(t *testing.T) {
	w := newOffice(t)
	w.signIn()
	w.letters.view = signed()
	a := w.get(paper)
	for _, want := range []string{
		`<article class="sheet" lang="id"`, "SENTRA UJI", `<th scope="row">Nomor</th>`, "1/SRK/2026", "Surakarta, 22 November 2026", "Plt. Kepala Sentra Uji",
		"Budi Contoh", "<svg", `role="img"`, "SRK-7K3M9Q2X", "Tembusan", "Arsipkan", "Cabut surat", "&lt;script&gt;x",
	} {
		if !a.has(want) {
			t.Errorf("the letter lacks %q", want)
		}
	}
	if title := between(a.body, "<title>", "</title>"); strings.Contains(title, "Dinas") || !strings.Contains(title, "Laporan sosial") {
		t.Errorf("title %q", title)
	}
	if a.has("<script>x") || a.has(" style=") {
		t.Error("stored text runs, or style stands in the page")
	}
	if a := w.post(paper, "act", "revoke", "_versi", "3"); a.StatusCode != http.StatusUnprocessableEntity || !a.has("<details open") || !a.has("belum diisi") {
		t.Errorf("revoked without words: %d", a.StatusCode)
	}
	if a := w.post(paper, "act", "revoke", "_versi", "3", "words-revoke", "keliru"); a.StatusCode != http.StatusOK || w.letters.words != "keliru" || w.letters.version != 3 {
		t.Errorf("revoked: %d %q", a.StatusCode, w.letters.words)
	}
	gone := signed()
	gone.Letter.Revoked, gone.Letter.RevokedWhy, gone.Intact = noon, "keliru", false
	w.letters.view = gone
	if a := w.get(paper); !a.has("DICABUT") || !a.has("tidak cocok dengan segelnya") {
		t.Errorf("revoked and changed: %s", a.body)
	}
	w.letters.view = signed()
	if a := w.get(paper + "/teks"); !strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain") || !a.has("Nomor: 1/SRK/2026") || w.letters.printed != 1 {
		t.Errorf("text: %v %s", a.Header, a.body)
	}
	if a := w.get(paper + "/berkas"); !a.has("SURAT SERASI 1") || !strings.Contains(a.Header.Get("Content-Disposition"), "surat-SRK-7K3M9Q2X.txt") {
		t.Errorf("file: %v", a.Header)
	}
	if a := w.get(paper + "/braille"); !a.has("#A_/,S,R,K") {
		t.Errorf("Braille: %s", a.body)
	}
	if a := w.post(paper + "/pindai"); a.StatusCode != http.StatusUnprocessableEntity || !a.has("belum dipilih") {
		t.Errorf("no scan: %d", a.StatusCode)
	}
	w.letters.view = aLetter()
	if a := w.get(paper + "/berkas"); a.StatusCode != http.StatusConflict {
		t.Errorf("file of a draft: %d", a.StatusCode)
	}
}

// Anybody may check a letter, and reads nothing of a person.
func TestCheckingALetter(t *testing.T) {
	w := newOffice(t)
	genuine := casework.LetterVerdict{
		Result: casework.LetterGenuine, Kind: casework.ReferralLetter, Number: "1/SRK/2026", Date: "2026-11-22", From: "SRK", To: "Kepala Sentra Contoh", Code: "SRK-7K3M9Q2X",
	}
	if a := w.get("/v"); a.StatusCode != http.StatusOK || !a.has("Periksa keaslian surat") {
		t.Errorf("form: %d", a.StatusCode)
	}
	if a := w.post("/v"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("nothing shown: %d", a.StatusCode)
	}
	w.letters.verdict = genuine
	a := w.get("/v/SRK-7K3M9Q2X?t=AAAA")
	if !a.has("Surat ini asli") || !a.has("22 November 2026") || !a.has("Bandingkan nomor") || w.letters.proof.QR != "AAAA" {
		t.Errorf("QR: %+v %s", w.letters.proof, a.body)
	}
	w.get("/v/SRK-7K3M9Q2X")
	if w.letters.proof.Code != "SRK-7K3M9Q2X" || w.letters.proof.Source == "" {
		t.Errorf("code: %+v", w.letters.proof)
	}
	for result, words := range map[string]string{
		casework.LetterForged: "Surat ini tidak asli", casework.LetterRevoked: "Surat ini sudah dicabut", casework.LetterUnknown: "Tidak dikenal di simpul ini",
	} {
		w.letters.verdict = casework.LetterVerdict{Result: result, To: casework.NotTold}
		if a := w.post("/v", "code", "SRK-7K3M9Q2X"); !a.has(words) || a.has("Surat ini asli") {
			t.Errorf("%s: %s", result, a.body)
		}
	}
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	part, _ := m.CreateFormFile("file", "surat.txt")
	_, _ = part.Write([]byte("SURAT SERASI 1"))
	_ = m.Close()
	req := w.request("/v", url.Values{})
	req.Body, req.ContentLength = io.NopCloser(&body), int64(body.Len())
	req.Header.Set("Content-Type", m.FormDataContentType())
	w.letters.verdict = genuine
	if w.do(req); w.letters.proof.File != "SURAT SERASI 1" {
		t.Errorf("file: %+v", w.letters.proof)
	}
	w.letters.err = casework.TooMany.Because("too many letters were checked from here; try again in a minute")
	if a := w.post("/v", "code", "SRK-7K3M9Q2X"); a.StatusCode != http.StatusTooManyRequests {
		t.Errorf("too often: %d", a.StatusCode)
	}
	w.english()
	if a := w.get("/v/SRK-7K3M9Q2X"); !a.has("This letter is genuine") {
		t.Errorf("in English: %s", a.body)
	}
}

func TestSettingsOfLetters(t *testing.T) {
	w := newOffice(t)
	w.signIn()
	w.letters.settings = casework.LetterSettings{
		Heads:      []casework.Letterhead{{Lines: []string{"SENTRA UJI"}, Place: "Surakarta"}},
		Numberings: []casework.Numbering{{Register: "surat", Kinds: casework.LetterKinds(), Pattern: "{urut}/{tahun}"}}, Version: 4,
	}
	const at = "/surat/pengaturan"
	if a := w.get(at); !a.has("SENTRA UJI") || !a.has("{urut}/{tahun}") || !a.has("Plt., Plh., a.n. dan u.b.") {
		t.Errorf("page: %s", a.body)
	}
	a := w.post(at, "bagian", "kop", "_versi", "4", "kop.lines", "KEMENTERIAN\r\nSENTRA BARU", "kop.place", "Solo", "kop.from.d", "1", "kop.from.m", "1", "kop.from.y", "2027")
	h := w.letters.settings.Heads
	if a.StatusCode != http.StatusOK || len(h) != 2 || len(h[1].Lines) != 2 || h[1].From != "2027-01-01" || w.letters.version != 4 {
		t.Errorf("added: %d %+v", a.StatusCode, h)
	}
	if w.post(at, "bagian", "kop", "_versi", "5", "hapus", "0"); len(w.letters.settings.Heads) != 1 || w.letters.settings.Heads[0].Place != "Solo" {
		t.Errorf("removed: %+v", w.letters.settings.Heads)
	}
	a = w.post(at, "bagian", "nomor", "_versi", "6", "nomor.register", "surat", "nomor.pattern", "{urut}", "nomor.kinds", "report")
	if a.StatusCode != http.StatusUnprocessableEntity || !a.has("belum memuat {tahun}") || !a.has("#f-nomor.pattern") {
		t.Errorf("a bad pattern: %d %s", a.StatusCode, a.body)
	}
	if a := w.post(at, "bagian", "alamat", "_versi", "1", "site", "https://x.example"); a.StatusCode != http.StatusConflict {
		t.Errorf("stale: %d", a.StatusCode)
	}
}
