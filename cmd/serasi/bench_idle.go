package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) benchIdle() *cobra.Command {
	var in, profile string
	var nodes int
	var seconds float64
	cmd := &cobra.Command{Use: "idle", Short: a.t("byte yang dikirim simpul yang menganggur", "bytes that idle nodes send")}
	cmd.Flags().StringVar(&profile, "profile", "wan", a.t("lan atau wan", "lan or wan"))
	cmd.Flags().IntVar(&nodes, "nodes", 5, a.t("banyaknya simpul, tiap simpul satu proses", "how many nodes, each a process"))
	cmd.Flags().Float64Var(&seconds, "seconds", 1200, a.t("lama pengukuran; pertukaran penuh terjadi tiap 15 menit", "how long to measure; full exchanges come every 15 minutes"))
	return a.benchFleet(cmd, &in, func(ctx context.Context) ([]finding, error) {
		if profile != "lan" && profile != "wan" {
			return nil, usage("--profile", "%s", a.t("harus lan atau wan", "must be lan or wan"))
		}
		if nodes < 1 || nodes > 200 {
			return nil, usage("--nodes", "1-200")
		}
		if seconds < 1 || seconds > 86400 {
			return nil, usage("--seconds", "1-86400")
		}
		f, err := a.newFleet(ctx, in, nodes, "lan")
		if err != nil {
			return nil, err
		}
		all, err := f.idle(ctx, profile, time.Duration(seconds*float64(time.Second)))
		return all, errors.Join(err, f.dismiss())
	})
}

// idle starts the fleet again as it runs in the field, and counts.
func (f *fleet) idle(ctx context.Context, profile string, window time.Duration) ([]finding, error) {
	if err := f.stopAll(); err != nil {
		return nil, err
	}
	f.profile, f.real = profile, true
	for _, n := range f.state.Nodes {
		if _, err := f.prepare(n); err != nil {
			return nil, err
		}
	}
	if err := f.startAll(ctx); err != nil {
		return nil, err
	}
	// All know each other, and what is only said at the start has been said.
	if err := f.voting(ctx, min(len(f.state.Nodes)-(1-len(f.state.Nodes)%2), 5)); err != nil {
		return nil, err
	}
	if err := rest(ctx, 30*time.Second); err != nil {
		return nil, err
	}
	before, err := f.sent(ctx)
	if err != nil {
		return nil, err
	}
	if err := rest(ctx, window); err != nil {
		return nil, err
	}
	after, err := f.sent(ctx)
	if err != nil {
		return nil, err
	}
	return f.daily(before, after, window)
}

func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// sent is, by protocol and node, what each has sent since it was started.
func (f *fleet) sent(ctx context.Context) (map[string]map[string]float64, error) {
	out := map[string]map[string]float64{}
	for _, n := range f.state.Nodes {
		m, err := f.scrape(ctx, n.Code)
		if err != nil {
			return nil, err
		}
		for name, v := range m {
			if !strings.HasPrefix(name, `serasi_port_bytes_total{direction="out",protocol="`) {
				continue
			}
			proto, _, _ := strings.Cut(strings.TrimPrefix(name, `serasi_port_bytes_total{direction="out",protocol="`), `"`)
			if out[proto] == nil {
				out[proto] = map[string]float64{}
			}
			out[proto][n.Code] = v
		}
	}
	return out, nil
}

// daily makes of two counts what a node sends in a day, and of the busiest node.
func (f *fleet) daily(before, after map[string]map[string]float64, window time.Duration) (all []finding, err error) {
	for proto, at := range after {
		var rates []float64
		for code, v := range at {
			rates = append(rates, (v-before[proto][code])*float64(24*time.Hour)/float64(window))
		}
		slices.Sort(rates)
		note := fmt.Sprintf("%d nodes, profile %s, over %v; an hour: %.3f MB", len(rates), f.profile, window, rates[len(rates)/2]/24e6)
		all = append(all,
			finding{proto + ", sent a day, median node", rates[len(rates)/2] / 1e6, "MB", note},
			finding{proto + ", sent a day, busiest node", rates[len(rates)-1] / 1e6, "MB", note})
	}
	if len(all) == 0 {
		return nil, errors.New("the nodes count no bytes")
	}
	slices.SortFunc(all, func(a, b finding) int { return strings.Compare(a.Name, b.Name) })
	var memory []float64
	for _, c := range f.children {
		w, err := c.resident()
		if err != nil {
			return nil, err
		}
		memory = append(memory, float64(w.own)/(1<<20))
	}
	slices.Sort(memory)
	return append(all, finding{"memory of its own, median node", memory[len(memory)/2], "MiB", "without cases"}), nil
}
