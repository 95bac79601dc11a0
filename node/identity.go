package node

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"serasi/federation/link"
	"serasi/node/casework"
	"serasi/replication/ledger"
)

// identityID is the row of Settings that holds who this node is. It is part of
// backups: a balai that lost its server keeps its signing key. The raft id in it
// is not used again after a restore.
const identityID = "identity"

// identity is who a node is, for ever (code, zone, signing key) and in this
// incarnation (raft id, TLS key). It lies sealed in node.db.
type identity struct {
	Code        ledger.NodeID `json:"code"`
	Zone        string        `json:"zone"`
	Sign        []byte        `json:"sign"` // Ed25519 seed
	TLS         []byte        `json:"tls"`  // PEM, see link.Identity
	Raft        ledger.RaftID `json:"raft"`
	Incarnation uint32        `json:"incarnation"` // grows with each restore
	Federation  ledger.Hash   `json:"federation"`
	Advertise   string        `json:"advertise"`
	Admitted    bool          `json:"admitted"`             // a founder, or activated
	Genesis     []byte        `json:"genesis,omitempty"`    // founders: the signed genesis, as a proposal
	Invitation  string        `json:"invitation,omitempty"` // while waiting to be admitted
	Renew       bool          `json:"renew,omitempty"`      // this incarnation is not in the ledger yet
	Seal        []byte        `json:"seal,omitempty"`       // public sealing key that goes with Renew
	Introduced  []introduced  `json:"introduced,omitempty"` // who was there when admitted, until the ledger says so itself
	Created     time.Time     `json:"created"`
	Next        *nextKeys     `json:"next,omitempty"`      // drawn, and in the ledger or on the way there
	TLSSince    time.Time     `json:"tlsSince,omitzero"`   // zero: since it was created
	Overruled   string        `json:"overruled,omitempty"` // what the settings said when people gave another address
}

// nextKeys take the place of keys as soon as the ledger has them.
type nextKeys struct {
	Sign []byte `json:"sign,omitempty"`
	TLS  []byte `json:"tls,omitempty"`
}

// introduced is one member as told by the inviter.
type introduced struct {
	Code  string   `json:"code"`
	Certs [][]byte `json:"certs"`
	Addr  string   `json:"addr"`
	Voter bool     `json:"voter"`
	Raft  string   `json:"raft"`
}

// newIdentity draws the keys of a node.
func newIdentity(code ledger.NodeID, zone, advertise string, now time.Time) (identity, error) {
	tls, err := link.NewIdentity(string(code), nil)
	if err != nil {
		return identity{}, fmt.Errorf("make the node's key: %w", err)
	}
	pem, err := tls.Marshal()
	if err != nil {
		return identity{}, fmt.Errorf("write the node's key: %w", err)
	}
	id := identity{Code: code, Zone: zone, Sign: make([]byte, ed25519.SeedSize), TLS: pem, Incarnation: 1, Advertise: advertise, Created: now}
	_, _ = rand.Read(id.Sign) // never fails since Go 1.24
	_, _ = rand.Read(id.Raft[:])
	return id, nil
}

// at lets a setting say the address, unless people have overruled just that one.
func (id *identity) at(setting string) {
	if setting != "" && setting != id.Overruled {
		id.Advertise, id.Overruled = setting, ""
	}
}

func (id identity) key() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(id.Sign) }

// sign completes a command in the node's name and signs it.
func (id identity) sign(c ledger.Command) (ledger.Signed, error) {
	c.Version, c.Federation, c.Actor = ledger.Least(c.Act, c.Subject.Kind), id.Federation, id.Code
	if c.Act == ledger.Genesis { // a new federation begins with all that this program knows
		c.Version = ledger.Version
	}
	if c.ID.IsZero() {
		_, _ = rand.Read(c.ID[:])
	}
	return ledger.Sign(id.key(), c)
}

// founding is what the ledger lists of this node.
func (id identity) founding(seal []byte) (ledger.Founding, error) {
	tls, err := link.ParseIdentity(string(id.Code), id.TLS)
	if err != nil {
		return ledger.Founding{}, fmt.Errorf("read the node's key: %w", err)
	}
	return ledger.Founding{
		Code: id.Code, Sign: id.key().Public().(ed25519.PublicKey), TLS: tls.Certificate(), Seal: seal, Raft: id.Raft, Addr: id.Advertise,
	}, nil
}

var errNoIdentity = errors.New("this folder holds no node yet: run serasi init, or serasi join with an invitation")

func readIdentity(s casework.Store) (id identity, err error) {
	err = s.View(func(tx casework.Tx) error {
		found, err := tx.Get(casework.Settings, casework.NodeOwner, identityID, &id)
		if err == nil && !found {
			err = errNoIdentity
		}
		return err
	})
	return id, err
}

func writeIdentity(ctx context.Context, s casework.Store, id identity) error {
	return s.Update(ctx, func(tx casework.Tx) error { return tx.Put(casework.Settings, casework.NodeOwner, identityID, id) })
}

// newID draws a random id: 32 hex digits of 128 bits.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
