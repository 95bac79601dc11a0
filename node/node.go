// Package node is one balai's node: it knows all rooms, introduces them to each
// other, starts them in order and stops them from the roof down.
//
// Init and Join make the data folder of a node, Open starts from it, Run works
// until it is told to stop, Close ends. Everything a node must know to run
// stands in Config; there are no globals, so many nodes live in one process.
package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"serasi/federation/rpc"
	"serasi/node/access"
	"serasi/node/caseload"
	"serasi/node/casework"
	"serasi/node/directory"
	"serasi/node/exchange"
	"serasi/node/handoff"
	"serasi/node/health"
	"serasi/node/letter"
	"serasi/node/partner"
	"serasi/node/report"
	"serasi/node/search"
	"serasi/node/store"
	"serasi/node/trace"
	"serasi/node/vault"
)

// Node is a balai's node.
type Node struct {
	cfg   Config
	id    identity
	clock func() time.Time
	zone  *time.Location
	log   *slog.Logger

	vault    *vault.Vault
	db       *store.DB
	accounts *access.Accounts
	privacy  *access.Privacy
	trail    access.Trail
	index    *search.Index
	cases    *caseload.Cases
	ledger   *late
	desk     *handoff.Desk
	letters  *letter.Desk
	reports  *report.Desk
	exchange *exchange.Desk
	places   *directory.Directory
	partners *partner.Register
	people   *people

	watch  watch
	census census
	meter  *health.Meter
	tail   *tail // last lines of the log
	tracer *trace.Tracer

	backupTurn chan struct{} // holds a token while a backup is made
	backupBell chan struct{} // rings when it becomes known for whom backups are

	started time.Time
	starts  []time.Time // the last ones, this one included
	dead    chan error  // why the node cannot go on; holds one

	renewing atomic.Bool  // waits until the ledger has this incarnation
	leaving  atomic.Bool  // is about to be opened again
	damage   atomic.Int64 // faults that the last reading of the database found

	mu   sync.Mutex // guards bond
	bond *bond      // nil until admitted
}

// ErrAgain means that the node must be closed and opened again: what is on disk
// is whole, what is in memory is not.
var ErrAgain = errors.New("node: must be opened again")

// Open starts what a node needs to work alone, and its part in the federation
// if it has been admitted. Nothing moves before Run. The error says what to do
// if the folder holds no node, and is ErrRejoin if its raft files are lost or of
// no use.
func Open(cfg Config) (n *Node, err error) {
	if err := cfg.Check(); err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	n = &Node{cfg: cfg, clock: clock(cfg.Clock), log: cfg.Log, dead: make(chan error, 1), ledger: newLate(), backupTurn: make(chan struct{}, 1), backupBell: make(chan struct{}, 1), meter: health.NewMeter()}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	n.log, n.tail = keepTail(n.log)
	defer func() {
		if err != nil {
			err = errors.Join(err, n.Close())
			n = nil
		}
	}()
	if err := n.openStore(); err != nil {
		return n, err
	}
	if n.id, err = readIdentity(n.db); err != nil {
		return n, err
	}
	if n.tracer, err = trace.New(trace.Config{Endpoint: cfg.Traces, Balai: string(n.id.Code), Version: cfg.Version, Log: n.log}); err != nil {
		return n, err
	}
	if n.zone, err = Zone(n.id.Zone); err != nil {
		return n, err
	}
	n.id.at(n.cfg.Advertise)
	if err := n.openRooms(); err != nil {
		return n, err
	}
	if n.id.Admitted {
		if err := n.connect(n.id); err != nil {
			return n, n.diagnose(err)
		}
	}
	n.started = n.clock()
	if err := n.noteStart(); err != nil {
		return n, err
	}
	n.people, err = n.openPeople()
	return n, err
}

// openStore unlocks the keys and opens the database.
func (n *Node) openStore() (err error) {
	n.vault, n.db, err = openStore(n.cfg, n.clock, n.log, n.fail)
	return err
}

func openStore(cfg Config, clock func() time.Time, log *slog.Logger, fatal func(error)) (*vault.Vault, *store.DB, error) {
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, nil, fmt.Errorf("make the data folder: %w", err)
	}
	source, err := cfg.source()
	if err != nil {
		return nil, nil, err
	}
	keys, err := vault.Open(filepath.Join(cfg.Dir, "kek"), source)
	if err != nil {
		return nil, nil, fmt.Errorf("unlock the keys: %w", err)
	}
	db, err := store.Open(storeConfig(cfg, keys, clock, log, fatal))
	if err != nil {
		return nil, nil, fmt.Errorf("open the database: %w", err)
	}
	return keys, db, nil
}

