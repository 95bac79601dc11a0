package caseload

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"serasi/node/casework"
)

const ofDoubles = "doubles"

// Suspects returns the cases that may be of the person whom claims describe, as
// far as by may find them, the likest first. It is asked before a case is opened
// and changes nothing; the look is recorded as a search.
func (cs *Cases) Suspects(ctx context.Context, by casework.Actor, claims []casework.Claim) ([]casework.Double, error) {
	d := deed{by, casework.Find, ofDoubles}
	if err := casework.Faulty(casework.CheckClaims("claims", cs.stamp(claims, by.User, cs.now()))...); err != nil {
		return nil, err
	}
	var out []casework.Double
	err := cs.cfg.Store.View(func(tx casework.Tx) (err error) {
		if err := cs.cfg.Gate.Check(tx, by, casework.Find, nil); err != nil {
			return err
		}
		out, err = cs.known(tx, by, cs.cfg.Index.Doubles(casework.Person{Claims: claims}, 4*maxDoubles))
		return err
	})
	if err != nil {
		return nil, cs.denied(ctx, d, "", err)
	}
	return out[:min(len(out), maxDoubles)], cs.recordAlone(ctx, d, "", "", "done")
}

// known makes doubles of the matches that by may find.
func (cs *Cases) known(tx casework.Tx, by casework.Actor, matches []casework.Match) ([]casework.Double, error) {
	var out []casework.Double
	for _, m := range matches {
		c, err := casework.CaseOf(tx, m.Case)
		if errors.Is(err, casework.NotFound) {
			continue // erased since
		}
		if err != nil {
			return nil, fmt.Errorf("read a possible double: %w", err)
		}
		if cs.cfg.Gate.Check(tx, by, casework.Find, &c) != nil {
			continue // not theirs to know of
		}
		card, err := cs.cardFor(tx, by, c)
		if err != nil {
			return nil, err
		}
		out = append(out, casework.Double{Card: card, Strong: m.Strong, Reasons: m.Reasons, Verdict: casework.Undecided})
	}
	return out, nil
}

func (cs *Cases) cardFor(tx casework.Tx, by casework.Actor, c casework.Case) (casework.Card, error) {
	p, err := person(tx, c)
	if err != nil {
		return casework.Card{}, err
	}
	full := cs.cfg.Gate.Check(tx, by, casework.ReadCase, &c) == nil
	return casework.CardOf(c, p, full, cs.now()), nil
}

