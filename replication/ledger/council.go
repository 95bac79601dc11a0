package ledger

import (
	"slices"
)

// seat changes who votes. Without officers a voter may let the group grow to
// its seats, or exchange one voter, no more than once in SeatCooldown.
func (x *turn) seat() (Outcome, Reason) {
	b := x.cmd.Body.(*SeatBody)
	if x.cmd.Subject != Federation() || len(b.Voters)%2 == 0 {
		return Outcome{}, BadTerms
	}
	old := x.voters()
	for _, code := range b.Voters {
		m, ok := x.Member(code)
		if !ok || m.Standing != Active && !(m.Standing == Suspended && slices.Contains(old, code)) {
			return Outcome{}, PeerNotActive
		}
	}
	if len(b.Approvals) > 0 {
		if !x.decided(int(x.realm.K), b.Approvals) {
			return Outcome{}, TooFewOfficers
		}
		x.forget(x.motion())
		x.realm.SeatDocket = x.hash
	} else if why := x.seatByRule(old, b.Voters); why != NotRefused {
		return Outcome{}, why
	}
	for _, m := range x.Members() {
		if votes := slices.Contains(b.Voters, m.Code); votes != m.Voter {
			m.Voter = votes
			x.putMember(m)
		}
	}
	x.realm.SeatHead, x.realm.Seated = x.hash, x.now
	x.putRealm(x.realm)
	return Outcome{Head: x.hash}, NotRefused
}

func (x *turn) seatByRule(old, next []NodeID) Reason {
	gone := 0
	for _, code := range old {
		if !slices.Contains(next, code) {
			gone++
		}
	}
	switch {
	case !x.actor.Voter:
		return NotYours
	case len(next) > int(x.realm.Seats):
		return BadTerms
	case gone == 0 && len(next) > len(old):
		return NotRefused
	case gone != 1 || len(next) != len(old):
		return BadTerms
	case x.now < x.realm.Seated.Add(SeatCooldown):
		return TooSoon
	}
	return NotRefused
}

func (v View) voters() (codes []NodeID) {
	for _, m := range v.Members() {
		if m.Voter {
			codes = append(codes, m.Code)
		}
	}
	return codes
}

func (x *turn) council() (Outcome, Reason) {
	b := x.cmd.Body.(*CouncilBody)
	if x.cmd.Subject != Federation() {
		return Outcome{}, BadTerms
	}
	for _, pub := range b.Officers {
		if x.kv.Get(keyRow(pub)) != nil {
			return Outcome{}, BadTerms // a node's key: a rooted server would vote
		}
	}
	if !x.decided(int(x.realm.K), b.Approvals) {
		return Outcome{}, TooFewOfficers
	}
	x.forget(x.motion())
	x.takeOfficers(b.Officers)
	x.realm.K, x.realm.Seats, x.realm.Daily, x.realm.Officers = b.K, b.Seats, b.Daily, b.Officers
	x.realm.Head, x.realm.SeatHead = x.hash, x.hash
	x.putRealm(x.realm)
	return Outcome{Head: x.hash}, NotRefused
}

func (x *turn) switchVersion() (Outcome, Reason) {
	b := x.cmd.Body.(*SwitchBody)
	if x.cmd.Subject != Federation() || b.Version <= x.realm.Version {
		return Outcome{}, BadTerms
	}
	if !x.decided(int(x.realm.K), b.Approvals) {
		return Outcome{}, TooFewOfficers
	}
	x.forget(x.motion())
	x.realm.Version, x.realm.Head = b.Version, x.hash
	x.putRealm(x.realm)
	return Outcome{Head: x.hash}, NotRefused
}

// tick lets time pass when nothing else does; what was due is closed by then.
func (x *turn) tick() (Outcome, Reason) {
	if x.cmd.Subject != Federation() {
		return Outcome{}, BadTerms
	}
	if !x.actor.Voter {
		return Outcome{}, NotYours
	}
	return Outcome{Head: x.realm.Head}, NotRefused
}
