package api

import (
	"context"
	"net/http"
	"time"

	"serasi/node/casework"
)

const tagCases = "cases"

func (a *API) caseRoutes() {
	handle(a, op{method: "POST", path: prefix + "/cases", name: "openCase", tag: tagCases, status: http.StatusCreated,
		summary: "Open a case (form F1); only urgency and basis are required"}, a.openCase)
	handle(a, op{method: "GET", path: prefix + "/cases", name: "listCases", tag: tagCases,
		summary: "Cases, newest change first; q finds by number (names belong in POST /cases/search)"}, a.listCases)
	handle(a, op{method: "POST", path: prefix + "/cases/search", name: "searchCases", tag: tagCases, reads: true,
		summary: "Cases by name or number, best first; nothing searched for stands in an address"}, a.searchCases)
	handle(a, op{method: "GET", path: prefix + "/cases/{id}", name: "getCase", tag: tagCases, summary: "One case"}, a.getCase)
	handle(a, op{method: "PATCH", path: prefix + "/cases/{id}", name: "editCase", tag: tagCases,
		summary: "Edit a case; fields that are left out stay"}, a.editCase)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/assign", name: "assignCase", tag: tagCases,
		summary: "Say who has the case; possible while it is on its way"}, a.assignCase)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/claims", name: "addClaims", tag: tagCases, status: http.StatusCreated,
		summary: "Add what somebody said or showed about the person; nothing is overwritten"}, a.addClaims)
}

// claimInput is a claim as a caller may make one; the node adds who and when.
type claimInput struct {
	Kind     string `json:"kind"`
	Value    string `json:"value,omitempty"`
	Standing string `json:"standing"`
	Source   string `json:"source,omitempty" doc:"Who or what says so"`
}

func claimsOf(in []claimInput) []casework.Claim {
	out := make([]casework.Claim, len(in))
	for i, c := range in {
		out[i] = casework.Claim{Kind: casework.ClaimKind(c.Kind), Value: c.Value, Standing: casework.Standing(c.Standing), Source: c.Source}
	}
	return out
}

// intakeInput is casework.Intake as a caller may fill it in.
type intakeInput struct {
	Claims  []claimInput `json:"claims,omitempty"`
	Unborn  bool         `json:"unborn,omitempty"`
	Mother  string       `json:"mother,omitempty" doc:"Case of the mother, if she is registered here"`
	Again   string       `json:"again,omitempty" doc:"An earlier case of the same person here"`
	Mode    string       `json:"mode,omitempty"`
	Cluster string       `json:"cluster,omitempty"`
	PPKS    []string     `json:"ppks,omitempty"`
	Ragam   []string     `json:"ragam,omitempty"`
	Secrecy []string     `json:"secrecy,omitempty"`
	Urgency string       `json:"urgency"`
	Basis   string       `json:"basis"`
	Source  string       `json:"source,omitempty"`
	Need    string       `json:"need,omitempty"`
	Lead    string       `json:"lead,omitempty"`
	Unit    string       `json:"unit,omitempty"`
	At      time.Time    `json:"at,omitzero" doc:"When the person came; without it: now"`
}

func (in intakeInput) intake() casework.Intake {
	return casework.Intake{
		Claims: claimsOf(in.Claims), Unborn: in.Unborn, Mother: casework.CaseID(in.Mother), Again: casework.CaseID(in.Again),
		Mode: casework.Mode(in.Mode), Cluster: in.Cluster, PPKS: in.PPKS, Ragam: in.Ragam, Secrecy: stringsTo[casework.Secrecy](in.Secrecy),
		Urgency: casework.Urgency(in.Urgency), Basis: casework.Basis(in.Basis), Source: in.Source, Need: in.Need,
		Lead: casework.UserID(in.Lead), Unit: in.Unit, At: in.At,
	}
}

type opened struct {
	Case     casework.Case      `json:"case"`
	Person   casework.Person    `json:"person"`
	Warnings []casework.Warning `json:"warnings" doc:"Doubts; they never block"`
}

type openedOut struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     opened
}

