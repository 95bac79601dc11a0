package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// child is one node in a process of its own. It holds the other end of its
// stdin: should this process die in any way, the child sees it and stops.
type child struct {
	code  string
	cmd   *exec.Cmd
	stdin io.Closer
	log   *os.File
	url   string

	done chan struct{}
	err  error // of Wait; read after done
}

func (c *child) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// fate is how a child that has ended did so, with its last words.
func (c *child) fate() error {
	how := c.err
	if how == nil {
		how = errors.New("ended")
	}
	return fmt.Errorf("%s: %w\n%s", c.code, how, tail(c.log.Name()))
}

// start runs the node of a balai, and returns when it answers.
func (d *demo) start(ctx context.Context, n *demoNode) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(d.folder(n.Code)+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	cmd := exec.Command(program)
	cmd.Args = []string{"serasi", "--dir", d.folder(n.Code), "--lang", d.lang, "run", "--log-level", firstOf(d.level, "info"), "--until-stdin-ends"}
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us; we stop the children in order
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return errors.Join(err, log.Close())
	}
	// A file that a killed node left behind must not be taken for a new one.
	if err := os.Remove(filepath.Join(d.folder(n.Code), "people.url")); err != nil && !errors.Is(err, os.ErrNotExist) {
		return errors.Join(err, log.Close())
	}
	if err := cmd.Start(); err != nil {
		return errors.Join(err, log.Close())
	}
	c := &child{code: n.Code, cmd: cmd, stdin: stdin, log: log, url: "http://" + n.People, done: make(chan struct{})}
	go func() { // ends with the child, which stop waits for
		c.err = cmd.Wait()
		close(c.done)
	}()
	d.mu.Lock()
	d.children[n.Code] = c
	d.mu.Unlock()
	return d.answers(ctx, c)
}

// answers waits until a child serves people, or tells why it never will.
func (d *demo) answers(ctx context.Context, c *child) error {
	door, err := newClient(c.url, "")
	if err != nil {
		return err
	}
	return waitFor(ctx, c.code, func() (bool, error) {
		if c.ended() {
			return false, c.fate()
		}
		err := door.get(ctx, "//healthz", nil, nil)
		return err == nil, nil
	})
}

// tail returns the last words of a log.
func tail(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return string(b[max(0, len(b)-1500):])
}

// stop asks a child to end, waits for it, and kills it if it does not.
func (c *child) stop() error {
	if !c.ended() {
		_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may just have ended
		// A paused process cannot hear until it goes on.
		_ = c.cmd.Process.Signal(syscall.SIGCONT)
	}
	patience := time.NewTimer(20 * time.Second)
	defer patience.Stop()
	select {
	case <-c.done:
	case <-patience.C:
		_ = c.cmd.Process.Kill()
		<-c.done
	}
	_ = c.stdin.Close() // closed by Wait already, usually
	return c.log.Close()
}

func (d *demo) stopAll() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	errs := make(chan error, len(d.children))
	for _, c := range d.children {
		go func() { errs <- c.stop() }()
	}
	var all []error
	for range d.children {
		all = append(all, <-errs)
	}
	clear(d.children)
	return errors.Join(all...)
}

func (d *demo) startAll(ctx context.Context) error {
	return d.each(func(n *demoNode) error { return d.start(ctx, n) })
}

// each does something for the five nodes at once.
func (d *demo) each(do func(*demoNode) error) error {
	errs := make(chan error, len(d.state.Nodes))
	for _, n := range d.state.Nodes {
		go func() { errs <- do(n) }()
	}
	var all []error
	for range d.state.Nodes {
		all = append(all, <-errs)
	}
	return errors.Join(all...)
}

// choosePorts gives each node two ports: the usual ones if they are all free,
// others if not. They are kept, because the ledger lists one of them.
func (d *demo) choosePorts() error {
	usual := d.port != 0
	for i := range d.state.Nodes {
		usual = usual && free(d.port+i) && free(d.port-1000+i)
	}
	for i, n := range d.state.Nodes {
		if usual {
			n.People, n.Listen = loopback(d.port+i), loopback(d.port-1000+i)
			continue
		}
		var err error
		if n.People, err = anyPort(); err != nil {
			return err
		}
		if n.Listen, err = anyPort(); err != nil {
			return err
		}
	}
	return nil
}

// portsFree refuses to start beside another demo in the same folder.
func (d *demo) portsFree() error {
	for _, n := range d.state.Nodes {
		for _, addr := range []string{n.People, n.Listen} {
			ln, err := net.Listen("tcp", addr)
			if err != nil {
				return &failure{
					code: exitFailed, words: fmt.Sprintf(d.t("alamat %s milik %s sedang dipakai; apakah demo ini sudah berjalan?", "the address %s of %s is in use; does this demo run already?"), addr, n.Code),
					cause: err,
				}
			}
			if err := ln.Close(); err != nil {
				return err
			}
		}
	}
	return nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func free(port int) bool {
	ln, err := net.Listen("tcp", loopback(port))
	return err == nil && ln.Close() == nil
}

// anyPort finds a free port below those that systems give to outgoing
// connections: a node may open it only much later.
func anyPort() (string, error) {
	for range 100 {
		if port := 10_000 + rand.IntN(20_000); free(port) {
			return loopback(port), nil
		}
	}
	return "", errors.New("no free port between 10000 and 30000")
}

// as is a client of one balai in one of its roles.
func (d *demo) as(balai, role string) (*client, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.children[balai]
	if c == nil {
		return nil, errors.New(balai + " does not run")
	}
	door, err := newClient(c.url, "")
	if err != nil {
		return nil, err
	}
	door.token = d.at(balai).Tokens[role]
	door.http.Timeout = time.Minute
	if tr, ok := door.http.Transport.(*http.Transport); ok {
		tr.DisableKeepAlives = true // a story stops and starts nodes
	}
	return door, nil
}
