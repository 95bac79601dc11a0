package store_test

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"serasi/node/casework"
	"serasi/node/store"
)

// BenchmarkInsert stores new cases as an intake does: a case of about 1.5 kB
// under a key of its own, a person, and a line of the audit chain, durable
// before the next is begun by the same writer. It reports inserts a second,
// their waiting time, and how many times a second this disk makes one page
// durable, without which the other figures mean nothing.
func BenchmarkInsert(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) { benchmarkInsert(b, writers) })
	}
}

func benchmarkInsert(b *testing.B, writers int) {
	dir := b.TempDir()
	syncs := rawSyncs(b, dir)
	c := config(b, dir, rootFile(b))
	c.Mmap, c.MinFree, c.Ballast, c.Journal = 0, 0, 0, 0 // as in the field
	db, err := store.Open(c)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // a benchmark
	chain := &chain{}
	waits := make([][]time.Duration, writers)
	work := make(chan struct{}, b.N)
	for range b.N {
		work <- struct{}{}
	}
	close(work)
	b.ResetTimer()
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range work {
				began := time.Now()
				if err := chain.intake(db); err != nil {
					b.Error(err)
					return
				}
				waits[w] = append(waits[w], time.Since(began))
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	all := slices.Concat(waits...)
	slices.Sort(all)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "inserts/s")
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(syncs, "fsyncs/s")
	b.ReportMetric(float64(db.Stats().Updates)/float64(db.Stats().Commits), "inserts/commit")
	b.ReportMetric(0, "ns/op")
}

// rawSyncs measures how often a second a page is written and made durable.
func rawSyncs(b *testing.B, dir string) float64 {
	b.Helper()
	f, err := os.Create(filepath.Join(dir, "raw"))
	if err != nil {
		b.Fatal(err)
	}
	page := make([]byte, 4096)
	const n = 300
	began := time.Now()
	for i := range n {
		if _, err := f.WriteAt(page, int64(i%64)*4096); err != nil {
			b.Fatal(err)
		}
		if err := unix.Fdatasync(int(f.Fd())); err != nil {
			b.Fatal(err)
		}
	}
	took := time.Since(began)
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		b.Fatal(err)
	}
	return n / took.Seconds()
}

// chain is the audit trail of a node: each line holds the hash of the one before.
type chain struct {
	seq  uint64
	prev string
}

// intake is one use case: case, person and audit line in one transaction.
func (c *chain) intake(db *store.DB) error {
	k, p := casework.CaseID(randomID()), casework.PersonID(randomID())
	now := time.Now()
	file := casework.Case{
		ID: k, Handle: randomID(), Number: "SRK-2026-00001", Person: p, State: casework.Open, Stage: casework.Access,
		Mode: casework.OSS, Urgency: casework.Within3d, Basis: casework.ByConsent, Source: "rujukan dinas sosial",
		Need: need(p), Lead: casework.UserID(randomID()), Unit: "Pelayanan", Opened: now, Version: 1, Changed: now,
	}
	person := casework.Person{ID: p, Version: 1, Created: now}
	for kind, value := range map[casework.ClaimKind]string{casework.ClaimName: "Contoh Warga", casework.ClaimBorn: "1987", casework.ClaimRegion: "33.72", casework.ClaimSex: "L"} {
		person.Claims = append(person.Claims, casework.Claim{Kind: kind, Value: value, Standing: casework.Stated, Source: "keluarga", At: now, Balai: "SRK"})
	}
	return db.Update(context.Background(), func(tx casework.Tx) error {
		last, err := tx.Last(casework.Audit, casework.NodeOwner)
		if err != nil || last != "" && last != fmt.Sprintf("%016x", c.seq) {
			return fmt.Errorf("chain is at %q: %w", last, err)
		}
		line := casework.Line{Seq: c.seq + 1, At: now, Act: string(casework.Register), Case: k, Person: p, Outcome: "done", Prev: c.prev}
		text, err := json.Marshal(line)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		line.Hash = hex.EncodeToString(sum[:])
		c.seq, c.prev = line.Seq, line.Hash
		return errors.Join(
			tx.Put(casework.Cases, string(k), string(k), file),
			tx.Put(casework.Persons, string(k), string(p), person),
			tx.Put(casework.Audit, casework.NodeOwner, fmt.Sprintf("%016x", line.Seq), line))
	})
}

// need is a text of about a thousand bytes that is not the same in each case.
func need(p casework.PersonID) string {
	words := strings.Fields("membutuhkan kursi roda alat bantu pendampingan keluarga rumah kontrak penghasilan anak sekolah puskesmas rujukan desa kecamatan tetangga pekerjaan buruh harian sakit")
	var b strings.Builder
	for i := 0; b.Len() < 1000; i++ {
		b.WriteString(words[int(p[i%32])%len(words)] + " " + words[(i*7+int(p[(i+5)%32]))%len(words)] + " ")
	}
	return b.String()
}

func randomID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
