package search

import (
	"math/rand/v2"
	"strings"
)

// Misspell returns a name as somebody else may write it: with one or two typing
// errors, in an old or a new spelling, with two words swapped, joined or split.
// It is the same for the same name and seed. It is meant for measurements, with
// names in plain letters.
func Misspell(name string, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 0xedc0de))
	for range 20 {
		if other := misspell(r, name); other != name {
			return other
		}
	}
	return name
}

func misspell(r *rand.Rand, name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return name
	}
	switch n := r.IntN(100); {
	case n < 45:
		return typo(r, words)
	case n < 60:
		return typo(r, strings.Fields(typo(r, words)))
	case n < 75:
		i := r.IntN(len(words))
		words[i] = capital(otherSpelling(strings.ToLower(words[i])))
	case n < 90 && len(words) > 1:
		i := r.IntN(len(words) - 1)
		words[i], words[i+1] = words[i+1], words[i]
	case len(words) > 1:
		i := r.IntN(len(words) - 1)
		words[i] += strings.ToLower(words[i+1])
		words = append(words[:i+1], words[i+2:]...)
	}
	return strings.Join(words, " ")
}

// typo makes one typing error in a word of three letters or more.
func typo(r *rand.Rand, words []string) string {
	i := r.IntN(len(words))
	for range len(words) {
		if len(words[i]) >= 3 && !strings.Contains(words[i], ".") {
			break
		}
		i = (i + 1) % len(words)
	}
	w := strings.ToLower(words[i])
	if len(w) < 2 {
		return strings.Join(words, " ")
	}
	at := r.IntN(len(w))
	switch r.IntN(4) {
	case 0:
		at = min(at, len(w)-2)
		w = w[:at] + w[at+1:at+2] + w[at:at+1] + w[at+2:]
	case 1:
		w = w[:at] + beside(r, w[at]) + w[at:]
	case 2:
		w = w[:at] + w[at+1:]
	default:
		w = w[:at] + beside(r, w[at]) + w[at+1:]
	}
	out := append([]string{}, words...)
	out[i] = capital(w)
	return strings.Join(out, " ")
}

// beside returns a letter whose key lies beside that of c.
func beside(r *rand.Rand, c byte) string {
	for _, row := range []string{"qwertyuiop", "asdfghjkl", "zxcvbnm"} {
		if i := strings.IndexByte(row, c); i >= 0 {
			if i == 0 || i+1 < len(row) && r.IntN(2) == 0 {
				return row[i+1 : i+2]
			}
			return row[i-1 : i]
		}
	}
	return "a"
}

var (
	toOld = strings.NewReplacer("dj", "dj", "tj", "tj", "ny", "nj", "sy", "sj", "kh", "ch", "u", "oe", "j", "dj", "c", "tj", "y", "j")
	toNew = strings.NewReplacer("oe", "u", "dj", "j", "tj", "c", "nj", "ny", "sj", "sy", "ch", "kh", "j", "y")
)

// oldSpelling writes a word as before 1947.
func oldSpelling(w string) string { return toOld.Replace(w) }

// otherSpelling writes an old word new and a new one old.
func otherSpelling(w string) string {
	for _, old := range []string{"oe", "dj", "tj", "sj"} {
		if strings.Contains(w, old) {
			return toNew.Replace(w)
		}
	}
	return toOld.Replace(w)
}
