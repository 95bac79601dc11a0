package node

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"serasi/node/access"
	"serasi/node/casework"
	"serasi/node/web"
)

// site builds the pages on the use cases.
func (n *Node) site() (*web.Site, error) {
	s, err := web.New(web.Config{
		Letters: n.letters, Door: countedDoor{n.accounts.Sessions(), n.meter}, Drafts: n.cases, Cases: n.cases, Forms: n.cases.Forms(), Care: n.cases.Care(), Staff: n.accounts.Colleagues, Doubles: n.cases, News: newsroom{n},
		Accounts: n.privacy, Logins: n.accounts.Sessions(), Near: n.privacy, Privacy: n.privacy,
		Console:  console{n},
		Handoffs: lettered{n.desk, n}, Directory: n.places, Partners: n.partners, Reports: n.reports, Imports: n.exchange,
		Waits:       n.waits(),
		Allowed:     n.allowed,
		NeedsStepUp: access.NeedsStepUp,
		Balai:       casework.BalaiCode(n.id.Code), Name: balaiName(casework.BalaiCode(n.id.Code)), Zone: n.zone, Secure: !n.cfg.InsecureHTTP, Version: n.cfg.Version,
		Clock: n.clock, Log: n.log,
	})
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	return s, nil
}

// waits are the sources of what waits for somebody.
func (n *Node) waits() []func(context.Context, casework.Actor) ([]casework.Errand, error) {
	return []func(context.Context, casework.Actor) ([]casework.Errand, error){
		n.privacy.Pending, n.noticesWaiting, n.handoffsWaiting, n.tasksWaiting, n.casesResting, n.draftsWaiting,
	}
}

// balaiName is what the balai is called on its pages.
func balaiName(code casework.BalaiCode) string {
	for _, s := range casework.Sentras() {
		if s.Code == code {
			return s.Name
		}
	}
	return string(code)
}

// split sends programs to the REST door and people to the pages.
func split(rest, pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch p := r.URL.Path; {
		case strings.HasPrefix(p, "/api/"), p == "/healthz", p == "/readyz", p == "/metrics":
			rest.ServeHTTP(w, r)
		default:
			pages.ServeHTTP(w, r)
		}
	})
}

// allowed reports whether by may ever do act, for what a page shows.
func (n *Node) allowed(by casework.Actor, act casework.Action) bool { return n.gate().Ever(by, act) }

// newsroom tells open pages what changed.
type newsroom struct{ n *Node }

// newsEvery is how often an open page's count is looked at.
const newsEvery = 3 * time.Second

// Now returns the number of waiting handoffs.
func (r newsroom) Now(_ context.Context, by casework.Actor) (casework.News, error) {
	inbox, err := r.n.desk.Inbox(by)
	return casework.News{Mark: uint64(inbox) + 1, Inbox: inbox}, err
}

// Watch waits until the number of waiting handoffs is other than what the mark
// after stands for. The mark is the number and one, so that none is told too.
func (r newsroom) Watch(ctx context.Context, by casework.Actor, after uint64) (casework.News, error) {
	tick := time.NewTicker(newsEvery)
	defer tick.Stop()
	for looked, first := uint64(0), true; ; first = false {
		// Nothing was written since: the number is the same.
		if updates := r.n.db.Stats().Updates; first || updates != looked {
			looked = updates
			inbox, err := r.n.desk.Inbox(by)
			if err != nil {
				return casework.News{}, err
			}
			if mark := uint64(inbox) + 1; mark != after {
				return casework.News{Mark: mark, Inbox: inbox}, nil
			}
		}
		select {
		case <-ctx.Done():
			return casework.News{}, ctx.Err()
		case <-tick.C:
		}
	}
}

// mostOfAKind bounds how many errands of one kind a page collects.
const mostOfAKind = 25

// handoffsWaiting are the handoffs whose next step is ours, and who travels.
func (n *Node) handoffsWaiting(ctx context.Context, by casework.Actor) (out []casework.Errand, err error) {
	page, err := n.desk.List(ctx, by, casework.HandoffQuery{State: casework.Ours, Limit: mostOfAKind})
	if err != nil {
		return nil, err
	}
	for _, h := range page.Items {
		e := casework.Errand{Kind: casework.ToAnswer, Handoff: h.ID, Balai: h.From, Due: h.Deadline, Since: h.Created}
		switch {
		case h.Box == casework.Out:
			e.Kind, e.Balai = casework.Answered, h.To
		case h.Stage == "departed":
			e.Kind = casework.Travels
		}
		if h.Summary != nil {
			e.Name = h.Summary.Initials
		}
		out = append(out, e)
	}
	return out, nil
}

// restsAfter is how long a case lies untouched before it is an errand.
const restsAfter = 14 * 24 * time.Hour

// casesResting are the cases of by that nobody touched for long, the one
// longest untouched first.
func (n *Node) casesResting(ctx context.Context, by casework.Actor) (out []casework.Errand, err error) {
	if !n.allowed(by, casework.Find) {
		return nil, nil
	}
	page, err := n.cases.List(ctx, by, casework.Query{Lead: by.User, State: casework.Open, Limit: 100})
	if err != nil {
		return nil, err
	}
	for _, c := range page.Items {
		if n.clock().Sub(c.Changed) > restsAfter {
			out = append(out, casework.Errand{Kind: casework.Resting, Case: c.ID, Number: c.Number, Name: c.Name, Since: c.Changed})
		}
	}
	if len(out) > mostOfAKind {
		out = out[len(out)-mostOfAKind:]
	}
	return out, nil
}

// noticesWaiting are what by must know of and has not put aside.
func (n *Node) noticesWaiting(ctx context.Context, by casework.Actor) (out []casework.Errand, err error) {
	all, err := n.privacy.Notices(ctx, by)
	for _, one := range all[:min(len(all), mostOfAKind)] {
		out = append(out, casework.Errand{Kind: casework.ToKnow + one.Kind, Number: one.Number, Words: one.By, Path: "/pemberitahuan", Since: one.At})
	}
	return out, err
}

// draftsWaiting are the forms that by began and did not send.
func (n *Node) draftsWaiting(ctx context.Context, by casework.Actor) (out []casework.Errand, err error) {
	drafts, err := n.cases.Drafts(ctx, by)
	if err != nil {
		return nil, err
	}
	err = n.db.View(func(tx casework.Tx) error {
		for _, d := range drafts {
			if d.Case == "" || strings.HasPrefix(d.Form, "_") || len(out) == mostOfAKind {
				continue
			}
			e := casework.Errand{Kind: casework.HalfTyped, Case: d.Case, Since: d.At}
			if c, err := casework.CaseOf(tx, d.Case); err == nil && n.gate().Check(tx, by, casework.Find, &c) == nil {
				e.Number = c.Number
			}
			out = append(out, e)
		}
		return nil
	})
	return out, err
}
