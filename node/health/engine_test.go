package health_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"serasi/node/casework"
	"serasi/node/health"
)

var noon = time.Date(2026, 11, 22, 5, 0, 0, 0, time.UTC)

// well are the facts of a node of five voters and one balai more with which
// nothing is wrong.
func well() health.Facts {
	f := health.Facts{
		Balai: "SRK", Version: "1.0", Now: noon, Local: true,
		Disk: &health.Disk{Free: 50e9, Total: 100e9, Reserve: 200e6, WriteP99: time.Millisecond}, Store: &health.Store{},
		Clock: &health.Clock{Known: true}, Machine: &health.Machine{Available: 2e9, Memory: 4e9, Goroutines: 100, Starts: 1},
		Group:  &health.Group{Leader: "MGL", Term: 3, Voters: 5, Reachable: 5, Event: 100, Newest: 100, Applied: time.Hour},
		Work:   &health.Work{Oldest: map[casework.BalaiCode]time.Duration{}, Unread: -1, Fetching: -1, SealKey: 24 * time.Hour},
		Backup: &health.Backup{Age: time.Hour, Proven: 24 * time.Hour, Lived: 1000 * time.Hour},
	}
	for _, code := range []casework.BalaiCode{"MGL", "BKS", "GWA", "KDR", "LMP"} {
		f.Peers = append(f.Peers, health.Peer{Code: code, Voter: code != "LMP", Leads: code == "MGL", Ledger: time.Second, Gossip: time.Second, Alive: true, Event: 100})
	}
	return f
}

// hush silences the peers with these codes, or all.
func hush(f *health.Facts, codes ...casework.BalaiCode) {
	for i, p := range f.Peers {
		if len(codes) == 0 || slices.Contains(codes, p.Code) {
			f.Peers[i].Ledger, f.Peers[i].Gossip, f.Peers[i].Alive = time.Hour, time.Hour, false
		}
	}
}

// down are the facts of a node that does not run.
func down(s health.Stranded) func(*health.Facts) {
	return func(f *health.Facts) { *f = health.Facts{Now: f.Now, Stranded: &s} }
}

