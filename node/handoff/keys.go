package handoff

import (
	"context"
	"crypto/hpke"
	"fmt"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// Each sealing key is a row with an owner of its own. So it can be destroyed
// alone, and a backup can leave it out together with what wraps it.
const keyOwner = "sealing key "

// IsSealingKey reports whether a row holds a private sealing key. No backup may
// hold one: what was sealed to a key must die with it.
func IsSealingKey(t casework.Table, owner, _ string) bool {
	return t == casework.Settings && strings.HasPrefix(owner, keyOwner)
}

// sealingKey is the row of one key.
type sealingKey struct {
	Private []byte    `json:"private"`
	Created time.Time `json:"created"`
}

// keyList is the row that names the keys there are, oldest first.
type keyList struct {
	Keys []keyNote `json:"keys"`
}

type keyNote struct {
	ID      ledger.KeyID `json:"id"`
	Created time.Time    `json:"created"`
}

// NewSealKey makes a sealing key, keeps its private half in the store, and
// returns the public half. The node that joins or comes back after a restore
// gives it to the ledger; later keys are made by the Desk itself.
func NewSealKey(ctx context.Context, store casework.Store, now time.Time) (public []byte, err error) {
	key, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		return nil, fmt.Errorf("make a sealing key: %w", err)
	}
	err = store.Update(ctx, func(tx casework.Tx) error { return keepKey(tx, key, now) })
	return key.PublicKey().Bytes(), err
}

func keepKey(tx casework.Tx, key hpke.PrivateKey, now time.Time) error {
	private, err := key.Bytes()
	if err != nil {
		return fmt.Errorf("encode a sealing key: %w", err)
	}
	id := ledger.KeyIDOf(key.PublicKey().Bytes())
	var list keyList
	if _, err := tx.Get(casework.Settings, casework.NodeOwner, keysRow, &list); err != nil {
		return fmt.Errorf("read the list of sealing keys: %w", err)
	}
	list.Keys = append(list.Keys, keyNote{ID: id, Created: now.UTC()})
	if err := tx.Put(casework.Settings, casework.NodeOwner, keysRow, list); err != nil {
		return fmt.Errorf("write the list of sealing keys: %w", err)
	}
	if err := tx.Put(casework.Settings, keyOwner+id.String(), "key", sealingKey{Private: private, Created: now.UTC()}); err != nil {
		return fmt.Errorf("write a sealing key: %w", err)
	}
	return nil
}

// keys returns the keyring of this node as it is now.
func (d *Desk) keys() keyring {
	return func(id ledger.KeyID) (key hpke.PrivateKey) {
		err := d.cfg.Store.View(func(tx casework.Tx) error {
			var row sealingKey
			found, err := tx.Get(casework.Settings, keyOwner+id.String(), "key", &row)
			if err != nil || !found {
				return err
			}
			key, err = hpke.MLKEM768X25519().NewPrivateKey(row.Private)
			return err
		})
		if err != nil {
			d.cfg.Log.Error("a sealing key cannot be read", "key", id, "err", err)
			return nil
		}
		return key
	}
}

// rotateIfOld queues a new sealing key for the ledger if the one in force is old,
// or is not here because this node was restored from a backup.
func (d *Desk) rotateIfOld(ctx context.Context) error {
	self, ok, err := d.member(d.cfg.Self)
	if err != nil || !ok || self.Standing != ledger.Active {
		return err
	}
	here := d.keys()(self.SealKey()) != nil
	if here && d.now().Sub(self.SealSince.Time()) < d.cfg.RotateEvery {
		return nil
	}
	return d.newSealKey(ctx, self, here)
}

// RotateKey queues a new sealing key for the ledger, however old the one in
// force is. What was sealed to that one can still be opened while it is needed.
func (d *Desk) RotateKey(ctx context.Context) error {
	self, ok, err := d.member(d.cfg.Self)
	if err == nil && (!ok || self.Standing != ledger.Active) {
		err = casework.Conflict.Because("this balai is no active member")
	}
	if err != nil {
		return err
	}
	if err := d.newSealKey(ctx, self, d.keys()(self.SealKey()) != nil); err != nil {
		return err
	}
	d.outbox.kick()
	return nil
}

