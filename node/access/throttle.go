package access

import (
	"sync"
	"time"
)

// The back-off at the door. After a few free tries each further one waits,
// twice as long each time, and nobody is ever shut out for good: a lock that
// others can close would be a weapon against the people who work here.
const (
	freeAccount = 5  // tries of one account
	freeSource  = 20 // tries from one address, behind which a whole balai may sit
	firstWait   = 30 * time.Second
	longestWait = 15 * time.Minute
	forgetAfter = 24 * time.Hour
	maxTries    = 10_000 // keys remembered
)

// tries counts the wrong tries of one key.
type tries struct {
	count int
	last  time.Time
}

// wait returns how long the next try has to wait at now.
func (t tries) wait(now time.Time, free int) time.Duration {
	if t.count < free {
		return 0
	}
	pause := firstWait << min(t.count-free, 10)
	return max(0, t.last.Add(min(pause, longestWait)).Sub(now))
}

// stale reports whether t is forgotten.
func (t tries) stale(now time.Time) bool { return now.Sub(t.last) > forgetAfter }

// throttle counts tries before they are judged, so that many at once do not
// slip through together. Accounts that do not exist are counted too: the answer
// must not tell them apart.
type throttle struct {
	mu    sync.Mutex // guards tries
	tries map[string]tries
}

// begin counts a try of account from source, or returns how long to wait. seed
// is what the store remembers of the account from before a restart. An empty
// source is not counted.
func (t *throttle) begin(now time.Time, account, source string, seed tries) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	a, s := t.at(account, now), t.at(source, now)
	if !seed.stale(now) && seed.count > a.count {
		a = seed
	}
	wait := a.wait(now, freeAccount)
	if source != "" {
		wait = max(wait, s.wait(now, freeSource))
	}
	if wait > 0 {
		return wait
	}
	t.makeRoom(now)
	t.tries[account] = tries{a.count + 1, now}
	if source != "" {
		t.tries[source] = tries{s.count + 1, now}
	}
	return 0
}

// good forgets the tries of an account that just proved itself, and takes this
// try off its source; the wrong tries of others there stay.
func (t *throttle) good(account, source string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.tries, account)
	if s, ok := t.tries[source]; ok && s.count > 0 {
		s.count--
		t.tries[source] = s
	}
}

// at returns the tries of key, none if they are forgotten. The caller holds mu.
func (t *throttle) at(key string, now time.Time) tries {
	if one := t.tries[key]; !one.stale(now) {
		return one
	}
	return tries{}
}

// makeRoom keeps the list short: first the forgotten go, then the oldest. An
// account that exists is counted in the store as well, so to flood the list
// frees nobody. The caller holds mu.
func (t *throttle) makeRoom(now time.Time) {
	if len(t.tries) < maxTries {
		return
	}
	var oldest string
	var when time.Time
	for key, one := range t.tries {
		if one.stale(now) {
			delete(t.tries, key)
		} else if oldest == "" || one.last.Before(when) {
			oldest, when = key, one.last
		}
	}
	if len(t.tries) >= maxTries {
		delete(t.tries, oldest)
	}
}
