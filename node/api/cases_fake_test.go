package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"serasi/node/access"
	"serasi/node/casework"
	"serasi/node/casework/caseworktest"
)

// cases is a case room in a map. What people may do is asked of the real gate,
// and what they wrote is checked by the real checks.
type cases struct {
	store *caseworktest.Store
	now   func() time.Time

	mu      sync.Mutex // guards all below
	files   map[casework.CaseID]*file
	changes int            // how often anything was changed
	last    casework.Query // of List
	fail    error          // what every write answers instead, if set
	gone    int            // documents whose content breaks off when it is read
	enter   chan struct{}  // told by Open before it goes on; nil: not
	leave   chan struct{}  // Open waits for it; nil: not
	made    int
}

type file struct {
	c        casework.Case
	p        casework.Person
	notes    []casework.Note
	docs     []casework.Document
	contents map[casework.DocumentID][]byte
	consents []casework.Consent
}

func (s *cases) newID() string {
	s.made++
	sum := sha256.Sum256(fmt.Appendf(nil, "%d", s.made))
	return hex.EncodeToString(sum[:16])
}

// changed counts what happened, for tests that nothing did.
func (s *cases) changed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changes
}

func (s *cases) may(by casework.Actor, act casework.Action, c *casework.Case) error {
	return s.store.View(func(tx casework.Tx) error { return access.Gate{}.Check(tx, by, act, c) })
}

// on finds a case somebody may do act on. The lock is held until free.
func (s *cases) on(by casework.Actor, act casework.Action, id casework.CaseID) (f *file, free func(), err error) {
	s.mu.Lock()
	f = s.files[id]
	err = casework.NotFound.Because("there is no such case")
	if f != nil {
		err = s.may(by, act, &f.c)
	}
	if err == nil && act != casework.ReadCase {
		err = s.fail
	}
	if err != nil {
		s.mu.Unlock()
		return nil, nil, err
	}
	return f, s.mu.Unlock, nil
}

func (s *cases) Open(ctx context.Context, by casework.Actor, in casework.Intake) (c casework.Case, p casework.Person, w []casework.Warning, err error) {
	s.mu.Lock()
	enter, leave := s.enter, s.leave
	s.mu.Unlock()
	if enter != nil {
		enter <- struct{}{}
		<-leave
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.may(by, casework.Register, nil), s.fail); err != nil {
		return c, p, nil, err
	}
	if err := casework.Faulty(in.Check(nil)...); err != nil {
		return c, p, nil, err
	}
	s.changes++
	p = casework.Person{ID: casework.PersonID(s.newID()), Claims: in.Claims, Version: 1, Created: s.now()}
	c = in.Case()
	c.ID, c.Handle, c.Person, c.Number = casework.CaseID(s.newID()), s.newID(), p.ID, fmt.Sprintf("SRK-2026-%05d", len(s.files)+1)
	c.Version, c.By, c.Lead, c.Opened = 1, by.User, by.User, s.now()
	s.files[c.ID] = &file{c: c, p: p, contents: map[casework.DocumentID][]byte{}}
	return c, p, []casework.Warning{{Code: "nik", Words: "no NIK"}}, nil
}

func (s *cases) Get(_ context.Context, by casework.Actor, id casework.CaseID) (casework.Overview, error) {
	f, free, err := s.on(by, casework.ReadCase, id)
	if err != nil {
		return casework.Overview{}, err
	}
	defer free()
	return casework.Overview{Case: f.c, Person: f.p, Notes: len(f.notes), Documents: len(f.docs)}, nil
}

func (s *cases) List(_ context.Context, by casework.Actor, q casework.Query) (p casework.Page[casework.Card], err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = q
	if err := s.may(by, casework.Find, nil); err != nil {
		return p, err
	}
	if q.Cursor != "" && !casework.IsID(q.Cursor) {
		return p, casework.Faulty(casework.Fault{Field: "cursor", Words: "is not one of ours"})
	}
	var all []*file
	for _, f := range s.files {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b *file) int { return bytes.Compare([]byte(a.c.Number), []byte(b.c.Number)) })
	for _, f := range all {
		if q.Cursor != "" && string(f.c.ID) != q.Cursor && len(p.Items) == 0 {
			continue
		}
		if q.Limit > 0 && len(p.Items) == q.Limit {
			p.Next = string(f.c.ID)
			break
		}
		p.Items = append(p.Items, casework.CardOf(f.c, f.p, true, s.now()))
	}
	return p, nil
}

