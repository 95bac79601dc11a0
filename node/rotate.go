package node

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"time"

	"serasi/federation/link"
	"serasi/node/api"
	"serasi/node/casework"
	"serasi/replication/ledger"
)

// A key is replaced in three steps, each durable: it is drawn and kept, the
// ledger takes it, and the node goes on with it. A crash between two of them
// leaves the next to be done.

// tlsYear is how long a TLS key is in use before the node replaces it by itself.
const tlsYear = 365 * 24 * time.Hour

func (id identity) public() ed25519.PublicKey { return id.key().Public().(ed25519.PublicKey) }

// take makes those of the next keys that a member has in the ledger the keys of
// id, and reports whether there were any.
func (id *identity) take(self ledger.Member, now time.Time) (changed bool) {
	if id.Next == nil {
		return false
	}
	if len(id.Next.Sign) > 0 && bytes.Equal(self.SignKey(), ed25519.NewKeyFromSeed(id.Next.Sign).Public().(ed25519.PublicKey)) {
		id.Sign, id.Next.Sign, changed = id.Next.Sign, nil, true
	}
	if tls, err := link.ParseIdentity(string(id.Code), id.Next.TLS); err == nil && len(self.TLS) > 0 && bytes.Equal(self.TLS[0], tls.Certificate()) {
		id.TLS, id.TLSSince, id.Next.TLS, changed = id.Next.TLS, now.UTC(), nil, true
	}
	if len(id.Next.Sign)+len(id.Next.TLS) == 0 {
		id.Next = nil
	}
	return changed
}

func (o own) Rotate(ctx context.Context, by casework.Actor, use string) (api.Membership, error) {
	if err := door(o).Allow(ctx, by, casework.ManageNode); err != nil {
		return api.Membership{}, err
	}
	if _, err := o.n.bonded(); err != nil {
		return api.Membership{}, err
	}
	var err error
	switch use {
	case "sign", "tls":
		if err = membership(o).record(ctx, by, "rotate "+use); err == nil {
			err = o.n.rotate(ctx, use)
		}
	case "seal":
		if err = membership(o).record(ctx, by, "rotate seal"); err == nil {
			err = o.n.desk.RotateKey(ctx)
		}
	default:
		err = casework.Faulty(casework.Fault{Field: "use", Words: "must be sign, tls or seal"})
	}
	if err != nil {
		return api.Membership{}, err
	}
	return o.look(ctx)
}

// rotate draws a key, unless one is on its way, and brings it to the ledger.
// What follows is done by adopt.
func (n *Node) rotate(ctx context.Context, use string) error {
	if n.leaving.Load() {
		return casework.Unavailable.Because("the node is about to open again; ask in a moment")
	}
	var next nextKeys
	err := n.changeIdentity(ctx, func(id *identity) {
		if id.Next == nil {
			id.Next = &nextKeys{}
		}
		id.Next.draw(use, string(id.Code))
		next = *id.Next
	})
	if err != nil {
		return err
	}
	body := &ledger.RotateBody{Use: ledger.ForSigning}
	if use == "tls" {
		tls, err := link.ParseIdentity(string(n.id.Code), next.TLS)
		if err != nil {
			return fmt.Errorf("read the next key: %w", err)
		}
		body.Use, body.Key = ledger.ForTLS, tls.Certificate()
	} else {
		key := ed25519.NewKeyFromSeed(next.Sign)
		body.Key, body.Proof = key.Public().(ed25519.PublicKey), ledger.ProveKey(key, n.id.Federation, n.id.Code)
	}
	return n.said(ctx, ledger.Rotate, body)
}

// draw makes a key of that use, if none waits.
func (k *nextKeys) draw(use, code string) {
	switch {
	case use == "sign" && len(k.Sign) == 0:
		k.Sign = make([]byte, ed25519.SeedSize)
		_, _ = rand.Read(k.Sign) // never fails since Go 1.24
	case use == "tls" && len(k.TLS) == 0:
		tls, err := link.NewIdentity(code, nil)
		if err == nil {
			k.TLS, err = tls.Marshal()
		}
		if err != nil { // told when it is read
			k.TLS = nil
		}
	}
}

// rotateIfOld replaces a TLS key of last year by itself.
func (n *Node) rotateIfOld(ctx context.Context) error {
	id, err := readIdentity(n.db)
	if err != nil || n.current() == nil || n.clock().Sub(id.tlsSince()) < tlsYear {
		return err
	}
	n.log.Info("the TLS key is a year old and is replaced")
	return n.rotate(ctx, "tls")
}
