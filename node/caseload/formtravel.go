package caseload

import (
	"slices"

	"serasi/node/casework"
)

// filledForms are the forms of a case as they travel: with the definitions that
// another node may lack.
func filledForms(tx casework.Tx, id casework.CaseID) (casework.FilledForms, error) {
	var out casework.FilledForms
	var err error
	if out.Sheets, err = casework.RowsOf[casework.FormSheet](tx, casework.FormSheets, id); err != nil {
		return out, err
	}
	if out.Answers, err = casework.RowsOf[casework.FormAnswer](tx, casework.FormAnswers, id); err != nil {
		return out, err
	}
	for _, s := range out.Sheets {
		f, err := casework.FormFor(tx, id, s.Form)
		if err != nil {
			return out, err
		}
		if (f.Balai != "" || f.Version > 1) && !slices.ContainsFunc(out.Forms, func(o casework.Form) bool { return o.Ref() == f.Ref() }) {
			out.Forms = append(out.Forms, f)
		}
	}
	return out, nil
}

// filled adds the forms that came with a case. A sheet that came back gets the
// signatures it was given elsewhere; answers are only ever added.
func (m *merge) filled(in casework.FilledForms) error {
	for _, f := range in.Forms {
		if _, known := casework.FormOf(f.Ref()); known || f.Balai == m.cfg.Balai {
			continue // this node has those of its program, and its own
		}
		if err := m.missing(casework.FormsThere, string(f.Ref()), f); err != nil {
			return err
		}
	}
	for _, s := range in.Sheets {
		if err := m.sheet(s); err != nil {
			return err
		}
	}
	for _, a := range in.Answers {
		a.Case, a.Balai = m.c.ID, m.origin(a.Balai)
		if err := m.missing(casework.FormAnswers, a.RowID(), a); err != nil {
			return err
		}
	}
	return nil
}

func (m *merge) sheet(s casework.FormSheet) error {
	if _, err := casework.FormFor(m.tx, m.c.ID, s.Form); err != nil {
		return casework.Invalid.Because("the packet lacks a form that was filled in")
	}
	s.Case, s.Balai = m.c.ID, m.origin(s.Balai)
	s.Signatures = slices.Clone(s.Signatures)
	for i := range s.Signatures {
		s.Signatures[i].Balai = m.origin(s.Signatures[i].Balai)
	}
	var have casework.FormSheet
	found, err := m.tx.Get(casework.FormSheets, string(m.c.ID), string(s.ID), &have)
	if err != nil {
		return err
	}
	if !found {
		return m.missing(casework.FormSheets, string(s.ID), s)
	}
	if len(s.Signatures) <= len(have.Signatures) || !have.Ended().IsZero() {
		return nil
	}
	have.Signatures = append(slices.Clone(have.Signatures), s.Signatures[len(have.Signatures):]...)
	m.added = true
	return put(m.tx, casework.FormSheets, m.c.ID, string(have.ID), have)
}
