package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"serasi/federation/link"
	"serasi/federation/rpc"
	"serasi/node/access"
	"serasi/node/api"
	"serasi/node/casework"
	"serasi/replication"
	"serasi/replication/ledger"
)

// A Recovery is what Recover does when most voters are lost, told before it is
// done: how far the ledger reaches here, who else answers, and which handoffs
// stand open and may have gone further at balai that are lost.
type Recovery struct {
	Motion
	Term     uint64     `json:"term"`  // of the last entry of the log here
	Last     uint64     `json:"last"`  // the last entry; of all survivors the highest term, then the highest entry, goes first
	Event    uint64     `json:"event"` // the last event here
	Unheard  uint64     `json:"unheard,omitempty"`
	Time     time.Time  `json:"time"` // of that event
	Members  []Survivor `json:"members"`
	Handoffs []Affected `json:"handoffs"`
}

// A Survivor is another member, and whether its node answers.
type Survivor struct {
	Code    string `json:"code"`
	Voter   bool   `json:"voter"`
	Answers bool   `json:"answers"`
	Event   uint64 `json:"event,omitempty"` // the last it has
	Address string `json:"address"`
}

// Affected is a handoff that is not over.
type Affected struct {
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	From  string `json:"from"`
	To    string `json:"to"`
	Stage string `json:"stage"`
}

// PlanRecovery looks at the ledger in cfg.Dir, whose node must not run, and asks
// the other members whether they are there. It changes nothing. The error is
// Conflict if the federation needs no recovery, or not at this node.
func PlanRecovery(ctx context.Context, cfg Config) (Recovery, error) {
	return salvage(ctx, cfg, nil)
}

// Recover begins a new group of voters with this node alone, once k officers
// have signed the motion of PlanRecovery. Every other node, also one that was
// only cut off, returns as a new incarnation: see Rejoin. The errors are those
// of PlanRecovery, and Forbidden if too few officers signed.
func Recover(ctx context.Context, cfg Config, signatures []Signature) (Recovery, error) {
	var all []ledger.Approval
	for _, s := range signatures {
		a, err := approvalOf(s)
		if err != nil {
			return Recovery{}, err
		}
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b ledger.Approval) int { return slices.Compare(a.Officer[:], b.Officer[:]) })
	return salvage(ctx, cfg, all)
}

func salvage(ctx context.Context, cfg Config, approvals []ledger.Approval) (r Recovery, err error) {
	if err := cfg.Check(); err != nil {
		return r, err
	}
	_, db, err := openStore(cfg, clock(cfg.Clock), slog.New(slog.DiscardHandler), func(error) {})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	id, err := readIdentity(db)
	if err != nil {
		return r, err
	}
	n := &Node{cfg: cfg, id: id, clock: clock(cfg.Clock), log: slog.New(slog.DiscardHandler)}
	conf := n.replication(id, &bond{})
	conf.Network = unplugged{}
	err = replication.Recover(conf, func(at replication.Remains, v ledger.View) (*ledger.Signed, error) {
		var body *ledger.RecoverBody
		if r, body, err = n.survey(ctx, at, v); err != nil || approvals == nil {
			return nil, err
		}
		body.Approvals = approvals
		subject := ledger.Federation()
		signed, err := id.sign(ledger.Command{
			Act: ledger.Recover, Subject: subject, Prev: v.HeadFor(ledger.Recover, subject), Body: body, Minute: n.clock().Unix() / 60,
		})
		return &signed, err
	})
	if err != nil && approvals != nil && len(r.Members) > 0 && errors.Is(err, replication.ErrRefused) {
		err = errors.Join(casework.Forbidden.Because("the signatures are not those of %d officers on this recovery", r.Need), err)
	}
	if err == nil && approvals != nil {
		err = noteOffline(ctx, db, n.clock, "recover")
	}
	return r, err
}

// noteOffline writes the audit line of what somebody did to a node that does
// not run, on its machine and without an account.
func noteOffline(ctx context.Context, db casework.Store, now func() time.Time, act string) error {
	line := casework.Line{Via: "machine", Act: act, Outcome: access.Done}
	return db.Update(ctx, func(tx casework.Tx) error { return access.Trail{Clock: now}.Record(tx, line) })
}

