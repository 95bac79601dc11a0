package node_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"serasi/federation"
	"serasi/node"
	"serasi/node/casework"
	"serasi/node/health"
	"serasi/node/nodetest"
)

// An incident is something that really goes wrong with nodes, and what their
// health must then tell. Its rows are run one after the other on the same nodes,
// each from its cause to the last sign of it.
type incident struct {
	name    string
	told    []string // codes that the node tells, the cause first
	hides   []string // codes of what follows from the cause, which are only named with it
	happens func(*scene)
	mended  func(*scene)
}

// scene is where incidents happen. Each says with at where it is looked from.
type scene struct {
	*nodetest.Cluster
	t         *testing.T
	at        *nodetest.Balai
	computers map[string]*computer
	undo      []func() // what the mending of this incident needs, the last first
}

// A computer is the machine under a node, as its system answers.
type computer struct {
	mu         sync.Mutex // guards what follows
	free, disk uint64
	available  uint64
	plugged    bool
	goroutines int
}

func (c *computer) set(f func(*computer)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(c)
}

func (c *computer) system() node.System {
	get := func(f func()) {
		c.mu.Lock()
		defer c.mu.Unlock()
		f()
	}
	return node.System{
		Room:       func(string) (free, total uint64, _ error) { get(func() { free, total = c.free, c.disk }); return },
		Memory:     func() (available, total uint64) { get(func() { available = c.available }); return available, 8e9 },
		Networked:  func() (yes bool) { get(func() { yes = c.plugged }); return },
		Goroutines: func() (n int) { get(func() { n = c.goroutines }); return },
	}
}

// newScene starts nodes whose health has little patience.
func newScene(t *testing.T, codes ...string) *scene {
	t.Helper()
	s := &scene{t: t, computers: map[string]*computer{}}
	s.Cluster = nodetest.Start(t, func(cfg *node.Config) {
		c := &computer{free: 50e9, disk: 100e9, available: 4e9, plugged: true, goroutines: 100}
		s.computers[filepath.Base(cfg.Dir)] = c
		cfg.Tuning.Patience, cfg.Tuning.Silence, cfg.Tuning.Behind, cfg.Tuning.System = time.Millisecond, 3*time.Second, 5, c.system()
		cfg.Tuning.SnapshotAfter, cfg.Tuning.Raft.Snapshot = 1, 50*time.Millisecond // what a thief finds is the whole ledger
		if filepath.Base(cfg.Dir) == "GWA" {
			cfg.Advertise = "gwa.balai.test:7000" // not on this machine, as far as others can tell
		}
	}, codes...)
	s.at = s.Balai[0]
	return s
}

func (s *scene) computer(b *nodetest.Balai, f func(*computer)) { s.computers[b.Code].set(f) }

// clocks moves the clocks of all nodes, or of those named.
func (s *scene) clocks(by time.Duration, codes ...string) {
	for _, b := range s.Balai {
		if len(codes) == 0 || slices.Contains(codes, b.Code) {
			b.SetClock(by)
		}
	}
}

// later has f run when the incident is over, the last that was said first.
func (s *scene) later(f func()) { s.undo = append(s.undo, f) }

// sees waits until a node tells these codes, and names the others with the first.
func (s *scene) sees(b *nodetest.Balai, told, hides []string) {
	s.t.Helper()
	var c casework.Checkup
	missing := func() (codes []string) {
		c = b.Checkup()
		var follows []string
		for _, a := range c.Ailments {
			if a.Code == told[0] {
				follows = append(follows, a.Explains...)
			}
		}
		for _, code := range told {
			if !slices.Contains(c.Codes(), code) {
				codes = append(codes, code)
			}
		}
		for _, code := range hides {
			if !slices.Contains(follows, code) || slices.Contains(c.Codes(), code) {
				codes = append(codes, "behind "+told[0]+": "+code)
			}
		}
		return codes
	}
	defer func() {
		if s.t.Failed() {
			s.t.Logf("%s tells %v", b.Code, c.Ailments)
		}
	}()
	s.WaitFor(b.Code+" to tell "+strings.Join(told, ", "), func() bool { return len(missing()) == 0 })
}

// forgets waits until a node tells nothing of these codes any more.
func (s *scene) forgets(b *nodetest.Balai, codes []string) {
	s.t.Helper()
	s.WaitFor(b.Code+" to tell no more of "+strings.Join(codes, ", "), func() bool {
		c := b.Checkup()
		return !slices.ContainsFunc(codes, c.Has)
	})
}

