package store

import (
	"slices"

	"serasi/node/casework"
)

// group holds what the updates of one commit have written and the file does not
// have yet. Later updates of the group read it as if it were stored.
type group struct {
	shelves map[shelfName]*shelf
	keys    map[string]dataKey // by owner: keys that are used by the group
	nextNo  uint64             // number of the data key made next
	size    int                // bytes of JSON
}

type shelfName struct {
	table casework.Table
	owner string
}

// shelf is the rows of one owner in one table.
type shelf struct {
	rows   map[string]row
	ids    []string // the keys of rows
	sorted bool     // whether ids is
}

// row is what the group says of one row.
type row struct {
	state rowState
	text  []byte // JSON
	key   dataKey
}

type rowState uint8

const (
	asStored rowState = iota // nothing: an update that wrote it failed
	written
	deleted
)

func newGroup(nextNo uint64) *group {
	return &group{shelves: map[shelfName]*shelf{}, keys: map[string]dataKey{}, nextNo: nextNo}
}

// row returns what the group says of a row.
func (g *group) row(t casework.Table, owner, id string) row {
	if s := g.shelves[shelfName{t, owner}]; s != nil {
		return s.rows[id]
	}
	return row{}
}

// set says something else of a row, and returns what was said before.
func (g *group) set(t casework.Table, owner, id string, r row) (before row) {
	name := shelfName{t, owner}
	s := g.shelves[name]
	if s == nil {
		s = &shelf{rows: map[string]row{}, sorted: true}
		g.shelves[name] = s
	}
	before, known := s.rows[id]
	if !known {
		s.sorted = s.sorted && (len(s.ids) == 0 || s.ids[len(s.ids)-1] < id)
		s.ids = append(s.ids, id)
	}
	s.rows[id] = r
	g.size += len(r.text) - len(before.text)
	return before
}

// sortedIDs returns the ids that the group says anything of, in order.
func (g *group) sortedIDs(t casework.Table, owner string) []string {
	s := g.shelves[shelfName{t, owner}]
	if s == nil {
		return nil
	}
	if !s.sorted {
		slices.Sort(s.ids)
		s.sorted = true
	}
	return s.ids
}
