package casework

import (
	"slices"
	"time"
)

// The short lists of the plan. They are stored and travel: add, never rename.
var (
	// Components are the seven components of ATENSI, K4 in its three parts.
	Components = []string{"K1", "K2", "K3", "K4a", "K4b", "K4c", "K5", "K6", "K7"}
	// Bases are where a service is given. Residential care is the last resort
	// for children.
	Bases = []string{"keluarga", "komunitas", "residensial", "harian"}
	// Outcomes are how far a goal was reached.
	Outcomes = []string{"tercapai", "sebagian", "tidak"}
	// ConferenceRoles are what somebody is at a case conference.
	ConferenceRoles = []string{"pekerja sosial", "supervisor", "psikolog", "perawat", "terapis", "instruktur", "pengasuh", "PM", "keluarga", "wali", "dinsos", "mitra", "lainnya"}
)

// Limits of a plan and a conference.
const (
	MaxGoals  = 60
	MaxPeople = 60
)

// Emergency is the component that may be given before there is a plan.
const Emergency = "K1"

// A Participant is one who took part in a conference.
type Participant struct {
	Role   string `json:"role"`
	Name   string `json:"name"`
	Agency string `json:"agency,omitempty"`
}

// A Conference is one case conference (pembahasan kasus).
type Conference struct {
	Day       Day           `json:"day"`
	Place     string        `json:"place,omitempty"`
	Topic     string        `json:"topic,omitempty"`
	People    []Participant `json:"people"`
	Decisions string        `json:"decisions"`
}

// Check returns what is wrong with c.
func (c Conference) Check() []Fault {
	var f faults
	f.needDay("day", c.Day)
	f.text("place", c.Place, MaxValue)
	f.text("topic", c.Topic, MaxValue)
	f.need("decisions", c.Decisions, MaxText)
	switch n := len(c.People); {
	case n == 0:
		f.add("people", "is missing")
	case n > MaxPeople:
		f.add("people", "has %d entries; at most %d are possible", n, MaxPeople)
	}
	for i, p := range c.People[:min(len(c.People), MaxPeople)] {
		at := nested("people", i)
		f.oneOf(at+".role", p.Role, ConferenceRoles...)
		f.need(at+".name", p.Name, MaxValue)
		f.text(at+".agency", p.Agency, MaxValue)
	}
	return f
}

// A Goal is one line of a service plan (form F5).
type Goal struct {
	ID        CareID `json:"id,omitempty"` // stays the same from version to version
	Problem   string `json:"problem"`
	Aim       string `json:"aim"` // measurable
	Indicator string `json:"indicator,omitempty"`
	Component string `json:"component"`
	Activity  string `json:"activity"`
	Base      string `json:"base"`
	Lead      UserID `json:"lead,omitempty"` // who is responsible; "": the lead of the case
	Partner   string `json:"partner,omitempty"`
	From      Day    `json:"from"`
	Until     Day    `json:"until"`
	Cost      int64  `json:"cost,omitempty"` // whole rupiah
	Funds     string `json:"funds,omitempty"`
	Outcome   string `json:"outcome,omitempty"` // one of Outcomes, once it is known
	Result    string `json:"result,omitempty"`
}

// Check returns what is wrong with g.
func (g Goal) Check() []Fault {
	var f faults
	f.id("id", string(g.ID))
	f.need("problem", g.Problem, MaxText)
	f.need("aim", g.Aim, MaxText)
	f.text("indicator", g.Indicator, MaxText)
	f.oneOf("component", g.Component, Components...)
	f.need("activity", g.Activity, MaxValue)
	f.oneOf("base", g.Base, Bases...)
	f.id("lead", string(g.Lead))
	f.text("partner", g.Partner, MaxValue)
	f.needDay("from", g.From)
	f.needDay("until", g.Until)
	f.inOrder("until", g.From, g.Until)
	if g.Cost < 0 || g.Cost > 1_000_000_000_000 {
		f.add("cost", "must be 0 to 1,000,000,000,000 rupiah")
	}
	f.text("funds", g.Funds, MaxValue)
	f.maybeOne("outcome", g.Outcome, Outcomes...)
	f.text("result", g.Result, MaxText)
	return f
}

