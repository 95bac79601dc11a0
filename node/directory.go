package node

import (
	"fmt"

	"serasi/federation"
	"serasi/node/casework"
	"serasi/node/directory"
	"serasi/node/partner"
	"serasi/replication/ledger"
)

// openDirectory builds what this node knows of other balai, and of partners that
// run none.
func (n *Node) openDirectory() (err error) {
	conf := directory.Config{
		Self: casework.BalaiCode(n.id.Code), Store: n.db, Files: n.cases, Gate: n.gate(), Trail: n.trail, Gossip: n.rumours,
		Members: n.memberCodes, Clock: n.clock, Log: n.log,
	}
	if every := n.cfg.Tuning.GossipInterval; every > 0 {
		conf.Poll = 5 * every
	}
	if n.places, err = directory.Open(conf); err != nil {
		return fmt.Errorf("directory: %w", err)
	}
	n.partners, err = partner.Open(partner.Config{
		Self: casework.BalaiCode(n.id.Code), Store: n.db, Cases: n.cases, Gate: n.gate(), Trail: n.trail, Clock: n.clock, Zone: n.zone, NewID: newID,
	})
	if err != nil {
		return fmt.Errorf("partners: %w", err)
	}
	return nil
}

// rumours is the gossip as the directory wants it.
type rumours struct{ *federation.Gossip }

func (r rumours) Entries() (list []directory.Entry) {
	for _, e := range r.Directory() {
		list = append(list, directory.Entry{Owner: casework.BalaiCode(e.Owner), Version: e.Version, Body: e.Body, Sig: e.Sig})
	}
	return list
}

func (n *Node) rumours() directory.Gossip {
	if b := n.current(); b != nil {
		if g := b.gossip.Load(); g != nil {
			return rumours{g}
		}
	}
	return nil
}

// knownEntries are the entries of the directory that outlive a restart.
func (n *Node) knownEntries() (list []federation.Entry, err error) {
	kept, err := n.places.Known()
	for _, e := range kept {
		list = append(list, federation.Entry{Owner: string(e.Owner), Version: e.Version, Body: e.Body, Sig: e.Sig})
	}
	return list, err
}

// memberCodes are the balai that have a node now.
func (n *Node) memberCodes() (codes []casework.BalaiCode) {
	err := n.ledger.View(func(v ledger.View) error {
		for _, m := range v.Members() {
			if m.Standing == ledger.Active || m.Standing == ledger.Suspended {
				codes = append(codes, casework.BalaiCode(m.Code))
			}
		}
		return nil
	})
	if err != nil {
		n.log.Debug("the members cannot be read", "err", err)
	}
	return codes
}
