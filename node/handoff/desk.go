package handoff

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"serasi/node/casework"
	"serasi/replication/ledger"
)

// Lease is how long this balai may go without hearing of the ledger before its
// cases that the ledger knows allow addenda only. Officers may give a case to
// another balai only after ledger.Lease, which is a day more.
const Lease = ledger.Lease - 24*time.Hour

// A Desk moves cases between this balai and others. All methods may be called
// at once; Run is called once.
type Desk struct {
	cfg    Config
	outbox *sender

	arrivals chan struct{} // rings when there may be a packet to fetch
	diverged atomic.Bool   // the ledger here is not the one the cursor comes from
	restored atomic.Bool   // back from a backup and not yet level with the ledger
	heard    atomic.Int64  // ledger time of the last event pulled, ms

	sealMu  sync.Mutex      // guards sealing
	sealing map[string]bool // parts being sealed for a peer, by packet name

	fetchMu sync.Mutex                      // guards the two below
	wanted  map[casework.HandoffID]chase    // packets to fetch
	fetched map[casework.HandoffID]progress // how far their packets have come
}

// progress is how far a packet has come.
type progress struct{ got, of int64 }

// Open returns the desk of this node. It starts nothing: see Run. Rows that
// waited when the backup was made from which this node was restored do not go
// out again by themselves: they are Undecided from here on.
func Open(cfg Config) (*Desk, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	d := &Desk{
		cfg: cfg.withDefaults(), arrivals: make(chan struct{}, 1),
		sealing: map[string]bool{}, wanted: map[casework.HandoffID]chase{}, fetched: map[casework.HandoffID]progress{},
	}
	d.outbox = newSender(d)
	if err := d.holdRestored(); err != nil {
		return nil, fmt.Errorf("open the handoff desk: %w", err)
	}
	return d, nil
}

// now is the time that goes into rows: in UTC, without a monotonic reading.
func (d *Desk) now() time.Time { return d.cfg.Clock().UTC().Round(0) }

// Run pulls, sends, fetches and keeps house until ctx ends, and returns when all
// of it has stopped.
func (d *Desk) Run(ctx context.Context) {
	bell, cancel := d.cfg.Ledger.Subscribe()
	defer cancel()
	rung := make(chan struct{}, 1) // for the sender, which also wakes on the ledger
	var all sync.WaitGroup
	all.Go(func() { d.pullLoop(ctx, bell, rung) })
	all.Go(func() { d.outbox.loop(ctx, rung) })
	all.Go(func() { d.fetchLoop(ctx) })
	all.Go(func() { d.houseLoop(ctx) })
	all.Wait()
}

// ring wakes whoever listens on a channel of one token, and never waits.
func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// pause waits for a ring, for a time, or for the end of ctx; it reports false
// for the last.
func pause(ctx context.Context, bell <-chan struct{}, atMost time.Duration) bool {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-bell:
	case <-timer.C:
	}
	return ctx.Err() == nil
}

// pullLoop follows the ledger. It looks once before it waits.
func (d *Desk) pullLoop(ctx context.Context, bell <-chan struct{}, rung chan struct{}) {
	var said string
	for {
		err := d.Pull(ctx)
		if err != nil && ctx.Err() == nil && err.Error() != said {
			said = err.Error()
			d.cfg.Log.Error("the inbox is behind the ledger", "err", err)
		}
		if err == nil {
			said = ""
		}
		if !pause(ctx, bell, d.cfg.Poll) {
			return
		}
		ring(rung)
	}
}

// houseLoop does what needs no hurry.
func (d *Desk) houseLoop(ctx context.Context) {
	for {
		if err := d.KeepHouse(ctx); err != nil && ctx.Err() == nil {
			d.cfg.Log.Warn("housekeeping of handoffs", "err", err)
		}
		if !pause(ctx, nil, d.cfg.KeepHouse) {
			return
		}
	}
}

// KeepHouse rotates the sealing key, anchors the audit trail, drops what has had
// its time and destroys old keys, each if it is due. Run calls it; a test or an
// operator may.
func (d *Desk) KeepHouse(ctx context.Context) error {
	if d.diverged.Load() || d.restored.Load() {
		return nil
	}
	return errors.Join(d.rotateIfOld(ctx), d.anchorIfDue(ctx), d.tidy(ctx), d.destroyOldKeys(ctx))
}

