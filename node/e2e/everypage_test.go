package e2e_test

import (
	_ "embed"
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/page"

	"serasi/node/nodetest"
)

//go:embed testdata/axe.min.js
var axe string

// TestEveryPage looks at every page and state in both languages: in light,
// dark and high contrast, at 320 px, and with the spacing of WCAG 1.4.12. The
// languages are looked at beside each other, in a world each: the language goes
// with the account.
func TestEveryPage(t *testing.T) {
	for _, lang := range []string{"id", "en"} {
		t.Run(lang, func(t *testing.T) {
			w := newWorld(t)
			tabs := map[string]*tab{} // one a person, so that each signs in once
			for _, row := range everyRow() {
				p := tabs[row.at+row.as]
				if p == nil {
					p = w.tabOf(t, row, lang)
					tabs[row.at+row.as] = p
				}
				t.Run(row.name, func(t *testing.T) { p.in(t).look(w, row, lang) })
			}
		})
	}
}

// tabOf is a window of who looks at the page of a row, in a language.
func (w *world) tabOf(t *testing.T, row pageRow, lang string) *tab {
	t.Helper()
	b := w.srk
	if row.at == "mgl" {
		b = w.mgl
	}
	p := open(t, b)
	if row.as != "" {
		p.signIn(row.as)
	}
	if lang == "en" {
		p.english()
	}
	return p
}

// look opens the page of a row in its state, and looks at it as everybody may.
func (p *tab) look(w *world, row pageRow, lang string) {
	p.t.Helper()
	p.width(1280)
	p.visit(w.path(p.t, row.path))
	if row.do != nil {
		row.do(p)
	}
	switch {
	case row.says == "" && p.isError():
		p.t.Fatalf("%s is an error page:\n%s", p.where(), p.text())
	case lang == "id":
		p.see(row.says)
	}
	p.faultless(lang)
}

// isError reports whether the page is one that tells of an error.
func (p *tab) isError() bool { return p.says("Nomor kejadian") || p.says("Number of the event") }

// in is the tab as a subtest uses it.
func (p *tab) in(t testing.TB) *tab {
	p.t = t
	return p
}

// faultless looks at the page as everybody may see it.
func (p *tab) faultless(lang string) {
	p.t.Helper()
	var said struct{ Lang, Title string }
	p.must("({Lang: document.documentElement.lang, Title: document.title})", &said)
	if said.Lang != lang || said.Title == "" {
		p.t.Errorf("%s: the page is in %q, its title is %q", p.where(), said.Lang, said.Title)
	}
	p.lean()
	p.wellMade()
	p.discreet()
	if lang == "id" { // the other is looked at like this in 320 px
		p.axe("light", levels)
	}
	p.theme("dark")
	p.axe("dark", colours)
	p.theme("kontras")
	p.axe("kontras", colours)
	p.theme("light")
	p.width(320)
	p.axe("320 px", levels)
	p.narrow("320 px")
	p.spaced()
	p.narrow("320 px, spaced")
	p.width(1280)
	p.light()
	p.quiet()
}

func (p *tab) theme(name string) {
	p.t.Helper()
	p.must("(document.documentElement.dataset.theme = '"+name+"')", nil)
}

// axe reports what axe-core finds at levels A and AA.
func (p *tab) axe(mode, rules string) {
	p.t.Helper()
	for _, v := range p.violations(rules) {
		p.t.Errorf("%s, %s: %s", p.where(), mode, v)
	}
}

// What axe-core looks for: everything of A and AA, and what another look of the
// same page can change.
const (
	levels  = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"
	colours = "['color-contrast']"
)

func (p *tab) violations(rules string) (all []string) {
	p.t.Helper()
	if !p.checker {
		ask(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: axe, RunImmediately: new(true)})
		p.checker = true
	}
	var found []struct {
		ID, Help string
		Nodes    []struct{ HTML, FailureSummary string }
	}
	p.must(`axe.run(document, {runOnly: `+rules+`, resultTypes: ['violations']}).then(
		r => r.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.slice(0, 2).map(n => ({HTML: n.html, FailureSummary: n.failureSummary}))})))`, &found)
	for _, v := range found {
		for _, n := range v.Nodes {
			all = append(all, fmt.Sprintf("%s (%s): %.200s: %s", v.ID, v.Help, n.HTML, n.FailureSummary))
		}
	}
	return all
}

