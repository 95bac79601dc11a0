package caseload

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"serasi/node/casework"
)

// List returns a page of cards: those q.Text finds, best first, or all, newest
// change first. Cases that by may not find are left out, so a page can be
// shorter than the limit and still have a next one.
//
// The search terms go to the audit trail as a keyed digest only.
func (cs *Cases) List(ctx context.Context, by casework.Actor, q casework.Query) (casework.Page[casework.Card], error) {
	var page casework.Page[casework.Card]
	d := deed{by, casework.Find, ofList}
	if err := cs.cfg.Store.View(func(tx casework.Tx) error { return cs.cfg.Gate.Check(tx, by, casework.Find, nil) }); err != nil {
		return page, cs.denied(ctx, d, "", err)
	}
	ids, next, err := cs.ids(&q)
	if err != nil {
		return page, err
	}
	if q.Text != "" {
		if d.what, err = cs.searched(ctx, q.Text); err != nil {
			return page, err
		}
	}
	cards, err := cs.cards(by, q, ids)
	if err != nil {
		return page, err
	}
	if err := cs.recordAlone(ctx, d, "", "", "done"); err != nil {
		return page, err
	}
	return casework.Page[casework.Card]{Items: cards, Next: next, Partial: !cs.isReady()}, nil
}

// ids asks the index for one page of ids, and mends q.
func (cs *Cases) ids(q *casework.Query) ([]casework.CaseID, string, error) {
	limit, err := limitOf(q.Limit)
	if err != nil {
		return nil, "", err
	}
	q.Limit = limit
	if q.Text == "" {
		return cs.cfg.Index.List(*q)
	}
	if n := len([]rune(q.Text)); n > casework.MaxValue {
		return nil, "", casework.Faulty(casework.Fault{Field: "q", Words: "is longer than 500 characters"})
	}
	if q.Cursor != "" {
		return nil, "", casework.Faulty(casework.Fault{Field: "cursor", Words: "does not go with a search: use more words"})
	}
	return cs.cfg.Index.Find(*q), "", nil
}

// cards reads the cards of ids, as by may see them.
func (cs *Cases) cards(by casework.Actor, q casework.Query, ids []casework.CaseID) ([]casework.Card, error) {
	out := make([]casework.Card, 0, len(ids))
	at := cs.now().In(cs.cfg.Zone)
	err := cs.cfg.Store.View(func(tx casework.Tx) error {
		for _, id := range ids {
			c, err := casework.CaseOf(tx, id)
			if errors.Is(err, casework.NotFound) {
				continue // erased since the index was asked
			}
			if err != nil {
				return err
			}
			if !q.Wants(c) {
				continue
			}
			if err := cs.cfg.Gate.Check(tx, by, casework.Find, &c); errors.Is(err, casework.Forbidden) {
				continue
			} else if err != nil {
				return err
			}
			p, err := person(tx, c)
			if err != nil {
				return err
			}
			full := cs.cfg.Gate.Check(tx, by, casework.ReadCase, &c) == nil
			out = append(out, casework.CardOf(c, p, full, at))
		}
		return nil
	})
	return out, err
}

// searchKeyID is the row of Settings with the key that search terms are
// digested with: a digest without a key can be guessed, a NIK in an hour.
const searchKeyID = "caseload search key"

// searched returns what the trail keeps of a search: enough to see that the
// same words were looked for again, and not the words.
func (cs *Cases) searched(ctx context.Context, text string) (string, error) {
	var key string
	get := func(tx casework.Tx) (bool, error) {
		return tx.Get(casework.Settings, casework.NodeOwner, searchKeyID, &key)
	}
	var found bool
	err := cs.cfg.Store.View(func(tx casework.Tx) (err error) {
		found, err = get(tx)
		return err
	})
	if err == nil && !found {
		err = cs.cfg.Store.Update(ctx, func(tx casework.Tx) error {
			if found, err := get(tx); found || err != nil {
				return err
			}
			key = cs.cfg.NewID() + cs.cfg.NewID()
			return put(tx, casework.Settings, casework.NodeOwner, searchKeyID, key)
		})
	}
	if err != nil {
		return "", fmt.Errorf("digest the search terms: %w", err)
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return ofSearch + " " + hex.EncodeToString(mac.Sum(nil))[:16], nil
}
