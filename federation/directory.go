package federation

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"serasi/federation/link"
)

const (
	// MaxEntry bounds the body of an entry, in bytes: with its frame it stays
	// under 64 KiB.
	MaxEntry = 63 << 10

	directoryDomain  = "SERASI directory entry v1\x00"
	directoryVersion = 1
	maxEncodedEntry  = MaxEntry + 256
	maxOwners        = 4096 // entries of one digest
	digestsWaiting   = 16
)

// An Entry is what one balai says about itself: services, capacity, opening,
// partners. Body is for the node to understand.
type Entry struct {
	Owner   string
	Version uint64 // the highest wins
	Body    []byte
	Sig     []byte // by the owner's sign key
}

func (e Entry) signed() []byte {
	b := append([]byte(directoryDomain), byte(len(e.Owner)))
	b = append(b, e.Owner...)
	b = binary.BigEndian.AppendUint64(b, e.Version)
	return append(b, e.Body...)
}

func (e Entry) encode() []byte {
	b := append([]byte{directoryVersion, byte(len(e.Owner))}, e.Owner...)
	b = binary.BigEndian.AppendUint64(b, e.Version)
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.Body)))
	return append(append(b, e.Body...), e.Sig...)
}

// parseEntry reads what encode wrote, and nothing else.
func parseEntry(b []byte) (Entry, error) {
	r := reader{rest: b}
	version := r.byte()
	e := Entry{Owner: string(r.take(int(r.byte()))), Version: r.uint64()}
	e.Body = r.take(int(r.uint32()))
	e.Sig = r.take(sigSize)
	if !r.done() || version != directoryVersion || link.CheckID(e.Owner) != nil || len(e.Body) > MaxEntry {
		return Entry{}, errors.New("directory entry is malformed")
	}
	return e, nil
}

// digest is what a node has: who published which version.
type digest struct {
	from string
	have map[string]uint64
}

func (d digest) encode() []byte {
	b := append([]byte{directoryVersion, byte(len(d.from))}, d.from...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(d.have)))
	for _, owner := range slices.Sorted(maps.Keys(d.have)) {
		b = append(append(b, byte(len(owner))), owner...)
		b = binary.BigEndian.AppendUint64(b, d.have[owner])
	}
	return b
}

func parseDigest(b []byte) (digest, error) {
	r := reader{rest: b}
	version := r.byte()
	d := digest{from: string(r.take(int(r.byte()))), have: map[string]uint64{}}
	n := r.uint32()
	last := ""
	for i := uint32(0); i < min(n, maxOwners) && !r.fault; i++ {
		owner := string(r.take(int(r.byte())))
		if owner <= last { // one order, nobody twice
			r.fault = true
		}
		last, d.have[owner] = owner, r.uint64()
	}
	if !r.done() || version != directoryVersion || n > maxOwners || link.CheckID(d.from) != nil {
		return digest{}, errors.New("directory digest is malformed")
	}
	return d, nil
}

// directory keeps the newest entry of each member. Members exchange digests
// with memberlist's full exchanges and fetch what they lack, so that kilobytes
// do not travel again and again.
type directory struct {
	self     string
	registry *link.Registry
	sign     func([]byte) []byte
	verify   func(node string, msg, sig []byte) bool
	now      func() time.Time
	log      *slog.Logger
	ring     func()
	heard    chan []byte // digests that wait to be compared

	mu      sync.Mutex // guards entries
	entries map[string]Entry
}

func newDirectory(c Config, ring func()) *directory {
	d := &directory{
		self: c.Port.Self(), registry: c.Port.Registry(), sign: c.Sign, verify: c.Verify, now: c.Now, log: c.Log,
		ring: ring, heard: make(chan []byte, digestsWaiting), entries: map[string]Entry{},
	}
	for _, e := range c.Known {
		if err := d.merge(e); err != nil {
			d.log.Warn("stored directory entry is left out", "owner", e.Owner, "err", err)
		}
	}
	return d
}

func (d *directory) publish(body []byte) error {
	if len(body) > MaxEntry {
		return fmt.Errorf("a directory entry has at most %d bytes", MaxEntry)
	}
	d.mu.Lock()
	version := max(d.entries[d.self].Version+1, uint64(d.now().UnixMilli()))
	d.mu.Unlock()
	return d.put(body, version)
}

