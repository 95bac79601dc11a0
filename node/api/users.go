package api

import (
	"context"
	"net/http"

	"serasi/node/casework"
)

const tagUsers = "users"

func (a *API) userRoutes() {
	handle(a, op{method: "GET", path: prefix + "/users", name: "listUsers", tag: tagUsers, summary: "All accounts; admin IT"}, a.users)
	handle(a, op{method: "POST", path: prefix + "/users", name: "createUser", tag: tagUsers, status: http.StatusCreated,
		summary: "Make an account; admin IT"}, a.createUser)
	handle(a, op{method: "PATCH", path: prefix + "/users/{id}", name: "changeUser", tag: tagUsers,
		summary: "Change an account; new roles, and disabling, end its tokens"}, a.changeUser)
	handle(a, op{method: "PUT", path: prefix + "/users/{id}/password", name: "setPassword", tag: tagUsers, status: http.StatusNoContent,
		summary: "Set a password: your own with the old one; admin IT any other"}, a.setPassword)
	handle(a, op{method: "DELETE", path: prefix + "/users/{id}/second-factor", name: "dropSecondFactor", tag: tagUsers, status: http.StatusNoContent,
		summary: "Take a lost second factor off another's account; admin IT"}, a.dropSecondFactor)
}

type userList struct {
	Items []User `json:"items"`
}

func (a *API) users(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[userList], error) {
	list, err := a.cfg.Access.Users(ctx, by)
	return answer(userList{orEmpty(list)}, err)
}

type userOut struct {
	ETag string `header:"ETag"`
	Body User
}

func userAnswer(u User, err error) (*userOut, error) {
	if err != nil {
		return nil, err
	}
	return &userOut{ETag: etag(u.Version), Body: u}, nil
}

func (a *API) createUser(ctx context.Context, by casework.Actor, in *struct{ Body NewUser }) (*userOut, error) {
	return userAnswer(a.cfg.Access.CreateUser(ctx, by, in.Body))
}

// OfUser names an account in the path.
type OfUser struct {
	ID string `path:"id" pattern:"^[0-9a-f]{32}$" patternDescription:"an id of 32 hex digits"`
}

type changeUserIn struct {
	OfUser
	IfMatch
	Body UserPatch
}

func (a *API) changeUser(ctx context.Context, by casework.Actor, in *changeUserIn) (*userOut, error) {
	version, err := in.version()
	if err != nil {
		return nil, err
	}
	return userAnswer(a.cfg.Access.ChangeUser(ctx, by, casework.UserID(in.ID), version, in.Body))
}

type passwordIn struct {
	OfUser
	Body struct {
		Old      string `json:"old,omitempty" maxLength:"1000" doc:"Your present password; not for another's account"`
		Password string `json:"password" maxLength:"1000" doc:"At least 12 characters"`
	}
}

func (a *API) setPassword(ctx context.Context, by casework.Actor, in *passwordIn) (*struct{}, error) {
	return done(a.cfg.Access.SetPassword(ctx, by, casework.UserID(in.ID), in.Body.Old, in.Body.Password))
}

func (a *API) dropSecondFactor(ctx context.Context, by casework.Actor, in *OfUser) (*struct{}, error) {
	return done(a.cfg.Access.DropSecondFactor(ctx, by, casework.UserID(in.ID)))
}
