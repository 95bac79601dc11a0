package ledger

import (
	"encoding/binary"
	"errors"
)

// ErrMalformed is all that is said about bytes that do not decode.
var ErrMalformed = errors.New("ledger: malformed bytes")

// The codec is fixed-order and big-endian, with a length before whatever varies,
// so that every value has exactly one encoding and bytes can be signed, hashed
// and compared as they are.

type encoder struct{ b []byte }

func (e *encoder) u8(v uint8)      { e.b = append(e.b, v) }
func (e *encoder) u16(v uint16)    { e.b = binary.BigEndian.AppendUint16(e.b, v) }
func (e *encoder) u32(v uint32)    { e.b = binary.BigEndian.AppendUint32(e.b, v) }
func (e *encoder) u64(v uint64)    { e.b = binary.BigEndian.AppendUint64(e.b, v) }
func (e *encoder) time(t Time)     { e.u64(uint64(t)) }
func (e *encoder) fixed(v []byte)  { e.b = append(e.b, v...) }
func (e *encoder) bytes(v []byte)  { e.u32(uint32(len(v))); e.b = append(e.b, v...) }
func (e *encoder) string(v string) { e.u32(uint32(len(v))); e.b = append(e.b, v...) }

func (e *encoder) bool(v bool) {
	if v {
		e.u8(1)
	} else {
		e.u8(0)
	}
}

// decoder reads what encoder wrote. After the first fault it returns zeros and
// keeps the fault; end reports it, and that nothing is left over.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) take(n int) []byte {
	if d.bad || n < 0 || n > len(d.b) {
		d.bad = true
		return make([]byte, max(0, min(n, 64)))
	}
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) u8() uint8       { return d.take(1)[0] }
func (d *decoder) u16() uint16     { return binary.BigEndian.Uint16(d.take(2)) }
func (d *decoder) u32() uint32     { return binary.BigEndian.Uint32(d.take(4)) }
func (d *decoder) u64() uint64     { return binary.BigEndian.Uint64(d.take(8)) }
func (d *decoder) fixed(to []byte) { copy(to, d.take(len(to))) }

// time reads a time within maxTime, so that no sum of times overflows.
func (d *decoder) time() Time {
	t := Time(d.u64())
	if t < 0 || t > maxTime {
		d.bad = true
		return 0
	}
	return t
}

func (d *decoder) bool() bool {
	v := d.u8()
	d.bad = d.bad || v > 1
	return v == 1
}

// bytes reads at most limit bytes and copies them.
func (d *decoder) bytes(limit int) []byte {
	n := d.u32()
	if d.bad || int64(n) > int64(limit) || int64(n) > int64(len(d.b)) {
		d.bad = true
		return nil
	}
	if n == 0 {
		return nil
	}
	return append([]byte(nil), d.take(int(n))...)
}

func (d *decoder) string(limit int) string { return string(d.bytes(limit)) }

// count reads the length of a list of at most limit elements.
func (d *decoder) count(limit int) int {
	n := int(d.u8())
	if d.bad || n > limit {
		d.bad = true
		return 0
	}
	return n
}

func (d *decoder) node() NodeID {
	n := NodeID(d.string(8))
	d.bad = d.bad || n != "" && !n.Valid()
	return n
}

func (d *decoder) end() error {
	if d.bad || len(d.b) > 0 {
		return ErrMalformed
	}
	return nil
}
