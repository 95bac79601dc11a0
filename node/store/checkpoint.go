package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"go.etcd.io/bbolt"

	"serasi/node/casework"
)

// journals is the pair of files and what is on its way from them into node.db.
// It belongs to the writer.
type journals struct {
	pair    [2]*journal
	active  int        // index of the one being written
	seq     uint64     // of the last commit
	moving  chan error // result of the checkpoint under way; nil if none
	movedTo uint64     // commits up to this are in node.db
	goal    uint64     // of the checkpoint under way, or of one that failed for lack of room
}

var journalNames = [2]string{"journal-a", "journal-b"}

// noJournals refuses a folder that has journals and no node.db: their commits
// belong to a file that is lost, and would be taken for those of a new one.
func noJournals(dir string) error {
	for _, name := range journalNames {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			return casework.Conflict.Because("%s is here without its %s; restore a backup into an empty folder", name, fileName)
		}
	}
	return nil
}

// openJournals opens both files and brings into node.db what it lacks.
func (db *DB) openJournals() error {
	for i, name := range journalNames {
		j, err := openJournal(db.path(name), db.cfg.Journal)
		if err != nil {
			return err
		}
		db.journals.pair[i] = j
	}
	if err := syncDir(db.cfg.Dir); err != nil {
		return err
	}
	var stored uint64
	err := db.file.View(func(tx *bbolt.Tx) (err error) {
		stored, err = readSeq(tx)
		return err
	})
	if err != nil {
		return err
	}
	return db.replay(stored)
}

// replay applies the commits after stored.
func (db *DB) replay(stored uint64) error {
	var all []record
	for _, j := range db.journals.pair {
		info, err := j.f.Stat()
		if err != nil {
			return fmt.Errorf("store: journal: %w", err)
		}
		records, err := readRecords(j.f, info.Size(), stored)
		if err != nil {
			return err
		}
		for _, r := range records {
			if r.seq > stored {
				all = append(all, r)
			}
		}
	}
	slices.SortFunc(all, func(a, b record) int { return int(a.seq) - int(b.seq) }) //nolint:gosec // sequences are small
	last := stored
	var items []*item
	for _, r := range all {
		if r.seq != last+1 {
			return fmt.Errorf("store: commit %d is missing in the journal", last+1)
		}
		last = r.seq
		more, err := r.entries()
		if err != nil {
			return err
		}
		items = append(items, more...)
	}
	db.journals.seq, db.journals.movedTo = last, last
	if len(items) == 0 {
		return nil
	}
	db.cfg.Log.Info("commits were taken from the journal", "count", len(all))
	return db.change(func(tx *bbolt.Tx) error { return apply(tx, items, last) })
}

// apply writes items into the buckets, with the number of the last commit that
// is now complete there.
func apply(tx *bbolt.Tx, items []*item, seq uint64) error {
	keys := tx.Bucket(keysBucket)
	keys.FillPercent = 0.95 // numbers count up: nothing comes between
	made := keys.Sequence()
	for _, it := range items {
		b, key := tx.Bucket(buckets[it.key[0]]), []byte(it.key[1:])
		var err error
		if it.value == nil {
			err = b.Delete(key)
		} else {
			err = b.Put(key, it.value)
		}
		if it.key[0] == inKeys && err == nil {
			var no uint64
			no, err = readKeyNo(key)
			made = max(made, no)
		}
		if err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	return errors.Join(
		keys.SetSequence(made),
		tx.Bucket(metaBucket).Put(seqKey, binary.BigEndian.AppendUint64(nil, seq)))
}

func readSeq(tx *bbolt.Tx) (uint64, error) {
	switch b := tx.Bucket(metaBucket).Get(seqKey); len(b) {
	case 0:
		return 0, nil
	case 8:
		return binary.BigEndian.Uint64(b), nil
	default:
		return 0, errors.New("store: number of the last commit is damaged")
	}
}

// room makes sure that there is a journal to write to. When the active one is
// full it changes to the other and has the full one moved into node.db
// meanwhile. It waits only if the other is still being moved.
func (db *DB) room() error {
	js := &db.journals
	if active := js.pair[js.active]; active.offset < active.size {
		return db.pollMove()
	}
	if err := db.awaitMove(); err != nil {
		return err
	}
	if js.goal > js.movedTo { // the last one found the disk full: try again
		db.startMove()
		if err := db.awaitMove(); err != nil {
			return err
		}
	}
	js.active = 1 - js.active
	js.pair[js.active].offset = 0
	db.startMove()
	return nil
}

// settle brings all commits into node.db. It runs on the writer.
func (db *DB) settle() error {
	if err := db.awaitMove(); err != nil {
		return err
	}
	if db.journals.movedTo == db.journals.seq {
		return nil
	}
	db.startMove()
	if err := db.awaitMove(); err != nil {
		return err
	}
	db.journals.pair[db.journals.active].offset = 0
	return nil
}

// startMove writes all commits so far into node.db. The writer goes on
// meanwhile, and collects the result with awaitMove or pollMove.
func (db *DB) startMove() {
	goal := db.journals.seq
	var items []*item
	db.memory.Ascend(func(it *item) bool {
		items = append(items, it)
		return true
	})
	done := make(chan error, 1)
	db.journals.moving, db.journals.goal = done, goal
	go func() {
		err := db.change(func(tx *bbolt.Tx) error { return apply(tx, items, goal) })
		if err == nil && db.capture != nil {
			db.capture.add(items)
		}
		done <- err
	}()
}

// awaitMove waits for the checkpoint under way, if there is one.
func (db *DB) awaitMove() error {
	if db.journals.moving == nil {
		return nil
	}
	return db.endMove(<-db.journals.moving)
}

// pollMove does the same without waiting.
func (db *DB) pollMove() error {
	select {
	case err := <-db.journals.moving: // never, if there is none
		return db.endMove(err)
	default:
		return nil
	}
}

// endMove lets memory forget what is in node.db now.
func (db *DB) endMove(err error) error {
	db.journals.moving = nil
	if err != nil {
		return err
	}
	db.journals.movedTo = db.journals.goal
	rest := newMemory() // most of it goes: what stays is less work than what leaves
	db.memory.Ascend(func(it *item) bool {
		if it.seq > db.journals.goal {
			rest.ReplaceOrInsert(it)
		}
		return true
	})
	db.publish(rest)
	return nil
}

// publish makes m what views see above the file.
func (db *DB) publish(m *memory) {
	db.fileMu.Lock()
	db.memory = m
	db.fileMu.Unlock()
}
