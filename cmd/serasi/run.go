package main

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) runVerb() *cobra.Command {
	var attached bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: a.t("Jalankan simpul di folder data", "Run the node in the data folder"),
		Long: a.t("Menjalankan simpul sampai SIGTERM atau Ctrl-C. SIGHUP membaca ulang setelan: serasi config show menandai yang berlaku tanpa menjalankan ulang.",
			"Runs the node until SIGTERM or Ctrl-C. SIGHUP reads the settings again: serasi config show marks those that need no restart."),
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			now, err := a.loaded(cmd)
			if err != nil {
				return err
			}
			if now.Key == "" {
				return usage("--key", "%s", a.t("folder ini belum berisi simpul: serasi init, atau serasi join", "this folder holds no node yet: serasi init, or serasi join"))
			}
			cfg, err := now.node(a)
			if err != nil {
				return err
			}
			ctx := cmd.Context()
			if attached {
				var stop context.CancelFunc
				ctx, stop = whileOpen(ctx, a.stdin)
				defer stop()
			}
			r := a.newRunner(cmd, now)
			cfg.Log = r.log
			return r.run(ctx, cfg)
		},
	}
	a.settingsFlags(cmd.Flags())
	cmd.Flags().BoolVar(&attached, "until-stdin-ends", false, a.t("berhenti bila stdin ditutup", "stop when stdin is closed"))
	return cmd
}

// runner keeps one node running, with settings that may change meanwhile.
type runner struct {
	*app
	cmd   *cobra.Command
	now   chosen
	level *slog.LevelVar
	log   *slog.Logger
}

func (a *app) newRunner(cmd *cobra.Command, now chosen) *runner {
	r := &runner{app: a, cmd: cmd, now: now, level: new(slog.LevelVar)}
	r.level.Set(levelOf(now.LogLevel))
	opts := &slog.HandlerOptions{Level: r.level}
	if now.LogFormat == "json" {
		r.log = slog.New(slog.NewJSONHandler(a.stderr, opts))
	} else {
		r.log = slog.New(slog.NewTextHandler(a.stderr, opts))
	}
	return r
}

func levelOf(name string) slog.Level {
	return map[string]slog.Level{"debug": slog.LevelDebug, "warn": slog.LevelWarn, "error": slog.LevelError}[name] // else info, which is 0
}

// run keeps a node running until ctx ends. A node that asks to be opened again
// is; one that cannot go on ends the verb.
func (r *runner) run(ctx context.Context, cfg node.Config) error {
	for {
		err := r.once(ctx, &cfg)
		switch {
		case errors.Is(err, node.ErrAgain):
			r.tell(r.t("simpul dibuka ulang: %v", "the node is opened again: %v"), err)
		case errors.Is(err, node.ErrRejoin):
			r.tell(r.t("simpul bergabung ulang ke buku besar: %v", "the node rejoins the ledger: %v"), err)
			if _, err := node.Rejoin(ctx, cfg); err != nil {
				return err
			}
		default:
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
	}
}

func (r *runner) once(ctx context.Context, cfg *node.Config) error {
	n, err := node.Open(*cfg)
	if err != nil {
		return err
	}
	r.tell(r.t("Simpul %s berjalan di %s; Ctrl-C untuk berhenti.", "Node %s runs at %s; Ctrl-C to stop."), n.Code(), n.URL())
	stop := r.listen(func() { r.reload(n, cfg) })
	err = n.Run(ctx)
	stop()
	return errors.Join(err, n.Close())
}

// whileOpen returns a context that ends when r does: whoever started this
// process holds the other end, and is gone when it closes.
func whileOpen(ctx context.Context, r io.Reader) (context.Context, context.CancelFunc) {
	ctx, stop := context.WithCancel(ctx)
	go func() { // ends with the process or with r
		_, _ = io.Copy(io.Discard, r)
		stop()
	}()
	return ctx, stop
}
