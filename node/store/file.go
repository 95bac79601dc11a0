package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"serasi/node/casework"
)

// writeFile makes dir/name from what write writes: whole and durable, or absent.
func (db *DB) writeFile(dir, name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(dir, halfMade) // mode 0600
	if err != nil {
		return fileErr(err)
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, name))
	}
	if err != nil {
		return errors.Join(fileErr(err), os.Remove(f.Name()))
	}
	return syncDir(dir)
}

// fileErr gives a full disk its words.
func fileErr(err error) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return errFull()
	}
	if kind, _ := casework.Explain(err); kind != casework.Internal {
		return err
	}
	return fmt.Errorf("store: write file: %w", err)
}

// copyUpTo copies r to w while ctx lives. More than limit bytes are Invalid.
func copyUpTo(ctx context.Context, w io.Writer, r io.Reader, limit int64) (int64, error) {
	n, err := io.Copy(w, ctxReader{ctx, io.LimitReader(r, limit+1)})
	if err == nil && n > limit {
		err = casework.Invalid.Because("the file is larger than %d MiB", limit>>20)
	}
	return n, err
}

type ctxReader struct {
	ctx context.Context
	r   io.Reader
}

func (c ctxReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}

// dropFile removes a file now, or when the backups under way have read it.
func (db *DB) dropFile(path string) error {
	db.blobs.mu.Lock()
	held := db.blobs.holds > 0
	if held {
		db.blobs.dropped = append(db.blobs.dropped, path)
	}
	db.blobs.mu.Unlock()
	if held {
		return nil
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// hold keeps all files of blobs and packets until release is called.
func (db *DB) hold() (release func()) {
	db.blobs.mu.Lock()
	db.blobs.holds++
	db.blobs.mu.Unlock()
	return func() {
		db.blobs.mu.Lock()
		db.blobs.holds--
		var due []string
		if db.blobs.holds == 0 {
			due, db.blobs.dropped = db.blobs.dropped, nil
		}
		db.blobs.mu.Unlock()
		for _, path := range due {
			if err := db.dropFile(path); err != nil {
				db.cfg.Log.Error("a file stays until the next sweep", "err", err)
			}
		}
	}
}
