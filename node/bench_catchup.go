package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"serasi/federation/link"
	"serasi/replication"
)

// CatchUp measures how long a voter that was away for so many events takes until
// it has verified all of them and has them on disk: once from the log of the
// leader, and once from a snapshot, because the leader has trimmed its log.
func (b Bench) CatchUp(ctx context.Context, events int) error {
	trimmed := func(c *replication.Config) {
		c.SnapshotThreshold, c.TrailingLogs, c.WALSegment = max(uint64(events/4), 1), 8, 64<<10
		c.Timing.Snapshot = 200 * time.Millisecond
	}
	for _, way := range []struct {
		name string
		tune func(*replication.Config)
	}{
		{"catch-up from the log", func(*replication.Config) {}},
		{"catch-up from a snapshot", trimmed},
	} {
		if err := b.catchUp(ctx, way.name, events, way.tune); err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
	}
	return nil
}

func (b Bench) catchUp(ctx context.Context, name string, events int, tune func(*replication.Config)) error {
	dir, err := os.MkdirTemp(b.Dir, "serasi-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	g, err := newBenchGroup(dir, 5, tune)
	if err == nil {
		err = g.awaitLeader(ctx)
	}
	if err != nil {
		return errors.Join(err, g.close())
	}
	f, err := g.returns(ctx, events)
	if err == nil {
		f.Name = name
		b.Out(f)
	}
	return errors.Join(err, g.close())
}

// returns takes a follower away, has so many events happen, and lets it come
// back.
func (g *benchGroup) returns(ctx context.Context, events int) (Figure, error) {
	who := slices.IndexFunc(g.logs, func(l *replication.Log) bool { return l != g.leader })
	was, conf := g.logs[who].Status().Event, g.confs[who]
	if err := errors.Join(g.logs[who].Close(), g.ports[who].Close()); err != nil {
		return Figure{}, err
	}
	g.logs = slices.Delete(g.logs, who, who+1)
	if err := g.happen(ctx, events); err != nil {
		return Figure{}, err
	}
	trims := conf.TrailingLogs > 0
	err := until(ctx, "the log to be trimmed", func() bool { return !trims || g.leader.Status().SnapshotIndex > uint64(events)/2 })
	if err != nil {
		return Figure{}, err
	}
	began := time.Now()
	port, err := link.Listen(g.links[who])
	if err != nil {
		return Figure{}, err
	}
	g.ports[who], conf.Network = port, raftNetwork{port}
	back, err := replication.Open(conf)
	if err != nil {
		return Figure{}, err
	}
	g.logs = append(g.logs, back)
	if err := until(ctx, "the one that was away", func() bool { return back.Status().Event >= g.leader.Status().Event }); err != nil {
		return Figure{}, err
	}
	took, came := time.Since(began), port.Stats().In[link.Raft]
	if by := back.Status().SnapshotIndex > 0; by != trims {
		return Figure{}, fmt.Errorf("it came back in the other way: by snapshot %v", by)
	}
	n := int(back.Status().Event - was)
	return Figure{
		Workers: 1, Ops: n, PerSec: float64(n) / took.Seconds(),
		Note: fmt.Sprintf("%d events, %.2f s, %.1f MiB received", n, took.Seconds(), float64(came)/(1<<20)),
	}, nil
}

// happen commits so many offers, many at once.
func (g *benchGroup) happen(ctx context.Context, events int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	var begun atomic.Int64
	for range 64 {
		all.Go(func() {
			for ctx.Err() == nil && begun.Add(1) <= int64(events) {
				if err := g.commit(ctx, 0, 0); err != nil {
					cancel(err)
				}
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}

// until waits for a state of the group.
func until(ctx context.Context, what string, yes func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !yes() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("gave up waiting for %s: %w", what, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}
