package node

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"slices"

	"serasi/federation/link"
	"serasi/federation/rpc"
	"serasi/node/access"
	"serasi/node/casework"
	"serasi/node/handoff"
	"serasi/node/store"
	"serasi/replication"
	"serasi/replication/ledger"
)

// Founding is the first node of a new federation.
type Founding struct {
	Code     string   // of the balai
	Zone     string   // WIB, WITA or WIT
	Officers [][]byte // public keys of the officers
	K        int      // officers who must sign
	Seats    int      // voters to grow to; 0 means 5
}

// Made is what Init or Join leave behind.
type Made struct {
	Code        string
	Federation  string // id, hex
	Fingerprint string // of what officers approve, to be read out on the telephone; joiners only
	FirstCode   string // one-time code that makes the first account
}

// Init makes the data folder of the first node of a new federation: its keys,
// the charter, the first lines of the ledger. The error is Conflict if the
// folder holds a node already.
func Init(ctx context.Context, cfg Config, f Founding) (Made, error) {
	if err := errors.Join(cfg.Check(), f.check()); err != nil {
		return Made{}, err
	}
	w, err := openWorkshop(ctx, cfg)
	if err != nil {
		return Made{}, err
	}
	made, err := w.found(ctx, f)
	return made, errors.Join(err, w.db.Close())
}

func (f *Founding) check() error {
	var faults []casework.Fault
	blame := func(bad bool, field, words string) {
		if bad {
			faults = append(faults, casework.Fault{Field: field, Words: words})
		}
	}
	if f.Seats == 0 {
		f.Seats = 5
	}
	blame(!ledger.NodeID(f.Code).Valid(), "code", "must be 3 to 8 capital letters and digits, a letter first")
	_, err := Zone(f.Zone)
	blame(err != nil, "zone", "must be WIB, WITA or WIT")
	blame(len(f.Officers) == 0, "officer", "name at least one officer key")
	blame(f.K < 1 || f.K > len(f.Officers), "k", "must be at least 1 and at most the number of officers")
	blame(f.Seats%2 == 0 || f.Seats < 1 || f.Seats > 7, "seats", "must be 1, 3, 5 or 7")
	for _, o := range f.Officers {
		blame(len(o) != ed25519.PublicKeySize, "officer", "is not the public key of an officer")
	}
	return casework.Faulty(faults...)
}

// workshop is a data folder while a node is made in it.
type workshop struct {
	cfg Config
	db  *store.DB
	now func() (seal []byte, err error)
}

// openWorkshop opens a folder that holds no node yet, or one whose making was
// cut short.
func openWorkshop(ctx context.Context, cfg Config) (*workshop, error) {
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	now := clock(cfg.Clock)
	_, db, err := openStore(cfg, now, log, func(error) {})
	if err != nil {
		return nil, err
	}
	id, err := readIdentity(db)
	if err == nil && (id.Admitted || id.Invitation != "") {
		return nil, errors.Join(casework.Conflict.Because("this folder holds the node of %s already", id.Code), db.Close())
	}
	if err != nil && !errors.Is(err, errNoIdentity) {
		return nil, errors.Join(err, db.Close())
	}
	return &workshop{cfg: cfg, db: db, now: func() ([]byte, error) { return handoff.NewSealKey(ctx, db, now()) }}, nil
}

func (w *workshop) found(ctx context.Context, f Founding) (Made, error) {
	id, err := newIdentity(ledger.NodeID(f.Code), f.Zone, w.advertised(), clock(w.cfg.Clock)().UTC())
	if err != nil {
		return Made{}, err
	}
	seal, err := w.now()
	if err != nil {
		return Made{}, err
	}
	own, err := id.founding(seal)
	if err != nil {
		return Made{}, err
	}
	officers := slices.Clone(f.Officers)
	slices.SortFunc(officers, bytes.Compare)
	charter := ledger.Charter{
		Minute: id.Created.Unix() / 60, K: uint8(f.K), Seats: uint8(f.Seats),
		Officers: slices.CompactFunc(officers, bytes.Equal), Founders: []ledger.Founding{own},
	}
	_, _ = rand.Read(charter.Nonce[:])
	id.Federation = charter.Federation()
	body := &ledger.GenesisBody{Core: charter.Encode()}
	body.Sigs = append(body.Sigs, [ed25519.SignatureSize]byte(ed25519.Sign(id.key(), ledger.CharterBytes(body.Core))))
	genesis, err := id.sign(ledger.Command{Act: ledger.Genesis, Subject: ledger.Federation(), Body: body})
	if err != nil {
		return Made{}, fmt.Errorf("sign the charter: %w", err)
	}
	n := &Node{cfg: w.cfg, id: id, clock: clock(w.cfg.Clock), log: slog.New(slog.DiscardHandler)}
	conf := n.replication(id, &bond{})
	conf.Network = unplugged{}
	if err := replication.Found(conf, genesis); err != nil {
		return Made{}, fmt.Errorf("begin the ledger: %w", err)
	}
	id.Admitted = true
	if err := writeIdentity(ctx, w.db, id); err != nil {
		return Made{}, err
	}
	return w.made(ctx, id, "")
}

