package search

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"
	"sort"

	"serasi/node/casework"
)

// A Filter narrows a search or a list. Zero fields ask nothing.
type Filter struct {
	Stage casework.Stage
	State casework.State
	Lead  casework.UserID
	Unit  string
	Hide  []casework.Secrecy // groups the asker may not see
}

// A Ref names a case and its person, for the caller to load.
type Ref struct {
	ID     casework.CaseID
	Person casework.PersonID
}

// MaxPage is the most entries one call returns.
const MaxPage = 100

// List returns cases, the newest change first, and the cursor of the next page,
// "" if there is none. An empty cursor begins at the top. A case that changes
// while someone turns pages moves to the top and is seen again there; none is
// skipped. A cursor stays good across restarts. The limit is 1 to MaxPage, 0
// for MaxPage.
//
// The error is Invalid if the cursor was not made here.
func (x *Index) List(f Filter, cursor string, limit int) ([]Ref, string, error) {
	from, err := readCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	if limit <= 0 || limit > MaxPage {
		limit = MaxPage
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	w := x.want(f)
	if w.none {
		return nil, "", nil
	}
	var page []moment
	if small := w.smallest; small != nil && small.len() <= maxSorted {
		page = x.pageOf(small, &w, from, limit+1)
	} else {
		page = x.walk(&w, from, limit+1)
	}
	next := ""
	if len(page) > limit {
		page = page[:limit]
		next = x.cursor(page[limit-1])
	}
	refs := make([]Ref, len(page))
	for i, m := range page {
		refs[i] = x.ref(m.at)
	}
	return refs, next, nil
}

// Counts returns how many cases there are in each state.
func (x *Index) Counts() map[casework.State]int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	out := map[casework.State]int{}
	for s, p := range x.states {
		if n := p.len(); n > 0 {
			out[s] = n
		}
	}
	return out
}

func (x *Index) ref(at uint32) Ref {
	r := x.rows.at(at)
	return Ref{casework.CaseID(textID(r.id)), casework.PersonID(textID(r.person))}
}

// maxSorted is up to how many entries a list is made by sorting what fits; a
// larger set is walked in the order of time instead.
const maxSorted = 20_000

// A want is a filter in the terms of the index.
type want struct {
	stage    casework.Stage
	state    casework.State
	lead     uint32
	unit     uint32
	hide     uint8
	none     bool     // nothing can fit
	smallest *posting // the smallest set that holds all that fits, nil for everything
}

func (x *Index) want(f Filter) want {
	w := want{stage: f.Stage, state: f.State}
	narrow := func(p *posting) {
		switch {
		case p == nil:
			w.none = true
		case w.smallest == nil || p.len() < w.smallest.len():
			w.smallest = p
		}
	}
	if f.Stage != 0 {
		narrow(x.stages[f.Stage])
	}
	if f.State != 0 {
		narrow(x.states[f.State])
	}
	if f.Lead != "" {
		id, ok := x.names.find(string(f.Lead))
		w.lead, w.none = id, w.none || !ok
		narrow(x.leads[id])
	}
	if f.Unit != "" {
		id, ok := x.names.find(f.Unit)
		w.unit, w.none = id, w.none || !ok
		narrow(x.units[id])
	}
	if w.hide = secrets(f.Hide); w.hide != 0 {
		w.hide |= otherSecret
	}
	return w
}

// fits reports whether the row at a place may be shown.
func (w *want) fits(r *row) bool {
	return !r.gone &&
		(w.stage == 0 || r.stage == w.stage) && (w.state == 0 || r.state == w.state) &&
		(w.lead == 0 || r.lead == w.lead) && (w.unit == 0 || r.unit == w.unit) && r.secrecy&w.hide == 0
}

// everything reports whether w lets all rows pass.
func (w *want) everything() bool {
	return w.stage == 0 && w.state == 0 && w.lead == 0 && w.unit == 0 && w.hide == 0
}

// A moment says that the case at a place changed at a time. It is stale once
// the row has another time.
type moment struct {
	changed int64
	at      uint32
}

func (x *Index) compareMoments(a, b moment) int {
	if a.changed != b.changed {
		return cmp.Compare(a.changed, b.changed)
	}
	p, q := x.rows.at(a.at), x.rows.at(b.at)
	return cmp.Or(bytes.Compare(p.id[:], q.id[:]), cmp.Compare(a.at, b.at))
}

// arrange puts m where it belongs in the order, nearly always at the end.
func (x *Index) arrange(m moment) {
	i, found := slices.BinarySearchFunc(x.order, m, x.compareMoments)
	if !found {
		x.order = slices.Insert(x.order, i, m)
	}
	if len(x.order) > 2*x.live+1024 {
		x.tidy()
	}
}

// tidy sorts the order and drops what is stale.
func (x *Index) tidy() {
	x.order = slices.DeleteFunc(x.order, x.stale)
	slices.SortFunc(x.order, x.compareMoments)
	x.order = slices.Compact(x.order)
}

func (x *Index) stale(m moment) bool {
	r := x.rows.at(m.at)
	return r.gone || r.changed != m.changed
}

// A position is a place in the list: what comes later is older.
type position struct {
	changed int64
	id      [16]byte
}

// after reports whether m comes after p in the list.
func (x *Index) after(p position, m moment) bool {
	if m.changed != p.changed {
		return m.changed < p.changed
	}
	id := x.rows.at(m.at).id
	return bytes.Compare(id[:], p.id[:]) < 0
}

// pageOf sorts what fits in a small set.
func (x *Index) pageOf(set *posting, w *want, from position, limit int) []moment {
	var page []moment
	set.each(make([]uint32, 1024), func(places []uint32) {
		for _, at := range places {
			r := x.rows.at(at)
			if m := (moment{r.changed, at}); w.fits(r) && x.after(from, m) {
				page = append(page, m)
			}
		}
	})
	slices.SortFunc(page, func(a, b moment) int { return x.compareMoments(b, a) })
	return page[:min(limit, len(page))]
}

// walk goes back in time from a position until the page is full.
func (x *Index) walk(w *want, from position, limit int) []moment {
	var page []moment
	end := sort.Search(len(x.order), func(i int) bool { return !x.after(from, x.order[i]) })
	for i := end - 1; i >= 0 && len(page) < limit; i-- {
		if m := x.order[i]; !x.stale(m) && w.fits(x.rows.at(m.at)) {
			page = append(page, m)
		}
	}
	return page
}

// A cursor is opaque to whoever holds it: time and id of the last entry seen.
func (x *Index) cursor(m moment) string {
	r := x.rows.at(m.at)
	raw := binary.BigEndian.AppendUint64(nil, uint64(m.changed))
	return base64.RawURLEncoding.EncodeToString(append(raw, r.id[:]...))
}

func readCursor(s string) (position, error) {
	p := position{changed: math.MaxInt64}
	if s == "" {
		for i := range p.id {
			p.id[i] = 0xff
		}
		return p, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(raw) != 24 {
		return p, casework.Invalid.Because("the cursor is not one that was given out")
	}
	p.changed = int64(binary.BigEndian.Uint64(raw))
	copy(p.id[:], raw[8:])
	return p, nil
}
