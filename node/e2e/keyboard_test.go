package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"serasi/node/casework"
	"serasi/node/nodetest"
)

// mostKeys is how often somebody may press Tab to reach what a page is for.
const mostKeys = 60

// key moves on with Tab until what has the focus bears these words, and presses
// Enter there.
func (p *tab) key(words string) {
	p.t.Helper()
	p.reach(words, `(e.innerText || '').trim().replace(/\s+/g, ' ').startsWith(`+quote(words)+`)`)
	p.leave(func() { p.do(chromedp.KeyEvent(kb.Enter)) })
}

// keyIn moves on with Tab to a field, and writes into it.
func (p *tab) keyIn(name, value string) {
	p.t.Helper()
	p.reach(name, `e.name === `+quote(name))
	p.do(chromedp.KeyEvent(value))
}

// reach presses Tab until the element e that has the focus is the one.
func (p *tab) reach(what, isIt string) {
	p.t.Helper()
	for range mostKeys {
		p.do(chromedp.KeyEvent(kb.Tab))
		var here, shown bool
		p.must(`(() => { const e = document.activeElement; return !!e && e !== document.body && (`+isIt+`); })()`, &here)
		if !here {
			continue
		}
		p.must(`(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2; })()`, &shown)
		if !shown {
			p.t.Errorf("%s: nothing shows that %s has the focus", p.where(), what)
		}
		return
	}
	p.t.Fatalf("%s: %d times Tab do not lead to %s:\n%s", p.where(), mostKeys, what, p.text())
}

// proveByKey is proveAgain with the keyboard.
func (p *tab) proveByKey() {
	p.t.Helper()
	if p.where() == "/masuk/ulang" {
		p.keyIn("password", nodetest.Password)
		p.leave(func() { p.do(chromedp.KeyEvent(kb.Enter)) })
	}
}

// A whole handoff goes from balai to balai without a mouse, in the English
// screens: intake, letter, answer and arrival.
func TestAHandoffByKeyboardInEnglish(t *testing.T) {
	c := nodetest.Start(t, nil, "SRK", "MGL")
	srk, mgl := c.Of("SRK"), c.Of("MGL")
	worker, from, to := open(t, srk), open(t, srk), open(t, mgl)
	for p, login := range map[*tab]string{worker: "worker", from: "head", to: "head"} {
		p.signIn(login)
		p.english()
		p.visit("/")
	}
	worker.key("Cases")
	worker.key("Register a new person")
	worker.keyIn("name", "Rahmat Contoh")
	worker.keyIn("need", "wheelchair")
	worker.reach("save", `e.matches('button.main')`)
	worker.leave(func() { worker.do(chromedp.KeyEvent(kb.Enter)) })
	worker.see("Registered", "SRK-")
	if len(srk.Cases()) != 1 {
		t.Fatalf("%d cases", len(srk.Cases()))
	}
	id := srk.Cases()[0].ID
	srk.Must("worker", http.MethodPost, "/cases/"+string(id)+"/consents", map[string]any{
		"scope": "sharing", "recipient": "MGL", "purpose": "referral", "how": "written", "givenBy": "person",
	}, nil)

	from.key("Cases")
	from.key("Rahmat Contoh")
	from.key("Refer")
	from.keyIn("wanted", "wheelchair")
	from.reach("review", `e.matches('button.main')`)
	from.leave(func() { from.do(chromedp.KeyEvent(kb.Enter)) })
	from.see("wheelchair")
	from.key("Send")
	from.proveByKey()
	from.see("Sent. It is in the outbox")
	h := casework.HandoffID(from.part(2))
	mgl.WaitStage(h, "offered")

	to.visit("/")
	to.key("Answer a handoff")
	to.key("Accept")
	to.proveByKey()
	to.see("Accepted")
	mgl.WaitStage(h, "accepted")
	to.visit("/rujukan/" + string(h))
	to.key("Record the handover")
	to.reach("save", `e.matches('button.main')`)
	to.leave(func() { to.do(chromedp.KeyEvent(kb.Enter)) })
	to.proveByKey()
	mgl.WaitStage(h, "received")
	srk.WaitStage(h, "received")
	to.visit("/rujukan/" + string(h))
	to.key("Open the case")
	to.see("Rahmat Contoh")
	for _, p := range []*tab{worker, from, to} {
		p.inEnglish()
		p.quiet()
	}
}

// inEnglish fails if words of the Indonesian screens stand on the page.
func (p *tab) inEnglish() {
	p.t.Helper()
	for _, word := range []string{"Rujukan", "Kasus", "Keluar", "Tutup cepat", "Riwayat", "Tenggat"} {
		if strings.Contains(p.text(), word) {
			p.t.Errorf("%s says %q on an English screen", p.where(), word)
		}
	}
}
