package store

import "time"

// keptFor is how long a backup is kept at most: who was erased is gone from all
// of them after that.
const keptFor = 35 * 24 * time.Hour

// Surplus returns the places in made, the newest first, of the backups that
// need not be kept beside the newest: of those of the week before it none, of
// older ones all but the last of each week, and all that are older than 35
// days.
func Surplus(made []time.Time) (gone []int) {
	var kept time.Time
	for i, t := range made {
		age := made[0].Sub(t)
		switch {
		case i == 0, age <= 7*24*time.Hour:
		case age > keptFor, kept.Sub(t) < 7*24*time.Hour:
			gone = append(gone, i)
			continue
		}
		kept = t
	}
	return gone
}
