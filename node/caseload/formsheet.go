package caseload

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
)

// Sheet returns a form as it was filled in, with the sections that are asked of
// the case. Of a section that needs a grant by does not have, only that it is
// there.
//
// The error is NotFound or Forbidden.
func (fs *Forms) Sheet(ctx context.Context, by casework.Actor, id casework.CaseID, sheet casework.SheetID) (casework.SheetView, error) {
	var view casework.SheetView
	err := fs.cs.read(ctx, deed{by, casework.ReadCase, ofAnswers}, id, func(tx casework.Tx, c casework.Case) (err error) {
		view, err = fs.view(tx, by, c, sheet)
		return err
	})
	if err != nil {
		return casework.SheetView{}, err
	}
	return view, nil
}

func (fs *Forms) view(tx casework.Tx, by casework.Actor, c casework.Case, sheet casework.SheetID) (casework.SheetView, error) {
	var v casework.SheetView
	s, form, err := sheetOf(tx, c.ID, sheet)
	if err != nil {
		return v, err
	}
	p, err := person(tx, c)
	if err != nil {
		return v, err
	}
	all, err := casework.RowsOf[casework.FormAnswer](tx, casework.FormAnswers, c.ID)
	if err != nil {
		return v, err
	}
	latest := casework.Latest(all, s.ID)
	v = casework.SheetView{Sheet: s, Form: form, Open: s.Ended().IsZero() && fs.writable(c, s) == nil, Domains: form.DomainsOf(latest)}
	v.Form.Sections = askedOf(form, c, p, fs.cs.now().In(fs.cs.cfg.Zone), latest)
	for _, g := range s.Signatures {
		if g.Profession != casework.SocialWorker {
			v.Team++
		}
	}
	v.Ready = true
	for _, section := range v.Form.Sections {
		a, answered := latest[section.Key]
		one := sectionView(form, section, a, answered)
		v.Ready = v.Ready && len(one.Missing) == 0
		if err := fs.maySee(tx, by, c, section, a); errors.Is(err, casework.Forbidden) {
			one = casework.SectionView{Key: section.Key, State: one.State, Hidden: true}
		} else if err != nil {
			return v, err
		}
		v.Sections = append(v.Sections, one)
	}
	return v, nil
}

func sectionView(form casework.Form, section casework.Section, a casework.FormAnswer, answered bool) casework.SectionView {
	v := casework.SectionView{Key: section.Key, State: section.Completion(a.Values), Scores: form.ScoresOf(section.Key, a.Values)}
	if answered {
		v.Answer = &a
	}
	for _, f := range section.Missing(a.Values) {
		v.Missing = append(v.Missing, f.Key)
	}
	return v
}

// askedOf are the sections asked of a case, and those answered when the case
// looked otherwise: what was written does not go away with a category.
func askedOf(form casework.Form, c casework.Case, p casework.Person, at time.Time, latest map[string]casework.FormAnswer) []casework.Section {
	asked := form.Asked(casework.TraitsOf(c, p, at))
	return slices.DeleteFunc(slices.Clone(form.Sections), func(s casework.Section) bool {
		_, answered := latest[s.Key]
		return !answered && !slices.ContainsFunc(asked, func(a casework.Section) bool { return a.Key == s.Key })
	})
}

// maySee returns nil if by may see a section, by its definition or as its
// answer was written.
func (fs *Forms) maySee(tx casework.Tx, by casework.Actor, c casework.Case, s casework.Section, a casework.FormAnswer) error {
	class, group := s.Class, s.Secrecy
	if group == "" && a.Secrecy != "" {
		class, group = casework.Secret, a.Secrecy
	}
	return fs.cs.cfg.Gate.MaySee(tx, by, c, class, group)
}

// writable returns nil if s may be written on: of a case on offer only what was
// begun since.
func (fs *Forms) writable(c casework.Case, s casework.FormSheet) error {
	if c.State == casework.OnOffer && s.Handoff != c.Handoff {
		return casework.Frozen.Because("this form stays as it was offered; begin a new one, which follows the case")
	}
	return fs.cs.staying(c)
}

func sheetOf(tx casework.Tx, id casework.CaseID, sheet casework.SheetID) (casework.FormSheet, casework.Form, error) {
	var s casework.FormSheet
	found, err := tx.Get(casework.FormSheets, string(id), string(sheet), &s)
	switch {
	case err != nil:
		return s, casework.Form{}, fmt.Errorf("read a form of case %s: %w", id, err)
	case !found:
		return s, casework.Form{}, casework.NotFound.Because("there is no such form of this case")
	}
	form, err := casework.FormFor(tx, id, s.Form)
	return s, form, err
}

