package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
)

// NoteIncident writes down that data may have got out. The clock of 3x24 hours runs
// from when the balai came to know. The error is Invalid with the faulty fields,
// or Forbidden.
func (p *Privacy) NoteIncident(ctx context.Context, by casework.Actor, in casework.NewBreach) (casework.Breach, error) {
	now := p.clock().UTC()
	in.Digest = strings.ToLower(in.Digest)
	if err := casework.Faulty(in.Check(now)...); err != nil {
		return casework.Breach{}, err
	}
	in.Known, in.From, in.To = in.Known.UTC(), in.From.UTC(), in.To.UTC()
	i := casework.Breach{ID: sortableID(now), NewBreach: in, By: by.User, Due: in.Known.Add(casework.SubjectTime), Version: 1}
	err := p.oversee(ctx, by, casework.KeepPrivacy, "incident", func(tx casework.Tx) error {
		copies, err := copiesOf(tx, in.Digest)
		if err == nil && in.Digest != "" && len(copies) == 0 {
			err = casework.Faulty(casework.Fault{Field: "digest", Words: "is of no document here"})
		}
		if err != nil {
			return err
		}
		if err := putIncident(tx, i); err != nil {
			return err
		}
		to, err := those(tx, func(row account) bool {
			return slices.Contains(row.Roles, casework.Head) || slices.Contains(row.Roles, casework.DPO)
		})
		if err != nil {
			return err
		}
		return p.tell(tx, casework.Notice{Kind: casework.NoticeIncident, About: i.ID, By: by.Name}, to...)
	})
	if err != nil {
		return casework.Breach{}, err
	}
	return i, nil
}

func putIncident(tx casework.Tx, i casework.Breach) error {
	if err := tx.Put(casework.Incidents, casework.NodeOwner, i.ID, i); err != nil {
		return fmt.Errorf("incident: %w", err)
	}
	return nil
}

func getIncident(tx casework.Tx, id string) (i casework.Breach, err error) {
	found, err := tx.Get(casework.Incidents, casework.NodeOwner, id, &i)
	switch {
	case err != nil:
		return i, fmt.Errorf("incident: %w", err)
	case !found:
		return i, casework.NotFound.Because("there is no such incident")
	}
	return i, nil
}

// ChangeIncident says how far an incident is. A stale edit is a Conflict with
// both versions; the other errors are Invalid, NotFound and Forbidden.
func (p *Privacy) ChangeIncident(
	ctx context.Context, by casework.Actor, id string, version uint64, in casework.BreachPatch,
) (out casework.Breach, err error) {
	now := p.clock().UTC()
	err = p.oversee(ctx, by, casework.KeepPrivacy, "incident", func(tx casework.Tx) error {
		was, err := getIncident(tx, id)
		if err != nil {
			return err
		}
		out = patched(was, in, now)
		if was.Version != version {
			return casework.Stale(was, out)
		}
		if err := casework.Faulty(patchFaults(out, now)...); err != nil {
			return err
		}
		return putIncident(tx, out)
	})
	if err != nil {
		return casework.Breach{}, err
	}
	return out, nil
}

func patched(i casework.Breach, in casework.BreachPatch, now time.Time) casework.Breach {
	if in.Measures != nil {
		i.Measures = *in.Measures
	}
	if in.ToldAgency != nil {
		i.ToldAgency = in.ToldAgency.UTC()
	}
	if in.ToldPeople != nil {
		i.ToldPeople = in.ToldPeople.UTC()
	}
	if in.Closed != nil {
		i.Closed = time.Time{}
		if *in.Closed {
			i.Closed = now
		}
	}
	i.Version++
	return i
}

func patchFaults(i casework.Breach, now time.Time) []casework.Fault {
	faults := i.Check(now)
	for field, at := range map[string]time.Time{"toldAgency": i.ToldAgency, "toldPeople": i.ToldPeople} {
		if at.After(now) {
			faults = append(faults, casework.Fault{Field: field, Words: "lies in the future"})
		}
	}
	if !i.Closed.IsZero() && !i.Told() {
		faults = append(faults, casework.Fault{Field: "closed", Words: "only when the agency and the people were told"})
	}
	return faults
}

// Incidents returns all incidents, newest first. Those who oversee the balai
// may.
func (p *Privacy) Incidents(ctx context.Context, by casework.Actor) (list []casework.Breach, err error) {
	err = p.oversee(ctx, by, casework.Oversee, "incidents", func(tx casework.Tx) error {
		return tx.Each(casework.Incidents, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
			var i casework.Breach
			err := decode(&i)
			list = append(list, i)
			return true, err
		})
	})
	if err != nil {
		return nil, err
	}
	slices.Reverse(list)
	return list, nil
}

