package e2e_test

import (
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
)

// deskPages are what is measured.
var deskPages = []string{"/", "/kasus", "/kasus/{case}", "/kasus/baru", "/rujukan?bagian=tunggu"}

// BenchmarkFirstPaint loads pages with an empty cache over 400 kbit/s with 400 ms
// there and back, on a processor six times as slow, and says when the first words
// stand there.
func BenchmarkFirstPaint(b *testing.B) {
	w := newWorld(b)
	p := open(b, w.srk)
	p.signIn("worker")
	ask(p, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Latency: 400, DownloadThroughput: 50_000, UploadThroughput: 50_000}},
	})
	ask(p, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 6})
	for _, path := range deskPages {
		b.Run(path, func(b *testing.B) {
			for range b.N {
				p.cold()
				p.visit(w.path(b, path))
				var at float64
				p.waitFor("the first paint", "performance.getEntriesByName('first-contentful-paint').length > 0")
				p.must("performance.getEntriesByName('first-contentful-paint')[0].startTime", &at)
				b.ReportMetric(at, "ms/paint")
			}
		})
	}
}

// BenchmarkServer asks for pages one after the other, as the browser does, and
// says how long 95 of 100 take at most.
func BenchmarkServer(b *testing.B) {
	w := newWorld(b)
	p := open(b, w.srk)
	p.signIn("worker")
	p.visit("/")
	for _, path := range deskPages {
		b.Run(path, func(b *testing.B) {
			var slow float64
			for range b.N {
				p.must(`(async () => { const took = []; for (let i = 0; i < 100; i++) { const at = performance.now(); await (await fetch(`+quote(w.path(b, path))+`)).text(); took.push(performance.now() - at); }
					return took.sort((a, b) => a - b)[95]; })()`, &slow)
			}
			b.ReportMetric(slow, "ms/p95")
		})
	}
}

// BenchmarkIdle leaves a window alone for a minute, and says what came meanwhile.
func BenchmarkIdle(b *testing.B) {
	w := newWorld(b)
	p := open(b, w.srk)
	p.signIn("worker")
	p.visit("/")
	for range b.N {
		before := p.streamed()
		<-time.After(time.Minute)
		b.ReportMetric(p.streamed()-before, "bytes/min")
	}
}

// streamed is what has come for the page that is shown.
func (p *tab) streamed() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.load.came
}
