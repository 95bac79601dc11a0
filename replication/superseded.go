package replication

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"serasi/replication/ledger"
)

// After a recovery there may be two groups of one federation: the one that the
// officers began, and what is left of the one before, which perhaps was only cut
// off. They do not speak raft with each other, and whoever is of the old one
// stops as soon as a member shows the command that the officers signed.

// ErrSuperseded means that the federation was recovered without this node. What
// it last knew may not be what the federation knows now: a person brings it back
// as a new incarnation.
var ErrSuperseded = errors.New("replication: the federation was recovered without this node; it returns by: serasi rejoin")

// group is what two nodes must have in common to speak raft. A node whose
// ledger is still empty can be of any.
func (l *Log) group() (tag ledger.Hash, known bool) {
	r := l.book.roster.Load()
	cluster := r.cluster.ID
	if later := l.hints.Load(); later != nil && later.event > r.event && later.members[l.conf.Self].Raft == l.conf.Raft {
		cluster = later.cluster.ID // this incarnation came after the recovery
	}
	if cluster.IsZero() {
		return l.conf.Federation, r.founded
	}
	return sha256.Sum256(append(l.conf.Federation[:], cluster[:]...)), true
}

// fits judges what a peer says of itself. A peer of another group makes this
// node ask what happened.
func (l *Log) fits(peer string, p preamble) verdict {
	if tag, known := l.group(); known && p.federation != tag {
		l.parted()
		return foreign
	}
	return l.book.admit(peer, p)
}

// parted asks every member, and not just the first that answers, whether there
// is another group now.
func (l *Log) parted() {
	l.doubt.Store(true)
	l.learn()
}

// passedOver ends this incarnation if the members, as a lesson has them, were
// recovered without it.
func (l *Log) passedOver(later *roster) {
	now := l.book.roster.Load()
	if later.cluster.ID.IsZero() || later.cluster.ID == now.cluster.ID ||
		now.members[l.conf.Self].Raft != l.conf.Raft || later.members[l.conf.Self].Raft == l.conf.Raft {
		return
	}
	if err := os.WriteFile(l.supersededPath(), fmt.Appendf(nil, "%d %s\n", later.cluster.Base, later.cluster.ID), 0o600); err != nil {
		l.log.Warn("noting that the federation was recovered", "err", err)
	}
	l.outcast(ErrSuperseded.Error())
}

func (l *Log) supersededPath() string { return filepath.Join(l.conf.Dir, "superseded") }

// refuseOld keeps a node stopped that was passed over before it was restarted.
func (l *Log) refuseOld() error {
	_, yes, err := Superseded(l.conf.Dir)
	if yes && l.book.roster.Load().members[l.conf.Self].Raft == l.conf.Raft {
		l.outcast(ErrSuperseded.Error())
	}
	return err
}

// Superseded reports whether the node in dir has seen proof that the federation
// was recovered without it, and the last event that it has in common with the
// new group at most.
func Superseded(dir string) (base uint64, yes bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir, "superseded"))
	if errors.Is(err, os.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	at, err := parseWitness(string(b))
	return at.event, err == nil, err
}