// Affected returns an incident and the cases it may concern: those that the
// trail says were read or changed in its time, by its account and token if it
// names them. The newest comes first.
func (p *Privacy) Affected(ctx context.Context, by casework.Actor, id string) (i casework.Breach, list []casework.Affected, err error) {
	err = p.oversee(ctx, by, casework.KeepPrivacy, "people affected", func(tx casework.Tx) (err error) {
		i, err = getIncident(tx, id)
		return err
	})
	if err != nil {
		return i, nil, err
	}
	s := sifter{i: i, found: map[casework.CaseID]*casework.Affected{}}
	err = p.store.View(func(tx casework.Tx) (err error) {
		s.copies, err = copiesOf(tx, i.Digest)
		return err
	})
	if err != nil {
		return i, nil, err
	}
	if err := s.walk(p.store, p.trail); err != nil {
		return i, nil, fmt.Errorf("look for the people affected: %w", err)
	}
	err = p.store.View(func(tx casework.Tx) error {
		for _, a := range s.found {
			if err := p.name(tx, by, a); err != nil {
				return err
			}
			list = append(list, *a)
		}
		return nil
	})
	slices.SortFunc(list, func(x, y casework.Affected) int { return y.Last.Compare(x.Last) })
	return i, list, err
}

// name fills in what by may know of the case of a.
func (p *Privacy) name(tx casework.Tx, by casework.Actor, a *casework.Affected) error {
	c, err := casework.CaseOf(tx, a.Case)
	if errors.Is(err, casework.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	home := c.Home
	if home == "" {
		home = c.ID
	}
	var who casework.Person
	if _, err := tx.Get(casework.Persons, string(home), string(c.Person), &who); err != nil {
		return fmt.Errorf("person of the case: %w", err)
	}
	a.Number, a.Unit, a.Lead = c.Number, c.Unit, c.Lead
	if a.Name = who.Initials(); p.gate.Check(tx, by, casework.ReadCase, &c) == nil {
		a.Name = who.Name()
	}
	return nil
}

// copiesOf returns the documents with one content, by the case they lie in: a
// letter about several people lies in the case of each.
func copiesOf(tx casework.Tx, digest string) (map[casework.CaseID][]casework.DocumentID, error) {
	if digest == "" {
		return nil, nil
	}
	copies := map[casework.CaseID][]casework.DocumentID{}
	err := tx.All(casework.Documents, func(_, _ string, decode func(any) error) (bool, error) {
		var d casework.Document
		if err := decode(&d); err != nil {
			return false, err
		}
		if strings.HasPrefix(d.Digest, digest) {
			copies[d.Case] = append(copies[d.Case], d.ID)
		}
		return true, nil
	})
	if err != nil {
		return nil, fmt.Errorf("look for a document: %w", err)
	}
	return copies, nil
}

// sifter looks through the trail for what an incident may concern.
type sifter struct {
	i      casework.Breach
	copies map[casework.CaseID][]casework.DocumentID // of its document, if it names one
	found  map[casework.CaseID]*casework.Affected
}

// walk goes down the trail in views of bounded length until it is older than
// the incident.
func (s sifter) walk(store casework.Store, t Trail) error {
	next, begun := uint64(0), false
	for !begun || next > 0 {
		err := store.View(func(tx casework.Tx) error {
			if !begun {
				count, _, err := t.Head(tx)
				if err != nil {
					return err
				}
				next, begun = count, true
			}
			for range verifyStep {
				if next == 0 {
					return nil
				}
				var line casework.Line
				if _, err := tx.Get(casework.Audit, casework.NodeOwner, lineID(next), &line); err != nil {
					return err
				}
				if next--; line.At.Before(s.i.From) {
					next = 0
				}
				s.take(line)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s sifter) take(line casework.Line) {
	i := s.i
	if line.Case == "" || line.Outcome != Done || line.At.Before(i.From) || line.At.After(i.To) ||
		i.Digest != "" && !s.opened(line) ||
		i.User != "" && line.User != i.User || i.Token != "" && line.Token != i.Token || i.Case != "" && line.Case != i.Case {
		return
	}
	a := s.found[line.Case]
	if a == nil {
		a = &casework.Affected{Case: line.Case, First: line.At, Last: line.At}
		s.found[line.Case] = a
	}
	a.Times++
	if line.At.Before(a.First) {
		a.First = line.At
	}
	if line.At.After(a.Last) {
		a.Last = line.At
	}
}

// opened reports whether a line may have given out the document of the incident:
// it opened it, or the case was copied whole. Of a line that does not say which
// document it was about, nobody can say that it was another one.
func (s sifter) opened(line casework.Line) bool {
	copies, has := s.copies[line.Case]
	return has && (slices.Contains(copies, line.Document) ||
		line.Document == "" && (line.Act == string(casework.Export) || line.What == contentOpened))
}

// contentOpened is what the trail calls the content of a document.
const contentOpened = "document content"
