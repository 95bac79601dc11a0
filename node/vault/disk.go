package vault

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// writeDurably puts data at path so that after a power cut the file is whole or
// absent, never half.
func writeDurably(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), tmpPrefix)
	if err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write key file: %w", err), os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

const tmpPrefix = ".new-" // os.CreateTemp makes it 0600

// destroy overwrites a file and unlinks it. On flash the overwriting may land
// in other cells, which is why the disk below is encrypted as well.
func destroy(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("destroy key file: %w", err)
	}
	noise := make([]byte, epochSize)
	_, _ = rand.Read(noise)
	_, err = f.WriteAt(noise, 0)
	if err = errors.Join(err, f.Sync(), f.Close(), os.Remove(path)); err != nil {
		return fmt.Errorf("destroy key file: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes renames and removals in dir last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", dir, err)
	}
	return nil
}
