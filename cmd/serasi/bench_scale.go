package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"serasi/node"
)

const (
	metricEvent  = "serasi_ledger_event"
	metricAlive  = "serasi_gossip_members_alive"
	metricSentAt = `serasi_port_bytes_total{direction="out",protocol="`
)

func (a *app) benchScale() *cobra.Command {
	var in, profile, atOnce string
	var nodes, handoffs int
	var seconds float64
	cmd := &cobra.Command{
		Use:   "scale",
		Short: a.t("seluruh federasi sekaligus: 5 pemilih dan 36 simpul lain", "a whole federation at once: 5 voters and 36 more nodes"),
		Long: a.t("Mendirikan federasi dari simpul sungguhan, tiap simpul satu proses, menyalakannya kembali seperti di lapangan, mengirim rujukan,\nlalu melihat apakah gosip dan buku besar tenang.",
			"Founds a federation of real nodes, each a process, starts it again as it runs in the field, sends handoffs, and then\nwatches whether gossip and ledger are steady."),
	}
	cmd.Flags().StringVar(&profile, "profile", "wan", a.t("lan atau wan", "lan or wan"))
	cmd.Flags().IntVar(&nodes, "nodes", 41, a.t("banyaknya simpul", "how many nodes"))
	cmd.Flags().IntVar(&handoffs, "handoffs", 200, a.t("rujukan untuk tiap angka beban", "handoffs for each figure of load"))
	cmd.Flags().StringVar(&atOnce, "at-once", "1,16", a.t("berapa sekaligus", "how many at once"))
	cmd.Flags().Float64Var(&seconds, "seconds", 1200, a.t("lama simpul dibiarkan menganggur", "how long the nodes are left idle"))
	return a.benchFleet(cmd, &in, func(ctx context.Context) ([]finding, error) {
		counts, err := parseCounts(atOnce)
		switch {
		case err != nil:
			return nil, usage("--at-once", "%q: 1-1024, %s", atOnce, a.t("dipisah koma", "separated by commas"))
		case profile != "lan" && profile != "wan":
			return nil, usage("--profile", "%s", a.t("harus lan atau wan", "must be lan or wan"))
		case nodes < 2 || nodes > 200:
			return nil, usage("--nodes", "2-200")
		case handoffs < 1 || handoffs > 10_000:
			return nil, usage("--handoffs", "1-10000")
		case seconds < 1 || seconds > 86400:
			return nil, usage("--seconds", "1-86400")
		}
		f, err := a.newFleet(ctx, in, nodes, profile)
		if err != nil {
			return nil, err
		}
		all, err := f.scale(ctx, handoffs, counts, time.Duration(seconds*float64(time.Second)))
		return all, errors.Join(err, f.dismiss())
	})
}

// scale takes the measure of a fleet that has just been founded.
func (f *fleet) scale(ctx context.Context, handoffs int, atOnce []int, idle time.Duration) ([]finding, error) {
	n := len(f.state.Nodes)
	note := fmt.Sprintf("%d nodes", n)
	took, err := f.agree(ctx)
	if err != nil {
		return nil, err
	}
	var out []finding
	f.note(&out,
		finding{"founded and joined, one after another", f.founding.Seconds(), "s", note},
		finding{"from the last approval until all agree", took.Seconds(), "s", note + ": members, leader, hash of the ledger, and gossip"})
	l, err := f.newLoad(ctx, 8, handoffs*len(atOnce))
	if err != nil {
		return out, err
	}
	if err := f.stopAll(); err != nil {
		return out, err
	}
	f.real, f.level = true, "debug" // what gossip suspects is told at this level
	began := time.Now()
	if err := f.restartAll(ctx); err != nil {
		return out, err
	}
	if _, err := f.agree(ctx); err != nil {
		return out, err
	}
	f.note(&out, finding{"all started at once, until all agree", time.Since(began).Seconds(), "s", note + ", profile " + f.profile})
	for _, w := range atOnce {
		more, err := l.send(ctx, handoffs, w)
		if f.note(&out, more...); err != nil {
			return out, err
		}
		if took, err = f.agree(ctx); err != nil {
			return out, err
		}
		f.note(&out, finding{fmt.Sprintf("from the last of them until all agree, %d at once", w), took.Seconds(), "s", note})
	}
	more, err := f.steady(ctx, idle)
	return append(out, more...), err
}

