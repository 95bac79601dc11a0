package caseload

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
)

// Limits of drafts.
const (
	draftAge  = 30 * 24 * time.Hour // how long one is kept after the last key
	draftSize = 256 << 10           // bytes of one
	maxDrafts = 200                 // of one person
)

var formName = regexp.MustCompile(`^[a-z0-9_./ -]{1,120}$`)

// SaveDraft keeps what by is typing into a form, in place of what was kept
// before. A draft about a case lies under the case, sealed with its key, and is
// erased with it; it is no part of the case and never travels. The error is
// Invalid, or that of reading the case.
func (cs *Cases) SaveDraft(ctx context.Context, by casework.Actor, form string, id casework.CaseID, fields map[string][]string) error {
	if by.User == "" {
		return casework.Unknown.Because("sign in first")
	}
	if !formName.MatchString(form) {
		return casework.Invalid.Because("this is no form that keeps drafts")
	}
	size := 0
	for name, values := range fields {
		size += len(name) + len(strings.Join(values, " "))
	}
	if size > draftSize {
		return casework.Invalid.Because("this is more than a draft keeps")
	}
	mine, err := cs.Drafts(ctx, by)
	if err != nil {
		return err
	}
	d := casework.Draft{Form: form, Case: id, By: by.User, At: cs.now(), Fields: fields}
	return cs.ownDraft(ctx, by, id, func(tx casework.Tx) error {
		for _, old := range mine[min(len(mine), maxDrafts-1):] {
			if err := tx.Delete(casework.Drafts, string(old.Case), draftRow(by.User, old.Form)); err != nil {
				return err
			}
		}
		return put(tx, casework.Drafts, id, draftRow(by.User, form), d)
	})
}

// Draft returns what by was typing into a form; it is empty if nothing is kept.
func (cs *Cases) Draft(ctx context.Context, by casework.Actor, form string, id casework.CaseID) (d casework.Draft, err error) {
	err = cs.cfg.Store.View(func(tx casework.Tx) error {
		if err := cs.mayDraft(tx, by, id); err != nil {
			return err
		}
		found, err := tx.Get(casework.Drafts, string(id), draftRow(by.User, form), &d)
		if err == nil && found && cs.now().Sub(d.At) > draftAge {
			d = casework.Draft{}
		}
		return err
	})
	return d, cs.draftDenied(ctx, by, id, err)
}

// DropDraft forgets what by was typing into a form; that there is nothing is no
// error.
func (cs *Cases) DropDraft(ctx context.Context, by casework.Actor, form string, id casework.CaseID) error {
	var there bool
	err := cs.cfg.Store.View(func(tx casework.Tx) (err error) {
		there, err = tx.Get(casework.Drafts, string(id), draftRow(by.User, form), &casework.Draft{})
		return err
	})
	if err != nil || !there {
		return err
	}
	return cs.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		return tx.Delete(casework.Drafts, string(id), draftRow(by.User, form))
	})
}

// Drafts returns all drafts of by, newest first, without what stands in them.
func (cs *Cases) Drafts(_ context.Context, by casework.Actor) (mine []casework.Draft, err error) {
	now := cs.now()
	err = cs.eachDraft(func(_, id string, d casework.Draft) {
		if d.By == by.User && id == draftRow(by.User, d.Form) && now.Sub(d.At) <= draftAge {
			d.Fields = nil
			mine = append(mine, d)
		}
	})
	slices.SortFunc(mine, func(a, b casework.Draft) int { return b.At.Compare(a.At) })
	return mine, err
}

// SweepDrafts removes drafts that nobody touched for thirty days.
func (cs *Cases) SweepDrafts(ctx context.Context) (n int, err error) {
	type row struct{ owner, id string }
	var old []row
	now := cs.now()
	err = cs.eachDraft(func(owner, id string, d casework.Draft) {
		if now.Sub(d.At) > draftAge {
			old = append(old, row{owner, id})
		}
	})
	if err != nil || len(old) == 0 {
		return 0, err
	}
	return len(old), cs.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		for _, r := range old {
			if err := tx.Delete(casework.Drafts, r.owner, r.id); err != nil {
				return err
			}
		}
		return nil
	})
}

func (cs *Cases) eachDraft(f func(owner, id string, d casework.Draft)) error {
	return cs.cfg.Store.View(func(tx casework.Tx) error {
		return tx.All(casework.Drafts, func(owner, id string, decode func(any) error) (bool, error) {
			var d casework.Draft
			if err := decode(&d); err != nil {
				return false, fmt.Errorf("draft: %w", err)
			}
			f(owner, id, d)
			return true, nil
		})
	})
}

func draftRow(by casework.UserID, form string) string { return string(by) + " " + form }

// mayDraft lets people keep drafts about the cases they may read.
func (cs *Cases) mayDraft(tx casework.Tx, by casework.Actor, id casework.CaseID) error {
	if id == "" {
		return nil
	}
	c, err := casework.CaseOf(tx, id)
	if err != nil {
		return err
	}
	return cs.cfg.Gate.Check(tx, by, casework.ReadCase, &c)
}

func (cs *Cases) ownDraft(ctx context.Context, by casework.Actor, id casework.CaseID, f func(casework.Tx) error) error {
	return cs.draftDenied(ctx, by, id, cs.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if err := cs.mayDraft(tx, by, id); err != nil {
			return err
		}
		return f(tx)
	}))
}

func (cs *Cases) draftDenied(ctx context.Context, by casework.Actor, id casework.CaseID, err error) error {
	if !errors.Is(err, casework.Forbidden) {
		return err
	}
	return cs.denied(ctx, deed{by, casework.ReadCase, ofCase}, id, err)
}