// A Plan is one version of the service plan. A change after approval is a new
// version, which waits for an approval of its own.
type Plan struct {
	Number     int       `json:"number"`               // 1, 2, ... within the case
	WithPerson bool      `json:"withPerson"`           // made together with the beneficiary
	WithFamily bool      `json:"withFamily"`           // or with family or guardian
	Conference CareID    `json:"conference,omitempty"` // the case conference it rests on
	Goals      []Goal    `json:"goals"`
	Approved   time.Time `json:"approved,omitzero"`
	ApprovedBy UserID    `json:"approvedBy,omitempty"`
}

// Check returns what is wrong with p. A draft may have no goals yet.
func (p Plan) Check() []Fault {
	var f faults
	if p.Number < 1 || p.Number > maxRows {
		f.add("number", "must be 1 or more")
	}
	f.id("conference", string(p.Conference))
	if n := len(p.Goals); n > MaxGoals {
		f.add("goals", "has %d entries; at most %d are possible", n, MaxGoals)
		return f
	}
	for i, g := range p.Goals {
		f.within(nested("goals", i), g.Check())
		if !IsID(string(g.ID)) {
			f.add(nested("goals", i)+".id", "is not an id")
		}
	}
	return f
}

// Goal returns the goal of p with an id.
func (p Plan) Goal(id CareID) (Goal, bool) {
	return pick(p.Goals, func(g Goal) bool { return g.ID == id })
}

// ToApprove returns what p lacks to be approved.
func (p Plan) ToApprove() []Fault {
	var f faults
	if len(p.Goals) == 0 {
		f.add("goals", "is missing")
	}
	if !p.WithPerson && !p.WithFamily {
		f.add("withPerson", "must be agreed with the beneficiary, the family or the guardian")
	}
	return f
}

// A PlanView is the plan of a case as its page shows it.
type PlanView struct {
	Current *Record[Plan]  `json:"current,omitempty"` // the approved one in force
	Draft   *Record[Plan]  `json:"draft,omitempty"`   // waits for approval
	Old     []Record[Plan] `json:"old,omitempty"`     // newest first
}

// PlanOf sorts the versions of a plan. The approved one that was approved last
// is in force, wherever that was.
func PlanOf(all []Record[Plan]) PlanView {
	var v PlanView
	list := slices.Clone(all)
	slices.SortStableFunc(list, func(a, b Record[Plan]) int {
		if c := b.Data.Approved.Compare(a.Data.Approved); c != 0 {
			return c
		}
		return b.Written.Compare(a.Written)
	})
	for _, r := range list {
		switch {
		case r.Data.Approved.IsZero() && v.Draft == nil:
			v.Draft = &r
		case !r.Data.Approved.IsZero() && v.Current == nil:
			v.Current = &r
		default:
			v.Old = append(v.Old, r)
		}
	}
	if v.Draft != nil && v.Current != nil && v.Draft.Written.Before(v.Current.Data.Approved) {
		v.Draft, v.Old = nil, append(v.Old, *v.Draft) // overtaken
	}
	return v
}

// Best returns the plan that shows best what is meant: the one in force, else
// the draft, else nil.
func (v PlanView) Best() *Plan {
	switch {
	case v.Current != nil:
		return &v.Current.Data
	case v.Draft != nil:
		return &v.Draft.Data
	}
	return nil
}

// PlanHead is what a plan says beside its goals.
type PlanHead struct {
	WithPerson bool   `json:"withPerson"`
	WithFamily bool   `json:"withFamily"`
	Conference CareID `json:"conference,omitempty"`
}

// GoalResult says how a goal of an approved plan ended.
type GoalResult struct {
	Outcome string `json:"outcome"`
	Result  string `json:"result,omitempty"`
}

// Check returns what is wrong with r.
func (r GoalResult) Check() []Fault {
	var f faults
	f.oneOf("outcome", r.Outcome, Outcomes...)
	f.text("result", r.Result, MaxText)
	return f
}
