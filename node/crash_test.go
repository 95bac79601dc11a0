package node_test

import (
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"serasi/node"
	"serasi/node/casework"
	"serasi/node/nodetest"
)

// parts are who takes part in the handoffs under the crash tests, and the points
// where each is killed. The leader is whoever leads, and a voter is anybody who
// has a vote.
var parts = map[string][]string{
	"sender": {
		"offer.packed", "offer.queued", "outbox.before-store", "outbox.stored", "outbox.before-send", "outbox.after-send",
		"act.queued", "pull.before", "pull.after", "wal.append", "fsm.before-flush", "fsm.after-flush",
	},
	"receiver": {
		"fetch.received", "fetch.committed", "fetch.unpacked", "fetch.adopted", "outbox.before-store", "outbox.stored",
		"outbox.before-send", "outbox.after-send", "act.queued", "pull.before", "pull.after", "fsm.before-flush", "fsm.after-flush",
	},
	"leader": {
		"leader.before-append", "leader.after-commit", "leader.before-change", "wal.append", "wal.delete",
		"fsm.before-flush", "fsm.after-flush", "snapshot.written",
	},
	"voter": {"wal.stable"},
	"bystander": {
		"pull.before", "pull.after", "wal.append", "wal.delete", "fsm.before-flush", "fsm.after-flush",
		"snapshot.written", "snapshot.before-rename",
	},
}

// shifts are the federations under test, each with the parts that die in it.
// Whoever dies of voting does so where elections are.
var shifts = [][]string{{"leader", "voter"}, {"sender"}, {"receiver"}, {"bystander"}}

// isPoint finds the names of points in the code.
var isPoint = regexp.MustCompile(`(?:[pP]oint\(|g\.write\("[a-z ]+", )"([a-z]+\.[a-z-]+)"`)