func (s *scene) run(all []incident) {
	for _, i := range all {
		ok := s.t.Run(i.name, func(t *testing.T) {
			outer, begun := s.t, time.Now()
			s.t, s.T, s.undo = t, t, nil
			defer func() { s.t, s.T = outer, outer; outer.Logf("%-40s %.1f s", i.name, time.Since(begun).Seconds()) }()
			i.happens(s)
			s.sees(s.at, i.told, i.hides)
			slices.Reverse(s.undo)
			for _, f := range s.undo {
				f()
			}
			if i.mended != nil {
				i.mended(s)
			}
			s.forgets(s.at, append(slices.Clone(i.told), i.hides...))
		})
		if !ok {
			s.t.FailNow() // what follows would tell of this one
		}
	}
}

// other returns a voter that does not lead, and the leader.
func (s *scene) other() (voter, leader *nodetest.Balai) {
	s.t.Helper()
	leader = s.Leader()
	for _, code := range []string{"MGL", "SRK"} {
		if code != leader.Code {
			return s.Of(code), leader
		}
	}
	return nil, leader
}

// federated happens to one of four nodes, of which three vote until a fifth one
// comes. What takes the time of the ledger ahead stands last: it never goes back.
var federated = []incident{
	{
		name: "the disk gets full", told: []string{"disk.low"},
		happens: func(s *scene) {
			s.at = s.Of("BKS")
			s.computer(s.at, func(c *computer) { c.free, c.disk = 3e9, 20e9 })
		},
		mended: func(s *scene) { s.computer(s.at, func(c *computer) { c.free = 15e9 }) },
	},
	{
		name: "the disk is full", told: []string{"disk.full", "clock.moved"}, hides: []string{"disk.low", "inbox.behind"},
		happens: func(s *scene) {
			s.at = s.Of("BKS")
			s.computer(s.at, func(c *computer) { c.free = 0 })
			if err := s.at.Do("worker", http.MethodPost, "/cases", map[string]any{}, nil); err == nil {
				s.t.Error("a case was opened on a full disk")
			}
			h := s.Of("SRK").Offer(s.Of("SRK").Open("Datang Saat Penuh", nil).ID, "BKS", nil)
			s.Of("SRK").WaitStage(h.ID, "offered")
			s.clocks(20 * time.Minute)
			s.later(func() { s.at.WaitStage(h.ID, "offered"); s.at.Open("Sesudah Penuh", nil) })
			s.later(func() { s.computer(s.at, func(c *computer) { c.free = 15e9 }) }) // nobody starts it again
			s.later(func() { s.clocks(0) })
		},
	},
	{
		name: "memory is short", told: []string{"memory.low"},
		happens: func(s *scene) { s.computer(s.at, func(c *computer) { c.available = 1e8 }) },
		mended:  func(s *scene) { s.computer(s.at, func(c *computer) { c.available = 4e9 }) },
	},
	{
		name: "the process grows", told: []string{"process.swollen"},
		happens: func(s *scene) { s.computer(s.at, func(c *computer) { c.goroutines = 50_000 }) },
		mended:  func(s *scene) { s.computer(s.at, func(c *computer) { c.goroutines = 100 }) },
	},
	{
		name: "the disk is slow", told: []string{"disk.slow"},
		happens: func(s *scene) {
			s.at = s.Of("BKS")
			s.at.At("wal.append", func() { <-time.After(700 * time.Millisecond) })
			s.invite("AAA")
		},
		mended: func(s *scene) { s.at.At("wal.append", nil); s.at.Stop(); s.at.Start() }, // with another disk
	},
	{
		name: "the line is cut", told: []string{"wan.cut"}, hides: []string{"voter.silent", "quorum.lost", "group.leaderless"},
		happens: func(s *scene) {
			s.at = s.Of("BKS")
			s.Cut("BKS")
			s.sees(s.Of("SRK"), []string{"peer.silent"}, nil)
		},
		mended: func(s *scene) { s.Heal("BKS"); s.forgets(s.Of("SRK"), []string{"peer.silent"}) },
	},
	{
		name: "the cable is out for twelve days", told: []string{"network.down", "clock.moved"},
		hides: []string{"wan.cut", "voter.silent", "quorum.lost", "group.leaderless", "outbox.old", "handoff.stuck", "ledger.lease", "key.old"},
		happens: func(s *scene) {
			s.at = s.Of("BKS")
			open := s.at.Offer(s.at.Open("Ditawarkan Dulu", nil).ID, "SRK", nil)
			s.Of("SRK").WaitStage(open.ID, "offered")
			s.at.WaitStage(open.ID, "offered")
			s.Cut("BKS")
			s.computer(s.at, func(c *computer) { c.plugged = false })
			s.at.Offer(s.at.Open("Ditawarkan Sendiri", nil).ID, "SRK", nil)
			s.forgets(s.at, nil)
			s.clocks(12*24*time.Hour, "BKS")
			s.later(func() { s.Heal("BKS") })
			s.later(func() { s.computer(s.at, func(c *computer) { c.plugged = true }) })
			s.later(func() { s.clocks(0, "BKS") })
		},
	},
	{
		name: "a voter's disk hangs", told: []string{"voter.silent"}, hides: []string{"quorum.thin"},
		happens: func(s *scene) {
			sick, leader := s.other()
			s.at = leader
			release := make(chan struct{})
			sick.At("wal.append", func() { <-release })
			s.invite("BBA", "BBB", "BBC", "BBD", "BBE", "BBF")
			s.sees(leader, []string{"peer.torn"}, nil)
			s.sees(sick, []string{"disk.stalled"}, []string{"ledger.behind"})
			s.sees(sick, []string{"disk.stalled"}, []string{"ledger.halted"}) // it steps aside
			sick.At("wal.append", nil)
			close(release)
			s.WaitFor("the node to end", sick.Gone)
			s.later(func() { sick.WaitLevel() })
			s.later(sick.Start)
		},
	},
	{
		name: "a clock is 400 days off", told: []string{"clock.off", "clock.moved"}, hides: []string{"backup.old", "key.old", "ledger.lease"},
		happens: func(s *scene) {
			s.at, _ = s.other()
			before := len(s.Of("SRK").Events())
			s.clocks(400*24*time.Hour, s.at.Code)
			h := s.Of("BKS").Offer(s.Of("BKS").Open("Jam Salah", nil).ID, "GWA", nil) // which hinders nobody else
			s.Of("GWA").WaitStage(h.ID, "offered")
			s.later(func() {
				if n := len(s.Of("SRK").Events()) - before; n > 40 {
					s.t.Errorf("%d events came of a wrong clock", n)
				}
			})
			s.later(func() { s.clocks(0, s.at.Code) })
		},
	},
	{
		name: "the sender is gone before its packet left", told: []string{"voter.silent", "clock.moved"}, hides: []string{"quorum.thin", "packet.waiting"},
		happens: func(s *scene) {
			to, from := s.Of("GWA"), s.Of("MGL")
			s.at = to
			h := from.Offer(from.Open("Berkas Tertahan", nil).ID, to.Code, nil)
			to.WaitStage(h.ID, "offered")
			s.Cut(from.Code)
			s.Leader()
			to.Act(h.ID, "accept", nil)
			to.WaitStage(h.ID, "accepted")
			s.clocks(5 * time.Hour)
			s.later(func() { s.WaitFor("the packet", func() bool { return to.Handoff(h.ID).Packet == "here" }) })
			s.later(func() { s.Heal(from.Code) })
			s.later(func() { s.clocks(0) })
		},
	},
	{
		name: "two of three voters are gone", told: []string{"voter.silent"}, hides: []string{"quorum.lost", "group.leaderless"},
		happens: func(s *scene) {
			s.at = s.Of("BKS")
			s.Of("MGL").Stop()
			s.Of("GWA").Stop()
		},
		mended: func(s *scene) { s.Of("MGL").Start(); s.Of("GWA").Start(); s.Leader() },
	},
	{
		name: "a node comes back from a backup and reaches nobody", told: []string{"wan.cut"}, hides: []string{"node.restoring", "peer.silent"},
		happens: func(s *scene) {
			s.at = s.Of("BKS")
			s.Cut("BKS")
			s.at.Offer(s.at.Open("Sebelum Pemulihan", nil).ID, "SRK", nil)
			saved := s.at.Backup()
			s.at.Stop()
			s.at.Restore(saved)
			s.at.Start()
		},
		mended: func(s *scene) { s.Heal("BKS"); s.at.WaitLevel() },
	},
	{
		name: "what waited in the backup is asked about", told: []string{"outbox.undecided"},
		happens: func(*scene) {},
		mended: func(s *scene) {
			for _, row := range s.at.Outbox("undecided") {
				s.at.Must("head", http.MethodPost, "/outbox/"+row.ID+"/decide", map[string]any{"send": false}, nil)
			}
		},
	},
	{
		name: "most voters tell another history", told: []string{"ledger.diverged"}, hides: []string{"peer.odd"},
		happens: func(s *scene) {
			s.at = s.Of("SRK")
			now, err := s.at.Status()
			if err != nil {
				s.t.Fatal(err)
			}
			s.Of("MGL").WaitWritten()
			s.Of("GWA").WaitWritten()
			lie := federation.Position{Event: now.Ledger.Index, Hash8: [8]byte{1, 2, 3}}
			for _, code := range []string{"MGL", "GWA"} {
				fallen := s.Of(code)
				hush := fallen.Fall().Gossip(lie)
				if code == "MGL" { // one liar is odd, and that is all that becomes of it
					s.sees(s.at, []string{"peer.odd"}, nil)
				}
				s.later(fallen.Start)
				s.later(hush)
			}
			s.later(func() { s.forgets(s.at, nil) })
		},
		mended: func(s *scene) { s.invite("CCC") },
	},
}