// faulty breaks one thing at a time, by the code of the check that must tell.
var faulty = map[string]func(*health.Facts){
	"node.folder":       down(health.Stranded{Folder: "there is no folder x"}),
	"node.settings":     down(health.Stranded{Settings: "profile must be lan or wan"}),
	"node.key":          down(health.Stranded{Key: "root.key cannot be read"}),
	"node.locked":       down(health.Stranded{Locked: true}),
	"node.port":         down(health.Stranded{Ports: "used by another program: 127.0.0.1:7000"}),
	"disk.full":         func(f *health.Facts) { f.Disk.Full = true },
	"disk.low":          func(f *health.Facts) { f.Disk.Free, f.Disk.Total = 1e9, 20e9 },
	"disk.filling":      func(f *health.Facts) { f.Disk.PerDay = 10e9 },
	"disk.slow":         func(f *health.Facts) { f.Disk.AppendP99 = time.Second },
	"disk.stalled":      func(f *health.Facts) { f.Disk.Hanging = 5 * time.Second },
	"store.stopped":     func(f *health.Facts) { f.Store.Stopped = true },
	"store.damaged":     func(f *health.Facts) { f.Store.Damaged = 3 },
	"clock.off":         func(f *health.Facts) { f.Clock.Ahead = -45 * time.Second },
	"clock.moved":       func(f *health.Facts) { f.Clock.Moved = time.Hour },
	"memory.low":        func(f *health.Facts) { f.Machine.Available = 1e8 },
	"process.restarts":  func(f *health.Facts) { f.Machine.Starts = 5 },
	"process.swollen":   func(f *health.Facts) { f.Machine.Goroutines = 1e6 },
	"key.loose":         func(f *health.Facts) { f.Machine.LoosePlain = true },
	"network.down":      func(f *health.Facts) { f.Machine.NoNetwork = true },
	"node.waiting":      func(f *health.Facts) { f.Group, f.Peers = nil, nil },
	"wan.cut":           func(f *health.Facts) { hush(f); f.Group.Leader = ""; f.Group.Reachable = 1 },
	"voter.silent":      func(f *health.Facts) { hush(f, "BKS") },
	"peer.silent":       func(f *health.Facts) { hush(f, "LMP") },
	"peer.torn":         func(f *health.Facts) { f.Group.Leader = "SRK"; f.Peers[1].Ledger = time.Hour },
	"quorum.lost":       func(f *health.Facts) { f.Group.Leader, f.Group.Reachable = "", 2 },
	"group.leaderless":  func(f *health.Facts) { f.Group.Leader = "" },
	"ledger.halted":     func(f *health.Facts) { f.Group.Halted = "store: no" },
	"ledger.superseded": func(f *health.Facts) { f.Group.Superseded = true; f.Group.Halted = "superseded" },
	"ledger.diverged":   func(f *health.Facts) { f.Group.Diverged = true },
	"peer.odd":          func(f *health.Facts) { f.Peers[2].Odd = true },
	"version.old":       func(f *health.Facts) { f.Group.Newer = true },
	"ledger.behind":     func(f *health.Facts) { f.Group.Newest = 5000 },
	"ledger.lease":      func(f *health.Facts) { f.Group.Applied = 12 * 24 * time.Hour },
	"node.restoring":    func(f *health.Facts) { f.Group.Restoring = true },
	"outbox.old":        func(f *health.Facts) { f.Work.Oldest["GWA"] = 5 * time.Hour },
	"outbox.undecided":  func(f *health.Facts) { f.Work.Undecided = 2 },
	"inbox.behind":      func(f *health.Facts) { f.Work.Unread = time.Hour },
	"packet.waiting":    func(f *health.Facts) { f.Work.Fetching = 5 * time.Hour },
	"handoff.stuck":     func(f *health.Facts) { f.Work.Stuck = map[string]int{"accepted": 2, "offered": 1} },
	"answers.overdue":   func(f *health.Facts) { f.Work.Overdue = 1 },
	"key.old":           func(f *health.Facts) { f.Work.SealKey = 9 * 24 * time.Hour },
	"approvals.pending": func(f *health.Facts) { f.Work.Approvals = 1 },
	"backup.old":        func(f *health.Facts) { f.Backup.Age = 30 * time.Hour },
	"backup.unproven":   func(f *health.Facts) { f.Backup.Proven = 9 * 24 * time.Hour },
}

// byHistory are the checks that a single moment cannot break, and by whose
// symptom another check is told.
var byHistory = []string{"group.elections", "quorum.thin"}

func TestEveryCheckFiresAndClears(t *testing.T) {
	for _, code := range health.Codes() {
		spoil, there := faulty[code]
		if !there && !slices.Contains(byHistory, code) {
			t.Errorf("%s: no row", code)
			continue
		}
		if !there {
			continue
		}
		t.Run(code, func(t *testing.T) {
			var h health.History
			if c := h.Examine(well()); len(c.Ailments) > 0 || c.Lamp != casework.Healthy {
				t.Fatalf("a well node: %v", c.Codes())
			}
			f := well()
			spoil(&f)
			h.Examine(f)
			f.Now = noon.Add(25 * time.Hour) // longer than any check waits
			c := h.Examine(f)
			if codes := c.Codes(); len(codes) != 1 || codes[0] != code {
				t.Fatalf("tells %v, explains %v", codes, c.Ailments)
			}
			told(t, c.Ailments[0])
			f = well()
			f.Now = noon.Add(26 * time.Hour)
			if c := h.Examine(f); len(c.Ailments) > 0 {
				t.Errorf("mended, and tells %v", c.Codes())
			}
		})
	}
}

