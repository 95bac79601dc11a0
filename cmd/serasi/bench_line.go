package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"serasi/node"
	"serasi/node/nodetest/cable"
)

// poor is a line between two balai, as it is where it is worst.
type poor struct {
	cable.Quality
	whole, cut time.Duration // how long it is the one and the other, about
}

func (p poor) String() string {
	return fmt.Sprintf("%v each way, %d kbit/s, cut for %v about every %v", p.Delay, p.Rate/125, p.cut, p.whole+p.cut)
}

func (a *app) benchLine() *cobra.Command {
	var in, profile string
	var nodes, handoffs, atOnce, kib, kbit int
	var p poor
	cmd := &cobra.Command{
		Use:   "line",
		Short: a.t("rujukan berlampiran lewat saluran buruk yang sering putus", "handoffs with an attachment over a poor line that is often cut"),
	}
	cmd.Flags().StringVar(&profile, "profile", "wan", a.t("lan atau wan", "lan or wan"))
	cmd.Flags().IntVar(&nodes, "nodes", 5, a.t("banyaknya simpul, tiap simpul satu proses", "how many nodes, each a process"))
	cmd.Flags().IntVar(&handoffs, "handoffs", 10, a.t("banyaknya rujukan", "how many handoffs"))
	cmd.Flags().IntVar(&atOnce, "at-once", 5, a.t("berapa sekaligus", "how many at once"))
	cmd.Flags().IntVar(&kib, "attachment", 200, a.t("besar lampiran, KiB", "size of the attachment, KiB"))
	cmd.Flags().IntVar(&kbit, "kbit", 32, a.t("kecepatan tiap pasang simpul tiap arah, kbit/s", "rate between each two nodes each way, kbit/s"))
	cmd.Flags().DurationVar(&p.Delay, "delay", 60*time.Millisecond, a.t("jeda tiap arah", "delay each way"))
	cmd.Flags().DurationVar(&p.whole, "whole", 40*time.Second, a.t("lama saluran utuh di antara dua putus", "how long a line is whole between two cuts"))
	cmd.Flags().DurationVar(&p.cut, "cut", 5*time.Second, a.t("lama putus", "how long a cut lasts"))
	return a.benchFleet(cmd, &in, func(ctx context.Context) ([]finding, error) {
		switch {
		case profile != "lan" && profile != "wan":
			return nil, usage("--profile", "%s", a.t("harus lan atau wan", "must be lan or wan"))
		case nodes < 2 || nodes > 41:
			return nil, usage("--nodes", "2-41")
		case handoffs < 1 || handoffs > 1000:
			return nil, usage("--handoffs", "1-1000")
		case atOnce < 1 || atOnce > handoffs:
			return nil, usage("--at-once", "1-%d", handoffs)
		case kib < 1 || kib > 10<<10:
			return nil, usage("--attachment", "1-10240")
		case kbit < 1 || kbit > 1_000_000:
			return nil, usage("--kbit", "1-1000000")
		case p.Delay < 0 || p.Delay > 10*time.Second:
			return nil, usage("--delay", "0-10s")
		case p.whole < time.Second || p.cut < 0 || p.whole+p.cut > time.Hour:
			return nil, usage("--whole", "%s", a.t("paling sedikit 1s, bersama --cut paling banyak 1h", "at least 1s, together with --cut at most 1h"))
		}
		p.Rate = kbit * 125
		f, err := a.newFleet(ctx, in, nodes, "lan")
		if err != nil {
			return nil, err
		}
		all, err := f.line(ctx, profile, p, handoffs, atOnce, kib<<10)
		return all, errors.Join(err, f.dismiss())
	})
}

// line puts the fleet on poor lines, as it runs in the field, and has handoffs
// go all their way there.
func (f *fleet) line(ctx context.Context, profile string, p poor, handoffs, atOnce, size int) ([]finding, error) {
	l, err := f.newLoad(ctx, len(f.state.Nodes), handoffs)
	if err != nil {
		return nil, err
	}
	if err := l.attach(ctx, size); err != nil {
		return nil, err
	}
	if err := f.stopAll(); err != nil {
		return nil, err
	}
	lines, err := f.lay(p)
	defer lines.close()
	if err != nil {
		return nil, err
	}
	f.profile, f.real = profile, true
	began := time.Now()
	if err := f.restartAll(ctx); err != nil {
		return nil, err
	}
	if _, err := f.agree(ctx); err != nil {
		return nil, err
	}
	first := finding{"all started at once, until all agree", time.Since(began).Seconds(), "s", fmt.Sprintf("%d nodes, %v", len(f.state.Nodes), p)}
	all, err := l.journeys(ctx, lines, p, handoffs, atOnce)
	return append([]finding{first}, all...), err
}

