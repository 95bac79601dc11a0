package e2e_test

import (
	"testing"
	"time"

	"serasi/node"
	"serasi/node/nodetest"
)

// A page of the network follows it without being loaded again: figures are
// exchanged, and a cause is told and not painted under who reads.
func TestTheConsoleIsLive(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, func(cfg *node.Config) { cfg.Tuning.Patience, cfg.Tuning.Silence = time.Millisecond, 3*time.Second }, "SRK", "MGL")
	srk, mgl := c.Of("SRK"), c.Of("MGL")
	p := open(t, srk)
	p.signIn("admin")
	p.visit("/simpul")
	p.must("(window.stays = 1)", nil)
	var was string
	p.must("document.querySelector('[data-figure=event]').textContent", &was)
	srk.Offer(srk.Open("Ani Contoh", nil).ID, "MGL", nil)
	p.waitFor("the figure to move", "document.querySelector('[data-figure=event]').textContent !== '"+was+"'")
	mgl.Stop()
	p.waitFor("the cause to be told", "document.getElementById('kabar').textContent.includes('Keadaan jaringan berubah')")
	p.waitFor("its lamp to change", "document.querySelector('[data-figure=\"lamp.MGL\"] .tag').textContent.includes('putus')")
	var stays bool
	if p.must("window.stays === 1 && !document.querySelector('main .notice')", &stays); !stays {
		t.Error("the page was loaded or painted again")
	}
	p.click("Muat ulang halaman")
	p.see("MGL tidak menjawab")
	mgl.Start()
	p.quiet()
}

// networkPages are the pages about the node and the network. That the first
// reloads itself for who asks is looked at in node/web: axe takes it for a page
// that reloads unasked.
var networkPages = []pageRow{
	{name: "console, state", as: "admin", path: "/simpul", says: "Keadaan jaringan"},
	{name: "console, forbidden", as: "worker", path: "/simpul", says: "Tidak diizinkan"},
	{name: "console, a balai", as: "admin", path: "/simpul/MGL", says: "Terakhir terdengar"},
	{name: "console, members", as: "admin", path: "/anggota", says: "Undang balai"},
	{name: "console, wrong code", as: "admin", path: "/anggota", says: "Ada yang perlu diperbaiki", do: (*tab).submit},
	{name: "console, invitation", as: "admin", path: "/anggota", says: "Teks hanya tampil sekali", do: func(p *tab) { p.fill("code", "LMP"); p.submit() }},
	{name: "console, verdict", as: "admin", path: "/anggota/MGL", says: "Tangguhkan"},
	{name: "console, consensus", as: "admin", path: "/konsensus", says: "pemilih harus hidup"},
	{name: "console, trail", as: "admin", path: "/jejak", says: "Verifikasi rantai"},
	{name: "console, trail verified", as: "admin", path: "/jejak", says: "Rantai jejak utuh", do: (*tab).submit},
	{name: "console, backups", as: "admin", path: "/cadangan", says: "Belum ada kunci pemulihan"},
	{name: "console, green", as: "admin", path: "/hijau", says: "Waktu prosesor"},
}
