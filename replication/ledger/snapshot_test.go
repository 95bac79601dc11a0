package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"serasi/replication/ledger"
)

// pages is a snapshot taken apart, so that a test can lie and still get the
// checksum right.
type pages struct {
	header   []byte
	events   [][]byte
	payloads [][]byte
}

const headerSize = 16 + 32 + 3*8 + 32 // magic, federation, index, term, events, head

func apart(t tb, file []byte) (p pages) {
	t.Helper()
	p.header = bytes.Clone(file[:headerSize])
	h, err := ledger.ReadSnapshotHeader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	rest := file[headerSize:]
	for i := uint64(0); ; i++ {
		n := binary.BigEndian.Uint32(rest)
		frame := bytes.Clone(rest[4 : 4+n])
		rest = rest[4+n:]
		switch {
		case n == 0:
			if len(rest) != sha256.Size {
				t.Fatalf("%d bytes after the payloads", len(rest))
			}
			return p
		case i < h.Events:
			p.events = append(p.events, frame)
		default:
			p.payloads = append(p.payloads, frame)
		}
	}
}

// together puts a snapshot together, with the number and the head of the events
// that it has, and the checksum.
func (p pages) together() []byte {
	var head [32]byte
	for _, e := range p.events {
		head = sha256.Sum256(append(head[:], e...))
	}
	file := bytes.Clone(p.header)
	binary.BigEndian.PutUint64(file[headerSize-40:], uint64(len(p.events)))
	copy(file[headerSize-32:], head[:])
	for _, f := range append(slices.Clone(p.events), p.payloads...) {
		file = append(binary.BigEndian.AppendUint32(file, uint32(len(f))), f...)
	}
	file = binary.BigEndian.AppendUint32(file, 0)
	sum := sha256.Sum256(file)
	return append(file, sum[:]...)
}

// history is a ledger with a bit of everything: an ended and an open transfer,
// a rotation, a derived event, live payloads.
func history(t tb) *world {
	w := found(t, "MGL", "SRK", "GWA")
	w.must(w.offer(1, "MGL", "SRK", 7))
	w.must(w.said(1, "SRK", ledger.Ask, ledger.StepBody{}, "question"))
	w.must(w.said(1, "MGL", ledger.Answer, ledger.StepBody{}, "answer"))
	w.must(w.step(1, "SRK", ledger.Accept, ledger.StepBody{}), nil)
	w.must(w.step(1, "SRK", ledger.Receive, receipt(7)), nil)
	w.must(w.rotateSign("MGL", 2), nil)
	w.must(w.offer(2, "GWA", "SRK", 8))
	w.pass(2 * time.Hour) // expires
	w.must(w.offer(3, "SRK", "GWA", 7))
	w.must(w.said(3, "GWA", ledger.Ask, ledger.StepBody{}, "another question"))
	return w
}

