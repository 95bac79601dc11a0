package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"
)

// demo is five balai on this machine: real nodes in processes of their own,
// invented people, and the three stories.
type demo struct {
	*app
	dir     string
	port    int
	profile string // of the nodes; lan if empty
	real    bool   // nodes as in the field, not as in a rehearsal
	level   string // of the nodes' logs; info if empty
	state   *demoState

	mu       sync.Mutex // guards children
	children map[string]*child
}

// demoWish is what the flags say.
type demoWish struct {
	dir               string
	port              int
	once, keep, again bool
}

func (a *app) demoVerb() *cobra.Command {
	var w demoWish
	cmd := &cobra.Command{
		Use: "demo", Args: cobra.NoArgs,
		Short: a.t("Lima balai di komputer ini, dengan orang karangan", "Five balai on this machine, with invented people"),
		Long: a.t("Menjalankan lima balai percontohan sebagai lima simpul sungguhan di loopback, memuat sekitar empat puluh orang karangan, memainkan\nserah terima pertama di layar, lalu tetap hidup sampai Ctrl-C. Folder dipakai lagi pada jalan berikutnya.",
			"Runs the five pilot balai as five real nodes on loopback, loads about forty invented people, plays the first handoff on the\nscreen, and stays up until Ctrl-C. The folder is used again next time."),
		RunE: func(cmd *cobra.Command, _ []string) error { return a.demo(cmd.Context(), w) },
	}
	f := cmd.Flags()
	f.StringVar(&w.dir, "dir", "demo-data", a.t("folder demo", "folder of the demo"))
	f.IntVar(&w.port, "port", 8441, a.t("port pertama untuk petugas; 0: port bebas mana pun", "first port for people; 0: any that are free"))
	f.BoolVar(&w.once, "once", false, a.t("mainkan ketiga cerita, periksa, lalu selesai", "play all three stories, check, and end"))
	f.BoolVar(&w.keep, "keep", false, a.t("dengan --once: tetap hidup sesudahnya", "with --once: stay up afterwards"))
	f.BoolVar(&w.again, "again", false, a.t("mainkan lagi cerita yang sudah selesai, dengan kasus baru", "play stories that are done again, with new cases"))
	return cmd
}

func (a *app) demo(ctx context.Context, w demoWish) error {
	if w.port != 0 && (w.port < 1024 || w.port > 65000) {
		return usage("--port", "0, 1024-65000")
	}
	dir, err := filepath.Abs(w.dir)
	if err != nil {
		return usage("--dir", "%v", err)
	}
	d := &demo{app: a, dir: dir, port: w.port, children: map[string]*child{}}
	if err := d.open(); err != nil {
		return err
	}
	err = d.perform(ctx, w)
	if err != nil && ctx.Err() == nil {
		err = errors.Join(err, d.obituary())
	}
	err = errors.Join(err, d.stopAll())
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	return &failure{code: exitFailed, words: err.Error(), cause: err}
}

// perform is the demo from the first node's start to the last one's end.
func (d *demo) perform(ctx context.Context, w demoWish) error {
	if err := d.rise(ctx); err != nil {
		return err
	}
	last := 1
	if w.once {
		last = len(stories)
	}
	for n := 1; n <= last; n++ {
		if err := d.play(ctx, n, w.again); err != nil {
			return err
		}
	}
	if err := d.check(ctx); err != nil {
		return err
	}
	if err := d.welcome(); err != nil {
		return err
	}
	if w.once && !w.keep {
		return nil
	}
	return d.stay(ctx)
}

// rise brings the five nodes up, founding them if they are not there yet.
func (d *demo) rise(ctx context.Context) error {
	began := time.Now()
	if !d.state.Ready {
		if err := d.found(ctx); err != nil {
			return fmt.Errorf("%s: %w", d.t("menyiapkan demo", "set the demo up"), err)
		}
		d.state.Ready = true
		if err := d.save(); err != nil {
			return err
		}
	} else if err := d.startAll(ctx); err != nil {
		return err
	}
	if err := d.publish(); err != nil {
		return err
	}
	if err := d.settle(ctx); err != nil {
		return err
	}
	d.tell(d.t("Lima balai hidup setelah %.1f detik.", "Five balai are up after %.1f seconds."), time.Since(began).Seconds())
	return nil
}

