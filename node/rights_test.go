package node_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

// right is one thing somebody may do, at both doors. An empty method or page is
// a door that does not have it. Bodies are whole, so that a refusal is one of
// the permission table and of nothing else.
type right struct {
	act  casework.Action
	none bool // no case is concerned
	rest string
	body string
	page string // of the pages; with form it is sent
	form url.Values
}

const nobody = "00000000000000000000000000000000"

// rights are asked of every role, by REST with and without step-up and on the
// page. {c} is the case, {u} a colleague.
var rights = []right{
	{act: casework.Find, none: true, rest: "GET /cases", page: "/kasus"},
	{act: casework.ReadCase, rest: "GET /cases/{c}", page: "/kasus/{c}"},
	{act: casework.ReadCase, rest: "GET /cases/{c}/notes", page: "/kasus/{c}/dokumen"},
	{act: casework.ReadCase, rest: "GET /cases/{c}/timeline"},
	{act: casework.ReadCase, rest: "GET /cases/{c}/documents"},
	{act: casework.ReadCase, rest: "GET /cases/{c}/team", page: "/kasus/{c}/tim"},
	{act: casework.AddToCase, rest: "POST /cases/{c}/notes", body: `{"kind":"progress","text":"makan siang"}`},
	{act: casework.WriteCase, rest: "POST /cases/{c}/claims", body: `{"claims":[{"kind":"alias","value":"Min","standing":"stated"}]}`},
	{act: casework.Assign, rest: "POST /cases/{c}/team", body: `{"user":"{u}","as":"perawat"}`, page: "/kasus/{c}/tim", form: url.Values{"user": {"{u}"}, "as": {"perawat"}}},
	{act: casework.BreakGlass, rest: "POST /cases/{c}/break-glass", body: `{"reason":"lainnya","why":"uji hak akses setiap peran"}`, page: "/kasus/{c}/darurat", form: url.Values{"reason": {"lainnya"}, "why": {"uji hak akses setiap peran"}}},
	{act: casework.Review, rest: "POST /cases/{c}/break-glass/" + nobody + "/review", body: `{"verdict":"dapat dibenarkan","words":"uji hak akses"}`},
	{act: casework.ReadAudit, rest: "GET /cases/{c}/looks", page: "/kasus/{c}/akses"},
	{act: casework.KeepPrivacy, rest: "POST /cases/{c}/requests", body: `{"kind":"salinan","from":"wali","words":"minta salinan"}`, page: "/kasus/{c}/privasi/permintaan", form: url.Values{"kind": {"salinan"}, "from": {"wali"}, "words": {"minta salinan"}}},
	{act: casework.KeepPrivacy, rest: "DELETE /cases/{c}/restriction", page: "/kasus/{c}/privasi/cabut", form: url.Values{"cabut": {"1"}}},
	{act: casework.Erase, rest: "POST /cases/{c}/erasure", body: `{"reason":"masa simpan habis","letter":"1/2026"}`, page: "/kasus/{c}/privasi/hapus", form: url.Values{"reason": {"masa simpan habis"}, "letter": {"1/2026"}}},
	{act: casework.Oversee, none: true, rest: "GET /emergencies", page: "/privasi"},
	{act: casework.Oversee, none: true, rest: "GET /requests"},
	{act: casework.Oversee, none: true, rest: "GET /grants", page: "/izin"},
	{act: casework.KeepPrivacy, none: true, rest: "GET /incidents/" + nobody + "/affected", page: "/privasi/insiden/" + nobody},
	{act: casework.GrantSecrecy, none: true, rest: "DELETE /grants/" + nobody},
	{act: casework.ManageUsers, none: true, rest: "GET /users", page: "/pengguna"},
	{act: casework.ManageUsers, none: true, rest: "DELETE /users/" + nobody + "/second-factor", page: "/pengguna/" + nobody + "/kode", form: url.Values{"buang": {"1"}}},
}

// loosened are acts that need no step-up to be taken back.
var loosened = map[string]bool{"DELETE /grants/" + nobody: true}

// truthOf reads the table that people read: whether a role may do an act.
func truthOf(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("access", "testdata", "truth.txt"))
	if err != nil {
		t.Fatal(err)
	}
	truth, roles := map[string]bool{}, []string(nil)
	for line := range strings.Lines(string(text)) {
		f := strings.Split(line, "|")
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		if len(f) < 4 {
			continue
		}
		if f[0] == "action" {
			roles = f[3:]
			continue
		}
		for i, role := range roles {
			truth[fmt.Sprint(f[0], "|", f[1], "|", f[2] == "yes", "|", role)] = f[3+i] == "yes"
		}
	}
	return truth
}

