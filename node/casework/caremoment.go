package casework

import (
	"slices"
	"strings"
	"time"
)

// A CareMoment is one record of care as the timeline of its case shows it.
type CareMoment struct {
	ID    CareID    `json:"id"`
	What  string    `json:"what"`            // service, provision, conference, ...
	State string    `json:"state,omitempty"` // a stored word of the list that What has
	Words string    `json:"words,omitempty"`
	By    UserID    `json:"by,omitempty"`
	Balai BalaiCode `json:"balai"`
	At    time.Time `json:"at"`
}

// What a CareMoment may be about. The words are ids of the catalogue of pages.
const (
	CareService    = "service"
	CareProvision  = "provision"
	CareConference = "conference"
	CarePlanned    = "plan"
	CareStay       = "stay"
	CareLeft       = "left"
	CareIncident   = "incident"
	CareCivil      = "civil"
	CareVisit      = "visit"
	CareEnded      = "ended"
)

// Moments returns what stands of c in the timeline. What was written later than
// it happened stands at the day it happened, in zone.
func (c Care) Moments(zone *time.Location) []CareMoment {
	m := careMoments{zone: zone}
	for _, r := range c.Services {
		d := r.Data
		addMoment(&m, r, d.Day, CareService, d.Component, joined(d.Activity, d.Remark))
	}
	for _, r := range c.Provisions {
		addMoment(&m, r, r.Data.Since, CareProvision, r.Data.State, r.Data.Item)
	}
	for _, r := range c.Conferences {
		addMoment(&m, r, r.Data.Day, CareConference, "", joined(r.Data.Topic, r.Data.Decisions))
	}
	for _, r := range c.Plans {
		if !r.Data.Approved.IsZero() {
			m.list = append(m.list, CareMoment{ID: r.ID, What: CarePlanned, By: r.Data.ApprovedBy, Balai: r.Balai, At: r.Data.Approved})
		}
	}
	for _, r := range c.Stays {
		addMoment(&m, r, r.Data.From, CareStay, "", r.Data.Place)
		if r.Data.Until != "" {
			m.list = append(m.list, CareMoment{ID: r.ID, What: CareLeft, State: r.Data.Left, Words: r.Data.Place, By: r.By, Balai: r.Balai, At: r.Data.Until.In(zone)})
		}
	}
	for _, r := range c.Incidents {
		addMoment(&m, r, r.Data.Day, CareIncident, r.Data.Kind, r.Data.Account)
	}
	for _, r := range c.Civil {
		addMoment(&m, r, r.Data.Since, CareCivil, r.Data.State, joined(strings.ToUpper(r.Data.Kind), r.Data.Office))
	}
	for _, r := range c.Visits {
		addMoment(&m, r, r.Data.Day, CareVisit, r.Data.Way, r.Data.Condition)
	}
	for _, r := range c.Discharges {
		m.list = append(m.list, CareMoment{ID: r.ID, What: CareEnded, State: r.Data.Reason, Words: r.Data.Destination, By: r.By, Balai: r.Balai, At: r.Written})
	}
	return m.list
}

type careMoments struct {
	zone *time.Location
	list []CareMoment
}

func addMoment[T any](m *careMoments, r Record[T], day Day, what, state, words string) {
	at := r.Written
	if day.Valid() && DayOf(at.In(m.zone)) != day {
		at = day.In(m.zone)
	}
	m.list = append(m.list, CareMoment{ID: r.ID, What: what, State: state, Words: words, By: r.By, Balai: r.Balai, At: at})
}

// joined puts texts behind each other that are not empty.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ". ")
}
