package api

import (
	"context"
	"net/http"

	"serasi/node/casework"
)

// Privacy is the desk of the data protection officer. access.Privacy is one.
// Every method decides about permissions itself and writes its audit line.
type Privacy interface {
	Looks(ctx context.Context, by casework.Actor, id casework.CaseID) ([]casework.Look, error)

	AskRequest(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewSubjectRequest) (casework.SubjectRequest, error)
	AnswerRequest(ctx context.Context, by casework.Actor, id casework.CaseID, request string, in casework.SubjectAnswer) (casework.SubjectRequest, error)
	Requests(ctx context.Context, by casework.Actor) ([]casework.SubjectRequest, error)

	Restriction(ctx context.Context, by casework.Actor, id casework.CaseID) (r casework.Restriction, found bool, err error)
	Restrict(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewRestriction) (casework.Restriction, error)
	Lift(ctx context.Context, by casework.Actor, id casework.CaseID) error

	AskErasure(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewErasure) (casework.Erasure, error)
	ConfirmErasure(ctx context.Context, by casework.Actor, id string) (casework.Erasure, error)
	DropErasure(ctx context.Context, by casework.Actor, id string) error
	Erasures(ctx context.Context, by casework.Actor) ([]casework.Erasure, error)

	NoteIncident(ctx context.Context, by casework.Actor, in casework.NewBreach) (casework.Breach, error)
	ChangeIncident(ctx context.Context, by casework.Actor, id string, version uint64, in casework.BreachPatch) (casework.Breach, error)
	Incidents(ctx context.Context, by casework.Actor) ([]casework.Breach, error)
	Affected(ctx context.Context, by casework.Actor, id string) (casework.Breach, []casework.Affected, error)
}

const tagPrivacy = "privacy"

func (a *API) privacyRoutes() {
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/looks", name: "listLooks", tag: tagPrivacy,
		summary: "What the person is told about who saw their file: day by day, in which role and for what, without names"}, a.looks)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/requests", name: "askRequest", tag: tagPrivacy, status: http.StatusCreated,
		summary: "Write down what a person asks of their data; 3x24 hours run from then"}, a.askRequest)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/requests/{request}/answer", name: "answerRequest", tag: tagPrivacy,
		summary: "Say what was done about a request"}, a.answerRequest)
	handle(a, op{method: "GET", path: prefix + "/requests", name: "listRequests", tag: tagPrivacy,
		summary: "What people asked of their data, the most urgent first"}, a.requests)
	handle(a, op{method: "GET", path: prefix + "/cases/{id}/restriction", name: "getRestriction", tag: tagPrivacy,
		summary: "Why the use of a case is restricted; not found if it is not"}, a.restriction)
	handle(a, op{method: "PUT", path: prefix + "/cases/{id}/restriction", name: "restrictCase", tag: tagPrivacy,
		summary: "Stop new offers and exports of a case"}, a.restrict)
	handle(a, op{method: "DELETE", path: prefix + "/cases/{id}/restriction", name: "liftRestriction", tag: tagPrivacy, status: http.StatusNoContent,
		summary: "Let offers and exports of a case be made again"}, a.lift)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/erasure", name: "askErasure", tag: tagPrivacy, status: http.StatusCreated,
		summary: "Ask to erase the person of a case with all their cases here; the first of two people, with step-up"}, a.askErasure)
	handle(a, op{method: "POST", path: prefix + "/erasures/{erasure}/confirm", name: "confirmErasure", tag: tagPrivacy,
		summary: "Confirm an erasure and do it; the second person, with step-up"}, a.confirmErasure)
	handle(a, op{method: "DELETE", path: prefix + "/erasures/{erasure}", name: "dropErasure", tag: tagPrivacy, status: http.StatusNoContent,
		summary: "Take back an erasure that nobody confirmed"}, a.dropErasure)
	handle(a, op{method: "GET", path: prefix + "/erasures", name: "listErasures", tag: tagPrivacy, summary: "All erasures, newest first"}, a.erasures)
	handle(a, op{method: "POST", path: prefix + "/incidents", name: "noteIncident", tag: tagPrivacy, status: http.StatusCreated,
		summary: "Write down that data may have got out; 3x24 hours run from when you came to know"}, a.noteIncident)
	handle(a, op{method: "PATCH", path: prefix + "/incidents/{incident}", name: "changeIncident", tag: tagPrivacy,
		summary: "Say how far an incident is"}, a.changeIncident)
	handle(a, op{method: "GET", path: prefix + "/incidents", name: "listIncidents", tag: tagPrivacy, summary: "All incidents, newest first"}, a.incidents)
	handle(a, op{method: "GET", path: prefix + "/incidents/{incident}/affected", name: "listAffected", tag: tagPrivacy,
		summary: "The cases an incident may concern, computed from the audit trail"}, a.affected)
}