// person is somebody with a token of each strength and a browser.
type person struct {
	role        casework.Role
	relation    casework.Relation
	plain, sure string // bearer tokens
	browser     *http.Client
}

type bench struct {
	t     *testing.T
	b     *nodetest.Balai
	fill  *strings.Replacer
	truth map[string]bool
}

func (w *bench) send(p *person, c *http.Client, bearer, method, path, body, media string) (int, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.b.URL()+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := c.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// rest asks the REST door, and reports whether the table let it through.
func (w *bench) rest(p *person, bearer string, r right) bool {
	w.t.Helper()
	method, path, _ := strings.Cut(w.fill.Replace(r.rest), " ")
	media := ""
	if r.body != "" {
		media = "application/json"
	}
	status, text := w.send(p, http.DefaultClient, bearer, method, "/api/v1"+path, w.fill.Replace(r.body), media)
	if status == http.StatusUnauthorized || status == http.StatusUnprocessableEntity || status >= 500 {
		w.t.Errorf("%s by %s: %d %s", r.rest, p.role, status, text)
	}
	return status != http.StatusForbidden
}

// page opens or sends a page, and reports whether the table let it through.
func (w *bench) page(p *person, r right) bool {
	w.t.Helper()
	method, body, media := http.MethodGet, "", ""
	if r.form != nil {
		filled := url.Values{}
		for k, v := range r.form {
			filled.Set(k, w.fill.Replace(v[0]))
		}
		method, body, media = http.MethodPost, filled.Encode(), "application/x-www-form-urlencoded"
	}
	status, text := w.send(p, p.browser, "", method, w.fill.Replace(r.page), body, media)
	if status == http.StatusUnauthorized || status == http.StatusUnprocessableEntity || status >= 500 {
		w.t.Errorf("%s by %s: %d %.300s", r.page, p.role, status, text)
	}
	return status != http.StatusForbidden
}

// enter signs somebody in at both doors.
func (w *bench) enter(login string, role casework.Role, rel casework.Relation) *person {
	w.t.Helper()
	scopes := []string{"read", "write", "handoff", "node"}
	token := func(more ...string) string {
		var out struct{ Token string }
		w.b.Must("", http.MethodPost, "/tokens", map[string]any{
			"login": login, "password": nodetest.Password, "label": "hak", "scopes": append(slices.Clone(scopes), more...),
		}, &out)
		return out.Token
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	p := &person{role: role, relation: rel, plain: token(), sure: token("stepup"), browser: &http.Client{Jar: jar}}
	form := url.Values{"login": {login}, "password": {nodetest.Password}}
	if status, text := w.send(p, p.browser, "", http.MethodPost, "/masuk", form.Encode(), "application/x-www-form-urlencoded"); status != http.StatusOK {
		w.t.Fatalf("%s signs in: %d %.300s", login, status, text)
	}
	return p
}

// Every role asks for every right of the table, at the REST door without and
// with step-up, and on the page of somebody who has just signed in. The answers
// are those of the one table that the use cases are tested with.
func TestEveryRoleAtEveryDoor(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK")
	b := c.Of("SRK")
	opened := b.Open("Paimin Rahasia", nil)
	helper := add(b, "penolong", casework.Worker)
	w := &bench{t: t, b: b, truth: truthOf(t), fill: strings.NewReplacer("{c}", string(opened.ID), "{u}", string(helper))}
	add(b, "asing", casework.Worker)
	add(b, "auditor", casework.Auditor)
	people := []*person{
		w.enter("worker", casework.Worker, casework.Assigned), w.enter("asing", casework.Worker, casework.SameUnit),
		w.enter("supervisor", casework.Supervisor, casework.SameUnit), w.enter("head", casework.Head, casework.SameBalai),
		w.enter("desk", casework.FrontDesk, casework.SameBalai), w.enter("dpo", casework.DPO, casework.SameBalai),
		w.enter("auditor", casework.Auditor, casework.SameBalai), w.enter("admin", casework.AdminIT, casework.SameBalai),
	}
	asked := 0
	for _, p := range people {
		for _, r := range rights {
			w.ask(p, r, &asked)
		}
	}
	t.Logf("%d questions", asked)
	if asked < 300 {
		t.Errorf("only %d questions were asked", asked)
	}
	w.adminSeesNothing(people[len(people)-1])
	w.everyLookIsALine(people[3])
}

// add makes one more account.
func add(b *nodetest.Balai, login string, role casework.Role) casework.UserID {
	var u casework.User
	b.Must("admin", http.MethodPost, "/users", map[string]any{
		"login": login, "name": "Uji " + login, "roles": []casework.Role{role}, "password": nodetest.Password, "unit": "satu",
	}, &u)
	return u.ID
}

func (w *bench) ask(p *person, r right, asked *int) {
	w.t.Helper()
	rel := p.relation
	if r.none {
		rel = casework.NoRelation
	}
	want := func(sure bool) bool { return w.truth[fmt.Sprint(r.act, "|", rel, "|", sure, "|", p.role)] }
	// An emergency would open what the next rows find closed: it is asked of
	// those only who may not have one, or read the case anyway.
	if r.act == casework.BreakGlass && want(true) && !w.truth[fmt.Sprint(casework.ReadCase, "|", rel, "|false|", p.role)] {
		return
	}
	check := func(where string, got, want bool) {
		if *asked++; got != want {
			w.t.Errorf("%s (%s), %s %s: %v, the table says %v", p.role, rel, where, r.rest, got, want)
		}
	}
	check("REST", w.rest(p, p.plain, r), want(loosened[r.rest]))
	check("REST with step-up", w.rest(p, p.sure, r), want(true))
	if r.page != "" {
		check("page "+r.page, w.page(p, r), want(true))
	}
}

var casePage = regexp.MustCompile(`"GET (/kasus/\{id\}[^"]*)"`)

// addresses are all of a case that there are, at both doors, to be opened.
func (w *bench) addresses() (paths []string) {
	t := w.t
	t.Helper()
	var d struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(w.b.Page("/api/v1/openapi.json"), &d); err != nil {
		t.Fatal(err)
	}
	part := regexp.MustCompile(`\{[a-z]+\}`)
	address := func(pattern string) string {
		return part.ReplaceAllString(strings.Replace(pattern, "{id}", w.fill.Replace("{c}"), 1), nobody)
	}
	for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
		if strings.HasPrefix(path, "/api/v1/cases/{id}") && d.Paths[path]["get"] != nil {
			paths = append(paths, address(path))
		}
	}
	files, err := filepath.Glob(filepath.Join("web", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range casePage.FindAllStringSubmatch(string(src), -1) {
			paths = append(paths, address(m[1]))
		}
	}
	if len(paths) < 30 {
		t.Errorf("found only %d addresses of a case", len(paths))
	}
	return paths
}

// open asks for one address at its door.
func (w *bench) open(p *person, path string) (status int, text string) {
	w.t.Helper()
	if strings.HasPrefix(path, "/api/") {
		return w.send(p, http.DefaultClient, p.sure, http.MethodGet, path, "", "")
	}
	return w.send(p, p.browser, "", http.MethodGet, path, "", "")
}

// adminSeesNothing opens every address of a case that there is, as an admin IT.
func (w *bench) adminSeesNothing(p *person) {
	t := w.t
	t.Helper()
	for _, path := range w.addresses() {
		status, text := w.open(p, path)
		if status != http.StatusForbidden && status != http.StatusNotFound && status != http.StatusUnprocessableEntity {
			t.Errorf("the admin IT opens %s: %d", path, status)
		}
		if strings.Contains(text, "Paimin") || strings.Contains(text, "Rahasia") {
			t.Errorf("%s tells the admin IT who it is about", path)
		}
	}
}

// silent are pages of a case that show nothing of it.
var silent = []string{"/darurat"}

// everyLookIsALine opens every address of a case as somebody who may: each that
// shows something has a line of the trail before it is shown.
func (w *bench) everyLookIsALine(p *person) {
	t := w.t
	t.Helper()
	last := func() uint64 {
		var out struct{ Items []casework.Line }
		w.b.Must("dpo", http.MethodGet, "/audit?limit=1", nil, &out)
		return out.Items[0].Seq
	}
	shown := 0
	for _, path := range w.addresses() {
		before := last()
		status, _ := w.open(p, path)
		if status != http.StatusOK || slices.ContainsFunc(silent, func(s string) bool { return strings.HasSuffix(path, s) }) {
			continue
		}
		shown++
		if last() < before+2 { // the look, and this question
			t.Errorf("%s was shown and left no line", path)
		}
	}
	if shown < 20 {
		t.Errorf("only %d addresses were shown", shown)
	}
}

// What erased data leaves on a whole node, and what an emergency lets through.
func TestAnEmergencyAndAnErasureOnAWholeNode(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK")
	b := c.Of("SRK")
	opened := b.Open("Paimin Rahasia", nil)
	at := "/cases/" + string(opened.ID)
	add(b, "asing", casework.Worker)
	add(b, "dpo2", casework.DPO)
	w := &bench{t: t, b: b, fill: strings.NewReplacer("{c}", string(opened.ID))}
	asing := w.enter("asing", casework.Worker, casework.SameUnit)
	read := right{rest: "GET /cases/{c}"}
	if w.rest(asing, asing.sure, read) {
		t.Fatal("a case of somebody else was read")
	}
	if !w.rest(asing, asing.sure, right{rest: "POST /cases/{c}/break-glass", body: `{"reason":"keadaan darurat","why":"anak demam tinggi malam ini"}`}) {
		t.Fatal("the emergency was refused")
	}
	if !w.rest(asing, asing.plain, read) {
		t.Error("the emergency opened nothing")
	}
	b.SetClock(31 * time.Minute)
	if w.rest(asing, asing.plain, read) {
		t.Error("after half an hour it is still open")
	}

	dpo := w.enter("dpo2", casework.DPO, casework.SameBalai)
	head := w.enter("head", casework.Head, casework.SameBalai)
	ask := right{rest: "POST /cases/{c}/erasure", body: `{"reason":"masa simpan habis","letter":"7/2026"}`}
	if status, _ := w.send(head, http.DefaultClient, head.sure, "POST", "/api/v1"+at+"/erasure", ask.body, "application/json"); status != http.StatusConflict {
		t.Errorf("an open case can be erased: %d", status)
	}
	over, err := b.Case(opened.ID)
	if err != nil {
		t.Fatal(err)
	}
	shut(w, head, over.Case)
	var e casework.Erasure
	if status, text := w.send(head, http.DefaultClient, head.sure, "POST", "/api/v1"+at+"/erasure", ask.body, "application/json"); status != http.StatusCreated || json.Unmarshal([]byte(text), &e) != nil {
		t.Fatalf("ask for the erasure: %d %s", status, text)
	}
	confirm := right{rest: "POST /erasures/" + e.ID + "/confirm"}
	if w.rest(head, head.sure, confirm) {
		t.Fatal("one person alone erased somebody")
	}
	status, text := w.send(dpo, http.DefaultClient, dpo.sure, "POST", "/api/v1/erasures/"+e.ID+"/confirm", "", "")
	if status != http.StatusOK || json.Unmarshal([]byte(text), &e) != nil || e.Gone.Sub(e.Done) != casework.BackupsKept {
		t.Fatalf("confirm: %d %s", status, text)
	}
	var p *nodetest.Problem
	if err := b.Do("head", http.MethodGet, at, nil, nil); !errors.As(err, &p) || p.Status != http.StatusNotFound {
		t.Errorf("the case after that: %v", err)
	}
	if text := string(b.Page("/api/v1/openapi.json")); strings.Contains(text, "Paimin") {
		t.Error("the name is still told")
	}
	if status, text := w.send(head, head.browser, "", http.MethodGet, "/kasus", "", ""); status != http.StatusOK || strings.Contains(text, "Paimin") {
		t.Errorf("the list of cases: %d", status)
	}
	if status, text := w.send(dpo, dpo.browser, "", http.MethodGet, "/privasi/hapus/"+e.ID, "", ""); status != http.StatusOK || !strings.Contains(text, "keterangan penghapusan") {
		t.Errorf("the certificate: %d", status)
	}
}

// shut closes a case as the worker who leads it.
func shut(w *bench, p *person, c casework.Case) {
	w.t.Helper()
	worker := w.enter("worker", casework.Worker, casework.Assigned)
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.b.URL()+"/api/v1/cases/"+string(c.ID)+"/close", strings.NewReader(`{"reason":"meninggal dunia"}`))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("If-Match", fmt.Sprintf(`"%d"`, c.Version))
	req.Header.Set("Authorization", "Bearer "+worker.plain)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
		w.t.Fatalf("close: %d %s", resp.StatusCode, text)
	}
}
