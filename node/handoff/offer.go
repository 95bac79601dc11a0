package handoff

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// Names of the parts that are sealed. They are bound to the text and never
// change.
const (
	partSummary = "summary"
	partPacket  = "packet"
	partAddenda = "addenda"
)

// Limits of what the other side wrote, in characters.
const (
	maxField   = casework.MaxValue
	maxKeyName = 40
	maxForm    = 30
)

// Offer puts the cases on offer, each under a handoff of its own, and returns
// the handoffs as they wait in the outbox. It works with every cable cut.
//
// The cases of a transfer are frozen until the ledger says how it ended. The
// error is Invalid if o or a consent is not in order, Conflict or Frozen if a
// case cannot be offered now, Forbidden if by may not, and then nothing has
// happened.
func (d *Desk) Offer(ctx context.Context, by casework.Actor, o casework.NewOffer) ([]casework.Handoff, error) {
	return d.offer(ctx, by, o, func(casework.Tx, []casework.Handoff) error { return nil })
}

// offer is Offer with more to write in its transaction.
func (d *Desk) offer(ctx context.Context, by casework.Actor, o casework.NewOffer, also func(casework.Tx, []casework.Handoff) error) ([]casework.Handoff, error) {
	o = o.WithDefaults()
	if err := errors.Join(casework.Faulty(o.Check(d.cfg.Self)...), d.writable()); err != nil {
		return nil, err
	}
	if err := d.knows(o.To); err != nil {
		return nil, err
	}
	group := ""
	if len(o.Cases) > 1 {
		group = d.cfg.NewID()
		if err := d.groundless(by, o); err != nil {
			return nil, d.denied(ctx, deed{by: by, act: casework.Offer, what: string(o.Kind), on: o.Cases[0]}, err)
		}
	}
	drafts := make([]draft, 0, len(o.Cases))
	for _, id := range o.Cases {
		dr, err := d.draft(ctx, by, o, id)
		if err != nil {
			d.dropDrafts(drafts)
			return nil, d.denied(ctx, deed{by: by, act: casework.Offer, what: string(o.Kind), on: id}, err)
		}
		dr.rec.Group = group
		drafts = append(drafts, dr)
	}
	d.cfg.Point("offer.packed")
	var ends []func(error)
	for _, dr := range drafts {
		ends = append(ends, d.cfg.Step(dr.rec.ID, ledger.Offer.String()))
	}
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		for i := range drafts {
			if err := d.queueOffer(tx, by, o, &drafts[i]); err != nil {
				return err
			}
		}
		return also(tx, made(drafts))
	})
	for _, end := range ends {
		end(err)
	}
	if err != nil {
		d.dropDrafts(drafts)
		return nil, d.denied(ctx, deed{by: by, act: casework.Offer, what: string(o.Kind), on: o.Cases[0]}, err)
	}
	d.cfg.Point("offer.queued")
	return made(drafts), nil
}

// made returns the handoffs of drafts as they wait in the outbox.
func made(drafts []draft) []casework.Handoff {
	out := make([]casework.Handoff, 0, len(drafts))
	for _, dr := range drafts {
		h := dr.rec.Handoff
		h.Summary, h.Pending = &dr.sum, ledger.Offer.String()
		out = append(out, h)
	}
	return out
}

// knows refuses a destination that the ledger has never heard of. One that is
// away or suspended is only waited for.
func (d *Desk) knows(to casework.BalaiCode) error {
	m, ok, err := d.member(to)
	if err != nil {
		return err
	}
	if !ok || m.Standing == ledger.Invited || m.Standing == ledger.Requested {
		return casework.Faulty(casework.Fault{Field: "to", Words: "is not a balai of this federation"})
	}
	if m.Standing.Out() || m.Standing == ledger.Merged {
		return casework.Faulty(casework.Fault{Field: "to", Words: "takes part no more; it was " + m.Standing.String()})
	}
	return nil
}

// draft is one handoff before it is in the outbox.
type draft struct {
	rec  record
	sum  casework.Summary
	mark casework.Mark
}

// draft packs one case. Nothing names the packet yet.
func (d *Desk) draft(ctx context.Context, by casework.Actor, o casework.NewOffer, id casework.CaseID) (dr draft, err error) {
	var b casework.Bundle
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		if err := d.check(tx, by, casework.Offer, id); err != nil {
			return err
		}
		var err error
		if b, err = d.cfg.Cases.Export(tx, id); err != nil {
			return err
		}
		if o.Kind == casework.Referral && b.Case.State != casework.Open || b.Case.State == casework.Closed {
			return casework.Conflict.Because("case %s is %s", b.Case.Number, b.Case.State)
		}
		return d.mayShare(tx, o.Ground(id).Basis, id, o.To)
	})
	if err != nil {
		return dr, err
	}
	now := d.now()
	dr.mark = b.Mark()
	dr.sum = b.Summary(now)
	dr.sum.Reason, dr.sum.Wanted, dr.sum.Given, dr.sum.Health = o.Reason, o.Wanted, o.Given, o.Health
	dr.sum.Journey, dr.sum.Contact, dr.sum.Basis = o.Journey, o.Contact, o.Ground(id).Basis
	if err := fits(dr.sum); err != nil {
		return dr, err
	}
	dr.rec = record{Handoff: casework.Handoff{
		ID: casework.HandoffID(d.cfg.NewID()), Kind: o.Kind, Box: casework.Out, From: d.cfg.Self, To: o.To, Case: id,
		Stage: stageQueued, Ticks: casework.Ticks{Queued: now}, Residential: o.Residential, Packet: packetNone, Created: now,
		Follows: o.Follows,
	}, Held: string(id), Salt: newSalt(), Basis: o.Ground(id).Basis}
	if o.Kind == casework.Referral {
		return dr, nil
	}
	dr.rec.Handle = b.Case.Handle
	p, err := d.pack(ctx, id, packetLine, travelling(b), b.Documents)
	if err != nil {
		return dr, err
	}
	dr.rec.Packed, dr.rec.Content, dr.rec.Packet, dr.sum.Bytes = &p, p.Digest, packetSealed, p.Size
	return dr, nil
}

