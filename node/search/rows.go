package search

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"

	"serasi/node/casework"
)

// A row is an entry without its names. It has no pointer, so that millions of
// them are nothing to the garbage collector.
type row struct {
	id, person [16]byte
	changed    int64  // UnixNano
	digest     uint64 // of the numbers
	record     uint32 // where the names are, see records
	lead       uint32
	unit       uint32
	region     uint32
	bornFirst  int32 // days since 1970, unknownDay if not known
	bornLast   int32
	round      uint16 // grows when the numbers change: numbers of an older round are stale
	size       uint8  // length of the record
	stage      casework.Stage
	state      casework.State
	secrecy    uint8
	sex        byte // L, P or 0
	gone       bool // removed
}

const unknownDay = math.MinInt32

func days(t time.Time) int32 {
	if t.IsZero() {
		return unknownDay
	}
	return int32(t.Unix() / 86400)
}

func sexOf(s string) byte {
	if s == "L" || s == "P" {
		return s[0]
	}
	return 0
}

var secrecyBits = map[casework.Secrecy]uint8{
	casework.SecretABH: 1, casework.SecretNAPZA: 2, casework.SecretHIV: 4, casework.SecretTPPO: 8,
}

// otherSecret stands for a group this version does not know. Hiding any group
// hides it too.
const otherSecret = 128

func secrets(groups []casework.Secrecy) uint8 {
	var set uint8
	for _, g := range groups {
		if b, ok := secrecyBits[g]; ok {
			set |= b
		} else {
			set |= otherSecret
		}
	}
	return set
}

// rows holds the rows in blocks, so that growing copies nothing.
type rows struct {
	blocks [][]row
	n      uint32
}

const rowBlock = 1 << 12

func (r *rows) at(i uint32) *row { return &r.blocks[i/rowBlock][i%rowBlock] }

// grow adds an empty row and returns its place. Places are never used again.
func (r *rows) grow() uint32 {
	if r.n%rowBlock == 0 {
		r.blocks = append(r.blocks, make([]row, rowBlock))
	}
	r.n++
	return r.n - 1
}

// records holds the names of all rows: word ids and marks, in blocks that no
// record crosses. What was replaced stays as zeros until the next start.
type records struct{ blocks [][]wordID }

const recordBlock = 1 << 14

func (s *records) keep(words []wordID) uint32 {
	last := len(s.blocks) - 1
	if last < 0 || len(s.blocks[last])+len(words) > recordBlock {
		s.blocks = append(s.blocks, make([]wordID, 0, recordBlock))
		last++
	}
	start := len(s.blocks[last])
	s.blocks[last] = append(s.blocks[last], words...)
	return uint32(last)*recordBlock + uint32(start)
}

func (s *records) of(r *row) []wordID {
	if r.size == 0 {
		return nil
	}
	start := r.record % recordBlock
	return s.blocks[r.record/recordBlock][start : start+uint32(r.size)]
}

func (s *records) wipe(r *row) { clear(s.of(r)) }

// places finds a row by its case id: a hash table of places, half a word a row.
type places struct {
	slots []uint32 // place + 1; 0 is free
	used  int
}

func slotOf(id [16]byte, size int) int {
	mixed := (binary.LittleEndian.Uint64(id[:8]) ^ bits.RotateLeft64(binary.BigEndian.Uint64(id[8:]), 32)) * 0x9e3779b97f4a7c15
	high, _ := bits.Mul64(mixed, uint64(size))
	return int(high)
}

func (p *places) find(r *rows, id [16]byte) (uint32, bool) {
	if len(p.slots) == 0 {
		return 0, false
	}
	for i := slotOf(id, len(p.slots)); p.slots[i] != 0; i = (i + 1) % len(p.slots) {
		if at := p.slots[i] - 1; r.at(at).id == id {
			return at, true
		}
	}
	return 0, false
}

func (p *places) add(r *rows, id [16]byte, at uint32) {
	if 3*p.used >= 2*len(p.slots) {
		old := p.slots
		p.slots = make([]uint32, max(64, 2*len(old)))
		for _, slot := range old {
			if slot != 0 {
				p.set(r.at(slot-1).id, slot)
			}
		}
	}
	p.set(id, at+1)
	p.used++
}

func (p *places) set(id [16]byte, slot uint32) {
	i := slotOf(id, len(p.slots))
	for p.slots[i] != 0 {
		i = (i + 1) % len(p.slots)
	}
	p.slots[i] = slot
}

// drop takes an id out and moves those behind it up, so that no search ends too
// early.
func (p *places) drop(r *rows, id [16]byte) {
	i := slotOf(id, len(p.slots))
	for r.at(p.slots[i]-1).id != id {
		i = (i + 1) % len(p.slots)
	}
	p.slots[i] = 0
	p.used--
	for i = (i + 1) % len(p.slots); p.slots[i] != 0; i = (i + 1) % len(p.slots) {
		slot := p.slots[i]
		p.slots[i] = 0
		p.set(r.at(slot-1).id, slot)
	}
}

// interner gives small numbers to words that many rows share.
type interner struct {
	ids   map[string]uint32
	words []string
}

func newInterner() interner { return interner{map[string]uint32{"": 0}, []string{""}} }

func (n *interner) id(word string) uint32 {
	if id, ok := n.ids[word]; ok {
		return id
	}
	id := uint32(len(n.words))
	n.ids[word] = id
	n.words = append(n.words, word)
	return id
}

// find returns the number of a word that is in use.
func (n *interner) find(word string) (uint32, bool) {
	id, ok := n.ids[word]
	return id, ok
}

// bornIn reports whether r may be born in a year.
func (r *row) bornIn(year int) bool {
	if r.bornFirst == unknownDay {
		return false
	}
	first := days(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC))
	last := days(time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC))
	return r.bornFirst <= last && r.bornLast >= first
}
