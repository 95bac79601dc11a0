package report

import (
	"context"
	"fmt"

	"serasi/node/casework"
)

// Companion returns the monthly report of one pendamping: what that account did
// in a month. One's own needs no more than the right to find cases; that of
// another needs the right to read reports.
func (d *Desk) Companion(ctx context.Context, by casework.Actor, month casework.Month, user casework.UserID) (casework.Companion, error) {
	out := casework.Companion{Month: month, User: user}
	if err := checkCompanion(month, user); err != nil {
		return out, err
	}
	act := casework.ReadReport
	if user == by.User {
		act, out.Name = casework.Find, by.Name
	}
	err := d.look(ctx, by, act, "companion "+string(month), func(tx casework.Tx) error {
		from, until := month.Bounds(d.cfg.Zone)
		s, err := d.read(tx, from, until)
		if err != nil {
			return err
		}
		words, err := obstacles(tx, month, user)
		if err != nil {
			return err
		}
		p := period{month: month, from: from, until: until, zone: d.cfg.Zone, calendar: s.calendar}
		t := p.companion(s, user)
		for _, code := range casework.CompanionCodes {
			f := casework.Figure{Code: code, ByHand: code == "obstacles", Text: words, Known: words != ""}
			if code != "obstacles" {
				f = casework.Figure{Code: code, Known: true, Value: t.of(code).value}
			}
			out.Figures = append(out.Figures, f)
		}
		out.Computed = d.now()
		return nil
	})
	if err != nil {
		return casework.Companion{}, err
	}
	return out, nil
}

func checkCompanion(month casework.Month, user casework.UserID) error {
	faults := month.Check()
	if !casework.IsID(string(user)) {
		faults = append(faults, casework.Fault{Field: "user", Words: "is not an id"})
	}
	return casework.Faulty(faults...)
}

// companion counts what one account did.
func (p period) companion(s dataset, user casework.UserID) tallies {
	t := tallies{}
	for _, f := range s.facts {
		if f.c.Lead == user && f.c.Opened.Before(p.until) && (f.c.Ended.IsZero() || !f.c.Ended.Before(p.from)) {
			t.add("led", f.c.ID)
		}
		for _, n := range f.notes {
			if n.By == user && p.has(n.At) {
				t.add(noteCodes[n.Kind], f.c.ID)
			}
		}
		for _, c := range f.p.Claims {
			if c.By == user && p.has(c.At) && (c.Standing == casework.Verified || c.Standing == casework.Documented) {
				t.add("verified", f.c.ID)
			}
		}
		for _, r := range f.care.services {
			if r.By == user && p.hasDay(r.Data.Day) {
				t.add("access", f.c.ID)
			}
		}
		for _, r := range f.care.conferences {
			if r.By == user && p.hasDay(r.Data.Day) {
				t.add("conferences", f.c.ID)
			}
		}
		for _, r := range f.care.incidents {
			if r.By == user && p.hasDay(r.Data.Day) {
				t.add("incidents", f.c.ID)
			}
		}
		for _, r := range f.care.visits {
			if r.By == user && p.hasDay(r.Data.Day) {
				t.add("visits", f.c.ID)
			}
		}
	}
	return t
}

var noteCodes = map[string]string{
	"progress": "notes", "visit": "visits", "incident": "incidents", "conference": "conferences", "rapid assessment": "responses",
}

// words of a companion are a row of ReportEntries of their own.
func companionRow(month casework.Month, user casework.UserID) string {
	return string(month) + " " + string(user)
}

func obstacles(tx casework.Tx, month casework.Month, user casework.UserID) (string, error) {
	var e casework.Entries
	if _, err := tx.Get(casework.ReportEntries, casework.NodeOwner, companionRow(month, user), &e); err != nil {
		return "", fmt.Errorf("read the words of a companion: %w", err)
	}
	return e.Values["obstacles"], nil
}

// Tell keeps what by says about obstacles in the own report of a month. The
// last word counts: nobody else writes there.
func (d *Desk) Tell(ctx context.Context, by casework.Actor, month casework.Month, words string) error {
	e := casework.Entries{Month: month, Values: map[string]string{"obstacles": words}, By: by.User, At: d.now()}
	if err := casework.Faulty(e.Check()...); err != nil {
		return err
	}
	return d.change(ctx, by, casework.Find, "companion "+string(month), func(tx casework.Tx) error {
		if err := tx.Put(casework.ReportEntries, casework.NodeOwner, companionRow(month, by.User), e); err != nil {
			return fmt.Errorf("keep the words of a companion: %w", err)
		}
		return nil
	})
}