// attach puts a document that cannot be made smaller into each case.
func (l *load) attach(ctx context.Context, size int) error {
	for range len(l.ready) {
		s := <-l.ready
		content := make([]byte, size)
		_, _ = rand.Read(content)
		copy(content, "\x89PNG\r\n\x1a\n")
		r, err := upload(path("cases", s.id, "documents"), "medical", "Lampiran", "lampiran.png", content, false)
		if err != nil {
			return err
		}
		c, err := l.as(s.from, worker)
		if err != nil {
			return err
		}
		if err := c.call(ctx, r, nil); err != nil {
			return err
		}
		l.ready <- s
	}
	return nil
}

// network is the poor lines between all nodes, and who cuts them.
type network struct {
	pairs [][2]*cable.Cable
	cuts  atomic.Int64
	stop  context.CancelFunc
	all   sync.WaitGroup
}

// lay makes the lines and tells the nodes of them. Nobody cuts yet.
func (f *fleet) lay(p poor) (*network, error) {
	w := &network{stop: func() {}}
	files := map[string]*strings.Builder{}
	for _, n := range f.state.Nodes {
		files[n.Code] = &strings.Builder{}
	}
	for i, a := range f.state.Nodes {
		for _, b := range f.state.Nodes[:i] {
			there, err := cable.New()
			if err != nil {
				return w, err
			}
			back, err := cable.New()
			if err != nil {
				there.Close()
				return w, err
			}
			w.pairs = append(w.pairs, [2]*cable.Cable{there, back})
			cable.Slow(p.Quality, there, back)
			there.Lead(b.Listen)
			back.Lead(a.Listen)
			_, _ = fmt.Fprintln(files[a.Code], b.Code, there.Addr())
			_, _ = fmt.Fprintln(files[b.Code], a.Code, back.Addr())
		}
	}
	for _, n := range f.state.Nodes {
		n.peers = filepath.Join(f.dir, n.Code+".peers")
		if err := writeFile(n.peers, []byte(files[n.Code].String()), 0o600); err != nil {
			return w, err
		}
	}
	return w, nil
}

// cutting cuts each line now and then, none at the same time as all others,
// until close.
func (w *network) cutting(ctx context.Context, p poor) {
	if p.cut == 0 {
		return
	}
	ctx, w.stop = context.WithCancel(ctx)
	for _, pair := range w.pairs {
		w.all.Go(func() {
			for {
				if rest(ctx, p.whole/2+mathrand.N(p.whole)) != nil {
					return
				}
				w.cuts.Add(1)
				pair[0].Cut(true)
				pair[1].Cut(true)
				over := rest(ctx, p.cut)
				pair[0].Cut(false)
				pair[1].Cut(false)
				if over != nil {
					return
				}
			}
		})
	}
}

func (w *network) close() {
	w.stop()
	w.all.Wait()
	for _, pair := range w.pairs {
		pair[0].Close()
		pair[1].Close()
	}
}

// carried is how many bytes came out of all lines.
func (w *network) carried() (n uint64) {
	for _, pair := range w.pairs {
		n += pair[0].Carried() + pair[1].Carried()
	}
	return n
}

// journey is how long one handoff took to each tick, in seconds.
type journey struct {
	committed, delivered, answered, fetched, received float64
	packet                                            int64 // its bytes
}

