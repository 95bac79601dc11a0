package search

import (
	"cmp"
	"math"
	"slices"
)

// A plan is how a query will be answered: its terms, and the ways in which the
// name of a person can hold them.
type plan struct {
	terms []term
	ways  []way
	year  int
	total float32             // weight of all terms
	like  map[keyID][]meaning // what a word of a person may stand for
}

// A term is one word of the query.
type term struct {
	text   string
	match  *matcher
	weight float32 // by rarity
}

// A way is a set of sounds that a person must have, all of them, to count for
// terms first to last.
type way struct {
	first, last int
	keys        []keyID
	likeness    float32
}

// A meaning says that a sound is like a term.
type meaning struct {
	term     int
	likeness float32
}

// How much a sound counts for a term.
const (
	sameSound  = 1.0
	joined     = 0.95 // Nur Aida for Nuraida
	oneError   = 0.8
	twoErrors  = 0.55
	beginning  = 0.7
	beginSlope = 0.02 // less for each letter still missing
)

// plan looks the words of a query up in the dictionary.
func (x *Index) plan(a asked) plan {
	p := plan{year: a.year, like: map[keyID][]meaning{}}
	for i, w := range a.words {
		p.terms = append(p.terms, term{text: w, match: newMatcher(w)})
		x.sounds(&p, i, a.typing && i == len(a.words)-1)
	}
	for i := range p.terms {
		p.terms[i].weight = x.rarity(&p, i)
		p.total += p.terms[i].weight
	}
	for i := range p.terms {
		x.split(&p, i)
		if i > 0 {
			x.join(&p, i-1)
		}
	}
	// The likest way first, so that a person is counted once and by the best.
	slices.SortFunc(p.ways, func(a, b way) int {
		switch {
		case a.first != b.first:
			return a.first - b.first
		case a.likeness > b.likeness:
			return -1
		case a.likeness < b.likeness:
			return 1
		}
		return int(a.keys[0]) - int(b.keys[0])
	})
	return p
}

// sounds finds the sounds that are like term i: itself, with typing errors in
// words that are long enough, and as a beginning if it is still being typed.
func (x *Index) sounds(p *plan, i int, typing bool) {
	key := keyOf(p.terms[i].text)
	found := map[keyID]float32{}
	limit := errorsIn(key)
	x.dict.near(key, limit, func(id keyID, edits int) {
		found[id] = likenessOf(key, x.dict.keys[id].text, edits)
	})
	if typing && len(p.terms[i].text) >= 2 {
		x.begins(string(stemOf(p.terms[i].text)), found)
	}
	for id, like := range found {
		p.ways = append(p.ways, way{i, i, []keyID{id}, like})
		p.like[id] = append(p.like[id], meaning{i, like})
	}
}

// maxBegins is how many sounds a beginning may stand for. Two letters begin
// thousands; then those with the most people count.
const maxBegins = 400

// begins adds the sounds that begin with stem to found.
func (x *Index) begins(stem string, found map[keyID]float32) {
	type beginner struct {
		id     keyID
		people int
	}
	var all []beginner
	x.dict.starting(stem, func(id keyID) { all = append(all, beginner{id, x.dict.keys[id].people.len()}) })
	if len(all) > maxBegins {
		slices.SortFunc(all, func(a, b beginner) int { return cmp.Or(b.people-a.people, int(a.id)-int(b.id)) })
		all = all[:maxBegins]
	}
	for _, b := range all {
		missing := len(x.dict.keys[b.id].text) - len(stem)
		found[b.id] = max(found[b.id], float32(max(beginning-beginSlope*float64(missing), 0.3)))
	}
}

// stemOf spells the beginning of a word as it sounds, its end left open.
func stemOf(word string) []byte {
	k := consonants(word)
	if n := len(k); n > 1 && word[len(word)-1] == 'z' {
		k[n-1] = 'j'
	}
	k = vowels(append(k, '.'))
	return k[:len(k)-1]
}

// errorsIn is how many typing errors a word may hold. Short words have none to
// spare: half the words of four letters are two errors from each other.
func errorsIn(key string) int {
	switch {
	case len(key) <= 2:
		return 0
	case len(key) <= 4:
		return 1
	default:
		return 2
	}
}

// likenessOf weighs typing errors. People seldom get the first letter wrong.
func likenessOf(a, b string, edits int) float32 {
	like := float32(sameSound)
	switch edits {
	case 1:
		like = oneError
	case 2:
		like = twoErrors
	}
	if edits > 0 && (len(a) <= 3 || len(b) <= 3) {
		like -= 0.2
	}
	if edits > 0 && a[0] != b[0] {
		like -= 0.05
	}
	return like
}

// rarity weighs term i by how few people have it. A term that is not in the
// dictionary weighs as much as the most common word it may be.
func (x *Index) rarity(p *plan, i int) float32 {
	most := 0
	if id, ok := x.dict.keyOf[keyOf(p.terms[i].text)]; ok {
		most = x.dict.keys[id].people.len()
	}
	if most == 0 {
		for id, meanings := range p.like {
			for _, m := range meanings {
				if m.term == i && m.likeness >= oneError-0.1 {
					most = max(most, x.dict.keys[id].people.len())
				}
			}
		}
	}
	n := float64(x.live)
	return float32(max(0.25, math.Log2((n+2)/(float64(most)+1))/math.Log2(n+2)))
}

// split adds the ways in which term i is two words of a person: Nuraida for Nur
// Aida.
func (x *Index) split(p *plan, i int) {
	text := p.terms[i].text
	for at := 3; at <= len(text)-3; at++ {
		a, ok := x.dict.keyOf[keyOf(text[:at])]
		if !ok {
			continue
		}
		if b, ok := x.dict.keyOf[keyOf(text[at:])]; ok {
			p.ways = append(p.ways, way{i, i, []keyID{a, b}, joined})
		}
	}
}

// join adds the ways in which terms i and i+1 are one word of a person, with at
// most one typing error.
func (x *Index) join(p *plan, i int) {
	key := keyOf(p.terms[i].text + p.terms[i+1].text)
	limit := 0
	if len(key) >= 6 {
		limit = 1
	}
	x.dict.near(key, limit, func(id keyID, edits int) {
		p.ways = append(p.ways, way{i, i + 1, []keyID{id}, joined - 0.15*float32(edits)})
	})
}
