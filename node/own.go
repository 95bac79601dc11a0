package node

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"serasi/federation/link"
	"serasi/node/api"
	"serasi/node/casework"
	"serasi/replication/ledger"
)

// own is what this balai does about its own membership.
type own struct{ n *Node }

func (o own) Membership(ctx context.Context, by casework.Actor) (api.Membership, error) {
	if err := door(o).Allow(ctx, by, casework.ManageNode); err != nil {
		return api.Membership{}, err
	}
	return o.look(ctx)
}

func (o own) look(ctx context.Context) (out api.Membership, err error) {
	b, err := o.n.bonded()
	if err != nil {
		return out, err
	}
	var id identity
	if id, err = readIdentity(o.n.db); err != nil {
		return out, err
	}
	out = api.Membership{Code: casework.BalaiCode(id.Code), Advertise: id.Advertise}
	states, err := o.n.cases.States()
	if err != nil {
		return out, err
	}
	for state, n := range states {
		if state != casework.Closed && state != casework.HandedOver {
			out.Files += n
		}
	}
	desk, err := o.n.desk.Status()
	if err != nil {
		return out, err
	}
	out.Waiting = desk.Pending
	err = b.log.View(func(v ledger.View) error {
		realm, _ := v.Realm()
		m, known := v.Member(id.Code)
		if !known {
			return casework.Unavailable.Because("this node has not caught up with its own admission yet")
		}
		out.Standing, out.Voter, out.Address = m.Standing.String(), m.Voter, m.Addr
		out.Cases, out.Handoffs = burden(v, id.Code)
		out.Keys = keysOf(v, m, id)
		for _, why := range []struct {
			is   bool
			word string
		}{
			{out.Cases > 0, "cases"}, {out.Handoffs > 0, "handoffs"}, {out.Waiting > 0, "outbox"},
			{soleVoter(v, m), "voter"}, {realm.Version < ledger.Least(ledger.Leave, ledger.OfMember), "version"},
		} {
			if why.is {
				out.Stays = append(out.Stays, why.word)
			}
		}
		return nil
	})
	return out, err
}

// keysOf lists the keys that are in force.
func keysOf(v ledger.View, m ledger.Member, id identity) []api.MemberKey {
	sign := api.MemberKey{Use: "sign"}
	if key := m.SignKey(); key != nil {
		sign.Fingerprint = ledger.KeyIDOf(key).String()
	}
	if len(m.Sign) > 0 {
		if e, ok := v.Event(m.Sign[len(m.Sign)-1].From); ok {
			sign.Since = e.Time.Time()
		}
	}
	tls := api.MemberKey{Use: "tls", Since: id.tlsSince()}
	for i, cert := range m.TLS {
		if fingerprint := ledger.KeyIDOf(cert).String(); i == 0 {
			tls.Fingerprint = fingerprint
		} else {
			tls.Before = fingerprint
		}
	}
	return []api.MemberKey{sign, tls, {Use: "seal", Fingerprint: m.SealKey().String(), Since: m.SealSince.Time()}}
}

func (id identity) tlsSince() time.Time {
	if id.TLSSince.IsZero() {
		return id.Created
	}
	return id.TLSSince
}

// said proposes a command about this balai itself.
func (n *Node) said(ctx context.Context, act ledger.Act, body ledger.Body) error {
	res, err := n.propose(ctx, ledger.Command{Act: act, Subject: ledger.MemberOf(n.id.Code), Body: body})
	if err != nil {
		return err
	}
	if res.Refused != ledger.NotRefused {
		return refusal(res.Refused)
	}
	return nil
}

func (o own) Relocate(ctx context.Context, by casework.Actor, address string) (api.Membership, error) {
	var out api.Membership
	if err := door(o).Allow(ctx, by, casework.ManageNode); err != nil {
		return out, err
	}
	if err := link.CheckAddr(address); err != nil {
		return out, casework.Faulty(casework.Fault{Field: "address", Words: "is not host:port that other balai can dial"})
	}
	out, err := o.look(ctx)
	if err != nil {
		return out, err
	}
	if out.Address == address {
		return out, casework.Conflict.Because("the federation has this address already")
	}
	if err := membership(o).record(ctx, by, "relocate"); err != nil {
		return out, err
	}
	if err := o.n.said(ctx, ledger.Relocate, &ledger.RelocateBody{Addr: address}); err != nil {
		return out, err
	}
	err = o.n.changeIdentity(ctx, func(id *identity) { id.Advertise, id.Overruled = address, o.n.cfg.Advertise })
	if err != nil {
		return out, err
	}
	o.n.openAgain("others dial it at another address now")
	return o.look(ctx)
}

