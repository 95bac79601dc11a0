package store

// Queued returns how many jobs wait for the writer, so that a test can wait for
// a full queue instead of a time.
func Queued(db *DB) int {
	n, _ := db.queue.len()
	return n
}

// Cancelled returns how many of them were given up by their caller.
func Cancelled(db *DB) (n int) {
	db.queue.mu.Lock()
	defer db.queue.mu.Unlock()
	for _, j := range db.queue.jobs {
		if j.state.Load() == cancelled {
			n++
		}
	}
	return n
}
