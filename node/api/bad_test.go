package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"serasi/node/casework"
)

// someone who may do every call that there is a rule about, so that only the
// input can be at fault.
func entitled(path, method string) string {
	for _, part := range []string{"/users", "/members", "/motions", "/invitations", "/node/backup", "/node/log"} {
		if strings.Contains(path, part) {
			return "sari"
		}
	}
	if strings.Contains(path, "/audit") {
		return "audit"
	}
	for _, part := range []string{"/transfers", "/referrals", "/groups", "/handoffs", "/assign", "/outbox", "/prepared", "/directory", "/partners", "/outside"} {
		if strings.Contains(path, part) {
			return "head"
		}
	}
	return "budi"
}

// concrete fills the parameters of a path.
func concrete(path string, but map[string]string) string {
	values := map[string]string{"code": "BKS", "act": "withdraw", "command": "0000000000000001"}
	maps.Copy(values, but)
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if name, ok := strings.CutPrefix(p, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			parts[i] = values[name]
			if parts[i] == "" {
				parts[i] = strings.Repeat("a", 32)
			}
		}
	}
	return strings.Join(parts, "/")
}

func jsonBody(op operation) (schema, bool) {
	if op.RequestBody == nil {
		return schema{}, false
	}
	c, ok := op.RequestBody.Content["application/json"]
	return c.Schema, ok
}

// wrong is a value of another type than s.
func wrong(s schema) string {
	switch kinds := fmt.Sprint(s.Type); {
	case strings.Contains(kinds, "string"), strings.Contains(kinds, "boolean"):
		return "7"
	default:
		return `"seven"`
	}
}

// TestEveryFieldRefusesAnotherType goes through the document: for each field of
// each body a value of another type, an unknown field, no JSON, no body and the
// wrong media type. Each names its place and changes nothing.
func TestEveryFieldRefusesAnotherType(t *testing.T) {
	w := newWorld(t)
	w.open()
	document := w.spec()
	before := w.state()
	tried := 0
	for path, ops := range document.Paths {
		for method, op := range ops {
			body, ok := jsonBody(op)
			if !ok {
				continue
			}
			login, method, at := entitled(path, method), strings.ToUpper(method), concrete(path, nil)
			body = document.resolve(body)
			t.Run(op.ID, func(t *testing.T) {
				w := w.in(t)
				for name, field := range body.Properties {
					tried++
					a := w.do(login, method, at, `{"`+name+`":`+wrong(document.resolve(field))+`}`, ifMatch(`"1"`)).want(422)
					a.fault("body." + name)
				}
				w.do(login, method, at, `{"zzz":1}`, ifMatch(`"1"`)).want(422).fault("body.zzz")
				for _, missing := range body.Required {
					w.do(login, method, at, `{}`, ifMatch(`"1"`)).want(422).fault("body." + missing)
				}
				for _, text := range []string{`{`, `{"a":1}{}`, `nonsense`, "\xff\xfe"} {
					w.do(login, method, at, text, ifMatch(`"1"`)).want(400).problem()
				}
				w.do(login, method, at, `[]`, ifMatch(`"1"`)).want(422).fault("body")
				w.do(login, method, at, `a=b`, ifMatch(`"1"`), media("application/x-www-form-urlencoded")).want(415).problem()
				w.do(login, method, at, `{"zzz":"`+strings.Repeat("a", 64<<10)+`"}`, ifMatch(`"1"`)).want(413).problem()
			})
		}
	}
	if tried < 60 {
		t.Errorf("only %d fields were tried", tried)
	}
	if after := w.state(); after != before {
		t.Errorf("bad input changed something: %s, was %s", after, before)
	}
}

// state is all that bad input must leave alone.
func (w *world) state() string {
	return fmt.Sprint(w.cases.changed(), w.desk.taken(), w.shared.count(), w.store.Count(casework.Users), w.store.Count(casework.Tokens), w.store.Count(casework.Replays))
}

