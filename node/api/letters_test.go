package api_test

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"serasi/node/access"
	"serasi/node/api"
	"serasi/node/casework"
	office "serasi/node/letter"
)

// office is the real desk of letters on the store of the test.
func (w *world) office() api.Letters {
	w.t.Helper()
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	d, err := office.New(office.Config{
		Balai: "SRK", Zone: time.FixedZone("WIB", 7*3600), Store: w.store, Gate: access.Gate{Clock: w.clock.now}, Trail: access.Trail{Clock: w.clock.now},
		Handoffs: w.desk, Clock: w.clock.now, NewID: w.cases.newID, Sign: func(b []byte) []byte { return ed25519.Sign(key, b) },
		Keys: func(casework.BalaiCode) []ed25519.PublicKey {
			return []ed25519.PublicKey{key.Public().(ed25519.PublicKey)}
		},
		Name: func(c casework.BalaiCode, _ string) string { return "Sentra " + string(c) },
		Defaults: casework.LetterSettings{
			Heads:      []casework.Letterhead{{Lines: []string{"SENTRA UJI"}, Place: "Surakarta"}},
			Numberings: []casework.Numbering{{Register: "surat", Kinds: casework.LetterKinds(), Pattern: "{urut}/{balai}/{tahun}"}},
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

// filed puts a case of budi into the store, where letters look for it.
func (w *world) filed() casework.Case {
	w.t.Helper()
	p := casework.Person{ID: casework.PersonID(w.cases.newID()), Claims: []casework.Claim{{Kind: casework.ClaimName, Value: "Siti Rahayu", Standing: casework.Stated}}}
	c := casework.Case{
		ID: casework.CaseID(w.cases.newID()), Number: "SRK-2026-00009", Person: p.ID, State: casework.Open, Stage: casework.Assessment,
		Urgency: casework.NotUrgent, Basis: casework.ByConsent, Lead: w.users["budi"].ID, Unit: "anak",
	}
	err := w.store.Update(w.t.Context(), func(tx casework.Tx) error {
		d := casework.Document{ID: "dddddddddddddddddddddddddddddddd", Case: c.ID, Kind: "letter", Digest: strings.Repeat("0", 64)}
		return errors.Join(tx.Put(casework.Cases, string(c.ID), string(c.ID), c), tx.Put(casework.Persons, string(c.ID), string(p.ID), p),
			tx.Put(casework.Documents, string(c.ID), string(d.ID), d))
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// everyLetterCall is the part of TestEveryCall about letters.
func everyLetterCall(w *world, do doer) {
	t := w.t
	c := w.filed()
	all := base + "/letters"
	var v casework.LetterView
	a := do(w, "budi", "POST", all, `{"kind":"report","case":"`+string(c.ID)+`"}`, 201)
	a.into(&v)
	at := a.Header().Get("Location")
	if at != all+"/"+string(v.Letter.ID) || a.Header().Get("ETag") != `"1"` || v.Letter.State != casework.LetterDraft {
		t.Fatalf("begun: %s %v", a.Body, a.Header())
	}
	tag := do(w, "budi", "PATCH", at, `{"to":{"name":"Dinas Dukcapil Contoh"},"subject":"Laporan Sosial"}`, 200, ifMatch(`"1"`)).Header().Get("ETag")
	w.do("budi", "PATCH", at, `{"subject":"lain"}`, ifMatch(`"1"`)).want(409)
	for _, step := range []struct{ login, act string }{{"budi", "submit"}, {"head", "check"}, {"head", "initial"}, {"head", "sign"}, {"budi", "archive"}} {
		tag = do(w, step.login, "POST", at+"/acts/"+step.act, `{}`, 200, ifMatch(tag)).Header().Get("ETag")
	}
	tag = do(w, "budi", "POST", at+"/scan", `{"document":"dddddddddddddddddddddddddddddddd"}`, 200, ifMatch(tag)).Header().Get("ETag")
	do(w, "budi", "GET", at, "", 200).into(&v)
	if v.Letter.Number != "1/SRK/2026" || !v.Intact || v.Letter.ScanDigest == "" {
		t.Errorf("signed: %+v", v)
	}
	file := do(w, "budi", "GET", at+"/file", "", 200)
	if !strings.Contains(file.Header().Get("Content-Disposition"), v.Letter.Code) || strings.Contains(file.Header().Get("Content-Disposition"), "Rahayu") {
		t.Errorf("file: %v", file.Header())
	}
	if text := do(w, "budi", "GET", at+"/text?columns=40", "", 200).Body.String(); !strings.Contains(text, "1/SRK/2026") {
		t.Errorf("text: %s", text)
	}
	for body, want := range map[string]string{
		`{"qr":"` + v.QR + `"}`: casework.LetterGenuine, `{"code":"` + v.Letter.Code + `","number":"1/SRK/2026"}`: casework.LetterGenuine,
		`{"code":"SRK-00000000"}`: casework.LetterUnknown,
	} {
		var verdict casework.LetterVerdict
		got := do(w, "", "POST", base+"/verify", body, 200)
		got.into(&verdict)
		if verdict.Result != want || strings.Contains(got.Body.String(), "Rahayu") {
			t.Errorf("verify %s: %s", body, got.Body)
		}
	}
	do(w, "budi", "POST", at+"/correction", "", 201)
	do(w, "head", "POST", at+"/acts/revoke", `{"words":"keliru"}`, 200, ifMatch(tag))
	do(w, "desk", "GET", all+"?kind=report&state=archived&year=2026&number=1/SRK", "", 200)
	do(w, "desk", "GET", all+"/register?year=2026", "", 200)
	if csv := do(w, "desk", "GET", all+"/register.csv?year=2026", "", 200).Body.String(); !strings.Contains(csv, ";1/SRK/2026;") {
		t.Errorf("CSV: %s", csv)
	}
	if brf := do(w, "budi", "GET", at+"/braille", "", 200).Body.String(); !strings.Contains(brf, "#A_/,S,R,K_/#BJBF") {
		t.Errorf("Braille: %s", brf)
	}
	kept := w.tokens["head"]
	w.token("head", "read", "write", "handoff", "stepup", "node")
	defer func() { w.tokens["head"] = kept }()
	settings := do(w, "head", "GET", all+"/settings", "", 200)
	do(w, "head", "PUT", all+"/settings", `{"heads":[{"lines":["SENTRA BARU"],"place":"Solo"}],"numberings":[]}`, 200, ifMatch(settings.Header().Get("ETag")))
	w.do("budi", "PUT", all+"/settings", `{"heads":[{"lines":["SENTRA BARU"],"place":"Solo"}],"numberings":[]}`, ifMatch(`"1"`)).want(403)
	w.do("sari", "GET", at, "").want(403)
	w.do("desk", "GET", at, "").want(403)
	w.do("budi", "GET", all+"/"+strings.Repeat("a", 32), "").want(404)
}

// Guessing codes is slowed down for each place it comes from.
func TestVerifyIsThrottled(t *testing.T) {
	w := newWorld(t)
	for range 30 {
		w.do("", "POST", base+"/verify", `{"code":"SRK-00000000"}`, from("198.51.100.7:1")).want(200)
	}
	w.do("", "POST", base+"/verify", `{"code":"SRK-00000000"}`, from("198.51.100.7:2")).want(429)
	w.do("", "POST", base+"/verify", `{"code":"SRK-00000000"}`, from("198.51.100.8:1")).want(200)
}