// restartAll starts all nodes with the settings that the fleet has now.
func (f *fleet) restartAll(ctx context.Context) error {
	for _, n := range f.state.Nodes {
		if _, err := f.prepare(n); err != nil {
			return err
		}
	}
	return f.startAll(ctx)
}

// agree waits until every node names the same leader, has the same history, and
// holds all others for alive, and returns how long that took.
func (f *fleet) agree(ctx context.Context) (time.Duration, error) {
	began := time.Now()
	var odd error
	err := waitUpTo(ctx, patience, fmt.Sprintf("%d nodes agree", len(f.state.Nodes)), func() (bool, error) {
		odd = f.agreeNow(ctx)
		return odd == nil, nil
	})
	if err != nil {
		err = fmt.Errorf("%w: %w", err, odd)
	}
	return time.Since(began), err
}

// agreeNow returns the first thing in which the nodes do not agree.
func (f *fleet) agreeNow(ctx context.Context) error {
	var first node.Status
	for i, n := range f.state.Nodes {
		s, err := f.status(ctx, n.Code)
		if err != nil {
			return err
		}
		m, err := f.scrape(ctx, n.Code)
		if err != nil {
			return err
		}
		if i == 0 {
			first = s
		}
		switch {
		case s.Raft.Leader == "" || s.Raft.Leader != first.Raft.Leader || s.Raft.Term != first.Raft.Term:
			return fmt.Errorf("%s follows %q in term %d, and %s %q in term %d", n.Code, s.Raft.Leader, s.Raft.Term, first.Balai, first.Raft.Leader, first.Raft.Term)
		case s.Ledger.Hash != first.Ledger.Hash:
			return fmt.Errorf("%s is at event %d, and %s at %d", n.Code, s.Ledger.Index, first.Balai, first.Ledger.Index)
		case s.Outbox.Pending > 0:
			return fmt.Errorf("%s has %d commands to send", n.Code, s.Outbox.Pending)
		case int(m["serasi_ledger_members"]) != len(f.state.Nodes):
			return fmt.Errorf("%s knows %v members", n.Code, m["serasi_ledger_members"])
		case m["serasi_raft_quorum"] != 1:
			return fmt.Errorf("%s reaches %v voters", n.Code, m["serasi_raft_voters_reachable"])
		case int(m[metricAlive]) != len(f.state.Nodes)-1:
			return fmt.Errorf("%s hears %v others", n.Code, m[metricAlive])
		}
	}
	return nil
}

// quirks are what memberlist says when it doubts somebody, by what it means.
var quirks = []struct{ what, says string }{
	{"suspicions while idle", "memberlist: Suspect "},
	{"members given up while idle", "memberlist: Marking "},
	{"suspicions refuted while idle", "memberlist: Refuting a "},
}

// still is what is counted before and after the nodes were idle.
type still struct {
	at    time.Time
	term  uint64
	sent  map[string]map[string]float64
	busy  map[string]float64 // seconds of processor by node
	logs  map[string]int64   // length of the log by node
	roles map[string]string
}

func (f *fleet) look(ctx context.Context) (s still, err error) {
	s = still{busy: map[string]float64{}, logs: map[string]int64{}, roles: map[string]string{}}
	if s.sent, err = f.sent(ctx); err != nil {
		return s, err
	}
	s.at = time.Now()
	for _, n := range f.state.Nodes {
		st, err := f.status(ctx, n.Code)
		if err != nil {
			return s, err
		}
		m, err := f.scrape(ctx, n.Code)
		if err != nil {
			return s, err
		}
		s.term, s.roles[n.Code], s.busy[n.Code] = max(s.term, st.Raft.Term), st.Raft.Role, m["process_cpu_seconds_total"]
		info, err := f.children[n.Code].log.Stat()
		if err != nil {
			return s, err
		}
		s.logs[n.Code] = info.Size()
	}
	return s, nil
}