// edit is what all edits of the case itself have in common.
func (s *cases) edit(by casework.Actor, act casework.Action, id casework.CaseID, version uint64, change func(casework.Case) (casework.Case, error)) (casework.Case, error) {
	f, free, err := s.on(by, act, id)
	if err != nil {
		return casework.Case{}, err
	}
	defer free()
	next, err := change(f.c)
	switch {
	case err != nil:
		return casework.Case{}, err
	case version != f.c.Version:
		return casework.Case{}, casework.Stale(f.c, next)
	}
	if err := casework.Faulty(next.Check(nil)...); err != nil {
		return casework.Case{}, err
	}
	s.changes++
	next.Version++
	f.c = next
	return next, nil
}

func (s *cases) Edit(_ context.Context, by casework.Actor, id casework.CaseID, version uint64, p casework.Patch) (casework.Case, error) {
	act := casework.WriteCase
	if p.Assigns() {
		act = casework.Assign
	}
	return s.edit(by, act, id, version, func(c casework.Case) (casework.Case, error) { return p.Apply(c), c.Editable() })
}

func (s *cases) MoveStage(_ context.Context, by casework.Actor, id casework.CaseID, version uint64, to casework.Stage, _ string) (casework.Case, error) {
	return s.edit(by, casework.WriteCase, id, version, func(c casework.Case) (casework.Case, error) { return c.Advance(to) })
}

func (s *cases) Close(_ context.Context, by casework.Actor, id casework.CaseID, version uint64, reason string) (casework.Case, error) {
	if !slices.Contains(casework.Endings, reason) {
		return casework.Case{}, casework.Faulty(casework.Fault{Field: "reason", Words: "is not in the list"})
	}
	return s.edit(by, casework.WriteCase, id, version, func(c casework.Case) (casework.Case, error) { return c.Move(casework.Closed) })
}

func (s *cases) Reopen(_ context.Context, by casework.Actor, id casework.CaseID, version uint64) (casework.Case, error) {
	return s.edit(by, casework.WriteCase, id, version, func(c casework.Case) (casework.Case, error) { return c.Move(casework.Open) })
}

func (s *cases) AddClaims(_ context.Context, by casework.Actor, id casework.CaseID, claims []casework.Claim) (casework.Person, []casework.Warning, error) {
	f, free, err := s.on(by, casework.WriteCase, id)
	if err != nil {
		return casework.Person{}, nil, err
	}
	defer free()
	if err := casework.Faulty(casework.CheckClaims("claims", claims)...); err != nil {
		return casework.Person{}, nil, err
	}
	s.changes++
	f.p.Claims = append(f.p.Claims, claims...)
	return f.p, nil, nil
}

// add is what all additions have in common.
func (s *cases) add(by casework.Actor, id casework.CaseID, addendum bool, faults []casework.Fault, do func(*file)) error {
	f, free, err := s.on(by, casework.WriteCase, id)
	if err != nil {
		return err
	}
	defer free()
	if err := f.c.Editable(); err != nil && !addendum {
		return err
	}
	if err := casework.Faulty(faults...); err != nil {
		return err
	}
	s.changes++
	do(f)
	return nil
}

func (s *cases) AddNote(_ context.Context, by casework.Actor, id casework.CaseID, n casework.Note) (casework.Note, error) {
	if n.At.IsZero() {
		n.At = s.now()
	}
	err := s.add(by, id, n.Addendum, n.Check(), func(f *file) {
		n.ID, n.Case, n.By = casework.NoteID(s.newID()), id, by.User
		f.notes = append(f.notes, n)
	})
	return n, err
}

func (s *cases) Notes(_ context.Context, by casework.Actor, id casework.CaseID, cursor string, _ int) (p casework.Page[casework.Note], err error) {
	f, free, err := s.reading(by, id, cursor)
	if err != nil {
		return p, err
	}
	defer free()
	return casework.Page[casework.Note]{Items: f.notes}, nil
}

