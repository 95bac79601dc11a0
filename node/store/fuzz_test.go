package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"serasi/node/store"
)

// FuzzRow feeds the row decoder: what does not open as it was sealed must not
// open at all.
func FuzzRow(f *testing.F) {
	short, long := []byte(`"kursi roda"`), []byte(`"`+strings.Repeat("kursi roda ", 200)+`"`)
	row := store.NewRowTest(f)
	f.Add(row.Seal(short))
	f.Add(row.Seal(long))
	f.Add([]byte{1, 0x80})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, value []byte) {
		text, err := row.Open(value)
		if err == nil && !bytes.Equal(text, short) && !bytes.Equal(text, long) {
			t.Errorf("a forged row opened as %q", text)
		}
	})
}

// FuzzPacked feeds what stands inside the seal.
func FuzzPacked(f *testing.F) {
	row := store.NewRowTest(f)
	f.Add(row.Pack([]byte(`{}`)))
	f.Add(row.Pack([]byte(strings.Repeat("kursi roda ", 200))))
	f.Add([]byte{9})
	f.Fuzz(func(t *testing.T, packed []byte) {
		text, err := row.Unpack(packed)
		if err != nil {
			return
		}
		again, err := row.Unpack(row.Pack(text))
		if err != nil || !bytes.Equal(again, text) {
			t.Errorf("%d bytes did not survive packing: %v", len(text), err)
		}
	})
}

// FuzzRowKey checks that names and keys are one to one.
func FuzzRowKey(f *testing.F) {
	f.Add([]byte("\x02c1\x05notesn1"))
	f.Add([]byte("\x00\x00"))
	f.Add([]byte("\x02c1\x00"))
	f.Add([]byte{255})
	f.Fuzz(func(t *testing.T, key []byte) {
		table, owner, id, err := store.SplitKey(key)
		if err == nil && !bytes.Equal(store.JoinKey(table, owner, id), key) {
			t.Errorf("%q reads as %q %q %q", key, table, owner, id)
		}
	})
}

// FuzzJournal feeds the journal reader: it never panics, and gives nothing that
// has no right check sum.
func FuzzJournal(f *testing.F) {
	page := func(seq uint64, payload string) []byte {
		b := make([]byte, 4096)
		binary.BigEndian.PutUint32(b, uint32(len(payload)))
		binary.BigEndian.PutUint64(b[8:], seq)
		copy(b[16:], payload)
		binary.BigEndian.PutUint32(b[4:], crc32.Checksum(b[8:16+len(payload)], crc32.MakeTable(crc32.Castagnoli)))
		return b
	}
	entry := "k\x00\x08\x00\x00\x00\x0312345678vv"
	f.Add(append(page(1, entry), page(2, entry+entry)...))
	f.Add(append(page(5, entry), page(3, entry)...))
	f.Add(page(1, "r\x00\x01\xff\xff\xff\xffx"))
	f.Add(make([]byte, 100))
	f.Fuzz(func(t *testing.T, file []byte) {
		n, err := store.ReadJournal(file)
		if err == nil && n > len(file)/16 {
			t.Errorf("%d commits in %d bytes", n, len(file))
		}
	})
}

// FuzzBlob feeds the blob opener: only the true file gives the true content.
func FuzzBlob(f *testing.F) {
	db, c := fresh(f)
	content := strings.Repeat("foto ", 30_000)
	name, _, _, err := db.PutBlob(f.Context(), "c1", strings.NewReader(content))
	if err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(c.Dir, "blobs", name)
	sealed, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = os.WriteFile(path, sealed, 0o600) }) // for the check at the end
	f.Add(sealed)
	f.Add(sealed[:len(sealed)-1])
	f.Add(append(bytes.Clone(sealed), 0))
	f.Add(sealed[:12+65564])
	f.Add(sealed[:3])
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := db.OpenBlob("c1", name)
		if err != nil {
			return
		}
		got, err := io.ReadAll(r)
		if !strings.HasPrefix(content, string(got)) {
			t.Error("a byte was given out that nobody wrote")
		}
		if err := errors.Join(err, r.Close()); (err == nil) != bytes.Equal(data, sealed) {
			t.Errorf("%d bytes of %d: %v", len(got), len(content), err)
		}
	})
}