// told looks whether an ailment has all its words, in both languages.
func told(t *testing.T, a casework.Ailment) {
	t.Helper()
	said := a.In(casework.Indonesian)
	for what, pair := range map[string][2]string{
		"title": {a.Title, said.Title}, "impact": {a.Impact, said.Impact}, "evidence": {a.Evidence, said.Evidence}, "step": {a.Step, said.Step},
	} {
		if pair[0] == "" || pair[0] == pair[1] && a.Code != "node.settings" { // settings bring words of their own
			t.Errorf("%s: the %s is %q in both languages", a.Code, what, pair[0])
		}
	}
	if a.At.IsZero() || a.Since.IsZero() || a.Severity == "" {
		t.Errorf("%s: no time or severity: %+v", a.Code, a)
	}
}

func TestCausesHideWhatFollows(t *testing.T) {
	all := func(f *health.Facts) { hush(f); f.Group.Leader, f.Group.Reachable = "", 1 }
	for name, tt := range map[string]struct {
		spoil    []func(*health.Facts)
		roots    []string
		explains []string // of the first
		lamp     casework.Lamp
	}{
		"the line is cut": {[]func(*health.Facts){all, faulty["outbox.old"], faulty["ledger.lease"]}, []string{"wan.cut"},
			[]string{"group.leaderless", "ledger.lease", "outbox.old", "peer.silent", "quorum.lost", "quorum.thin", "voter.silent"}, casework.CutOff},
		"the cable is out": {[]func(*health.Facts){all, faulty["network.down"]}, []string{"network.down"}, []string{"group.leaderless", "peer.silent", "quorum.lost", "quorum.thin", "voter.silent", "wan.cut"}, casework.CutOff},
		"a disk is full": {[]func(*health.Facts){faulty["disk.full"], faulty["store.stopped"], faulty["ledger.halted"], faulty["backup.old"]}, []string{"disk.full"},
			[]string{"backup.old", "ledger.halted", "store.stopped"}, casework.Unsure},
		"a voter is dead":  {[]func(*health.Facts){func(f *health.Facts) { hush(f, "BKS", "GWA") }, faulty["outbox.old"]}, []string{"voter.silent", "voter.silent"}, []string{"quorum.thin"}, casework.Unsure},
		"another's outbox": {[]func(*health.Facts){faulty["voter.silent"], faulty["outbox.old"]}, []string{"voter.silent", "outbox.old"}, []string{"quorum.thin"}, casework.Healthy},
		"two causes":       {[]func(*health.Facts){faulty["memory.low"], faulty["answers.overdue"]}, []string{"memory.low", "answers.overdue"}, nil, casework.Unsure},
		"a wrong clock":    {[]func(*health.Facts){faulty["clock.off"], faulty["answers.overdue"], faulty["backup.old"], faulty["key.old"]}, []string{"clock.off"}, []string{"answers.overdue", "backup.old", "key.old"}, casework.Healthy},
	} {
		t.Run(name, func(t *testing.T) {
			var h health.History
			f := well()
			for _, spoil := range tt.spoil {
				spoil(&f)
			}
			h.Examine(f)
			f.Now = noon.Add(3 * time.Hour)
			c := h.Examine(f)
			if !slices.Equal(c.Codes(), tt.roots) || !slices.Equal(c.Ailments[0].Explains, tt.explains) || c.Lamp != tt.lamp {
				t.Errorf("%v explain %v, lamp %s", c.Codes(), c.Ailments[0].Explains, c.Lamp)
			}
			for _, code := range tt.explains {
				if !c.Has(code) {
					t.Errorf("%s is lost", code)
				}
			}
		})
	}
}

