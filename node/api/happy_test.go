package api_test

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"serasi/node/api"
	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
)

// spec is the part of an OpenAPI document that tests read.
type spec struct {
	OpenAPI string                          `json:"openapi"`
	Paths   map[string]map[string]operation `json:"paths"`
	Parts   struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

type operation struct {
	ID         string `json:"operationId"`
	Parameters []struct {
		Name   string `json:"name"`
		In     string `json:"in"`
		Schema schema `json:"schema"`
	} `json:"parameters"`
	RequestBody *struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
	Responses map[string]json.RawMessage `json:"responses"`
	Security  []map[string][]string      `json:"security"`
}

type schema struct {
	Ref        string            `json:"$ref"`
	Type       any               `json:"type"`
	Pattern    string            `json:"pattern"`
	Enum       []any             `json:"enum"`
	Minimum    *float64          `json:"minimum"`
	MaxLength  *int              `json:"maxLength"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
}

func (s spec) resolve(x schema) schema {
	if name, ok := strings.CutPrefix(x.Ref, "#/components/schemas/"); ok {
		return s.Parts.Schemas[name]
	}
	return x
}

func (w *world) spec() (s spec) {
	w.t.Helper()
	w.do("", "GET", base+"/openapi.json", "").want(200).into(&s)
	return s
}

// route returns the pattern of a request.
func (s spec) route(method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	best := ""
	for pattern, ops := range s.Paths {
		want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
		fits := len(want) == len(have)
		for i := 0; fits && i < len(want); i++ {
			fits = want[i] == have[i] || strings.HasPrefix(want[i], "{")
		}
		if _, has := ops[strings.ToLower(method)]; fits && has && (best == "" || strings.Count(pattern, "{") < strings.Count(best, "{")) {
			best = pattern
		}
	}
	return method + " " + best
}

// form makes an upload. Its parts come in the order of the pairs; the last one
// is the file.
func form(pairs ...string) (body, contentType string) {
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + pairs[i] + `"`}}
		if pairs[i] == "file" {
			h.Set("Content-Disposition", `form-data; name="file"; filename="x"`)
			h.Set("Content-Type", "text/plain")
		}
		p, _ := m.CreatePart(h)
		_, _ = p.Write([]byte(pairs[i+1]))
	}
	_ = m.Close()
	return b.String(), m.FormDataContentType()
}

const letter = `{"to":"BTR","reason":"keluarga di sana","wanted":"pengasuhan","residential":true,"answerIn":60,"arriveIn":120}`

// TestEveryCall does every call of the document once and asks whether it works.
// A new route without a row here is noticed.
func TestEveryCall(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	document := w.spec()
	do := func(w *world, login, method, path, body string, status int, options ...option) answer {
		w.t.Helper()
		a := w.do(login, method, path, body, options...).want(status)
		seen[document.route(method, path)] = true
		if h := a.Header(); h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" ||
			h.Get("Referrer-Policy") != "no-referrer" || h.Get("Access-Control-Allow-Origin") != "" {
			w.t.Errorf("%s %s: headers %v", method, path, h)
		}
		return a
	}
	t.Run("cases", func(t *testing.T) { everyCaseCall(w.in(t), do) })
	t.Run("handoffs", func(t *testing.T) { everyHandoffCall(w.in(t), do) })
	t.Run("forms", func(t *testing.T) { everyFormCall(w.in(t), do) })
	t.Run("care", func(t *testing.T) { everyCareCall(w.in(t), do) })
	t.Run("imports", func(t *testing.T) { everyImportCall(w.in(t), do) })
	t.Run("reports", func(t *testing.T) { everyReportCall(w.in(t), do) })
	t.Run("letters", func(t *testing.T) { everyLetterCall(w.in(t), do) })
	t.Run("people", func(t *testing.T) { everyPeopleCall(w.in(t), do) })
	t.Run("privacy", func(t *testing.T) { everyPrivacyCall(w.in(t), do) })
	t.Run("the machine", func(t *testing.T) { everyMachineCall(w.in(t), do) })
	t.Run("prepared", func(t *testing.T) { everyPreparedCall(w.in(t), do) })
	t.Run("directory", func(t *testing.T) { everyDirectoryCall(w.in(t), do) })
	t.Run("partners", func(t *testing.T) { everyPartnerCall(w.in(t), do) })
	for path, ops := range document.Paths {
		for method := range ops {
			if route := strings.ToUpper(method) + " " + path; !seen[route] {
				t.Errorf("no test calls %s", route)
			}
		}
	}
	if strings.Contains(w.logs.String(), "Rahayu") || strings.Contains(w.logs.String(), "q=") {
		t.Error("the log knows whom somebody asked about")
	}
}

