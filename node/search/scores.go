package search

// rerank is how many people get an exact score.
const rerank = 800

// unit is the rough score of a term of weight 1 that sounds the same.
const unit = 2000

// A scratch is the room one search adds up in: one number a person. It is used
// again, because it is large.
type scratch struct {
	sums  []uint16
	last  []uint8 // the term that was counted last, + 1
	batch []uint32
	met   []uint32 // all with a sum
}

func (s *scratch) reset(n int) {
	if len(s.sums) < n {
		s.sums, s.last = make([]uint16, n+n/8), make([]uint8, n+n/8)
	}
	if s.batch == nil {
		s.batch = make([]uint32, 4096)
	}
	s.met = s.met[:0]
}

// wipe leaves s as it was found.
func (s *scratch) wipe() {
	for _, at := range s.met {
		s.sums[at], s.last[at] = 0, 0
	}
}

// addUp counts way i of the plan for all people who have it.
func (x *Index) addUp(s *scratch, p *plan, i int) {
	w := &p.ways[i]
	weight := float32(0)
	for t := w.first; t <= w.last; t++ {
		weight += p.terms[t].weight
	}
	points, mark := uint16(min(unit*weight*w.likeness, 6*unit)), uint8(w.first+1)
	count := func(at uint32) {
		switch s.last[at] {
		case mark:
			return
		case 0:
			s.met = append(s.met, at)
		}
		s.last[at] = mark
		s.sums[at] += points
	}
	first := &x.dict.keys[w.keys[0]].people
	if len(w.keys) == 2 {
		first.both(&x.dict.keys[w.keys[1]].people, count)
		return
	}
	first.each(s.batch, func(places []uint32) {
		for _, at := range places {
			count(at)
		}
	})
}

const (
	step    = 64                   // of the histogram
	steps   = 1<<16/step + 1       // all sums there are
	tooMany = uint16(unit / 50)    // off for each word of a name beyond the query's
	maxOff  = uint16(5) * tooMany  // at most
	lowest  = uint16(2)*maxOff + 1 // keeps every sum above 0
)

// best returns the places of about n people with the highest sums that w lets
// pass. Short names win over long ones that hold the same words. Of too many
// with the same sum it takes every so many, so that no name crowds out another.
func (s *scratch) best(x *Index, w *want, n int) []uint32 {
	var histogram [steps]int32
	all := w.everything()
	for _, at := range s.met {
		if !all && !w.fits(x.rows.at(at)) {
			s.sums[at] = 0
			continue
		}
		sum := max(s.sums[at], lowest) - min(tooMany*uint16(x.lengths[at]), maxOff)
		s.sums[at] = sum
		histogram[sum/step]++
	}
	floor, count := steps-1, 0
	for ; floor > 0; floor-- {
		if count += int(histogram[floor]); count >= n {
			break
		}
	}
	at := int(histogram[floor])
	every := max(1, at/max(1, n-(count-at)))
	var found []uint32
	for _, place := range s.met {
		switch sum := int(s.sums[place]); {
		case sum == 0 || sum/step < floor:
		case sum/step > floor:
			found = append(found, place)
		default:
			if at--; at%every == 0 {
				found = append(found, place)
			}
		}
	}
	return found
}

// What spelling and the rest of a name take off an exact score.
const (
	spellingOff = 0.02 // for each letter, of the likeness of a word
	restOfName  = 0.03 // for each word the query does not have
	otherYear   = 0.15
	maxSpelling = 3
)

// likeness is the exact score of one person: the best of the person's names.
func (x *Index) likeness(p *plan, at uint32) score {
	r := x.rows.at(at)
	record := x.records.of(r)
	best := score{at: at}
	for len(record) > 0 {
		var one []wordID
		one, record = nextName(record)
		if like := x.likenessOfName(p, one); like > best.like {
			best.like, best.named = like, 0
			for _, w := range one {
				best.named = best.named*1_000_003 + uint64(w) + 1
			}
		}
	}
	if p.year != 0 && !r.bornIn(p.year) {
		best.like -= otherYear
	}
	best.like = min(max(best.like, 0), 1)
	return best
}

// spelt refines the likeness of two sounds by the typing errors between the two
// words as written.
func spelt(sounds float32, errors int) float32 {
	if errors == 1 && sounds < oneError {
		return oneError - 0.05
	}
	return sounds - spellingOff*float32(min(errors, maxSpelling))
}

// nextName cuts the first name off a record. After the mark of the mother
// there is none.
func nextName(record []wordID) (one, rest []wordID) {
	for i, w := range record {
		switch w {
		case markMother:
			return record[:i], nil
		case markName:
			return record[:i], record[i+1:]
		}
	}
	return record, nil
}

// likenessOfName holds one name against the query.
func (x *Index) likenessOfName(p *plan, one []wordID) float32 {
	var best [maxTerms]float32
	words, met := 0, 0
	for _, id := range one {
		if id < firstWord {
			continue
		}
		words++
		w := x.dict.word(id)
		hit := false
		for _, m := range p.like[w.key] {
			best[m.term] = max(best[m.term], spelt(m.likeness, edits(p.terms[m.term].match, w.text)))
			hit = true
		}
		if hit {
			met++
		}
	}
	for i := range p.ways {
		if w := &p.ways[i]; (len(w.keys) == 2 || w.first < w.last) && x.holds(one, w.keys) {
			met += len(w.keys)
			for t := w.first; t <= w.last; t++ {
				best[t] = max(best[t], w.likeness)
			}
		}
	}
	sum := float32(0)
	for i := range p.terms {
		sum += best[i] * p.terms[i].weight
	}
	if sum == 0 {
		return 0
	}
	return sum/p.total - restOfName*float32(max(words-met, 0))
}

// holds reports whether a name has all sounds.
func (x *Index) holds(one []wordID, keys []keyID) bool {
	for _, k := range keys {
		found := false
		for _, id := range one {
			if id >= firstWord && x.dict.word(id).key == k {
				found = true
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}
