package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"serasi/node/casework"
)

const tagHandoffs = "handoffs"

func (a *API) handoffRoutes() {
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/transfers", name: "offerTransfer", tag: tagHandoffs, status: http.StatusAccepted,
		summary: "Offer a case to another balai; 202, it waits in the outbox"}, a.offerTransfer)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/referrals", name: "offerReferral", tag: tagHandoffs, status: http.StatusAccepted,
		summary: "Ask another balai for a service; responsibility stays here"}, a.offerReferral)
	handle(a, op{method: "POST", path: prefix + "/groups", name: "offerGroup", tag: tagHandoffs, status: http.StatusAccepted,
		summary: "Offer several cases at once: one letter, one handoff each"}, a.offerGroup)
	handle(a, op{method: "GET", path: prefix + "/handoffs", name: "listHandoffs", tag: tagHandoffs, summary: "Handoffs, newest first"}, a.handoffs)
	handle(a, op{method: "GET", path: prefix + "/handoffs/{id}", name: "getHandoff", tag: tagHandoffs,
		summary: "One handoff: stage, ticks, what was said, and the acts you may take now"}, a.getHandoff)
	handle(a, op{method: "POST", path: prefix + "/handoffs/{id}/{act}", name: "actOnHandoff", tag: tagHandoffs, status: http.StatusAccepted,
		summary: "Take a step; 202, it takes effect when the ledger has it"}, a.actOnHandoff)
	handle(a, op{method: "POST", path: prefix + "/handoffs/{id}/read", name: "readHandoff", tag: tagHandoffs,
		summary: "Say that a person here has read the last word of the other side"}, a.readHandoff)
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/custody", name: "custody", tag: tagHandoffs,
		summary: "Which balai is responsible; strong asks a majority"}, a.custody)
	handle(a, op{method: "GET", path: prefix + "/outbox", name: "outbox", tag: tagHandoffs,
		summary: "Commands on their way to the ledger, newest first"}, a.outbox)
	handle(a, op{method: "POST", path: prefix + "/outbox/try", name: "tryOutbox", tag: tagHandoffs, status: http.StatusNoContent,
		summary: "Try now what waits for its next try: commands to the ledger, and packets on their way here"}, a.tryOutbox)
	handle(a, op{method: "POST", path: prefix + "/outbox/{command}/decide", name: "decide", tag: tagHandoffs, status: http.StatusNoContent,
		summary: "Send or drop a command that waited in the backup this node came from"}, a.decide)
}

// Terms are what an offer asks on: the letter (form F7), the basis and the deadlines.
type Terms struct {
	To          string                     `json:"to" doc:"Code of the balai"`
	Reason      string                     `json:"reason" doc:"Why the person is handed on"`
	Wanted      string                     `json:"wanted" doc:"What is asked of the destination"`
	Given       string                     `json:"given,omitempty" doc:"Basic services already given"`
	Health      string                     `json:"health,omitempty"`
	Journey     string                     `json:"journey,omitempty" doc:"Special needs on the way"`
	Contact     string                     `json:"contact,omitempty" doc:"Office contact of the sender"`
	Basis       string                     `json:"basis,omitempty" doc:"consent (if left out), legal duty, vital interest or public task"`
	BasisWhy    string                     `json:"basisWhy,omitempty" doc:"For every basis but consent"`
	Grounds     map[string]casework.Ground `json:"grounds,omitempty" doc:"By case, of a collective offer: cases that rest on another basis than the rest"`
	Residential bool                       `json:"residential,omitempty" doc:"Transfers: the person travels and is handed over with a record"`
	AnswerIn    int                        `json:"answerIn,omitempty" minimum:"1" maximum:"7776000" doc:"Seconds to answer; without it: 7 days"`
	ArriveIn    int                        `json:"arriveIn,omitempty" minimum:"1" maximum:"7776000" doc:"Transfers: seconds from acceptance to receipt; without it: 14 days"`
}

func (l Terms) offer(kind casework.HandoffKind, cases ...casework.CaseID) casework.NewOffer {
	var grounds map[casework.CaseID]casework.Ground
	if len(l.Grounds) > 0 {
		grounds = make(map[casework.CaseID]casework.Ground, len(l.Grounds))
		for id, g := range l.Grounds {
			grounds[casework.CaseID(id)] = g
		}
	}
	return casework.NewOffer{
		Kind: kind, Cases: cases, To: casework.BalaiCode(l.To), Reason: l.Reason, Wanted: l.Wanted, Given: l.Given, Health: l.Health,
		Journey: l.Journey, Contact: l.Contact, Basis: casework.Basis(l.Basis), BasisWhy: l.BasisWhy, Grounds: grounds, Residential: l.Residential,
		AnswerIn: time.Duration(l.AnswerIn) * time.Second, ArriveIn: time.Duration(l.ArriveIn) * time.Second,
	}
}

type offerIn struct {
	OfCase
	Body Terms
}

type handoffOut struct {
	Location string `header:"Location"`
	Body     casework.Handoff
}

func (a *API) offerTransfer(ctx context.Context, by casework.Actor, in *offerIn) (*handoffOut, error) {
	return a.offerOne(ctx, by, in.Body.offer(casework.Transfer, in.id()))
}

func (a *API) offerReferral(ctx context.Context, by casework.Actor, in *offerIn) (*handoffOut, error) {
	return a.offerOne(ctx, by, in.Body.offer(casework.Referral, in.id()))
}

