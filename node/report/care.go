package report

import (
	"fmt"
	"slices"
	"strings"

	"serasi/node/casework"
)

// care is what is kept of a case beside its notes, as far as a report counts it.
type care struct {
	plans       []casework.Record[casework.Plan]
	conferences []casework.Record[casework.Conference]
	services    []casework.Record[casework.Service]
	provisions  []casework.Record[casework.Provision]
	stays       []casework.Record[casework.Stay]
	visits      []casework.Record[casework.Visit]
	incidents   []casework.Record[casework.Incident]
	civil       []casework.Record[casework.CivilPaper]
	programmes  []casework.Record[casework.Programme]
}

// read fills one kind of record, if this balai keeps it at all.
func read[T any](tx casework.Tx, keeps map[casework.Table]bool, t casework.Table, id casework.CaseID, into *[]casework.Record[T]) error {
	if !keeps[t] {
		return nil
	}
	list, err := casework.RowsOf[casework.Record[T]](tx, t, id)
	*into = list
	return err
}

func careOf(tx casework.Tx, keeps map[casework.Table]bool, id casework.CaseID) (c care, err error) {
	for _, f := range []func() error{
		func() error { return read(tx, keeps, casework.Plans, id, &c.plans) },
		func() error { return read(tx, keeps, casework.Conferences, id, &c.conferences) },
		func() error { return read(tx, keeps, casework.Services, id, &c.services) },
		func() error { return read(tx, keeps, casework.Provisions, id, &c.provisions) },
		func() error { return read(tx, keeps, casework.Stays, id, &c.stays) },
		func() error { return read(tx, keeps, casework.Visits, id, &c.visits) },
		func() error { return read(tx, keeps, casework.CareIncidents, id, &c.incidents) },
		func() error { return read(tx, keeps, casework.CivilPapers, id, &c.civil) },
		func() error { return read(tx, keeps, casework.Programmes, id, &c.programmes) },
	} {
		if err := f(); err != nil {
			return c, err
		}
	}
	return c, nil
}

var careTables = []casework.Table{
	casework.Plans, casework.Conferences, casework.Services, casework.Provisions, casework.Stays, casework.Visits, casework.CareIncidents,
	casework.CivilPapers, casework.Programmes, casework.FormSheets,
}

// kept tells which kinds of record this balai keeps. Where it keeps none, a
// figure is not zero: nobody has counted.
func kept(tx casework.Tx) (map[casework.Table]bool, error) {
	out := map[casework.Table]bool{}
	for _, t := range careTables {
		err := tx.All(t, func(string, string, func(any) error) (bool, error) {
			out[t] = true
			return false, nil
		})
		if err != nil {
			return nil, fmt.Errorf("look for %s: %w", t, err)
		}
	}
	return out, nil
}

// bedsOf counts the beds in use at this balai.
func bedsOf(tx casework.Tx) (beds int, err error) {
	err = tx.Each(casework.Houses, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
		var h casework.House
		if err := decode(&h); err != nil {
			return false, err
		}
		for _, b := range h.Beds {
			if !b.Closed {
				beds++
			}
		}
		return true, nil
	})
	if err != nil {
		return 0, fmt.Errorf("read the houses: %w", err)
	}
	return beds, nil
}

// care counts what the records of care say.
func (p period) care(t tallies, s dataset) {
	for table, codes := range map[casework.Table][]string{
		casework.Services: {"base.family", "base.community", "base.residential", "base.day", "k1", "k2", "k3", "k4", "k5", "k6", "k7", "served", "traced"},
		casework.Provisions: {
			"devices.asked", "devices.made", "devices.given", "devices.queued", "vocational", "vocational.done", "vocational.work", "vocational.business",
		},
		casework.Programmes:    {"programme.proposed", "programme.received"},
		casework.Visits:        {"aftercare.due", "aftercare.done"},
		casework.CareIncidents: {"violence"},
	} {
		for _, code := range codes {
			if s.keeps[table] {
				t.of(code)
			}
		}
	}
	var rise rise
	for _, f := range s.facts {
		p.services(t, f)
		p.plans(t, f)
		p.provisions(t, f)
		p.programmes(t, f)
		p.incidents(t, f)
		p.civil(t, f)
		rise.look(p, f)
		if s.keeps[casework.Visits] {
			p.aftercare(t, f)
		}
	}
	rise.tell(t)
	if s.beds > 0 {
		p.stays(t, s)
	}
}

// tracing is what the service of looking for a family is called in the catalogue
// (K3), in whatever words around it.
const tracing = "penelusuran"

