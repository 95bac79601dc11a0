package api

import (
	"context"
	"net/http"

	"serasi/node/casework"
)

const tagMembers = "members"

// officerActs are what officers decide about a member, by the last word of the
// path; the value is the act they sign.
var officerActs = map[string]string{"approve": "activate", "suspend": "suspend", "revoke": "revoke"}

func (a *API) memberRoutes() {
	handle(a, op{method: "GET", path: prefix + "/members", name: "listMembers", tag: tagMembers, summary: "The balai of the federation"}, a.members)
	handle(a, op{method: "POST", path: prefix + "/invitations", name: "invite", tag: tagMembers, status: http.StatusCreated, secret: true,
		summary: "Let one balai ask to join; the text is shown once"}, a.invite)
	handle(a, op{method: "GET", path: prefix + "/members/{code}/motion", name: "motion", tag: tagMembers,
		summary: "What an officer signs to activate, suspend or revoke a balai"}, a.motion)
	handle(a, op{method: "GET", path: prefix + "/members/{code}/estate", name: "estate", tag: tagMembers,
		summary: "What the ledger says a balai answers for"}, a.estate)
	handle(a, op{method: "GET", path: prefix + "/federation", name: "federation", tag: tagMembers,
		summary: "Who decides, who votes, what is in force, and which motions wait"}, a.realm)
	handle(a, op{method: "POST", path: prefix + "/motions", name: "prepareMotion", tag: tagMembers,
		summary: "What an officer signs to decide any matter, and what would follow from it; nothing is kept"}, a.prepareMotion)
	handle(a, op{method: "POST", path: prefix + "/motions/signatures", name: "signMotion", tag: tagMembers, status: http.StatusAccepted,
		summary: "Hand in one officer's signature on any matter"}, a.signMotion)
	handle(a, op{method: "GET", path: prefix + "/membership", name: "membership", tag: tagMembers,
		summary: "This balai in the federation: address, keys, and what keeps it from leaving"}, a.membership)
	handle(a, op{method: "PUT", path: prefix + "/membership/address", name: "relocate", tag: tagMembers,
		summary: "Tell the federation where others dial this node"}, a.relocate)
	handle(a, op{method: "POST", path: prefix + "/membership/keys", name: "rotateKey", tag: tagMembers, status: http.StatusAccepted,
		summary: "Replace a key of this node"}, a.rotateKey)
	handle(a, op{method: "POST", path: prefix + "/membership/leave", name: "leaveFederation", tag: tagMembers, status: http.StatusAccepted,
		summary: "Leave the federation for good"}, a.leaveFederation)
	for _, word := range []string{"approve", "suspend", "revoke"} {
		handle(a, op{method: "POST", path: prefix + "/members/{code}/" + word, name: word + "Member", tag: tagMembers, status: http.StatusAccepted,
			summary: "Hand in one officer's signature to " + word + " a balai"}, a.sign(officerActs[word]))
	}
}

type memberList struct {
	Items []Member `json:"items"`
}

func (a *API) members(ctx context.Context, by casework.Actor, _ *struct{}) (*bodyOut[memberList], error) {
	if err := a.cfg.Access.Allow(ctx, by, casework.ReadStatus); err != nil {
		return nil, err
	}
	list, err := a.cfg.Members.List(ctx)
	return answer(memberList{orEmpty(list)}, err)
}

type inviteIn struct {
	Body struct {
		Code  string `json:"code" pattern:"^[A-Z][A-Z0-9]{2,7}$" patternDescription:"the code of a balai: 3 to 8 capital letters and digits" doc:"Of the balai that may ask to join"`
		Hours int    `json:"hours,omitempty" minimum:"1" maximum:"24" default:"24"`
	}
}

func (a *API) invite(ctx context.Context, by casework.Actor, in *inviteIn) (*bodyOut[Invitation], error) {
	if err := a.cfg.Access.Allow(ctx, by, casework.ManageNode); err != nil {
		return nil, err
	}
	return answer(a.cfg.Members.Invite(ctx, by, casework.BalaiCode(in.Body.Code), in.Body.Hours))
}

// OfMember names a balai in the path.
type OfMember struct {
	Code string `path:"code" pattern:"^[A-Z][A-Z0-9]{2,7}$" patternDescription:"the code of a balai: 3 to 8 capital letters and digits"`
}

type motionIn struct {
	OfMember
	Act string `query:"act" required:"true" enum:"activate,suspend,revoke"`
}

func (a *API) motion(ctx context.Context, by casework.Actor, in *motionIn) (*bodyOut[Motion], error) {
	if err := a.cfg.Access.Allow(ctx, by, casework.ManageNode); err != nil {
		return nil, err
	}
	return answer(a.cfg.Members.Motion(ctx, Matter{Act: in.Act, Code: casework.BalaiCode(in.Code)}))
}

type signatureIn struct {
	OfMember
	Body Signature
}

func (a *API) sign(act string) func(context.Context, casework.Actor, *signatureIn) (*bodyOut[Decision], error) {
	return func(ctx context.Context, by casework.Actor, in *signatureIn) (*bodyOut[Decision], error) {
		if err := a.cfg.Access.Allow(ctx, by, casework.ManageNode); err != nil {
			return nil, err
		}
		return answer(a.cfg.Members.Sign(ctx, by, Matter{Act: act, Code: casework.BalaiCode(in.Code)}, in.Body))
	}
}