// advertised is the address the node tells others.
func (w *workshop) advertised() string {
	if w.cfg.Advertise != "" {
		return w.cfg.Advertise
	}
	return w.cfg.Listen
}

func (w *workshop) made(ctx context.Context, id identity, fingerprint string) (Made, error) {
	accounts, err := access.New(access.Config{Store: w.db, Clock: clock(w.cfg.Clock), Cost: w.cfg.Tuning.Password})
	if err != nil {
		return Made{}, err
	}
	code, err := accounts.FirstCode(ctx)
	return Made{Code: string(id.Code), Federation: id.Federation.String(), Fingerprint: fingerprint, FirstCode: code}, err
}

// Join makes the data folder of a node that was invited, and asks to be
// admitted. Run then waits for the officers; local work is possible meanwhile.
// Asking again with the same invitation goes on where it stopped.
func Join(ctx context.Context, cfg Config, zone, invitation string) (Made, error) {
	inv, err := rpc.ParseInvitation(invitation)
	if err != nil {
		return Made{}, casework.Faulty(casework.Fault{Field: "invitation", Words: "is not an invitation, or not a whole one"})
	}
	if _, err := Zone(zone); err != nil {
		return Made{}, err
	}
	if err := cfg.Check(); err != nil {
		return Made{}, err
	}
	w, err := openWorkshop(ctx, cfg)
	if err != nil {
		return Made{}, err
	}
	made, err := w.join(ctx, zone, invitation, inv)
	return made, errors.Join(err, w.db.Close())
}

func (w *workshop) join(ctx context.Context, zone, invitation string, inv rpc.Invitation) (Made, error) {
	id, err := newIdentity(ledger.NodeID(inv.Code), zone, w.advertised(), clock(w.cfg.Clock)().UTC())
	if err != nil {
		return Made{}, err
	}
	id.Federation, id.Invitation = inv.Federation, invitation
	seal, err := w.now()
	if err != nil {
		return Made{}, err
	}
	own, err := id.founding(seal)
	if err != nil {
		return Made{}, err
	}
	self, err := link.ParseIdentity(string(id.Code), id.TLS)
	if err != nil {
		return Made{}, fmt.Errorf("read the node's key: %w", err)
	}
	if _, err := rpc.AskToJoin(ctx, self, inv, joinEntry(inv, own)); err != nil {
		return Made{}, fromPeer(err)
	}
	if err := writeIdentity(ctx, w.db, id); err != nil {
		return Made{}, err
	}
	return w.made(ctx, id, Fingerprint(own))
}

// joinEntry is what a newcomer sends: its entry, and the one-time key's
// signature that every member will check in the ledger.
func joinEntry(inv rpc.Invitation, own ledger.Founding) []byte {
	sig := inv.Sign(ledger.RequestBytes(inv.Federation, own))
	return append(sig[:], own.Encode()...)
}

func splitJoinEntry(b []byte) (sig [ed25519.SignatureSize]byte, own ledger.Founding, err error) {
	if len(b) < len(sig) {
		return sig, own, ledger.ErrMalformed
	}
	copy(sig[:], b)
	own, err = ledger.DecodeFounding(b[len(sig):])
	return sig, own, err
}

// Fingerprint is what a newcomer and an officer compare on the telephone: ten
// groups of four hex digits over all keys and the address of the newcomer.
func Fingerprint(f ledger.Founding) string {
	digest := ledger.ContentOf(&ledger.ActivateBody{Entry: f}).String()
	out := make([]byte, 0, 50)
	for i := 0; i < 40; i += 4 {
		if i > 0 {
			out = append(out, '-')
		}
		out = append(out, digest[i:i+4]...)
	}
	return string(out)
}

// unplugged is the network of a ledger that is only being founded.
type unplugged struct{}

func (unplugged) Listener() net.Listener { return nil }
func (unplugged) Dial(context.Context, string) (net.Conn, error) {
	return nil, os.ErrClosed
}
