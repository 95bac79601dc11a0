package e2e_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"serasi/node/nodetest"
)

// From the knock on the door to the comprehensive assessment, in a browser, with
// and without script.
func TestFromTheDoorToTheAssessment(t *testing.T) {
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) { fromTheDoor(t, script) })
	}
}

func fromTheDoor(t *testing.T, script bool) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL")
	p := open(t, c.Of("SRK"))
	if !script {
		p = p.withoutScript()
	}
	p.signIn("worker")
	p.visit("/kasus")
	p.click("Daftarkan orang baru")
	p.fill("name", "Rahmat Contoh")
	p.fill("age", "9")
	p.fill("age_to", "11")
	p.pick("urgency", "24h")
	p.fill("need", "kursi roda")
	p.press("Bila ditemukan telantar")
	p.click("Tambah baris: Barang bawaan")
	p.fill("f1.ditemukan.bawaan.0.barang", "tas")
	p.click("Tambah baris: Barang bawaan")
	p.click("Hapus Barang bawaan 1")
	p.fill("f1.ditemukan.bawaan.0.barang", "cincin")
	p.leave(func() { p.do(chromedp.KeyEvent(kb.Enter)) }) // saves, and touches no row
	p.see("Sudah terdaftar", "SRK-")

	// The same person again: shown before anything is opened.
	p.click("Daftarkan orang lain")
	p.fill("name", "Rahmat Contoh")
	p.fill("age", "10")
	p.submit()
	p.see("Mungkin sudah terdaftar", "Tetap baru")
	p.click("Buka")
	p.see("kursi roda", "asesmen cepat belum ada")
	p.visit(p.where() + "/formulir/F1")
	p.click("Bila ditemukan telantar")
	if p.value("bawaan.0.barang") != "cincin" || p.says("Hapus Barang bawaan 2") {
		t.Errorf("the belongings are %q:\n%s", p.value("bawaan.0.barang"), p.text())
	}
	p.click("Pendaftaran")
	p.click("Kembali ke kasus")

	// A stage is not left before its time.
	p.click("Pindah tahap")
	p.pick("stage", "2")
	p.submit()
	p.see("kasus belum siap untuk tahap ini")

	p.click("asesmen cepat belum ada")
	p.click("Mulai")
	p.click("Keselamatan")
	p.pick("ancaman", "no")
	p.pick("bunuh_diri", "tidak")
	p.pick("kekerasan", "unknown")
	p.submit()
	p.see("Kesehatan")
	p.pick("sadar", "sadar")
	p.click("Simpan dan kembali ke daftar")
	p.click("Kesimpulan")
	p.pick("simpulan", "aman")
	p.pick("putusan", "layani")
	p.submit()
	p.click("Tanda tangani sebagai pekerja sosial")
	p.see("Sudah ditandatangani")

	p.click("Kembali ke kasus")
	p.click("Pindah tahap")
	p.pick("stage", "2")
	p.submit()
	p.see("2 Kesepakatan", "kesepakatan belum ada")
	p.click("kesepakatan belum ada")
	p.fill("purpose", "layanan di balai")
	p.pick("givenBy", "guardian")
	p.pick("how", "thumbprint")
	p.fill("witness", "TKSK")
	p.submit()
	p.see("saksi TKSK")
	p.click("Kembali ke kasus")
	p.see("Penerima manfaat (PM)")
	p.click("Pindah tahap")
	p.pick("stage", "3")
	p.submit()
	p.see("3 Asesmen komprehensif")

	p.click("Asesmen")
	p.click("Mulai")
	p.see("Fisik dan kesehatan", "Anak") // by his age
	p.click("Mental dan spiritual")
	p.fill("ibadah", "Rajin mengaji bersama nenek.")
	p.submit()
	p.visit("/kasus")
	p.see("Rahmat Contoh")
}
