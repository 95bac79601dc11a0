package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) benchFailover() *cobra.Command {
	var in, profile string
	var rounds int
	cmd := &cobra.Command{Use: "failover", Short: a.t("pemimpin dibunuh (kill -9) sampai komit berikutnya, 5 proses", "kill -9 of the leader to the next commit, 5 processes")}
	cmd.Flags().StringVar(&profile, "profile", "lan", a.t("lan atau wan", "lan or wan"))
	cmd.Flags().IntVar(&rounds, "rounds", 10, a.t("berapa kali", "how many times"))
	return a.benchFleet(cmd, &in, func(ctx context.Context) ([]finding, error) {
		if profile != "lan" && profile != "wan" {
			return nil, usage("--profile", "%s", a.t("harus lan atau wan", "must be lan or wan"))
		}
		if rounds < 1 || rounds > 1000 {
			return nil, usage("--rounds", "1-1000")
		}
		f, err := a.newFleet(ctx, in, 5, profile)
		if err != nil {
			return nil, err
		}
		all, err := f.failovers(ctx, rounds)
		return all, errors.Join(err, f.dismiss())
	})
}

// failovers kills the leader again and again. Each time a new proposal starts
// at each survivor every 50 ms, so that how long one of them rests between two
// tries is not measured.
func (f *fleet) failovers(ctx context.Context, rounds int) ([]finding, error) {
	var took []time.Duration
	var next atomic.Int64
	for range rounds {
		if err := f.voting(ctx, 5); err != nil {
			return nil, err
		}
		leader, err := f.leader(ctx)
		if err != nil {
			return nil, err
		}
		var survivors []*client
		for _, n := range f.state.Nodes {
			if n.Code != leader {
				c, err := f.as(n.Code, admin)
				if err != nil {
					return nil, err
				}
				survivors = append(survivors, c)
			}
		}
		dead := f.children[leader]
		if err := dead.cmd.Process.Kill(); err != nil {
			return nil, err
		}
		began := time.Now()
		<-dead.done
		if err := f.nextCommit(ctx, survivors, &next); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
		if err := errors.Join(dead.stop(), f.start(ctx, f.at(leader))); err != nil {
			return nil, err
		}
	}
	slices.Sort(took)
	note := fmt.Sprintf("%d times, profile %s", rounds, f.profile)
	return []finding{
		{"failover, median", took[len(took)/2].Seconds(), "s", note},
		{"failover, most", took[len(took)-1].Seconds(), "s", note},
	}, nil
}

// nextCommit returns once one proposal made after the call is committed. It
// invites balai that will never come: that is one signed command each.
func (f *fleet) nextCommit(ctx context.Context, survivors []*client, next *atomic.Int64) error {
	ctx, stop := context.WithTimeout(ctx, 2*time.Minute)
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	done := make(chan struct{}, 1)
	var last atomic.Pointer[error] // why the newest one failed
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		c := survivors[int(next.Load())%len(survivors)]
		body := map[string]any{"code": fmt.Sprintf("X%06d", next.Add(1)), "hours": 24}
		all.Go(func() {
			err := c.post(ctx, "/invitations", body, nil)
			if err != nil && ctx.Err() == nil {
				last.Store(&err)
			}
			if err == nil {
				select {
				case done <- struct{}{}:
				default:
				}
			}
		})
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			err := ctx.Err()
			if why := last.Load(); why != nil {
				err = *why
			}
			return fmt.Errorf("no commit after the leader died: %w", err)
		case <-tick.C:
		}
	}
}
