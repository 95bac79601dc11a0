package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
)

// declined is a handoff that comes back with a reason, and a case that goes on.
func (d *day) declined() {
	h := d.offer("Dodi Contoh")
	to, from := d.at(d.there, "head"), d.at(d.here, "head")
	at := "/rujukan/" + string(h.ID)
	to.visit(at)
	to.clicks = 0
	to.click("Tolak")
	to.submit()
	to.see("Ada yang perlu diperbaiki") // not without a reason
	to.clicks--
	to.pick("reason", "penuh")
	to.fill("text", "coba lagi bulan depan")
	to.submit()
	to.proveAgain()
	to.see("Ditolak")
	if to.clicks > 3 {
		d.Errorf("declining took %d clicks", to.clicks)
	}
	d.here.WaitStage(h.ID, "declined")
	from.visit(at)
	from.see("Ditolak", "Penuh", "coba lagi bulan depan")
	if from.says("Tarik kembali") {
		d.Error("what was declined can be withdrawn")
	}
	from.visit("/kasus/" + string(h.Case))
	from.see("Rujuk")
	if from.says("Sedang ditawarkan ke balai lain") {
		d.Error("the case is still frozen")
	}
}

// raced is a click on withdraw against a click on accept. One of them wins, and
// both screens say which.
func (d *day) raced() {
	h := d.offer("Rani Contoh")
	at := "/rujukan/" + string(h.ID)
	to, from := d.at(d.there, "head"), d.at(d.here, "head")
	from.visit(at + "/tarik")
	from.pick("reason", "salah kirim")
	to.visit(at)
	for _, p := range []*tab{from, to} {
		p.must("window.__before = true", nil)
	}
	to.hit(byWords("Terima"), "accept")
	from.hit(`document.querySelector('main button.main')`, "withdraw")
	for _, p := range []*tab{from, to} {
		p.waitFor("the next page", loaded+" && !window.__before")
		p.proveAgain()
	}
	d.c.WaitFor("both sides to say the same", func() bool {
		a, b := d.here.Handoff(h.ID), d.there.Handoff(h.ID)
		return a.Stage == b.Stage && a.Stage != "offered" && a.Pending == "" && b.Pending == ""
	})
	from.visit(at)
	to.visit(at)
	switch stage := d.here.Handoff(h.ID).Stage; stage {
	case "accepted":
		from.see("Diterima")
		to.see("Diterima", "Catat serah terima")
	case "withdrawn":
		from.see("Ditarik kembali", "Salah kirim")
		to.see("Rujukan ini ditarik kembali oleh pengirim")
		if slices.Contains(d.there.Handoff(h.ID).Actions, "accept") {
			d.Error("what was withdrawn can be accepted")
		}
	default:
		d.Errorf("the handoff ended as %s", stage)
	}
}

// answers are given to three people each, the last to one.
var answers = []struct {
	page, stage, says string
	do                func(*tab)
}{
	{"", "accepted", "Diterima", func(p *tab) { p.click("Terima") }},
	{"/tolak", "declined", "Ditolak", func(p *tab) { p.pick("reason", "penuh"); p.submit() }},
	{"/daftar-tunggu", "waitlisted", "Daftar tunggu", func(p *tab) { p.date("expected", time.Now().AddDate(0, 0, 20)); p.submit() }},
	{"/tanya", "asked", "Minta keterangan", func(p *tab) { p.fill("text", "apakah memakai kursi roda?"); p.submit() }},
}

