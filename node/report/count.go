package report

import (
	"math"
	"slices"
	"time"

	"serasi/node/casework"
)

// A tally is a figure being counted.
type tally struct {
	known bool
	value float64
	cases []casework.CaseID // behind it, each once for each time it counts
	list  bool              // there is a list behind it, be it empty

	people map[casework.PersonID]bool // who is in it, of figures that count people
}

// tallies are the figures of one month by code.
type tallies map[string]*tally

func (t tallies) of(code string) *tally {
	if t[code] == nil {
		t[code] = &tally{known: true, list: true}
	}
	return t[code]
}

// add counts one case in a figure.
func (t tallies) add(code string, id casework.CaseID) {
	f := t.of(code)
	f.value++
	f.cases = append(f.cases, id)
}

// person counts the person of a case in a figure, once, however many cases of
// theirs say so.
func (t tallies) person(code string, f fact) {
	one := t.of(code)
	if f.p.ID != "" && one.people[f.p.ID] {
		return
	}
	if one.people == nil {
		one.people = map[casework.PersonID]bool{}
	}
	one.people[f.p.ID] = true
	t.add(code, f.c.ID)
}

// set gives a figure a value with no list of its own.
func (t tallies) set(code string, v float64) { t[code] = &tally{known: true, value: v} }

// A period is one month at one balai.
type period struct {
	month       casework.Month
	from, until time.Time
	zone        *time.Location
	calendar    casework.Calendar
}

func (p period) has(t time.Time) bool { return !t.Before(p.from) && t.Before(p.until) }

// hasDay reports whether a civil day lies in the month.
func (p period) hasDay(d casework.Day) bool { return d.Valid() && string(d)[:7] == string(p.month) }

// lastDay is the last day of the month.
func (p period) lastDay() casework.Day { return casework.DayOf(p.until.AddDate(0, 0, -1)) }

// A mover is a beneficiary of the month: where he stands in the four columns,
// and in which group of each breakdown he was at the start and at the end.
type mover struct {
	Case    casework.CaseID `json:"case"`
	Opening bool            `json:"o,omitempty"`
	In      bool            `json:"i,omitempty"`
	Out     bool            `json:"x,omitempty"`
	Closing bool            `json:"c,omitempty"`
	Start   []string        `json:"a"`
	End     []string        `json:"z,omitempty"` // nil: as at the start
}

// stand counts a span of a case in the month. ok is false if it lies outside.
func (p period) stand(f fact, s span) (m mover, ok bool) {
	open := s.out.IsZero()
	m = mover{
		Case:    f.c.ID,
		Opening: s.in.Before(p.from) && (open || !s.out.Before(p.from)),
		In:      p.has(s.in),
		Out:     !open && p.has(s.out) && s.in.Before(p.until),
		Closing: s.in.Before(p.until) && (open || !s.out.Before(p.until)),
	}
	if !m.Opening && !m.In {
		return m, false
	}
	end := p.until
	if m.Out {
		end = s.out
	}
	switch m.Start = f.groups(end, p.zone); {
	case m.Opening && m.Closing:
		if start := f.groups(p.from, p.zone); !slices.Equal(start, m.Start) {
			m.Start, m.End = start, m.Start
		}
	case m.Opening:
		m.Start = f.groups(p.from, p.zone)
	}
	return m, true
}

// count counts a month.
func (p period) count(facts []fact) (tallies, []mover) {
	t := tallies{}
	for _, code := range []string{"open", "in", inNew, inAgain, inHandoff, "out", "out.reunified", "out.referred", "out.goal", "out.resigned",
		"out.left", "out.died", outOther, "close", "reunified", "died", "absconded", "nik.none", "nik.recording", "nik.issued", "response",
		"assessed", "planned", "conferences", "incidents"} {
		t.of(code)
	}
	var movers []mover
	var late []float64
	onTime := 0
	for _, one := range presences(facts) {
		if m, ok := p.stand(one.fact, one.span); ok {
			movers = append(movers, m)
			t.flow(m, one.span)
			p.arrived(t, one.fact, one.span)
		}
	}
	for _, f := range facts {
		p.papers(t, f)
		p.notes(t, f)
		if hours, ok := p.response(t, f); ok {
			late = append(late, hours)
		}
		if p.stages(t, f) {
			onTime++
		}
	}
	if len(late) > 0 {
		t.set("response.hours", oneDecimal(median(late)))
	}
	if n := t["assessed"].value; n > 0 {
		t.set("assessed.on time", oneDecimal(100*float64(onTime)/n))
	}
	return t, movers
}

func (t tallies) flow(m mover, s span) {
	for _, column := range []struct {
		in   bool
		code string
	}{{m.Opening, "open"}, {m.In, "in"}, {m.In, s.how}, {m.Out, "out"}, {m.Out, s.why}, {m.Closing, "close"}} {
		if column.in {
			t.add(column.code, m.Case)
		}
	}
	if m.Out {
		for why, also := range map[string]string{"out.reunified": "reunified", "out.died": "died", "out.left": "absconded"} {
			if s.why == why {
				t.add(also, m.Case)
			}
		}
	}
}

func median(list []float64) float64 {
	slices.Sort(list)
	n := len(list)
	if n%2 == 1 {
		return list[n/2]
	}
	return (list[n/2-1] + list[n/2]) / 2
}

func oneDecimal(v float64) float64 { return math.Round(v*10) / 10 }
