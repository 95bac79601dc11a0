package federation

import (
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"

	"serasi/federation/link"
)

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

func (r *reader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// nodeName is how memberlist calls a node: code and incarnation, so that a node
// that was restored is a new one.
func nodeName(id string, incarnation uint32) string {
	return id + "-" + strconv.FormatUint(uint64(incarnation), 10)
}

// splitName takes a node's name apart, strictly: a node has one name.
func splitName(name string) (id string, incarnation uint32, err error) {
	cut := strings.LastIndexByte(name, '-')
	if cut < 0 {
		return "", 0, fmt.Errorf("node name %.80q has no incarnation", name)
	}
	n, err := strconv.ParseUint(name[cut+1:], 10, 32)
	id = name[:cut]
	if err != nil || link.CheckID(id) != nil || nodeName(id, uint32(n)) != name {
		return "", 0, fmt.Errorf("node name %.80q is malformed", name)
	}
	return id, uint32(n), nil
}

// The first byte of a gossip connection says what it carries.
const (
	kindPackets   byte = 'p' // frames from the dialler, until one side closes
	kindStream    byte = 's' // one exchange of memberlist
	kindDirectory byte = 'd' // one question for entries of the directory
)

// The first byte of a frame says what is in it.
const (
	framePacket byte = 'm' // a packet of memberlist
	frameBeat   byte = 'b' // the sender's meta, fresh
)

const maxFrame = 64 << 10 // bytes; memberlist sends about 1,400

func writeFrame(w io.Writer, kind byte, b []byte) error {
	_, err := w.Write(append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(b))), b...))
	return err
}

func readFrame(r io.Reader, limit int) (kind byte, b []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if uint64(n) > uint64(limit) {
		return 0, nil, fmt.Errorf("a gossip frame of %d bytes is too long", n)
	}
	b = make([]byte, n)
	_, err = io.ReadFull(r, b)
	return head[0], b, err
}
