package search

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// few is up to how many entries a posting is a plain list. Most words are rare:
// a bitmap for each would cost more than its content.
const few = 512

// A posting is a set of entries, by their place in the index.
type posting struct {
	list []uint32 // sorted
	bits *roaring.Bitmap
}

func (p *posting) add(at uint32) {
	if p.bits != nil {
		p.bits.Add(at)
		return
	}
	if n := len(p.list); n == 0 || p.list[n-1] < at {
		p.list = append(p.list, at)
	} else if i, found := slices.BinarySearch(p.list, at); !found {
		p.list = slices.Insert(p.list, i, at)
	}
	if len(p.list) > few {
		p.bits, p.list = roaring.BitmapOf(p.list...), nil
	}
}

func (p *posting) remove(at uint32) {
	if p.bits != nil {
		p.bits.Remove(at)
	} else if i, found := slices.BinarySearch(p.list, at); found {
		p.list = slices.Delete(p.list, i, i+1)
	}
}

func (p *posting) len() int {
	if p.bits != nil {
		return int(p.bits.GetCardinality())
	}
	return len(p.list)
}

func (p *posting) has(at uint32) bool {
	if p.bits != nil {
		return p.bits.Contains(at)
	}
	_, found := slices.BinarySearch(p.list, at)
	return found
}

// each calls f with the entries in rising order, many at a time, using buf as
// room. f must not keep what it is given.
func (p *posting) each(buf []uint32, f func([]uint32)) {
	if p.bits == nil {
		f(p.list)
		return
	}
	it := p.bits.ManyIterator()
	for n := it.NextMany(buf); n > 0; n = it.NextMany(buf) {
		f(buf[:n])
	}
}

// both calls f with each entry that is in p and in q.
func (p *posting) both(q *posting, f func(uint32)) {
	if p.bits != nil && q.bits != nil {
		it := roaring.And(p.bits, q.bits).Iterator()
		for it.HasNext() {
			f(it.Next())
		}
		return
	}
	if p.bits != nil {
		p, q = q, p
	}
	for _, at := range p.list {
		if q.has(at) {
			f(at)
		}
	}
}
