package api

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"io"
	"maps"
	"net/http"
)

// streamWriter sends the head of an answer with its first byte, so that a fault
// before it can still become a problem.
type streamWriter struct {
	w       http.ResponseWriter
	head    http.Header
	started bool
}

func (s *streamWriter) Write(b []byte) (int, error) {
	s.start()
	return s.w.Write(b)
}

func (s *streamWriter) start() {
	if !s.started {
		s.started = true
		maps.Copy(s.w.Header(), s.head)
		s.w.WriteHeader(http.StatusOK)
	}
}

// stream answers with what f writes. A fault after the first byte cuts the
// connection, so that nobody takes a part for the whole.
func (a *API) stream(ctx context.Context, w http.ResponseWriter, head http.Header, f func(*streamWriter) error) {
	ex := exchangeOf(ctx)
	s := &streamWriter{w: w, head: head}
	err := f(s)
	switch {
	case err == nil:
		s.start()
	case !s.started:
		a.fail(w, ex, a.refuse(ex, err))
	default:
		a.cfg.Log.Error("an answer broke off", "request", ex.id, "route", ex.op.pattern(), "err", err)
		panic(http.ErrAbortHandler)
	}
}

// formSum is the digest of what a form says: names and contents of its parts,
// without the boundary, which is another one at each try.
type formSum struct {
	all  hash.Hash
	part hash.Hash
	name string
}

func newFormSum() *formSum { return &formSum{all: sha256.New()} }

// file adds a part and returns its content; it is to be read to its end.
func (s *formSum) file(name string, r io.Reader) io.Reader {
	s.close()
	s.name, s.part = name, sha256.New()
	return io.TeeReader(r, s.part)
}

func (s *formSum) close() {
	if s.part != nil {
		s.all.Write(binary.BigEndian.AppendUint32(nil, uint32(len(s.name))))
		s.all.Write([]byte(s.name))
		s.all.Write(s.part.Sum(nil))
		s.part = nil
	}
}

func (s *formSum) end() []byte {
	s.close()
	return s.all.Sum(nil)
}
