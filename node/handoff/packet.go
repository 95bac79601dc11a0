package handoff

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"serasi/node/casework"
)

// A packet, before it is sealed: 32 random bytes, a line that says what it is,
// the length of its JSON and the JSON, then for each document in the order of
// the JSON its size and content. Its SHA-256 stands in the ledger; the random
// bytes keep anyone from testing a guess against it.
const (
	packetLine  = "SERASI packet 1\n"
	addendaLine = "SERASI addenda 1\n"
	nonceSize   = 32
	maxJSON     = 64 << 20
)

// errPacket means that a packet does not decode.
var errPacket = errors.New("handoff: the packet is malformed")

// writePacket writes v and the contents of docs as a packet.
func writePacket(w io.Writer, line string, v any, docs []casework.Document, open func(casework.Document) (io.ReadCloser, error)) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode a packet: %w", err)
	}
	if len(text) > maxJSON {
		return casework.Invalid.Because("the case is too large to travel in one packet")
	}
	head := make([]byte, nonceSize, nonceSize+len(line)+8)
	_, _ = rand.Read(head) // never fails
	head = append(head, line...)
	head = binary.BigEndian.AppendUint64(head, uint64(len(text)))
	if _, err := w.Write(append(head, text...)); err != nil {
		return err
	}
	for _, d := range docs {
		if err := writeContent(w, d, open); err != nil {
			return err
		}
	}
	return nil
}

func writeContent(w io.Writer, d casework.Document, open func(casework.Document) (io.ReadCloser, error)) error {
	content, err := open(d)
	if err != nil {
		return fmt.Errorf("open document %s: %w", d.ID, err)
	}
	_, err = w.Write(binary.BigEndian.AppendUint64(nil, uint64(d.Size)))
	var n int64
	if err == nil {
		n, err = io.Copy(w, io.LimitReader(content, d.Size+1))
	}
	if err = errors.Join(err, content.Close()); err != nil {
		return fmt.Errorf("pack document %s: %w", d.ID, err)
	}
	if n != d.Size {
		return fmt.Errorf("pack document %s: it has not the size its row says", d.ID)
	}
	return nil
}

// readPacket reads the JSON of a packet into v, a pointer, asks docs which
// documents follow, and gives the content of each to keep. It reads r to its
// end. An error of errPacket or of keep means that nothing of it may be used.
func readPacket(r io.Reader, line string, v any, docs func() ([]casework.Document, error), keep func(casework.Document, io.Reader) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	head := make([]byte, nonceSize+len(line)+8)
	if _, err := io.ReadFull(in, head); err != nil {
		return packetOr(err)
	}
	size := binary.BigEndian.Uint64(head[len(head)-8:])
	if string(head[nonceSize:len(head)-8]) != line || size > maxJSON {
		return errPacket
	}
	var text bytes.Buffer // grows with what comes, not with what was promised
	if n, err := io.Copy(&text, io.LimitReader(in, int64(size))); err != nil || uint64(n) != size {
		return packetOr(err)
	}
	if err := json.Unmarshal(text.Bytes(), v); err != nil {
		return errPacket
	}
	list, err := docs()
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := readContent(in, d, keep); err != nil {
			return err
		}
	}
	if _, err := in.ReadByte(); !errors.Is(err, io.EOF) {
		return packetOr(err)
	}
	return nil
}

// packetOr keeps the errors of a disk and of an envelope apart from those of
// the packet itself.
func packetOr(err error) error {
	if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errPacket
	}
	return err
}

// readContent gives one document to keep and sees to it that it is the one that
// its row speaks of.
func readContent(in io.Reader, d casework.Document, keep func(casework.Document, io.Reader) error) error {
	var size [8]byte
	if _, err := io.ReadFull(in, size[:]); err != nil {
		return packetOr(err)
	}
	if binary.BigEndian.Uint64(size[:]) != uint64(d.Size) || d.Size < 0 || d.Size > casework.MaxDocument {
		return errPacket
	}
	sum := sha256.New()
	counted := &counter{r: io.TeeReader(io.LimitReader(in, d.Size), sum)}
	if err := keep(d, counted); err != nil {
		return err
	}
	if counted.n != d.Size || hex.EncodeToString(sum.Sum(nil)) != d.Digest {
		return errPacket
	}
	return nil
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// packed is a packet as it lies here, encrypted with the key of its case.
type packed struct {
	Blob   string   `json:"blob"`
	Size   int64    `json:"size"`
	Digest [32]byte `json:"digest"` // SHA-256 of the plain packet
}

// pack writes a packet into a blob of a case. The file is durable before any
// row names it.
func (d *Desk) pack(ctx context.Context, owner casework.CaseID, line string, v any, docs []casework.Document) (packed, error) {
	r, w := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.CloseWithError(writePacket(w, line, v, docs, d.openDoc(owner))) // nil becomes io.EOF
	}()
	name, size, digest, err := d.cfg.Files.PutBlob(ctx, string(owner), r)
	r.CloseWithError(io.ErrClosedPipe) // lets the writer go if the blob failed
	<-done
	if err != nil {
		return packed{}, fmt.Errorf("write a packet: %w", err)
	}
	p := packed{Blob: name, Size: size}
	if n, err := hex.Decode(p.Digest[:], []byte(digest)); err != nil || n != len(p.Digest) {
		return packed{}, fmt.Errorf("write a packet: %q is no digest", digest)
	}
	return p, nil
}

// travelling is b without what only this node can use. Documents are in the
// order in which their contents follow.
func travelling(b casework.Bundle) casework.Bundle {
	b.Documents = withoutBlobs(b.Documents)
	return b
}

func withoutBlobs(docs []casework.Document) []casework.Document {
	out := make([]casework.Document, len(docs))
	for i, d := range docs {
		d.Blob = ""
		out[i] = d
	}
	return out
}

// bucketOf is the rough size of a packet as the ledger has it: the least power
// of four KiB that holds it.
func bucketOf(size int64) (b uint8) {
	for limit := int64(1 << 10); size > limit && b < 16; limit *= 4 {
		b++
	}
	return b
}
