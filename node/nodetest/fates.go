package nodetest

import (
	"bytes"
	"fmt"
	"net/http"
	"os"

	"serasi/node"
	"serasi/node/vault"
)

// Kill ends balai at one moment, as a power cut does: nobody hears them any
// more, and their folders become what lay on the disks then. They are not
// started again, and their lines are whole when they are.
func (c *Cluster) Kill(codes ...string) {
	c.T.Helper()
	for _, code := range codes {
		c.Of(code).life.Load().kill()
	}
	for _, code := range codes {
		c.dying.Go(c.Of(code).life.Load().freeze)
	}
	for _, code := range codes {
		c.Of(code).bury()
	}
}

// Leader returns the balai that leads and that a majority follows.
func (c *Cluster) Leader() (leader *Balai) {
	c.T.Helper()
	c.WaitFor("a leader", func() bool {
		votes := map[string]int{}
		for _, b := range c.running() {
			if s, err := b.Status(); err == nil && s.Raft.Leader != "" {
				votes[string(s.Raft.Leader)]++
			}
		}
		for code, n := range votes {
			if l := c.Of(code); 2*n > len(c.Balai) && l.node != nil {
				leader = l
				return true
			}
		}
		return false
	})
	return leader
}

// Lines returns how many connections between a balai and others are open, in
// either direction.
func (c *Cluster) Lines(code string) (open int) {
	for pair, l := range c.lines {
		if pair[0] == code || pair[1] == code {
			open += l.Open()
		}
	}
	return open
}

// A Saved is a backup of a balai, and what opens it.
type Saved struct {
	file     []byte
	identity string
	papers   int // how much had been acknowledged by then
}

// Backup makes a backup while the node runs, as the admin does.
func (b *Balai) Backup() Saved {
	b.c.T.Helper()
	recipient, identity, err := node.NewRecoveryKey()
	if err != nil {
		b.c.T.Fatal(err)
	}
	b.c.paperMu.Lock()
	papers := len(b.c.papers)
	b.c.paperMu.Unlock()
	body := bytes.NewBufferString(fmt.Sprintf("{%q:%q}", "recipient", recipient))
	file, err := b.send("admin", http.MethodPost, "/node/backup", body, "application/json", "")
	if err != nil {
		b.c.T.Fatalf("%s makes a backup: %v", b.Code, err)
	}
	return Saved{file: file, identity: identity, papers: papers}
}

// Restore puts a backup in the place of a balai that has stopped, with a new
// folder and a new root key. What was written after the backup is gone, and Check
// no longer asks for it.
func (b *Balai) Restore(s Saved) {
	b.c.T.Helper()
	b.newHome()
	root := b.Dir + ".root"
	if err := vault.NewFile(root); err != nil {
		b.c.T.Fatal(err)
	}
	b.config.Key = "file:" + root
	if _, err := node.Restore(b.c.T.Context(), b.config, bytes.NewReader(s.file), s.identity); err != nil {
		b.c.T.Fatalf("restore %s: %v", b.Code, err)
	}
	b.c.forget(b.Code, s.papers)
}

// newHome gives a stopped balai an empty folder.
func (b *Balai) newHome() {
	b.c.T.Helper()
	dir, err := os.MkdirTemp(b.c.dir, b.Code+"-new-")
	if err != nil {
		b.c.T.Fatal(err)
	}
	b.Dir, b.config.Dir = dir, dir
}

// TryStart opens the node and closes it again: it returns why it does not start.
func (b *Balai) TryStart() error {
	n, err := node.Open(b.config)
	if err != nil {
		return err
	}
	return n.Close()
}

// Rejoin gives a stopped balai whose raft files are of no use a new incarnation.
func (b *Balai) Rejoin() {
	b.c.T.Helper()
	if _, err := node.Rejoin(b.c.T.Context(), b.config); err != nil {
		b.c.T.Fatalf("%s rejoins: %v", b.Code, err)
	}
}

// Recover begins a new group of voters with a stopped balai alone.
func (b *Balai) Recover() {
	b.c.T.Helper()
	plan, err := node.PlanRecovery(b.c.T.Context(), b.config)
	if err == nil {
		_, err = node.Recover(b.c.T.Context(), b.config, []node.Signature{b.c.signature(plan.Motion)})
	}
	if err != nil {
		b.c.T.Fatalf("%s recovers: %v", b.Code, err)
	}
}

// WaitLevel waits until a balai that was away knows all that the others do, and
// edits again.
func (b *Balai) WaitLevel() {
	b.c.T.Helper()
	leader := b.c.Leader()
	b.c.WaitFor(b.Code+" to be level with the ledger", func() bool {
		own, err1 := b.Status()
		theirs, err2 := leader.Status()
		return err1 == nil && err2 == nil && own.Ready && own.Ledger.Hash == theirs.Ledger.Hash
	})
}
