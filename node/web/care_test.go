package web_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"serasi/node/caseload"
	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
	"serasi/node/web"
)

// freely lets ani do all that may holds, and everybody all if it is nil.
type freely struct{ may func(casework.Action) bool }

func (g *freely) Check(_ casework.Tx, _ casework.Actor, act casework.Action, _ *casework.Case) error {
	if g.may == nil || g.may(act) {
		return nil
	}
	return casework.Forbidden.Because("your role may not do this")
}

func (g *freely) MaySee(casework.Tx, casework.Actor, casework.Case, casework.Class, casework.Secrecy) error {
	return nil
}

type noTrail struct{}

func (noTrail) Record(casework.Tx, casework.Line) error { return nil }
func (noTrail) OfCase(casework.CaseID, string, int) ([]casework.Line, string, error) {
	return nil, "", nil
}

type noIndex struct{}

func (noIndex) Put(casework.Entry) error                               { return nil }
func (noIndex) Load(iter.Seq[casework.Entry]) error                    { return nil }
func (noIndex) Find(casework.Query) []casework.CaseID                  { return nil }
func (noIndex) List(casework.Query) ([]casework.CaseID, string, error) { return nil, "", nil }
func (noIndex) Doubles(casework.Person, int) []casework.Match          { return nil }

type noBlobs struct{}

func (noBlobs) PutBlob(context.Context, string, io.Reader) (string, int64, string, error) {
	return "", 0, "", errors.ErrUnsupported
}
func (noBlobs) OpenBlob(string, string) (io.ReadCloser, error) { return nil, errors.ErrUnsupported }
func (noBlobs) DropBlob(string) error                          { return nil }

// careWorld is the pages of care over the real use cases.
type careWorld struct {
	*world
	load *caseload.Cases
	gate *freely
	c    casework.Case
	at   string // address of the case
	ever []casework.Action
}

// mayEver says what pages offer, beside what the use cases decide.
func (w *careWorld) mayEver(acts ...casework.Action) { w.ever = acts }

var ani = casework.Actor{User: casework.UserID(strings.Repeat("a", 32)), Name: "Ani"}

// realID gives ani the id of an account, as use cases want one.
type realID struct{ web.Door }

func (d realID) Session(ctx context.Context, cookie string) (casework.Actor, casework.Session, error) {
	by, s, err := d.Door.Session(ctx, cookie)
	if by.User != "" {
		by.User = ani.User
	}
	return by, s, err
}