func (o own) Leave(ctx context.Context, by casework.Actor, code casework.BalaiCode) (api.Membership, error) {
	var out api.Membership
	if err := door(o).Allow(ctx, by, casework.LeaveGroup); err != nil {
		return out, err
	}
	if ledger.NodeID(code) != o.n.id.Code {
		return out, casework.Faulty(casework.Fault{Field: "code", Words: "is not that of this node"})
	}
	out, err := o.look(ctx)
	if err != nil {
		return out, err
	}
	switch {
	case out.Cases+out.Handoffs+out.Waiting > 0:
		return out, casework.Conflict.Because("this balai still answers for cases or handoffs; hand them on first")
	case len(out.Stays) > 0 && out.Stays[0] == "voter":
		return out, casework.Conflict.Because("this balai is the only voter: the ledger would end with it")
	case len(out.Stays) > 0:
		return out, refusal(ledger.NotInForce)
	}
	if err := membership(o).record(ctx, by, "leave"); err != nil {
		return out, err
	}
	if err := o.n.said(ctx, ledger.Leave, &ledger.LeaveBody{}); err != nil {
		return out, err
	}
	return o.look(ctx)
}

// changeIdentity changes the row that says who this node is.
func (n *Node) changeIdentity(ctx context.Context, change func(*identity)) error {
	return n.db.Update(ctx, func(tx casework.Tx) error {
		var id identity
		if _, err := tx.Get(casework.Settings, casework.NodeOwner, identityID, &id); err != nil {
			return err
		}
		change(&id)
		return tx.Put(casework.Settings, casework.NodeOwner, identityID, id)
	})
}

// tellAddress brings the address of the settings into the ledger if it has
// another, for as long as that takes.
func (n *Node) tellAddress(b *bond, id identity) {
	for {
		known, told := false, false
		err := b.log.View(func(v ledger.View) error {
			m, ok := v.Member(id.Code)
			known = ok && m.Raft == b.raft && m.Standing == ledger.Active
			told = known && m.Addr == id.Advertise
			return nil
		})
		if told {
			err = n.noteAddress(b.done, id)
		}
		if told && err == nil || n.leaving.Load() {
			return
		}
		if known && !told && err == nil {
			err = n.said(b.done, ledger.Relocate, &ledger.RelocateBody{Addr: id.Advertise})
		}
		if err != nil && b.done.Err() == nil {
			n.log.Info("the ledger does not have the address of this node yet", "err", err)
		}
		select {
		case <-b.done.Done():
			return
		case <-time.After(n.patience()):
		}
	}
}

// noteAddress keeps the address that the settings say: a node that comes back
// from a backup, with other settings, goes on from it.
func (n *Node) noteAddress(ctx context.Context, now identity) error {
	kept, err := readIdentity(n.db)
	if err != nil || kept.Advertise == now.Advertise {
		return err
	}
	return n.changeIdentity(ctx, func(id *identity) { id.Advertise, id.Overruled = now.Advertise, now.Overruled })
}

// openAgain ends this life of the node once whoever asked has an answer and the
// others know what is new, so that nobody turns it away.
func (n *Node) openAgain(why string) {
	b := n.current()
	if b == nil || !n.leaving.CompareAndSwap(false, true) {
		return
	}
	event := b.log.Status().Event
	if err := n.forgetStart(); err != nil { // this life ends because people want it, and counts as none
		n.log.Warn("a start that was meant is counted", "err", err)
	}
	b.following.Go(func() {
		const atMost = 10 * time.Second
		tick := time.NewTicker(n.patience() / 5)
		defer tick.Stop()
		deadline := time.After(atMost)
		for {
			select {
			case <-b.done.Done():
				return
			case <-deadline:
				n.fail(fmt.Errorf("%s: %w", why, ErrAgain))
				return
			case <-tick.C:
			}
			if n.knownToOthers(b, event) {
				n.fail(fmt.Errorf("%s: %w", why, ErrAgain))
				return
			}
		}
	})
}

func (n *Node) forgetStart() error {
	return n.db.Update(context.Background(), func(tx casework.Tx) error {
		return tx.Put(casework.Settings, casework.NodeOwner, startsID, n.starts[:max(0, len(n.starts)-1)])
	})
}

// knownToOthers reports whether all members that are heard have an event.
func (n *Node) knownToOthers(b *bond, event uint64) bool {
	gossip := b.gossip.Load()
	if gossip == nil {
		return true
	}
	heard := membership{n}.heard(b)
	for _, p := range gossip.Peers() {
		if heard[ledger.NodeID(p.ID)] && p.Position.Event < event {
			return false
		}
	}
	return true
}

// adopt makes the keys that wait this node's own as soon as the ledger, as this
// node knows it, has them.
func (n *Node) adopt(b *bond, members []ledger.Member) error {
	if n.leaving.Load() {
		return nil
	}
	var self ledger.Member
	for _, m := range members {
		if m.Code == n.id.Code {
			self = m
		}
	}
	if len(self.TLS) == 0 || bytes.Equal(self.SignKey(), b.public) && bytes.Equal(self.TLS[0], b.cert) {
		return nil
	}
	id, err := readIdentity(n.db)
	if err != nil || !id.take(self, n.clock()) {
		return err
	}
	err = n.changeIdentity(context.WithoutCancel(b.done), func(id *identity) { id.take(self, n.clock()) })
	if err == nil {
		n.openAgain("it has a new key")
	}
	return err
}
