package api

import (
	"context"

	"serasi/node/casework"
)

func (a *API) lifeRoutes() {
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/stage", name: "moveStage", tag: tagCases,
		summary: "Take a case to another of the seven stages"}, a.moveStage)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/close", name: "closeCase", tag: tagCases, summary: "End a case"}, a.closeCase)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/reopen", name: "reopenCase", tag: tagCases, summary: "Open a closed case again"}, a.reopenCase)
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/timeline", name: "timeline", tag: tagCases,
		summary: "All that happened in a case, newest first"}, a.timeline)
	handle(a, op{method: "GET", path: prefix + "/audit", name: "audit", tag: "audit",
		summary: "Who read or changed a case, or what one account did; newest first"}, a.audit)
}

type stageIn struct {
	OfCase
	IfMatch
	Body struct {
		Stage int    `json:"stage" minimum:"1" maximum:"7"`
		Why   string `json:"why,omitempty" maxLength:"20000" doc:"Kept with the step; from stage 3 on, why there can be no consent"`
	}
}

func (a *API) moveStage(ctx context.Context, by casework.Actor, in *stageIn) (*caseOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return caseAnswer(a.cfg.Cases.MoveStage(ctx, by, in.id(), version, casework.Stage(in.Body.Stage), in.Body.Why))
}

type closeIn struct {
	OfCase
	IfMatch
	Body struct {
		Reason string `json:"reason" doc:"One of the endings, such as: tujuan tercapai"`
	}
}

func (a *API) closeCase(ctx context.Context, by casework.Actor, in *closeIn) (*caseOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return caseAnswer(a.cfg.Cases.Close(ctx, by, in.id(), version, in.Body.Reason))
}

type reopenIn struct {
	OfCase
	IfMatch
}

func (a *API) reopenCase(ctx context.Context, by casework.Actor, in *reopenIn) (*caseOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return caseAnswer(a.cfg.Cases.Reopen(ctx, by, in.id(), version))
}

type casePageIn struct {
	OfCase
	Paging
}

type auditIn struct {
	Case string `query:"case" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
	User string `query:"user" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
	Paging
}

// audit answers for one case through the use case of cases, which knows who
// stands near enough to it; everything else is the trail's own business.
func (a *API) audit(ctx context.Context, by casework.Actor, in *auditIn) (*pageOut[casework.Line], error) {
	if in.Case != "" && in.User == "" {
		p, err := a.cfg.Cases.WhoLooked(ctx, by, casework.CaseID(in.Case), in.Cursor, in.Limit)
		return paged(ctx, p, err)
	}
	p, err := a.cfg.Trail.Lines(ctx, by, LineFilter{Case: casework.CaseID(in.Case), User: casework.UserID(in.User)}, in.Cursor, in.Limit)
	return paged(ctx, p, err)
}
