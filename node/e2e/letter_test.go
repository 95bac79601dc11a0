package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

// A letter goes through the office: the social worker writes it, the supervisor
// checks and initials it, the head signs it, and a stranger finds it genuine.
func TestALetterInTheOffice(t *testing.T) {
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) { letterInTheOffice(t, script) })
	}
}

func letterInTheOffice(t *testing.T, script bool) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL")
	srk, mgl := c.Of("SRK"), c.Of("MGL")
	ani := srk.Open("Ani Contoh", nil)
	worker, supervisor, head, stranger := open(t, srk), open(t, srk), open(t, srk), open(t, mgl)
	if !script {
		worker, supervisor, head, stranger = worker.withoutScript(), supervisor.withoutScript(), head.withoutScript(), stranger.withoutScript()
	}
	worker.signIn("worker")
	worker.visit("/kasus/" + string(ani.ID))
	worker.leave(func() { worker.hit("document.querySelector('main a[href$=\"/surat\"]')", "letters of the case") })
	worker.see("Belum ada surat")
	worker.click("Buat surat")
	worker.pick("kind", "report")
	worker.submit()
	var name string
	worker.must("document.getElementsByName('parts.1.rows.0.value')[0].value", &name)
	if name != "Ani Contoh" {
		t.Errorf("the draft does not know the name: %q", name)
	}
	worker.click("Simpan dan minta diperiksa")
	worker.see("Ada yang perlu diperbaiki", "Kepada")
	worker.fill("to.name", "Dinas Dukcapil Contoh")
	worker.click("Simpan dan minta diperiksa")
	worker.see("Menunggu diperiksa", "Dinas Dukcapil Contoh")
	if worker.says("Sudah saya periksa") {
		t.Error("whoever wrote the letter may check it")
	}
	at := worker.address()
	supervisor.signIn("supervisor")
	supervisor.visit(at)
	supervisor.click("Sudah saya periksa")
	supervisor.click("Paraf")
	supervisor.see("menunggu tanda tangan")
	head.signIn("head")
	head.visit(at)
	head.click("Tanda tangani")
	head.proveAgain()
	head.see("Ditandatangani", "1/SRK/RH/", "Kepala", "Kode verifikasi: SRK-")
	shoot(head, "surat")
	code := head.textOf(".seal p")
	stranger.visit("/v")
	var v casework.LetterView
	srk.Must("head", http.MethodGet, "/letters/"+head.part(2), nil, &v)
	stranger.fill("qr", v.QR)
	stranger.submit()
	stranger.see("Surat ini asli", "1/SRK/RH/", "Dinas Dukcapil Contoh")
	if stranger.says("Ani") {
		t.Error("the check names the person")
	}
	shoot(stranger, "periksa")
	stranger.visit("/v")
	stranger.fill("qr", forged(v.QR))
	stranger.submit()
	if stranger.says("Surat ini asli") {
		t.Error("what was changed is genuine")
	}
	stranger.see("Surat ini tidak asli")
	head.press("Cabut surat")
	head.fill("words-revoke", "keliru")
	head.hit("document.querySelector('button.danger')", "revoke")
	head.waitFor("the notice", "document.body.innerText.includes('DICABUT')")
	visitor := open(t, srk)
	visitor.visit("/v/" + code[len("Kode verifikasi: "):])
	visitor.see("sudah dicabut")
	head.visit("/surat")
	head.see("Dicabut", "1/SRK/RH/")
	head.visit("/surat/agenda")
	head.see("surat/20", "keliru")
	shoot(head, "agenda")
	head.visit("/surat/pengaturan")
	head.see("Kop surat", "{urut}/{unit}/{klasifikasi}/{bulan}/{tahun}")
	shoot(head, "pengaturan")
	for _, p := range []*tab{worker, supervisor, head, stranger} {
		p.quiet()
	}
}

// forged is a seal with another letter in its signature.
func forged(qr string) string {
	at, other := len(qr)-40, "A"
	if qr[at] == 'A' {
		other = "B"
	}
	return qr[:at] + other + qr[at+1:]
}

// shoot keeps a picture of the page in SCREENSHOTS, if that is set.
func shoot(p *tab, name string) {
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, name+".png"), p.picture(), 0o644); err != nil {
			p.t.Fatal(err)
		}
	}
}

func (p *tab) textOf(selector string) (s string) {
	p.t.Helper()
	p.must("document.querySelector('"+selector+"').innerText", &s)
	return s
}
