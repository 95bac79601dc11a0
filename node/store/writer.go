package store

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"serasi/node/casework"
)

// write is the one goroutine that changes the file. It ends when the queue is
// closed and empty.
func (db *DB) write() {
	var jobs []*job
	defer close(db.written)
	defer func() {
		// Only a function that ends this goroutine (runtime.Goexit, as
		// testing.T.Fatal does) leaves jobs unanswered. Nobody may wait for ever.
		left := slices.Concat(jobs, db.queue.stop(errors.New("store: a transaction ended the writer")))
		for _, j := range left {
			select {
			case <-j.done:
			default:
				j.answer(casework.Unavailable.Because("this node cannot store anything now and must be restarted"))
			}
		}
	}()
	expect, linger := 1, time.Duration(0)
	for {
		jobs = db.queue.take(expect, db.cfg.MaxGroup, linger)
		if jobs == nil {
			return
		}
		if jobs[0].alone != nil {
			db.runAlone(jobs[0])
			continue
		}
		began := time.Now()
		db.commit(jobs)
		took := time.Since(began)
		db.figures.commit(len(jobs), took)
		expect, linger = len(jobs), min(took/8, time.Millisecond)
	}
}

func (db *DB) runAlone(j *job) {
	if !j.state.CompareAndSwap(queued, running) {
		return
	}
	err := db.broken()
	if err == nil {
		err = j.alone()
	}
	j.answer(err)
}

// commit runs the functions of jobs one after the other and makes all that
// succeeded durable together.
func (db *DB) commit(jobs []*job) {
	refuse := db.broken()
	if refuse == nil {
		refuse = db.roomLeft()
	}
	if refuse != nil {
		for _, j := range jobs {
			if j.state.CompareAndSwap(queued, running) {
				j.answer(refuse)
			}
		}
		return
	}
	g := newGroup(db.nextKey)
	kept, err := db.runAll(g, jobs)
	if err == nil {
		err = db.flush(g)
	}
	if err == nil {
		db.nextKey = g.nextNo
	}
	for _, j := range kept {
		if err == nil {
			db.runHooks(j)
		}
		j.answer(err)
	}
}

// runAll runs jobs on the file as it is and the growing group. It answers those
// that fail and returns those that wait for the commit.
func (db *DB) runAll(g *group, jobs []*job) (kept []*job, err error) {
	tx, err := db.begin()
	if err != nil {
		return jobs, err
	}
	defer func() { _ = tx.Rollback() }()
	base := db.newView(tx)
	for _, j := range jobs {
		if !j.state.CompareAndSwap(queued, running) {
			continue
		}
		u := &update{view: *base, group: g}
		if err := db.run(j, u); err != nil {
			u.rollBack()
			j.answer(err)
			continue
		}
		j.hooks = u.hooks
		base.scratch = u.scratch
		kept = append(kept, j)
	}
	return kept, nil
}

func (db *DB) run(j *job, u *update) (err error) {
	defer func() {
		u.ended = true
		if p := recover(); p != nil {
			// Words of a panic may hold what a person typed: only its type is kept.
			db.cfg.Log.Error("a transaction panicked", "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			err = fmt.Errorf("store: a transaction panicked (%T)", p)
		}
	}()
	return j.f(u)
}

func (db *DB) runHooks(j *job) {
	for _, hook := range j.hooks {
		func() {
			defer func() {
				if p := recover(); p != nil {
					db.cfg.Log.Error("what follows a transaction panicked", "type", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
				}
			}()
			hook()
		}()
	}
}

// op is one change of a bucket; a nil value deletes.
type op struct {
	bucket     []byte
	key, value []byte

	text []byte // JSON still to be sealed into value
	box  dataKey
	ver  byte
}

// flush seals what the group wrote and puts it into the file in one
// transaction. An error that leaves the file in doubt stops the store.
func (db *DB) flush(g *group) error {
	ops := db.ops(g)
	if len(ops) == 0 {
		return nil
	}
	db.sealAll(ops)
	slices.SortFunc(ops, func(a, b op) int { // neighbours share pages
		if c := bytes.Compare(a.bucket, b.bucket); c != 0 {
			return c
		}
		return bytes.Compare(a.key, b.key)
	})
	err := db.change(func(tx *bbolt.Tx) error {
		if err := tx.Bucket(keysBucket).SetSequence(g.nextNo - 1); err != nil {
			return err
		}
		return apply(tx, ops)
	})
	if err == nil {
		db.remember(g, ops)
	}
	return err
}

// ops lists what g changes, with rows not sealed yet.
func (db *DB) ops(g *group) []op {
	var ops []op
	for name, s := range g.shelves {
		before := len(ops)
		for id, r := range s.rows {
			switch r.state {
			case written:
				ops = append(ops, op{bucket: rowsBucket, key: rowKey(name.table, name.owner, id), text: r.text, box: r.key, ver: db.cfg.schema(name.table)})
			case deleted:
				ops = append(ops, op{bucket: rowsBucket, key: rowKey(name.table, name.owner, id)})
			}
		}
		if name.owner != casework.NodeOwner && len(ops) > before && !db.hasOwned(name.table) {
			ops = append(ops, op{bucket: metaBucket, key: ownedKey(name.table), value: []byte{1}})
		}
	}
	for owner, k := range g.keys {
		if k.wrapped != nil {
			ops = append(ops,
				op{bucket: keysBucket, key: keyNo(k.no), value: k.wrapped},
				op{bucket: rowsBucket, key: ownerKey(owner), value: keyNo(k.no)})
		}
	}
	return ops
}

// sealAll seals the rows among ops, on all processors if there are many.
func (db *DB) sealAll(ops []op) {
	const worth = 16 // rows; sealing one takes about ten microseconds
	seal := func(ops []op) {
		var scratch []byte
		for i := range ops {
			if o := &ops[i]; o.text != nil {
				o.value, scratch = sealRow(db.pack, o.box.box, rowHead{o.ver, o.box.no}, o.key, o.text, scratch)
			}
		}
	}
	workers := min(runtime.GOMAXPROCS(0), len(ops)/worth+1)
	part := (len(ops) + workers - 1) / workers
	var wg sync.WaitGroup
	for rest := ops; len(rest) > 0; {
		n := min(part, len(rest))
		mine := rest[:n]
		rest = rest[n:]
		if len(rest) == 0 {
			seal(mine)
			break
		}
		wg.Go(func() { seal(mine) })
	}
	wg.Wait()
}

func apply(tx *bbolt.Tx, ops []op) error {
	keys := tx.Bucket(keysBucket)
	keys.FillPercent = 0.95 // numbers count up: nothing comes between
	for _, o := range ops {
		b := keys
		if !bytes.Equal(o.bucket, keysBucket) {
			b = tx.Bucket(o.bucket)
		}
		var err error
		if o.value == nil {
			err = b.Delete(o.key)
		} else {
			err = b.Put(o.key, o.value)
		}
		if err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	return nil
}

// remember keeps at hand what later commits and reads will ask for.
func (db *DB) remember(g *group, ops []op) {
	for _, k := range g.keys {
		db.ring.put(k.no, k.box)
	}
	for name := range g.shelves {
		if name.owner != casework.NodeOwner {
			db.owned.Store(name.table, true)
		}
	}
	if db.capture != nil {
		db.capture.add(ops)
	}
}
