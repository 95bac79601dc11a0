package vault_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"serasi/node/vault"
)

const sealedChunk = 64<<10 + 28

func seal(t testing.TB, v *vault.Vault, place string, plain []byte) []byte {
	t.Helper()
	box, err := vault.Box(dek)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := v.SealStream(&out, box, []byte(place))
	for rest := plain; len(rest) > 0; { // in pieces that fit no chunk
		n := min(10_007, len(rest))
		if _, err := w.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func unseal(t testing.TB, v *vault.Vault, key []byte, place string, sealed []byte) ([]byte, error) {
	t.Helper()
	box, err := vault.Box(key)
	if err != nil {
		t.Fatal(err)
	}
	return io.ReadAll(v.OpenStream(iotest.HalfReader(bytes.NewReader(sealed)), box, []byte(place)))
}

func TestStreams(t *testing.T) {
	v := open(t, t.TempDir(), rootFile(t), 0)
	for _, size := range []int{0, 1, 64<<10 - 1, 64 << 10, 64<<10 + 1, 128 << 10, 200_000} {
		plain := make([]byte, size)
		_, _ = rand.Read(plain)
		sealed := seal(t, v, "blob 1", plain)
		if size > 100 && bytes.Contains(sealed, plain[:32]) {
			t.Errorf("%d bytes: plain text is in the stream", size)
		}
		got, err := unseal(t, v, dek, "blob 1", sealed)
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d bytes came back as %d, %v", size, len(got), err)
		}
	}
}

func TestBadStreamsDoNotOpen(t *testing.T) {
	v := open(t, t.TempDir(), rootFile(t), 0)
	plain := make([]byte, 3*64<<10)
	good := seal(t, v, "blob 1", plain)
	c := func(n int) []byte { return bytes.Clone(good[n*sealedChunk : (n+1)*sealedChunk]) }
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	changed := bytes.Clone(good)
	changed[sealedChunk+100] ^= 1
	wrongKey := bytes.Repeat([]byte{8}, vault.KeySize)
	tests := map[string]struct {
		sealed []byte
		place  string
		key    []byte
	}{
		"another place":           {good, "blob 2", dek},
		"another key":             {good, "blob 1", wrongKey},
		"nothing":                 {nil, "blob 1", dek},
		"last chunk missing":      {good[:2*sealedChunk], "blob 1", dek},
		"cut inside a chunk":      {good[:2*sealedChunk+50], "blob 1", dek},
		"chunks swapped":          {join(c(1), c(0), c(2)), "blob 1", dek},
		"first chunk missing":     {join(c(1), c(2)), "blob 1", dek},
		"a chunk twice":           {join(c(0), c(0), c(1), c(2)), "blob 1", dek},
		"extended by bytes":       {join(good, []byte{0}), "blob 1", dek},
		"extended by a chunk":     {join(good, c(2)), "blob 1", dek},
		"extended by itself":      {join(good, good), "blob 1", dek},
		"a byte changed":          {changed, "blob 1", dek},
		"last chunk of a shorter": {join(c(0), seal(t, v, "blob 1", plain[:64<<10])), "blob 1", dek},
	}
	if _, err := unseal(t, v, dek, "blob 1", good); err != nil {
		t.Fatalf("control: %v", err)
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := unseal(t, v, tt.key, tt.place, tt.sealed)
			if !errors.Is(err, vault.ErrDamaged) {
				t.Errorf("opened %d bytes, %v", len(got), err)
			}
		})
	}
}

func TestStreamPassesErrorsOn(t *testing.T) {
	v := open(t, t.TempDir(), rootFile(t), 0)
	sealed := seal(t, v, "b", make([]byte, 100_000))
	box, err := vault.Box(dek)
	if err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	r := v.OpenStream(io.MultiReader(bytes.NewReader(sealed[:70_000]), iotest.ErrReader(boom)), box, []byte("b"))
	if _, err := io.ReadAll(r); !errors.Is(err, boom) {
		t.Errorf("reader: %v", err)
	}
	w := v.SealStream(failing{boom}, box, []byte("b"))
	_, err = w.Write(make([]byte, 200_000))
	if !errors.Is(err, boom) || !errors.Is(w.Close(), boom) {
		t.Errorf("writer: %v", err)
	}
	if _, err := vault.Box([]byte("short")); err == nil {
		t.Error("a short key was taken")
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func FuzzOpenStream(f *testing.F) {
	v := open(f, f.TempDir(), rootFile(f), 0)
	plain := bytes.Repeat([]byte("foto "), 30_000)
	sealed := seal(f, v, "blob", plain)
	f.Add(sealed)
	f.Add(sealed[:sealedChunk])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := unseal(t, v, dek, "blob", data)
		if !bytes.HasPrefix(plain, got) || err == nil && len(got) != len(plain) {
			t.Errorf("%d bytes opened as %d, %v", len(data), len(got), err)
		}
	})
}

func FuzzUnwrap(f *testing.F) {
	v := open(f, f.TempDir(), rootFile(f), 0)
	good := wrap(f, v)
	f.Add(good)
	f.Add(good[:8])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, wrapped []byte) {
		if key, err := v.Unwrap(place, wrapped); err == nil && !bytes.Equal(key, dek) {
			t.Errorf("a forged key opened as %x", key)
		}
	})
}
