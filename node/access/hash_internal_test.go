package access

import "testing"

// What is read as a stored hash is written back byte for byte, and never asks
// for more than the bounds. The decoder has no front door that shows as much,
// so this one test stands inside.
func FuzzParseHash(f *testing.F) {
	p := newPasswords(Cost{Time: 1, Memory: 64, Threads: 1}, 1)
	good, err := p.hash(f.Context(), "kuda laut")
	if err != nil {
		f.Fatal(err)
	}
	if _, err := parseHash(good); err != nil {
		f.Fatalf("%q: %v", good, err)
	}
	f.Add(good)
	f.Add("")
	f.Add("$argon2id$v=19$m=99999999,t=3,p=2$c2FsdHNhbHRzYWx0c2FsdA$c3VtIHN1bSBzdW0gc3VtIHN1bSBzdW0gc3VtIHN1bSA")
	f.Add("$argon2id$v=19$m=64,t=1,p=300$$")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parseHash(s)
		if err != nil {
			return
		}
		if h.String() != s || h.cost.check() != nil || len(h.salt) != saltLen || len(h.sum) != sumLen {
			t.Errorf("%q was read as %q", s, h)
		}
	})
}
