package replication

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/raft"

	"serasi/replication/ledger"
)

// roster is who is a member with which keys, at one event. It never changes, so
// that guards may use it without a lock while the next entries are applied.
type roster struct {
	rows    map[string][]byte // hot rows only
	event   uint64
	realm   ledger.Realm
	founded bool
	members map[ledger.NodeID]ledger.Member
	cluster ledger.Cluster // the group a recovery began; zero for the founders'
	learned time.Time      // of hints: when
}

func newRoster(hot map[string][]byte, event uint64) *roster {
	r := &roster{rows: maps.Clone(hot), event: event, members: map[ledger.NodeID]ledger.Member{}}
	v := ledger.On(r)
	r.realm, r.founded = v.Realm()
	r.cluster, _ = v.Cluster()
	for _, m := range v.Members() {
		r.members[m.Code] = m
	}
	return r
}

// Get and Scan make a roster a ledger.Reader that holds the hot rows.
func (r *roster) Get(key []byte) []byte { return r.rows[string(key)] }

func (r *roster) Scan(prefix, from []byte, f func(k, v []byte) bool) {
	var keys []string
	for k := range r.rows {
		if strings.HasPrefix(k, string(prefix)) && k >= string(from) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		if !f([]byte(k), r.rows[k]) {
			return
		}
	}
}

// barred reports whether the ledger has turned a balai away for now or for ever.
func (r *roster) barred(code ledger.NodeID) bool {
	m, known := r.members[code]
	return known && (m.Standing.Out() || m.Standing == ledger.Suspended)
}

// belongs reports whether m should be in the raft group, voting or not. Who was
// there before a recovery has no raft id until it comes back.
func belongs(m ledger.Member) bool {
	if m.Raft == (ledger.RaftID{}) {
		return false
	}
	return m.Standing == ledger.Active || m.Standing == ledger.Suspended || m.Standing == ledger.Merged
}

// codes are those of all who were ever invited, in order.
func (r *roster) codes() []ledger.NodeID { return slices.Sorted(maps.Keys(r.members)) }

// voters are the codes of all who vote by the ledger, in order.
func (r *roster) voters() (codes []ledger.NodeID) {
	for code, m := range r.members {
		if m.Voter {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return codes
}

// serverID is how raft names an incarnation.
func serverID(id ledger.RaftID) raft.ServerID { return raft.ServerID(id.String()) }

// server is how the raft group names a member; its address is its code.
func server(m ledger.Member, s raft.ServerSuffrage) raft.Server {
	return raft.Server{ID: serverID(m.Raft), Address: raft.ServerAddress(m.Code), Suffrage: s}
}
