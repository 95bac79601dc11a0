package handoff

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// addendaSuffix makes the name of the addenda out of that of their handoff.
const addendaSuffix = "02"

// fetchAll brings what is missing of one handoff: the packet, then the addenda.
// It tells from whom.
func (d *Desk) fetchAll(ctx context.Context, id casework.HandoffID) (from casework.BalaiCode, err error) {
	rec, err := d.recordNow(id)
	if err != nil {
		return from, err
	}
	from = rec.other()
	if rec.wantsPacket() {
		end := d.cfg.Step(id, "fetch packet")
		err := d.fetchPacket(ctx, rec)
		if end(err); err != nil {
			return from, fmt.Errorf("packet: %w", err)
		}
		d.outbox.kick() // a receive may have waited for it
		if rec, err = d.recordNow(id); err != nil {
			return from, err
		}
	}
	if rec.Follow == followWanted {
		if err := d.fetchAddenda(ctx, rec); err != nil {
			return from, fmt.Errorf("addenda: %w", err)
		}
	}
	return from, nil
}

func (d *Desk) recordNow(id casework.HandoffID) (rec record, err error) {
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		rec, err = needRecord(tx, id)
		return err
	})
	return rec, err
}

// bring fetches a sealed part into a file and returns it open. It goes on where
// it stopped. A part that its source has sealed anew meanwhile does not fit what
// is here; Commit notices, and it comes again from the start.
func (d *Desk) bring(ctx context.Context, rec record, file, name string) (io.ReadCloser, error) {
	whole, err := d.cfg.Files.Packet(file)
	if err == nil || !errors.Is(err, casework.NotFound) {
		return whole, err
	}
	part, err := d.cfg.Files.Partial(file)
	if err != nil {
		return nil, err
	}
	w := &appender{to: part, tell: func(got, of int64) { d.progress(rec.ID, got, of) }}
	var digest [32]byte
	_, err = d.cfg.Peers.FetchPacket(ctx, rec.other(), name, part.Size(), w, func(size int64, sum [32]byte) error {
		w.of, digest = size, sum
		return nil
	})
	d.cfg.Point("fetch.received")
	if err != nil || part.Size() != w.of {
		err = errors.Join(err, part.Close())
		if errors.Is(err, casework.Invalid) { // what is here is longer than the part
			err = errors.Join(err, d.cfg.Files.DropPacket(file))
		}
		if err == nil {
			err = errors.New("it was cut off")
		}
		return nil, err
	}
	if err := part.Commit(hex.EncodeToString(digest[:])); err != nil {
		return nil, err
	}
	d.cfg.Point("fetch.committed")
	return d.cfg.Files.Packet(file)
}

// appender writes behind what is there.
type appender struct {
	to   Partial
	of   int64
	tell func(got, of int64)
}

func (a *appender) Write(p []byte) (int, error) {
	if err := a.to.Append(a.to.Size(), p); err != nil {
		return 0, err
	}
	a.tell(a.to.Size(), a.of)
	return len(p), nil
}

// fetchPacket brings the file of a case, checks it against what was offered, and
// adopts it.
func (d *Desk) fetchPacket(ctx context.Context, rec record) error {
	file := "in-" + string(rec.ID)
	sealed, err := d.bring(ctx, rec, file, string(rec.ID))
	if err != nil {
		return err
	}
	b, a, err := d.unpack(ctx, rec, sealed)
	if err = errors.Join(err, sealed.Close()); err != nil {
		if isBad(err) {
			d.cfg.Log.Error("a packet is not what was offered; it is fetched again", "handoff", rec.ID, "from", rec.From, "err", err)
			err = errors.Join(err, d.cfg.Files.DropPacket(file))
		}
		return err
	}
	d.cfg.Point("fetch.unpacked")
	err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error { return d.adopt(tx, rec.ID, b, a) })
	if err != nil {
		d.dropBlobs(a.Blobs)
		if settled(err) {
			return errors.Join(err, d.trouble(ctx, rec.ID, err))
		}
		return err
	}
	d.cfg.Point("fetch.adopted")
	return d.cfg.Files.DropPacket(file)
}

// isBad reports whether fetching the same bytes again may help, because these
// are wrong.
func isBad(err error) bool {
	return errors.Is(err, errSealed) || errors.Is(err, errPacket) || errors.Is(err, errContent)
}

var errContent = errors.New("handoff: the packet is not the one that was offered")

// trouble shows people why the file of a handoff cannot be taken in.
func (d *Desk) trouble(ctx context.Context, id casework.HandoffID, why error) error {
	return d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		rec, err := needRecord(tx, id)
		if err != nil {
			return err
		}
		rec.Trouble = inWords(why)
		return putRecord(tx, rec)
	})
}

// arrivesAs is the case here that a packet belongs to: one that comes back, or a
// new id that stays the same however often the packet is unpacked.
func (d *Desk) arrivesAs(ctx context.Context, rec record) (id casework.CaseID, err error) {
	err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		known, found, err := d.cfg.Cases.Place(tx, rec.Handle)
		if err != nil {
			return err
		}
		now, err := needRecord(tx, rec.ID)
		if err != nil {
			return err
		}
		switch {
		case found:
			id = known
			return nil
		case now.Arrives == "":
			now.Arrives = casework.CaseID(d.cfg.NewID())
			err = putRecord(tx, now)
		}
		id = now.Arrives
		return err
	})
	return id, err
}

