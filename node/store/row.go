package store

import (
	"crypto/cipher"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/klauspost/compress/zstd"

	"serasi/node/casework"
)

// Keys of the bucket rows are length-prefixed, so that no owner, table and id
// read as others, and that all of an owner lies side by side:
//
//	len(owner) owner 0                  the number of the owner's data key
//	len(owner) owner len(table) table id   a row
//
// NodeOwner is the empty owner, so its rows come first.
const (
	maxOwner = 128 // bytes
	maxTable = 64
	maxID    = 256
	maxRow   = 16 << 20 // bytes of JSON; larger things are blobs
)

func checkName(t casework.Table, owner, id string) error {
	switch {
	case len(owner) > maxOwner:
		return errors.New("store: owner is too long")
	case t == "" || len(t) > maxTable:
		return errors.New("store: table has no name or one that is too long")
	case id == "" || len(id) > maxID:
		return errors.New("store: id is empty or too long")
	}
	return nil
}

// ownerKey is where the number of an owner's data key is kept.
func ownerKey(owner string) []byte {
	b := append(make([]byte, 0, 2+len(owner)), byte(len(owner)))
	return append(append(b, owner...), 0)
}

// shelfKey is what the keys of all rows of t of an owner begin with.
func shelfKey(t casework.Table, owner string) []byte { return rowKey(t, owner, "") }

func rowKey(t casework.Table, owner, id string) []byte {
	b := append(make([]byte, 0, 3+len(owner)+len(t)+len(id)), byte(len(owner)))
	b = append(append(b, owner...), byte(len(t)))
	return append(append(b, t...), id...)
}

// splitKey reads what rowKey or ownerKey wrote; t and id are empty for the latter.
func splitKey(key []byte) (t casework.Table, owner, id string, err error) {
	owner, rest, ok := cutString(key)
	table, tail, ok2 := cutString(rest)
	if !ok || !ok2 || len(owner) > maxOwner || len(table) > maxTable || len(tail) > maxID || (table == "") != (len(tail) == 0) {
		return "", "", "", errors.New("store: key of a row is damaged")
	}
	return casework.Table(table), owner, string(tail), nil
}

func cutString(b []byte) (s string, rest []byte, ok bool) {
	if len(b) == 0 || len(b)-1 < int(b[0]) {
		return "", nil, false
	}
	n := 1 + int(b[0])
	return string(b[1:n]), b[n:], true
}

// A stored row is: schema version, number of the data key (uvarint), sealed
// text. The text is one byte for its packing and then JSON.
const (
	packPlain = 0
	packZstd  = 1

	packFrom = 1 << 10 // bytes; below, packing saves less than it costs
)

// The zstd coders are stateless in EncodeAll and DecodeAll and safe for many
// goroutines; making one is dear.
type packer struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}

func newPacker() (*packer, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false), zstd.WithSingleSegment(true))
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderMaxMemory(maxRow), zstd.WithDecoderConcurrency(0))
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return &packer{enc, dec}, nil
}

func (p *packer) close() error {
	p.dec.Close()
	return p.enc.Close()
}

// pack appends packing byte and text to dst.
func (p *packer) pack(dst, text []byte) []byte {
	if len(text) >= packFrom {
		start := len(dst)
		dst = p.enc.EncodeAll(text, append(dst, packZstd))
		if len(dst)-start < len(text)*7/8 {
			return dst
		}
		dst = dst[:start]
	}
	return append(append(dst, packPlain), text...)
}

// unpack undoes pack. What it returns may share memory with packed.
func (p *packer) unpack(packed []byte) ([]byte, error) {
	if len(packed) == 0 {
		return nil, errors.New("store: row is empty")
	}
	switch body := packed[1:]; packed[0] {
	case packPlain:
		return body, nil
	case packZstd:
		text, err := p.dec.DecodeAll(body, nil)
		if err != nil {
			return nil, fmt.Errorf("store: unpack row: %w", err)
		}
		return text, nil
	default:
		return nil, fmt.Errorf("store: row is packed in way %d, which this program does not know", packed[0])
	}
}

// rowHead is the open part of a stored row.
type rowHead struct {
	version byte
	key     uint64 // number of the data key
}

func (h rowHead) append(dst []byte) []byte {
	return binary.AppendUvarint(append(dst, h.version), h.key)
}

func cutHead(value []byte) (h rowHead, sealed []byte, err error) {
	if len(value) < 2 {
		return h, nil, errors.New("store: row is cut short")
	}
	no, n := binary.Uvarint(value[1:])
	if n <= 0 || value[0] == 0 {
		return h, nil, errors.New("store: row is damaged")
	}
	return rowHead{value[0], no}, value[1+n:], nil
}

// sealRow makes the stored form of text. The key of the row and the schema
// version are bound, so a row moved to another owner, table or id does not open.
func sealRow(p *packer, box cipher.AEAD, h rowHead, key, text, scratch []byte) (value, used []byte) {
	used = p.pack(scratch[:0], text)
	value = h.append(make([]byte, 0, 11+len(used)+box.Overhead()))
	return box.Seal(value, nil, used, rowPlace(key, h.version)), used
}

// openRow undoes sealRow.
func openRow(p *packer, box cipher.AEAD, h rowHead, key, sealed, scratch []byte) (text []byte, err error) {
	packed, err := box.Open(scratch[:0], nil, sealed, rowPlace(key, h.version))
	if err != nil {
		return nil, errors.New("store: a row does not open: it was changed on the disk, or moved")
	}
	return p.unpack(packed)
}

func rowPlace(key []byte, version byte) []byte {
	b := append(make([]byte, 0, 15+len(key)), "serasi row v1\x00"...)
	return append(append(b, key...), version)
}

// schema is the schema version of t.
func (c *Config) schema(t casework.Table) byte { return byte(1 + len(c.Migrate[t])) }

// decode reads text, written at a schema version, into a value.
func (c *Config) decode(t casework.Table, version byte, text []byte, into any) error {
	steps := c.Migrate[t]
	if int(version) > 1+len(steps) {
		return fmt.Errorf("store: a row of table %s has schema version %d, this program knows %d: upgrade it", t, version, 1+len(steps))
	}
	for i := int(version) - 1; i < len(steps); i++ {
		var err error
		if text, err = steps[i](text); err != nil {
			return fmt.Errorf("store: migrate a row of table %s from schema version %d: %w", t, i+1, err)
		}
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("store: read a row of table %s into %T: %w", t, into, hideJSON(err))
	}
	return nil
}

// hideJSON keeps the kind of a JSON error and drops the text around it, which
// may be a name.
func hideJSON(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("field %s is no %s", wrong.Field, wrong.Type)
	}
	if kind, words := casework.Explain(err); kind != casework.Internal {
		return kind.Because("%s", words)
	}
	return fmt.Errorf("%T", err)
}
