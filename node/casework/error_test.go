package casework_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"serasi/node/casework"
)

func TestExplain(t *testing.T) {
	conflict := casework.Conflict.Because("handoff %s is closed", "h1")
	tests := map[string]struct {
		err   error
		kind  casework.Kind
		words string
	}{
		"as made":         {conflict, casework.Conflict, "handoff h1 is closed"},
		"wrapped":         {fmt.Errorf("close handoff: %w", conflict), casework.Conflict, "handoff h1 is closed"},
		"stale":           {casework.Stale(1, 2), casework.Conflict, "someone else changed this meanwhile"},
		"faulty":          {casework.Faulty(casework.Fault{Field: "a", Words: "is missing"}), casework.Invalid, "some fields need a correction"},
		"of someone else": {fmt.Errorf("write node.db: %w", io.ErrShortWrite), casework.Internal, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if kind, words := casework.Explain(tt.err); kind != tt.kind || words != tt.words {
				t.Errorf("%s, %q; want %s, %q", kind, words, tt.kind, tt.words)
			}
			if want := tt.kind != casework.Internal; errors.Is(tt.err, tt.kind) != want {
				t.Errorf("errors.Is(err, %s) is not %v", tt.kind, want)
			}
		})
	}
}

func TestFaultyHoldsThemAll(t *testing.T) {
	if casework.Faulty() != nil {
		t.Fatal("no fault is an error")
	}
	err := fmt.Errorf("open: %w", casework.Faulty(casework.Fault{Field: "a", Words: "is missing"}, casework.Fault{Field: "b.0", Words: "is not in the list"}))
	if got := names(casework.Faults(err)); got != "a b.0" {
		t.Errorf("fields %q", got)
	}
	if !strings.Contains(err.Error(), "b.0: is not in the list") {
		t.Errorf("the log reads %q", err)
	}
	if casework.Faults(io.EOF) != nil {
		t.Error("faults of an error that has none")
	}
}

func TestBothVersions(t *testing.T) {
	v, found := casework.BothVersions(fmt.Errorf("edit: %w", casework.Stale("old", "new")))
	if !found || v.Current != "old" || v.Yours != "new" {
		t.Fatalf("%+v, %v", v, found)
	}
	if _, found := casework.BothVersions(casework.Conflict.Because("closed")); found {
		t.Fatal("two texts of a conflict that has none")
	}
}
