package handoff_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"serasi/node/casework"
	"serasi/node/handoff"
)

const (
	sealedChunk = 64<<10 + 16
	sealedHead  = 1 + 8 + 1120
)

func TestEnvelopeOfAnySize(t *testing.T) {
	k := handoff.NewTestKey(1, "packet")
	for _, size := range []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 3 * 64 << 10, 200_000} {
		text := bytes.Repeat([]byte{7}, size)
		sealed := k.Seal(text)
		if got, err := k.Open(sealed); err != nil || !bytes.Equal(got, text) {
			t.Errorf("%d bytes: %d came back, %v", size, len(got), err)
		}
		if bytes.Equal(sealed, k.Seal(text)) {
			t.Errorf("%d bytes: two envelopes are alike", size)
		}
	}
}

func TestEnvelopeThatIsNotRight(t *testing.T) {
	k := handoff.NewTestKey(1, "packet")
	text := bytes.Repeat([]byte("page of a file "), 13_000) // three chunks
	sealed := k.Seal(text)
	chunk := func(i int) []byte {
		return sealed[sealedHead+i*sealedChunk : min(len(sealed), sealedHead+(i+1)*sealedChunk)]
	}
	flip := func(at int) []byte {
		b := slices.Clone(sealed)
		b[at] ^= 1
		return b
	}
	tests := map[string]struct {
		key    handoff.TestKey
		sealed []byte
	}{
		"empty":                {k, nil},
		"head only":            {k, sealed[:sealedHead]},
		"head cut":             {k, sealed[:100]},
		"another suite":        {k, flip(0)},
		"another key's id":     {k, flip(1)},
		"other encapsulation":  {k, flip(20)},
		"a byte changed":       {k, flip(sealedHead + 5)},
		"the last byte":        {k, flip(len(sealed) - 1)},
		"cut inside a chunk":   {k, sealed[:len(sealed)-1]},
		"cut between chunks":   {k, sealed[:sealedHead+2*sealedChunk]},
		"extended":             {k, append(slices.Clone(sealed), 0)},
		"first chunk left out": {k, slices.Concat(sealed[:sealedHead], chunk(1), chunk(2))},
		"chunks exchanged":     {k, slices.Concat(sealed[:sealedHead], chunk(1), chunk(0), chunk(2))},
		"last chunk twice":     {k, slices.Concat(sealed, chunk(2))},
		"another handoff":      {k.For(2, "packet"), sealed},
		"another part":         {k.For(1, "addenda"), sealed},
		"another owner":        {handoff.NewTestKey(1, "packet"), sealed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := tt.key.Open(tt.sealed); !errors.Is(err, handoff.ErrSealed) {
				t.Errorf("%v, want that it does not open", err)
			}
		})
	}
}

func FuzzOpenEnvelope(f *testing.F) {
	k := handoff.NewTestKey(1, "packet")
	text := []byte("a secret")
	f.Add(k.Seal(text))
	f.Add(k.Seal(nil)[:sealedHead])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if got, err := k.Open(sealed); err == nil && !bytes.Equal(got, text) && len(got) != 0 {
			t.Errorf("an envelope nobody made opened to %d bytes", len(got))
		}
	})
}

// What rides beside a command says nothing of its length but for a bucket.
func TestPaddingHidesLength(t *testing.T) {
	for size, want := range map[int]int{0: 1 << 10, 1000: 1 << 10, 1021: 4 << 10, 5000: 16 << 10, 20_000: 64 << 10, 64<<10 - 4: 64 << 10} {
		padded, err := handoff.Pad(bytes.Repeat([]byte{'x'}, size))
		if err != nil || len(padded) != want {
			t.Errorf("%d bytes padded to %d, want %d: %v", size, len(padded), want, err)
			continue
		}
		if text, err := handoff.Unpad(padded); err != nil || len(text) != size {
			t.Errorf("%d bytes came back as %d: %v", size, len(text), err)
		}
		padded[len(padded)-1] |= 1
		if _, err := handoff.Unpad(padded); err == nil && size < want-4 {
			t.Errorf("%d bytes: something was hidden in the padding", size)
		}
	}
	if _, err := handoff.Pad(make([]byte, 64<<10)); err == nil {
		t.Error("more than fits was padded")
	}
}

