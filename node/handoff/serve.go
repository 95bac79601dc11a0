package handoff

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// OpenPacket returns a sealed part of a handoff for the balai at its other end,
// and for nobody else: the packet, for the destination of a transfer that was
// accepted, or with the suffix 02 the addenda, once the transfer has ended. The
// caller is the one whose key the connection proved.
//
// The size and the SHA-256 are those of the sealed bytes. The error is NotFound
// for all who may not have it, so that a guess learns nothing, and Unavailable
// if it may be had later.
func (d *Desk) OpenPacket(ctx context.Context, caller casework.BalaiCode, name string) (content io.ReadSeekCloser, size int64, digest [32]byte, err error) {
	ready, err := d.readyPart(ctx, caller, name)
	if err != nil {
		return nil, 0, digest, err
	}
	if content, err = d.cfg.Files.Packet(ready.Name); err != nil {
		return nil, 0, digest, fmt.Errorf("open a sealed packet: %w", err)
	}
	return content, ready.Size, ready.Digest, nil
}

func (d *Desk) readyPart(ctx context.Context, caller casework.BalaiCode, name string) (sealedFile, error) {
	id, addenda := name, false
	if len(name) > 2*len(ledger.ID{}) {
		id, addenda = strings.CutSuffix(name, addendaSuffix)
	}
	hid, err := ledger.ParseID(id)
	if err != nil {
		return sealedFile{}, errNoPacket
	}
	part := partPacket
	if addenda {
		part = partAddenda
	}
	key, err := d.mayFetch(caller, hid, part)
	if err != nil {
		return sealedFile{}, err
	}
	rec, err := d.recordNow(casework.HandoffID(id))
	if err != nil {
		return sealedFile{}, err
	}
	if part == partPacket && !rec.ended() {
		err := d.cfg.Store.View(func(tx casework.Tx) error { return d.mayShare(tx, rec.Basis, rec.Case, rec.To) })
		if errors.Is(err, casework.Invalid) {
			return sealedFile{}, casework.Unavailable.Because("the consent to send this file was withdrawn")
		}
		if err != nil {
			return sealedFile{}, err
		}
	}
	if ready, ok := rec.Ready[part]; ok && ready.Key == key.id(rec, part).String() {
		if content, err := d.cfg.Files.Packet(ready.Name); err == nil {
			return ready, content.Close()
		}
	}
	return d.sealPart(ctx, rec, part, key)
}

var errNoPacket = casework.NotFound.Because("there is no such packet for this balai")

// recipient is the other end as the ledger has it now.
type recipient struct {
	seal []byte
	raft ledger.RaftID
}

// public is the key to seal a part to: for the packet the one that the offer
// names, unless the other end has come back as a new incarnation since and has
// lost it. Addenda are sealed to the key in force.
func (r recipient) public(rec record, part string) []byte {
	if part == partPacket && rec.PeerRaft == r.raft && len(rec.SealedTo) > 0 {
		return rec.SealedTo
	}
	return r.seal
}

func (r recipient) id(rec record, part string) ledger.KeyID {
	return ledger.KeyIDOf(r.public(rec, part))
}

// mayFetch decides by the ledger who gets what.
func (d *Desk) mayFetch(caller casework.BalaiCode, id ledger.ID, part string) (r recipient, err error) {
	var h ledger.Handoff
	var known bool
	err = d.cfg.Ledger.View(func(v ledger.View) error {
		h, known = v.Handoff(id)
		m, _ := v.Member(ledger.NodeID(caller))
		r = recipient{seal: m.Seal, raft: m.Raft}
		known = known && m.Standing == ledger.Active
		return nil
	})
	if err != nil {
		return r, fmt.Errorf("read the ledger: %w", err)
	}
	self, other := ledger.NodeID(d.cfg.Self), ledger.NodeID(caller)
	ok := false
	switch h.Stage {
	case ledger.Accepted, ledger.Departed, ledger.Cancelling:
		ok = part == partPacket && h.From == self && h.To == other
	case ledger.Received:
		ok = h.From == self && h.To == other
	case ledger.Cancelled, ledger.Lapsed:
		ok = part == partAddenda && h.To == self && h.From == other
	}
	if !known || !ok || h.Kind != ledger.Transfer {
		return r, errNoPacket
	}
	return r, nil
}

