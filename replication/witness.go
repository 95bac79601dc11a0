package replication

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"serasi/replication/ledger"
)

// The witness is the last (n, H(n)) that this node has seen, in a file of its
// own outside raft's folder. A history that does not contain it is refused.

func (l *Log) witnessPath() string { return filepath.Join(l.conf.Dir, "witness") }

// writeWitness writes the present head, if there is one.
func (l *Log) writeWitness() error {
	at := l.book.flushed.Load()
	if at.event == 0 || l.unpassed() != nil {
		return nil
	}
	tmp := l.witnessPath() + ".tmp"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "%d %s\n", at.event, at.head)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return moveInto(tmp, l.witnessPath())
}

func (l *Log) readWitness() error {
	b, err := os.ReadFile(l.witnessPath())
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	w, err := parseWitness(string(b))
	if err != nil {
		return err
	}
	l.remembered = &w
	return l.checkWitness()
}

func parseWitness(s string) (w mark, err error) {
	var hex string
	if _, err := fmt.Sscanf(s, "%d %s\n", &w.event, &hex); err != nil {
		return w, fmt.Errorf("witness file: %w", err)
	}
	if err := w.head.UnmarshalText([]byte(hex)); err != nil {
		return w, fmt.Errorf("witness file: %w", err)
	}
	return w, nil
}

func (l *Log) unpassed() *mark {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.remembered
}

// checkWitness compares the history with the witness, once it is long enough.
func (l *Log) checkWitness() error {
	w := l.unpassed()
	if w == nil || l.book.flushed.Load().event < w.event {
		return nil
	}
	err := l.View(func(v ledger.View) error {
		if h, ok := v.HashAt(w.event); !ok || h != w.head {
			return fmt.Errorf("%w: event %d is not the one this node has seen before", ErrRejoin, w.event)
		}
		return nil
	})
	if err == nil {
		l.mu.Lock()
		l.remembered = nil
		l.mu.Unlock()
	}
	return err
}