type doer func(w *world, login, method, path, body string, status int, options ...option) answer

func everyCaseCall(w *world, do doer) {
	t := w.t
	a := do(w, "budi", "POST", base+"/cases", intake, 201)
	var opened struct {
		Case     casework.Case
		Person   casework.Person
		Warnings []casework.Warning
	}
	a.into(&opened)
	at := a.Header().Get("Location")
	if at != base+"/cases/"+string(opened.Case.ID) || a.Header().Get("ETag") != `"1"` || opened.Person.Name() != "Siti Rahayu" || len(opened.Warnings) != 1 {
		t.Fatalf("opened: %s %v", a.Body, a.Header())
	}
	do(w, "budi", "POST", base+"/cases", intake, 201)
	do(w, "budi", "GET", base+"/cases?limit=1&stage=1&state=open", "", 200)
	do(w, "budi", "GET", base+"/cases?q=Rahayu", "", 200)
	if w.cases.last.Text != "Rahayu" {
		t.Errorf("asked for %+v", w.cases.last)
	}
	do(w, "budi", "POST", base+"/cases/search", `{"q":"rahayu","stage":1,"limit":20}`, 200)
	if w.cases.last.Text != "rahayu" || w.cases.last.Limit != 20 || w.cases.last.Stage != casework.Access {
		t.Errorf("searched for %+v", w.cases.last)
	}
	if tag := do(w, "budi", "GET", at, "", 200).Header().Get("ETag"); tag != `"1"` {
		t.Errorf("ETag %s", tag)
	}
	if tag := do(w, "budi", "PATCH", at, `{"need":"rumah"}`, 200, ifMatch(`"1"`)).Header().Get("ETag"); tag != `"2"` {
		t.Errorf("ETag after an edit %s", tag)
	}
	do(w, "head", "POST", at+"/assign", `{"lead":"`+string(w.users["budi"].ID)+`"}`, 200, ifMatch(`"2"`))
	do(w, "budi", "POST", at+"/claims", `{"claims":[{"kind":"nik","value":"33720112","standing":"stated"}]}`, 201)
	do(w, "budi", "POST", at+"/notes", `{"kind":"visit","text":"bertemu nenek","at":"2026-03-01T10:00:00+07:00"}`, 201)
	do(w, "budi", "GET", at+"/notes", "", 200)
	do(w, "budi", "GET", at+"/timeline", "", 200)
	var consent casework.Consent
	do(w, "budi", "POST", at+"/consents", `{"scope":"sharing","recipient":"BTR","purpose":"rujukan","how":"written","givenBy":"family"}`, 201).into(&consent)
	do(w, "budi", "GET", at+"/consents", "", 200)
	do(w, "budi", "POST", at+"/consents/"+string(consent.ID)+"/withdraw", "", 200)
	doubleCalls(w, do, at)
	body, ct := form("kind", "letter", "title", "surat", "file", "isi surat")
	var doc casework.Document
	do(w, "budi", "POST", at+"/documents", body, 201, media(ct)).into(&doc)
	do(w, "budi", "GET", at+"/documents", "", 200)
	if got := do(w, "budi", "GET", at+"/documents/"+string(doc.ID), "", 200); got.Body.String() != "isi surat" || got.Header().Get("Content-Type") != "text/plain" {
		t.Errorf("document %q %v", got.Body, got.Header())
	}
	do(w, "budi", "POST", at+"/stage", `{"stage":2,"why":"setuju"}`, 200, ifMatch(`"3"`))
	do(w, "budi", "POST", at+"/close", `{"reason":"tujuan tercapai"}`, 200, ifMatch(`"4"`))
	do(w, "budi", "POST", at+"/reopen", "", 200, ifMatch(`"5"`))
	do(w, "audit", "GET", base+"/audit?case="+string(opened.Case.ID), "", 200)
	do(w, "audit", "GET", base+"/audit?user="+string(w.users["budi"].ID), "", 200)
	if w.shared.lines.User != w.users["budi"].ID {
		t.Errorf("asked the trail for %+v", w.shared.lines)
	}
}