func FuzzUnpad(f *testing.F) {
	seed, err := handoff.Pad([]byte("{}"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte{0, 0, 0, 9, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := handoff.Unpad(b)
		if err == nil && len(text)+4 > len(b) {
			t.Errorf("%d bytes out of %d", len(text), len(b))
		}
	})
}

// sample is a packet with two documents.
func sample() (casework.Bundle, map[casework.DocumentID][]byte) {
	id := func(c string) string { return strings.Repeat(c, 32) }
	contents := map[casework.DocumentID][]byte{}
	b := casework.Bundle{
		Format: casework.BundleFormat, Balai: "MGL",
		Case: casework.Case{
			ID: casework.CaseID(id("1")), Handle: id("2"), Number: "MGL-2026-00001", Person: casework.PersonID(id("3")),
			State: casework.Open, Stage: casework.Access, Urgency: casework.NotUrgent, Basis: casework.ByConsent,
		},
		Person: casework.Person{ID: casework.PersonID(id("3"))},
	}
	for _, c := range []string{"a", "b"} {
		content := []byte("content of " + c)
		sum := sha256.Sum256(content)
		d := casework.Document{
			ID: casework.DocumentID(id(c)), Case: b.Case.ID, Kind: "medical", Title: "x-ray", Media: "application/pdf", Size: int64(len(content)),
			Digest: hex.EncodeToString(sum[:]), At: start, Balai: "MGL",
		}
		b.Documents, contents[d.ID] = append(b.Documents, d), content
	}
	return b, contents
}

func TestPacketComesBackWhole(t *testing.T) {
	b, contents := sample()
	packet, err := handoff.WritePacket(b, contents)
	if err != nil {
		t.Fatal(err)
	}
	got, back, err := handoff.ReadPacket(packet)
	if err != nil || got.Case.Number != b.Case.Number || len(back) != 2 || !bytes.Equal(back[b.Documents[1].ID], contents[b.Documents[1].ID]) {
		t.Fatalf("came back as %+v with %d contents, %v", got.Case, len(back), err)
	}
	again, err := handoff.WritePacket(b, contents)
	if err != nil || !bytes.Equal(packet[32:], again[32:]) {
		t.Errorf("the same case packs differently, %v", err)
	}
	if bytes.Equal(packet[:32], again[:32]) {
		t.Error("two packets of one case have one digest: guesses could be tested against it")
	}
	for n := range packet {
		if _, _, err := handoff.ReadPacket(packet[:n]); err == nil {
			t.Fatalf("a packet cut to %d of %d bytes was read", n, len(packet))
		}
	}
	last := slices.Clone(packet)
	last[len(last)-1] ^= 1
	for name, bad := range map[string][]byte{"changed content": last, "extended": append(slices.Clone(packet), 0)} {
		if _, _, err := handoff.ReadPacket(bad); err == nil {
			t.Errorf("%s: was read", name)
		}
	}
	contents[b.Documents[0].ID] = []byte("shorter")
	if _, err := handoff.WritePacket(b, contents); err == nil {
		t.Error("a document was packed that is not what its row says")
	}
}

func FuzzReadPacket(f *testing.F) {
	b, contents := sample()
	packet, err := handoff.WritePacket(b, contents)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packet)
	f.Add(packet[:60])
	f.Fuzz(func(t *testing.T, packet []byte) {
		got, back, err := handoff.ReadPacket(packet)
		if err != nil {
			return
		}
		if len(got.Check()) > 0 || len(back) > len(got.Documents) {
			t.Error("a packet was read that is not in order")
		}
		again, err := handoff.WritePacket(got, back)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := handoff.ReadPacket(again); err != nil {
			t.Errorf("what was read does not pack again: %v", err)
		}
	})
}