func newSalt() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// mayShare asks for what the sending rests on (UU 27/2022 art. 20): a consent
// for this recipient, or another basis with its reason.
func (d *Desk) mayShare(tx casework.Tx, basis casework.Basis, id casework.CaseID, to casework.BalaiCode) error {
	if basis != casework.ByConsent {
		return nil
	}
	_, ok, err := d.cfg.Cases.ConsentFor(tx, id, to, d.now())
	if err == nil && !ok {
		err = casework.Faulty(casework.Fault{Field: "basis", Words: "there is no consent to share this case with " + string(to) + "; record one, or name another basis and why"})
	}
	return err
}

// groundless names every case of a collective offer that there is no basis to
// share, so that all of them can be seen to at once.
func (d *Desk) groundless(by casework.Actor, o casework.NewOffer) error {
	var faults []casework.Fault
	err := d.cfg.Store.View(func(tx casework.Tx) error {
		for _, id := range o.Cases {
			if err := d.check(tx, by, casework.Offer, id); err != nil {
				return err
			}
			err := d.mayShare(tx, o.Ground(id).Basis, id, o.To)
			if err != nil && !errors.Is(err, casework.Invalid) {
				return err
			}
			for _, f := range casework.Faults(err) {
				faults = append(faults, casework.Fault{Field: "grounds." + string(id) + ".basis", Words: f.Words})
			}
		}
		return nil
	})
	return errors.Join(err, casework.Faulty(faults...))
}

// dropDrafts removes packets that no row names. One that stays behind because
// this fails too is swept later.
func (d *Desk) dropDrafts(drafts []draft) {
	for _, dr := range drafts {
		if dr.rec.Packed == nil {
			continue
		}
		if err := d.cfg.Files.DropBlob(dr.rec.Packed.Blob); err != nil {
			d.cfg.Log.Warn("a packet that was not offered stays behind", "err", err)
		}
	}
}

// queueOffer writes all of one offer: freeze, handoff, parcel, outbox row, audit
// line.
func (d *Desk) queueOffer(tx casework.Tx, by casework.Actor, o casework.NewOffer, dr *draft) error {
	rec := &dr.rec
	if err := errors.Join(d.check(tx, by, casework.Offer, rec.Case), d.mayShare(tx, rec.Basis, rec.Case, o.To)); err != nil {
		return err
	}
	terms := &ledger.OfferBody{
		Kind: kindOf(o.Kind), To: ledger.NodeID(o.To), AnswerIn: uint32(o.AnswerIn.Seconds()), ArriveIn: uint32(o.ArriveIn.Seconds()),
		Residential: o.Residential, Content: rec.Content,
	}
	if rec.Group != "" {
		group, err := ledger.ParseID(rec.Group)
		if err != nil {
			return fmt.Errorf("group id: %w", err)
		}
		terms.Group = group
	}
	if o.Kind == casework.Transfer {
		if err := d.freeze(tx, by, dr, terms); err != nil {
			return err
		}
	} else if err := d.cfg.Cases.Link(tx, rec.Case, rec.ID); err != nil {
		return err
	}
	if err := follows(tx, *rec); err != nil {
		return err
	}
	alone := o.Alone(rec.Case) // what is said of one person is not kept with another
	row := outRow{Queued: casework.Queued{Handoff: rec.ID, Act: ledger.Offer.String(), To: o.To}, Handle: rec.Handle, Offer: terms, By: by.User}
	row.Staff = staff(rec.Salt, by.User)
	if err := errors.Join(putRecord(tx, *rec), putParcel(tx, *rec, parcel{Summary: &dr.sum, Terms: &alone}), d.enqueue(tx, &row)); err != nil {
		return err
	}
	x := deed{by: by, act: casework.Offer, what: string(o.Kind), handoff: rec.ID, on: rec.Case}
	if rec.Basis != casework.ByConsent {
		x.what += ", basis " + string(rec.Basis)
	}
	return d.record(tx, x, "done")
}

// freeze freezes the case as packed and notes the custody the offer rests on:
// of two offers of one case the ledger takes one.
func (d *Desk) freeze(tx casework.Tx, by casework.Actor, dr *draft, terms *ledger.OfferBody) error {
	rec := &dr.rec
	if _, err := d.cfg.Cases.Freeze(tx, by.User, rec.Case, dr.mark, rec.ID, rec.To); err != nil {
		return err
	}
	handle, err := ledger.ParseID(rec.Handle)
	if err != nil {
		return fmt.Errorf("handle of case %s: %w", rec.Case, err)
	}
	terms.Case, terms.SizeBucket = handle, bucketOf(rec.Packed.Size)
	return d.cfg.Ledger.View(func(v ledger.View) error {
		c, _ := v.Custody(handle)
		terms.CaseHead = c.Head
		return nil
	})
}

// openDoc opens the content of a document of a case here.
func (d *Desk) openDoc(owner casework.CaseID) func(casework.Document) (io.ReadCloser, error) {
	return func(doc casework.Document) (io.ReadCloser, error) {
		return d.cfg.Files.OpenBlob(string(owner), doc.Blob)
	}
}