// survey describes what is left, and refuses what must not be recovered.
func (n *Node) survey(ctx context.Context, at replication.Remains, v ledger.View) (r Recovery, body *ledger.RecoverBody, err error) {
	realm, founded := v.Realm()
	self, member := v.Member(n.id.Code)
	if !founded || !member || self.Raft != n.id.Raft || self.Standing != ledger.Active {
		return r, nil, casework.Conflict.Because("this node is no member in its present incarnation: recover at another one")
	}
	body = &ledger.RecoverBody{Survivor: n.id.Code, Base: at.Event, BaseHash: at.Head}
	motion := v.MotionFor(ledger.Recover, ledger.Federation(), ledger.ContentOf(body))
	r = Recovery{
		Motion: Motion{
			Act: ledger.Recover.String(), Code: casework.BalaiCode(n.id.Code), Content: motion.Content.String(), Hash: motion.Hash().String(),
			Bytes: motion.Bytes(), Need: int(realm.K), Terms: &api.MotionTerms{Event: at.Event, EventHash: at.Head.String()},
		},
		Term: at.Term, Last: at.Last, Event: at.Event, Unheard: at.Tail, Time: at.Time.Time(), Handoffs: []Affected{},
	}
	v.Handoffs(ledger.ID{}, func(h ledger.Handoff) bool {
		if !h.Stage.Ended() {
			r.Handoffs = append(r.Handoffs, affected(h))
		}
		return true
	})
	if r.Members, err = n.rollCall(ctx, v.Members()); err != nil {
		return r, nil, err
	}
	return r, body, judge(r, self.Voter)
}

func affected(h ledger.Handoff) Affected {
	return Affected{ID: h.ID.String(), Kind: h.Kind.String(), From: string(h.From), To: string(h.To), Stage: h.Stage.String()}
}

// judge refuses a recovery that is not needed, or not here.
func judge(r Recovery, votes bool) error {
	voters, there := 0, 0
	count := func(voter, answers bool) {
		if voter {
			voters++
			if answers {
				there++
			}
		}
	}
	count(votes, true)
	for _, m := range r.Members {
		count(m.Voter, m.Answers)
		if m.Answers && m.Event > r.Event {
			return casework.Conflict.Because("%s has event %d and this node only %d: recover there", m.Code, m.Event, r.Event)
		}
	}
	if 2*there > voters {
		return casework.Conflict.Because("%d of %d voters are there, which is a majority: start this node, nothing needs to be recovered", there, voters)
	}
	return nil
}

// rollCall asks every other member where it stands, all at once.
func (n *Node) rollCall(ctx context.Context, members []ledger.Member) (all []Survivor, err error) {
	self, err := link.ParseIdentity(string(n.id.Code), n.id.TLS)
	if err != nil {
		return nil, fmt.Errorf("read the node's key: %w", err)
	}
	registry := link.NewRegistry()
	var peers []link.Peer
	for _, m := range members {
		if p, known := peerOf(m); known {
			peers = append(peers, p)
		}
		if m.Code != n.id.Code && (m.Standing == ledger.Active || m.Standing == ledger.Suspended) {
			all = append(all, Survivor{Code: string(m.Code), Voter: m.Voter, Address: m.Addr})
		}
	}
	if err := registry.Set(peers); err != nil {
		return nil, fmt.Errorf("the members: %w", err)
	}
	port, err := link.Listen(link.Config{Listen: n.cfg.Listen, Advertise: n.id.Advertise, Identity: self, Registry: registry, Overrides: n.cfg.Peers, Log: n.log})
	if err != nil {
		return nil, fmt.Errorf("open the port between balai: %w", err)
	}
	client := rpc.NewClient(port)
	ctx, cancel := context.WithTimeout(ctx, 8*time.Second)
	defer cancel()
	var asking sync.WaitGroup
	for i := range all {
		asking.Go(func() {
			if at, err := client.Ping(ctx, all[i].Code); err == nil {
				all[i].Answers, all[i].Event = true, at.Event
			}
		})
	}
	asking.Wait()
	return all, errors.Join(client.Close(), port.Close())
}
