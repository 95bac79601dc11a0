package e2e_test

import (
	"testing"
)

// What a page may weigh on the wire, in bytes, and how often it may ask.
const (
	firstLoad    = 30 << 10
	nextPage     = 10 << 10
	mostRequests = 6
)

// TestBudgets loads the pages of a day with an empty cache, and then as the
// next page of a day.
func TestBudgets(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/", "/kasus", "/kasus/baru", w.path(t, "/kasus/{case}")} {
		p := open(t, w.srk)
		p.signIn("worker")
		p.cold()
		p.visit(path)
		asked, bytes := p.counted()
		if bytes > firstLoad || len(asked) > mostRequests {
			t.Errorf("%s, first: %.0f bytes in %d requests", path, bytes, len(asked))
		}
		t.Logf("%s, first: %.0f bytes in %d requests", path, bytes, len(asked))
		p.count()
		p.visit(path)
		if asked, bytes = p.counted(); bytes > nextPage {
			t.Errorf("%s, next: %.0f bytes in %d requests", path, bytes, len(asked))
		}
		t.Logf("%s, next: %.0f bytes in %d requests", path, bytes, len(asked))
	}
}
