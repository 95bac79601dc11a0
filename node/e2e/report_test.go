package e2e_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

const peopleFile = "Nama;NIK;L/P;Tgl lahir;Tanggal masuk;Tahap;Keterangan\n" +
	"Gita Rekaan;3372045708900001;P;17-08-1990;02-01-2026;5;kamar 3\n" +
	"Hasan Rekaan;;L;1985;03-01-2026;5;-\n" +
	"Indah Rekaan;;salah;17-08-1990;03-01-2026;;\n" +
	"Ani Contoh;;P;;04-01-2026;5;\n"

// lists fills the world with imports at every point, and with a month that has
// figures.
func (w *world) lists() {
	checked := w.srk.Upload(peopleFile)
	done := w.srk.RunImport(w.srk.Upload("Nama;L/P;Tgl lahir;Tanggal masuk;Tahap\nJoko Rekaan;L;1960;02-01-2026;5\nKiki Rekaan;P;2012;02-01-2026;6\n"))
	w.ids["import"], w.ids["imported"] = string(checked.ID), string(done.ID)
	w.ids["last"] = string(casework.MonthOf(time.Now()).Add(-1))
}

// reportPages are the pages of reports, imports and archives.
var reportPages = []pageRow{
	{name: "reports", as: "head", path: "/laporan", says: "Laporan per bulan"},
	{name: "reports, before", as: "head", path: "/laporan?sampai=2020-01", says: "Laporan per bulan"},
	{name: "reports, forbidden", as: "worker", path: "/laporan", says: "Tidak diizinkan"},
	{name: "report, running", as: "head", path: "/laporan/{month}", says: "Bulan berjalan"},
	{name: "report", as: "head", path: "/laporan/2026-01", says: "PM akhir bulan"},
	{name: "report for outsiders", as: "head", path: "/laporan/2026-01?untuk=luar", says: "kurang dari 5"},
	{name: "report, no month", as: "head", path: "/laporan/2026-13", says: "Ada yang perlu diperbaiki"},
	{name: "report by age", as: "head", path: "/laporan/2026-01/rincian?menurut=age", says: "dewasa"},
	{name: "report by region", as: "head", path: "/laporan/2026-01/rincian?menurut=region", says: "belum diketahui"},
	{name: "report by sex for outsiders", as: "head", path: "/laporan/2026-01/rincian?menurut=sex&untuk=luar", says: "kurang dari 5"},
	{name: "report by nothing", as: "head", path: "/laporan/2026-01/rincian?menurut=x", says: "Tidak ditemukan"},
	{name: "behind a figure", as: "head", path: "/laporan/2026-01/daftar?angka=in", says: "Joko Rekaan"},
	{name: "behind a figure, nobody", as: "head", path: "/laporan/2025-01/daftar?angka=in", says: "Tidak ada kasus"},
	{name: "behind a figure, none", as: "head", path: "/laporan/2026-01/daftar?angka=budget", says: "Tidak ditemukan"},
	{name: "figures by hand", as: "head", path: "/laporan/2026-01/isian", says: "Realisasi anggaran"},
	{name: "figures by hand, wrong", as: "head", path: "/laporan/2026-01/isian", says: "Ada yang perlu diperbaiki", do: func(p *tab) { p.fill("values.budget", "banyak"); p.submit() }},
	{name: "sign", as: "head", path: "/laporan/2026-01/tandatangan", says: "dibekukan"},
	{name: "sign, running", as: "head", path: "/laporan/{month}/tandatangan", says: "belum dapat ditandatangani"},
	{name: "own report", as: "worker", path: "/laporan/saya", says: "Kasus didampingi"},
	{name: "imports", as: "head", path: "/impor", says: "daftar.csv"},
	{name: "imports, none", as: "head", at: "mgl", path: "/impor", says: "Belum ada impor"},
	{name: "imports, no file", as: "head", path: "/impor", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "imports, forbidden", as: "worker", path: "/impor", says: "Tidak diizinkan"},
	{name: "columns", as: "head", path: "/impor/{import}/kolom", says: "Tgl lahir"},
	{name: "columns, wrong", as: "head", path: "/impor/{import}/kolom", says: "Ada yang perlu diperbaiki", do: func(p *tab) { p.fill("targets.1", "name"); p.submit() }},
	{name: "import, checked", as: "head", path: "/impor/{import}", says: "Mungkin sudah terdaftar"},
	{name: "import, done", as: "head", path: "/impor/{imported}", says: "Batalkan impor ini"},
	{name: "rows, bad", as: "head", path: "/impor/{import}/baris?keadaan=bad", says: "C4"},
	{name: "rows, doubles", as: "head", path: "/impor/{import}/baris?keadaan=double", says: "Lihat kasus yang mungkin sama"},
	{name: "rows, opened", as: "head", path: "/impor/{imported}/baris?keadaan=opened", says: "SRK-"},
	{name: "rows, none", as: "head", path: "/impor/{import}/baris?keadaan=kept", says: "Tidak ada baris"},
	{name: "archive", as: "head", path: "/kasus/{case}/arsip", says: "Salinan data PM"},
}

