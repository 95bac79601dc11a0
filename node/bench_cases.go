package node

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"serasi/node/caseload"
	"serasi/node/casework"
	"serasi/node/search"
	"serasi/node/store"
	"serasi/node/vault"
)

// Cases measures opening cases as the REST door does: permission, number and
// register number, encryption under a new key, the audit line in its chain, one
// durable commit, and the search index.
func (b Bench) Cases(ctx context.Context, writers []int) error {
	dir, err := os.MkdirTemp(b.Dir, "serasi-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cases, db, err := benchCases(dir)
	if err != nil {
		return err
	}
	by := casework.Actor{User: casework.UserID(newID()), Roles: []casework.Role{casework.Worker}, Via: "bench"}
	var next atomic.Int64
	open := func(ctx context.Context, _, _ int) error {
		n := next.Add(1)
		_, _, _, err := cases.Open(context.WithoutCancel(ctx), by, benchIntake(n))
		return err
	}
	for _, w := range writers {
		if err := b.measure(ctx, "open a case, durable and audited", w, open); err != nil {
			return errors.Join(err, db.Close())
		}
	}
	if err := db.Close(); err != nil {
		return err
	}
	return b.start(ctx, dir, int(next.Load()))
}

// start measures the start of a node that holds many cases: until it can serve
// them by number, and until it can search them; and the memory it then holds.
func (b Bench) start(ctx context.Context, dir string, cases int) error {
	began := time.Now()
	again, db, err := benchCases(dir)
	if err != nil {
		return err
	}
	opened := time.Since(began)
	err = again.Rebuild(ctx, nil)
	ready := time.Since(began)
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	runtime.KeepAlive(again) // its index is what is weighed
	if err == nil {
		b.Out(Figure{
			Name: "start with these cases", Workers: 1, Ops: cases, PerSec: float64(cases) / ready.Seconds(), P50: opened, P99: ready,
			Note: fmt.Sprintf("%d cases: p50 is until served, p99 until searched; heap %d MiB", cases, mem.HeapAlloc>>20),
		})
	}
	return errors.Join(err, db.Close())
}

func benchCases(dir string) (*caseload.Cases, *store.DB, error) {
	root := filepath.Join(dir, "root")
	if err := vault.NewFile(root); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, nil, err
	}
	cfg := Config{Dir: filepath.Join(dir, "node"), Key: "file:" + root}
	_, db, err := openStore(cfg, time.Now, slog.New(slog.DiscardHandler), func(error) {})
	if err != nil {
		return nil, nil, err
	}
	zone, err := Zone("WIB")
	if err != nil {
		return nil, nil, err
	}
	cases, err := caseload.New(caseConfig(db, identity{Code: "BNC"}, zone, time.Now, nil, search.New()))
	return cases, db, err
}

func benchIntake(n int64) casework.Intake {
	name := search.Misspell("Sutejo Widodo", uint64(n))
	return casework.Intake{
		Claims: []casework.Claim{
			{Kind: casework.ClaimName, Value: name, Standing: casework.Stated, Source: "PM"},
			{Kind: casework.ClaimBorn, Value: strconv.FormatInt(1940+n%70, 10), Standing: casework.Estimated},
			{Kind: casework.ClaimSex, Value: "L", Standing: casework.Stated},
			{Kind: casework.ClaimRegion, Value: "33.72.04", Standing: casework.Stated},
		},
		Mode: casework.SEP, Cluster: "disabilitas", PPKS: []string{"09"}, Ragam: []string{"fisik"}, Urgency: casework.NotUrgent,
		Basis: casework.ByConsent, Source: "datang sendiri", Need: "Kursi roda dan fisioterapi setelah kecelakaan kerja.",
	}
}

// Search measures finding misspelt names among invented people, how many of
// those meant are among the first twenty, and the memory of it all.
func (b Bench) Search(ctx context.Context, people, queries int) error {
	began := time.Now()
	index := search.New()
	if err := index.Load(search.Invented(1, people)); err != nil {
		return fmt.Errorf("load the index: %w", err)
	}
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	b.Out(Figure{
		Name: "build the index", Workers: 1, Ops: people, PerSec: float64(people) / time.Since(began).Seconds(),
		Note: fmt.Sprintf("%d people in %.1f s, heap %d MiB", people, time.Since(began).Seconds(), mem.HeapAlloc>>20),
	})
	step := max(people/queries, 1)
	var took []time.Duration
	found, asked, i := 0, 0, 0
	whole := time.Now()
	for e := range search.Invented(1, people) {
		if i++; i%step != 0 || len(e.Names) == 0 {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		text := search.Misspell(e.Names[0], uint64(i))
		t := time.Now()
		hits := index.Find(search.Query{Text: text, Limit: 20})
		took = append(took, time.Since(t))
		asked++
		// People may share a name: whoever bears the very same one counts.
		if slices.ContainsFunc(hits, func(h search.Hit) bool { return h.ID == e.ID }) || sharesName(index, hits, e) {
			found++
		}
	}
	f := figure("find a misspelt name", 1, took, time.Since(whole))
	f.Note = fmt.Sprintf("%.1f %% of %d among the first 20", 100*float64(found)/float64(max(asked, 1)), asked)
	b.Out(f)
	return nil
}

// sharesName reports whether the people found before the one meant bear exactly
// the name that was meant, so that no order among them could be wrong: then all
// twenty are as likely.
func sharesName(index *search.Index, hits []search.Hit, e search.Entry) bool {
	if len(hits) < 20 {
		return false
	}
	exact := index.Find(search.Query{Text: e.Names[0], Limit: 20})
	if len(exact) < 20 {
		return false
	}
	for _, h := range hits {
		if !slices.ContainsFunc(exact, func(x search.Hit) bool { return x.ID == h.ID }) {
			return false
		}
	}
	return true
}