func TestNoAlarmForABlink(t *testing.T) {
	var h health.History
	f := well()
	hush(&f, "BKS")
	at := func(after time.Duration) casework.Checkup {
		f.Now = noon.Add(after)
		return h.Examine(f)
	}
	if c := at(0); len(c.Ailments) > 0 {
		t.Fatalf("told at once: %v", c.Codes())
	}
	if c := at(30 * time.Second); len(c.Ailments) > 0 {
		t.Fatalf("told after 30 s: %v", c.Codes())
	}
	c := at(2 * time.Minute)
	if !slices.Equal(c.Codes(), []string{"voter.silent"}) || !c.Ailments[0].Since.Equal(noon) || c.Ailments[0].Balai != "BKS" {
		t.Fatalf("after two minutes: %+v", c.Ailments)
	}
	quick := health.History{Patience: time.Millisecond}
	quick.Examine(f)
	f.Now = f.Now.Add(time.Second)
	if c := quick.Examine(f); !c.Has("voter.silent") {
		t.Error("less patience does not help")
	}
}

func TestElections(t *testing.T) {
	var h health.History
	f := well()
	for i := range uint64(4) {
		f.Now, f.Group.Term = noon.Add(time.Duration(i)*10*time.Minute), 3+i
		h.Examine(f)
	}
	if c := h.Examine(f); !slices.Equal(c.Codes(), []string{"group.elections"}) {
		t.Errorf("three elections: %v", c.Codes())
	} else {
		told(t, c.Ailments[0])
	}
	f.Now = noon.Add(3 * time.Hour)
	if c := h.Examine(f); len(c.Ailments) > 0 {
		t.Errorf("hours later: %v", c.Codes())
	}
}

func TestPeersAndTheBudget(t *testing.T) {
	f := well()
	hush(&f, "GWA")
	f.Peers[1].Ledger, f.Peers[1].Gossip = 20*time.Second, 30*time.Second
	c := new(health.History).Examine(f)
	for code, want := range map[casework.BalaiCode]casework.Lamp{"MGL": casework.Healthy, "BKS": casework.Unsure, "GWA": casework.CutOff} {
		i := slices.IndexFunc(c.Balais, func(b casework.Contact) bool { return b.Balai == code })
		if b := c.Balais[i]; b.Lamp != want || b.By != "SRK" || b.Way == "" || b.Heard.IsZero() {
			t.Errorf("%+v, want %s", b, want)
		}
	}
	if c.Alone != (casework.Alone{Days: 13, Limit: "ledger lease"}) {
		t.Errorf("alone %+v", c.Alone)
	}
	f.Disk.Free, f.Disk.PerDay = 3.2e9, 1e9
	if c := new(health.History).Examine(f); c.Alone != (casework.Alone{Days: 3, Limit: "disk"}) {
		t.Errorf("with little room alone %+v", c.Alone)
	}
}

func TestReportNamesNobody(t *testing.T) {
	var h health.History
	f := well()
	hush(&f, "BKS")
	h.Examine(f)
	f.Now = noon.Add(time.Hour)
	text := h.Examine(f).Report(casework.Indonesian, time.FixedZone("WIB", 7*3600))
	for _, want := range []string{"SERASI SRK 1.0", "BKS tidak menjawab", "[warning]", "13:00 WIB", "sejak 2026-11-22 12:00 WIB", "Telepon balai itu"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

// In a large federation some balai speak to a node that has just started after
// minutes only. Until then the word of the others counts.
func TestNotHeardYetIsNotSilent(t *testing.T) {
	for name, alive := range map[string]bool{"others hear it": true, "nobody does (control)": false} {
		t.Run(name, func(t *testing.T) {
			var h health.History
			f := well()
			for i := range f.Peers {
				if p := &f.Peers[i]; p.Code == "BKS" {
					p.Ledger, p.Gossip, p.Alive = -1, -1, alive
				}
			}
			h.Examine(f)
			f.Now = noon.Add(3 * time.Minute)
			if c := h.Examine(f); c.Has("voter.silent") == alive {
				t.Errorf("tells %v", c.Codes())
			}
		})
	}
}