// A rule that never fails may not be looking.
func TestFaultsAreNoticed(t *testing.T) {
	t.Parallel()
	p := open(t, nodetest.Start(t, nil, "SRK").Of("SRK"))
	everything := func() []string { return p.violations(levels) }
	for name, fault := range map[string]struct {
		spoil string
		look  func() []string
	}{
		"no label":     {"document.querySelectorAll('label').forEach(l => l.remove())", everything},
		"pale text":    {"document.querySelectorAll('label').forEach(l => { l.style.color = '#bbbbbb'; })", everything},
		"too wide":     {"document.querySelector('h1').style.width = '2000px'", p.wide},
		"cut text":     {"Object.assign(document.querySelector('h1').style, {height: '10px', overflow: 'hidden'})", p.cut},
		"no heading":   {"document.querySelector('h1').remove()", everything},
		"wrong colour": {"document.querySelector('main').style.backgroundColor = '#555'", everything},
		"two ids":      {"document.querySelectorAll('main input').forEach(e => { e.id = 'x'; })", p.loose},
		"nested":       {"document.querySelector('main button').innerHTML = '<a href=\"/\">x</a>'", p.loose},
		"inline style": {"document.querySelector('h1').setAttribute('style', 'color: red')", p.loose},
		"kept data":    {"sessionStorage.setItem('draft', 'x')", p.traces},
		"named title":  {"sessionStorage.clear(); document.title = 'Ani Contoh'", p.traces},
		"named URL":    {"sessionStorage.clear(); history.replaceState(null, '', '/masuk?q=Ani%20Contoh')", p.traces},
	} {
		p.visit("/masuk")
		p.must("(() => { "+fault.spoil+"; return true; })()", nil)
		if len(fault.look()) == 0 {
			t.Errorf("%s: not noticed", name)
		}
	}
}

// narrow fails if the page must be moved sideways to be read.
func (p *tab) narrow(mode string) {
	p.t.Helper()
	if wide := p.wide(); len(wide) > 0 {
		p.t.Errorf("%s, %s: scrolls sideways because of %q", p.where(), mode, wide)
	}
}

func (p *tab) wide() (wide []string) {
	p.t.Helper()
	p.must(`(() => { const w = document.documentElement.clientWidth; if (document.documentElement.scrollWidth <= w) return [];
		return [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > w + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 160)); })()`, &wide)
	return wide
}

// spaced sets the spacing of WCAG 1.4.12 and fails if text is cut.
func (p *tab) spaced() {
	p.t.Helper()
	if cut := p.cut(); len(cut) > 0 {
		p.t.Errorf("%s: text is cut in %q", p.where(), cut)
	}
}

func (p *tab) cut() (cut []string) {
	p.t.Helper()
	p.must(`(() => {
		document.styleSheets[0].insertRule('* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }', document.styleSheets[0].cssRules.length);
		document.styleSheets[0].insertRule('p { margin-bottom: 2em !important }', document.styleSheets[0].cssRules.length);
		return [...document.body.querySelectorAll('*')].filter(e => {
			const s = getComputedStyle(e);
			return !e.closest('.vh, .skip, svg, input, textarea, select') && /hidden|clip/.test(s.overflow) && s.clipPath === 'none' && (e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1);
		}).slice(0, 3).map(e => e.outerHTML.slice(0, 160)); })()`, &cut)
	return cut
}

// mostNodes is how large a page may be.
const mostNodes = 1500

func (p *tab) light() {
	p.t.Helper()
	var n int
	p.must("document.querySelectorAll('*').length", &n)
	if n > mostNodes {
		p.t.Errorf("%s has %d nodes, more than %d", p.where(), n, mostNodes)
	}
}
