package handoff

import (
	"context"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// Onward returns the offer that sends on somebody who was received here: back
// to where they came from, or to a third balai. Nothing is sent by it: it is the
// beginning of an Offer or of something prepared.
func (d *Desk) Onward(ctx context.Context, by casework.Actor, id casework.HandoffID, in casework.NewOnward) (o casework.NewOffer, err error) {
	if err := casework.Faulty(in.Check()...); err != nil {
		return o, err
	}
	x := deed{by: by, act: casework.PrepareOffer, what: "onward", handoff: id}
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		rec, err := needRecord(tx, id)
		if err != nil {
			return err
		}
		x.on = rec.Case
		if err := d.check(tx, by, casework.PrepareOffer, rec.Case); err != nil {
			return err
		}
		if rec.Box != casework.In || rec.Stage != ledger.Received.String() || rec.Case == "" {
			return casework.Conflict.Because("only somebody who was received here can be sent back or on")
		}
		if err := notSentOn(tx, rec); err != nil {
			return err
		}
		o = casework.NewOffer{
			Kind: casework.Transfer, Cases: []casework.CaseID{rec.Case}, To: in.To, Residential: rec.Residential, Follows: id,
			Reason: in.Reason + ": " + in.Text, Wanted: in.Wanted, Basis: in.Basis, BasisWhy: in.BasisWhy,
		}
		if o.To == "" {
			o.To = rec.From
		}
		if o.Wanted == "" {
			o.Wanted = "menerima kembali PM yang dirujuk"
		}
		return nil
	})
	if err != nil {
		return casework.NewOffer{}, d.denied(ctx, x, err)
	}
	return o.WithDefaults(), nil
}

// SendOn is Onward and Offer in one step.
func (d *Desk) SendOn(ctx context.Context, by casework.Actor, id casework.HandoffID, in casework.NewOnward) (casework.Handoff, error) {
	o, err := d.Onward(ctx, by, id, in)
	if err != nil {
		return casework.Handoff{}, err
	}
	made, err := d.Offer(ctx, by, o)
	if err != nil {
		return casework.Handoff{}, err
	}
	return made[0], nil
}

// notSentOn refuses a second journey while the first is under way.
func notSentOn(tx casework.Tx, rec record) error {
	if rec.Next == "" {
		return nil
	}
	next, found, err := loadRecord(tx, rec.Next)
	if err == nil && found && (!next.ended() || next.Stage == ledger.Received.String()) {
		err = casework.Conflict.Because("this person was sent on already")
	}
	return err
}

// follows ties a new handoff to the one it goes on from.
func follows(tx casework.Tx, rec record) error {
	if rec.Follows == "" {
		return nil
	}
	old, err := needRecord(tx, rec.Follows)
	if err != nil {
		return err
	}
	if old.Case != rec.Case || old.Box != casework.In || old.Stage != ledger.Received.String() {
		return casework.Conflict.Because("only somebody who was received here can be sent back or on")
	}
	if err := notSentOn(tx, old); err != nil {
		return err
	}
	old.Next = rec.ID
	return putRecord(tx, old)
}
