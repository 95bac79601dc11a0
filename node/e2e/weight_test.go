package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
)

// A load is what the browser asked for since it last left a page.
type load struct {
	document network.RequestID
	policy   string // Content-Security-Policy of the document
	asked    map[network.RequestID]string
	bytes    float64 // of what has come to its end
	came     float64 // of all
	done     bool    // the document has come
}

// note follows what is loaded. Who calls it holds the tab's lock.
func (l *load) note(ev any) {
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		if strings.HasPrefix(ev.Request.URL, "data:") {
			return
		}
		if ev.Type == network.ResourceTypeDocument && ev.RedirectResponse == nil {
			*l = load{document: ev.RequestID, asked: map[network.RequestID]string{}}
		}
		if l.asked != nil {
			l.asked[ev.RequestID] = ev.Request.URL
		}
	case *network.EventResponseReceived:
		if ev.RequestID == l.document {
			for name, value := range ev.Response.Headers {
				if strings.EqualFold(name, "Content-Security-Policy") {
					l.policy = fmt.Sprint(value)
				}
			}
		}
	case *network.EventDataReceived:
		if l.asked[ev.RequestID] != "" {
			l.came += float64(max(ev.EncodedDataLength, ev.DataLength))
		}
	case *network.EventLoadingFinished:
		if l.asked[ev.RequestID] != "" {
			l.bytes += ev.EncodedDataLength
			l.done = l.done || ev.RequestID == l.document
		}
	}
}

// loaded is the load of this page, once all of the document has come.
func (p *tab) loaded() load {
	p.t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(patience); ; {
		p.mu.Lock()
		now := p.load
		p.mu.Unlock()
		if now.done {
			return now
		}
		select {
		case <-tick.C:
		case <-deadline:
			p.t.Fatalf("%s: the document never came to its end", p.where())
		}
	}
}

// What a page may weigh on the wire, in bytes, and how often it may ask. The
// pages of whoever runs the node may weigh more.
const (
	firstLoad    = 30 << 10
	nextPage     = 10 << 10
	mostRequests = 6
	mostAsset    = 10 << 10 // style, script, each
)

var consolePages = []string{"/simpul", "/anggota", "/konsensus", "/jejak", "/cadangan", "/hijau"}

// policy is all that a page may do: nothing inline, nobody else.
var policy = []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"}

// lean fails if the page weighs too much, asks too often or asks anybody else.
func (p *tab) lean() {
	p.t.Helper()
	l := p.loaded()
	next, first := float64(nextPage), float64(firstLoad)
	for _, at := range consolePages {
		if strings.HasPrefix(p.where(), at) {
			next, first = 20<<10, 45<<10
		}
	}
	if l.bytes > next || l.bytes+assets(p.t) > first {
		p.t.Errorf("%s: %.0f bytes, and %.0f with style and script; at most %.0f and %.0f", p.where(), l.bytes, l.bytes+assets(p.t), next, first)
	}
	if len(l.asked) > mostRequests {
		p.t.Errorf("%s asks %d times: %v", p.where(), len(l.asked), l.asked)
	}
	for _, at := range l.asked {
		if !strings.HasPrefix(at, p.b.URL()+"/") {
			p.t.Errorf("%s asks %s", p.where(), at)
		}
	}
	for _, part := range policy {
		if !strings.Contains(l.policy, part) {
			p.t.Errorf("%s: the policy %q lacks %s", p.where(), l.policy, part)
		}
	}
	if strings.Contains(l.policy, "unsafe") {
		p.t.Errorf("%s: the policy is %q", p.where(), l.policy)
	}
}

// assets is what style and script weigh, with their headers.
func assets(t testing.TB) (all float64) {
	t.Helper()
	for _, kind := range []string{"css", "js"} {
		files, err := filepath.Glob("../web/static/app.*." + kind + ".gz")
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		f, err := os.Stat(files[0])
		if err != nil {
			t.Fatal(err)
		}
		if f.Size() > mostAsset {
			t.Errorf("%s has %d bytes", files[0], f.Size())
		}
		all += float64(f.Size()) + 512
	}
	return all
}

// TestBudgets loads pages of a day with an empty cache, and then as the next
// page of a day. TestEveryPage weighs all of them.
func TestBudgets(t *testing.T) {
	w := newWorld(t)
	p := open(t, w.srk)
	p.signIn("worker")
	for _, path := range []string{"/", "/kasus", "/kasus/baru", w.path(t, "/kasus/{case}")} {
		p.cold()
		p.visit(path)
		asked, bytes := p.counted()
		if bytes > firstLoad || len(asked) > mostRequests {
			t.Errorf("%s, first: %.0f bytes in %d requests", path, bytes, len(asked))
		}
		t.Logf("%s, first: %.0f bytes in %d requests", path, bytes, len(asked))
		if said := p.loaded().bytes; said < 500 || said > bytes {
			t.Errorf("%s weighs %.0f bytes by its load, %.0f by the wire", path, said, bytes)
		}
		p.count()
		p.visit(path)
		if asked, bytes = p.counted(); bytes > nextPage {
			t.Errorf("%s, next: %.0f bytes in %d requests", path, bytes, len(asked))
		}
		t.Logf("%s, next: %.0f bytes in %d requests", path, bytes, len(asked))
	}
}
