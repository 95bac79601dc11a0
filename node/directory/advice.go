package directory

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"serasi/node/casework"
)

// All returns every balai there is, connected or not, with what it says of
// itself, in the order of their names.
func (d *Directory) All(_ context.Context, by casework.Actor) ([]casework.Candidate, error) {
	err := d.cfg.Store.View(func(tx casework.Tx) error { return d.cfg.Gate.Check(tx, by, casework.ReadStatus, nil) })
	if err != nil {
		return nil, err
	}
	return d.candidates()
}

// candidates gathers the units of the ministry and the members.
func (d *Directory) candidates() ([]casework.Candidate, error) {
	kept, err := d.kept()
	if err != nil {
		return nil, err
	}
	own, err := d.own()
	if err != nil {
		return nil, err
	}
	var all []casework.Candidate
	members := d.cfg.Members()
	for _, s := range casework.Sentras() {
		c := casework.Candidate{
			Profile: casework.Profile{Code: s.Code, Name: s.Name, Region: s.Region}, Location: s.Location, Region: s.Region,
			Connected: s.Code != "" && slices.Contains(members, s.Code),
		}
		all = append(all, c)
	}
	for _, code := range members {
		if _, ok := sentraOf(code); !ok {
			all = append(all, casework.Candidate{Profile: casework.Profile{Code: code, Name: string(code)}, Connected: true})
		}
	}
	for i, c := range all {
		code := c.Profile.Code
		switch p, said := d.said(kept, code); {
		case code == "":
		case code == d.cfg.Self && own.Version > 0:
			all[i].Profile, all[i].Described = own, true
		case said:
			all[i].Profile, all[i].Described = p, true
		}
	}
	slices.SortStableFunc(all, func(a, b casework.Candidate) int { return cmp.Compare(a.Profile.Name, b.Profile.Name) })
	return all, nil
}

// said reads what another balai says of itself. What is not in order is as if
// nothing was said: its owner may run another version, or mean harm.
func (d *Directory) said(kept map[casework.BalaiCode]Entry, code casework.BalaiCode) (p casework.Profile, ok bool) {
	e, ok := kept[code]
	if !ok {
		return p, false
	}
	if err := json.Unmarshal(e.Body, &p); err != nil || p.Code != code || len(p.Check()) > 0 {
		d.cfg.Log.Info("a profile cannot be read", "owner", code)
		return casework.Profile{}, false
	}
	if now := d.now(); p.PlacesAt.After(now) { // a clock that runs ahead makes nothing fresher
		p.PlacesAt = now
	}
	return p, true
}

// Suggest returns where a case could go, best first, with the reasons, and what
// the letter may begin with. The error is NotFound or Forbidden.
func (d *Directory) Suggest(ctx context.Context, by casework.Actor, id casework.CaseID) (a casework.Advice, err error) {
	all, err := d.candidates()
	if err != nil {
		return a, err
	}
	line := casework.Line{At: d.now(), User: by.User, Name: by.Name, Via: by.Via, Act: string(casework.PrepareOffer), What: "where it could go", Case: id, Outcome: "done"}
	if len(by.Roles) > 0 {
		line.Role = by.Roles[0]
	}
	var b casework.Bundle
	var before []casework.Handoff
	err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		var c casework.Case
		found, err := tx.Get(casework.Cases, string(id), string(id), &c)
		if err != nil {
			return fmt.Errorf("read case %s: %w", id, err)
		}
		if !found {
			return casework.NotFound.Because("there is no such case")
		}
		if err := d.cfg.Gate.Check(tx, by, casework.PrepareOffer, &c); err != nil {
			return err
		}
		if b, err = d.cfg.Files.Export(tx, id); err != nil {
			return err
		}
		if before, err = d.cfg.Files.HandoffsOf(tx, id); err != nil {
			return err
		}
		return d.cfg.Trail.Record(tx, line)
	})
	if errors.Is(err, casework.Forbidden) {
		line.Outcome = "denied"
		denied := d.cfg.Store.Update(context.WithoutCancel(ctx), func(tx casework.Tx) error { return d.cfg.Trail.Record(tx, line) })
		err = errors.Join(err, denied)
	}
	if err != nil {
		return a, err
	}
	now := d.now()
	a.Wish = b.Wish(now)
	if h, ok := casework.Redirected(before); ok {
		a.After, a.Wish.Advised = h.ID, h.Redirect
	}
	all = slices.DeleteFunc(all, func(c casework.Candidate) bool { return c.Profile.Code == d.cfg.Self })
	a.Choices = casework.Rank(a.Wish, all, now)
	for i, c := range a.Choices {
		a.Choices[i].Consent = b.SharedWith(c.Code, now)
	}
	a.Reason, a.Wanted, a.Given = b.Letter()
	a.Warnings = a.Wish.Competence()
	return a, nil
}

func sentraOf(code casework.BalaiCode) (casework.Sentra, bool) {
	all := casework.Sentras()
	i := slices.IndexFunc(all, func(s casework.Sentra) bool { return s.Code == code && code != "" })
	if i < 0 {
		return casework.Sentra{}, false
	}
	return all[i], true
}

func nameOf(code casework.BalaiCode) string {
	if s, ok := sentraOf(code); ok {
		return s.Name
	}
	return string(code)
}
