package node

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
)

// tailLines is how many lines of the log a node keeps in memory for whoever asks
// for help. Like all of the log, they name no person.
const tailLines = 300

// tail keeps the last lines of a log beside where they go.
type tail struct {
	mu    sync.Mutex // guards lines
	lines []string
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) == tailLines {
		t.lines = slices.Delete(t.lines, 0, 1)
	}
	t.lines = append(t.lines, strings.TrimSpace(string(bytes.ToValidUTF8(b, nil))))
	return len(b), nil
}

func (t *tail) all() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.lines)
}

// tee is a handler that gives each record to two others.
type tee struct{ out, keep slog.Handler }

// keepTail returns a log that goes where log goes, and what keeps its last lines
// of info and above.
func keepTail(log *slog.Logger) (*slog.Logger, *tail) {
	t := &tail{}
	return slog.New(tee{log.Handler(), slog.NewJSONHandler(t, &slog.HandlerOptions{Level: slog.LevelInfo})}), t
}

func (h tee) Enabled(ctx context.Context, l slog.Level) bool {
	return h.out.Enabled(ctx, l) || h.keep.Enabled(ctx, l)
}

func (h tee) Handle(ctx context.Context, r slog.Record) error {
	if h.keep.Enabled(ctx, r.Level) {
		if err := h.keep.Handle(ctx, r.Clone()); err != nil {
			return err
		}
	}
	if !h.out.Enabled(ctx, r.Level) {
		return nil
	}
	return h.out.Handle(ctx, r)
}

func (h tee) WithAttrs(a []slog.Attr) slog.Handler {
	return tee{h.out.WithAttrs(a), h.keep.WithAttrs(a)}
}

func (h tee) WithGroup(name string) slog.Handler {
	return tee{h.out.WithGroup(name), h.keep.WithGroup(name)}
}

// Tail returns the last lines of the log, JSON each, oldest first.
func (m machine) Tail(context.Context) []string { return m.n.tail.all() }
