package ledger

// leave ends a membership by the member's own word. Whoever answers for a case
// or a handoff stays until it has handed it on; the last voter stays, because
// the ledger would end with it.
func (x *turn) leave() (Outcome, Reason) {
	m, ok := x.self()
	switch {
	case !ok:
		return Outcome{}, NotYours
	case m.Voter && len(x.voters()) == 1 || x.answersFor(m.Code):
		return Outcome{}, StillNeeded
	}
	x.unseat(&m)
	x.retireKeys(&m)
	m.Standing, m.Docket = Left, x.hash
	return x.changed(m)
}

// answersFor reports whether a balai is responsible for a case or is on either
// side of a handoff that is not over.
func (v View) answersFor(code NodeID) (yes bool) {
	v.Custodies(func(c Custody) bool {
		yes = c.Owner == code
		return !yes
	})
	if yes {
		return true
	}
	v.Handoffs(ID{}, func(h Handoff) bool {
		yes = !h.Stage.Ended() && (h.From == code || h.To == code)
		return !yes
	})
	return yes
}

// release ends a service referral that its destination accepted and will never
// report on, when officers say so and that balai is silent beyond its lease.
// The case stays where it always was, with the sender.
func (x *turn) release(b *ReassignBody) (Outcome, Reason) {
	h, known := x.Handoff(x.cmd.Subject.ID())
	switch {
	case !known:
		return Outcome{}, NoSuch
	case h.Kind != Referral || b.To != h.From:
		return Outcome{}, BadTerms
	case h.Stage != Accepted && h.Stage != InService && h.Stage != OnHold:
		return Outcome{}, NotNow
	case x.now < x.Heard(h.To).Add(Lease):
		return Outcome{}, LeaseNotOver
	case !x.decided(int(x.realm.K), b.Approvals):
		return Outcome{}, TooFewOfficers
	}
	x.forget(x.motion())
	h.Stage, h.Head, h.Last = Lapsed, x.hash, x.n
	h = x.end(h, x.now, false)
	x.putHandoff(h)
	return Outcome{Stage: h.Stage, Head: h.Head}, NotRefused
}
