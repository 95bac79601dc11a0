package caseload

import (
	"context"
	"errors"

	"serasi/node/casework"
)

// Register opens a case for each person of r, all or none, and writes down what
// form F1 holds beside the claims. It works as Open does: without a NIK, a name,
// a network or another balai.
//
// The errors are those of Open; faults of one person are named people.N.
func (fs *Forms) Register(ctx context.Context, by casework.Actor, r casework.Registration) ([]casework.Registered, error) {
	cs := fs.cs
	now := cs.now()
	if r.At.IsZero() {
		r.At = now
	}
	r.Claims = cs.stamp(r.Claims, by.User, now)
	for i := range r.People {
		r.People[i].Claims = cs.stamp(r.People[i].Claims, by.User, now)
	}
	faults := r.Check(casework.Listed(r.At))
	if r.At.After(now.Add(clockSlack)) {
		faults = append(faults, casework.Fault{Field: "at", Words: "is in the future"})
	}
	if err := casework.Faulty(faults...); err != nil {
		return nil, err
	}
	intakes := r.Intakes()
	doubles := make([][]casework.Warning, len(intakes))
	for i, in := range intakes {
		doubles[i] = cs.doubles(by, in)
	}
	var out []casework.Registered
	d := deed{by, casework.Register, ofCase}
	err := cs.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if err := cs.cfg.Gate.Check(tx, by, casework.Register, nil); err != nil {
			return err
		}
		form, err := fs.intakeForm(tx, r)
		if err != nil {
			return err
		}
		out = nil
		for _, in := range intakes {
			f := &file{Cases: cs, tx: tx, by: by.User, c: cs.drafted(by, in), now: now}
			p, err := f.enrol(by, in)
			if err != nil {
				return err
			}
			if err := f.begin(); err != nil {
				return err
			}
			if err := f.intake(form, r.Answers); err != nil {
				return err
			}
			if err := cs.record(tx, d, f.c.ID, p.ID, "done"); err != nil {
				return err
			}
			out = append(out, casework.Registered{Case: f.c, Person: p})
		}
		return nil
	})
	if err != nil {
		return nil, cs.denied(ctx, d, "", err)
	}
	for i := range out {
		out[i].Warnings = append(casework.Doubts(out[i].Case, out[i].Person, now.In(cs.cfg.Zone)), doubles[i]...)
	}
	return out, nil
}

// intakeForm is the form F1 of today, if there are answers to it.
func (fs *Forms) intakeForm(tx casework.Tx, r casework.Registration) (casework.Form, error) {
	if len(r.Answers) == 0 {
		return casework.Form{}, nil
	}
	all, err := library(tx)
	if err != nil {
		return casework.Form{}, err
	}
	today := fs.cs.now().In(fs.cs.cfg.Zone)
	form, ok := casework.Current(all, casework.FormIntake, today)
	if !ok {
		return form, errors.New("no form F1 is in force")
	}
	return form, casework.Faulty(form.CheckAnswers(r.Answers, today)...)
}

// intake writes the answers of the registration as a sheet of the new case.
func (f *file) intake(form casework.Form, answers map[string]casework.Values) error {
	if form.Code == "" {
		return nil
	}
	s, err := f.beginSheet(form, casework.FormSheet{})
	if err != nil {
		return err
	}
	for _, section := range form.Sections {
		values := section.Clean(answers[section.Key])
		if len(values) == 0 {
			continue
		}
		a := casework.FormAnswer{
			Sheet: s.ID, Case: f.c.ID, Section: section.Key, Version: 1, Values: values, Secrecy: section.Secrecy, At: f.now, By: f.by, Balai: f.cfg.Balai,
		}
		if err := put(f.tx, casework.FormAnswers, f.c.ID, a.RowID(), a); err != nil {
			return err
		}
	}
	return nil
}
