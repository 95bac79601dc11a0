package caseload

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
)

// Limits of a page.
const (
	defaultLimit = 50
	maxLimit     = 100
)

func limitOf(n int) (int, error) {
	switch {
	case n == 0:
		return defaultLimit, nil
	case n < 1 || n > maxLimit:
		return 0, casework.Faulty(casework.Fault{Field: "limit", Words: "must be 1 to 100"})
	}
	return n, nil
}

// Get returns a case as its page shows it. The error is NotFound or Forbidden.
func (cs *Cases) Get(ctx context.Context, by casework.Actor, id casework.CaseID) (casework.Overview, error) {
	var o casework.Overview
	err := cs.read(ctx, deed{by, casework.ReadCase, ofCase}, id, func(tx casework.Tx, c casework.Case) (err error) {
		o.Case = c
		if o.Person, err = person(tx, c); err != nil {
			return err
		}
		if o.Also, err = cs.also(tx, by, c, o.Person); err != nil {
			return err
		}
		for _, part := range []struct {
			t casework.Table
			n *int
		}{{casework.Notes, &o.Notes}, {casework.Documents, &o.Documents}, {casework.Consents, &o.Consents}} {
			if *part.n, err = count(tx, part.t, id); err != nil {
				return err
			}
		}
		if o.Agreed, err = agreed(tx, id, cs.now()); err != nil {
			return err
		}
		for _, act := range casework.OnCase {
			switch err := cs.cfg.Gate.Check(tx, proven(by), act, &c); {
			case err == nil:
				o.May = append(o.May, act)
			case !errors.Is(err, casework.Forbidden):
				return err
			}
		}
		var s casework.Stub
		if found, err := tx.Get(casework.Stubs, string(id), string(id), &s); err != nil {
			return err
		} else if found && c.State == casework.HandedOver {
			o.Stub = &s
		}
		return nil
	})
	if err != nil {
		return casework.Overview{}, err
	}
	return o, nil
}

// proven is by as they are after proving once more who they are: a page offers
// what that would allow, and asks for it when it is wanted.
func proven(by casework.Actor) casework.Actor {
	by.StepUp = true
	return by
}

// Notes returns a page of the notes of a case, newest first.
func (cs *Cases) Notes(ctx context.Context, by casework.Actor, id casework.CaseID, cursor string, limit int) (casework.Page[casework.Note], error) {
	return pageOf(ctx, cs, deed{by, casework.ReadCase, ofNotes}, id, cursor, limit, func(tx casework.Tx) ([]sorted[casework.Note], error) {
		list, err := cs.notesFor(tx, by, id)
		return sortable(list, func(n casework.Note) (time.Time, string) { return n.At, string(n.ID) }), err
	})
}

// Documents returns a page of the documents of a case, newest first.
func (cs *Cases) Documents(ctx context.Context, by casework.Actor, id casework.CaseID, cursor string, limit int) (casework.Page[casework.Document], error) {
	return pageOf(ctx, cs, deed{by, casework.ReadCase, ofDocuments}, id, cursor, limit, func(tx casework.Tx) ([]sorted[casework.Document], error) {
		list, err := casework.RowsOf[casework.Document](tx, casework.Documents, id)
		return sortable(list, func(d casework.Document) (time.Time, string) { return d.At, string(d.ID) }), err
	})
}