func (a *API) openCase(ctx context.Context, by casework.Actor, in *struct{ Body intakeInput }) (*openedOut, error) {
	c, p, warnings, err := a.cfg.Cases.Open(ctx, by, in.Body.intake())
	if err != nil {
		return nil, err
	}
	return &openedOut{Location: prefix + "/cases/" + string(c.ID), ETag: etag(c.Version), Body: opened{c, p, orEmpty(warnings)}}, nil
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// Filters narrow a list of cases.
type Filters struct {
	Stage int    `query:"stage" json:"stage,omitempty" minimum:"1" maximum:"7"`
	State string `query:"state" json:"state,omitempty" enum:"open,on offer,handed over,closed,arriving"`
	Lead  string `query:"lead" json:"lead,omitempty" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (f Filters) query(text, cursor string, limit int) (casework.Query, error) {
	q := casework.Query{Text: text, Stage: casework.Stage(f.Stage), Lead: casework.UserID(f.Lead), Cursor: cursor, Limit: limit}
	if f.State != "" {
		if err := q.State.UnmarshalText([]byte(f.State)); err != nil {
			return q, err
		}
	}
	return q, nil
}

type listCasesIn struct {
	Q string `query:"q" maxLength:"200" doc:"For numbers; it stands in the address. Names: POST /cases/search"`
	Filters
	Paging
}

func (a *API) listCases(ctx context.Context, by casework.Actor, in *listCasesIn) (*pageOut[casework.Card], error) {
	q, err := in.query(in.Q, in.Cursor, in.Limit)
	if err != nil {
		return nil, err
	}
	p, err := a.cfg.Cases.List(ctx, by, q)
	return paged(ctx, p, err)
}

type searchInput struct {
	Q string `json:"q" minLength:"1" maxLength:"200"`
	Filters
	Limit int `json:"limit,omitempty" minimum:"1" maximum:"100"`
}

func (a *API) searchCases(ctx context.Context, by casework.Actor, in *struct{ Body searchInput }) (*pageOut[casework.Card], error) {
	q, err := in.Body.query(in.Body.Q, "", in.Body.Limit)
	if err != nil {
		return nil, err
	}
	p, err := a.cfg.Cases.List(ctx, by, q)
	return paged(ctx, p, err)
}

type overviewOut struct {
	ETag string `header:"ETag"`
	Body casework.Overview
}

func (a *API) getCase(ctx context.Context, by casework.Actor, in *OfCase) (*overviewOut, error) {
	o, err := a.cfg.Cases.Get(ctx, by, in.id())
	if err != nil {
		return nil, err
	}
	return &overviewOut{ETag: etag(o.Case.Version), Body: o}, nil
}

type caseOut struct {
	ETag string `header:"ETag"`
	Body casework.Case
}

func caseAnswer(c casework.Case, err error) (*caseOut, error) {
	if err != nil {
		return nil, err
	}
	return &caseOut{ETag: etag(c.Version), Body: c}, nil
}

type editIn struct {
	OfCase
	IfMatch
	Body casework.Patch
}

func (a *API) editCase(ctx context.Context, by casework.Actor, in *editIn) (*caseOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return caseAnswer(a.cfg.Cases.Edit(ctx, by, in.id(), version, in.Body))
}

type assignIn struct {
	OfCase
	IfMatch
	Body struct {
		Lead *string `json:"lead,omitempty" doc:"Id of the account that has the case"`
		Unit *string `json:"unit,omitempty"`
	}
}

func (a *API) assignCase(ctx context.Context, by casework.Actor, in *assignIn) (*caseOut, error) {
	version, err := in.version()
	switch {
	case err != nil:
		return nil, err
	case in.Body.Lead == nil && in.Body.Unit == nil:
		return nil, fault("body.lead", "is missing, and so is unit; one of them is needed")
	}
	p := casework.Patch{Unit: in.Body.Unit}
	if in.Body.Lead != nil {
		p.Lead = ptr(casework.UserID(*in.Body.Lead))
	}
	return caseAnswer(a.cfg.Cases.Edit(ctx, by, in.id(), version, p))
}

type claimsIn struct {
	OfCase
	Body struct {
		Claims []claimInput `json:"claims" minItems:"1" maxItems:"200"`
	}
}

type claimed struct {
	Person   casework.Person    `json:"person"`
	Warnings []casework.Warning `json:"warnings"`
}

func (a *API) addClaims(ctx context.Context, by casework.Actor, in *claimsIn) (*bodyOut[claimed], error) {
	p, warnings, err := a.cfg.Cases.AddClaims(ctx, by, in.id(), claimsOf(in.Body.Claims))
	if err != nil {
		return nil, err
	}
	return &bodyOut[claimed]{claimed{p, orEmpty(warnings)}}, nil
}