func everyHandoffCall(w *world, do doer) {
	t := w.t
	one, two := w.open(), w.open()
	var h casework.Handoff
	a := do(w, "head", "POST", one+"/transfers", letter, 202)
	a.into(&h)
	at := a.Header().Get("Location")
	if at != base+"/handoffs/"+string(h.ID) || h.Stage != "queued" || h.Kind != casework.Transfer {
		t.Fatalf("offered: %s", a.Body)
	}
	do(w, "head", "POST", two+"/referrals", `{"to":"BTR","reason":"a","wanted":"b"}`, 202)
	var g struct {
		Group    string
		Handoffs []casework.Handoff
	}
	body := `{"kind":"transfer","cases":["` + tail(w.open()) + `","` + tail(w.open()) + `"],` + letter[1:]
	do(w, "head", "POST", base+"/groups", body, 202).into(&g)
	if g.Group == "" || len(g.Handoffs) != 2 || g.Handoffs[1].To != "BTR" {
		t.Errorf("group %+v", g)
	}
	do(w, "head", "GET", base+"/handoffs?box=out&state=open", "", 200)
	do(w, "head", "GET", at, "", 200)
	do(w, "head", "POST", at+"/accept", `{"conditional":true,"text":"bawa kartu"}`, 202)
	do(w, "head", "POST", at+"/receive", `{"form":{"place":"terminal"}}`, 202)
	do(w, "head", "POST", at+"/withdraw", "", 202)
	if w.desk.said["accept"].Text != "bawa kartu" || !w.desk.said["accept"].Conditional || w.desk.said["receive"].Form["place"] != "terminal" {
		t.Errorf("said %+v", w.desk.said)
	}
	do(w, "head", "POST", at+"/read", "", 200)
	do(w, "head", "GET", base+"/outbox?state=pending", "", 200)
	do(w, "head", "POST", base+"/outbox/try", "", 204)
	do(w, "head", "POST", base+"/outbox/0000000000000001/decide", `{"send":false}`, 204)
	var c casework.Custody
	do(w, "budi", "GET", one+"/custody", "", 200).into(&c)
	if c.Owner != "SRK" || c.Strong {
		t.Errorf("custody %+v", c)
	}
	w.desk.quorum = true
	do(w, "budi", "GET", one+"/custody?consistency=strong", "", 200)
	w.desk.quorum = false
	if p := w.do("budi", "GET", one+"/custody?consistency=strong", "").want(503).problem(); !strings.Contains(p.Detail, "majority") {
		t.Errorf("strong without a majority: %+v", p)
	}
}

func tail(path string) string { return path[strings.LastIndex(path, "/")+1:] }

func everyPeopleCall(w *world, do doer) {
	t := w.t
	var in struct {
		Token  string
		ID     string
		Scopes []string
	}
	do(w, "", "POST", base+"/sign-in", `{"login":"budi","password":"`+password+`","stepUp":true}`, 201).into(&in)
	if !strings.HasPrefix(in.Token, "srs_") || !slices.Contains(in.Scopes, "stepup") {
		t.Errorf("signed in with %+v", in.Scopes)
	}
	var me struct {
		User   casework.UserID
		Roles  []casework.Role
		StepUp bool
	}
	do(w, "", "GET", base+"/me", "", 200, bearer(in.Token)).into(&me)
	if me.User != w.users["budi"].ID || !me.StepUp || !slices.Contains(me.Roles, casework.Worker) {
		t.Errorf("me: %+v", me)
	}
	do(w, "", "POST", base+"/tokens", `{"login":"budi","password":"`+password+`","label":"skrip","scopes":["read"],"days":3}`, 201)
	do(w, "budi", "GET", base+"/tokens", "", 200)
	do(w, "", "DELETE", base+"/tokens/"+in.ID, "", 204, bearer(in.Token))
	w.do("", "GET", base+"/me", "", bearer(in.Token)).want(401)

	do(w, "sari", "GET", base+"/users", "", 200)
	var u api.User
	a := do(w, "sari", "POST", base+"/users", `{"login":"tini","name":"Tini","roles":["petugas loket"],"password":"`+password+`"}`, 201)
	a.into(&u)
	at := base + "/users/" + string(u.ID)
	do(w, "sari", "PATCH", at, `{"unit":"loket"}`, 200, ifMatch(a.Header().Get("ETag")))
	do(w, "sari", "PUT", at+"/password", `{"password":"gajah mada naik becak"}`, 204)
	do(w, "sari", "DELETE", at+"/second-factor", "", 204)

	fresh := newWorld(t)
	fresh.store.Drop(func(caseworktest.Key) bool { return true })
	code, err := fresh.door.FirstCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	do(fresh, "", "POST", base+"/first-admin", `{"code":"`+code+`","login":"rini","password":"`+password+`"}`, 201)
}