func (s *cases) reading(by casework.Actor, id casework.CaseID, cursor string) (*file, func(), error) {
	if cursor != "" {
		return nil, nil, casework.Faulty(casework.Fault{Field: "cursor", Words: "is not one of ours"})
	}
	return s.on(by, casework.ReadCase, id)
}

func (s *cases) AddDocument(_ context.Context, by casework.Actor, id casework.CaseID, d casework.Document, r io.Reader) (casework.Document, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return d, err
	}
	if d.Media == "" {
		d.Media = "text/plain"
	}
	d.Size = int64(len(content))
	err = s.add(by, id, d.Addendum, d.Check(), func(f *file) {
		d.ID, d.Case = casework.DocumentID(s.newID()), id
		f.docs = append(f.docs, d)
		f.contents[d.ID] = content
	})
	return d, err
}

func (s *cases) Documents(_ context.Context, by casework.Actor, id casework.CaseID, cursor string, _ int) (p casework.Page[casework.Document], err error) {
	f, free, err := s.reading(by, id, cursor)
	if err != nil {
		return p, err
	}
	defer free()
	return casework.Page[casework.Document]{Items: f.docs}, nil
}

func (s *cases) OpenDocument(_ context.Context, by casework.Actor, id casework.CaseID, doc casework.DocumentID) (casework.Document, io.ReadCloser, error) {
	f, free, err := s.on(by, casework.ReadCase, id)
	if err != nil {
		return casework.Document{}, nil, err
	}
	defer free()
	for _, d := range f.docs {
		if d.ID != doc {
			continue
		}
		var r io.Reader = bytes.NewReader(f.contents[doc])
		if s.gone > 0 {
			r = io.MultiReader(io.LimitReader(r, 3), broken{})
		}
		return d, io.NopCloser(r), nil
	}
	return casework.Document{}, nil, casework.NotFound.Because("there is no such document")
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("the disk is gone") }

func (s *cases) AddConsent(_ context.Context, by casework.Actor, id casework.CaseID, c casework.Consent) (casework.Consent, error) {
	if c.At.IsZero() {
		c.At = s.now()
	}
	err := s.add(by, id, true, c.Check(), func(f *file) {
		c.ID, c.Case = casework.ConsentID(s.newID()), id
		f.consents = append(f.consents, c)
	})
	return c, err
}

func (s *cases) WithdrawConsent(_ context.Context, by casework.Actor, id casework.CaseID, consent casework.ConsentID) (c casework.Consent, err error) {
	f, free, err := s.on(by, casework.WriteCase, id)
	if err != nil {
		return c, err
	}
	defer free()
	for i := range f.consents {
		if f.consents[i].ID == consent {
			s.changes++
			f.consents[i].Withdrawn = s.now()
			return f.consents[i], nil
		}
	}
	return c, casework.NotFound.Because("there is no such consent")
}

func (s *cases) Consents(_ context.Context, by casework.Actor, id casework.CaseID) ([]casework.Consent, error) {
	f, free, err := s.on(by, casework.ReadCase, id)
	if err != nil {
		return nil, err
	}
	defer free()
	return f.consents, nil
}

func (s *cases) History(_ context.Context, by casework.Actor, id casework.CaseID, _, cursor string, _ int) (p casework.Page[casework.Moment], err error) {
	f, free, err := s.reading(by, id, cursor)
	if err != nil {
		return p, err
	}
	defer free()
	for _, n := range f.notes {
		p.Items = append(p.Items, casework.Moment{At: n.At, Note: &n})
	}
	return p, nil
}

func (s *cases) WhoLooked(_ context.Context, by casework.Actor, id casework.CaseID, _ string, _ int) (p casework.Page[casework.Line], err error) {
	f, free, err := s.on(by, casework.ReadAudit, id)
	if err != nil {
		return p, err
	}
	defer free()
	return casework.Page[casework.Line]{Items: []casework.Line{{Seq: 1, Case: f.c.ID, Act: string(casework.ReadAudit), Outcome: "done"}}}, nil
}
