package node

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// A Figure is one line of a benchmark.
type Figure struct {
	Name    string        `json:"name"`
	Workers int           `json:"workers"`
	Ops     int           `json:"ops"`
	PerSec  float64       `json:"perSecond"`
	P50     time.Duration `json:"p50ns"`
	P99     time.Duration `json:"p99ns"`
	Note    string        `json:"note,omitempty"`
}

// Bench says how the benchmarks run. They write to real disks with real fsync
// and send only to loopback.
type Bench struct {
	Dir  string        // where the files go; a folder of its own is made in it and removed after
	Each time.Duration // how long each figure is measured
	Out  func(Figure)  // told each figure as it is known
}

// measure runs op in workers goroutines for a time and reports it. op gets the
// number of its worker and of the round; its first error ends the run.
func (b Bench) measure(ctx context.Context, name string, workers int, op func(ctx context.Context, worker, round int) error) error {
	ctx, cancel := context.WithTimeout(ctx, b.Each)
	defer cancel()
	var (
		all   sync.WaitGroup
		mu    sync.Mutex // guards took and fault
		took  []time.Duration
		fault error
	)
	begin := time.Now()
	for w := range workers {
		all.Go(func() {
			var mine []time.Duration
			var err error
			for round := 0; ctx.Err() == nil && err == nil; round++ {
				t := time.Now()
				if err = op(ctx, w, round); err == nil {
					mine = append(mine, time.Since(t))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
			if err != nil && ctx.Err() == nil && fault == nil {
				fault = err
				cancel()
			}
		})
	}
	all.Wait()
	if fault != nil {
		return fmt.Errorf("%s with %d at once: %w", name, workers, fault)
	}
	b.Out(figure(name, workers, took, time.Since(begin)))
	return nil
}

func figure(name string, workers int, took []time.Duration, whole time.Duration) Figure {
	f := Figure{Name: name, Workers: workers, Ops: len(took), PerSec: float64(len(took)) / whole.Seconds()}
	if len(took) > 0 {
		slices.Sort(took)
		f.P50, f.P99 = took[len(took)/2], took[len(took)*99/100]
	}
	return f
}

// Disk measures what everything durable waits for: one 4 KiB append and fsync
// after another.
func (b Bench) Disk(ctx context.Context) error {
	dir, err := os.MkdirTemp(b.Dir, "serasi-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	page := make([]byte, 4096)
	return b.measure(ctx, "fsync of this disk", 1, func(context.Context, int, int) error {
		if _, err := f.Write(page); err != nil {
			return err
		}
		return f.Sync()
	})
}

// WriteFigure prints one figure as a line of a table for people.
func WriteFigure(w io.Writer, f Figure) {
	_, _ = fmt.Fprintf(w, "%-34s %5d at once %10.0f /s   p50 %9v   p99 %9v   %s\n",
		f.Name, f.Workers, f.PerSec, f.P50.Round(time.Microsecond), f.P99.Round(time.Microsecond), f.Note)
}
