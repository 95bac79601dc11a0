package casework

import (
	"reflect"
	"slices"
)

// What a FormChange may be. The words are ids of the catalogue of pages.
const (
	ChangeAdded   = "added"
	ChangeRemoved = "removed"
	ChangeChanged = "changed"
)

// A FormChange is one section or one question that a new version of a form adds,
// removes or words otherwise.
type FormChange struct {
	What    string `json:"what" enum:"added,removed,changed"`
	Section Label  `json:"section"`
	Field   Label  `json:"field,omitzero"` // zero: the section itself
}

// A FormPreview is what a version of a form would change, before it is put into
// use.
type FormPreview struct {
	Form    FormRef      `json:"form"`
	Was     FormRef      `json:"was,omitempty" doc:"The version it takes the place of; missing: none"`
	From    string       `json:"from" doc:"Its first day"`
	Title   Label        `json:"title"`
	Changes []FormChange `json:"changes" doc:"Against that version; of a form that is new none are listed"`
}

// Changes returns what f makes of was, in the order of f, then what is gone. Of a
// section that is new or gone its questions are not listed one by one.
func (f Form) Changes(was Form) (out []FormChange) {
	for _, s := range f.Sections {
		old, there := was.Section(s.Key)
		if !there {
			out = append(out, FormChange{What: ChangeAdded, Section: s.Title})
			continue
		}
		if bare, oldBare := s, old; !sameBut(&bare, &oldBare) {
			out = append(out, FormChange{What: ChangeChanged, Section: s.Title})
		}
		for _, q := range s.Fields {
			before, asked := old.Field(q.Key)
			switch {
			case !asked:
				out = append(out, FormChange{ChangeAdded, s.Title, q.Label})
			case !reflect.DeepEqual(before, q) || !sameLists(f, was, q):
				out = append(out, FormChange{ChangeChanged, s.Title, q.Label})
			}
		}
		for _, q := range old.Fields {
			if _, asked := s.Field(q.Key); !asked {
				out = append(out, FormChange{ChangeRemoved, s.Title, q.Label})
			}
		}
	}
	for _, s := range was.Sections {
		if _, there := f.Section(s.Key); !there {
			out = append(out, FormChange{What: ChangeRemoved, Section: s.Title})
		}
	}
	return out
}

// sameBut compares two sections without their questions.
func sameBut(a, b *Section) bool {
	a.Fields, b.Fields = nil, nil
	return reflect.DeepEqual(*a, *b)
}

// sameLists reports whether the lists that q chooses from are the same in both
// forms, in its rows too.
func sameLists(a, b Form, q Field) bool {
	return reflect.DeepEqual(a.Lists[q.List], b.Lists[q.List]) && !slices.ContainsFunc(q.Fields, func(column Field) bool { return !sameLists(a, b, column) })
}
