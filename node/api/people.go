package api

import (
	"context"
	"net/http"

	"serasi/node/casework"
)

// People are those who work here: who helps with which case, who may see which
// secrecy group, and who opened a case in an emergency. access.Accounts is one.
// Every method decides about permissions itself and writes its audit line.
type People interface {
	Colleagues(ctx context.Context, by casework.Actor) ([]casework.Colleague, error)
	Notices(ctx context.Context, by casework.Actor) ([]casework.Notice, error)
	DropNotice(ctx context.Context, by casework.Actor, id string) error
	FactorPolicy(ctx context.Context, by casework.Actor) (casework.FactorPolicy, error)
	SetFactorPolicy(ctx context.Context, by casework.Actor, p casework.FactorPolicy) error

	Team(ctx context.Context, by casework.Actor, id casework.CaseID) ([]casework.TeamMember, error)
	AddMember(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewTeamMember) (casework.TeamMember, error)
	DropMember(ctx context.Context, by casework.Actor, id casework.CaseID, user casework.UserID) error

	Grants(ctx context.Context, by casework.Actor) ([]casework.Grant, error)
	Grant(ctx context.Context, by casework.Actor, in casework.NewGrant) (casework.Grant, error)
	EndGrant(ctx context.Context, by casework.Actor, id string) error

	BreakGlass(ctx context.Context, by casework.Actor, id casework.CaseID, in casework.NewGlass) (casework.Glass, error)
	Emergencies(ctx context.Context, by casework.Actor) ([]casework.Glass, error)
	JudgeEmergency(ctx context.Context, by casework.Actor, id casework.CaseID, glass string, v casework.GlassReview) (casework.Glass, error)
}

// Logins are the browsers in which people are signed in, and how they want the
// pages there. access.Sessions is one.
type Logins interface {
	Display(ctx context.Context, by casework.Actor) (casework.Display, error)
	KeepDisplay(ctx context.Context, by casework.Actor, d casework.Display) error
	Logins(ctx context.Context, by casework.Actor, of casework.UserID) ([]casework.LoginSession, error)
	EndLogin(ctx context.Context, by casework.Actor, of casework.UserID, id string) error
	EndLogins(ctx context.Context, by casework.Actor, of casework.UserID) error
}

// SecondFactor sets a second factor up, for whoever proves to be somebody.
type SecondFactor interface {
	// StartSecondFactor makes a secret; nothing is asked for before it is
	// confirmed. The error is Unknown or TooMany.
	StartSecondFactor(ctx context.Context, who casework.SignIn) (casework.SecondFactor, error)
	// ConfirmSecondFactor takes the first code of the app, and returns the
	// recovery codes, this once. The error is Invalid with the field "first",
	// Unknown or TooMany.
	ConfirmSecondFactor(ctx context.Context, who casework.SignIn, first string) ([]string, error)
}

const tagPeople = "people"

