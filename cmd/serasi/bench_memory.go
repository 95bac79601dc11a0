package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) benchMemory() *cobra.Command {
	var in string
	var cases int
	cmd := &cobra.Command{Use: "memory", Short: a.t("memori simpul menganggur yang memegang banyak kasus", "memory of an idle node that holds many cases")}
	cmd.Flags().IntVar(&cases, "cases", 20_000, a.t("banyaknya kasus karangan", "invented cases"))
	return a.benchFleet(cmd, &in, func(ctx context.Context) ([]finding, error) {
		if cases < 1 || cases > 2_000_000 {
			return nil, usage("--cases", "1-2000000")
		}
		f, err := a.newFleet(ctx, in, 1, "wan")
		if err != nil {
			return nil, err
		}
		all, err := f.memory(ctx, cases)
		return all, errors.Join(err, f.dismiss())
	})
}

// memory fills the node while it is stopped, starts it as in the field, and
// weighs the process until it weighs no less.
func (f *fleet) memory(ctx context.Context, cases int) ([]finding, error) {
	if err := f.stopAll(); err != nil {
		return nil, err
	}
	f.real = true
	only := f.state.Nodes[0]
	cfg, err := f.prepare(only)
	if err != nil {
		return nil, err
	}
	if err := node.FillInvented(ctx, cfg, cases); err != nil {
		return nil, err
	}
	began := time.Now()
	if err := f.start(ctx, only); err != nil {
		return nil, err
	}
	served := time.Since(began)
	err = waitFor(ctx, "the index", func() (bool, error) {
		s, err := f.status(ctx, only.Code)
		return err == nil && s.Indexed && s.Cases["open"] >= cases, nil
	})
	if err != nil {
		return nil, err
	}
	searched := time.Since(began)
	var most, now weight
	for range 12 {
		if err := rest(ctx, 10*time.Second); err != nil {
			return nil, err
		}
		if now, err = f.children[only.Code].resident(); err != nil {
			return nil, err
		}
		most.own, most.files = max(most.own, now.own), max(most.files, now.files)
	}
	m, err := f.scrape(ctx, only.Code)
	if err != nil {
		return nil, err
	}
	note := fmt.Sprintf("%d cases", cases)
	return []finding{
		{"memory of its own, two minutes idle", float64(now.own) / (1 << 20), "MiB", note},
		{"memory of its own, most", float64(most.own) / (1 << 20), "MiB", note},
		{"of that, in use on the heap", m["go_memstats_heap_alloc_bytes"] / (1 << 20), "MiB", note},
		{"pages of files in RAM, two minutes idle", float64(now.files) / (1 << 20), "MiB", "the program and the database, taken back by the system at need"},
		{"start until served", served.Seconds(), "s", note},
		{"start until searched", searched.Seconds(), "s", note},
	}, nil
}
