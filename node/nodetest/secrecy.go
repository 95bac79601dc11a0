package nodetest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Leaks returns which of the words stand in data that nobody had to unlock: as
// they are, in any case of their letters, or in hex or base64.
func Leaks(data []byte, words ...string) (found []string) {
	low := bytes.ToLower(data)
	for _, w := range words {
		plain := bytes.ToLower([]byte(w))
		if bytes.Contains(low, plain) || bytes.Contains(low, []byte(hex.EncodeToString([]byte(w)))) || inBase64(data, w) {
			found = append(found, w)
		}
	}
	return found
}

// inBase64 looks for w in base64, at each of the three places in a group of
// three bytes where it may begin. The first and last letters depend on what
// stands beside it and are left out.
func inBase64(data []byte, w string) bool {
	for shift := range 3 {
		text := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), w...))
		if text = text[4 : len(text)-2]; bytes.Contains(data, []byte(text)) {
			return true
		}
	}
	return false
}

// LeaksInFolder is Leaks for every file of the balai's folder, and for the names
// of the files. It returns the words by file.
func (b *Balai) LeaksInFolder(words ...string) map[string][]string {
	b.c.T.Helper()
	tree, err := readTree(b.Dir)
	if err != nil {
		b.c.T.Fatal(err)
	}
	found := map[string][]string{}
	for name, content := range tree {
		if words := Leaks(slices.Concat([]byte(name), []byte{'\n'}, content), words...); len(words) > 0 {
			found[name] = words
		}
	}
	return found
}

// readTree reads all files of a folder.
func readTree(dir string) (map[string][]byte, error) {
	tree := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // gone meanwhile
			}
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			tree[name] = nil
			return nil
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		tree[name] = append([]byte{}, b...)
		return err
	})
	return tree, err
}

// Plant writes a file into the balai's folder.
func (b *Balai) Plant(name string, content []byte) {
	b.c.T.Helper()
	root, err := os.OpenRoot(b.Dir)
	if err != nil {
		b.c.T.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	if err := root.WriteFile(name, content, 0o600); err != nil {
		b.c.T.Fatal(err)
	}
}

// Page returns what stands at an address of the people's port for anybody, such
// as /metrics.
func (b *Balai) Page(path string) []byte {
	b.c.T.Helper()
	resp, err := b.http.Get("http://" + b.config.People + path)
	if err != nil {
		b.c.T.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.c.T.Fatalf("%s%s: %s %v", b.Code, path, resp.Status, err)
	}
	return content
}

// File returns the backup as it lies on a disk.
func (s Saved) File() []byte { return slices.Clone(s.file) }

// A Diary keeps all that nodes write to their logs.
type Diary struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (d *Diary) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.text.Write(p)
}

// Text returns what was written so far.
func (d *Diary) Text() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return bytes.Clone(d.text.Bytes())
}
