package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"serasi/node/casework"
)

const tagDoor = "door"

func (a *API) doorRoutes() {
	handle(a, op{method: "POST", path: prefix + "/first-admin", name: "claimFirst", tag: tagDoor, status: http.StatusCreated, public: true,
		summary: "Make the first account, with the code from the console"}, a.claimFirst)
	handle(a, op{method: "POST", path: prefix + "/sign-in", name: "signIn", tag: tagDoor, status: http.StatusCreated, public: true,
		summary: "Trade login and password for a token that is good for a day"}, a.signIn)
	handle(a, op{method: "POST", path: prefix + "/tokens", name: "createToken", tag: tagDoor, status: http.StatusCreated, public: true,
		summary: "Make a token for a program. It asks for login and password: no token makes another one"}, a.createToken)
	handle(a, op{method: "GET", path: prefix + "/tokens", name: "listTokens", tag: tagDoor, summary: "Your tokens; admin IT: those of any account"}, a.tokens)
	handle(a, op{method: "DELETE", path: prefix + "/tokens/{token}", name: "revokeToken", tag: tagDoor, status: http.StatusNoContent,
		summary: "End a token for good"}, a.revokeToken)
	handle(a, op{method: "GET", path: prefix + "/me", name: "me", tag: tagDoor, summary: "Who you are here"}, a.me)
}

type firstIn struct {
	Body struct {
		Code     string `json:"code" maxLength:"100"`
		Login    string `json:"login" maxLength:"100"`
		Password string `json:"password" maxLength:"1000"`
	}
}

func (a *API) claimFirst(ctx context.Context, _ casework.Actor, in *firstIn) (*bodyOut[User], error) {
	return answer(a.cfg.Access.ClaimFirst(ctx, in.Body.Code, in.Body.Login, in.Body.Password))
}

// Login is what somebody types at the door.
type Login struct {
	Login    string `json:"login" maxLength:"100"`
	Password string `json:"password" maxLength:"1000"`
	Code     string `json:"code,omitempty" maxLength:"100" doc:"One-time or recovery code, if the account has a second factor"`
}

func (c Login) of(ctx context.Context) casework.SignIn {
	return casework.SignIn{Login: c.Login, Password: c.Password, Code: c.Code, Source: exchangeOf(ctx).from}
}

type signInIn struct {
	Body struct {
		Login
		StepUp bool `json:"stepUp,omitempty" doc:"The token counts as having proved again who you are"`
	}
}

type issued struct {
	Token   string           `json:"token" doc:"Shown this once; send it as Authorization: Bearer"`
	ID      string           `json:"id"`
	User    casework.UserID  `json:"user"`
	Label   string           `json:"label"`
	Scopes  []casework.Scope `json:"scopes"`
	Expires time.Time        `json:"expires"`
}

func issuedAnswer(bearer string, t Token, err error) (*bodyOut[issued], error) {
	return answer(issued{bearer, t.ID, t.User, t.Label, t.Scopes, t.Expires}, err)
}

// sessionScopes are what somebody at a terminal may do; the permission table
// narrows them to the roles.
var sessionScopes = []casework.Scope{casework.ScopeRead, casework.ScopeWrite, casework.ScopeHandoff, casework.ScopeNode}

// Label and days of a token from sign-in.
const (
	sessionLabel = "sign-in"
	sessionDays  = 1
)

func (a *API) signIn(ctx context.Context, _ casework.Actor, in *signInIn) (*bodyOut[issued], error) {
	want := NewToken{Label: sessionLabel, Scopes: sessionScopes, Days: sessionDays}
	if in.Body.StepUp {
		want.Scopes = append(slices.Clone(sessionScopes), casework.ScopeStepUp)
	}
	return issuedAnswer(a.cfg.Access.Issue(ctx, in.Body.of(ctx), want))
}

type createTokenIn struct {
	Body struct {
		Login
		Label  string           `json:"label" doc:"What it is for"`
		Scopes []casework.Scope `json:"scopes" doc:"Any of read, write, handoff, node, stepup"`
		Days   int              `json:"days,omitempty" minimum:"1" maximum:"365" doc:"How long it is good; without it: 90"`
	}
}

func (a *API) createToken(ctx context.Context, _ casework.Actor, in *createTokenIn) (*bodyOut[issued], error) {
	b := in.Body
	return issuedAnswer(a.cfg.Access.Issue(ctx, b.of(ctx), NewToken{Label: b.Label, Scopes: b.Scopes, Days: b.Days}))
}

type tokensIn struct {
	User string `query:"user" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits" doc:"Another account, for admin IT"`
}

type tokenList struct {
	Items []Token `json:"items"`
}

func (a *API) tokens(_ context.Context, by casework.Actor, in *tokensIn) (*bodyOut[tokenList], error) {
	of := by.User
	if in.User != "" {
		of = casework.UserID(in.User)
	}
	list, err := a.cfg.Access.Tokens(by, of)
	return answer(tokenList{orEmpty(list)}, err)
}

type tokenIn struct {
	Token string `path:"token" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

func (a *API) revokeToken(ctx context.Context, by casework.Actor, in *tokenIn) (*struct{}, error) {
	return done(a.cfg.Access.RevokeToken(ctx, by, in.Token))
}

// done is an answer without a body.
func done(err error) (*struct{}, error) {
	if err != nil {
		return nil, err
	}
	return nil, nil
}

type whoYouAre struct {
	User   casework.UserID    `json:"user"`
	Name   string             `json:"name"`
	Roles  []casework.Role    `json:"roles"`
	Unit   string             `json:"unit,omitempty"`
	Grants []casework.Secrecy `json:"grants,omitempty"`
	Token  string             `json:"token" doc:"Id of the token you use"`
	StepUp bool               `json:"stepUp" doc:"It counts as having proved again who you are"`
}

func (a *API) me(_ context.Context, by casework.Actor, _ *struct{}) (*bodyOut[whoYouAre], error) {
	return answer(whoYouAre{by.User, by.Name, by.Roles, by.Unit, by.Grants, by.Token, by.StepUp}, nil)
}
