package access

import (
	"fmt"

	"serasi/node/casework"
)

// Broken says where the trail stops adding up.
type Broken struct {
	Seq uint64 // the first line that is wrong or missing
	Why string
}

func (b *Broken) Error() string { return fmt.Sprintf("audit line %d: %s", b.Seq, b.Why) }

// verifyStep is how many lines one view reads: a long view keeps old pages of
// the store alive.
const verifyStep = 1000

// Verify recomputes the chain from line from on (1, or 0, for all of it) and
// returns how many lines there are and the hash of the last one. Compare these
// with an anchor kept elsewhere: who can rewrite every line can also rewrite
// the head. The error is *Broken, with the first bad line, or the store's.
func (t Trail) Verify(store casework.Store, from uint64) (count uint64, head string, err error) {
	w := walker{next: max(from, 1)}
	for done := false; !done; {
		err := store.View(func(tx casework.Tx) error {
			if w.next > 1 && w.prev == "" {
				if err := w.begin(tx); err != nil {
					return err
				}
			}
			n, err := w.step(tx)
			if err != nil || n == verifyStep {
				return err
			}
			done = true
			return w.end(t, tx)
		})
		if err != nil {
			return w.next - 1, w.prev, fmt.Errorf("verify the audit trail: %w", err)
		}
	}
	return w.next - 1, w.prev, nil
}

// walker goes along the chain.
type walker struct {
	next uint64 // the line expected
	prev string // the hash of the line before it
}

// begin takes the hash to start from out of the line before.
func (w *walker) begin(tx casework.Tx) error {
	var line casework.Line
	found, err := tx.Get(casework.Audit, casework.NodeOwner, lineID(w.next-1), &line)
	if err != nil {
		return err
	}
	if !found {
		return &Broken{w.next - 1, "it is missing"}
	}
	w.prev = line.Hash
	return nil
}

// step checks at most verifyStep lines and returns how many it saw.
func (w *walker) step(tx casework.Tx) (n int, err error) {
	err = tx.Each(casework.Audit, casework.NodeOwner, lineID(w.next), func(id string, decode func(any) error) (bool, error) {
		var line casework.Line
		if err := decode(&line); err != nil {
			return false, fmt.Errorf("audit line %s: %w", id, err)
		}
		if err := w.check(id, line); err != nil {
			return false, err
		}
		n++
		return n < verifyStep, nil
	})
	return n, err
}

func (w *walker) check(id string, line casework.Line) error {
	hash, err := digest(line)
	switch {
	case err != nil:
		return err
	case id != lineID(w.next):
		return &Broken{w.next, "it is missing"}
	case line.Seq != w.next:
		return &Broken{w.next, "it carries another number"}
	case line.Prev != w.prev:
		return &Broken{w.next, "it does not follow the line before"}
	case line.Hash != hash:
		return &Broken{w.next, "it was changed"}
	}
	w.next, w.prev = w.next+1, hash
	return nil
}

// end compares the last line with the head row.
func (w *walker) end(t Trail, tx casework.Tx) error {
	count, hash, err := t.Head(tx)
	switch {
	case err != nil:
		return err
	case count >= w.next:
		return &Broken{w.next, "it is missing at the end"}
	case count != w.next-1 || hash != w.prev:
		return &Broken{w.next - 1, "the head does not match it"}
	}
	return nil
}