func TestEveryParameterRefusesNonsense(t *testing.T) {
	w := newWorld(t)
	document := w.spec()
	before := w.state()
	tried := 0
	for path, ops := range document.Paths {
		if !strings.HasPrefix(path, base) || path == base+"/openapi.json" {
			continue
		}
		for method, op := range ops {
			login, method := entitled(path, method), strings.ToUpper(method)
			t.Run(op.ID, func(t *testing.T) {
				w := w.in(t)
				for _, p := range op.Parameters {
					switch p.In {
					case "path":
						tried++
						for _, bad := range []string{"%00", "nonsense!", strings.Repeat("A", 33)} {
							at := concrete(path, map[string]string{p.Name: bad})
							w.do(login, method, at, "{}", ifMatch(`"1"`)).want(422).fault("path." + p.Name)
						}
					case "query":
						tried++
						w.badQuery(login, concrete(path, nil), p.Name, p.Schema)
					}
				}
				w.do(login, method, concrete(path, nil)+"?zzz=1", "{}", ifMatch(`"1"`)).want(422).fault("query.zzz")
			})
		}
	}
	if tried < 50 {
		t.Errorf("only %d parameters were tried", tried)
	}
	if after := w.state(); after != before {
		t.Errorf("bad input changed something: %s, was %s", after, before)
	}
}

func (w *world) badQuery(login, at, name string, s schema) {
	w.t.Helper()
	var bad []string
	switch {
	case s.Minimum != nil:
		bad = []string{"0", "-1", "x", "101.5", "99999999999999999999999"}
	case len(s.Enum) > 0, s.Pattern != "":
		bad = []string{"NON-SENSE", "%0a"}
	case s.MaxLength != nil:
		bad = []string{strings.Repeat("x", *s.MaxLength+1)}
	default:
		w.t.Errorf("%s: query %s takes everything", at, name)
	}
	for _, v := range bad {
		w.do(login, "GET", at+"?"+name+"="+v, "").want(422).fault("query." + name)
	}
}

