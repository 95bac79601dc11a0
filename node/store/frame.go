package store

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Inside its encryption a backup is a row of frames: kind, length (4 bytes, big
// endian), payload. The last frame holds the SHA-256 of all before it, and
// nothing follows. The kinds are stored: never renumber.
type frameKind byte

const (
	frameHeader frameKind = 1 // JSON of header; first
	frameKey    frameKind = 2 // number (8), data key (32)
	frameRow    frameKind = 3 // length of key (2), key of bucket rows, value as stored
	frameFile   frameKind = 4 // JSON of fileFrame
	frameData   frameKind = 5 // the next bytes of that file
	frameEnd    frameKind = 6 // JSON of trailer; last
)

const (
	backupMagic = "SERASI backup 1\n"
	maxFrame    = maxRow + maxRow/8 + 4<<10 // a row that did not pack, and its key
	dataFrame   = 256 << 10                 // bytes of a file in one frame
)

var errBackup = errors.New("this backup is damaged")

type frameWriter struct {
	w    *bufio.Writer
	hash hash.Hash
	n    int64 // bytes so far
}

func newFrameWriter(w io.Writer) (*frameWriter, error) {
	fw := &frameWriter{w: bufio.NewWriterSize(w, 64<<10), hash: sha256.New()}
	return fw, fw.put([]byte(backupMagic))
}

func (w *frameWriter) put(parts ...[]byte) error {
	for _, p := range parts {
		w.hash.Write(p)
		w.n += int64(len(p))
		if _, err := w.w.Write(p); err != nil {
			return fmt.Errorf("store: write backup: %w", err)
		}
	}
	return nil
}

func (w *frameWriter) frame(kind frameKind, parts ...[]byte) error {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	head := binary.BigEndian.AppendUint32([]byte{byte(kind)}, uint32(size)) //nolint:gosec // below maxFrame
	if err := w.put(head); err != nil {
		return err
	}
	return w.put(parts...)
}

func (w *frameWriter) json(kind frameKind, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("store: write backup: %w", err)
	}
	return w.frame(kind, text)
}

func (w *frameWriter) row(key, value []byte) error {
	return w.frame(frameRow, binary.BigEndian.AppendUint16(nil, uint16(len(key))), key, value) //nolint:gosec // see splitKey
}

type frameReader struct {
	r    *bufio.Reader
	hash hash.Hash
	n    int64
	buf  []byte
}

func newFrameReader(r io.Reader) (*frameReader, error) {
	fr := &frameReader{r: bufio.NewReaderSize(r, 64<<10), hash: sha256.New()}
	var magic [len(backupMagic)]byte
	if err := fr.read(magic[:]); err != nil {
		return nil, err
	}
	if string(magic[:]) != backupMagic {
		return nil, errors.New("this is no backup of this program, or one of a newer version")
	}
	return fr, nil
}

func (r *frameReader) read(p []byte) error {
	if _, err := io.ReadFull(r.r, p); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("%w: it ends too early", errBackup)
		}
		return fmt.Errorf("%w: %w", errBackup, err)
	}
	r.hash.Write(p)
	r.n += int64(len(p))
	return nil
}

// next returns one frame; its payload is good until the next call. The sum is
// that of all before the frame.
func (r *frameReader) next() (kind frameKind, payload, sum []byte, err error) {
	sum = r.hash.Sum(nil)
	var head [5]byte
	if err := r.read(head[:]); err != nil {
		return 0, nil, nil, err
	}
	size := int(binary.BigEndian.Uint32(head[1:]))
	if size > maxFrame {
		return 0, nil, nil, fmt.Errorf("%w: a part of it is too large", errBackup)
	}
	// Grow as bytes come, so that a damaged length asks for no memory.
	r.buf = r.buf[:0]
	for len(r.buf) < size {
		step := min(size-len(r.buf), 1<<20)
		r.buf = append(r.buf, make([]byte, step)...)
		if err := r.read(r.buf[len(r.buf)-step:]); err != nil {
			return 0, nil, nil, err
		}
	}
	return frameKind(head[0]), r.buf, sum, nil
}

// end reports an error if anything follows, or the encryption was cut.
func (r *frameReader) end() error {
	_, err := r.r.ReadByte()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil:
		return fmt.Errorf("%w: something follows its end", errBackup)
	default:
		return fmt.Errorf("%w: %w", errBackup, err)
	}
}