// Save stores the answers to one section that the caller saw at version; 0 is a
// section without answers. The same answers again change nothing. What must be
// answered may be missing: that is asked when the sheet is signed.
//
// The error is Invalid with the fields at fault, Stale if a colleague was
// quicker (see casework.BothVersions, two casework.FormAnswer), Conflict if the
// sheet is signed, Frozen, Forbidden or NotFound.
func (fs *Forms) Save(
	ctx context.Context, by casework.Actor, id casework.CaseID, sheet casework.SheetID, section string, version uint64, values casework.Values,
) (casework.FormAnswer, error) {
	var a casework.FormAnswer
	err := fs.cs.write(ctx, deed{by, casework.AddToCase, ofAnswers}, id, func(f *file) error {
		s, form, err := sheetOf(f.tx, id, sheet)
		if err == nil {
			err = fs.writable(f.c, s)
		}
		if err != nil {
			return err
		}
		if !s.Ended().IsZero() {
			return casework.Conflict.Because("this form is signed; begin a new one to write on")
		}
		part, ok := form.Section(section)
		if !ok {
			return casework.NotFound.Because("there is no such section in this form")
		}
		a, err = fs.answer(f, by, s, form, part, version, values)
		return err
	})
	if err != nil {
		return casework.FormAnswer{}, err
	}
	return a, nil
}

func (fs *Forms) answer(
	f *file, by casework.Actor, s casework.FormSheet, form casework.Form, part casework.Section, version uint64, values casework.Values,
) (casework.FormAnswer, error) {
	all, err := casework.RowsOf[casework.FormAnswer](f.tx, casework.FormAnswers, f.c.ID)
	if err != nil {
		return casework.FormAnswer{}, err
	}
	was := casework.Latest(all, s.ID)[part.Key]
	if err := fs.maySee(f.tx, by, f.c, part, was); err != nil {
		return was, err
	}
	faults := form.CheckAnswer(part, values, was.Values, f.now.In(f.cfg.Zone))
	if err := casework.Faulty(faults...); err != nil {
		return was, err
	}
	a := casework.FormAnswer{
		Sheet: s.ID, Case: f.c.ID, Section: part.Key, Version: was.Version + 1, Values: part.Clean(values), Secrecy: part.Secrecy,
		At: f.now, By: f.by, Balai: f.cfg.Balai,
	}
	switch {
	case was.Version > 0 && sameValues(a.Values, was.Values):
		return was, nil
	case version != was.Version:
		return was, casework.Stale(was, a)
	}
	if err := put(f.tx, casework.FormAnswers, f.c.ID, a.RowID(), a); err != nil {
		return a, err
	}
	return a, f.save(true)
}

func sameValues(a, b casework.Values) bool {
	if len(a) != len(b) {
		return false
	}
	for key, list := range a {
		if !slices.Equal(list, b[key]) {
			return false
		}
	}
	return true
}

// Sign puts a signature under a sheet. That of the social worker ends it, and
// is refused while an answer is missing; members of the team may sign before
// and after. The same profession by the same name signs once.
//
// The error is Invalid with the fields, Conflict with what is missing as
// faults, Frozen, Forbidden or NotFound.
func (fs *Forms) Sign(ctx context.Context, by casework.Actor, id casework.CaseID, sheet casework.SheetID, g casework.FormSignature) (casework.FormSheet, error) {
	var s casework.FormSheet
	g.By, g.Balai, g.Name = by.User, fs.cs.cfg.Balai, strings.TrimSpace(g.Name)
	act := casework.AddToCase
	if g.Profession == casework.SocialWorker {
		act, g.Name = casework.WriteCase, ""
	}
	if err := casework.Faulty(g.Check()...); err != nil {
		return s, err
	}
	err := fs.cs.write(ctx, deed{by, act, ofSignature}, id, func(f *file) error {
		var form casework.Form
		var err error
		if s, form, err = sheetOf(f.tx, id, sheet); err == nil {
			err = fs.writable(f.c, s)
		}
		if err != nil {
			return err
		}
		if slices.ContainsFunc(s.Signatures, func(have casework.FormSignature) bool {
			return have.Profession == g.Profession && (g.Profession == casework.SocialWorker || have.By == g.By && have.Name == g.Name)
		}) {
			return nil
		}
		if g.Profession == casework.SocialWorker {
			if err := f.complete(s, form); err != nil {
				return err
			}
			if err := f.step(casework.Step{What: casework.FormSigned, Words: form.Code}); err != nil {
				return err
			}
		}
		g.At = f.now
		s.Signatures = append(s.Signatures, g)
		if err := put(f.tx, casework.FormSheets, id, string(s.ID), s); err != nil {
			return err
		}
		return f.save(true)
	})
	if err != nil {
		return casework.FormSheet{}, err
	}
	return s, nil
}

// complete returns what is missing before the social worker may sign. The field
// of a fault is section.field, so that a page can lead there.
func (f *file) complete(s casework.FormSheet, form casework.Form) error {
	p, err := person(f.tx, f.c)
	if err != nil {
		return err
	}
	all, err := casework.RowsOf[casework.FormAnswer](f.tx, casework.FormAnswers, f.c.ID)
	if err != nil {
		return err
	}
	latest := casework.Latest(all, s.ID)
	var faults []casework.Fault
	for _, section := range askedOf(form, f.c, p, f.now.In(f.cfg.Zone), latest) {
		for _, field := range section.Missing(latest[section.Key].Values) {
			faults = append(faults, casework.Fault{Field: section.Key + "." + field.Key, Words: "is missing"})
		}
	}
	return casework.Faulty(faults...)
}
