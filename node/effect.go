package node

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"

	"serasi/federation"
	"serasi/node/api"
	"serasi/node/casework"
	"serasi/replication/ledger"
)

// heard are the members that this node hears now, itself included. Gossip is a
// hint: it warns people and decides nothing.
func (m membership) heard(b *bond) map[ledger.NodeID]bool {
	all := map[ledger.NodeID]bool{m.n.id.Code: true}
	if gossip := b.gossip.Load(); gossip != nil {
		for _, p := range gossip.Peers() {
			if p.State == federation.Connected {
				all[ledger.NodeID(p.ID)] = true
			}
		}
	}
	return all
}

func quorumOf(voters []casework.BalaiCode, heard map[ledger.NodeID]bool) api.Quorum {
	q := api.Quorum{Voters: len(voters), Needed: len(voters)/2 + 1}
	for _, code := range voters {
		if heard[ledger.NodeID(code)] {
			q.Heard++
		}
	}
	q.Bears = max(0, q.Heard-q.Needed)
	return q
}

// effectOf tells what follows from a matter.
func effectOf(v ledger.View, act ledger.Act, x api.Matter, heard map[ledger.NodeID]bool) *api.Effect {
	now := votersOf(v)
	next := now
	switch act {
	case ledger.Seat:
		next = slices.Clone(x.Terms.Voters)
		slices.Sort(next)
		next = slices.Compact(next)
	case ledger.Revoke, ledger.Succeed, ledger.Activate: // who comes back votes again by the rule of growth
		next = slices.DeleteFunc(slices.Clone(now), func(c casework.BalaiCode) bool { return c == x.Code })
	}
	realm, _ := v.Realm()
	e := &api.Effect{Seats: int(realm.Seats), Before: quorumOf(now, heard), After: quorumOf(next, heard)}
	for _, code := range next {
		if !slices.Contains(now, code) {
			e.Gain = append(e.Gain, code)
		}
		if !heard[ledger.NodeID(code)] {
			e.Silent = append(e.Silent, code)
		}
	}
	for _, code := range now {
		if !slices.Contains(next, code) {
			e.Lose = append(e.Lose, code)
		}
	}
	if act == ledger.Suspend || act == ledger.Revoke || act == ledger.Succeed {
		e.Cases, e.Handoffs = burden(v, ledger.NodeID(x.Code))
	}
	return e
}

func votersOf(v ledger.View) (codes []casework.BalaiCode) {
	for _, m := range v.Members() {
		if m.Voter {
			codes = append(codes, casework.BalaiCode(m.Code))
		}
	}
	return codes
}

// burden counts what a balai answers for.
func burden(v ledger.View, code ledger.NodeID) (cases, handoffs int) {
	v.Custodies(func(c ledger.Custody) bool {
		if c.Owner == code {
			cases++
		}
		return true
	})
	v.Handoffs(ledger.ID{}, func(h ledger.Handoff) bool {
		if !h.Stage.Ended() && (h.From == code || h.To == code) {
			handoffs++
		}
		return true
	})
	return cases, handoffs
}

func (m membership) Realm(context.Context) (out api.Realm, err error) {
	b, err := m.n.bonded()
	if err != nil {
		return out, err
	}
	heard := m.heard(b)
	err = b.log.View(func(v ledger.View) error {
		realm, _ := v.Realm()
		out = api.Realm{
			ID: realm.ID.String(), Version: int(realm.Version), Knows: int(ledger.Version), K: int(realm.K), Seats: int(realm.Seats), Daily: realm.Daily,
			Voters: votersOf(v),
		}
		out.Quorum = quorumOf(out.Voters, heard)
		for _, o := range realm.Officers {
			out.Officers = append(out.Officers, api.Officer{ID: ledger.KeyIDOf(o).String(), Public: hex.EncodeToString(o)})
		}
		for motion, approvals := range v.Motions() {
			open := api.OpenMotion{Act: motion.Act.String(), Kind: kindOf(motion.Subject.Kind), Subject: motion.Subject.Name, Content: motion.Content.String(), Need: int(realm.K)}
			if motion.Subject.Kind != ledger.OfMember {
				open.Subject = motion.Subject.String()
			}
			if motion.Act == ledger.Suspend {
				open.Need = min(2, open.Need)
			}
			for _, a := range approvals {
				open.Signed = append(open.Signed, a.Officer.String())
			}
			out.Open = append(out.Open, open)
		}
		slices.SortFunc(out.Open, func(a, b api.OpenMotion) int {
			return strings.Compare(a.Act+" "+a.Subject+" "+a.Content, b.Act+" "+b.Subject+" "+b.Content)
		})
		return nil
	})
	return out, err
}

func kindOf(k ledger.SubjectKind) string {
	return map[ledger.SubjectKind]string{ledger.OfFederation: "federation", ledger.OfMember: "member", ledger.OfHandoff: "handoff", ledger.OfCase: "case"}[k]
}

func (m membership) Estate(_ context.Context, code casework.BalaiCode) (out api.Estate, err error) {
	b, err := m.n.bonded()
	if err != nil {
		return out, err
	}
	gone := ledger.NodeID(code)
	err = b.log.View(func(v ledger.View) error {
		if _, known := v.Member(gone); !known {
			return casework.NotFound.Because("there is no balai %s in the federation", code)
		}
		out.Code = code
		if t := v.Heard(gone); t != 0 {
			out.Heard, out.Free = t.Time(), t.Add(ledger.Lease).Time()
		}
		v.Custodies(func(c ledger.Custody) bool {
			if c.Owner == gone {
				out.Cases = append(out.Cases, api.HeldCase{Case: c.Case.String(), Epoch: c.Epoch, Since: c.Since.Time()})
			}
			return true
		})
		before := map[string]ledger.Handoff{}
		v.Handoffs(ledger.ID{}, func(h ledger.Handoff) bool {
			switch {
			case h.To != gone:
			case h.Stage == ledger.Received && h.Ended > before[h.Case.String()].Ended:
				before[h.Case.String()] = h
			case h.Kind == ledger.Referral && (h.Stage == ledger.Accepted || h.Stage == ledger.InService || h.Stage == ledger.OnHold):
				out.Referrals = append(out.Referrals, api.HeldReferral{Handoff: h.ID.String(), From: casework.BalaiCode(h.From), Stage: h.Stage.String()})
			}
			return true
		})
		for i, c := range out.Cases {
			out.Cases[i].Before = casework.BalaiCode(before[c.Case].From)
		}
		return nil
	})
	return out, err
}
