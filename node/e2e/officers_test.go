package e2e_test

import (
	"net/http"
	"strings"
	"time"

	"serasi/node/casework"
)

// emergency is a case that somebody else opens in an emergency: everybody who
// watches over it is told, and the privacy officer judges it.
func (d *day) emergency() {
	c := d.here.Open("Gina Contoh", nil)
	at := "/kasus/" + string(c.ID)
	p := d.at(d.here, "asing")
	p.visit(at)
	if p.says("Gina") {
		d.Fatal("a case of somebody else is open")
	}
	p.click("Keadaan darurat? Buka kasus ini")
	p.submit()
	p.see("Ada yang perlu diperbaiki") // not without a reason
	p.pick("reason", "keadaan darurat")
	p.fill("why", "kejang di depan loket, obatnya apa")
	p.submit()
	p.proveAgain()
	p.see("selama 30 menit", "Gina Contoh")
	if p.says("Pindah tahap") {
		d.Error("who opened it in an emergency may change it")
	}
	for _, login := range []string{"worker", "supervisor", "head"} {
		w := d.at(d.here, login)
		w.visit("/pemberitahuan")
		w.click("Kasus dibuka dalam keadaan darurat · " + c.Number)
		w.see("Uji asing")
	}
	dpo := d.at(d.here, "dpo")
	dpo.visit("/pemberitahuan")
	dpo.click("Kasus dibuka dalam keadaan darurat · " + c.Number)
	dpo.see("kejang di depan loket", c.Number)
	dpo.click("Apa yang dibuka")
	dpo.see("Uji asing", "membuka darurat")
	dpo.visit("/privasi")
	dpo.click(c.Number)
	dpo.pick("verdict", casework.Justified)
	dpo.fill("words", "anak kejang, dokter bertanya")
	dpo.submit()
	dpo.see("Penilaian disimpan")
	dpo.click(c.Number)
	dpo.see("Dapat dibenarkan", "dokter bertanya")
}

// merged are two cases of one person: joined, and taken apart again.
func (d *day) merged() {
	claims := map[string]any{"claims": []map[string]string{
		{"kind": "name", "value": "Siti Rahayuningsih", "standing": "stated"},
		{"kind": "born", "value": "1971-03-0" + d.digit(), "standing": "stated"},
	}}
	one, two := d.here.Open("", claims), d.here.Open("", claims)
	p := d.at(d.here, "worker")
	at := "/kasus/" + string(one.ID)
	p.visit(at + "/ganda")
	p.see(two.Number, "tanggal lahir sama")
	p.click("Gabungkan: orang yang sama")
	p.see("Tersimpan: orang yang sama")
	p.visit(at)
	p.see("Kasus lain orang ini", two.Number)
	p.visit(at + "/ganda")
	p.click("Batalkan keputusan")
	p.see("Keputusan dibatalkan")
	p.visit(at)
	if p.says(two.Number) {
		d.Error("the case still shows the other")
	}
	p.visit("/kasus/" + string(two.ID))
	p.see("Siti Rahayuningsih", two.Number)
}

// digit tells the two days that go on at the same time apart.
func (d *day) digit() string {
	if d.script {
		return "1"
	}
	return "2"
}

// erased is a person whom two people erase together; nobody does it alone.
func (d *day) erased() {
	c := d.here.Open("Hilda Dihapus", nil)
	d.here.Close(c)
	at := "/kasus/" + string(c.ID)
	head, dpo := d.at(d.here, "head"), d.at(d.here, "dpo")
	head.visit(at)
	head.see("Hilda Dihapus")
	head.click("Hak atas data")
	head.pick("reason", "masa simpan habis")
	head.fill("letter", "7/2026")
	head.click("Minta penghapusan")
	head.proveAgain()
	head.see("menunggu orang kedua")
	head.visit("/privasi")
	head.click(c.Number)
	head.see("tidak boleh Anda sendiri")
	if head.says("Sahkan dan hapus sekarang") {
		d.Error("who asked may confirm")
	}
	dpo.visit("/pemberitahuan")
	dpo.click("Penghapusan menunggu orang kedua · " + c.Number)
	dpo.click("Sahkan dan hapus sekarang")
	dpo.proveAgain()
	dpo.see("Surat keterangan penghapusan", "Cadangan terakhir")
	head.visit(at)
	head.see("Tidak ditemukan")
	head.visit("/kasus")
	head.fill("text", "Hilda Dihapus")
	head.submit()
	if head.says(c.Number) {
		d.Error("who was erased is found")
	}
}

