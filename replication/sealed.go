package replication

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/raft-wal/fs"
	"github.com/hashicorp/raft-wal/metadb"
	"github.com/hashicorp/raft-wal/segment"
	"github.com/hashicorp/raft-wal/types"
)

// rotated is raft-wal's list of segments, which ends a change of segments that a
// crash cut short. raft-wal seals the full file first and then lists the next;
// of a file that is sealed and listed as the last it refuses every append, for
// ever.
type rotated struct{ *metadb.BoltMetaDB }

// Load reads the list when the log is opened.
func (m rotated) Load(dir string) (types.PersistentState, error) {
	list, err := m.BoltMetaDB.Load(dir)
	if err != nil || len(list.Segments) == 0 {
		return list, err
	}
	last := &list.Segments[len(list.Segments)-1]
	if !last.SealTime.IsZero() {
		return list, nil
	}
	if sealed, err := seal(dir, last); err != nil || !sealed {
		return list, err
	}
	next := last.MaxIndex + 1
	list.Segments = append(list.Segments, types.SegmentInfo{
		ID: list.NextSegmentID, BaseIndex: next, MinIndex: next, SizeLimit: last.SizeLimit, Codec: last.Codec, CreateTime: last.SealTime,
	})
	list.NextSegmentID++
	return list, m.CommitState(list)
}

// seal looks whether the file of the last segment is sealed, and says so in the
// list. What its index leads to must be what the file holds.
func seal(dir string, last *types.SegmentInfo) (sealed bool, err error) {
	files := segment.NewFiler(dir, fs.New())
	tail, err := files.RecoverTail(*last)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil // raft-wal makes it
	}
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, tail.Close()) }()
	sealed, start, err := tail.Sealed()
	if err != nil || !sealed {
		return false, err
	}
	is := *last
	is.SealTime, is.MaxIndex, is.IndexStart = time.Now(), tail.LastIndex(), start
	file, err := files.Open(is)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	for i := is.MinIndex; i <= is.MaxIndex; i++ {
		if err := alike(tail, file, i); err != nil {
			return false, fmt.Errorf("the last file of the log was closed half way: %w", err)
		}
	}
	*last = is
	return true, nil
}

func alike(a, b types.SegmentReader, i uint64) error {
	one, err := a.GetLog(i)
	if err != nil {
		return err
	}
	defer func() { _ = one.Close() }() // it only reads
	two, err := b.GetLog(i)
	if err != nil {
		return err
	}
	defer func() { _ = two.Close() }()
	if !bytes.Equal(one.Bs, two.Bs) {
		return fmt.Errorf("its index is wrong about entry %d", i)
	}
	return nil
}
