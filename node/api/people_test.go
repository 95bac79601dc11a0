package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"serasi/node/access"
	"serasi/node/api"
	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
)

// watch builds the real rooms for people and privacy on the store of the test.
func (w *world) watch() (api.People, api.Logins, api.Privacy) {
	w.t.Helper()
	p, err := access.NewPrivacy(access.PrivacyConfig{
		Accounts: w.door.Accounts, Zone: time.UTC, Forget: func(casework.CaseID) {},
		Shred: func(_ context.Context, owners ...string) error {
			w.store.Drop(func(k caseworktest.Key) bool { return slices.Contains(owners, k.Owner) })
			return nil
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return p, w.door.Accounts.Sessions(), p
}

func (d door) StartSecondFactor(ctx context.Context, who casework.SignIn) (casework.SecondFactor, error) {
	by, err := d.Accounts.SignIn(ctx, access.Credentials{Login: who.Login, Password: who.Password, Code: who.Code})
	if err != nil {
		return casework.SecondFactor{}, err
	}
	return d.Accounts.StartSecondFactor(ctx, by)
}

func (d door) ConfirmSecondFactor(ctx context.Context, who casework.SignIn, first string) ([]string, error) {
	by, err := d.Accounts.SignIn(ctx, access.Credentials{Login: who.Login, Password: who.Password, Code: who.Code})
	if err != nil {
		return nil, err
	}
	return d.Accounts.ConfirmSecondFactor(ctx, by, first)
}

// row stores a case as the rooms on people read it, and returns its address.
func (w *world) row(id casework.CaseID, state casework.State, lead string) string {
	w.t.Helper()
	c := casework.Case{ID: id, Number: "SRK-2026-00001", Person: "p", State: state, Lead: w.users[lead].ID, Unit: "anak"}
	who := casework.Person{ID: "p", Cases: []casework.CaseID{id}, Claims: []casework.Claim{{Kind: casework.ClaimName, Value: "Sri Rahayu"}}}
	err := w.store.Update(w.t.Context(), func(tx casework.Tx) error {
		if err := tx.Put(casework.Persons, string(id), "p", who); err != nil {
			return err
		}
		return tx.Put(casework.Cases, string(id), string(id), c)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return base + "/cases/" + string(id)
}

// staff makes an account with a token.
func (w *world) staff(login string, role casework.Role, scopes ...casework.Scope) {
	w.t.Helper()
	by, err := w.door.Authenticate(w.t.Context(), w.tokens["sari"])
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := w.door.CreateUser(w.t.Context(), by, api.NewUser{Login: login, Name: "Orang " + login, Roles: []casework.Role{role}, Unit: "anak", Password: password})
	if err != nil {
		w.t.Fatal(err)
	}
	w.users[login] = u
	w.token(login, scopes...)
}

// guarded is a world with somebody who watches over it.
func guarded(t testing.TB) *world {
	w := newWorld(t)
	w.staff("dpo", casework.DPO, "read", "write", "stepup")
	w.staff("boss", casework.Supervisor, "read", "write")
	return w
}

// everyPrivacyCall does each call of the rooms for people and privacy once.
func everyPrivacyCall(w *world, do doer) {
	t := w.t
	w = guarded(t)
	at := w.row("0000000000000000000000000000c001", casework.Open, "boss")
	id := func(a answer) string {
		var out struct{ ID string }
		a.into(&out)
		return out.ID
	}
	budi := string(w.users["budi"].ID)
	do(w, "budi", "GET", base+"/colleagues", "", 200)
	look := base + "/me/display"
	do(w, "budi", "GET", look, "", 404)
	do(w, "budi", "PUT", look, `{"lang":"en","theme":"kontras","text":"150","motion":"still","font":"atkinson","keys":"on"}`, 200)
	if got := do(w, "budi", "GET", look, "", 200).Body.String(); !strings.Contains(got, `"kontras"`) {
		t.Errorf("display %s", got)
	}
	w.do("budi", "PUT", look, `{"lang":"en","theme":"pink","text":"150","motion":"still","font":"system","keys":"on"}`).want(422).fault("body.theme")
	do(w, "boss", "POST", at+"/team", `{"user":"`+budi+`","as":"psikolog"}`, 201)
	if got := do(w, "budi", "GET", at+"/team", "", 200).Body.String(); !strings.Contains(got, "psikolog") {
		t.Errorf("team %s", got)
	}
	do(w, "boss", "DELETE", at+"/team/"+budi, "", 204)
	w.do("budi", "GET", at+"/team", "").want(403)

	until := w.clock.now().AddDate(0, 1, 0).Format(time.RFC3339)
	g := id(do(w, "head", "POST", base+"/grants", `{"user":"`+budi+`","group":"HIV","until":"`+until+`","why":"mendampingi pengobatan"}`, 201))
	do(w, "dpo", "GET", base+"/grants", "", 200)
	do(w, "head", "DELETE", base+"/grants/"+g, "", 204)

	w.token("budi", "read", "write", "stepup")
	glass := id(do(w, "budi", "POST", at+"/break-glass", `{"reason":"keadaan darurat","why":"anak demam tinggi, perlu riwayat obat"}`, 201))
	do(w, "dpo", "GET", base+"/emergencies", "", 200)
	do(w, "dpo", "POST", at+"/break-glass/"+glass+"/review", `{"verdict":"dapat dibenarkan","words":"sesuai keadaan malam itu"}`, 200)
	var notices struct{ Items []casework.Notice }
	do(w, "dpo", "GET", base+"/notices", "", 200).into(&notices)
	if len(notices.Items) != 1 {
		t.Fatalf("notices %+v", notices)
	}
	do(w, "dpo", "DELETE", base+"/notices/"+notices.Items[0].ID, "", 204)

	do(w, "budi", "GET", base+"/users/"+budi+"/logins", "", 200)
	do(w, "sari", "DELETE", base+"/users/"+budi+"/logins", "", 204)
	do(w, "sari", "DELETE", base+"/users/"+budi+"/logins/"+strings.Repeat("a", 32), "", 204)
	var factor casework.SecondFactor
	do(w, "", "POST", base+"/second-factor", `{"login":"desk","password":"`+password+`"}`, 201).into(&factor)
	code, err := totp.GenerateCode(factor.Secret, w.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	do(w, "", "POST", base+"/second-factor/confirm", `{"login":"desk","password":"`+password+`","first":"`+code+`"}`, 200)

	do(w, "sari", "PUT", base+"/second-factor/policy", `{"roles":["kepala balai"]}`, 204)
	if got := do(w, "sari", "GET", base+"/second-factor/policy", "", 200).Body.String(); !strings.Contains(got, "kepala balai") {
		t.Errorf("policy %s", got)
	}
	w.do("head", "GET", base+"/cases", "").want(403) // the rule binds tokens too
	do(w, "sari", "PUT", base+"/second-factor/policy", `{"roles":[]}`, 204)
	do(w, "boss", "GET", at+"/looks", "", 200)
	r := id(do(w, "dpo", "POST", at+"/requests", `{"kind":"salinan","from":"wali","words":"minta salinan berkas anak"}`, 201))
	do(w, "dpo", "GET", base+"/requests", "", 200)
	do(w, "dpo", "POST", at+"/requests/"+r+"/answer", `{"answer":"salinan diserahkan langsung"}`, 200)
	w.do("dpo", "GET", at+"/restriction", "").want(404)
	do(w, "dpo", "PUT", at+"/restriction", `{"why":"diminta oleh wali"}`, 200)
	do(w, "dpo", "GET", at+"/restriction", "", 200)
	do(w, "dpo", "DELETE", at+"/restriction", "", 204)

	breach := fmt.Sprintf(`{"kinds":["identitas"],"how":"telepon petugas hilang dengan sesi terbuka","known":%q,"from":%q,"to":%q}`,
		w.clock.now().Format(time.RFC3339), w.clock.now().Add(-time.Hour).Format(time.RFC3339), w.clock.now().Format(time.RFC3339))
	a := do(w, "dpo", "POST", base+"/incidents", breach, 201)
	incident := base + "/incidents/" + id(a)
	do(w, "dpo", "PATCH", incident, `{"measures":"sesi diakhiri"}`, 200, ifMatch(a.Header().Get("ETag")))
	do(w, "dpo", "GET", base+"/incidents", "", 200)
	var who struct{ Items []casework.Affected }
	do(w, "dpo", "GET", incident+"/affected", "", 200).into(&who)
	if len(who.Items) != 1 || who.Items[0].Name != "S.R." && who.Items[0].Name != "S. R." {
		t.Errorf("affected %+v", who)
	}

	closed := w.row("0000000000000000000000000000c002", casework.Closed, "boss")
	ask := `{"reason":"permintaan penerima manfaat","letter":"12/2026"}`
	e := base + "/erasures/" + id(do(w, "head", "POST", closed+"/erasure", ask, 201))
	do(w, "dpo", "DELETE", e, "", 204)
	e = base + "/erasures/" + id(do(w, "head", "POST", closed+"/erasure", ask, 201))
	w.do("head", "POST", e+"/confirm", "").want(403)
	var done casework.Erasure
	do(w, "dpo", "POST", e+"/confirm", "", 200).into(&done)
	if done.Done.IsZero() || done.Gone.Sub(done.Done) != casework.BackupsKept || w.store.Count(casework.Persons) != 1 {
		t.Errorf("erased: %+v", done)
	}
	do(w, "dpo", "GET", base+"/erasures", "", 200)
}

func TestBadWordsOfPrivacy(t *testing.T) {
	w := guarded(t)
	at := w.row("0000000000000000000000000000c001", casework.Open, "boss")
	w.token("budi", "read", "write", "stepup")
	later := w.clock.now().Add(time.Hour).Format(time.RFC3339)
	user := string(w.users["budi"].ID)
	for name, tt := range map[string]struct {
		login, method, path, body, fault string
	}{
		"team: no part":             {"boss", "POST", at + "/team", `{"user":"` + user + `","as":"raja"}`, "body.as"},
		"team: an admin":            {"boss", "POST", at + "/team", `{"user":"` + string(w.users["sari"].ID) + `","as":"perawat"}`, "body.user"},
		"grant: no group":           {"head", "POST", base + "/grants", `{"user":"` + user + `","group":"X","until":"2027-01-01T00:00:00Z","why":"mendampingi pengobatan"}`, "body.group"},
		"grant: past":               {"head", "POST", base + "/grants", `{"user":"` + user + `","group":"HIV","until":"2020-01-01T00:00:00Z","why":"mendampingi pengobatan"}`, "body.until"},
		"glass: no reason":          {"budi", "POST", at + "/break-glass", `{"reason":"iseng","why":"ingin tahu saja isi kasusnya"}`, "body.reason"},
		"glass: few words":          {"budi", "POST", at + "/break-glass", `{"reason":"lainnya","why":"perlu"}`, "body.why"},
		"request: no kind":          {"dpo", "POST", at + "/requests", `{"kind":"x","from":"wali","words":"minta"}`, "body.kind"},
		"request: tomorrow":         {"dpo", "POST", at + "/requests", `{"kind":"salinan","from":"wali","words":"minta","at":"` + later + `"}`, "body.at"},
		"restriction: few words":    {"dpo", "PUT", at + "/restriction", `{"why":"ya"}`, "body.why"},
		"erasure: no letter":        {"head", "POST", at + "/erasure", `{"reason":"masa simpan habis","letter":" "}`, "body.letter"},
		"policy: no role":           {"sari", "PUT", base + "/second-factor/policy", `{"roles":["raja"]}`, "body.roles"},
		"incident: not known":       {"dpo", "POST", base + "/incidents", `{"kinds":["x"],"how":"telepon petugas hilang di jalan","known":"2020-01-01T00:00:00Z","from":"2020-01-01T00:00:00Z","to":"2020-01-01T00:00:00Z"}`, "body.kinds"},
		"incident: ends before":     {"dpo", "POST", base + "/incidents", `{"kinds":["anak"],"how":"telepon petugas hilang di jalan","known":"2020-01-01T00:00:00Z","from":"2020-01-02T00:00:00Z","to":"2020-01-01T00:00:00Z"}`, "body.to"},
		"second factor: wrong code": {"", "POST", base + "/second-factor/confirm", `{"login":"desk","password":"` + password + `","first":"1"}`, "body.first"},
	} {
		t.Run(name, func(t *testing.T) {
			w.in(t).do(tt.login, tt.method, tt.path, tt.body).want(422).fault(tt.fault)
		})
	}
	w.do("", "POST", base+"/second-factor", `{"login":"desk","password":"salah sekali ini"}`).want(401)
	if w.store.Count(casework.Requests)+w.store.Count(casework.GlassRows)+w.store.Count(casework.Grants)+w.store.Count(casework.Incidents) != 0 {
		t.Error("bad words left something behind")
	}
}

// No call of the people's rooms tells an admin IT anything of a case.
func TestAdminITSeesNoCase(t *testing.T) {
	w := guarded(t)
	at := w.row("0000000000000000000000000000c001", casework.Closed, "boss")
	w.token("sari", "read", "write", "handoff", "node", "stepup")
	document := w.spec()
	var words map[string]json.RawMessage
	for path, ops := range document.Paths {
		for method := range ops {
			rest, ok := strings.CutPrefix(path, base+"/cases/{id}")
			if !ok || method != "get" || strings.Contains(rest, "{") {
				continue
			}
			a := w.do("sari", http.MethodGet, at+rest, "")
			if a.Code != 403 && a.Code != 404 && a.Code != 422 {
				t.Errorf("%s: %d %s", path, a.Code, a.Body)
			}
			if strings.Contains(a.Body.String(), "Rahayu") || json.Unmarshal(a.Body.Bytes(), &words) != nil {
				t.Errorf("%s says %s", path, a.Body)
			}
		}
	}
	for _, path := range []string{"/emergencies", "/requests", "/erasures", "/incidents", "/grants"} {
		w.do("sari", "GET", base+path, "").want(403)
	}
}
