package e2e_test

import (
	"testing"

	"serasi/node/nodetest"
)

const halfTyped = "Ibu datang pagi ini dan menangis"

// What is being typed is kept on the node: it survives a window that is closed,
// a restart of the node, and a session that ended while one typed.
func TestNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	c := nodetest.Start(t, nil, "SRK")
	b := c.Of("SRK")
	note := "/kasus/" + string(b.Open("Ani Contoh", nil).ID) + "/catatan"

	p := open(t, b)
	p.signIn("worker")
	p.visit(note)
	p.fill("text", halfTyped)
	p.waitFor("the draft to be kept", "document.querySelector('.draft').textContent.includes('Draf tersimpan di balai ini')")

	b.Stop()
	b.Start()
	p = open(t, b)
	p.signIn("worker")
	p.visit(note)
	p.see("dipulihkan")
	if got := p.value("text"); got != halfTyped {
		t.Fatalf("after a restart the form holds %q", got)
	}

	// The session ends behind the page; the form is sent without it.
	p.fill("text", halfTyped+" lagi")
	p.forget()
	p.submit()
	p.see("Tulisan Anda tidak hilang")
	p.fill("login", "worker")
	p.fill("password", nodetest.Password)
	p.submit()
	if got := p.value("text"); p.address() != note || got != halfTyped+" lagi" {
		t.Fatalf("after signing in again %s holds %q", p.address(), got)
	}
	p.submit()
	p.see(halfTyped + " lagi")
	p.visit(note)
	if got := p.value("text"); got != "" {
		t.Errorf("what was sent is still a draft: %q", got)
	}
	p.quiet()
}