// Doubles returns the cases that may be of the person of a case: those joined to
// it first, then those nobody has decided about, the likest first, then those
// decided to be of others. Cases of the very same person record are not doubles.
func (cs *Cases) Doubles(ctx context.Context, by casework.Actor, id casework.CaseID) ([]casework.Double, error) {
	var out []casework.Double
	err := cs.read(ctx, deed{by, casework.ReadCase, ofDoubles}, id, func(tx casework.Tx, c casework.Case) (err error) {
		out, err = cs.doublesOf(tx, by, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

func (cs *Cases) doublesOf(tx casework.Tx, by casework.Actor, c casework.Case) ([]casework.Double, error) {
	p, err := person(tx, c)
	if err != nil {
		return nil, err
	}
	decisions, err := casework.RowsOf[casework.PairDecision](tx, casework.Decisions, home(c))
	if err != nil {
		return nil, err
	}
	matches := cs.cfg.Index.Doubles(p, 4*maxDoubles)
	for _, d := range decisions { // a name may have changed since
		at, _ := besides(d, p.ID)
		if !slices.ContainsFunc(matches, func(m casework.Match) bool { return m.Case == at }) {
			matches = append(matches, casework.Match{Case: at})
		}
	}
	found, err := cs.known(tx, by, matches)
	if err != nil {
		return nil, err
	}
	out := found[:0]
	for _, f := range found {
		other, err := casework.CaseOf(tx, f.Card.ID)
		if err != nil {
			return nil, err
		}
		if other.Person == p.ID {
			continue
		}
		for _, d := range decisions {
			if _, who := besides(d, p.ID); who == other.Person {
				f.Verdict, f.Decision = d.Verdict, d
			}
		}
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(a, b casework.Double) int { return cmp.Compare(verdictRank[a.Verdict], verdictRank[b.Verdict]) })
	return out, nil
}

var verdictRank = map[casework.Verdict]int{casework.SameOne: 0, casework.Undecided: 1, casework.Different: 2}

// besides returns the other of the two that d is about, with its home case.
func besides(d casework.PairDecision, me casework.PersonID) (casework.CaseID, casework.PersonID) {
	if d.Persons[0] == me {
		return d.Cases[1], d.Persons[1]
	}
	return d.Cases[0], d.Persons[0]
}

// Judge stores what a person says about the persons of two cases: that they are
// one, that they are not, or that it is open again. Nothing is moved, so a
// merger can be taken back at any time, and "not the same" is remembered.
//
// It needs the right to write the first case and to read the second. The error
// is Invalid, NotFound, Forbidden, or Conflict if both cases are of one person
// record already.
func (cs *Cases) Judge(ctx context.Context, by casework.Actor, id, other casework.CaseID, j casework.Judgement) (casework.PairDecision, error) {
	var out casework.PairDecision
	j.By, j.At = by.User, cs.now()
	err := cs.write(ctx, deed{by, casework.WriteCase, ofDoubles}, id, func(f *file) error {
		if err := casework.Faulty(j.Check()...); err != nil {
			return err
		}
		second, err := casework.CaseOf(f.tx, other)
		if err != nil {
			return err
		}
		if err := cs.cfg.Gate.Check(f.tx, by, casework.ReadCase, &second); err != nil {
			return err
		}
		if second.Person == f.c.Person {
			return casework.Conflict.Because("both cases are of one person record already")
		}
		if _, err := f.tx.Get(casework.Decisions, string(home(f.c)), string(second.Person), &out); err != nil {
			return fmt.Errorf("read a decision: %w", err)
		}
		out.Cases, out.Persons = pairOf(f.c, second)
		out = out.Judged(j)
		if err := put(f.tx, casework.Decisions, home(f.c), string(second.Person), out); err != nil {
			return err
		}
		return put(f.tx, casework.Decisions, home(second), string(f.c.Person), out)
	})
	if err != nil {
		return casework.PairDecision{}, err
	}
	return out, nil
}

func pairOf(a, b casework.Case) ([2]casework.CaseID, [2]casework.PersonID) {
	if b.Person < a.Person {
		a, b = b, a
	}
	return [2]casework.CaseID{home(a), home(b)}, [2]casework.PersonID{a.Person, b.Person}
}

// also returns the cards of all other cases of the person of c: those of the
// same record, and those of persons joined to it, as far as by may find them.
func (cs *Cases) also(tx casework.Tx, by casework.Actor, c casework.Case, p casework.Person) ([]casework.Card, error) {
	decisions, err := casework.RowsOf[casework.PairDecision](tx, casework.Decisions, home(c))
	if err != nil {
		return nil, err
	}
	ids := slices.Clone(p.Cases)
	for _, d := range decisions {
		if d.Verdict != casework.SameOne {
			continue
		}
		at, who := besides(d, p.ID)
		var joined casework.Person
		if found, err := tx.Get(casework.Persons, string(at), string(who), &joined); err != nil {
			return nil, fmt.Errorf("read a joined person: %w", err)
		} else if found {
			ids = append(ids, joined.Cases...)
		}
	}
	var matches []casework.Match
	for _, id := range ids {
		if id != c.ID {
			matches = append(matches, casework.Match{Case: id})
		}
	}
	doubles, err := cs.known(tx, by, matches)
	if err != nil {
		return nil, err
	}
	var cards []casework.Card
	for _, d := range doubles {
		cards = append(cards, d.Card)
	}
	return cards, nil
}
