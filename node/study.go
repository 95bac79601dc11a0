package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"serasi/replication"
	"serasi/replication/ledger"
)

// A node that was away, that is new, or that was restored does not know the
// members of today, and so cannot even talk to the leader that would tell it. It
// asks a member it does know for the commands about members, and tries them
// under all rules of the ledger, from the genesis whose hash is its federation.
// What comes out is as good as the ledger itself; the member that told it need
// not be believed.

// scholar holds what was learnt that way, in memory.
type scholar struct {
	mu    sync.Mutex // guards all below
	rows  shelf
	state *ledger.State
	upto  uint64 // event up to which a teacher told
}

func newScholar() *scholar {
	s := &scholar{rows: shelf{}}
	s.state = ledger.New(s.rows, nil)
	return s
}

// learn takes lessons from teach until there is nothing new. It ends early with
// an error if a lesson is not true.
func (s *scholar) learn(ctx context.Context, federation ledger.Hash, teach func(ctx context.Context, from uint64) ([]byte, error)) error {
	for {
		s.mu.Lock()
		from := s.upto
		s.mu.Unlock()
		b, err := teach(ctx, from)
		if err != nil {
			return err
		}
		upto, entries, err := replication.ReadLesson(b)
		if err != nil {
			return fmt.Errorf("read a lesson: %w", err)
		}
		if upto <= from {
			return nil
		}
		if err := s.absorb(federation, upto, entries); err != nil {
			return err
		}
	}
}

var errLesson = errors.New("a member told a history of members that is not true")

func (s *scholar) absorb(federation ledger.Hash, upto uint64, entries [][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range entries {
		if _, err := s.state.Apply(e); err != nil {
			return err
		}
		// Refusals stay possible here: what a command rests on outside the
		// members, such as who spoke last, is not in a lesson.
		if realm, ok := s.state.Realm(); !ok || realm.ID != federation {
			s.rows, s.upto = shelf{}, 0
			s.state = ledger.New(s.rows, nil)
			return errLesson
		}
	}
	s.upto = upto
	return nil
}

// view calls f with what was learnt, and with the event up to which that is.
func (s *scholar) view(f func(v ledger.View, upto uint64)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s.state.View, s.upto)
}

// shelf is a ledger in memory; it is small, because only members are in it.
type shelf map[string][]byte

func (s shelf) Get(k []byte) []byte { return s[string(k)] }
func (s shelf) Put(k, v []byte)     { s[string(k)] = append([]byte{}, v...) }
func (s shelf) Delete(k []byte)     { delete(s, string(k)) }

func (s shelf) Scan(prefix, from []byte, f func(k, v []byte) bool) {
	var keys []string
	for k := range s {
		if len(k) >= len(prefix) && k[:len(prefix)] == string(prefix) && k >= string(from) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		if !f([]byte(k), s[k]) {
			return
		}
	}
}

// studyLoop learns about members whenever a stranger knocks, because it may be a
// new leader, and at once on a node whose own ledger does not know it yet.
func (n *Node) studyLoop(b *bond) {
	again := time.NewTimer(0)
	defer again.Stop()
	for {
		select {
		case <-b.done.Done():
			return
		case <-b.port.Strangers():
		case <-again.C:
		}
		n.study(b)
		if err := n.trust(b); err != nil && b.done.Err() == nil {
			n.log.Error("the registry does not follow the ledger", "err", err)
		}
		wait := time.Minute
		if n.renewing.Load() || !n.knownHere(b) {
			wait = n.patience()
		}
		again.Reset(wait)
		select { // however often strangers knock
		case <-b.done.Done():
			return
		case <-time.After(n.patience()):
		}
	}
}

// patience is how long to wait before asking the same again.
func (n *Node) patience() time.Duration {
	if every := n.cfg.Tuning.GossipInterval; every > 0 {
		return every
	}
	return 5 * time.Second
}

// knownHere reports whether this node's own ledger lists it as it is now.
func (n *Node) knownHere(b *bond) (known bool) {
	err := b.log.View(func(v ledger.View) error {
		m, ok := v.Member(n.id.Code)
		known = ok && m.Raft == b.raft
		return nil
	})
	return known && err == nil
}

// study asks members it knows, one after the other, until one teaches.
func (n *Node) study(b *bond) {
	for _, p := range b.port.Registry().Peers() {
		if p.ID == string(n.id.Code) {
			continue
		}
		ctx, cancel := context.WithTimeout(b.done, 5*time.Second)
		err := b.scholar.learn(ctx, n.id.Federation, func(ctx context.Context, from uint64) ([]byte, error) {
			return forward{peers{n.clientOf(b)}}.Events(ctx, p.ID, from)
		})
		cancel()
		if err == nil {
			return
		}
		n.log.Info("a member could not tell about the others", "peer", p.ID, "err", err)
	}
}

// membersNow returns the members as the further of two sources has them: this
// node's ledger, and what it learnt.
func (n *Node) membersNow(b *bond) (members []ledger.Member, err error) {
	var own uint64
	err = b.log.View(func(v ledger.View) error {
		own, _, _ = v.Head()
		if self, ok := v.Member(n.id.Code); ok && len(self.Sign) > 0 {
			members = v.Members()
		}
		return nil
	})
	b.scholar.view(func(v ledger.View, upto uint64) {
		if upto > own {
			members = v.Members()
		}
	})
	return members, err
}