func (a *API) peopleRoutes() {
	handle(a, op{method: "GET", path: prefix + "/colleagues", name: "listColleagues", tag: tagPeople, summary: "Who works here"}, a.colleagues)
	handle(a, op{method: "GET", path: prefix + "/notices", name: "listNotices", tag: tagPeople,
		summary: "What you must know of and have not put aside, newest first"}, a.notices)
	handle(a, op{method: "DELETE", path: prefix + "/notices/{notice}", name: "dropNotice", tag: tagPeople, status: http.StatusNoContent,
		summary: "Put a notice aside"}, a.dropNotice)
	handle(a, op{method: "GET", path: prefix + "/me/display", name: "getDisplay", tag: tagDoor,
		summary: "How you want the pages; 404 if you never said"}, a.display)
	handle(a, op{method: "PUT", path: prefix + "/me/display", name: "setDisplay", tag: tagDoor,
		summary: "Say how you want the pages, in every browser you sign in with"}, a.setDisplay)
	handle(a, op{method: "GET", path: prefix + "/users/{id}/logins", name: "listLogins", tag: tagUsers,
		summary: "Where an account is signed in: your own; admin IT any"}, a.logins)
	handle(a, op{method: "DELETE", path: prefix + "/users/{id}/logins", name: "endLogins", tag: tagUsers, status: http.StatusNoContent,
		summary: "Sign an account out everywhere: your own; admin IT any"}, a.endLogins)
	handle(a, op{method: "DELETE", path: prefix + "/users/{id}/logins/{login}", name: "endLogin", tag: tagUsers, status: http.StatusNoContent,
		summary: "Sign an account out in one place"}, a.endLogin)
	handle(a, op{method: "POST", path: prefix + "/second-factor", name: "startSecondFactor", tag: tagDoor, status: http.StatusCreated, public: true,
		summary: "Make a secret for an authenticator app. It asks for login and password: a token cannot do this"}, a.startSecondFactor)
	handle(a, op{method: "POST", path: prefix + "/second-factor/confirm", name: "confirmSecondFactor", tag: tagDoor, public: true,
		summary: "Take the first code of the app; from then on sign-in asks for one. Recovery codes are shown this once"}, a.confirmSecondFactor)

	handle(a, op{method: "GET", path: prefix + "/second-factor/policy", name: "getFactorPolicy", tag: tagUsers,
		summary: "Which roles must have a second factor to use the pages and tokens; admin IT"}, a.factorPolicy)
	handle(a, op{method: "PUT", path: prefix + "/second-factor/policy", name: "setFactorPolicy", tag: tagUsers, status: http.StatusNoContent,
		summary: "Say which roles must; admin IT, with step-up"}, a.setFactorPolicy)

	handle(a, op{method: "GET", path: prefix + "/cases/{id}/team", name: "listTeam", tag: tagCases, summary: "Who helps with a case"}, a.team)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/team", name: "addMember", tag: tagCases, status: http.StatusCreated,
		summary: "Let somebody help with a case; those who assign it"}, a.addMember)
	handle(a, op{method: "DELETE", path: prefix + "/cases/{id}/team/{user}", name: "dropMember", tag: tagCases, status: http.StatusNoContent,
		summary: "Take somebody out of the team of a case"}, a.dropMember)

	handle(a, op{method: "GET", path: prefix + "/grants", name: "listGrants", tag: tagUsers,
		summary: "Who may see which secrecy group, now and in the past"}, a.grants)
	handle(a, op{method: "POST", path: prefix + "/grants", name: "createGrant", tag: tagUsers, status: http.StatusCreated,
		summary: "Let somebody see the cases of a secrecy group; kepala balai, with step-up"}, a.grant)
	handle(a, op{method: "DELETE", path: prefix + "/grants/{grant}", name: "endGrant", tag: tagUsers, status: http.StatusNoContent,
		summary: "Take a grant back"}, a.endGrant)

	handle(a, op{method: "POST", path: prefix + "/cases/{id}/break-glass", name: "breakGlass", tag: tagCases, status: http.StatusCreated,
		summary: "Read one case for 30 minutes in an emergency. It needs step-up, tells those who watch, and is reviewed"}, a.breakGlass)
	handle(a, op{method: "GET", path: prefix + "/emergencies", name: "listEmergencies", tag: tagPrivacy,
		summary: "Cases opened in an emergency, those to be judged first"}, a.emergencies)
	handle(a, op{method: "POST", path: prefix + "/cases/{id}/break-glass/{glass}/review", name: "reviewEmergency", tag: tagPrivacy,
		summary: "Judge whether it was one; not your own"}, a.judgeEmergency)
}

// list is an answer with all there is.
type list[T any] struct {
	Items []T `json:"items"`
}

func listed[T any](items []T, err error) (*bodyOut[list[T]], error) {
	return answer(list[T]{orEmpty(items)}, err)
}

func (a *API) colleagues(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[list[casework.Colleague]], error) {
	return listed(a.cfg.People.Colleagues(ctx, by))
}

func (a *API) notices(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[list[casework.Notice]], error) {
	return listed(a.cfg.People.Notices(ctx, by))
}

