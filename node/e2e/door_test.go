package e2e_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"serasi/node/nodetest"
)

// Everything at the door works without script.
func TestDoorWithoutScript(t *testing.T) {
	w := newWorld(t)
	p := open(t, w.srk).withoutScript()
	p.visit("/kasus")
	p.see("Masuk", "Kata sandi")
	p.fill("login", "worker")
	p.fill("password", nodetest.Password)
	p.submit()
	if p.address() != "/kasus" {
		t.Fatalf("signing in led to %s", p.address())
	}
	p.fill("text", "ani contoh")
	p.submit()
	p.see("Ani Contoh")
	if at := p.address(); strings.Contains(strings.ToLower(at), "ani") {
		t.Errorf("a name stands in the address: %s", at)
	}
	p.click("Keluar")
	p.see("Kata sandi")
	p.visit("/kasus")
	if p.part(1) != "masuk" {
		t.Error("still signed in")
	}
}

// The door opens with the keyboard alone.
func TestDoorByKeyboard(t *testing.T) {
	w := newWorld(t)
	p := open(t, w.srk)
	p.visit("/masuk")
	for focus := ""; focus != "login"; p.must("document.activeElement.name || ''", &focus) {
		p.do(chromedp.KeyEvent(kb.Tab))
	}
	p.do(chromedp.KeyEvent("worker" + kb.Tab + nodetest.Password))
	p.leave(func() { p.do(chromedp.KeyEvent(kb.Enter)) })
	p.see("Hari ini", "Uji worker")
	p.leave(func() { p.do(chromedp.KeyEvent(kb.Escape), chromedp.KeyEvent(kb.Escape)) })
	if p.address() != "/tutup" || p.says("Uji worker") {
		t.Errorf("a quick exit shows %s:\n%s", p.address(), p.text())
	}
	p.visit("/kasus")
	p.see("Sesi terkunci")
	p.quiet()
}
