package search

import (
	"math/bits"
)

// A wordID names a distinct word as written, a keyID one as it sounds. Word ids
// below firstWord are marks inside the record of a person.
type (
	wordID uint32
	keyID  uint32
)

const (
	markFather wordID = 0 // what follows is the father
	markName   wordID = 1 // what follows is another name
	markMother wordID = 2 // what follows is the mother
	markBaby   wordID = 3 // the name belongs to a baby
	firstWord  wordID = 4
)

// A dictionary holds the distinct words of all names. A word that nobody bears
// any more stays until the next start.
type dictionary struct {
	wordOf map[string]wordID
	words  []spelling // by wordID - firstWord
	keyOf  map[string]keyID
	keys   []sounding
	sized  [maxLetters + 1]shelf // the keys by their length
}

type spelling struct {
	text string
	key  keyID
}

type sounding struct {
	text   string
	people posting
}

// A shelf holds the keys of one length, one after the other, with what tells
// most of them apart at a glance: the letters they have and how they begin.
type shelf struct {
	keys    []keyID
	texts   []byte
	letters []uint64
	begins  []uint64
}

func newDictionary() dictionary {
	return dictionary{wordOf: map[string]wordID{}, keyOf: map[string]keyID{}}
}

func (d *dictionary) word(id wordID) spelling { return d.words[id-firstWord] }

// enter returns the id of a word, a new one if it is new.
func (d *dictionary) enter(word string) wordID {
	if id, ok := d.wordOf[word]; ok {
		return id
	}
	text := keyOf(word)
	key, ok := d.keyOf[text]
	if !ok {
		key = keyID(len(d.keys))
		d.keyOf[text] = key
		d.keys = append(d.keys, sounding{text: text})
		s := &d.sized[min(len(text), maxLetters)]
		s.keys, s.texts = append(s.keys, key), append(s.texts, text[:min(len(text), maxLetters)]...)
		s.letters, s.begins = append(s.letters, letters(text)), append(s.begins, begin(text))
	}
	id := firstWord + wordID(len(d.words))
	d.wordOf[word] = id
	d.words = append(d.words, spelling{word, key})
	return id
}

// near calls f with every key at most limit typing errors away from key.
func (d *dictionary) near(key string, limit int, f func(id keyID, edits int)) {
	want, m := letters(key), newMatcher(key)
	for n := max(1, len(key)-limit); n <= min(len(key)+limit, maxLetters); n++ {
		s := &d.sized[n]
		for i, has := range s.letters {
			// One error changes at most two of the letters.
			if bits.OnesCount64(has^want) > 2*limit {
				continue
			}
			if e := edits(m, s.texts[i*n:(i+1)*n]); e <= limit {
				f(s.keys[i], e)
			}
		}
	}
}

// starting calls f with every key that begins like stem.
func (d *dictionary) starting(stem string, f func(keyID)) {
	mask := ^uint64(0)
	if len(stem) < 8 {
		mask <<= 8 * (8 - len(stem))
	}
	want := begin(stem)
	for n := len(stem); n <= maxLetters; n++ {
		s := &d.sized[n]
		for i, b := range s.begins {
			if (b^want)&mask == 0 && startsLike(d.keys[s.keys[i]].text, stem) {
				f(s.keys[i])
			}
		}
	}
}

// letters is the set of letters of a key, one that is there twice apart.
func letters(key string) uint64 {
	var set uint64
	for i := range len(key) {
		bit := uint64(1) << (key[i] - 'a')
		set |= bit | (set&bit)<<26
	}
	return set
}

// begin is the first eight letters of a key, a and o alike.
func begin(key string) uint64 {
	var b uint64
	for i := range 8 {
		b <<= 8
		if i < len(key) && key[i] == 'o' {
			b |= 'a'
		} else if i < len(key) {
			b |= uint64(key[i])
		}
	}
	return b
}
