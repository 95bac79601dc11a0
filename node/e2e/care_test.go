package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

// serve fills a case of the world with a plan, its approval, a bed and a task.
func (w *world) serve(name string) {
	b := w.srk
	c := b.Open(name, map[string]any{"urgency": "3d"})
	at := "/cases/" + string(c.ID)
	var plan casework.Record[casework.Plan]
	b.Must("worker", http.MethodPost, at+"/plan/goals", nodetest.At{Body: map[string]any{
		"problem": "belum bisa berjalan", "aim": "berjalan 10 meter tanpa dipegang", "component": "K4a", "activity": "fisioterapi", "base": "residensial",
		"from": "2026-01-05", "until": "2026-12-31", "cost": 1_500_000, "funds": "APBN",
	}}, &plan)
	b.Must("worker", http.MethodPut, at+"/plan", nodetest.At{Version: plan.Version, Body: map[string]any{"withPerson": true, "withFamily": true}}, &plan)
	b.Must("head", http.MethodPost, at+"/plan/approve", nodetest.At{Version: plan.Version}, &plan)
	goal := plan.Data.Goals[0]
	b.Must("worker", http.MethodPost, at+"/services", map[string]any{
		"day": "2026-01-06", "component": "K4a", "activity": "fisioterapi", "base": "residensial", "goal": goal.ID, "amount": 1, "unit": "sesi", "provider": "Terapis",
	}, nil)
	b.Must("worker", http.MethodPost, at+"/tasks", map[string]any{"what": "Telepon Dinsos", "due": "2026-01-09"}, nil)
	b.Must("worker", http.MethodPost, at+"/conferences", map[string]any{
		"day": "2026-01-04", "topic": "Rencana tiga bulan", "people": []map[string]string{{"role": "psikolog", "name": "Contoh"}}, "decisions": "Tiga bulan di balai, lalu keluarga",
	}, nil)
	var house casework.House
	b.Must("head", http.MethodPost, "/houses", map[string]any{"name": "Melati", "beds": []map[string]any{{"room": "A", "name": "1"}, {"room": "A", "name": "2"}}}, &house)
	b.Must("worker", http.MethodPost, at+"/stays", map[string]any{"bed": house.Beds[0].ID, "from": "2026-01-05"}, nil)
	w.ids["served"], w.ids["goal"], w.ids["house"] = string(c.ID), string(goal.ID), string(house.ID)
}

// carePages are the pages of care in their states.
var carePages = []pageRow{
	{name: "plan", as: "worker", path: "/kasus/{served}/rencana", says: "berjalan 10 meter"},
	{name: "plan, none", as: "worker", path: "/kasus/{case}/rencana", says: "Asesmen dulu"},
	{name: "plan, on offer", as: "worker", path: "/kasus/{frozen}/rencana", says: "Saat ini hanya bisa dibaca"},
	{name: "plan, forbidden", as: "admin", path: "/kasus/{served}/rencana", says: "Tidak diizinkan"},
	{name: "goal", as: "worker", path: "/kasus/{served}/rencana/tujuan", says: "Tujuan terukur"},
	{name: "goal, wrong", as: "worker", path: "/kasus/{served}/rencana/tujuan", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "goal to change", as: "worker", path: "/kasus/{served}/rencana/tujuan/{goal}", says: "Ubah tujuan"},
	{name: "result of a goal", as: "worker", path: "/kasus/{served}/rencana/tujuan/{goal}/hasil", says: "Catat hasil"},
	{name: "services", as: "worker", path: "/kasus/{served}/layanan", says: "fisioterapi"},
	{name: "services, none", as: "worker", path: "/kasus/{case}/layanan", says: "Belum ada layanan"},
	{name: "service", as: "worker", path: "/kasus/{served}/layanan/baru", says: "Kegiatan"},
	{name: "service, wrong", as: "worker", path: "/kasus/{served}/layanan/baru", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "aids, none", as: "worker", path: "/kasus/{case}/alat", says: "Belum ada alat bantu"},
	{name: "conferences", as: "worker", path: "/kasus/{served}/konferensi", says: "Tiga bulan di balai"},
	{name: "conference", as: "worker", path: "/kasus/{served}/konferensi/baru", says: "Peserta"},
	{name: "conference, wrong", as: "worker", path: "/kasus/{served}/konferensi/baru", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "incident", as: "worker", path: "/kasus/{served}/kejadian/baru", says: "Kronologi"},
	{name: "civil papers, none", as: "worker", path: "/kasus/{served}/adminduk", says: "Belum ada pengurusan"},
	{name: "programmes, none", as: "worker", path: "/kasus/{served}/program", says: "Belum diperiksa"},
	{name: "visits, none", as: "worker", path: "/kasus/{served}/pascalayanan", says: "Belum ada kunjungan"},
	{name: "tasks of a case", as: "worker", path: "/kasus/{served}/tugas", says: "Telepon Dinsos"},
	{name: "task, wrong", as: "worker", path: "/kasus/{served}/tugas", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "tasks", as: "worker", path: "/tugas", says: "Telepon Dinsos"},
	{name: "tasks, none", as: "head", path: "/tugas?milik=unit&jenis=aftercare", says: "Tidak ada tugas yang menunggu"},
	{name: "stay", as: "worker", path: "/kasus/{served}/hunian", says: "Melati, A, 1"},
	{name: "stay, none", as: "worker", path: "/kasus/{case}/hunian", says: "Belum tinggal di balai"},
	{name: "bed", as: "worker", path: "/kasus/{case}/hunian/masuk", says: "Tempat tidur"},
	{name: "absence, wrong", as: "worker", path: "/kasus/{served}/hunian/pergi", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "houses", as: "worker", path: "/hunian", says: "1 terisi, 1 kosong"},
	{name: "house", as: "head", path: "/hunian/asrama/{house}", says: "Ubah asrama"},
	{name: "house, wrong", as: "head", path: "/hunian/asrama", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "termination", as: "worker", path: "/kasus/{served}/terminasi", says: "1 tujuan belum ada hasilnya"},
	{name: "termination, wrong", as: "worker", path: "/kasus/{served}/terminasi", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "calendar", as: "worker", path: "/kalender", says: "Kalender kerja"},
	{name: "calendar to change", as: "head", path: "/kalender", says: "Hari libur"},
}