// Every point that the code names is in the table, every name in the table is in
// the code, and every part has its shift.
func TestEveryPointIsCrashed(t *testing.T) {
	inCode := map[string]bool{}
	for _, room := range []string{"handoff", "../replication", "store", "."} {
		files, err := filepath.Glob(filepath.Join(room, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range isPoint.FindAllSubmatch(text, -1) {
				inCode[string(m[1])] = true
			}
		}
	}
	if len(inCode) < 20 {
		t.Fatalf("only %d points found in the code", len(inCode))
	}
	for _, fault := range uncovered(inCode) {
		t.Error(fault)
	}
	delete(inCode, "pull.before")
	inCode["desk.new"] = true
	if faults := uncovered(inCode); len(faults) != 2 {
		t.Errorf("a point that is gone and a new one show as %q", faults)
	}
}

// uncovered compares the points of the code with the table.
func uncovered(inCode map[string]bool) (faults []string) {
	inTable := map[string]bool{}
	for _, point := range slices.Concat(slices.Collect(maps.Values(parts))...) {
		if !inCode[point] && !inTable[point] {
			faults = append(faults, point+" is passed nowhere")
		}
		inTable[point] = true
	}
	for point := range inCode {
		if !inTable[point] {
			faults = append(faults, "nobody is killed at "+point)
		}
	}
	for part := range parts {
		if !slices.Contains(slices.Concat(shifts...), part) {
			faults = append(faults, part+" never dies")
		}
	}
	return faults
}

// A shift is people at work in a federation whose nodes are killed all the time.
type shift struct {
	*nodetest.Cluster
	t                *testing.T
	sender, receiver *nodetest.Balai
	jobs             []*job
	rounds           int
	happened         int                            // deaths, and steps of jobs
	leader           atomic.Pointer[nodetest.Balai] // who led when last asked, and lives
}

// A job is one handoff from the sender to the receiver.
type job struct {
	ends    string // the stage at which it should end
	opened  bool
	id      casework.CaseID
	handoff casework.HandoffID
	stages  [2]string // where it stood at both ends when last asked
	done    bool
}

// ends are the ways in which handoffs end here, in turn.
var ends = []string{"received", "declined", "received", "closed", "withdrawn"}

// eager keeps nodes writing snapshots and trimming logs all the time. The logs
// that stay must be more than what is on its way to a follower at once: raft has
// no way to go on with one that trimmed what its leader has not heard it has.
func eager(c *node.Config) {
	c.Tuning.SnapshotAfter, c.Tuning.TrailingLogs, c.Tuning.WALSegment = 12, 32, 16<<10
	c.Tuning.Raft.Snapshot = 200 * time.Millisecond
}

func newShift(t *testing.T) *shift {
	t.Helper()
	c := nodetest.Start(t, eager, "SRK", "MGL", "GWA", "BTR")
	s := &shift{Cluster: c, t: t, sender: c.Of("MGL"), receiver: c.Of("GWA")}
	s.leader.Store(c.Of("SRK"))
	return s
}

// trap sets the traps of one part: each point is fatal at its first, second and
// fifth pass.
func (s *shift) trap(part string) (set []*nodetest.Trap) {
	who, when := []*nodetest.Balai{s.Of("BTR")}, func(*nodetest.Balai) bool { return true }
	switch part {
	case "sender":
		who[0] = s.sender
	case "receiver":
		who[0] = s.receiver
	case "voter":
		who = s.Balai
	case "leader":
		who, when = s.Balai, func(b *nodetest.Balai) bool { return b == s.leader.Load() }
	}
	for _, point := range parts[part] {
		only := when
		if strings.HasPrefix(point, "leader.") { // only a leader passes it
			only = nil
		}
		set = append(set, s.CrashAt(point, []int{1, 2, 5}, only, who...))
	}
	return set
}

// mostRounds is how many rounds of handoffs pass every point often enough, and
// some.
const mostRounds = 20

// work lets people work and nodes die until all traps have sprung and all that
// was begun has ended. between is called once a round.
func (s *shift) work(traps []*nodetest.Trap, between func()) {
	s.t.Helper()
	sprung := func() bool { return !slices.ContainsFunc(traps, func(t *nodetest.Trap) bool { return !t.Sprung() }) }
	for s.rounds = 1; ; s.rounds++ {
		for range ends {
			s.jobs = append(s.jobs, &job{ends: ends[len(s.jobs)%len(ends)]})
		}
		s.finish()
		if sprung() {
			break
		}
		if s.rounds == mostRounds {
			s.t.Fatalf("after %d rounds of handoffs these live: %v", s.rounds, slices.DeleteFunc(traps, (*nodetest.Trap).Sprung))
		}
		between()
	}
	s.WaitFor("the last of the dead to be back", func() bool { return s.Revive() == 0 })
	s.Check()
	s.counted()
	for point := range s.Passed() {
		if !slices.Contains(slices.Concat(slices.Collect(maps.Values(parts))...), point) {
			s.t.Errorf("nobody is killed at %s, which was passed", point)
		}
	}
}

// finish lets all work until every job is done. Nodes may die as often as they
// like: it gives up only when neither a death nor a step of a job comes.
func (s *shift) finish() {
	s.t.Helper()
	for all := false; !all; {
		before := s.happened
		s.WaitFor("a death, or a step of a handoff", func() bool {
			all = s.step()
			return all || s.happened > before
		})
	}
}

// step lets everybody do what they can do now, and reports whether all is done.
func (s *shift) step() bool {
	s.t.Helper()
	s.look()
	all := true
	for _, j := range s.jobs {
		s.revive()
		if !j.done {
			j.done = s.advance(j)
			all = all && j.done
		}
	}
	return all
}

// revive brings back the dead, none of whom leads any more.
func (s *shift) revive() {
	s.t.Helper()
	if l := s.leader.Load(); l != nil && !l.Alive() {
		s.leader.Store(nil)
	}
	s.happened += s.Revive()
}

// look finds out who leads.
func (s *shift) look() {
	s.t.Helper()
	for _, b := range append([]*nodetest.Balai{s.leader.Load()}, s.Balai...) {
		if b == nil {
			continue
		}
		if st, err := b.Status(); err == nil && st.Raft.Role == "leader" {
			s.leader.Store(b)
			return
		}
	}
}

// advance takes the next step of a job at both ends, as people do who look again
// when the screen did not answer. It reports whether both ends saw it end.
func (s *shift) advance(j *job) bool {
	s.t.Helper()
	switch {
	case !j.opened:
		var out struct{ Case casework.Case }
		err := s.sender.Do("worker", http.MethodPost, "/cases", map[string]any{
			"urgency": "normal", "basis": "vital interest", "claims": []map[string]string{{"kind": "name", "value": "Uji", "standing": "stated"}},
		}, &out)
		j.id, j.opened = out.Case.ID, err == nil
		return false
	case j.handoff == "":
		j.handoff = s.offered(j.id)
		if j.handoff == "" {
			s.offer(j)
		}
		return false
	}
	from, to := s.sender.Handoff(j.handoff), s.receiver.Handoff(j.handoff)
	if now := [2]string{from.Stage, to.Stage}; now != j.stages {
		j.stages = now
		s.happened++
	}
	if from.Stage == j.ends && (to.Stage == j.ends || j.ends == "withdrawn" && to.ID == "") {
		return true
	}
	if j.ends == "withdrawn" {
		s.try(s.sender, from, "withdraw", map[string]any{"reason": "salah kirim"})
		return false
	}
	s.try(s.sender, from, "close", nil)
	for _, act := range map[string][]string{"received": {"accept", "receive"}, "declined": {"decline"}, "closed": {"accept", "start", "report"}}[j.ends] {
		in := map[string]any{}
		switch act {
		case "decline":
			in["reason"] = "penuh"
		case "report":
			in["reason"], in["text"] = "selesai", "dilayani"
		}
		s.try(s.receiver, to, act, in)
	}
	return false
}

func (s *shift) try(b *nodetest.Balai, h casework.Handoff, act string, in map[string]any) {
	s.t.Helper()
	if slices.Contains(h.Actions, act) {
		s.tolerate(b.TryAct(h.ID, act, in))
	}
}

// tolerate lets pass what people see while nodes die and what they do twice.
func (s *shift) tolerate(err error) {
	s.t.Helper()
	if p := (*nodetest.Problem)(nil); errors.As(err, &p) && p.Status != http.StatusConflict && p.Status != http.StatusServiceUnavailable && p.Status != http.StatusLocked {
		s.t.Fatalf("the door says %v", err)
	}
}

// offered finds the handoff of a case, whose offer may have gone through though
// nobody was told.
func (s *shift) offered(id casework.CaseID) casework.HandoffID {
	for cursor := ""; ; {
		var page casework.Page[casework.Handoff]
		if s.sender.Do("head", http.MethodGet, "/handoffs?box=out&limit=100&cursor="+cursor, nil, &page) != nil {
			return ""
		}
		for _, h := range page.Items {
			if h.Case == id {
				return h.ID
			}
		}
		if cursor = page.Next; cursor == "" {
			return ""
		}
	}
}

func (s *shift) offer(j *job) {
	s.t.Helper()
	var err error
	if j.ends != "closed" {
		_, err = s.sender.TryOffer(j.id, s.receiver.Code, nil)
	} else {
		in := map[string]any{"to": s.receiver.Code, "reason": "uji", "wanted": "fisioterapi", "basis": "vital interest", "basisWhy": "darurat"}
		err = s.sender.Do("head", http.MethodPost, "/cases/"+string(j.id)+"/referrals", in, nil)
	}
	s.tolerate(err)
}

// counted checks that each handoff took each step once.
func (s *shift) counted() {
	s.t.Helper()
	took := map[string]int{}
	for _, e := range s.sender.Events() {
		if e.Kind == "handoff" && e.Stage != "" && e.Act != "deliver" && e.Act != "read" && e.Act != "fade" {
			took[e.Subject+" "+e.Act]++
		}
	}
	for step, n := range took {
		if n != 1 {
			s.t.Errorf("step %s was taken %d times", step, n)
		}
	}
	for _, j := range s.jobs {
		if j.ends == "received" && took[string(j.handoff)+" receive"] != 1 {
			s.t.Errorf("custody of %s moved %d times", j.id, took[string(j.handoff)+" receive"])
		}
	}
}

// Whoever dies at whatever point, at its first, second and fifth pass: all goes
// on where it was, once.
func TestCrashAtEachPoint(t *testing.T) {
	t.Parallel()
	for _, dying := range shifts {
		t.Run(strings.Join(dying, "+"), func(t *testing.T) {
			t.Parallel()
			s := newShift(t)
			var traps []*nodetest.Trap
			for _, part := range dying {
				traps = append(traps, s.trap(part)...)
			}
			s.work(traps, func() { s.stir(dying[0]) })
			t.Logf("%d rounds of handoffs; passed %v", s.rounds, s.Passed())
		})
	}
}

// stir makes happen what does not happen by itself in a quiet federation: the
// leader changes the group, and the bystander misses so much that it is sent a
// snapshot.
func (s *shift) stir(part string) {
	s.t.Helper()
	by := s.Of("BTR")
	switch part {
	case "leader":
		by.Stop()
		by.Rejoin()
		by.Start()
	case "bystander":
		s.Cut(by.Code)
		for range 8 {
			s.jobs = append(s.jobs, &job{ends: "received"})
		}
		s.finish()
		s.Heal(by.Code)
	}
}