// put signs body and stores it, unless a newer one came meanwhile.
func (d *directory) put(body []byte, version uint64) error {
	e := Entry{Owner: d.self, Version: version, Body: bytes.Clone(body)}
	e.Sig = d.sign(e.signed())
	if len(e.Sig) != sigSize {
		return fmt.Errorf("sign directory entry: a signature of %d bytes", len(e.Sig))
	}
	d.mu.Lock()
	if d.entries[d.self].Version < version {
		d.entries[d.self] = e
	}
	d.mu.Unlock()
	d.ring()
	return nil
}

func (d *directory) all() (all []Entry) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.entries {
		if _, ok := d.registry.Find(e.Owner); ok {
			e.Body, e.Sig = bytes.Clone(e.Body), bytes.Clone(e.Sig)
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b Entry) int { return cmp.Compare(a.Owner, b.Owner) })
	return all
}

func (d *directory) prune() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for owner := range d.entries {
		if _, ok := d.registry.Find(owner); !ok {
			delete(d.entries, owner)
		}
	}
}

func (d *directory) digest() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	mine := digest{from: d.self, have: map[string]uint64{}}
	for owner, e := range d.entries {
		mine.have[owner] = e.Version
	}
	return mine.encode()
}

// hear takes the digest of another node, or drops it when many wait.
func (d *directory) hear(b []byte) {
	select {
	case d.heard <- bytes.Clone(b):
	default:
	}
}

// asker brings entries from another node.
type asker interface {
	ask(ctx context.Context, id string, owners []string) ([][]byte, error)
}

// fetch asks for what heard digests show to be newer, until ctx ends.
func (d *directory) fetch(ctx context.Context, from asker) {
	for {
		var b []byte
		select {
		case <-ctx.Done():
			return
		case b = <-d.heard:
		}
		theirs, err := parseDigest(b)
		if err != nil {
			d.log.Warn("directory digest", "err", err)
			continue
		}
		wanted := d.lacking(theirs)
		if _, ok := d.registry.Find(theirs.from); !ok || len(wanted) == 0 || theirs.from == d.self {
			continue
		}
		found, err := from.ask(ctx, theirs.from, wanted)
		if err != nil {
			d.log.Debug("directory entries did not come", "from", theirs.from, "err", err)
		}
		d.mergeAll(theirs.from, found)
	}
}

func (d *directory) lacking(theirs digest) (owners []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for owner, version := range theirs.have {
		if _, ok := d.registry.Find(owner); ok && version > d.entries[owner].Version {
			owners = append(owners, owner)
		}
	}
	slices.Sort(owners)
	return owners
}

// mergeAll takes entries one by one: a bad one is reported, and the others
// count.
func (d *directory) mergeAll(from string, found [][]byte) {
	changed := false
	for _, b := range found {
		e, err := parseEntry(b)
		if err == nil {
			err = d.merge(e)
		}
		if err != nil {
			d.log.Warn("directory entry is left out", "from", from, "err", err)
			continue
		}
		changed = true
	}
	if changed {
		d.ring()
	}
}

// merge keeps e if its owner signed it and it is newer. An own entry that is
// newer than ours was published before a restore: if there is one of this life,
// it is published again above the old one.
func (d *directory) merge(e Entry) error {
	if _, ok := d.registry.Find(e.Owner); !ok {
		return fmt.Errorf("%s: %w", e.Owner, link.ErrStranger)
	}
	if len(e.Body) > MaxEntry || !d.verify(e.Owner, e.signed(), e.Sig) {
		return fmt.Errorf("the entry is not signed by %s", e.Owner)
	}
	d.mu.Lock()
	ours, have := d.entries[e.Owner]
	newer := !have || e.Version > ours.Version
	republish := have && newer && e.Owner == d.self
	if newer && !republish {
		e.Body, e.Sig = bytes.Clone(e.Body), bytes.Clone(e.Sig)
		d.entries[e.Owner] = e
	}
	d.mu.Unlock()
	if republish {
		return d.put(ours.Body, e.Version+1)
	}
	return nil
}

// pick returns the encoded entries of owners that are known here.
func (d *directory) pick(owners []string) (found [][]byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, owner := range owners {
		if e, ok := d.entries[owner]; ok {
			found = append(found, e.encode())
		}
	}
	return found
}