// welcome prints where everything is, and how to sign in.
func (d *demo) welcome() error {
	var rows [][]string
	for _, n := range d.state.Nodes {
		rows = append(rows, []string{n.Code, n.Name, n.Zone, d.children[n.Code].url})
	}
	d.tell("")
	if err := d.table([]string{"BALAI", d.t("NAMA", "NAME"), d.t("ZONA", "ZONE"), d.t("ALAMAT", "ADDRESS")}, rows); err != nil {
		return err
	}
	rows = nil
	for _, p := range cast {
		rows = append(rows, []string{p.role, p.login, d.state.Password, filepath.Join(d.dir, "KODE", "tokens", p.file)})
	}
	d.tell("")
	d.tell("%s", d.t("Masuk di setiap balai (KODE = SRK, MGL, GWA, BTR, BKS):", "Sign in at each balai (KODE = SRK, MGL, GWA, BTR, BKS):"))
	if err := d.table([]string{d.t("PERAN", "ROLE"), d.t("AKUN", "LOGIN"), d.t("SANDI", "PASSWORD"), d.t("BERKAS TOKEN", "TOKEN FILE")}, rows); err != nil {
		return err
	}
	first := d.state.Nodes[0]
	d.tell("")
	d.tell("%s serasi --dir %s --token-file %s case list", d.t("Coba:", "Try:"), d.folder(first.Code), d.tokenPath(first.Code, "worker"))
	d.tell(d.t("Untuk program: %s", "For programs: %s"), filepath.Join(d.dir, "demo.json"))
	return nil
}

// stay keeps the nodes up until ctx ends, and says so if one dies.
func (d *demo) stay(ctx context.Context) error {
	d.tell("%s", d.t("Demo tetap hidup; Ctrl-C untuk berhenti.", "The demo stays up; Ctrl-C to stop."))
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	told := map[string]bool{}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for code, c := range d.children {
			if c.ended() && !told[code] {
				told[code] = true
				d.tell(d.t("Simpul %s berhenti (%v). Hidupkan lagi: serasi --dir %s run", "Node %s ended (%v). Start it again: serasi --dir %s run"), code, c.err, d.folder(code))
			}
		}
	}
}

// obituary tells the last words of nodes that ended by themselves.
func (d *demo) obituary() (err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.children {
		if c.ended() {
			err = errors.Join(err, c.fate())
		}
	}
	return err
}

func (d *demo) folder(code string) string { return filepath.Join(d.dir, code) }

func (d *demo) tokenPath(code, file string) string {
	return filepath.Join(d.folder(code), "tokens", file)
}

// scene prints one thing that somebody does.
func (d *demo) scene(balai, role, format string, args ...any) {
	d.tell("  %s %s %s", d.paint(blue, fmt.Sprintf("%-3s", balai)), d.paint(dim, fmt.Sprintf("%-14s", role)), fmt.Sprintf(format, args...))
}

// waitFor asks until the answer is yes, or says what never came.
func waitFor(ctx context.Context, what string, yes func() (bool, error)) error {
	return waitUpTo(ctx, 2*time.Minute, what, yes)
}

func waitUpTo(ctx context.Context, limit time.Duration, what string, yes func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := yes()
		if err != nil || ok {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", what, ctx.Err())
		case <-tick.C:
		}
	}
}

// openFolder makes the folder of the demo, or takes the one of an earlier start.
// A folder with anything else in it is left alone.
func openFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return usage("--dir", "%s", reason(err))
	}
	_, err = os.Stat(filepath.Join(dir, stateFile))
	if len(entries) > 0 && err != nil {
		return usage("--dir", "%s: not empty, and not a demo", dir)
	}
	return os.MkdirAll(dir, 0o700)
}