// regrouped are the incidents of a federation whose members change.
var regrouped = []incident{
	{
		name: "the federation was recovered without this node", told: []string{"ledger.superseded"}, hides: []string{"ledger.halted"},
		happens: func(s *scene) {
			s.at = s.Of("MGL")
			for _, b := range s.Balai {
				b.Stop()
			}
			s.Of("SRK").Recover()
			s.Of("SRK").Start()
			s.at.Start()
		},
		mended: func(s *scene) {
			for _, b := range s.Balai {
				if b.Code == "SRK" {
					continue
				}
				if b != s.at {
					b.Start()
					s.sees(b, []string{"ledger.superseded"}, nil)
				}
				b.Stop()
				b.Rejoin()
				b.Start()
			}
			for _, b := range s.Balai {
				b.WaitLevel()
			}
		},
	},
	{
		name: "a newcomer is not approved", told: []string{"node.waiting"},
		happens: func(s *scene) {
			newcomer, admit := s.Newcomer("LMP")
			s.at = newcomer
			s.sees(s.Of("SRK"), []string{"approvals.pending"}, nil)
			s.later(func() { s.forgets(s.Of("SRK"), []string{"approvals.pending"}) })
			s.later(admit)
		},
	},
	{
		name: "a leader goes again and again", told: []string{"group.elections"},
		happens: func(s *scene) {
			for s.at = s.Of("BKS"); !s.at.Checkup().Has("group.elections"); {
				was := s.Leader()
				was.Stop()
				s.Leader() // another one
				was.Start()
				s.Leader()
			}
		},
		mended: func(s *scene) {
			s.clocks(2 * time.Hour)
			s.forgets(s.at, []string{"group.elections"})
			s.clocks(0)
		},
	},
	{
		name: "an offer is not answered", told: []string{"answers.overdue", "clock.moved"},
		happens: func(s *scene) {
			s.at = s.Of("GWA")
			h := s.Of("SRK").Offer(s.Of("SRK").Open("Menunggu Jawaban", nil).ID, s.at.Code, nil)
			s.at.WaitStage(h.ID, "offered")
			s.clocks(6 * 24 * time.Hour)
			s.later(func() { s.clocks(0) })
			s.later(func() {
				for _, open := range s.at.Handoffs(casework.In, "offered") { // that of the wrong clock too
					s.at.Act(open.ID, "decline", map[string]any{"reason": "penuh"})
				}
			})
		},
	},
}