// journeys sends the cases, some at once, and tells how long each step took and
// what went over the lines for it.
func (l *load) journeys(ctx context.Context, w *network, p poor, n, atOnce int) ([]finding, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	before, err := l.look(ctx)
	if err != nil {
		return nil, err
	}
	had, err := l.received(ctx)
	if err != nil {
		return nil, err
	}
	carried := w.carried()
	w.cutting(ctx, p)
	var all sync.WaitGroup
	var mu sync.Mutex // guards done
	var done []journey
	var begun atomic.Int64
	for range atOnce {
		all.Go(func() {
			for ctx.Err() == nil && begun.Add(1) <= int64(n) {
				j, err := l.journey(ctx, <-l.ready)
				if err != nil {
					cancel(err)
					return
				}
				mu.Lock()
				done = append(done, j)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	after, err := l.look(ctx)
	if err != nil {
		return nil, err
	}
	came, err := l.received(ctx)
	if err != nil {
		return nil, err
	}
	note := fmt.Sprintf("%d handoffs, %d at once, %v", n, atOnce, p)
	var out []finding
	for _, tick := range []struct {
		name string
		of   func(journey) float64
	}{
		{"from sent to committed", func(j journey) float64 { return j.committed }},
		{"from sent to the destination's node", func(j journey) float64 { return j.delivered }},
		{"from accepted there to known at the source", func(j journey) float64 { return j.answered }},
		{"from accepted to the whole packet", func(j journey) float64 { return j.fetched }},
		{"from received there to known at the source", func(j journey) float64 { return j.received }},
	} {
		var figures []float64
		for _, j := range done {
			figures = append(figures, tick.of(j))
		}
		out = append(out, spread(tick.name, "s", note, figures)...)
	}
	packets := 0.0
	for _, j := range done {
		packets += float64(j.packet)
	}
	return append(out,
		finding{"packet, mean", packets / float64(n) / 1024, "KiB", note},
		finding{"received over gRPC for each byte of a packet", (came - had) / packets, "", "packets, what came twice because of a cut, and commands to the leader"},
		finding{"carried by all lines", float64(w.carried()-carried) / (1 << 20), "MiB", "gossip and raft too"},
		finding{"cuts", float64(w.cuts.Load()), "", note},
		finding{"elections meanwhile", float64(after.term - before.term), "", note}), nil
}

// received is how many bytes have come to all nodes from services of others.
func (f *fleet) received(ctx context.Context) (sum float64, err error) {
	for _, n := range f.state.Nodes {
		m, err := f.scrape(ctx, n.Code)
		if err != nil {
			return 0, err
		}
		sum += m[`serasi_port_bytes_total{direction="in",protocol="h2"}`]
	}
	return sum, nil
}

// journey brings one case from its balai to another, as the heads of both do.
func (l *load) journey(ctx context.Context, s sending) (j journey, err error) {
	h, err := l.offer(ctx, s)
	if err != nil {
		return j, fmt.Errorf("%s offers to %s: %w", s.from, s.to, err)
	}
	id := string(h.ID)
	h, err = l.until(ctx, s.from, id, "the tick of the destination's node", func(h node.Handoff) bool { return !h.Ticks.Delivered.IsZero() })
	if err != nil {
		return j, err
	}
	j.committed, j.delivered = h.Ticks.Committed.Sub(h.Ticks.Queued).Seconds(), h.Ticks.Delivered.Sub(h.Ticks.Queued).Seconds()
	accepted, err := l.act(ctx, s.to, id, "accept")
	if err != nil {
		return j, err
	}
	if _, err = l.until(ctx, s.from, id, "the answer", func(h node.Handoff) bool { return h.Stage == "accepted" }); err != nil {
		return j, err
	}
	j.answered = time.Since(accepted).Seconds()
	h, err = l.until(ctx, s.to, id, "the packet", func(h node.Handoff) bool { return h.Packet == "here" && h.Summary != nil })
	if err != nil {
		return j, err
	}
	j.fetched, j.packet = time.Since(accepted).Seconds(), h.Summary.Bytes
	received, err := l.act(ctx, s.to, id, "receive")
	if err != nil {
		return j, err
	}
	_, err = l.until(ctx, s.from, id, "the receipt", func(h node.Handoff) bool { return h.Stage == "received" })
	j.received = time.Since(received).Seconds()
	return j, err
}

// act takes a step as the head of a balai, and returns when it was asked for.
func (f *fleet) act(ctx context.Context, balai, id, act string) (time.Time, error) {
	asked := time.Now()
	c, err := f.as(balai, head)
	if err == nil {
		err = c.post(ctx, path("handoffs", id, act), map[string]any{}, nil)
	}
	if err != nil {
		err = fmt.Errorf("%s: %s: %w", balai, act, err)
	}
	return asked, err
}
