package report

import (
	"time"

	"serasi/node/casework"
)

// settling is how long after coming in a number may be typed in and still count
// as brought along.
const settling = 24 * time.Hour

// arrived counts who came in without a NIK.
func (p period) arrived(t tallies, f fact, s span) {
	if !p.has(s.in) {
		return
	}
	if first, ok := firstNIK(f.p); !ok || first.After(later(s.in, f.p.Created).Add(settling)) {
		t.person("nik.none", f)
	}
}

// papers counts what became of the identity of somebody.
func (p period) papers(t tallies, f fact) {
	for _, c := range f.p.Claims {
		if c.Kind == casework.ClaimNIK && c.Standing == casework.Recording && p.has(c.At) {
			t.person("nik.recording", f)
			break
		}
	}
	if first, ok := firstNIK(f.p); ok && p.has(first) && first.After(f.p.Created.Add(settling)) {
		t.person("nik.issued", f)
	}
}

// firstNIK returns when the first whole NIK of p was written down.
func firstNIK(p casework.Person) (at time.Time, ok bool) {
	for _, c := range p.Claims {
		if n, err := casework.ParseNIK(c.Value); c.Kind == casework.ClaimNIK && err == nil && n != "" && (!ok || c.At.Before(at)) {
			at, ok = c.At, true
		}
	}
	return at, ok
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (p period) notes(t tallies, f fact) {
	for _, n := range f.notes {
		if !p.has(n.At) {
			continue
		}
		switch n.Kind {
		case "conference":
			t.add("conferences", f.c.ID)
		case "incident":
			t.add("incidents", f.c.ID)
		}
	}
}

// response counts a case that came in the month, and returns the hours until
// its rapid assessment.
func (p period) response(t tallies, f fact) (hours float64, ok bool) {
	if !p.has(f.c.Opened) {
		return 0, false
	}
	var first time.Time
	for _, n := range f.notes {
		if n.Kind == "rapid assessment" && (first.IsZero() || n.At.Before(first)) {
			first = n.At
		}
	}
	if first.IsZero() {
		return 0, false
	}
	t.add("response", f.c.ID)
	return max(first.Sub(f.c.Opened).Hours(), 0), true
}

// stages counts an assessment completed in the month, which is the first step
// from stage 3 to stage 4, and a plan approved, the first to stage 5, if no
// plan is kept that says so itself. It reports whether the assessment was on time.
func (p period) stages(t tallies, f fact) (onTime bool) {
	var began, assessed, planned time.Time
	for _, s := range f.steps {
		if s.What != casework.WasMoved && s.What != casework.WasOpened {
			continue
		}
		switch {
		case s.Stage == casework.Assessment && began.IsZero():
			began = s.At
		case s.Stage == casework.Planning && assessed.IsZero():
			assessed = s.At
		case s.Stage == casework.Implementation && planned.IsZero():
			planned = s.At
		}
	}
	if !planned.IsZero() && p.has(planned) && len(f.care.plans) == 0 {
		t.add("planned", f.c.ID)
	}
	if assessed.IsZero() || !p.has(assessed) {
		return false
	}
	t.add("assessed", f.c.ID)
	if began.IsZero() {
		return false
	}
	days := p.calendar.Between(casework.DayOf(began.In(p.zone)), casework.DayOf(assessed.In(p.zone)))
	return days <= p.calendar.Deadlines.Assessment
}
