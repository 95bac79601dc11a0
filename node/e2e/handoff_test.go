package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

// handOn leaves a collective handoff, one that waits for the head, and a letter to
// a partner.
func (w *world) handOn(id string) {
	hanging := map[string]any{"to": "MGL", "reason": "uji", "wanted": "kursi roda", "basis": "vital interest", "basisWhy": "darurat"}
	offer := map[string]any{"kind": "transfer", "cases": []string{id}}
	for k, v := range hanging {
		offer[k] = v
	}
	var prepared, outside struct{ ID string }
	w.srk.Must("worker", http.MethodPost, "/prepared", map[string]any{"offer": offer, "ask": true}, &prepared)
	w.srk.Must("head", http.MethodPost, "/partners", map[string]string{"name": "RSUD Contoh", "kind": "rumah sakit"}, nil)
	letter := map[string]string{"partner": "M00001", "reason": "demam", "wanted": "rawat inap", "basis": "vital interest", "basisWhy": "darurat"}
	w.srk.Must("head", http.MethodPost, "/cases/"+id+"/outside", letter, &outside)
	made := w.srk.OfferGroup([]casework.CaseID{w.srk.Open("Gita Contoh", nil).ID, w.srk.Open("Hadi Contoh", nil).ID}, "MGL", nil)
	w.ids["prepared"], w.ids["outside"], w.ids["group"] = prepared.ID, outside.ID, made[0].Group
}

// A handoff is sent from an open case with at most five clicks and answered with
// at most three, and nothing is typed beyond what the file holds.
func TestHandoffInFewClicks(t *testing.T) {
	for name, script := range map[string]bool{"with script": true, "without script": false} {
		t.Run(name, func(t *testing.T) { handoffInFewClicks(t, script) })
	}
}

func handoffInFewClicks(t *testing.T, script bool) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL")
	srk, mgl := c.Of("SRK"), c.Of("MGL")
	ani := srk.Open("Ani Contoh", map[string]any{"urgency": "24h", "need": "kursi roda"})
	at := "/cases/" + string(ani.ID)
	srk.Must("worker", http.MethodPost, at+"/consents", map[string]any{
		"scope": "sharing", "recipient": "MGL", "purpose": "rujukan", "how": "written", "givenBy": "person",
	}, nil)
	srk.Must("worker", http.MethodPost, at+"/plan/goals", nodetest.At{Body: map[string]any{
		"problem": "tidak dapat berjalan", "aim": "bergerak sendiri", "component": "K7", "activity": "kursi roda", "base": "komunitas",
		"from": "2026-01-01", "until": "2026-12-31",
	}}, nil)
	from, to := open(t, srk), open(t, mgl)
	if !script {
		from, to = from.withoutScript(), to.withoutScript()
	}
	from.signIn("head")
	from.visit("/kasus/" + string(ani.ID))
	from.clicks = 0
	from.click("Rujuk")
	from.submit()
	from.see("bergerak sendiri") // as the plan says
	from.submit()
	from.proveAgain()
	from.see("Rujukan dikirim")
	if from.clicks > 5 {
		t.Errorf("sending took %d clicks", from.clicks)
	}
	id := from.part(2)
	mgl.WaitStage(casework.HandoffID(id), "offered")

	to.signIn("head")
	to.visit("/")
	to.clicks = 0
	to.click("Jawab rujukan")
	to.click("Terima")
	to.proveAgain()
	to.see("Diterima")
	if to.clicks > 3 {
		t.Errorf("answering took %d clicks", to.clicks)
	}
	srk.WaitStage(casework.HandoffID(id), "accepted")
	from.visit("/rujukan/" + id)
	from.see("Diterima", "Dijawab")
	to.visit("/rujukan/" + id)
	to.click("Catat serah terima")
	to.submit()
	to.proveAgain()
	srk.WaitStage(casework.HandoffID(id), "received")
	mgl.WaitStage(casework.HandoffID(id), "received")
	to.visit("/rujukan/" + id)
	to.click("Buka kasus")
	to.see("Ani Contoh")
	from.quiet()
	to.quiet()
}

