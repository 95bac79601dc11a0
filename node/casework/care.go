package casework

import (
	"context"
	"time"
)

// CareID names one record of care. It is an ID like the others.
type CareID string

// A Record is one entry that a balai keeps of a case beside its notes: who
// wrote it, where, and what it says. Only the balai that wrote it changes it.
type Record[T any] struct {
	ID      CareID    `json:"id"`
	Case    CaseID    `json:"case"`
	By      UserID    `json:"by,omitempty"` // who wrote it last
	Balai   BalaiCode `json:"balai"`
	Written time.Time `json:"written"`
	Handoff HandoffID `json:"handoff,omitempty"` // the transfer under way when it was last written, if any: then it is an addendum
	Version uint64    `json:"version"`           // grows by one with each change; the ETag
	Data    T         `json:"data"`
}

// Checked is what can say what is wrong with itself.
type Checked interface{ Check() []Fault }

// A Sheet keeps one kind of record of the cases here. Every method decides
// about permissions itself and writes its audit line. The kinds of its errors
// are Invalid with the fields, NotFound, Forbidden, Frozen, and Conflict, which
// carries both versions if an edit was stale.
type Sheet[T Checked] interface {
	// Add writes a new record.
	Add(ctx context.Context, by Actor, id CaseID, data T) (Record[T], error)
	// Edit changes a record of this balai that the caller saw at version.
	Edit(ctx context.Context, by Actor, id CaseID, row CareID, version uint64, data T) (Record[T], error)
	// List returns the records of a case, newest first.
	List(ctx context.Context, by Actor, id CaseID) ([]Record[T], error)
}

// Sheets are the kinds of record that are written and corrected one by one.
type Sheets struct {
	Conferences Sheet[Conference]
	Services    Sheet[Service]
	Provisions  Sheet[Provision]
	Incidents   Sheet[Incident]
	Civil       Sheet[CivilPaper]
	Programmes  Sheet[Programme]
	Visits      Sheet[Visit]
}

// Care is all that is kept of a case about its plan, its services, its stay and
// how it ended, as it travels with the case.
type Care struct {
	Conferences []Record[Conference] `json:"conferences,omitempty"`
	Plans       []Record[Plan]       `json:"plans,omitempty"` // oldest first
	Services    []Record[Service]    `json:"services,omitempty"`
	Provisions  []Record[Provision]  `json:"provisions,omitempty"`
	Tasks       []Record[Task]       `json:"tasks,omitempty"`
	Stays       []Record[Stay]       `json:"stays,omitempty"`
	Discharges  []Record[Discharge]  `json:"discharges,omitempty"`
	Visits      []Record[Visit]      `json:"visits,omitempty"`
	Incidents   []Record[Incident]   `json:"incidents,omitempty"`
	Civil       []Record[CivilPaper] `json:"civil,omitempty"`
	Programmes  []Record[Programme]  `json:"programmes,omitempty"`
}

// The parts of care that are read together. They stand in the audit trail:
// add, never rename.
const (
	PartPlan       = "plan" // with the conferences it rests on
	PartServices   = "services"
	PartConference = "conferences"
	PartTasks      = "tasks"
	PartStay       = "stay"
	PartEnding     = "ending"  // discharge, visits, and the plan whose goals it judges
	PartWelfare    = "welfare" // incidents, civil papers and programmes
)

// A CareFile is one part of the care of a case as its page shows it.
type CareFile struct {
	Case   Case      `json:"case"`
	Person Person    `json:"person"`
	Plan   PlanView  `json:"plan"`
	Care   Care      `json:"care"`
	Dues   []Due     `json:"dues,omitempty"` // with PartTasks, the soonest first
	Today  Day       `json:"today"`
	Here   BalaiCode `json:"here"` // this balai: records of others are only read
	Write  error     `json:"-"`    // why the reader cannot change this part now, or nil
	Decide error     `json:"-"`    // why the reader cannot approve a plan now, or nil
}

// Rows returns how many records c holds.
func (c Care) Rows() int {
	return len(c.Conferences) + len(c.Plans) + len(c.Services) + len(c.Provisions) + len(c.Tasks) + len(c.Stays) + len(c.Discharges) +
		len(c.Visits) + len(c.Incidents) + len(c.Civil) + len(c.Programmes)
}

