package node

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
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

// motionActs are the acts that officers decide about a member over REST.
var motionActs = map[string]ledger.Act{"activate": ledger.Activate, "approve": ledger.Activate, "suspend": ledger.Suspend, "revoke": ledger.Revoke}

// motion is a motion as it stands, and what decides it.
type motion struct {
	ledger.Motion
	body       ledger.Body
	have       []ledger.Approval
	need       int
	standing   ledger.Standing
	foundation *ledger.Founding
}

func (m membership) motion(code casework.BalaiCode, act string) (out motion, err error) {
	b, err := m.n.bonded()
	if err != nil {
		return motion{}, err
	}
	what, ok := motionActs[act]
	if !ok {
		return motion{}, casework.Faulty(casework.Fault{Field: "act", Words: "must be activate, suspend or revoke"})
	}
	err = b.log.View(func(v ledger.View) error {
		member, known := v.Member(ledger.NodeID(code))
		if !known {
			return casework.NotFound.Because("there is no balai %s in the federation", code)
		}
		realm, _ := v.Realm()
		out.need, out.standing = int(realm.K), member.Standing
		switch what {
		case ledger.Activate:
			if member.Pending == nil {
				return casework.Conflict.Because("%s has not asked to join", code)
			}
			out.foundation = member.Pending
			out.body = &ledger.ActivateBody{Entry: *member.Pending}
		case ledger.Suspend:
			out.need = min(2, out.need)
			out.body = &ledger.VerdictBody{}
		default:
			out.body = &ledger.VerdictBody{}
		}
		if what != ledger.Activate && (member.Docket.IsZero() || member.Standing == ledger.Revoked) {
			return casework.Conflict.Because("%s is %s", code, member.Standing)
		}
		out.Motion = v.MotionFor(what, ledger.MemberOf(member.Code), ledger.ContentOf(out.body))
		out.have = v.Approvals(out.Motion)
		return nil
	})
	return out, err
}

func (m membership) Motion(_ context.Context, code casework.BalaiCode, act string) (api.Motion, error) {
	x, err := m.motion(code, act)
	if err != nil {
		return api.Motion{}, err
	}
	out := api.Motion{
		Act: x.Act.String(), Code: code, Content: x.Content.String(), Hash: x.Hash().String(), Bytes: x.Bytes(), Have: len(x.have), Need: x.need,
	}
	if x.foundation != nil {
		out.Content = Fingerprint(*x.foundation)
	}
	return out, nil
}

// Sign takes one officer's signature to the ledger, and carries the motion out
// once there are enough.
func (m membership) Sign(
	ctx context.Context, by casework.Actor, code casework.BalaiCode, act string, s api.Signature,
) (api.Decision, error) {
	x, err := m.motion(code, act)
	if err != nil {
		return api.Decision{}, err
	}
	a, err := approvalOf(s)
	if err != nil {
		return api.Decision{}, err
	}
	if err := m.record(ctx, by, x.Act.String()); err != nil {
		return api.Decision{}, err
	}
	res, err := m.n.propose(ctx, ledger.Command{
		Act: ledger.Approve, Subject: x.Subject, Prev: x.Prev, Body: &ledger.ApproveBody{Motion: x.Motion, Approval: a},
	})
	if err != nil {
		return api.Decision{}, err
	}
	switch res.Refused {
	case ledger.NotRefused:
	case ledger.TooFewOfficers:
		return api.Decision{}, casework.Faulty(casework.Fault{Field: "signature", Words: "is not that of an officer of this federation on this motion"})
	default:
		return api.Decision{}, refusal(res.Refused)
	}
	return m.carryOut(ctx, code, act, x)
}

// approvalOf reads a signature as the people's port has it.
func approvalOf(s api.Signature) (a ledger.Approval, err error) {
	if err := a.Officer.UnmarshalText([]byte(s.Officer)); err != nil {
		return a, casework.Faulty(casework.Fault{Field: "officer", Words: "is not the id of an officer's key"})
	}
	sig, err := hex.DecodeString(s.Signature)
	if err != nil || len(sig) != ed25519.SignatureSize {
		return a, casework.Faulty(casework.Fault{Field: "signature", Words: "is not a signature"})
	}
	copy(a.Sig[:], sig)
	return a, nil
}

// carryOut proposes what officers have decided, if enough of them have.
func (m membership) carryOut(ctx context.Context, code casework.BalaiCode, act string, was motion) (api.Decision, error) {
	x, err := m.motion(code, act)
	if err != nil || x.Motion != was.Motion { // another node was quicker
		return m.decision(code, was, true)
	}
	if len(x.have) < x.need {
		return m.decision(code, x, false)
	}
	switch body := x.body.(type) {
	case *ledger.ActivateBody:
		body.Approvals = x.have
	case *ledger.VerdictBody:
		body.Approvals = x.have
	}
	res, err := m.n.propose(ctx, ledger.Command{Act: x.Act, Subject: x.Subject, Prev: x.Prev, Body: x.body})
	if err != nil {
		return api.Decision{}, err
	}
	if res.Refused != ledger.NotRefused && res.Refused != ledger.MovedOn {
		return api.Decision{}, refusal(res.Refused)
	}
	return m.decision(code, x, true)
}

func (m membership) decision(code casework.BalaiCode, x motion, done bool) (api.Decision, error) {
	d := api.Decision{Act: x.Act.String(), Code: code, Have: len(x.have), Need: x.need, Done: done, Standing: x.standing.String()}
	b, err := m.n.bonded()
	if err != nil {
		return d, err
	}
	err = b.log.View(func(v ledger.View) error {
		if member, ok := v.Member(ledger.NodeID(code)); ok {
			d.Standing = member.Standing.String()
		}
		return nil
	})
	return d, err
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
	case ledger.NoSuch:
		return casework.NotFound.Because("there is no such balai")
	case ledger.ActorSuspended, ledger.KeyRetired, ledger.NotYours:
		return casework.Forbidden.Because("the federation does not take this from this node: %s", r)
	default:
		return casework.Unavailable.Because("the federation did not take it now: %s", r)
	}
}