func TestTheMonthIsSigned(t *testing.T) {
	for name, script := range map[string]bool{"with script": true, "without": false} {
		t.Run(name, func(t *testing.T) { theMonthIsSigned(t, script) })
	}
}

// theMonthIsSigned is the day on which a head of a balai reports: figures by
// hand, the list behind one, the signature, and a correction that comes later.
func theMonthIsSigned(t *testing.T, script bool) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK")
	srk := c.Of("SRK")
	srk.RunImport(srk.Upload(peopleFile))
	head := open(t, srk)
	if !script {
		head = head.withoutScript()
	}
	head.signIn("head")
	head.visit("/laporan?sampai=2026-02")
	head.click("Januari 2026")
	head.see("0 PM awal bulan + 3 masuk − 0 keluar = 3 PM akhir bulan", "belum diisi")
	head.click("Isi angka")
	head.fill("values.budget", "83,5")
	head.submit()
	head.see("Isian laporan tersimpan", "83,5 %", "diisi tangan")
	head.click("3 PM masuk")
	head.see("Gita Rekaan", "Hasan Rekaan", "3 kasus")
	head.visit("/laporan/2026-01")
	head.click("Tanda tangani")
	head.submit()
	head.proveAgain()
	head.see("Ditandatangani oleh", "Ditandatangani")
	srk.RunImport(srk.Upload("Nama;L/P;Tanggal masuk;Tahap\nLina Rekaan;P;05-01-2026;5\n"))
	head.visit("/laporan/2026-01")
	head.see("ralat", "Ralat sejak ditandatangani", "= 3 PM akhir bulan")
	head.quiet()
}

func TestImportAndUndoInTheBrowser(t *testing.T) {
	for name, script := range map[string]bool{"with script": true, "without": false} {
		t.Run(name, func(t *testing.T) { importInTheBrowser(t, script) })
	}
}

// importInTheBrowser uploads a table, looks at what is wrong with it, opens its
// cases and takes back those that nobody has touched.
func importInTheBrowser(t *testing.T, script bool) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK")
	srk := c.Of("SRK")
	srk.Open("Ani Contoh", nil)
	file := filepath.Join(t.TempDir(), "daftar.csv")
	if err := os.WriteFile(file, []byte(peopleFile), 0o600); err != nil {
		t.Fatal(err)
	}
	head := open(t, srk)
	if !script {
		head = head.withoutScript()
	}
	head.signIn("head")
	head.visit("/impor")
	head.do(chromedp.SetUploadFiles(`input[type=file]`, []string{file}))
	head.submit()
	head.see("daftar.csv: 4 baris", "C: L/P", "Gita Rekaan")
	head.submit()
	head.see("Sudah diperiksa", "Siap dibuka", "Perlu diperbaiki", "Mungkin sudah terdaftar")

	id := head.part(2)
	head.visit("/impor/" + id + "/baris?keadaan=bad")
	head.see("C4: bukan L atau P")
	head.visit("/impor/" + id)
	head.click("Buka 2 kasus")
	head.proveAgain()
	head.see("Selesai", "Kasus dibuka")
	cases := srk.Cases()
	if len(cases) != 3 {
		t.Fatalf("%d cases", len(cases))
	}
	head.visit("/impor/" + id)
	head.click("Batalkan impor ini")
	head.proveAgain()
	c.WaitFor("the cases to be gone", func() bool { return len(srk.Cases()) == 1 })
	head.visit("/impor/" + id)
	head.see("Dibatalkan")
	head.quiet()
}
