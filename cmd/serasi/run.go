package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"serasi/node"
)

func (a *app) runVerb() *cobra.Command {
	s := defaultSettings()
	var level, form string
	var attached bool
	cmd := &cobra.Command{
		Use:   "run",
		Short: a.t("Jalankan simpul di folder data", "Run the node in the data folder"),
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			now, err := a.loaded(cmd, s)
			if err != nil {
				return err
			}
			if now.Key == "" {
				return usage("--key", "%s", a.t("folder ini belum berisi simpul: serasi init, atau serasi join", "this folder holds no node yet: serasi init, or serasi join"))
			}
			cfg, err := now.config(a)
			if err != nil {
				return err
			}
			if cfg.Log, err = a.logger(level, form); err != nil {
				return err
			}
			ctx := cmd.Context()
			if attached {
				var stop context.CancelFunc
				ctx, stop = whileOpen(ctx, a.stdin)
				defer stop()
			}
			return a.run(ctx, cfg)
		},
	}
	f := cmd.Flags()
	a.settingsFlags(f, &s)
	f.StringVar(&level, "log-level", "info", "debug, info, warn, error")
	f.StringVar(&form, "log-format", "text", "text, json")
	f.BoolVar(&attached, "until-stdin-ends", false, a.t("berhenti bila stdin ditutup", "stop when stdin is closed"))
	return cmd
}

// run keeps a node running until ctx ends. A node that asks to be opened again
// is; one that cannot go on ends the verb.
func (a *app) run(ctx context.Context, cfg node.Config) error {
	for {
		err := a.runOnce(ctx, cfg)
		switch {
		case errors.Is(err, node.ErrAgain):
			a.tell(a.t("simpul dibuka ulang: %v", "the node is opened again: %v"), err)
		case errors.Is(err, node.ErrRejoin):
			a.tell(a.t("simpul bergabung ulang ke buku besar: %v", "the node rejoins the ledger: %v"), err)
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

func (a *app) runOnce(ctx context.Context, cfg node.Config) error {
	n, err := node.Open(cfg)
	if err != nil {
		return err
	}
	a.tell(a.t("Simpul %s berjalan di %s; Ctrl-C untuk berhenti.", "Node %s runs at %s; Ctrl-C to stop."), n.Code(), n.URL())
	err = n.Run(ctx)
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
