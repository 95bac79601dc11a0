package node

import (
	"context"
	"fmt"
	"time"

	"serasi/federation"
	"serasi/federation/link"
	"serasi/federation/rpc"
	"serasi/node/api"
	"serasi/node/casework"
	"serasi/replication/ledger"
)

// membership is what the people's port may ask about members. What officers
// decide comes signed by their keys; the node only carries it.
type membership struct{ n *Node }

func (m membership) List(context.Context) ([]api.Member, error) {
	b, err := m.n.bonded()
	if err != nil {
		return nil, err
	}
	heard := map[string]federation.Peer{}
	for _, p := range b.gossip.Load().Peers() {
		heard[p.ID] = p
	}
	leader := b.log.Status().Leader
	var all []api.Member
	err = b.log.View(func(v ledger.View) error {
		realm, _ := v.Realm()
		for _, x := range v.Members() {
			all = append(all, describe(v, realm, x, heard[string(x.Code)], leader, m.n.id.Code))
		}
		return nil
	})
	return all, err
}

func describe(v ledger.View, realm ledger.Realm, x ledger.Member, p federation.Peer, leader, self ledger.NodeID) api.Member {
	out := api.Member{
		Code: casework.BalaiCode(x.Code), Standing: x.Standing.String(), Voter: x.Voter, Leader: x.Code == leader, Address: x.Addr,
		Reachable: p.State == federation.Connected || x.Code == self, Applied: p.Position.Event, Successor: casework.BalaiCode(x.Successor),
	}
	if x.Code == self {
		out.Applied, _, _ = v.Head()
	}
	if x.Since != 0 {
		out.Since = x.Since.Time()
	}
	if x.Until != 0 {
		out.Until = x.Until.Time()
	}
	if t := v.Heard(x.Code); t != 0 {
		out.Heard = t.Time()
	}
	if key := x.SignKey(); key != nil {
		out.Key = ledger.KeyIDOf(key).String()
	}
	if x.Pending != nil {
		body := &ledger.ActivateBody{Entry: *x.Pending}
		out.Approvals = len(v.Approvals(v.MotionFor(ledger.Activate, ledger.MemberOf(x.Code), ledger.ContentOf(body))))
		out.Needed = int(realm.K)
	}
	return out
}

func (m membership) Invite(ctx context.Context, by casework.Actor, code casework.BalaiCode, hours int) (api.Invitation, error) {
	b, err := m.n.bonded()
	if err != nil {
		return api.Invitation{}, err
	}
	if !ledger.NodeID(code).Valid() {
		return api.Invitation{}, casework.Faulty(casework.Fault{Field: "code", Words: "must be 3 to 8 capital letters and digits, a letter first"})
	}
	expires := m.n.clock().Add(time.Duration(hours) * time.Hour).Truncate(time.Minute)
	self, err := link.ParseIdentity(string(m.n.id.Code), m.n.id.TLS)
	if err != nil {
		return api.Invitation{}, fmt.Errorf("read the node's key: %w", err)
	}
	inv := rpc.Invitation{
		Federation: m.n.id.Federation, Inviter: string(m.n.id.Code), Endpoints: []string{b.port.Advertised()}, Pin: self.Key(),
		Seed: rpc.NewSeed(), Code: string(code), Expires: expires,
	}
	text, err := inv.Encode()
	if err != nil {
		return api.Invitation{}, fmt.Errorf("write the invitation: %w", err)
	}
	body := &ledger.InviteBody{Key: inv.Key(), Expires: ledger.At(expires)}
	if err := m.record(ctx, by, "invite"); err != nil {
		return api.Invitation{}, err
	}
	res, err := m.n.propose(ctx, ledger.Command{Act: ledger.Invite, Subject: ledger.MemberOf(ledger.NodeID(code)), Body: body})
	if err != nil {
		return api.Invitation{}, err
	}
	if res.Refused != ledger.NotRefused {
		return api.Invitation{}, refusal(res.Refused)
	}
	return api.Invitation{Code: code, Text: text, Expires: expires}, nil
}

// record writes the audit line of an act on members before it is done.
func (m membership) record(ctx context.Context, by casework.Actor, act string) error {
	return m.n.db.Update(ctx, func(tx casework.Tx) error {
		return m.n.trail.Record(tx, casework.Line{User: by.User, Name: by.Name, Role: firstRole(by), Via: by.Via, Act: act, Outcome: "done"})
	})
}

func firstRole(by casework.Actor) casework.Role {
	if len(by.Roles) == 0 {
		return ""
	}
	return by.Roles[0]
}

// refusal turns a refusal about members into words.
func refusal(r ledger.Reason) error {
	switch r {
	case ledger.MovedOn:
		return casework.Conflict.Because("this was decided or changed meanwhile; look again")
	case ledger.BadTerms, ledger.BadInvitation:
		return casework.Invalid.Because("the ledger refused: %s", r)
	case ledger.TooFewOfficers:
		return casework.Forbidden.Because("too few officers have signed")
	case ledger.StillNeeded:
		return casework.Conflict.Because("this balai still answers for cases or handoffs; hand them on first")
	case ledger.NotInForce:
		return casework.Conflict.Because("the federation does not know this yet: the officers first put version %d in force", ledger.Version)
	case ledger.NoSuch:
		return casework.NotFound.Because("there is no such balai")
	case ledger.ActorSuspended, ledger.KeyRetired, ledger.NotYours:
		return casework.Forbidden.Because("the federation does not take this from this node: %s", r)
	default:
		return casework.Unavailable.Because("the federation did not take it now: %s", r)
	}
}
