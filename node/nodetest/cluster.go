// Package nodetest runs whole balai in one process, over real TCP: a federation
// of nodes with their own folders, ports and disks, tied by lines that a test
// can cut and heal. Tests talk to a node as people do, through its REST door.
//
// It is for tests only and decides nothing; what it checks after a test are the
// promises of the README.
package nodetest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"serasi/node"
	"serasi/node/access"
	"serasi/node/nodetest/cable"
	"serasi/node/vault"
	"serasi/replication"
)

// A Cluster is a federation under test.
type Cluster struct {
	T       testing.TB
	Balai   []*Balai
	officer node.OfficerKey
	lines   map[[2]string]*cable.Cable
	dir     string
	quick   func(*node.Config) // what the test wants otherwise
	lineMu  sync.Mutex         // held while lines are cut or healed
	dying   sync.WaitGroup     // copies of what killed nodes left behind

	trapMu sync.Mutex // guards all below
	traps  []*Trap
	passed map[string]int

	paperMu sync.Mutex // guards papers
	papers  []paper    // what people were told is kept
}

// Start runs a federation of the balai with these codes. The first founds it,
// the others are invited, ask, are approved and take their seats. The test may
// adjust the settings of each node. Everything stops with the test.
func Start(t testing.TB, adjust func(*node.Config), codes ...string) *Cluster {
	t.Helper()
	c := &Cluster{T: t, lines: map[[2]string]*cable.Cable{}, dir: t.TempDir(), quick: adjust, passed: map[string]int{}}
	t.Cleanup(c.stop)
	var err error
	if c.officer, err = node.NewOfficerKey(); err != nil {
		t.Fatal(err)
	}
	for _, code := range codes {
		b := c.newBalai(code)
		c.Balai = append(c.Balai, b)
	}
	for i, b := range c.Balai {
		if i == 0 {
			b.found()
		} else {
			b.joinThrough(c.Balai[0])
		}
	}
	for _, b := range c.Balai {
		c.WaitFor(b.Code+" to see all members", func() bool { return b.activeMembers() == len(codes) })
	}
	want := len(codes)
	if want%2 == 0 {
		want--
	}
	c.WaitFor("all seats to be taken", func() bool { return c.Balai[0].voters() >= min(want, 5) })
	return c
}

// WaitFor asks until the answer is yes; it is the only clock a cluster test may
// use. It rests about as long as it asked, for who waits should not be who keeps
// the processor.
func (c *Cluster) WaitFor(what string, yes func() bool) {
	c.T.Helper()
	begun := time.Now()
	for deadline := time.After(120 * time.Second); ; {
		asked := time.Now()
		if yes() {
			break
		}
		select {
		case <-time.After(min(max(20*time.Millisecond, time.Since(asked)), 200*time.Millisecond)):
		case <-deadline:
			c.T.Fatalf("gave up waiting for %s\n%s", what, c.report())
		}
	}
	if took := time.Since(begun); took > 5*time.Second {
		c.T.Logf("waited %.1f s for %s", took.Seconds(), what)
	}
}

// report says where each node stands, for a test that gives up.
func (c *Cluster) report() string {
	var out strings.Builder
	for _, b := range c.running() {
		s, err := b.Status()
		fmt.Fprintf(&out, "%s: %+v err %v\n", b.Code, s, err)
	}
	return out.String()
}

// Of returns a balai by code.
func (c *Cluster) Of(code string) *Balai {
	for _, b := range c.Balai {
		if b.Code == code {
			return b
		}
	}
	c.T.Fatalf("no balai %s in this test", code)
	return nil
}

// Cut parts a balai from all others; Heal joins it again.
func (c *Cluster) Cut(code string)  { c.isolate(code, true) }
func (c *Cluster) Heal(code string) { c.isolate(code, false) }

func (c *Cluster) isolate(code string, cut bool) {
	c.lineMu.Lock()
	defer c.lineMu.Unlock()
	for pair, l := range c.lines {
		haunted := c.Of(pair[0]).ghost.Load() || c.Of(pair[1]).ghost.Load() // no line to a killed node is whole
		if pair[0] == code || pair[1] == code {
			l.Cut(cut || haunted)
		}
	}
}

