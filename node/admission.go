package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"serasi/federation/link"
	"serasi/federation/rpc"
	"serasi/node/casework"
	"serasi/replication/ledger"
)

// admission judges requests of newcomers for the port.
type admission struct{ n *Node }

func (n *Node) admission() admission { return admission{n} }

// Join files a request in the ledger. Whether it holds is for the ledger to say;
// what it refuses for good, the newcomer hears as one same error.
func (a admission) Join(ctx context.Context, r rpc.JoinRequest) (rpc.JoinReply, error) {
	sig, own, err := splitJoinEntry(r.Entry)
	if err != nil || string(own.Code) != r.Code {
		return rpc.JoinReply{}, rpc.Invalid.Because("the entry is malformed")
	}
	if _, err := link.CheckCertificate(r.Code, own.TLS); err != nil || string(own.TLS) != string(r.Certificate) {
		return rpc.JoinReply{}, rpc.Invalid.Because("the entry carries another certificate")
	}
	reply, filed, err := a.standing(own.Code, own)
	if err != nil || filed {
		return reply, err
	}
	res, err := a.n.propose(ctx, ledger.Command{
		Act: ledger.Request, Subject: ledger.MemberOf(own.Code), Body: &ledger.RequestBody{Entry: own, Key: r.Invitation, Sig: sig},
	})
	if err != nil {
		return rpc.JoinReply{}, toPeer(err)
	}
	if res.Refused != ledger.NotRefused {
		return rpc.JoinReply{}, rpc.Forbidden.Because("%s", res.Refused)
	}
	reply, _, err = a.standing(own.Code, own)
	return reply, err
}

// Progress says how a request stands.
func (a admission) Progress(_ context.Context, r rpc.JoinRequest) (rpc.JoinReply, error) {
	var found ledger.Founding
	err := a.view(func(v ledger.View) error {
		m, ok := v.Member(ledger.NodeID(r.Code))
		switch {
		case ok && m.Pending != nil && string(m.Pending.TLS) == string(r.Certificate):
			found = *m.Pending
		case ok && m.Standing == ledger.Active && len(m.TLS) > 0 && string(m.TLS[0]) == string(r.Certificate):
			found = ledger.Founding{Code: m.Code, TLS: m.TLS[0]}
		default:
			return rpc.NotFound.Because("no such request")
		}
		return nil
	})
	if err != nil {
		return rpc.JoinReply{}, err
	}
	reply, _, err := a.standing(ledger.NodeID(r.Code), found)
	return reply, err
}

func (a admission) view(f func(ledger.View) error) error {
	b, err := a.n.bonded()
	if err != nil {
		return rpc.Unavailable.Because("not ready")
	}
	return b.log.View(f)
}

// standing says how the request of one newcomer stands, and whether it is filed.
func (a admission) standing(code ledger.NodeID, own ledger.Founding) (reply rpc.JoinReply, filed bool, err error) {
	err = a.view(func(v ledger.View) error {
		realm, ok := v.Realm()
		if !ok {
			return rpc.Unavailable.Because("not ready")
		}
		reply.Genesis, reply.Needed, reply.State = realm.ID, int(realm.K), rpc.JoinWaiting
		m, _ := v.Member(code)
		if m.Pending != nil && string(m.Pending.Encode()) == string(own.Encode()) {
			filed = true
			body := &ledger.ActivateBody{Entry: *m.Pending}
			reply.Approved = len(v.Approvals(v.MotionFor(ledger.Activate, ledger.MemberOf(code), ledger.ContentOf(body))))
			return nil
		}
		if m.Standing == ledger.Active && len(m.TLS) > 0 && string(m.TLS[0]) == string(own.TLS) {
			filed, reply.State = true, rpc.JoinAdmitted
			for _, m := range v.Members() {
				if p, known := peerOf(m); known && p.Active {
					reply.Peers = append(reply.Peers, p)
				}
			}
		}
		return nil
	})
	return reply, filed, err
}

