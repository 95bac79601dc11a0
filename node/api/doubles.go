package api

import (
	"context"

	"serasi/node/casework"
)

// CaseDoubles finds people who are registered twice and stores what people say
// about them.
type CaseDoubles interface {
	Suspects(ctx context.Context, by casework.Actor, claims []casework.Claim) ([]casework.Double, error)
	Doubles(ctx context.Context, by casework.Actor, id casework.CaseID) ([]casework.Double, error)
	Judge(ctx context.Context, by casework.Actor, id, other casework.CaseID, j casework.Judgement) (casework.PairDecision, error)
}

func (a *API) doubleRoutes() {
	handle(a, op{method: "POST", path: prefix + "/doubles", name: "findDoubles", tag: tagCases, reads: true,
		summary: "Who may be registered already as the person these claims describe; ask before you open a case"}, a.suspects)
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/doubles", name: "listDoubles", tag: tagCases,
		summary: "Cases that may be of the same person, with what was decided about each"}, a.doubles)
	handle(a, op{method: "PUT", path: prefix + "/cases/{id}/doubles/{other}", name: "judgeDouble", tag: tagCases,
		summary: "Say that two cases are of one person, that they are not, or take that back"}, a.judge)
}

type suspectsIn struct {
	Body struct {
		Claims []claimInput `json:"claims" minItems:"1" maxItems:"200"`
	}
}

type doublesOut struct {
	Items []casework.Double `json:"items"`
}

func doublesBody(items []casework.Double, err error) (*bodyOut[doublesOut], error) {
	if items == nil {
		items = []casework.Double{}
	}
	return answer(doublesOut{items}, err)
}

func (a *API) suspects(ctx context.Context, by casework.Actor, in *suspectsIn) (*bodyOut[doublesOut], error) {
	return doublesBody(a.cfg.Cases.Suspects(ctx, by, claimsOf(in.Body.Claims)))
}

func (a *API) doubles(ctx context.Context, by casework.Actor, in *OfCase) (*bodyOut[doublesOut], error) {
	return doublesBody(a.cfg.Cases.Doubles(ctx, by, in.id()))
}

type judgeIn struct {
	OfCase
	Other string `path:"other" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
	Body  struct {
		Verdict string `json:"verdict" doc:"undecided, same or different"`
		Why     string `json:"why,omitempty"`
	}
}

func (a *API) judge(ctx context.Context, by casework.Actor, in *judgeIn) (*bodyOut[casework.PairDecision], error) {
	return answer(a.cfg.Cases.Judge(ctx, by, in.id(), casework.CaseID(in.Other), casework.Judgement{
		Verdict: casework.Verdict(in.Body.Verdict), Why: in.Body.Why,
	}))
}