// CutOneWay lets from dial to no more; the other way stays.
func (c *Cluster) CutOneWay(from, to string) { c.lines[[2]string{from, to}].Cut(true) }

// Slow makes every line between two balai one of that quality, for connections
// that are made from now on.
func (c *Cluster) Slow(q cable.Quality) {
	for i, a := range c.Balai {
		for _, b := range c.Balai[:i] {
			cable.Slow(q, c.lines[[2]string{a.Code, b.Code}], c.lines[[2]string{b.Code, a.Code}])
		}
	}
}

func (c *Cluster) stop() {
	c.dying.Wait()
	for _, b := range c.Balai {
		b.Stop()
	}
	for _, l := range c.lines {
		l.Close()
	}
}

func (c *Cluster) newBalai(code string) *Balai {
	c.T.Helper()
	b := &Balai{c: c, Code: code, Dir: filepath.Join(c.dir, code), tokens: map[string]string{}}
	listen, people := FreePort(c.T), FreePort(c.T)
	if err := os.MkdirAll(b.Dir, 0o700); err != nil {
		c.T.Fatal(err)
	}
	root := filepath.Join(c.dir, code+".root")
	if err := vault.NewFile(root); err != nil {
		c.T.Fatal(err)
	}
	b.config = node.Config{
		Dir: b.Dir, Key: "file:" + root, Listen: listen, People: people, InsecureHTTP: true, Profile: replication.LAN, Version: "test",
		Peers: filepath.Join(c.dir, code+".peers"), Clock: filepath.Join(c.dir, code+".clock"),
		Tuning: node.Tuning{
			// A call may take longer than an election, so that a slow machine keeps
			// the connections it has just made, and elects somebody in the end.
			Raft: replication.Timing{
				Heartbeat: 1200 * time.Millisecond, Election: 1200 * time.Millisecond, Lease: 1200 * time.Millisecond,
				Commit: 10 * time.Millisecond, Housekeeping: 100 * time.Millisecond, RPC: 5 * time.Second,
			},
			PromoteAfter: 100 * time.Millisecond, SwapAfter: time.Hour, WALSegment: 1 << 20, MinFree: 1, LetAnybodyKey: true, NoSecondFactor: true,
			Password: access.Cost{Time: 1, Memory: 64, Threads: 1}, GossipInterval: 200 * time.Millisecond,
			RetryAtMost: 500 * time.Millisecond,
		},
	}
	for _, other := range c.Balai {
		c.tie(b, other)
		c.tie(other, b)
	}
	if c.quick != nil {
		c.quick(&b.config)
	}
	return b
}

// tie makes the line by which from dials to, and tells from about it.
func (c *Cluster) tie(from, to *Balai) {
	l, err := cable.New()
	if err != nil {
		c.T.Fatal(err)
	}
	l.Lead(to.config.Listen)
	c.lines[[2]string{from.Code, to.Code}] = l
	f, err := os.OpenFile(from.config.Peers, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		c.T.Fatal(err)
	}
	_, err = fmt.Fprintf(f, "%s %s\n", to.Code, l.Addr())
	if cerr := f.Close(); err != nil || cerr != nil {
		c.T.Fatal(err, cerr)
	}
}

// given counts the ports that were given to nodes. The ports are the machine's,
// so all tests of a process count together: none gets one that another test's
// node, stopped at that moment, will want again.
var given atomic.Int64

// FreePort finds a port that a node can have again after a restart: one below
// those that the system gives to connections by itself. Processes begin at
// different places.
func FreePort(t testing.TB) string {
	t.Helper()
	for range 1000 {
		ln, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10_000+(int64(os.Getpid())*1009+given.Add(1))%20_000))
		if err != nil {
			continue // taken
		}
		defer func() { _ = ln.Close() }()
		return ln.Addr().String()
	}
	t.Fatal("no port is free")
	return ""
}

func (b *Balai) found() {
	b.c.T.Helper()
	made, err := node.Init(b.c.T.Context(), b.config, node.Founding{
		Code: b.Code, Zone: "WIB", Officers: [][]byte{b.c.officer.Public()}, K: 1,
	})
	if err != nil {
		b.c.T.Fatal(err)
	}
	b.first = made.FirstCode
	b.Start()
	b.c.WaitFor(b.Code+" to lead", func() bool { s, err := b.Status(); return err == nil && s.Raft.Role == "leader" })
	b.makePeople()
}

