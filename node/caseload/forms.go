package caseload

import (
	"context"
	"slices"

	"serasi/node/casework"
)

// Words of the audit trail for forms. They are stored: add, never rename.
const (
	ofForms     = "forms" // the definitions of this balai
	ofSheets    = "form sheets"
	ofAnswers   = "form answers"
	ofSignature = "form signature"
	ofReadiness = "readiness"
)

// Forms are the use cases on forms: what is asked, what was answered to it, and
// what a case lacks before it leaves a stage. It works on the same cases as
// Cases, by the same rules.
type Forms struct{ cs *Cases }

// Forms returns the use cases of forms on the cases of cs.
func (cs *Cases) Forms() *Forms { return &Forms{cs} }

// Library returns every form this node knows: those of the program and those of
// this balai, with their former versions. It holds no case.
func (fs *Forms) Library(ctx context.Context, by casework.Actor) ([]casework.Form, error) {
	var out []casework.Form
	err := fs.cs.cfg.Store.View(func(tx casework.Tx) error {
		if err := fs.cs.cfg.Gate.Check(tx, by, casework.ReadStatus, nil); err != nil {
			return err
		}
		var err error
		out, err = library(tx)
		return err
	})
	return out, fs.cs.denied(ctx, deed{by, casework.ReadStatus, ofForms}, "", err)
}

// library is the forms of the program and those of this balai.
func library(tx casework.Tx) ([]casework.Form, error) {
	own, err := casework.RowsOf[casework.Form](tx, casework.FormRows, casework.NodeOwner)
	return append(casework.Forms(), own...), err
}

// PutForm puts a version of a form of this balai into use, from its first day
// on. What was answered to another version stays with it.
//
// The error is Invalid with the fields at fault, Forbidden, or Conflict if the
// version is not the next one of that code.
func (fs *Forms) PutForm(ctx context.Context, by casework.Actor, form casework.Form) (casework.Form, error) {
	form.Balai = fs.cs.cfg.Balai
	if err := casework.Faulty(form.Check()...); err != nil {
		return casework.Form{}, err
	}
	err := fs.cs.setUp(ctx, deed{by, casework.SetUp, ofForms}, func(tx casework.Tx) error {
		if err := isNext(tx, form); err != nil {
			return err
		}
		return put(tx, casework.FormRows, casework.NodeOwner, string(form.Ref()), form)
	})
	if err != nil {
		return casework.Form{}, err
	}
	return form, nil
}

// Preview returns what PutForm would change today, and refuses what it would
// refuse; nothing is kept.
func (fs *Forms) Preview(ctx context.Context, by casework.Actor, form casework.Form) (casework.FormPreview, error) {
	form.Balai = fs.cs.cfg.Balai
	if err := casework.Faulty(form.Check()...); err != nil {
		return casework.FormPreview{}, err
	}
	out := casework.FormPreview{Form: form.Ref(), From: form.From, Title: form.Title}
	err := fs.cs.cfg.Store.View(func(tx casework.Tx) error {
		if err := fs.cs.cfg.Gate.Check(tx, by, casework.SetUp, nil); err != nil {
			return err
		}
		if err := isNext(tx, form); err != nil {
			return err
		}
		all, err := library(tx)
		if err != nil {
			return err
		}
		if was, ok := casework.Current(all, form.Code, fs.cs.now().In(fs.cs.cfg.Zone)); ok {
			out.Was, out.Changes = was.Ref(), form.Changes(was)
		}
		return nil
	})
	if err = fs.cs.denied(ctx, deed{by, casework.SetUp, ofForms}, "", err); err != nil {
		return casework.FormPreview{}, err
	}
	return out, nil
}

// isNext refuses a version of a form of this balai that does not follow its last.
func isNext(tx casework.Tx, form casework.Form) error {
	own, err := casework.RowsOf[casework.Form](tx, casework.FormRows, casework.NodeOwner)
	if err != nil {
		return err
	}
	last := 0
	for _, f := range own {
		if f.Code == form.Code {
			last = max(last, f.Version)
		}
	}
	if form.Version != last+1 {
		return casework.Conflict.Because("the next version of form %s here is %d", form.Code, last+1)
	}
	return nil
}

// Sheets returns the forms of a case, newest first, and which may be begun.
func (fs *Forms) Sheets(ctx context.Context, by casework.Actor, id casework.CaseID) (casework.CaseForms, error) {
	var out casework.CaseForms
	err := fs.cs.read(ctx, deed{by, casework.ReadCase, ofSheets}, id, func(tx casework.Tx, c casework.Case) error {
		all, err := library(tx)
		if err != nil {
			return err
		}
		if out.Sheets, err = sheetCards(tx, id); err != nil {
			return err
		}
		out.Case = c
		out.Offered = fs.offered(all)
		return nil
	})
	if err != nil {
		return casework.CaseForms{}, err
	}
	return out, nil
}