// member returns what the ledger knows of a balai.
func (d *Desk) member(code casework.BalaiCode) (m ledger.Member, ok bool, err error) {
	err = d.cfg.Ledger.View(func(v ledger.View) error {
		m, ok = v.Member(ledger.NodeID(code))
		return nil
	})
	if err != nil {
		return m, false, fmt.Errorf("read member %s: %w", code, err)
	}
	return m, ok, nil
}

// behind reports whether the ledger has events that were not pulled.
func (d *Desk) behind() (bool, error) {
	var at cursor
	err := d.cfg.Store.View(func(tx casework.Tx) (err error) {
		at, err = loadCursor(tx)
		return err
	})
	if err != nil {
		return false, err
	}
	var head uint64
	err = d.cfg.Ledger.View(func(v ledger.View) error {
		head, _, _ = v.Head()
		return nil
	})
	return head != at.N, err
}

// Editable returns nil if the ledger lets this balai edit c, which is its own.
// It is Unavailable while the ledger here contradicts what was seen before or a
// restored node is not yet level with it, and Frozen if a case that the ledger
// knows was out of its sight for longer than Lease. Addenda stay possible.
func (d *Desk) Editable(c casework.Case) error {
	switch heard := ledger.Time(d.heard.Load()); {
	case d.diverged.Load():
		return casework.Unavailable.Because("the ledger of this node contradicts what it showed before; editing stops until that is resolved")
	case c.Epoch == 0:
		return nil
	case d.restored.Load():
		return casework.Unavailable.Because("this node was restored and is still catching up with the ledger")
	case heard != 0 && d.now().Sub(heard.Time()) > Lease:
		return casework.Frozen.Because("this node has not heard of the others for %d days; until it does, only addenda are possible", int(Lease.Hours()/24))
	}
	return nil
}

// writable refuses new handoffs while the ledger here cannot be trusted.
func (d *Desk) writable() error {
	if d.diverged.Load() {
		return casework.Unavailable.Because("the ledger of this node contradicts what it showed before; no handoff is possible until that is resolved")
	}
	if d.restored.Load() {
		return casework.Unavailable.Because("this node was restored and is still catching up with the ledger")
	}
	return nil
}

// deed is who does what, as the gate judges it and the trail records it.
type deed struct {
	by      casework.Actor
	act     casework.Action
	what    string
	handoff casework.HandoffID
	on      casework.CaseID
}

func (d *Desk) record(tx casework.Tx, x deed, outcome string) error {
	line := casework.Line{
		At: d.now(), User: x.by.User, Name: x.by.Name, Via: x.by.Via, Act: string(x.act), What: x.what,
		Case: x.on, Handoff: x.handoff, Outcome: outcome,
	}
	if len(x.by.Roles) > 0 {
		line.Role = x.by.Roles[0]
	}
	if err := d.cfg.Trail.Record(tx, line); err != nil {
		return fmt.Errorf("write the audit line: %w", err)
	}
	return nil
}

// denied records a refusal of the gate, which undid the transaction it happened
// in, even if the caller has gone away. It returns err.
func (d *Desk) denied(ctx context.Context, x deed, err error) error {
	if !errors.Is(err, casework.Forbidden) {
		return err
	}
	auditErr := d.cfg.Store.Update(context.WithoutCancel(ctx), func(tx casework.Tx) error { return d.record(tx, x, "denied") })
	if auditErr != nil {
		d.cfg.Log.Error("a denial could not be recorded", "act", x.act, "err", auditErr)
	}
	return errors.Join(err, auditErr)
}

// check asks the gate about the case of a handoff, or about none if the case is
// not here.
func (d *Desk) check(tx casework.Tx, by casework.Actor, act casework.Action, on casework.CaseID) error {
	if on == "" {
		return d.cfg.Gate.Check(tx, by, act, nil)
	}
	c, err := casework.CaseOf(tx, on)
	if err != nil {
		return err
	}
	return d.cfg.Gate.Check(tx, by, act, &c)
}