// unpack opens a sealed packet, stores the contents of its documents, and
// returns its bundle, once all of it was checked against the ledger.
func (d *Desk) unpack(ctx context.Context, rec record, sealed io.Reader) (b casework.Bundle, a casework.Arrival, err error) {
	owner, err := d.arrivesAs(ctx, rec)
	if err != nil {
		return b, a, err
	}
	a = casework.Arrival{Case: owner, Handoff: rec.ID, From: rec.From, Epoch: rec.Epoch, Blobs: map[casework.DocumentID]string{}}
	plain, err := openSealed(sealed, d.keys(), d.placeOf(rec, partPacket))
	if err != nil {
		return b, a, err
	}
	sum := sha256.New()
	docs := func() ([]casework.Document, error) {
		if b.Balai != rec.From || b.Case.Handle != rec.Handle {
			return nil, errContent
		}
		return b.Documents, casework.Faulty(b.Check()...)
	}
	err = readPacket(io.TeeReader(plain, sum), packetLine, &b, docs, d.keeper(ctx, owner, a.Blobs))
	if err == nil && ledger.Hash(sum.Sum(nil)) != rec.Content {
		err = errContent
	}
	if err != nil {
		d.dropBlobs(a.Blobs)
	}
	return b, a, err
}

// placeOf is where a part that the other side sealed for us belongs.
func (d *Desk) placeOf(rec record, part string) place {
	return place{Federation: d.cfg.Federation, Handoff: rec.id(), From: ledger.NodeID(rec.other()), To: ledger.NodeID(d.cfg.Self), Part: part}
}

// keeper stores the contents of documents as blobs of a case.
func (d *Desk) keeper(ctx context.Context, owner casework.CaseID, blobs map[casework.DocumentID]string) func(casework.Document, io.Reader) error {
	return func(doc casework.Document, content io.Reader) error {
		if _, twice := blobs[doc.ID]; twice {
			return errPacket
		}
		name, _, _, err := d.cfg.Files.PutBlob(ctx, string(owner), content)
		if err == nil {
			blobs[doc.ID] = name
		}
		return err
	}
}

// dropBlobs removes contents that no row names. What stays because this fails is
// swept later.
func (d *Desk) dropBlobs(blobs map[casework.DocumentID]string) {
	for _, name := range blobs {
		if err := d.cfg.Files.DropBlob(name); err != nil {
			d.cfg.Log.Warn("content that is not needed stays behind", "err", err)
		}
	}
}

// adopt takes the case in. If the ledger says already that it was received
// (this node lost it and fetched it again), it is ours at once.
func (d *Desk) adopt(tx casework.Tx, id casework.HandoffID, b casework.Bundle, a casework.Arrival) error {
	rec, err := needRecord(tx, id)
	if err != nil {
		return err
	}
	if !rec.wantsPacket() {
		return casework.Conflict.Because("the transfer has ended meanwhile")
	}
	a.Epoch = rec.Epoch
	c, err := d.cfg.Cases.Adopt(tx, b, a)
	if err != nil {
		return err
	}
	rec.Case, rec.Packet, rec.Trouble = c.ID, packetHere, ""
	if rec.Stage == ledger.Received.String() {
		if _, err := d.cfg.Cases.TakeOver(tx, c.ID, id, rec.Epoch); err != nil {
			return err
		}
	}
	return putRecord(tx, rec)
}

// fetchAddenda brings what the other end wrote while the transfer was under way,
// and attaches it.
func (d *Desk) fetchAddenda(ctx context.Context, rec record) error {
	if rec.Case == "" || d.now().Sub(rec.Ended) > d.cfg.KeepSealed { // there are none, or the other end kept none
		return d.followed(ctx, rec.ID, nil, nil)
	}
	file := "in-" + string(rec.ID) + "-" + addendaSuffix
	sealed, err := d.bring(ctx, rec, file, string(rec.ID)+addendaSuffix)
	if err != nil {
		return err
	}
	var a casework.Addenda
	blobs := map[casework.DocumentID]string{}
	plain, err := openSealed(sealed, d.keys(), d.placeOf(rec, partAddenda))
	if err == nil {
		docs := func() ([]casework.Document, error) {
			if a.Handoff != rec.ID {
				return nil, errPacket
			}
			return a.Documents, casework.Faulty(a.Check()...)
		}
		err = readPacket(plain, addendaLine, &a, docs, d.keeper(ctx, rec.Case, blobs))
	}
	if err = errors.Join(err, sealed.Close()); err != nil {
		d.dropBlobs(blobs)
		return errors.Join(err, d.cfg.Files.DropPacket(file))
	}
	if err := d.followed(ctx, rec.ID, &a, blobs); err != nil {
		d.dropBlobs(blobs)
		return err
	}
	return d.cfg.Files.DropPacket(file)
}

// followed attaches the addenda, if there can be any, and notes that they are
// here.
func (d *Desk) followed(ctx context.Context, id casework.HandoffID, a *casework.Addenda, blobs map[casework.DocumentID]string) error {
	return d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		rec, err := needRecord(tx, id)
		if err != nil {
			return err
		}
		if a != nil && !a.Empty() {
			if err := d.cfg.Cases.Attach(tx, rec.Case, rec.other(), *a, blobs); err != nil {
				return err
			}
		}
		rec.Follow = followHere
		return putRecord(tx, rec)
	})
}