func (a *API) offerOne(ctx context.Context, by casework.Actor, o casework.NewOffer) (*handoffOut, error) {
	made, err := a.cfg.Handoffs.Offer(ctx, by, o)
	if err != nil {
		return nil, err
	}
	return handoffAnswer(made[0], nil)
}

func handoffAnswer(h casework.Handoff, err error) (*handoffOut, error) {
	if err != nil {
		return nil, err
	}
	return &handoffOut{Location: prefix + "/handoffs/" + string(h.ID), Body: h}, nil
}

type groupIn struct {
	Body struct {
		Kind  string   `json:"kind" enum:"transfer,referral"`
		Cases []string `json:"cases" minItems:"1" maxItems:"50"`
		Terms
	}
}

type group struct {
	Group    string             `json:"group,omitempty" doc:"The same for all handoffs of the group"`
	Handoffs []casework.Handoff `json:"handoffs"`
}

func (a *API) offerGroup(ctx context.Context, by casework.Actor, in *groupIn) (*bodyOut[group], error) {
	o := in.Body.offer(casework.HandoffKind(in.Body.Kind), stringsTo[casework.CaseID](in.Body.Cases)...)
	made, err := a.cfg.Handoffs.Offer(ctx, by, o)
	if err != nil {
		return nil, err
	}
	return answer(group{made[0].Group, made}, nil)
}

type handoffsIn struct {
	Box   string `query:"box" enum:"in,out" doc:"Without it: both"`
	State string `query:"state" pattern:"^[a-z][a-z -]{0,29}$" patternDescription:"open, ended, ours, theirs or the name of a stage" doc:"ours: the next step is this balai's"`
	Other string `query:"balai" pattern:"^[A-Z0-9]{2,8}$" patternDescription:"the code of a balai" doc:"The other side; without it: any"`
	Case  string `query:"case" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
	Group string `query:"group" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits" doc:"Of one collective handoff"`
	Staff string `query:"staff" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits" doc:"Who here sees to it"`
	Paging
}

func (a *API) handoffs(ctx context.Context, by casework.Actor, in *handoffsIn) (*pageOut[casework.Handoff], error) {
	p, err := a.cfg.Handoffs.List(ctx, by, casework.HandoffQuery{
		Box: casework.Box(in.Box), State: in.State, Other: casework.BalaiCode(in.Other), Case: casework.CaseID(in.Case), Group: in.Group,
		Staff: casework.UserID(in.Staff), Cursor: in.Cursor, Limit: in.Limit,
	})
	return paged(ctx, p, err)
}

// OfHandoff names a handoff in the path.
type OfHandoff struct {
	ID string `path:"id" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (h OfHandoff) id() casework.HandoffID { return casework.HandoffID(h.ID) }

func (a *API) getHandoff(ctx context.Context, by casework.Actor, in *OfHandoff) (*bodyOut[casework.Handoff], error) {
	return answer(a.cfg.Handoffs.Get(ctx, by, in.id()))
}

type actIn struct {
	OfHandoff
	Act  string `path:"act" pattern:"^[a-z][a-z -]{0,29}$" patternDescription:"the name of an act" doc:"One of the handoff's actions"`
	Body *casework.Said
}

func (a *API) actOnHandoff(ctx context.Context, by casework.Actor, in *actIn) (*handoffOut, error) {
	var said casework.Said
	if in.Body != nil {
		said = *in.Body
	}
	h, err := a.cfg.Handoffs.Act(ctx, by, in.id(), in.Act, said)
	if errors.Is(err, casework.Invalid) && len(casework.Faults(err)) == 0 {
		_, words := casework.Explain(err) // the act itself is at fault
		return nil, fault("path.act", words)
	}
	return handoffAnswer(h, err)
}

func (a *API) readHandoff(ctx context.Context, by casework.Actor, in *OfHandoff) (*handoffOut, error) {
	return handoffAnswer(a.cfg.Handoffs.Read(ctx, by, in.id()))
}

type custodyIn struct {
	OfCase
	Consistency string `query:"consistency" enum:"local,strong" default:"local"`
}

func (a *API) custody(ctx context.Context, by casework.Actor, in *custodyIn) (*bodyOut[casework.Custody], error) {
	return answer(a.cfg.Handoffs.Custody(ctx, by, in.id(), in.Consistency == "strong"))
}

type outboxIn struct {
	State string `query:"state" enum:"pending,committed,rejected,undecided" doc:"Without it: all"`
	Paging
}

func (a *API) outbox(ctx context.Context, by casework.Actor, in *outboxIn) (*pageOut[casework.Queued], error) {
	p, err := a.cfg.Handoffs.Outbox(ctx, by, in.State, in.Cursor, in.Limit)
	return paged(ctx, p, err)
}

func (a *API) tryOutbox(ctx context.Context, by casework.Actor, _ *struct{}) (*struct{}, error) {
	return done(a.cfg.Handoffs.TryNow(ctx, by))
}

type decideIn struct {
	Command string `path:"command" pattern:"^[0-9a-f]{16,32}$" patternDescription:"the id of a command in the outbox"`
	Body    struct {
		Send bool `json:"send" doc:"false: drop it, and undo what was done here because of it"`
	}
}

func (a *API) decide(ctx context.Context, by casework.Actor, in *decideIn) (*struct{}, error) {
	return done(a.cfg.Handoffs.Decide(ctx, by, in.Command, in.Body.Send))
}