// proveAgain types the password if the page asks for it, and is not counted:
// the page asks once in five minutes, whatever is done.
func (p *tab) proveAgain() {
	p.t.Helper()
	if p.where() != "/masuk/ulang" {
		return
	}
	p.fill("password", nodetest.Password)
	n := p.clicks
	p.submit()
	p.clicks = n
}

// What a worker prepares is signed by the head, or sent back with words.
func TestPreparedForTheHead(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL")
	srk := c.Of("SRK")
	ani := srk.Open("Ani Contoh", map[string]any{"need": "kursi roda"})
	worker, head := open(t, srk), open(t, srk)
	worker.signIn("worker")
	head.signIn("head")
	worker.visit("/kasus/" + string(ani.ID) + "/rujuk")
	worker.fill("wanted", "kursi roda")
	worker.submit()
	worker.submit()
	worker.see("Kepala balai akan memutuskan")
	head.visit("/rujukan")
	head.click("Rujukan ke MGL")
	head.fill("text", "tulis layanan yang sudah diberikan")
	head.click("Kembalikan")
	worker.visit("/rujukan")
	worker.click("Rujukan ke MGL")
	worker.see("Dikembalikan", "tulis layanan yang sudah diberikan")
	worker.click("Ubah")
	worker.press("Isian lain dalam surat")
	worker.fill("given", "makan dan tempat tidur")
	worker.submit()
	worker.submit()
	head.visit("/rujukan")
	head.click("Rujukan ke MGL")
	head.see("makan dan tempat tidur")
	head.pick("dasar", "persetujuan") // nobody has recorded it yet
	head.submit()
	head.proveAgain()
	head.see("Ditandatangani")
	c.Of("MGL").WaitStage(casework.HandoffID(head.part(2)), "offered")
}

// A letter to a hospital is answered by the hospital, which has no account.
func TestLetterToAPartner(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK")
	srk := c.Of("SRK")
	ani := srk.Open("Ani Contoh", nil)
	head, hospital := open(t, srk), open(t, srk).withoutScript()
	head.signIn("head")
	head.visit("/mitra/baru")
	head.fill("name", "RSUD Moewardi")
	head.fill("kind", "rumah sakit")
	head.submit()
	head.visit("/kasus/" + string(ani.ID) + "/rujuk/mitra")
	head.fill("partner", "M00001")
	head.fill("reason", "demam tinggi")
	head.fill("wanted", "rawat inap")
	head.fill("basis", "vital interest")
	head.fill("basisWhy", "darurat")
	head.submit()
	head.proveAgain()
	head.see("Surat dibuat", "tidak ada perjanjian kerja sama")
	at := head.address()
	var code string
	head.must(`[...document.querySelectorAll('main dt')].find(e => e.innerText.trim() === 'Kode balasan').nextElementSibling.innerText.trim()`, &code)

	hospital.visit("/balas")
	hospital.fill("code", code)
	hospital.submit()
	hospital.see("RSUD Moewardi")
	if hospital.says("Ani") || hospital.says("A. C.") || hospital.says("demam") {
		t.Errorf("the public page tells about the person:\n%s", hospital.text())
	}
	hospital.pick("answer", "diterima")
	hospital.fill("signed", "dr. jaga IGD")
	hospital.submit()
	hospital.see("Jawaban terkirim")

	head.visit(at)
	head.see("Dijawab", "dr. jaga IGD")
	head.submit()
	head.see("Selesai")
	head.quiet()
}

// What one balai says of itself stands in the list of another.
func TestDirectorySpreads(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK", "MGL")
	head := open(t, c.Of("MGL"))
	head.signIn("head")
	head.visit("/direktori/balai")
	head.fill("name", "Sentra Antasena")
	head.pick("clusters", "anak")
	head.fill("places.0.name", "Asrama Melati")
	head.fill("places.0.total", "10")
	head.fill("places.0.free", "3")
	head.submit()
	head.see("Tersimpan")
	worker := open(t, c.Of("SRK"))
	worker.signIn("worker")
	deadline := time.Now().Add(time.Minute)
	for worker.visit("/direktori?layanan=anak"); !worker.says("3 dari 10 tempat kosong"); worker.visit("/direktori?layanan=anak") {
		if time.Now().After(deadline) {
			t.Fatalf("the other balai has not heard of it:\n%s", worker.text())
		}
	}
}
