package vault_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"serasi/node/vault"
)

func rootFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "root.key")
	if err := vault.NewFile(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// open opens the vault in dir and settles it.
func open(t testing.TB, dir, root string, named uint64) *vault.Vault {
	t.Helper()
	v, err := vault.Open(dir, vault.File(root))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Settle(named); err != nil {
		t.Fatal(err)
	}
	return v
}

var (
	place = []byte("key of case 1")
	dek   = bytes.Repeat([]byte{7}, vault.KeySize)
)

func wrap(t testing.TB, v *vault.Vault) []byte {
	t.Helper()
	w, err := v.Wrap(place, dek)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWrapSurvivesARestart(t *testing.T) {
	dir, root := t.TempDir(), rootFile(t)
	v := open(t, dir, root, 0)
	wrapped := wrap(t, v)
	if again := wrap(t, v); bytes.Equal(again, wrapped) {
		t.Error("a nonce was used twice")
	}
	v = open(t, dir, root, 1)
	if got, err := v.Unwrap(place, wrapped); err != nil || !bytes.Equal(got, dek) {
		t.Errorf("%x, %v", got, err)
	}
	bad := map[string]struct{ place, wrapped []byte }{
		"another place": {[]byte("key of case 2"), wrapped},
		"cut":           {place, wrapped[:len(wrapped)-1]},
		"very short":    {place, wrapped[:3]},
		"changed":       {place, append(bytes.Clone(wrapped[:len(wrapped)-1]), wrapped[len(wrapped)-1]^1)},
		"another epoch": {place, append([]byte{0, 0, 0, 0, 0, 0, 0, 9}, wrapped[8:]...)},
	}
	for name, b := range bad {
		if _, err := v.Unwrap(b.place, b.wrapped); err == nil {
			t.Errorf("%s: it opened", name)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir, root := t.TempDir(), rootFile(t)
	open(t, dir, root, 0)
	if _, err := vault.Open(dir, vault.File(rootFile(t))); !errors.Is(err, vault.ErrRoot) {
		t.Errorf("another root: %v", err)
	}
	v, err := vault.Open(dir, vault.File(root))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Wrap(place, dek); err == nil {
		t.Error("wrapped before it is known in which epoch the data is")
	}
	if _, err := v.Settle(2); err == nil {
		t.Error("an epoch that is not there was settled")
	}
	epoch := filepath.Join(dir, "epoch-1")
	good, err := os.ReadFile(epoch)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"cut": good[:len(good)-1], "empty": nil, "longer": append(bytes.Clone(good), 0),
		"changed": append(bytes.Clone(good[:20]), append([]byte{good[20] ^ 1}, good[21:]...)...),
	} {
		if err := os.WriteFile(epoch, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.Open(dir, vault.File(root)); err == nil {
			t.Errorf("%s: the epoch file was taken", name)
		}
	}
	if err := errors.Join(os.WriteFile(epoch, good, 0o600), os.WriteFile(filepath.Join(dir, "epoch-01"), good, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(dir, vault.File(root)); err == nil {
		t.Error("two files for one epoch were taken")
	}
}

// TestTurn crashes between all steps of a turn: whichever epoch the data names,
// its keys open afterwards and those of the other do not.
func TestTurn(t *testing.T) {
	dir, root := t.TempDir(), rootFile(t)
	v := open(t, dir, root, 0)
	old := wrap(t, v)
	crash := map[string]string{"before": copyDir(t, dir)}
	next, err := v.Prepare()
	if err != nil || next != 2 {
		t.Fatal(next, err)
	}
	crash["prepared"] = copyDir(t, dir)
	renewed, err := v.Rewrap(place, old)
	if err != nil {
		t.Fatal(err)
	}
	crash["rewrapped"] = copyDir(t, dir)
	if err := v.Commit(); err != nil {
		t.Fatal(err)
	}
	crash["committed"] = copyDir(t, dir)
	if _, err := v.Unwrap(place, old); err != nil {
		t.Errorf("a reader of old data was cut off: %v", err)
	}
	v.Forget()
	if _, err := v.Unwrap(place, old); err == nil {
		t.Error("a forgotten epoch still opens")
	}
	tests := map[string]struct {
		named         uint64
		opens, closed []byte
	}{
		"before":    {1, old, renewed},
		"prepared":  {1, old, renewed},
		"rewrapped": {2, renewed, old},
		"committed": {2, renewed, old},
	}
	for step, tt := range tests {
		t.Run(step, func(t *testing.T) {
			v := open(t, crash[step], root, tt.named)
			if got, err := v.Unwrap(place, tt.opens); err != nil || !bytes.Equal(got, dek) {
				t.Errorf("the data's own keys: %v", err)
			}
			if _, err := v.Unwrap(place, tt.closed); err == nil {
				t.Error("keys of the other epoch open")
			}
			left, err := filepath.Glob(filepath.Join(crash[step], "*"))
			if err != nil || len(left) != 1 {
				t.Errorf("left: %v, %v", left, err)
			}
			if n, err := v.Prepare(); err != nil || n != tt.named+1 {
				t.Errorf("the next turn: %d, %v", n, err)
			}
		})
	}
}

func TestTurnStepsOutOfOrder(t *testing.T) {
	dir, root := t.TempDir(), rootFile(t)
	v := open(t, dir, root, 0)
	old := wrap(t, v)
	if _, err := v.Rewrap(place, old); err == nil {
		t.Error("rewrapped without a prepared epoch")
	}
	if err := v.Commit(); err == nil {
		t.Error("committed without a prepared epoch")
	}
	if _, err := v.Prepare(); err != nil {
		t.Fatal(err)
	}
	if err := v.Abandon(); err != nil {
		t.Fatal(err)
	}
	if got, err := v.Unwrap(place, old); err != nil || !bytes.Equal(got, dek) || v.Epoch() != 1 {
		t.Errorf("after an abandoned turn: %v, epoch %d", err, v.Epoch())
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) != 1 {
		t.Errorf("left: %v", files)
	}
	two, err := vault.Open(copyDir(t, dir), vault.File(root))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := two.Settle(0); err != nil || n != 1 {
		t.Errorf("a new store: epoch %d, %v", n, err)
	}
	if _, err := two.Prepare(); err != nil {
		t.Fatal(err)
	}
	if _, err := two.Settle(0); err == nil {
		t.Error("of two epochs one was guessed")
	}
}

func TestHalfWrittenEpochIsRemoved(t *testing.T) {
	dir, root := t.TempDir(), rootFile(t)
	open(t, dir, root, 0)
	if err := os.WriteFile(filepath.Join(dir, ".new-123"), []byte("SERASI-KEK"), 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, dir, root, 1)
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("left: %v", files)
	}
}

func TestSources(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", dir)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	say := func(words string) func() ([]byte, error) {
		return func() ([]byte, error) { return []byte(words), nil }
	}
	salt := filepath.Join(dir, "kek", "salt")
	hexed := strings.Repeat("0f", 32)
	tests := map[string]struct {
		src  vault.Source
		kind string
		fine bool
	}{
		"file":                         {vault.File(write("a", hexed+"\n")), vault.KindFile, true},
		"file too short":               {vault.File(write("b", "0f0f")), vault.KindFile, false},
		"file not hex":                 {vault.File(write("c", "hello hello hello hello hello hello")), vault.KindFile, false},
		"no file":                      {vault.File(filepath.Join(dir, "none")), vault.KindFile, false},
		"credential":                   {vault.Credential("a"), vault.KindSystemd, true},
		"credential short":             {vault.Credential("b"), vault.KindSystemd, false},
		"credential outside":           {vault.Credential("../a"), vault.KindSystemd, false},
		"passphrase":                   {vault.Passphrase(salt, say("kursi roda dan tongkat\n")), vault.KindPassphrase, true},
		"passphrase too short":         {vault.Passphrase(salt, say("kursi")), vault.KindPassphrase, false},
		"passphrase that nobody typed": {vault.Passphrase(salt, func() ([]byte, error) { return nil, errors.New("no terminal") }), vault.KindPassphrase, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			one, err := tt.src.Root()
			if (err == nil) != tt.fine || tt.src.String() != tt.kind {
				t.Fatalf("%v, kind %s", err, tt.src)
			}
			if !tt.fine {
				return
			}
			if two, err := tt.src.Root(); err != nil || !bytes.Equal(one, two) || len(one) < 16 {
				t.Errorf("asked twice: %x, %x, %v", one, two, err)
			}
		})
	}
	if err := vault.NewFile(write("there", "x")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a root key was overwritten: %v", err)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	if _, err := vault.Credential("a").Root(); err == nil {
		t.Error("a credential outside a systemd unit")
	}
}

func TestPassphraseDependsOnSaltAndWords(t *testing.T) {
	roots := map[string]bool{}
	dir := t.TempDir()
	for _, salt := range []string{"a", "b"} {
		for _, words := range []string{"kursi roda dan tongkat", "kursi roda dan tongkat!"} {
			root, err := vault.Passphrase(filepath.Join(dir, salt), func() ([]byte, error) { return []byte(words), nil }).Root()
			if err != nil {
				t.Fatal(err)
			}
			roots[string(root)] = true
		}
	}
	if len(roots) != 4 {
		t.Errorf("%d different roots of 4", len(roots))
	}
}

func TestFilesAreForTheirOwnerOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kek")
	open(t, dir, rootFile(t), 0)
	for path, want := range map[string]fs.FileMode{dir: 0o700, filepath.Join(dir, "epoch-1"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
}

func copyDir(t testing.TB, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}
