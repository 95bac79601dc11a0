package rpc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// putShort appends a string of at most 255 bytes with its length.
func putShort(b []byte, s string) []byte {
	return append(append(b, byte(len(s))), s...)
}

// putLong appends bytes with their length.
func putLong(b, p []byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(p))), p...)
}

// reader takes a message apart. After the first fault all it returns is zero,
// so callers ask once, at the end, whether it is done.
type reader struct {
	rest  []byte
	fault bool
}

// done says whether all was read, and nothing but what was asked for.
func (r *reader) done() bool { return !r.fault && len(r.rest) == 0 }

func (r *reader) take(n int) []byte {
	if r.fault || n < 0 || n > len(r.rest) {
		r.fault = true
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uint16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) fill(b []byte) { copy(b, r.take(len(b))) }
func (r *reader) short() string { return string(r.take(int(r.byte()))) }
func (r *reader) long() []byte  { return r.take(int(r.uint32())) }
func (r *reader) flag() bool {
	b := r.byte()
	r.fault = r.fault || b > 1 // one way to say yes
	return b == 1
}

// writeFrame sends one message with its length before it.
func writeFrame(w io.Writer, b []byte) error {
	_, err := w.Write(putLong(nil, b))
	return err
}

// readFrame reads one message of at most limit bytes. Memory grows with what
// comes, not with what a length promises.
func readFrame(r io.Reader, limit int) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if uint64(n) > uint64(limit) {
		return nil, fmt.Errorf("a message of %d bytes is too long", n)
	}
	b, err := io.ReadAll(io.LimitReader(r, int64(n)))
	if err == nil && len(b) < int(n) {
		err = errors.New("the message ended early")
	}
	return b, err
}
