package node

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"

	"serasi/node/api"
	"serasi/node/casework"
	"serasi/replication/ledger"
)

// motion is a motion as it stands, and what decides it.
type motion struct {
	ledger.Motion
	matter     api.Matter // with all terms filled in
	body       ledger.Body
	have       []ledger.Approval
	need       int
	standing   ledger.Standing
	foundation *ledger.Founding
	effect     *api.Effect
}

// motion makes what officers sign of a matter, and refuses what could not be
// carried out: they should not be asked for that.
func (m membership) motion(matter api.Matter) (out motion, err error) {
	b, err := m.n.bonded()
	if err != nil {
		return motion{}, err
	}
	act, known := ledger.ParseAct(matter.Act)
	if !known {
		return motion{}, casework.Faulty(casework.Fault{Field: "act", Words: "is not one that officers decide"})
	}
	out.matter = matter
	heard := m.heard(b)
	err = b.log.View(func(v ledger.View) error {
		realm, _ := v.Realm()
		out.need = int(realm.K)
		var subject ledger.Subject
		switch act {
		case ledger.Activate, ledger.Suspend, ledger.Revoke:
			subject = ledger.MemberOf(ledger.NodeID(matter.Code))
			if err := out.aboutMember(v, act); err != nil {
				return err
			}
			out.matter.Terms = nil
		default:
			var err error
			if subject, err = out.withTerms(v, realm, act, heard, ledger.At(m.n.clock())); err != nil {
				return err
			}
		}
		out.Motion = v.MotionFor(act, subject, ledger.ContentOf(out.body))
		out.have = v.Approvals(out.Motion)
		out.effect = effectOf(v, act, out.matter, heard)
		return nil
	})
	return out, err
}

// aboutMember judges what needs no terms.
func (x *motion) aboutMember(v ledger.View, act ledger.Act) error {
	member, known := v.Member(ledger.NodeID(x.matter.Code))
	if !known {
		return casework.NotFound.Because("there is no balai %s in the federation", x.matter.Code)
	}
	x.standing = member.Standing
	switch {
	case act == ledger.Activate && member.Pending == nil:
		return casework.Conflict.Because("%s has not asked to join", x.matter.Code)
	case act == ledger.Activate:
		x.foundation = member.Pending
		x.body = &ledger.ActivateBody{Entry: *member.Pending}
		return nil
	case member.Docket.IsZero() || member.Standing.Out():
		return casework.Conflict.Because("%s is %s", x.matter.Code, member.Standing)
	case act == ledger.Revoke && soleVoter(v, member):
		return casework.Conflict.Because("this balai is the only voter: the ledger would end with it")
	case act == ledger.Suspend:
		x.need = min(2, x.need)
	}
	x.body = &ledger.VerdictBody{}
	return nil
}

func soleVoter(v ledger.View, m ledger.Member) bool { return m.Voter && len(votersOf(v)) == 1 }

// withTerms judges what says more than whom it is about. What the council
// leaves as it is need not be said.
func (x *motion) withTerms(v ledger.View, realm ledger.Realm, act ledger.Act, heard map[ledger.NodeID]bool, now ledger.Time) (s ledger.Subject, err error) {
	if x.matter.Terms == nil {
		return s, casework.Faulty(casework.Fault{Field: "terms", Words: "are missing"})
	}
	t := *x.matter.Terms
	if act == ledger.Council {
		fillCouncil(&t, realm)
	}
	if s, x.body, err = termsOf(act, x.matter.Code, t); err != nil {
		return s, err
	}
	x.matter.Terms = &t
	switch act {
	case ledger.Seat:
		return s, seatable(v, t.Voters, heard)
	case ledger.Succeed:
		return s, succeedable(v, ledger.NodeID(x.matter.Code), ledger.NodeID(t.Successor))
	case ledger.Switch:
		return s, switchable(realm, t.Version)
	case ledger.Reassign:
		return s, reassignable(v, realm, s, ledger.NodeID(t.To), now)
	}
	return s, nil
}

func fillCouncil(t *api.MotionTerms, realm ledger.Realm) {
	if len(t.Officers) == 0 {
		for _, o := range realm.Officers {
			t.Officers = append(t.Officers, hex.EncodeToString(o))
		}
	}
	if t.K == 0 {
		t.K = int(realm.K)
	}
	if t.Seats == 0 {
		t.Seats = int(realm.Seats)
	}
	t.Daily = realm.Daily
}

// seatable refuses voters that cannot decide anything: with them the ledger
// would stand still, and only a recovery would get it going again.
func seatable(v ledger.View, voters []casework.BalaiCode, heard map[ledger.NodeID]bool) error {
	there := 0
	for _, code := range voters {
		m, known := v.Member(ledger.NodeID(code))
		if !known || m.Standing != ledger.Active {
			return casework.Faulty(casework.Fault{Field: "voters", Words: "names a balai that is no active member"})
		}
		if heard[m.Code] {
			there++
		}
	}
	if 2*there <= len(voters) {
		return casework.Conflict.Because("of these %d voters only %d are heard now: the ledger would stand still", len(voters), there)
	}
	return nil
}

