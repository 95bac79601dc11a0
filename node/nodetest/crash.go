package nodetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"serasi/node"
	"serasi/replication"
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

// At has f called whenever the balai passes a point, or nothing any more if f is
// nil. The balai waits for f there: so a disk hangs, or is slow.
func (b *Balai) At(point string, f func()) {
	b.c.trapMu.Lock()
	defer b.c.trapMu.Unlock()
	if b.moments == nil {
		b.moments = map[string]func(){}
	}
	b.moments[point] = f
}

// Passed returns how often each point was passed at all.
func (c *Cluster) Passed() map[string]int {
	c.trapMu.Lock()
	defer c.trapMu.Unlock()
	return maps.Clone(c.passed)
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

// Alive reports whether the node runs, and was not killed.
func (b *Balai) Alive() bool { return b.node != nil && !b.life.Load().dead() }

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
	moment := l.b.moments[point]
	c.trapMu.Unlock()
	if moment != nil {
		moment()
	}
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

// freeze copies the data folder of a node that may still be writing: it copies
// until nothing was written meanwhile, so that what it keeps did lie on the disk
// at one moment.
func (l *life) freeze() {
	defer close(l.frozen)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(quit); ; <-tick.C {
		if l.left, l.err = l.copyQuiet(); l.left != "" || l.err != nil {
			return
		}
		if time.Now().After(deadline) {
			l.err = errors.New("the dying node never stops writing")
			return
		}
	}
}

// copyQuiet copies the folder if nobody writes to it; else it returns nothing.
func (l *life) copyQuiet() (string, error) {
	before, err := look(l.b.Dir)
	if err != nil || before == nil {
		return "", err
	}
	dir, err := copyTree(l.b.c.dir, l.b.Code, l.b.Dir, before)
	if err == nil {
		var after map[string]glance
		if after, err = look(l.b.Dir); err == nil && maps.Equal(before, after) {
			return dir, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) { // gone meanwhile
		err = nil
	}
	return "", errors.Join(err, os.RemoveAll(dir))
}

// glance is what a file looks like from outside.
type glance struct {
	folder  bool
	size    int64
	changed time.Time
}

// grain is how late the time of a change may be, as the file system notes it.
const grain = 20 * time.Millisecond

// look returns what is in a folder, or nothing if it changed so lately that the
// next change could not be told from the last.
func look(dir string) (map[string]glance, error) {
	now, tree := time.Now(), map[string]glance{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		tree[name] = glance{d.IsDir(), info.Size(), info.ModTime()}
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, g := range tree {
		if now.Sub(g.changed) < grain {
			return nil, err
		}
	}
	return tree, err
}

func copyTree(under, code, from string, tree map[string]glance) (string, error) {
	dir, err := os.MkdirTemp(under, code+"-left-")
	for _, name := range slices.Sorted(maps.Keys(tree)) { // a folder before what is in it
		if err != nil {
			break
		}
		if tree[name].folder {
			err = os.MkdirAll(filepath.Join(dir, name), 0o700)
		} else {
			err = copyFile(filepath.Join(from, name), filepath.Join(dir, name))
		}
	}
	return dir, err
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = io.Copy(out, in)
		err = errors.Join(err, out.Close())
	}
	return errors.Join(err, in.Close())
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

// Gone closes a node that stopped by itself because its disk did not answer, and
// reports whether there was one.
func (b *Balai) Gone() bool {
	b.c.T.Helper()
	return b.node != nil && b.endedAlone()
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
	case errors.Is(err, replication.ErrStalled): // who keeps it running starts it again
	case !errors.Is(err, node.ErrAgain):
		b.c.T.Fatalf("%s ended: %v", b.Code, err)
	}
	return true
}
