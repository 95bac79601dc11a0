package search

import "strings"

// keyOf spells a word as it sounds, so that the spellings one person may have
// in different papers give one key. The word has only the letters a to z.
//
// Old spelling (van Ophuijsen, Soewandi), Arabic transcriptions and Javanese
// variants fall together; so do a few names of different people, such as
// Cahyana and Cahyono. The key only finds candidates; the spelling itself
// decides about their rank.
func keyOf(word string) string {
	k := vowels(consonants(word))
	if len(k) == 0 {
		return word
	}
	return string(k)
}

func isVowel(c byte) bool {
	return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u'
}

// at returns the letter at i, 0 beyond the end.
func at[T string | []byte](w T, i int) byte {
	if i < 0 || i >= len(w) {
		return 0
	}
	return w[i]
}

// pairs are two letters that sound as one, wherever they stand.
var pairs = map[string]string{
	"oe": "u", "tj": "c", "sh": "s", "kh": "h", "th": "t", "dh": "d", "gh": "g", "bh": "b", "ph": "p", "ck": "k",
	"ie": "i", "ae": "ai", "oi": "ai",
}

// single are letters that sound as another.
var single = map[byte]string{'f': "p", 'v': "p", 'q': "k", 'x': "ks"}

// consonants unites what is one consonant in several spellings. In its result
// j stands for j, dj, dz and z before a vowel.
func consonants(w string) []byte {
	out := make([]byte, 0, len(w)+2)
	for i := 0; i < len(w); {
		s, n := sound(w, i)
		out = append(out, s...)
		i += n
	}
	return out
}

// sound returns the sound that begins at letter i of w, and how many letters
// it takes.
func sound(w string, i int) (string, int) {
	c, next := w[i], at(w, i+1)
	if next == c && !isVowel(c) {
		s, n := sound(w, i+1)
		return s, n + 1 // Badruzzaman
	}
	if next != 0 && w[i:] != "iem" { // Wagiem is Wagiyem
		if s, ok := pairs[w[i:i+2]]; ok {
			return s, 2
		}
	}
	beforeVowel := isVowel(at(w, i+2)) || at(w, i+2) == 'y'
	switch {
	case c == 's' && (next == 'y' || next == 'j') && beforeVowel:
		return "s", 2 // Syarif, Sjarif
	case c == 'd' && (next == 'j' || next == 'z'):
		switch {
		case beforeVowel:
			return "j", 2 // Djoko, Dzaki
		case at(w, i+2) == 0:
			return "s", 2 // Hafidz
		default:
			return "d", 2 // Fadzli
		}
	case c == 'c' && next == 'h':
		if r := at(w, i+2); r == 'r' || r == 'l' {
			return "k", 2 // Christina
		}
		return "h", 2 // Choirul
	case c == 'z':
		if isVowel(next) || next == 'y' {
			return "j", 1 // Zainal is Jaenal
		}
		return "s", 1 // Rizky, Aziz
	case c == 'w' && !isVowel(next) && next != 'y':
		return "u", 1
	}
	if s, ok := single[c]; ok {
		return s, 1
	}
	return w[i : i+1], 1
}

// vowels unites i, y and iy, drops what is written twice and a final h, and
// levels the open a and o at the end of a Javanese word.
func vowels(w []byte) []byte {
	out := make([]byte, 0, len(w))
	for i, c := range w {
		next := at(w, i+1)
		switch {
		case c == 'y' && (isVowel(next) || next == 'y'):
			c = 'j'
		case c == 'y':
			c = 'i'
		case c == 'i' && (next == 'a' || next == 'e' || next == 'o' || next == 'u'):
			c = 'j'
		case c == 'i' && (next == 'y' || next == 'j') && isVowel(at(w, i+2)):
			continue // Fitriyah is Fitriah
		case c == 'o' && next == 'h':
			c = 'a' // Rohman, Abdulloh
		case c == 'h' && next == 0:
			continue
		}
		if n := len(out); n > 0 && out[n-1] == c {
			continue
		}
		out = append(out, c)
	}
	return level(out)
}

// level makes one of Santoso and Santosa, Widodo and Widada.
func level(w []byte) []byte {
	last := len(w) - 1
	if last < 1 || w[last] != 'a' && w[last] != 'o' {
		return w
	}
	w[last] = 'a'
	for i := last - 1; i >= 0; i-- {
		if isVowel(w[i]) {
			if w[i] == 'o' {
				w[i] = 'a'
			}
			break
		}
	}
	return w
}

// Fold returns the words of a name as they sound, in the order written, without
// titles and degrees: the own words and those of the father, of every name in
// text if it holds an alias. A placeholder (Mr. X, Tanpa Nama, NN) has none. A
// baby named after its mother begins with the word "bayi", because it is
// another person than she.
func Fold(text string) []string {
	var out []string
	for _, n := range parse(text) {
		if n.baby {
			out = append(out, babyWord)
		}
		for _, w := range n.own {
			out = append(out, keyOf(w))
		}
		for _, w := range n.father {
			out = append(out, keyOf(w))
		}
	}
	return out
}

// startsLike reports whether key begins with stem, a and o being alike: the
// last syllable of a word that is still being typed is not levelled yet.
func startsLike(key, stem string) bool {
	if len(key) < len(stem) {
		return false
	}
	for i := range len(stem) {
		if key[i] != stem[i] && !(strings.IndexByte("ao", key[i]) >= 0 && strings.IndexByte("ao", stem[i]) >= 0) {
			return false
		}
	}
	return true
}