func storeConfig(cfg Config, keys *vault.Vault, clock func() time.Time, log *slog.Logger, fatal func(error)) store.Config {
	c := store.Config{
		Dir: cfg.Dir, Vault: keys, NoBackup: notInBackup, MinFree: cfg.Tuning.MinFree, Now: clock, Fatal: fatal, Log: log,
	}
	if ask := cfg.Tuning.System.Room; ask != nil {
		c.Free = func(dir string) (uint64, error) {
			free, _, err := ask(dir)
			return free, err
		}
	}
	if cfg.Tuning.MinFree == 1 { // tests: no ballast either, and small journals
		c.Ballast, c.Journal = -1, 1<<20
	}
	return c
}

// openRooms builds the use cases on the store.
func (n *Node) openRooms() (err error) {
	n.trail = access.Trail{Clock: n.clock}
	n.accounts, err = access.New(access.Config{Store: n.db, Clock: n.clock, Cost: n.cfg.Tuning.Password, SecondFactor: n.cfg.secondFactor(), Log: n.log})
	if err != nil {
		return fmt.Errorf("accounts: %w", err)
	}
	n.index = search.New()
	n.privacy, err = access.NewPrivacy(access.PrivacyConfig{Accounts: n.accounts, Shred: n.db.Shred, Forget: n.index.Remove, Zone: n.zone})
	if err != nil {
		return fmt.Errorf("privacy: %w", err)
	}
	conf := caseConfig(n.db, n.id, n.zone, n.clock, n.log, n.index)
	conf.Lets = func(c casework.Case) error { return n.desk.Editable(c) }
	n.cases, err = caseload.New(conf)
	if err != nil {
		return fmt.Errorf("cases: %w", err)
	}
	n.desk, err = handoff.Open(handoff.Config{
		Self: casework.BalaiCode(n.id.Code), Federation: n.id.Federation, Store: n.db, Ledger: n.ledger, Cases: n.cases, Gate: n.gate(),
		Trail: n.trail, Files: files{n.db}, Peers: peers{n.client}, Sign: n.id.sign, Clock: n.clock, NewID: newID, Shred: n.db.Shred,
		Log: n.log, Point: n.cfg.Point, Step: func(id casework.HandoffID, name string) func(error) { return n.tracer.Step(string(id), name) }, MaxBackoff: n.cfg.Tuning.RetryAtMost,
	})
	if err != nil {
		return fmt.Errorf("handoffs: %w", err)
	}
	if err := n.openLetters(); err != nil {
		return err
	}
	if err := n.openReports(); err != nil {
		return err
	}
	return n.openDirectory()
}

// caseConfig is what the use cases on cases need, on a node that runs or on the
// store of one that does not.
func caseConfig(
	db *store.DB, id identity, zone *time.Location, now func() time.Time, log *slog.Logger, index *search.Index,
) caseload.Config {
	return caseload.Config{
		Store: db, Gate: access.Gate{Clock: now}, Trail: access.CaseTrail{Trail: access.Trail{Clock: now}, Store: db}, Index: finder{index}, Blobs: db,
		Clock: now, NewID: newID, Balai: casework.BalaiCode(id.Code), Zone: zone, Log: log,
	}
}

// client is the way to other nodes, or nil.
func (n *Node) client() *rpc.Client {
	if b := n.current(); b != nil {
		return b.client
	}
	return nil
}

// fail keeps the first reason why the node cannot go on.
func (n *Node) fail(err error) {
	select {
	case n.dead <- err:
	default:
	}
}

// Run works until ctx ends, and then returns nil; or until the node cannot go
// on, and returns why. ErrAgain asks the caller to Close and Open again.
func (n *Node) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	all.Go(func() {
		if err := n.cases.Rebuild(ctx, nil); err != nil && ctx.Err() == nil {
			n.log.Error("not every case can be found", "err", err) // work on all others goes on
			n.scrub(ctx)
		}
		// Reading every person took memory that is not needed again.
		if n.index.Len() > 1000 {
			debug.FreeOSMemory()
		}
	})
	all.Go(func() { n.desk.Run(ctx) })
	all.Go(func() { n.exchange.Run(ctx) })
	all.Go(func() { n.places.Run(ctx) })
	all.Go(func() { n.people.run(ctx, n.fail) })
	all.Go(func() { n.keepHouse(ctx) })
	all.Go(func() { n.keepBackups(ctx) })
	all.Go(func() { n.keepWatch(ctx) })
	if n.current() == nil {
		all.Go(func() { n.awaitAdmission(ctx) })
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-n.dead:
		return n.diagnose(err)
	}
}

// Close stops the node from the roof down and returns every fault on the way.
// Run must have returned, if it was called.
func (n *Node) Close() error {
	var errs []error
	if n.people != nil {
		errs = append(errs, n.people.close())
	}
	if b := n.current(); b != nil {
		errs = append(errs, b.close())
	}
	if n.db != nil {
		errs = append(errs, n.db.Close())
	}
	n.tracer.Close()
	return errors.Join(errs...)
}
