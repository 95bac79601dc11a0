package report

import (
	"slices"

	"serasi/node/casework"
)

// A presence is a time in which a person was a beneficiary here, in however many
// cases at once: the form counts people. Its fact is of the case that lasts
// longest, which is where the person is found.
type presence struct {
	fact
	span
}

// presences are those of all people, in the order of facts. Of somebody with two
// cases that overlap it is one: they came in with the first, in its way, and left
// with the last, for its reason.
func presences(facts []fact) (out []presence) {
	of := map[casework.PersonID][]presence{}
	var people []casework.PersonID
	for _, f := range facts {
		id := f.p.ID
		if id == "" { // nobody is known to be the same
			id = casework.PersonID(f.c.ID)
		}
		if _, met := of[id]; !met {
			people = append(people, id)
			of[id] = nil
		}
		for _, s := range f.spans {
			of[id] = append(of[id], presence{f, s})
		}
	}
	for _, id := range people {
		out = append(out, union(of[id])...)
	}
	return out
}

// union joins what overlaps.
func union(list []presence) (out []presence) {
	slices.SortStableFunc(list, func(a, b presence) int { return a.in.Compare(b.in) })
	for _, next := range list {
		if n := len(out); n > 0 && out[n-1].overlaps(next) {
			out[n-1] = out[n-1].join(next)
			continue
		}
		out = append(out, next)
	}
	return out
}

// overlaps reports whether next, which begins later, begins before p ends.
func (p presence) overlaps(next presence) bool { return p.out.IsZero() || next.in.Before(p.out) }

func (p presence) join(next presence) presence {
	if p.out.IsZero() || !next.out.IsZero() && !next.out.After(p.out) {
		return p
	}
	next.in, next.how = p.in, p.how
	return next
}