// sealPart seals a part for the other end and keeps it, so that a fetch that was
// cut off goes on with the same bytes.
func (d *Desk) sealPart(ctx context.Context, rec record, part string, to recipient) (sealedFile, error) {
	file := "out-" + string(rec.ID) + "-" + part
	if !d.startSealing(file) {
		return sealedFile{}, casework.Unavailable.Because("the packet is being sealed; ask again")
	}
	defer d.stopSealing(file)
	write, err := d.plainPart(rec, part)
	if err != nil {
		return sealedFile{}, err
	}
	public := to.public(rec, part)
	at := place{Federation: d.cfg.Federation, Handoff: rec.id(), From: ledger.NodeID(d.cfg.Self), To: ledger.NodeID(rec.other()), Part: part}
	plain, plainW := io.Pipe()
	sealed, sealedW := io.Pipe()
	done := make(chan struct{}, 2)
	go func() { plainW.CloseWithError(write(plainW)); done <- struct{}{} }()
	go func() {
		err := sealTo(sealedW, plain, public, at)
		plain.CloseWithError(io.ErrClosedPipe) // lets the writer go if sealing failed
		sealedW.CloseWithError(err)
		done <- struct{}{}
	}()
	size, digest, err := d.cfg.Files.PutPacket(ctx, file, sealed)
	sealed.CloseWithError(io.ErrClosedPipe)
	<-done
	<-done
	if err != nil {
		return sealedFile{}, fmt.Errorf("seal the %s of handoff %s: %w", part, rec.ID, err)
	}
	ready := sealedFile{Name: file, Size: size, Key: ledger.KeyIDOf(public).String()}
	if n, err := hex.Decode(ready.Digest[:], []byte(digest)); err != nil || n != len(ready.Digest) {
		return sealedFile{}, fmt.Errorf("seal the %s of handoff %s: %q is no digest", part, rec.ID, digest)
	}
	return d.keepReady(ctx, rec.ID, part, ready)
}

func (d *Desk) startSealing(file string) bool {
	d.sealMu.Lock()
	defer d.sealMu.Unlock()
	if d.sealing[file] {
		return false
	}
	d.sealing[file] = true
	return true
}

func (d *Desk) stopSealing(file string) {
	d.sealMu.Lock()
	defer d.sealMu.Unlock()
	delete(d.sealing, file)
}

func (d *Desk) keepReady(ctx context.Context, id casework.HandoffID, part string, ready sealedFile) (sealedFile, error) {
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		rec, err := needRecord(tx, id)
		if err != nil {
			return err
		}
		if rec.Ready == nil {
			rec.Ready = map[string]sealedFile{}
		}
		rec.Ready[part] = ready
		x := deed{by: casework.Actor{Via: "node"}, act: "send file", what: part, handoff: id, on: rec.Case}
		return errors.Join(d.record(tx, x, "done"), putRecord(tx, rec))
	})
	return ready, err
}

// plainPart returns what writes a part in plain.
func (d *Desk) plainPart(rec record, part string) (func(io.Writer) error, error) {
	if part == partAddenda {
		return d.plainAddenda(rec)
	}
	if rec.Packed == nil {
		return nil, casework.Unavailable.Because("the packet of this handoff is not here any more")
	}
	return func(w io.Writer) error {
		blob, err := d.cfg.Files.OpenBlob(string(rec.Case), rec.Packed.Blob)
		if err != nil {
			return fmt.Errorf("open the packet of handoff %s: %w", rec.ID, err)
		}
		_, err = io.Copy(w, blob)
		return errors.Join(err, blob.Close())
	}, nil
}

// plainAddenda writes what was added here while the transfer was under way. It
// is complete only once this node, too, has seen the transfer end.
func (d *Desk) plainAddenda(rec record) (func(io.Writer) error, error) {
	if !rec.ended() {
		return nil, casework.Unavailable.Because("this node has not seen the transfer end yet; ask again")
	}
	a := casework.Addenda{Handoff: rec.ID}
	if rec.Case != "" {
		err := d.cfg.Store.View(func(tx casework.Tx) (err error) {
			a, err = d.cfg.Cases.Addenda(tx, rec.Case, rec.ID)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	docs := a.Documents
	a.Documents = withoutBlobs(docs)
	return func(w io.Writer) error { return writePacket(w, addendaLine, a, docs, d.openDoc(rec.Case)) }, nil
}