// steady leaves the nodes alone, and tells what they did meanwhile.
func (f *fleet) steady(ctx context.Context, idle time.Duration) ([]finding, error) {
	if err := rest(ctx, min(30*time.Second, idle)); err != nil { // what is only said at the start has been said
		return nil, err
	}
	before, err := f.look(ctx)
	if err != nil {
		return nil, err
	}
	if err := rest(ctx, idle); err != nil {
		return nil, err
	}
	after, err := f.look(ctx)
	if err != nil {
		return nil, err
	}
	window := after.at.Sub(before.at)
	note := fmt.Sprintf("%d nodes, profile %s, over %v", len(f.state.Nodes), f.profile, window.Round(time.Second))
	out := []finding{{"elections while idle", float64(after.term - before.term), "", note}}
	for _, q := range quirks {
		n, err := f.said(before.logs, q.says)
		if err != nil {
			return out, err
		}
		out = append(out, finding{q.what, float64(n), "", note})
	}
	out = append(out, rates(before, after, window, note)...)
	more, err := f.weights(note)
	return append(out, more...), err
}

// said counts the lines of all logs with some words in them, behind a place.
func (f *fleet) said(from map[string]int64, words string) (n int, err error) {
	for _, c := range f.children {
		file, err := os.Open(c.log.Name())
		if err != nil {
			return n, err
		}
		if _, err := file.Seek(from[c.code], io.SeekStart); err != nil {
			return n, errors.Join(err, file.Close())
		}
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if strings.Contains(lines.Text(), words) {
				n++
			}
		}
		if err := errors.Join(lines.Err(), file.Close()); err != nil {
			return n, err
		}
	}
	return n, nil
}

// rates are the bytes an hour and the processor's time, by what a node is to
// the ledger.
func rates(before, after still, window time.Duration, note string) (out []finding) {
	for _, role := range []struct{ is, called string }{{"leader", "the leader"}, {"follower", "a voter"}, {"learner", "a non-voter"}} {
		var busy []float64
		for code, is := range after.roles {
			if is == role.is {
				busy = append(busy, 100*(after.busy[code]-before.busy[code])/window.Seconds())
			}
		}
		if len(busy) == 0 {
			continue
		}
		for _, proto := range slices.Sorted(maps.Keys(after.sent)) {
			var sent []float64
			for code, v := range after.sent[proto] {
				if after.roles[code] == role.is {
					sent = append(sent, (v-before.sent[proto][code])/window.Hours()/1e6)
				}
			}
			if slices.Sort(sent); len(sent) > 0 && sent[len(sent)-1] > 0 {
				out = append(out, finding{proto + ", sent an hour by " + role.called + ", median", sent[len(sent)/2], "MB", note})
			}
		}
		slices.Sort(busy)
		out = append(out, finding{"of one core, used by " + role.called + ", median", busy[len(busy)/2], "%", note})
	}
	return out
}

// weights are what the processes hold in memory now.
func (f *fleet) weights(note string) ([]finding, error) {
	var own, files []float64
	for _, c := range f.children {
		w, err := c.resident()
		if err != nil {
			return nil, err
		}
		own, files = append(own, float64(w.own)/(1<<20)), append(files, float64(w.files)/(1<<20))
	}
	slices.Sort(own)
	slices.Sort(files)
	return []finding{
		{"memory of its own, median node", own[len(own)/2], "MiB", note},
		{"memory of its own, heaviest node", own[len(own)-1], "MiB", note},
		{"pages of files in RAM, median node", files[len(files)/2], "MiB", note + "; " + strconv.Itoa(len(files)) + " processes share the program"},
	}, nil
}
