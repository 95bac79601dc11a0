package casework_test

import (
	"slices"
	"testing"

	"serasi/node/casework"
)

// What a balai changes in a form is named, and nothing else is.
func TestChangesOfAForm(t *testing.T) {
	was, ok := casework.FormOf("F2/1")
	if !ok {
		t.Fatal("there is no F2/1")
	}
	if got := was.Changes(was); len(got) != 0 {
		t.Fatalf("a form differs from itself: %+v", got)
	}
	next := was
	next.Sections = slices.Clone(was.Sections)
	first := next.Sections[0]
	gone := first.Fields[len(first.Fields)-1]
	first.Fields = slices.Clone(first.Fields[:len(first.Fields)-1])
	first.Fields[0].Label.ID += " (baru)"
	first.Fields = append(first.Fields, casework.Field{Key: "baru", Label: casework.Label{ID: "Pertanyaan baru", EN: "New question"}, Kind: casework.FieldText})
	next.Sections[0] = first
	dropped := next.Sections[len(next.Sections)-1]
	next.Sections = append(next.Sections[:len(next.Sections)-1], casework.Section{Key: "tambahan", Title: casework.Label{ID: "Tambahan", EN: "More"}})
	want := []casework.FormChange{
		{What: casework.ChangeChanged, Section: first.Title, Field: first.Fields[0].Label},
		{What: casework.ChangeAdded, Section: first.Title, Field: casework.Label{ID: "Pertanyaan baru", EN: "New question"}},
		{What: casework.ChangeRemoved, Section: first.Title, Field: gone.Label},
		{What: casework.ChangeAdded, Section: casework.Label{ID: "Tambahan", EN: "More"}},
		{What: casework.ChangeRemoved, Section: dropped.Title},
	}
	if got := next.Changes(was); !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}