// tenAtOnce is one letter for ten people, and an answer for each of them.
func (d *day) tenAtOnce() {
	var ids []casework.CaseID
	for i := range 10 {
		ids = append(ids, d.here.Open(fmt.Sprintf("Orang %c Contoh", 'A'+i), nil).ID)
	}
	from, to := d.at(d.here, "head"), d.at(d.there, "head")
	from.visit("/rujukan")
	from.click("Rujukan kolektif")
	for _, id := range ids {
		from.pick("cases", string(id))
	}
	from.fill("to", d.there.Code)
	from.fill("reason", "asrama kebanjiran")
	from.fill("wanted", "tempat tinggal sementara")
	from.fill("basis", "vital interest")
	from.fill("basisWhy", "bencana")
	from.submit()
	from.proveAgain()
	from.see("Rujukan kolektif", "asrama kebanjiran")
	group := from.part(3)
	var made []casework.HandoffID
	from.must(`[...document.querySelectorAll('main tbody th a')].map(a => a.pathname.split('/')[2])`, &made)
	if len(made) != len(ids) {
		d.Fatalf("one letter for %d people makes %d handoffs", len(ids), len(made))
	}
	want := map[string]int{}
	for i, id := range made {
		d.there.WaitStage(id, "offered")
		a := answers[min(i/3, len(answers)-1)]
		to.visit("/rujukan/" + string(id) + a.page)
		a.do(to)
		to.proveAgain()
		d.here.WaitStage(id, a.stage)
		want[a.says]++
	}
	for _, p := range []*tab{from, to} {
		p.visit("/rujukan/kelompok/" + group)
		var stages []string
		p.must(`[...document.querySelectorAll('main tbody .tag')].map(e => e.innerText.trim())`, &stages)
		got := map[string]int{}
		for _, s := range stages {
			got[s]++
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			d.Errorf("the letter for ten has %v, want %v", got, want)
		}
	}
}

// date fills the three fields of a day, in the zone of the balai.
func (p *tab) date(name string, day time.Time) {
	p.t.Helper()
	hours := 7
	if p.b.Code == "GWA" {
		hours = 8
	}
	parts := strings.Split(day.In(time.FixedZone("", hours*3600)).Format(time.DateOnly), "-")
	p.fill(name+".d", parts[2])
	p.fill(name+".m", parts[1])
	p.fill(name+".y", parts[0])
}

// onwardAndBack is a person who goes from here to there and beyond, and is sent
// back from there.
func (d *day) onwardAndBack() {
	h := d.offer("Lina Contoh")
	there, beyond := d.at(d.there, "head"), d.at(d.beyond, "head")
	there.takeIn(h.ID)
	d.here.WaitStage(h.ID, "received")

	there.visit("/rujukan/" + string(h.ID))
	there.click("Teruskan ke balai lain")
	there.fill("to", d.beyond.Code)
	there.fill("wanted", "kursi roda")
	there.fill("text", "bengkel alat bantu hanya ada di sana")
	there.fill("basis", "vital interest")
	there.fill("basisWhy", "tidak dapat bergerak")
	there.submit()
	there.proveAgain()
	there.see("Rujukan dikirim")
	on := casework.HandoffID(there.part(2))
	d.beyond.WaitStage(on, "offered")
	beyond.visit("/rujukan/" + string(on))
	beyond.see("bengkel alat bantu hanya ada di sana", "kursi roda")
	beyond.takeIn(on)
	d.there.WaitStage(on, "received")

	beyond.visit("/rujukan/" + string(on))
	beyond.click("Kembalikan ke asal")
	beyond.fill("text", "alat sudah dipasang")
	beyond.fill("basis", "vital interest")
	beyond.fill("basisWhy", "pulang ke asrama")
	beyond.submit()
	beyond.proveAgain()
	beyond.see("Rujukan dikirim")
	back := casework.HandoffID(beyond.part(2))
	d.there.WaitStage(back, "offered")
	there.takeIn(back)
	d.beyond.WaitStage(back, "received")
	there.visit("/rujukan/" + string(back))
	there.click("Buka kasus")
	there.see("Lina Contoh")

	from := d.at(d.here, "head")
	from.visit("/kasus/" + string(h.Case))
	from.see("Sudah diserahkan ke " + d.there.Code)
	beyond.visit("/rujukan/" + string(back))
	beyond.see("Sudah diserahterimakan")
}

// takeIn accepts a handoff and notes the arrival.
func (p *tab) takeIn(id casework.HandoffID) {
	p.t.Helper()
	at := "/rujukan/" + string(id)
	p.visit(at)
	p.click("Terima")
	p.proveAgain()
	p.b.WaitStage(id, "accepted")
	p.visit(at)
	p.click("Catat serah terima")
	for _, k := range casework.RecordFields[:casework.RecordNeeded] {
		var said string
		p.must("document.getElementsByName('form."+k+"')[0].value", &said)
		if said == "" {
			p.fill("form."+k, "seperti dalam surat")
		}
	}
	p.submit()
	p.proveAgain()
	p.b.WaitStage(id, "received")
}