// TestACaseIsServedInTheBrowser goes from the first meal to the end of the
// service, with script and without it.
func TestACaseIsServedInTheBrowser(t *testing.T) {
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) { servedInTheBrowser(t, script) })
	}
}

func servedInTheBrowser(t *testing.T, script bool) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK")
	b := c.Of("SRK")
	at := "/kasus/" + string(b.Open("Ani Contoh", nil).ID)
	worker, head := open(t, b), open(t, b)
	if !script {
		worker, head = worker.withoutScript(), head.withoutScript()
	}
	worker.signIn("worker")
	head.signIn("head")
	today := func(p *tab, name string) {
		now := strings.Split(time.Now().In(time.FixedZone("WIB", 7*3600)).Format(time.DateOnly), "-")
		p.fill(name+".d", now[2])
		p.fill(name+".m", now[1])
		p.fill(name+".y", now[0])
	}

	worker.visit(at + "/layanan")
	worker.click("Catat layanan")
	worker.fill("component", "K1")
	worker.fill("activity", "makan malam")
	worker.fill("base", "residensial")
	worker.submit()
	worker.see("makan malam", "Tersimpan.")

	worker.click("Rencana layanan")
	worker.see("Asesmen dulu")
	worker.click("Tambah tujuan")
	worker.submit()
	worker.see("Ada yang perlu diperbaiki")
	worker.fill("problem", "belum bisa berjalan")
	worker.fill("aim", "berjalan 10 meter")
	worker.fill("component", "K4a")
	worker.fill("activity", "fisioterapi")
	worker.fill("base", "residensial")
	today(worker, "until")
	worker.submit()
	worker.see("Rancangan rencana versi 1", "Menunggu persetujuan")
	worker.press("Disusun bersama PM")
	worker.click("Simpan")

	head.visit(at + "/rencana")
	head.click("Setujui rencana")
	head.see("Rencana yang berlaku, versi 1")

	head.visit("/hunian")
	head.see("Belum ada asrama")
	head.click("Tambah asrama")
	head.fill("name", "Melati")
	head.fill("beds", "A / 1")
	head.submit()
	head.see("0 terisi, 1 kosong")

	worker.visit(at + "/hunian")
	worker.click("Beri tempat tidur")
	worker.must(`(() => { const s = document.querySelector('select[name=bed]'); s.value = s.options[1].value; })()`, nil)
	worker.submit()
	worker.see("Melati, A, 1")

	worker.click("Terminasi")
	worker.see("1 tujuan belum ada hasilnya")
	worker.click("berjalan 10 meter")
	worker.fill("outcome", "tercapai")
	worker.submit()
	worker.see("Tercapai")
	worker.click("Terminasi")
	worker.fill("reason", "reunifikasi")
	worker.fill("outcome", "tercapai")
	worker.fill("destination", "rumah nenek")
	worker.fill("after", "kunjungan TKSK")
	worker.submit()
	worker.see("Kasus diakhiri.", "rumah nenek")
	head.visit("/hunian")
	head.see("0 terisi, 1 kosong")
	worker.visit(at + "/tugas")
	worker.see("Kunjungan pascalayanan bulan ke-3")
	worker.visit(at + "/pascalayanan")
	worker.click("Catat kunjungan")
	worker.fill("way", "telepon")
	worker.fill("month", "3")
	worker.fill("condition", "sehat")
	worker.submit()
	worker.see("sehat")
	worker.visit(at + "/tugas")
	if worker.says("bulan ke-3") {
		t.Error("the visit of month 3 is still due")
	}
	worker.quiet()
	head.quiet()
}