// TestBadWords has what only the use cases can tell.
func TestBadWords(t *testing.T) {
	w := newWorld(t)
	at := w.open()
	long := strings.Repeat("a", 20_001)
	claim := func(kind, value string) string {
		return `{"claims":[{"kind":"name","value":"A","standing":"stated"},{"kind":"` + kind + `","value":"` + value + `","standing":"stated"}]}`
	}
	tests := map[string]struct {
		login, method, path, body, location string
	}{
		"an urgency that does not exist": {"budi", "POST", base + "/cases", `{"urgency":"soon","basis":"consent"}`, "body.urgency"},
		"two faults at once":             {"budi", "POST", base + "/cases", `{"urgency":"soon","basis":"none"}`, "body.basis"},
		"a NIK with letters":             {"budi", "POST", at + "/claims", claim("nik", "33x"), "body.claims[1].value"},
		"a name with a control char":     {"budi", "POST", at + "/claims", claim("name", `a\u0007b`), "body.claims[1].value"},
		"a name that turns the reading":  {"budi", "POST", at + "/claims", claim("name", `a\u202eb`), "body.claims[1].value"},
		"no claims":                      {"budi", "POST", at + "/claims", `{"claims":[]}`, "body.claims"},
		"a note without words":           {"budi", "POST", at + "/notes", `{"kind":"visit","text":" "}`, "body.text"},
		"a note too long":                {"budi", "POST", at + "/notes", `{"kind":"visit","text":"` + long + `"}`, "body.text"},
		"a note at no time":              {"budi", "POST", at + "/notes", `{"kind":"visit","text":"a","at":"yesterday"}`, "body.at"},
		"sharing with nobody":            {"budi", "POST", at + "/consents", `{"scope":"sharing","purpose":"a","how":"written","givenBy":"person"}`, "body.recipient"},
		"an eighth stage":                {"budi", "POST", at + "/stage", `{"stage":8}`, "body.stage"},
		"an ending nobody knows":         {"budi", "POST", at + "/close", `{"reason":"bosan"}`, "body.reason"},
		"a cluster that is none":         {"budi", "PATCH", at, `{"cluster":"\u0000"}`, "body.cluster"},
		"assigned to nobody":             {"head", "POST", at + "/assign", `{}`, "body.lead"},
		"an offer to no balai":           {"head", "POST", at + "/transfers", `{"to":"nowhere","reason":"a","wanted":"b"}`, "body.to"},
		"a letter with a control char":   {"head", "POST", at + "/transfers", `{"to":"BTR","reason":"a\u0000","wanted":"b"}`, "body.reason"},
		"an answer in no time":           {"head", "POST", at + "/transfers", `{"to":"BTR","reason":"a","wanted":"b","answerIn":-1}`, "body.answerIn"},
		"a group of nobody":              {"head", "POST", base + "/groups", `{"kind":"transfer","cases":[],"to":"BTR","reason":"a","wanted":"b"}`, "body.cases"},
		"a cursor of another list":       {"budi", "GET", base + "/cases?cursor=zzz", "", "query.cursor"},
		"a cursor of another case":       {"budi", "GET", at + "/notes?cursor=zzz", "", "query.cursor"},
		"a cursor of the handoffs":       {"head", "GET", base + "/handoffs?cursor=zzz", "", "query.cursor"},
		"a cursor of the outbox":         {"head", "GET", base + "/outbox?cursor=zzz", "", "query.cursor"},
		"a cursor of the trail":          {"audit", "GET", base + "/audit?cursor=zzz", "", "query.cursor"},
		"a role that does not exist":     {"sari", "POST", base + "/users", `{"login":"tono","name":"T","roles":["raja"]}`, "body.roles"},
		"a short password":               {"sari", "POST", base + "/users", `{"login":"tono","name":"T","roles":["auditor"],"password":"pendek"}`, "body.password"},
		"a code that is none":            {"sari", "POST", base + "/invitations", `{"code":"bks"}`, "body.code"},
		"a signature that fits not":      {"sari", "POST", base + "/members/BKS/approve", `{"officer":"0123456789abcdef","signature":"` + strings.Repeat("f", 128) + `"}`, "body.signature"},
		"an act that officers do not do": {"sari", "GET", base + "/members/BKS/motion?act=praise", "", "query.act"},
		"a motion about nothing":         {"sari", "GET", base + "/members/BKS/motion", "", "query.act"},
		"a matter of nobody's":           {"sari", "POST", base + "/motions", `{"act":"praise"}`, "body.act"},
		"terms of another shape":         {"sari", "POST", base + "/motions", `{"act":"seat","terms":{"voters":"SRK"}}`, "body.terms.voters"},
		"a matter with a code of none":   {"sari", "POST", base + "/motions", `{"act":"succeed","code":"srk"}`, "body.code"},
		"a matter without a signature":   {"sari", "POST", base + "/motions/signatures", `{"act":"switch","terms":{"version":2}}`, "body.signature"},
		"a signature on nothing":         {"sari", "POST", base + "/motions/signatures", `{"act":"switch","signature":{"officer":"x","signature":"y"}}`, "body.signature.officer"},
		"an address that is none":        {"sari", "PUT", base + "/membership/address", `{"address":"here"}`, "body.address"},
		"a key of no use":                {"sari", "POST", base + "/membership/keys", `{"use":"all"}`, "body.use"},
		"leaving from another node":      {"sari", "POST", base + "/membership/leave", `{"code":"MGL"}`, "body.code"},
		"a recipient that is none":       {"sari", "POST", base + "/node/backup", `{"recipient":"nobody"}`, "body.recipient"},
		"a token for nothing":            {"", "POST", base + "/tokens", `{"login":"budi","password":"` + password + `","label":"a","scopes":["all"]}`, "body.scopes"},
		"a search for nothing":           {"budi", "POST", base + "/cases/search", `{"q":""}`, "body.q"},
	}
	before := w.state()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			a := w.do(tt.login, tt.method, tt.path, tt.body, ifMatch(`"1"`)).want(http.StatusUnprocessableEntity)
			a.fault(tt.location)
			if strings.Contains(a.Body.String(), "nowhere") || strings.Contains(a.Body.String(), "33x") {
				t.Errorf("what was typed is repeated: %s", a.Body)
			}
		})
	}
	if after := w.state(); after != before {
		t.Errorf("bad input changed something: %s, was %s", after, before)
	}
	w.do("budi", "POST", at+"/notes", `{"kind":"visit","text":"a"}`).want(201)
	if w.state() == before {
		t.Error("this test would not notice a change")
	}
}

