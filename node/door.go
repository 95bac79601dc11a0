package node

import (
	"context"

	"serasi/node/access"
	"serasi/node/api"
	"serasi/node/casework"
)

// door is the accounts and the gate as the people's port wants them.
type door struct{ n *Node }

func (d door) Authenticate(ctx context.Context, bearer string) (casework.Actor, error) {
	return d.n.accounts.Authenticate(ctx, bearer)
}

// Allow decides what concerns no case, and records a denial before it answers.
func (d door) Allow(ctx context.Context, by casework.Actor, act casework.Action) error {
	err := d.n.db.View(func(tx casework.Tx) error { return access.Gate{Clock: d.n.clock}.Check(tx, by, act, nil) })
	if err == nil {
		return nil
	}
	line := casework.Line{User: by.User, Name: by.Name, Role: firstRole(by), Via: by.Via, Act: string(act), Outcome: access.Denied}
	if failed := d.n.trail.Deny(ctx, d.n.db, line); failed != nil {
		return failed
	}
	return err
}

func (door) NeedsStepUp(err error) bool { return access.NeedsStepUp(err) }

func (d door) ClaimFirst(ctx context.Context, code, login, password string) (api.User, error) {
	return d.n.accounts.ClaimFirst(ctx, code, login, password)
}

func (d door) Users(_ context.Context, by casework.Actor) (users []api.User, err error) {
	return d.n.accounts.List(by)
}

func (d door) CreateUser(ctx context.Context, by casework.Actor, in api.NewUser) (api.User, error) {
	return d.n.accounts.Create(ctx, by, in)
}

func (d door) ChangeUser(
	ctx context.Context, by casework.Actor, id casework.UserID, version uint64, p api.UserPatch,
) (api.User, error) {
	return d.n.accounts.Change(ctx, by, id, version, p)
}

func (d door) SetPassword(ctx context.Context, by casework.Actor, id casework.UserID, old, password string) error {
	return d.n.accounts.SetPassword(ctx, by, id, old, password)
}

func (d door) DropSecondFactor(ctx context.Context, by casework.Actor, id casework.UserID) error {
	return d.n.accounts.DropSecondFactor(ctx, by, id)
}

func (d door) Issue(ctx context.Context, who casework.SignIn, in casework.NewToken) (string, casework.Token, error) {
	actor, err := d.prove(ctx, who)
	if err != nil {
		return "", casework.Token{}, err
	}
	return d.n.accounts.CreateToken(ctx, actor, in)
}

func (d door) StartSecondFactor(ctx context.Context, who casework.SignIn) (casework.SecondFactor, error) {
	actor, err := d.prove(ctx, who)
	if err != nil {
		return casework.SecondFactor{}, err
	}
	return d.n.accounts.StartSecondFactor(ctx, actor)
}

func (d door) ConfirmSecondFactor(ctx context.Context, who casework.SignIn, first string) ([]string, error) {
	actor, err := d.prove(ctx, who)
	if err != nil {
		return nil, err
	}
	return d.n.accounts.ConfirmSecondFactor(ctx, actor, first)
}

// prove lets somebody in for one call.
func (d door) prove(ctx context.Context, who casework.SignIn) (casework.Actor, error) {
	by, err := d.n.accounts.SignIn(ctx, access.Credentials{
		Login: who.Login, Password: who.Password, Code: who.Code, Source: who.Source, Via: "api",
	})
	countSignIn(d.n.meter, err)
	return by, err
}

func (d door) Tokens(by casework.Actor, of casework.UserID) ([]casework.Token, error) {
	return d.n.accounts.Tokens(by, of)
}

func (d door) RevokeToken(ctx context.Context, by casework.Actor, id string) error {
	return d.n.accounts.RevokeToken(ctx, by, id)
}

// lines is the audit trail as the people's port shows it.
type lines struct{ n *Node }

// Lines returns what of the trail by may see. The look itself is a line, durable
// before the others are given out.
func (l lines) Lines(
	ctx context.Context, by casework.Actor, f api.LineFilter, cursor string, limit int,
) (page casework.Page[casework.Line], err error) {
	look := casework.Line{
		User: by.User, Name: by.Name, Role: firstRole(by), Via: by.Via, Act: string(casework.ReadAudit), Case: f.Case, Outcome: access.Done,
	}
	narrow := access.Filter{Case: f.Case, User: f.User}
	err = l.n.db.Update(ctx, func(tx casework.Tx) error {
		if narrow, err = (access.Gate{Clock: l.n.clock}).Narrow(tx, by, narrow); err != nil {
			return err
		}
		return l.n.trail.Record(tx, look)
	})
	if kind, _ := casework.Explain(err); kind == casework.Forbidden {
		look.Outcome = access.Denied
		if failed := l.n.trail.Deny(ctx, l.n.db, look); failed != nil {
			return page, failed
		}
	}
	if err != nil {
		return page, err
	}
	page.Items, page.Next, err = l.n.trail.List(l.n.db, narrow, cursor, limit)
	return page, err
}
