package api

import (
	"context"
	"net/http"
	"time"

	"serasi/node/casework"
)

// Preparations are the use cases on what waits for the head of the balai, and
// on what a balai does with handoffs beside the acts of the ledger.
type Preparations interface {
	// Prepare keeps an offer or an answer; nothing leaves the balai by it.
	Prepare(ctx context.Context, by casework.Actor, in casework.NewPrepared) (casework.Prepared, error)
	// ChangePrepared replaces one that was seen at version; a stale edit is a
	// Conflict with both versions.
	ChangePrepared(ctx context.Context, by casework.Actor, id string, version uint64, in casework.NewPrepared) (casework.Prepared, error)
	Prepared(ctx context.Context, by casework.Actor, id string) (casework.Prepared, error)
	// Preparations returns what waits, oldest first, without its words.
	Preparations(ctx context.Context, by casework.Actor) ([]casework.Prepared, error)
	// SignPrepared sends it in the name of the balai.
	SignPrepared(ctx context.Context, by casework.Actor, id string, version uint64) (casework.Prepared, error)
	ReturnPrepared(ctx context.Context, by casework.Actor, id string, version uint64, text string) (casework.Prepared, error)
	DropPrepared(ctx context.Context, by casework.Actor, id string, version uint64) (casework.Prepared, error)
	// SendOn offers somebody who was received here on: back, or to a third balai.
	SendOn(ctx context.Context, by casework.Actor, id casework.HandoffID, in casework.NewOnward) (casework.Handoff, error)
	// Assign says who here sees to handoffs; all of them or none.
	Assign(ctx context.Context, by casework.Actor, ids []casework.HandoffID, to casework.UserID) error
	// LayAside ends a referral to a balai that has left, for this balai alone.
	LayAside(ctx context.Context, by casework.Actor, id casework.HandoffID) (casework.Handoff, error)
}

func (a *API) preparedRoutes() {
	handle(a, op{method: "POST", path: prefix + "/prepared", name: "prepare", tag: tagHandoffs, status: http.StatusCreated,
		summary: "Prepare an offer or an answer for the head to decide; nothing is sent"}, a.prepare)
	handle(a, op{method: "GET", path: prefix + "/prepared", name: "listPrepared", tag: tagHandoffs,
		summary: "What waits for somebody, oldest first, without its words"}, a.preparations)
	handle(a, op{method: "GET", path: prefix + "/prepared/{prepared}", name: "getPrepared", tag: tagHandoffs, summary: "One of them, whole"}, a.prepared)
	handle(a, op{method: "PUT", path: prefix + "/prepared/{prepared}", name: "changePrepared", tag: tagHandoffs, summary: "Change it, or ask the head"}, a.changePrepared)
	handle(a, op{method: "POST", path: prefix + "/prepared/{prepared}/sign", name: "signPrepared", tag: tagHandoffs, status: http.StatusAccepted,
		summary: "Send it in the name of the balai; 202, it waits in the outbox"}, a.signPrepared)
	handle(a, op{method: "POST", path: prefix + "/prepared/{prepared}/return", name: "returnPrepared", tag: tagHandoffs,
		summary: "Send it back with words to who prepared it"}, a.returnPrepared)
	handle(a, op{method: "POST", path: prefix + "/prepared/{prepared}/drop", name: "dropPrepared", tag: tagHandoffs, summary: "It will not be sent"}, a.dropPrepared)
	handle(a, op{method: "POST", path: prefix + "/handoffs/{id}/onward", name: "sendOn", tag: tagHandoffs, status: http.StatusAccepted,
		summary: "Send on somebody who was received here, back or to a third balai; 202, a new handoff"}, a.sendOn)
	handle(a, op{method: "POST", path: prefix + "/handoffs/{id}/lay-aside", name: "layAside", tag: tagHandoffs,
		summary: "End a referral to a balai that has left, for this balai alone"}, a.layAside)
	handle(a, op{method: "POST", path: prefix + "/handoffs/assign", name: "assignHandoffs", tag: tagHandoffs, status: http.StatusNoContent,
		summary: "Say who here sees to handoffs"}, a.assignHandoffs)
}

// preparedBody is an offer or an answer as it is sent and shown.
type preparedBody struct {
	Offer *struct {
		Kind    string   `json:"kind" enum:"transfer,referral"`
		Cases   []string `json:"cases" minItems:"1" maxItems:"50"`
		Follows string   `json:"follows,omitempty" doc:"Handoff this one goes on from"`
		Terms
	} `json:"offer,omitempty"`
	Handoff string         `json:"handoff,omitempty" doc:"Of an answer: which handoff"`
	Act     string         `json:"act,omitempty" doc:"Of an answer: accept, decline, ..."`
	Said    *casework.Said `json:"said,omitempty"`
	Note    string         `json:"note,omitempty" doc:"For the head"`
	Ask     bool           `json:"ask,omitempty" doc:"It is ready: ask the head"`
}

