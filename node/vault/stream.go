package vault

import (
	"bufio"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// chunk is how much plain text one sealed chunk of a stream holds.
const chunk = 64 << 10

// ErrDamaged means that a sealed stream was cut, changed, extended, or belongs
// to another place or key.
var ErrDamaged = errors.New("sealed file is damaged or not the one it should be")

// SealStream returns a writer that seals what it gets in chunks of 64 KiB onto
// w. The order of chunks, which is the last, and place are bound, so a cut,
// swapped, extended or moved stream does not open. Close writes the last chunk
// and does not close w; without it the stream does not open.
func (v *Vault) SealStream(w io.Writer, box cipher.AEAD, place []byte) io.WriteCloser {
	return &sealer{w: w, box: box, place: newStreamPlace(place), plain: make([]byte, 0, chunk)}
}

// OpenStream returns a reader of what SealStream wrote for the same place. It
// gives out no byte that was not verified; the error wraps [ErrDamaged]. Only
// io.EOF says that the end is the true end.
func (v *Vault) OpenStream(r io.Reader, box cipher.AEAD, place []byte) io.Reader {
	size := chunk + box.Overhead()
	return &opener{r: bufio.NewReaderSize(r, size+1), box: box, place: newStreamPlace(place), sealed: make([]byte, size)}
}

// streamPlace is what a chunk is bound to: place || number || last.
type streamPlace struct {
	aad []byte
	n   uint64
}

func newStreamPlace(place []byte) streamPlace {
	aad := append([]byte("serasi stream v1\x00"), place...)
	return streamPlace{aad: append(aad, make([]byte, 9)...)}
}

// of returns the place of the next chunk.
func (p *streamPlace) of(last bool) []byte {
	tail := p.aad[len(p.aad)-9:]
	binary.BigEndian.PutUint64(tail, p.n)
	tail[8] = 0
	if last {
		tail[8] = 1
	}
	p.n++
	return p.aad
}

type sealer struct {
	w      io.Writer
	box    cipher.AEAD
	place  streamPlace
	plain  []byte
	sealed []byte
	err    error
}

func (s *sealer) Write(p []byte) (int, error) {
	total := len(p)
	for len(p) > 0 && s.err == nil {
		if len(s.plain) == chunk { // a full chunk leaves only when more follows
			s.flush(false)
			continue
		}
		n := min(chunk-len(s.plain), len(p))
		s.plain = append(s.plain, p[:n]...)
		p = p[n:]
	}
	return total - len(p), s.err
}

func (s *sealer) Close() error {
	if s.err != nil {
		return s.err
	}
	s.flush(true)
	err := s.err
	s.err = errors.New("sealed stream is closed")
	return err
}

func (s *sealer) flush(last bool) {
	s.sealed = s.box.Seal(s.sealed[:0], nil, s.plain, s.place.of(last))
	s.plain = s.plain[:0]
	if _, err := s.w.Write(s.sealed); err != nil {
		s.err = fmt.Errorf("seal stream: %w", err)
	}
}

type opener struct {
	r      *bufio.Reader
	box    cipher.AEAD
	place  streamPlace
	sealed []byte
	plain  []byte // what is verified and not yet read
	err    error
}

func (o *opener) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(o.plain) == 0 {
		if o.err != nil {
			return 0, o.err
		}
		o.plain, o.err = o.next()
	}
	n := copy(p, o.plain)
	o.plain = o.plain[n:]
	return n, nil
}

// next opens one chunk. With the last it returns io.EOF.
func (o *opener) next() ([]byte, error) {
	first := o.place.n == 0
	n, err := io.ReadFull(o.r, o.sealed)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		if errors.Is(err, io.EOF) {
			err = ErrDamaged // the last chunk would have said so
		}
		return nil, fmt.Errorf("open stream: %w", err)
	}
	_, err = o.r.Peek(1)
	last := errors.Is(err, io.EOF)
	if err != nil && !last {
		return nil, fmt.Errorf("open stream: %w", err)
	}
	plain, err := o.box.Open(o.sealed[:0], nil, o.sealed[:n], o.place.of(last))
	if err != nil || len(plain) == 0 && !first {
		return nil, fmt.Errorf("open stream: chunk %d: %w", o.place.n-1, ErrDamaged)
	}
	if last {
		return plain, io.EOF
	}
	return plain, nil
}
