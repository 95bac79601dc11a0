package search

import (
	"encoding/hex"
	"hash/maphash"
	"iter"
	"slices"
	"sync"

	"serasi/node/casework"
)

// Index is the search index of one node. All methods may be called by many
// goroutines at once. A search shares a read lock with others and holds it for
// milliseconds; a writer holds the lock for microseconds, and for some tens of
// milliseconds when it merges lists of millions.
type Index struct {
	seed    maphash.Seed
	scratch sync.Pool // *scratch

	mu      sync.RWMutex // guards all below
	dict    dictionary
	numbers numbers
	rows    rows
	records records
	lengths []uint8 // number of words of the names of each row, for the first pass over scores
	places  places
	names   interner // regions, leads, units
	stages  map[casework.Stage]*posting
	states  map[casework.State]*posting
	leads   map[uint32]*posting
	units   map[uint32]*posting
	order   []moment // by time and id, the newest last; some are stale
	live    int
}

// New returns an empty index.
func New() *Index {
	x := &Index{
		seed: maphash.MakeSeed(), dict: newDictionary(), numbers: newNumbers(), names: newInterner(),
		stages: map[casework.Stage]*posting{}, states: map[casework.State]*posting{},
		leads: map[uint32]*posting{}, units: map[uint32]*posting{},
	}
	x.scratch.New = func() any { return new(scratch) }
	return x
}

// Len returns the number of entries.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.live
}

// Add enters e, in the place of an older entry with its ID. The error is
// Invalid if an id is not 32 hex digits; an empty Person is allowed.
func (x *Index) Add(e Entry) error {
	d, err := x.draft(e)
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if m, moved := x.put(d); moved {
		x.arrange(m)
	}
	return nil
}

// Load enters many entries, as at the start. They can be found as soon as they
// are read and listed when Load returns. It stops at the first malformed one.
func (x *Index) Load(entries iter.Seq[Entry]) error {
	drafts, done := make(chan []draft, 4), make(chan []moment)
	go func() {
		var moments []moment
		for batch := range drafts {
			moments = x.putAll(batch, moments)
		}
		done <- moments
	}()
	var fault error
	batch := make([]draft, 0, loadBatch)
	for e := range entries {
		var d draft
		if d, fault = x.draft(e); fault != nil {
			break
		}
		if batch = append(batch, d); len(batch) == loadBatch {
			drafts <- batch
			batch = make([]draft, 0, loadBatch)
		}
	}
	drafts <- batch
	close(drafts)
	moments := <-done
	x.mu.Lock()
	defer x.mu.Unlock()
	x.order = append(x.order, moments...)
	x.tidy()
	return fault
}

// loadBatch is how many entries are put under one lock.
const loadBatch = 256

func (x *Index) putAll(batch []draft, moments []moment) []moment {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, d := range batch {
		if m, moved := x.put(d); moved {
			moments = append(moments, m)
		}
	}
	return moments
}