// propose signs a command in the node's name and repeats it until the ledger
// answers or ctx ends. A lost race for the head of the subject is an answer.
func (n *Node) propose(ctx context.Context, c ledger.Command) (ledger.Result, error) {
	b, err := n.bonded()
	if err != nil {
		return ledger.Result{}, err
	}
	if err := b.log.View(func(v ledger.View) error {
		if c.Prev.IsZero() {
			c.Prev = v.HeadFor(c.Act, c.Subject)
		}
		return nil
	}); err != nil {
		return ledger.Result{}, fmt.Errorf("read the ledger: %w", err)
	}
	c.Minute = n.clock().Unix() / 60
	signed, err := n.id.sign(c)
	if err != nil {
		return ledger.Result{}, fmt.Errorf("sign %s: %w", c.Act, err)
	}
	return n.insist(ctx, b, ledger.Proposal{Signed: signed})
}

// insisting is how long a person is kept waiting for the federation.
const insisting = 20 * time.Second

// insist sends the same bytes until the ledger has answered for good.
func (n *Node) insist(ctx context.Context, b *bond, p ledger.Proposal) (ledger.Result, error) {
	ctx, cancel := context.WithTimeout(ctx, insisting)
	defer cancel()
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		res, err := b.log.Propose(ctx, p)
		if err == nil && res.Refused == ledger.NotRefused {
			return res, n.caughtUp(ctx, b, res.Event)
		}
		if err == nil && res.Refused.Final() {
			return res, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
			continue
		case <-ctx.Done():
			timer.Stop()
		}
		if err == nil { // what it waits for did not come
			return res, nil
		}
		return ledger.Result{}, errors.Join(casework.Unavailable.Because(
			"the federation has not answered yet; it may still take effect: look before you ask again"), err)
	}
}

// caughtUp waits until this node shows an event, so that whoever caused it sees
// it at the next look.
func (n *Node) caughtUp(ctx context.Context, b *bond, event uint64) error {
	wake, cancel := b.log.Subscribe()
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		seen := false
		err := b.log.View(func(v ledger.View) error {
			last, _, _ := v.Head()
			seen = last >= event
			return nil
		})
		if err != nil || seen {
			return err
		}
		select {
		case <-ctx.Done():
			return nil // it is decided; only this node's own copy is late
		case <-wake:
		case <-tick.C:
		}
	}
}

// awaitAdmission asks how this node's request stands until it is admitted, and
// then connects.
func (n *Node) awaitAdmission(ctx context.Context) {
	inv, err := rpc.ParseInvitation(n.id.Invitation)
	if err != nil {
		n.fail(errors.New("this node was never admitted and holds no invitation: make it anew"))
		return
	}
	self, err := link.ParseIdentity(string(n.id.Code), n.id.TLS)
	if err != nil {
		n.fail(err)
		return
	}
	every := 5 * time.Second
	if t := n.cfg.Tuning.GossipInterval; t > 0 {
		every = t
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		reply, err := rpc.JoinProgress(ctx, self, inv)
		switch {
		case err != nil && ctx.Err() == nil:
			n.log.Info("the inviting balai cannot be asked", "err", err)
		case err == nil && reply.State == rpc.JoinAdmitted:
			if err := n.admitted(ctx, reply); err != nil {
				n.fail(err)
			}
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// admitted keeps who the members are and joins them.
func (n *Node) admitted(ctx context.Context, reply rpc.JoinReply) error {
	id := n.id
	id.Admitted, id.Invitation = true, ""
	for _, p := range reply.Peers {
		id.Introduced = append(id.Introduced, introduced{Code: p.ID, Certs: p.Certs, Addr: p.Addr, Voter: p.Voter, Raft: p.RaftID})
	}
	if err := writeIdentity(ctx, n.db, id); err != nil {
		return err
	}
	n.log.Info("admitted to the federation", "members", len(reply.Peers))
	return n.connect(id)
}
