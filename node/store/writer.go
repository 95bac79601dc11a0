package store

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"serasi/node/casework"
)

// write is the one goroutine that commits. It ends when the queue is closed and
// empty, and leaves all commits in node.db.
func (db *DB) write() {
	var jobs []*job
	inOrder := false
	defer close(db.written)
	defer func() {
		_ = db.awaitMove() // a checkpoint ends before its writer
		if inOrder {
			return
		}
		// Only a function that ends this goroutine (runtime.Goexit, as
		// testing.T.Fatal does) comes here. Nobody may wait for ever.
		_ = db.fail(errors.New("store: a transaction ended the writer"))
		for _, j := range slices.Concat(jobs, db.queue.stop(db.broken())) {
			select {
			case <-j.done:
			default:
				j.answer(db.broken())
			}
		}
	}()
	expect, linger := 1, time.Duration(0)
	for {
		jobs = db.queue.take(expect, db.cfg.MaxGroup, linger)
		if jobs == nil {
			break
		}
		if jobs[0].alone != nil {
			db.runAlone(jobs[0])
			continue
		}
		db.figures.begin()
		expect = len(jobs)
		for rest := jobs; len(rest) > 0; {
			rest = db.commit(rest)
		}
		took := db.figures.commit(expect)
		linger = min(took/4, time.Millisecond)
	}
	if db.broken() == nil {
		_ = db.settle() // what fails here is taken from the journal at the next start
	}
	inOrder = true
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
// succeeded durable together. It returns the jobs that did not fit.
func (db *DB) commit(jobs []*job) (rest []*job) {
	if err := errors.Join(db.broken(), db.roomLeft()); err != nil {
		refuse(jobs, err)
		return nil
	}
	if err := db.room(); err != nil {
		refuse(jobs, err)
		return nil
	}
	g := &group{mem: db.memory.Clone(), nextKey: db.nextKey, keys: map[string]dataKey{}}
	kept, rest, err := db.runAll(g, jobs)
	db.nextKey = g.nextKey
	if err == nil {
		err = db.flush(g)
	}
	for _, j := range kept {
		if err == nil {
			db.runHooks(j)
		}
		j.answer(err)
	}
	return rest
}

func refuse(jobs []*job, err error) {
	for _, j := range jobs {
		if j.state.CompareAndSwap(queued, running) {
			j.answer(err)
		}
	}
}

// runAll runs jobs on what is durable and the growing group. It answers those
// that fail, and returns those that wait for the commit and those it left.
func (db *DB) runAll(g *group, jobs []*job) (kept, rest []*job, err error) {
	tx, _, err := db.begin()
	if err != nil {
		refuse(jobs, err)
		return nil, nil, err
	}
	defer func() { _ = tx.Rollback() }()
	base := db.newView(tx, g.mem)
	for i, j := range jobs {
		if g.size > groupSize {
			return kept, jobs[i:], nil
		}
		if !j.state.CompareAndSwap(queued, running) {
			continue
		}
		u := &update{view: *base, group: g}
		if err := db.run(j, u); err != nil {
			u.rollBack()
			j.answer(err)
			continue
		}
		u.keep()
		j.hooks = u.hooks
		base.scratch = u.scratch
		kept = append(kept, j)
	}
	return kept, nil, nil
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

// flush seals what the group wrote and makes it durable with one record of the
// journal. After an error of the journal nobody can say what the disk holds, so
// the store stops.
func (db *DB) flush(g *group) error {
	items := g.living()
	if len(items) == 0 {
		return nil
	}
	db.sealAll(items)
	seq := db.journals.seq + 1
	for _, it := range items {
		it.seq, it.text, it.box = seq, nil, dataKey{}
		if it.key[0] == inMeta {
			db.owned.Store(casework.Table(it.key[1+len(ownedStart):]), true)
		}
	}
	if err := db.journals.pair[db.journals.active].add(seq, items); err != nil {
		return db.fail(err)
	}
	db.journals.seq = seq
	db.publish(g.mem)
	return nil
}

// living returns the items that no later one of the group replaced.
func (g *group) living() []*item {
	return slices.DeleteFunc(g.items, func(it *item) bool { return find(g.mem, it.key) != it })
}

// sealAll seals the rows among items, on all processors if there are many.
func (db *DB) sealAll(items []*item) {
	const worth = 16 // rows; sealing one takes about ten microseconds
	seal := func(items []*item) {
		var scratch []byte
		for _, it := range items {
			if it.text != nil {
				it.value, scratch = sealRow(db.pack, it.box.box, rowHead{it.ver, it.box.no}, []byte(it.key[1:]), it.text, scratch)
			}
		}
	}
	workers := min(runtime.GOMAXPROCS(0), len(items)/worth+1)
	part := (len(items) + workers - 1) / workers
	var wg sync.WaitGroup
	for len(items) > part {
		mine := items[:part]
		items = items[part:]
		wg.Go(func() { seal(mine) })
	}
	seal(items)
	wg.Wait()
}
