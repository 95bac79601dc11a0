package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"runtime"
	"testing"

	"serasi/replication/ledger"
)

// manyEntries are offers of n cases with a sealed kilobyte each, as the leader
// would log them, after the genesis.
func manyEntries(b *testing.B, n int) (entries [][]byte, fed ledger.Hash) {
	ch := charter("MGL", "SRK", "GWA")
	ch.Daily = 1<<32 - 1
	w := unfounded(b, ch)
	w.must(w.genesis(), nil)
	payload := bytes.Repeat([]byte{7}, 1024)
	entries = w.entries
	codes := []ledger.NodeID{"MGL", "SRK", "GWA"}
	for i := range n {
		var id ledger.ID
		binary.BigEndian.PutUint64(id[:], uint64(i)*0x9e3779b97f4a7c15+1)
		body := w.terms(codes[(i+1)%3], 0)
		body.Case, body.Content = id, ledger.Hash{1}
		c := w.command(codes[i%3], ledger.Command{
			Act: ledger.Offer, Subject: ledger.HandoffOf(id), Payload: sha256.Sum256(payload), Body: body,
		})
		s := signWith(b, w.keys[codes[i%3]], c)
		entries = append(entries, ledger.Entry{Stamp: begin + ledger.Time(i/10), Proposal: ledger.Proposal{Signed: s, Payload: payload}}.Encode())
	}
	return entries, w.fed
}

func trusting(ed25519.PublicKey, []byte, []byte) bool { return true }

func BenchmarkApply(b *testing.B) {
	const n = 10_000
	entries, _ := manyEntries(b, n)
	for name, verify := range map[string]ledger.Verify{"verified": nil, "checked before": trusting} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				state := ledger.New(newRows(), verify)
				for _, e := range entries {
					if r, err := state.Apply(e); err != nil || r.Refused != 0 {
						b.Fatal(r.Refused, err)
					}
				}
			}
			perEvent(b, len(entries))
		})
	}
}

// BenchmarkReplay measures how long a snapshot takes to verify and restore.
func BenchmarkReplay(b *testing.B) {
	const n = 20_000
	entries, _ := manyEntries(b, n)
	kept := newRows()
	state := ledger.New(kept, trusting)
	for _, e := range entries {
		if r, err := state.Apply(e); err != nil || r.Refused != 0 {
			b.Fatal(r.Refused, err)
		}
	}
	var file bytes.Buffer
	if err := ledger.WriteSnapshot(&file, state.View, 1, 1); err != nil {
		b.Fatal(err)
	}
	for name, each := range map[string]func(int, func(int)){"one core": nil, "all cores": allCores} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := restore(ledger.Replay{Each: each}, file.Bytes()); err != nil {
					b.Fatal(err)
				}
			}
			perEvent(b, len(entries))
		})
	}
}

// allCores gives each core its share.
func allCores(n int, f func(int)) {
	cores := runtime.GOMAXPROCS(0)
	atOnce(cores, func(core int) {
		for i := core; i < n; i += cores {
			f(i)
		}
	})
}

func perEvent(b *testing.B, events int) {
	us := float64(b.Elapsed().Microseconds()) / float64(b.N) / float64(events)
	b.ReportMetric(us, "µs/event")
	b.ReportMetric(1e6/us, "events/s")
}