func (d *Desk) newSealKey(ctx context.Context, self ledger.Member, here bool) error {
	key, err := hpke.MLKEM768X25519().GenerateKey()
	if err != nil {
		return fmt.Errorf("make a sealing key: %w", err)
	}
	queued := false
	err = d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		waiting, err := pendingOf(tx, func(r outRow) bool { return r.Rotate != nil })
		if err != nil || len(waiting) > 0 {
			return err
		}
		if err := keepKey(tx, key, d.now()); err != nil {
			return err
		}
		queued = true
		row := outRow{Queued: casework.Queued{Act: ledger.Rotate.String()}}
		row.Rotate = &ledger.RotateBody{Use: ledger.ForSealing, Key: key.PublicKey().Bytes()}
		return d.enqueue(tx, &row)
	})
	if err == nil && queued {
		d.cfg.Log.Info("a new sealing key goes to the ledger", "old", self.SealKey(), "old key is here", here)
	}
	return err
}

// destroyOldKeys shreds the keys that nothing can still be opened with: replaced
// in the ledger, and used by no handoff whose packet may yet come. What was
// sealed to them, on whatever disk a copy lies, cannot be opened from then on.
func (d *Desk) destroyOldKeys(ctx context.Context) error {
	self, ok, err := d.member(d.cfg.Self)
	if err != nil || !ok || d.cfg.Shred == nil {
		return err
	}
	if behind, err := d.behind(); err != nil || behind {
		return err // an event that was not pulled yet may need an old key
	}
	var old []ledger.KeyID
	err = d.cfg.Store.View(func(tx casework.Tx) (err error) {
		old, err = oldKeys(tx, self.SealKey())
		return err
	})
	if err != nil || len(old) == 0 {
		return err
	}
	owners := make([]string, len(old))
	for i, id := range old {
		owners[i] = keyOwner + id.String()
	}
	// First the keys, then the list: a crash between leaves names of keys that
	// are gone, and the next time they are destroyed again.
	if err := d.cfg.Shred(ctx, owners...); err != nil {
		return fmt.Errorf("destroy old sealing keys: %w", err)
	}
	d.cfg.Log.Info("sealing keys are destroyed", "keys", len(old))
	return d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		var list keyList
		if _, err := tx.Get(casework.Settings, casework.NodeOwner, keysRow, &list); err != nil {
			return fmt.Errorf("read the list of sealing keys: %w", err)
		}
		list.Keys = slices.DeleteFunc(list.Keys, func(k keyNote) bool { return slices.Contains(old, k.ID) })
		return tx.Put(casework.Settings, casework.NodeOwner, keysRow, list)
	})
}

// oldKeys returns the keys that are older than the one in force and that no open
// handoff names. A newer one is on its way to the ledger.
func oldKeys(tx casework.Tx, inForce ledger.KeyID) (old []ledger.KeyID, err error) {
	needed := map[ledger.KeyID]bool{}
	if err := neededKeys(tx, needed); err != nil {
		return nil, err
	}
	var list keyList
	if _, err := tx.Get(casework.Settings, casework.NodeOwner, keysRow, &list); err != nil {
		return nil, fmt.Errorf("read the list of sealing keys: %w", err)
	}
	newest := slices.IndexFunc(list.Keys, func(k keyNote) bool { return k.ID == inForce })
	for _, k := range list.Keys[:max(newest, 0)] {
		if !needed[k.ID] {
			old = append(old, k.ID)
		}
	}
	return old, nil
}

// neededKeys adds the keys that open handoffs name.
func neededKeys(tx casework.Tx, needed map[ledger.KeyID]bool) error {
	return eachRecord(tx, "", func(r record) (bool, error) {
		if r.Box == casework.In && (!r.ended() || r.Packet == packetFetching) {
			needed[r.SealKey] = true
		}
		return true, nil
	})
}