func succeedable(v ledger.View, code, heir ledger.NodeID) error {
	m, known := v.Member(code)
	switch {
	case !known || m.Standing != ledger.Active:
		return casework.Conflict.Because("%s is no active member", code)
	case soleVoter(v, m):
		return casework.Conflict.Because("this balai is the only voter: the ledger would end with it")
	}
	if m, known := v.Member(heir); !known || m.Standing != ledger.Active {
		return casework.Faulty(casework.Fault{Field: "successor", Words: "is no active member"})
	}
	return nil
}

func switchable(realm ledger.Realm, version int) error {
	switch {
	case version <= int(realm.Version):
		return casework.Conflict.Because("version %d is in force already; it never goes back", realm.Version)
	case version > int(ledger.Version):
		return casework.Conflict.Because("this program knows versions up to %d: upgrade it first", ledger.Version)
	}
	return nil
}

func reassignable(v ledger.View, realm ledger.Realm, s ledger.Subject, to ledger.NodeID, now ledger.Time) error {
	gone := ledger.NodeID("")
	if s.Kind == ledger.OfHandoff {
		h, known := v.Handoff(s.ID())
		switch {
		case !known:
			return casework.NotFound.Because("the ledger does not know this handoff")
		case realm.Version < ledger.Least(ledger.Reassign, ledger.OfHandoff):
			return refusal(ledger.NotInForce)
		case h.Kind != ledger.Referral || h.Stage != ledger.Accepted && h.Stage != ledger.InService && h.Stage != ledger.OnHold:
			return casework.Conflict.Because("only a service referral that was accepted and has no outcome ends this way")
		case to != h.From:
			return casework.Faulty(casework.Fault{Field: "to", Words: "must be the sender: the case never left it"})
		}
		gone = h.To
	} else {
		c, known := v.Custody(s.ID())
		if !known {
			return casework.NotFound.Because("the ledger does not know this case")
		}
		if c.Owner == to {
			return casework.Faulty(casework.Fault{Field: "to", Words: "has the case already"})
		}
		gone = c.Owner
	}
	if m, known := v.Member(to); !known || m.Standing != ledger.Active {
		return casework.Faulty(casework.Fault{Field: "to", Words: "is no active member"})
	}
	if now < v.Heard(gone).Add(ledger.Lease) {
		return casework.Conflict.Because("%s was heard on %s; officers may decide 15 days after that", gone, v.Heard(gone).Time().Format("2006-01-02"))
	}
	return nil
}

func (m membership) Motion(_ context.Context, matter api.Matter) (api.Motion, error) {
	x, err := m.motion(matter)
	if err != nil {
		return api.Motion{}, err
	}
	out := api.Motion{
		Act: x.Act.String(), Code: matter.Code, Content: x.Content.String(), Hash: x.Hash().String(), Bytes: x.Bytes(), Have: len(x.have), Need: x.need,
		Terms: x.matter.Terms, Effect: x.effect,
	}
	if x.foundation != nil {
		out.Content = Fingerprint(*x.foundation)
	}
	return out, nil
}

// Sign takes one officer's signature to the ledger, and carries the motion out
// once there are enough.
func (m membership) Sign(ctx context.Context, by casework.Actor, matter api.Matter, s api.Signature) (api.Decision, error) {
	x, err := m.motion(matter)
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
		Act: ledger.Approve, Subject: x.Subject, Body: &ledger.ApproveBody{Motion: x.Motion, Approval: a},
	})
	if err != nil {
		return api.Decision{}, err
	}
	switch res.Refused {
	case ledger.NotRefused, ledger.NotNow: // not now: this officer has signed it before
	case ledger.TooFewOfficers:
		return api.Decision{}, casework.Faulty(casework.Fault{Field: "signature", Words: "is not that of an officer of this federation on this motion"})
	default:
		return api.Decision{}, refusal(res.Refused)
	}
	return m.carryOut(ctx, x)
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
func (m membership) carryOut(ctx context.Context, was motion) (api.Decision, error) {
	x, err := m.motion(was.matter)
	if err != nil || x.Motion != was.Motion { // another node was quicker
		return m.decision(was, true)
	}
	if len(x.have) < x.need {
		return m.decision(x, false)
	}
	ledger.Approved(x.body, x.have)
	res, err := m.n.propose(ctx, ledger.Command{Act: x.Act, Subject: x.Subject, Body: x.body})
	if err != nil {
		return api.Decision{}, err
	}
	if res.Refused != ledger.NotRefused && res.Refused != ledger.MovedOn {
		return api.Decision{}, refusal(res.Refused)
	}
	return m.decision(x, true)
}

func (m membership) decision(x motion, done bool) (api.Decision, error) {
	code := x.matter.Code
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