func newCareWorld(t *testing.T) *careWorld {
	t.Helper()
	w := &careWorld{gate: &freely{}}
	made := 0
	var err error
	w.load, err = caseload.New(caseload.Config{
		Store: &caseworktest.Store{}, Gate: w.gate, Trail: noTrail{}, Index: noIndex{}, Blobs: noBlobs{},
		Clock: func() time.Time { return noon }, Balai: "SRK", Zone: time.FixedZone("WIB", 7*3600),
		NewID: func() string {
			made++
			return strings.Repeat("0", 28) + string("0123456789abcdef"[made/4096%16]) + string("0123456789abcdef"[made/256%16]) + string("0123456789abcdef"[made/16%16]) + string("0123456789abcdef"[made%16])
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.world = newWorld(t, func(c *web.Config) {
		c.Care, c.Door = w.load.Care(), realID{c.Door}
		c.Allowed = func(_ casework.Actor, act casework.Action) bool { return slices.Contains(w.ever, act) }
	})
	w.signIn()
	w.c, _, _, err = w.load.Open(t.Context(), ani, casework.Intake{
		Claims:  []casework.Claim{{Kind: casework.ClaimName, Value: "Siti <b>Contoh</b>", Standing: casework.Stated}},
		Urgency: casework.NotUrgent, Basis: casework.ByPublicTask, Lead: ani.User,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.at = "/kasus/" + string(w.c.ID)
	return w
}

// ask gets a page and fails unless it is there.
func (w *careWorld) ask(path string) answer {
	w.t.Helper()
	a := w.get(path)
	if a.StatusCode != http.StatusOK {
		w.t.Fatalf("GET %s: %d\n%s", path, a.StatusCode, a.body)
	}
	return a
}

// send posts a form and fails unless it leads on to want.
func (w *careWorld) send(path, want string, pairs ...string) answer {
	w.t.Helper()
	a := w.post(path, pairs...)
	if a.StatusCode != http.StatusOK || a.Request.URL.Path != want {
		w.t.Fatalf("POST %s led to %s, %d\n%s", path, a.Request.URL.Path, a.StatusCode, a.body)
	}
	return a
}

var hiddenVersion = regexp.MustCompile(`name="_versi" value="(\d+)"`)

// seen is the version a form of a page was made from.
func (a answer) seen() string {
	m := hiddenVersion.FindStringSubmatch(a.body)
	if m == nil {
		return "none"
	}
	return m[1]
}

func goalFields(version string) []string {
	return []string{
		"_versi", version, "problem", "belum bisa berjalan", "aim", "berjalan 10 meter", "component", "K4a", "activity", "fisioterapi", "base", "residensial",
		"from.d", "22", "from.m", "11", "from.y", "2026", "until.d", "22", "until.m", "12", "until.y", "2026", "cost", "1.500.000",
	}
}

func TestAPlanOnPages(t *testing.T) {
	w := newCareWorld(t)
	a := w.ask(w.at + "/rencana")
	if !a.has("Asesmen dulu") || !a.has(w.at+"/asesmen") {
		t.Error("without a plan the page does not lead to the assessment")
	}
	if !a.has("Siti &lt;b&gt;Contoh&lt;/b&gt;") {
		t.Error("a name is not shown as it was written")
	}
	form := w.ask(w.at + "/rencana/tujuan")
	bad := w.post(w.at+"/rencana/tujuan", "_versi", form.seen(), "aim", "berjalan 10 meter", "from.d", "31", "from.m", "2", "from.y", "2026")
	if bad.StatusCode != http.StatusUnprocessableEntity || !bad.has("berjalan 10 meter") || !bad.has(`href="#f-component"`) || !bad.has("Kesalahan:") {
		t.Fatalf("a bad goal: %d\n%s", bad.StatusCode, bad.body)
	}
	a = w.send(w.at+"/rencana/tujuan", w.at+"/rencana", goalFields(form.seen())...)
	if !a.has("Rancangan rencana versi 1") || !a.has("Rp1.500.000") || !a.has("22 Desember 2026") {
		t.Errorf("the draft is not shown: %s", a.body)
	}
	refused := w.post(w.at+"/rencana/setujui", "_versi", "1")
	if refused.StatusCode != http.StatusUnprocessableEntity || !refused.has("harus disepakati dengan PM") {
		t.Errorf("approved without anybody's agreement: %d", refused.StatusCode)
	}
	a = w.send(w.at+"/rencana", w.at+"/rencana", "_versi", "1", "withFamily", "1")
	a = w.send(w.at+"/rencana/setujui", w.at+"/rencana", "_versi", a.seen())
	if !a.has("Rencana yang berlaku, versi 1") || !a.has("Rencana disetujui.") {
		t.Errorf("approved, but: %s", a.body)
	}
	result := regexp.MustCompile(`href="(/kasus/[^"]*/hasil)"`).FindStringSubmatch(a.body)
	if result == nil {
		t.Fatal("no way to the result of a goal")
	}
	form = w.ask(result[1])
	a = w.send(result[1], w.at+"/rencana", "_versi", form.seen(), "outcome", "tercapai", "result", "12 meter")
	if !a.has("Tercapai") || !a.has("12 meter") {
		t.Error("the result is not shown")
	}
	w.english()
	if a = w.ask(w.at + "/rencana"); !a.has("Plan in force, version 1") || a.has("Rencana yang berlaku") {
		t.Error("the English page speaks Indonesian")
	}
}

func TestAStaleGoalShowsBothTexts(t *testing.T) {
	w := newCareWorld(t)
	w.send(w.at+"/rencana/tujuan", w.at+"/rencana", goalFields("0")...)
	goal := regexp.MustCompile(`href="(/kasus/[^"]*/rencana/tujuan/[0-9a-f]{32})"`).FindStringSubmatch(w.ask(w.at + "/rencana").body)
	if goal == nil {
		t.Fatal("no way to change the goal")
	}
	form := w.ask(goal[1])
	theirs := goalFields(form.seen())
	theirs[5] = "berjalan 20 meter"
	w.send(goal[1], w.at+"/rencana", theirs...)
	mine := goalFields(form.seen())
	mine[5] = "berjalan 30 meter"
	a := w.post(goal[1], mine...)
	if a.StatusCode != http.StatusConflict || !a.has("berjalan 20 meter") || !a.has("berjalan 30 meter") || !a.has("Orang lain sudah mengubah ini") {
		t.Fatalf("stale: %d\n%s", a.StatusCode, a.body)
	}
	mine[1] = a.seen() // sent again, on top of what was seen now
	if a = w.send(goal[1], w.at+"/rencana", mine...); !a.has("berjalan 30 meter") || a.has("berjalan 20 meter") {
		t.Error("after comparing, mine does not stand")
	}
}

func TestEverySheetOnPages(t *testing.T) {
	today := []string{"d", "22", "m", "11", "y", "2026"}
	day := func(name string) (out []string) {
		for i := 0; i < len(today); i += 2 {
			out = append(out, name+"."+today[i], today[i+1])
		}
		return out
	}
	for path, row := range map[string]struct {
		fields       []string
		shown, fault string // what stands in the list, and which field is missing from an empty form
	}{
		"layanan":      {append(day("day"), "component", "K1", "activity", "nutrisi <i>pagi</i>", "base", "residensial", "amount", "2"), "nutrisi &lt;i&gt;pagi", "component"},
		"alat":         {append(day("since"), "kind", "alat bantu", "item", "kursi roda", "state", "diminta"), "kursi roda", "item"},
		"konferensi":   {append(day("day"), "people.0.name", "Dr. Contoh", "people.0.role", "psikolog", "decisions", "tiga bulan"), "tiga bulan", "decisions"},
		"kejadian":     {append(day("day"), "kind", "sakit", "account", "demam tinggi"), "demam tinggi", "account"},
		"adminduk":     {append(day("since"), "kind", "nik", "state", "direkam", "office", "Dukcapil Wonosobo"), "Dukcapil Wonosobo", "kind"},
		"program":      {append(day("seen"), "code", "PKH", "state", "diusulkan", "decile", "2"), "Diusulkan", "code"},
		"pascalayanan": {append(day("day"), "way", "telepon", "condition", "sehat, sekolah"), "sehat, sekolah", "condition"},
	} {
		t.Run(path, func(t *testing.T) {
			w := newCareWorld(t)
			if a := w.ask(w.at + "/" + path); !a.has(`class="empty"`) {
				t.Error("an empty list says nothing")
			}
			w.ask(w.at + "/" + path + "/baru")
			bad := w.post(w.at + "/" + path + "/baru")
			if bad.StatusCode != http.StatusUnprocessableEntity || !bad.has(`href="#f-`+row.fault+`"`) {
				t.Fatalf("an empty form: %d\n%s", bad.StatusCode, bad.body)
			}
			a := w.send(w.at+"/"+path+"/baru", w.at+"/"+path, row.fields...)
			if !a.has(row.shown) {
				t.Fatalf("%q is not in the list: %s", row.shown, a.body)
			}
			edit := regexp.MustCompile(`href="(` + w.at + `/` + path + `/[0-9a-f]{32})"`).FindStringSubmatch(a.body)
			if edit == nil {
				t.Fatal("no way to correct it")
			}
			form := w.ask(edit[1])
			for i := 1; i < len(row.fields); i += 2 {
				if v := row.fields[i]; !form.has(`value="`+v+`"`) && !form.has(">"+strings.ReplaceAll(v, "<", "&lt;")) && !form.has("nutrisi &lt;i&gt;") {
					t.Errorf("%s is not in the form: %q", row.fields[i-1], v)
				}
			}
			again := append([]string{"_versi", form.seen()}, row.fields...)
			w.send(edit[1], w.at+"/"+path, again...)
			stale := w.post(edit[1], again...)
			if stale.StatusCode != http.StatusConflict {
				t.Errorf("a stale correction: %d", stale.StatusCode)
			}
			w.english()
			if a := w.ask(w.at + "/" + path); a.has("care.") {
				t.Error("a word is missing in English")
			}
			w.gate.may = func(act casework.Action) bool { return act == casework.ReadCase || act == casework.Find }
			if a := w.ask(w.at + "/" + path); a.has("/baru\"") || a.has(edit[1]) {
				t.Error("a page offers what its reader may not do")
			}
			if a := w.post(w.at+"/"+path+"/baru", row.fields...); a.StatusCode != http.StatusForbidden {
				t.Errorf("a forbidden record: %d", a.StatusCode)
			}
		})
	}
}

func TestTasksOnPages(t *testing.T) {
	w := newCareWorld(t)
	w.ask(w.at + "/tugas")
	if a := w.post(w.at+"/tugas", "what", "", "due.d", "1"); a.StatusCode != http.StatusUnprocessableEntity || !a.has(`href="#f-what"`) {
		t.Fatalf("an empty task: %d", a.StatusCode)
	}
	a := w.send(w.at+"/tugas", w.at+"/tugas", "what", "telepon dinsos", "due.d", "20", "due.m", "11", "due.y", "2026")
	if !a.has("telepon dinsos") || !a.has("terlambat 2 hari") {
		t.Fatalf("a late task: %s", a.body)
	}
	for query, want := range map[string]bool{"": true, "?terlambat=1": true, "?jenis=task": true, "?jenis=consent": false, "?milik=balai": true, "?milik=unit": false} {
		if a := w.ask("/tugas" + query); a.has("telepon dinsos") != want {
			t.Errorf("/tugas%s shows it: %t", query, !want)
		}
	}
	if a := w.get("/tugas?milik=siapa"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("tasks of whoever: %d", a.StatusCode)
	}
	finish := regexp.MustCompile(`action="(/kasus/[^"]*/selesai)"`).FindAllStringSubmatch(a.body, -1)
	if len(finish) != 2 {
		t.Fatalf("%d tasks can be finished, want the task and the stage", len(finish))
	}
	a = w.send(finish[0][1], w.at+"/tugas")
	if a.has(">telepon dinsos</th>") || !a.has("Sudah selesai") {
		t.Error("what is done is not where it belongs")
	}
}

func TestPlacesOnPages(t *testing.T) {
	w := newCareWorld(t)
	w.mayEver(casework.SetUp)
	if a := w.ask("/hunian"); !a.has("Belum ada asrama") {
		t.Error("no houses, and no word about it")
	}
	if a := w.post("/hunian/asrama", "name", "Melati", "beds", "A / 1\nA / 1"); a.StatusCode != http.StatusUnprocessableEntity || !a.has(`href="#f-beds"`) {
		t.Fatalf("two beds of one name: %d", a.StatusCode)
	}
	a := w.send("/hunian/asrama", "/hunian", "name", "Melati", "site", "Manahan", "ageMin", "6", "beds", "A / 1\nA / 2 *\nB / 1")
	if !a.has("Manahan, Melati") || !a.has("0 terisi, 2 kosong") || !a.has("Tidak dipakai") {
		t.Fatalf("the board: %s", a.body)
	}
	if a := w.ask(w.at + "/hunian"); !a.has("Belum tinggal di balai") || !a.has("/hunian/masuk") || a.has("/hunian/keluar") {
		t.Error("who has no bed is offered the wrong steps")
	}
	form := w.ask(w.at + "/hunian/masuk")
	bed := regexp.MustCompile(`<option value="([0-9a-f]{32})"`).FindAllStringSubmatch(form.body, -1)
	if len(bed) != 2 {
		t.Fatalf("%d beds to choose from", len(bed))
	}
	date := []string{"from.d", "22", "from.m", "11", "from.y", "2026"}
	a = w.send(w.at+"/hunian/masuk", w.at+"/hunian", append(date, "bed", bed[0][1], "companion", "1")...)
	if !a.has("Manahan, Melati, A, 1") || !a.has("/hunian/pergi") || a.has("/hunian/kembali") {
		t.Fatalf("after admission: %s", a.body)
	}
	away := w.ask(w.at + "/hunian/pergi")
	a = w.send(w.at+"/hunian/pergi", w.at+"/hunian", append(date, "_versi", away.seen(), "kind", "rumah sakit", "where", "RSUD")...)
	if !a.has("Rumah sakit (RSUD)") || !a.has("/hunian/kembali") {
		t.Errorf("in hospital: %s", a.body)
	}
	if a := w.ask("/hunian"); !a.has("1 terisi, 1 kosong") || !a.has(w.c.Number) || !a.has("Rumah sakit") || a.has("Siti") {
		t.Errorf("the board shows more or less than it should: %s", a.body)
	}
	back := w.ask(w.at + "/hunian/kembali")
	w.send(w.at+"/hunian/kembali", w.at+"/hunian", "_versi", back.seen(), "day.d", "22", "day.m", "11", "day.y", "2026")
	move := w.ask(w.at + "/hunian/pindah")
	a = w.send(w.at+"/hunian/pindah", w.at+"/hunian", append(date, "_versi", move.seen(), "bed", bed[1][1])...)
	if !a.has("Manahan, Melati, B, 1") || !a.has("Pindah kamar") {
		t.Errorf("after the move: %s", a.body)
	}
	stale := w.post(w.at+"/hunian/pindah", append(date, "_versi", move.seen(), "bed", bed[0][1])...)
	if stale.StatusCode != http.StatusConflict || !stale.has("Manahan, Melati, B, 1") || !stale.has("Manahan, Melati, A, 1") || stale.seen() == move.seen() {
		t.Errorf("a move by somebody who saw another bed: %d\n%s", stale.StatusCode, stale.body)
	}
	house := regexp.MustCompile(`href="(/hunian/asrama/[0-9a-f]{32})"`).FindStringSubmatch(w.ask("/hunian").body)
	edit := w.ask(house[1])
	if !edit.has("A / 2 *") {
		t.Error("the form does not hold the beds")
	}
	if a := w.post(house[1], "_versi", edit.seen(), "name", "Melati", "beds", "A / 1"); a.StatusCode != http.StatusConflict || !a.has("sudah terisi") {
		t.Errorf("a bed in use was taken away: %d", a.StatusCode)
	}
	leave := w.ask(w.at + "/hunian/keluar")
	w.send(w.at+"/hunian/keluar", w.at+"/hunian", "_versi", leave.seen(), "left", "keluarga", "day.d", "22", "day.m", "11", "day.y", "2026")
	w.send(house[1], "/hunian", "_versi", edit.seen(), "name", "Melati", "beds", "A / 1")
}

func TestACaseEndsOnPages(t *testing.T) {
	w := newCareWorld(t)
	form := w.ask(w.at + "/terminasi")
	bad := w.post(w.at+"/terminasi", "_versi", form.seen(), "reason", "reunifikasi", "outcome", "sebagian", "functioning", "lima")
	if bad.StatusCode != http.StatusUnprocessableEntity || !bad.has(`href="#f-functioning"`) {
		t.Fatalf("a bad record: %d", bad.StatusCode)
	}
	bad = w.post(w.at+"/terminasi", "_versi", form.seen(), "reason", "reunifikasi", "outcome", "sebagian", "functioning", "3")
	if bad.StatusCode != http.StatusUnprocessableEntity || !bad.has(`href="#f-destination"`) || !bad.has(`href="#f-after"`) {
		t.Fatalf("an incomplete record: %d\n%s", bad.StatusCode, bad.body)
	}
	a := w.send(w.at+"/terminasi", w.at+"/terminasi", "_versi", form.seen(), "reason", "reunifikasi", "outcome", "sebagian", "functioning", "3",
		"destination", "rumah nenek", "papers", "akta\nKIA", "after", "kunjungan TKSK")
	if !a.has("rumah nenek") || !a.has("akta, KIA") || a.has("<form method=\"post\" action=\"/kasus") {
		t.Errorf("afterwards: %s", a.body)
	}
	if a := w.ask(w.at + "/tugas"); !a.has("Kunjungan pascalayanan bulan ke-3") || !a.has("22 Februari 2027") {
		t.Errorf("no visit is due: %s", a.body)
	}
	if a := w.get(w.at + "/rencana/tujuan"); a.StatusCode != http.StatusConflict {
		t.Errorf("a closed case takes a goal: %d", a.StatusCode)
	}
}

func TestTheCalendarOnAPage(t *testing.T) {
	w := newCareWorld(t)
	w.mayEver(casework.SetUp)
	a := w.ask("/kalender")
	if !a.has("2026-08-17; libur nasional; Proklamasi Kemerdekaan") || !a.has("Hari libur 2027 belum diisi") {
		t.Fatalf("the calendar: %s", a.body)
	}
	fields := func(holidays string) []string {
		return []string{"_versi", a.seen(), "holidays", holidays, "deadlines.access", "2", "deadlines.agreement", "3", "deadlines.assessment", "14", "deadlines.planning", "7", "deadlines.review", "30", "deadlines.consent", "3"}
	}
	bad := w.post("/kalender", fields("2027-01-01; libur nasional; Tahun Baru\n2027-02-30; libur nasional; Bukan hari")...)
	if bad.StatusCode != http.StatusUnprocessableEntity || !bad.has("baris 2") {
		t.Fatalf("a day that does not exist: %d\n%s", bad.StatusCode, bad.body)
	}
	w.send("/kalender", "/kalender", fields("2027-01-01; libur nasional; Tahun Baru")...)
	if stale := w.post("/kalender", fields("2027-01-01; libur nasional; Tahun Baru")...); stale.StatusCode != http.StatusConflict {
		t.Errorf("a stale calendar: %d", stale.StatusCode)
	}
	w.mayEver()
	if a := w.ask("/kalender"); a.has("<textarea") || !a.has("Tahun Baru") {
		t.Error("who may not set up the balai is shown a form, or no calendar")
	}
}

// TestNothingOfAPersonInAddressesAndTitles looks at every page of a case.
func TestNothingOfAPersonInAddressesAndTitles(t *testing.T) {
	w := newCareWorld(t)
	title := regexp.MustCompile(`<title>[^<]*</title>`)
	for _, path := range []string{"rencana", "rencana/tujuan", "layanan", "layanan/baru", "alat", "konferensi", "konferensi/baru", "tugas", "hunian", "hunian/masuk", "kejadian", "adminduk", "program", "terminasi", "pascalayanan"} {
		a := w.ask(w.at + "/" + path)
		if strings.Contains(title.FindString(a.body), "Siti") || strings.Contains(title.FindString(a.body), w.c.Number) {
			t.Errorf("%s: the title tells who it is about", path)
		}
		for _, href := range regexp.MustCompile(`(?:href|action)="([^"]*)"`).FindAllStringSubmatch(a.body, -1) {
			if u, err := url.QueryUnescape(href[1]); err != nil || strings.Contains(u, "Siti") {
				t.Errorf("%s: an address tells who it is about: %s", path, href[1])
			}
		}
		if strings.Contains(a.body, "care.") || strings.Contains(a.body, "&lt;no value&gt;") {
			t.Errorf("%s: a word is missing", path)
		}
	}
}
