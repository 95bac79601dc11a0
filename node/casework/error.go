package casework

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what can be done about an error. It is an error itself, so that
// errors.Is(err, Conflict) asks for it, however deep it is wrapped.
type Kind string

// The kinds. Each becomes one HTTP status, one gRPC code and one exit code, in
// one table a door.
const (
	Invalid     Kind = "invalid"     // mend the input; Faults names the fields
	Unknown     Kind = "unknown"     // who is asking: sign in again
	Forbidden   Kind = "forbidden"   // ask someone who may
	NotFound    Kind = "not found"   // or not yours to see
	Conflict    Kind = "conflict"    // load it again, then decide
	Frozen      Kind = "frozen"      // on offer to another balai: only addenda
	Waiting     Kind = "waiting"     // do nothing: it is in the outbox and goes by itself
	TooMany     Kind = "too many"    // slow down and try again
	Unavailable Kind = "unavailable" // this node cannot do it now: try again later
	Unsupported Kind = "unsupported" // this node will not do it in this mode
	Internal    Kind = "internal"    // a fault of ours: what it is goes to the log only
)

func (k Kind) Error() string { return string(k) }

// Because makes an error of kind k with words for the person at the screen.
// The words never name a client and never repeat what was typed into a field.
func (k Kind) Because(format string, args ...any) error {
	return &reason{kind: k, words: fmt.Sprintf(format, args...), format: format, args: args}
}

type reason struct {
	kind   Kind
	words  string
	format string // what words were made from, for other languages; "": words as they are
	args   []any
	faults []Fault
	detail any
}

func (r *reason) Error() string {
	if len(r.faults) == 0 {
		return r.words
	}
	parts := make([]string, 0, len(r.faults))
	for _, f := range r.faults {
		parts = append(parts, f.Field+": "+f.Words)
	}
	return r.words + ": " + strings.Join(parts, "; ")
}

func (r *reason) Unwrap() error { return r.kind }

// A Fault is one field of an input and what is wrong with it. Field is the
// JSON name, dotted for nested fields ("claims.0.value").
type Fault struct {
	Field string `json:"field"`
	Words string `json:"words"`
}

// Faulty returns nil if there are no faults, else one Invalid error that holds
// them all, so that bad input costs one correction and not five.
func Faulty(faults ...Fault) error {
	if len(faults) == 0 {
		return nil
	}
	return &reason{kind: Invalid, words: "some fields need a correction", faults: faults}
}

// Stale is a Conflict that carries both versions of what was edited: current is
// the stored one, yours what the caller wanted to store.
func Stale(current, yours any) error {
	return &reason{kind: Conflict, words: "someone else changed this meanwhile", detail: Versions{current, yours}}
}

// Versions are the two texts of a stale edit.
type Versions struct {
	Current any `json:"current"`
	Yours   any `json:"yours"`
}

// Explain returns the kind of an error and what a person may read of it. All
// that was not made here is Internal, and there is nothing to read.
func Explain(err error) (Kind, string) {
	var r *reason
	if errors.As(err, &r) {
		return r.kind, r.words
	}
	return Internal, ""
}

// Faults returns the faulty fields that err names.
func Faults(err error) []Fault {
	var r *reason
	if errors.As(err, &r) {
		return r.faults
	}
	return nil
}

// detailOf returns what err carries beside its words.
func detailOf(err error) any {
	var r *reason
	if errors.As(err, &r) {
		return r.detail
	}
	return nil
}

// BothVersions returns the two texts of a stale edit.
func BothVersions(err error) (Versions, bool) {
	var r *reason
	if errors.As(err, &r) {
		v, ok := r.detail.(Versions)
		return v, ok
	}
	return Versions{}, false
}