func TestStepsThatCannotBeTaken(t *testing.T) {
	w := newWorld(t)
	at := w.do("head", "POST", w.open()+"/transfers", letter).want(202).Header().Get("Location")
	before := w.desk.taken()
	w.do("head", "POST", at+"/dance", "").want(422).fault("path.act")
	w.do("head", "POST", at+"/wait", "{}").want(422).fault("body.expected")
	w.do("head", "POST", at+"/accept", `{"text":"a\u0000"}`).want(422).fault("body.text")
	w.do("head", "POST", at+"/accept", `{"form":{"place":7}}`).want(422).fault("body.form.place")
	w.do("head", "POST", at+"/depart", "{}").want(http.StatusConflict).problem()
	w.do("head", "POST", base+"/handoffs/"+strings.Repeat("b", 32)+"/accept", "{}").want(http.StatusNotFound).problem()
	w.do("budi", "POST", at+"/accept", "{}").want(http.StatusForbidden).problem()
	if w.desk.taken() != before {
		t.Error("a step was taken")
	}
}

func TestBadForms(t *testing.T) {
	w := newWorld(t)
	at := w.open() + "/documents"
	good, goodType := form("kind", "letter", "title", "surat", "file", "isi")
	make := func(pairs ...string) [2]string { b, ct := form(pairs...); return [2]string{b, ct} }
	tests := map[string]struct {
		form     [2]string
		status   int
		location string
	}{
		"no file":            {make("kind", "letter", "title", "a"), 422, "body.file"},
		"no title":           {make("kind", "letter", "file", "a"), 422, "body.title"},
		"no kind":            {make("title", "a", "file", "a"), 422, "body.kind"},
		"the file first":     {make("file", "a", "kind", "letter", "title", "a"), 422, "body.file"},
		"a field twice":      {make("kind", "letter", "kind", "ktp", "title", "a", "file", "a"), 422, "body.kind"},
		"an unknown field":   {make("kind", "letter", "zzz", "1", "title", "a", "file", "a"), 422, "body.zzz"},
		"a title too long":   {make("kind", "letter", "title", strings.Repeat("a", 9000), "file", "a"), 422, "body.title"},
		"no truth":           {make("kind", "letter", "title", "a", "addendum", "perhaps", "file", "a"), 422, "body.addendum"},
		"cut short":          {[2]string{good[:len(good)-20], goodType}, 400, ""},
		"no form":            {[2]string{"{}", "application/json"}, 415, ""},
		"a form of nothing":  {[2]string{"", goodType}, 422, "body.file"},
		"without a boundary": {[2]string{good, "multipart/form-data"}, 415, ""},
		"too large":          {make("kind", "letter", "title", "a", "file", strings.Repeat("a", casework.MaxDocument+(64<<10))), 413, ""},
	}
	before := w.state()
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			a := w.do("budi", "POST", at, tt.form[0], media(tt.form[1])).want(tt.status)
			if tt.location != "" {
				a.fault(tt.location)
			}
			a.problem()
		})
	}
	if after := w.state(); after != before {
		t.Errorf("a bad form changed something: %s, was %s", after, before)
	}
	w.do("budi", "POST", at, good, media(goodType)).want(201)
}

func TestVersionsAreAskedFor(t *testing.T) {
	w := newWorld(t)
	at := w.open()
	for name, tt := range map[string]struct {
		match  []option
		status int
	}{
		"missing":   {nil, http.StatusPreconditionRequired},
		"a star":    {[]option{ifMatch("*")}, 422},
		"weak":      {[]option{ifMatch(`W/"1"`)}, 422},
		"two":       {[]option{ifMatch(`"1", "2"`)}, 422},
		"unquoted":  {[]option{ifMatch(`1`)}, 422},
		"no number": {[]option{ifMatch(`"x"`)}, 422},
	} {
		t.Run(name, func(t *testing.T) {
			w := w.in(t)
			w.do("budi", "PATCH", at, `{"need":"x"}`, tt.match...).want(tt.status).fault("header.If-Match")
			w.do("budi", "POST", at+"/reopen", "", tt.match...).want(tt.status).fault("header.If-Match")
			w.do("sari", "PATCH", base+"/users/"+string(w.users["budi"].ID), `{"unit":"x"}`, tt.match...).want(tt.status).fault("header.If-Match")
		})
	}
}

