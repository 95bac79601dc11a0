package ledger_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"reflect"
	"testing"

	"serasi/replication/ledger"
)

// goldenCommands are the commands of the golden files, one of each act.
func goldenCommands(f *testing.F) (all [][]byte) {
	for _, e := range unlines(f, golden(f, "entries.txt")) {
		n, err := ledger.DecodeEntry(e)
		if err != nil {
			f.Fatal(err)
		}
		all = append(all, n.Bytes)
	}
	return all
}

// What decodes encodes to the same bytes.
func FuzzDecodeCommand(f *testing.F) {
	for _, b := range goldenCommands(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ledger.DecodeCommand(b)
		if err != nil {
			if !errors.Is(err, ledger.ErrMalformed) {
				t.Fatalf("%v is not ErrMalformed", err)
			}
			return
		}
		if c.Version > ledger.Version {
			return // its body is not known here
		}
		// The key id is made anew by Sign, so put it back to compare.
		signed, err := ledger.Sign(key("anybody"), c)
		if err != nil {
			t.Fatalf("what was decoded cannot be encoded: %v", err)
		}
		again, err := ledger.DecodeCommand(signed.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		at := 2 + 32 + 16 + 4 + len(c.Actor)
		copy(signed.Bytes[at:], c.Key[:])
		again.Key = c.Key
		if !bytes.Equal(signed.Bytes, b) || !reflect.DeepEqual(again, c) {
			t.Fatalf("%x\nencodes to\n%x", b, signed.Bytes)
		}
	})
}

// Two replicas agree on whatever is in the log, and never panic. The input is a
// list of entries, each after its length; between them stand the true ones, so
// that the noise meets a ledger that lives.
func FuzzApply(f *testing.F) {
	entries := unlines(f, golden(f, "entries.txt"))
	for i := 0; i < len(entries); i += 3 {
		f.Add(append(binary.BigEndian.AppendUint32(nil, uint32(len(entries[i]))), entries[i]...), uint8(i))
	}
	trust := func(ed25519.PublicKey, []byte, []byte) bool { return true } // lets noise through to the rules
	f.Fuzz(func(t *testing.T, noise []byte, from uint8) {
		for _, verify := range []ledger.Verify{nil, trust} {
			one, two := newRows(), newRows()
			apply := func(e []byte) {
				r1, err1 := ledger.New(one, verify).Apply(e)
				r2, err2 := ledger.New(two, verify).Apply(e)
				if r1 != r2 || (err1 == nil) != (err2 == nil) {
					t.Fatalf("two replicas answer %+v, %v and %+v, %v", r1, err1, r2, err2)
				}
			}
			for i := range int(from) % len(entries) {
				apply(entries[i])
			}
			for rest := noise; len(rest) >= 4; {
				n := min(uint64(binary.BigEndian.Uint32(rest)), uint64(len(rest)-4))
				apply(rest[4 : 4+n])
				rest = rest[4+n:]
			}
			one.same(t, two)
			w := &world{t: t, rows: one, state: ledger.New(one, verify)}
			w.invariants()
			fresh, err := restore(ledger.Replay{Verify: verify}, w.snapshot())
			if err != nil {
				t.Fatalf("replay: %v", err)
			}
			one.same(t, fresh)
		}
	})
}

// A snapshot is either the history it claims to be or refused.
func FuzzReadSnapshot(f *testing.F) {
	whole := golden(f, "snapshot.bin")
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	p := apart(f, whole)
	for _, n := range []int{0, 1, 2, 5, 20} {
		f.Add(pages{header: p.header, events: p.events[:n]}.together())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		restored, err := restore(ledger.Replay{}, b)
		if err != nil {
			return
		}
		h, err := ledger.ReadSnapshotHeader(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		var again bytes.Buffer
		if err := ledger.WriteSnapshot(&again, ledger.On(restored), h.Index, h.Term); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Bytes(), b) {
			t.Fatal("a snapshot was accepted that is not written so")
		}
	})
}

func FuzzDecodeFounding(f *testing.F) {
	f.Add(unlines(f, golden(f, "founding.hex"))[0])
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := ledger.DecodeFounding(b); err == nil && !bytes.Equal(got.Encode(), b) {
			t.Fatal("two encodings of one founding")
		}
	})
}

func FuzzDecodeCharter(f *testing.F) {
	f.Add(unlines(f, golden(f, "charter.hex"))[0])
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := ledger.DecodeCharter(b); err == nil && !bytes.Equal(got.Encode(), b) {
			t.Fatal("two encodings of one charter")
		}
	})
}

// What travels beside commands: entries, proposals, results.
func FuzzDecodeEntry(f *testing.F) {
	for _, e := range unlines(f, golden(f, "entries.txt")) {
		f.Add(e)
		f.Add(e[9:])
	}
	f.Add(unlines(f, golden(f, "result.hex"))[0])
	f.Fuzz(func(t *testing.T, b []byte) {
		if e, err := ledger.DecodeEntry(b); err == nil && !bytes.Equal(e.Encode(), b) {
			t.Fatal("two encodings of one entry")
		}
		if p, err := ledger.DecodeProposal(b); err == nil && !bytes.Equal(p.Encode(), b) {
			t.Fatal("two encodings of one proposal")
		}
		if r, err := ledger.DecodeResult(b); err == nil && !bytes.Equal(r.Encode(), b) {
			t.Fatal("two encodings of one result")
		}
	})
}
