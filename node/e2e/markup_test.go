package e2e_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

// wellMade fails if the browser had to mend the page to show it, or if
// something in it points nowhere.
func (p *tab) wellMade() {
	p.t.Helper()
	for _, fault := range append(p.mended(), p.loose()...) {
		p.t.Errorf("%s: %s", p.where(), fault)
	}
}

var (
	tagOf  = regexp.MustCompile(`<!--.*?-->|<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:"[^"]*"|'[^']*'|[^'">])*)>`)
	nameOf = regexp.MustCompile(`([^\s"'=/]+)(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?`)
	void   = []string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)

// tags are the tags of a page in their order, and what is wrong with any.
func tags(source string) (list, faults []string) {
	for _, m := range tagOf.FindAllStringSubmatch(source, -1) {
		name := strings.ToLower(m[2])
		if name == "" {
			continue
		}
		list = append(list, m[1]+name)
		if m[1] == "" && strings.HasSuffix(m[3], "/") && !slices.Contains(void, name) {
			list = append(list, "/"+name)
		}
		seen := map[string]bool{}
		for _, a := range nameOf.FindAllStringSubmatch(m[3], -1) {
			if seen[a[1]] {
				faults = append(faults, fmt.Sprintf("<%s> has %s twice", name, a[1]))
			}
			seen[a[1]] = true
		}
	}
	return list, faults
}

// mended compares the tags that were sent with those of the page that the
// browser made of them: end tags that are missing or stray, and elements where
// they may not be, make a difference.
func (p *tab) mended() []string {
	p.t.Helper()
	l := p.loaded()
	source := string(ask(p, network.GetResponseBody, network.GetResponseBodyParams{RequestID: l.document}).Body)
	if !strings.HasPrefix(strings.ToLower(source), "<!doctype html>") {
		return []string{"the page does not say that it is HTML"}
	}
	var made string
	p.must("new DOMParser().parseFromString("+quote(source)+", 'text/html').documentElement.outerHTML", &made)
	return differing(source, made)
}

func differing(source, made string) []string {
	sent, faults := tags(source)
	shown, _ := tags(made)
	for i := range max(len(sent), len(shown)) {
		if i >= len(sent) || i >= len(shown) || sent[i] != shown[i] {
			return append(faults, fmt.Sprintf("the browser mends it: sent …%v, shown …%v", around(sent, i), around(shown, i)))
		}
	}
	return faults
}

func around(list []string, i int) []string {
	return list[min(max(i-4, 0), len(list)):min(i+3, len(list))]
}

// A page that is mended is noticed.
func TestMendingIsNoticed(t *testing.T) {
	for name, page := range map[string]struct{ sent, shown string }{
		"stray end":     {"<p>a</i></p>", "<p>a</p>"},
		"missing end":   {"<div><b>a</div>", "<div><b>a</b></div>"},
		"said twice":    {`<p class="a>" class="b">a</p>`, `<p class="a>">a</p>`},
		"not its place": {"<p><ul></ul></p>", "<p></p><ul></ul><p></p>"},
	} {
		if len(differing(page.sent, page.shown)) == 0 {
			t.Errorf("%s: not noticed", name)
		}
	}
	if faults := differing(`<p title='a>b'>a<br/></p><svg><path d="M0"/></svg>`, `<p title="a>b">a<br></p><svg><path d="M0"></path></svg>`); len(faults) > 0 {
		t.Errorf("a page without fault: %v", faults)
	}
}

// loose are ids that are there twice or not at all, and controls in controls.
func (p *tab) loose() (faults []string) {
	p.t.Helper()
	p.must(`(() => {
		const bad = [], ids = new Set(), say = (e, why) => bad.push(why + ': ' + e.outerHTML.slice(0, 120)), all = s => [...document.querySelectorAll(s)];
		for (const e of all('[id]')) { if (ids.has(e.id)) say(e, 'an id is there twice'); if (!e.id || /\s/.test(e.id)) say(e, 'no id'); ids.add(e.id); }
		for (const e of all('label')) if (!e.control) say(e, 'a label of nothing');
		for (const a of ['aria-labelledby', 'aria-describedby', 'aria-controls', 'list', 'headers'])
			for (const e of all('[' + a + ']')) for (const id of e.getAttribute(a).split(/\s+/)) if (!ids.has(id)) say(e, a + ' of nothing');
		for (const e of all('a[href^="#"]')) if (!ids.has(e.getAttribute('href').slice(1))) say(e, 'a link to nothing');
		const control = 'a[href], button, input:not([type=hidden]), select, textarea, summary, label';
		for (const e of all('a[href], button')) if (e.querySelector(control + ', [tabindex]')) say(e, 'a control in a control');
		for (const e of all('label')) if (e.querySelector('label') || e.querySelectorAll(control).length > 1) say(e, 'a label with controls');
		for (const e of all('ul > :not(li), ol > :not(li), dl > :not(div, dt, dd), dl > div > :not(dt, dd), tr > :not(th, td), select > :not(option, optgroup)')) say(e, 'not there');
		for (const e of all('style, script:not([src]), [style]')) if (!e.closest('svg')) say(e, 'written into the page');
		for (const e of all('*')) for (const a of e.getAttributeNames()) if (a.startsWith('on')) say(e, 'script in the page');
		for (const e of all('form form, h1 ~ h1, img:not([alt])')) say(e, 'not so');
		return bad.slice(0, 5);
	})()`, &faults)
	return faults
}
