package exchange

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"serasi/node/casework"
)

// pause is how long Run waits after a fault before it tries again.
const pause = 10 * time.Second

// Run does the long work of imports until ctx ends: dry runs, opening and
// taking back. Each batch is one transaction that also says how far it came, so
// a crash neither loses a row nor opens one twice.
func (d *Desk) Run(ctx context.Context) {
	for ctx.Err() == nil {
		busy, err := d.work(ctx)
		if err != nil && ctx.Err() == nil {
			d.cfg.Log.Error("an import does not go on", "err", err)
		}
		if busy && err == nil {
			continue
		}
		wait := time.NewTimer(pause)
		select {
		case <-ctx.Done():
		case <-d.bell:
		case <-wait.C:
		}
		wait.Stop()
	}
}

// work does one batch of the first import that has work.
func (d *Desk) work(ctx context.Context) (busy bool, err error) {
	var next casework.Upload
	err = d.cfg.Store.View(func(tx casework.Tx) error {
		all, err := d.all(tx)
		if i := slices.IndexFunc(all, casework.Upload.Working); i >= 0 {
			next = all[i]
		}
		return err
	})
	if err != nil || next.ID == "" {
		return false, err
	}
	switch next.State {
	case casework.ImportChecking:
		err = d.check(ctx, next)
	case casework.ImportRunning:
		err = d.open(ctx, next)
	case casework.ImportUndoing:
		err = d.takeBack(ctx, next)
	}
	d.mu.Lock()
	close(d.step)
	d.step = make(chan struct{})
	d.mu.Unlock()
	return true, err
}

// rows reads up to n rows of an import that f wants, from the row numbered from
// on, and the number of the row after them, or 0.
func (d *Desk) rows(tx casework.Tx, id casework.ImportID, from, n int, f func(casework.ImportRow) bool) (out []casework.ImportRow, next int, err error) {
	err = tx.Each(casework.ImportRows, string(id), rowID(from), func(_ string, decode func(any) error) (bool, error) {
		var r casework.ImportRow
		if err := decode(&r); err != nil {
			return false, err
		}
		if len(out) == n {
			next = r.No
			return false, nil
		}
		if f == nil || f(r) {
			out = append(out, r)
		}
		return true, nil
	})
	return out, next, err
}

// check is the dry run of the whole table. It is short enough to be done at
// once: nothing is written but what it found.
func (d *Desk) check(ctx context.Context, u casework.Upload) error {
	var rows []casework.ImportRow
	err := d.cfg.Store.View(func(tx casework.Tx) (err error) {
		rows, _, err = d.rows(tx, u.ID, 0, MaxRows+1, nil)
		return err
	})
	if err != nil {
		return err
	}
	u.Rounded = rounded(u, rows)
	reader := casework.Reader{
		Targets: u.Targets, Headings: u.Headings, Defaults: u.Defaults, Rounded: u.Rounded, Today: d.now().In(d.cfg.Zone),
	}
	twins := map[string]int{}
	u.Good, u.Bad, u.Doubles, u.Done = 0, 0, 0, 0
	for some := range slices.Chunk(rows, batch) {
		for i := range some {
			d.try(reader, twins, u, &some[i])
			switch some[i].State {
			case casework.RowGood:
				u.Good++
			case casework.RowDouble:
				u.Doubles++
			default:
				u.Bad++
			}
		}
		u.Done += len(some)
		if u.Done == len(rows) {
			u.State = casework.ImportChecked
		}
		if err := d.keep(ctx, &u, some); err != nil {
			return err
		}
	}
	return nil
}

// keep writes rows and how far the work is, in one transaction.
func (d *Desk) keep(ctx context.Context, u *casework.Upload, rows []casework.ImportRow) error {
	return d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		for _, r := range rows {
			if err := putRow(tx, u.ID, r); err != nil {
				return err
			}
		}
		return d.save(tx, u)
	})
}

// rounded reports whether the column of NIK was rounded by a spreadsheet.
func rounded(u casework.Upload, rows []casework.ImportRow) bool {
	at := slices.Index(u.Targets, casework.Target(casework.ClaimNIK))
	if at < 0 {
		return false
	}
	var column []casework.NIK
	for _, r := range rows {
		if n, err := casework.ParseNIK(strings.TrimSuffix(r.Cells[at], ".0")); err == nil {
			column = append(column, n)
		}
	}
	return casework.ColumnRounded(column)
}

// try reads one row, and looks for who it may be: in the file and here.
func (d *Desk) try(reader casework.Reader, twins map[string]int, u casework.Upload, r *casework.ImportRow) {
	l, bad, doubts := reader.Read(r.Cells)
	r.State, r.Faults, r.Doubts, r.Twins, r.Same = casework.RowGood, bad, doubts, nil, 0
	if len(bad) > 0 {
		r.State = casework.RowBad
		return
	}
	p := casework.Person{Claims: l.Intake.Claims}
	for _, key := range keysOf(p) {
		if twins[key] != 0 && r.Same == 0 {
			r.Same = twins[key]
		} else if twins[key] == 0 {
			twins[key] = r.No
		}
	}
	for _, m := range d.cfg.Doubles(p, 5) {
		r.Twins = append(r.Twins, m.Case)
	}
	if r.Twins = d.visible(u.Worker.Actor(), r.Twins); len(r.Twins) > 0 || r.Same != 0 {
		r.State = casework.RowDouble
	}
}

