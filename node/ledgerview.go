package node

import (
	"context"

	"serasi/node/api"
	"serasi/node/casework"
	"serasi/replication/ledger"
)

// history is the ledger as the people's port shows it.
type history struct{ n *Node }

func (h history) Events(_ context.Context, from uint64, limit int) ([]api.Event, error) {
	b, err := h.n.bonded()
	if err != nil {
		return nil, err
	}
	var out []api.Event
	err = b.log.View(func(v ledger.View) error {
		for _, e := range v.Since(max(from, 1)-1, limit) {
			out = append(out, showEvent(v, e))
		}
		return nil
	})
	return out, err
}

func showEvent(v ledger.View, e ledger.Event) api.Event {
	x := api.Event{
		Index: e.N, Time: e.Time.Time(), Act: e.Act.String(), Actor: casework.BalaiCode(e.Actor), Stage: e.Outcome.Stage.String(),
		Epoch: e.Outcome.Epoch, Hash: e.Hash.String(),
	}
	switch e.Subject.Kind {
	case ledger.OfMember:
		x.Kind, x.Subject = "member", e.Subject.Name
	case ledger.OfHandoff:
		x.Kind, x.Subject = "handoff", e.Subject.String()
		if hf, ok := v.Handoff(e.Subject.ID()); ok {
			x.From, x.To = casework.BalaiCode(hf.From), casework.BalaiCode(hf.To)
			if !hf.Case.IsZero() {
				x.Handle = hf.Case.String()
			}
		}
	case ledger.OfCase:
		x.Kind, x.Subject, x.Handle = "case", e.Subject.String(), e.Subject.String()
		x.To = casework.BalaiCode(e.Outcome.Owner)
	default:
		x.Kind = "federation"
	}
	if !e.Derived() {
		if c, err := e.Command(); err == nil {
			x.Command = c.ID.String()
		}
	}
	return x
}

func (h history) Head(context.Context) (api.Head, error) {
	head := api.Head{Federation: h.n.id.Federation.String()}
	b := h.n.current()
	if b == nil {
		return head, nil
	}
	err := b.log.View(func(v ledger.View) error {
		n, hash, t := v.Head()
		head.Index, head.Hash = n, hash.String()
		if t != 0 {
			head.Time = t.Time()
		}
		return nil
	})
	return head, err
}
