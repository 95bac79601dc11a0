package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"serasi/node/nodetest"
)

// chromium is the one browser of this test binary; absent says why there is none.
var (
	chromium context.Context
	absent   = "the pages are tested in a browser: install one, e.g. apt-get install chromium"
)

func TestMain(m *testing.M) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		m.Run() // each test says what is missing
		return
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1280, 900), chromedp.Flag("accept-lang", "id,en"),
		chromedp.Flag("force-color-profile", "srgb"), chromedp.WSURLReadTimeout(time.Minute))...)
	defer stop()
	ctx, end := chromedp.NewContext(alloc)
	defer end()
	if err := chromedp.Do(ctx); err != nil {
		absent = "the browser does not start: " + err.Error()
	} else {
		chromium = ctx
	}
	m.Run()
}

// tab is one person at one balai, with cookies of their own.
type tab struct {
	t      testing.TB
	b      *nodetest.Balai
	ctx    context.Context
	clicks int // since the last count

	checker bool // axe-core comes with every page

	mu       sync.Mutex // guards all below
	wrong    []string   // errors of the console
	requests []string   // addresses asked for since the last reset
	bytes    float64    // on the wire since the last reset
	load     load       // of the page that is shown
}

// patience is how long a page may take on a busy machine.
const patience = 60 * time.Second

// open opens a window at a balai.
func open(t testing.TB, b *nodetest.Balai) *tab {
	t.Helper()
	if chromium == nil {
		t.Fatal(absent)
	}
	p := &tab{t: t, b: b}
	ctx, cancel := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.listen))
	t.Cleanup(cancel)
	p.ctx = ctx
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	ask(p, network.Enable, network.EnableParams{})
	ask(p, log.Enable, cdp.Empty{})
	return p
}

// ask sends one command to the tab.
func ask[P, R any](p *tab, cmd cdp.Command[P, R], params P) (r R) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	r, err := chromedp.Call(ctx, cmd, params)
	if err != nil {
		p.t.Fatalf("%s: %v", cmd.Method, err)
	}
	return r
}

// listen notes what the page asked for and what the console complains of.
func (p *tab) listen(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.load.note(ev)
	switch ev := ev.(type) {
	case *runtime.EventExceptionThrown:
		p.wrong = append(p.wrong, ev.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		// The browser reports every page of an error status; those are ours.
		if ev.Entry.Level == log.EntryLevelError && !strings.Contains(ev.Entry.Text, "the server responded with a status of") {
			p.wrong = append(p.wrong, ev.Entry.Text)
		}
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError {
			p.wrong = append(p.wrong, "console.error")
		}
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(ev.Request.URL, "data:") {
			p.requests = append(p.requests, ev.Request.URL)
		}
	case *network.EventLoadingFinished:
		p.bytes += ev.EncodedDataLength
	}
}

func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		p.t.Fatalf("%s: %v", p.where(), err)
	}
}

// js evaluates an expression in the page. It works with scripts off too.
func (p *tab) js(expr string, into any) error {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[any]("(async () => JSON.stringify(await ("+expr+")))()", chromedp.EvalAwaitPromise))
	if err != nil || into == nil {
		return err
	}
	text, ok := raw.(string)
	if !ok {
		return fmt.Errorf("the page answers %v", raw)
	}
	return json.Unmarshal([]byte(text), into)
}

func (p *tab) must(expr string, into any) {
	p.t.Helper()
	if err := p.js(expr, into); err != nil {
		p.t.Fatalf("%s: %.80s: %v", p.where(), expr, err)
	}
}

func (p *tab) where() string {
	var at string
	if p.js("location.pathname", &at) != nil {
		return "a page"
	}
	return at
}

// waitFor asks the page until it says yes.
func (p *tab) waitFor(what, expr string) {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); ; {
		yes := false
		if err := p.js(expr, &yes); err == nil && yes { // an error: the page is changing
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			p.t.Fatalf("%s: gave up waiting for %s; it shows:\n%s", p.where(), what, p.text())
		}
	}
}

const loaded = "document.readyState === 'complete' && location.protocol !== 'about:'"

// visit goes to an address, as one that is typed in or followed from a mail.
func (p *tab) visit(path string) {
	p.t.Helper()
	p.leave(func() {
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		defer cancel()
		r, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: p.b.URL() + path})
		if err == nil && r.ErrorText != "" && r.ErrorText != "net::ERR_HTTP_RESPONSE_CODE_FAILURE" {
			err = errors.New(r.ErrorText)
		}
		if err != nil {
			p.t.Fatalf("go to %s: %v", path, err)
		}
	})
}

// leave does what leads to another page, and waits until that is there.
func (p *tab) leave(f func()) {
	p.t.Helper()
	_ = p.js("window.__before = true", nil) // the first page of a tab has nothing before it
	f()
	p.waitFor("the next page", loaded+" && !window.__before")
}

// signIn signs in as one of the people of the balai.
func (p *tab) signIn(login string) {
	p.t.Helper()
	p.visit("/masuk")
	p.fill("login", login)
	p.fill("password", nodetest.Password)
	p.submit()
	if at := p.where(); at == "/masuk" {
		p.t.Fatalf("%s cannot sign in: %s", login, p.text())
	}
	p.clicks = 0
}

// submit presses the main button of the page's form.
func (p *tab) submit() {
	p.t.Helper()
	p.clicks++
	p.leave(func() { p.hit(`document.querySelector('main button.main')`, "the main button") })
}

// addRow presses the button of the first list of records, whatever it says.
func (p *tab) addRow() {
	p.t.Helper()
	p.clicks++
	p.leave(func() { p.hit(`document.querySelector('main button[name=_tambah]')`, "the button for a row") })
}