// invite makes an event of the ledger for each code.
func (s *scene) invite(codes ...string) {
	s.t.Helper()
	for _, code := range codes {
		s.WaitFor("an invitation of "+code, func() bool {
			return s.Leader().Do("admin", http.MethodPost, "/invitations", map[string]any{"code": code}, nil) == nil
		})
	}
}

func TestIncidentsInAFederation(t *testing.T) {
	t.Parallel()
	newScene(t, "SRK", "MGL", "GWA", "BKS").run(federated)
}

func TestIncidentsOfMembers(t *testing.T) {
	t.Parallel()
	newScene(t, "SRK", "MGL", "GWA", "BKS").run(regrouped)
}

// upgrades are left out: two programs take part in them, in the script upgrade of
// cmd/serasi.
var upgrades = []string{"version.old"}

// Whoever adds a check adds an incident that it tells of.
func TestEveryCheckHasAnIncident(t *testing.T) {
	covered := slices.Clone(upgrades)
	for _, i := range slices.Concat(federated, regrouped, alone) {
		covered = append(append(covered, i.told...), i.hides...)
	}
	covered = append(covered, "peer.silent", "peer.torn", "peer.odd", "disk.stalled", "ledger.behind", "ledger.halted", "approvals.pending")
	for code := range strandings {
		covered = append(covered, code)
	}
	for _, code := range health.Codes() {
		if !slices.Contains(covered, code) {
			t.Errorf("nothing that really happens makes the check %s tell", code)
		}
	}
	for _, code := range covered {
		if !slices.Contains(health.Codes(), code) {
			t.Errorf("there is no check %s", code)
		}
	}
}
