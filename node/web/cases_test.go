package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"serasi/node/caseload"
	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
	"serasi/node/web"
)

// pile keeps the contents of documents in a map.
type pile map[string][]byte

func (p pile) PutBlob(_ context.Context, owner string, r io.Reader) (string, int64, string, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return "", 0, "", err
	}
	name := fmt.Sprintf("blob%d", len(p))
	p[owner+name] = content
	sum := sha256.Sum256(content)
	return name, int64(len(content)), hex.EncodeToString(sum[:]), nil
}

func (p pile) OpenBlob(owner, name string) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(p[owner+name])), nil
}

func (p pile) DropBlob(string) error { return nil }

// alike is an index that takes everybody of one name for one person.
type alike struct {
	noIndex
	names map[casework.CaseID][]string
}

func (x *alike) Put(e casework.Entry) error {
	x.names[e.ID] = e.Names
	return nil
}

func (x *alike) Doubles(p casework.Person, _ int) (out []casework.Match) {
	for id, names := range x.names {
		if p.Value(casework.ClaimName) != "" && len(names) > 0 && names[0] == p.Value(casework.ClaimName) {
			out = append(out, casework.Match{Case: id, Strong: true, Reasons: []string{"name"}})
		}
	}
	return out
}

// guarded is a gate that knows secrecy groups.
type guarded struct {
	freely
	hidden casework.Secrecy
}

func (g *guarded) MaySee(_ casework.Tx, _ casework.Actor, _ casework.Case, _ casework.Class, group casework.Secrecy) error {
	if group != "" && group == g.hidden {
		return casework.Forbidden.Because("this part of the case needs a grant that you do not have")
	}
	return nil
}

// caseWorld is the pages of a case over the real use cases.
type caseWorld struct {
	*careWorld
	gate  *guarded
	load  *caseload.Cases
	shelf *caseworktest.Store
}

