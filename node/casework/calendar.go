package casework

import (
	"slices"
	"strings"
	"time"
)

// HolidayKinds are the days on which nobody works beside the weekend.
var HolidayKinds = []string{"libur nasional", "cuti bersama", "libur balai"}

// MaxHolidays is how many a calendar may hold: more than fifty years of them.
const MaxHolidays = 2000

// A Holiday is a day on which a balai does not work.
type Holiday struct {
	Day  Day    `json:"day"`
	Name string `json:"name"`
	Kind string `json:"kind"`
}

// Deadlines are the times the work should keep to. Stages and answers are in
// working days of the balai's calendar. They are assumptions of practice, so
// each balai sets its own.
type Deadlines struct {
	Access     int `json:"access"`     // working days in stage 1, not urgent
	Agreement  int `json:"agreement"`  // stage 2
	Assessment int `json:"assessment"` // stage 3
	Planning   int `json:"planning"`   // stage 4
	Review     int `json:"review"`     // days from one review of a plan to the next
	Consent    int `json:"consent"`    // working days until a consent that follows must be there
}

// A Calendar is when a balai works and how fast. It belongs to the balai and
// is kept by it; the list of holidays is decided anew each year.
type Calendar struct {
	Holidays  []Holiday `json:"holidays"`
	Deadlines Deadlines `json:"deadlines"`
	Version   uint64    `json:"version"`
}

// DefaultCalendar is what a balai starts with: the national holidays and joint
// leave of 2026, and the typical times of the stages.
func DefaultCalendar() Calendar {
	return Calendar{
		Holidays:  slices.Clone(holidays()),
		Deadlines: Deadlines{Access: 1, Agreement: 3, Assessment: 14, Planning: 7, Review: 30, Consent: 3},
	}
}

var holidays = listOf("holidays", func(r record) Holiday { return Holiday{Day: Day(r["day"]), Name: r["name"], Kind: r["kind"]} })

// Check returns what is wrong with c, but for what the node sets.
func (c Calendar) Check() []Fault {
	var f faults
	if n := len(c.Holidays); n > MaxHolidays {
		f.add("holidays", "has %d entries; at most %d are possible", n, MaxHolidays)
		return f
	}
	seen := map[Day]bool{}
	for i, h := range c.Holidays {
		at := nested("holidays", i)
		f.needDay(at+".day", h.Day)
		f.need(at+".name", h.Name, MaxValue)
		f.oneOf(at+".kind", h.Kind, HolidayKinds...)
		if seen[h.Day] {
			f.add(at+".day", "is there twice")
		}
		seen[h.Day] = true
	}
	d := c.Deadlines
	for _, part := range []struct {
		field string
		days  int
	}{
		{"access", d.Access}, {"agreement", d.Agreement}, {"assessment", d.Assessment}, {"planning", d.Planning}, {"review", d.Review}, {"consent", d.Consent},
	} {
		if part.days < 1 || part.days > 365 {
			f.add("deadlines."+part.field, "must be 1 to 365 days")
		}
	}
	return f
}

// Sorted returns c with its holidays in order.
func (c Calendar) Sorted() Calendar {
	c.Holidays = slices.Clone(c.Holidays)
	slices.SortFunc(c.Holidays, func(a, b Holiday) int { return strings.Compare(string(a.Day), string(b.Day)) })
	return c
}

// Holiday returns the holiday on d, if it is one.
func (c Calendar) Holiday(d Day) (Holiday, bool) {
	return pick(c.Holidays, func(h Holiday) bool { return h.Day == d })
}

// Works reports whether d is a working day.
func (c Calendar) Works(d Day) bool {
	switch d.In(time.UTC).Weekday() {
	case time.Saturday, time.Sunday:
		return false
	}
	_, free := c.Holiday(d)
	return !free
}

// After returns the nth working day after d. With n = 0 it is d itself, or the
// next working day if d is none.
func (c Calendar) After(d Day, n int) Day {
	if !d.Valid() {
		return ""
	}
	for !c.Works(d) {
		d = d.Plus(1)
	}
	for ; n > 0; n-- {
		for d = d.Plus(1); !c.Works(d); d = d.Plus(1) {
		}
	}
	return d
}

// Between returns how many working days lie after from up to and with until.
func (c Calendar) Between(from, until Day) int {
	n := 0
	for d := from.Plus(1); d.Valid() && d <= until; d = d.Plus(1) {
		if c.Works(d) {
			n++
		}
	}
	return n
}

// Knows reports whether c holds a holiday of a year at all: without one nobody
// has entered that year's list yet.
func (c Calendar) Knows(year int) bool {
	return slices.ContainsFunc(c.Holidays, func(h Holiday) bool { return h.Day.In(time.UTC).Year() == year })
}

// A CatalogueLine is one service that a balai may give under a component.
type CatalogueLine struct {
	Component string
	Name      string
}

// Catalogue returns the services that are proposed to who writes a plan.
func Catalogue() []CatalogueLine { return slices.Clone(catalogue()) }

var catalogue = listOf("services", func(r record) CatalogueLine { return CatalogueLine{Component: r["component"], Name: r["name"]} })