// click follows a link or presses a button by its words, and waits for the page
// it leads to.
func (p *tab) click(words string) {
	p.t.Helper()
	p.clicks++
	p.leave(func() { p.hit(byWords(words), words) })
}

// press is click for what stays on the page.
func (p *tab) press(words string) {
	p.t.Helper()
	p.clicks++
	p.hit(byWords(words), words)
}

// quote writes v as the script of a page does.
func quote(v any) string {
	q, _ := json.Marshal(v) // lists of words have no trouble
	return string(q)
}

// byWords finds what bears these words: exactly, else as the start of them.
func byWords(words string) string {
	q, _ := json.Marshal(words) // a string has no trouble
	return `(() => {
		const all = [...document.querySelectorAll('main a, main button, main summary, main label, a, button')].filter(e => e.getClientRects().length);
		const said = e => e.innerText.trim().replace(/\s+/g, ' ');
		return all.find(e => said(e) === ` + string(q) + `) || all.find(e => said(e).startsWith(` + string(q) + `)) || all.find(e => said(e).includes(` + string(q) + `));
	})()`
}

// hit clicks the middle of an element with the mouse.
func (p *tab) hit(element, what string) {
	p.t.Helper()
	var at *struct{ X, Y float64 }
	p.must(`(() => { const e = `+element+`; if (!e) return null; e.scrollIntoView({block: 'center', behavior: 'instant'});
		const r = e.getClientRects()[0]; return {X: r.x + r.width / 2, Y: r.y + r.height / 2}; })()`, &at)
	if at == nil {
		p.t.Fatalf("%s: nothing to click says %q; it shows:\n%s", p.where(), what, p.text())
	}
	p.do(chromedp.MouseClickXY(at.X, at.Y))
}

// fill types a value into the field with a name, in place of what stood there.
func (p *tab) fill(name, value string) {
	p.t.Helper()
	q, _ := json.Marshal(name)
	v, _ := json.Marshal(value)
	var ok bool
	p.must(`(() => { const e = document.querySelector('main [name=' + CSS.escape(`+string(q)+`) + ']:not([type=hidden])'); if (!e) return false;
		e.focus(); if (e.tagName === 'SELECT') { e.value = `+string(v)+`; return e.value === `+string(v)+`; } e.select(); return true; })()`, &ok)
	if !ok {
		p.t.Fatalf("%s has no field %s that takes %q:\n%s", p.where(), name, value, p.text())
	}
	var list bool
	p.must("document.activeElement.tagName === 'SELECT'", &list)
	if list {
		return
	}
	ask(p, input.InsertText, input.InsertTextParams{Text: value})
	if value == "" {
		p.do(chromedp.KeyEvent("\b"))
	}
}

// pick ticks the box or the choice with a name and a value.
func (p *tab) pick(name, value string) {
	p.t.Helper()
	n, _ := json.Marshal(name)
	v, _ := json.Marshal(value)
	p.hit(`[...document.querySelectorAll('main input')].find(e => e.name === `+string(n)+` && e.value === `+string(v)+`)`, name+"="+value)
}

// text is what a person reads on the page.
func (p *tab) text() string {
	var s string
	_ = p.js("document.body.innerText", &s)
	return s
}

// see fails unless the page says all these words.
func (p *tab) see(words ...string) {
	p.t.Helper()
	text := p.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			p.t.Fatalf("%s does not say %q; it says:\n%s", p.where(), w, text)
		}
	}
}

// says reports whether the page says these words.
func (p *tab) says(words string) bool { return strings.Contains(p.text(), words) }

// address is the path of the page with its query.
func (p *tab) address() string {
	p.t.Helper()
	var at string
	p.must("location.pathname + location.search", &at)
	return at
}

// part is a part of the page's path: part(2) of /kasus/c1/rujuk is c1.
func (p *tab) part(i int) string {
	p.t.Helper()
	u, err := url.Parse(p.address())
	if err != nil {
		p.t.Fatal(err)
	}
	parts := strings.Split(u.Path, "/")
	if i >= len(parts) {
		p.t.Fatalf("%s has no part %d", u.Path, i)
	}
	return parts[i]
}

// withoutScript turns scripts off for the tab.
func (p *tab) withoutScript() *tab {
	p.t.Helper()
	ask(p, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	return p
}

// width sets how wide the window is.
func (p *tab) width(px int64) {
	p.t.Helper()
	ask(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: px, Height: 900, DeviceScaleFactor: 1})
}

// quiet fails if the console complained.
func (p *tab) quiet() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.wrong {
		p.t.Errorf("the console says: %s", w)
	}
	p.wrong = nil
}

// cold forgets what the browser kept, and starts to count.
func (p *tab) cold() {
	p.t.Helper()
	ask(p, network.ClearBrowserCache, cdp.Empty{})
	p.count()
}

// count starts to count requests and bytes anew.
func (p *tab) count() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests, p.bytes = nil, 0
}

// counted is what was asked for and what came since.
func (p *tab) counted() (requests []string, bytes float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.requests...), p.bytes
}

// english sets the language of the tab.
func (p *tab) english() {
	p.t.Helper()
	p.visit("/tampilan")
	p.pick("lang", "en")
	p.submit()
}

// value is what stands in a field.
func (p *tab) value(name string) (s string) {
	p.t.Helper()
	p.must("document.querySelector('main [name=' + CSS.escape("+quote(name)+") + ']').value", &s)
	return s
}

// forget drops the cookies of the tab, as a session that ended does.
func (p *tab) forget() {
	p.t.Helper()
	ask(p, network.ClearBrowserCookies, cdp.Empty{})
}