func newCaseWorld(t *testing.T, claims ...casework.Claim) *caseWorld {
	t.Helper()
	w := &caseWorld{careWorld: &careWorld{}, gate: &guarded{}, shelf: &caseworktest.Store{}}
	made := 0
	var err error
	w.load, err = caseload.New(caseload.Config{
		Store: w.shelf, Gate: w.gate, Trail: noTrail{}, Index: &alike{names: map[casework.CaseID][]string{}}, Blobs: pile{},
		Clock: func() time.Time { return noon }, Balai: "SRK", Zone: time.FixedZone("WIB", 7*3600),
		NewID: func() string {
			made++
			return fmt.Sprintf("%032x", made)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.load.Rebuild(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	w.world = newWorld(t, func(c *web.Config) {
		c.Door = idDoor{c.Door}
		c.Cases, c.Forms, c.Care, c.Doubles = w.load, w.load.Forms(), w.load.Care(), w.load
		c.Allowed = func(casework.Actor, casework.Action) bool { return true }
		c.Staff = func(context.Context, casework.Actor) ([]casework.Colleague, error) {
			return []casework.Colleague{{ID: ani32, Name: "Ani Pekerja", Roles: []casework.Role{casework.Worker}}}, nil
		}
	})
	w.signIn()
	if len(claims) == 0 {
		claims = []casework.Claim{{Kind: casework.ClaimName, Value: "Siti <b>Contoh</b>", Standing: casework.Stated}}
	}
	w.c, _, _, err = w.load.Open(t.Context(), ani, casework.Intake{Claims: claims, Urgency: casework.Within24h, Basis: casework.ByPublicTask, Lead: ani32})
	if err != nil {
		t.Fatal(err)
	}
	w.at = "/kasus/" + string(w.c.ID)
	return w
}

// idDoor is a door whose accounts have ids of the shape of ids.
type idDoor struct{ web.Door }

func (d idDoor) Session(ctx context.Context, cookie string) (casework.Actor, casework.Session, error) {
	by, s, err := d.Door.Session(ctx, cookie)
	if by.User != "" {
		by.User = ani32
	}
	return by, s, err
}

// ani32 is an account of the shape that cases are led by.
const ani32 = casework.UserID("a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1")

func TestACaseOnItsPage(t *testing.T) {
	w := newCaseWorld(t)
	a := w.ask(w.at)
	for _, s := range []string{"Siti &lt;b&gt;Contoh&lt;/b&gt;", "SRK-2026-00001", "Darurat: 24 jam", "asesmen cepat belum ada", w.at + "/formulir/F2", "Calon penerima manfaat"} {
		if !a.has(s) {
			t.Errorf("the page lacks %q", s)
		}
	}
	title := a.body[:strings.Index(a.body, "</title>")]
	if strings.Contains(title, "Siti") {
		t.Error("a name stands in the title of the window")
	}
	if !a.has("Belum ada catatan. Mulai dengan asesmen.") {
		t.Error("an empty history says nothing")
	}
	for _, part := range []string{"catatan", "asesmen", "persetujuan", "dokumen", "klaim", "formulir"} {
		if !a.has(`href="` + w.at + "/" + part + `"`) {
			t.Errorf("no way to %s", part)
		}
		w.ask(w.at + "/" + part)
	}
	for _, link := range regexp.MustCompile(`href="(/[^"#?]*)`).FindAllStringSubmatch(a.body, -1) {
		if strings.HasPrefix(link[1], w.at) {
			w.ask(link[1])
		}
	}
	if a := w.get("/kasus/" + strings.Repeat("f", 32)); a.StatusCode != http.StatusNotFound {
		t.Errorf("a case that is not there: %d", a.StatusCode)
	}
	w.english()
	if a = w.ask(w.at); !a.has("Prospective beneficiary") || !a.has("the rapid assessment is missing") || a.has("Calon penerima") {
		t.Error("the English page speaks Indonesian")
	}
	w.gate.may = func(act casework.Action) bool { return act != casework.ReadCase }
	if a := w.get(w.at); a.StatusCode != http.StatusForbidden || a.has("Siti") {
		t.Errorf("a case that is not shared: %d", a.StatusCode)
	}
}

func TestANoteOnItsPage(t *testing.T) {
	w := newCaseWorld(t)
	bad := w.post(w.at+"/catatan", "kind", "progress", "text", " ", "at.d", "32", "at.m", "1", "at.y", "2026")
	if bad.StatusCode != http.StatusUnprocessableEntity || !bad.has("Kesalahan:") {
		t.Fatalf("a note without words: %d", bad.StatusCode)
	}
	w.send(w.at+"/catatan", w.at, "kind", "incident", "text", "demam <script>", "event", "sakit", "followUp", "ke puskesmas", "at.d", "22", "at.m", "11", "at.y", "2026", "at.t", "09.30", "confidential", "1")
	a := w.ask(w.at)
	for _, s := range []string{"demam &lt;script&gt;", "Sakit", "ke puskesmas", "22 Nov 2026, 09.30 WIB", "Catatan rahasia"} {
		if !a.has(s) {
			t.Errorf("the history lacks %q", s)
		}
	}
	if a = w.ask(w.at + "?jenis=document"); a.has("demam") {
		t.Error("the filter lets notes through")
	}
	if a = w.get(w.at + "?jenis=gossip"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a kind that there is none of: %d", a.StatusCode)
	}
}

func TestAStaleEditOnItsPage(t *testing.T) {
	w := newCaseWorld(t)
	form := w.ask(w.at + "/ubah")
	w.send(w.at+"/ubah", w.at, "_versi", form.seen(), "urgency", "3d", "basis", "consent", "need", "kursi roda", "ppks", "09", "ragam", "fisik")
	a := w.post(w.at+"/ubah", "_versi", form.seen(), "urgency", "3d", "basis", "consent", "need", "alat bantu dengar")
	if a.StatusCode != http.StatusConflict || !a.has("kursi roda") || !a.has("alat bantu dengar") || !a.has("Kebutuhan") {
		t.Fatalf("stale: %d\n%s", a.StatusCode, a.body)
	}
	w.send(w.at+"/ubah", w.at, "_versi", a.seen(), "urgency", "3d", "basis", "consent", "need", "alat bantu dengar")
	if a = w.ask(w.at); !a.has("alat bantu dengar") {
		t.Error("after comparing, mine does not stand")
	}
	if a = w.post(w.at+"/ubah", "_versi", "3", "urgency", "soon", "basis", "consent"); a.StatusCode != http.StatusUnprocessableEntity || !a.has(`href="#f-urgency"`) {
		t.Errorf("an urgency that does not exist: %d", a.StatusCode)
	}
}

func TestStagesOnPages(t *testing.T) {
	w := newCaseWorld(t)
	a := w.ask(w.at + "/tahap")
	if !a.has("1 hal belum ada") {
		t.Error("the page does not say that something is missing")
	}
	refused := w.post(w.at+"/tahap", "_versi", a.seen(), "stage", "2")
	if refused.StatusCode != http.StatusUnprocessableEntity || !refused.has("kasus belum siap untuk tahap ini") || !refused.has("asesmen cepat belum ada") {
		t.Fatalf("an unready case: %d\n%s", refused.StatusCode, refused.body)
	}
	w.send(w.at+"/tahap", w.at, "_versi", a.seen(), "stage", "2", "reason", "sudah dinilai Dinsos")
	if a = w.ask(w.at); !a.has("2 Kesepakatan") || !a.has("sudah dinilai Dinsos") {
		t.Error("the new stage or its reason is not shown")
	}
	if a = w.post(w.at+"/tahap", "_versi", "2", "stage", "x"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no stage at all: %d", a.StatusCode)
	}
}

func TestClaimsOnTheirPage(t *testing.T) {
	w := newCaseWorld(t)
	bad := w.post(w.at+"/klaim", "kind", "nik", "value", "33x", "standing", "stated")
	if bad.StatusCode != http.StatusUnprocessableEntity || !bad.has(`href="#f-value"`) {
		t.Fatalf("a NIK with letters: %d", bad.StatusCode)
	}
	w.send(w.at+"/klaim", w.at+"/klaim", "kind", "nik", "value", "3307014508150003", "standing", "verified", "source", "Dukcapil")
	a := w.ask(w.at + "/klaim")
	if a.has("3307014508150003") || !a.has("0003") || !a.has("terverifikasi Dukcapil") {
		t.Error("the number is not masked, or its standing is missing")
	}
}

func TestDocumentsOnTheirPage(t *testing.T) {
	w := newCaseWorld(t)
	upload := func(name, content string) answer {
		t.Helper()
		var b bytes.Buffer
		m := multipart.NewWriter(&b)
		for _, f := range [][2]string{{"kind", "letter"}, {"title", name}} {
			if err := m.WriteField(f[0], f[1]); err != nil {
				t.Fatal(err)
			}
		}
		if content != "" {
			part, err := m.CreateFormFile("file", "surat rahasia.txt")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(part, content); err != nil {
				t.Fatal(err)
			}
		}
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.srv.URL+w.at+"/dokumen", &b)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", m.FormDataContentType())
		return w.do(req)
	}
	if a := upload("Surat", ""); a.StatusCode != http.StatusUnprocessableEntity || !a.has(`href="#f-file"`) {
		t.Errorf("no file: %d", a.StatusCode)
	}
	if a := upload("Halaman", "<html><script>alert(1)</script></html>"); a.StatusCode != http.StatusUnprocessableEntity || !a.has(`href="#f-file"`) {
		t.Errorf("a page of another kind: %d", a.StatusCode)
	}
	a := upload("Surat <i>Dinsos</i>", "Yth. Kepala Balai")
	if a.StatusCode != http.StatusOK || !a.has("Surat &lt;i&gt;Dinsos") {
		t.Fatalf("stored, but: %d\n%s", a.StatusCode, a.body)
	}
	link := regexp.MustCompile(`href="(/kasus/[^"]*/dokumen/[0-9a-f]{32})"`).FindStringSubmatch(a.body)
	if link == nil {
		t.Fatal("no way to the document")
	}
	got := w.ask(link[1])
	if got.body != "Yth. Kepala Balai" || !strings.HasPrefix(got.Header.Get("Content-Type"), "text/plain") || strings.Contains(got.Header.Get("Content-Disposition"), "rahasia") {
		t.Errorf("sent as %v", got.Header)
	}
}

func TestConsentOnItsPage(t *testing.T) {
	w := newCaseWorld(t)
	if a := w.ask(w.at + "/persetujuan"); !a.has("Belum ada persetujuan") {
		t.Error("an empty list says nothing")
	}
	bad := w.post(w.at+"/persetujuan", "scope", "sharing", "purpose", "rujukan", "how", "written", "givenBy", "person")
	if bad.StatusCode != http.StatusUnprocessableEntity || !bad.has(`href="#f-recipient"`) {
		t.Fatalf("sharing with nobody: %d", bad.StatusCode)
	}
	a := w.send(w.at+"/persetujuan", w.at+"/persetujuan", "scope", "sharing", "recipient", "MGL", "purpose", "fisioterapi", "how", "thumbprint", "givenBy", "guardian",
		"name", "Nenek", "witness", "TKSK", "language", "Jawa", "means", "speech", "until.d", "31", "until.m", "12", "until.y", "2026")
	for _, s := range []string{"kepada MGL", "fisioterapi", "Cap jempol", "saksi TKSK", "sampai 31 Desember 2026", "Berlaku"} {
		if !a.has(s) {
			t.Errorf("the list lacks %q", s)
		}
	}
	w.send(w.at+"/persetujuan", w.at+"/persetujuan", "scope", "processing", "recipient", "MGL", "purpose", "layanan", "how", "written", "givenBy", "person")
	if a = w.ask(w.at); !a.has("Penerima manfaat (PM)") {
		t.Error("with an agreement the person is no beneficiary")
	}
	end := regexp.MustCompile(`href="(/kasus/[^"]*/tarik)"`).FindStringSubmatch(w.ask(w.at + "/persetujuan").body)
	if end == nil {
		t.Fatal("no way to withdraw")
	}
	w.ask(end[1])
	if a = w.send(end[1], w.at+"/persetujuan"); !a.has("Ditarik") {
		t.Error("a withdrawn consent does not say so")
	}
}

func TestAFrozenCaseOnItsPages(t *testing.T) {
	w := newCaseWorld(t)
	err := w.shelf.Update(t.Context(), func(tx casework.Tx) error {
		b, err := w.load.Export(tx, w.c.ID)
		if err != nil {
			return err
		}
		_, err = w.load.Freeze(tx, ani.User, w.c.ID, b.Mark(), casework.HandoffID(strings.Repeat("d", 32)), "MGL")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := w.ask(w.at); !a.has("Isi kasus dibekukan") || a.has(w.at+"/ubah") {
		t.Error("the page does not say that the case is frozen, or offers to edit it")
	}
	if a := w.post(w.at+"/ubah", "_versi", "1", "urgency", "3d", "basis", "consent"); a.StatusCode != http.StatusLocked {
		t.Errorf("an edit of a frozen case: %d", a.StatusCode)
	}
	if a := w.post(w.at+"/catatan", "kind", "progress", "text", "makan siang"); a.StatusCode != http.StatusUnprocessableEntity || !a.has("makan siang") || !a.has(`name="addendum"`) {
		t.Errorf("a note that is no addendum: %d", a.StatusCode)
	}
	w.send(w.at+"/catatan", w.at, "kind", "progress", "text", "makan siang", "addendum", "1")
	if a := w.ask(w.at); !a.has("Catatan susulan") {
		t.Error("the addendum is not shown as one")
	}
}
