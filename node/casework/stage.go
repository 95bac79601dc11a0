package casework

import (
	"slices"
	"strconv"
)

// stages is the way through ATENSI: one step on, back to any earlier stage
// (re-assessment is ordinary), and to the end from everywhere, because people
// leave, die or are handed on at any stage.
var stages = map[Stage][]Stage{
	Access:         {Agreement, Termination},
	Agreement:      {Access, Assessment, Termination},
	Assessment:     {Access, Agreement, Planning, Termination},
	Planning:       {Access, Agreement, Assessment, Implementation, Termination},
	Implementation: {Access, Agreement, Assessment, Planning, Monitoring, Termination},
	Monitoring:     {Access, Agreement, Assessment, Planning, Implementation, Termination},
	Termination:    {Access, Agreement, Assessment, Planning, Implementation, Monitoring},
}

// Valid reports whether s is one of the seven stages.
func (s Stage) Valid() bool { return s >= Access && s <= Termination }

// Next returns the stages that may follow s.
func (s Stage) Next() []Stage { return slices.Clone(stages[s]) }

// NeedsAgreement reports whether a case may be at s only with an agreement (a
// consent to processing) or a recorded reason why there can be none.
func (s Stage) NeedsAgreement() bool { return s >= Assessment && s <= Monitoring }

// Advance returns c taken to stage next. The same step twice is one step.
//
// The error is Conflict if the stages do not follow one another, and Invalid
// if next is none of the seven.
func (c Case) Advance(next Stage) (Case, error) {
	switch {
	case !next.Valid():
		return c, Faulty(Fault{Field: "stage", Words: "must be 1 to 7, not " + strconv.Itoa(int(next))})
	case c.Stage == next:
		return c, nil
	case !slices.Contains(stages[c.Stage], next):
		return c, Conflict.Because("case %s is at stage %d, from where stage %d cannot follow", c.Number, c.Stage, next)
	}
	c.Stage = next
	return c, nil
}