func everyMachineCall(w *world, do doer) {
	t := w.t
	do(w, "budi", "GET", base+"/ledger/head", "", 200)
	var e struct {
		Items []api.Event
		Next  uint64
	}
	do(w, "budi", "GET", base+"/ledger/events?from=2&limit=3", "", 200).into(&e)
	if len(e.Items) != 3 || e.Items[0].Index != 2 || e.Next != 5 {
		t.Errorf("events %+v", e)
	}
	do(w, "budi", "GET", base+"/members", "", 200)
	do(w, "sari", "POST", base+"/invitations", `{"code":"BKS","hours":24}`, 201)
	do(w, "sari", "GET", base+"/members/BKS/motion?act=activate", "", 200)
	signature := `{"officer":"0123456789abcdef","signature":"` + strings.Repeat("0", 128) + `"}`
	for _, act := range []string{"approve", "suspend", "revoke"} {
		do(w, "sari", "POST", base+"/members/BKS/"+act, signature, 202)
	}
	do(w, "sari", "GET", base+"/members/BKS/estate", "", 200)
	do(w, "budi", "GET", base+"/federation", "", 200)
	do(w, "sari", "POST", base+"/motions", `{"act":"succeed","code":"BKS","terms":{"successor":"SRK"}}`, 200)
	do(w, "sari", "POST", base+"/motions/signatures", `{"act":"switch","terms":{"version":2},"signature":`+signature+`}`, 202)
	do(w, "sari", "GET", base+"/membership", "", 200)
	do(w, "sari", "PUT", base+"/membership/address", `{"address":"srk.example.go.id:7400"}`, 200)
	do(w, "sari", "POST", base+"/membership/keys", `{"use":"sign"}`, 202)
	do(w, "sari", "POST", base+"/membership/leave", `{"code":"SRK"}`, 202)
	do(w, "budi", "GET", base+"/node/status", "", 200)
	do(w, "sari", "GET", base+"/node/log", "", 200)
	if c := do(w, "budi", "GET", base+"/health", "", 200, func(r *http.Request) { r.Header.Set("Accept-Language", "id") }); !strings.Contains(c.Body.String(), "Semua berjalan baik.") {
		t.Errorf("health %s", c.Body)
	}
	if b := do(w, "sari", "POST", base+"/node/backup", `{}`, 200); !strings.HasPrefix(b.Body.String(), "age-encryption.org") {
		t.Errorf("backup %q", b.Body)
	}
	if b := do(w, "sari", "POST", base+"/audit/verify", "", 200); !strings.Contains(b.Body.String(), `"lines":12`) {
		t.Errorf("chain %s", b.Body)
	}
	do(w, "sari", "GET", base+"/node/footprint", "", 200)
	do(w, "sari", "POST", base+"/node/backups", "", 201)
	if b := do(w, "sari", "GET", base+"/node/backups", "", 200); !strings.Contains(b.Body.String(), "SRK-20261122T020000Z.age") {
		t.Errorf("backups %s", b.Body)
	}
	do(w, "", "GET", "/healthz", "", 200)
	do(w, "", "GET", "/readyz", "", 200)
	do(w, "", "GET", "/metrics", "", 200, from("127.0.0.1:9000"))
	do(w, "", "GET", base+"/openapi.json", "", 200)
}

func TestPagesLinkToTheNext(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.open()
	}
	seen, path := 0, base+"/cases?limit=2&state=open"
	for range 3 {
		a := w.do("budi", "GET", path, "").want(200)
		var p casework.Page[casework.Card]
		a.into(&p)
		seen += len(p.Items)
		link := a.Header().Get("Link")
		if (link == "") != (p.Next == "") {
			t.Fatalf("Link %q, next %q", link, p.Next)
		}
		if link == "" {
			break
		}
		path, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
		if !strings.Contains(path, "state=open") || !strings.HasSuffix(link, `; rel="next"`) {
			t.Errorf("Link %q", link)
		}
	}
	if seen != 3 {
		t.Errorf("the pages hold %d cases, want 3", seen)
	}
	if body := w.do("head", "GET", base+"/handoffs", "").want(200).Body.String(); !strings.Contains(body, `"items":[]`) {
		t.Errorf("an empty list is %s", body)
	}
}

func TestReadyTellsWhatIsMissing(t *testing.T) {
	w := newWorld(t)
	w.shared.ready = false
	w.do("", "GET", "/healthz", "").want(http.StatusOK)
	a := w.do("", "GET", "/readyz", "").want(http.StatusServiceUnavailable)
	if p := a.problem(); !strings.Contains(p.Detail, "index") || a.Header().Get("Retry-After") == "" {
		t.Errorf("not ready: %+v", p)
	}
}