// offered are the forms in force today, without their questions.
func (fs *Forms) offered(all []casework.Form) []casework.FormCard {
	today := fs.cs.now().In(fs.cs.cfg.Zone)
	var out []casework.FormCard
	for _, f := range all {
		now, ok := casework.Current(all, f.Code, today)
		card := casework.FormCard{Form: now.Ref(), Code: now.Code, Title: now.Title, Hint: now.Hint, Stage: now.Stage}
		if ok && !slices.ContainsFunc(out, func(c casework.FormCard) bool { return c.Code == card.Code }) {
			out = append(out, card)
		}
	}
	return out
}

func sheetCards(tx casework.Tx, id casework.CaseID) ([]casework.SheetCard, error) {
	list, err := casework.RowsOf[casework.FormSheet](tx, casework.FormSheets, id)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(list, casework.CompareSheets)
	var out []casework.SheetCard
	for _, s := range list {
		f, err := casework.FormFor(tx, id, s.Form)
		if err != nil {
			return nil, err
		}
		out = append(out, casework.SheetCard{Sheet: s, Title: f.Title, Ended: s.Ended()})
	}
	return out, nil
}

// Begin begins a form of a case in its version of today. If one of that code is
// open already it is that one: two sheets of one assessment would be two truths.
// A sheet after a signed one begins with what was answered then. While the case
// is on offer a new one is begun likewise: what was offered stays as it was.
//
// The error is Invalid if no form has that code, Frozen, Conflict, Forbidden or
// NotFound.
func (fs *Forms) Begin(ctx context.Context, by casework.Actor, id casework.CaseID, code string) (casework.FormSheet, error) {
	var s casework.FormSheet
	err := fs.cs.write(ctx, deed{by, casework.AddToCase, ofSheets}, id, func(f *file) error {
		if err := fs.cs.staying(f.c); err != nil {
			return err
		}
		all, err := library(f.tx)
		if err != nil {
			return err
		}
		form, ok := casework.Current(all, code, f.now.In(f.cfg.Zone))
		if !ok {
			return casework.Faulty(casework.Fault{Field: "form", Words: "is not a form of this balai"})
		}
		last, err := f.lastSheet(code)
		if err != nil {
			return err
		}
		if last.ID != "" && last.Ended().IsZero() && last.Handoff == f.under() {
			s = last
			return nil
		}
		s, err = f.beginSheet(form, last)
		return err
	})
	if err != nil {
		return casework.FormSheet{}, err
	}
	return s, nil
}

// lastSheet is the newest sheet of the case under a code; none has no ID.
func (f *file) lastSheet(code string) (casework.FormSheet, error) {
	var last casework.FormSheet
	list, err := casework.RowsOf[casework.FormSheet](f.tx, casework.FormSheets, f.c.ID)
	for _, s := range list {
		if c, _, _, _ := s.Form.Split(); c == code && (last.ID == "" || casework.CompareSheets(s, last) < 0) {
			last = s
		}
	}
	return last, err
}

// beginSheet writes a new sheet, with the answers of the one before.
func (f *file) beginSheet(form casework.Form, last casework.FormSheet) (casework.FormSheet, error) {
	s := casework.FormSheet{
		ID: casework.SheetID(f.cfg.NewID()), Case: f.c.ID, Form: form.Ref(), At: f.now, By: f.by, Balai: f.cfg.Balai, After: last.ID, Handoff: f.under(),
	}
	if err := put(f.tx, casework.FormSheets, f.c.ID, string(s.ID), s); err != nil {
		return s, err
	}
	if last.ID != "" {
		if err := f.carryOver(form, s, last); err != nil {
			return s, err
		}
	}
	return s, f.save(true)
}

// carryOver copies what the form still asks, as it was answered.
func (f *file) carryOver(form casework.Form, s, last casework.FormSheet) error {
	all, err := casework.RowsOf[casework.FormAnswer](f.tx, casework.FormAnswers, f.c.ID)
	if err != nil {
		return err
	}
	for key, a := range casework.Latest(all, last.ID) {
		section, ok := form.Section(key)
		if !ok {
			continue
		}
		values := casework.Values{}
		for field, v := range a.Values {
			_, asked := section.At(field)
			bad := form.CheckAnswer(section, casework.Values{field: v}, nil, f.now.In(f.cfg.Zone))
			if asked && len(bad) == 0 {
				values[field] = v
			}
		}
		a.Sheet, a.Version, a.Values = s.ID, 1, values
		if err := put(f.tx, casework.FormAnswers, f.c.ID, a.RowID(), a); err != nil {
			return err
		}
	}
	return nil
}
