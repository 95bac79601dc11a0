package api

import (
	"context"
	"net/http"

	"serasi/node/casework"
)

func (a *API) planRoutes() {
	at := prefix + "/cases/{id}/plan"
	handle(a, op{method: "GET", path: at, name: "getPlan", tag: tagPlan,
		summary: "The plan in force, the draft, and older versions; the ETag is what an edit names"}, a.carePart(casework.PartPlan))
	handle(a, op{method: "PUT", path: at, name: "editPlan", tag: tagPlan, summary: "What the draft says beside its goals"}, a.editPlan)
	handle(a, op{method: "POST", path: at + "/goals", name: "addGoal", tag: tagPlan, status: http.StatusCreated,
		summary: "Add a goal to the draft (form F5); after an approval this begins the next version"}, a.addGoal)
	handle(a, op{method: "PUT", path: at + "/goals/{row}", name: "editGoal", tag: tagPlan, summary: "Change a goal of the draft"}, a.editGoal)
	handle(a, op{method: "DELETE", path: at + "/goals/{row}", name: "dropGoal", tag: tagPlan, summary: "Take a goal out of the draft"}, a.dropGoal)
	handle(a, op{method: "POST", path: at + "/goals/{row}/result", name: "endGoal", tag: tagPlan,
		summary: "How far a goal of the plan in force was reached; the ETag is that of this plan"}, a.endGoal)
	handle(a, op{method: "POST", path: at + "/approve", name: "approvePlan", tag: tagPlan, summary: "Put the draft into force (supervisor or head)"}, a.approvePlan)
}

// PlanGoal is what a goal says; how it ended is said by itself.
type PlanGoal struct {
	Problem   string `json:"problem"`
	Aim       string `json:"aim" doc:"Measurable"`
	Indicator string `json:"indicator,omitempty"`
	Component string `json:"component" doc:"K1, K2, K3, K4a, K4b, K4c, K5, K6 or K7"`
	Activity  string `json:"activity"`
	Base      string `json:"base" doc:"keluarga, komunitas, residensial or harian"`
	Lead      string `json:"lead,omitempty" doc:"Id of the account that is responsible; without it: the lead of the case"`
	Partner   string `json:"partner,omitempty"`
	From      string `json:"from" doc:"2006-01-02"`
	Until     string `json:"until" doc:"2006-01-02"`
	Cost      int64  `json:"cost,omitempty" doc:"Whole rupiah"`
	Funds     string `json:"funds,omitempty"`
}

func (g PlanGoal) goal(id string) casework.Goal {
	return casework.Goal{
		ID: casework.CareID(id), Problem: g.Problem, Aim: g.Aim, Indicator: g.Indicator, Component: g.Component, Activity: g.Activity, Base: g.Base,
		Lead: casework.UserID(g.Lead), Partner: g.Partner, From: casework.Day(g.From), Until: casework.Day(g.Until), Cost: g.Cost, Funds: g.Funds,
	}
}

type planIn struct {
	OfCase
	IfMatch
	Body casework.PlanHead
}

func (a *API) editPlan(ctx context.Context, by casework.Actor, in *planIn) (*recordOut[casework.Plan], error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return recorded(a.cfg.Care.EditPlan(ctx, by, in.id(), version, in.Body))
}

type goalIn struct {
	OfCase
	IfMatch
	Body PlanGoal
}

func (a *API) addGoal(ctx context.Context, by casework.Actor, in *goalIn) (*recordOut[casework.Plan], error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return recorded(a.cfg.Care.PutGoal(ctx, by, in.id(), version, in.Body.goal("")))
}

type goalEdit struct {
	OfCase
	OfRow
	IfMatch
	Body PlanGoal
}

func (a *API) editGoal(ctx context.Context, by casework.Actor, in *goalEdit) (*recordOut[casework.Plan], error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return recorded(a.cfg.Care.PutGoal(ctx, by, in.id(), version, in.Body.goal(in.Row)))
}

type goalDrop struct {
	OfCase
	OfRow
	IfMatch
}

func (a *API) dropGoal(ctx context.Context, by casework.Actor, in *goalDrop) (*recordOut[casework.Plan], error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return recorded(a.cfg.Care.DropGoal(ctx, by, in.id(), version, casework.CareID(in.Row)))
}

type goalResultIn struct {
	OfCase
	OfRow
	IfMatch
	Body casework.GoalResult
}

func (a *API) endGoal(ctx context.Context, by casework.Actor, in *goalResultIn) (*recordOut[casework.Plan], error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return recorded(a.cfg.Care.EndGoal(ctx, by, in.id(), version, casework.CareID(in.Row), in.Body))
}

type approveIn struct {
	OfCase
	IfMatch
}

func (a *API) approvePlan(ctx context.Context, by casework.Actor, in *approveIn) (*recordOut[casework.Plan], error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return recorded(a.cfg.Care.ApprovePlan(ctx, by, in.id(), version))
}
