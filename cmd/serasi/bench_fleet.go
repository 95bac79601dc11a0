package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"serasi/node"
)

// A finding is one line of a measurement of whole nodes.
type finding struct {
	Name string  `json:"name"`
	N    float64 `json:"value"`
	Unit string  `json:"unit"`
	Note string  `json:"note,omitempty"`
}

// fleet is a federation of n nodes in processes of their own, with nobody in
// it, in a folder that goes when it is dismissed.
type fleet struct {
	*demo
	founding time.Duration // from the first node's charter to the last one's approval
	news     func(finding) // told each figure as it is known
}

// note keeps figures, and tells them at once: the rest may take long.
func (f *fleet) note(all *[]finding, more ...finding) {
	for _, one := range more {
		f.news(one)
	}
	*all = append(*all, more...)
}

// patience is how long a fleet may take for what it does in seconds on a good
// machine and a good line.
const patience = 10 * time.Minute

// newFleet founds it. Its nodes rehearse: a newcomer votes after two seconds
// and not after ten minutes.
func (a *app) newFleet(ctx context.Context, in string, n int, profile string) (f *fleet, err error) {
	dir, err := os.MkdirTemp(in, "serasi-bench-")
	if err != nil {
		return nil, err
	}
	quiet := *a
	quiet.stderr = io.Discard
	f = &fleet{demo: &demo{app: &quiet, dir: dir, profile: profile, children: map[string]*child{}}}
	f.news = func(n finding) { a.tell("%s: %.2f %s", n.Name, n.N, n.Unit) }
	f.state = &demoState{Password: newPassword(), Cases: map[string]string{}}
	for i := range n {
		f.state.Nodes = append(f.state.Nodes, &demoNode{Code: fmt.Sprintf("N%02d", i+1), Zone: "WIB"})
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.dismiss())
		}
	}()
	if err = f.choosePorts(); err != nil {
		return f, err
	}
	a.tell(a.t("menyiapkan %d simpul di %s", "setting up %d nodes in %s"), n, dir)
	began := time.Now()
	if err = f.federate(ctx); err != nil {
		return f, err
	}
	f.founding = time.Since(began)
	return f, f.voting(ctx, min(n-(1-n%2), 5))
}

// federate founds the federation, and has everyone join through the first.
func (f *fleet) federate(ctx context.Context) error {
	officers, err := f.officers()
	if err != nil {
		return err
	}
	first := f.state.Nodes[0]
	cfg, err := f.prepare(first)
	if err != nil {
		return err
	}
	made, err := node.Init(ctx, cfg, node.Founding{Code: first.Code, Zone: first.Zone, K: 1, Officers: [][]byte{officers[0].Public()}})
	if err != nil {
		return err
	}
	if err := errors.Join(f.moveIn(ctx, first, made), f.unbind(ctx, first)); err != nil {
		return err
	}
	for _, n := range f.state.Nodes[1:] {
		if err := f.admit(ctx, first, n, officers[:1]); err != nil {
			return fmt.Errorf("%s: %w", n.Code, err)
		}
		if err := f.unbind(ctx, n); err != nil {
			return fmt.Errorf("%s: %w", n.Code, err)
		}
	}
	return nil
}

// unbind lets the accounts of a node work without a second factor when it no
// longer rehearses: nobody is there to read codes.
func (f *fleet) unbind(ctx context.Context, n *demoNode) error {
	c, err := f.as(n.Code, "")
	if err != nil {
		return err
	}
	var t issued
	body := map[string]any{"login": "admin", "password": f.state.Password, "label": "bench", "scopes": []string{"read", "node", "stepup"}}
	if err := c.post(ctx, "/tokens", body, &t); err != nil {
		return err
	}
	c.token = t.Token
	return c.call(ctx, request{method: http.MethodPut, path: "/second-factor/policy", body: map[string]any{"roles": []string{}}}, nil)
}

// voting waits until that many vote, and every node follows a leader.
func (f *fleet) voting(ctx context.Context, voters int) error {
	return waitUpTo(ctx, patience, fmt.Sprintf("%d voters", voters), func() (bool, error) {
		for _, n := range f.state.Nodes {
			s, err := f.status(ctx, n.Code)
			if err != nil || s.Raft.Leader == "" || s.Raft.Voters < voters || s.Raft.Reachable < voters {
				return false, nil //nolint:nilerr // it is asked again
			}
		}
		return true, nil
	})
}

func (f *fleet) status(ctx context.Context, code string) (s node.Status, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	c, err := f.as(code, admin)
	if err == nil {
		err = c.get(ctx, "/node/status", nil, &s)
	}
	return s, err
}

// leader is the node that leads, by its own word.
func (f *fleet) leader(ctx context.Context) (string, error) {
	for _, n := range f.state.Nodes {
		if s, err := f.status(ctx, n.Code); err == nil && s.Raft.Role == "leader" {
			return n.Code, nil
		}
	}
	return "", errors.New("no node leads")
}

// scrape reads the metrics of a node: name and labels as they are written, and
// the value.
func (f *fleet) scrape(ctx context.Context, code string) (map[string]float64, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, f.children[code].url+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	out := map[string]float64{}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		name, v, ok := strings.Cut(lines.Text(), "} ")
		if ok {
			name += "}"
		} else {
			name, v, ok = strings.Cut(lines.Text(), " ")
		}
		if x, err := strconv.ParseFloat(v, 64); ok && err == nil && !strings.HasPrefix(name, "#") {
			out[name] = x
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s shows no metrics: status %s", code, resp.Status)
	}
	return out, lines.Err()
}

// weight is the memory of a process that is in RAM now, in bytes. Pages of
// files are the program itself and what of the database was read of late; the
// system takes them back whenever it needs room.
type weight struct{ own, files uint64 }

func (c *child) resident() (w weight, err error) {
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(c.cmd.Process.Pid), "status"))
	if err != nil {
		return w, err
	}
	for line := range strings.Lines(string(b)) {
		name, rest, _ := strings.Cut(line, ":")
		to := map[string]*uint64{"RssAnon": &w.own, "RssFile": &w.files}[name]
		if to == nil {
			continue
		}
		kib, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
		if err != nil {
			return w, err
		}
		*to = kib << 10
	}
	if w.own == 0 {
		return w, errors.New("the system does not tell the memory of a process")
	}
	return w, nil
}

// dismiss stops all nodes and takes the folder away.
func (f *fleet) dismiss() error { return errors.Join(f.stopAll(), os.RemoveAll(f.dir)) }

// benchFleet is a verb that measures a fleet.
func (a *app) benchFleet(cmd *cobra.Command, in *string, do func(ctx context.Context) ([]finding, error)) *cobra.Command {
	cmd.Args = cobra.NoArgs
	cmd.Flags().StringVar(in, "in", os.TempDir(), a.t("disk yang diukur", "folder on the disk to measure"))
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if f, err := os.Stat(*in); err != nil || !f.IsDir() {
			return usage("--in", "%s: %s", *in, a.t("bukan folder", "is not a folder"))
		}
		all, err := do(cmd.Context())
		if err != nil {
			return err
		}
		var rows [][]string
		for _, f := range all {
			rows = append(rows, []string{f.Name, strconv.FormatFloat(f.N, 'f', 2, 64), f.Unit, f.Note})
		}
		return a.show(map[string]any{"figures": all}, []string{a.t("ANGKA", "FIGURE"), a.t("NILAI", "VALUE"), a.t("SATUAN", "UNIT"), a.t("CATATAN", "NOTE")}, rows)
	}
	return cmd
}
