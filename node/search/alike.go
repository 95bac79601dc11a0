package search

import (
	"math"
	"slices"
	"strings"
)

// Words that so many people bear that they prove little anywhere, as sounds.
var common = func() map[string]bool {
	m := map[string]bool{}
	for w := range set(`muhamad siti sri nur agus budi slamet abdul andi daeng dwi tri eko dewi ahmad wayan putu gede made kadek nyoman
		komang ketut bayi eka endang sumiati`) {
		m[keyOf(w)] = true
	}
	return m
}()

// birthOrder is the place among brothers and sisters that Balinese names tell.
var birthOrder = map[string]int{
	"wayan": 1, "putu": 1, "gede": 1, "made": 2, "kadek": 2, "nengah": 2, "nyoman": 3, "komang": 3, "ketut": 4,
}

// endings are pairs of endings that tell two names apart though they are only a
// letter or two apart: most often a man's from a woman's.
var endings = [][2]string{{"o", "i"}, {"a", "i"}, {"o", "a"}, {"wan", "wati"}, {"man", "mi"}, {"in", "en"}, {"em", "en"}, {"min", "mi"}, {"di", "ti"}, {"to", "ti"}, {"no", "ni"}, {"us", "a"}}

const (
	fullName   = 5.0 // points for a name that agrees in all words
	enough     = 1.6 // weight of agreeing words that makes a name a full one
	commonWord = 0.2 // weight of a word of common
	alikeWord  = 0.5 // share of the weight for a word with a typing error
)

// compareNames returns up to fullName points for how well two names agree: none
// if they are of two people for certain, as baby and mother, the sons of two
// fathers, or a brother and a brother by order of birth.
func (x *Index) compareNames(a, b name) float32 {
	if a.baby != b.baby || differs(a.father, b.father) || siblings(a.own, b.own) || len(a.own) == 0 || len(b.own) == 0 {
		return 0
	}
	agreed, words := x.agreed(a.own, b.own)
	whole := (x.weigh(a.own) + x.weigh(b.own)) / 2 // papers leave words out
	if words < 2 && len(a.own) > 1 && len(b.own) > 1 {
		agreed /= 2 // one word in common proves nothing
	}
	if len(a.father) > 0 && len(b.father) > 0 {
		more, _ := x.agreed(a.father, b.father)
		agreed, whole = agreed+more, whole+(x.weigh(a.father)+x.weigh(b.father))/2
	}
	return fullName * min(agreed/whole, 1) * min(agreed/enough, 1)
}

// agreed returns the weight of the words that a and b share, and their number.
func (x *Index) agreed(a, b []string) (weight float32, words int) {
	taken, used := make([]bool, len(a)), make([]bool, len(b))
	for i, w := range a {
		best, at := float32(0), -1
		for j, v := range b {
			if !used[j] {
				if like := alikeness(w, v); like > best {
					best, at = like, j
				}
			}
		}
		if at >= 0 {
			taken[i], used[at] = true, true
			weight += best * x.weight(w)
			words++
		}
	}
	restA, restB := rest(a, taken), rest(b, used)
	if len(restA)+len(restB) > 2 && len(restA) > 0 && len(restB) > 0 && keyOf(strings.Join(restA, "")) == keyOf(strings.Join(restB, "")) {
		weight += x.weigh(restA)
		words += max(len(restA), len(restB)) // Nur Aida and Nuraida
	}
	return weight, words
}

// rest returns the words that met none.
func rest(words []string, met []bool) (left []string) {
	for i, w := range words {
		if !met[i] {
			left = append(left, w)
		}
	}
	return left
}

// alikeness says whether two words may be one name: the same sound, or one
// typing error in a long word, unless that is the difference of two names.
func alikeness(a, b string) float32 {
	if tellApart(a, b) {
		return 0
	}
	p, q := keyOf(a), keyOf(b)
	switch {
	case p == q, birthOrder[a] != 0 && birthOrder[a] == birthOrder[b]: // Made is Kadek
		return 1
	case len(p) >= 6 && len(q) >= 6 && edits(newMatcher(p), q) == 1:
		return alikeWord
	default:
		return 0
	}
}

// tellApart reports whether two words differ in nothing but endings that tell
// two names apart. Old o and new a at the end of one Javanese word do not.
func tellApart(a, b string) bool {
	p, q := keyOf(a), keyOf(b)
	if p == q {
		return false
	}
	for _, e := range endings {
		for _, pair := range [][2]string{e, {e[1], e[0]}} {
			for _, side := range [][2]string{{p, q}, {a, b}} {
				x, ok := strings.CutSuffix(side[0], pair[0])
				y, fits := strings.CutSuffix(side[1], pair[1])
				if ok && fits && x == y {
					return true
				}
			}
		}
	}
	return false
}

// differs reports whether both fathers are known and no word of them agrees.
func differs(a, b []string) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	for _, w := range a {
		if slices.ContainsFunc(b, func(v string) bool { return alikeness(w, v) > 0 }) {
			return false
		}
	}
	return true
}

// siblings reports whether two names tell different places among the children.
func siblings(a, b []string) bool {
	p, q := order(a), order(b)
	return p != 0 && q != 0 && p != q
}

func order(words []string) int {
	for _, w := range words {
		if n := birthOrder[w]; n != 0 {
			return n
		}
	}
	return 0
}

func (x *Index) weigh(words []string) float32 {
	sum := float32(0)
	for _, w := range words {
		sum += x.weight(w)
	}
	return sum
}

// fewPeople is up to how many entries the counts of this node say nothing about
// how common a word is.
const fewPeople = 1000

// weight is how much a word says about who someone is, 0 to 1.
func (x *Index) weight(word string) float32 {
	key := keyOf(word)
	if common[key] {
		return commonWord
	}
	id, ok := x.dict.keyOf[key]
	if !ok || x.live < fewPeople {
		return 1
	}
	bearers := float64(x.dict.keys[id].people.len())
	// One in a thousand is rare enough to weigh 1; one in four weighs as a common word.
	return float32(min(max(math.Log2(float64(x.live)/(bearers+1))/10, commonWord), 1))
}
