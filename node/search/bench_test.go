package search_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"serasi/node/search"
)

// measured is what one run of misspelt names gives.
type measured struct {
	p50, p99 time.Duration
	recall   float64 // share of the names that were among the first twenty
	missed   []string
}

// measure asks for n people by a misspelt name. A person counts as found if
// someone with the very same name is among the first twenty: of several people
// of one name nobody can tell which was meant.
func measure(x *search.Index, people []search.Entry, n int) measured {
	nameOf := map[string]string{}
	for _, e := range people {
		nameOf[string(e.ID)] = e.Names[0]
	}
	r := rand.New(rand.NewPCG(7, 7))
	var took []time.Duration
	var m measured
	for range n {
		name := people[r.IntN(len(people))].Names[0]
		asked := search.Misspell(name, r.Uint64())
		start := time.Now()
		hits := x.Find(search.Query{Text: asked, Limit: 20})
		took = append(took, time.Since(start))
		if slices.ContainsFunc(hits, func(h search.Hit) bool { return nameOf[string(h.ID)] == name }) {
			m.recall += 1 / float64(n)
		} else {
			m.missed = append(m.missed, name+" asked as "+asked)
		}
	}
	slices.Sort(took)
	m.p50, m.p99 = took[n/2], took[n*99/100]
	return m
}

func heap() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

// BenchmarkFind measures misspelt names among 20,000 and 1.6 million people.
func BenchmarkFind(b *testing.B) {
	for _, size := range []struct {
		name   string
		people int
	}{{"20k", 20_000}, {"1.6M", 1_600_000}} {
		b.Run(size.name, func(b *testing.B) {
			people := slices.Collect(search.Invented(1, size.people))
			before := heap()
			x := search.New()
			start := time.Now()
			if err := x.Load(slices.Values(people)); err != nil {
				b.Fatal(err)
			}
			built := time.Since(start)
			bytes := heap() - before
			b.ResetTimer()
			m := measure(x, people, max(b.N, 2000))
			b.ReportMetric(float64(m.p50.Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(m.p99.Microseconds())/1000, "p99-ms")
			b.ReportMetric(100*m.recall, "%found")
			b.ReportMetric(float64(bytes)/(1<<20), "index-MiB")
			b.ReportMetric(built.Seconds(), "build-s")
			for _, missed := range m.missed[:min(len(m.missed), 40)] {
				b.Log(missed)
			}
			runtime.KeepAlive(x)
		})
	}
}