var bases = map[string]string{"keluarga": "base.family", "komunitas": "base.community", "residensial": "base.residential", "harian": "base.day"}

func (p period) services(t tallies, f fact) {
	seen := map[string]bool{}
	for _, r := range f.care.services {
		if !p.hasDay(r.Data.Day) || len(r.Data.Component) < 2 {
			continue
		}
		t.add("k"+r.Data.Component[1:2], f.c.ID) // K4a, b and c are K4
		if strings.Contains(strings.ToLower(r.Data.Activity), tracing) {
			t.person("traced", f)
		}
		for _, code := range []string{bases[r.Data.Base], "served"} {
			if code != "" && !seen[code] {
				seen[code] = true
				t.person(code, f)
			}
		}
	}
}

func (p period) plans(t tallies, f fact) {
	for _, r := range f.care.conferences {
		if p.hasDay(r.Data.Day) {
			t.add("conferences", f.c.ID)
		}
	}
	if slices.ContainsFunc(f.care.plans, func(r casework.Record[casework.Plan]) bool { return p.has(r.Data.Approved) }) {
		t.add("planned", f.c.ID)
	}
}

func (p period) provisions(t tallies, f fact) {
	for _, r := range f.care.provisions {
		v := r.Data
		since, open := p.hasDay(v.Since), v.Since > p.lastDay()
		begun := v.Asked != "" && v.Asked <= p.lastDay()
		var codes []string
		add := func(code string, yes bool) {
			if yes {
				codes = append(codes, code)
			}
		}
		if v.Kind == casework.ProvisionAid {
			add("devices.asked", p.hasDay(v.Asked))
			add("devices.made", since && v.State == "dibuat")
			add("devices.given", since && v.State == "diserahkan")
			add("devices.queued", begun && (open || v.State == "diminta" || v.State == "dibuat"))
		} else {
			add("vocational", begun && (open || since || v.State == "mengikuti"))
			add("vocational.done", since && v.State == "lulus")
			add("vocational.work", since && v.State == "bekerja")
			add("vocational.business", since && v.State == "usaha")
		}
		for _, code := range codes {
			if v.Kind == casework.ProvisionAid {
				t.add(code, f.c.ID)
			} else {
				t.person(code, f)
			}
		}
	}
}

func (p period) programmes(t tallies, f fact) {
	for state, code := range map[string]string{"diusulkan": "programme.proposed", "diterima": "programme.received"} {
		if slices.ContainsFunc(f.care.programmes, func(r casework.Record[casework.Programme]) bool {
			return r.Data.State == state && p.hasDay(r.Data.Seen)
		}) {
			t.person(code, f)
		}
	}
}

func (p period) incidents(t tallies, f fact) {
	for _, r := range f.care.incidents {
		if !p.hasDay(r.Data.Day) {
			continue
		}
		t.add("incidents", f.c.ID)
		if r.Data.Kind == "kekerasan" {
			t.add("violence", f.c.ID)
		}
	}
}

// civil counts what the papers of the civil registry say, where the claims did
// not say it already.
func (p period) civil(t tallies, f fact) {
	for _, r := range f.care.civil {
		code := map[string]string{"direkam": "nik.recording", "terbit": "nik.issued"}[r.Data.State]
		if code != "" && r.Data.Kind == "nik" && p.hasDay(r.Data.Since) {
			t.person(code, f)
		}
	}
}

// aftercare counts the visits that fell due and those that were made.
func (p period) aftercare(t tallies, f fact) {
	if f.c.State == casework.Closed && casework.NeedsAftercare(f.c.Reason) {
		ended := casework.DayOf(f.c.Ended.In(p.zone))
		for _, n := range casework.AftercareMonths {
			if p.hasDay(ended.Months(n)) {
				t.add("aftercare.due", f.c.ID)
			}
		}
	}
	for _, r := range f.care.visits {
		if p.hasDay(r.Data.Day) {
			t.add("aftercare.done", f.c.ID)
		}
	}
}

func (p period) stays(t tallies, s dataset) {
	t.set("beds", float64(s.beds))
	t.of("occupied")
	for _, f := range s.facts {
		for _, r := range f.care.stays {
			if last := p.lastDay(); r.Data.From <= last && (r.Data.Until == "" || r.Data.Until > last) {
				t.add("occupied", f.c.ID)
			}
		}
	}
	t.set("occupancy", oneDecimal(100*t["occupied"].value/float64(s.beds)))
}
