package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// The journal makes commits durable with one write and one sync, where bbolt
// needs two syncs and touches a page a row. It is two files in turn: while one
// is written, what the other holds goes into node.db in one transaction.
//
// A record is: length of payload (4), CRC-32C of the rest (4), sequence (8),
// payload, zeros up to a whole page. Whole pages, so that writing one record
// never touches another. Sequences count up by one; what is left of an earlier
// turn of a file has lower ones. The payload is entries of: letter of the
// bucket, length of key (2), length of value + 1 or 0 to delete (4), key, value.
// Values are sealed already: no plain text ever reaches the journal.
const (
	journalPage = 4096
	recordHead  = 16
	entryHead   = 7
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// journal is one of the two files.
type journal struct {
	f      *os.File
	size   int64 // bytes made ready; a larger record goes beyond all the same
	offset int64 // where the next record goes
	buf    []byte
}

// openJournal opens a journal and fills it with zeros up to size: a sync of
// pages that exist changes no metadata and takes half the time.
func openJournal(path string, size int64) (*journal, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("store: journal: %w", err)
	}
	info, err := f.Stat()
	if err == nil && info.Size() < size {
		zeros := make([]byte, 1<<20)
		for at := info.Size(); at < size && err == nil; at += int64(len(zeros)) {
			_, err = f.WriteAt(zeros[:min(int64(len(zeros)), size-at)], at)
		}
		err = errors.Join(err, f.Sync())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("store: journal: %w", err), f.Close())
	}
	return &journal{f: f, size: size}, nil
}

// add writes one record and makes it durable.
func (j *journal) add(seq uint64, items []*item) error {
	b := append(j.buf[:0], make([]byte, recordHead)...)
	for _, it := range items {
		b = append(b, it.key[0])
		b = binary.BigEndian.AppendUint16(b, uint16(len(it.key)-1)) //nolint:gosec // checkName bounds keys
		size := uint32(0)
		if it.value != nil {
			size = uint32(len(it.value)) + 1 //nolint:gosec // maxRow bounds values
		}
		b = binary.BigEndian.AppendUint32(b, size)
		b = append(append(b, it.key[1:]...), it.value...)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)-recordHead)) //nolint:gosec // MaxGroup rows of maxRow stay below, see take
	binary.BigEndian.PutUint64(b[8:], seq)
	binary.BigEndian.PutUint32(b[4:], crc32.Checksum(b[8:], castagnoli))
	if over := len(b) % journalPage; over > 0 {
		b = append(b, make([]byte, journalPage-over)...)
	}
	j.buf = b
	if cap(j.buf) > 4<<20 {
		j.buf = nil // one large commit should not keep its memory
	}
	if _, err := j.f.WriteAt(b, j.offset); err != nil {
		return fmt.Errorf("store: journal: %w", err)
	}
	if err := unix.Fdatasync(int(j.f.Fd())); err != nil {
		return fmt.Errorf("store: journal: sync: %w", err)
	}
	j.offset += int64(len(b))
	return nil
}

// record is what add wrote.
type record struct {
	seq     uint64
	payload []byte
}

// readRecords returns the records at the beginning of a journal, up to the
// first that is not whole or not the next: there the last turn ended, perhaps
// in the middle of a write. It is an error if a later record of the same turn
// is whole, because then the disk has lost one that was acknowledged. Commits up
// to stored are in node.db, and what the file has of them does not matter.
func readRecords(f io.ReaderAt, size int64, stored uint64) (records []record, err error) {
	at := int64(0)
	for {
		rec, length, ok := readRecord(f, at, size)
		if !ok || len(records) > 0 && rec.seq != records[len(records)-1].seq+1 {
			break
		}
		records = append(records, rec)
		at += length
	}
	last := stored
	if len(records) > 0 {
		last = max(stored, records[len(records)-1].seq)
	}
	for ; at < size; at += journalPage {
		if rec, _, ok := readRecord(f, at, size); ok && rec.seq > last {
			return nil, fmt.Errorf("store: the journal is damaged between commits %d and %d", last, rec.seq)
		}
	}
	return records, nil
}

func readRecord(f io.ReaderAt, at, size int64) (rec record, length int64, ok bool) {
	var head [recordHead]byte
	if _, err := f.ReadAt(head[:], at); err != nil {
		return rec, 0, false
	}
	n := int64(binary.BigEndian.Uint32(head[:]))
	if n == 0 || at+recordHead+n > size {
		return rec, 0, false
	}
	body := make([]byte, 8+n)
	if _, err := f.ReadAt(body, at+8); err != nil {
		return rec, 0, false
	}
	if crc32.Checksum(body, castagnoli) != binary.BigEndian.Uint32(head[4:]) {
		return rec, 0, false
	}
	rec = record{binary.BigEndian.Uint64(body), body[8:]}
	length = (recordHead + n + journalPage - 1) / journalPage * journalPage
	return rec, length, rec.seq > 0
}

// entries reads the payload of a record.
func (r record) entries() (items []*item, err error) {
	for b := r.payload; len(b) > 0; {
		if len(b) < entryHead {
			return nil, errors.New("store: a record of the journal is damaged")
		}
		letter, klen, vlen := b[0], int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint32(b[3:]))
		b = b[entryHead:]
		it := &item{seq: r.seq}
		if buckets[letter] == nil || klen == 0 || klen+max(vlen-1, 0) > len(b) {
			return nil, errors.New("store: a record of the journal is damaged")
		}
		it.key = inBucket(letter, b[:klen])
		b = b[klen:]
		if vlen > 0 {
			it.value = b[: vlen-1 : vlen-1]
			b = b[vlen-1:]
		}
		items = append(items, it)
	}
	return items, nil
}
