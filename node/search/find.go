package search

import (
	"cmp"
	"slices"

	"serasi/node/casework"
)

// A Query is what someone typed, and whom they may see.
type Query struct {
	Text   string
	Filter Filter
	Limit  int // 1 to MaxPage, 0 for 20
}

// A Hit is one case found.
type Hit struct {
	Ref
	Likeness float64 // 0 to 1; 1 for an exact number or a name exactly as written
	By       string  // number or name
}

// Find returns the cases that fit a query, the likest first, of equally like
// ones the newest.
//
// Numbers (NIK, KK, BPJS, case and register numbers) are found whole or by
// their first digits, four at least. Names are found with old spellings, in any
// order, joined or split, with one or two typing errors, and by the beginning
// of the last word. A year next to a name (Siti 1974) prefers those who may be
// born in it. An empty query finds nobody.
func (x *Index) Find(q Query) []Hit {
	if q.Limit <= 0 {
		q.Limit = 20
	}
	q.Limit = min(q.Limit, MaxPage)
	a := ask(q.Text)
	x.mu.RLock()
	defer x.mu.RUnlock()
	w := x.want(q.Filter)
	if w.none {
		return nil
	}
	var hits []Hit
	for _, n := range a.numbers {
		hits = append(hits, x.byNumber(n, &w, q.Limit)...)
	}
	if len(a.words) > 0 {
		hits = append(hits, x.byName(a, &w, q.Limit)...)
	}
	return x.rank(hits, q.Limit)
}

// rank sorts hits and drops the second of two for one case.
func (x *Index) rank(hits []Hit, limit int) []Hit {
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Likeness, a.Likeness) })
	seen := map[casework.CaseID]bool{}
	hits = slices.DeleteFunc(hits, func(h Hit) bool {
		twice := seen[h.ID]
		seen[h.ID] = true
		return twice
	})
	return hits[:min(limit, len(hits))]
}

// byNumber finds by a number, the whole one first.
func (x *Index) byNumber(n numeral, w *want, limit int) []Hit {
	var hits []Hit
	seen := map[uint32]bool{} // a NIK and a KK often begin alike
	x.numbers.find(n, true, func(at uint32, round uint16, exact bool) bool {
		r := x.rows.at(at)
		if r.gone || r.round != round || !w.fits(r) || seen[at] {
			return true
		}
		seen[at] = true
		like := 1.0
		if !exact {
			like = float64(len(n.digits)) / float64(maxDigits+1)
		}
		hits = append(hits, Hit{x.ref(at), like, "number"})
		return len(hits) < limit
	})
	return hits
}

// A score says how like a row is, and by which name.
type score struct {
	at    uint32
	like  float32
	named uint64 // stands for the name as written
}

// byName finds by name in two passes: a rough score of all people that share a
// sound with the query, then an exact one of the best.
func (x *Index) byName(a asked, w *want, limit int) []Hit {
	p := x.plan(a)
	if len(p.ways) == 0 {
		return nil
	}
	s := x.scratch.Get().(*scratch)
	defer x.scratch.Put(s)
	s.reset(int(x.rows.n))
	defer s.wipe()
	for i := range p.ways {
		x.addUp(s, &p, i)
	}
	best := s.best(x, w, max(rerank, 3*limit))
	scores := make([]score, 0, len(best))
	for _, at := range best {
		if sc := x.likeness(&p, at); sc.like > 0 {
			scores = append(scores, sc)
		}
	}
	slices.SortFunc(scores, x.likest)
	scores = mix(scores, limit)
	slices.SortFunc(scores, x.likest)
	hits := make([]Hit, len(scores))
	for i, sc := range scores {
		hits[i] = Hit{x.ref(sc.at), float64(sc.like), "name"}
	}
	return hits
}

// likest orders by likeness, then the newest change first.
func (x *Index) likest(a, b score) int {
	if a.like != b.like {
		return cmp.Compare(b.like, a.like)
	}
	return cmp.Or(cmp.Compare(x.rows.at(b.at).changed, x.rows.at(a.at).changed), cmp.Compare(a.at, b.at))
}

// closeBy is how much less like a name may be and still get a place beside
// more people of a liker one.
const closeBy = 0.3

// mix takes the first of the sorted scores, but of people of one and the same
// name only a quarter of the page while other names are nearly as like. In a
// town with a hundred Slamet, who typed Swlamet may mean Selamet.
func mix(scores []score, limit int) []score {
	if len(scores) <= limit {
		return scores
	}
	quota, count := max(limit/4, 1), map[uint64]int{}
	var page, rest []score
	for _, sc := range scores {
		if len(page) == limit {
			break
		}
		if count[sc.named]++; count[sc.named] > quota || sc.like < scores[0].like-closeBy {
			rest = append(rest, sc)
			continue
		}
		page = append(page, sc)
	}
	return append(page, rest[:min(len(rest), limit-len(page))]...)
}

// ByNumber returns the cases that have exactly this number, written in any
// way, at most limit.
func (x *Index) ByNumber(text string, limit int) []Ref {
	n, ok := readNumber(text)
	if !ok {
		return nil
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	var refs []Ref
	x.numbers.find(n, false, func(at uint32, round uint16, _ bool) bool {
		if r := x.rows.at(at); !r.gone && r.round == round {
			refs = append(refs, x.ref(at))
		}
		return len(refs) < limit
	})
	return refs
}