// Remove takes a case out. That there is none is no error.
func (x *Index) Remove(id casework.CaseID) {
	raw, ok := rawID(string(id))
	if !ok {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	at, ok := x.places.find(&x.rows, raw)
	if !ok {
		return
	}
	r := x.rows.at(at)
	x.unpost(at, r)
	x.facets(at, r, false)
	x.records.wipe(r)
	x.places.drop(&x.rows, raw)
	x.lengths[at] = 0
	*r = row{id: r.id, changed: r.changed, round: r.round + 1, gone: true} // order still sorts by id and time
	x.live--
}

// A draft is an entry read and folded, before the lock is taken.
type draft struct {
	e       Entry
	id      [16]byte
	person  [16]byte
	names   []name
	mother  []name
	numbers []numeral
	digest  uint64 // of numbers
}

func (x *Index) draft(e Entry) (draft, error) {
	d := draft{e: e}
	var ok bool
	if d.id, ok = rawID(string(e.ID)); !ok {
		return d, casework.Invalid.Because("the id of a case has 32 hex digits")
	}
	if d.person, ok = rawID(string(e.Person)); !ok && e.Person != "" {
		return d, casework.Invalid.Because("the id of a person has 32 hex digits")
	}
	for _, n := range e.Names {
		d.names = append(d.names, parse(n)...)
	}
	d.mother = parse(e.Mother)
	var h maphash.Hash
	h.SetSeed(x.seed)
	for _, text := range e.Numbers {
		if n, ok := readNumber(text); ok {
			d.numbers = append(d.numbers, n)
			h.WriteString(n.letters)
			h.WriteString(n.digits)
			h.WriteByte(0)
		}
	}
	d.digest = h.Sum64()
	return d, nil
}

// put stores d and returns the moment to arrange, if its time changed.
func (x *Index) put(d draft) (moment, bool) {
	at, known := x.places.find(&x.rows, d.id)
	if !known {
		at = x.rows.grow()
		x.lengths = append(x.lengths, 0)
		x.live++
	}
	r := x.rows.at(at)
	before := *r
	if known {
		x.facets(at, r, false)
	}
	x.write(at, r, d, known)
	x.facets(at, r, true)
	if !known {
		x.places.add(&x.rows, d.id, at)
	}
	return moment{r.changed, at}, !known || before.changed != r.changed
}

// write sets all of row r but its place.
func (x *Index) write(at uint32, r *row, d draft, known bool) {
	record, words := x.record(d)
	if !known || !slices.Equal(record, x.records.of(r)) {
		if known {
			x.unpost(at, r)
			x.records.wipe(r)
		}
		r.record = x.records.keep(record)
		r.size = uint8(len(record))
		x.post(at, record)
		x.lengths[at] = uint8(min(words, 255))
	}
	if !known || r.digest != d.digest {
		r.round++
		for _, n := range d.numbers {
			x.numbers.add(n, at, r.round)
		}
		r.digest = d.digest
	}
	r.id, r.person, r.changed = d.id, d.person, d.e.Changed.UnixNano()
	r.lead, r.unit, r.region = x.names.id(string(d.e.Lead)), x.names.id(d.e.Unit), x.names.id(d.e.Region)
	r.bornFirst, r.bornLast = days(d.e.Born.First), days(d.e.Born.Last)
	r.stage, r.state, r.sex, r.secrecy = d.e.Stage, d.e.State, sexOf(d.e.Sex), secrets(d.e.Secrecy)
}

// record writes the names of d as word ids and marks, and counts the words that
// can be found.
func (x *Index) record(d draft) (record []wordID, words int) {
	for i, n := range d.names {
		if i > 0 {
			record = append(record, markName)
		}
		record = x.recordName(record, n)
		words += len(n.own) + len(n.father)
	}
	for i, n := range d.mother {
		if i == 0 {
			record = append(record, markMother)
		} else {
			record = append(record, markName)
		}
		record = x.recordName(record, n)
	}
	return record[:min(len(record), 255)], words
}

func (x *Index) recordName(record []wordID, n name) []wordID {
	if n.baby {
		record = append(record, markBaby)
	}
	for _, w := range n.own {
		record = append(record, x.dict.enter(w))
	}
	if len(n.father) > 0 {
		record = append(record, markFather)
		for _, w := range n.father {
			record = append(record, x.dict.enter(w))
		}
	}
	return record
}

// post enters a row under each sound of its names. The mother's name finds
// nobody: it only weighs in Doubles.
func (x *Index) post(at uint32, record []wordID) {
	for _, w := range record {
		if w == markMother {
			return
		}
		if w >= firstWord {
			x.dict.keys[x.dict.word(w).key].people.add(at)
		}
	}
}

func (x *Index) unpost(at uint32, r *row) {
	for _, w := range x.records.of(r) {
		if w == markMother {
			return
		}
		if w >= firstWord {
			x.dict.keys[x.dict.word(w).key].people.remove(at)
		}
	}
}

// facets enters row r in the sets that lists ask for, or takes it out.
func (x *Index) facets(at uint32, r *row, in bool) {
	turn(x.stages, r.stage, at, in)
	turn(x.states, r.state, at, in)
	turn(x.leads, r.lead, at, in)
	turn(x.units, r.unit, at, in)
}

func turn[K comparable](sets map[K]*posting, k K, at uint32, in bool) {
	p := sets[k]
	if p == nil {
		p = new(posting)
		sets[k] = p
	}
	if in {
		p.add(at)
	} else {
		p.remove(at)
	}
}

func rawID(s string) (raw [16]byte, ok bool) {
	if len(s) != 32 {
		return raw, false
	}
	_, err := hex.Decode(raw[:], []byte(s))
	return raw, err == nil
}

func textID(raw [16]byte) string {
	if raw == [16]byte{} {
		return ""
	}
	return hex.EncodeToString(raw[:])
}
