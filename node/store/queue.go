package store

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"serasi/node/casework"
)

// job is one caller waiting for the writer.
type job struct {
	f     func(casework.Tx) error
	alone func() error // instead of f: runs on the writer between two commits
	state atomic.Int32
	hooks []func()
	err   error // set before done is closed
	done  chan struct{}
}

const (
	queued int32 = iota
	running
	cancelled
)

// answer ends a job.
func (j *job) answer(err error) {
	j.err = err
	close(j.done)
}

// queue holds the jobs that no commit has taken yet.
type queue struct {
	bell chan struct{} // one token: something was queued, or the queue was closed

	mu     sync.Mutex // guards jobs and closed
	jobs   []*job
	closed error // why nothing is taken any more
}

// add queues a job, or returns why not.
func (q *queue) add(j *job) error {
	q.mu.Lock()
	err := q.closed
	if err == nil {
		q.jobs = append(q.jobs, j)
	}
	q.mu.Unlock()
	if err == nil {
		q.ring()
	}
	return err
}

func (q *queue) ring() {
	select {
	case q.bell <- struct{}{}:
	default: // a token is waiting; one is enough
	}
}

// close refuses all jobs to come. Those queued stay.
func (q *queue) close(why error) {
	q.mu.Lock()
	if q.closed == nil {
		q.closed = why
	}
	q.mu.Unlock()
	q.ring()
}

// stop closes the queue and returns the jobs that nobody will take.
func (q *queue) stop(why error) []*job {
	q.close(why)
	q.mu.Lock()
	defer q.mu.Unlock()
	left := q.jobs
	q.jobs = nil
	return left
}

func (q *queue) len() (n int, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.jobs), q.closed != nil
}

// take returns the jobs of the next commit, at most most: a run of updates, or
// one job that runs alone. It returns nil when the queue is closed and empty.
//
// After a commit its callers come back one by one. So take lingers a moment for
// as many as came last time: without that, commits would take turns between a
// few callers and nearly all.
func (q *queue) take(expect, most int, linger time.Duration) []*job {
	for {
		n, closed := q.len()
		if n > 0 {
			break
		}
		if closed {
			return nil
		}
		<-q.bell
	}
	if expect > 1 && linger > 0 {
		q.linger(min(expect, most), linger)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for n < len(q.jobs) && n < most && (n == 0 || q.jobs[n].alone == nil && q.jobs[0].alone == nil) {
		n++
	}
	taken := q.jobs[:n:n]
	q.jobs = q.jobs[n:]
	if len(q.jobs) == 0 {
		q.jobs = nil
	}
	return taken
}

func (q *queue) linger(expect int, long time.Duration) {
	end := time.NewTimer(long)
	defer end.Stop()
	for {
		if n, closed := q.len(); n >= expect || closed {
			return
		}
		select {
		case <-q.bell:
		case <-end.C:
			return
		}
	}
}

// Update runs f in a transaction and returns after it is durable; see
// casework.Store. Besides what f returns, the error is Unavailable when the
// disk is nearly full, failed, or the store is closing, and ctx.Err() if ctx
// ended before f was begun. A panic of f becomes an error of its caller.
//
// f runs on the writer: it must not call Update, Shred or Backup of this store.
func (db *DB) Update(ctx context.Context, f func(casework.Tx) error) error {
	return db.wait(ctx, &job{f: f, done: make(chan struct{})})
}

// alone runs f on the writer when no commit is under way, and waits for it.
func (db *DB) alone(ctx context.Context, f func() error) error {
	return db.wait(ctx, &job{alone: f, done: make(chan struct{})})
}

func (db *DB) wait(ctx context.Context, j *job) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := db.queue.add(j); err != nil {
		return err
	}
	select {
	case <-j.done:
	case <-ctx.Done():
		if j.state.CompareAndSwap(queued, cancelled) {
			return ctx.Err()
		}
		<-j.done
	}
	return j.err
}
