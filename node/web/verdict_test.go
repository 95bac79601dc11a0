package web_test

import (
	"net/http"
	"testing"

	"serasi/node/web"
)

// A verdict is looked at, taken away to be signed, and handed in by somebody who
// typed whom it is about; the last signature ends it.
func TestVerdict(t *testing.T) {
	c := newConsole()
	w := newWorld(t, func(cfg *web.Config) { cfg.Console = c })
	w.signIn()
	if a := w.get("/anggota"); !a.has(`href="/anggota/SRK"`) || a.has(`href="/anggota/GWA"`) {
		t.Errorf("the list leads nowhere: %s", a.body)
	}
	for act, says := range map[string]string{"": "72 jam", "?putusan=revoke": "undangan baru"} {
		if a := w.get("/anggota/BKS" + act); !a.has(says) || !a.has("0 dari 2") || !a.has("Buku besar akan berhenti") {
			t.Errorf("%q: %s", act, a.body)
		}
	}
	if a := w.get("/anggota/BKS/berkas?putusan=revoke"); a.body != `{"act":"revoke"}` || a.Header.Get("Content-Disposition") != `attachment; filename="revoke-BKS.json"` {
		t.Errorf("the file: %v %s", a.Header, a.body)
	}
	if a := w.get("/anggota/XYZ"); a.StatusCode != http.StatusNotFound {
		t.Errorf("a balai that is none: %d", a.StatusCode)
	}
	send := func(code string) answer {
		return w.post("/anggota/BKS", "putusan", "revoke", "code", code, "signature", "{}")
	}
	if a := send("BKS"); !a.has("Buktikan bahwa ini Anda") {
		t.Errorf("nobody asks again who it is: %d at %s", a.StatusCode, a.Request.URL)
	}
	if a := w.post("/masuk/ulang", "password", "benar"); a.Request.URL.RequestURI() != "/anggota/BKS?putusan=revoke" || !a.has("petugas lain menyusul") {
		t.Errorf("the first signature: %d at %s", a.StatusCode, a.Request.URL)
	}
	if a := send("MGL"); a.StatusCode != http.StatusUnprocessableEntity || !a.has("bukan kode balai itu") {
		t.Errorf("another code: %d %s", a.StatusCode, a.body)
	}
	if a := send("BKS"); a.Request.URL.Path != "/anggota" || !a.has("Sudah diputuskan") {
		t.Errorf("the last signature: %d at %s", a.StatusCode, a.Request.URL)
	}
}
