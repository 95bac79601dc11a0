package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"serasi/node"
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

// failovers kills the leader again and again.
func (f *fleet) failovers(ctx context.Context, rounds int) ([]finding, error) {
	var took []time.Duration
	for range rounds {
		if err := f.voting(ctx, 5); err != nil {
			return nil, err
		}
		leader, err := f.leader(ctx)
		if err != nil {
			return nil, err
		}
		before, err := f.status(ctx, leader)
		if err != nil {
			return nil, err
		}
		dead := f.children[leader]
		if err := dead.cmd.Process.Kill(); err != nil {
			return nil, err
		}
		began := time.Now()
		if err := f.nextCommit(ctx, leader, before); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
		<-dead.done
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

// nextCommit returns once a survivor knows of an entry that another leader than
// the dead one, in a later term, has had a majority store.
func (f *fleet) nextCommit(ctx context.Context, dead string, before node.Status) error {
	ctx, stop := context.WithTimeout(ctx, 3*time.Minute)
	defer stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		for _, n := range f.state.Nodes {
			if n.Code == dead {
				continue
			}
			s, err := f.status(ctx, n.Code)
			if err == nil && s.Raft.Term > before.Raft.Term && s.Raft.Leader != "" && string(s.Raft.Leader) != dead && s.Raft.Committed > before.Raft.Committed {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("no commit after the leader died: %w", ctx.Err())
		case <-tick.C:
		}
	}
}
