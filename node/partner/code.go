package partner

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"time"
)

// letters are those of a reply code: none looks or sounds like another.
const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

// secretLetters is how many letters of a code are random: 60 bits, which nobody
// guesses at the pace that is allowed.
const secretLetters = 12

func random(b []byte) { _, _ = rand.Read(b) } // never fails

// newCode makes a reply code: twelve random letters and one that checks them,
// so that a slip of the pen is found before it counts as a guess.
func newCode(random func([]byte)) string {
	raw := make([]byte, secretLetters)
	random(raw)
	var b strings.Builder
	for _, c := range raw {
		b.WriteByte(letters[int(c)%len(letters)])
	}
	return b.String() + checkLetter(b.String())
}

func checkLetter(s string) string {
	sum := 0
	for i := range len(s) {
		sum += (2*i + 1) * (strings.IndexByte(letters, s[i]) + 1) // odd weights: neighbours that change places are found
	}
	return string(letters[sum%len(letters)])
}

// tidy returns a code as it is stored; ok is false if it cannot be one.
func tidy(code string) (_ string, ok bool) {
	code = strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '.' {
			return -1
		}
		return r
	}, strings.ToUpper(code))
	if len(code) != secretLetters+1 || strings.Trim(code, letters) != "" {
		return "", false
	}
	return code, checkLetter(code[:secretLetters]) == code[secretLetters:]
}

// Spell returns a code in groups, as it is printed.
func spell(code string) string {
	return code[:4] + "-" + code[4:8] + "-" + code[8:]
}

func hashOf(code string) string {
	sum := sha256.Sum256([]byte("SERASI reply code\x00" + code))
	return hex.EncodeToString(sum[:])
}

// Limits of guessing, for one source and for all together.
const (
	triesEach  = 10
	triesAll   = 300
	triesOver  = time.Hour
	maxSources = 10_000
)

// tries counts wrong codes.
type tries struct {
	mu    sync.Mutex // guards the three below
	since time.Time
	all   int
	from  map[string]int
}

func newTries() *tries { return &tries{from: map[string]int{}} }

// allowed reports whether a source may try once more.
func (t *tries) allowed(source string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.renew(now)
	return t.from[source] < triesEach && t.all < triesAll
}

func (t *tries) wrong(source string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.renew(now)
	t.all++
	if len(t.from) < maxSources {
		t.from[source]++
	}
}

func (t *tries) renew(now time.Time) {
	if d := now.Sub(t.since); d >= triesOver || d < 0 {
		t.since, t.all = now, 0
		clear(t.from)
	}
}
