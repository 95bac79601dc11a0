package node

import (
	"context"

	"serasi/node/casework"
	"serasi/node/handoff"
)

// lettered is the handoff desk as people use it: an act that goes by letter
// leaves the draft of that letter behind. The act itself never waits for it.
type lettered struct {
	*handoff.Desk
	n *Node
}

// draft writes the letter of an act that was done. That it could not be written
// undoes nothing: the page of letters writes it on demand.
func (l lettered) draft(ctx context.Context, by casework.Actor, act string, said casework.Said, ids ...casework.HandoffID) {
	for _, id := range ids {
		if _, _, err := l.n.letters.ForHandoff(ctx, by, id, act, said); err != nil {
			l.n.log.Warn("the draft of a letter could not be written", "handoff", id, "act", act, "err", err)
		}
	}
}

// Offer is handoff.Desk.Offer, with its letters.
func (l lettered) Offer(ctx context.Context, by casework.Actor, o casework.NewOffer) ([]casework.Handoff, error) {
	made, err := l.Desk.Offer(ctx, by, o)
	for _, h := range made {
		l.draft(ctx, by, "offer", casework.Said{}, h.ID)
	}
	return made, err
}

// Act is handoff.Desk.Act, with its letter.
func (l lettered) Act(ctx context.Context, by casework.Actor, id casework.HandoffID, act string, said casework.Said) (casework.Handoff, error) {
	h, err := l.Desk.Act(ctx, by, id, act, said)
	if err == nil {
		l.draft(ctx, by, act, said, id)
	}
	return h, err
}

// SendOn is handoff.Desk.SendOn, with its letter.
func (l lettered) SendOn(ctx context.Context, by casework.Actor, id casework.HandoffID, in casework.NewOnward) (casework.Handoff, error) {
	h, err := l.Desk.SendOn(ctx, by, id, in)
	if err == nil {
		l.draft(ctx, by, "offer", casework.Said{}, h.ID)
	}
	return h, err
}

// SignPrepared is handoff.Desk.SignPrepared, with its letters.
func (l lettered) SignPrepared(ctx context.Context, by casework.Actor, id string, version uint64) (casework.Prepared, error) {
	p, err := l.Desk.SignPrepared(ctx, by, id, version)
	if err != nil {
		return p, err
	}
	act := "offer"
	if p.What.Offer == nil {
		act = p.What.Act
	}
	l.draft(ctx, by, act, p.What.Said, p.Sent...)
	return p, nil
}
