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
	people := benchPeople(100_000)
	var next atomic.Int64
	open := func(ctx context.Context, _, _ int) error {
		n := next.Add(1)
		_, _, _, err := cases.Open(context.WithoutCancel(ctx), by, benchIntake(people[n%int64(len(people))]))
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

// FillInvented puts that many invented cases into the store of a node that does
// not run, for measurements. It is fit for no folder that holds real people.
func FillInvented(ctx context.Context, cfg Config, n int) error {
	_, db, err := openStore(cfg, time.Now, slog.New(slog.DiscardHandler), func(error) {})
	if err != nil {
		return err
	}
	id, err := readIdentity(db)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	zone, err := Zone(id.Zone)
	if err != nil {
		return errors.Join(err, db.Close())
	}
	cases, err := caseload.New(caseConfig(db, id, zone, time.Now, nil, search.New()))
	if err != nil {
		return errors.Join(err, db.Close())
	}
	by := casework.Actor{User: casework.UserID(newID()), Roles: []casework.Role{casework.Worker}, Via: "bench"}
	people, errs := benchPeople(n), make(chan error, 32)
	for w := range cap(errs) {
		go func() {
			var err error
			for i := w; i < n && err == nil; i += cap(errs) {
				_, _, _, err = cases.Open(ctx, by, benchIntake(people[i]))
			}
			errs <- err
		}()
	}
	for range cap(errs) {
		err = errors.Join(err, <-errs)
	}
	return errors.Join(err, db.Close())
}

// benchPeople are invented once, so that making them up is not measured.
func benchPeople(n int) (people []search.Entry) {
	for e := range search.Invented(7, n) {
		people = append(people, e)
	}
	return people
}

func benchIntake(e search.Entry) casework.Intake {
	in := casework.Intake{
		Claims: []casework.Claim{{Kind: casework.ClaimSex, Value: e.Sex, Standing: casework.Stated}},
		Mode:   casework.SEP, Cluster: "disabilitas", PPKS: []string{"09"}, Ragam: []string{"fisik"}, Urgency: casework.NotUrgent,
		Basis: casework.ByConsent, Source: "datang sendiri", Need: "Kursi roda dan fisioterapi setelah kecelakaan kerja.",
	}
	if len(e.Names) > 0 {
		in.Claims = append(in.Claims, casework.Claim{Kind: casework.ClaimName, Value: e.Names[0], Standing: casework.Stated, Source: "PM"})
	}
	if !e.Born.First.IsZero() {
		in.Claims = append(in.Claims, casework.Claim{
			Kind: casework.ClaimBorn, Value: strconv.Itoa(e.Born.First.Year()), Standing: casework.Estimated,
		})
	}
	return in
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
	asked := benchQueries(people, queries)
	var took []time.Duration
	found := 0
	whole := time.Now()
	for _, q := range asked {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		t := time.Now()
		hits := index.Find(search.Query{Text: q.text, Limit: 20})
		took = append(took, time.Since(t))
		if slices.ContainsFunc(hits, func(h search.Hit) bool { return q.bearers[h.ID] }) {
			found++
		}
	}
	f := figure("find a misspelt name", 1, took, time.Since(whole))
	f.Note = fmt.Sprintf("%.1f %% of %d among the first 20", 100*float64(found)/float64(max(len(asked), 1)), len(asked))
	b.Out(f)
	return nil
}

// benchQuery is a misspelt name, and all who bear the name that was meant: who
// looks for one of them cannot be told apart from who looks for another.
type benchQuery struct {
	text    string
	bearers map[casework.CaseID]bool
}

func benchQueries(people, queries int) (asked []benchQuery) {
	step, i := max(people/queries, 1), 0
	bearers := map[string]map[casework.CaseID]bool{}
	for e := range search.Invented(1, people) {
		if i++; i%step == 0 && len(e.Names) > 0 {
			name := e.Names[0]
			if bearers[name] == nil {
				bearers[name] = map[casework.CaseID]bool{}
			}
			asked = append(asked, benchQuery{search.Misspell(name, uint64(i)), bearers[name]})
		}
	}
	for e := range search.Invented(1, people) {
		if len(e.Names) > 0 && bearers[e.Names[0]] != nil {
			bearers[e.Names[0]][e.ID] = true
		}
	}
	return asked
}
