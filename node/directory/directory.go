package directory

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"serasi/node/casework"
)

// profileRow is the row of Settings with this balai's own profile. The name is
// stored.
const profileRow = "profile"

// A Directory is what this node knows of all balai. All methods may be called at
// once; Run is called once.
type Directory struct{ cfg Config }

// Open returns the directory of this node. It starts nothing: see Run.
func Open(cfg Config) (*Directory, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	return &Directory{cfg.withDefaults()}, nil
}

func (d *Directory) now() time.Time { return d.cfg.Clock().UTC().Round(0) }

// Run tells the others what this balai says of itself, and keeps what they say,
// until ctx ends.
func (d *Directory) Run(ctx context.Context) {
	tick := time.NewTicker(d.cfg.Poll)
	defer tick.Stop()
	for {
		if err := d.Exchange(ctx); err != nil && ctx.Err() == nil {
			d.cfg.Log.Warn("the directory could not be kept", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Exchange does once what Run does again and again.
func (d *Directory) Exchange(ctx context.Context) error {
	gossip := d.cfg.Gossip()
	if gossip == nil {
		return nil
	}
	heard := gossip.Entries()
	own, err := d.own()
	if err != nil {
		return err
	}
	if err := d.publish(gossip, heard, own); err != nil {
		return err
	}
	kept, err := d.kept()
	if err != nil {
		return err
	}
	var newer []Entry
	for _, e := range heard {
		if have, ok := kept[e.Owner]; !ok || have.Version < e.Version {
			newer = append(newer, e)
		}
	}
	if len(newer) == 0 {
		return nil
	}
	return d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		for _, e := range newer {
			if err := tx.Put(casework.Directory, casework.NodeOwner, string(e.Owner), e); err != nil {
				return fmt.Errorf("keep the profile of %s: %w", e.Owner, err)
			}
		}
		return nil
	})
}

// publish spreads the own profile if the others have another one.
func (d *Directory) publish(gossip Gossip, heard []Entry, own casework.Profile) error {
	if own.Version == 0 { // nobody has filled it in
		return nil
	}
	body, err := json.Marshal(own)
	if err != nil {
		return fmt.Errorf("encode the profile: %w", err)
	}
	for _, e := range heard {
		if e.Owner == d.cfg.Self && bytes.Equal(e.Body, body) {
			return nil
		}
	}
	if err := gossip.Publish(body); err != nil {
		return fmt.Errorf("publish the profile: %w", err)
	}
	return nil
}

// Known returns the entries that were kept, for gossip to start with after a
// restart.
func (d *Directory) Known() ([]Entry, error) {
	kept, err := d.kept()
	list := make([]Entry, 0, len(kept))
	for _, e := range kept {
		list = append(list, e)
	}
	return list, err
}

func (d *Directory) kept() (kept map[casework.BalaiCode]Entry, err error) {
	kept = map[casework.BalaiCode]Entry{}
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		return tx.Each(casework.Directory, casework.NodeOwner, "", func(_ string, decode func(any) error) (bool, error) {
			var e Entry
			if err := decode(&e); err != nil {
				return false, err
			}
			kept[e.Owner] = e
			return true, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("read the directory: %w", err)
	}
	return kept, nil
}

// own returns the profile of this balai; its Version is 0 before somebody has
// filled it in.
func (d *Directory) own() (p casework.Profile, err error) {
	err = d.cfg.Store.View(func(tx casework.Tx) (err error) {
		p, err = d.ownIn(tx)
		return err
	})
	return p, err
}

func (d *Directory) ownIn(tx casework.Tx) (p casework.Profile, err error) {
	found, err := tx.Get(casework.Settings, casework.NodeOwner, profileRow, &p)
	if err != nil {
		return p, fmt.Errorf("read the own profile: %w", err)
	}
	if !found {
		p = casework.Profile{Code: d.cfg.Self, Name: nameOf(d.cfg.Self)}
		if s, ok := sentraOf(d.cfg.Self); ok {
			p.Region = s.Region
		}
	}
	return p, nil
}

// Profile returns what this balai says of itself, to be edited.
func (d *Directory) Profile(_ context.Context, by casework.Actor) (p casework.Profile, err error) {
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		if err := d.cfg.Gate.Check(tx, by, casework.ReadStatus, nil); err != nil {
			return err
		}
		p, err = d.ownIn(tx)
		return err
	})
	return p, err
}

// SetProfile replaces what this balai says of itself and was seen at version.
// The others hear of it by themselves. If the places changed they count as
// counted now, unless p says when.
func (d *Directory) SetProfile(ctx context.Context, by casework.Actor, version uint64, p casework.Profile) (casework.Profile, error) {
	p.Code = d.cfg.Self
	if err := casework.Faulty(p.Check()...); err != nil {
		return casework.Profile{}, err
	}
	line := casework.Line{At: d.now(), User: by.User, Name: by.Name, Via: by.Via, Act: string(casework.SetUp), What: "profile of the balai", Outcome: "done"}
	if len(by.Roles) > 0 {
		line.Role = by.Roles[0]
	}
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		if err := d.cfg.Gate.Check(tx, by, casework.SetUp, nil); err != nil {
			return err
		}
		now, err := d.ownIn(tx)
		if err != nil {
			return err
		}
		if now.Version != version {
			return casework.Stale(now, p)
		}
		if p.PlacesAt.IsZero() || p.PlacesAt.After(d.now()) {
			p.PlacesAt = d.now()
		}
		p.Version, p.Updated = now.Version+1, d.now()
		if err := tx.Put(casework.Settings, casework.NodeOwner, profileRow, p); err != nil {
			return fmt.Errorf("write the own profile: %w", err)
		}
		return d.cfg.Trail.Record(tx, line)
	})
	if errors.Is(err, casework.Forbidden) {
		line.Outcome = "denied"
		denied := d.cfg.Store.Update(context.WithoutCancel(ctx), func(tx casework.Tx) error { return d.cfg.Trail.Record(tx, line) })
		err = errors.Join(err, denied)
	}
	if err != nil {
		return casework.Profile{}, err
	}
	return p, nil
}