// Under returns the records that balai wrote while the transfer h was under way.
func (c Care) Under(h HandoffID, balai BalaiCode) Care {
	return Care{
		Conferences: under(c.Conferences, h, balai), Plans: under(c.Plans, h, balai), Services: under(c.Services, h, balai),
		Provisions: under(c.Provisions, h, balai), Tasks: under(c.Tasks, h, balai), Stays: under(c.Stays, h, balai),
		Discharges: under(c.Discharges, h, balai), Visits: under(c.Visits, h, balai), Incidents: under(c.Incidents, h, balai),
		Civil: under(c.Civil, h, balai), Programmes: under(c.Programmes, h, balai),
	}
}

func under[T any](list []Record[T], h HandoffID, balai BalaiCode) (out []Record[T]) {
	for _, r := range list {
		if r.Handoff == h && r.Balai == balai {
			out = append(out, r)
		}
	}
	return out
}

// IsZero reports whether c holds nothing, so that a case without care is
// written as before there was any.
func (c Care) IsZero() bool { return c.Rows() == 0 }

// Check returns what is wrong with c, which another balai made.
func (c Care) Check() []Fault {
	var f faults
	if n := c.Rows(); n > maxRows {
		f.add("care", "has %d records; at most %d are possible", n, maxRows)
		return f
	}
	checkRecords(&f, "care.conferences", c.Conferences)
	checkRecords(&f, "care.plans", c.Plans)
	checkRecords(&f, "care.services", c.Services)
	checkRecords(&f, "care.provisions", c.Provisions)
	checkRecords(&f, "care.tasks", c.Tasks)
	checkRecords(&f, "care.stays", c.Stays)
	checkRecords(&f, "care.discharges", c.Discharges)
	checkRecords(&f, "care.visits", c.Visits)
	checkRecords(&f, "care.incidents", c.Incidents)
	checkRecords(&f, "care.civil", c.Civil)
	checkRecords(&f, "care.programmes", c.Programmes)
	return f
}

func checkRecords[T Checked](f *faults, field string, list []Record[T]) {
	for i, r := range list {
		at := nested(field, i)
		f.row(field, i, string(r.ID), r.Balai, nil)
		f.within(at+".data", r.Data.Check())
		if r.Written.IsZero() {
			f.add(at+".written", "is missing")
		}
	}
}

// Day is a day of the balai's calendar: 2006-01-02. "" is no day.
type Day string

// DayOf returns the day of t where t is.
func DayOf(t time.Time) Day { return Day(t.Format(time.DateOnly)) }

// Valid reports whether d is a day that exists.
func (d Day) Valid() bool {
	_, err := time.Parse(time.DateOnly, string(d))
	return err == nil
}

// In returns the first moment of d in zone, or the zero time if d is none.
func (d Day) In(zone *time.Location) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, string(d), zone)
	if err != nil {
		return time.Time{}
	}
	return t
}

// Plus returns the day n days after d.
func (d Day) Plus(n int) Day {
	if !d.Valid() {
		return ""
	}
	return DayOf(d.In(time.UTC).AddDate(0, 0, n))
}

// Months returns the day n months after d; of a month that is too short, its
// last day.
func (d Day) Months(n int) Day {
	if !d.Valid() {
		return ""
	}
	t := d.In(time.UTC)
	last := time.Date(t.Year(), t.Month()+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC)
	return DayOf(time.Date(last.Year(), last.Month(), min(t.Day(), last.Day()), 0, 0, 0, 0, time.UTC))
}

// Until returns how many days it is from d to e; less than zero if e was before.
func (d Day) Until(e Day) int {
	return int(e.In(time.UTC).Sub(d.In(time.UTC)).Hours() / 24)
}

func (f *faults) day(field string, d Day) {
	if d != "" && !d.Valid() {
		f.add(field, "is not a day such as 2026-03-19")
	}
}

func (f *faults) needDay(field string, d Day) {
	if d == "" {
		f.add(field, "is missing")
		return
	}
	f.day(field, d)
}

// inOrder says if until is before from.
func (f *faults) inOrder(field string, from, until Day) {
	if from.Valid() && until.Valid() && until < from {
		f.add(field, "is before it begins")
	}
}

// maybeOne is oneOf for what may be left empty.
func (f *faults) maybeOne(field, s string, list ...string) {
	if s != "" {
		f.oneOf(field, s, list...)
	}
}
