package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"serasi/testdata"
)

// demoState is what a demo folder remembers from one start to the next. It
// holds the tokens, so only its owner reads it.
type demoState struct {
	ID       string            `json:"id"`
	Ready    bool              `json:"ready"` // founded, and the people are loaded
	Password string            `json:"password"`
	Nodes    []*demoNode       `json:"nodes"`
	Cases    map[string]string `json:"cases"` // key of an invented person: id of the case
	Rounds   []*round          `json:"rounds"`
}

// demoNode is one balai of the demo.
type demoNode struct {
	Code   string            `json:"code"`
	Name   string            `json:"name"`
	Zone   string            `json:"zone"`
	Listen string            `json:"listen"`
	People string            `json:"people"`
	Tokens map[string]string `json:"tokens"` // by role
	Users  map[string]string `json:"users"`  // id of an account by role

	peers string // file that says where to dial the others, if not where they are
}

// round is one time that a story is played.
type round struct {
	Story    int               `json:"story"`
	Began    time.Time         `json:"began"`
	Step     int               `json:"step"` // steps that are done
	Done     bool              `json:"done"`
	Cases    map[string]string `json:"cases"`    // by the key of the person, where it began
	Handles  map[string]string `json:"handles"`  // the same cases in the ledger
	Handoffs map[string]string `json:"handoffs"` // by what the story calls them
	Owners   map[string]string `json:"owners"`   // where each handle must end
}

// cast are the accounts of every balai.
var cast = []struct {
	role, login string
	file        string // of the token
	scopes      []string
}{
	{admin, "admin", "admin", []string{"read", "node"}},
	{desk, "loket", "desk", []string{"read", "write"}},
	{worker, "peksos", "worker", []string{"read", "write", "handoff"}},
	{"supervisor", "supervisor", "supervisor", []string{"read", "write", "handoff"}},
	{head, "kepala", "head", []string{"read", "write", "handoff", "stepup"}},
	{"auditor", "auditor", "auditor", []string{"read"}},
	{"ppdp", "ppdp", "dpo", []string{"read"}},
}

const (
	head   = "kepala balai"
	worker = "pekerja sosial"
	desk   = "petugas loket"
	admin  = "admin it"
)

const stateFile = "state.json"

// open reads the state of the folder, or begins one.
func (d *demo) open() error {
	if err := openFolder(d.dir); err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(d.dir, stateFile))
	if err == nil {
		d.state = &demoState{}
		if err := json.Unmarshal(b, d.state); err != nil {
			return usage("--dir", "%s: %v", stateFile, err)
		}
		if d.state.Ready {
			return d.portsFree()
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return usage("--dir", "%s", reason(err))
	}
	return d.begin()
}

// begin starts from nothing. What an earlier start left half done goes: all of
// it was made by this demo and holds nobody.
func (d *demo) begin() error {
	d.state = &demoState{ID: strings.ToLower(rand.Text()[:10]), Password: newPassword(), Cases: map[string]string{}}
	b, err := testdata.Files.ReadFile("pilots.json")
	if err == nil {
		err = json.Unmarshal(b, &d.state.Nodes)
	}
	if err != nil {
		return fmt.Errorf("read the pilots: %w", err)
	}
	for _, n := range d.state.Nodes {
		for _, p := range []string{d.folder(n.Code), d.folder(n.Code) + ".key", d.folder(n.Code) + ".log"} {
			if err := os.RemoveAll(p); err != nil {
				return err
			}
		}
	}
	if err := d.choosePorts(); err != nil {
		return err
	}
	return d.save()
}

// newPassword is one that nobody guesses and a person can type.
func newPassword() string {
	s := strings.ToLower(rand.Text())
	return s[:5] + "-" + s[5:10] + "-" + s[10:15]
}

func (d *demo) save() error {
	b, err := json.MarshalIndent(d.state, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(d.dir, stateFile), b, 0o600)
}

func (d *demo) at(code string) *demoNode {
	for _, n := range d.state.Nodes {
		if n.Code == code {
			return n
		}
	}
	return nil
}

// published is one node in demo.json.
type published struct {
	Name   string            `json:"name"`
	Balai  string            `json:"balai"`
	URL    string            `json:"url"`
	PID    int               `json:"pid"`
	Dir    string            `json:"dir"`
	Listen string            `json:"listen"`
	Zone   string            `json:"zone"`
	Tokens map[string]string `json:"tokens"`
	Logins map[string]string `json:"logins"`
}

// publish writes demo.json, for programs that drive the demo.
func (d *demo) publish() error {
	out := struct {
		PID      int         `json:"pid"`
		Password string      `json:"password"`
		Nodes    []published `json:"nodes"`
	}{os.Getpid(), d.state.Password, nil}
	logins := map[string]string{}
	for _, p := range cast {
		logins[p.role] = p.login
	}
	for _, n := range d.state.Nodes {
		c := d.children[n.Code]
		out.Nodes = append(out.Nodes, published{
			Name: n.Name, Balai: n.Code, URL: c.url, PID: c.cmd.Process.Pid, Dir: d.folder(n.Code), Listen: n.Listen, Zone: n.Zone,
			Tokens: n.Tokens, Logins: logins,
		})
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(d.dir, "demo.json"), append(b, '\n'), 0o600)
}