func (a *API) looks(ctx context.Context, by casework.Actor, in *OfCase) (*bodyOut[list[casework.Look]], error) {
	return listed(a.cfg.Privacy.Looks(ctx, by, in.id()))
}

type askRequestIn struct {
	OfCase
	Body casework.NewSubjectRequest
}

func (a *API) askRequest(ctx context.Context, by casework.Actor, in *askRequestIn) (*bodyOut[casework.SubjectRequest], error) {
	return answer(a.cfg.Privacy.AskRequest(ctx, by, in.id(), in.Body))
}

type answerRequestIn struct {
	OfCase
	Request string `path:"request" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
	Body    casework.SubjectAnswer
}

func (a *API) answerRequest(ctx context.Context, by casework.Actor, in *answerRequestIn) (*bodyOut[casework.SubjectRequest], error) {
	return answer(a.cfg.Privacy.AnswerRequest(ctx, by, in.id(), in.Request, in.Body))
}

func (a *API) requests(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[list[casework.SubjectRequest]], error) {
	return listed(a.cfg.Privacy.Requests(ctx, by))
}

func (a *API) restriction(ctx context.Context, by casework.Actor, in *OfCase) (*bodyOut[casework.Restriction], error) {
	r, found, err := a.cfg.Privacy.Restriction(ctx, by, in.id())
	if err == nil && !found {
		err = casework.NotFound.Because("the use of this case is not restricted")
	}
	return answer(r, err)
}

type restrictIn struct {
	OfCase
	Body casework.NewRestriction
}

func (a *API) restrict(ctx context.Context, by casework.Actor, in *restrictIn) (*bodyOut[casework.Restriction], error) {
	return answer(a.cfg.Privacy.Restrict(ctx, by, in.id(), in.Body))
}

func (a *API) lift(ctx context.Context, by casework.Actor, in *OfCase) (*struct{}, error) {
	return done(a.cfg.Privacy.Lift(ctx, by, in.id()))
}

type askErasureIn struct {
	OfCase
	Body casework.NewErasure
}

func (a *API) askErasure(ctx context.Context, by casework.Actor, in *askErasureIn) (*bodyOut[casework.Erasure], error) {
	return answer(a.cfg.Privacy.AskErasure(ctx, by, in.id(), in.Body))
}

type erasureIn struct {
	Erasure string `path:"erasure" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (a *API) confirmErasure(ctx context.Context, by casework.Actor, in *erasureIn) (*bodyOut[casework.Erasure], error) {
	return answer(a.cfg.Privacy.ConfirmErasure(ctx, by, in.Erasure))
}

func (a *API) dropErasure(ctx context.Context, by casework.Actor, in *erasureIn) (*struct{}, error) {
	return done(a.cfg.Privacy.DropErasure(ctx, by, in.Erasure))
}

func (a *API) erasures(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[list[casework.Erasure]], error) {
	return listed(a.cfg.Privacy.Erasures(ctx, by))
}

type incidentOut struct {
	ETag string `header:"ETag"`
	Body casework.Breach
}

func incidentAnswer(i casework.Breach, err error) (*incidentOut, error) {
	if err != nil {
		return nil, err
	}
	return &incidentOut{ETag: etag(i.Version), Body: i}, nil
}

func (a *API) noteIncident(ctx context.Context, by casework.Actor, in *struct{ Body casework.NewBreach }) (*incidentOut, error) {
	return incidentAnswer(a.cfg.Privacy.NoteIncident(ctx, by, in.Body))
}

// OfIncident names an incident in the path.
type OfIncident struct {
	Incident string `path:"incident" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

type changeIncidentIn struct {
	OfIncident
	IfMatch
	Body casework.BreachPatch
}

func (a *API) changeIncident(ctx context.Context, by casework.Actor, in *changeIncidentIn) (*incidentOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return incidentAnswer(a.cfg.Privacy.ChangeIncident(ctx, by, in.Incident, version, in.Body))
}

func (a *API) incidents(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[list[casework.Breach]], error) {
	return listed(a.cfg.Privacy.Incidents(ctx, by))
}

type affectedOut struct {
	Incident casework.Breach     `json:"incident"`
	Items    []casework.Affected `json:"items"`
}

func (a *API) affected(ctx context.Context, by casework.Actor, in *OfIncident) (*bodyOut[affectedOut], error) {
	i, items, err := a.cfg.Privacy.Affected(ctx, by, in.Incident)
	return answer(affectedOut{i, orEmpty(items)}, err)
}
