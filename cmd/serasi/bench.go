package main

import (
	"context"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"serasi/node"
)

// bench is what the benchmarks are told.
type bench struct {
	seconds         float64
	at              string
	dir             string
	people, queries int
}

func (a *app) benchVerb() *cobra.Command {
	return a.group("bench", a.t("Ukur komputer ini, dengan fsync sungguhan", "Measure this machine, with real fsync"),
		a.benchOne("ledger", "1,16,64,256", a.t("komit buku besar, 5 simpul", "ledger commits, 5 nodes"), node.Bench.Ledger),
		a.benchOne("cases", "1,16,64", a.t("membuka kasus, tahan mati listrik dan teraudit", "opening cases, durable and audited"), node.Bench.Cases),
		a.benchSearch(), a.benchCatchUp(), a.benchFailover(), a.benchIdle(), a.benchMemory(), a.benchScale(), a.benchLine())
}

func (a *app) benchFlags(cmd *cobra.Command, b *bench) {
	cmd.Flags().Float64Var(&b.seconds, "seconds", 5, a.t("lama tiap angka", "how long each figure is measured"))
	cmd.Flags().StringVar(&b.dir, "in", os.TempDir(), a.t("disk yang diukur", "folder on the disk to measure"))
	cmd.Flags().Bool("json", false, a.t("sama dengan -o json", "the same as -o json"))
}

// measured runs one benchmark and prints its figures, the disk's first.
func (a *app) measured(cmd *cobra.Command, b bench, do func(ctx context.Context, n node.Bench) error) error {
	if b.seconds <= 0 || b.seconds > 3600 {
		return usage("--seconds", "%s", a.t("lebih dari 0, paling banyak 3600", "more than 0, at most 3600"))
	}
	if f, err := os.Stat(b.dir); err != nil || !f.IsDir() {
		return usage("--in", "%s: %s", b.dir, a.t("bukan folder", "is not a folder"))
	}
	if asJSON, err := cmd.Flags().GetBool("json"); err == nil && asJSON {
		a.output = "json"
	}
	var all []node.Figure
	n := node.Bench{Dir: b.dir, Each: time.Duration(b.seconds * float64(time.Second)), Out: func(f node.Figure) {
		all = append(all, f)
		if a.output != "json" {
			node.WriteFigure(a.stdout, f)
		}
	}}
	if err := n.Disk(cmd.Context()); err != nil {
		return err
	}
	if err := do(cmd.Context(), n); err != nil {
		return err
	}
	if a.output == "json" {
		return writeJSON(a.stdout, map[string]any{"figures": all})
	}
	return nil
}

func (a *app) benchOne(use, at, short string, do func(node.Bench, context.Context, []int) error) *cobra.Command {
	var b bench
	cmd := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			workers, err := parseCounts(b.at)
			if err != nil {
				return usage("--at-once", "%q: 1-1024, %s", b.at, a.t("dipisah koma", "separated by commas"))
			}
			return a.measured(cmd, b, func(ctx context.Context, n node.Bench) error { return do(n, ctx, workers) })
		},
	}
	a.benchFlags(cmd, &b)
	cmd.Flags().StringVar(&b.at, "at-once", at, a.t("berapa sekaligus", "how many at once"))
	return cmd
}

func (a *app) benchSearch() *cobra.Command {
	var b bench
	cmd := &cobra.Command{
		Use: "search", Short: a.t("mencari nama yang salah ketik", "finding misspelt names"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if b.people < 1 || b.people > 50_000_000 {
				return usage("--people", "1-50000000")
			}
			if b.queries < 1 || b.queries > b.people {
				return usage("--queries", "1-%d", b.people)
			}
			return a.measured(cmd, b, func(ctx context.Context, n node.Bench) error { return n.Search(ctx, b.people, b.queries) })
		},
	}
	a.benchFlags(cmd, &b)
	cmd.Flags().IntVar(&b.people, "people", 1_600_000, a.t("banyaknya orang karangan", "invented people"))
	cmd.Flags().IntVar(&b.queries, "queries", 2_000, a.t("banyaknya pencarian", "searches"))
	return cmd
}

func (a *app) benchCatchUp() *cobra.Command {
	var b bench
	var events int
	cmd := &cobra.Command{
		Use: "catchup", Short: a.t("simpul yang absen menyusul buku besar: lewat log, dan lewat snapshot", "a node that was away catches up with the ledger: by log, and by snapshot"), Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if events < 100 || events > 1_000_000 {
				return usage("--events", "100-1000000")
			}
			return a.measured(cmd, b, func(ctx context.Context, n node.Bench) error { return n.CatchUp(ctx, events) })
		},
	}
	a.benchFlags(cmd, &b)
	cmd.Flags().IntVar(&events, "events", 10_000, a.t("kejadian selama simpul absen", "events while the node is away"))
	return cmd
}

// parseCounts reads 1,16,64.
func parseCounts(s string) (list []int, err error) {
	for part := range strings.SplitSeq(s, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 || n > 1024 {
			return nil, strconv.ErrRange
		}
		list = append(list, n)
	}
	return list, nil
}