// keysOf are what two rows of one file must not share.
func keysOf(p casework.Person) (keys []string) {
	if n, err := casework.ParseNIK(p.Value(casework.ClaimNIK)); err == nil && n != "" {
		keys = append(keys, "nik "+string(n))
	}
	name, born := strings.ToLower(p.Value(casework.ClaimName)), p.Value(casework.ClaimBorn)
	if name != "" && len(born) == len("2006-01-02") {
		keys = append(keys, "name "+name+" "+born)
	}
	return keys
}

// visible drops the cases that by may not find: not even that they are there is
// told.
func (d *Desk) visible(by casework.Actor, ids []casework.CaseID) (out []casework.CaseID) {
	err := d.cfg.Store.View(func(tx casework.Tx) error {
		for _, id := range ids {
			var c casework.Case
			found, err := tx.Get(casework.Cases, string(id), string(id), &c)
			if err != nil {
				return err
			}
			if found && d.cfg.Gate.Check(tx, by, casework.Find, &c) == nil {
				out = append(out, id)
			}
		}
		return nil
	})
	if err != nil {
		d.cfg.Log.Warn("possible doubles could not be read", "err", err)
	}
	return out
}

// open opens the cases of one batch.
func (d *Desk) open(ctx context.Context, u casework.Upload) error {
	reader := casework.Reader{
		Targets: u.Targets, Headings: u.Headings, Defaults: u.Defaults, Rounded: u.Rounded, Today: d.now().In(d.cfg.Zone),
	}
	by := u.Worker.Actor()
	wanted := func(r casework.ImportRow) bool {
		return r.State == casework.RowGood || u.Also && r.State == casework.RowDouble
	}
	return d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		rows, next, err := d.rows(tx, u.ID, u.Done, batch/4, wanted)
		if err != nil {
			return err
		}
		for _, r := range rows {
			l, _, _ := reader.Read(r.Cells)
			c, mark, err := d.cfg.Cases.Enter(tx, by, l)
			switch {
			case errors.Is(err, casework.Invalid), errors.Is(err, casework.Forbidden):
				_, words := casework.Explain(err)
				r.State, r.Faults = casework.RowBad, []casework.CellFault{{Column: -1, Words: words}}
				u.Bad++
			case err != nil:
				return fmt.Errorf("open row %d: %w", r.No, err)
			default:
				r.State, r.Case, r.Number, r.Mark, r.Cells = casework.RowOpened, c.ID, c.Number, mark, nil
				u.Opened++
			}
			if err := putRow(tx, u.ID, r); err != nil {
				return err
			}
		}
		if u.Done = next; next == 0 {
			u.State, u.Done = casework.ImportDone, u.Rows
		}
		return d.save(tx, &u)
	})
}

// takeBack withdraws the cases of one batch, and shreds all that were withdrawn
// after the last.
func (d *Desk) takeBack(ctx context.Context, u casework.Upload) error {
	by := u.Worker.Actor()
	var gone []casework.CaseID
	opened := func(r casework.ImportRow) bool { return r.State == casework.RowOpened || r.State == casework.RowKept }
	last := false
	err := d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		rows, next, err := d.rows(tx, u.ID, u.Done, batch/4, opened)
		if err != nil {
			return err
		}
		for _, r := range rows {
			why, err := d.cfg.Cases.Withdraw(tx, by, r.Case, r.Mark)
			if err != nil {
				return fmt.Errorf("take back row %d: %w", r.No, err)
			}
			if r.State, r.Why = casework.RowUndone, why; why != "" {
				r.State = casework.RowKept
			} else {
				gone = append(gone, r.Case)
			}
			if err := putRow(tx, u.ID, r); err != nil {
				return err
			}
		}
		if last = next == 0; !last {
			u.Done = next
		}
		return d.save(tx, &u)
	})
	if err != nil {
		return err
	}
	for _, id := range gone {
		d.cfg.Forget(id)
	}
	if !last {
		return nil
	}
	return d.shred(ctx, u)
}

// shred destroys what is left of the cases that were taken back: their keys, and
// with them the lines that name them in the file of the case. It is done before
// the import says that it is undone, so a crash repeats it.
func (d *Desk) shred(ctx context.Context, u casework.Upload) error {
	var owners []string
	u.Opened, u.Undone, u.Kept = 0, 0, 0
	err := d.cfg.Store.View(func(tx casework.Tx) error {
		rows, _, err := d.rows(tx, u.ID, 0, MaxRows+1, func(r casework.ImportRow) bool { return r.Case != "" })
		for _, r := range rows {
			if r.State == casework.RowUndone {
				owners = append(owners, string(r.Case))
				u.Undone++
			} else {
				u.Opened++
				u.Kept++
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := d.cfg.Shred(ctx, owners...); err != nil {
		return fmt.Errorf("erase the cases that were taken back: %w", err)
	}
	return d.cfg.Store.Update(ctx, func(tx casework.Tx) error {
		u.State, u.Done = casework.ImportUndone, u.Rows
		return d.save(tx, &u)
	})
}