type noticeIn struct {
	Notice string `path:"notice" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (a *API) dropNotice(ctx context.Context, by casework.Actor, in *noticeIn) (*struct{}, error) {
	return done(a.cfg.People.DropNotice(ctx, by, in.Notice))
}

func (a *API) logins(ctx context.Context, by casework.Actor, in *OfUser) (*bodyOut[list[casework.LoginSession]], error) {
	return listed(a.cfg.Logins.Logins(ctx, by, casework.UserID(in.ID)))
}

func (a *API) endLogins(ctx context.Context, by casework.Actor, in *OfUser) (*struct{}, error) {
	return done(a.cfg.Logins.EndLogins(ctx, by, casework.UserID(in.ID)))
}

func (a *API) display(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[casework.Display], error) {
	d, err := a.cfg.Logins.Display(ctx, by)
	if err == nil && d == (casework.Display{}) {
		err = casework.NotFound.Because("you never said how you want the pages")
	}
	return answer(d, err)
}

func (a *API) setDisplay(ctx context.Context, by casework.Actor, in *struct{ Body casework.Display }) (*bodyOut[casework.Display], error) {
	return answer(in.Body, a.cfg.Logins.KeepDisplay(ctx, by, in.Body))
}

type loginIn struct {
	OfUser
	Login string `path:"login" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (a *API) endLogin(ctx context.Context, by casework.Actor, in *loginIn) (*struct{}, error) {
	return done(a.cfg.Logins.EndLogin(ctx, by, casework.UserID(in.ID), in.Login))
}

type startFactorIn struct{ Body struct{ Login } }

func (a *API) startSecondFactor(ctx context.Context, _ casework.Actor, in *startFactorIn) (*bodyOut[casework.SecondFactor], error) {
	return answer(a.cfg.Access.StartSecondFactor(ctx, in.Body.of(ctx)))
}

type confirmFactorIn struct {
	Body struct {
		Login
		First string `json:"first" maxLength:"100" doc:"The present code of the app"`
	}
}

type recoveryCodes struct {
	Recovery []string `json:"recovery" doc:"Each is good for one sign-in without the app; shown this once"`
}

func (a *API) confirmSecondFactor(ctx context.Context, _ casework.Actor, in *confirmFactorIn) (*bodyOut[recoveryCodes], error) {
	codes, err := a.cfg.Access.ConfirmSecondFactor(ctx, in.Body.of(ctx), in.Body.First)
	return answer(recoveryCodes{codes}, err)
}

func (a *API) factorPolicy(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[casework.FactorPolicy], error) {
	p, err := a.cfg.People.FactorPolicy(ctx, by)
	p.Roles = orEmpty(p.Roles)
	return answer(p, err)
}

func (a *API) setFactorPolicy(ctx context.Context, by casework.Actor, in *struct{ Body casework.FactorPolicy }) (*struct{}, error) {
	return done(a.cfg.People.SetFactorPolicy(ctx, by, in.Body))
}

func (a *API) team(ctx context.Context, by casework.Actor, in *OfCase) (*bodyOut[list[casework.TeamMember]], error) {
	return listed(a.cfg.People.Team(ctx, by, in.id()))
}

type memberIn struct {
	OfCase
	Body casework.NewTeamMember
}

func (a *API) addMember(ctx context.Context, by casework.Actor, in *memberIn) (*bodyOut[casework.TeamMember], error) {
	return answer(a.cfg.People.AddMember(ctx, by, in.id(), in.Body))
}

type dropMemberIn struct {
	OfCase
	User string `path:"user" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (a *API) dropMember(ctx context.Context, by casework.Actor, in *dropMemberIn) (*struct{}, error) {
	return done(a.cfg.People.DropMember(ctx, by, in.id(), casework.UserID(in.User)))
}

func (a *API) grants(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[list[casework.Grant]], error) {
	return listed(a.cfg.People.Grants(ctx, by))
}

func (a *API) grant(ctx context.Context, by casework.Actor, in *struct{ Body casework.NewGrant }) (*bodyOut[casework.Grant], error) {
	return answer(a.cfg.People.Grant(ctx, by, in.Body))
}

type grantIn struct {
	Grant string `path:"grant" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (a *API) endGrant(ctx context.Context, by casework.Actor, in *grantIn) (*struct{}, error) {
	return done(a.cfg.People.EndGrant(ctx, by, in.Grant))
}

type glassIn struct {
	OfCase
	Body casework.NewGlass
}

func (a *API) breakGlass(ctx context.Context, by casework.Actor, in *glassIn) (*bodyOut[casework.Glass], error) {
	return answer(a.cfg.People.BreakGlass(ctx, by, in.id(), in.Body))
}

func (a *API) emergencies(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[list[casework.Glass]], error) {
	return listed(a.cfg.People.Emergencies(ctx, by))
}

type reviewIn struct {
	OfCase
	Glass string `path:"glass" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
	Body  casework.GlassReview
}

func (a *API) judgeEmergency(ctx context.Context, by casework.Actor, in *reviewIn) (*bodyOut[casework.Glass], error) {
	return answer(a.cfg.People.JudgeEmergency(ctx, by, in.id(), in.Glass, in.Body))
}
