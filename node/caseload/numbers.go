package caseload

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"serasi/node/casework"
)

// countersID is the row of Settings that holds the counters of this room.
const countersID = "caseload counters"

// counters are kept in one row, written with the case they count, so that no
// crash gives a number twice or loses one.
type counters struct {
	Numbers   map[string]uint64 `json:"numbers"`   // last case number, by year
	Registers map[string]uint64 `json:"registers"` // last register number, by year
	States    map[string]int    `json:"states"`    // cases by state
}

// registered is a row of Numbers: a number of the register and whose it is, or
// why it is nobody's.
type registered struct {
	Number    string          `json:"number"`
	Case      casework.CaseID `json:"case,omitempty"`
	At        time.Time       `json:"at"`
	Cancelled string          `json:"cancelled,omitempty"`
}

func readCounters(tx casework.Tx) (counters, error) {
	var n counters
	if _, err := tx.Get(casework.Settings, casework.NodeOwner, countersID, &n); err != nil {
		return n, fmt.Errorf("read the counters: %w", err)
	}
	if n.Numbers == nil {
		n = counters{Numbers: map[string]uint64{}, Registers: map[string]uint64{}, States: map[string]int{}}
	}
	return n, nil
}

func (n counters) write(tx casework.Tx) error {
	return put(tx, casework.Settings, casework.NodeOwner, countersID, n)
}

// counters returns the counters for a change, which save writes.
func (f *file) counters() (*counters, error) {
	if f.n == nil {
		n, err := readCounters(f.tx)
		if err != nil {
			return nil, err
		}
		f.n = &n
	}
	return f.n, nil
}

func (f *file) writeCounters() error {
	if f.n == nil {
		return nil
	}
	n := *f.n
	f.n = nil
	return n.write(f.tx)
}

// number gives the case the next number of the year. It needs no other node.
func (f *file) number() error {
	n, err := f.counters()
	if err != nil {
		return err
	}
	year := f.year()
	n.Numbers[year]++
	f.c.Number = fmt.Sprintf("%s-%s-%05d", f.cfg.Balai, year, n.Numbers[year])
	return nil
}

// register enters the case in the register of the year, whose numbers have no
// gaps. A case that has a number keeps it.
func (f *file) register() error {
	if f.c.Register != "" {
		return nil
	}
	n, err := f.counters()
	if err != nil {
		return err
	}
	year := f.year()
	n.Registers[year]++
	f.c.Register = registerNumber(year, n.Registers[year])
	row := registered{Number: f.c.Register, Case: f.c.ID, At: f.now}
	return put(f.tx, casework.Numbers, casework.NodeOwner, row.Number, row)
}

func registerNumber(year string, n uint64) string { return fmt.Sprintf("%s/%05d", year, n) }

func (f *file) year() string { return strconv.Itoa(f.now.In(f.cfg.Zone).Year()) }

// countStates keeps the count of cases by state; 0 is a case that is new.
func (f *file) countStates(was, is casework.State) error {
	if was == is {
		return nil
	}
	n, err := f.counters()
	if err != nil {
		return err
	}
	if was != 0 {
		n.States[was.String()]--
	}
	n.States[is.String()]++
	return nil
}

// States returns how many cases are in each state, for the status page. It
// names no case and needs no permission.
func (cs *Cases) States() (map[casework.State]int, error) {
	out := map[casework.State]int{}
	err := cs.cfg.Store.View(func(tx casework.Tx) error {
		n, err := readCounters(tx)
		if err != nil {
			return err
		}
		for name, count := range n.States {
			var s casework.State
			if err := s.UnmarshalText([]byte(name)); err != nil {
				return err
			}
			out[s] = count
		}
		return nil
	})
	return out, err
}

// maxSkip bounds how many register numbers one call may cancel.
const maxSkip = 10_000

// SkipNumbers moves both counters of this year on by n, 1 to 10,000. A node
// restored from a backup calls it before it opens a case, because it cannot
// know which numbers were given out since. The numbers skipped stay in the
// register as cancelled, with reason, so that the gap is seen.
func (cs *Cases) SkipNumbers(ctx context.Context, n uint64, reason string) error {
	if n < 1 || n > maxSkip {
		return casework.Faulty(casework.Fault{Field: "n", Words: "must be 1 to " + strconv.Itoa(maxSkip)})
	}
	return cs.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		f := &file{Cases: cs, tx: tx, now: cs.now()}
		all, err := readCounters(tx)
		if err != nil {
			return err
		}
		year := f.year()
		all.Numbers[year] += n
		for range n {
			all.Registers[year]++
			row := registered{Number: registerNumber(year, all.Registers[year]), At: f.now, Cancelled: reason}
			if err := put(tx, casework.Numbers, casework.NodeOwner, row.Number, row); err != nil {
				return err
			}
		}
		if err := all.write(tx); err != nil {
			return err
		}
		return cs.cfg.Trail.Record(tx, casework.Line{At: f.now, Via: "node", Act: "skip numbers", Outcome: "done", Why: reason})
	})
}
