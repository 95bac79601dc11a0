package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"serasi/node/casework"
	"serasi/node/handoff"
	"serasi/replication"
	"serasi/replication/ledger"
)

// A Return is what Rejoin does to a node, told before it is done.
type Return struct {
	Code        string     `json:"code"`
	Incarnation uint32     `json:"incarnation"`    // the one to come
	Superseded  bool       `json:"superseded"`     // the federation was recovered without this node
	Event       uint64     `json:"event"`          // the last event this node has
	Base        uint64     `json:"base,omitempty"` // the last that the recovered federation has in common with it, at most
	Lost        []Affected `json:"lost"`           // handoffs that went on after that, here and not in the federation
}

// PlanReturn looks at the node in cfg.Dir, which must not run, and changes
// nothing.
func PlanReturn(cfg Config) (r Return, err error) {
	if err := cfg.Check(); err != nil {
		return r, err
	}
	_, db, err := openStore(cfg, clock(cfg.Clock), slog.New(slog.DiscardHandler), func(error) {})
	if err != nil {
		return r, err
	}
	id, err := readIdentity(db)
	if err = errors.Join(err, db.Close()); err != nil {
		return r, err
	}
	if !id.Admitted {
		return r, casework.Conflict.Because("this node was never admitted: it waits for the officers")
	}
	r = Return{Code: string(id.Code), Incarnation: id.Incarnation + 1, Lost: []Affected{}}
	if r.Base, r.Superseded, err = replication.Superseded(cfg.Dir); err != nil {
		return r, err
	}
	err = replication.Peek(cfg.Dir, func(v ledger.View) error {
		r.Event, _, _ = v.Head()
		if r.Superseded && r.Event > r.Base {
			r.Lost = touchedSince(v, r.Base)
		}
		return nil
	})
	if err != nil && !r.Superseded { // a ledger that cannot be read is why it returns
		err = nil
	}
	return r, err
}

// touchedSince are the handoffs of the events after n.
func touchedSince(v ledger.View, n uint64) []Affected {
	seen, all := map[ledger.ID]bool{}, []Affected{}
	head, _, _ := v.Head()
	for _, e := range v.Since(n, int(head-n)) {
		if id := e.Subject.ID(); e.Subject.Kind == ledger.OfHandoff && !seen[id] {
			seen[id] = true
			if h, ok := v.Handoff(id); ok {
				all = append(all, affected(h))
			}
		}
	}
	return all
}

// Rejoin gives a node whose raft files are lost, rolled back or damaged, or
// that the federation was recovered without, a new incarnation. All its cases,
// its outbox and its keys stay. If it knows events that a recovery lost, it
// compares its cases with the ledger as after a restore, before it edits any
// that the ledger knows.
func Rejoin(ctx context.Context, cfg Config) (Made, error) {
	r, err := PlanReturn(cfg)
	if err != nil {
		return Made{}, err
	}
	known := acquaintances(cfg.Dir)
	if r.Superseded && r.Event > r.Base {
		if err := rewind(ctx, cfg, r.Base); err != nil {
			return Made{}, fmt.Errorf("go back to what the federation has: %w", err)
		}
	}
	return reincarnate(ctx, cfg, known)
}

// rewind is repeatable: the files of the old incarnation go after it.
func rewind(ctx context.Context, cfg Config, base uint64) error {
	var hash ledger.Hash
	err := replication.Peek(cfg.Dir, func(v ledger.View) error {
		hash, _ = v.HashAt(base)
		return nil
	})
	if err != nil {
		return err
	}
	_, db, err := openStore(cfg, clock(cfg.Clock), slog.New(slog.DiscardHandler), func(error) {})
	if err != nil {
		return err
	}
	err = db.Update(ctx, func(tx casework.Tx) error { return handoff.Rewind(tx, base, hash) })
	return errors.Join(err, db.Close(), replication.Forget(cfg.Dir))
}

// acquaintances are the members that a folder knows, whom its next incarnation
// can ask for the others.
func acquaintances(dir string) (all []introduced) {
	err := replication.Peek(dir, func(v ledger.View) error {
		all = introductions(v.Members())
		return nil
	})
	if err != nil {
		return nil // those it was introduced to have to do
	}
	return all
}

func introductions(members []ledger.Member) (all []introduced) {
	for _, m := range members {
		if p, known := peerOf(m); known && p.Active {
			all = append(all, introduced{Code: p.ID, Certs: p.Certs, Addr: p.Addr, Voter: p.Voter, Raft: p.RaftID})
		}
	}
	return all
}

// rememberMembers keeps beside the cases who the members are, so that a node
// that comes back from a backup finds somebody to ask.
func (n *Node) rememberMembers(ctx context.Context) error {
	b := n.current()
	if b == nil {
		return nil
	}
	members, err := n.membersNow(b)
	if err != nil || len(members) == 0 {
		return err
	}
	return n.db.Update(ctx, func(tx casework.Tx) error {
		var id identity
		if _, err := tx.Get(casework.Settings, casework.NodeOwner, identityID, &id); err != nil {
			return err
		}
		id.Introduced = introductions(members)
		return tx.Put(casework.Settings, casework.NodeOwner, identityID, id)
	})
}