// Consents returns all consents of a case, newest first, with those withdrawn.
func (cs *Cases) Consents(ctx context.Context, by casework.Actor, id casework.CaseID) ([]casework.Consent, error) {
	var list []casework.Consent
	err := cs.read(ctx, deed{by, casework.ReadCase, ofConsents}, id, func(tx casework.Tx, _ casework.Case) (err error) {
		list, err = casework.RowsOf[casework.Consent](tx, casework.Consents, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b casework.Consent) int { return b.At.Compare(a.At) })
	return list, nil
}

// OpenDocument returns a document and its content, which the caller closes.
func (cs *Cases) OpenDocument(ctx context.Context, by casework.Actor, id casework.CaseID, doc casework.DocumentID) (casework.Document, io.ReadCloser, error) {
	var d casework.Document
	err := cs.readPart(ctx, deed{by, casework.ReadCase, ofContent}, id, doc, func(tx casework.Tx, _ casework.Case) error {
		found, err := tx.Get(casework.Documents, string(id), string(doc), &d)
		if err == nil && !found {
			err = casework.NotFound.Because("there is no such document")
		}
		return err
	})
	if err != nil {
		return casework.Document{}, nil, err
	}
	content, err := cs.cfg.Blobs.OpenBlob(string(id), d.Blob)
	if err != nil {
		return casework.Document{}, nil, err
	}
	return d, content, nil
}

// Timeline returns a page of all that happened in a case, newest first: steps,
// notes, documents, consents, forms, care, letters and handoffs.
func (cs *Cases) Timeline(ctx context.Context, by casework.Actor, id casework.CaseID, cursor string, limit int) (casework.Page[casework.Moment], error) {
	return pageOf(ctx, cs, deed{by, casework.ReadCase, ofTimeline}, id, cursor, limit, func(tx casework.Tx) ([]sorted[casework.Moment], error) {
		return cs.moments(tx, by, id)
	})
}

// History is Timeline with one kind of moment only: one of casework.MomentKinds,
// or "" for all.
func (cs *Cases) History(ctx context.Context, by casework.Actor, id casework.CaseID, kind, cursor string, limit int) (casework.Page[casework.Moment], error) {
	if kind != "" && !slices.Contains(casework.MomentKinds, kind) {
		return casework.Page[casework.Moment]{}, casework.Faulty(casework.Fault{Field: "kind", Words: "is not in the list"})
	}
	return pageOf(ctx, cs, deed{by, casework.ReadCase, ofTimeline}, id, cursor, limit, func(tx casework.Tx) ([]sorted[casework.Moment], error) {
		all, err := cs.moments(tx, by, id)
		return slices.DeleteFunc(all, func(m sorted[casework.Moment]) bool { return kind != "" && m.row.Kind() != kind }), err
	})
}

func (cs *Cases) moments(tx casework.Tx, by casework.Actor, id casework.CaseID) ([]sorted[casework.Moment], error) {
	var out []sorted[casework.Moment]
	add := func(id string, m casework.Moment) { out = append(out, sorted[casework.Moment]{m, m.At, id}) }
	steps, err1 := casework.RowsOf[casework.Step](tx, casework.Steps, id)
	for _, s := range steps {
		add(s.ID, casework.Moment{At: s.At, Step: &s})
	}
	notes, err2 := cs.notesFor(tx, by, id)
	for _, n := range notes {
		add(string(n.ID), casework.Moment{At: n.At, Note: &n})
	}
	documents, err3 := casework.RowsOf[casework.Document](tx, casework.Documents, id)
	for _, d := range documents {
		add(string(d.ID), casework.Moment{At: d.At, Document: &d})
	}
	consents, err4 := casework.RowsOf[casework.Consent](tx, casework.Consents, id)
	for _, c := range consents {
		add(string(c.ID), casework.Moment{At: c.At, Consent: &c})
	}
	handoffs, err5 := handoffsOf(tx, id)
	for _, h := range handoffs {
		h.Summary, h.Talk, h.Actions = nil, nil, nil
		add(string(h.ID), casework.Moment{At: h.Created, Handoff: &h})
	}
	sheets, err6 := sheetCards(tx, id)
	for _, s := range sheets {
		at := s.Sheet.At
		if !s.Ended.IsZero() {
			at = s.Ended
		}
		add(string(s.Sheet.ID), casework.Moment{At: at, Sheet: &s})
	}
	care, err7 := CareOf(tx, id)
	for _, m := range care.Moments(cs.cfg.Zone) {
		add(m.What+string(m.ID), casework.Moment{At: m.At, Care: &m})
	}
	letters, err8 := signedLetters(tx, id)
	for _, l := range letters {
		card := l.Card()
		add(string(l.ID), casework.Moment{At: l.Signed(), Letter: &card})
	}
	outsides, err9 := casework.RowsOf[casework.Outside](tx, casework.Outsides, id)
	for _, o := range outsides {
		for _, m := range o.Moments() {
			add(string(o.ID)+m.Outside.Answer, m)
		}
	}
	return out, errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9)
}

// WhoLooked returns a page of the audit lines about a case, newest first. The
// look itself is the first of them.
func (cs *Cases) WhoLooked(ctx context.Context, by casework.Actor, id casework.CaseID, cursor string, limit int) (casework.Page[casework.Line], error) {
	var page casework.Page[casework.Line]
	limit, err := limitOf(limit)
	if err != nil {
		return page, err
	}
	err = cs.read(ctx, deed{by, casework.ReadAudit, ofTrail}, id, func(casework.Tx, casework.Case) error { return nil })
	if err != nil {
		return page, err
	}
	page.Items, page.Next, err = cs.cfg.Trail.OfCase(id, cursor, limit)
	return page, err
}

// sorted is a row with what it is ordered by.
type sorted[T any] struct {
	row T
	at  time.Time
	id  string
}

func sortable[T any](list []T, key func(T) (time.Time, string)) []sorted[T] {
	out := make([]sorted[T], len(list))
	for i, v := range list {
		at, id := key(v)
		out[i] = sorted[T]{v, at, id}
	}
	return out
}

// mark is the place of a row in its order; newer times are greater.
func (s sorted[T]) mark() string {
	return s.at.UTC().Format("2006-01-02T15:04:05.000000000") + "_" + s.id
}

// pageOf reads one page of the rows of a case. The cursor is the place of the
// last row given, so rows that come meanwhile move nothing.
func pageOf[T any](ctx context.Context, cs *Cases, d deed, id casework.CaseID, cursor string, limit int, all func(casework.Tx) ([]sorted[T], error)) (casework.Page[T], error) {
	limit, err := limitOf(limit)
	if err != nil {
		return casework.Page[T]{}, err
	}
	var list []sorted[T]
	err = cs.read(ctx, d, id, func(tx casework.Tx, _ casework.Case) (err error) {
		list, err = all(tx)
		return err
	})
	if err != nil {
		return casework.Page[T]{}, err
	}
	slices.SortFunc(list, func(a, b sorted[T]) int { return strings.Compare(b.mark(), a.mark()) })
	if cursor != "" {
		list = slices.DeleteFunc(list, func(s sorted[T]) bool { return s.mark() >= cursor })
	}
	page := casework.Page[T]{Items: make([]T, 0, min(limit, len(list)))}
	for i, s := range list {
		if i == limit {
			page.Next = list[i-1].mark()
			break
		}
		page.Items = append(page.Items, s.row)
	}
	return page, nil
}