func (b preparedBody) new() casework.NewPrepared {
	in := casework.NewPrepared{Handoff: casework.HandoffID(b.Handoff), Act: b.Act, Note: b.Note, Ask: b.Ask}
	if b.Said != nil {
		in.Said = *b.Said
	}
	if b.Offer != nil {
		o := b.Offer.offer(casework.HandoffKind(b.Offer.Kind), stringsTo[casework.CaseID](b.Offer.Cases)...)
		o.Follows = casework.HandoffID(b.Offer.Follows)
		in.Offer = &o
	}
	return in
}

// preparedView is one preparation; times to answer are in seconds, as in an
// offer.
type preparedView struct {
	ID      string               `json:"id"`
	Version uint64               `json:"version"`
	State   string               `json:"state" doc:"draft, waiting, returned, sent or dropped"`
	What    casework.NewPrepared `json:"what" doc:"answerIn and arriveIn in nanoseconds"`
	Case    casework.CaseID      `json:"case,omitempty"`
	To      casework.BalaiCode   `json:"to,omitempty"`
	By      casework.UserID      `json:"by"`
	Created time.Time            `json:"created"`
	Changed time.Time            `json:"changed"`
	Talk    []casework.Aside     `json:"talk,omitempty"`
	Sent    []casework.HandoffID `json:"sent,omitempty"`
}

func viewPrepared(p casework.Prepared) preparedView {
	return preparedView{
		ID: p.ID, Version: p.Version, State: p.State, What: p.What, Case: p.Case, To: p.To, By: p.By, Created: p.Created, Changed: p.Changed,
		Talk: p.Talk, Sent: p.Sent,
	}
}

type preparedOut struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Body     preparedView
}

func preparedAnswer(p casework.Prepared, err error) (*preparedOut, error) {
	if err != nil {
		return nil, err
	}
	return &preparedOut{Location: prefix + "/prepared/" + p.ID, ETag: etag(p.Version), Body: viewPrepared(p)}, nil
}

// OfPrepared names a preparation in the path.
type OfPrepared struct {
	Prepared string `path:"prepared" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (a *API) prepare(ctx context.Context, by casework.Actor, in *struct{ Body preparedBody }) (*preparedOut, error) {
	return preparedAnswer(a.cfg.Handoffs.Prepare(ctx, by, in.Body.new()))
}

type preparedList struct {
	Items []preparedView `json:"items"`
}

func (a *API) preparations(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[preparedList], error) {
	list, err := a.cfg.Handoffs.Preparations(ctx, by)
	out := preparedList{Items: []preparedView{}}
	for _, p := range list {
		out.Items = append(out.Items, viewPrepared(p))
	}
	return answer(out, err)
}

func (a *API) prepared(ctx context.Context, by casework.Actor, in *OfPrepared) (*preparedOut, error) {
	return preparedAnswer(a.cfg.Handoffs.Prepared(ctx, by, in.Prepared))
}

type changePreparedIn struct {
	OfPrepared
	IfMatch
	Body preparedBody
}

func (a *API) changePrepared(ctx context.Context, by casework.Actor, in *changePreparedIn) (*preparedOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return preparedAnswer(a.cfg.Handoffs.ChangePrepared(ctx, by, in.Prepared, version, in.Body.new()))
}

type turnPreparedIn struct {
	OfPrepared
	IfMatch
}

func (a *API) signPrepared(ctx context.Context, by casework.Actor, in *turnPreparedIn) (*preparedOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return preparedAnswer(a.cfg.Handoffs.SignPrepared(ctx, by, in.Prepared, version))
}

type returnPreparedIn struct {
	OfPrepared
	IfMatch
	Body struct {
		Text string `json:"text" doc:"What is to be mended"`
	}
}

func (a *API) returnPrepared(ctx context.Context, by casework.Actor, in *returnPreparedIn) (*preparedOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return preparedAnswer(a.cfg.Handoffs.ReturnPrepared(ctx, by, in.Prepared, version, in.Body.Text))
}

func (a *API) dropPrepared(ctx context.Context, by casework.Actor, in *turnPreparedIn) (*preparedOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return preparedAnswer(a.cfg.Handoffs.DropPrepared(ctx, by, in.Prepared, version))
}

type onwardIn struct {
	OfHandoff
	Body casework.NewOnward
}

func (a *API) sendOn(ctx context.Context, by casework.Actor, in *onwardIn) (*handoffOut, error) {
	return handoffAnswer(a.cfg.Handoffs.SendOn(ctx, by, in.id(), in.Body))
}

func (a *API) layAside(ctx context.Context, by casework.Actor, in *OfHandoff) (*handoffOut, error) {
	return handoffAnswer(a.cfg.Handoffs.LayAside(ctx, by, in.id()))
}

type assignHandoffsIn struct {
	Body struct {
		IDs []string `json:"ids" minItems:"1" maxItems:"100"`
		To  string   `json:"to,omitempty" doc:"Id of the account; without it nobody in particular"`
	}
}

func (a *API) assignHandoffs(ctx context.Context, by casework.Actor, in *assignHandoffsIn) (*struct{}, error) {
	return done(a.cfg.Handoffs.Assign(ctx, by, stringsTo[casework.HandoffID](in.Body.IDs), casework.UserID(in.Body.To)))
}