func (b *Balai) joinThrough(inviter *Balai) {
	b.c.T.Helper()
	print := b.ask(inviter)
	b.admit(inviter, print)
	b.makePeople()
}

// Newcomer is one more balai, whose node runs and waits to be approved. Admit
// approves it.
func (c *Cluster) Newcomer(code string) (b *Balai, admit func()) {
	c.T.Helper()
	b = c.newBalai(code)
	c.Balai = append(c.Balai, b)
	print := b.ask(c.Balai[0])
	return b, func() { b.admit(c.Balai[0], print) }
}

// ask lets a newcomer ask to join, and returns the fingerprint that it says.
func (b *Balai) ask(inviter *Balai) (print string) {
	b.c.T.Helper()
	var inv struct{ Text string }
	inviter.Must("admin", http.MethodPost, "/invitations", map[string]any{"code": b.Code}, &inv)
	made, err := node.Join(b.c.T.Context(), b.config, b.zone(), inv.Text)
	if err != nil {
		b.c.T.Fatalf("%s joins: %v", b.Code, err)
	}
	b.first = made.FirstCode
	b.Start()
	return made.Fingerprint
}

// admit approves a newcomer whose fingerprint is the one that officers see.
func (b *Balai) admit(inviter *Balai, print string) {
	b.c.T.Helper()
	var motion node.Motion
	inviter.Must("admin", http.MethodGet, "/members/"+b.Code+"/motion?act=activate", nil, &motion)
	if motion.Content != print {
		b.c.T.Fatalf("officers see %s, the newcomer says %s", motion.Content, print)
	}
	// Nobody may have answered yet; who asks again is told if it was done.
	b.c.WaitFor(b.Code+" to be approved", func() bool {
		var p *Problem
		err := inviter.Do("admin", http.MethodPost, "/members/"+b.Code+"/approve", b.c.signature(motion), nil)
		if err != nil && (!errors.As(err, &p) || p.Status != http.StatusServiceUnavailable && p.Status != http.StatusConflict) {
			b.c.T.Fatalf("approve %s: %v", b.Code, err)
		}
		return err == nil || b.activeMembers() > 0
	})
	b.c.WaitFor(b.Code+" to be a member", func() bool { return b.activeMembers() > 0 })
}

// signature is the officer's on a motion.
func (c *Cluster) signature(m node.Motion) node.Signature {
	c.T.Helper()
	s, err := c.officer.SignMotion(m)
	if err != nil {
		c.T.Fatal(err)
	}
	return s
}

// Decide has the officer decide about a member: suspend or revoke.
func (c *Cluster) Decide(through *Balai, act, code string) {
	c.T.Helper()
	var motion node.Motion
	through.Must("admin", http.MethodGet, "/members/"+code+"/motion?act="+act, nil, &motion)
	through.Must("admin", http.MethodPost, "/members/"+code+"/"+act, c.signature(motion), nil)
}

// zone puts the balai of the stories where they are.
func (b *Balai) zone() string {
	if b.Code == "GWA" {
		return "WITA"
	}
	return "WIB"
}

// quit is how long a node may take to stop.
const quit = 20 * time.Second

// Start opens and runs the node.
func (b *Balai) Start() {
	b.c.T.Helper()
	l := b.newLife()
	b.life.Store(l)
	cfg := b.config
	cfg.Point = l.pass
	n, err := node.Open(cfg)
	if err != nil {
		b.c.T.Fatalf("open %s: %v", b.Code, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	b.node, b.cancel, b.ended = n, stop, ended
	go func() { ended <- n.Run(ctx) }()
}

// Stop ends the node as an operator does; twice is once.
func (b *Balai) Stop() {
	if b.node == nil {
		return
	}
	b.cancel()
	select {
	case err := <-b.ended:
		if err != nil {
			b.c.T.Logf("%s ended: %v", b.Code, err)
		}
	case <-time.After(quit):
		b.c.T.Errorf("%s does not end", b.Code)
	}
	if err := b.node.Close(); err != nil {
		b.c.T.Logf("close %s: %v", b.Code, err)
	}
	b.node = nil
	b.life.Load().die()
	b.http.CloseIdleConnections()
}