func TestSnapshotTrustsNobody(t *testing.T) {
	w := history(t)
	whole := w.snapshot()
	n, head, _ := w.state.Head()
	past, _ := w.state.HashAt(n - 1)
	derived, offer2 := -1, uint64(0)
	for i := range n {
		if e, _ := w.state.Event(i + 1); e.Act == ledger.Offer && e.Subject == ledger.HandoffOf(ledger.ID{2}) {
			offer2 = e.N
		}
		if e, _ := w.state.Event(i + 1); e.Derived() {
			derived = int(i)
		}
	}
	p := func(change func(*pages)) []byte {
		a := apart(t, whole)
		change(&a)
		return a.together()
	}
	flip := func(i int) []byte { b := bytes.Clone(whole); b[i] ^= 1; return b }
	knows := ledger.Replay{Federation: w.fed, Witness: n, WitnessHash: head}
	tests := map[string]struct {
		file []byte
		by   ledger.Replay
		ok   bool
	}{
		"whole":                            {whole, knows, true},
		"taken apart and together":         {p(func(*pages) {}), knows, true},
		"whole, of any federation":         {whole, ledger.Replay{}, true},
		"whole, to one that is behind":     {whole, ledger.Replay{Witness: n - 1, WitnessHash: past}, true},
		"of another federation":            {whole, ledger.Replay{Federation: ledger.Hash{1}}, false},
		"a federation it is not":           {p(func(a *pages) { a.header[20]++ }), ledger.Replay{}, false},
		"a format it is not":               {flip(0), knows, false},
		"empty":                            {nil, knows, false},
		"without a start":                  {p(func(a *pages) { a.events = a.events[1:] }), ledger.Replay{}, false},
		"older":                            {p(func(a *pages) { a.events = a.events[:n-1]; a.payloads = a.payloads[:1] }), knows, false},
		"older, to one that knows nothing": {p(func(a *pages) { a.events = a.events[:n-1]; a.payloads = a.payloads[:1] }), ledger.Replay{}, true},
		"an event left out":                {p(func(a *pages) { a.events = slices.Delete(a.events, 3, 4) }), ledger.Replay{}, false},
		"an independent event left out":    {p(func(a *pages) { a.events = slices.Delete(a.events, 6, 7) }), ledger.Replay{}, false},
		"an event twice":                   {p(func(a *pages) { a.events = append(a.events, a.events[2]) }), ledger.Replay{}, false},
		"in another order":                 {p(func(a *pages) { a.events[6], a.events[7] = a.events[7], a.events[6] }), ledger.Replay{}, false},
		"a deadline left out":              {p(func(a *pages) { a.events = slices.Delete(a.events, derived, derived+1) }), ledger.Replay{}, false},
		"a deadline left out, its payload kept": {p(func(a *pages) {
			a.events = slices.Delete(a.events, derived, derived+1)
			offer := append(append(make([]byte, 0, 64), 2), make([]byte, 22)...)
			a.payloads = slices.Insert(a.payloads, 0, append(append(offer, byte(offer2)), word("summary")...))
			for _, f := range a.payloads[1:] {
				f[23]-- // the events after it have come closer
			}
		}), ledger.Replay{}, false},
		"a deadline moved":                {p(func(a *pages) { a.events[derived][4+1+7]++ }), ledger.Replay{}, false},
		"a deadline come early":           {p(func(a *pages) { a.events[derived], a.events[derived-1] = a.events[derived-1], a.events[derived] }), ledger.Replay{}, false},
		"a deadline of nothing":           {p(func(a *pages) { a.events = append(a.events, a.events[derived]) }), ledger.Replay{}, false},
		"another outcome":                 {p(func(a *pages) { e := a.events[5]; e[len(e)-40]++ }), ledger.Replay{}, false},
		"another signature":               {p(func(a *pages) { e := a.events[5]; e[len(e)-100] ^= 1 }), ledger.Replay{}, false},
		"an event that is noise":          {p(func(a *pages) { a.events[4] = []byte("noise") }), ledger.Replay{}, false},
		"an event too large":              {p(func(a *pages) { a.events[4] = make([]byte, ledger.MaxCommand+513) }), ledger.Replay{}, false},
		"a payload swapped":               {p(func(a *pages) { f := a.payloads[0]; f[len(f)-1] ^= 1 }), ledger.Replay{}, false},
		"a payload left out":              {p(func(a *pages) { a.payloads = a.payloads[1:] }), ledger.Replay{}, false},
		"the last payload left out":       {p(func(a *pages) { a.payloads = a.payloads[:1] }), ledger.Replay{}, false},
		"no payloads":                     {p(func(a *pages) { a.payloads = nil }), ledger.Replay{}, false},
		"a payload twice":                 {p(func(a *pages) { a.payloads = append(a.payloads, a.payloads[1]) }), ledger.Replay{}, false},
		"a payload cut":                   {p(func(a *pages) { a.payloads[1] = a.payloads[1][:20] }), ledger.Replay{}, false},
		"payloads of what has ended":      {p(func(a *pages) { a.payloads = append(a.payloads, append(make([]byte, 24), word("summary")...)) }), ledger.Replay{}, false},
		"a head it does not have":         {flip(headerSize - 1), knows, false},
		"a bad checksum":                  {flip(len(whole) - 1), knows, false},
		"a byte more":                     {append(bytes.Clone(whole), 0), knows, false},
		"another past than is known here": {whole, ledger.Replay{Witness: n - 1, WitnessHash: head}, false},
		"more events than it has":         {flip(headerSize - 33), knows, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			fresh, err := restore(tt.by, tt.file)
			if (err == nil) != tt.ok {
				t.Fatalf("restored: %v, want ok %v", err, tt.ok)
			}
			if err != nil && !errors.Is(err, ledger.ErrSnapshot) {
				t.Errorf("%v does not say that the snapshot is to blame", err)
			}
			if name == "whole" {
				w.rows.same(t, fresh)
			}
		})
	}
}

func TestSnapshotCutAnywhere(t *testing.T) {
	w := found(t, "MGL", "SRK", "GWA")
	w.must(w.offer(1, "MGL", "SRK", 7))
	whole := w.snapshot()
	for n := 0; n < len(whole); n += 7 {
		if _, err := restore(ledger.Replay{}, whole[:n]); !errors.Is(err, ledger.ErrSnapshot) {
			t.Fatalf("cut to %d of %d bytes: %v", n, len(whole), err)
		}
	}
}

func TestSnapshotHeader(t *testing.T) {
	w := history(t)
	n, head, _ := w.state.Head()
	h, err := ledger.ReadSnapshotHeader(bytes.NewReader(w.snapshot()))
	if want := (ledger.SnapshotHeader{Federation: w.fed, Index: 40, Term: 2, Events: n, Head: head}); err != nil || h != want {
		t.Errorf("%+v, %v; want %+v", h, err, want)
	}
}

// Rows that hold something already are not what a snapshot is read into.
func TestSnapshotNeedsEmptyRows(t *testing.T) {
	w := history(t)
	p := ledger.Replay{Update: func(f func(ledger.KV) error) error { return f(w.rows) }}
	if _, err := p.Read(bytes.NewReader(w.snapshot())); err == nil || errors.Is(err, ledger.ErrSnapshot) {
		t.Errorf("read into a ledger that is there: %v", err)
	}
}