// officer is the day of the data protection officer: who looked, a copy for the
// person, and a breach with its clock. No case is opened for it.
func (d *day) officer() {
	c := d.here.Open("Jihan Contoh", nil)
	at := "/kasus/" + string(c.ID)
	d.at(d.here, "head").visit(at)
	dpo := d.at(d.here, "dpo")
	dpo.visit(at)
	dpo.see("Tidak diizinkan")
	dpo.visit(at + "/privasi")
	dpo.click("Siapa melihat kasus ini")
	dpo.see("Uji head", "membaca")
	dpo.visit(at + "/privasi")
	dpo.pick("kind", casework.AskLooks)
	dpo.pick("from", "wali")
	dpo.fill("words", "ingin tahu siapa yang membaca")
	dpo.click("Catat permintaan")
	dpo.see("jam 3x24 berjalan")
	dpo.visit("/privasi")
	dpo.click(c.Number)
	dpo.click("Siapa melihat data saya")
	dpo.see("Kepala balai")
	if dpo.says("Uji head") || dpo.says("Jihan") {
		d.Errorf("the printout names somebody:\n%s", dpo.text())
	}
	dpo.visit("/privasi")
	dpo.click(c.Number)
	dpo.pick("outcome", "selesai")
	dpo.fill("answer", "daftar diserahkan")
	dpo.submit()
	dpo.see("Jawaban disimpan")
	dpo.click(c.Number)
	dpo.see("daftar diserahkan")

	dpo.click("Kembali ke pelindungan data")
	dpo.click("Catat insiden")
	dpo.pick("kinds", "identitas")
	dpo.fill("how", "telepon petugas hilang dengan sesi terbuka")
	now := time.Now()
	dpo.date("known", now)
	dpo.date("from", now.AddDate(0, 0, -1))
	dpo.date("to", now)
	dpo.submit()
	dpo.see("jam 3x24 berjalan", c.Number, "Pemberitahuan paling lambat")
	var list string
	dpo.must(`fetch(location.pathname + '/daftar').then(r => r.text())`, &list)
	if !strings.Contains(list, c.Number) {
		d.Errorf("the list of those affected lacks %s:\n%s", c.Number, list)
	}
	dpo.fill("measures", "sesi diakhiri")
	dpo.click("Lembaga sudah diberi tahu")
	dpo.click("Semua orang sudah diberi tahu")
	dpo.click("Tutup insiden")
	dpo.see("Insiden ditutup")
}

// copied is the copy of a file for the person it is about.
func (d *day) copied() {
	c := d.here.Open("Kirana Contoh", nil)
	head := d.at(d.here, "head")
	head.visit("/kasus/" + string(c.ID) + "/arsip")
	var got struct{ Status, Size int }
	head.must(`fetch(location.pathname, {method: 'POST', body: new URLSearchParams({kind: '`+casework.SubjectCopy+`'})}).then(async r => ({Status: r.status, Size: (await r.arrayBuffer()).byteLength}))`, &got)
	if got.Status != http.StatusOK || got.Size < 500 {
		d.Errorf("the copy answers %+v", got)
	}
	head.visit("/kasus/" + string(c.ID) + "/akses/cetak")
	head.see("menyalin data")
}

// blind are those who watch or run things and read no case: an auditor, the
// data protection officer and the admin IT, at every address that names one.
func (d *day) blind() {
	const name = "Mawar Rahasia"
	h := d.offer(name)
	ids := strings.NewReplacer("{case}", string(h.Case), "{served}", string(h.Case), "{frozen}", string(h.Case), "{handoff}", string(h.ID))
	var paths []string
	for _, row := range everyRow() {
		if at := ids.Replace(row.path); at != row.path && !strings.Contains(at, "{") {
			paths = append(paths, at)
		}
	}
	if seen := d.at(d.here, "worker").naming(paths, name); seen < 20 {
		d.Fatalf("the social worker sees the name at %d of %d addresses: the rule looks at the wrong ones", seen, len(paths))
	}
	for _, login := range []string{"admin", "auditor", "dpo"} {
		if seen := d.at(d.here, login).naming(paths, name); seen > 0 {
			d.Errorf("%s sees the name at %d addresses", login, seen)
		}
	}
}

