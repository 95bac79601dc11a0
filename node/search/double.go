package search

import (
	"cmp"
	"slices"
	"time"

	"serasi/node/casework"
)

// A Band says how likely two records are of one person. No band decides
// anything: a human says "gabungkan" or "bukan orang yang sama".
type Band uint8

// The bands.
const (
	No Band = iota
	Weak
	Strong
)

func (b Band) String() string { return [...]string{"no", "weak", "strong"}[min(b, Strong)] }

// A Candidate is what is compared to find people who are registered twice.
// Address, telephone and KK are not part of it on purpose: residents share
// those of the balai and of its staff.
type Candidate struct {
	Names  []string // the current name, then other names and aliases
	Born   casework.Born
	Sex    string
	Mother string
	Region string
	NIK    string
}

// A Double is somebody who may be the candidate. Reasons are codes and never
// hold what was compared: nik, name, born, year, mother, region.
type Double struct {
	Ref
	Band    Band
	Reasons []string
}

// Doubles returns who in the index may be c, at most limit, the likest first,
// and nobody from a case that hide keeps secret. Only Weak and Strong are
// returned.
func (x *Index) Doubles(c Candidate, hide []casework.Secrecy, limit int) []Double {
	found := x.alike(c, hide)
	x.mu.RLock()
	defer x.mu.RUnlock()
	me := subjectOf(c)
	type ranked struct {
		Double
		points float32
	}
	var out []ranked
	for _, f := range found {
		at, ok := x.places.find(&x.rows, f.id)
		if !ok {
			continue
		}
		v := x.judge(me, x.subject(at, f.nik))
		if v.band() != No {
			out = append(out, ranked{Double{x.ref(at), v.band(), v.reasons}, v.points})
		}
	}
	slices.SortStableFunc(out, func(a, b ranked) int { return cmp.Compare(b.points, a.points) })
	doubles := make([]Double, 0, limit)
	for _, r := range out[:min(limit, len(out))] {
		doubles = append(doubles, r.Double)
	}
	return doubles
}

// Score compares two candidates by the weights of this node: words many people
// here bear weigh little.
func (x *Index) Score(a, b Candidate) (Band, []string) {
	p, q := subjectOf(a), subjectOf(b)
	if n, err := casework.ParseNIK(a.NIK); err == nil && n != "" {
		other, err := casework.ParseNIK(b.NIK)
		q.sameNIK = err == nil && n == other
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	v := x.judge(p, q)
	return v.band(), v.reasons
}

// A lead is a case worth comparing.
type lead struct {
	id  [16]byte
	nik bool // it has the same NIK
}

// alike collects cases worth comparing: those with the NIK of c, and those with
// a name like its names.
func (x *Index) alike(c Candidate, hide []casework.Secrecy) []lead {
	var out []lead
	seen := map[casework.CaseID]bool{}
	add := func(hits []Hit, nik bool) {
		for _, h := range hits {
			if id, ok := rawID(string(h.ID)); ok && !seen[h.ID] {
				seen[h.ID] = true
				out = append(out, lead{id, nik})
			}
		}
	}
	filter := Filter{Hide: hide}
	if n, err := casework.ParseNIK(c.NIK); err == nil && n != "" {
		same := slices.DeleteFunc(x.Find(Query{Text: string(n), Filter: filter, Limit: MaxPage}), func(h Hit) bool { return h.Likeness < 1 })
		add(same, true)
	}
	year := ""
	if !c.Born.First.IsZero() && c.Born.First.Year() == c.Born.Last.Year() {
		year = " " + c.Born.First.Format("2006")
	}
	for _, n := range c.Names {
		add(x.Find(Query{Text: n + year + " ", Filter: filter, Limit: MaxPage}), false)
	}
	return out
}

// A subject is one side of a comparison.
type subject struct {
	names       []name
	mother      []name
	first, last int32 // birth, days since 1970
	sex         byte
	region      string
	sameNIK     bool
}

func subjectOf(c Candidate) subject {
	s := subject{mother: parse(c.Mother), first: days(c.Born.First), last: days(c.Born.Last), sex: sexOf(c.Sex), region: c.Region}
	for _, n := range c.Names {
		s.names = append(s.names, parse(n)...)
	}
	return s
}

// subject reads a row back.
func (x *Index) subject(at uint32, nik bool) subject {
	r := x.rows.at(at)
	s := subject{first: r.bornFirst, last: r.bornLast, sex: r.sex, region: x.names.words[r.region], sameNIK: nik}
	into, words := &s.names, (*[]string)(nil)
	next := func() {
		*into = append(*into, name{})
		words = &(*into)[len(*into)-1].own
	}
	for i, w := range x.records.of(r) {
		switch {
		case w == markMother:
			into = &s.mother
			next()
		case w == markName:
			next()
		case i == 0:
			next()
		}
		switch {
		case w == markBaby:
			(*into)[len(*into)-1].baby = true
		case w == markFather:
			words = &(*into)[len(*into)-1].father
		case w >= firstWord:
			*words = append(*words, x.dict.word(w).text)
		}
	}
	return s
}

// A verdict is the sum of all evidence.
type verdict struct {
	points  float32
	atMost  Band
	reasons []string
}

const (
	strongPoints = 6
	weakPoints   = 3
)

func (v verdict) band() Band {
	switch {
	case v.points >= strongPoints:
		return min(Strong, v.atMost)
	case v.points >= weakPoints:
		return min(Weak, v.atMost)
	default:
		return No
	}
}

func (v *verdict) add(points float32, reason string) {
	v.points += points
	if points > 0 && reason != "" {
		v.reasons = append(v.reasons, reason)
	}
}

// judge weighs two subjects. Of several names the likest two count. Without a
// name in common, or a NIK, nothing else says that two are one.
func (x *Index) judge(a, b subject) verdict {
	v := verdict{atMost: Strong}
	nik := a.sameNIK || b.sameNIK
	if nik {
		v.add(10, "nik") // a double, or a typing error: either way somebody must look
	}
	best := float32(0)
	for _, p := range a.names {
		for _, q := range b.names {
			best = max(best, x.compareNames(p, q))
		}
	}
	if best == 0 && !nik {
		return verdict{}
	}
	v.add(best, "name")
	v.born(a, b)
	if len(a.mother) > 0 && len(b.mother) > 0 {
		switch points := x.compareNames(a.mother[0], b.mother[0]); {
		case points >= 2:
			v.add(3, "mother")
		case points == 0:
			v.add(-2, "")
		}
	}
	if a.region != "" && a.region == b.region {
		v.add(0.5, "region")
	}
	if a.sex != 0 && b.sex != 0 && a.sex != b.sex {
		v.add(-3, "")
		if !nik {
			v.atMost = Weak
		}
	}
	return v
}

// born weighs the dates of birth by how exactly they are known.
func (v *verdict) born(a, b subject) {
	const year = 366
	if a.first == unknownDay || b.first == unknownDay {
		return
	}
	apart := max(a.first-b.last, b.first-a.last)
	exact := a.first == a.last && b.first == b.last
	switch {
	case exact && apart == 0:
		v.add(3, "born")
	case apart <= 0 && a.last-a.first <= year && b.last-b.first <= year:
		v.add(1.5, "year")
	case apart <= year && !exact || apart <= 0:
		v.add(0.7, "year")
	case yearOf(a.first) == yearOf(b.first):
		v.add(1, "year") // day and month are often made up
	case apart > 5*year:
		v.add(-3, "")
	case apart > 2*year:
		v.add(-1, "")
	}
}

func yearOf(day int32) int { return time.Unix(int64(day)*86400, 0).UTC().Year() }
