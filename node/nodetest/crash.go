package nodetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"serasi/node"
)

// A Trap kills a node at a named point, as kill -9 does: what was written stays
// and nothing more is said. It is for one or more balai, whose passes it counts
// together.
type Trap struct {
	Point string
	who   []*Balai
	when  func(*Balai) bool
	at    []int

	mu    sync.Mutex // guards hits and kills
	hits  int
	kills int
}

// CrashAt sets a trap that kills at the passes with these numbers, the first
// being 1. Passes count only where when says so; nil is always.
func (c *Cluster) CrashAt(point string, at []int, when func(*Balai) bool, who ...*Balai) *Trap {
	t := &Trap{Point: point, at: at, when: when, who: who}
	c.trapMu.Lock()
	defer c.trapMu.Unlock()
	c.traps = append(c.traps, t)
	return t
}

// Sprung reports whether the trap has killed as often as it was set to.
func (t *Trap) Sprung() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kills == len(t.at)
}

func (t *Trap) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return fmt.Sprintf("%s at %s: passed %d times, killed %d of %d", t.Point, t.who[0].Code, t.hits, t.kills, len(t.at))
}

// pass counts one pass and reports whether it is the last.
func (t *Trap) pass(point string, b *Balai) bool {
	if t.Point != point || !slices.Contains(t.who, b) || t.when != nil && !t.when(b) {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hits++
	if !slices.Contains(t.at, t.hits) {
		return false
	}
	t.kills++
	return true
}

// Passed returns how often each point was passed at all.
func (c *Cluster) Passed() map[string]int {
	c.trapMu.Lock()
	defer c.trapMu.Unlock()
	out := map[string]int{}
	for p, n := range c.passed {
		out[p] = n
	}
	return out
}

// A life is one run of a node, from its start to its end or violent death.
type life struct {
	b      *Balai
	ctx    context.Context // ends with death: nobody hears the node any more
	die    context.CancelFunc
	frozen chan struct{} // closed when what it left behind has been copied
	left   string        // the copy
	err    error         // of the copy
}

func (b *Balai) newLife() *life {
	l := &life{b: b, frozen: make(chan struct{})}
	l.ctx, l.die = context.WithCancel(context.Background())
	return l
}

func (l *life) dead() bool { return l.ctx.Err() != nil }

// pass is called by the node at each of its points, on any goroutine.
func (l *life) pass(point string) {
	c := l.b.c
	c.trapMu.Lock()
	if l.dead() {
		c.trapMu.Unlock()
		return
	}
	c.passed[point]++
	killed := false
	for _, t := range c.traps {
		killed = t.pass(point, l.b) || killed
	}
	c.trapMu.Unlock()
	if !killed || !l.kill() {
		return
	}
	c.dying.Go(l.freeze)
	<-l.frozen
}

// kill lets nobody hear the node any more, and reports whether it was alive. What
// it said before it had written before, so what is copied from now on holds that
// too.
func (l *life) kill() bool {
	l.b.c.trapMu.Lock()
	alive := !l.dead()
	l.die()
	l.b.c.trapMu.Unlock()
	if alive {
		l.b.ghost.Store(true)
		l.b.c.Cut(l.b.Code)
	}
	return alive
}

// freeze copies the data folder of a node that may still be writing: it reads
// until two readings are the same, so that what it keeps did lie on the disk at
// one moment.
func (l *life) freeze() {
	defer close(l.frozen)
	deadline := time.Now().Add(quit)
	last, err := readTree(l.b.Dir)
	for err == nil {
		var again map[string][]byte
		if again, err = readTree(l.b.Dir); err != nil {
			break
		}
		if sameTree(last, again) {
			l.left, err = writeTree(l.b.c.dir, l.b.Code, again)
			break
		}
		if last = again; time.Now().After(deadline) {
			err = errors.New("the dying node never stops writing")
		}
	}
	l.err = err
}

func readTree(dir string) (map[string][]byte, error) {
	tree := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil // gone meanwhile; the next reading tells
			}
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			tree[name] = nil
			return nil
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		tree[name] = append([]byte{}, b...)
		return err
	})
	return tree, err
}

func sameTree(a, b map[string][]byte) bool {
	if len(a) != len(b) {
		return false
	}
	for name, x := range a {
		if y, ok := b[name]; !ok || !bytes.Equal(x, y) {
			return false
		}
	}
	return true
}

func writeTree(under, code string, tree map[string][]byte) (string, error) {
	dir, err := os.MkdirTemp(under, code+"-left-")
	if err != nil {
		return "", err
	}
	names := make([]string, 0, len(tree))
	for name := range tree {
		names = append(names, name)
	}
	slices.Sort(names) // a folder before what is in it
	for _, name := range names {
		path := filepath.Join(dir, name)
		if b := tree[name]; b != nil {
			err = os.WriteFile(path, b, 0o600)
		} else {
			err = os.MkdirAll(path, 0o700)
		}
		if err != nil {
			return "", err
		}
	}
	return dir, nil
}

// Revive brings back every node that a trap killed, from what lay on its disk
// then, and every node that asked to be opened again. It returns how many.
func (c *Cluster) Revive() (n int) {
	c.T.Helper()
	for _, b := range c.Balai {
		if b.node == nil {
			continue
		}
		if b.life.Load().dead() {
			b.bury()
		} else if !b.endedAlone() {
			continue
		}
		b.Start()
		n++
	}
	return n
}

// bury takes a killed node out of this process, and puts what it left behind in
// the place of its folder.
func (b *Balai) bury() {
	b.c.T.Helper()
	l := b.life.Load()
	<-l.frozen
	b.Stop()
	if l.err != nil {
		b.c.T.Fatalf("what %s left behind: %v", b.Code, l.err)
	}
	old := b.Dir
	b.Dir, b.config.Dir = l.left, l.left
	if err := os.RemoveAll(old); err != nil {
		b.c.T.Fatal(err)
	}
	b.ghost.Store(false)
	b.c.Heal(b.Code)
}

// endedAlone closes a node that stopped by itself, and reports whether it did.
// One that must rejoin the ledger is made ready for that.
func (b *Balai) endedAlone() bool {
	b.c.T.Helper()
	var err error
	select {
	case err = <-b.ended:
		b.ended <- err
	default:
		return false
	}
	b.Stop()
	switch {
	case errors.Is(err, node.ErrRejoin):
		b.Rejoin()
	case !errors.Is(err, node.ErrAgain):
		b.c.T.Fatalf("%s ended: %v", b.Code, err)
	}
	return true
}
