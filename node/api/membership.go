package api

import (
	"context"

	"serasi/node/casework"
)

func (a *API) estate(ctx context.Context, by casework.Actor, in *OfMember) (*bodyOut[Estate], error) {
	if err := a.cfg.Access.Allow(ctx, by, casework.ManageNode); err != nil {
		return nil, err
	}
	e, err := a.cfg.Members.Estate(ctx, casework.BalaiCode(in.Code))
	e.Cases, e.Referrals = orEmpty(e.Cases), orEmpty(e.Referrals)
	return answer(e, err)
}

func (a *API) realm(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[Realm], error) {
	if err := a.cfg.Access.Allow(ctx, by, casework.ReadStatus); err != nil {
		return nil, err
	}
	r, err := a.cfg.Members.Realm(ctx)
	r.Officers, r.Voters, r.Open = orEmpty(r.Officers), orEmpty(r.Voters), orEmpty(r.Open)
	return answer(r, err)
}

type matterIn struct{ Body Matter }

func (a *API) prepareMotion(ctx context.Context, by casework.Actor, in *matterIn) (*bodyOut[Motion], error) {
	if err := a.cfg.Access.Allow(ctx, by, casework.ManageNode); err != nil {
		return nil, err
	}
	return answer(a.cfg.Members.Motion(ctx, in.Body))
}

type signMotionIn struct {
	Body struct {
		Matter
		Signature Signature `json:"signature"`
	}
}

func (a *API) signMotion(ctx context.Context, by casework.Actor, in *signMotionIn) (*bodyOut[Decision], error) {
	if err := a.cfg.Access.Allow(ctx, by, casework.ManageNode); err != nil {
		return nil, err
	}
	return answer(a.cfg.Members.Sign(ctx, by, in.Body.Matter, in.Body.Signature))
}

func (a *API) membership(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[Membership], error) {
	return ownAnswer(a.cfg.Own.Membership(ctx, by))
}

func ownAnswer(m Membership, err error) (*bodyOut[Membership], error) {
	m.Keys, m.Stays = orEmpty(m.Keys), orEmpty(m.Stays)
	return answer(m, err)
}

type relocateIn struct {
	Body struct {
		Address string `json:"address" maxLength:"100" doc:"host:port that other balai dial"`
	}
}

func (a *API) relocate(ctx context.Context, by casework.Actor, in *relocateIn) (*bodyOut[Membership], error) {
	return ownAnswer(a.cfg.Own.Relocate(ctx, by, in.Body.Address))
}

type rotateIn struct {
	Body struct {
		Use string `json:"use" enum:"sign,tls,seal" doc:"Which key"`
	}
}

func (a *API) rotateKey(ctx context.Context, by casework.Actor, in *rotateIn) (*bodyOut[Membership], error) {
	return ownAnswer(a.cfg.Own.Rotate(ctx, by, in.Body.Use))
}

type leaveFederationIn struct {
	Body struct {
		Code string `json:"code" maxLength:"8" doc:"Of this balai: whoever types another one is at another node"`
	}
}

func (a *API) leaveFederation(ctx context.Context, by casework.Actor, in *leaveFederationIn) (*bodyOut[Membership], error) {
	return ownAnswer(a.cfg.Own.Leave(ctx, by, casework.BalaiCode(in.Body.Code)))
}
