package ledger

import "encoding/binary"

// A Cluster is the group of voters that a recovery began. Nodes of the group
// before it have no part in it until they come back as new incarnations.
type Cluster struct {
	ID    Hash   // of the command that began it
	Event uint64 // number of that event
	Base  uint64 // last event that the officers saw when they began it
}

// Cluster returns the group of voters that the last recovery began. It reports
// false if there never was one: the founders' group still goes on.
func (v View) Cluster() (Cluster, bool) {
	b := v.r.Get(clusterRow)
	if len(b) != 48 {
		return Cluster{}, false
	}
	return Cluster{ID: Hash(b[:32]), Event: binary.BigEndian.Uint64(b[32:]), Base: binary.BigEndian.Uint64(b[40:])}, true
}

// recover begins a new group of voters with one survivor, after most voters
// were lost. Every other incarnation is over by it: a node that was thought
// lost, and a group that was only cut off, can neither vote nor be led again
// before it returns under a new raft id.
//
// Base is what the officers saw when they signed. It is no condition, so that
// who was only told about members can follow the members through a recovery.
func (x *turn) recover() (Outcome, Reason) {
	b := x.cmd.Body.(*RecoverBody)
	switch {
	case x.cmd.Subject != Federation() || b.Survivor != x.cmd.Actor:
		return Outcome{}, BadTerms
	case !x.decided(int(x.realm.K), b.Approvals):
		return Outcome{}, TooFewOfficers
	}
	x.forget(x.motion())
	for _, m := range x.Members() {
		if m.Voter = m.Code == b.Survivor; !m.Voter {
			m.Raft = RaftID{}
		}
		x.putMember(m)
	}
	x.realm.Head, x.realm.SeatHead, x.realm.SeatDocket, x.realm.Seated = x.hash, x.hash, x.hash, x.now
	x.putRealm(x.realm)
	x.kv.Put(clusterRow, append(append(x.hash[:], be(x.n)...), be(b.Base)...))
	return Outcome{Head: x.hash}, NotRefused
}
