package replication

import (
	"slices"

	"serasi/replication/ledger"
)

// claim is what another node last said its history is, and what we found.
type claim struct {
	n      uint64
	hash   [8]byte
	judged bool
	same   bool
}

// Compare takes what another node says its history is: the first bytes of H(n).
// It may be called as often as gossip arrives; only the newest word of a node
// counts. When most voters differ from this node it proposes nothing any more;
// when one peer differs, Status names it, and that is all a single liar can do.
func (l *Log) Compare(code string, n uint64, hash [8]byte) {
	l.mu.Lock()
	c := l.claims[code]
	if c == nil {
		c = &claim{}
		l.claims[code] = c
	}
	fresh := n > c.n || n == c.n && hash != c.hash
	if fresh {
		c.n, c.hash, c.judged = n, hash, false
	}
	due := !c.judged && c.n > 0 && c.n <= l.book.flushed.Load().event
	n, hash = c.n, c.hash
	l.mu.Unlock()
	if !due {
		return
	}
	var ours ledger.Hash
	known := false
	if err := l.View(func(v ledger.View) error { ours, known = v.HashAt(n); return nil }); err != nil || !known {
		return // asked again with the next word
	}
	same := [8]byte(ours[:8]) == hash
	if !same {
		l.log.Error("another node tells another history", "peer", code, "event", n)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.n == n && c.hash == hash {
		c.judged, c.same = true, same
	}
}

// odd returns the codes of those whose history differs from ours.
func (l *Log) odd() (codes []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for code, c := range l.claims {
		if c.judged && !c.same {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return codes
}

// Diverged reports whether most voters tell another history than this node.
// Edits must stop then.
func (l *Log) Diverged() bool {
	odd := l.odd()
	if len(odd) == 0 {
		return false
	}
	voters, differ := l.book.roster.Load().voters(), 0
	for _, code := range voters {
		if slices.Contains(odd, string(code)) {
			differ++
		}
	}
	return differ > len(voters)/2
}