// A replay checks signatures with the Verify that it is given.
func TestReplayVerifies(t *testing.T) {
	w := history(t)
	var checked atomic.Int64
	count := func(pub ed25519.PublicKey, msg, sig []byte) bool {
		checked.Add(1)
		return ed25519.Verify(pub, msg, sig)
	}
	if _, err := restore(ledger.Replay{Verify: count, Each: atOnce}, w.snapshot()); err != nil {
		t.Fatal(err)
	}
	if n, _, _ := w.state.Head(); checked.Load() < int64(n)-1 {
		t.Errorf("%d signatures checked for %d events", checked.Load(), n)
	}
	never := func(ed25519.PublicKey, []byte, []byte) bool { return false }
	if _, err := restore(ledger.Replay{Verify: never}, w.snapshot()); !errors.Is(err, ledger.ErrSnapshot) {
		t.Errorf("restored with no good signature: %v", err)
	}
	broken := errors.New("disk fault")
	p := ledger.Replay{Update: func(func(ledger.KV) error) error { return broken }}
	if _, err := p.Read(bytes.NewReader(w.snapshot())); !errors.Is(err, broken) || errors.Is(err, ledger.ErrSnapshot) {
		t.Errorf("a disk fault: %v", err)
	}
}

// atOnce runs all at once, as a caller with many cores would.
func atOnce(n int, f func(int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

// A good signature of one thing does not make another good, neither a command
// nor an officer's approval.
func TestReplayTellsSignaturesApart(t *testing.T) {
	anchor := func(w *world, n uint64) ledger.Signed {
		return w.sign("SRK", ledger.Command{Act: ledger.Anchor, Subject: ledger.MemberOf("SRK"), Body: &ledger.AnchorBody{Count: n}})
	}
	forgeries := map[string]struct {
		forge func(*world, ledger.Signed) ledger.Signed
		ok    bool
	}{
		"nothing": {func(w *world, _ ledger.Signed) ledger.Signed { return anchor(w, 2) }, true},
		"another command": {func(w *world, good ledger.Signed) ledger.Signed {
			return ledger.Signed{Bytes: anchor(w, 2).Bytes, Sig: good.Sig}
		}, false},
		"a revocation": {func(w *world, good ledger.Signed) ledger.Signed {
			b := &ledger.VerdictBody{}
			for _, o := range w.officers {
				b.Approvals = append(b.Approvals, ledger.Approval{Officer: ledger.KeyIDOf(public(o)), Sig: good.Sig})
			}
			return w.sign("GWA", ledger.Command{Act: ledger.Revoke, Subject: ledger.MemberOf("MGL"), Body: b})
		}, false},
	}
	for name, tt := range forgeries {
		t.Run(name, func(t *testing.T) {
			w := found(t, "MGL", "SRK", "GWA")
			good := anchor(w, 1)
			w.must(good, nil)
			w.state = ledger.New(w.rows, trusting) // a leader that believes itself
			w.must(tt.forge(w, good), nil)
			for _, each := range []func(int, func(int)){nil, atOnce} {
				_, err := restore(ledger.Replay{Each: each}, w.snapshot())
				if tt.ok && err != nil || !tt.ok && !errors.Is(err, ledger.ErrSnapshot) {
					t.Errorf("restored: %v, want ok %v", err, tt.ok)
				}
			}
		})
	}
}

func TestSnapshotOfNothing(t *testing.T) {
	w := unfounded(t, charter("MGL", "SRK", "GWA"))
	if _, err := restore(ledger.Replay{}, w.snapshot()); err != nil {
		t.Errorf("the snapshot of an empty ledger: %v", err)
	}
	if _, err := restore(ledger.Replay{Federation: w.fed}, w.snapshot()); !errors.Is(err, ledger.ErrSnapshot) {
		t.Errorf("an empty one to a member of a federation: %v", err)
	}
}

func TestViewPages(t *testing.T) {
	w := history(t)
	n, _, _ := w.state.Head()
	if all := w.state.Since(0, 1000); uint64(len(all)) != n || all[n-1].N != n {
		t.Errorf("%d events, want %d", len(all), n)
	}
	if some := w.state.Since(n-3, 2); len(some) != 2 || some[0].N != n-2 {
		t.Errorf("the page after %d: %v", n-3, some)
	}
	var ids []byte
	w.state.Handoffs(ledger.ID{2}, func(h ledger.Handoff) bool { ids = append(ids, h.ID[0]); return len(ids) < 2 })
	if !bytes.Equal(ids, []byte{2, 3}) {
		t.Errorf("handoffs from 2: %v", ids)
	}
	for _, e := range w.state.Since(0, 1000) {
		if h, ok := w.state.HashAt(e.N); !ok || h != e.Hash {
			t.Errorf("event %d has two hashes", e.N)
		}
	}
}
