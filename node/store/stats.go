package store

import (
	"os"
	"slices"
	"sync"
	"time"
)

// Stats are figures for metrics and the status page. They name nobody.
type Stats struct {
	FileBytes  int64         // size of node.db
	FreeBytes  int64         // of these, pages in no use
	DiskFree   uint64        // room on the disk when last asked
	DiskLow    bool          // below Config.MinFree: nothing is written
	Stopped    bool          // a write failed; only a restart helps
	Unclean    bool          // the last run did not close the store: Check is due
	Commits    uint64        // since the start
	Updates    uint64        // in these commits
	Compacted  uint64        // times the file was rewritten since the start
	GroupP50   int           // updates in one commit, of the last 512 and of a quarter of an hour
	GroupP99   int           //
	CommitP50  time.Duration // from the first update run to durable
	CommitP99  time.Duration //
	LastCommit time.Duration
	Hanging    time.Duration // since the commit began that has not ended
	Journaled  int           // rows that only the journal has
	KeyEpoch   uint64        // of the data keys
	MappedKeys int           // ciphers kept ready
}

const remembered = 512 // commits

// figures collects what Stats shows.
type figures struct {
	mu      sync.Mutex // guards what follows
	stats   Stats
	groups  [remembered]int
	commits [remembered]time.Duration
	ends    [remembered]time.Time
	begun   time.Time // of the commit under way; zero between two
}

// late is how old a commit may be to tell something of now: a quiet node commits
// rarely, and one slow commit must not be told for days.
const late = 15 * time.Minute

func (f *figures) begin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begun = time.Now()
}

func (f *figures) commit(updates int) (took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	took = now.Sub(f.begun)
	at := f.stats.Commits % remembered
	f.groups[at], f.commits[at], f.ends[at] = updates, took, now
	f.begun = time.Time{}
	f.stats.Commits++
	f.stats.Updates += uint64(updates)
	f.stats.LastCommit = took
	return took
}

// disk notes the free room and reports whether low changed.
func (f *figures) disk(free uint64, low bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	changed := f.stats.DiskLow != low
	f.stats.DiskFree, f.stats.DiskLow = free, low
	return changed
}

func (f *figures) note(set func(*Stats)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	set(&f.stats)
}

func (f *figures) snapshot() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.stats
	if !f.begun.IsZero() {
		s.Hanging = time.Since(f.begun)
	}
	var groups []int
	var commits []time.Duration
	for i := range min(s.Commits, remembered) {
		if time.Since(f.ends[i]) < late {
			groups, commits = append(groups, f.groups[i]), append(commits, f.commits[i])
		}
	}
	n := len(groups)
	if n == 0 {
		return s
	}
	slices.Sort(groups)
	slices.Sort(commits)
	s.GroupP50, s.GroupP99 = groups[n/2], groups[n*99/100]
	s.CommitP50, s.CommitP99 = commits[n/2], commits[n*99/100]
	return s
}

// Stats returns the figures of now.
func (db *DB) Stats() Stats {
	s := db.figures.snapshot()
	s.Stopped = db.broken() != nil
	db.ring.mu.RLock()
	s.MappedKeys = len(db.ring.boxes)
	db.ring.mu.RUnlock()
	tx, mem, err := db.begin()
	if err != nil {
		return s
	}
	defer func() { _ = tx.Rollback() }()
	s.Journaled = mem.Len()
	s.FreeBytes = int64(tx.DB().Stats().FreePageN) * int64(tx.DB().Info().PageSize)
	if info, err := os.Stat(db.path(fileName)); err == nil {
		s.FileBytes = info.Size()
	}
	return s
}
