package caseload

import (
	"fmt"
	"slices"

	"serasi/node/casework"
)

// Export returns the file of a case as it would travel now: everything but the
// contents of the documents. The caller has asked the gate. The rows are in a
// fixed order, so the same case gives the same bundle.
func (cs *Cases) Export(tx casework.Tx, id casework.CaseID) (casework.Bundle, error) {
	b := casework.Bundle{Format: casework.BundleFormat, Balai: cs.cfg.Balai}
	var err error
	if b.Case, err = casework.CaseOf(tx, id); err != nil {
		return b, err
	}
	if b.Person, err = person(tx, b.Case); err != nil {
		return b, err
	}
	if b.Steps, err = casework.RowsOf[casework.Step](tx, casework.Steps, id); err != nil {
		return b, err
	}
	if b.Notes, err = casework.RowsOf[casework.Note](tx, casework.Notes, id); err != nil {
		return b, err
	}
	if b.Documents, err = casework.RowsOf[casework.Document](tx, casework.Documents, id); err != nil {
		return b, err
	}
	if b.Consents, err = casework.RowsOf[casework.Consent](tx, casework.Consents, id); err != nil {
		return b, err
	}
	if b.Filled, err = filledForms(tx, id); err != nil {
		return b, err
	}
	if b.Care, err = CareOf(tx, id); err != nil {
		return b, err
	}
	b.Letters, err = signedLetters(tx, id)
	return b, err
}

// signedLetters are the letters of a case that somebody signed, here or at the
// balai it came from. Drafts do not travel: nobody stands for them yet.
func signedLetters(tx casework.Tx, id casework.CaseID) ([]casework.Letter, error) {
	list, err := casework.RowsOf[casework.Letter](tx, casework.Letters, id)
	return slices.DeleteFunc(list, func(l casework.Letter) bool { return !l.State.Final() }), err
}

// Addenda returns what was written here while a transfer of the case was under
// way, for the balai at the other end. It is the same however often one asks,
// until somebody adds to it.
func (cs *Cases) Addenda(tx casework.Tx, id casework.CaseID, h casework.HandoffID) (casework.Addenda, error) {
	a := casework.Addenda{Handoff: h}
	b, err := cs.Export(tx, id)
	if err != nil {
		return a, err
	}
	a.Notes = slices.DeleteFunc(b.Notes, func(n casework.Note) bool { return n.Handoff != h || n.Balai != cs.cfg.Balai })
	a.Documents = slices.DeleteFunc(b.Documents, func(d casework.Document) bool { return d.Handoff != h || d.Balai != cs.cfg.Balai })
	a.Consents = slices.DeleteFunc(b.Consents, func(c casework.Consent) bool { return c.Handoff != h })
	a.Filled, a.Care = b.Filled.Under(h, cs.cfg.Balai), b.Care.Under(h, cs.cfg.Balai)
	// All of them: the letter of an offer is signed when the packet is packed already.
	a.Letters = slices.DeleteFunc(b.Letters, func(l casework.Letter) bool { return l.Balai != cs.cfg.Balai })
	return a, nil
}

// Place returns the case here that has a handle, if it ever travelled. Whoever
// receives a packet asks before writing its blobs, which belong to that case.
func (cs *Cases) Place(tx casework.Tx, handle string) (casework.CaseID, bool, error) {
	var id casework.CaseID
	found, err := tx.Get(casework.Handles, casework.NodeOwner, handle, &id)
	if err != nil {
		return "", false, fmt.Errorf("look for a case by its handle: %w", err)
	}
	return id, found, nil
}