// naming counts the addresses that show a name.
func (p *tab) naming(paths []string, name string) (n int) {
	p.t.Helper()
	p.must(`Promise.all(`+quote(paths)+`.map(at => fetch(at).then(r => r.text()))).then(all => all.filter(t => t.includes(`+quote(name)+`)).length)`, &n)
	return n
}

// auditor looks at what was done and at the figures, and at no case.
func (d *day) auditor() {
	c := d.here.Open("Nadia Contoh", nil)
	d.at(d.here, "head").visit("/kasus/" + string(c.ID))
	p := d.at(d.here, "auditor")
	p.visit("/")
	p.see("Hari ini")
	p.visit("/kasus")
	p.see("Tidak diizinkan")
	p.visit("/kasus/" + string(c.ID) + "/akses")
	p.see("Uji head", "membaca")
	p.visit("/privasi")
	p.see("Pembukaan darurat", "Penghapusan")
	if p.says("Catat insiden") {
		d.Error("an auditor may note an incident")
	}
	p.visit("/laporan")
	p.leave(func() { p.hit(`document.querySelector('main a[href^="/laporan/2"]')`, "a month") })
	p.see("PM akhir bulan")
	if p.says("Tanda tangani") {
		d.Error("an auditor may sign")
	}
}

// administrator makes an account, helps its owner and ends it, and reads no case.
func (d *day) administrator() {
	admin := d.at(d.here, "admin")
	admin.visit("/pengguna")
	admin.click("Pengguna baru")
	admin.fill("login", "tini")
	admin.fill("name", "Tini Contoh")
	admin.pick("roles", string(casework.FrontDesk))
	admin.fill("password", "tiga kucing di atap")
	admin.submit()
	admin.proveAgain()
	admin.see("Pengguna dibuat")
	at := admin.address()
	tini := d.window(d.here)
	tini.visit("/masuk")
	tini.fill("login", "tini")
	tini.fill("password", "tiga kucing di atap")
	tini.submit()
	tini.see("Hari ini", "Tini Contoh")
	admin.visit(at)
	admin.see("1 sesi")
	admin.hit(`document.querySelector('main [name=disabled]')`, "disable")
	admin.submit()
	admin.proveAgain()
	admin.visit("/pengguna")
	admin.see("Tini Contoh", "Tidak aktif")
	tini.visit("/kasus")
	tini.see("Kata sandi")
}

// desk registers somebody and opens no case; the supervisor gives the case to a
// social worker.
func (d *day) desk() {
	desk, supervisor, worker := d.at(d.here, "desk"), d.at(d.here, "supervisor"), d.at(d.here, "worker")
	desk.visit("/kasus")
	desk.click("Daftarkan orang baru")
	desk.fill("name", "Putri Datang Sendiri")
	desk.fill("need", "tempat tidur malam ini")
	desk.submit()
	desk.see("Sudah terdaftar")
	desk.visit("/kasus")
	desk.fill("text", "putri datang sendiri")
	desk.submit()
	desk.see("P. D. S.") // found by the name, and shown by its letters
	supervisor.visit("/kasus")
	supervisor.fill("text", "putri datang sendiri")
	supervisor.submit()
	supervisor.click("Putri Datang Sendiri")
	at := supervisor.address()
	desk.visit(at)
	desk.see("Tidak diizinkan")
	worker.visit(at)
	worker.see("Tidak diizinkan")
	supervisor.visit(at + "/tugaskan")
	supervisor.must(`(() => { const s = document.querySelector('select[name=lead]'); s.value = [...s.options].find(o => o.text.startsWith('Uji worker')).value; })()`, nil)
	supervisor.submit()
	supervisor.see("Kasus sudah ditugaskan")
	worker.visit("/kasus?milik=1")
	worker.click("Putri Datang Sendiri")
	worker.see("tempat tidur malam ini")
}