func TestAStaleEditShowsBothVersions(t *testing.T) {
	w := newWorld(t)
	at := w.open()
	w.do("budi", "PATCH", at, `{"need":"rumah"}`, ifMatch(`"1"`)).want(200)
	a := w.do("budi", "PATCH", at, `{"need":"makan"}`, ifMatch(`"1"`)).want(http.StatusConflict)
	var p struct {
		Type           string
		Current, Yours casework.Case
	}
	a.into(&p)
	if p.Type != "urn:serasi:problem:conflict" || p.Current.Need != "rumah" || p.Yours.Need != "makan" {
		t.Errorf("stale: %s", a.Body)
	}
	user := base + "/users/" + string(w.users["budi"].ID)
	w.do("sari", "PATCH", user, `{"unit":"a"}`, ifMatch(`"1"`)).want(200)
	w.do("sari", "PATCH", user, `{"unit":"b"}`, ifMatch(`"1"`)).want(http.StatusConflict).problem()
}

func TestAFrozenCaseTakesAddendaOnly(t *testing.T) {
	w := newWorld(t)
	at := w.open()
	w.do("head", "POST", at+"/transfers", letter).want(202)
	for _, a := range []answer{
		w.do("budi", "PATCH", at, `{"need":"x"}`, ifMatch(`"1"`)).want(http.StatusLocked),
		w.do("budi", "POST", at+"/notes", `{"kind":"visit","text":"a"}`).want(http.StatusLocked),
	} {
		if p := a.problem(); !strings.Contains(p.Hint, "addendum") || p.Type != "urn:serasi:problem:frozen" {
			t.Errorf("frozen: %+v", p)
		}
	}
	w.do("budi", "POST", at+"/notes", `{"kind":"visit","text":"a","addendum":true}`).want(201)
	body, ct := form("kind", "letter", "title", "a", "addendum", "true", "file", "a")
	w.do("budi", "POST", at+"/documents", body, media(ct)).want(201)
}

// FuzzBodies sends anything to every call that takes JSON: nothing may panic or
// blame the node.
func FuzzBodies(f *testing.F) {
	w := newWorld(f)
	document := w.spec()
	type target struct{ login, method, at string }
	var targets []target
	for path, ops := range document.Paths {
		for method, op := range ops {
			if _, ok := jsonBody(op); ok {
				targets = append(targets, target{entitled(path, method), strings.ToUpper(method), path})
			}
		}
	}
	slices.SortFunc(targets, func(a, b target) int { return strings.Compare(a.method+a.at, b.method+b.at) })
	at := w.open()
	for i := range targets {
		targets[i].at = concrete(targets[i].at, map[string]string{"id": tail(at)})
	}
	for _, seed := range []string{intake, letter, `{}`, `[]`, `null`, `{"claims":null}`, `{"stage":1e99}`, `{"at":"9999-99-99T00:00:00Z"}`,
		`{"code":"` + strings.Repeat("A", 9) + `"}`, `{"form":{"a":"b"},"expected":"2026-03-02T00:00:00Z"}`, `{"q":"\u0000"}`, "\x00", `{"login":"x","password":"y"}`} {
		for i := range targets {
			f.Add(uint8(i), seed)
		}
	}
	f.Fuzz(func(t *testing.T, n uint8, body string) {
		w.t = t
		to := targets[int(n)%len(targets)]
		a := w.do(to.login, to.method, to.at, body, ifMatch(`"1"`))
		if a.Code >= 500 {
			t.Fatalf("%s %s: %d %s", to.method, to.at, a.Code, a.Body)
		}
		if a.Code >= 400 {
			a.problem()
		} else if a.Body.Len() > 0 && strings.Contains(a.Header().Get("Content-Type"), "json") && !json.Valid(a.Body.Bytes()) {
			t.Fatalf("%s %s: %q is no JSON", to.method, to.at, a.Body)
		}
	})
}
